"""What is learned before draws count: what each person's choices tell, and the shape of the population."""

from __future__ import annotations

import numpy as np

#: spreads whose draws are this many standard deviations away from nought keep their sign
_FIRM = 3.0


def told(latent: np.ndarray, mean: np.ndarray, chol: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal approximation of every person's choices that has the moments of its draws.

    Parameters
    ----------
    latent : draws of part-worths given mean and factor, shape (draw, people, columns)
    mean, chol : of the population they were drawn with
    a : information of the approximation so far, which counts for ten draws a column

    Returns
    -------
    a, b : information, never negative, and information times centre; see `likelihood`
    """
    n, people, k = latent.shape
    away = np.linalg.solve(chol, (latent - mean).reshape(-1, k).T).T.reshape(n, people, k)
    centre = away.mean(0)
    away = away - centre
    found = np.einsum("dpi,dpj->pij", away, away)
    before = np.linalg.inv(np.eye(k) + chol.T @ a @ chol)
    values, vectors = np.linalg.eigh((found + 10 * k * before) / (n + 10 * k))
    information = np.einsum("pij,pj,pkj->pik", vectors, np.maximum(1 / values - 1, 1e-3), vectors)
    inverse = np.linalg.inv(chol)
    pull = centre + np.einsum("pij,pj->pi", information, centre)
    a = inverse.T @ information @ inverse
    return np.ascontiguousarray(a), np.ascontiguousarray(a @ mean + pull @ inverse)


def root_of(draws: np.ndarray, k: int) -> np.ndarray:
    """A root of the covariance of population coordinates (see `population.pack`), little trusted where draws are few.

    Parameters
    ----------
    draws : shape (draw, coordinate)
    k : columns

    Notes
    -----
    A spread that may cross nought, and the correlations that turn round with it, count as independent of the rest.
    """
    signs = np.sign(draws[:, k : 2 * k])
    lower = np.tril_indices(k, -1)
    whole = np.concatenate([np.ones_like(signs), signs, signs[:, lower[0]] * signs[:, lower[1]]], axis=1)
    draws = draws * whole
    covariance = np.cov(draws.T)
    alone = np.diagonal(covariance) + 1e-9
    sd = draws[:, k : 2 * k]
    turning = sd.mean(0) < _FIRM * sd.std(0)
    # folded at nought, a spread varies less than it does with its sign
    alone[k : 2 * k] = np.where(turning, np.minimum(np.square(sd).mean(0), 2.75 * alone[k : 2 * k]), alone[k : 2 * k])
    weight = len(draws) / (len(draws) + draws.shape[1])
    shape = weight * covariance
    loose = np.concatenate([np.zeros(k, bool), turning, turning[lower[0]] | turning[lower[1]]])
    shape[loose] = shape[:, loose] = 0.0
    np.fill_diagonal(shape, alone)
    return np.ascontiguousarray(np.linalg.cholesky(shape))


def curved(curvature: np.ndarray) -> np.ndarray:
    """A root of the covariance that a curvature tells, bounded where it tells nothing."""
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    return np.ascontiguousarray(vectors / np.sqrt(np.maximum(values, 1.0)))
