"""How many rows are just below and just above a cut-off: those who could choose where they stand leave a trace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cxlab.differentiation.trials.panels import chance, rarely
from cxlab.differentiation.trials.running import Running
from cxlab.errors import ModelError
from cxlab.finding import Check, Finding
from cxlab.wording import count, interval, number

_BINS = 60
_FEWEST = 6
#: share of the bandwidth in which rows may have been moved
_NEAR = 0.35


@dataclass(frozen=True)
class Density:
    """The jump in how many rows there are.

    Parameters
    ----------
    log_ratio, error, degrees : log of rows just above against just below, standard error, degrees of freedom
    bins : DataFrame with x (middle), n, fitted (NaN beyond the bandwidth), above
    bandwidth : within which bins count
    """

    log_ratio: float
    error: float
    degrees: float
    bins: pd.DataFrame
    bandwidth: float

    @property
    def p_value(self) -> float:
        return float(2 * student.sf(abs(self.log_ratio) / self.error, self.degrees))


def density_jump(rows: Running) -> Density | None:
    """Whether the number of rows jumps at the cut-off; None where there are too few bins.

    Notes
    -----
    Counts of bins that none of them straddles the cut-off, fitted on each side by a local log-quadratic with triangular
    kernel; where values lie on a grid, a spread beyond that of Poisson counts far from the cut-off widens the error.
    After McCrary (2008), Manipulation of the running variable in the regression discontinuity design, Journal of
    Econometrics 142(2).

    >>> x = np.sort(np.random.default_rng(0).normal(size=3000))
    >>> even = Running(x, np.ones(3000), x, 0 * x, "y", "x", (0.,))
    >>> pushed = even.rows((x < -.15) | (x > 0))
    >>> density_jump(even).p_value > .05, density_jump(pushed).p_value < .01
    (True, True)
    """
    width, grid = _width(rows)
    place = np.floor(rows.x / width + 1e-6)
    low, high = int(place.min()), int(place.max())
    n = np.bincount((place - low).astype(int), rows.n, high - low + 1)
    middle = (np.arange(low, high + 1) + 0.5) * width
    spread = np.sqrt(rows.n @ (rows.x - rows.n @ rows.x / rows.n.sum()) ** 2 / rows.n.sum())
    reach = max(2.5 * spread * rows.n.sum() ** -0.2, (_FEWEST + 4) * width)
    reach = min(reach, max(abs(middle[0]), abs(middle[-1])) + width)
    fitted, found = np.full(len(n), np.nan), []
    for side in (False, True):
        own = ((middle >= 0) == side) & (np.abs(middle) < reach)
        if own.sum() < _FEWEST or not n[own].sum() > 0:
            return None
        value, variance, fitted[own] = _edge(middle[own] / reach, n[own])
        found.append((value, variance))
    below, above = found
    # rows moved across the cut-off must not pass for a wild spread that excuses them
    far = (np.abs(middle) > _NEAR * reach) & ~np.isnan(fitted)
    degrees = max(int(far.sum()) - 6, 1)
    wild = max(1.0, float(((n - fitted) ** 2 / fitted)[far].sum() / degrees)) if grid else 1.0
    bins = pd.DataFrame({"x": middle, "n": n.astype(int), "fitted": fitted, "above": middle >= 0})
    error = float(np.sqrt(wild * (below[1] + above[1])))
    if not np.isfinite(error) or error <= 0:
        return None
    return Density(above[0] - below[0], error, float(degrees if grid else 1000), bins, float(reach))


def _width(rows: Running) -> tuple[float, bool]:
    """Width of a bin, and whether values lie on a grid (people round: counts then vary more than Poisson ones)."""
    steps = np.diff(rows.x)
    total = rows.n.sum()
    fine = 2 * np.sqrt(rows.n @ (rows.x - rows.n @ rows.x / total) ** 2 / total) / np.sqrt(total)
    span = rows.x[-1] - rows.x[0]
    step = float(np.min(steps))
    grid = np.abs(steps / step - np.round(steps / step)).max() < 1e-3 and span / step < 2000
    if grid:  # values lie on a grid: a bin holds whole steps of it
        return step * max(1, int(np.ceil(span / (2 * _BINS) / step))), True
    return max(fine, span / (5 * _BINS)), False


def _edge(at: np.ndarray, n: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Log of the expected count at 0, its variance were counts Poisson, and fitted counts."""
    design = at[:, None] ** np.arange(3)
    kernel = 1 - np.abs(at)
    mean = (n + n.mean()) / 2 + 0.1
    beta = np.zeros(3)
    for _step in range(50):
        weight = kernel * mean
        work = np.log(mean) + (n - mean) / mean
        new = np.linalg.lstsq(design * np.sqrt(weight)[:, None], work * np.sqrt(weight), rcond=None)[0]
        mean = np.exp(np.clip(design @ new, -20, 25))
        done = np.abs(new - beta).max() < 1e-8
        beta = new
        if done:
            break
    bread = np.linalg.pinv((design * (kernel * mean)[:, None]).T @ design)
    meat = (design * (kernel**2 * mean)[:, None]).T @ design
    return float(beta[0]), float((bread @ meat @ bread)[0, 0]), mean


def cutoff_density(rows: Running, *, name: str = "", level: float = 0.9) -> Finding:
    """Whether rows were moved across the cut-off.

    Returns
    -------
    Finding "differentiation.discontinuity_density", a row a bin: x (distance to the cut-off), n (rows), fitted (NaN
        far from it), above

    Raises
    ------
    ModelError : too few bins on a side.
    """
    found = density_jump(rows)
    if found is None:
        raise ModelError(f"{rows.name} has too few values to see how rows crowd at the cut-off.",
                         expected=f"{_FEWEST} bins on each side with rows")  # fmt: skip
    wide = student.ppf((1 + level) / 2, found.degrees) * found.error
    ratio, low, high = np.exp([found.log_ratio, found.log_ratio - wide, found.log_ratio + wide])
    what = name or "the rule"
    moved = found.p_value < 0.05
    lead = "Simulated data: " if rows.simulated else ""
    return Finding(
        name="differentiation.discontinuity_density",
        title=f"Rows crowd {'just beyond' if ratio > 1 else 'just before'} the cut-off of {what}" if moved
        else f"No sign that rows were moved across the cut-off of {what}",
        text=f"{lead}{number(ratio)} times as many rows lie just beyond the cut-off as just before it "
        f"{interval(number(low), number(high), level=level)}, n = {count(rows.n.sum())}{', ' * bool(rows.days)}"
        f"{rows.days}; by chance alone so uneven in {rarely(found.p_value)} of cases. What would change our mind: a "
        "reason why somebody could have chosen the side.",
        table=found.bins,
        units={"n": "count"},
        checks=(Check("chance of so uneven a number of rows on both sides", not moved, chance(found.p_value), "≥ 0.05",
                      "Those beyond the cut-off may be those who could place themselves there."),),
        draw=lambda ax: _draw(ax, found, rows),
        caption=f"{rows.about}. Lines: local fits of each side up to the cut-off; "
        f"{level * 100:g} % interval of the ratio.",
    )  # fmt: skip


def _draw(ax, found: Density, rows: Running):
    from cxlab.differentiation.charts.quasi_cutoff import draw_density

    return draw_density(ax, found.bins, name=rows.name, cutoff=rows.cutoff)
