"""From a table of contracts to what a model of renewals needs: how many renewals each passed, and whether it then left.

A period is the time between two renewals. The n-th renewal of a contract is due n periods after its start.
renewals       renewals passed for certain: the contract went on after them
churned        1: it left at the next renewal (a contract that ends within a period is lost at the renewal that closes
               it); 0: it was still there when observation ended
opportunities  renewals due by the end of observation: a loss counts only when its renewal is due, because contracts that
               stay in a period that is not over cannot be counted yet either

Several contracts of a customer are one while no gap of a period or more lies between them: a renewal written as a new
row, a change of plan and a late payment are no loss. Who comes back later begins a new contract.

Assumption: contracts that ended are in the table as those that did not, from the first start on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.cltv.rows import Rows
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.wording import days

#: whole units of the calendar in a period: name of the unit and how many of it
PERIODS = {"week": ("days", 7), "month": ("months", 1), "quarter": ("months", 3), "year": ("months", 12)}
MOST_SEGMENTS = 30
#: cohorts that a reader can take in; with more, the next longer unit is taken
MOST_COHORTS = 24
ONE_SEGMENT = "all contracts"
_FOREVER = dt.date(9999, 12, 31)
_KEYS = ["segment", "cohort", "opportunities", "renewals", "churned", "active"]

Ends = Literal["guess", "day_after", "last_day"]


@dataclass(frozen=True)
class Contracts:
    """Contracts counted by what is known of them; units and dates travel with them.

    Parameters
    ----------
    distinct : DataFrame, a row a distinct (segment, cohort, opportunities, renewals, churned, active): those columns,
        contracts (count), price (sum of prices a period) and priced (contracts with a price)
    facts : rows (of the table), customers, contracts (after joining), left_out (rows that start after the observation),
        lost (contracts), open_losses (lost in a period that is not over, so not counted as lost), early (lost before the
        first renewal was due), at_renewal (lost on a day of renewal)
    period : "week", "month", "quarter" or "year"
    observation_end : last day that counts; `stated` says whether it was given
    ends : "day_after" (a contract's end is the first day without it) or "last_day"
    cohort_unit : unit of the calendar by which contracts are grouped by start
    """

    distinct: pd.DataFrame
    facts: dict[str, int]
    period: str
    observation_start: dt.date
    observation_end: dt.date
    stated: bool
    ends: str
    cohort_unit: str
    segment: str = ""

    @property
    def segments(self) -> tuple[str, ...]:
        """Segment labels in order; ("all contracts",) without segments."""
        return tuple(sorted(self.distinct["segment"].unique()))

    @property
    def n_contracts(self) -> int:
        return int(self.distinct["contracts"].sum())

    @property
    def oldest(self) -> int:
        """The latest renewal that anybody was seen to pass or to refuse."""
        return int((self.distinct["renewals"] + self.distinct["churned"]).max())

    @property
    def observed(self) -> str:
        """The period observed, as a reader writes it."""
        return days(self.observation_start, self.observation_end)

    @property
    def has_prices(self) -> bool:
        return bool(self.distinct["priced"].sum())

    @cached_property
    def rows(self) -> Rows:
        """Distinct weighted (renewals, churned) rows, grouped by segment: what the sBG model is fitted to."""
        return self.seen_until(None)

    def seen_until(self, renewal: int | None) -> Rows:
        """The rows as they would be if nothing after a renewal had been seen; all with None.

        >>> import ibis
        >>> table = ibis.memtable({"customer_id": ["a", "b"], "start": [dt.date(2020, 1, 1)] * 2,
        ...                        "end": [dt.date(2023, 1, 1), dt.date(2021, 1, 1)]})
        >>> contracts = summarise_contracts(table, period="year")
        >>> contracts.rows.columns["renewals"].tolist(), contracts.seen_until(1).columns["churned"].tolist()
        ([0.0, 2.0], [1.0, 0.0])
        """
        d = self.distinct
        renewals, churned = d["renewals"].to_numpy(float), d["churned"].to_numpy(float)
        if renewal is not None:
            renewals, churned = np.minimum(renewals, renewal), np.where(renewals < renewal, churned, 0.0)
        return Rows.collapse(
            {"renewals": renewals, "churned": churned},
            weight=d["contracts"],
            group=np.searchsorted(self.segments, d["segment"].to_numpy(object)),
            groups=self.segments,
        )

    def by_age(self, *by: str) -> pd.DataFrame:
        """What happened at each renewal.

        Parameters
        ----------
        by : columns of `distinct` to count by; without any, all contracts together

        Returns
        -------
        DataFrame, a row a group and renewal at which any contract of the group was due: the columns `by`, contracts (that
        began), period (1, 2, …), at_risk (contracts that came up for it), kept, retention (kept / at_risk) and survival
        (the product of retention so far: Kaplan–Meier)
        """
        groups = self.distinct.groupby(list(by), sort=True) if by else [((), self.distinct)]
        parts = []
        for labels, own in groups:
            renewals, weight = own["renewals"].to_numpy(), own["contracts"].to_numpy()
            passed = np.bincount(renewals, weights=weight, minlength=self.oldest + 1)
            lost = np.bincount(renewals, weights=weight * own["churned"], minlength=self.oldest + 1)
            kept = passed[::-1].cumsum()[::-1][1:]
            at_risk = kept + lost[:-1]
            seen = at_risk > 0
            retention = kept[seen] / at_risk[seen]
            parts.append(
                pd.DataFrame(
                    {
                        **dict(zip(by, labels, strict=True)),
                        "contracts": int(weight.sum()),
                        "period": np.flatnonzero(seen) + 1,
                        "at_risk": at_risk[seen].astype(int),
                        "kept": kept[seen].astype(int),
                        "retention": retention,
                        "survival": retention.cumprod(),
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def triangle(self) -> pd.DataFrame:
        """The cohort triangle: `by_age` of every cohort, and of every segment of it where there are several.

        Returns
        -------
        DataFrame: cohort (label), segment, contracts, period, at_risk, kept, retention, survival; cohorts of which no
        contract was due yet are not in it
        """
        table = self.by_age("segment", "cohort")
        several = [table[c].nunique() > 1 for c in ("segment", "cohort")]
        if all(several):
            table["cohort"] = table["segment"] + " " + table["cohort"]
        elif several[0] and self.segment != "cohort":
            table["cohort"] = table["segment"]
        return table[["cohort", *[c for c in table.columns if c != "cohort"]]]


def summarise_contracts(
    subscriptions: ibis.Table,
    *,
    period: str = "month",
    observation_end: dt.date | str | None = None,
    segment: str = "",
    customers: ibis.Table | None = None,
    cohort: str = "",
    join: bool = True,
    ends: Ends = "guess",
) -> Contracts:
    """Count the contracts of a table by renewals passed, in the engine.

    Parameters
    ----------
    subscriptions : Ibis table with customer_id, start, and where known end (empty: still there), price (a period)
    period : time between two renewals: "week", "month", "quarter" or "year"
    observation_end : last day on which the table could have seen an end; by default the latest start or end in it that
        is not in the future. A later end is a plan, not an event: such a contract is still there.
    segment : a column of `customers` or `subscriptions` (its value when the contract began) to group by; "cohort" groups
        by start; "" not at all
    cohort : unit of the calendar of a cohort, as `period`; by default the shortest from `period` on that makes at most
        24 cohorts
    join : contracts of a customer are one while no gap of a period or more lies between them; False counts every row
    ends : what an end is: the first day without the contract ("day_after"), or its last day ("last_day"). "guess" takes
        the last day when more than twice as many ends lie a day before a renewal as on one.

    Raises
    ------
    DataError : a column is missing, no contract was seen for a period, or there are too many segments.
    ParameterError : an unknown unit, or an observation that ends before the first contract.

    >>> import ibis
    >>> table = ibis.memtable({"customer_id": ["a", "a", "b"], "end": [dt.date(2020, 12, 31), None, dt.date(2021, 12, 31)],
    ...                        "start": [dt.date(2020, 1, 1), dt.date(2021, 1, 1), dt.date(2020, 1, 1)]})
    >>> found = summarise_contracts(table, period="year", observation_end="2022-06-30")
    >>> found.ends, found.distinct[["renewals", "churned", "contracts"]].to_numpy().tolist()
    ('last_day', [[1, 1, 1], [2, 0, 1]])
    """
    for name, unit in (("period", period), ("cohort", cohort or period)):
        if unit not in PERIODS:
            raise unknown(name, unit, PERIODS)
    missing = [c for c in ("customer_id", "start") if c not in subscriptions.columns]
    if missing:
        raise DataError(
            f"subscriptions has no column {', '.join(missing)} (columns: {', '.join(subscriptions.columns)}).",
            expected="customer_id, start, and end where a contract ended",
            mend=" ".join(f"--column {c}=NAME" for c in missing),
        )
    lines = _lines(subscriptions, customers, segment)
    bounds = _bounds(lines, period)
    end = _day(observation_end) or min(max(bounds["latest_start"], bounds["latest_end"]), dt.date.today())
    if end < bounds["first"]:
        raise ParameterError(
            f"observation_end = {end}.", expected=f"a day from {bounds['first']} on, when the first contract began"
        )
    if ends == "guess":
        ends = "last_day" if bounds["day_before"] > 2 * bounds["on_renewal"] else "day_after"
    elif ends not in ("day_after", "last_day"):
        raise unknown("ends", ends, ("guess", "day_after", "last_day"))
    shift = ends == "last_day"
    # the first day without a contract; the last such day that can be known of
    cut = end + dt.timedelta(days=shift)
    stop = (_.end + ibis.interval(days=1)).cast("date") if shift else _.end
    spans = lines.filter(_.start <= end).mutate(stop=(_.end <= end).ifelse(stop, ibis.null("date")))
    spans = _joined(spans, period) if join else spans.mutate(pieces=1)
    unit = cohort or _cohort_unit(bounds["first"], min(end, bounds["latest_start"]), period)
    counted = _counted(spans, cut, period, unit, by_cohort=segment == "cohort")
    distinct = counted.drop(columns=[c for c in counted if c not in [*_KEYS, "contracts", "price", "priced"]])
    distinct = distinct.groupby(_KEYS, as_index=False, sort=True)[["contracts", "price", "priced"]].sum()
    if (distinct["renewals"] + distinct["churned"]).max() == 0:
        raise DataError(
            f"no contract came up for a renewal by {end}: the first began on {bounds['first']}, and a period is a {period}.",
            expected="contracts seen for longer than a period",
            mend="-p period=month, or a later observation_end",
        )
    if distinct["segment"].nunique() > MOST_SEGMENTS:
        raise DataError(
            f"{segment} has {distinct['segment'].nunique()} different values.",
            expected=f"at most {MOST_SEGMENTS} segments, or the pictures say nothing",
            mend="a coarser column",
        )
    size = counted["contracts"]
    lost = counted["active"] == 0
    facts = {
        "rows": bounds["rows"],
        "customers": bounds["customers"],
        "contracts": size.sum(),
        "left_out": bounds["rows"] - counted["pieces"].sum(),
        "lost": size[lost].sum(),
        "open_losses": size[lost & (counted["churned"] == 0)].sum(),
        "early": size[lost & (counted["renewals"] == 0) & (counted["at_renewal"] == 0)].sum(),
        "at_renewal": size[lost & (counted["at_renewal"] == 1)].sum(),
    }
    return Contracts(
        distinct=distinct.astype({c: int for c in ("opportunities", "renewals", "churned", "active", "contracts")}),
        facts={name: int(value) for name, value in facts.items()},
        period=period,
        observation_start=bounds["first"],
        observation_end=end,
        stated=bool(observation_end),
        ends=ends,
        cohort_unit=unit,
        segment=segment,
    )


def _lines(subscriptions: ibis.Table, customers: ibis.Table | None, segment: str) -> ibis.Table:
    """customer_id, start, end (days), price and segment of every row."""
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


def _bounds(lines: ibis.Table, period: str) -> dict:
    """Days and counts of the whole table, in one pass."""
    at, day = _.end, ibis.interval(days=1)
    whole = _whole_periods(_.start, at, period)
    on = whole > _whole_periods(_.start, (at - day).cast("date"), period)
    before = _whole_periods(_.start, (at + day).cast("date"), period) > whole
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


def _joined(spans: ibis.Table, period: str) -> ibis.Table:
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


def _counted(spans: ibis.Table, cut: dt.date, period: str, unit: str, *, by_cohort: bool) -> pd.DataFrame:
    """Contracts counted by all that is asked of them."""
    last = (_.stop - ibis.interval(days=1)).cast("date")
    known = spans.mutate(cut=ibis.literal(cut)).mutate(
        opportunities=_whole_periods(_.start, _.cut, period),
        passed=_whole_periods(_.start, last, period),
        due=_whole_periods(_.start, _.stop, period),
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
        .group_by([*_KEYS, "at_renewal"])
        .agg(contracts=_.count(), pieces=_.pieces.sum(), price=_.price.sum().fill_null(0.0), priced=_.price.count())
        .to_pandas()
    )


def _whole_periods(start, stop, period: str):
    """Whole periods from one day to another, none when it is before: renewals due after `start` up to `stop`.

    The renewal of a day that a month lacks is due on the last day of that month.
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


def _cohort_unit(first: dt.date, last: dt.date, period: str) -> str:
    units = list(PERIODS)
    length = {"week": 7, "month": 30.5, "quarter": 91.3, "year": 365.25}
    for unit in units[units.index(period) :]:
        if (last - first).days / length[unit] < MOST_COHORTS:
            return unit
    return "year"


def _day(value: dt.date | str | None) -> dt.date | None:
    if value is None or value == "":
        return None
    try:
        return pd.Timestamp(value).date()
    except (ValueError, TypeError):
        raise ParameterError(f"observation_end = {value!r}.", expected="a day as YYYY-MM-DD") from None
