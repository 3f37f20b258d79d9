"""Data without segments, to hold a result against: the same spreads, skews and correlations, and one cloud.

Each feature keeps its distribution as far as one peak allows, and features keep their rank correlations (a normal
copula). What is found in such data is found in anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import ndtr, ndtri

from cxlab.segments.table import Recipe

_BINS = 48
#: a value held by this share of customers is an atom, and is spread half way to the next one
ATOM = 0.01


def spread(values: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """Scaled values with ties resolved: each spread evenly, on the scale, over the room up to the values beside it.

    Counts and answers become continuous without a gap that only their coarseness makes; features that are continuous
    stay as they are.

    >>> found = spread(np.repeat([0., 1., 2.], 100), Recipe("visits"), np.random.default_rng(1))
    >>> bool(found.min() < -.4), bool(found.max() > 2.4), len(np.unique(found)) == 300
    (True, True, True)
    """
    raw = recipe.unscaled(values)
    at, index, counts = np.unique(raw, return_inverse=True, return_counts=True)
    if len(at) < 2 or len(at) > 0.9 * len(raw):
        return values
    left, right = _half_gaps(at)
    atoms = counts >= ATOM * len(raw)
    typical = np.median(np.diff(at[atoms])) if atoms.sum() > 2 else np.median(np.diff(at))
    left, right = np.minimum(left, typical / 2), np.minimum(right, typical / 2)
    if atoms.sum() > 2:
        left[atoms], right[atoms] = _half_gaps(at[atoms])
    if recipe.transform == "log":
        left = np.minimum(left, (1 + at) / 2)
    low, high = recipe.scaled(at - left), recipe.scaled(at + right)
    return low[index] + rng.random(len(raw)) * (high - low)[index]


def _half_gaps(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half the distance to the value before and after; at the ends that of the other side."""
    half = np.diff(at) / 2
    return np.r_[half[0], half], np.r_[half, half[-1]]


@dataclass(frozen=True)
class Reference:
    """One cloud that is like the data but for its segments.

    Parameters
    ----------
    root : shape (p, p), root of the correlations of normal scores
    edges, heights : per feature, the quantile function of its distribution with one peak
    """

    root: np.ndarray
    chances: Sequence[np.ndarray]
    edges: Sequence[np.ndarray]

    @classmethod
    def of(cls, rows: np.ndarray) -> Reference:
        """The reference of continuous rows (n, p)."""
        n, p = rows.shape
        ranks = rows.argsort(0).argsort(0)
        scores = ndtri((ranks + 0.5) / n)
        correlation = np.atleast_2d(np.corrcoef(scores.T)) if p > 1 else np.ones((1, 1))
        value, vector = np.linalg.eigh(np.nan_to_num(correlation, nan=0.0))
        made = [_one_peak(column) for column in rows.T]
        return cls(vector * np.sqrt(np.maximum(value, 0)), [c for c, _ in made], [e for _, e in made])

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Rows of the reference, shape (n, p)."""
        u = ndtr(rng.standard_normal((n, len(self.root))) @ self.root.T)
        return np.column_stack([np.interp(u[:, j], self.chances[j], self.edges[j]) for j in range(u.shape[1])])


def _one_peak(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distribution function (chances, edges) of the histogram with one peak that is nearest to that of the values."""
    low, high = np.quantile(values, [0.005, 0.995])
    inner = np.linspace(low, high, _BINS - 1) if high > low else np.array([low])
    edges = np.unique(np.r_[values.min(), inner, values.max()])
    if len(edges) < 3:
        return np.array([0.0, 1.0]), np.array([values.min(), values.max()])
    counts, _ = np.histogram(values, edges)
    width = np.diff(edges)
    density = counts / width
    best, least = density, np.inf
    for peak in range(len(density)):  # the least squares fit that rises to the peak and falls from it
        up = isotonic_regression(density[: peak + 1], weights=width[: peak + 1]).x
        down = isotonic_regression(density[peak:], weights=width[peak:], increasing=False).x
        fit = np.r_[up[:-1], max(up[-1], down[0]), down[1:]]
        loss = (width * (fit - density) ** 2).sum()
        if loss < least:
            best, least = fit, loss
    mass = best * width
    return np.r_[0.0, np.cumsum(mass) / mass.sum()], edges
