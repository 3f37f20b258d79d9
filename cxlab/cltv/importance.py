"""Pareto-smoothed importance sampling of a smooth posterior in a few dimensions.

A pilot is drawn from a split t around the mode. Where it does not fit well (a curved or skewed posterior), a mixture of
t distributions is fitted to the weighted pilot and drawn from together with the split t, which keeps the tails covered.

Sources: Geweke (1989), Econometrica 57(6), for the split t; Cappé, Douc, Guillin, Marin & Robert (2008), Statistics and
Computing 18, for adapting mixtures; Vehtari, Simpson, Gelman, Yao & Gabry (2024), JMLR 25, for smoothing and k̂.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import gammaln, logsumexp

_DEGREES = 5  # of freedom of every t: tails heavier than the posteriors here
_PILOT = 1000
#: a log density may be off by so much: far below what one draw tells
ERROR_LIMIT = 0.05
_GOOD_SHARE = 0.8  # effective share of the pilot from which the split t is kept as it is
_COMPONENTS = 6
_DEFENSIVE = 0.2  # share of the split t that stays in the mixture


def importance_sample(
    log_density: Callable[[np.ndarray], float],
    mode: np.ndarray,
    covariance: np.ndarray,
    *,
    draws: int,
    rng: np.random.Generator | int,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Weighted draws from a density known up to a constant.

    Parameters
    ----------
    log_density : of one point, shape (k,)
    mode, covariance : where it peaks, and the inverse of its negative Hessian there
    draws : number of draws returned

    Returns
    -------
    z : shape (draws, k); weights : shape (draws,), summing to 1; k_hat : below 0.7 the weights may be used

    >>> z, weights, k_hat = importance_sample(
    ...     lambda z: -abs(z).sum(), np.zeros(2), np.eye(2), draws=2000, rng=1)
    >>> bool(k_hat < .7), bool(abs(weights @ z[:, 0]) < .15)
    (True, True)
    """
    rng = np.random.default_rng(rng)
    values, vectors = np.linalg.eigh(covariance)
    axes = vectors * np.sqrt(values)
    reach = _reach(log_density, mode, axes)

    def weigh(z, log_proposal):
        log_weights = np.array([log_density(each) for each in z]) - log_proposal
        smoothed, k_hat = pareto_smoothed(log_weights)
        return np.exp(smoothed), k_hat

    z = _draw_split_t(mode, axes, reach, _PILOT, rng)
    weights, k_hat = weigh(z, _log_split_t(z, mode, axes, reach))
    if 1 / np.square(weights).sum() > _GOOD_SHARE * _PILOT:
        z = _draw_split_t(mode, axes, reach, draws, rng)
        return z, *weigh(z, _log_split_t(z, mode, axes, reach))
    mixture = None
    for size in (_PILOT, _PILOT, draws):
        mixture = _fit_mixture(z, weights, mixture, rng)
        defensive = rng.random(size) < _DEFENSIVE
        z = np.where(defensive[:, None], _draw_split_t(mode, axes, reach, size, rng), _draw_mixture(mixture, size, rng))
        log_proposal = np.logaddexp(
            np.log(_DEFENSIVE) + _log_split_t(z, mode, axes, reach), np.log1p(-_DEFENSIVE) + _log_mixture(mixture, z)
        )
        weights, k_hat = weigh(z, log_proposal)
    return z, weights, k_hat


def corrected(cheap, exact, mode, covariance, *, rng: np.random.Generator):
    """A cheap log density with a quadratic correction towards the exact one around the mode.

    The difference of two log-likelihoods of nearly the same data is smooth and small over a posterior, so a quadratic
    fitted to a few exact values takes out nearly all of it. `largest_error` says what is left.
    """
    k = len(mode)
    values, vectors = np.linalg.eigh(covariance)
    axes = vectors * np.sqrt(values)
    pairs = np.triu_indices(k)

    def basis(z):
        u = np.linalg.solve(axes, (z - mode).T).T
        return np.column_stack([np.ones(len(u)), u, u[:, pairs[0]] * u[:, pairs[1]]])

    points = mode + 1.5 * rng.standard_normal((3 * (1 + k + len(pairs[0])), k)) @ axes.T
    gap = np.array([exact(z) - cheap(z) for z in points])
    usable = np.isfinite(gap)
    coefficients = np.linalg.lstsq(basis(points[usable]), gap[usable], rcond=None)[0]
    return lambda z: cheap(z) + float(basis(z[None, :])[0] @ coefficients)


def largest_error(cheap, exact, z) -> float:
    """Largest difference of two log densities over draws, after taking out what is common to all."""
    gap = np.array([exact(each) - cheap(each) for each in z])
    return float(np.abs(gap - np.median(gap)).max())


def pareto_smoothed(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Pareto-smoothed log weights that sum to one, and the k̂ that says whether they may be used."""
    from arviz_stats.base import array_stats

    finite = np.where(np.isfinite(log_weights), log_weights, log_weights[np.isfinite(log_weights)].min() - 100)
    # the library takes log-likelihoods left out, that is, negated log weights
    smoothed, k_hat = array_stats.psislw(-(finite - finite.max()))
    # no estimate of the tail means that a few draws carry everything
    return smoothed - logsumexp(smoothed), float(k_hat) if np.isfinite(k_hat) else np.inf


def _reach(log_density, mode, axes) -> np.ndarray:
    """How far the density reaches along each axis, down and up, in units of its curvature at the mode: (2, k)."""
    top = log_density(mode)
    reach = np.ones((2, axes.shape[1]))
    for i, axis in enumerate(axes.T):
        for side, sign in enumerate((-1, 1)):
            for step in (1, 2, 3, 4, 6, 8):
                drop = top - log_density(mode + sign * step * axis)
                if np.isfinite(drop):
                    reach[side, i] = max(reach[side, i], step / np.sqrt(2 * max(drop, step**2 / 18)))
    return reach


def _draw_split_t(mode, axes, reach, draws, rng):
    k = len(mode)
    size = np.abs(rng.standard_normal((draws, k)))
    up = rng.random((draws, k)) < reach[1] / reach.sum(0)
    stretch = np.sqrt(_DEGREES / rng.chisquare(_DEGREES, draws))[:, None]
    return mode + (np.where(up, reach[1], -reach[0]) * size * stretch) @ axes.T


def _log_split_t(z, mode, axes, reach):
    along = np.linalg.solve(axes, (z - mode).T).T
    scaled = along / np.where(along > 0, reach[1], reach[0])
    constant = np.log(2 / reach.sum(0)).sum() - np.linalg.slogdet(axes)[1]
    return _log_t(np.square(scaled).sum(1), len(mode)) + constant


def _log_t(square, k):
    """Log density of a standard multivariate t with `_DEGREES` degrees of freedom, by squared distance."""
    constant = gammaln((_DEGREES + k) / 2) - gammaln(_DEGREES / 2) - 0.5 * k * np.log(_DEGREES * np.pi)
    return constant - 0.5 * (_DEGREES + k) * np.log1p(square / _DEGREES)


def _fit_mixture(z, weights, mixture, rng, *, rounds: int = 20):
    """Shares, means and roots of covariances of a mixture of t, by weighted expectation–maximisation."""
    k = z.shape[1]
    mean = weights @ z
    whole = (z - mean).T @ ((z - mean) * weights[:, None])
    if mixture is None:
        # start spread out along the longest axis, where a curved posterior bends
        longest = np.linalg.eigh(whole)[1][:, -1]
        order = np.argsort(z @ longest)
        cells = np.searchsorted((np.arange(_COMPONENTS) + 1) / _COMPONENTS, np.cumsum(weights[order]) - 1e-12)
        cell = np.empty(len(z), dtype=int)
        cell[order] = np.minimum(cells, _COMPONENTS - 1)
        belongs = np.eye(_COMPONENTS)[cell]
    else:
        belongs = None
    for _ in range(rounds):
        if belongs is not None:
            mass = weights @ belongs
            shares, means, roots = [], [], []
            for j in np.flatnonzero(mass > 0.02):
                own = weights * belongs[:, j] / mass[j]
                center = own @ z
                spread = (z - center).T @ ((z - center) * own[:, None])
                # a little of the whole keeps a component from collapsing onto a few heavy draws
                shares.append(mass[j])
                means.append(center)
                roots.append(np.linalg.cholesky(0.95 * spread + 0.05 * whole + 1e-10 * np.eye(k)))
            mixture = (np.array(shares) / sum(shares), np.array(means), np.array(roots))
        logs = _log_components(mixture, z)
        belongs = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
    return mixture


def _log_components(mixture, z):
    columns = []
    for share, mean, root in zip(*mixture, strict=True):
        square = np.square(np.linalg.solve(root, (z - mean).T)).sum(0)
        columns.append(np.log(share) + _log_t(square, z.shape[1]) - np.log(np.diag(root)).sum())
    return np.column_stack(columns)


def _log_mixture(mixture, z):
    return logsumexp(_log_components(mixture, z), axis=1)


def _draw_mixture(mixture, draws, rng):
    shares, means, roots = mixture
    component = rng.choice(len(shares), size=draws, p=shares)
    stretch = np.sqrt(_DEGREES / rng.chisquare(_DEGREES, draws))[:, None]
    normal = rng.standard_normal((draws, means.shape[1])) * stretch
    return means[component] + np.einsum("nij,nj->ni", roots[component], normal)
