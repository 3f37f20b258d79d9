"""Many fits at once: k-means and Gaussian mixtures of the same rows under many weights (bootstraps, halves, starts).

Rows are shared, weights differ, so each iteration of all fits together is a few products of matrices.
Shapes: m rows, p features, b fits, k segments.
"""

from __future__ import annotations

import numpy as np

_SMALL = 1e-12


def k_means_starts(rows: np.ndarray, weight: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Centres by k-means++ for every column of `weight` (m, b), shape (b, k, p).

    Source: Arthur & Vassilvitskii (2007), k-means++, SODA.
    """
    b = weight.shape[1]
    centres = np.empty((b, k, rows.shape[1]), rows.dtype)
    chance, nearest = weight, None
    squares = (rows**2).sum(1)[:, None]
    for j in range(k):
        cumulative = np.cumsum(chance, axis=0)
        chosen = (cumulative <= rng.random(b) * cumulative[-1]).sum(0).clip(max=len(rows) - 1)
        centres[:, j] = rows[chosen]
        distance = np.maximum(squares - 2 * rows @ centres[:, j].T + (centres[:, j] ** 2).sum(1), 0)
        nearest = distance if nearest is None else np.minimum(nearest, distance, out=nearest)
        chance = weight * nearest
    return centres


def k_means_many(
    rows: np.ndarray, weight: np.ndarray, centres: np.ndarray, *, iterations: int = 100, tolerance: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lloyd's algorithm for every column of `weight` (m, b) from its own centres (b, k, p).

    Parameters
    ----------
    tolerance : share of rows that change their segment at or below which a fit has ended

    Returns
    -------
    centres (b, k, p), labels (m, b), inertia (b,) without what lies within cells

    >>> rows = np.array([[0.], [1.], [9.], [10.]])
    >>> centres, labels, inertia = k_means_many(rows, np.array([[1.], [1.], [1.], [3.]]), np.array([[[0.], [1.]]]))
    >>> centres.ravel().tolist(), labels.ravel().tolist(), inertia.tolist()
    ([0.5, 9.75], [0, 0, 1, 1], [1.25])
    """
    centres, (b, k, _) = centres.astype(rows.dtype), centres.shape
    weight = weight.astype(rows.dtype)
    labels = np.full((len(rows), b), -1, np.int8)
    near = np.empty((len(rows), b), rows.dtype)
    active = np.arange(b)
    transposed = np.ascontiguousarray(rows.T)
    for _ in range(iterations):
        new, near[:, active] = nearest_centre(rows, centres[active])
        moved = (new != labels[:, active]).mean(0) > tolerance
        labels[:, active] = new
        active, new = active[moved], new[:, moved]
        if not len(active):
            break
        w = weight[:, active]
        for j in range(k):
            own = w * (new == j)
            total = own.sum(0)
            full = total > _SMALL  # an empty segment stays where it is
            centres[active[full], j] = (transposed @ own / np.where(full, total, 1.0)).T[full]
    inertia = weight.T @ (rows**2).sum(1) - 2 * (weight * near).sum(0)
    return centres, labels, inertia


def nearest_centre(rows: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearest of the centres (b, k, p) to each row, and x·c − |c|²/2 of it, shapes (m, b)."""
    best, labels = None, np.zeros((len(rows), len(centres)), np.int8)
    for j in range(centres.shape[1]):
        own = rows @ centres[:, j].T
        own -= (centres[:, j] ** 2).sum(1) / 2
        if best is None:
            best = own
            continue
        np.putmask(labels, own > best, j)
        np.maximum(best, own, out=best)
    return labels, best


def start_columns(p: int, number: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Sets of features to seek the starts of a mixture in: all, then some of them.

    k-means sees least where it matters most: a feature that parts segments has a wide spread, so it counts little once
    all are put on one scale. Starts in fewer features find what it overlooks.
    """
    sets = [np.arange(p)]
    if p > 1:
        some = [np.array([j]) for j in range(p)] if p <= number else []
        while len(some) < number:
            some.append(np.sort(rng.choice(p, int(rng.integers(1, max(2, p // 2 + 1))), replace=False)))
        sets += some[:number]
    return sets


def mixture_step(statistics: np.ndarray, parts: np.ndarray, p: int, covariance: str, ridge: float):
    """Parameters of mixtures from the weight that each row gives each component.

    Parameters
    ----------
    statistics : (m, p + p(p+1)/2), of `Condensed`
    parts : (m, b·k), weight times probability

    Returns
    -------
    dict of weights (b·k,) unscaled, means (b·k, p), covariances (b·k, p, p)
    """
    total = parts.sum(0) + 10 * _SMALL
    sums = parts.T @ statistics
    means, squares = sums[:, :p] / total[:, None], sums[:, p:]
    cov = np.empty((len(total), p, p))
    i, j = np.triu_indices(p)
    cov[:, i, j] = cov[:, j, i] = squares / total[:, None]
    cov -= means[:, :, None] * means[:, None, :]
    if covariance == "diagonal":
        cov = cov * np.eye(p)
    elif covariance == "spherical":
        cov = np.trace(cov, axis1=1, axis2=2)[:, None, None] / p * np.eye(p)
    cov[:, np.arange(p), np.arange(p)] += ridge
    return {"weights": total, "means": means, "covariances": cov}


def mixture_coefficients(weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Coefficients of (1, statistics) in the log density plus log weight of each component, (n, 1 + p + p(p+1)/2)."""
    p = means.shape[1]
    precision = np.linalg.inv(covariances)
    _, logdet = np.linalg.slogdet(covariances)
    linear = np.einsum("cij,cj->ci", precision, means)
    constant = np.log(weights) - 0.5 * (p * np.log(2 * np.pi) + logdet + (linear * means).sum(1))
    i, j = np.triu_indices(p)
    quadratic = -0.5 * precision[:, i, j] * np.where(i == j, 1.0, 2.0)
    return np.hstack([constant[:, None], linear, quadratic])


def mixture_many(
    statistics: np.ndarray, weight: np.ndarray, labels: np.ndarray, k: int, p: int, *,
    covariance: str = "full", ridge: float = 1e-6, iterations: int = 200, tolerance: float = 1e-4, start=None,
) -> tuple[dict[str, np.ndarray], np.ndarray]:  # fmt: skip
    """Expectation–maximisation for every column of `weight` (m, b).

    Parameters
    ----------
    labels : (m, b), where to start, unless `start` gives parameters (b, k, …)
    covariance : "full", "diagonal", "spherical", or "tied" (one for all components)
    tolerance : gain of the mean log-likelihood of a customer below which a fit has ended

    Returns
    -------
    parameters (weights (b, k), means (b, k, p), covariances (b, k, p, p)), log-likelihood (b,)
    """
    b = weight.shape[1]
    share = weight.sum(0)
    if start is None:
        parts = (labels[:, :, None] == np.arange(k)) * weight[:, :, None]
        found = _mixture_parameters(statistics, parts, share, k, p, covariance, ridge)
    else:
        found = {name: value.copy() for name, value in start.items()}
    likelihood, active = np.full(b, -np.inf), np.arange(b)
    for _ in range(iterations):
        own = {name: value[active] for name, value in found.items()}
        scores = _mixture_scores(statistics, own)
        top = scores.max(2, keepdims=True)
        np.exp(scores - top, out=scores)
        total = scores.sum(2, keepdims=True)
        w = weight[:, active]
        now = (w * (np.log(total[:, :, 0]) + top[:, :, 0])).sum(0)
        gain = (now - likelihood[active]) / share[active]
        likelihood[active] = now
        going = gain > tolerance
        active = active[going]
        if not len(active):
            break
        parts = scores[:, going]
        parts *= (w[:, :, None] / total)[:, going]
        new = _mixture_parameters(statistics, parts, share[active], k, p, covariance, ridge)
        for name, value in new.items():
            found[name][active] = value
    return found, likelihood


def _mixture_scores(statistics: np.ndarray, parameters) -> np.ndarray:
    b, k, p = parameters["means"].shape
    flat = mixture_coefficients(
        parameters["weights"].reshape(b * k), parameters["means"].reshape(b * k, p),
        parameters["covariances"].reshape(b * k, p, p),
    )  # fmt: skip
    return (statistics @ flat[:, 1:].T + flat[:, 0]).reshape(len(statistics), b, k)


def _mixture_parameters(statistics, parts, share, k, p, covariance, ridge):
    b = len(share)
    found = mixture_step(statistics, parts.reshape(len(statistics), b * k), p, covariance, ridge)
    weights = found["weights"].reshape(b, k) / share[:, None]
    cov = found["covariances"].reshape(b, k, p, p)
    if covariance == "tied":
        cov = np.repeat(np.einsum("bk,bkij->bij", weights, cov)[:, None], k, axis=1)
    weights = weights / weights.sum(1, keepdims=True)
    return {"weights": weights, "means": found["means"].reshape(b, k, p), "covariances": cov}
