"""How answers of one period scatter around its level: on a scale exactly, from mean and spread as normal.

A level is told by one number θ. On a scale, answers of the baseline are tilted, P(score k) ∝ P₀(k) e^{θk}, until their
mean is the level; of yes and no that is the binomial with θ its log odds. Where only means are known, θ is the mean.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, logsumexp, ndtr, softmax

#: sums of answers up to which every one has its own probability
_EXACT = 800


class Scale:
    """Answers on an evenly spaced scale.

    Parameters
    ----------
    scores : the scale, ascending, shape (k,)
    counts : answers at each score in the baseline, shape (k,)

    >>> yes = Scale(np.array([0.0, 1.0]), np.array([10, 30]))
    >>> float(yes.mean(yes.theta(.75)).round(6))
    0.75
    >>> values, p = yes.sums(np.array([0.0]), np.zeros(1), 4)
    >>> values.tolist(), p.round(4).tolist()
    ([0.0, 0.25, 0.5, 0.75, 1.0], [[0.0625, 0.25, 0.375, 0.25, 0.0625]])
    """

    def __init__(self, scores: np.ndarray, counts: np.ndarray):
        self.low, self.step, self.size = float(scores[0]), float(scores[1] - scores[0]), len(scores)
        self.high = self.low + self.step * (self.size - 1)
        base = np.ones(2) if self.size == 2 else np.asarray(counts, float) + 0.5
        self._log = np.log(base / base.sum())
        self._at = np.arange(self.size)
        self.prior_total = 0.5 if self.size == 2 else float(base @ self._at / base.sum())

    def _p(self, theta):
        return softmax(self._log + np.asarray(theta, float)[..., None] * self._at, axis=-1)

    def moments(self, theta):
        """Mean, variance and third central moment of one answer, in steps of the scale."""
        p = self._p(theta)
        mean = p @ self._at
        away = self._at - mean[..., None]
        return mean, (p * away**2).sum(-1), (p * away**3).sum(-1)

    def mean(self, theta):
        """Level at θ."""
        return self.low + self.step * self.moments(theta)[0]

    def slope(self, theta):
        """How much the level gains with θ."""
        return self.step * self.moments(theta)[1]

    def theta(self, mean: float) -> float:
        """θ of a level, ends of the scale left out."""
        wanted = np.clip((mean - self.low) / self.step, 1e-6, self.size - 1 - 1e-6)
        low, high = -60.0, 60.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.moments(middle)[0] < wanted else (low, middle)
        return (low + high) / 2

    def steps(self, total, n):
        """Sums of answers in steps above the lowest score."""
        return (np.asarray(total) - self.low * np.asarray(n)) / self.step

    def log_likelihood(self, theta, tau, total, n):
        """Of the sums of one period or several; shapes are broadcast, τ is the spread of θ between periods."""
        theta, tau = np.broadcast_arrays(np.asarray(theta, float), tau)
        s, n = np.asarray(self.steps(total, n)), np.asarray(n)
        if not np.any(tau > 0):
            return theta * s - n * self._cumulant(theta)
        z = self._normal(9 * tau.max(), theta, n.max())
        at = theta[..., None] + tau[..., None] * z
        each = at * s[..., None] - n[..., None] * self._cumulant(at)
        most = each.max(-1)
        p = np.exp(-(z**2) / 2)
        return most + np.log(np.exp(each - most[..., None]) @ (p / p.sum()))

    def _normal(self, width: float, theta, n: float) -> np.ndarray:
        """Nodes of a standard normal, so close that answers of n scatter over several of them."""
        narrow = 1 / np.sqrt(max(n, 1.0) * self.moments(theta)[1].max())
        size = int(np.clip(width / (0.6 * narrow), 25, 400))
        return np.linspace(-4.5, 4.5, size)

    def _cumulant(self, theta):
        """Log of the mean of e^(θ · steps) before tilting."""
        if self.size == 2:
            return np.logaddexp(0, theta) - np.log(2)
        return logsumexp(self._log + theta[..., None] * self._at, axis=-1)

    def sums(self, theta: np.ndarray, tau: np.ndarray, n: float) -> tuple[np.ndarray, np.ndarray]:
        """Means that n answers can have, ascending, and their probabilities for every θ, shape (len(theta), means)."""
        n = int(round(n))
        if np.any(tau > 0):
            low, high = (theta - 4.5 * tau).min(), (theta + 4.5 * tau).max()
            at = np.linspace(low, high, len(self._normal(high - low, theta, n)))
            values, p = self.sums(at, np.zeros(len(at)), n)
            w = np.exp(-(((at - theta[:, None]) / np.maximum(tau, at[1] - at[0])[:, None]) ** 2) / 2)
            return values, w / w.sum(1, keepdims=True) @ p
        mean, variance, third = self.moments(theta)
        reach = 9 * np.sqrt(n * variance.max()) + 12
        first, last = max(0, int(n * mean.min() - reach)), min(n * (self.size - 1), int(n * mean.max() + reach) + 1)
        if self.size == 2 and last - first <= 4 * _EXACT:
            k = np.arange(first, last + 1)
            ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
            p = np.exp(ways + theta[:, None] * k - n * np.logaddexp(0, theta)[:, None])
        elif self.size > 2 and n * (self.size - 1) <= _EXACT:
            k = np.arange(n * (self.size - 1) + 1)
            p = np.fft.irfft(np.fft.rfft(self._p(theta), len(k) + 1) ** n, len(k) + 1)[:, : len(k)].clip(0)
        else:
            k = np.arange(first, last + 1, max(1, (last - first) // _EXACT))
            skew = third / (variance**1.5 * np.sqrt(n))
            p = _near_normal(k, n * mean, np.sqrt(n * variance), skew)
        return self.low + self.step * k / n, p / p.sum(1, keepdims=True)


class Measured:
    """Values of which only means, numbers and the spread within a period are known.

    >>> values, p = Measured(2.0).sums(np.array([10.0]), np.zeros(1), 4)
    >>> float(p[0] @ values), float(np.sqrt(p[0] @ (values - 10) ** 2).round(3))
    (10.0, 1.0)
    """

    low, high = -np.inf, np.inf

    def __init__(self, sd: float):
        self.sd = sd

    def mean(self, theta):
        return np.asarray(theta, float)

    def slope(self, theta):
        return np.ones_like(np.asarray(theta, float))

    def theta(self, mean: float) -> float:
        return float(mean)

    def log_likelihood(self, theta, tau, total, n):
        theta, tau, total, n = np.broadcast_arrays(theta, tau, np.asarray(total, float), np.asarray(n, float))
        size = np.maximum(n, 1)
        variance = self.sd**2 / size + tau**2
        found = -0.5 * ((total / size - theta) ** 2 / variance + np.log(variance))
        return np.where(n > 0, found, 0.0)

    def sums(self, theta: np.ndarray, tau: np.ndarray, n: float) -> tuple[np.ndarray, np.ndarray]:
        sd = np.sqrt(self.sd**2 / n + tau**2)
        k = np.linspace((theta - 8 * sd).min(), (theta + 8 * sd).max(), _EXACT + 1)
        p = _near_normal(k, theta, sd, np.zeros(len(theta)))
        return k, p / p.sum(1, keepdims=True)


def _near_normal(k, mean, sd, skew):
    """Probabilities of evenly spaced values, normal but for their skew (Edgeworth's first term)."""
    edges = np.append(k, 2 * k[-1] - k[-2]) - (k[1] - k[0]) / 2
    z = (edges - mean[:, None]) / sd[:, None]
    below = ndtr(z) - skew[:, None] / 6 * (z**2 - 1) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.diff(below, axis=1).clip(0)
