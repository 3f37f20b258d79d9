"""The picture of what it costs to take ids for people."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, ORANGE, PALE_BLUE, PALE_ORANGE, figure_style, name_rows, note, write_axis
from cxlab.wording import count, money

_NAMES = {"letters": "second letters", "vouchers": "vouchers to the loyal", "best": "best not recognised",
          "all": "all together"}  # fmt: skip


@figure_style()
def draw_unifying(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Money a year by kind, with intervals; all together hatched.

    Parameters
    ----------
    table : kind, label, n, saved, saved_low, saved_high
    """
    y = np.arange(len(table))
    whole = table["kind"].eq("all")
    ax.barh(y[~whole], table.loc[~whole, "saved"], height=0.6, color=PALE_BLUE)
    ax.barh(y[whole], table.loc[whole, "saved"], height=0.6, color=PALE_ORANGE, hatch="///", edgecolor=ORANGE, lw=0)
    reach = np.maximum([table["saved"] - table["saved_low"], table["saved_high"] - table["saved"]], 0)
    style = {"color": BLUE, "linestyle": "none", "marker": "o", "markersize": 5, "elinewidth": 2}
    ax.errorbar(table["saved"], y, xerr=reach, **style)
    for at, row in zip(y, table.itertuples(), strict=True):
        note(ax, money(row.saved, currency), (1, at), frame="beside", shift=(8, 0))
    name_rows(
        ax, [_NAMES[kind] for kind in table["kind"]], [f"{count(n)} a year" if n == n else "" for n in table["n"]]
    )
    ax.set_xlim(0, 1.04 * float(table["saved_high"].max()))
    write_axis(ax.xaxis, "Money a year", unit="money", currency=currency)
    return ax
