"""Groups with a common posterior: fitted together once, and read by any measure that answers add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.pooling import PooledDraws, sample_pooled
from cxlab.finding import Check
from cxlab.montecarlo import estimate, resample
from cxlab.wording import count, share

K_HAT_LIMIT, EFFECTIVE_LIMIT = 0.7, 400
#: below it answers would hardly look as they do if groups differed by a shift only
FIT_LIMIT = 0.05
#: categories of a scale modelled at most; finer scales are cut into so many
MOST_CATEGORIES = 12
MEASURES = ("nps", "top_box", "mean")
_REPLICATES = 500


@dataclass(frozen=True)
class Pooled:
    """Groups with a common posterior; every functional of their answers follows from it.

    Parameters
    ----------
    answers : what was fitted
    draws : shares of answers of every group
    codes : category of each score of the answers, shape (scores,)
    """

    answers: Answers
    draws: PooledDraws
    codes: np.ndarray

    @property
    def names(self) -> list[str]:
        """What each group is called."""
        return [" · ".join(map(str, row)) for row in self.answers.groups[list(self.answers.by)].itertuples(index=False)]

    def values(self, measure: str | Mapping[float, float] = "") -> np.ndarray:
        """Draws of a measure of every group, shape (draws, groups); see `pooled_scores` for measures."""
        worth, counts = worth_of_scores(self.answers, measure), np.nan_to_num(self.answers.effective).sum(0)
        total = np.bincount(self.codes, counts, minlength=self.draws.shares.shape[2])
        mean = np.bincount(self.codes, counts * worth, minlength=len(total)) / np.where(total > 0, total, 1)
        return self.draws.shares @ mean


def pool_answers(answers: Answers, *, draws: int = 4000, rng: np.random.Generator | int = 1) -> Pooled:
    """Fit the groups of answers together: their shares of every score are pulled to the common ones, small groups most.

    Parameters
    ----------
    answers : read by one column, or by two whose groups cross (touchpoint and brand, or wave)
    draws : of the posterior

    Raises
    ------
    DataError : fewer than two groups have answers, all answers are the same, or there are more than two columns.

    Notes
    -----
    See `pooling` for model, priors and sources. Weights and repeated answers of one customer count as so many
    independent ones as they are worth.

    >>> asked = pd.DataFrame({"question": "csat", "scale_min": 1, "scale_max": 5, "score": [5, 4, 5, 2, 1, 3] * 4,
    ...     "touchpoint": ["Shop", "Shop", "Shop", "Web", "Web", "Web"] * 4})
    >>> from cxlab.experience.scores.answers import read_answers
    >>> pooled = pool_answers(read_answers(asked, by="touchpoint"), draws=1000)
    >>> pooled.names, (pooled.draws.weights @ pooled.values("mean")).round(1).tolist()
    (['Shop', 'Web'], [4.5, 2.1])
    """
    if not 1 <= len(answers.by) <= 2:
        raise DataError(
            f"answers are told apart by {len(answers.by)} columns.", expected="one or two columns to pool over",
            mend='read_answers(…, by="touchpoint")',
        )  # fmt: skip
    if draws < 100:
        raise ParameterError(f"draws = {draws}.", expected="at least 100 draws", mend="draws=4000")
    counts = np.nan_to_num(answers.effective)
    if (counts.sum(1) > 0).sum() < 2:
        raise DataError("only one group has answers.", expected="two or more groups to pool", mend="another column")
    if (counts.sum(0) > 0).sum() < 2:
        raise DataError(f"all answers to {answers.question!r} are the same.", expected="two or more different answers")
    codes = _categories(counts.sum(0))
    joined = counts @ np.eye(codes.max() + 1)[codes]
    factors = [pd.factorize(answers.groups[column])[0] for column in answers.by]
    levels = [code.max() + 1 for code in factors]
    crossed = len(factors) == 2 and min(levels) > 1 and len(counts) > sum(levels) - 1
    drawn = sample_pooled(joined, factors=factors if crossed else (), draws=draws, rng=rng)
    return Pooled(answers, drawn, codes)


def default_measure(answers: Answers) -> str:
    """The measure that a kind of question is usually read by."""
    return {"nps": "nps", "csat": "top_box"}.get(answers.kind, "mean")


def worth_of_scores(answers: Answers, measure: str | Mapping[float, float] = "") -> np.ndarray:
    """What each score adds to a measure, shape (scores,): 100 of a promoter and −100 of a detractor for the NPS."""
    scores = answers.scores
    if isinstance(measure, Mapping):
        missing = [f"{score:g}" for score in scores if score not in measure]
        if missing:
            raise ParameterError(f"measure: no worth for scores {', '.join(missing)}.", expected="one for each score")
        return np.array([float(measure[score]) for score in scores])
    measure = measure or default_measure(answers)
    if measure not in MEASURES:
        raise unknown("measure", measure, MEASURES)
    if measure == "nps":
        if (answers.scale_min, answers.scale_max) != (0, 10):
            raise ParameterError(
                f"measure = 'nps' on a scale from {answers.scale_min:g} to {answers.scale_max:g}.",
                expected="a scale from 0 to 10", mend='measure="mean"',
            )  # fmt: skip
        return 100.0 * (scores >= 9) - 100.0 * (scores <= 6)
    return (scores >= answers.scale_max - 1).astype(float) if measure == "top_box" else scores


def _categories(totals: np.ndarray) -> np.ndarray:
    """Category of each score: each its own, or twelfths of all answers where the scale is finer."""
    if (totals > 0).sum() <= MOST_CATEGORIES:
        return np.arange(len(totals))
    middle = (np.cumsum(totals) - totals / 2) / totals.sum()
    return np.unique(np.minimum((middle * MOST_CATEGORIES).astype(int), MOST_CATEGORIES - 1), return_inverse=True)[1]


def pooled_checks(pooled: Pooled) -> tuple[Check, ...]:
    drawn = pooled.draws
    effective = float(estimate(pooled.values("mean"), drawn.weights).effective.min())
    fit = _fit(pooled)
    return (
        Check("Pareto k̂", drawn.k_hat < K_HAT_LIMIT, round(drawn.k_hat, 3), f"< {K_HAT_LIMIT}",
              "Read groups by themselves, or join small ones."),
        Check("effective draws", effective >= EFFECTIVE_LIMIT, count(effective), f"≥ {EFFECTIVE_LIMIT}",
              "Ask for more draws."),
        Check("how often groups that differ by a shift only look less alike", fit >= FIT_LIMIT, share(fit),
              f"≥ {share(FIT_LIMIT)}", "Groups use the scale differently: read each by itself beside the pooled ones."),
    )  # fmt: skip


def _fit(pooled: Pooled) -> float:
    """Share of replicated answers that lie farther from what the model expects than the real ones do."""
    drawn, answers = pooled.draws, pooled.answers
    real = np.nan_to_num(answers.effective) @ np.eye(pooled.codes.max() + 1)[pooled.codes]
    real = real[:, real.sum(0) > 0]
    rng = np.random.default_rng(1)
    chosen = resample(drawn.weights, _REPLICATES, rng)
    p = drawn.shares[chosen]
    p = p[:, :, p.sum((0, 1)) > 0]
    size = real.sum(1)
    whole = np.maximum(np.round(size), 1).astype(int)
    again = rng.multinomial(whole, p)

    def distance(counts, n):
        expected = n[:, None] * p
        return (np.square(counts - expected) / np.maximum(expected, 1e-9)).sum((1, 2))

    return float((distance(again, whole) >= distance(real[None], size)).mean())
