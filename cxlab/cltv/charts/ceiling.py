"""Worth against cost of a new customer, by channel, both with their intervals, and how likely it pays."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, LINE, MUTED, ORANGE, figure_style, key_above, name_rows, note, write_axis
from cxlab.wording import chance_of


@figure_style()
def draw_ceiling(ax: Axes, table: pd.DataFrame, *, target: float = 3.0, currency: str = "") -> Axes:
    """What a new customer is worth (round) and costs (square), a row a channel, and the chances beside it.

    Parameters
    ----------
    table : channel, cac, clv, each with _low and _high, p_pays, p_target, as `cxlab.cltv.ceiling.spend_ceiling` says
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
    ticks = {"linestyle": "none", "marker": "|", "markersize": 22, "markeredgewidth": 1.6, "color": INK, "zorder": 4}
    marks += ax.plot(target * table["cac"], y, **ticks)
    for i, row in enumerate(table.itertuples()):
        note(ax, f"{chance_of(row.p_pays)}\n{chance_of(row.p_target)}", (1, i), frame="beside", shift=(8, 0))
    head = f"worth > cost\nworth > {target:g} × cost"
    note(ax, head, (1, 1), frame="axes", shift=(8, 0), va="bottom", colour=MUTED)
    ends = (table["clv_high"].max(), table["cac_high"].max(), target * table["cac"].max())
    ax.set_xlim(0, 1.05 * float(max(ends)))
    name_rows(ax, table["channel"])
    key_above(ax, marks, ["worth (CLV)", "cost (CAC)", f"{target:g} × cost"])
    write_axis(ax.xaxis, "A new customer" + (f" ({currency})" if currency else ""), unit="money", currency=currency)
    return ax
