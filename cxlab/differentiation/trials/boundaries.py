"""Bounds for looking at a trial while it runs, which keep the promised rate of false alarms; by integration."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from cxlab.errors import ParameterError, unknown

#: how boundaries fall: the same at every look, or steep at first
SHAPES = ("pocock", "obrien_fleming")
_GRID = 241
_REACH = 8.0


def crossing(
    bounds: Sequence[float], information: Sequence[float], *, drift: float = 0.0, sides: int = 2
) -> np.ndarray:
    """Probability of each look to be the first at which the test statistic is beyond its bound.

    Parameters
    ----------
    bounds : of z, one a look; information : share of all units seen at each look, ascending, the last need not be 1
    drift : mean of z were all units seen (0: nothing is changed)
    sides : 2, or 1 where only the upper bound stops

    Returns
    -------
    Array of shape (looks,)

    Notes
    -----
    S = z √t has independent normal increments; its density among the trials that go on is carried from look to look on
    a grid between the bounds (Simpson's rule). Source: Armitage, McPherson & Rowe (1969), Repeated significance tests
    on accumulating data, Journal of the Royal Statistical Society A 132(2).

    >>> crossing([1.96] * 5, [.2, .4, .6, .8, 1]).sum().round(3)
    np.float64(0.142)
    """
    paths = _paths(bounds, information, drift, sides)
    stops = [p.beyond(bound, t, drift) for p, bound, t in zip(paths, bounds, information, strict=True)]
    return np.array([up + down for up, down in stops])


class _Path:
    """Density of S = z √t among the trials that go on, carried from look to look without drift; with drift δ it is
    exp(δS − δ²t/2) times that."""

    def __init__(self, reach: float = 0.0, sides: int = 2):
        self.reach, self.sides, self.t = reach, sides, 0.0
        self.grid, self.density = np.zeros(1), np.ones(1)

    def beyond(self, bound: float, t: float, drift: float = 0.0) -> tuple[float, float]:
        """Probabilities of stopping at time t above the bound of z, and below it."""
        sd, mean, edge = np.sqrt(t - self.t), drift * (t - self.t), bound * np.sqrt(t)
        low = -edge if self.sides == 2 else -np.inf
        density = self.density * np.exp(drift * self.grid - drift**2 * self.t / 2)
        up = float(density @ ndtr((self.grid + mean - edge) / sd))
        return up, float(density @ ndtr((low - self.grid - mean) / sd))

    def go_on(self, bound: float, t: float) -> None:
        """Keep what lies within the bound at time t."""
        sd, root = np.sqrt(t - self.t), np.sqrt(t)
        low, high = min(self.reach * t, 0) - _REACH * root, max(self.reach * t, 0) + _REACH * root
        low, high = max(low, -bound * root) if self.sides == 2 else low, min(high, bound * root)
        new = np.linspace(low, max(high, low + 1e-9), _GRID)
        weight = np.full(_GRID, 2.0)
        weight[1::2], weight[[0, -1]] = 4.0, 1.0
        step = np.exp(-0.5 * ((new[:, None] - self.grid) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
        self.density = step @ self.density * weight * (new[1] - new[0]) / 3
        self.grid, self.t = new, t


def _paths(bounds, information, reach: float = 0.0, sides: int = 2) -> list[_Path]:
    """The path as it is before each look."""
    bounds, times = np.asarray(bounds, float), np.asarray(information, float)
    _check(bounds, times)
    path, found = _Path(reach, sides), []
    for bound, t in zip(bounds, times, strict=True):
        found.append(copy(path))
        if len(found) < len(times):
            path.go_on(bound, t)
    return found


def peeking_error(looks: int, *, level: float = 0.95) -> float:
    """How often a useless change looks real in a trial looked at so often, each time as if it were the only one.

    >>> [round(100 * peeking_error(k), 1) for k in (1, 2, 5, 10, 20)]
    [5.0, 8.3, 14.2, 19.3, 24.8]
    """
    check_looks(looks)
    return float(crossing([ndtri((1 + level) / 2)] * looks, np.arange(1, looks + 1) / looks).sum())


def group_sequential(looks: int, *, shape: str = "obrien_fleming", level: float = 0.95) -> np.ndarray:
    """Bounds of |z| at looks planned at equal distances, which all together err as often as one look would.

    Parameters
    ----------
    shape : "pocock" (the same at every look) or "obrien_fleming" (falls with the root of what was seen)

    Notes
    -----
    Sources: Pocock (1977), Biometrika 64(2); O'Brien & Fleming (1979), Biometrics 35(3).

    >>> group_sequential(5, shape="pocock").round(3).tolist()
    [2.413, 2.413, 2.413, 2.413, 2.413]
    >>> group_sequential(5).round(3).tolist()
    [4.562, 3.226, 2.634, 2.281, 2.04]
    """
    check_looks(looks)
    times = np.arange(1, looks + 1) / looks
    if shape not in SHAPES:
        raise unknown("shape of bounds", shape, SHAPES)
    falls = np.ones(looks) if shape == "pocock" else 1 / np.sqrt(times)
    alpha = _alpha(level)
    constant = brentq(lambda c: crossing(c * falls, times).sum() - alpha, 0.5, 8.0, xtol=1e-9)
    return constant * falls


def spent(information, *, shape: str = "obrien_fleming", level: float = 0.95) -> np.ndarray:
    """False alarms that may have happened by the time this share of all units is seen (alpha spending).

    Notes
    -----
    To each side 2 − 2Φ(z/√t) with z of α/4, or α/2 · ln(1 + (e − 1)t). Source: Lan & DeMets (1983), Discrete
    sequential boundaries for clinical trials, Biometrika 70(3).

    >>> spent([.2, .5, 1]).round(5).tolist()
    [0.0, 0.00305, 0.05]
    """
    t, alpha = np.asarray(information, float), _alpha(level)
    if shape not in SHAPES:
        raise unknown("shape of bounds", shape, SHAPES)
    if shape == "pocock":
        return alpha * np.log(1 + (np.e - 1) * t)
    return 4 * ndtr(ndtri(alpha / 4) / np.sqrt(t))


def spending_bounds(information: Sequence[float], *, shape: str = "obrien_fleming", level: float = 0.95) -> np.ndarray:
    """Bounds of |z| at looks that were not planned: each may err by what the time since the last one has earned.

    Parameters
    ----------
    information : share of the planned units seen at each look, ascending, up to 1 (beyond 1 counts as 1)

    >>> spending_bounds([.2, .4, .6, .8, 1]).round(2).tolist()  # Lan and DeMets' table of O'Brien and Fleming's type
    [4.88, 3.36, 2.68, 2.29, 2.03]
    """
    times = np.asarray(information, float)
    share = spent(np.minimum(times, 1.0), shape=shape, level=level)
    _check(times, times)
    path, found, used = _Path(), [], 0.0
    for k, (t, goal) in enumerate(zip(times, share, strict=True)):
        room = goal - used

        def excess(bound: float, t=t, room=room) -> float:
            return sum(path.beyond(bound, t)) - room

        nothing = room < 1e-12 or excess(_REACH) > 0
        found.append(_REACH if nothing else float(brentq(excess, 0.0, _REACH, xtol=1e-9)))
        if k < len(times) - 1:
            path.go_on(found[-1], t)
        used = goal
    return np.array(found)


def calibrated_chance(looks: int, *, level: float = 0.95, trust: float = np.inf) -> float:
    """Chance that an arm is better from which on stopping at any of so many looks errs as seldom as promised.

    Parameters
    ----------
    trust : variance of true differences believed before, over that of the difference at the last look; infinite: no
        idea before (a flat prior)

    Notes
    -----
    P(better) > c is z > Φ⁻¹(c) √(1 + 1/(trust · t)): a bound of z, whose rate of crossing either way is integrated.

    >>> round(calibrated_chance(5), 4), round(calibrated_chance(1), 3)
    (0.9921, 0.975)
    """
    check_looks(looks)
    if not trust > 0:
        raise ParameterError(f"trust = {trust}.", expected="a ratio of variances above 0")
    times = np.arange(1, looks + 1) / looks
    wider = np.sqrt(1 + 1 / (trust * times))
    alpha = _alpha(level)
    return float(ndtr(brentq(lambda c: crossing(c * wider, times).sum() - alpha, 0.01, 8.0, xtol=1e-9)))


def after_stopping(
    z: float, information: Sequence[float], bounds: Sequence[float], *, level: float = 0.9
) -> tuple[float, float, float]:
    """Drift behind a trial that stopped: median-unbiased estimate and interval, in units of z at information 1.

    Parameters
    ----------
    z : where it stopped; information, bounds : of the looks so far, the last the one at which it stopped

    Returns
    -------
    (estimate, low, high); times the standard error at information 1 they are differences

    Notes
    -----
    Outcomes are ordered by how early they stopped, then by z; each end is the drift under which an outcome as high as
    this has the chance it should have. Source: Tsiatis, Rosner & Mehta (1984), Exact confidence intervals following a
    group sequential test, Biometrics 40(3).

    >>> [round(float(v), 2) for v in after_stopping(2.5, [1], [1.96])]
    [2.5, 0.86, 4.14]
    >>> [round(float(v), 2) for v in after_stopping(2.5, [.2], [2.413])]  # an early stop as it looked: 5.59
    [5.59, 1.91, 9.27]
    """
    times = np.asarray(information, float)
    reached = np.append(np.asarray(bounds, float)[:-1], abs(z))
    paths = _paths(reached, times)

    def higher(drift: float) -> float:
        stops = [p.beyond(bound, t, drift) for p, bound, t in zip(paths, reached, times, strict=True)]
        earlier = sum(up for up, _ in stops[:-1])
        if z >= 0:
            return earlier + stops[-1][0]
        return 1.0 - sum(down for _, down in stops)  # all but those that stopped low, or are lower here

    far = (abs(z) + 8) / np.sqrt(times[0])
    found = [
        brentq(lambda d, p=p: higher(d) - p, -far, far, xtol=1e-6) for p in (0.5, (1 - level) / 2, (1 + level) / 2)
    ]
    return found[0], found[1], found[2]


def _alpha(level: float) -> float:
    if not 0.5 < level < 1:
        raise ParameterError(f"level = {level}.", expected="0.5 < level < 1", mend="level=0.95")
    return 1 - level


def check_looks(looks: int) -> None:
    """Raise where looks are no number of looks."""
    if not (isinstance(looks, (int, np.integer)) and 1 <= looks <= 200):
        raise ParameterError(f"looks = {looks}.", expected="a whole number, 1 to 200", mend="looks=5")


def _check(bounds: np.ndarray, times: np.ndarray) -> None:
    if len(bounds) != len(times) or not len(times):
        raise ParameterError(f"{len(bounds)} bounds for {len(times)} looks.", expected="a bound a look")
    if not (times[0] > 0 and (np.diff(times) > 0).all() and np.isfinite(times).all()):
        raise ParameterError(
            f"shares of units seen: {', '.join(f'{t:g}' for t in times[:8])}.",
            expected="above 0, each more than before",
        )
