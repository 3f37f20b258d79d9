"""Stars: the mean of each group, and the Bayesian average that keeps three glowing reviews from leading the list."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from cxlab.errors import ParameterError
from cxlab.experience.answers import Answers
from cxlab.experience.bounded import quantile
from cxlab.experience.scoring import Measure, score_finding, score_table
from cxlab.finding import Finding
from cxlab.wording import count

#: the strongest prior that is told from groups being alike altogether
STRONGEST = 1e4


def star_ratings(answers: Answers, *, prior: float | None = None, level: float = 0.9) -> Finding:
    """Stars of each group: the plain mean, and the Bayesian average.

    Parameters
    ----------
    answers : on any whole scale
    prior : how many answers of all groups together each group begins with; None: as many as the groups themselves tell,
        few where they differ much, many where they are alike
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.stars", a row a group: *by, n, effective_n, mean, low, high (stars), place, few, and with two
    groups or more average, average_low, average_high (Bayesian average), rank (by mean), average_rank (by average)

    Raises
    ------
    ParameterError : a prior below 0.

    Notes
    -----
    Shares of stars in groups are Dirichlet around those of all groups, with as many prior answers as make the counts
    most likely (Minka 2000, Estimating a Dirichlet distribution): (prior × mean of all + sum of its own) / (prior + n).
    Intervals: mean, Dirichlet posterior of each group by itself; average, the same with the prior of all groups, whose
    own error is left out.

    >>> import pandas as pd
    >>> from cxlab.experience.answers import read_answers
    >>> asked = pd.DataFrame({"question": "stars", "scale_min": 1, "scale_max": 5, "score": [5] * 3 + [5, 4] * 20,
    ...     "brand": ["new"] * 3 + ["known"] * 40})
    >>> found = star_ratings(read_answers(asked, by="brand"), prior=10).table
    >>> found[["brand", "mean", "average"]].round(2).values.tolist()
    [['known', 4.5, 4.51], ['new', 5.0, 4.64]]
    """
    if prior is not None and not prior >= 0:
        raise ParameterError(f"prior = {prior}.", expected="a number of answers, 0 or more", mend="prior=10")
    scores = answers.scores
    measure = Measure("stars", "the mean of the stars", "mean", "Stars, mean", scores, "stars", lambda v: f"{v:.2f}")
    table = score_table(answers, measure, level=level)
    units, also = {}, ""
    if len(table) > 1:
        counts = answers.effective
        whole = counts.sum(0) / counts.sum()
        prior = likeliest_prior(counts) if prior is None else float(prior)
        seen = whole > 0  # nobody gives a star that nobody ever gave
        sizes = counts[:, seen] + prior * whole[seen] + (1e-9 if prior == 0 else 0)
        average = sizes @ scores[seen] / sizes.sum(1)
        tails = [(1 - level) / 2, (1 + level) / 2]
        low, high = (
            quantile(scores[seen], sizes, np.full(len(sizes), p)) if seen.sum() > 1 else average for p in tails
        )
        table = table.assign(
            average=average,
            average_low=low,
            average_high=high,
            rank=_ranks(table["mean"]),
            average_rank=_ranks(average),
        )
        units = dict.fromkeys(["average", "average_low", "average_high"], "stars")
        best, fair = int(table["mean"].argmax()), int(average.argmax())
        names = answers.names
        weight = "the groups are alike" if prior >= STRONGEST else f"{count(prior)} answers of all groups"
        also = f"For the Bayesian average each group begins with {weight} (mean {whole @ scores:.2f})"
        also = (
            f"The groups are too alike to be ranked: the Bayesian average of each is near {whole @ scores:.2f}"
            if prior >= STRONGEST
            else also
        )
        also += (
            f"; it puts {names[fair]} first ({average[fair]:.2f}) where the plain mean puts {names[best]} "
            f"({table['mean'].iloc[best]:.2f}, n = {count(table['n'].iloc[best])})." if fair != best
            else f"; {names[best]} comes first either way ({average[best]:.2f})."
        )  # fmt: skip
    return score_finding(answers, measure, table, level=level, units=units, also=also,
                         method="Dirichlet posterior of all stars")  # fmt: skip


def likeliest_prior(counts: np.ndarray) -> float:
    """How many answers of all groups each group begins with, by maximum likelihood of the Dirichlet-multinomial.

    Parameters
    ----------
    counts : answers of every group, shape (groups, scores)

    >>> rng = np.random.default_rng(1)
    >>> counts = np.array([rng.multinomial(50, rng.dirichlet([4, 6, 10])) for _ in range(200)])
    >>> 15 < likeliest_prior(counts) < 26
    True
    """
    whole = counts.sum(0) / counts.sum()
    own, whole = counts[:, whole > 0], whole[whole > 0]
    n = own.sum(1)

    def minus(log_prior: float) -> float:
        size = np.exp(log_prior)
        return -float(
            (gammaln(size) - gammaln(size + n)).sum() + (gammaln(own + size * whole) - gammaln(size * whole)).sum()
        )

    found = minimize_scalar(minus, bounds=(np.log(0.1), np.log(STRONGEST)), method="bounded")
    return float(STRONGEST if found.x > np.log(0.9 * STRONGEST) else np.exp(found.x))


def _ranks(values) -> np.ndarray:
    order = np.argsort(-np.asarray(values), kind="stable")
    ranks = np.empty(len(order), dtype=int)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks
