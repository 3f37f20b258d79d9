"""Pictures of what is believed about parameters: before the data, after them, and by segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from cxlab.errors import unknown
from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    PALE_BLUE,
    figure_style,
    key_above,
    look,
    name_rows,
    narrow,
    note,
    rows_that_fit,
    write_axis,
)
from cxlab.wording import count, number

_POOLING = {"none": "each alone", "partial": "partly pooled", "complete": "all as one"}


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
    left_out = f"; {rows_that_fit(ax)} largest of {len(sizes)}" if len(sizes) > rows_that_fit(ax) else ""
    sizes = sizes.head(rows_that_fit(ax))
    table = table[table["segment"].isin(sizes.index)]
    place = {segment: i for i, segment in enumerate(sizes.index)}
    whole = table[table["pooling"] == "complete"]
    handles = {}
    looks = {
        "none": {"color": MUTED, "marker": "o", "markerfacecolor": "white"},
        "partial": {"color": BLUE, "marker": "s"},
    }
    for (pooling, style), offset in zip(looks.items(), (-0.16, 0.16), strict=True):
        own = table[table["pooling"] == pooling]
        if len(own):
            reach = np.maximum([own["mean"] - own["low"], own["high"] - own["mean"]], 0)
            y = own["segment"].map(place) + offset
            handles[pooling] = ax.errorbar(
                own["mean"], y, xerr=reach, linestyle="none", elinewidth=1.8, markersize=5.5, label=pooling, **style
            )
    if len(whole):
        row = whole.iloc[0]
        ax.axvspan(row["low"], row["high"], color=LINE, alpha=0.7, linewidth=0, zorder=0, label="complete interval")
        handles["complete"] = ax.axvline(row["mean"], color=MUTED, linestyle="--", linewidth=1.2, label="complete")
    label = label or quantity.replace("_", " ").capitalize()
    write_axis(ax.xaxis, label + left_out, unit=unit, currency=currency)
    name_rows(ax, sizes.index, [f"{count(n)} customers" for n in sizes])
    key_above(ax, handles.values(), [_POOLING[p] for p in handles])
    return ax


@figure_style()
def draw_parameters(ax: Axes, table: pd.DataFrame, *, parameters: Sequence[str] | None = None) -> Axes:
    """Posterior means and intervals of parameters on one logarithmic axis, so that equal lengths are equal factors.

    Parameters
    ----------
    table : a row a parameter: parameter, mean, low, high (> 0); group where there are several; prior_low, prior_high
        where the prior shall stand behind
    parameters : which to draw, in order; by default all
    """
    known = list(dict.fromkeys(table["parameter"]))
    names = list(known if parameters is None else parameters)
    for name in names:
        if name not in known:
            raise unknown("parameter", name, known)
    groups = list(dict.fromkeys(table["group"])) if "group" in table else [None]
    offsets = np.linspace(-0.25, 0.25, len(groups)) if len(groups) > 1 else [0.0]
    handles = {}
    ax.set_xscale("log")
    for g, (group, offset) in enumerate(zip(groups, offsets, strict=True)):
        own = table if group is None else table[table["group"] == group]
        own = own.set_index("parameter").loc[names]
        y = np.arange(len(names)) + offset
        if "prior_low" in own:
            prior = {"color": PALE_BLUE, "linewidth": 6, "zorder": 1, "label": "prior"}
            handles["prior"] = ax.hlines(y, own["prior_low"], own["prior_high"], **prior)
        reach = np.maximum([own["mean"] - own["low"], own["high"] - own["mean"]], 0)
        style = look(g, marker=True) | {"linestyle": "none", "elinewidth": 2, "markersize": 5, "zorder": 3}
        name = "posterior" if group is None else str(group)
        handles[name] = ax.errorbar(own["mean"], y, xerr=reach, label=name, **style)
        for at, row in zip(y, own.to_dict("records"), strict=True) if len(groups) == 1 else ():
            ends = "" if narrow(ax) else f"  ({number(row['low'])} to {number(row['high'])})"
            note(ax, number(row["mean"]) + ends, (1, at), frame="beside", shift=(8, 0))
    name_rows(ax, [n.replace("_", " ") for n in names])
    low, high = ax.get_xlim()
    if np.log10(high / low) < 2:
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 3) if narrow(ax) else (1, 2, 5)))
    ax.xaxis.set_minor_formatter("")
    write_axis(
        ax.xaxis,
        "Value (logarithmic)" if narrow(ax) else "Value, in the unit of each parameter (logarithmic)",
        unit="number",
    )
    if len(handles) > 1:
        key_above(ax, handles.values(), list(handles))
    return ax


@figure_style()
def draw_prior_predictive(ax: Axes, table: pd.DataFrame, *, label: str = "Repeat purchases") -> Axes:
    """What the priors alone would have us see, against what was seen: the band should hold the data, and much else.

    Parameters
    ----------
    table : a row a count: frequency (label, "0" … "10+"), actual, predicted, predicted_low, predicted_high (shares of
        customers)
    label : what is counted, with its period
    """
    x = np.arange(len(table))
    low, high = table["predicted_low"], table["predicted_high"]
    seen = ax.bar(x, table["actual"], color=PALE_BLUE, edgecolor=BLUE, linewidth=0.8, width=0.8, label="data")
    band = ax.fill_between(x, low, high, color=INK, alpha=0.15, linewidth=0, label="prior interval")
    line = {"linestyle": "--", "marker": "o", "markersize": 3, "linewidth": 1.2}
    (middle,) = ax.plot(x, table["predicted"], color=INK, label="prior", **line)
    ax.set_xticks(x, table["frequency"].astype(str))
    ax.set_xlim(-0.6, len(table) - 0.4)
    ax.set_ylim(0, None)
    write_axis(ax.xaxis, label)
    write_axis(ax.yaxis, "Share of customers", unit="share")
    key_above(ax, [seen, (band, middle)], ["data", "prior alone, with interval"])
    return ax
