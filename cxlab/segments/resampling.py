"""Resampling: the same segments sought in bootstraps and halves, for every k and method, on condensed rows.

A bootstrap holds each customer with probability 1 − 1/e: those a draw with replacement would hold, each once. Of the
w customers of a row it therefore holds Binomial(w, 1 − 1/e), so weighted rows behave as repeated rows do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cxlab.segments.batch import k_means_many, mixture_coefficients, mixture_many, start_columns
from cxlab.segments.batch import k_means_starts as starts
from cxlab.segments.condensed import Condensed

HELD = 1 - np.exp(-1)
STARTS, MIXTURE_STARTS = 10, 5
#: share of cells that change their segment below which a fit to cells has ended
MOVING = 0.002
#: rows of which it is counted how often two go together
_PAIRED = 300
RESAMPLED = ("k_means", "gaussian_mixture")


@dataclass(frozen=True)
class Resampled:
    """One k of one method.

    Parameters
    ----------
    method, k : which
    parameters : of the fit to all
    labels : segment of each cell
    sizes : customers of each segment
    jaccard : shape (k, n_bootstraps), likeness of each segment to the most like one of each bootstrap
    strength : shape (n_splits,), prediction strength
    ambiguous : share of pairs of customers that go together in some bootstraps (10–90 %) but not in others
    """

    method: str
    k: int
    parameters: dict[str, np.ndarray]
    labels: np.ndarray
    sizes: np.ndarray
    jaccard: np.ndarray
    strength: np.ndarray
    ambiguous: float


def resample(
    cells: Condensed, *, ks: Sequence[int], methods: Sequence[str], bootstraps: int, splits: int,
    rng: np.random.Generator, covariance: str = "full",
    half_starts: int = 3, ridge: float | np.ndarray = 1e-3,
) -> Iterator[Resampled]:  # fmt: skip
    """Fit every k and method to all, to bootstraps and to halves of condensed rows (`ridge`: see `mixture`)."""
    # the last digit matters where rows are customers, not where they are cells
    x = cells.values if cells.exact else cells.values.astype(np.float32)
    run = {"tolerance": 0.0 if cells.exact else MOVING}
    customers = np.maximum(np.rint(cells.weight), 1).astype(np.int64)[:, None]
    held = rng.binomial(customers, HELD, (len(x), bootstraps))
    half = rng.binomial(customers, 0.5, (len(x), splits))
    weight = np.hstack([held, half, customers - half]).astype(float)
    whole = np.repeat(customers, STARTS, axis=1).astype(float)
    pairs = rng.choice(len(x), min(_PAIRED, 4 * len(x)), p=cells.weight / cells.weight.sum())
    for k in ks:
        centres, labels, inertia = k_means_many(x, whole, starts(x, whole, k, rng))
        best = int(inertia.argmin())
        centre, label = centres[best], labels[:, best]
        warm = np.repeat(centre[None], bootstraps, axis=0)
        held_, halves = weight[:, :bootstraps], weight[:, bootstraps:]
        # halves start from nowhere: begun where all the data ends, they would agree more than they should
        many = np.hstack(
            [
                _best([k_means_many(x, held_, warm, **run), k_means_many(x, held_, starts(x, held_, k, rng), **run)]),
                _best([k_means_many(x, halves, starts(x, halves, k, rng), **run) for _ in range(half_starts)]),
            ]
        )
        if "k_means" in methods:
            yield _compared("k_means", k, {"centres": centre}, label, many, customers, weight, bootstraps, pairs)
        if "gaussian_mixture" in methods:
            fit = {"covariance": covariance, "ridge": ridge, "tolerance": 1e-3, "iterations": 60}
            sets = start_columns(p := x.shape[1], MIXTURE_STARTS, rng)
            begun = np.column_stack([labels[:, best], *(_begin(x[:, c], whole[:, :1], k, rng) for c in sets[1:])])
            found, likelihood = mixture_many(t := cells.statistics, whole[:, : len(sets)], begun, k, p, **fit)
            best = int(likelihood.argmax())
            many = many if best == 0 else _begin(x[:, sets[best]], weight, k, rng)
            own = {name: value[best] for name, value in found.items()}
            warm = {name: np.repeat(value[None], bootstraps, axis=0) for name, value in own.items()}
            held_fit, gain = mixture_many(t, held_, many, k, p, start=warm, **fit)
            fresh, other = mixture_many(t, weight, many, k, p, **fit)
            for name, value in held_fit.items():
                warmer = np.flatnonzero(gain >= other[:bootstraps])
                fresh[name][warmer] = value[warmer]
            label = _mixture_labels(t, {n: v[None] for n, v in own.items()})[:, 0]
            yield _compared(
                "gaussian_mixture", k, own, label, _mixture_labels(t, fresh), customers, weight, bootstraps, pairs
            )


def _begin(rows: np.ndarray, weight: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Labels of k-means of some features from one fresh start."""
    rows = np.ascontiguousarray(rows)
    return k_means_many(rows, weight, starts(rows, weight, k, rng), tolerance=MOVING)[1]


def _best(runs) -> np.ndarray:
    """Labels of the run with the least inertia, fit by fit."""
    best = np.argmin([inertia for _, _, inertia in runs], axis=0)
    labels = runs[0][1].copy()
    for number, (_, other, _) in enumerate(runs):
        labels[:, best == number] = other[:, best == number]
    return labels


def _mixture_labels(statistics: np.ndarray, parameters: dict[str, np.ndarray]) -> np.ndarray:
    """Most probable component of each cell for every fit, shape (m, b)."""
    b, k, p = parameters["means"].shape
    labels = np.empty((len(statistics), b), np.int8)
    for i in range(b):
        flat = mixture_coefficients(*(parameters[c][i] for c in ("weights", "means", "covariances")))
        labels[:, i] = (statistics @ flat[:, 1:].T + flat[:, 0]).argmax(1)
    return labels


def _compared(method, k, parameters, label, many, customers, weight, bootstraps, pairs) -> Resampled:
    splits = (weight.shape[1] - bootstraps) // 2
    sizes = np.bincount(label, weights=customers[:, 0], minlength=k)
    order = np.argsort(-sizes, kind="stable")  # the largest first, as everywhere
    parameters = {name: value[order] for name, value in parameters.items()}
    label, sizes = np.argsort(order)[label], sizes[order]
    first, second = many[:, bootstraps : bootstraps + splits], many[:, bootstraps + splits :]
    a, b = weight[:, bootstraps : bootstraps + splits], weight[:, bootstraps + splits :]
    strength = (_prediction_strength(first, second, b, k) + _prediction_strength(second, first, a, k)) / 2
    return Resampled(
        method, k, parameters, label, sizes, jaccard(label, many[:, :bootstraps], weight[:, :bootstraps], k),
        strength, _ambiguous(many[:, :bootstraps], pairs, k),
    )  # fmt: skip


def jaccard(labels: np.ndarray, others: np.ndarray, weight: np.ndarray, k: int) -> np.ndarray:
    """Likeness of each segment to the most like one of another clustering of the same customers, shape (k, b).

    |A ∩ B| / |A ∪ B| over the customers of each bootstrap (`weight`, (m, b)). Source: Hennig (2007), Computational
    Statistics & Data Analysis 52.

    >>> jaccard(np.array([0, 0, 1]), np.array([[1], [1], [0]]), np.ones((3, 1)), 2).tolist()
    [[1.0], [1.0]]
    """
    mine = (labels == np.arange(k)[:, None]).astype(float)
    rows = mine @ weight
    best = np.zeros((k, weight.shape[1]))
    for j in range(k):
        own = np.where(others == j, weight, 0.0)
        both = mine @ own
        either = rows + own.sum(0) - both
        np.maximum(best, both / np.where(either > 0, either, 1.0), out=best)
    return best


def _prediction_strength(trained: np.ndarray, tested: np.ndarray, weight: np.ndarray, k: int) -> np.ndarray:
    """Share of pairs of a test segment that the other half keeps together: of the worst segment, shape (b,).

    Source: Tibshirani & Walther (2005), Journal of Computational and Graphical Statistics 14(3).
    """
    worst = np.ones(weight.shape[1])
    for j in range(k):
        own = np.where(tested == j, weight, 0.0)
        n = own.sum(0)
        together = np.zeros_like(n)
        for i in range(k):
            t = np.where(trained == i, own, 0.0).sum(0)
            together += t * (t - 1)
        worst = np.where(n > 1, np.minimum(worst, together / np.where(n > 1, n * (n - 1), 1.0)), worst)
    return worst


def _ambiguous(labels: np.ndarray, pairs: np.ndarray, k: int) -> float:
    """Share of pairs with a consensus of 10 % to 90 %. Source: Șenbabaoğlu et al. (2014), Scientific Reports 4."""
    some = labels[pairs]
    own = np.hstack([some == j for j in range(k)]).astype(np.float32)
    together = own @ own.T
    share = together[np.triu_indices(len(pairs), 1)] / max(some.shape[1], 1)
    return float(((share > 0.1) & (share < 0.9)).mean())
