"""Worth against cost of a new customer, by channel, both with their intervals, and how likely it pays."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    figure_style,
    key_above,
    name_rows,
    note,
    rows_that_fit,
    write_axis,
)
from cxlab.wording import chance_of, money


@figure_style()
def draw_ceiling(ax: Axes, table: pd.DataFrame, *, target: float = 3.0, currency: str = "") -> Axes:
    """What a new customer is worth (round) and costs (square), a row a channel, and the chances beside it.

    Parameters
    ----------
    table : channel, cac, clv, each with _low and _high, p_pays, p_target, ceiling (written where there is room), as
        `cxlab.cltv.ceiling.spend_ceiling` says
    """
    y = np.arange(len(table))
    ax.hlines(y, 0, 1, transform=ax.get_yaxis_transform(), color=LINE, linewidth=0.6, zorder=0)
    marks = []
    for name, colour, marker, at in (("clv", BLUE, "o", y - 0.12), ("cac", ORANGE, "s", y + 0.12)):
        reach = [
            (table[name] - table[f"{name}_low"]).clip(lower=0),
            (table[f"{name}_high"] - table[name]).clip(lower=0),
        ]
        marks.append(ax.errorbar(table[name], at, xerr=reach, linestyle="none", marker=marker, markersize=6,
                                 color=colour, markerfacecolor="white" if name == "cac" else colour, elinewidth=2.2,
                                 zorder=3))  # fmt: skip
    tick = {"linestyle": "none", "marker": "|", "markeredgewidth": 1.6, "color": INK, "zorder": 4}
    ax.plot(target * table["cac"], y, markersize=22, **tick)
    marks.append(Line2D([], [], markersize=10, **tick))
    head, said = ["worth > cost", f"worth > {target:g} × cost"], ["p_pays", "p_target"]
    room = "ceiling" in table and len(table) <= rows_that_fit(ax, lines=3)
    for i, row in enumerate(table.to_dict("records")):
        lines = [chance_of(row[name]) for name in said] + ([f"≤ {money(row['ceiling'], currency)}"] if room else [])
        note(ax, "\n".join(lines), (1, i), frame="beside", shift=(8, 0))
    head = "\n".join(head + ["may cost"] * room)
    note(ax, head, (1, 1), frame="axes", shift=(8, 0), va="bottom", colour=MUTED)
    ends = (table["clv_high"].max(), table["cac_high"].max(), target * table["cac"].max())
    ax.set_xlim(0, 1.05 * float(max(ends)))
    name_rows(ax, table["channel"])
    key_above(ax, marks, ["worth (CLV)", "cost (CAC)", f"{target:g} × cost"])
    write_axis(ax.xaxis, "A new customer" + (f" ({currency})" if currency else ""), unit="money", currency=currency)
    return ax
