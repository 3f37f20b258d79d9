"""A customer base by its rates of buying and leaving: how often people come again, and whom silence speaks against."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pandas as pd

from cxlab.cltv.counts import count_probabilities
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.learn.widgets.frame import Control, Seen, Widget, per_cent
from cxlab.style import BLUE, DASHES, INK, ORANGE
from cxlab.wording import number, share

#: how alike customers are in leaving, a + b; weeks looked ahead, and of silence; counts shown on their own
ALIKE, WEEKS, SILENCE, MOST = 2.5, 39, 40, 6
#: who goes quiet: repeat purchases, weeks from the first to the last
PEOPLE = {"one-time buyer": (0, 0.0), "bought 4 times more in 18 weeks": (4, 18.0)}


def make(*, r: float = 0.5, alpha: float = 6.0, leave: float = 0.35) -> Widget:
    """The widget "customer-base": the model MBG/NBD of lesson I4, in weeks.

    Parameters
    ----------
    r, alpha : where they stand at first; active customers buy at rates that are Gamma(r, alpha), r/alpha a week on
        average
    leave : mean chance to leave at a purchase, a/(a + b), with a + b = `ALIKE`

    >>> make().move(leave=0.1).table["p"].sum().round(6)
    np.float64(1.0)
    """
    return Widget("customer-base", [
        Control("r", "r", r, 0.1, 3.0, 0.1, write=number),
        Control("alpha", "α, weeks", alpha, 1.0, 30.0, 1.0, write=number),
        per_cent("leave", "Leave at a purchase", leave, 0.05, 0.9),
    ], see)  # fmt: skip


def see(*, r: float, alpha: float, leave: float) -> Seen:
    """What such customers do: repeat purchases of a new one, and P(alive) of two who go quiet."""
    theta = (r, alpha, leave * ALIKE, (1 - leave) * ALIKE)
    stays = float(MBG_NBD.p_alive(theta, 0, 0.0, 0.0))
    p = np.array([float(each) for each in islice(count_probabilities(MBG_NBD, theta, 0, 0.0, WEEKS), MOST + 1)])
    p = stays * p + (1 - stays) * (np.arange(MOST + 1) == 0)
    table = pd.DataFrame({
        "repeats": [*map(str, range(MOST + 1)), f"{MOST + 1} and more"], "p": [*p, 1 - p.sum()],
    })  # fmt: skip
    weeks = np.arange(SILENCE + 1.0)
    alive = pd.DataFrame({"silence": weeks} | {
        who: MBG_NBD.p_alive(theta, x, last, last + weeks) for who, (x, last) in PEOPLE.items()
    })  # fmt: skip
    mean = float(MBG_NBD.expected_purchases(theta, 0, 0.0, 0.0, WEEKS))
    quiet = alive.loc[20]
    once, often = (share(float(quiet[who])) for who in PEOPLE)
    return Seen(
        title=f"{share(float(p[0]))} never come back; after 20 quiet weeks a regular is still one with {often}",
        text=f"An active customer buys every {number(alpha / r, digits=2)} weeks on average (α/r), and customers "
        f"differ: the smaller r, the more. {share(leave)} of purchases are somebody's last. A new customer comes again "
        f"{number(mean, digits=2)} times in {WEEKS} weeks. After 20 quiet weeks a one-time buyer is still active with "
        f"{once}, who bought four times more with {often}.",
        table=pd.concat([table, alive], axis=1),
        draw=lambda axes: _draw(axes, table, alive),
        columns=2,
    )


def _draw(axes, table: pd.DataFrame, alive: pd.DataFrame) -> None:
    left, right = axes
    left.bar(range(len(table)), table["p"], color=BLUE, width=0.8)
    for i, p in enumerate(table["p"]):
        if p >= 0.005:
            left.text(i, p, share(float(p)), ha="center", va="bottom", fontsize=8, color=INK)
    left.set_xticks(range(len(table)), [*table["repeats"][:-1], f"{MOST + 1}+"])
    left.set_ylim(0, min(1.0, 1.15 * table["p"].max()) + 0.02)
    left.set_yticks([])
    left.spines["left"].set_visible(False)
    left.set_xlabel(f"Repeat purchases in {WEEKS} weeks, share of new customers", fontsize=8)
    for who, colour, dash in zip(PEOPLE, (ORANGE, BLUE), DASHES[1::-1], strict=True):
        right.plot(alive["silence"], alive[who], color=colour, linestyle=dash, linewidth=2, label=who)
    right.legend(
        loc="lower right",
        bbox_to_anchor=(1.02, 0.94),
        fontsize=8,
        handlelength=2.5,
        borderpad=0,
        frameon=False,
        labelcolor=INK,
    )
    right.set(ylim=(0, 1.02), xlim=(0, SILENCE))
    right.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    right.set_xlabel("Weeks since the last purchase", fontsize=8)
    right.set_ylabel("P(alive)", fontsize=8)
