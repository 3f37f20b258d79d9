"""Change point: whether, when and by how much the level of a measure moved, "not at all" among the answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.ndimage import convolve1d
from scipy.special import logsumexp

from cxlab.errors import ModelError, ParameterError
from cxlab.experience.monitor.families import Measured
from cxlab.experience.monitor.kpi import A_YEAR, Kpi
from cxlab.experience.monitor.level import FEWEST, family_of
from cxlab.finding import Check, Finding
from cxlab.wording import count, interval, share

#: spreads between periods that are weighed, in variances of a usual period
_SPREADS = np.concatenate([[0.0], 2.0 ** np.arange(-2, 6)])
_GRID, _NODES, _WIDE = 401, 41, 6.0


@dataclass(frozen=True)
class Change:
    """What is known of one change of the level.

    Parameters
    ----------
    probability : of a change; worse : of one to the worse side (0 where neither is)
    when : shape (periods,), probability that the period is the first of a new level; its sum is `probability`
    size : mean, low and high of after − before, given a change; before, after : likewise
    likeliest : the period most likely the first of the new level
    since : earliest and latest first period, given a change (interval)
    """

    kpi: Kpi
    probability: float
    worse: float
    when: np.ndarray
    size: tuple[float, float, float]
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    likeliest: int
    since: tuple[int, int]
    level: float

    @property
    def sentence(self) -> str:
        """When and by how much, or that nothing shows."""
        kpi = self.kpi
        if self.probability < 0.5:
            return f"A lasting change of the level is not likely: its probability is {likely(self.probability)}."
        first, last = (kpi.first_day(at) for at in self.since)
        word = "fell" if self.size[0] < 0 else "rose"
        ends = interval(kpi.show(self.after[1]), kpi.show(self.after[2]), level=self.level)
        spread = "" if first == last else f" (at {self.level * 100:g} % between {first} and {last})"
        changed = "changed" if self.probability > 0.9 else "may have changed"
        return (
            f"The level {changed} (probability {likely(self.probability)}): it {word} by {kpi.gap(self.size[0])}, from "
            f"{kpi.show(self.before[0])} to {kpi.show(self.after[0])} {ends}, most likely "
            f"{kpi.when(self.likeliest)}{spread}."
        )

    @property
    def finding(self) -> Finding:
        """Finding "experience.change", see `change_point`."""
        kpi, n = self.kpi, self.kpi.n
        table = pd.DataFrame({"period": kpi.table["period"], "n": n.astype(int), "value": kpi.table["value"],
                              "probability": self.when})  # fmt: skip
        name = kpi.name[:1].upper() + kpi.name[1:]
        changed = f"changed {kpi.when(self.likeliest)}"
        return Finding(
            name="experience.change",
            title=f"{name} {changed}" if self.probability >= 0.5 else f"{name}: no change that lasts",
            text=f"{self.sentence} ({count(n.sum())} {kpi.what}, {kpi.days}.)",
            table=table,
            units={"n": "count", "probability": "share"} | ({"value": kpi.unit} if kpi.unit else {}),
            checks=(Check(f"{kpi.period}s with data", (n > 0).sum() >= 2 * FEWEST, count((n > 0).sum()),
                          f"≥ {2 * FEWEST}", "A change cannot be told from chance yet."),),
            draw=self.draw,
            caption=f"n = {count(n.sum())} {kpi.what}, {kpi.days}; posterior of one change point, every period "
            f"enumerated, {self.level * 100:g} % intervals.",
        )  # fmt: skip

    def draw(self, ax):
        from cxlab.experience.charts.monitor import draw_change

        return draw_change(ax, self.finding.table, unit=self.kpi.unit, name=self.kpi.name, period=self.kpi.period)


def change_point(
    kpi: Kpi, *, size: float = 0.25, years: float = 2.0, offsets: np.ndarray | None = None, level: float = 0.9
) -> Change:
    """Posterior of one lasting change of the level: whether, when and by how much.

    Parameters
    ----------
    size : standard deviation of a change before anything is seen, in standard deviations of one answer (a quarter is
        10 points of a share of 80 %, 20 points of NPS)
    years : in which one change is expected before anything is seen
    offsets : shape (periods,), what the season adds to θ, see `baseline_level`
    level : coverage of the intervals

    Returns
    -------
    Change; its `finding` "experience.change" has a row a period: period, n, value, probability (that it is the first of
    a new level)

    Raises
    ------
    ModelError : fewer than 3 periods have data. ParameterError : an option is out of range.

    Notes
    -----
    Every period is a candidate, and no change is one more. The level before has Jeffreys' prior, that after is normal
    around it; both are integrated on a grid for each candidate, and so is the spread between periods, which is none
    with a prior probability of a half. No sampling. Sources: Smith (1975), A Bayesian approach to inference about a
    change-point in a sequence of random variables, Biometrika 62(2); Carlin, Gelfand & Smith (1992), Hierarchical
    Bayesian analysis of changepoint problems, Applied Statistics 41(2).

    >>> from cxlab.experience.monitor.periods import read_kpi
    >>> events = [17, 16, 18, 15, 17, 16, 17, 18, 9, 10, 8, 10]
    >>> weeks = pd.date_range("2026-01-05", periods=12, freq="W-MON")
    >>> found = change_point(read_kpi(pd.DataFrame({"period": weeks, "events": events, "n": 20}), worse="low"))
    >>> found.likeliest, round(found.probability, 2), round(found.size[0], 1)
    (8, 0.91, -0.3)
    """
    if not size > 0 or not years > 0 or not 0 < level < 1:
        raise ParameterError(f"size = {size}, years = {years}, level = {level}.",
                             expected="size > 0, years > 0 and 0 < level < 1")  # fmt: skip
    held = np.flatnonzero(kpi.n > 0)
    if len(held) < 3:
        raise ModelError(f"only {len(held)} {kpi.period}s have data.", expected="at least 3")
    n, total = kpi.n[held], kpi.total[held]
    added = np.zeros(len(held)) if offsets is None else offsets[held]
    family = family_of(kpi, len(kpi))
    centre = family.theta(float(total.sum() / n.sum()))
    slope = float(family.slope(centre))
    variance = slope * getattr(family, "step", 0.0) or family.sd**2
    scale = size * np.sqrt(variance) / slope
    farthest = max(abs(family.theta(v) - centre) for v in ((total / n).min(), (total / n).max()))
    week = np.sqrt(variance / n.min()) / slope
    reach = min(farthest + 6 * min(scale, week), 12 * scale)
    fine = np.sqrt(variance / n.max()) / slope
    grid = centre + np.linspace(-reach, reach, int(np.clip(5 * reach / fine, _GRID, 4 * _GRID)))
    prior = np.zeros(_GRID)
    if kpi.scores is not None:
        prior = family.log_likelihood(grid, 0.0, family.low + family.step * family.prior_total, 1.0)
    chance = 1 - (1 - 1 / (years * A_YEAR[kpi.period] + 1)) ** (len(kpi) - 1)
    found = []
    for i, spread in enumerate(_SPREADS):
        tau = np.sqrt(spread * variance / np.median(n)) / slope
        each = _each(family, grid, added, tau, total, n)
        log_prior = np.log(0.5 if i == 0 else 0.5 / (len(_SPREADS) - 1))
        found.append(_enumerated(grid, np.cumsum(each, axis=0) + prior, scale, chance, log_prior))
    return _summed(kpi, family, held, found, level)


def _each(family, grid, added, tau: float, total, n) -> np.ndarray:
    """Log likelihood of every period (rows) at every level of the grid; levels of periods scatter by τ around it."""
    if tau == 0 or isinstance(family, Measured):
        return family.log_likelihood(grid + added[:, None], tau, total[:, None], n[:, None])
    h = grid[1] - grid[0]
    beyond = h * np.arange(1, int(np.ceil(4.5 * tau / h)) + 1)
    wide = np.concatenate([grid[0] - beyond[::-1], grid, grid[-1] + beyond])
    own = family.log_likelihood(wide + added[:, None], 0.0, total[:, None], n[:, None])
    most = own.max(1, keepdims=True)
    kernel = np.exp(-(((np.arange(-len(beyond), len(beyond) + 1) * h) / tau) ** 2) / 2)
    mixed = convolve1d(np.exp(own - most), kernel / kernel.sum(), axis=1, mode="constant")
    return most + np.log(np.maximum(mixed[:, len(beyond) : -len(beyond)], 1e-300))


@dataclass(frozen=True)
class _Candidates:
    """Every candidate under one spread between periods.

    log_weight has shape (candidates + 1,), that of no change at the end; before and after have shape (candidates,
    nodes), the log of their joint density (candidates, nodes, nodes).
    """

    log_weight: np.ndarray
    before: np.ndarray
    after: np.ndarray
    joint: np.ndarray


def _enumerated(grid, before, scale: float, chance: float, log_prior: float) -> _Candidates:
    """Integrals over the levels before and after each period but the first; `before` is cumulated, shape (t, grid)."""
    theta, log_b = _nodes(grid, before, before)
    whole = logsumexp(log_b[-1]) + np.log(theta[-1, 1] - theta[-1, 0])
    theta, log_b, later = theta[:-1], log_b[:-1], before[-1] - before[:-1]
    # few answers after: the prior around the level before holds the level after together
    wide = scale + (theta[:, -1:] - theta[:, :1]) / (2 * _WIDE)
    phi, log_a = _nodes(grid, later, later - ((grid - theta.mean(1, keepdims=True)) / wide) ** 2 / 2)
    z = (phi[:, None, :] - theta[:, :, None]) / scale
    joint = log_b[:, :, None] + log_a[:, None, :] - z**2 / 2 - np.log(scale * np.sqrt(2 * np.pi))
    cell = np.log((theta[:, 1] - theta[:, 0]) * (phi[:, 1] - phi[:, 0]))
    changed = logsumexp(joint, axis=(1, 2)) + cell + np.log(chance / len(joint))
    return _Candidates(np.append(changed, whole + np.log(1 - chance)) + log_prior, theta, phi, joint)


def _nodes(grid, log_likelihood, seen) -> tuple[np.ndarray, np.ndarray]:
    """Evenly spaced nodes around the maximum of each row of `seen`, and the log likelihood there."""
    h, rows = grid[1] - grid[0], np.arange(len(seen))
    top = np.clip(np.argmax(seen, axis=1), 1, len(grid) - 2)
    left, middle, right = (seen[rows, top + d] for d in (-1, 0, 1))
    curvature = np.maximum((2 * middle - left - right) / h**2, 1e-12)
    mode = grid[top] + np.clip((right - left) / (2 * h * curvature), -h, h)
    wide = np.minimum(_WIDE / np.sqrt(curvature), grid[-1] - grid[0])
    low, high = np.maximum(grid[0], mode - wide), np.minimum(grid[-1], mode + wide)
    nodes = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _NODES)
    # cubic through the four neighbours on the grid
    place = (nodes - grid[0]) / h
    at = np.clip(place.astype(int), 1, len(grid) - 3)
    u = place - at
    weights = (-u * (u - 1) * (u - 2) / 6, (u + 1) * (u - 1) * (u - 2) / 2, -(u + 1) * u * (u - 2) / 2,
               (u + 1) * u * (u - 1) / 6)  # fmt: skip
    values = sum(w * log_likelihood[rows[:, None], at + d] for d, w in zip((-1, 0, 1, 2), weights, strict=True))
    return nodes, values


def _summed(kpi: Kpi, family, held, found: list[_Candidates], level: float) -> Change:
    log_weight = np.array([c.log_weight for c in found])
    weight = np.exp(log_weight - logsumexp(log_weight))
    when = np.zeros(len(kpi))
    when[held[1:]] = weight[:, :-1].sum(0)
    parts: dict[str, list[np.ndarray]] = {"weight": [], "before": [], "after": []}
    for own, weights in zip(found, weight[:, :-1], strict=True):
        at = np.flatnonzero(weights > 1e-5 * weight[:, :-1].max())
        p = np.exp(own.joint[at] - own.joint[at].max(axis=(1, 2), keepdims=True))
        p *= (weights[at] / p.sum(axis=(1, 2)))[:, None, None]
        b, a = np.broadcast_arrays(family.mean(own.before[at])[:, :, None], family.mean(own.after[at])[:, None, :])
        for name, values in (("weight", p), ("before", b), ("after", a)):
            parts[name].append(values.ravel())
    w, before, after = (np.concatenate(part) for part in parts.values())
    w /= w.sum()
    size, probability = after - before, float(when.sum())
    worse = {"low": float(w[size < 0].sum()), "high": float(w[size > 0].sum())}.get(kpi.worse, 0.0) * probability
    order = np.cumsum(when) / probability
    since = tuple(int(np.searchsorted(order, p)) for p in ((1 - level) / 2, (1 + level) / 2))
    summary = [_ends(values, w, level) for values in (size, before, after)]
    return Change(kpi, probability, worse, when, *summary, int(np.argmax(when)), since, level)


def likely(probability: float) -> str:
    """A probability without digits that no model earns.

    >>> likely(.993), likely(.4), likely(.001)
    ('more than 99 %', '40 %', 'less than 1 %')
    """
    if probability > 0.99:
        return "more than 99 %"
    return "less than 1 %" if probability < 0.01 else share(probability)


def _ends(values, weights, level: float) -> tuple[float, float, float]:
    order = np.argsort(values)
    rank = np.cumsum(weights[order])
    low, high = (
        values[order][min(np.searchsorted(rank, p), len(rank) - 1)] for p in ((1 - level) / 2, (1 + level) / 2)
    )
    return float(weights @ values), float(low), float(high)
