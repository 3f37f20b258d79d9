"""Uncertain quantities: from three points, an interval, draws, a finding or an effect, never outside their bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from zlib import crc32

import numpy as np
from scipy.special import ndtri

from cxlab.differentiation.returns.quantile_curve import curve_through, middle_of_mode, scale_between
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Finding
from cxlab.wording import number

DRAWS = 4000
#: bounds of quantities by their unit
_BOUNDS = {"share": (0.0, 1.0), "count": (0.0, np.inf)}


@dataclass(frozen=True, eq=False)
class Uncertain:
    """A quantity that is not known for sure.

    Parameters
    ----------
    name : what it is
    draws : equally likely values, in no order
    unit : of the values ("money", "share", …)
    source : where it comes from ("three points", "trial", "finding cltv.value", …)
    lower, upper : bounds it cannot leave
    curve : its quantile function, where it is known; otherwise the draws are interpolated

    Quantities of different names vary independently of one another unless `sample_together` is told otherwise.
    """

    name: str
    draws: np.ndarray = field(repr=False)
    unit: str = ""
    source: str = ""
    lower: float = -np.inf
    upper: float = np.inf
    curve: Callable[[np.ndarray], np.ndarray] | None = field(default=None, repr=False)

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(self.draws.mean())

    @property
    def certain(self) -> bool:
        """Whether all draws are one value."""
        return bool(np.ptp(self.draws) == 0)

    def at(self, probability) -> np.ndarray:
        """Quantiles."""
        probability = np.asarray(probability, float)
        if self.curve is not None:
            return self.curve(probability)
        return np.quantile(self.draws, probability, method="hazen")

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Equal-tailed interval."""
        check_level(level)
        low, high = self.at([(1 - level) / 2, (1 + level) / 2])
        return float(f"{low:.12g}"), float(f"{high:.12g}")

    def times(self, factor: float, *, name: str = "", unit: str = "") -> Uncertain:
        """The quantity times a number: an effect a customer times customers, say.

        >>> three_points("extra a visit", 1, 2, 4).times(500, name="extra a year").interval()
        (500.0, 2000.0)
        """
        if not np.isfinite(factor):
            raise ParameterError(f"{self.name} × {factor}.", expected="a finite number")
        ends = sorted(end * factor if factor else 0.0 for end in (self.lower, self.upper))
        curve = self.curve
        turned = None if curve is None else lambda p: factor * curve(p if factor >= 0 else 1 - p)
        return replace(self, name=name or self.name, unit=unit or self.unit, draws=factor * self.draws,
                       lower=ends[0], upper=ends[1], curve=turned)  # fmt: skip


def three_points(
    name: str, low: float, likely: float, high: float, *, level: float = 0.9, reads: str = "median",
    lower: float = -np.inf, upper: float = np.inf, unit: str = "", draws: int = DRAWS,
    rng: np.random.Generator | int = 0, source: str = "three points",
) -> Uncertain:  # fmt: skip
    """A quantity from a low, a likely and a high value.

    Parameters
    ----------
    low, high : lie below and above with a probability of (1 − level)/2 each: once in twenty at the default level
    likely : the middle (`reads="median"`: as often more as less), or the value met most often (`reads="mode"`)
    lower, upper : bounds of the quantity (a cost is not below 0); reaching a bound, `low` and `high` pile up there
    draws : evenly spread quantiles, in random order

    Raises
    ------
    ParameterError : the values are not in order, not finite, or outside the bounds; or no curve has such a mode.

    >>> q = three_points("cost", 8_000, 10_000, 15_000, lower=0)
    >>> [round(float(v)) for v in q.at([.05, .5, .95])], bool(q.draws.min() > 0)
    ([8000, 10000, 15000], True)
    """
    check_level(level)
    _in_order(name, low, likely, high, lower, upper)
    if reads not in ("median", "mode"):
        raise unknown("reading of the likely value", reads, ("median", "mode"))
    low, likely, high = float(low), float(likely), float(high)
    reach = float(ndtri((1 + level) / 2))
    there, back, within = scale_between(low, high, lower, upper)
    ends = there(np.array([low, high]))
    if ends[1] - ends[0] <= 1e-12 * abs(ends).max() + 1e-250:
        return constant(name, likely, unit=unit, draws=draws, source=source)
    middle = likely if reads == "median" else middle_of_mode(name, ends, likely, there, back, reach)
    bend = curve_through(ends[0], float(there(middle)), ends[1], reach)

    def curve(p):
        return np.clip(back(bend(ndtri(np.asarray(p, float)))), lower, upper)

    words = (
        f"{source}: {50 * (1 - level):g} % below {number(low)}, as much above {number(high)}; {number(likely)} is the "
    )
    words += reads + ("" if within else "; what passes a bound is set to it")
    return _from_curve(name, curve, unit, words, lower, upper, draws, rng)


def from_interval(
    name: str, value: float, low: float, high: float, *, level: float = 0.9, lower: float = -np.inf,
    upper: float = np.inf, unit: str = "", draws: int = DRAWS, rng: np.random.Generator | int = 0,
    source: str = "interval",
) -> Uncertain:  # fmt: skip
    """A quantity from an estimate and its interval at `level`: the estimate is taken as the median.

    >>> from_interval("retained", .8, .7, .88, unit="share").interval(.9)
    (0.7, 0.88)
    """
    lower, upper = max(lower, _BOUNDS.get(unit, (-np.inf,))[0]), min(upper, _BOUNDS.get(unit, (0, np.inf))[1])
    return three_points(name, low, value, high, level=level, lower=lower, upper=upper, unit=unit, draws=draws,
                        rng=rng, source=source)  # fmt: skip


def from_draws(name: str, draws, *, weights=None, unit: str = "", source: str = "draws") -> Uncertain:
    """A quantity from draws of a posterior or a bootstrap.

    Raises
    ------
    DataError : there are no draws, or some are not finite.

    >>> from_draws("effect", [1, 2, 3]).mean
    2.0
    """
    values = np.asarray(draws, float).ravel()
    lost = int((~np.isfinite(values)).sum())
    if not len(values) or lost:
        found = f"{lost} of {len(values)} draws of {name!r} are not finite." if lost else f"{name!r} has no draws."
        raise DataError(found, expected="finite numbers, one a draw")
    if weights is not None:
        weights = np.asarray(weights, float)
        if weights.shape != values.shape or not (weights >= 0).all() or not weights.sum() > 0:
            raise ParameterError(f"the weights of {name!r} do not fit its draws.", expected="a weight ≥ 0 a draw")
        order = np.argsort(values)
        rank = np.cumsum(weights[order]) / weights.sum()
        at = np.minimum(np.searchsorted(rank, (np.arange(DRAWS) + 0.5) / DRAWS), len(values) - 1)
        values = values[order][at]
    return Uncertain(name, _mixed(name, values, 0), unit, source)


def from_finding(
    finding: Finding, column: str, row: int | Mapping = 0, *, level: float = 0.9, name: str = "",
    draws: int = DRAWS, rng: np.random.Generator | int = 0,
) -> Uncertain:  # fmt: skip
    """A quantity from a row of a finding: `column` with its interval, of <column>_low and _high, or low and high.

    Parameters
    ----------
    row : its position, or values that name it ({"driver": "staff"})
    level : of the intervals of the finding

    Raises
    ------
    ParameterError : the finding has no such column, row or interval.

    >>> import pandas as pd
    >>> f = Finding("cltv.demo", "", "", pd.DataFrame({"value": [40.], "low": [30.], "high": [60.]}))
    >>> q = from_finding(f, "value"); q.source, q.interval()
    ('finding cltv.demo', (30.0, 60.0))
    """
    table = finding.table
    if column not in table.columns:
        raise unknown("column", column, table.columns)
    picked = table
    if isinstance(row, Mapping):
        for key, value in row.items():
            if key not in table.columns:
                raise unknown("column", key, table.columns)
            picked = picked[picked[key] == value]
        if len(picked) != 1:
            raise ParameterError(f"{len(picked)} rows of {finding.name} have {dict(row)}.", expected="exactly one")
    elif not -len(table) <= row < len(table):
        raise ParameterError(f"{finding.name} has {len(table)} rows, not row {row}.", expected="a row it has")
    values = picked.iloc[0 if isinstance(row, Mapping) else row]
    ends = next((pair for pair in ((f"{column}_low", f"{column}_high"), ("low", "high"))
                 if set(pair) <= set(table.columns)), None)  # fmt: skip
    if ends is None:
        raise ParameterError(f"{finding.name} has no interval for {column!r}.",
                             expected=f"columns {column}_low and {column}_high, or low and high")  # fmt: skip
    return replace(
        from_interval(name or column, values[column], values[ends[0]], values[ends[1]], level=level,
                      unit=finding.units.get(column, ""), draws=draws, rng=rng),
        source=f"finding {finding.name}",
    )  # fmt: skip


def constant(name: str, value: float, *, unit: str = "", draws: int = DRAWS, source: str = "known") -> Uncertain:
    """A quantity that is known.

    >>> constant("fee", 120).interval()
    (120.0, 120.0)
    """
    if not np.isfinite(value):
        raise ParameterError(f"{name} = {value}.", expected="a finite number")
    value = float(value)
    return Uncertain(name, np.full(draws, value), unit, source, curve=lambda p: np.full(np.shape(p), value))


def as_uncertain(name: str, value, *, unit: str = "", lower: float = -np.inf, rng: np.random.Generator | int = 0):
    """Whatever says a quantity, as `Uncertain`: itself, an effect with draws, (low, likely, high), or a number.

    >>> as_uncertain("running", (1, 2, 4)).interval(), as_uncertain("running", 3).certain
    ((1.0, 4.0), True)
    """
    if isinstance(value, Uncertain):
        return value
    if hasattr(value, "draws"):
        return from_draws(name, value.draws, unit=getattr(value, "unit", unit), source=f"trial {value.name!r}")
    if isinstance(value, (tuple, list)) and len(value) == 3:
        return three_points(name, *value, unit=unit, lower=lower, rng=rng)
    if isinstance(value, (int, float, np.number)):
        return constant(name, float(value), unit=unit)
    raise ParameterError(f"{name} is {type(value).__name__}.",
                         expected="a number, (low, likely, high), an Uncertain or an Effect")  # fmt: skip


def _in_order(name, low, likely, high, lower, upper):
    values = (low, likely, high)
    if not all(np.isfinite(v) for v in values):
        raise ParameterError(f"{name}: low, likely, high = {low}, {likely}, {high}.", expected="three finite numbers")
    if not low <= likely <= high:
        raise ParameterError(f"{name}: low, likely, high = {low:g}, {likely:g}, {high:g}.",
                             expected="low ≤ likely ≤ high", mend="write the smallest first")  # fmt: skip
    if low < lower or high > upper:
        raise ParameterError(f"{name}: {low:g} to {high:g} passes a bound.", expected=f"{lower:g} to {upper:g}")


def _from_curve(name, curve, unit, source, lower, upper, draws, rng) -> Uncertain:
    if draws < 100:
        raise ParameterError(f"draws = {draws}.", expected="100 or more", mend=f"draws={DRAWS}")
    values = curve((np.arange(draws) + 0.5) / draws)
    return Uncertain(name, _mixed(name, values, rng), unit, source, lower, upper, curve)


def _mixed(name: str, values: np.ndarray, rng) -> np.ndarray:
    """The values in an order of the quantity's own, so that two quantities of the same seed do not move together."""
    if not isinstance(rng, np.random.Generator):
        rng = np.random.default_rng([int(rng), crc32(name.encode())])
    return rng.permutation(values)
