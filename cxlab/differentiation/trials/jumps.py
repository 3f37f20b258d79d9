"""The jump at a cut-off: local polynomials from both sides, and how wide to look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from cxlab.differentiation.trials.running import Running
from cxlab.errors import ModelError

#: constant of the best bandwidth for a triangular kernel at an edge
_EDGE = 3.4375


@dataclass(frozen=True)
class Jump:
    """A difference between the two sides at the cut-off.

    Parameters
    ----------
    value, error, degrees : estimate, standard error and degrees of freedom
    bandwidth : of the kernel, infinite where all rows count alike; n : rows below and above that count
    """

    value: float
    error: float
    degrees: float
    bandwidth: float
    n: tuple[int, int]

    def ends(self, level: float) -> tuple[float, float]:
        reach = student.ppf((1 + level) / 2, self.degrees) * self.error
        return self.value - reach, self.value + reach

    @property
    def p_value(self) -> float:
        return float(2 * student.sf(abs(self.value) / self.error, self.degrees)) if self.error > 0 else 1.0


def jump(rows: Running, *, bandwidth: float = np.inf, order: int = 1, common: bool = False, donut: float = 0.0) -> Jump:
    """Difference of two polynomials at the cut-off.

    Parameters
    ----------
    bandwidth : of the triangular kernel; infinite: all rows alike
    order : of the polynomials; common : the same slope on both sides
    donut : rows nearer than this are left out

    Notes
    -----
    Errors of every row its own variance (HC3, leverages taken off). With order 2 at the bandwidth that is best for
    order 1 the estimate is that of order 1 corrected for its bias (Calonico, Cattaneo & Titiunik 2014, Robust
    nonparametric confidence intervals for regression-discontinuity designs, Econometrica 82(6), remark 7).
    """
    value, covariance, degrees, n = _fit(rows, bandwidth, order, common, donut, [(rows.mean, rows.square)])
    return Jump(float(value[0]), float(np.sqrt(covariance[0, 0])), degrees, bandwidth, n)


def two_jumps(rows: Running, *, bandwidth: float, order: int = 2):
    """Jumps of the outcome and of who received it, their covariance, degrees of freedom and rows."""
    given, square, cross = rows.received
    return _fit(rows, bandwidth, order, False, 0.0, [(rows.mean, rows.square), (given, square)], cross)


def _fit(rows: Running, bandwidth: float, order: int, common: bool, donut: float, measures, cross=None):
    weight = rows.n * (np.maximum(1 - np.abs(rows.x) / bandwidth, 0) if np.isfinite(bandwidth) else 1.0)
    weight = np.where(np.abs(rows.x) >= donut, weight, 0.0)
    kept = weight > 0
    x, weight, n, side = rows.x[kept], weight[kept], rows.n[kept], rows.treated[kept].astype(float)
    scale = np.abs(x).max() if len(x) else 1.0
    powers = (x / scale)[:, None] ** np.arange(order + 1)
    design = np.column_stack([side, powers] if common else [side, powers, side[:, None] * powers[:, 1:]])
    values = [(len(x[side == s])) for s in (0, 1)]
    if min(values) < order + 2:
        raise ModelError(
            f"{min(values)} values on one side within {bandwidth:.3g} of the cut-off.",
            expected=f"{order + 2} at least", mend="a wider bandwidth",
        )  # fmt: skip
    root = np.sqrt(weight)
    q, r = np.linalg.qr(design * root[:, None])
    inverse = np.linalg.inv(r)
    # weight of every row in the jump, and its leverage
    pull = (inverse[0] @ q.T) * root / n
    lever = np.minimum((q**2).sum(1) / n, 0.99)
    left, within, found = [], [], []
    for mean, square in measures:
        coefficients = inverse @ (q.T @ (root * mean[kept]))
        found.append(coefficients[0])
        left.append(mean[kept] - design @ coefficients)
        within.append(square[kept])
    covariance = np.empty((len(measures), len(measures)))
    for i in range(len(measures)):
        for j in range(len(measures)):
            inner = within[i] if i == j else cross[kept]
            covariance[i, j] = (pull**2 * (inner + n * left[i] * left[j]) / (1 - lever) ** 2).sum()
    rows_of = tuple(int(n[side == s].sum()) for s in (0, 1))
    effective = (np.abs(pull) * n).sum() ** 2 / (pull**2 * n).sum()
    degrees = max(min(sum(rows_of), effective) - design.shape[1], 1.0)
    return np.array(found), covariance, float(degrees), rows_of


def best_bandwidth(rows: Running) -> float:
    """Bandwidth with the least mean squared error of a line from each side, triangular kernel.

    Notes
    -----
    Source: Imbens & Kalyanaraman (2012), Optimal bandwidth choice for the regression discontinuity estimator, Review of
    Economic Studies 79(3), steps 1 to 3 with their regularisation.

    >>> rng = np.random.default_rng(0)
    >>> x = np.sort(rng.uniform(-1, 1, 2000))
    >>> y = x**2 * (x > 0) * 4 + rng.normal(0, .2, 2000)
    >>> rows = Running(x, np.ones(2000), y, np.zeros(2000), "y", "x", (0.,))
    >>> .1 < best_bandwidth(rows) < .6
    True
    """
    x, n, side = rows.x, rows.n, rows.treated
    total = n.sum()
    middle = n @ x / total
    spread = np.sqrt(n @ (x - middle) ** 2 / total)
    pilot = max(1.84 * spread * total**-0.2, *(_reach(np.abs(x[s]), n[s], 20, 4) for s in (side, ~side)))
    near = np.abs(x) <= pilot
    density = max(n[near].sum() / (2 * pilot * total), 1e-12)
    ends = np.array([-x.min(), x.max()])
    noise = {}
    for s in (True, False):
        own = near & (side == s)
        mean = n[own] @ rows.mean[own] / n[own].sum()
        squares = rows.square[own].sum() + n[own] @ (rows.mean[own] - mean) ** 2
        noise[s] = squares / max(n[own].sum() - 1, 1)
    cubic = np.column_stack([np.ones(len(x)), side, x, x**2, x**3])
    root = np.sqrt(n)
    third = 6 * np.linalg.lstsq(cubic * root[:, None], rows.mean * root, rcond=None)[0][4]
    bends, doubt = {}, 0.0
    for s in (True, False):
        count_, far = n[side == s].sum(), ends[1] if s else ends[0]
        bent = max(third**2, 0.01 * noise[s] / spread**6)
        wide = 3.56 * (noise[s] / (density * bent * count_)) ** (1 / 7)
        wide = min(max(wide, _reach(np.abs(x[side == s]), n[side == s], 20, 5)), far)
        own = (side == s) & (np.abs(x) <= wide)
        square = np.column_stack([np.ones(own.sum()), x[own], x[own] ** 2])
        weight = np.sqrt(n[own])
        bends[s] = 2 * np.linalg.lstsq(square * weight[:, None], rows.mean[own] * weight, rcond=None)[0][2]
        doubt += 2160 * noise[s] / (n[own].sum() * wide**4)
    bend = (bends[True] - bends[False]) ** 2 + doubt
    found = _EDGE * ((noise[True] + noise[False]) / (density * max(bend, 1e-300))) ** 0.2 * total**-0.2
    least = max(_reach(np.abs(x[s]), n[s], 20, 6) for s in (side, ~side))
    return float(min(max(found, 1.001 * least), 1.001 * ends.max()))


def _reach(distance: np.ndarray, n: np.ndarray, rows: int, values: int) -> float:
    """Distance within which a side has so many rows and different values, or all there are."""
    order = np.argsort(distance)
    enough = (np.cumsum(n[order]) >= rows) & (np.arange(len(order)) + 1 >= values)
    enough[-1] = True
    return float(distance[order][int(np.argmax(enough))])
