"""One series out of a panel: the treated units taken together, or their difference to the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.panels import Panel
from cxlab.errors import DataError, unknown

_BEFORE, _AFTER = 8, 3


@dataclass(frozen=True)
class Series:
    """A series of periods, those without an observation left out.

    Parameters
    ----------
    periods, at : first day and number of each; value, n : mean and observations
    begins : number of the first treated period; period : "week" …
    subtracted : whether the mean of the untreated is taken off
    """

    periods: pd.DatetimeIndex
    at: np.ndarray
    value: np.ndarray
    n: np.ndarray
    begins: float
    period: str
    subtracted: bool = False

    @property
    def after(self) -> np.ndarray:
        return self.at >= self.begins

    def rows(self, at, *, begins: float) -> Series:
        """Some of the periods, cut elsewhere."""
        return replace(
            self, periods=self.periods[at], at=self.at[at], value=self.value[at], n=self.n[at], begins=begins
        )


def series_of(panel: Panel, *, unit: str = "", subtract: bool = False, begins: float | None = None) -> Series:
    """The treated units as one series, every observation alike.

    Parameters
    ----------
    unit : the one that is taken, where treatment began at several times
    subtract : take off the mean of the untreated
    begins : first treated period, where no unit of the panel is treated

    Raises
    ------
    DataError : treatment began at several times; too few periods; the series never changes.
    """
    if unit and unit not in panel.units:
        raise unknown("unit", unit, panel.units)
    own = np.array([u == unit for u in panel.units]) if unit else panel.treated
    if begins is not None:
        own = np.ones(len(panel), bool)
    elif len(np.unique(panel.start[own])) != 1:
        raise DataError(
            f"treatment began at {len(np.unique(panel.start[own]))} times.", expected="one, or one unit",
            mend=f"unit={panel.units[int(np.argmax(own))]!r}; difference_in_differences takes them together",
        )  # fmt: skip
    begins = float(panel.start[own][0] if begins is None else begins)
    if begins >= panel.never:
        raise DataError(f"unit {unit!r} is not treated within the time that is seen.", expected="a treated unit")
    value, n = _mean(panel, own)
    if subtract:
        others = ~panel.treated
        if not others.any():
            raise DataError("no unit is untreated: there is nothing to subtract.", expected="untreated units",
                            mend="subtract=False")  # fmt: skip
        other, m = _mean(panel, others)
        with np.errstate(divide="ignore", invalid="ignore"):
            value, n = value - other, np.where((n > 0) & (m > 0), 1 / (1 / n + 1 / m), 0)
    seen = n > 0
    at = np.flatnonzero(seen).astype(float)
    before, after = int((at < begins).sum()), int((at >= begins).sum())
    if before < _BEFORE or after < _AFTER:
        raise DataError(f"{before} {panel.period}s before and {after} after treatment have observations.",
                        expected=f"{_BEFORE} before and {_AFTER} after at least", mend="a shorter period")  # fmt: skip
    if np.ptp(value[seen]) == 0:
        raise DataError(f"{panel.outcome} never changes ({value[seen][0]:g}).", expected="an outcome that can change")
    return Series(panel.periods[seen], at, value[seen], n[seen], begins, panel.period, subtract)


def _mean(panel: Panel, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = panel.n[own].sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nansum(panel.n[own] * np.nan_to_num(panel.mean[own]), axis=0) / n, n
