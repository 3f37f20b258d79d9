"""Pictures of what is believed about parameters: before the data, after them, and by segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.errors import unknown
from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    PALE_BLUE,
    figure_style,
    label_ends,
    look,
    narrow,
    text_size,
    write_axis,
)
from cxlab.wording import count, number

_POOLING = ("none", "partial", "complete")


@figure_style()
def draw_shrinkage(
    ax: Axes, table: pd.DataFrame, *, quantity: str | None = None, label: str = "", unit: str = "", currency: str = ""
) -> Axes:
    """What pooling does to each segment: alone, sharing strength, and all as one.

    Parameters
    ----------
    table : a row a segment, quantity and pooling ("none", "partial", "complete"): segment, customers, quantity,
        pooling, mean, low, high
    quantity : which one; by default the first
    label : what the quantity is, with its unit; by default its name
    unit : "share", "money" (in `currency`) or none, for the axis
    """
    known = list(dict.fromkeys(table["quantity"]))
    quantity = known[0] if quantity is None else quantity
    if quantity not in known:
        raise unknown("quantity", quantity, known)
    table = table[table["quantity"] == quantity]
    sizes = table.groupby("segment", sort=False)["customers"].first().sort_values(ascending=False)
    place = {segment: i for i, segment in enumerate(sizes.index)}
    whole = table[table["pooling"] == "complete"]
    if len(whole):
        row = whole.iloc[0]
        ax.axvspan(row["low"], row["high"], color=LINE, alpha=0.7, linewidth=0, zorder=0, label="complete interval")
        ax.axvline(row["mean"], color=MUTED, linestyle="--", linewidth=1.2, label="complete")
    looks = {
        "none": {"color": MUTED, "marker": "o", "markerfacecolor": "white", "dy": -0.16},
        "partial": {"color": BLUE, "marker": "s", "dy": 0.16},
    }
    for pooling, style in looks.items():
        own = table[table["pooling"] == pooling]
        if own.empty:
            continue
        y = own["segment"].map(place) + style["dy"]
        style = {k: v for k, v in style.items() if k != "dy"}
        reach = np.maximum([own["mean"] - own["low"], own["high"] - own["mean"]], 0)
        ax.errorbar(
            own["mean"], y, xerr=reach, linestyle="none", elinewidth=1.8, markersize=5.5, label=pooling, **style
        )
    ax.set_yticks(range(len(place)), [f"{s}\n{count(n)} customers" for s, n in sizes.items()])
    ax.set_ylim(len(place) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    write_axis(ax.xaxis, label or quantity.replace("_", " ").capitalize(), unit=unit, currency=currency)
    write_axis(ax.yaxis, "")
    _key_above(ax, table)
    return ax


def _key_above(ax: Axes, table: pd.DataFrame) -> None:
    """Names of the three ways above the axes, each with its mark."""
    words = {"none": "each alone", "partial": "partly pooled", "complete": "all as one"}
    handles, labels = ax.get_legend_handles_labels()
    named = {label: handle for handle, label in zip(handles, labels, strict=True) if label in words}
    order = [p for p in _POOLING if p in named]
    ax.legend(
        [named[p] for p in order],
        [words[p] for p in order],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        fontsize=text_size(ax),
        borderaxespad=0.2,
        handlelength=1.6,
        columnspacing=1.0,
        handletextpad=0.4,
    )


@figure_style()
def draw_parameters(ax: Axes, table: pd.DataFrame, *, parameters: Sequence[str] | None = None) -> Axes:
    """Posterior means and intervals of parameters on one logarithmic axis, so that equal lengths are equal factors.

    Parameters
    ----------
    table : a row a parameter: parameter, mean, low, high (> 0); group where there are several; prior_low, prior_high
        where the prior shall stand behind
    parameters : which to draw, in order; by default all
    """
    if parameters is not None:
        for name in parameters:
            if name not in set(table["parameter"]):
                raise unknown("parameter", name, list(dict.fromkeys(table["parameter"])))
        table = table[table["parameter"].isin(parameters)]
    names = list(parameters or dict.fromkeys(table["parameter"]))
    groups = list(dict.fromkeys(table["group"])) if "group" in table else [None]
    offsets = np.linspace(-0.25, 0.25, len(groups)) if len(groups) > 1 else [0.0]
    ax.set_xscale("log")
    for g, (group, offset) in enumerate(zip(groups, offsets, strict=True)):
        own = table if group is None else table[table["group"] == group]
        own = own.set_index("parameter").reindex(names).dropna(subset="mean")
        y = np.array([names.index(n) for n in own.index]) + offset
        if "prior_low" in own:
            ax.hlines(y, own["prior_low"], own["prior_high"], color=PALE_BLUE, linewidth=6, zorder=1, label="prior")
        reach = np.maximum([own["mean"] - own["low"], own["high"] - own["mean"]], 0)
        style = look(g, marker=True) | {"linestyle": "none"}
        ax.errorbar(
            own["mean"], y, xerr=reach, elinewidth=2, markersize=5, zorder=3, label=group or "posterior", **style
        )
        if len(groups) == 1:
            for at, row in zip(y, own.itertuples(), strict=True):
                words = f"{number(row.mean)}  ({number(row.low)} to {number(row.high)})"
                ax.annotate(
                    words,
                    (1.02, at),
                    xycoords=ax.get_yaxis_transform(),
                    va="center",
                    fontsize=text_size(ax),
                    color=INK,
                    annotation_clip=False,
                )
    ax.set_yticks(range(len(names)), [n.replace("_", " ") for n in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_minor_formatter("")
    write_axis(
        ax.xaxis,
        "Value (logarithmic)" if narrow(ax) else "Value, in the unit of each parameter (logarithmic)",
        unit="number",
    )
    write_axis(ax.yaxis, "")
    if len(groups) > 1 or "prior_low" in table:
        handles, labels = ax.get_legend_handles_labels()
        first = {label: handle for handle, label in zip(handles, labels, strict=True)}
        ax.legend(
            first.values(),
            first.keys(),
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=len(first),
            fontsize=text_size(ax),
            borderaxespad=0.2,
            handlelength=1.4,
            columnspacing=1.0,
        )
    return ax


@figure_style()
def draw_prior_predictive(
    ax: Axes, table: pd.DataFrame, *, label: str = "Repeat purchases", actual: str = "data"
) -> Axes:
    """What the priors alone would have us see, against what was seen: the band should hold the data, and not only them.

    Parameters
    ----------
    table : a row a count: frequency (label, "0" … "10+"), actual, predicted, predicted_low, predicted_high (shares of
        customers)
    label : what is counted
    """
    x = np.arange(len(table))
    ax.bar(x, table["actual"], color=PALE_BLUE, edgecolor=BLUE, linewidth=0.8, width=0.8, label=actual)
    ax.fill_between(
        x, table["predicted_low"], table["predicted_high"], color=INK, alpha=0.15, linewidth=0, label="prior interval"
    )
    ax.plot(x, table["predicted"], color=INK, linestyle="--", marker="o", markersize=3, linewidth=1.2, label="prior")
    ax.set_xticks(x, table["frequency"].astype(str))
    ax.set_xlim(-0.6, len(table) - 0.4)
    ax.set_ylim(0, None)
    write_axis(ax.xaxis, label)
    write_axis(ax.yaxis, "Share of customers", unit="share")
    last = table.iloc[-1]
    label_ends(ax, [(x[-1], last["predicted"], "prior\nalone", INK), (x[-1] + 0.4, last["actual"], actual, BLUE)])
    return ax
