"""Gaussian mixture: segments as overlapping clouds, each customer in each with a probability."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cxlab.errors import unknown
from cxlab.finding import Check
from cxlab.segments.batch import k_means_many, k_means_starts, mixture_coefficients, mixture_many, start_columns
from cxlab.segments.clustering import numbered
from cxlab.segments.condensed import condense
from cxlab.segments.reference import rounding
from cxlab.segments.segmentation import Segmentation, by_size, check_k, numeric_rows
from cxlab.segments.table import FeatureTable
from cxlab.wording import share

COVARIANCES = ("full", "tied", "diagonal", "spherical")


def gaussian_mixture(
    features: FeatureTable,
    *,
    k: int,
    covariance: str = "full",
    starts: int = 20,
    most_rows: int = 20_000,
    ridge: float | None = None,
    rng: np.random.Generator | int = 1,
    names: tuple[str, ...] = (),
) -> Segmentation:
    """k normal distributions, by maximum likelihood.

    Parameters
    ----------
    covariance : "full", "tied" (one for all segments), "diagonal" or "spherical"
    starts : runs from k-means, half of them in a few features only; the best is kept
    most_rows : distinct rows beyond which close ones are fitted as one cell with its own mean and products
    ridge : added to every variance, so that no segment shrinks onto a single value; by default what comes from
        rounding (see `reference.rounding`), and 1e-6

    Returns
    -------
    Segmentation; quality: log_likelihood, bic, icl (smaller is better), entropy (1: every customer surely in one
    segment), agreement (share of starts that ended there)

    Notes
    -----
    BIC = −2 log-likelihood + parameters · log(customers): the sign of most packages, opposite to that of mclust.
    Fitted on distinct complete rows with their weights; customers with missing values are then placed by the marginal
    density of what is known. Likelihoods are on the scaled features. Source: Fraley & Raftery (2002), JASA 97(458).

    Expectation–maximisation is our own, since scikit-learn's takes no weights; it gives the same answer without them.
    """
    if covariance not in COVARIANCES:
        raise unknown("covariance", covariance, COVARIANCES)
    rng = np.random.default_rng(rng)
    rows, weight = numeric_rows(features, "gaussian_mixture")
    check_k(k, len(rows))
    cells = condense(rows, weight, most=most_rows, rng=rng)
    p = rows.shape[1]
    sets = start_columns(p, max(1, starts // 2), rng)
    sets = [sets[0]] * max(1, starts - len(sets) + 1) + sets[1:]
    one = cells.weight[:, None]
    begun = [
        k_means_many(x, one, k_means_starts(x, one, k, rng))[1]
        for x in (np.ascontiguousarray(cells.values[:, c]) for c in sets)
    ]
    labels, w = np.hstack(begun), np.repeat(one, len(sets), axis=1)
    run = {"covariance": covariance, "ridge": rounding(features) + 1e-6 if ridge is None else ridge}
    found, likelihood = mixture_many(cells.statistics, w, labels, k, p, tolerance=1e-5, **run)
    best = int(likelihood.argmax())
    start = {name: value[best : best + 1] for name, value in found.items()}
    found, likelihood_best = mixture_many(
        cells.statistics, w[:, :1], labels, k, p, start=start, tolerance=1e-10, iterations=5000, **run
    )
    parameters = {name: value[0] for name, value in found.items()}
    scores = log_scores(rows, parameters)
    parameters = by_size(scores.argmax(1), weight, parameters, "means")
    top = scores.max(1, keepdims=True)
    each = top[:, 0] + np.log(np.exp(scores - top).sum(1))
    probability = np.exp(scores - each[:, None])
    n, log_likelihood = weight.sum(), float(weight @ each)
    doubt = float(-(weight @ (probability * np.log(np.maximum(probability, 1e-300))).sum(1)))
    bic = -2 * log_likelihood + free_parameters(k, p, covariance) * np.log(n)
    near = np.mean(likelihood >= likelihood_best[0] - 1e-3 * n)
    return Segmentation(
        "gaussian_mixture", features, features.recipes, parameters,
        {"k": k, "covariance": covariance, "starts": starts},
        {"log_likelihood": log_likelihood, "bic": float(bic), "icl": float(bic + 2 * doubt),
         "entropy": 1 - doubt / (n * np.log(k)) if k > 1 else 1.0, "agreement": float(near)},
        names or numbered(k), (agreement_check(float(near)),),
    )  # fmt: skip


def agreement_check(agreement: float) -> Check:
    """Whether the best answer was found more than once: the safeguard against a local optimum."""
    return Check("share of starts that found the best answer", agreement >= 0.1, share(agreement), "≥ 10 %",
                 "A better answer may be left unfound: more starts, or fewer segments.")  # fmt: skip


def free_parameters(k: int, p: int, covariance: str) -> int:
    """Number of free parameters.

    >>> [free_parameters(3, 4, c) for c in COVARIANCES]
    [44, 24, 26, 17]
    """
    each = p * (p + 1) // 2
    return k - 1 + k * p + {"full": k * each, "tied": each, "diagonal": k * p, "spherical": k}[covariance]


def log_scores(matrix: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """Log weight plus log density of the features that are known, shape (n, k)."""
    weights, means, covariances = (np.asarray(parameters[c]) for c in ("weights", "means", "covariances"))
    scores = np.empty((len(matrix), len(weights)))
    known = np.isfinite(matrix)
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        own = which.ravel() == number
        at = np.flatnonzero(pattern)
        if not len(at):
            scores[own] = np.log(weights)
            continue
        flat = mixture_coefficients(weights, means[:, at], covariances[:, at[:, None], at])
        rows = matrix[own][:, at]
        i, j = np.triu_indices(len(at))
        scores[own] = np.hstack([rows, rows[:, i] * rows[:, j]]) @ flat[:, 1:].T + flat[:, 0]
    return scores
