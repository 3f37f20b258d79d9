"""Pictures of scores: every group with its interval, against what all answers say together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, LINE, MUTED, ORANGE, figure_style, name_rows, narrow, note, rows_that_fit, write_axis
from cxlab.wording import count

#: colour and marker of groups above and below all others, and of those of which it is not told
_LOOKS = {"above": (BLUE, "^"), "below": (ORANGE, "v"), "": (MUTED, "o")}


@figure_style()
def draw_scores(
    ax: Axes, table: pd.DataFrame, *, label: str, unit: str, write: Callable[[float], str], whole: float | None = None
) -> Axes:
    """Forest plot: groups with their value and interval; up and down where a group is told apart, hollow where not.

    Parameters
    ----------
    table : a row a group, in the order to be drawn: name, n, value, low, high, place ("above", "below", "")
    label : of the axis, with its unit; unit : "share" or any other
    write : a value in words
    whole : of all answers, a dashed line
    """
    room = max(6, rows_that_fit(ax))
    left_out = len(table) - room
    if left_out > 0:
        half = room // 2
        table = pd.concat([table.head(half), table.tail(room - half)])
    table = table.reset_index(drop=True)
    for place, (colour, marker) in _LOOKS.items():
        own = table[table["place"] == place]
        reach = np.maximum([own["value"] - own["low"], own["high"] - own["value"]], 0)
        face = colour if place else "white"
        ax.errorbar(own["value"], own.index, xerr=reach, linestyle="none", marker=marker, color=colour, elinewidth=2,
                    markerfacecolor=face, markersize=6.5, zorder=3)  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        words = write(row.value)
        if not narrow(ax):
            words += f" ({write(row.low)} to {write(row.high)})"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    if left_out > 0:
        ax.axhline(half - 0.5, color=LINE, linestyle=":", linewidth=1)
        note(ax, f"{count(left_out)} between left out", (0, half - 0.5), frame="beside", shift=(3, 0), colour=MUTED,
             ground=True)  # fmt: skip
    if whole is not None and len(table) > 1:
        ax.axvline(whole, color=INK, linewidth=0.9, linestyle="--", zorder=1)
        note(ax, f"all {write(whole)}", (whole, 1), frame="above", shift=(0, 3), ha="center", va="bottom")
    low, high = float(table["low"].min()), float(table["high"].max())
    spare = 0.05 * (high - low or 1.0)
    ax.set_xlim(low - spare, high + spare)
    name_rows(ax, table["name"], [f"n = {count(n)}" for n in table["n"]], least=3)
    write_axis(ax.xaxis, label, unit="share" if unit == "share" else "")
    if unit == "points":
        ax.xaxis.set_major_formatter(lambda value, _: write(value))
    return ax
