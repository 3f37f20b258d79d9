"""Correspondence analysis: the plane that shows best in what the rows of a table of counts differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cxlab.errors import DataError

#: cells in which fewer than five are expected, above which χ² is not to be trusted (Cochran 1954)
_SPARSE = 0.2


@dataclass(frozen=True)
class Correspondence:
    """Rows and columns of a table of counts in axes of their own, the first showing most.

    Parameters
    ----------
    counts : the table, DataFrame (rows, columns)
    inertias : of each axis, shape (axes,); they sum to χ² / n
    rows : principal coordinates, shape (rows, axes): their distances are χ² distances between profiles
    columns : directions, shape (columns, axes), each axis of length 1 ("contribution" coordinates: the square of one is
        the column's share of the axis)
    chi_square, df, p : of the hypothesis that all rows have the same profile, each count drawn on its own
    sparse : share of cells in which fewer than 5 are expected
    """

    counts: pd.DataFrame
    inertias: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    chi_square: float
    df: int
    p: float
    sparse: float

    @property
    def inertia(self) -> float:
        """Total inertia, χ² / n."""
        return float(self.inertias.sum())

    @property
    def row_masses(self) -> np.ndarray:
        """Share of all counts in each row."""
        return masses(self.counts.to_numpy(float))[0]

    @property
    def column_masses(self) -> np.ndarray:
        """Share of all counts in each column."""
        return masses(self.counts.to_numpy(float))[1]

    @property
    def enough(self) -> bool:
        """Whether counts are large enough for the distribution of χ²."""
        return self.sparse <= _SPARSE


def correspondence(counts: pd.DataFrame) -> Correspondence:
    """Correspondence analysis of a table of counts.

    Parameters
    ----------
    counts : rows (brands) × columns (attributes), 0 or more, none of them empty

    Raises
    ------
    DataError : fewer than two rows or columns with counts, a negative or missing count, or an empty row or column.

    Notes
    -----
    Singular values of (P − r cᵀ) / √(r cᵀ). Source: Greenacre (2017), Correspondence Analysis in Practice, ch. 8 and
    13; the signs of axes are free: the row that is farthest out on an axis is put on its positive side.

    >>> found = correspondence(pd.DataFrame([[20, 10], [10, 20]], index=["we", "they"], columns=["kind", "cheap"]))
    >>> round(found.chi_square, 3), found.rows.round(3).tolist()
    (6.667, [[0.333], [-0.333]])
    """
    values = counts.to_numpy(float)
    if not np.isfinite(values).all() or (values < 0).any():
        raise DataError("the table has counts that are missing or below 0.", expected="counts, 0 or more")
    for kind, totals in (("row", counts.sum(axis=1)), ("column", counts.sum(axis=0))):
        if (totals == 0).any():
            empty = ", ".join(repr(str(name)) for name in totals.index[totals == 0][:5])
            raise DataError(f"nothing is counted in {kind} {empty}.", expected="a count in every row and column",
                            mend=f"leave out {empty}")  # fmt: skip
    if min(values.shape) < 2:
        raise DataError(f"a table of {values.shape[0]} rows and {values.shape[1]} columns has nothing to compare.",
                        expected="two rows and two columns or more")  # fmt: skip
    inertias, rows, columns = axes(values)
    flip = np.sign(rows[np.abs(rows).argmax(axis=0), np.arange(rows.shape[1])])
    flip[flip == 0] = 1.0
    n, expected = values.sum(), np.outer(*masses(values)) * values.sum()
    df = (values.shape[0] - 1) * (values.shape[1] - 1)
    statistic = float(n * inertias.sum())
    return Correspondence(
        counts=counts, inertias=inertias, rows=rows * flip, columns=columns * flip, chi_square=statistic, df=df,
        p=float(chi2.sf(statistic, df)), sparse=float((expected < 5).mean()),
    )  # fmt: skip


def masses(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the rows and of the columns in all counts, of one table or of many (…, rows, columns)."""
    total = values.sum(axis=(-2, -1))[..., None]
    return values.sum(axis=-1) / total, values.sum(axis=-2) / total


def axes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inertias, principal coordinates of rows and directions of columns, of one table or of many (…, rows, columns).

    A row or column without counts (as a resampled one may be) stands in the middle.
    """
    r, c = masses(values)
    r_root, c_root = np.sqrt(r)[..., :, None], np.sqrt(c)[..., None, :]
    product = r_root * c_root
    share = values / values.sum(axis=(-2, -1))[..., None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = np.where(product > 0, (share - product**2) / product, 0.0)
        left, singular, right = np.linalg.svd(residual, full_matrices=False)
        kept = min(values.shape[-2:]) - 1  # the last axis is nothing: shares sum to one
        rows = np.where(r_root > 0, left / r_root, 0.0)[..., :kept] * singular[..., None, :kept]
    return singular[..., :kept] ** 2, rows, np.swapaxes(right, -1, -2)[..., :kept]


def aligned(rows: np.ndarray, columns: np.ndarray, target: np.ndarray, weights: np.ndarray):
    """Many maps turned and mirrored onto one (weighted orthogonal Procrustes), so that their points can be compared.

    Parameters
    ----------
    rows, columns : shape (draws, rows, axes) and (draws, columns, axes)
    target : rows of the map they are turned onto, shape (rows, axes)
    weights : of the rows, shape (rows,)

    >>> turned = np.array([[[0., 1.], [0., -1.]]])
    >>> target = np.array([[1., 0.], [-1., 0.]])
    >>> np.abs(aligned(turned, turned, target, np.ones(2))[0] - target).max() < 1e-12
    np.True_
    """
    u, _, v = np.linalg.svd(np.einsum("dik,i,il->dkl", rows, weights, target))
    turn = u @ v
    return rows @ turn, columns @ turn
