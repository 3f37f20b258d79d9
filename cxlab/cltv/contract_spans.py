"""Rows of a table of contracts as spans of time, counted by what is known of them: all of it in the engine."""

from __future__ import annotations

import datetime as dt

import ibis
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown

#: whole units of the calendar in a period: name of the unit and how many of it
PERIODS = {"week": ("days", 7), "month": ("months", 1), "quarter": ("months", 3), "year": ("months", 12)}
#: what contracts are told apart by
KEYS = ["segment", "cohort", "opportunities", "renewals", "churned", "active"]
#: cohorts that a reader can take in; with more, the next longer unit is taken
MOST_COHORTS = 24
ONE_SEGMENT = "all contracts"
_FOREVER = dt.date(9999, 12, 31)


def lines(subscriptions: ibis.Table, customers: ibis.Table | None, segment: str) -> ibis.Table:
    """Every row with customer_id, start, end (days), price and segment.

    Raises
    ------
    ParameterError : neither table has a column `segment`.
    """
    has = subscriptions.columns
    label = ibis.literal(ONE_SEGMENT)
    if segment and segment != "cohort":
        if customers is not None and segment in customers.columns:
            labels = customers.select("customer_id", __label=_[segment].cast("string")).distinct(on="customer_id")
            subscriptions = subscriptions.left_join(labels, "customer_id").drop("customer_id_right")
            label = _["__label"].fill_null("(none)")
        elif segment in has:
            label = _[segment].cast("string").fill_null("(none)")
        else:
            known = [c for c in (*has, *([] if customers is None else customers.columns)) if c != "customer_id"]
            raise unknown("segment column", segment, [*dict.fromkeys(known), "cohort"])
    return subscriptions.select(
        "customer_id",
        start=_.start.cast("date"),
        end=_.end.cast("date") if "end" in has else ibis.null("date"),
        price=_.price.cast("float64") if "price" in has else ibis.null("float64"),
        segment=label,
    )


def bounds(lines: ibis.Table, period: str) -> dict:
    """Days and counts of the whole table, in one pass.

    Returns
    -------
    dict: rows, customers, first (start), latest_start, latest_end (not in the future), and how many rows end on a day
    of renewal (on_renewal) and the day before one (day_before)

    Raises
    ------
    DataError : there is no row.
    """
    at, day = _.end, ibis.interval(days=1)
    whole = whole_periods(_.start, at, period)
    on = whole > whole_periods(_.start, (at - day).cast("date"), period)
    before = whole_periods(_.start, (at + day).cast("date"), period) > whole
    today = ibis.literal(dt.date.today())
    found = (
        lines.agg(
            rows=_.count(), customers=_.customer_id.nunique(), first=_.start.min(), latest_start=_.start.max(),
            latest_end=_.end.max(where=_.end <= today), on_renewal=on.sum(), day_before=before.sum(),
        )
        .to_pandas()
        .iloc[0]
    )  # fmt: skip
    if not found["rows"]:
        raise DataError("subscriptions has no rows.", expected="at least one contract", mend="cxlab data check SOURCE")
    bounds = {k: 0 if pd.isna(found[k]) else int(found[k]) for k in ("rows", "customers", "on_renewal", "day_before")}
    for name in ("first", "latest_start", "latest_end"):
        value = found["latest_start"] if pd.isna(found[name]) else found[name]
        bounds[name] = pd.Timestamp(value).date()
    return bounds


def joined(spans: ibis.Table, period: str) -> ibis.Table:
    """Contracts of a customer as one while no gap of a period or more lies between them."""
    name, number = PERIODS[period]
    spans = spans.mutate(until=_.stop.fill_null(ibis.literal(_FOREVER)))
    earlier = ibis.window(group_by="customer_id", order_by=["start", "until"], rows=(None, -1))
    so_far = ibis.cumulative_window(group_by="customer_id", order_by=["start", "until"])
    reach = spans.mutate(reach=_.until.max().over(earlier))
    gap = _.start - ibis.interval(**{name: number}) >= _.reach
    runs = reach.mutate(fresh=(_.reach.isnull() | gap).ifelse(1, 0)).mutate(run=_.fresh.sum().over(so_far))
    order = [_.start, _.until, _.segment]
    return (
        runs.group_by("customer_id", "run")
        .agg(start=_.start.min(), until=_.until.max(), pieces=_.count(), segment=_.segment.first(order_by=order),
             price=_.price.last(order_by=[_.start, _.until, _.price]))
        .mutate(stop=(_.until < ibis.literal(_FOREVER)).ifelse(_.until, ibis.null("date")))
    )  # fmt: skip


def counted(spans: ibis.Table, cut: dt.date, period: str, unit: str, *, by_cohort: bool) -> pd.DataFrame:
    """Contracts counted by all that is asked of them.

    Parameters
    ----------
    spans : Ibis table with start, stop (first day without the contract; null while it lasts), segment, price, pieces
    cut : the last such day that can be known of

    Returns
    -------
    DataFrame, a row a distinct `KEYS` and at_renewal: those columns, contracts, pieces (rows), price (sum), priced
    """
    last = (_.stop - ibis.interval(days=1)).cast("date")
    known = spans.mutate(cut=ibis.literal(cut)).mutate(
        opportunities=whole_periods(_.start, _.cut, period),
        passed=whole_periods(_.start, last, period),
        due=whole_periods(_.start, _.stop, period),
        cohort=_cohort(unit),
    )
    lost = _.stop.notnull() & (_.passed < _.opportunities)
    table = known.mutate(
        churned=lost.ifelse(1, 0),
        renewals=lost.ifelse(_.passed, _.opportunities),
        active=_.stop.isnull().ifelse(1, 0),
        at_renewal=(_.due > _.passed).fill_null(False).ifelse(1, 0),
    )
    return (
        table.mutate(segment=_.cohort if by_cohort else _.segment)
        .group_by([*KEYS, "at_renewal"])
        .agg(contracts=_.count(), pieces=_.pieces.sum(), price=_.price.sum().fill_null(0.0), priced=_.price.count())
        .to_pandas()
    )


def whole_periods(start, stop, period: str):
    """Whole periods from one day to another, none when it is before: renewals due after `start` up to `stop`.

    The renewal of a day that a month lacks is due on the last day of that month.

    >>> days = ibis.memtable({"a": [dt.date(2024, 1, 31), dt.date(2024, 1, 31)],
    ...                       "b": [dt.date(2024, 2, 28), dt.date(2024, 2, 29)]})
    >>> days.select(n=whole_periods(_.a, _.b, "month")).n.to_pandas().tolist()
    [0, 1]
    """
    name, number = PERIODS[period]
    if name == "days":
        whole = stop.delta(start, unit="day") // number
    else:
        months = (stop.year() - start.year()) * 12 + (stop.month() - start.month())
        last_of_month = (stop + ibis.interval(days=1)).cast("date").day() == 1
        whole = (months - ((stop.day() < start.day()) & ~last_of_month).ifelse(1, 0)) // number
    return (whole > 0).ifelse(whole, 0).cast("int64")


def _cohort(unit: str):
    """Label of the cohort of `start`: the year, the quarter, the month, or the first day of the week."""
    year = _.start.year().cast("string")
    if unit == "year":
        return year
    if unit == "quarter":
        return year + " Q" + _.start.quarter().cast("string")
    return _.start.strftime("%Y-%m") if unit == "month" else _.start.truncate("W").strftime("%Y-%m-%d")


def cohort_unit(first: dt.date, last: dt.date, period: str) -> str:
    """The shortest unit from `period` on in which contracts that began between two days make few enough cohorts.

    >>> cohort_unit(dt.date(2020, 1, 1), dt.date(2023, 12, 31), "month")
    'quarter'
    """
    units = list(PERIODS)
    length = {"week": 7, "month": 30.5, "quarter": 91.3, "year": 365.25}
    for unit in units[units.index(period) :]:
        if (last - first).days / length[unit] < MOST_COHORTS:
            return unit
    return "year"
