"""Picture of a trial that is planned: what so many units can show, and where we are."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cxlab.differentiation.trials.words import size
from cxlab.style import BLUE, INK, MUTED, ORANGE, SAND, figure_style, narrow, note, tick_text, write_axis
from cxlab.wording import count, share


@figure_style()
def draw_trial_plan(
    ax: Axes, n: np.ndarray, least: np.ndarray, *, outcome, asked: float, in_time: float, need: float, power: float
) -> Axes:
    """The smallest change that n units an arm show, with the change asked for and the units there will be.

    Parameters
    ----------
    n, least : shape (points,), least in the unit of the outcome
    asked, need : change that must be seen, and units an arm it takes; in_time : units an arm there will be, 0: unknown
    """
    ends = max(15.0, min(need, in_time or need) / 8), max(need, in_time) * 8
    kept = np.isfinite(least) & (n >= ends[0]) & (n <= ends[1])
    n, least = n[kept], least[kept]
    ax.fill_between(n, 0, least, color=SAND, linewidth=0, zorder=0)
    ax.plot(n, least, color=BLUE, linewidth=2.2, zorder=3)
    ax.set_xscale("log")
    ax.set_xlim(n.min(), n.max())
    top = min(float(least.max()), abs(asked) * 4)
    ax.set_ylim(0, top)
    ticks = [t for t in (20, 50, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000) if n.min() <= t <= n.max()]
    ticks = ticks[:: 1 + (narrow(ax) and len(ticks) > 4)]
    ax.set_xticks(ticks, [count(t) for t in ticks])
    ax.minorticks_off()
    ax.axhline(abs(asked), color=MUTED, linewidth=1, linestyle=":")
    ax.plot([need], [abs(asked)], marker="D", color=INK, markersize=7, zorder=4)
    note(ax, f"{size(outcome, abs(asked))}: {count(need)} an arm", (need, abs(asked)), shift=(8, 7), va="bottom",
         ground=True, ha="left" if need < np.sqrt(n.min() * n.max()) or not narrow(ax) else "right")  # fmt: skip
    if in_time:
        ax.axvline(in_time, color=ORANGE, linewidth=1.3, linestyle="--")
        left = in_time > np.sqrt(n.min() * n.max())
        note(ax, f"in time: {count(in_time)}", (in_time, 1), frame="above", shift=(-4 if left else 4, -4), va="top",
             ha="right" if left else "left", colour=ORANGE)  # fmt: skip
    note(ax, "not to be told from chance", (0.03, 0.05), frame="axes", colour=MUTED)
    ax.set_xlabel(f"{outcome.per.capitalize()}s in each arm (log scale)")
    unit = "" if outcome.kind == "share" else outcome.unit
    words = {"share": ", points", "money": f", {outcome.currency}" * bool(outcome.currency)}.get(outcome.kind, "")
    label = f"Smallest change seen in {share(power)} of trials{words}"
    write_axis(ax.yaxis, label, unit=unit if unit == "money" else "", currency=outcome.currency)
    if outcome.kind == "share":
        ax.yaxis.set_major_formatter(lambda value, _: tick_text(round(100 * value, 6)))
    return ax
