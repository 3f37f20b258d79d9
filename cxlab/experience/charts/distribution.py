"""Picture of one score: how often each answer was given, and where the score lies."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, MUTED, ORANGE, PALE_BLUE, figure_style, note, write_axis
from cxlab.wording import share

#: looks of answers that count against the score, for neither, and for it
_LOOKS = {-1: (ORANGE, "///"), 0: (PALE_BLUE, ""), 1: (BLUE, "")}


@figure_style()
def draw_distribution(
    ax: Axes, scores: np.ndarray, shares: np.ndarray, low: np.ndarray, high: np.ndarray, *, side: np.ndarray,
    label: str, words: str,
) -> Axes:  # fmt: skip
    """Bars of the answers with the interval of each share.

    Parameters
    ----------
    scores, shares, low, high : shape (scores,)
    side : 1 for answers that count for the score, −1 against it, 0 neither; shape (scores,)
    label : of the axis; words : the score with its interval
    """
    step = float(np.diff(scores).min()) if len(scores) > 1 else 1.0
    for which, (colour, hatch) in _LOOKS.items():
        own = side == which
        ax.bar(scores[own], shares[own], width=0.8 * step, color="white" if hatch else colour, edgecolor=colour,
               hatch=hatch, linewidth=1)  # fmt: skip
    ax.errorbar(scores, shares, yerr=np.maximum([shares - low, high - shares], 0), linestyle="none", color=INK,
                elinewidth=1.2, capsize=2)  # fmt: skip
    for at, value, top in zip(scores, shares, high, strict=True):
        if len(scores) <= 12:
            note(ax, share(value), (at, top), shift=(0, 3), ha="center", va="bottom", colour=MUTED)
    if len(scores) <= 12:
        ax.set_xticks(scores, [f"{s:g}" for s in scores])
    ax.set_ylim(0, float(high.max()) * 1.18)
    note(ax, words, (0, 1), frame="axes", shift=(4, 4), va="bottom")
    ax.set_xlabel(label)
    write_axis(ax.yaxis, "Share of answers", unit="share")
    return ax
