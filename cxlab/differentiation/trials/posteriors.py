"""What each arm's true mean may be after a trial, tabulated: chances and losses are sums, not simulations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from cxlab.differentiation.trials.read_trial import Trial
from cxlab.errors import DataError, ModelError, ParameterError
from cxlab.finding import Check
from cxlab.wording import count, number

_POINTS = 1200
#: units in the smallest arm below which hardly anything is known
LEAST = 20
#: skewness over the root of units above which a few large amounts decide the mean
_LOPSIDED = 0.75
#: the same where skewness is not taken out: a tail of 5 % of Student's t is off by 0.11 times this (Edgeworth's first
#: term), 3 points here
_LOPSIDED_PLAIN = 0.3
#: units above 0 in the smallest arm below which nobody knows what amounts are like
_PAYING = 5
#: standard deviations between what was believed and what was seen beyond which the belief is refused
_FARTHEST = 7


@dataclass(frozen=True)
class Posteriors:
    """Distribution functions of the true mean of every arm, independent of one another.

    Parameters
    ----------
    x : shape (points,), ascending, in the unit of the outcome; common to all arms
    cdf : shape (arms, points)
    method : what they are, for captions; checks : what must hold for it
    """

    x: np.ndarray
    cdf: np.ndarray
    method: str = ""
    checks: tuple[Check, ...] = ()

    @property
    def mean(self) -> np.ndarray:
        """Mean of each, shape (arms,)."""
        return self.x[-1] - np.trapezoid(self.cdf, self.x)

    def quantile(self, p) -> np.ndarray:
        """Quantiles of each arm, shape (arms, probabilities)."""
        return np.array([np.interp(p, own, self.x) for own in self.cdf])

    def p_best(self) -> np.ndarray:
        """Probability of each arm that its true mean is the highest."""
        step, middle = np.diff(self.cdf), (self.cdf[:, 1:] + self.cdf[:, :-1]) / 2
        found = np.array([(step[i] * np.delete(middle, i, 0).prod(0)).sum() for i in range(len(step))])
        return found / found.sum()

    def p_above(self, arm: int, other: int, *, by: float = 0.0) -> float:
        """Probability that the true mean of `arm` is above that of `other` by more than `by`."""
        return 1 - self._difference_cdf(arm, other, by)

    def losses(self) -> np.ndarray:
        """Of each arm, what is lost by taking it, averaged over all that may be true (0 where it is the best):
        E[max] − E[own]."""
        return np.maximum(np.trapezoid(self.cdf - self.cdf.prod(0), self.x), 0.0)

    def difference(self, arm: int, other: int, p) -> np.ndarray:
        """Quantiles of the true mean of `arm` less that of `other`."""
        width = self.x[-1] - self.x[0]
        return np.array([
            brentq(lambda d, q=q: self._difference_cdf(arm, other, d) - q, -width * 1.001, width * 1.001, xtol=1e-12)
            for q in np.atleast_1d(p)
        ])  # fmt: skip

    def ratio(self, arm: int, other: int, p) -> np.ndarray:
        """Quantiles of the ratio of two true means above 0; not a number where the other may be 0 or less."""
        if self.quantile([1e-6])[other, 0] <= 0:
            return np.full(len(np.atleast_1d(p)), np.nan)
        step, middle = np.diff(self.cdf[other]), (self.x[1:] + self.x[:-1]) / 2
        step, middle = step[middle > 0], middle[middle > 0]

        def cdf(log_ratio: float) -> float:
            return float(step @ np.interp(np.exp(log_ratio) * middle, self.x, self.cdf[arm]))

        return np.exp([brentq(lambda r, q=q: cdf(r) - q, -40, 40) for q in np.atleast_1d(p)])

    def _difference_cdf(self, arm: int, other: int, value: float) -> float:
        step, middle = np.diff(self.cdf[other]), (self.x[1:] + self.x[:-1]) / 2
        return float(step @ np.interp(middle + value, self.x, self.cdf[arm], left=0.0, right=1.0))

    def draw(self, size: int, rng: np.random.Generator | int) -> np.ndarray:
        """Draws of the true means, shape (size, arms)."""
        chance = np.random.default_rng(rng).random((len(self.cdf), size))
        return np.array([np.interp(u, own, self.x) for u, own in zip(chance, self.cdf, strict=True)]).T

    def negated(self) -> Posteriors:
        """Of minus the means, where less is better."""
        return Posteriors(-self.x[::-1], 1 - self.cdf[:, ::-1], self.method, self.checks)

    def sceptical(self, centre: float, spread: float) -> Posteriors:
        """Under the belief that true means differ from `centre` by about `spread` (a standard deviation)."""
        middle = (self.x[1:] + self.x[:-1]) / 2
        step = np.diff(self.cdf) * np.exp(-0.5 * ((middle - centre) / spread) ** 2)
        total = step.sum(1, keepdims=True)
        low, high = self.quantile([0.16, 0.84]).T
        if (np.abs(self.mean - centre) > _FARTHEST * np.hypot(spread, (high - low) / 2)).any():
            raise ModelError(
                f"arms differ by far more than the spread of {spread:g} that was believed.",
                expected="a spread that what was seen does not rule out", mend="a larger spread",
            )  # fmt: skip
        cdf = np.concatenate([np.zeros((len(step), 1)), np.cumsum(step / total, axis=1)], axis=1)
        return Posteriors(self.x, np.clip(cdf, 0, 1), self.method, self.checks)


def tabulated(distributions, method: str = "", checks: tuple[Check, ...] = ()) -> Posteriors:
    """Posteriors of SciPy distributions, one an arm.

    >>> both = tabulated([stats.beta(21, 181), stats.beta(31, 171)])
    >>> both.p_best().round(4).tolist()
    [0.0667, 0.9333]
    """
    tails = np.geomspace(1e-9, 1e-3, 60)
    p = np.concatenate([tails, np.linspace(1e-3, 1 - 1e-3, _POINTS)[1:-1], 1 - tails[::-1]])
    x = np.unique(np.concatenate([d.ppf(p) for d in distributions]))
    return Posteriors(x, np.clip(np.array([d.cdf(x) for d in distributions]), 0, 1), method, checks)


def arm_posteriors(trial: Trial, *, prior: tuple[float, float] = (1.0, 1.0), spread: float = 0.0) -> Posteriors:
    """What the true mean of each arm may be.

    Parameters
    ----------
    prior : of shares only: a and b of the Beta distribution before the trial; (1, 1) is no idea
    spread : how much true means of arms usually differ, a standard deviation in the unit of the outcome; 0: no idea.
        With a spread, arms are drawn towards their common mean, the more the fewer their units

    Raises
    ------
    DataError : an arm has too few units, or all its values are alike where they must differ.

    Notes
    -----
    Shares: beta-binomial. Counts: Gamma–Poisson with Jeffreys' prior, units discounted by the dispersion where it is
    above 1. Numbers: Student's t of the mean under Jeffreys' prior. Money: the same with skewness taken out and means
    above 0 only, so that no shape of amounts is assumed: with T the usual t and a the skewness over √n,
    T + aT²/3 + a²T³/27 + a/6 is near to normal (Hall 1992, On the removal of skewness by transformation, Journal of the
    Royal Statistical Society B 54(1)).

    >>> from cxlab.differentiation.trials.read_trial import read_trial
    >>> rows = pd.DataFrame({"unit_id": range(400), "arm": ["A"] * 200 + ["B"] * 200,
    ...                      "outcome": [1] * 20 + [0] * 180 + [1] * 30 + [0] * 170})
    >>> arm_posteriors(read_trial(rows)).p_best().round(4).tolist()
    [0.0667, 0.9333]
    """
    if spread < 0:
        raise ParameterError(f"spread = {spread}.", expected="a standard deviation, 0 for no idea", mend="spread=0")
    if not min(prior) > 0:
        raise ParameterError(f"prior = {prior}.", expected="two numbers above 0", mend="prior=(1, 1)")
    arms = trial.moments()
    if trial.kind == "share":
        made = _shares(arms, prior)
    elif trial.kind == "count":
        made = _counts(arms)
    elif trial.kind == "money":
        made = _amounts(arms)
    else:
        made = _means(arms)
    few = int(arms["n"].min())
    made = replace(made, checks=(
        Check(f"{trial.per}s in the smallest arm", few >= LEAST, count(few), f"≥ {LEAST}",
              "Of so few hardly anything is known: what is said rests on what was believed before as much as on them."),
        *made.checks,
    ))  # fmt: skip
    if not spread:
        return made
    return made.sceptical(float(arms["n"] @ arms["mean"] / arms["n"].sum()), spread)


def _shares(arms: pd.DataFrame, prior: tuple[float, float]) -> Posteriors:
    hits = arms["n"] * arms["mean"]
    each = [stats.beta(prior[0] + k, prior[1] + n - k) for k, n in zip(hits, arms["n"], strict=True)]
    return tabulated(each, f"beta-binomial with a Beta({prior[0]:g}, {prior[1]:g}) prior")


def _counts(arms: pd.DataFrame) -> Posteriors:
    mean = float(arms["n"] @ arms["mean"]) / arms["n"].sum()
    spare = arms["n"].sum() - len(arms)
    dispersion = max(1.0, float(arms["n"] @ arms["var"]) / spare / mean) if mean > 0 and spare > 0 else 1.0
    each = [
        stats.gamma((n * m + 0.5) / dispersion, scale=dispersion / n)
        for n, m in zip(arms["n"], arms["mean"], strict=True)
    ]
    more = f", units discounted by a dispersion of {dispersion:.1f}" if dispersion > 1.05 else ""
    return tabulated(each, f"Gamma–Poisson{more}", (even_amounts(arms, most=_LOPSIDED),))


def _means(arms: pd.DataFrame) -> Posteriors:
    _differ(arms)
    each = [
        stats.t(n - 1, loc=m, scale=np.sqrt(v / (n - 1)))
        for n, m, v in zip(arms["n"], arms["mean"], arms["var"], strict=True)
    ]
    return tabulated(each, "Student's t of the means", (even_amounts(arms),))


def _differ(arms: pd.DataFrame) -> None:
    few = arms[(arms["n"] < 2) | ~(arms["var"] > 0)]
    if len(few):
        row = few.iloc[0]
        raise DataError(
            f"the arm {row['arm']!r} has {'one unit only' if row['n'] < 2 else 'one value for all its units'}.",
            expected="two units or more that differ, in every arm",
        )  # fmt: skip


def _lopsided(arms: pd.DataFrame) -> np.ndarray:
    """Skewness over the root of units of each arm; 0 where all values are alike."""
    mean, var = arms["mean"].to_numpy(float), arms["var"].to_numpy(float)
    third = arms["cube"].to_numpy(float) - 3 * mean * var - mean**3
    scale = var**1.5 * np.sqrt(arms["n"].to_numpy(float))
    return np.divide(third, scale, out=np.zeros_like(third), where=scale > 0)


def even_amounts(arms: pd.DataFrame, *, most: float = _LOPSIDED_PLAIN) -> Check:
    """Whether means of these moments of arms are near to normal: not decided by a few large amounts."""
    worst = float(np.abs(_lopsided(arms)).max())
    more = " (kind=money takes some of it out where none is below 0)" if most < _LOPSIDED else ""
    return Check("skewness over the root of units", worst <= most, number(worst, digits=2), f"≤ {most}",
                 f"A few large amounts decide the mean: ask for more units{more}.")  # fmt: skip


@dataclass(frozen=True)
class _Skewed:
    """The true mean of amounts of 0 or more, whatever their shape: Hall's transformation of Student's t."""

    n: int
    mean: float
    var: float
    lopsided: float  # skewness over √n

    def cdf(self, x):
        """Probability that the true mean is x or less."""
        none = self._below(0.0)
        return np.clip((self._below(np.maximum(x, 0.0)) - none) / (1 - none), 0.0, 1.0)

    def ppf(self, p):
        """Quantiles of the true mean."""
        none = self._below(0.0)
        z, a = -stats.t.ppf(none + np.asarray(p) * (1 - none), self.n - 1), self.lopsided
        t = z if abs(a) < 1e-6 else 3 / a * (np.cbrt(1 + a * (z - a / 6)) - 1)
        return np.maximum(self.mean - t * np.sqrt(self.var / (self.n - 1)), 0.0)

    def _below(self, x):
        t, a = (self.mean - x) / np.sqrt(self.var / (self.n - 1)), self.lopsided
        return stats.t.cdf(-(t + a * t**2 / 3 + a**2 * t**3 / 27 + a / 6), self.n - 1)


def _amounts(arms: pd.DataFrame) -> Posteriors:
    """Means of money, most of it skewed: few people spend much."""
    _differ(arms)
    lopsided = _lopsided(arms)
    each = [
        _Skewed(int(n), float(m), float(v), a)
        for n, m, v, a in zip(arms["n"], arms["mean"], arms["var"], lopsided, strict=True)
    ]
    paying = int(arms["positive"].min())
    return tabulated(each, "Student's t of the means, skewness taken out (Hall)", (
        Check("units above 0 in the smallest arm", paying >= _PAYING, count(paying), f"≥ {_PAYING}",
              "Of so few amounts, a mean may be anything."),
        even_amounts(arms, most=_LOPSIDED),
    ))  # fmt: skip
