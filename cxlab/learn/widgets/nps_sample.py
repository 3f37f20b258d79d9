"""How far the NPS moves by chance: the same customers asked twelve times, with as many answers as one likes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.nps import net_promoter_score, nps_points
from cxlab.learn.widgets.frame import Control, Seen, Widget, per_cent
from cxlab.style import BLUE, INK, LINE, ORANGE, TEXT
from cxlab.wording import count, share

SURVEYS = 12
_MOST = 1000
#: a score for each box: what a promoter, a passive and a detractor answered
_SCORES = (10.0, 8.0, 3.0)


def make(*, n: int = 30, promoters: float = 0.45, detractors: float = 0.20) -> Widget:
    """The widget "nps-sample".

    Parameters
    ----------
    n, promoters, detractors : where the controls stand at first: answers of a survey, shares of all customers

    >>> make().move(n=200).title
    '12 surveys of 200 answers: from +16 to +36, where the truth is +25'
    """
    return Widget("nps-sample", [
        Control("n", "Answers", n, 10, _MOST, 10, write=count),
        per_cent("promoters", "Promoters", promoters, 0.0, 0.95),
        per_cent("detractors", "Detractors", detractors, 0.0, 0.95),
    ], see)  # fmt: skip


def see(*, n: int, promoters: float, detractors: float) -> Seen:
    """Twelve surveys of n answers each, all drawn from the same customers, with the interval of each.

    Raises
    ------
    ParameterError : promoters and detractors are more than all.
    """
    if promoters + detractors > 1 + 1e-9:
        raise ParameterError(
            f"{share(promoters)} promoters and {share(detractors)} detractors are more than all customers.",
            expected="100 % together at most", mend="move one of them down",
        )  # fmt: skip
    true = 100 * (promoters - detractors)
    score = net_promoter_score(answers(n, promoters, detractors))
    table = score.table.assign(holds=score.table["low"].le(true) & score.table["high"].ge(true))
    least, most = (nps_points(end) for end in (table["nps"].min(), table["nps"].max()))
    width = (table["high"] - table["low"]).mean()
    return Seen(
        title=f"{SURVEYS} surveys of {count(n)} answers: from {least} to {most}, where the truth is {nps_points(true)}",
        text=f"The same customers, asked {SURVEYS} times: nothing changed but who answered. {table['holds'].sum()} of "
        f"{SURVEYS} intervals (90 %) hold the true NPS of {nps_points(true)}; they are {width:.0f} points wide. Half "
        f"as wide takes four times the answers: {count(4 * n)}.",
        table=table,
        draw=lambda axes: _draw(axes[0], table, true),
    )


def answers(n: int, promoters: float, detractors: float) -> Answers:
    """The answers of every survey, counted: with more answers a survey goes on as it began."""
    drawn = _chance()[:, :n]
    boxes = np.stack([drawn < promoters, (drawn >= promoters) & (drawn < 1 - detractors), drawn >= 1 - detractors])
    counted = boxes.sum(axis=2).T
    names = [f"{i + 1:02d}" for i in range(SURVEYS)]
    counts = pd.DataFrame({
        "survey": np.repeat(names, 3), "score": np.tile(_SCORES, SURVEYS), "n": counted.ravel(),
    }).query("n > 0").sort_values(["survey", "score"], ignore_index=True)  # fmt: skip
    groups = pd.DataFrame(
        {"survey": names, "n": counted.sum(1), "missing": 0, "customers": np.nan, "design_effect": 1.0}
    )
    return Answers(counts, "nps", ("survey",), 0.0, 10.0, "nps", SURVEYS * n, 0, simulated=True, groups=groups)


@cache
def _chance() -> np.ndarray:
    """Who answers, shape (surveys, answers): where each stands among all customers, promoters first."""
    return np.random.default_rng(11).random((SURVEYS, _MOST))


def _draw(ax, table: pd.DataFrame, true: float) -> None:
    at = np.arange(len(table))[::-1]
    ax.set(xlim=(-100, 100), ylim=(-0.8, len(table) - 0.2))
    ax.axvline(0, color=LINE, linewidth=1)
    ax.axvline(true, color=INK, linestyle="--", linewidth=1.2)
    ax.text(true, len(table) - 0.1, " all customers", color=INK, fontsize=8, ha="left", va="bottom")
    for holds, colour, style in ((True, BLUE, "-"), (False, ORANGE, ":")):
        own = (table["holds"] == holds).to_numpy()
        ax.hlines(at[own], table["low"][own], table["high"][own], color=colour, linestyle=style, linewidth=2)
        ax.plot(table["nps"][own], at[own], "o" if holds else "X", color=colour, markersize=6)
    for y in at[~table["holds"].to_numpy()]:
        ax.text(99, y, "misses", color=TEXT[ORANGE], fontsize=8, ha="right", va="center")
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xticks(range(-100, 101, 25))
    ax.set_xlabel("NPS of each survey with its 90 % interval, points", fontsize=9)
