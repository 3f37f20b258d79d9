"""Coefficients of reliability as functions of the covariance matrix of items, and their intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.stats import f, norm

from cxlab.experience.scores.items import Items

_STEP = 1e-3  # of differences, in standard deviations
_FLOOR = 0.005  # of unique variances, as shares: one-factor solutions may run to none
#: respondents below which the wider of two intervals is taken
_FEW = 100


def alpha(S: np.ndarray) -> float:
    """Cronbach's alpha of a covariance matrix.

    >>> round(alpha(np.array([[1, .5, .5], [.5, 1, .5], [.5, .5, 1]])), 3)
    0.75
    """
    k = len(S)
    return float(k / (k - 1) * (1 - np.trace(S) / S.sum()))


def omega(S: np.ndarray) -> float:
    """McDonald's omega (total) of a covariance matrix: share of the variance of the sum that one factor makes.

    >>> round(omega(np.array([[1, .5, .5], [.5, 1, .5], [.5, .5, 1]])), 3)
    0.75
    """
    loadings, unique = one_factor(S)
    common = loadings.sum() ** 2
    return float(common / (common + unique.sum()))


def one_factor(S: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and unique variances of the one-factor model, by maximum likelihood (Lawley & Maxwell 1971)."""
    sd = np.sqrt(np.diag(S))
    R = S / np.outer(sd, sd)

    def parts(psi):
        values, vectors = np.linalg.eigh(R / np.sqrt(np.outer(psi, psi)))
        return values, np.sqrt(psi) * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0.0))

    def height(psi):
        values, loading = parts(psi)
        lower = np.maximum(values[:-1], 1e-12)
        off = np.diag(np.outer(loading, loading) - R) + psi
        return (lower - np.log(lower) - 1).sum(), off / psi**2

    start = np.clip(1 / np.diag(np.linalg.pinv(R)), 0.05, 0.95)
    found = minimize(height, start, jac=True, method="L-BFGS-B", bounds=[(_FLOOR, 1.0)] * len(R),
                     options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000})  # fmt: skip
    loading = parts(found.x)[1]
    return sd * loading * np.sign(loading.sum() or 1.0), sd**2 * found.x


def residual(S: np.ndarray) -> float:
    """Root mean square of the correlations that one factor leaves (SRMR without the diagonal)."""
    sd = np.sqrt(np.diag(S))
    loading = one_factor(S)[0] / sd
    left = S / np.outer(sd, sd) - np.outer(loading, loading)
    return float(np.sqrt(np.square(left[np.triu_indices(len(S), 1)]).mean()))


def item_rest(S: np.ndarray) -> np.ndarray:
    """Correlation of every item with the sum of the others."""
    own, row = np.diag(S), S.sum(0)
    return (row - own) / np.sqrt(own * np.maximum(S.sum() - 2 * row + own, 1e-300))


def fisher_interval(r: float, n: float, *, level: float = 0.9) -> tuple[float, float]:
    """Interval of a correlation by Fisher's z.

    >>> [round(end, 3) for end in fisher_interval(.5, 103, level=.95)]
    [0.339, 0.632]
    """
    middle, reach = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), norm.ppf((1 + level) / 2) / np.sqrt(max(n - 3, 1))
    return float(np.tanh(middle - reach)), float(np.tanh(middle + reach))


def bounded_interval(
    found: Items, measure: Callable[[np.ndarray], float], *, level: float = 0.9
) -> tuple[float, float, float]:
    """A reliability with its distribution-free interval, whatever function of the covariance matrix it is."""
    S = found.covariance
    value, sd = measure(S), np.sqrt(np.diag(S))
    slope = np.zeros_like(S)
    for i in range(len(S)):
        for j in range(i, len(S)):
            step = np.zeros_like(S)
            step[i, j] = step[j, i] = _STEP * sd[i] * sd[j]
            rise = (measure(S + step) - measure(S - step)) / (2 * _STEP * sd[i] * sd[j])
            slope[i, j] = slope[j, i] = rise if i == j else rise / 2
    centred = found.values - found.n @ found.values / found.total
    influence = np.einsum("ni,ij,nj->n", centred, slope, centred) - (slope * S).sum()
    se = np.sqrt(found.n @ influence**2) / found.total
    reach = norm.ppf((1 + level) / 2) * se / max(1 - value, 1e-9)
    return value, 1 - (1 - value) * np.exp(reach), 1 - (1 - value) * np.exp(-reach)


def feldt_interval(value: float, n: float, items: int, *, level: float = 0.9) -> tuple[float, float]:
    """Interval of alpha for normal answers that are alike in all questions.

    >>> [round(end, 3) for end in feldt_interval(.8, 100, 5, level=.95)]
    [0.731, 0.856]
    """
    low, high = f.ppf([(1 + level) / 2, (1 - level) / 2], n - 1, (n - 1) * (items - 1))
    return float(1 - (1 - value) * low), float(1 - (1 - value) * high)


def reliability_interval(
    found: Items, measure: Callable[[np.ndarray], float], *, level: float = 0.9
) -> tuple[float, float, float]:
    """Alpha or omega with its interval: distribution-free, and not narrower than Feldt's where respondents are few."""
    value, low, high = bounded_interval(found, measure, level=level)
    if found.total < _FEW:
        exact = feldt_interval(value, found.total, len(found.names), level=level)
        low, high = min(low, exact[0]), max(high, exact[1])
    return value, low, high
