"""Customers with known segments, and without any."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.segments.table import FeatureTable


def table(rows: np.ndarray, **options) -> FeatureTable:
    return FeatureTable.from_frame(pd.DataFrame(rows, columns=[f"f{j}" for j in range(rows.shape[1])]), **options)


def clouds(n: int, *, distance: float = 5.0, p: int = 4, k: int = 4, seed: int = 1):
    """Rows of k normal clouds that are `distance` standard deviations apart, and whose each row is."""
    rng = np.random.default_rng(seed)
    centres = np.eye(p)[:k] * distance / np.sqrt(2)
    labels = rng.integers(0, k, n)
    return centres[labels] + rng.normal(size=(n, p)), labels


def one_cloud(kind: str, n: int, rng: np.random.Generator, *, p: int = 5) -> np.ndarray:
    """Rows without segments: correlated normal, uniform, skewed and correlated, counts alike and counts apart."""
    if kind == "normal":
        return rng.normal(size=(n, p)) @ rng.normal(size=(p, p))
    if kind == "uniform":
        return rng.random((n, p))
    if kind == "log-normal":
        return np.exp(0.9 * rng.multivariate_normal(np.zeros(p), 0.5 * (np.ones((p, p)) + np.eye(p)), n))
    rates = rng.gamma(0.7, 1, (n, p if kind == "counts apart" else 1))
    return rng.poisson(rates * np.linspace(0.6, 4, p)).astype(float)


KINDS = ("normal", "uniform", "log-normal", "counts alike", "counts apart")
