"""Variance components of answers: how much they differ between customers, between staff, and from visit to visit.

y = μ + customer + staff + rest, all normal. Sums over customer × staff are all that is needed. Customers, who are many,
are taken out by a diagonal; staff, who are few, by an eigendecomposition, after which the likelihood and exact pivots
cost one pass over the staff.

Sources: Patterson & Thompson (1971), Recovery of inter-block information when block sizes are unequal, Biometrika
58(3), for the restricted likelihood (REML); Harville & Fenech (1985), Confidence intervals for a variance ratio, or for
heritability, in an unbalanced mixed linear model, Biometrics 41(1), for the pivot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array
from scipy.stats import chi2, f

#: fall of −2 log restricted likelihood, beyond which a spread of customers is not looked at
_FAR = 16.0
_NODES, _FEW_NODES, _TAIL_NODES = 30, 10, 199
_LARGEST = 50.0  # ratio of standard deviations
_RATIOS = np.square(np.concatenate([np.linspace(0, 3, 400), np.geomspace(3, _LARGEST, 101)[1:]]))


@dataclass(frozen=True)
class Cells:
    """Sums over answers of every customer with every member of staff.

    Parameters
    ----------
    customer, staff : codes 0, 1, …, shape (cells,); all 0 where customers are not told apart
    n, total : answers, and sum of their scores, shape (cells,)
    squares : sum of squared scores over all answers
    """

    customer: np.ndarray
    staff: np.ndarray
    n: np.ndarray
    total: np.ndarray
    squares: float


@dataclass(frozen=True)
class Given:
    """What the answers say of staff when the spread of customers is given (as a ratio of variances to the rest).

    Parameters
    ----------
    vectors, values : of the information on staff beside the mean, shape (staff, rank) and (rank,)
    coordinates : of the staff's answers, shape (rank,): normal, with variance rest × (1 + ratio of staff × values)
    rest, df : sum of squares that staff have no part in, and its degrees of freedom
    penalty : log determinants of the restricted likelihood
    mean : of all, by generalised least squares, were staff alike; lean : what each of the staff counts for in it
    """

    vectors: np.ndarray
    values: np.ndarray
    coordinates: np.ndarray
    rest: float
    df: float
    penalty: float
    mean: float
    lean: np.ndarray

    def pivot(self, ratio: float) -> float:
        """Σ c²/(1 + ratio · λ): χ² with as many degrees of freedom as staff but one, times the variance of the rest."""
        return float((self.coordinates**2 / (1 + ratio * self.values)).sum())

    def criterion(self, ratio: float) -> float:
        """−2 log restricted likelihood at the best variance of the rest."""
        n = self.df + len(self.values)
        inner = (self.rest + self.pivot(ratio)) / n
        return n * (1 + np.log(2 * np.pi * inner)) + np.log1p(ratio * self.values).sum() + self.penalty

    def best(self) -> tuple[float, float]:
        """Ratio of variances (staff to rest) of the highest likelihood, and the criterion there."""
        if not len(self.values):
            return 0.0, self.criterion(0.0)
        found = minimize_scalar(lambda u: self.criterion(u * u), bounds=(0, _LARGEST), method="bounded",
                                options={"xatol": 1e-9})  # fmt: skip
        near = minimize_scalar(lambda u: self.criterion(u * u), bounds=(0, 1), method="bounded",
                               options={"xatol": 1e-9})  # fmt: skip
        u = min((0.0, found.x, near.x), key=lambda u: self.criterion(u * u))
        return float(u * u), self.criterion(u * u)

    def ratios(self, probability) -> np.ndarray:
        """Ratios of variances that the pivot gives these quantiles of confidence; 0 where it would be negative."""
        rank = len(self.values)
        wanted = f.ppf(1 - np.atleast_1d(probability), rank, self.df) * rank * self.rest / self.df
        pivots = np.array([self.pivot(ratio) for ratio in _RATIOS])  # falling: one ratio for each
        return np.interp(-wanted, -pivots, _RATIOS, left=0.0, right=_RATIOS[-1])


class _Sums:
    """Sums of the cells, made once."""

    def __init__(self, cells: Cells):
        shape = (int(cells.customer.max()) + 1, int(cells.staff.max()) + 1)
        self.met = csr_array((cells.n.astype(float), (cells.customer, cells.staff)), shape=shape)
        self.customer_n = np.bincount(cells.customer, cells.n, shape[0])
        self.customer_y = np.bincount(cells.customer, cells.total, shape[0])
        self.staff_n = np.bincount(cells.staff, cells.n, shape[1])
        # around the mean of all, which loses no digits
        self.n, self.y = float(cells.n.sum()), float(cells.total.sum())
        self.centre = self.y / self.n
        self.customer_y = self.customer_y - self.centre * self.customer_n
        self.staff_y = np.bincount(cells.staff, cells.total, shape[1]) - self.centre * self.staff_n
        self.squares = cells.squares - self.y * self.centre

    def given(self, ratio: float) -> Given:
        weight = ratio / (1 + ratio * self.customer_n)
        across = self.met.T @ (self.met * weight[:, None]) if ratio else None
        inner = np.diag(self.staff_n) - (across.toarray() if ratio else 0.0)
        ones = self.n - weight @ self.customer_n**2
        staff_ones = self.staff_n - self.met.T @ (weight * self.customer_n)
        staff_y = self.staff_y - self.met.T @ (weight * self.customer_y)
        total = -weight @ (self.customer_n * self.customer_y)
        inner = inner - np.outer(staff_ones, staff_ones) / ones
        values, vectors = np.linalg.eigh(inner)
        told = values > 1e-9 * max(values.max(), 1.0)
        values, vectors = values[told], vectors[:, told]
        coordinates = vectors.T @ (staff_y - staff_ones * total / ones) / np.sqrt(values)
        whole = self.squares - weight @ self.customer_y**2 - total**2 / ones
        rest = max(whole - np.square(coordinates).sum(), 0.0)
        penalty = np.log1p(ratio * self.customer_n).sum() + np.log(ones)
        df = self.n - 1 - len(values)
        return Given(vectors, values, coordinates, rest, df, penalty, self.centre + total / ones, staff_ones / ones)


@dataclass(frozen=True)
class Components:
    """Variances, most likely and as far as they can be told.

    Parameters
    ----------
    customers, staff, rest : variances (points²), REML; customers 0 where they are not told apart
    criterion : −2 log restricted likelihood
    shares : shape (points, 3): shares of customers, staff and rest, with `weights`, shape (points,): a confidence
        distribution
    alike : rise of the criterion where customers, or staff, are all alike
    mean : of all staff; effects, errors : of each around it, shrunken, with standard errors
    """

    customers: float
    staff: float
    rest: float
    criterion: float
    shares: np.ndarray
    weights: np.ndarray
    alike: tuple[float, float]
    mean: float
    effects: np.ndarray
    errors: np.ndarray

    def interval(self, which: int, *, level: float = 0.9) -> tuple[float, float]:
        """Of the share of customers (0), staff (1) or the rest (2)."""
        order = np.argsort(self.shares[:, which], kind="stable")
        mass = np.cumsum(self.weights[order]) - self.weights[order] / 2
        low, high = np.interp([(1 - level) / 2, (1 + level) / 2], mass, self.shares[order, which])
        if which < 2 and self.alike[which] < chi2.ppf(level, 1):
            low = 0.0
        return float(low), float(high)


def variance_components(cells: Cells, *, customers: bool = True) -> Components:
    """Most likely variances of customers, staff and the rest, and how well they are known.

    Parameters
    ----------
    customers : whether customers are told apart; otherwise their spread is part of the rest

    Notes
    -----
    Given the spread of customers the pivot of the spread of staff is exact, whatever the numbers of answers. The spread
    of customers is laid over its profiled restricted likelihood, flat in the ratio of standard deviations.

    >>> rng = np.random.default_rng(1)
    >>> staff = np.repeat(np.arange(8), 20)
    >>> y = rng.normal(0, 1, 8)[staff] + rng.normal(0, 1, 160)
    >>> cells = Cells(np.zeros(8, int), np.arange(8), np.full(8, 20), np.bincount(staff, y), float(y @ y))
    >>> found = variance_components(cells, customers=False)
    >>> low, high = found.interval(1)
    >>> bool(low < .5 < high), float(found.customers)
    (True, 0.0)
    """
    sums = _Sums(cells)
    if customers:
        ratio, points, none = _customers(sums)
        own = points[ratio]
    else:
        ratio, own = 0.0, sums.given(0.0)
        points, none = {0.0: own}, own.best()[1]
    staff, criterion = own.best()
    alike = (none - criterion, own.criterion(0.0) - criterion)
    rest = (own.rest + own.pivot(staff)) / (own.df + len(own.values))
    probability = (np.arange(_TAIL_NODES) + 0.5) / _TAIL_NODES
    shares, weights = [], []
    for point, here in points.items():
        told = here.ratios(probability) if len(here.values) else np.zeros(1)
        total = 1 + point + told
        shares.append(np.stack([point / total, told / total, 1 / total], axis=1))
        # nodes are evenly spaced; the top itself, where it is none of them, has no weight
        weight = np.exp((criterion - here.best()[1]) / 2) if point != ratio or len(points) == 1 else 0.0
        weights.append(np.full(len(told), weight / len(told)))
    weights = np.concatenate(weights)
    effects, errors = _effects(own, rest, probability[:: max(1, _TAIL_NODES // 20)], len(sums.staff_n))
    return Components(
        ratio * rest, staff * rest, rest, criterion, np.concatenate(shares), weights / weights.sum(), alike,
        own.mean - own.lean @ effects, effects, errors,
    )  # fmt: skip


def _customers(sums: _Sums) -> tuple[float, dict[float, Given], float]:
    """The most likely ratio of customers; what is given at it and evenly around it; the criterion with none at all."""

    def height(u: float) -> float:
        return sums.given(u * u).best()[1]

    found = minimize_scalar(height, bounds=(0, 3), method="bounded", options={"xatol": 1e-4})
    none = height(0.0)
    top, lowest = (float(found.x), float(found.fun)) if found.fun < none else (0.0, none)
    step = max(0.02 * top, 1e-3)
    bend = (height(top + step) - lowest) / step**2  # −2 log likelihood falls by bend · distance²
    spread = np.sqrt(_FAR / max(bend, 1e-6))
    if spread < 0.5 * top:  # much is known: the fall is nearly quadratic
        low, high, nodes = top - spread, top + spread, _FEW_NODES
    else:
        low, high, nodes = 0.0, max(top + spread, 0.1), _NODES
        while height(high) - lowest < _FAR and high < _LARGEST:
            high *= 1.5
    u = low + (high - low) * (np.arange(nodes) + 0.5) / nodes
    points = {float(v * v): sums.given(v * v) for v in u}
    return top * top, points | {top * top: sums.given(top * top)}, none


def _effects(own: Given, rest: float, probability, staff: int):
    """Shrunken effects of staff around their own mean, over the ratios that the pivot leaves."""
    if not len(own.values):
        return np.zeros(staff), np.zeros(staff)
    centre = np.eye(staff) - 1 / staff
    turned = centre @ own.vectors
    outside = np.maximum(1 - np.square(own.vectors).sum(1), 0) if own.vectors.shape[1] < staff - 1 else np.zeros(staff)
    means, variances = [], []
    for ratio in own.ratios(probability):
        kept = ratio / (1 + ratio * own.values)
        means.append(turned @ (kept * np.sqrt(own.values) * own.coordinates))
        variances.append(rest * (np.square(turned) @ kept + outside * ratio))
    means, variances = np.array(means), np.array(variances)
    return means.mean(0), np.sqrt(variances.mean(0) + means.var(0))
