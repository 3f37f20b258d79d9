"""Picture of a plan: how much n answers know, and which change they show."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, MUTED, ORANGE, figure_style, narrow, note, text_size, write_axis
from cxlab.wording import count, share


@figure_style()
def draw_plan(
    ax: Axes, n: np.ndarray, half_width: np.ndarray, detectable: np.ndarray, *, change: float, need: int, have: int,
    label: str, unit: str = "", power: float = 0.8, level: float = 0.9,
) -> Axes:  # fmt: skip
    """Curves over the answers a wave: half the interval, and the change that is seen; where we are and must be.

    Parameters
    ----------
    n, half_width, detectable : shape (points,), the latter two in the unit of the measure
    change : that should be seen; need, have : answers it takes, and answers there are
    label : what is measured, with its unit; unit : "share" or ""
    """
    ax.plot(n, detectable, color=BLUE, linewidth=2)
    ax.plot(n, half_width, color=ORANGE, linewidth=2, linestyle="--")
    top = float(detectable[n >= min(15, n.max())].max()) * 1.05
    ax.set_ylim(0, top)
    ax.set_xscale("log")
    ax.set_xlim(n.min(), n.max())
    ticks = [t for t in (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000) if n.min() <= t <= n.max()]
    ax.set_xticks(ticks, [count(t) for t in ticks])
    ax.minorticks_off()
    ax.axhline(change, color=MUTED, linewidth=1, linestyle=":")
    at = n.min() * (n.max() / n.min()) ** 0.28
    here = float(np.interp(at, n, detectable))
    note(ax, f"change seen in {share(power)} of cases", (at, here), shift=(6, 6), colour=BLUE, va="bottom")
    # below the curve where the words end
    here = float(np.interp(n.min() * (5 if narrow(ax) else 3), n, half_width))
    words = f"± of one wave,\n{level * 100:g} % interval"
    note(ax, words, (n.min() * 1.1, here), shift=(0, -3), colour=ORANGE, va="top")
    marks = []
    for where, words, marker in (
        (have, f"now: {count(have)} answers a wave", "o"),
        (need, f"needed: {count(need)}", "D"),
    ):
        if n.min() <= where <= n.max():
            height = float(np.interp(where, n, detectable))
            ax.plot([where, where], [0, height], color=INK, linewidth=0.8)
            marks += ax.plot([where], [height], linestyle="none", marker=marker, color=INK, markersize=7, label=words)
    ax.legend(handles=marks, loc="upper right", fontsize=text_size(ax))
    ax.set_xlabel("Answers in each wave (log scale)")
    write_axis(ax.yaxis, f"Change of {label}", unit=unit)
    return ax
