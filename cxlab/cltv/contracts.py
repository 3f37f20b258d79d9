"""From a table of contracts to what a model of renewals needs: how many renewals each passed, and whether it then left.

A period is the time between two renewals. The n-th renewal of a contract is due n periods after its start.
renewals       renewals passed for certain: the contract went on after them
churned        1: it left at the next renewal (a contract that ends within a period is lost at the renewal that
               closes it); 0: it was still there when observation ended
opportunities  renewals due by the end of observation: a loss counts only when its renewal is due, because contracts
               that stay in a period that is not over cannot be counted yet either

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

from cxlab.cltv import contract_spans as spans
from cxlab.cltv.contract_spans import KEYS, ONE_SEGMENT, PERIODS
from cxlab.cltv.rows import Rows
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.wording import days

MOST_SEGMENTS = 30

Ends = Literal["guess", "day_after", "last_day"]


@dataclass(frozen=True)
class Contracts:
    """Contracts counted by what is known of them; units and dates travel with them.

    Parameters
    ----------
    distinct : DataFrame, a row a distinct (segment, cohort, opportunities, renewals, churned, active): those columns,
        contracts (count), price (sum of prices a period) and priced (contracts with a price)
    facts : rows (of the table), customers, contracts (after joining), left_out (rows that start after the observation),
        lost (contracts), open_losses (lost in a period that is not over, so not counted as churned), early (lost before
        the first renewal was due), at_renewal (lost on a day of renewal)
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
        DataFrame, a row a group and renewal at which any contract of the group was due: the columns `by`, contracts
        (that began), period (1, 2, …), at_risk (contracts that came up for it), kept, retention (kept / at_risk) and
        survival (the product of retention so far: Kaplan–Meier)
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
        """The cohort triangle: `by_age` of every cohort, and of every segment of it where that makes at most 24 rows.

        Returns
        -------
        DataFrame: cohort (label), segment, contracts, period, at_risk, kept, retention, survival; cohorts of which no
        contract was due yet are not in it
        """
        table = self.by_age("segment", "cohort")
        several = [table[c].nunique() > 1 for c in ("segment", "cohort")]
        if all(several) and len(table.groupby(["segment", "cohort"])) > spans.MOST_COHORTS:
            table = self.by_age("cohort").assign(segment=ONE_SEGMENT)
        elif all(several):
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
    segment : a column of `customers` or `subscriptions` (its value when the contract began) to group by; "cohort"
        groups by start; "" not at all
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
    >>> table = ibis.memtable({"customer_id": ["a", "a", "b"],
    ...                        "start": [dt.date(2020, 1, 1), dt.date(2021, 1, 1), dt.date(2020, 1, 1)],
    ...                        "end": [dt.date(2020, 12, 31), None, dt.date(2021, 12, 31)]})
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
    lines = spans.lines(subscriptions, customers, segment)
    bounds = spans.bounds(lines, period)
    end = _day(observation_end) or min(max(bounds["latest_start"], bounds["latest_end"]), dt.date.today())
    if end < bounds["first"]:
        raise ParameterError(
            f"observation_end = {end}.", expected=f"a day from {bounds['first']} on, when the first contract began"
        )
    if ends == "guess":
        ends = "last_day" if bounds["day_before"] > 2 * bounds["on_renewal"] else "day_after"
    elif ends not in ("day_after", "last_day"):
        raise unknown("ends", ends, ("guess", "day_after", "last_day"))
    # the first day without a contract; the last such day that can be known of
    stop = (_.end + ibis.interval(days=1)).cast("date") if ends == "last_day" else _.end
    cut = end + dt.timedelta(days=ends == "last_day")
    seen = lines.filter(_.start <= end).mutate(stop=(_.end <= end).ifelse(stop, ibis.null("date")))
    seen = spans.joined(seen, period) if join else seen.mutate(pieces=1)
    unit = cohort or spans.cohort_unit(bounds["first"], min(end, bounds["latest_start"]), period)
    counted = spans.counted(seen, cut, period, unit, by_cohort=segment == "cohort")
    distinct = counted.groupby(KEYS, as_index=False, sort=True)[["contracts", "price", "priced"]].sum()
    if (distinct["renewals"] + distinct["churned"]).max() == 0:
        raise DataError(
            f"no contract came up for a renewal by {end}: the first began on {bounds['first']}, and a period is one "
            f"{period}.",
            expected="contracts seen for longer than a period",
            mend="-p period=month, or a later observation_end",
        )
    if distinct["segment"].nunique() > MOST_SEGMENTS:
        raise DataError(
            f"{segment} has {distinct['segment'].nunique()} different values.",
            expected=f"at most {MOST_SEGMENTS} segments, or the pictures say nothing",
            mend="a coarser column",
        )
    size, lost = counted["contracts"], counted["active"] == 0
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
        distinct=distinct.astype(dict.fromkeys([*KEYS[2:], "contracts"], int)),
        facts={name: int(value) for name, value in facts.items()},
        period=period,
        observation_start=bounds["first"],
        observation_end=end,
        stated=bool(observation_end),
        ends=ends,
        cohort_unit=unit,
        segment=segment,
    )


def _day(value: dt.date | str | None) -> dt.date | None:
    if value is None or value == "":
        return None
    try:
        return pd.Timestamp(value).date()
    except (ValueError, TypeError):
        raise ParameterError(f"observation_end = {value!r}.", expected="a day as YYYY-MM-DD") from None
