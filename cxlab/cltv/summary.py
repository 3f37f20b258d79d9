"""From an order log to what the models need: one row a customer in the engine, and the distinct rows among them.

frequency  repeat purchases: steps of time with a purchase, after the first one
recency    age at the last purchase (0 for one-time buyers)
T          age at the end of observation
All are counted on a `grain` of time (purchases within one day are one purchase) and measured in a `time_unit`.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.cltv.rows import Rows
from cxlab.data.backends import beside
from cxlab.errors import DataError, ParameterError, unknown

#: length of each unit of time, in days
DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25}
_TRUNCATE = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_PERIODS = {"week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
_KEYS = ["segment", "frequency", "recency_steps", "T_steps"]
MOST_SEGMENTS = 30


@dataclass(frozen=True)
class Summary:
    """Customers of an order log, summarised; units and dates travel with it.

    Parameters
    ----------
    customers : Ibis table, a row a customer: customer_id, segment, first_purchase, frequency, recency_steps, T_steps,
        recency, T (in `time_unit`), monetary_value (mean spend a repeat purchase; null without any), first_value,
        holdout_frequency and holdout_value (purchases and money after `observation_end`; 0 without holdout)
    distinct : DataFrame, a row a distinct (segment, frequency, recency, T): those columns, customers (count),
        repeat_value (money of repeat purchases), holdout_frequency, holdout_square (sum of squares), holdout_value
    visits : Ibis table, a row a customer and step of time with a purchase: customer_id, step (date), value
    time_unit, grain : "day", "week", "month", "quarter" or "year"
    observation_end : last day of the period the models see; holdout_end : last day of the holdout (None without one)
    left_out : customers whose first purchase came after `observation_end`
    """

    customers: ibis.Table
    distinct: pd.DataFrame
    visits: ibis.Table
    time_unit: str
    grain: str
    observation_start: dt.date
    observation_end: dt.date
    holdout_end: dt.date | None
    left_out: int
    currency: str = ""

    @property
    def scale(self) -> float:
        """Length of a step of `grain` in `time_unit`."""
        return DAYS[self.grain] / DAYS[self.time_unit]

    @property
    def n_customers(self) -> int:
        return int(self.distinct["customers"].sum())

    @property
    def repeat_buyers(self) -> int:
        return int(self.distinct.loc[self.distinct["frequency"] > 0, "customers"].sum())

    @property
    def segments(self) -> tuple[str, ...]:
        """Segment labels in order; ("all",) without segments."""
        return tuple(sorted(self.distinct["segment"].unique()))

    @property
    def holdout(self) -> float:
        """Length of the holdout in `time_unit`; 0 without one."""
        return 0.0 if self.holdout_end is None else self.length(self.observation_end, self.holdout_end)

    @property
    def observed(self) -> float:
        """Length of the observed period in `time_unit`."""
        return self.length(self.observation_start, self.observation_end)

    def length(self, start: dt.date, end: dt.date) -> float:
        """Time from one day to another in whole steps of the grain, in `time_unit`."""
        steps = np.diff(_steps(pd.to_datetime([start, end]), self.grain))[0]
        return float(steps) * self.scale

    @property
    def period(self) -> str:
        """The observed period, as a reader writes it.

        >>> from cxlab.wording import days
        >>> days(dt.date(1997, 1, 1), dt.date(1997, 9, 30))
        '1 Jan 1997 – 30 Sep 1997'
        """
        from cxlab.wording import days

        return days(self.observation_start, self.observation_end)

    @cached_property
    def rows(self) -> Rows:
        """Distinct weighted (frequency, recency, T) rows, grouped by segment, in the order of `distinct`."""
        d, labels = self.distinct, self.segments
        return Rows(
            columns={
                "frequency": d["frequency"].to_numpy(float),
                "recency": d["recency_steps"].to_numpy(float) * self.scale,
                "T": d["T_steps"].to_numpy(float) * self.scale,
            },
            weight=d["customers"].to_numpy(float),
            group=np.searchsorted(labels, d["segment"].to_numpy(object)).astype(np.intp),
            groups=labels,
        )

    @cached_property
    def spend_rows(self) -> Rows:
        """Distinct weighted (frequency, monetary_value) rows of repeat buyers with a positive mean spend."""
        table = (
            self.customers.filter((_.frequency > 0) & (_.monetary_value > 0))
            .group_by("segment", "frequency", "monetary_value")
            .agg(customers=_.count())
            .order_by("segment", "frequency", "monetary_value")
            .to_pandas()
        )
        labels = self.segments
        return Rows(
            columns={c: table[c].to_numpy(float) for c in ("frequency", "monetary_value")},
            weight=table["customers"].to_numpy(float),
            group=np.searchsorted(labels, table["segment"].to_numpy(object)).astype(np.intp),
            groups=labels,
        )

    def tracking(self) -> pd.DataFrame:
        """Purchases by step of time: step (0 at the first), acquired, repeats (counts of customers
        with a first, with a repeat purchase), over the observed period and the holdout."""
        first = self.visits.group_by("customer_id").agg(first=_.step.min())
        counted = (
            self.visits.join(first, "customer_id")
            .group_by("step")
            .agg(acquired=(_.step == _.first).sum(), repeats=(_.step > _.first).sum())
            .to_pandas()
        )
        counted["start"] = pd.to_datetime(counted["step"])
        counted["step"] = (
            _steps(counted["start"], self.grain) - _steps(pd.to_datetime([self.observation_start]), self.grain)[0]
        )
        last = int(round(self.observed / self.scale + self.holdout / self.scale))
        return (
            counted.set_index("step").reindex(range(last + 1))[["acquired", "repeats"]].fillna(0).astype(int)
            .rename_axis("step").reset_index()
        )  # fmt: skip

    def attach(self, values: pd.DataFrame) -> ibis.Table:
        """One row a customer with columns computed on `distinct` (a frame in its order), joined in the engine."""
        keyed = pd.concat([self.distinct[_KEYS].reset_index(drop=True), values.reset_index(drop=True)], axis=1)
        return self.customers.join(beside(self.customers, keyed), _KEYS)


def summarise(
    transactions: ibis.Table,
    *,
    time_unit: str = "week",
    grain: str = "day",
    observation_end: dt.date | str | None = None,
    split: dt.date | str | None = None,
    segment: str | None = None,
    customers: ibis.Table | None = None,
    value: str = "amount",
    currency: str = "",
) -> Summary:
    """Summarise an order log in one pass of the engine.

    Parameters
    ----------
    transactions : Ibis table with customer_id, timestamp and `value`
    time_unit : unit of recency, T and every forecast
    grain : purchases of a customer within one step of the grain count as one; times count whole steps
    observation_end : last day that counts; by default the last day of the log
    split : last day the models see, or any day of their last step of the grain; what follows, to
        `observation_end`, is the holdout
    segment : column of `customers` or `transactions` (its value at the first purchase) that groups customers
    customers : Ibis table with customer_id and `segment`
    value : column with the money of a line ("amount", or "margin" where lines carry it)

    Raises
    ------
    DataError : a column is missing, nothing is left to summarise, or there are too many segments.
    ParameterError : an unknown unit, or a split outside the log.

    >>> import ibis
    >>> log = ibis.memtable({"customer_id": ["a", "a", "b"], "amount": [5., 7., 3.],
    ...                      "timestamp": [dt.date(2024, 1, 1), dt.date(2024, 1, 15), dt.date(2024, 1, 8)]})
    >>> s = summarise(log, observation_end="2024-01-29")
    >>> s.distinct[["frequency", "customers"]].to_numpy().tolist(), s.rows["T"].tolist()
    ([[0, 1], [1, 1]], [3.0, 4.0])
    """
    for name, unit in (("time_unit", time_unit), ("grain", grain)):
        if unit not in DAYS:
            raise unknown(name, unit, DAYS)
    missing = [c for c in ("customer_id", "timestamp", value) if c not in transactions.columns]
    if missing:
        raise DataError(
            f"transactions has no column {', '.join(missing)} (columns: {', '.join(transactions.columns)}).",
            expected="customer_id, timestamp and the money of each line",
            mend=" ".join(f"--column {c}=NAME" for c in missing),
        )
    grouped, label = _segmented(transactions, customers, segment)
    day = transactions.timestamp.cast("date")
    lines = transactions.select("customer_id", day=day, value=_[value], **label)
    end, split = _day(observation_end, "observation_end"), _day(split, "split")
    bounds = lines.agg(first=_.day.min(), last=_.day.max()).to_pandas().iloc[0]
    if pd.isna(bounds["first"]):
        raise DataError("transactions has no rows.", expected="at least one purchase", mend="cxlab data check SOURCE")
    first_day, last_day = pd.Timestamp(bounds["first"]).date(), pd.Timestamp(bounds["last"]).date()
    end = end or last_day
    if end < first_day:
        raise ParameterError(f"observation_end = {end}.", expected=f"a day from {first_day} on, where the log begins")
    if split is not None:
        split = _last_day(split, grain)
        if not first_day < split < end or _truncate(split, grain) == _truncate(end, grain):
            raise ParameterError(f"split = {split}.", expected=f"a {grain} that ends between {first_day} and {end}")
    cut = split or end
    visits = (
        lines.filter(_.day <= end)
        .group_by("customer_id", step=_.day if grain == "day" else _.day.truncate(_TRUNCATE[grain]))
        .agg(value=_.value.sum(), **({"segment": _.segment.min()} if label else {}))
    )
    table = _per_customer(visits, cut, grain, labelled=bool(label), holdout=split is not None)
    if grouped is not None:
        table = table.left_join(grouped, "customer_id").select(
            *[c for c in table.columns if c != "segment"], segment=_.label.fill_null("(none)")
        )
    scale = DAYS[grain] / DAYS[time_unit]
    # kept by the engine, so that the log is read once however much is asked of its customers
    with _in_any_order(table):
        everybody = table.cache()
    per_customer = everybody.filter(_.first_purchase <= _truncate(cut, grain)).mutate(
        recency=_.recency_steps * scale, T=_.T_steps * scale
    )
    keys = _KEYS if segment else _KEYS[1:]
    distinct = (
        per_customer.group_by(keys)
        .agg(
            customers=_.count(),
            repeat_value=_.repeat_value.sum(),
            holdout_frequency=_.holdout_frequency.sum(),
            holdout_square=(_.holdout_frequency * _.holdout_frequency).sum(),
            holdout_value=_.holdout_value.sum(),
        )
        .order_by(keys)
        .to_pandas()
    )
    if not segment:
        distinct.insert(0, "segment", "all")
    if distinct.empty:
        raise DataError(f"no customer bought by {cut}.", expected="a first purchase in the observed period")
    if distinct["segment"].nunique() > MOST_SEGMENTS:
        raise DataError(
            f"{segment} has {distinct['segment'].nunique()} different values.",
            expected=f"at most {MOST_SEGMENTS} segments, or the pictures say nothing",
            mend="a coarser column",
        )
    left_out = int(everybody.count().to_pandas()) - int(distinct["customers"].sum())
    return Summary(
        customers=per_customer,
        distinct=distinct,
        visits=visits.select("customer_id", "step", "value"),
        time_unit=time_unit,
        grain=grain,
        observation_start=first_day,
        observation_end=cut,
        holdout_end=end if split is not None else None,
        left_out=left_out,
        currency=currency,
    )


def from_summaries(summaries: ibis.Table, *, time_unit: str, grain: str | None = None, currency: str = "") -> Summary:
    """A summary of customers that come summarised (contract table `summaries`), for data without a log.

    `frequency`, `recency` and `T` must count steps of `grain` (by default the time unit itself).
    """
    grain = grain or time_unit
    scale = DAYS[grain] / DAYS[time_unit]
    money = "monetary_value" in summaries.columns
    table = summaries.select(
        "customer_id",
        segment=ibis.literal("all"),
        frequency=_.frequency.cast("int64"),
        recency_steps=_.recency.cast("int64"),
        T_steps=_["T"].cast("int64"),
        recency=_.recency * scale,
        T=_["T"] * scale,
        monetary_value=_.monetary_value if money else ibis.null("float64"),
        first_value=ibis.null("float64"),
        repeat_value=(_.monetary_value * _.frequency).fill_null(0.0) if money else ibis.literal(0.0),
        holdout_frequency=ibis.literal(0),
        holdout_value=ibis.literal(0.0),
    ).cache()
    distinct = (
        table.group_by(_KEYS)
        .agg(customers=_.count(), repeat_value=_.repeat_value.sum(), holdout_frequency=_.holdout_frequency.sum(),
             holdout_square=_.holdout_frequency.sum(), holdout_value=_.holdout_value.sum())
        .order_by(_KEYS).to_pandas()
    )  # fmt: skip
    longest = int(distinct["T_steps"].max())
    end = dt.date(2000, 1, 1) + dt.timedelta(days=round(longest * DAYS[grain]))
    return Summary(
        customers=table, distinct=distinct, visits=None, time_unit=time_unit, grain=grain,
        observation_start=dt.date(2000, 1, 1), observation_end=end, holdout_end=None, left_out=0, currency=currency,
    )  # fmt: skip


@ibis.udf.agg.builtin(name="arg_min")
def _arg_min(value: float, step: dt.date) -> float:
    """DuckDB's own: Ibis asks it for the first value in order, which sorts."""


def _per_customer(visits: ibis.Table, cut: dt.date, grain: str, *, labelled: bool, holdout: bool) -> ibis.Table:
    """One row a customer: counts and money before and after the last day the models see."""
    cut_step = _truncate(cut, grain)
    # without a holdout every purchase is seen, and the engine need not ask each
    seen = visits.step <= cut_step if holdout else None
    at_first = _arg_min if visits.get_backend().name == "duckdb" else lambda value, step: value.argmin(step)
    first = visits.group_by("customer_id").agg(
        first_step=_.step.min(),
        last_step=_.step.max(where=seen),
        steps=seen.sum() if holdout else _.count(),
        value_seen=visits.value.sum(where=seen),
        first_value=at_first(visits.value, visits.step),
        holdout_frequency=(~seen).sum() if holdout else ibis.literal(0),
        holdout_value=visits.value.sum(where=~seen).fill_null(0.0) if holdout else ibis.literal(0.0),
        segment=visits.segment.argmin(visits.step) if labelled else ibis.literal("all"),
    )
    frequency, repeat_value = first.steps - 1, first.value_seen - first.first_value
    return first.select(
        "customer_id",
        "segment",
        "first_value",
        "holdout_frequency",
        "holdout_value",
        first_purchase=first.first_step,
        frequency=frequency,
        recency_steps=first.last_step.delta(first.first_step, unit=grain),
        T_steps=ibis.literal(cut_step).delta(first.first_step, unit=grain),
        repeat_value=repeat_value,
        monetary_value=(frequency > 0).ifelse((repeat_value / frequency).round(6), ibis.null("float64")),
    )


@contextmanager
def _in_any_order(table: ibis.Table):
    """Let DuckDB write rows in the order they come, which it can do on all cores."""
    backend = table.get_backend()
    if backend.name != "duckdb":
        yield
        return
    backend.raw_sql("SET preserve_insertion_order = false")
    try:
        yield
    finally:
        backend.raw_sql("SET preserve_insertion_order = true")


def _segmented(transactions, customers, segment):
    """Where the segment comes from: a table of labels by customer, or a column of the log to take along."""
    if segment is None:
        return None, {}
    if customers is not None and segment in customers.columns:
        return customers.select("customer_id", label=_[segment].cast("string")).distinct(on="customer_id"), {}
    if segment in transactions.columns:
        return None, {"segment": transactions[segment].cast("string").fill_null("(none)")}
    known = [*([] if customers is None else customers.columns), *transactions.columns]
    raise unknown("segment column", segment, [k for k in known if k not in ("customer_id", "timestamp")])


def _day(value: dt.date | str | None, name: str) -> dt.date | None:
    if value is None or value == "":
        return None
    try:
        return pd.Timestamp(value).date()
    except (ValueError, TypeError):
        raise ParameterError(f"{name} = {value!r}.", expected="a day as YYYY-MM-DD") from None


def _truncate(day: dt.date, grain: str) -> dt.date:
    if grain == "day":
        return day
    return pd.Timestamp(day).to_period(_PERIODS[grain]).start_time.date()


def _last_day(day: dt.date, grain: str) -> dt.date:
    """The last day of the step of the grain that a day lies in.

    >>> _last_day(dt.date(2024, 2, 10), "month")
    datetime.date(2024, 2, 29)
    """
    return day if grain == "day" else pd.Timestamp(day).to_period(_PERIODS[grain]).end_time.date()


def _steps(days, grain: str) -> np.ndarray:
    """Whole steps of the grain since an arbitrary origin."""
    days = pd.DatetimeIndex(days)
    if grain == "day":
        return (days - pd.Timestamp("1970-01-01")).days.to_numpy()
    return days.to_period(_PERIODS[grain]).map(lambda p: p.ordinal).to_numpy()
