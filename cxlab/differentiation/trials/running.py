"""Rows by a running variable: what decides who is treated, and what came of it, value by value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.differentiation.trials.panel_rows import is_simulated, trial_rows
from cxlab.errors import DataError, ParameterError
from cxlab.wording import MINUS, count, days, money, number, share

#: different values up to which each is kept; beyond, values that are nearly alike are taken together
_VALUES = 20_000
_FEWEST = 8


@dataclass(frozen=True)
class Running:
    """Outcomes by distance to a cut-off.

    Parameters
    ----------
    x : shape (values,), distance to the cut-off, ascending; 0 and above is treated
    n, mean, square : shape (values,), rows, their mean outcome, and the sum of squares around it
    received, received_square, cross : mean of who really was treated, its sum of squares and that of its product with
        the outcome; None where the cut-off decides all
    covariates : name → mean and sum of squares, shape (values,) each, of what was settled before
    outcome, name, cutoff : of the outcome and of the running variable
    """

    x: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    square: np.ndarray
    outcome: str
    name: str
    cutoff: tuple[float, ...]
    received: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
    covariates: dict[str, tuple[np.ndarray, np.ndarray]] | None = None
    measured: str = "points"
    currency: str = ""
    simulated: bool = False
    days: str = ""

    @property
    def treated(self) -> np.ndarray:
        return self.x >= 0

    @property
    def about(self) -> str:
        """What a caption says of the data."""
        return (f"n = {count(self.n.sum())} rows at {count(len(self.x))} values of {self.name}"
                f"{', ' * bool(self.days)}{self.days}" + ("; simulated data" if self.simulated else ""))  # fmt: skip

    def rows(self, at) -> Running:
        """Some of the values."""
        return replace(
            self, x=self.x[at], n=self.n[at], mean=self.mean[at], square=self.square[at],
            received=None if self.received is None else tuple(part[at] for part in self.received),
            covariates={k: (m[at], s[at]) for k, (m, s) in (self.covariates or {}).items()},
        )  # fmt: skip

    def moved(self, by: float) -> Running:
        """The same rows as if the cut-off lay `by` higher."""
        return replace(self, x=self.x - by, received=None)

    def of(self, covariate: str) -> Running:
        """The covariate in the place of the outcome."""
        mean, square = (self.covariates or {})[covariate]
        known = ~np.isnan(mean)
        found = replace(self, mean=mean, square=np.nan_to_num(square), received=None, outcome=covariate)
        return found.rows(known)

    def show(self, value: float) -> str:
        """A level of the outcome."""
        if self.measured == "share":
            return share(value, digits=1)
        return money(value, self.currency) if self.measured == "money" else number(value)

    def change(self, value: float) -> str:
        """A difference of two levels, with its sign; of shares in points of a hundred."""
        sign = "+" if value > 0 else MINUS if value < 0 else ""
        if self.measured == "money":
            return sign + money(abs(value), self.currency)
        return sign + number(abs(value) * (100 if self.measured == "share" else 1), digits=3)

    @property
    def points(self) -> str:
        return {"share": " points of a hundred", "money": ""}.get(self.measured, f" {self.measured}")


def read_running(
    source, *, running: str, cutoff: float | Sequence[float], outcome: str = "outcome", received: str = "",
    covariates: Sequence[str] = (), above: bool = True, trial: str = "", measured: str = "", currency: str = "",
    label: str = "",
) -> Running:  # fmt: skip
    """Outcomes by distance to a cut-off, grouped in the engine.

    Parameters
    ----------
    source : Dataset with `trials`, or an Ibis table or DataFrame
    running : column that decides; cutoff : where, or several of them, of which the nearest counts (a shown rating that
        is rounded to half stars changes at 3.25, 3.75, 4.25 …)
    outcome, received : columns; received (0 or 1) says who really was treated, where the cut-off decides not all
    covariates : columns settled before, which must not jump
    above : whether the rows at the cut-off and above are treated; False: those below it
    trial, measured, currency, label : see `read_panel`

    Raises
    ------
    DataError : columns are missing, or a side of the cut-off has fewer than 8 values.

    >>> stars = pd.DataFrame({"rating": np.linspace(3.3, 4.2, 37), "outcome": 5.0})
    >>> found = read_running(stars.assign(outcome=np.arange(37.)), running="rating", cutoff=(3.25, 3.75, 4.25))
    >>> float(found.x.min().round(3)), float(found.x.max().round(3)), len(found.x)
    (-0.225, 0.25, 20)
    """
    cutoffs = tuple(float(c) for c in np.atleast_1d(np.asarray(cutoff, float)))
    if not cutoffs or not np.isfinite(cutoffs).all():
        raise ParameterError(f"cutoff = {cutoff}.", expected="a number, or several")
    needed = list(dict.fromkeys([running, outcome, *([received] if received else []), *covariates]))
    table = trial_rows(source, needed=needed, numbers=needed, trial=trial)
    table = table.filter(table[running].notnull(), table[outcome].notnull())
    period = _days(table)
    nearest = table[running] - cutoffs[0]
    for other in cutoffs[1:]:
        distance = table[running] - other
        nearest = ibis.ifelse(distance.abs() < nearest.abs(), distance, nearest)
    step = 0.0
    if len(cutoffs) > 1:  # farther out than half way to the next cut-off nothing is near one
        table = table.filter(nearest.abs() <= np.diff(np.sort(cutoffs)).min() / 2 + 1e-9)
    if table.select(x=nearest).distinct().count().execute() > _VALUES:
        ends = table.agg(low=nearest.min(), high=nearest.max()).execute().iloc[0]
        step = (ends["high"] - ends["low"]) / _VALUES
    # 4.35 − 4.25 and 3.85 − 3.75 are one distance, though not to their last bit
    x = ((nearest / step).floor() + 0.5) * step if step else nearest.round(9)
    sums = {"n": _.count(), "mean": _.y.mean(), "var": _.y.var(how="pop"), "least": _.y.min(), "most": _.y.max()}
    columns = {"x": x, "y": table[outcome]}
    if received:
        columns["d"] = table[received]
        sums |= {"d": _.d.mean(), "d_var": _.d.var(how="pop"), "yd": _.y.cov(_.d, how="pop")}
    for i, name in enumerate(covariates):
        columns[f"c{i}"] = table[name]
        sums |= {f"c{i}": _[f"c{i}"].mean(), f"c{i}_var": _[f"c{i}"].var(how="pop")}
    cells = table.select(**columns).group_by("x").agg(**sums).execute().sort_values("x", ignore_index=True)
    cells["var"] = cells["var"].fillna(0)
    sides = {"below": int((cells["x"] < 0).sum()), "at and above": int((cells["x"] >= 0).sum())}
    for side, values in sides.items():
        if values < _FEWEST:
            raise DataError(f"{count(values)} values of {running} lie {side} {_named(cutoffs)}.",
                            expected=f"{_FEWEST} at least on each side")  # fmt: skip
    if cells["mean"].max() == cells["mean"].min() and not (cells["var"] > 0).any():
        raise DataError(f"{outcome} never changes.", expected="an outcome that can change")
    shares = cells["least"].min() >= 0 and cells["most"].max() <= 1
    n = cells["n"].to_numpy(float)
    treated = None
    if received:
        treated = (cells["d"].to_numpy(float), cells["d_var"].fillna(0).to_numpy(float) * n,
                   cells["yd"].fillna(0).to_numpy(float) * n)  # fmt: skip
    given = {name: (cells[f"c{i}"].to_numpy(float), cells[f"c{i}_var"].to_numpy(float) * n)
             for i, name in enumerate(covariates)}  # fmt: skip
    found = Running(
        cells["x"].to_numpy(float), n, cells["mean"].to_numpy(float), cells["var"].to_numpy(float) * n,
        label or outcome, running, cutoffs, treated, given, measured or ("share" if shares else "points"), currency,
        is_simulated(source), period,
    )  # fmt: skip
    return found if above else replace(found.rows(slice(None, None, -1)), x=_turned(found.x))


def signed(value: float) -> str:
    """A distance with its sign.

    >>> signed(-1.03), signed(.5)
    ('−1.03', '+0.500')
    """
    return ("+" if value > 0 else MINUS if value < 0 else "") + number(abs(value))


def _turned(x: np.ndarray) -> np.ndarray:
    """Distances the other way round, so that what was below is treated; what lay at the cut-off is not."""
    turned = -x[::-1]
    return np.where(turned == 0, -1e-9, turned)


def _days(table) -> str:
    kind = table.timestamp.type() if "timestamp" in table.columns else None
    if kind is None or not (kind.is_timestamp() or kind.is_date()):
        return ""
    ends = table.agg(first=_.timestamp.min(), last=_.timestamp.max()).execute().iloc[0]
    return "" if pd.isna(ends["first"]) else days(pd.Timestamp(ends["first"]), pd.Timestamp(ends["last"]))


def _named(cutoffs) -> str:
    return "the cut-off " + ", ".join(f"{c:g}" for c in cutoffs)
