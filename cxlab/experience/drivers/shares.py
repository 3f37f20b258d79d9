"""Shares of R²: how much of an outcome goes along with each driver, exactly, for many correlation matrices at once."""

from __future__ import annotations

from functools import lru_cache
from math import factorial

import numpy as np

from cxlab.errors import ParameterError

#: drivers for which every subset is tried: 2²⁰ of them
MOST = 20
#: part of a driver that the others leave unexplained, below which it is taken for a copy of them
_COPY = 1e-9
#: numbers held at once while subsets are tried
_CELLS = 2_000_000


def lmg_shares(correlations: np.ndarray) -> np.ndarray:
    """Share of R² of each driver: its gain when it is added, averaged over all orders in which drivers can be added.

    Parameters
    ----------
    correlations : shape (…, p + 1, p + 1), of the outcome (first) and p drivers

    Returns
    -------
    shape (…, p), not negative, summing to R²

    Raises
    ------
    ParameterError : more than 20 drivers.

    Notes
    -----
    The residual variance of the outcome given any subset is a Schur complement. Subsets are built driver by driver:
    each set of subsets doubles, once without the driver and once with it swept out, and the matrix shrinks by a row, so
    all 2^p subsets cost about 12 · 2^p multiplications a matrix and no subset is solved on its own. Averaging over
    orders: Lindeman, Merenda & Gold (1980), the Shapley value of R². A driver that is a copy of others adds nothing to
    them, and shares with them what they explain.

    >>> r = np.array([[1, .6, .5], [.6, 1, .3], [.5, .3, 1]])
    >>> lmg_shares(r).round(4).tolist()  # ((.36 + .4725 − .25) / 2, …), .4725 being .43 / .91
    [0.2913, 0.1813]
    """
    r = np.asarray(correlations, dtype=float)
    p = r.shape[-1] - 1
    if p > MOST:
        raise ParameterError(
            f"{p} drivers have {2**p:,} subsets.", expected=f"up to {MOST} drivers",
            mend="name fewer drivers (those that belong together as their mean), or shares=\"relative weights\"",
        )  # fmt: skip
    flat = r.reshape(-1, p + 1, p + 1)
    gains = _gains(p)
    at_once = max(1, _CELLS // 2**p // 4)
    found = [explained(flat[i : i + at_once]) @ gains for i in range(0, len(flat), at_once)]
    return np.maximum(np.concatenate(found), 0.0).reshape(*r.shape[:-2], p)


def explained(correlations: np.ndarray) -> np.ndarray:
    """R² of every subset of drivers, shape (n, 2^p): driver j is in subset s where bit p − 1 − j of s is set.

    >>> explained(np.array([[[1, .6, .5], [.6, 1, .3], [.5, .3, 1]]])).round(4).tolist()
    [[0.0, 0.25, 0.36, 0.4725]]
    """
    r = np.asarray(correlations, dtype=float)
    n, size, _ = r.shape
    # the upper triangle, drivers first and the outcome last: each entry holds its value for every matrix and subset
    order = [*range(1, size), 0]
    entries = {
        (i, j): np.ascontiguousarray(r[:, order[i], order[j]])[:, None] for i in range(size) for j in range(i, size)
    }
    for k in range(size - 1):
        pivot = entries[k, k]
        inverse = np.where(pivot > _COPY, 1 / np.where(pivot > _COPY, pivot, 1.0), 0.0)
        grown = {}
        for i in range(k + 1, size):
            scaled = entries[k, i] * inverse
            for j in range(i, size):
                old = entries[i, j]
                new = np.empty((n, old.shape[1], 2))
                new[..., 0] = old
                np.multiply(scaled, entries[k, j], out=new[..., 1])
                np.subtract(old, new[..., 1], out=new[..., 1])
                grown[i, j] = new.reshape(n, -1)
        entries = grown
    return 1 - entries[size - 1, size - 1]


@lru_cache(maxsize=4)
def _gains(p: int) -> np.ndarray:
    """What turns the R² of all subsets into shares, shape (2^p, p)."""
    subsets = np.arange(2**p)
    member = (subsets[:, None] >> np.arange(p)[::-1]) & 1
    size = member.sum(1)
    weight = np.array([factorial(s) * factorial(p - s - 1) / factorial(p) for s in range(p)])
    within, without = weight[np.maximum(size - 1, 0)], weight[np.minimum(size, p - 1)]
    return np.where(member == 1, within[:, None], -without[:, None])


def relative_weights(correlations: np.ndarray) -> np.ndarray:
    """Johnson's relative weights: shares of R² by way of the uncorrelated variables nearest to the drivers.

    Parameters, returns : as `lmg_shares`, for any number of drivers

    Notes
    -----
    Source: Johnson (2000), A heuristic method for estimating the relative weight of predictor variables in multiple
    regression, Multivariate Behavioral Research 35(1).

    >>> r = np.array([[1, .6, .5], [.6, 1, .3], [.5, .3, 1]])
    >>> relative_weights(r).round(4).tolist()
    [0.2913, 0.1813]
    """
    r = np.asarray(correlations, dtype=float)
    values, vectors = np.linalg.eigh(r[..., 1:, 1:])
    values = np.maximum(values, 0.0)
    root = np.sqrt(values)
    # loadings of drivers on the uncorrelated variables, and the outcome's regression on those
    loadings = np.einsum("...ik,...k,...jk->...ij", vectors, root, vectors)
    with np.errstate(divide="ignore"):
        inverse = np.where(values > _COPY, 1 / root, 0.0)
    slopes = np.einsum("...ik,...k,...jk,...j->...i", vectors, inverse, vectors, r[..., 1:, 0])
    return np.einsum("...ij,...j->...i", loadings**2, slopes**2)


def standardised_slopes(correlations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of the regression on standardised drivers, and how much their correlation inflates their variance (VIF).

    Returns
    -------
    slopes and VIF, shape (…, p); a driver that others determine has an infinite VIF

    >>> slopes, vif = standardised_slopes(np.array([[1, .6, .5], [.6, 1, .3], [.5, .3, 1]]))
    >>> slopes.round(3).tolist(), vif.round(3).tolist()
    ([0.495, 0.352], [1.099, 1.099])
    """
    r = np.asarray(correlations, dtype=float)
    inverse = np.linalg.pinv(r[..., 1:, 1:], rcond=_COPY, hermitian=True)
    vif = np.diagonal(inverse, axis1=-2, axis2=-1)
    alone = 1 - 1 / np.maximum(vif, 1.0)
    whole = np.linalg.eigvalsh(r[..., 1:, 1:])[..., :1] > _COPY
    return np.einsum("...ij,...j->...i", inverse, r[..., 1:, 0]), np.where(whole, 1 / (1 - alone), np.inf)
