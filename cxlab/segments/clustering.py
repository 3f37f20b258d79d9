"""k-means: customers around the nearest of k centres."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cxlab.segments.segmentation import Segmentation, by_size, check_k, numeric_rows
from cxlab.segments.table import FeatureTable


def k_means(
    features: FeatureTable, *, k: int, starts: int = 20, rng: np.random.Generator | int = 1, names: tuple[str, ...] = ()
) -> Segmentation:
    """k segments with the least sum of squared distances to their centres, on scaled features.

    Parameters
    ----------
    k : number of segments
    starts : runs of Lloyd's algorithm from k-means++ seeds; the best is kept

    Returns
    -------
    Segmentation; quality: inertia (sum of squares within), explained (share of the sum of squares that it is not),
    agreement (share of starts that ended there)

    Raises
    ------
    DataError, ParameterError : a category among the features, or fewer distinct customers than k.

    Notes
    -----
    Works on the distinct rows with their weights; customers with missing values take no part in the fit and are then
    placed by the nearest centre in the features that are known. Assumes segments of like spread in every direction.
    Source: Arthur & Vassilvitskii (2007), k-means++, SODA.
    """
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(rng)
    rows, weight = numeric_rows(features, "k_means")
    check_k(k, len(rows))
    fits = [
        KMeans(k, n_init=1, random_state=int(rng.integers(2**31)), tol=1e-8).fit(rows, sample_weight=weight)
        for _ in range(max(1, starts))
    ]
    best = min(fits, key=lambda fit: fit.inertia_)
    alike = np.mean([fit.inertia_ <= best.inertia_ * (1 + 1e-6) for fit in fits])
    parameters = by_size(best.labels_, weight, {"centres": best.cluster_centers_}, "centres")
    mean = np.average(rows, axis=0, weights=weight)
    total = float(weight @ ((rows - mean) ** 2).sum(1))
    return Segmentation(
        "k_means", features, features.recipes, parameters, {"k": k, "starts": starts},
        {"inertia": float(best.inertia_), "explained": 1 - best.inertia_ / total if total else 0.0,
         "agreement": float(alike)},
        names or numbered(k),
    )  # fmt: skip


def numbered(k: int) -> tuple[str, ...]:
    """Names of segments that have none yet.

    >>> numbered(2)
    ('Segment 1', 'Segment 2')
    """
    return tuple(f"Segment {i + 1}" for i in range(k))


def log_scores(matrix: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """Minus the mean squared distance to each centre over the features that are known, shape (n, k)."""
    known = np.isfinite(matrix)
    rows = np.where(known, matrix, 0.0)
    centres = np.asarray(parameters["centres"])
    squared = (rows**2).sum(1)[:, None] - 2 * rows @ centres.T + known.astype(float) @ (centres**2).T
    return -squared
