"""Pictures of drivers: shares with intervals, importance against performance with clouds, stated beside derived."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from cxlab.experience.ratings import spoken
from cxlab.style import BLUE, MUTED, PALE_BLUE, figure_style, name_rows, narrow, note, write_axis
from cxlab.wording import share


@figure_style()
def draw_driver_shares(ax: Axes, table: pd.DataFrame, *, outcome: str = "the score") -> Axes:
    """Share of what is explained that belongs to each driver, the largest first; pale where chance could give as much.

    Parameters
    ----------
    table : a row a driver: driver, share, share_low, share_high, p_first, note
    outcome : for the label
    """
    sure = ~table["note"].str.contains("chance")
    colours = [BLUE if s else PALE_BLUE for s in sure]
    ax.barh(range(len(table)), table["share"], height=0.55, color=colours, zorder=2)
    reach = [(table["share"] - table["share_low"]).clip(lower=0), (table["share_high"] - table["share"]).clip(lower=0)]
    ax.errorbar(
        table["share"], range(len(table)), xerr=reach, linestyle="none", ecolor="#22303C", elinewidth=1.2, capsize=3,
        zorder=3,
    )  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        words = share(row.share)
        if not narrow(ax) and row.p_first >= 0.05:
            words += f"  first: P = {share(row.p_first)}"
        note(ax, words, (row.share_high, i), shift=(6, 0))
    name_rows(ax, table["driver"].map(spoken), [_beneath(words) for words in table["note"]], least=4)
    ax.set_xlim(0, float(table["share_high"].max()) * (1.3 if narrow(ax) else 1.4))
    write_axis(ax.xaxis, f"Share of what goes along with {spoken(outcome)}", unit="share")
    if not sure.all():
        note(ax, "pale: no more than chance", (1, 0), frame="axes", shift=(-3, 4), ha="right", va="bottom",
             colour=MUTED)  # fmt: skip
    return ax


def _beneath(words: str) -> str:
    return ", ".join(part for part in words.split("; ") if part != "no more than chance")
