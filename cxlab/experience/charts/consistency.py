"""Pictures of consistency: where differences between visits come from, and how questions of a scale go together."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    figure_style,
    name_rows,
    narrow,
    note,
    write_axis,
)
from cxlab.wording import MINUS, share

#: what each source of differences is called, its colour, and its hatch
_SOURCES = {
    "staff": ("who serves", PALE_ORANGE, "////", ORANGE),
    "customers": ("who answers", PALE_BLUE, "....", BLUE),
    "rest": ("the visit itself", LINE, "", MUTED),
}


@figure_style()
def draw_variance(ax: Axes, table: pd.DataFrame) -> Axes:
    """All differences as a bar of 100 %, cut by where they come from; beneath, each share with its interval.

    Parameters
    ----------
    table : source ("staff", "customers", "rest"), share, low, high
    """
    rows = table.set_index("source").reindex([s for s in _SOURCES if s in set(table["source"])])
    start = 0.0
    for i, (source, row) in enumerate(rows.iterrows(), start=1):
        words, pale, hatch, colour = _SOURCES[source]
        ax.barh(0, row["share"], left=start, height=0.7, facecolor=pale, edgecolor=colour, hatch=hatch, linewidth=0.8)
        start += row["share"]
        ax.plot([row["low"], row["high"]], [i, i], color=colour, linewidth=2.4, solid_capstyle="butt")
        ax.plot(row["share"], i, marker="o", color=colour, markersize=7)
        reach = f"{share(row['share'])} ({share(row['low'])} to {share(row['high'])})"
        note(ax, reach, (min(row["low"], 0.5), i - 0.14), ha="left", va="bottom")
    names = [_SOURCES[source][0] for source in rows.index]
    ax.set_yticks(range(len(rows) + 1), ["all" if narrow(ax) else "all differences", *names])
    for label, source in zip(ax.get_yticklabels()[1:], rows.index, strict=True):
        label.set_color(_SOURCES[source][3] if source != "staff" else INK)
    ax.set_ylim(len(rows) + 0.6, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, 1)
    write_axis(ax.yaxis, "")
    write_axis(ax.xaxis, "Share of the variance between visits", unit="share")
    return ax


@figure_style()
def draw_reliability(ax: Axes, table: pd.DataFrame) -> Axes:
    """Reliability of the scale, and how each of its questions goes along with the others, with intervals.

    Parameters
    ----------
    table : name, measure ("item-rest" for questions), value, low, high, alpha_without
    """
    table = table.reset_index(drop=True)
    items = table["measure"] == "item-rest"
    for i, row in table.iterrows():
        colour, marker = (MUTED, "o") if items[i] else (BLUE, "D")
        ax.plot([row["low"], row["high"]], [i, i], color=colour, linewidth=2.2, solid_capstyle="butt")
        ax.plot(row["value"], i, marker=marker, color=colour, markersize=6.5)
        words = f"{row['value']:.2f}".replace("-", MINUS)
        if items[i] and row["alpha_without"] == row["alpha_without"] and not narrow(ax):
            words += f" (alpha without: {row['alpha_without']:.2f})"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    ax.axhline((~items).sum() - 0.5, color=LINE, linewidth=1, linestyle=":")
    name_rows(ax, table["name"], least=3)
    low = min(0.0, float(table["low"].min()))
    ax.set_xlim(low - 0.02, 1.0)
    ax.axvline(0, color=LINE, linewidth=0.8, zorder=0)
    write_axis(ax.xaxis, "Reliability (diamonds); correlation with the sum of the others (dots)")
    return ax
