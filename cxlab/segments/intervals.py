"""Intervals in closed form for segments: shares, differences of shares, and means of values with long tails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, betaincinv
from scipy.stats import beta, t

from cxlab.errors import ParameterError

#: customers below which numbers of a group are hidden, and below which they are marked as resting on few
HIDDEN, FEW = 5, 30
#: nodes of integrals over a distribution, by its own quantiles
_NODES = (np.arange(2000) + 0.5) / 2000
_AT, _WEIGHT = np.polynomial.legendre.leggauss(128)
_AT, _WEIGHT = (_AT + 1) / 2, _WEIGHT / 2


def tails(level: float) -> tuple[float, float]:
    """Where an interval of this coverage ends.

    Raises
    ------
    ParameterError : the level is no share between 0 and 1.

    >>> [round(end, 3) for end in tails(.9)]
    [0.05, 0.95]
    """
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
    return (1 - level) / 2, (1 + level) / 2


def share_difference(hits: float, n: float, others: float, n_others: float, *, level: float = 0.9):
    """Interval of the difference of two shares, each under Jeffreys' prior.

    >>> [round(end, 2) for end in share_difference(30, 40, 10, 40)]
    [0.32, 0.64]
    """
    own = betaincinv(hits + 0.5, n - hits + 0.5, _AT)
    a, b = others + 0.5, n_others - others + 0.5

    def beyond(d: float, p: float) -> float:  # P(own − rest ≤ d) − p
        return 1 - p - float(_WEIGHT @ betainc(a, b, np.clip(own - d, 0, 1)))

    return tuple(float(brentq(beyond, -1, 1, args=(p,), xtol=1e-7)) for p in tails(level))


def ratio_interval(value: float, variance: float, *, level: float = 0.9) -> tuple[float, float]:
    """Interval of a part of a whole with this variance: by the Beta distribution between 0 and 1, normal elsewhere.

    >>> [round(end, 3) for end in ratio_interval(.5, 1 / 12)]
    [0.05, 0.95]
    """
    if not variance > 0:
        return value, value
    ends = tails(level)
    size = value * (1 - value) / variance - 1
    if 0 < value < 1 and size > 0:
        return tuple(float(beta.ppf(p, value * size, (1 - value) * size)) for p in ends)
    from scipy.special import ndtri

    return tuple(value + float(ndtri(p)) * variance**0.5 for p in ends)


@dataclass(frozen=True)
class Mean:
    """A mean of n values, and how far it may be off, by Hall's transformation of the t statistic.

    Means of money have long tails: their interval reaches further up than down. The transformation takes the skewness
    out of t, and is turned back in closed form.

    Parameters
    ----------
    n : how many values
    mean, sd, skewness : of the values

    Notes
    -----
    Source: Hall (1992), On the removal of skewness by transformation, JRSS B 54(1).

    >>> m = Mean.of(100, 1000.0, 14_000.0, 250_000.0)
    >>> m.mean, [round(end, 2) for end in m.interval(.9)]
    (10.0, [9.02, 11.15])
    """

    n: float
    mean: float
    sd: float
    skewness: float = 0.0

    @classmethod
    def of(cls, n: float, total: float, squares: float, cubes: float) -> Mean:
        """From n and the sums of values, of their squares and of their cubes."""
        if n < 1:
            return cls(0, np.nan, np.nan)
        mean = total / n
        variance = max(squares / n - mean**2, 0.0)
        if n < 2 or variance <= 1e-12 * (squares / n):
            return cls(n, mean, 0.0 if n > 1 else np.nan)
        third = cubes / n - 3 * mean * squares / n + 2 * mean**3
        # n values can have no larger skewness than this
        skewness = float(np.clip(third / variance**1.5, -(n**0.5), n**0.5))
        return cls(n, mean, (variance * n / (n - 1)) ** 0.5, skewness)

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return self.sd / self.n**0.5 if self.n > 1 else np.nan

    def quantile(self, p) -> np.ndarray:
        """Where the true mean lies below with confidence p."""
        p = np.asarray(p, float)
        if self.n < 2:
            return np.full(p.shape, np.nan)
        if self.sd == 0:
            return np.full(p.shape, self.mean)
        y = t.ppf(1 - p, self.n - 1) / self.n**0.5
        g = self.skewness
        if abs(g) > 1e-9:
            y = 3 / g * (np.cbrt(1 + g * (y - g / (6 * self.n))) - 1)
        return self.mean - self.sd * y

    def below(self, value) -> np.ndarray:
        """Confidence that the true mean is below a value."""
        value = np.asarray(value, float)
        if self.n < 2:
            return np.full(value.shape, np.nan)
        if self.sd == 0:
            return np.where(value > self.mean, 1.0, np.where(value < self.mean, 0.0, 0.5))
        x, g = (self.mean - value) / self.sd, self.skewness
        x = x + g / 3 * x**2 + g**2 / 27 * x**3 + g / (6 * self.n)
        return 1 - t.cdf(x * self.n**0.5, self.n - 1)

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Ends of the interval with this coverage."""
        low, high = self.quantile(np.array(tails(level)))
        return float(low), float(high)


def chance_best(means: Sequence[Mean]) -> np.ndarray:
    """Chance of each mean to be the largest, the means being independent; by quadrature, without sampling.

    >>> chance_best([Mean(50, 10, 2), Mean(50, 10, 2), Mean(50, 0, 2)]).round(2).tolist()
    [0.5, 0.5, 0.0]
    """
    known = [i for i, m in enumerate(means) if m.n >= 2]
    found = np.full(len(means), np.nan)
    for i in known:
        at = means[i].quantile(_NODES)
        found[i] = np.prod([means[j].below(at) for j in known if j != i], axis=0).mean() if len(known) > 1 else 1.0
    return found / np.nansum(found) if known else found


def chance_above(one: Mean, other: Mean, *, by: float = 0.0) -> float:
    """Chance that one mean is above another by more than `by`, the two being independent.

    >>> round(chance_above(Mean(50, 11, 5), Mean(50, 10, 5)), 2)
    0.84
    """
    if one.n < 2 or other.n < 2:
        return np.nan
    return float(other.below(one.quantile(_NODES) - by).mean())
