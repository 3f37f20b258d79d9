"""A measure by day, week or month, every period of the calendar in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxlab.errors import DataError
from cxlab.wording import count, days, number, share

PERIODS: Mapping[str, str] = {"day": "D", "week": "W", "month": "M"}
#: periods of a year
A_YEAR: Mapping[str, float] = {"day": 365.25, "week": 52.1775, "month": 12.0}
_STEPS = {"day": "D", "week": "W-MON", "month": "MS"}


@dataclass(frozen=True)
class Kpi:
    """A measure by period.

    Parameters
    ----------
    table : a row a period of the calendar, none left out: period (first day), n, total (sum of values), value (total /
        n; missing where n = 0)
    name : what is measured ("share of answers satisfied")
    unit : "share", "points" or ""
    period : "day", "week" or "month"
    worse : "low", "high" or "" where neither side is worse
    scores : values an answer can take, evenly spaced; None where only mean and spread are known
    counts : answers by period and score, shape (periods, scores)
    sd : standard deviation of single values within a period, where there are no scores
    what : what n counts ("answers")
    notes : what a reader must know (part periods left out, periods without data)
    """

    table: pd.DataFrame
    name: str
    unit: str
    period: str
    worse: str = "low"
    scores: np.ndarray | None = None
    counts: np.ndarray | None = None
    sd: float = 0.0
    what: str = "answers"
    notes: tuple[str, ...] = ()

    def __len__(self):
        return len(self.table)

    @property
    def n(self) -> np.ndarray:
        return self.table["n"].to_numpy(float)

    @property
    def total(self) -> np.ndarray:
        return self.table["total"].to_numpy(float)

    @property
    def days(self) -> str:
        """From the first day to the last.

            >>> from cxlab.experience.monitor.periods import read_kpi
        >>> weekly = pd.DataFrame({"period": ["2026-01-05", "2026-01-12"], "events": [1, 2], "n": [4, 4]})
            >>> read_kpi(weekly).days
            '5 Jan 2026 – 18 Jan 2026'
        """
        first, last = self.table["period"].iloc[[0, -1]]
        return days(first, following(last, self.period) - pd.Timedelta(days=1))

    def show(self, value: float) -> str:
        """A value as a reader sees it.

        >>> weekly = pd.DataFrame({"period": ["2026-01-05"], "events": [1], "n": [4]})
        >>> from cxlab.experience.monitor.periods import read_kpi
        >>> read_kpi(weekly).show(.25), read_kpi(weekly).gap(-.25)
        ('25 %', '25 points')
        """
        if self.unit == "share":
            usual = float(np.median(self.n[self.n > 0])) if (self.n > 0).any() else 0.0
            return share(value, digits=int(usual >= 2500) + int(usual >= 250_000))
        return number(value, digits=2 if self.unit == "points" else 3) + (" points" if self.unit == "points" else "")

    def gap(self, value: float) -> str:
        """The size of a difference of two values."""
        if self.unit == "share":
            return number(100 * abs(value), digits=2) + " points"
        return self.show(abs(value))

    def when(self, at: int) -> str:
        """A period as it stands in a sentence.

        >>> from cxlab.experience.monitor.periods import read_kpi
        >>> day = {"period": ["2026-01-05"], "events": [1], "n": [4]}
        >>> [read_kpi(pd.DataFrame(day), period=period).when(0) for period in ("day", "week", "month")]
        ['on 5 Jan 2026', 'in the week from 5 Jan 2026', 'in January 2026']
        """
        start = self.table["period"].iloc[at]
        if self.period == "month":
            return f"in {start:%B %Y}"
        return f"{'on' if self.period == 'day' else 'in the week from'} {self.first_day(at)}"

    def first_day(self, at: int) -> str:
        """First day of a period."""
        start = self.table["period"].iloc[at]
        return f"{start.day} {start:%b %Y}"

    def rows(self, at) -> Kpi:
        """The same measure in some of its periods."""
        counts = None if self.counts is None else self.counts[at]
        return replace(self, table=self.table.iloc[at].reset_index(drop=True), counts=counts)


def tabled(index, n, total) -> pd.DataFrame:
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame({"period": index, "n": n, "total": total, "value": np.where(n > 0, total / n, np.nan)})


def on_calendar(wide: pd.DataFrame, period: str) -> pd.DataFrame:
    wide = wide.sort_index()
    every = pd.date_range(wide.index[0], wide.index[-1], freq=_STEPS[period], name="period")
    return wide.reindex(every)


def following(start, period: str):
    return (
        start + {"day": pd.DateOffset(days=1), "week": pd.DateOffset(days=7), "month": pd.DateOffset(months=1)}[period]
    )


def complete(kpi: Kpi, last: pd.Timestamp | None) -> Kpi:
    """Without a last period that is not over; and what is missing, said."""
    notes: list[str] = []
    if last is not None:
        over = (kpi.table["period"].map(lambda p: following(p, kpi.period)) <= last + pd.Timedelta(days=1)).to_numpy()
        if not over.any():
            raise DataError(f"no {kpi.period} is over.", expected=f"at least one whole {kpi.period}")
        if not over.all():
            first = kpi.table["period"][~over].iloc[0]
            notes.append(f"The {kpi.period} from {first.day} {first:%b %Y} is not over and left out.")
            kpi = kpi.rows(np.flatnonzero(over))
    empty = int((kpi.n == 0).sum())
    if empty:
        notes.append(
            f"{count(empty)} of {count(len(kpi))} {kpi.period}s {'has' if empty == 1 else 'have'} no {kpi.what}."
        )
    return replace(kpi, notes=tuple(notes))
