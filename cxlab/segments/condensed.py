"""Condensed rows: few weighted rows in the place of many customers, so that cost grows with what differs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_CHUNK = 8192


@dataclass(frozen=True)
class Condensed:
    """Weighted rows with their first and second moments.

    Parameters
    ----------
    values : shape (m, p), means of the cells
    squares : shape (m, p(p+1)/2), means of products of two features (upper triangle) over the cells
    weight : customers of each cell
    index : cell of each row that was condensed
    exact : whether every cell holds equal rows only
    """

    values: np.ndarray
    squares: np.ndarray
    weight: np.ndarray
    index: np.ndarray
    exact: bool

    @property
    def statistics(self) -> np.ndarray:
        """Values and squares side by side: what the likelihood of a normal distribution needs of a cell."""
        return np.hstack([self.values, self.squares])


def condense(rows: np.ndarray, weight: np.ndarray, *, most: int, rng: np.random.Generator | int = 1) -> Condensed:
    """At most `most` cells for weighted rows: the rows themselves where they are no more, else cells around as many
    of them drawn by weight, each row in the cell of the nearest.

    A cell keeps its mean and its products, so sums of squares within and between segments, and normal likelihoods, are
    those of its customers; only which segment the customers of one cell belong to is decided for all of them together.

    >>> rows = np.random.default_rng(1).normal(size=(500, 2))
    >>> few = condense(rows, np.ones(500), most=50)
    >>> len(few.values) <= 50, np.allclose(few.weight @ few.values, rows.sum(0)), few.exact
    (True, True, False)
    """
    upper = np.triu_indices(rows.shape[1])
    if len(rows) <= most:
        return Condensed(rows, rows[:, upper[0]] * rows[:, upper[1]], weight, np.arange(len(rows)), True)
    rng = np.random.default_rng(rng)
    # Efraimidis & Spirakis (2006): the largest log(u)/w are a sample without replacement by weight
    keys = np.log(rng.random(len(rows))) / np.maximum(weight, 1e-300)
    seeds = rows[np.sort(np.argpartition(-keys, most)[:most])]
    nearest = _nearest(rows, seeds)
    used, index = np.unique(nearest, return_inverse=True)
    total = np.bincount(index, weights=weight, minlength=len(used))
    mean = np.column_stack([np.bincount(index, weights=weight * c) / total for c in rows.T])
    products = [
        np.bincount(index, weights=weight * rows[:, i] * rows[:, j]) / total for i, j in zip(*upper, strict=True)
    ]
    return Condensed(mean, np.column_stack(products), total, index, False)


def _nearest(rows: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The nearest seed of each row."""
    seeds = seeds.astype(np.float32)
    half = (seeds**2).sum(1) / 2
    found = np.empty(len(rows), np.intp)
    for start in range(0, len(rows), _CHUNK):
        scores = rows[start : start + _CHUNK].astype(np.float32) @ seeds.T
        scores -= half
        found[start : start + _CHUNK] = scores.argmax(1)
    return found
