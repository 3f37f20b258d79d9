"""Stars: the mean of each group, and the Bayesian average that keeps three glowing reviews from leading the list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.bounded import moments, quantile
from cxlab.experience.scores.ranks import rank_table
from cxlab.experience.scores.scoring import Measure, score_finding, score_table
from cxlab.finding import Finding
from cxlab.wording import count, share

#: how much groups may differ: standard deviation between them over that between answers
_BETWEEN = np.linspace(0.01, 0.95, 95)
_LEAST = 1e-6  # answers of a star


def star_ratings(
    answers: Answers, *, prior: float | None = None, level: float = 0.9, draws: int = 4000,
    rng: np.random.Generator | int = 1,
) -> Finding:  # fmt: skip
    """Stars of each group: the plain mean, and the Bayesian average, with the ranks that it leaves possible.

    Parameters
    ----------
    answers : on any whole scale
    prior : how many answers of all groups together each group begins with; None: as many as the groups themselves tell,
        few where they differ much, many where they are alike
    level : coverage of the intervals
    draws, rng : of the ranks

    Returns
    -------
    Finding "experience.stars", a row a group: *by, n, effective_n, mean, low, high (stars), place, few, and with two
    groups or more average, average_low, average_high (Bayesian average), rank (by mean), average_rank (by average),
    average_rank_low, average_rank_high (ranks it may have), best (probability of the highest)

    Raises
    ------
    ParameterError : a prior below 0.

    Notes
    -----
    True shares of stars in groups are Dirichlet around those of all groups with the size of so many prior answers, so
    the average is (prior × mean of all + sum of its own) / (prior + n). How many is not known: it is averaged over,
    each number weighted by how well it explains the spread of the means (flat prior on the standard deviation between
    groups; Gelman 2006, Bayesian Analysis 1(3)), and the error of the mean of all is reckoned with; the interval is
    that of the Dirichlet distribution with the moments of the mixture. Coverage: tests/recovery/score_coverage.csv.

    >>> from cxlab.experience.scores.answers import read_answers
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
    method = "Dirichlet posterior of all stars"
    table = score_table(answers, measure, level=level)
    if len(table) < 2:
        return score_finding(answers, measure, table, level=level, units={}, method=method)
    sizes, strength = averaged(answers.effective, scores, prior=prior)
    average = moments(scores, sizes)[0]
    ends = quantile(scores, np.r_[sizes, sizes], np.repeat([(1 - level) / 2, (1 + level) / 2], len(sizes)))
    drawn = np.random.default_rng(rng).standard_gamma(sizes, (draws, *sizes.shape))
    ranks, error = rank_table((drawn @ scores) / drawn.sum(2), range(len(table)), level=level)
    order = np.argsort(ranks["name"].to_numpy(), kind="stable")
    ranks, error = ranks.iloc[order].reset_index(drop=True), error.iloc[order].reset_index(drop=True)
    table = table.assign(
        average=average, average_low=ends[: len(sizes)], average_high=ends[len(sizes) :], rank=_ranks(table["mean"]),
        average_rank=_ranks(average), average_rank_low=ranks["rank_low"], average_rank_high=ranks["rank_high"],
        best=ranks["best"],
    )  # fmt: skip
    found = score_finding(
        answers, measure, table, level=level,
        units=dict.fromkeys(["average", "average_low", "average_high"], "stars") | {"best": "share"},
        also=_said(answers, table, strength, stated=prior is not None), method=method,
    )  # fmt: skip
    return replace(found, monte_carlo_error=error[["best"]])


def averaged(counts: np.ndarray, scores: np.ndarray, *, prior: float | None = None) -> tuple[np.ndarray, float]:
    """Posterior of the shares of stars of every group, as the sizes of a Dirichlet distribution.

    Parameters
    ----------
    counts : answers of every group, shape (groups, scores); prior : answers that each begins with, None: averaged over

    Returns
    -------
    Sizes, shape (groups, scores), and the prior answers (the median of what is likely)

    >>> sizes, prior = averaged(np.array([[10., 30], [20, 20]]), np.array([0., 1]), prior=20)
    >>> (sizes / sizes.sum(1, keepdims=True)).round(2).tolist()
    [[0.29, 0.71], [0.46, 0.54]]
    """
    whole = counts.sum(0) + _LEAST
    whole = whole / whole.sum()
    n, own = counts.sum(1), counts @ scores / counts.sum(1)
    variance = float(whole @ scores**2 - (whole @ scores) ** 2)
    between = _BETWEEN if prior is None else np.array([1 / np.sqrt(1 + prior)])
    strength = np.maximum(1 / between**2 - 1, _LEAST)
    # of every group's mean around that of all, were groups to differ so much: shape (strengths, groups)
    spread = variance * (between[:, None] ** 2 + (1 - between[:, None] ** 2) / n)
    precision = 1 / spread
    centre = (precision * own).sum(1) / precision.sum(1)
    log_weight = -0.5 * (
        np.log(spread).sum(1) + np.log(precision.sum(1)) + (precision * (own - centre[:, None]) ** 2).sum(1)
    )
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    total = strength[:, None] + n
    shares = (counts[None] + strength[:, None, None] * whole) / total[:, :, None]
    mean = shares @ scores
    inner = (shares @ scores**2 - mean**2) / (total + 1)
    inner = inner + (strength[:, None] / total) ** 2 / precision.sum(1)[:, None]
    mixed = np.einsum("s,sgk->gk", weight, shares)
    middle = weight @ mean
    outer = np.maximum(weight @ (inner + mean**2) - middle**2, 1e-12)
    size = np.maximum((mixed @ scores**2 - middle**2) / outer - 1, 1.0)
    median = strength[np.searchsorted(np.cumsum(weight), 0.5)]
    return mixed * size[:, None], float(median if prior is None else prior)


def _said(answers: Answers, table: pd.DataFrame, strength: float, *, stated: bool) -> str:
    """What the Bayesian average changes, in a sentence or two."""
    names, best, fair = answers.names, int(table["mean"].argmax()), int(table["average"].argmax())
    text = f"For the Bayesian average each group begins with {count(strength)} answers of all groups"
    text += ", as asked" if stated else ", about as many as the groups themselves tell"
    if fair != best:
        text += (f"; it puts {names[fair]} first ({table['average'].iloc[fair]:.2f}) where the plain mean puts "
                 f"{names[best]} ({table['mean'].iloc[best]:.2f}, n = {count(table['n'].iloc[best])}).")  # fmt: skip
    else:
        text += f"; {names[best]} comes first either way ({table['average'].iloc[best]:.2f})."
    return text + f" The probability that {names[fair]} is truly first is {share(table['best'].iloc[fair])}."


def _ranks(values) -> np.ndarray:
    order = np.argsort(-np.asarray(values), kind="stable")
    ranks = np.empty(len(order), dtype=int)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks
