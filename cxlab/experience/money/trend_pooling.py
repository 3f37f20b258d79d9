"""Levels of a score that learn from each other: estimates that lean towards a straight line through all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

_NODES = 60
#: half-normal prior of the spread of levels around the line, on the scale given (logarithms, log odds)
SPREAD = 0.5


@dataclass(frozen=True)
class Pooled:
    """Posterior of every level, and of the line, as a mixture of normals over the spread around the line.

    Parameters
    ----------
    weight : of each spread, shape (nodes,)
    mean, variance : shape (nodes, levels)
    line : the line at every level, posterior mean
    slope, slope_variance : of the line, shape (nodes,)
    pulled : share of the way to the line, shape (levels,)
    """

    weight: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    line: np.ndarray
    slope: np.ndarray
    slope_variance: np.ndarray
    pulled: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        """Posterior mean of every level."""
        return self.weight @ self.mean

    def quantile(self, p: float) -> np.ndarray:
        """Quantile of every level."""
        return mixture_quantile(p, self.weight[:, None], self.mean, np.sqrt(self.variance))

    def slope_quantile(self, p: float) -> float:
        """Quantile of the slope of the line."""
        spread = np.sqrt(self.slope_variance)[:, None]
        return float(mixture_quantile(p, self.weight[:, None], self.slope[:, None], spread)[0])


def mixture_quantile(p: float, weight, mean, sd) -> np.ndarray:
    """Quantile of mixtures of normals along the first axis, by bisection.

    >>> mixture_quantile(.95, np.ones((1, 1)), np.zeros((1, 1)), np.ones((1, 1))).round(3).tolist()
    [1.645]
    """
    low, high = (mean - 9 * sd).min(0), (mean + 9 * sd).max(0)
    for _step in range(60):
        middle = (low + high) / 2
        below = (weight * ndtr((middle - mean) / sd)).sum(0) < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def pool_on_line(at, value, variance, *, spread: float = SPREAD) -> Pooled:
    """Normal estimates pooled towards a line, in closed form given the spread around it and by quadrature over that.

    Parameters
    ----------
    at : scores, shape (levels,)
    value, variance : estimate of each level and how far it may be off
    spread : scale of the half-normal prior of the spread around the line

    Notes
    -----
    value ~ N(θ, variance), θ ~ N(a + b·at, τ²), a and b flat. Source: Gelman et al. (2013), Bayesian data analysis,
    section 5.4, with a line in place of the mean.

    >>> p = pool_on_line([0, 1, 2, 3, 4], [0., 1.2, 2, 2.8, 9.0], [.01, .01, .01, .01, 100.])
    >>> p.centre.round(1).tolist()
    [0.0, 1.1, 2.0, 2.8, 3.8]
    """
    at, y, v = (np.asarray(a, float) for a in (at, value, variance))
    x = np.column_stack([np.ones_like(at), at - at.mean()])
    if len(at) == 1:
        x = x[:, :1]
    tau = (np.arange(_NODES) + 0.5) / _NODES * 4 * spread
    log_weight, means, variances, lines, slopes, slope_variances, pulled = ([] for _ in range(7))
    for own in tau:
        w = 1 / (v + own**2)
        inner = np.linalg.inv((x * w[:, None]).T @ x)
        b = inner @ (x.T @ (w * y))
        rest = y - x @ b
        log_weight.append(0.5 * (np.log(w).sum() + np.linalg.slogdet(inner)[1] - (w * rest**2).sum())
                          - 0.5 * (own / spread) ** 2)  # fmt: skip
        by = v * w
        means.append(y - by * rest)
        variances.append(v * (1 - by) + by**2 * np.einsum("ij,jk,ik->i", x, inner, x))
        lines.append(x @ b)
        slopes.append(b[-1] if len(b) > 1 else 0.0)
        slope_variances.append(inner[-1, -1] if len(b) > 1 else 1.0)
        pulled.append(by)
    weight = np.exp(np.array(log_weight) - max(log_weight))
    weight /= weight.sum()
    return Pooled(weight, np.array(means), np.array(variances), weight @ np.array(lines), np.array(slopes),
                  np.array(slope_variances), weight @ np.array(pulled))  # fmt: skip
