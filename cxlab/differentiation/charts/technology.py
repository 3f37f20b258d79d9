"""Picture of technology: what each option may be worth, and what to do with it."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, MUTED, figure_style, name_rows, narrow, note, write_axis
from cxlab.wording import share

_MARKS = {"now": ("o", True), "pilot": ("o", False), "wait": ("s", False), "ignore": ("x", False)}


@figure_style()
def draw_technology(ax: Axes, table: pd.DataFrame, *, currency: str) -> Axes:
    """Net present value of each option with its interval; filled where it is worth starting now.

    Parameters
    ----------
    table : a row an option: name, npv, npv_low, npv_high, p_pays, do
    """
    for i, row in enumerate(table.itertuples()):
        mark, filled = _MARKS[row.do]
        colour = BLUE if filled else MUTED
        ax.plot([row.npv_low, row.npv_high], [i, i], color=colour, linewidth=2.2, zorder=2)
        face = {} if mark == "x" else {"markerfacecolor": colour if filled else "white"}
        ax.plot(row.npv, i, marker=mark, markersize=6.5, color=colour, zorder=3, **face)
        words = row.do if narrow(ax) else f"pays: {share(row.p_pays)}, {row.do}"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    ax.axvline(0, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    name_rows(ax, table["name"], least=3)
    write_axis(ax.xaxis, "Net present value" + (f", {currency}" if currency else ""), unit="money", currency=currency)
    return ax
