"""How well a model foresaw each customer's holdout purchases, on distinct rows.

A customer's count is scored by its predictive distribution: the exact count probabilities of `counts`, averaged over
draws of the parameters. A cell is a distinct (row, holdout count) with the number of customers in it, so the cost
does not grow with customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import norm

from cxlab.cltv.counts import count_probabilities
from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.summary import Summary
from cxlab.errors import ParameterError

#: the draws are cut into as many batches; their spread is the Monte-Carlo error of everything computed from all draws
BATCHES = 10
#: frequencies 0 … 6 have a group of their own, all above share one
MOST_FREQUENT = 7
#: numbers held at once in a piece; Pareto/NBD holds 24 nodes for each
CELLS_AT_ONCE = 200_000
_KEYS = ["segment", "frequency", "recency_steps", "T_steps"]
_NORMAL = norm.ppf((np.arange(40) + 0.5) / 40)
_TAIL = 1e-6


@dataclass(frozen=True)
class Predicted:
    """What a model says of the holdout.

    Parameters
    ----------
    mean : expected purchases of a customer of each row, by batch of draws, shape (n_batches, n_rows)
    expected, variance : sums over the customers of each frequency group, for each draw; the variance is that of chance,
        given the parameters; shape (n_frequency_groups, n_draws); None for a point forecast
    at, below : probability of each cell's count, and of fewer, by batch, shape (n_batches, n_cells); None for a point
        forecast
    """

    mean: np.ndarray
    expected: np.ndarray | None = None
    variance: np.ndarray | None = None
    at: np.ndarray | None = None
    below: np.ndarray | None = None

    def batch(self, members: slice) -> Predicted:
        """The same from some of the batches only (per-row and per-cell parts)."""
        part = {k: None if getattr(self, k) is None else getattr(self, k)[members] for k in ("mean", "at", "below")}
        return Predicted(**part)


def holdout_cells(summary: Summary) -> pd.DataFrame:
    """Customers by distinct row and holdout count, counted in the engine.

    Returns
    -------
    DataFrame: row (position in ``summary.distinct``), count (holdout purchases), customers

    Raises
    ------
    ParameterError : the summary has no holdout.
    """
    if summary.holdout <= 0:
        raise ParameterError(
            "the summary has no holdout to compare a forecast with.",
            expected="a split date before the end of the log",
            mend='summarise(…, split="YYYY-MM-DD")',
        )
    counted = (
        summary.customers.group_by(*_KEYS, count=_.holdout_frequency)
        .agg(customers=_.customer_id.count())
        .order_by(*_KEYS, "count")
        .to_pandas()
    )
    positions = summary.distinct[_KEYS].assign(row=np.arange(len(summary.distinct)))
    return counted.merge(positions, on=_KEYS, validate="many_to_one")[["row", "count", "customers"]]


def frequency_group(frequency: np.ndarray) -> np.ndarray:
    """Group of each frequency: 0 … 6, and 7 for all above."""
    return np.minimum(frequency, MOST_FREQUENT).astype(int)


def predict_holdout(model: BuyTillYouDie, theta: np.ndarray, summary: Summary, cells: pd.DataFrame) -> Predicted:
    """The model's predictive distribution of every cell.

    Parameters
    ----------
    theta : natural parameters, shape (n_parameters, n_draws, n_groups); one group speaks for every segment
    """
    rows, horizon = summary.rows, summary.holdout
    n_draws = theta.shape[1]
    average = _batches(n_draws)
    n_batches = len(average)
    mean = np.empty((n_batches, len(rows)))
    expected, variance = np.zeros((2, MOST_FREQUENT + 1, n_draws))
    at, below = np.zeros((2, n_batches, len(cells)))
    by_row = cells.sort_values("row")
    for members, own, x in _pieces(rows, theta):
        recency, T, weight = rows["recency"][members], rows["T"][members], rows.weight[members]
        ages, inverse = np.unique(T, return_inverse=True)
        alive = model.p_alive(own, x, recency, T)
        purchases = alive * model.expected_if_alive(own, x, ages, horizon)[:, inverse]
        mean[:, members] = average @ purchases
        of_row, counts, places = _cells_of(by_row, members)
        most = np.zeros(len(members), dtype=int)
        np.maximum.at(most, of_row, counts)
        reached = np.zeros((n_batches, len(members)))
        square, left = np.zeros((n_draws, len(ages))), np.ones((n_draws, len(ages)))
        for n, p in enumerate(count_probabilities(model, own, x, ages, horizon)):
            if n <= most.max():
                seen = np.flatnonzero(most >= n)  # nobody asks the others for this count
                here = alive[:, seen] * p[:, inverse[seen]]
                if n == 0:
                    here += 1 - alive[:, seen]
                here = average @ here
                hit = counts == n
                column = np.searchsorted(seen, of_row[hit])
                at[:, places[hit]], below[:, places[hit]] = here[:, column], reached[:, of_row[hit]]
                reached[:, seen] += here
            square += n * n * p
            left -= p
            if n >= most.max() and left.max() < _TAIL:
                break
        chance = np.maximum(alive * square[:, inverse] - purchases**2, 0)
        group = frequency_group(x)
        expected[group] += purchases @ weight
        variance[group] += chance @ weight
    return Predicted(mean, expected, variance, at, below)


def measures(predicted: Predicted, summary: Summary, cells: pd.DataFrame, *, level: float) -> dict[str, float]:
    """Scores of single customers.

    Returns
    -------
    dict: mae, rmse (purchases), correlation; and for a forecast with chance: log_score (mean log probability of the
    counts that came), coverage (share of customers inside the central interval), pit_ks (largest distance of the PIT
    from uniform)
    """
    weight = cells["customers"].to_numpy(float)
    actual, guess = cells["count"].to_numpy(float), predicted.mean.mean(0)[cells["row"].to_numpy()]
    n = weight.sum()
    found = {
        "mae": weight @ np.abs(actual - guess) / n,
        "rmse": np.sqrt(weight @ np.square(actual - guess) / n),
        "correlation": _correlation(actual, guess, weight),
    }
    if predicted.at is not None:
        tail = (1 - level) / 2
        reached = pit(predicted, cells, np.array([tail, 1 - tail]))
        grid = np.linspace(0, 1, 201)
        found |= {
            "log_score": weight @ log_probability(predicted) / n,
            "coverage": reached[1] - reached[0],
            "pit_ks": np.abs(pit(predicted, cells, grid) - grid).max(),
        }
    return {k: float(v) for k, v in found.items()}


def log_probability(predicted: Predicted) -> np.ndarray:
    """Log predictive probability of each cell's count, shape (n_cells,)."""
    return np.log(np.maximum(predicted.at.mean(0), 1e-300))


def pit(predicted: Predicted, cells: pd.DataFrame, grid: np.ndarray) -> np.ndarray:
    """Mean probability integral transform of counts at each point of `grid`: u itself when the model is right.

    Notes
    -----
    The non-randomised PIT: a count n spreads its customer evenly over (P(N < n), P(N ≤ n)), which is the mean of the
    randomised PIT and needs no random numbers. Source: Czado, Gneiting & Held (2009), Biometrics 65(4), eq. 2.
    """
    at, below = predicted.at.mean(0), predicted.below.mean(0)
    share = np.clip((grid[:, None] - below) / np.maximum(at, 1e-300), 0, 1)
    return share @ cells["customers"].to_numpy(float) / cells["customers"].sum()


def with_chance(expected: np.ndarray, variance: np.ndarray, level: float) -> np.ndarray:
    """Low and high end of a predictive interval of sums over many customers.

    Chance is gamma around the expectation of each draw, skewed where sums are small and normal where they are large, at
    40 evenly probable points instead of at random (by the cube root of Wilson & Hilferty, 1931).

    Parameters
    ----------
    expected : shape (n_draws, …); variance : broadcasts against it

    Returns
    -------
    shape (2, …)

    >>> with_chance(np.full((1, 2), [1.0, 10000.0]), np.array([1.0, 10000.0]), .9).round(1).tolist()
    [[0.0, 9834.9], [3.0, 10166.3]]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        narrow = np.where(expected > 0, variance / np.square(expected), 0.0) / 9
    z = _NORMAL.reshape(-1, *[1] * expected.ndim)
    values = expected * np.maximum(1 - narrow + z * np.sqrt(narrow), 0) ** 3
    tail = (1 - level) / 2
    return np.quantile(values.reshape(-1, *expected.shape[1:]), (tail, 1 - tail), axis=0, method="hazen")


def batched(n_draws: int) -> list[slice]:
    """The draws in consecutive batches."""
    edges = np.linspace(0, n_draws, min(BATCHES, n_draws) + 1).astype(int)
    return [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def batch_error(values) -> np.ndarray:
    """Monte-Carlo standard error of a mean over batches, from the spread between them; NaN for a single batch."""
    values = np.asarray(values, dtype=float)
    return values.std(0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.full(values.shape[1:], np.nan)


def _batches(n_draws: int) -> np.ndarray:
    """Averages over batches as a matrix, shape (n_batches, n_draws)."""
    members = batched(n_draws)
    average = np.zeros((len(members), n_draws))
    for i, each in enumerate(members):
        average[i, each] = 1 / (each.stop - each.start)
    return average


def _pieces(rows, theta) -> Iterator[tuple[np.ndarray, tuple, float]]:
    """Rows of one segment and frequency at a time, with the draws of their segment shaped (n_draws, 1)."""
    pooled = theta.shape[2] == 1
    size = max(1, CELLS_AT_ONCE // theta.shape[1])
    key = np.unique(np.column_stack([rows.group, rows["frequency"]]), axis=0, return_inverse=True)
    order = np.argsort(key[1].ravel(), kind="stable")
    edges = np.concatenate([[0], np.cumsum(np.bincount(key[1].ravel()))])
    for (group, x), start, stop in zip(key[0], edges[:-1], edges[1:], strict=True):
        own = tuple(theta[:, :, 0 if pooled else int(group)][:, :, None])
        for a in range(start, stop, size):
            yield order[a : min(a + size, stop)], own, float(x)


def _cells_of(by_row: pd.DataFrame, members: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The cells of some rows: position of the row in `members`, count, and position of the cell."""
    rows = by_row["row"].to_numpy()
    first, last = np.searchsorted(rows, members), np.searchsorted(rows, members, side="right")
    of_row = np.repeat(np.arange(len(members)), last - first)
    at = np.arange(len(of_row)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[of_row]
    return of_row, by_row["count"].to_numpy()[at], by_row.index.to_numpy()[at]


def _correlation(a, b, weight) -> float:
    n = weight.sum()
    a, b = a - weight @ a / n, b - weight @ b / n
    spread = np.sqrt((weight @ a**2) * (weight @ b**2))
    return weight @ (a * b) / spread if spread > 0 else np.nan
