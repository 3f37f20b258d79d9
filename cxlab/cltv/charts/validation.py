"""Pictures that put models before what really happened: tracking, calibration, holdout, PIT."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.cltv.baselines import HISTORICAL_MEAN
from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.pareto_nbd import PARETO_NBD
from cxlab.errors import unknown
from cxlab.style import (
    INK,
    LINE,
    MUTED,
    PALE_BLUE,
    SAND,
    figure_style,
    key_above,
    label_ends,
    look,
    name_rows,
    narrow,
    note,
    write_axis,
)
from cxlab.wording import count, number

#: a model looks the same in every picture; BG/BB stands alone, so it may look like the first
_PLACES = {
    m: i for i, m in enumerate((MBG_NBD.title, BG_NBD.title, PARETO_NBD.title, NBD_MODEL.title, HISTORICAL_MEAN))
}
_PLACES[BG_BB.title] = 0


@figure_style()
def draw_tracking(ax: Axes, table: pd.DataFrame, *, kind: str = "cumulative", time_unit: str = "week") -> Axes:
    """Repeat purchases over time: what happened, and what the models expected, with bands.

    Parameters
    ----------
    table : a row a model and step: model, time (end of the step, in `time_unit` since the start), start (date),
        actual_/expected_/low_/high_cumulative, the same with _period, holdout (whether the models did not see it)
    kind : "cumulative" or "period" (what was bought in each step)
    """
    if kind not in ("cumulative", "period"):
        raise unknown("kind", kind, ("cumulative", "period"))
    models = list(dict.fromkeys(table["model"]))
    first = table[table["model"] == models[0]]
    ends = []
    for i, model in enumerate(models):
        own, style = table[table["model"] == model], look(_PLACES.get(model, i))
        band = own[f"low_{kind}"], own[f"high_{kind}"]
        ax.fill_between(own["time"], *band, color=style["color"], alpha=0.2, linewidth=0, label=f"{model} interval")
        ax.plot(own["time"], own[f"expected_{kind}"], **style, linewidth=1.8, label=model, zorder=3)
        ends.append((own["time"].iloc[-1], own[f"expected_{kind}"].iloc[-1], model, style["color"]))
    points = {"linewidth": 2.2} if kind == "cumulative" else {"linewidth": 0.8, "marker": "o", "markersize": 2.2}
    ax.plot(first["time"], first[f"actual_{kind}"], color=INK, label="actual", zorder=2.5, **points)
    ends.append((first["time"].iloc[-1], first[f"actual_{kind}"].iloc[-1], "actual", INK))
    ax.set_xlim(0, table["time"].max())
    ax.set_ylim(0, None)
    if first["holdout"].any():
        _mark_holdout(ax, float(first.loc[~first["holdout"].astype(bool), "time"].max()))
    start = pd.Timestamp(first["start"].iloc[0])
    write_axis(ax.xaxis, f"{time_unit.capitalize()}s since {start.day} {start:%b %Y}")
    step = float(first["time"].diff().median()) if len(first) > 1 else 1.0
    each = f"a {time_unit}" if step == 1 else f"in {number(step)} {time_unit}s"
    words = {"cumulative": "Repeat purchases, cumulative", "period": f"Repeat purchases {each}"}
    write_axis(ax.yaxis, words[kind], unit="count")
    label_ends(ax, ends)
    return ax


def _mark_holdout(ax: Axes, split: float) -> None:
    """Ground for the period the models did not see, named above the axes where no line can be."""
    end = ax.get_xlim()[1]
    ax.axvspan(split, end, color=SAND, linewidth=0, zorder=0, label="holdout")
    ax.axvline(split, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    note(ax, "seen by the models", (0, 1), frame="axes", shift=(0, 3), va="bottom", colour=MUTED)
    note(ax, "holdout", (1, 1), frame="axes", shift=(0, 3), ha="right", va="bottom", colour=MUTED)


@figure_style()
def draw_calibration(ax: Axes, table: pd.DataFrame) -> Axes:
    """Purchases in the holdout by earlier frequency: what happened, and what each model predicted, with intervals.

    Parameters
    ----------
    table : a row a model and frequency: model, frequency (label, "0" … "7+"), customers, and means a customer:
        actual, actual_low, actual_high, predicted, predicted_low, predicted_high (ends missing for a baseline)
    """
    models = list(dict.fromkeys(table["model"]))
    labels = list(dict.fromkeys(table["frequency"].astype(str)))
    place = {label: i for i, label in enumerate(labels)}
    first = table[table["model"] == models[0]]
    offsets = np.linspace(-0.3, 0.3, len(models) + 1)

    def series(name, rows, value, offset, style):
        x = rows["frequency"].astype(str).map(place) + offset
        return _interval_points(ax, x, rows[value], rows[f"{value}_low"], rows[f"{value}_high"], label=name, **style)

    seen = {"color": INK, "linestyle": "none", "marker": "_", "markersize": 10, "markeredgewidth": 2.2}
    handles = [series("actual", first, "actual", offsets[0], seen)]
    for i, model in enumerate(models):
        style = look(_PLACES.get(model, i), marker=True) | {"linestyle": "none", "markersize": 4.5}
        handles.append(series(model, table[table["model"] == model], "predicted", offsets[i + 1], style))
    sizes = dict(zip(first["frequency"].astype(str), first["customers"], strict=True))
    ax.set_xticks(range(len(labels)), labels if narrow(ax) else [f"{n}\n{count(sizes[n])}" for n in labels])
    ax.set_xlim(-0.5, len(labels) - 0.5)
    ax.set_ylim(0, None)
    write_axis(ax.xaxis, "Repeat purchases seen by the models" + ("" if narrow(ax) else "; customers beneath"))
    write_axis(ax.yaxis, "Holdout purchases a customer")
    key_above(ax, handles, ["actual", *models])
    return ax


def _interval_points(ax: Axes, x, y, low, high, **style):
    """Points with vertical intervals; a missing end draws none."""
    reach = np.nan_to_num([np.asarray(y - low, dtype=float), np.asarray(high - y, dtype=float)])
    return ax.errorbar(x, y, yerr=np.maximum(reach, 0), elinewidth=1.4, **style)


@figure_style()
def draw_pit(ax: Axes, table: pd.DataFrame) -> Axes:
    """Histogram of where outcomes fell within their predictions (PIT): within the band when the spread is right.

    Parameters
    ----------
    table : a row a bin (and model): low, high (edges, 0 … 1), share (of customers), and, under a right model,
        band_low, band_high; model (the first is drawn when there are several)
    """
    own = table[table["model"] == table["model"].iloc[0]] if "model" in table else table
    width = own["high"] - own["low"]
    ax.bar(own["low"], own["share"], width=width, align="edge", color=PALE_BLUE, edgecolor="white", linewidth=0.8)
    edges = np.append(own["low"], own["high"].iloc[-1])
    low, high = (np.append(own[c], own[c].iloc[-1]) for c in ("band_low", "band_high"))
    ax.fill_between(edges, low, high, step="post", color=INK, alpha=0.2, linewidth=0, label="band")
    level = float(width.mean())
    ax.plot([0, 1], [level, level], color=INK, linestyle="--", linewidth=1, label="if the model is right")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, None)
    write_axis(ax.xaxis, "Place of the outcome in its prediction", unit="share")
    write_axis(ax.yaxis, "Share of customers", unit="share")
    label_ends(ax, [(1, level, "a right model\n(band: chance)", INK)])
    return ax


@figure_style()
def draw_holdout(ax: Axes, table: pd.DataFrame) -> Axes:
    """Models side by side in the holdout: predicted total with interval against the actual one, errors by the name.

    Parameters
    ----------
    table : a row a model: model, actual, predicted, low, high (purchases in the holdout), and any of mae, correlation
        (over customers); low and high are missing for a point forecast
    """
    beneath = []
    for i, row in enumerate(table.to_dict("records")):
        style = look(_PLACES.get(row["model"], i), marker=True) | {"linestyle": "none"}
        reach = np.nan_to_num([[row["predicted"] - row["low"]], [row["high"] - row["predicted"]]])
        ax.errorbar(
            row["predicted"], i, xerr=np.maximum(reach, 0), elinewidth=2, markersize=6, label=row["model"], **style
        )
        note(ax, count(row["predicted"]), (row["predicted"], i), shift=(0, 5), ha="center", va="bottom", ground=True)
        scores = [f"{w} {number(row[c])}" for c, w in (("mae", "MAE"), ("correlation", "r")) if not pd.isna(row.get(c))]
        beneath.append(", ".join(scores))
    actual = float(table["actual"].iloc[0])
    ax.axvline(actual, color=INK, linewidth=1.4, label="actual", zorder=1)
    note(ax, f"actual {count(actual)}", (actual, 1), frame="above", shift=(0, 3), ha="center", va="bottom")
    ax.margins(x=0.15)
    name_rows(ax, table["model"], beneath)
    ax.set_ylim(len(table) - 0.5, -0.6)
    ax.hlines(range(len(table)), 0, 1, transform=ax.get_yaxis_transform(), color=LINE, linewidth=0.6, zorder=0)
    write_axis(ax.xaxis, "Purchases in the holdout", unit="count")
    return ax
