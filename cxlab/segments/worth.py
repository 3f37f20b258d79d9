"""Worth: what every customer brought and what serving them cost, gathered in the engine.

profit of a customer = margin of the purchases − cost of the contacts, both as recorded in the period
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check
from cxlab.segments.intervals import Mean
from cxlab.segments.members import members, ordered
from cxlab.wording import days, share

#: shares below which what is left out may change the answer
KNOWN = 0.95
#: the segment of everybody, where there are none, and the row of all customers in tables
ALL = "all"
_SUMS = {
    "customers": lambda t: t.count(), "buyers": lambda t: (t.value > 0).sum(),
    **{f"{c}_{i}": (lambda t, c=c, i=i: (t[c] ** i if i > 1 else t[c]).sum())
       for c in ("value", "cost", "profit") for i in (1, 2, 3)},
    "value_cost": lambda t: (t.value * t.cost).sum(),
}  # fmt: skip


@dataclass(frozen=True)
class Worth:
    """Customers with what they brought and cost.

    Parameters
    ----------
    customers : Ibis table, a row a customer: customer_id, segment, value (money), cost (money), profit
    segments : names in order
    words : what value is ("margin", "amount", "30 % of amount")
    has_costs : whether contacts carry costs
    known : share of all value that belongs to these customers; costed: share of contacts with a cost
    """

    customers: ir.Table = field(repr=False)
    segments: tuple[str, ...]
    words: str
    has_costs: bool
    known: float
    costed: float
    start: dt.date
    end: dt.date
    currency: str = ""

    @property
    def period(self) -> str:
        return days(self.start, self.end)

    @cached_property
    def sums(self) -> pd.DataFrame:
        """A row a segment, in order: customers, buyers, and sums of value, cost and profit, of their squares, cubes and
        products (value_1, value_2, value_3, …, value_cost)."""
        table = self.customers.group_by("segment").agg(**{name: make(self.customers) for name, make in _SUMS.items()})
        return table.to_pandas().set_index("segment").loc[list(self.segments)].astype(float)

    @property
    def n_customers(self) -> int:
        return int(self.sums["customers"].sum())

    def mean(self, column: str, segment: str = ALL, *, rest: bool = False) -> Mean:
        """Mean of "value", "cost" or "profit" a customer, of a segment or (`rest`) of all others."""
        own = self.sums.sum() if segment == ALL else self.sums.loc[segment]
        own = self.sums.sum() - own if rest else own
        return Mean.of(own["customers"], own[f"{column}_1"], own[f"{column}_2"], own[f"{column}_3"])

    @property
    def checks(self) -> tuple[Check, ...]:
        """Whether enough of the money belongs to customers with a segment."""
        return (
            Check("share of value that customers with a segment brought", self.known >= KNOWN, share(self.known),
                  f"≥ {share(KNOWN)}", "The others are in no sum: assign them too."),
        )  # fmt: skip

    @property
    def cost_checks(self) -> tuple[Check, ...]:
        """Whether the cost of serving is known."""
        return (
            Check("share of contacts with a cost", self.costed >= KNOWN,
                  share(self.costed) if self.has_costs else "0 %", f"≥ {share(KNOWN)}",
                  "The others count as free: give touchpoints.cost." if self.has_costs
                  else "Who costs more than they bring cannot be seen: give touchpoints.cost."),
        )  # fmt: skip


def worth(
    source,
    assignment=None,
    *,
    value: str = "",
    margin: float = 1.0,
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    currency: str = "",
) -> Worth:
    """What every customer brought and cost in a period.

    Parameters
    ----------
    source : Dataset or mapping of names to Ibis tables, with `transactions`, and `touchpoints` where cost is known
    assignment : Segmentation, or frame or Ibis table with customer_id and segment; without one, everybody who bought or
        was in contact is in the segment "all"
    value : column of transactions with what a purchase brought; by default "margin" where there is one, else "amount"
    margin : share of it that stays, 0 < margin ≤ 1
    start, end : first and last day that count

    Raises
    ------
    DataError : a table or column is missing, or no purchase is left. ParameterError : margin is no share.

    >>> log = ibis.memtable({"customer_id": ["a", "a", "b"], "amount": [30.0, 20.0, 10.0],
    ...                      "timestamp": [dt.date(2024, 1, d) for d in (1, 8, 9)]})
    >>> calls = ibis.memtable({"customer_id": ["b", "b"], "cost": [8.0, 9.0], "timestamp": [dt.date(2024, 1, 9)] * 2})
    >>> found = worth({"transactions": log, "touchpoints": calls}, margin=0.5)
    >>> found.customers.order_by("customer_id").to_pandas()["profit"].tolist()
    [25.0, -12.0]
    """
    if not 0 < margin <= 1:
        raise ParameterError(f"margin = {margin}.", expected="a share, 0 < margin ≤ 1", mend="margin=0.3 for 30 %")
    tables = source if isinstance(source, Mapping) else source.tables
    if "transactions" not in tables:
        raise unknown("table", "transactions", tables, error=DataError)
    log = tables["transactions"]
    value = value or ("margin" if "margin" in log.columns else "amount")
    for column in ("customer_id", "timestamp", value):
        if column not in log.columns:
            raise unknown("column of transactions", column, log.columns, error=DataError)
    lines = _within(log, start, end).select("customer_id", "day", money=_[value].cast("float64") * margin)
    found = lines.agg(first=_.day.min(), last=_.day.max(), money=_.money.sum()).to_pyarrow().to_pylist()[0]
    if found["last"] is None:
        raise DataError("no purchase is left in the period.", expected="at least one", mend="other start and end")
    # the same log sums to the same money in any order of rows only to the last digits: equal to the cent is equal
    parts = {"value": lines.group_by("customer_id").agg(value=_.money.sum().round(2))}
    contacts, has_costs, costed = tables.get("touchpoints"), False, 0.0
    if contacts is not None and "cost" in contacts.columns:
        calls = _within(contacts, start, end).select("customer_id", cost=_.cost.cast("float64"))
        seen = calls.agg(n=_.count(), known=_.cost.count()).to_pyarrow().to_pylist()[0]
        has_costs, costed = seen["known"] > 0, seen["known"] / max(seen["n"], 1)
        parts["cost"] = calls.group_by("customer_id").agg(cost=_.cost.sum().round(2))
    if assignment is None:
        base = parts["value"].select("customer_id")
        if has_costs:
            base = base.union(parts["cost"].select("customer_id"), distinct=True)
        base = base.mutate(segment=ibis.literal(ALL))
    else:
        base = members(assignment, near=log)
    for name, part in parts.items():
        base = base.left_join(part, "customer_id").select(*base.columns, name)
    cost = _.cost.fill_null(0.0) if "cost" in parts else ibis.literal(0.0)
    base = base.mutate(value=_.value.fill_null(0.0), cost=cost).mutate(profit=_.value - _.cost).cache()
    sizes = base.group_by("segment").agg(n=_.count(), money=_.value.sum()).to_pandas().set_index("segment")
    total = found["money"]
    return Worth(
        base, tuple(ordered(assignment, sizes["n"])), value if margin == 1 else f"{share(margin)} of {value}",
        has_costs, float(sizes["money"].sum() / total) if total else 1.0, float(costed), found["first"], found["last"],
        currency or getattr(source, "currency", ""),
    )  # fmt: skip


def _within(table: ir.Table, start, end) -> ir.Table:
    """Rows of a customer in the period, with their day."""
    table = table.filter(table["customer_id"].notnull())
    if "timestamp" not in table.columns:
        return table
    table = table.mutate(day=table["timestamp"].cast("date"))
    if start:
        table = table.filter(table["day"] >= ibis.literal(_day(start)))
    if end:
        table = table.filter(table["day"] <= ibis.literal(_day(end)))
    return table


def _day(day: dt.date | str) -> dt.date:
    return dt.date.fromisoformat(day) if isinstance(day, str) else day
