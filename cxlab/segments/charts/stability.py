"""Pictures of stability: how many segments come back, and how surely each of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cxlab.segments.segmentation import METHODS
from cxlab.style import (
    INK,
    LINE,
    MUTED,
    figure_style,
    key_above,
    look,
    name_rows,
    narrow,
    note,
    text_size,
    write_axis,
)  # fmt: skip
from cxlab.wording import count

STABLE = 0.75


@figure_style()
def draw_stability(ax: Axes, table: pd.DataFrame, *, title: str = "") -> Axes:
    """Likeness of the least stable segment by number of segments, a line a method, against data without segments.

    Parameters
    ----------
    table : a row a method and k: method, k, jaccard, jaccard_low, jaccard_high, reference_jaccard_low,
        reference_jaccard_high, verdict
    title : words of the answer, written into the picture

    Filled marks: supported (stable, foretold and parted by a valley); marks with a dot: stable, but cut through one
    cloud; empty marks: unstable.
    """
    methods = list(dict.fromkeys(table["method"]))
    handles, labels = [], []
    reference = table.groupby("k")[["reference_jaccard_low", "reference_jaccard_high"]].agg(
        {"reference_jaccard_low": "min", "reference_jaccard_high": "max"}
    )
    if reference.notna().all(axis=None):
        band = ax.fill_between(
            reference.index, *reference.T.to_numpy(), color=LINE, alpha=0.75, linewidth=0, label="without segments"
        )
        handles.append(band)
        labels.append("data without segments")
    width = 0.12
    for i, method in enumerate(methods):
        own = table[table["method"] == method]
        style = look(i, marker=True)
        colour, marker = style["color"], style["marker"]
        x = own["k"] + width * (i - (len(methods) - 1) / 2)
        reach = np.abs(np.vstack([own["jaccard"] - own["jaccard_low"], own["jaccard_high"] - own["jaccard"]]))
        ax.errorbar(
            x, own["jaccard"], yerr=reach, fmt="none", ecolor=colour, elinewidth=1.2, label=f"{method} interval"
        )
        (line,) = ax.plot(x, own["jaccard"], color=colour, linestyle=style["linestyle"], linewidth=1.3, label=method)
        for verdict, face, size in (("separate", colour, 9), ("stable", "white", 7), ("unstable", "white", 5)):
            at = (own["verdict"] == verdict).to_numpy()
            ax.plot(
                x[at], own["jaccard"][at], linestyle="none", marker=marker, markersize=size, color=colour,
                markerfacecolor=face, zorder=3,
            )  # fmt: skip
            if verdict == "stable":
                ax.plot(x[at], own["jaccard"][at], linestyle="none", marker=".", markersize=4, color=colour, zorder=4)
        handles.append(line)
        labels.append(METHODS[method][1].removeprefix("a "))
    ax.axhline(STABLE, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    note(
        ax, "stable", (table["k"].max() + 0.4, STABLE), shift=(0, 2), colour=MUTED, ha="right", va="bottom", ground=True
    )
    ax.set_ylim(0, 1.02)
    ax.set_xlim(table["k"].min() - 0.4, table["k"].max() + 0.4)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    write_axis(ax.xaxis, "Number of segments")
    write_axis(ax.yaxis, "Likeness when customers are drawn anew" if not narrow(ax) else "Likeness, drawn anew")
    found = table[table["verdict"] == "separate"]
    words = f"{found['k'].max()} supported" if len(found) else "none supported"
    note(ax, words, (0.02, 0.03), frame="axes", colour=INK, va="bottom", ground=True).set_weight("bold")
    key_above(ax, handles, labels)
    ax.set_label(title)
    return ax


@figure_style()
def draw_segment_stability(ax: Axes, table: pd.DataFrame) -> Axes:
    """How surely each segment comes back, with its band.

    Parameters
    ----------
    table : a row a segment: segment, customers, jaccard, low, high
    """
    style = look(0)
    at = np.arange(len(table))
    reach = np.abs(np.vstack([table["jaccard"] - table["low"], table["high"] - table["jaccard"]]))
    ax.errorbar(
        table["jaccard"], at, xerr=reach, fmt="o", color=style["color"], elinewidth=2, markersize=6, label="interval"
    )
    ax.axvline(STABLE, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    name_rows(ax, table["segment"], [f"{count(n)} customers" for n in table["customers"]], least=3)
    ax.set_xlim(0, 1.02)
    note(ax, "stable", (STABLE, 1), frame="above", shift=(0, 2), colour=MUTED, ha="center", va="bottom")
    write_axis(ax.xaxis, "Likeness when customers are drawn anew")
    return ax


@figure_style()
def draw_sizes(ax: Axes, table: pd.DataFrame) -> Axes:
    """Customers of each segment.

    Parameters
    ----------
    table : a row a segment: segment, customers, share
    """
    from cxlab.style import BLUE
    from cxlab.wording import share

    ax.barh(np.arange(len(table)), table["share"], color=BLUE, height=0.6)
    for i, row in enumerate(table.itertuples()):
        note(ax, f"{count(row.customers)} ({share(row.share)})", (row.share, i), shift=(4, 0))
    name_rows(ax, table["segment"], least=3)
    ax.set_xlim(0, min(1.0, 1.3 * table["share"].max()))
    ax.tick_params(labelsize=text_size(ax))
    write_axis(ax.xaxis, "Share of customers", unit="share")
    return ax
