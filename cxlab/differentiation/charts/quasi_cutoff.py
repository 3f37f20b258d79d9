"""Pictures of a cut-off: the jump, how it depends on the look, where rows crowd, and where nothing should jump."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.differentiation.charts.quasi import unit_words
from cxlab.style import BLUE, INK, LINE, MUTED, ORANGE, PALE_BLUE, SAND, figure_style, name_rows, note, write_axis


@figure_style()
def draw_discontinuity(
    ax: Axes, table: pd.DataFrame, *, name: str, outcome: str, cutoff, ends: tuple[float, float], bandwidth: float,
    measured: str = "", currency: str = "", words: str = "",
) -> Axes:  # fmt: skip
    """Means of bins on both sides of the cut-off, curves near it, and the interval of the jump between them.

    Parameters
    ----------
    table : rows with x and mean, n (points), or x, curve and above (lines)
    ends : of the interval of the jump; words : the jump
    """
    points, curves = table[table["mean"].notna()], table[table["curve"].notna()]
    ax.axvspan(-bandwidth, bandwidth, color=SAND, lw=0, zorder=0)
    ax.axvline(0, color=MUTED, linewidth=0.9, linestyle=":")
    ax.scatter(points["x"], points["mean"], s=8 + 50 * points["n"] / points["n"].max(), color=MUTED, alpha=0.75, lw=0)
    at = {}
    for above, own in curves.groupby("above"):
        ax.plot(own["x"], own["curve"], color=BLUE, linewidth=2, linestyle="-" if above else "--")
        at[bool(above)] = float(own["curve"].iloc[0] if above else own["curve"].iloc[-1])
    if len(at) == 2:
        low, high = at[False] + ends[0], at[False] + ends[1]
        ax.errorbar([0], [at[True]], yerr=[[at[True] - low], [high - at[True]]], color=ORANGE, capsize=4, elinewidth=2,
                    marker="o", markersize=5, zorder=4)  # fmt: skip
        note(ax, words, (0, at[True]), shift=(7, 0), colour=ORANGE, ground=True)
    where = f"{name} − {cutoff[0]:g}" if len(cutoff) == 1 else f"{name}, distance to the nearest cut-off"
    write_axis(ax.xaxis, where)
    write_axis(ax.yaxis, outcome + unit_words(measured, currency), unit=measured, currency=currency)
    note(ax, "rows in the sand-coloured part count", (0, 1), frame="axes", shift=(0, 4), va="bottom", colour=MUTED)
    return ax


@figure_style()
def draw_bandwidths(
    ax: Axes, table: pd.DataFrame, *, chosen: float, name: str, outcome: str, measured: str = "", currency: str = ""
) -> Axes:
    """The jump with its interval for every width of look; the one chosen from the data is marked.

    Parameters
    ----------
    table : a row a width: bandwidth, jump, low, high
    """
    ax.axhline(0, color=INK, linewidth=0.9)
    ax.fill_between(table["bandwidth"], table["low"], table["high"], color=PALE_BLUE, alpha=0.6, lw=0)
    ax.plot(table["bandwidth"], table["jump"], color=BLUE, linewidth=1.6, marker="o", markersize=3.5)
    ax.axvline(chosen, color=ORANGE, linewidth=1.2, linestyle="--")
    note(ax, "chosen from the data", (chosen, 1), frame="above", shift=(0, 3), ha="center", va="bottom", colour=ORANGE)
    write_axis(ax.xaxis, f"how far from the cut-off rows count, in {name}")
    write_axis(ax.yaxis, f"jump of {outcome}{unit_words(measured, currency)}", unit=measured, currency=currency)
    return ax


@figure_style()
def draw_density(ax: Axes, table: pd.DataFrame, *, name: str, cutoff) -> Axes:
    """Rows by bin of the running variable; the lines of both sides ought to meet at the cut-off.

    Parameters
    ----------
    table : a row a bin: x, n, fitted, above
    """
    wide = float(np.median(np.diff(table["x"]))) * 0.9
    ax.bar(table["x"], table["n"], width=wide, color=[PALE_BLUE if above else LINE for above in table["above"]], lw=0)
    for above, own in table[table["fitted"].notna()].groupby("above"):
        ax.plot(own["x"], own["fitted"], color=BLUE if above else INK, linewidth=2, linestyle="-" if above else "--")
    ax.axvline(0, color=MUTED, linewidth=0.9, linestyle=":")
    where = f"{name} − {cutoff[0]:g}" if len(cutoff) == 1 else f"{name}, distance to the nearest cut-off"
    write_axis(ax.xaxis, where)
    write_axis(ax.yaxis, "rows")
    note(ax, "before the cut-off", (0, 1), frame="above", shift=(-6, 4), ha="right", va="bottom", colour=INK)
    note(ax, "beyond it", (0, 1), frame="above", shift=(6, 4), va="bottom", colour=BLUE)
    return ax


@figure_style()
def draw_looks(ax: Axes, table: pd.DataFrame) -> Axes:
    """Jumps in their own standard errors: the rule's, and those where none should be.

    Parameters
    ----------
    table : a row a look: kind, what, jump, low, high
    """
    table = table.reset_index(drop=True)
    name_rows(ax, table["what"], table["kind"], least=4)
    ax.axvline(0, color=INK, linewidth=0.9)
    rule = table["kind"] == "the rule"
    wrong = ~rule & ((table["low"] > 0) | (table["high"] < 0))
    for own, colour, mark in ((rule, BLUE, "o"), (wrong, ORANGE, "X"), (~rule & ~wrong, MUTED, "s")):
        part = table[own]
        ax.errorbar(part["jump"], part.index, xerr=[part["jump"] - part["low"], part["high"] - part["jump"]],
                    linestyle="none", color=colour, marker=mark, markersize=6, elinewidth=1.5)  # fmt: skip
    write_axis(ax.xaxis, "jump, in its own standard errors")
    return ax
