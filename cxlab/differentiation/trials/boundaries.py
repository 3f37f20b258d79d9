"""Bounds for looking at a trial while it runs, which keep the promised rate of false alarms; by integration."""

from __future__ import annotations

from collections.abc import Sequence

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
    return np.array([up + (down if sides == 2 else 0.0) for up, down in _walk(bounds, information, drift, sides)])


def _walk(bounds, information, drift: float, sides: int):
    """Of each look the probabilities of stopping first there, above and below."""
    bounds, times = np.asarray(bounds, float), np.asarray(information, float)
    _check(bounds, times)
    grid = density = None
    before = 0.0
    for bound, t in zip(bounds, times, strict=True):
        sd, mean = np.sqrt(t - before), drift * (t - before)
        root = np.sqrt(t)
        edge = bound * root
        low = -edge if sides == 2 else -_REACH * root + min(drift * t, 0.0)
        if grid is None:
            yield 1 - ndtr((edge - mean) / sd), float(ndtr((low - mean) / sd))
        else:
            yield (
                float(density @ (1 - ndtr((edge - grid - mean) / sd))),
                float(density @ ndtr((low - grid - mean) / sd)),
            )
        cut = min(edge, _REACH * root + max(drift * t, 0.0))
        new = np.linspace(max(low, -_REACH * root + min(drift * t, 0.0)), cut, _GRID)
        weight = np.full(_GRID, 2.0)
        weight[1::2], weight[[0, -1]] = 4.0, 1.0
        weight *= (new[1] - new[0]) / 3
        if grid is None:
            shape = np.exp(-0.5 * ((new - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
        else:
            step = np.exp(-0.5 * ((new[:, None] - grid - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
            shape = step @ density
        grid, density, before = new, shape * weight, t


def peeking_error(looks: int, *, level: float = 0.95) -> float:
    """How often a useless change looks real in a trial looked at so often, each time as if it were the only one.

    >>> [round(100 * peeking_error(k), 1) for k in (1, 2, 5, 10, 20)]
    [5.0, 8.3, 14.2, 19.3, 24.8]
    """
    _looks(looks)
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
    _looks(looks)
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
    found: list[float] = []
    used = 0.0
    for k, goal in enumerate(share):
        room = goal - used
        if room < 1e-12:
            found.append(_REACH)
            continue

        def excess(bound: float, k=k, room=room) -> float:
            return float(crossing([*found, bound], times[: k + 1])[-1]) - room

        found.append(_REACH if excess(_REACH) > 0 else float(brentq(excess, 0.0, _REACH, xtol=1e-9)))
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
    _looks(looks)
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
    reached = np.append(np.asarray(bounds, float)[:-1], z)

    def higher(drift: float) -> float:
        ups = [up for up, _ in _walk(np.append(reached[:-1], _REACH), information, drift, 2)][:-1]
        return sum(ups) + _beyond(reached, information, drift)

    far = (abs(z) + 8) / np.sqrt(np.asarray(information, float)[0])
    found = [
        brentq(lambda d, p=p: higher(d) - p, -far, far, xtol=1e-6) for p in (0.5, (1 - level) / 2, (1 + level) / 2)
    ]
    return found[0], found[1], found[2]


def _beyond(reached: np.ndarray, information, drift: float) -> float:
    """Probability of going on to the last look and being at or above `reached` there."""
    *_, (up, down) = _walk(np.append(reached[:-1], abs(reached[-1])), information, drift, 2)
    if reached[-1] >= 0:
        return up
    going = (
        1.0 - sum(u + d for u, d in list(_walk(reached[:-1], information[:-1], drift, 2))) if len(reached) > 1 else 1.0
    )
    return going - down


def _alpha(level: float) -> float:
    if not 0.5 < level < 1:
        raise ParameterError(f"level = {level}.", expected="0.5 < level < 1", mend="level=0.95")
    return 1 - level


def _looks(looks: int) -> None:
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
