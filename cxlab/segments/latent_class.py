"""Latent class analysis: segments of people who answer alike, with missing answers, by StepMix (the extra `latent`)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cxlab.errors import DataError, ModelError
from cxlab.segments.clustering import numbered
from cxlab.segments.mixture import agreement_check
from cxlab.segments.segmentation import Segmentation, by_size, check_k
from cxlab.segments.table import FeatureTable

#: a numeric feature with no more different values than this is taken as answers to choose from
MOST_ANSWERS = 12
_LEAST = 1e-10


def latent_classes(
    features: FeatureTable,
    *,
    k: int,
    starts: int = 50,
    tolerance: float = 1e-8,
    rng: np.random.Generator | int = 1,
    names: tuple[str, ...] = (),
) -> Segmentation:
    """k classes within which answers do not depend on one another; missing answers are left out of the likelihood.

    Parameters
    ----------
    features : categories, and numbers with at most `MOST_ANSWERS` different values
    starts : random starts; the likelihood has many peaks, so how many of them end at the best is reported

    Returns
    -------
    Segmentation; quality: log_likelihood, aic, bic, entropy (1: every customer surely in one class), agreement (share
    of starts that ended at the best), peaks (different ends)

    Raises
    ------
    ModelError : the extra `latent` is not installed.
    DataError : a number with too many values; it needs `gaussian_mixture`, or cuts.

    Notes
    -----
    Missing at random is assumed: whether an answer is missing may depend on answers that were given, not on itself.
    Source: Linzer & Lewis (2011), poLCA, Journal of Statistical Software 42(10); Morin et al. (2025), StepMix.
    """
    try:
        from stepmix.stepmix import StepMix
    except ImportError:
        raise ModelError(
            "latent class analysis needs StepMix, which is not installed.",
            expected="the extra `latent`", mend='pip install "cxlab[latent]"',
        ) from None  # fmt: skip
    rng = np.random.default_rng(rng)
    order = np.argsort(features.names)
    recipes = [features.recipes[i] for i in order]
    rows, weight = features.distinct.values, features.distinct.weight
    answers = [_answers(r.name, column) for r, column in zip(recipes, rows.T, strict=True)]
    coded = np.column_stack([_coded(column, own) for column, own in zip(rows.T, answers, strict=True)])
    check_k(k, len(rows))
    fits = [
        StepMix(
            n_components=k, measurement="categorical_nan", n_init=1, max_iter=2000, abs_tol=tolerance,
            rel_tol=0.0, random_state=int(rng.integers(2**31)), verbose=0, progress_bar=0,
        ).fit(np.where(coded < 0, np.nan, coded), sample_weight=weight)
        for _ in range(max(1, starts))
    ]  # fmt: skip
    n = weight.sum()
    found = [_parameters(fit, answers) for fit in fits]
    likelihoods = np.array([_log_likelihood(rows, weight, one) for one in found])
    best = int(likelihoods.argmax())
    parameters = found[best]
    scores = log_scores(rows, parameters)
    parameters = by_size(scores.argmax(1), weight, parameters, "chances")
    top = scores.max(1, keepdims=True)
    probability = np.exp(scores - top)
    probability /= probability.sum(1, keepdims=True)
    doubt = -(weight @ (probability * np.log(np.maximum(probability, 1e-300))).sum(1))
    free = k - 1 + k * sum(len(own) - 1 for own in answers)
    likelihood = float(likelihoods[best])
    agreement = float(np.mean(likelihoods > likelihood - 1e-3))
    peaks = len(np.unique(likelihoods.round(2)))
    note = f"{round(agreement * starts)} of {starts} starts ended at the best of {peaks} peaks of the likelihood."
    return Segmentation(
        "latent_class", features, features.recipes, parameters, {"k": k, "starts": starts, "notes": [note]},
        {"log_likelihood": likelihood, "aic": -2 * likelihood + 2 * free,
         "bic": -2 * likelihood + free * float(np.log(n)),
         "entropy": float(1 - doubt / (n * np.log(k))) if k > 1 else 1.0, "agreement": agreement, "peaks": peaks},
        names or numbered(k), (agreement_check(agreement),),
    )  # fmt: skip


def _answers(name: str, column: np.ndarray) -> np.ndarray:
    """The different answers to choose from."""
    own = np.unique(column[np.isfinite(column)])
    if len(own) > MOST_ANSWERS:
        raise DataError(
            f"feature {name!r} has {len(own)} different values, and a latent class chooses among answers.",
            expected=f"categories, or at most {MOST_ANSWERS} values", mend="gaussian_mixture, or cut it into classes",
        )  # fmt: skip
    return own


def _coded(column: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Place of each answer, −1 for missing and for answers that are not among them."""
    at = np.clip(np.searchsorted(answers, np.where(np.isfinite(column), column, answers[0])), 0, len(answers) - 1)
    return np.where(np.isfinite(column) & (answers[at] == column), at, -1)


def _parameters(fit, answers) -> dict[str, np.ndarray]:
    """Arrays, classes first: weights (k,), chances and answers (k, p, most answers; NaN where there are fewer)."""
    k, p, most = fit.n_components, len(answers), max(map(len, answers))
    pis = np.asarray(fit.get_parameters()["measurement"]["pis"]).reshape(k, p, -1)
    chances, values = np.zeros((k, p, most)), np.full((k, p, most), np.nan)
    for j, own in enumerate(answers):
        chances[:, j, : len(own)] = pis[:, j, : len(own)]
        values[:, j, : len(own)] = own
    weights = np.asarray(fit.get_parameters()["weights"])
    return {"weights": weights, "chances": chances, "answers": values}


def _log_likelihood(rows: np.ndarray, weight: np.ndarray, parameters: Mapping[str, np.ndarray]) -> float:
    scores = log_scores(rows, parameters)
    top = scores.max(1, keepdims=True)
    return float(weight @ (top[:, 0] + np.log(np.exp(scores - top).sum(1))))


def log_scores(matrix: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """Log weight plus log chance of the answers that are known, shape (n, k)."""
    scores = np.tile(np.log(parameters["weights"]), (len(matrix), 1))
    for j in range(matrix.shape[1]):
        own = parameters["answers"][0, j]
        own = own[np.isfinite(own)]
        at = _coded(matrix[:, j], own)
        chance = np.log(np.maximum(parameters["chances"][:, j, : len(own)], _LEAST))
        scores += np.where(at >= 0, chance[:, at], 0.0).T
    return scores
