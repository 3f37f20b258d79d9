"""Pictures that put a model before what really happened: tracking, holdout, calibration, PIT."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.errors import unknown
from cxlab.style import INK, LINE, MUTED, SAND, figure_style, label_ends, look, narrow, text_size, write_axis
from cxlab.wording import count, number


@figure_style()
def draw_tracking(ax: Axes, table: pd.DataFrame, *, kind: str = "cumulative", time_unit: str = "week") -> Axes:
    """Repeat purchases over time: what happened, and what the models expected, with bands.

    Parameters
    ----------
    table : a row a model and step: model, time (end of the step, in `time_unit` since the start), start (date),
        actual_/expected_/low_/high_cumulative, the same with _period, holdout (whether the models saw it)
    kind : "cumulative" or "period" (what was bought in each step)
    """
    if kind not in ("cumulative", "period"):
        raise unknown("kind", kind, ("cumulative", "period"))
    models = list(dict.fromkeys(table["model"]))
    first = table[table["model"] == models[0]]
    ends = []
    for i, model in enumerate(models):
        own, style = table[table["model"] == model], look(i)
        band = own[f"low_{kind}"], own[f"high_{kind}"]
        ax.fill_between(own["time"], *band, color=style["color"], alpha=0.2, linewidth=0, label=f"{model} interval")
        ax.plot(own["time"], own[f"expected_{kind}"], **style, linewidth=1.6, label=model, zorder=3)
        ends.append((own["time"].iloc[-1], own[f"expected_{kind}"].iloc[-1], model, style["color"]))
    points = {"linewidth": 2.2} if kind == "cumulative" else {"linewidth": 0.8, "marker": "o", "markersize": 2.2}
    ax.plot(first["time"], first[f"actual_{kind}"], color=INK, label="actual", zorder=2.5, **points)
    ends.append((first["time"].iloc[-1], first[f"actual_{kind}"].iloc[-1], "actual", INK))
    ax.set_xlim(0, table["time"].max())
    ax.set_ylim(0, None)
    if first["holdout"].any():
        _mark_holdout(ax, float(first.loc[~first["holdout"].astype(bool), "time"].max()))
    since = f" since {_day(first['start'].iloc[0])}" if "start" in first else ""
    write_axis(ax.xaxis, f"{time_unit.capitalize()}s{since}")
    words = {"cumulative": "Repeat purchases, cumulative", "period": f"Repeat purchases a {time_unit}"}
    write_axis(ax.yaxis, words[kind], unit="count")
    label_ends(ax, ends)
    return ax


def _day(start) -> str:
    day = pd.Timestamp(start)
    return f"{day.day} {day:%b %Y}"


def _mark_holdout(ax: Axes, split: float) -> None:
    """Ground for the period the models did not see, named above the axes where no line can be."""
    end = ax.get_xlim()[1]
    ax.axvspan(split, end, color=SAND, linewidth=0, zorder=0, label="holdout")
    ax.axvline(split, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    for at, words, side in ((0, "seen by the models", "left"), (1, "holdout", "right")):
        ax.text(at, 1.015, words, transform=ax.transAxes, ha=side, va="bottom", fontsize=text_size(ax), color=MUTED)


@figure_style()
def draw_calibration(ax: Axes, table: pd.DataFrame) -> Axes:
    """Purchases in the holdout by earlier frequency: what happened, and what each model predicted, with intervals.

    Parameters
    ----------
    table : a row a model and frequency: model, frequency (label, "0" … "7+"), customers, and means a customer:
        actual, actual_low, actual_high, predicted, predicted_low, predicted_high
    """
    models = list(dict.fromkeys(table["model"]))
    labels = list(dict.fromkeys(table["frequency"].astype(str)))
    place = {label: i for i, label in enumerate(labels)}
    first = table[table["model"] == models[0]]
    offsets = np.linspace(-0.3, 0.3, len(models) + 1)
    ends = []

    def series(name, rows, value, offset, style):
        x = rows["frequency"].astype(str).map(place) + offset
        reach = np.maximum([rows[value] - rows[f"{value}_low"], rows[f"{value}_high"] - rows[value]], 0)
        ax.errorbar(x, rows[value], yerr=reach, label=name, markersize=4.5, elinewidth=1.4, linewidth=0.8, **style)
        ends.append((x.iloc[-1], rows[value].iloc[-1], name, style["color"]))

    series("actual", first, "actual", offsets[0], {"color": INK, "linestyle": "none", "marker": "D"})
    for i, model in enumerate(models):
        series(model, table[table["model"] == model], "predicted", offsets[i + 1], look(i, marker=True))
    customers = dict(zip(first["frequency"].astype(str), first["customers"], strict=True))
    shown = [label if narrow(ax) else f"{label}\n{count(customers[label])}" for label in labels]
    ax.set_xticks(range(len(labels)), shown)
    ax.set_xlim(-0.5, len(labels) - 0.5)
    ax.set_ylim(0, None)
    beneath = "" if narrow(ax) else "; customers beneath"
    write_axis(ax.xaxis, f"Repeat purchases seen by the models{beneath}")
    write_axis(ax.yaxis, "Holdout purchases a customer")
    label_ends(ax, ends)
    return ax


@figure_style()
def draw_pit(ax: Axes, table: pd.DataFrame) -> Axes:
    """Histogram of where outcomes fell within their predictions (PIT): flat within the band when spread is right.

    Parameters
    ----------
    table : a row a bin (and model): low, high (edges, 0 … 1), share (of customers), and, under a right model,
        band_low, band_high; model (of the first only when there are several)
    """
    own = table[table["model"] == table["model"].iloc[0]] if "model" in table else table
    width = own["high"] - own["low"]
    ax.bar(
        own["low"], own["share"], width=width, align="edge", color=look(0)["color"], edgecolor="white", linewidth=0.8
    )
    edges = np.append(own["low"], own["high"].iloc[-1])
    low, high = (np.append(own[c], own[c].iloc[-1]) for c in ("band_low", "band_high"))
    ax.fill_between(edges, low, high, step="post", color=INK, alpha=0.25, linewidth=0, label="if the model were right")
    level = float(width.mean())
    ax.plot([0, 1], [level, level], color=INK, linestyle="--", linewidth=1)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, None)
    write_axis(ax.xaxis, "Share of the prediction below the outcome", unit="share")
    write_axis(ax.yaxis, "Customers", unit="share")
    label_ends(ax, [(1, level, "right spread\n(band: chance)" if not narrow(ax) else "right\nspread", INK)])
    return ax


@figure_style()
def draw_holdout(ax: Axes, table: pd.DataFrame) -> Axes:
    """Models side by side in the holdout: predicted total with interval against the actual one, errors by the name.

    Parameters
    ----------
    table : a row a model: model, actual, predicted, low, high (purchases in the holdout), and any of mae, rmse,
        correlation (over customers); low and high may be missing for a baseline
    """
    shown = [(c, w) for c, w in (("mae", "MAE"), ("correlation", "r")) if c in table]
    names = []
    for i, (_, row) in enumerate(table.iterrows()):
        style = look(i, marker=True) | {"linestyle": "none"}
        reach = np.nan_to_num([[row["predicted"] - row["low"]], [row["high"] - row["predicted"]]])
        ax.errorbar(
            row["predicted"], i, xerr=np.maximum(reach, 0), elinewidth=2, markersize=7, label=row["model"], **style
        )
        ax.annotate(
            count(row["predicted"]),
            (row["predicted"], i),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=text_size(ax),
            color=INK,
        )
        scores = ", ".join(f"{words} {number(row[c])}" for c, words in shown)
        names.append(f"{row['model']}\n{scores}" if scores else row["model"])
    actual = float(table["actual"].iloc[0])
    ax.axvline(actual, color=INK, linewidth=1.4, label="actual")
    ax.text(
        actual,
        1.01,
        f"actual {count(actual)}",
        transform=ax.get_xaxis_transform(),
        ha="center",
        va="bottom",
        fontsize=text_size(ax),
        color=INK,
    )
    ax.set_yticks(range(len(table)), names)
    ax.set_ylim(len(table) - 0.5, -0.6)
    ax.hlines(range(len(table)), *ax.get_xlim(), color=LINE, linewidth=0.6, zorder=0)
    ax.margins(x=0)
    ax.tick_params(axis="y", length=0)
    write_axis(ax.xaxis, "Purchases in the holdout", unit="count")
    write_axis(ax.yaxis, "")
    return ax
