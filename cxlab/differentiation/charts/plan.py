"""Pictures of a plan: what it may be worth, and what is done when with which money."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.differentiation.charts.returns import draw_npv_density
from cxlab.style import BLUE, INK, LINE, MUTED, figure_style, name_rows, narrow, note
from cxlab.wording import money, share


def draw_plan(ax: Axes, value: np.ndarray, *, level: float, currency: str) -> Axes:
    """What the plan may be worth, draw by draw."""
    return draw_npv_density(ax, value, level=level, currency=currency)


@figure_style()
def draw_roadmap(ax: Axes, table: pd.DataFrame, money_left: np.ndarray, *, months: float, currency: str) -> Axes:
    """Bars of work by month, what each brings beside them, and the budget used in each period below.

    Parameters
    ----------
    table : a row an initiative: name, from_month, to_month, npv, p_pays
    money_left : shape (period, 2), money used and money there
    months : of a period
    """
    last = max(float(table["to_month"].max()), months * len(money_left))
    for i, row in enumerate(table.itertuples()):
        ax.barh(i, row.to_month - row.from_month + 1, left=row.from_month - 1, height=0.5, color=BLUE, zorder=2)
        words = money(row.npv, currency)
        words += "" if narrow(ax) else f", pays: {share(row.p_pays)}"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    rows = len(table)
    for period, (used, there) in enumerate(money_left):
        ax.axvline(period * months, color=LINE, linewidth=0.8, zorder=0)
        if used or there:
            said = money(used, currency) if narrow(ax) else f"{money(used, currency)} of {money(there, currency)}"
            ax.text((period + 0.5) * months, rows, said, ha="center", va="center", color=MUTED, fontsize=7.5)
    name_rows(ax, [*table["name"], "money used"], least=3)
    ax.set_ylim(rows + 0.6, -0.6)
    ax.set_xlim(0, last)
    ticks = np.arange(0, last + 0.1, months)
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.set_xlabel("Months from now", color=INK)
    return ax
