"""Pictures of looks at a running trial: the path of the difference between its bounds."""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, MUTED, ORANGE, SAND, figure_style, narrow, note, write_axis
from cxlab.wording import count, number, share

_HIGHEST = 5.2


@figure_style()
def draw_bounds(ax: Axes, table: pd.DataFrame, *, single: float = 1.96) -> Axes:
    """The bound of each look, beneath which nothing is to be concluded, and how many trials are stopped by then.

    Parameters
    ----------
    table : a row a look: seen, z, stopped_so_far
    single : bound that would be right for one look only
    """
    ax.fill_between(table["seen"], 0, table["z"], color=SAND, linewidth=0, zorder=0)
    ax.plot(table["seen"], table["z"], color=BLUE, marker="o", linewidth=2, zorder=3)
    ax.axhline(single, color=ORANGE, linestyle="--", linewidth=1.3)
    left = max(float(table["seen"].iloc[0]) - 0.13, 0.0)
    note(ax, f"{number(single)}: right for one look only", (left, single), shift=(2, -3), colour=ORANGE, va="top")
    few = table.iloc[:: -(-len(table) // 6)] if len(table) > 6 else table
    for row in few.itertuples():
        note(ax, number(row.z), (row.seen, row.z), shift=(3, 5), va="bottom")
        note(ax, share(row.stopped_so_far), (row.seen, 0.25), ha="center", colour=MUTED)
    words = "stopped by then, were the change as large as planned:"
    note(ax, fill(words, 28) if narrow(ax) else words, (left, 0.42), shift=(2, 4), colour=MUTED, va="bottom")
    ax.set_xlim(left, 1.08)
    ax.set_ylim(0, float(table["z"].max()) * 1.12)
    write_axis(ax.xaxis, "Share of the planned units seen", unit="share")
    write_axis(ax.yaxis, "Difference needed to stop, standard errors")
    return ax


@figure_style()
def draw_looks(ax: Axes, table: pd.DataFrame, *, against: str, per: str, single: float = 1.96) -> Axes:
    """Difference at each look in standard errors, between the bounds; filled where it may be called.

    Parameters
    ----------
    table : a row a look: n, z, bound, stop
    single : bound that would be right for one look only
    """
    high = float(min(max(table["z"].abs().max(), table["bound"].min()) * 1.35, 9.0))
    high = max(high, min(float(table["bound"].max()), _HIGHEST) * 1.08)
    shown = table["bound"].clip(upper=high)
    for side in (1, -1):
        ax.plot(table["n"], side * shown, color=INK, linewidth=1.3, linestyle="-", marker="_", zorder=2)
    ax.fill_between(table["n"], -shown, shown, color=SAND, linewidth=0, zorder=0)
    ax.plot(table["n"], table["z"], color=BLUE, linewidth=2, zorder=3)
    for stop in (False, True):
        own = table[table["stop"] == stop]
        ax.plot(own["n"], own["z"], linestyle="none", marker="o", markersize=7, color=BLUE,
                markerfacecolor=BLUE if stop else "white", zorder=4)  # fmt: skip
    ax.axhline(0, color=MUTED, linewidth=0.8)
    last = table.iloc[-1]
    for side in (single, -single):
        ax.axhline(side, color=ORANGE, linestyle=":", linewidth=1.2)
    note(ax, "a single look", (1, single), frame="beside", shift=(4, 0), colour=ORANGE)
    note(ax, f"bound\n{number(last['bound'])}", (1, -float(shown.iloc[-1])), frame="beside", shift=(4, 0))
    note(ax, "filled: may be called" if table["stop"].any() else "never beyond its bound", (1, 1), frame="axes",
         shift=(0, 4), ha="right", va="bottom", colour=MUTED)  # fmt: skip
    ax.set_ylim(-high, high)
    spare = 0.04 * (table["n"].max() - table["n"].min() or 1)
    ax.set_xlim(table["n"].min() - spare, table["n"].max() + spare)
    ax.xaxis.set_major_formatter(lambda value, _: count(value))
    write_axis(ax.xaxis, f"{per.capitalize()}s seen")
    write_axis(ax.yaxis, f"{against}, standard errors")
    return ax
