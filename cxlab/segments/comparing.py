"""One feature of a group against the rest, in its own unit: values, differences and one effect size for all kinds.

Everything comes from the distinct values and how many of the group and of the rest have each, so customers may be many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri
from scipy.stats import binom, hypergeom, t

from cxlab.intervals import share_interval
from cxlab.segments.intervals import Mean, share_difference, tails


@dataclass(frozen=True)
class Comparison:
    """A group against the rest.

    Parameters
    ----------
    value, low, high : of the group; rest : of the others; difference, difference_low, difference_high : group − rest
    effect, effect_low, effect_high : Cliff's delta, P(one of the group has more) − P(one of the rest has more), −1 … 1;
        of a share it is the difference itself
    p_value : of no difference, two-sided
    """

    value: float
    low: float
    high: float
    rest: float
    difference: float
    difference_low: float
    difference_high: float
    effect: float
    effect_low: float
    effect_high: float
    p_value: float


def compare_shares(hits: float, n: float, others: float, n_others: float, *, level: float = 0.9) -> Comparison:
    """Shares: Jeffreys' intervals, and Fisher's exact test with mid-p.

    >>> found = compare_shares(30, 40, 10, 40)
    >>> found.difference, round(found.difference_low, 2), found.p_value < .001
    (0.5, 0.32, True)
    """
    a, b = hits / n, others / n_others
    low, high = (float(end) for end in share_interval(hits, n, level=level))
    ends = share_difference(hits, n, others, n_others, level=level)
    seen = hypergeom(round(n + n_others), round(hits + others), round(n))
    at = seen.pmf(round(hits))
    p = min(1.0, 2 * min(seen.cdf(round(hits)) - at / 2, seen.sf(round(hits)) + at / 2))
    return Comparison(a, low, high, b, a - b, *ends, a - b, *ends, float(p))


def compare_numbers(
    values: np.ndarray, own: np.ndarray, rest: np.ndarray, *, measure: str = "mean", level: float = 0.9
) -> Comparison:
    """Means (Welch) or medians of a number in a group and in the rest.

    Parameters
    ----------
    values : distinct, ascending
    own, rest : how many of the group and of the rest have each
    measure : "mean", or "median" for long tails

    Notes
    -----
    Medians: variance from order statistics, Price & Bonett (2001), Estimating the variance of the sample median, J.
    Statistical Computation and Simulation 68(3). Their test is that of Brunner & Munzel (2000), Biometrical Journal
    42(1), which asks who has more and allows for ties and unequal spread. The effect has the interval of its logit.

    >>> values = np.arange(5.0)
    >>> found = compare_numbers(values, np.array([0, 2, 10, 20, 8]), np.array([8, 20, 10, 2, 0]))
    >>> found.value, found.rest, round(found.effect, 2)
    (2.85, 1.15, 0.83)
    """
    n, m = own.sum(), rest.sum()
    effect, spread, df, ends = _more(own, rest, level)
    if measure == "median":
        (a, va), (b, vb) = _median(values, own), _median(values, rest)
        reach = float(ndtri(tails(level)[1]))
        low, high = a - reach * va**0.5, a + reach * va**0.5
        p = 2 * t.sf(abs(effect / 2) / spread**0.5, df) if spread > 0 else float(effect == 0)
        wide = reach * (va + vb) ** 0.5
    else:
        one, two = (Mean.of(w.sum(), w @ values, w @ values**2, w @ values**3) for w in (own, rest))
        a, b = float(one.mean), float(two.mean)
        low, high = one.interval(level)
        va, vb = one.error**2, two.error**2
        total = va + vb
        freedom = total**2 / (va**2 / (n - 1) + vb**2 / (m - 1)) if total > 0 else n + m - 2
        wide = float(t.ppf(tails(level)[1], freedom)) * total**0.5
        p = 2 * t.sf(abs(a - b) / total**0.5, freedom) if total > 0 else float(a == b)
    return Comparison(a, low, high, b, a - b, a - b - wide, a - b + wide, effect, *ends, float(p))


def _more(own: np.ndarray, rest: np.ndarray, level: float):
    """Cliff's delta; variance and degrees of freedom of P(more) (Brunner & Munzel); ends of the interval of delta."""
    n, m = own.sum(), rest.sum()
    below_rest = (np.cumsum(rest) - rest / 2) / m  # of the rest, at each value
    below_own = (np.cumsum(own) - own / 2) / n
    more = float(own @ below_rest / n)
    v = float(own @ (below_rest - more) ** 2 / (n - 1)) / n
    w = float(rest @ (below_own - (1 - more)) ** 2 / (m - 1)) / m
    spread = v + w
    df = spread**2 / (v**2 / (n - 1) + w**2 / (m - 1)) if spread > 0 else n + m - 2
    # where one group lies wholly beyond the other no spread is seen: as if the nearest pair might have changed places
    least = min(n, m)
    middle = (more * least + 0.5) / (least + 1)
    se = max(spread, middle * (1 - middle) / (4 * least)) ** 0.5 / (middle * (1 - middle))
    ends = expit(np.log(middle / (1 - middle)) + float(ndtri(tails(level)[1])) * se * np.array([-1.0, 1.0]))
    low, high = (float(e) for e in 2 * ends - 1)
    delta = 2 * more - 1
    return delta, spread, df, (min(low, delta), max(high, delta))


def _median(values: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Median and the variance of it, from order statistics."""
    n = round(float(weight.sum()))
    cumulative = np.cumsum(weight)

    def order(place: float) -> float:  # the value in this place, 1 … n
        return float(values[np.searchsorted(cumulative, place - 0.5)])

    middle = (order((n + 1) // 2) + order(n // 2 + 1)) / 2
    c = max(1, round((n + 1) / 2 - n**0.5))
    chance = binom.cdf(c - 1, n, 0.5)
    z = -float(ndtri(chance))
    return middle, ((order(n - c + 1) - order(c)) / (2 * z)) ** 2 if z > 0 else 0.0
