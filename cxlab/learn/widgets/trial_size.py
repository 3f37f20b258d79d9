"""What a trial of some size can see: the chance that a change is called real, by how large it is and who takes part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.power import Outcome, power_of, smallest_change, units_needed
from cxlab.learn.widgets.frame import Control, Seen, Widget, per_cent
from cxlab.style import BLUE, INK, LINE, ORANGE, TEXT
from cxlab.wording import count, share

POWER = 0.8
_FEW, _MANY = 20, 5000


def make(*, base: float = 0.25, change: float = 0.10, n: int = 75) -> Widget:
    """The widget "trial-size": two arms, of which one is as today.

    Parameters
    ----------
    base : share of today; change : by which the new one is really higher; n : customers in each arm; at first

    >>> make().move(change=0.20).table.query("n == 75")["power"].round(2).tolist()
    [0.73]
    """
    return Widget("trial-size", [
        Control("n", "Customers an arm", n, _FEW, 2000, 5, write=count),
        Control("change", "True change, points", change, 0.01, 0.30, 0.01, factor=100, write=_points),
        per_cent("base", "Share today", base, 0.05, 0.6),
    ], see)  # fmt: skip


def see(*, n: int, change: float, base: float) -> Seen:
    """The chance that a change is called real, by the size of the trial."""
    outcome = Outcome(base)
    sizes = np.unique(np.append(np.round(np.geomspace(_FEW, _MANY, 60)), n))
    table = pd.DataFrame({"n": sizes.astype(int), "power": power_of(outcome, change, sizes)})
    own, needed = float(power_of(outcome, change, n)), units_needed(outcome, change, power=POWER)
    least = smallest_change(outcome, n, power=POWER)
    shows = f"shows {_points(least)} or more" if np.isfinite(least) else "shows nothing"
    return Seen(
        title=f"{count(n)} customers an arm see {_points(change)} in {share(own)} of trials",
        text=f"The change is there in all of them. Of a hundred such trials {round(100 * own)} call it real, "
        f"{100 - round(100 * own)} find nothing. To see it in {share(POWER)} takes {count(needed)} customers an arm; a "
        f"trial of {count(n)} {shows} that surely. Half the change takes four times the customers.",
        table=table,
        draw=lambda axes: _draw(axes[0], table, n, own, needed),
    )


def _points(change: float) -> str:
    return f"{100 * change:+.3g} points"


def _draw(ax, table: pd.DataFrame, n: int, own: float, needed: float) -> None:
    ax.set_xscale("log")
    ax.axhline(POWER, color=LINE, linewidth=1)
    ax.text(table["n"].iloc[0], POWER + 0.01, "80 %: usually planned for", fontsize=8, color=INK, va="bottom")
    ax.plot(table["n"], table["power"], color=BLUE, linewidth=2)
    enough = own >= POWER
    ax.vlines(n, 0, own, color=BLUE if enough else ORANGE, linestyle=":", linewidth=1.5)
    ax.plot(n, own, "o" if enough else "X", color=BLUE if enough else ORANGE, markersize=10)
    side = {"ha": "right", "x": n / 1.12} if own > 0.5 else {"ha": "left", "x": n * 1.12}
    ax.text(y=own, s=share(own), fontsize=10, va="bottom" if own > 0.5 else "top", fontweight="bold",
            color=INK if enough else TEXT[ORANGE], **side)  # fmt: skip
    if needed <= table["n"].iloc[-1]:
        ax.plot(needed, POWER, "D", color=INK, markersize=6)
        ax.text(needed, POWER - 0.03, f"  {count(needed)}", fontsize=8, color=INK, va="top")
    ax.set(ylim=(0, 1.04), xlim=(table["n"].iloc[0] * 0.93, table["n"].iloc[-1] * 1.07))
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    ticks = (20, 50, 100, 200, 500, 1000, 2000, 5000)
    ax.set_xticks(ticks, map(count, ticks))
    ax.minorticks_off()
    ax.set_xlabel("Customers in each arm", fontsize=9)
    ax.set_ylabel("Chance that it is called real", fontsize=9)
