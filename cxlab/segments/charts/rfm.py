"""Picture of RFM scores: who bought lately and often."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import INK, figure_style, narrow, sequential, text_size, write_axis
from cxlab.wording import share


@figure_style()
def draw_rfm(ax: Axes, table: pd.DataFrame) -> Axes:
    """Share of customers by recency and frequency score; scores that nobody has stay out.

    Parameters
    ----------
    table : a row a pair of scores: recency_score, frequency_score, share
    """
    cells = table.pivot(index="frequency_score", columns="recency_score", values="share").sort_index(ascending=False)
    values = cells.fillna(0.0).to_numpy()
    ax.imshow(values, cmap=sequential(), vmin=0, vmax=2 * max(values.max(), 1e-9), aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        words = share(value) if value >= 0.005 or not value else "< 1 %"
        ax.text(j, i, "" if not value else words, ha="center", va="center", fontsize=text_size(ax), color=INK)
    ax.set_xticks(range(cells.shape[1]), cells.columns)
    ax.set_yticks(range(cells.shape[0]), cells.index)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    write_axis(ax.xaxis, "Recency score" + ("" if narrow(ax) else " (highest: bought last)"))
    write_axis(ax.yaxis, "Frequency score" + ("" if narrow(ax) else " (highest: most often)"))
    return ax
