"""Leave-one-out: how well a model foresees a customer it was not fitted to, without fitting again.

One customer is left out at a time, not one row: customers of a row are alike, so each of them has the row's value and
the row counts as often as it stands for customers.

Source: Vehtari, Gelman & Gabry (2017), Statistics and Computing 27; Vehtari et al. (2024), JMLR 25, for the smoothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from cxlab.cltv.model import Model
from cxlab.cltv.rows import Rows

#: rows whose importance weights all lie within this factor of each other need no smoothing: no tail to be heavy
_FLAT = 2.0
_CELLS = 4_000_000


@dataclass(frozen=True)
class LeaveOneOut:
    """Expected log predictive density of customers left out.

    Parameters
    ----------
    values : of one customer of each row, shape (n_rows,)
    weight : customers of each row
    k_hat : largest Pareto k̂ over rows; below 0.7 the values may be used (0 where no row needed smoothing)
    error : Monte-Carlo standard error of `total`
    """

    values: np.ndarray
    weight: np.ndarray
    k_hat: float
    error: float

    @property
    def total(self) -> float:
        """Sum over customers."""
        return float(self.weight @ self.values)

    @property
    def standard_error(self) -> float:
        """Standard error of `total`, for other customers of the same kind."""
        return spread_over_customers(self.values, self.weight)


def spread_over_customers(values: np.ndarray, weight: np.ndarray) -> float:
    """Standard error of a sum over customers, from how much it differs between them: √(n · variance).

    >>> spread_over_customers(np.array([0.0, 1.0]), np.array([50.0, 50.0]))
    5.0
    """
    n = weight.sum()
    mean = weight @ values / n
    return float(np.sqrt(weight @ np.square(values - mean)))


def leave_one_out(model: Model, theta: np.ndarray, rows: Rows) -> LeaveOneOut:
    """Pareto-smoothed leave-one-out of every customer.

    Parameters
    ----------
    theta : equally weighted draws of the natural parameters, shape (n_parameters, n_draws, n_groups)
    rows : what the posterior was fitted to, with as many groups
    """
    n_draws = theta.shape[1]
    size = max(1, _CELLS // n_draws)
    values, influence, k_hat = [], np.zeros(n_draws), 0.0
    for start in range(0, len(rows), size):
        part = _slice(rows, slice(start, start + size))
        log_density = np.stack([model.log_likelihood(theta[:, i], part) for i in range(n_draws)], axis=1)
        log_weights, worst = _smoothed(log_density)
        values.append(logsumexp(log_weights + log_density, axis=1))
        k_hat = max(k_hat, worst)
        # what a draw adds to the sum, to first order: for its Monte-Carlo error
        influence += part.weight @ (np.exp(log_weights + log_density - values[-1][:, None]) - np.exp(log_weights))
    error = float(influence.std() * np.sqrt(n_draws))
    return LeaveOneOut(np.concatenate(values), rows.weight, k_hat, error)


def _smoothed(log_density: np.ndarray) -> tuple[np.ndarray, float]:
    """Log weights of the posterior without each row's customer, shape (n_rows, n_draws), and the largest k̂."""
    from arviz_stats.base import array_stats

    raw = -log_density
    log_weights = raw - logsumexp(raw, axis=1, keepdims=True)
    steep = np.ptp(raw, axis=1) > np.log(_FLAT)
    if not steep.any():
        return log_weights, 0.0
    smoothed, k_hat = array_stats.psislw(log_density[steep])
    log_weights[steep] = smoothed - logsumexp(smoothed, axis=1, keepdims=True)
    return log_weights, float(np.max(k_hat))


def _slice(rows: Rows, at: slice) -> Rows:
    return Rows({k: v[at] for k, v in rows.columns.items()}, rows.weight[at], rows.group[at], rows.groups)
