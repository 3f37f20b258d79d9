"""People and their part-worths: the prior, its density in coordinates without bounds, and draws given part-worths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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

    def of_mean(self, mean: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density of means and its slope."""
        away = (mean - self.centre) / self.spread
        return -0.5 * float(away @ away), -away / self.spread

    def of_chol(self, chol: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density of the Cholesky factor of the covariance, by its entries, and its slope.

        Notes
        -----
        Standard deviations and correlations have the density half-normal × |R|^(eta − 1). By the covariance it is
        divided by Π sd^k, and by its factor multiplied with Π chol_jj^(k − j + 1), j = 1 … k.
        """
        k = len(chol)
        squared = np.square(chol).sum(1)
        diagonal = np.diag(chol)
        powers = 2 * (self.eta - 1) + np.arange(k, 0, -1)
        by_sd = k + 2 * (self.eta - 1)
        value = powers @ np.log(diagonal) - 0.5 * by_sd * np.log(squared).sum() - 0.5 * (squared / self.scale**2).sum()
        slope = -(by_sd / squared + 1 / self.scale**2)[:, None] * chol
        slope[np.diag_indices(k)] += powers / diagonal
        return float(value), slope


def pack(mean: np.ndarray, chol: np.ndarray) -> np.ndarray:
    """Mean and factor as one vector without bounds: the factor row by row, the logarithm of its diagonal.

    >>> pack(np.zeros(2), np.array([[1., 0.], [.5, np.e]])).tolist()
    [0.0, 0.0, 0.0, 0.5, 1.0]
    """
    k = len(mean)
    entries = chol[np.tril_indices(k)].copy()
    at = diagonal(k)
    entries[at] = np.log(entries[at])
    return np.concatenate([mean, entries])


def unpack(h: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and factor of `pack`."""
    entries = h[k:].copy()
    at = diagonal(k)
    entries[at] = np.exp(entries[at])
    chol = np.zeros((k, k))
    chol[np.tril_indices(k)] = entries
    return h[:k], chol


def diagonal(k: int) -> np.ndarray:
    """Where the diagonal stands among the entries of a lower triangle."""
    return np.cumsum(np.arange(1, k + 1)) - 1


def packed_slope(to_mean: np.ndarray, to_chol: np.ndarray, chol: np.ndarray) -> np.ndarray:
    """Slope by the coordinates of `pack`, with that of their Jacobian."""
    k = len(to_mean)
    entries = to_chol[np.tril_indices(k)].copy()
    at = diagonal(k)
    entries[at] = entries[at] * np.diag(chol) + 1.0
    return np.concatenate([to_mean, entries])


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
        return prior.of_chol(factor)[0] - by_factor - implied

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
