"""Data without segments, to hold a result against: the same spreads, skews and correlations, and one cloud.

Each feature keeps its distribution as far as one peak allows, and features keep their rank correlations (a normal
copula). It is as coarse as the data: what rounding alone makes is made here too. What is found in such data is found
in anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import ndtr, ndtri

from cxlab.segments.table import FeatureTable, Recipe

_BINS = 48
#: a value held by this share of customers is an atom, and is spread half way to the next one
ATOM = 0.01


@dataclass(frozen=True)
class Lattice:
    """The different values of a coarse feature, scaled, and the room of each: up to the values beside it.

    Parameters
    ----------
    at : ascending values; low, high : ends of the room of each
    """

    at: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def spread(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Each value anywhere in its room: counts and answers without the gaps that only their coarseness makes."""
        index = np.searchsorted(self.at, values).clip(max=len(self.at) - 1)
        return self.low[index] + rng.random(len(values)) * (self.high - self.low)[index]

    def snapped(self, values: np.ndarray) -> np.ndarray:
        """The value whose room each falls into."""
        return self.at[np.searchsorted((self.high[:-1] + self.low[1:]) / 2, values)]


def lattice(values: np.ndarray, recipe: Recipe) -> Lattice | None:
    """The lattice of scaled values; None where a feature is continuous.

    >>> found = lattice(np.repeat([0., 1., 2.], 100), Recipe("visits"))
    >>> found.low.tolist(), found.high.tolist(), found.snapped(np.array([-.7, .4, .6])).tolist()
    ([-0.5, 0.5, 1.5], [0.5, 1.5, 2.5], [0.0, 0.0, 1.0])
    """
    scaled, counts = np.unique(values, return_counts=True)
    if len(scaled) < 2 or len(scaled) > 0.9 * len(values):
        return None
    at = recipe.unscaled(scaled)
    left, right = _half_gaps(at)
    atoms = counts >= ATOM * len(values)
    typical = np.median(np.diff(at[atoms])) if atoms.sum() > 2 else np.median(np.diff(at))
    left, right = np.minimum(left, typical / 2), np.minimum(right, typical / 2)
    if atoms.sum() > 2:
        left[atoms], right[atoms] = _half_gaps(at[atoms])
    if recipe.transform == "log":
        left = np.minimum(left, (1 + at) / 2)
    return Lattice(scaled, recipe.scaled(at - left), recipe.scaled(at + right))


def rounding(features: FeatureTable) -> np.ndarray:
    """Variance that comes from how coarse each scaled feature is (room² / 12, in the order of names); 0 if continuous.

    What a mixture is told to take for noise: without it, its segments shrink onto single values of a count.
    """
    rows, variance = features.distinct, []
    for column, place in zip(rows.values.T, np.argsort(features.names), strict=True):
        known = np.isfinite(column)
        values, weight = column[known], rows.weight[known]
        own = lattice(np.repeat(values, np.maximum(np.rint(weight), 1).astype(int)), features.recipes[place])
        if own is None:
            variance.append(0.0)
            continue
        width = (own.high - own.low)[np.searchsorted(own.at, values)]
        variance.append(float(np.average(width**2, weights=weight)) / 12)
    return np.array(variance)


def spread(rows: np.ndarray, lattices: Sequence[Lattice | None], rng: np.random.Generator) -> np.ndarray:
    """Rows with the values of coarse features anywhere in their rooms."""
    return np.column_stack([c if own is None else own.spread(c, rng) for c, own in zip(rows.T, lattices, strict=True)])


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
    chances, edges : per feature, the quantile function of its distribution with one peak
    lattices : per feature, what it is as coarse as; None where it is continuous
    """

    root: np.ndarray
    chances: Sequence[np.ndarray]
    edges: Sequence[np.ndarray]
    lattices: Sequence[Lattice | None]

    @classmethod
    def of(cls, rows: np.ndarray, lattices: Sequence[Lattice | None]) -> Reference:
        """The reference of rows (n, p) without ties, as `spread` gives them."""
        n, p = rows.shape
        ranks = rows.argsort(0).argsort(0)
        scores = ndtri((ranks + 0.5) / n)
        correlation = np.atleast_2d(np.corrcoef(scores.T)) if p > 1 else np.ones((1, 1))
        value, vector = np.linalg.eigh(np.nan_to_num(correlation, nan=0.0))
        made = [_one_peak(column) for column in rows.T]
        root = vector * np.sqrt(np.maximum(value, 0))
        return cls(root, [c for c, _ in made], [e for _, e in made], lattices)

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Rows of the reference, as coarse as the data, shape (n, p)."""
        u = ndtr(rng.standard_normal((n, len(self.root))) @ self.root.T)
        smooth = [np.interp(u[:, j], self.chances[j], self.edges[j]) for j in range(u.shape[1])]
        return np.column_stack(
            [c if own is None else own.snapped(c) for c, own in zip(smooth, self.lattices, strict=True)]
        )


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
