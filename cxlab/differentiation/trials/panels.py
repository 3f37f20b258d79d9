"""The table of a comparison over time: means of units by period, and when the treatment of each began."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxlab.errors import DataError
from cxlab.wording import MINUS, count, days, first_of, money, number, share

#: lengths of periods: the offset that leads to the next one, and how its first day follows from any day
PERIODS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
#: periods of a year
A_YEAR = {"day": 365.25, "week": 52.1775, "month": 12.0, "quarter": 4.0, "year": 1.0}
STEPS = {"day": {"days": 1}, "week": {"days": 7}, "month": {"months": 1}, "quarter": {"months": 3},
          "year": {"years": 1}}  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """Mean outcomes by unit and period.

    Parameters
    ----------
    units : names; periods : first day of every period of the calendar, none left out
    mean : shape (units, periods), NaN where there is no observation
    n, variance : shape (units, periods), observations behind each mean, and their variance (NaN where n < 2)
    start : shape (units,), first treated period of each unit; `len(periods)` where none is treated
    outcome : name of what is measured; period : "day", "week", "month", "quarter" or "year"
    measured : unit of the outcome: "share", "money" (in `currency`) or any other
    notes : what a reader must know
    """

    units: tuple[str, ...]
    periods: pd.DatetimeIndex
    mean: np.ndarray
    n: np.ndarray
    variance: np.ndarray
    start: np.ndarray
    outcome: str = "outcome"
    unit: str = "unit_id"
    period: str = "week"
    simulated: bool = False
    notes: tuple[str, ...] = ()
    measured: str = "points"
    currency: str = ""

    def __len__(self):
        return len(self.units)

    @property
    def never(self) -> int:
        """What `start` says of a unit without treatment: the number of periods."""
        return len(self.periods)

    @property
    def treated(self) -> np.ndarray:
        """Shape (units,), whether a unit is treated in some period."""
        return self.start < self.never

    @property
    def days(self) -> str:
        """From the first day to the last."""
        return days(self.periods[0], self.periods[-1] + pd.DateOffset(**STEPS[self.period]) - pd.Timedelta(days=1))

    @property
    def observations(self) -> int:
        return int(self.n.sum())

    @property
    def about(self) -> str:
        """What a caption says of the data: n, units, period."""
        return (
            f"n = {count(self.observations)} observations of {count(len(self))} units in {count(self.never)} "
            f"{self.period}s, {self.days}" + ("; simulated data" if self.simulated else "")
        )

    @property
    def lead(self) -> str:
        """How a sentence on made data begins."""
        return "Simulated data: " if self.simulated else ""

    def when(self, at: int) -> str:
        """A period as it stands in a sentence."""
        day = self.periods[at]
        if self.period == "year":
            return f"in {day:%Y}"
        if self.period == "quarter":
            return f"in quarter {day.quarter} of {day:%Y}"
        if self.period == "month":
            return f"in {day:%B %Y}"
        return f"{'on' if self.period == 'day' else 'in the week from'} {day.day} {day:%b %Y}"

    def show(self, value: float) -> str:
        """A level of the outcome as a reader sees it."""
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
        """What `change` counts, to stand behind its number; money says it itself."""
        return {"share": " points of a hundred", "money": ""}.get(self.measured, f" {self.measured}")

    def rows(self, at) -> Panel:
        """The panel of some units."""
        at = np.arange(len(self))[at]
        return replace(
            self,
            units=tuple(self.units[i] for i in at),
            **{name: getattr(self, name)[at] for name in ("mean", "n", "variance", "start")},
        )

    def span(self, first: int, last: int) -> Panel:
        """The panel of the periods first … last − 1; treatment that begins later is none."""
        start = np.where(self.start >= last, last - first, np.maximum(self.start - first, 0))
        parts = {name: getattr(self, name)[:, first:last] for name in ("mean", "n", "variance")}
        return replace(self, periods=self.periods[first:last], start=start, **parts)

    def complete(self) -> Panel:
        """The units that are seen in every period; what is left out is noted.

        Raises
        ------
        DataError : no unit is, or none of those treated.
        """
        whole = (self.n > 0).all(1)
        if whole.all():
            return self
        if not whole.any() or not (whole & self.treated).any():
            raise DataError(
                f"{count((~whole).sum())} of {count(len(self))} units have periods without an observation, "
                f"{first_of([u for u, w in zip(self.units, whole, strict=True) if not w])} among them.",
                expected="treated and untreated units that are seen in every period",
                mend='a longer period, as period="month"',
            )
        left = [u for u, w in zip(self.units, whole, strict=True) if not w]
        words = f"{count(len(left))} of {count(len(self))} units with gaps are left out ({first_of(left)})."
        return replace(self.rows(whole), notes=(*self.notes, words))


def counted(n: float, kind: str = "", noun: str = "unit") -> str:
    """How many of what, one of it as one.

    >>> counted(1, "treated"), counted(1200)
    ('1 treated unit', '1,200 units')
    """
    return f"{count(n)} {kind}{' ' * bool(kind)}{noun}{'s' * int(n != 1)}"


def chance(p_value: float) -> float | str:
    """A probability as the value of a check, without digits that no test earns.

    >>> chance(.25), chance(1e-9)
    (0.25, 'below 0.001')
    """
    return "below 0.001" if p_value < 0.001 else p_value


def rarely(p_value: float) -> str:
    """A probability of chance as a share in a sentence.

    >>> rarely(.25), rarely(.0123), rarely(1e-9)
    ('25 %', '1.2 %', 'less than 0.1 %')
    """
    return "less than 0.1 %" if p_value < 0.001 else share(p_value, digits=1 if p_value < 0.1 else 0)
