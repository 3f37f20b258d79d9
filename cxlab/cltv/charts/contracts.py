"""Pictures of contracts: who is still there by age, and cohort by cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cxlab.errors import unknown
from cxlab.style import INK, MUTED, SAND, figure_style, label_ends, look, note, sequential, text_size, write_axis
from cxlab.wording import count, share


@figure_style()
def draw_survival(ax: Axes, table: pd.DataFrame, *, kind: str = "survival", time_unit: str = "year") -> Axes:
    """Share of contracts still there by age (or renewed at each age): the model with its band, and what was seen.

    Parameters
    ----------
    table : a row an age (and segment): period (age, in `time_unit`), `kind`, low, high, actual (missing where not
        seen); segment where there are several; holdout (bool) where the model was not fitted to what was seen
    kind : "survival" (of all who began) or "retention" (of those who were left)
    """
    if kind not in ("survival", "retention"):
        raise unknown("kind", kind, ("survival", "retention"))
    segments = list(dict.fromkeys(table["segment"])) if "segment" in table else [None]
    ends = []
    for i, segment in enumerate(segments):
        own = table if segment is None else table[table["segment"] == segment]
        style = look(i, marker=True)
        marker, colour, name = style.pop("marker"), style["color"], segment or "model"
        ax.fill_between(
            own["period"], own["low"], own["high"], color=colour, alpha=0.2, linewidth=0, label=f"{name} interval"
        )
        ax.plot(own["period"], own[kind], **style, linewidth=1.8, label=name)
        ends.append((own["period"].iloc[-1], own[kind].iloc[-1], name, colour))
        if "actual" in own:
            later = own["holdout"].astype(bool) if "holdout" in own else pd.Series(False, index=own.index)
            marks = {
                "linestyle": "none",
                "marker": marker,
                "markersize": 5,
                "color": colour,
                "clip_on": False,
                "zorder": 3,
            }
            for rows, face in ((own[~later], colour), (own[later], "white")):
                if len(rows):
                    which = "holdout" if face == "white" else "actual"
                    ax.plot(rows["period"], rows["actual"], markerfacecolor=face, label=f"{name} {which}", **marks)
    ax.set_xlim(table["period"].min(), table["period"].max())
    ax.set_ylim(0, 1)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    if "actual" in table:
        note(ax, "line: model, marks: actual", (0, 1), frame="axes", shift=(0, 4), va="bottom", colour=MUTED)
    if "holdout" in table and table["holdout"].any():
        split = table.loc[~table["holdout"].astype(bool), "period"].max()
        ax.axvspan(split, table["period"].max(), color=SAND, linewidth=0, zorder=0, label="holdout")
        note(ax, "holdout", (1, 1), frame="axes", shift=(0, 4), ha="right", va="bottom", colour=MUTED)
    write_axis(ax.xaxis, f"{time_unit.capitalize()}s since the start of the contract")
    words = {"survival": "Contracts still there", "retention": "Contracts renewed, of those left"}
    write_axis(ax.yaxis, words[kind], unit="share")
    label_ends(ax, ends)
    return ax


@figure_style()
def draw_cohort_triangle(ax: Axes, table: pd.DataFrame, *, time_unit: str = "year", what: str = "still there") -> Axes:
    """Share of each cohort still there by age; what has not happened yet stays empty.

    Parameters
    ----------
    table : a row a cohort and age: cohort (label), period (age, in `time_unit`), share, and customers (who began)
    what : what the share did
    """
    import seaborn as sns

    cells = table.pivot(index="cohort", columns="period", values="share").loc[list(dict.fromkeys(table["cohort"]))]
    size = text_size(ax)
    width, height = (72 * 0.75 * inches for inches in ax.figure.get_figure(root=True).get_size_inches())
    written = width / cells.shape[1] > 3.2 * size and height / cells.shape[0] > 1.3 * size
    sns.heatmap(
        cells,
        ax=ax,
        cmap=sequential(),
        vmin=0,
        vmax=2 if written else 1,  # words stay readable on the paler half
        cbar=not written,
        linewidths=1,
        linecolor="white",
        annot=cells.map(lambda v: "" if np.isnan(v) else share(v)) if written else None,
        fmt="",
        annot_kws={"fontsize": size, "color": INK},
    )
    began = table.groupby("cohort", sort=False)["customers"].max() if "customers" in table else None
    names = [str(c) if began is None else f"{c}  ({count(began[c])})" for c in cells.index]
    down, across = (
        max(1, int(np.ceil(k))) for k in (1.4 * size * len(names) / height, 2.2 * size * cells.shape[1] / width)
    )
    ax.set_yticks(np.arange(0, len(names), down) + 0.5, names[::down], rotation=0)
    ax.set_xticks(np.arange(0, cells.shape[1], across) + 0.5, [f"{p:g}" for p in cells.columns[::across]], rotation=0)
    ax.tick_params(length=0)
    write_axis(
        ax.xaxis, f"{time_unit.capitalize()}s since the start" + (f"; in cells: share {what}" if written else "")
    )
    write_axis(ax.yaxis, "Cohort" if began is None else "Cohort (customers)")
    if not written:
        bar = ax.collections[0].colorbar
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: share(value)))
        bar.ax.tick_params(labelsize=size, length=2)
        bar.set_label(f"Share {what}", fontsize=size, color=MUTED)
    return ax


@figure_style()
def draw_residual(
    ax: Axes, table: pd.DataFrame, *, time_unit: str = "year", unit: str = "payments", currency: str = ""
) -> Axes:
    """What a contract is still worth by the renewals it has passed, beside its worth if all were alike.

    Parameters
    ----------
    table : a row an age (and segment): age (renewals passed, as text; others, such as "new", are left out), value, low,
        high, constant_churn; segment where there are several
    unit : "money" (in `currency`), or what the values count
    """
    table = table[table["age"].str.isdecimal()]
    table = table.assign(age=table["age"].astype(int))
    segments = list(dict.fromkeys(table["segment"])) if "segment" in table else [None]
    ends = []
    for i, segment in enumerate(segments):
        own = table if segment is None else table[table["segment"] == segment]
        style = look(i, marker=True)
        reach = np.maximum([own["value"] - own["low"], own["high"] - own["value"]], 0)
        name = segment or "model"
        ax.errorbar(own["age"], own["value"], yerr=reach, **style, elinewidth=1.5, markersize=5, label=name)
        dotted = {"color": style["color"], "linewidth": 1, "linestyle": (0, (1, 2))}
        ax.plot(own["age"], own["constant_churn"], **dotted, label="constant churn")
        ends.append((own["age"].iloc[-1], own["value"].iloc[-1], name, style["color"]))
    ax.set_ylim(0, None)
    ax.margins(x=0.08)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    note(ax, "dotted: constant churn", (0, 1), frame="axes", shift=(0, 4), va="bottom", colour=MUTED)
    write_axis(ax.xaxis, "Renewals passed")
    words = "Worth of a contract" if unit == "money" else f"Worth of a contract, {time_unit}ly {unit}"
    write_axis(ax.yaxis, words, unit=unit if unit == "money" else "", currency=currency)
    label_ends(ax, ends)
    return ax
