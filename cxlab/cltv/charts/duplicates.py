"""The picture of what duplicates do: every measure by ids and by people, and how far people move it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, MUTED, PALE_BLUE, figure_style, name_rows, note, write_axis
from cxlab.wording import number, quantity


@figure_style()
def draw_duplicates(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """How far each measure moves when records become people, with its interval; the values written beside.

    Parameters
    ----------
    table : label, unit, before, after, change, change_low, change_high; rows without values are left out
    """
    shown = table[table["change"].notna()].reset_index(drop=True)
    y = np.arange(len(shown))
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    ax.hlines(y, 0, shown["change"], color=PALE_BLUE, linewidth=7, zorder=2, label="change")
    reach = np.maximum([shown["change"] - shown["change_low"], shown["change_high"] - shown["change"]], 0)
    style = {"color": BLUE, "linestyle": "none", "marker": "o", "markersize": 5, "elinewidth": 2, "zorder": 3}
    ax.errorbar(shown["change"], y, xerr=reach, label="interval", **style)
    for at, row in zip(y, shown.itertuples(), strict=True):
        values = (quantity(v, row.unit, currency) if row.unit else number(v) for v in (row.before, row.after))
        note(ax, " → ".join(values), (1, at), frame="beside", shift=(8, 0))
    note(ax, "by ids → by people", (1, 1), frame="axes", shift=(8, 3), va="bottom", colour=MUTED)
    name_rows(ax, shown["label"])
    low, high = min(shown["change_low"].min(), 0), max(shown["change_high"].max(), 0)
    ax.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    write_axis(ax.xaxis, "Change when ids become people", unit="share")
    return ax
