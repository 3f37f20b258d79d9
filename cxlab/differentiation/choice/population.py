"""People and their part-worths: the prior, coordinates without bounds, and draws given part-worths.

The population's coordinates are its means, signed spreads, and y of partial correlations tanh(y) (Lewandowski,
Kurowicka & Joe 2009, Journal of Multivariate Analysis 100(9)). A spread may cross zero, where its density is smooth: by
the logarithm of a spread, or by the entries of a Cholesky factor, the density bends ever more sharply there, and small
spreads are where people hardly differ. A sign means nothing: turned round with the correlations, it leaves the
covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit


@dataclass(frozen=True)
class Prior:
    """Weakly informative, for columns scaled to a spread of one within tasks.

    Parameters
    ----------
    centre, spread : of the normal prior of the mean of each latent part-worth
    scale : of the half-normal prior of its standard deviation between people
    eta : of the LKJ prior of correlations

    Utility is in logits: a part-worth of 1 makes the better of two offers a choice of 73 %, one of 5 of 99 %.
    """

    centre: np.ndarray
    spread: np.ndarray
    scale: np.ndarray
    eta: float = 2.0

    @classmethod
    def weak(cls, links: np.ndarray) -> Prior:
        """Normal part-worths 0 ± 5, spread 2.5 between people; of a log-normal one, its logarithm 0 ± 1.5 and 1.

        >>> Prior.weak(np.array([0, 1])).spread.tolist()
        [5.0, 1.5]
        """
        log = np.asarray(links) == 1
        return cls(np.zeros(len(links)), np.where(log, 1.5, 5.0), np.where(log, 1.0, 2.5))

    @property
    def numbers(self) -> tuple:
        """As the compiled loops take them."""
        return self.centre, self.spread, self.scale, self.eta

    def of_chol(self, chol: np.ndarray) -> float:
        """Log density of the Cholesky factor of the covariance, by its entries.

        Notes
        -----
        Standard deviations and correlations have the density half-normal × |R|^(eta − 1). By the covariance it is
        divided by Π sd^k, and by its factor multiplied with Π chol_jj^(k − j + 1), j = 1 … k.
        """
        k = len(chol)
        squared = np.square(chol).sum(1)
        powers = 2 * (self.eta - 1) + np.arange(k, 0, -1)
        by_sd = k + 2 * (self.eta - 1)
        return float(
            powers @ np.log(np.diagonal(chol)) - 0.5 * (by_sd * np.log(squared) + squared / self.scale**2).sum()
        )


def pack(mean: np.ndarray, chol: np.ndarray) -> np.ndarray:
    """Mean and factor as one vector without bounds: means, signed spreads, partial correlations row by row.

    >>> pack(np.zeros(2), np.array([[1.0, 0.0], [0.6, -0.8]])).round(3).tolist()
    [0.0, 0.0, 1.0, -1.0, -0.693]
    """
    spread = np.sqrt(np.square(chol).sum(1)) * np.sign(np.diagonal(chol))
    unit = np.square(chol / spread[:, None])
    left = 1.0 - np.cumsum(unit, axis=1) + unit
    lower = np.tril_indices(len(mean), -1)
    partial = (chol / spread[:, None])[lower] / np.sqrt(left[lower])
    return np.concatenate([mean, spread, np.arctanh(np.clip(partial, -1 + 1e-12, 1 - 1e-12))])


@njit(cache=True, nogil=True)
def unpack(h, k):
    """Mean and factor of `pack`; its diagonal has the signs of the spreads."""
    chol, at = np.zeros((k, k)), 2 * k
    for i in range(k):
        left = 1.0
        for j in range(i):
            partial = np.tanh(h[at])
            chol[i, j] = h[k + i] * partial * np.sqrt(left)
            left *= 1.0 - partial * partial
            at += 1
        chol[i, i] = h[k + i] * np.sqrt(left)
    return h[:k].copy(), chol


@njit(cache=True, nogil=True)
def add_prior(h, value, to_mean, to_chol, numbers):
    """Log density with that of the prior, and its slope by the coordinates of `pack`.

    Parameters
    ----------
    value, to_mean, to_chol : log density of what else depends on mean and factor, and its slopes by their entries
    numbers : of `Prior`
    """
    centre, spread, scale, eta = numbers
    k = len(to_mean)
    slope, at = np.empty(len(h)), 2 * k
    for i in range(k):
        away, sd = (h[i] - centre[i]) / spread[i], h[k + i]
        value -= 0.5 * (away * away + (sd / scale[i]) ** 2)
        slope[i] = to_mean[i] - away / spread[i]
        left, after, begin = 1.0, 0.0, at
        for j in range(i):
            partial = np.tanh(h[at])
            after += to_chol[i, j] * partial * np.sqrt(left)
            left *= 1.0 - partial * partial
            at += 1
        after += to_chol[i, i] * np.sqrt(left)
        slope[k + i] = after - sd / scale[i] ** 2
        left, at = 1.0, begin
        for j in range(i):
            partial = np.tanh(h[at])
            rest, power = 1.0 - partial * partial, eta - 1.0 + 0.5 * (k - j)
            after -= to_chol[i, j] * partial * np.sqrt(left)
            slope[at] = sd * (to_chol[i, j] * np.sqrt(left) * rest - partial * after) - 2.0 * power * partial
            value += power * np.log(rest)
            left *= rest
            at += 1
    return value, slope


def draw_mean(latent: np.ndarray, precision: np.ndarray, prior: Prior, rng: np.random.Generator) -> np.ndarray:
    """A draw of the mean, given everybody's latent part-worths and the precision between them."""
    whole = len(latent) * precision + np.diag(1 / prior.spread**2)
    root = np.linalg.cholesky(whole)
    centre = np.linalg.solve(whole, precision @ latent.sum(0) + prior.centre / prior.spread**2)
    return centre + np.linalg.solve(root.T, rng.standard_normal(len(centre)))


def draw_chol(
    latent: np.ndarray, mean: np.ndarray, chol: np.ndarray, prior: Prior, rng: np.random.Generator, *, tries: int = 3
) -> tuple[np.ndarray, float]:
    """A Metropolis–Hastings move of the factor, given everybody's latent part-worths and their mean.

    Proposals are inverse Wishart, what the covariance would be under a prior that is nearly the one meant; they are
    accepted by the ratio of the two priors, so the draw is of the posterior under the prior meant.

    Returns
    -------
    factor, and share of proposals that were accepted
    """
    n, k = latent.shape
    away = latent - mean
    floor = 0.05 * np.diag(prior.scale**2)
    degrees = max(float(n - k - 3), k + 2.0)  # |R| then has the power that an LKJ prior of eta = 2 gives it
    shape = away.T @ away + floor
    root = np.linalg.cholesky(np.linalg.inv(shape))
    shape_only = degrees - n

    def odds(factor: np.ndarray) -> float:
        """Log prior meant less log of the prior that proposals imply, by the covariance."""
        size = np.log(np.diag(factor)).sum()
        inverse = np.linalg.inv(factor)
        implied = -(shape_only + k + 1) * size - 0.5 * float(np.einsum("ij,jk,ik->", inverse, floor, inverse))
        by_factor = np.arange(k, 0, -1) @ np.log(np.diag(factor))
        return prior.of_chol(factor) - by_factor - implied

    now, accepted = odds(chol), 0
    for _ in range(tries):
        lower = np.tril(rng.standard_normal((k, k)), -1)
        lower[np.diag_indices(k)] = np.sqrt(rng.chisquare(degrees - np.arange(k)))
        half = root @ lower
        proposal = np.linalg.cholesky(np.linalg.inv(half @ half.T))
        new = odds(proposal)
        if np.log(rng.random()) < new - now:
            chol, now, accepted = proposal, new, accepted + 1
    return chol, accepted / tries
