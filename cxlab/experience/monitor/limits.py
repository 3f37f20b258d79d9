"""Limits with a known false-alarm rate, whatever n is: of single periods, and of their exponentially weighted mean.

Together, the two charts signal falsely with the same chance in every period, given that they were silent before. The
distribution of the weighted mean is carried from period to period on a grid, once for every node of the baseline, so n
may change, be small or zero, and what the baseline does not know widens the limits. Dynamic probability limits as in
Shen, Zou, Jiang & Tsung (2013), Monitoring Poisson count data with probability control limits when sample sizes are
time varying, Naval Research Logistics 60(8); here for any scale, two charts and an estimated level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from cxlab.experience.monitor.level import Level

_CELLS = 1000
#: half the width of the grid, in standard deviations of the weighted mean
_REACH = 9.0
_QUICK = 0.5  # share of the false alarms that single periods may give


@dataclass(frozen=True)
class Limits:
    """Limits of every period after the baseline, missing where n = 0.

    Parameters
    ----------
    low, high : shape (periods,), values of a single period that do not signal
    mean_low, mean_high : shape (periods,), likewise of the weighted mean, as differences from the expected level
    chance : shape (periods,), of a false alarm, given none before
    size : answers behind the weighted mean at the end, for what comes next
    """

    low: np.ndarray
    high: np.ndarray
    mean_low: np.ndarray
    mean_high: np.ndarray
    chance: np.ndarray
    size: float


@dataclass(frozen=True)
class _Grid:
    at: np.ndarray

    @classmethod
    def of(cls, reach: float) -> _Grid:
        return cls(np.linspace(-reach, reach, _CELLS + 1))

    def split(self, values) -> tuple[np.ndarray, np.ndarray]:
        """Left neighbour of each value on the grid, and the share that goes to the right one."""
        place = np.clip((values - self.at[0]) / (self.at[1] - self.at[0]), 0, _CELLS - 1e-9)
        left = place.astype(int)
        return left, place - left

    def scaled(self, by: float) -> csr_array:
        """Matrix that moves probability from x to x · by."""
        return self._moving(self.at * by)

    def _moving(self, values) -> csr_array:
        """Matrix that puts each value on its neighbours, so that the mean is kept."""
        left, part = self.split(values)
        rows = np.arange(len(values))
        entries = (np.concatenate([1 - part, part]), (np.concatenate([rows, rows]), np.concatenate([left, left + 1])))
        return csr_array(entries, shape=(len(values), _CELLS + 1))

    def spread(self, values, p) -> np.ndarray:
        """Probabilities p (nodes, values) of values, put on the grid."""
        return p @ self._moving(values)

    def add(self, mass, step) -> np.ndarray:
        """Distribution of the sum of two independent quantities on the grid."""
        size = 2048  # two grids, and quick to transform
        whole = np.fft.irfft(np.fft.rfft(mass, size) * np.fft.rfft(step, size), size)
        half = _CELLS // 2
        return np.clip(whole[:, half : half + _CELLS + 1], 0, None)


def weights_of(n: np.ndarray, weight: float, size: float) -> tuple[np.ndarray, float]:
    """How much each period moves the weighted mean of answers, and answers behind the mean at the end.

    An answer of k periods ago counts (1 − weight)^k; the mean starts from the baseline, as worth `size` answers.

    >>> weights_of(np.array([10.0, 0.0, 10.0]), .2, 10.0)[0].round(3).tolist()
    [0.2, 0.0, 0.238]
    """
    found = np.zeros(len(n))
    for t, own in enumerate(n):
        size = (1 - weight) * size + weight * own
        found[t] = weight * own / size if size > 0 else 0.0
    return found, size


def limits(level: Level, n: np.ndarray, *, chance: float, weight: float) -> Limits:
    """Limits of the periods after the baseline.

    Parameters
    ----------
    n : answers of every period, the baseline included
    chance : of a false alarm of either chart in a period with data
    weight : of the newest period in the weighted mean, for n as usual
    """
    after = np.arange(level.baseline, len(n))
    held = n[: level.baseline]
    steps, size = weights_of(n[after], weight, float(held[held > 0].mean()))
    grid = _Grid.of(_REACH * _spread(level, n, after, steps))
    mass = np.zeros((len(level.weight), _CELLS + 1))
    mass[:, _CELLS // 2] = level.weight
    out = {name: np.full(len(n), np.nan) for name in ("low", "high", "mean_low", "mean_high", "chance")}
    for t, step in zip(after, steps, strict=True):
        if n[t] == 0:
            continue
        values, p = level.family.sums(level.theta + level.offsets[:, t], level.tau, n[t])
        first, last = _ends(mass.sum(1) @ p, chance * _QUICK)
        out["low"][t], out["high"][t] = values[first], values[last]
        p[:, :first], p[:, last + 1 :] = 0.0, 0.0
        moved = grid.add((mass @ grid.scaled(1 - step)), grid.spread(step * (values - level.expected[t]), p))
        every = moved.sum(0)
        gone = max(0.0, 1 - every.sum())
        first, last = _ends(every, max(0.0, chance - gone))
        out["mean_low"][t], out["mean_high"][t] = grid.at[first], grid.at[last]
        mass = np.zeros_like(moved)
        mass[:, first : last + 1] = moved[:, first : last + 1]
        out["chance"][t] = 1 - mass.sum()
        mass /= mass.sum()
    return Limits(**out, size=size)


def _ends(p: np.ndarray, chance: float) -> tuple[int, int]:
    """First and last of ordered values outside of which there is at most this chance, half of it on either side."""
    below = int(np.searchsorted(np.cumsum(p), chance / 2, side="right"))
    above = int(np.searchsorted(np.cumsum(p[::-1]), chance / 2, side="right"))
    return below, max(below, len(p) - 1 - above)


def _spread(level: Level, n, after, steps) -> float:
    """Largest standard deviation of the weighted mean."""
    family, w = level.family, level.weight
    most = variance = 0.0
    common = w @ (family.mean(level.theta) - w @ family.mean(level.theta)) ** 2
    for t, step in zip(after, steps, strict=True):
        if n[t] > 0:
            values, p = family.sums(level.theta[:1], np.array([w @ level.tau]), n[t])
            own = p[0] @ (values - p[0] @ values) ** 2
            variance = (1 - step) ** 2 * variance + step**2 * own
            most = max(most, variance)
    offset = w @ (level.offsets - w @ level.offsets) ** 2 if level.offsets.size else np.zeros(1)
    slope = float(family.slope(level.centre[0]))
    return float(np.sqrt(most + common + slope**2 * offset.max()))


def detection(level: Level, found: Limits, shift: float, *, n: float, weight: float, start: float = 0.0,
              periods: int = 260) -> np.ndarray:  # fmt: skip
    """Chance that either chart has signalled 1, 2, … periods after the level moved.

    Parameters
    ----------
    shift : by how much the level is now higher than expected
    n : answers of each coming period
    start : how far the weighted mean is from the expected level now

    Returns
    -------
    shape (periods,), cumulative; limits are those of the last period with data
    """
    theta, tau = level.centre
    theta = level.family.theta(float(level.family.mean(theta)) + shift)
    values, p = level.family.sums(np.array([theta]), np.array([tau]), n)
    usual = float(level.family.mean(level.centre[0]))
    every, all_p = level.family.sums(level.theta, level.tau, n)
    first, last = _ends(level.weight @ all_p, np.nanmean(found.chance) * _QUICK)
    p[:, (values < every[first] - 1e-9) | (values > every[last] + 1e-9)] = 0.0
    known = np.flatnonzero(~np.isnan(found.mean_low))[-1]
    low, high = found.mean_low[known], found.mean_high[known]
    steps, _ = weights_of(np.full(periods, n), weight, found.size)
    far = np.abs(values[p[0] > 1e-9] - usual).max() if (p[0] > 1e-9).any() else 0.0
    grid = _Grid.of(max(2.0 * max(high, -low), abs(start), min(far, 6 * max(high, -low))) * 1.01)
    mass = np.zeros((1, _CELLS + 1))
    left, part = grid.split(np.array([np.clip(start, low, high)]))
    mass[0, left], mass[0, left + 1] = 1 - part, part
    inside = (grid.at >= low - 1e-12) & (grid.at <= high + 1e-12)
    out = np.ones(periods)
    for t, step in enumerate(steps):
        mass = grid.add(mass @ grid.scaled(1 - step), grid.spread(step * (values - usual), p)) * inside
        out[t] = 1 - mass.sum()
        if out[t] > 0.9999:
            break
    return out
