"""RFM: scores for recency, frequency and money, with a stated rule for ties.

A score counts the fifths that are surely below: 1 + ⌊ 5 · share of customers with a worse value ⌋. Customers with the
same value have the same share below them, so they have the same score, whatever the order of rows. Where many share
one value, some scores are held by nobody: fifths that merge are said, not filled at random. Own break points may be
given instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding
from cxlab.wording import count, days, money, number, share

MEASURES = ("recency", "frequency", "monetary")
#: share of customers with one value above which a measure tells few of them apart
MOST_TIED = 0.5


@dataclass(frozen=True)
class RFM:
    """Scores of customers.

    Parameters
    ----------
    customers : Ibis table, a row a customer: customer_id, recency (days since the last purchase), frequency (days with
        a purchase), monetary (money in all), recency_score, frequency_score, monetary_score (1 worst), cell ("543")
    scores : DataFrame, a row a measure and score: measure, score, from_value, to_value, customers, share, value (money)
    pairs : DataFrame, a row a pair: recency_score, frequency_score, customers, share, monetary (mean)
    """

    customers: ir.Table
    scores: pd.DataFrame
    pairs: pd.DataFrame
    quantiles: int
    own_breaks: tuple[str, ...]
    start: dt.date
    end: dt.date
    currency: str = ""
    tied: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def n_customers(self) -> int:
        return int(self.pairs["customers"].sum())

    def finding(self) -> Finding:
        """Who buys lately, often and much: Finding "segments.rfm", a row a measure and score (see `scores`).

        Scores are counts of the log, so they carry no interval; ties, merged scores and break points are said.
        """
        from cxlab.segments import charts

        n = self.n_customers
        top = self.scores[(self.scores["measure"] == "monetary")].sort_values("score").iloc[-1]
        total = self.scores.loc[self.scores["measure"] == "monetary", "value"].sum()
        text = (
            f"{count(n)} customers, {days(self.start, self.end)}: the {count(top.customers)} "
            f"({share(top.customers / n)}) "
            f"with the highest score for money spent {money(top.value, self.currency)}, "
            f"{share(top.value / total)} of all. "
            "A score is 1 plus the "
            f"{'fifths' if self.quantiles == 5 else f'{self.quantiles}ths'} of customers who are surely "
            "below; equal values "
            "have equal scores."
        )
        for measure in MEASURES:
            held = self.scores.loc[self.scores["measure"] == measure, "score"].tolist()
            value, tied = self.tied[measure]
            if measure in self.own_breaks:
                text += f" {measure.capitalize()} is scored by given break points."
            elif len(held) < self.quantiles:
                gone = [str(s) for s in range(1, self.quantiles + 1) if s not in held]
                text += (
                    f" {measure.capitalize()} has {len(held)} scores instead of {self.quantiles} (nobody has "
                    f"{' or '.join(gone)}), since {share(tied)} of customers share the value {number(value)}."
                )
        worst = max(self.tied, key=lambda m: self.tied[m][1])
        check = Check(f"customers who share one value of {worst}", self.tied[worst][1] <= MOST_TIED,
                      share(self.tied[worst][1]), f"≤ {share(MOST_TIED)}",
                      "Its score tells few of them apart: give break points, or use the values.")  # fmt: skip
        pairs = self.pairs
        return Finding(
            "segments.rfm",
            f"{share(top.customers / n)} of customers bring {share(top.value / total)} of the money",
            text, self.scores, units={"customers": "count", "share": "share", "value": "money"}, checks=(check,),
            currency=self.currency, draw=lambda ax: charts.draw_rfm(ax, pairs),
            caption=f"n = {count(n)} customers, {days(self.start, self.end)}; share of customers with each pair of "
            "scores; "
            "equal values have equal scores.",
        )  # fmt: skip


def rfm_scores(
    transactions: ir.Table,
    *,
    quantiles: int = 5,
    breaks: Mapping[str, Sequence[float]] | None = None,
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    value: str = "amount",
    currency: str = "",
) -> RFM:
    """Score customers by recency, frequency and money, in the engine.

    Parameters
    ----------
    transactions : Ibis table with customer_id, timestamp and `value`
    quantiles : scores of each measure, 2 … 10
    breaks : own ascending break points by measure; a value at a break point belongs to the upper side (for recency,
        in days, a smaller value is better: (30, 90) scores up to 30 days 3, up to 90 days 2, longer 1)
    start, end : first and last day that count; recency is counted to the last

    Raises
    ------
    ParameterError : `breaks` are not of the measures or do not ascend.
    DataError : a column or all rows are missing.

    >>> log = ibis.memtable({"customer_id": list("abcde"), "amount": [1., 2., 3., 4., 4.],
    ...                      "timestamp": [dt.date(2024, 1, d) for d in (1, 1, 1, 20, 31)]})
    >>> found = rfm_scores(log)
    >>> found.customers.order_by("customer_id").to_pandas()[["recency", "monetary_score", "cell"]].to_numpy().tolist()
    [[30.0, 1, '111'], [30.0, 2, '112'], [30.0, 3, '113'], [11.0, 4, '414'], [0.0, 4, '514']]
    """
    breaks = {m: tuple(float(b) for b in points) for m, points in (breaks or {}).items()}
    if not 2 <= quantiles <= 10:
        raise ParameterError(f"quantiles = {quantiles}.", expected="2 to 10 scores", mend="quantiles=5")
    for measure, points in breaks.items():
        if measure not in MEASURES:
            raise unknown("measure", measure, MEASURES)
        if not points or list(points) != sorted(set(points)) or len(points) > 9:
            raise ParameterError(f"breaks of {measure} = {points}.", expected="1 to 9 ascending numbers")
    for column in ("customer_id", "timestamp", value):
        if column not in transactions.columns:
            raise unknown("column", column, transactions.columns, error=DataError)
    lines = transactions.select("customer_id", day=_.timestamp.cast("date"), value=_[value].cast("float64"))
    lines = lines.filter(_.customer_id.notnull() & _.day.notnull() & _.value.notnull())
    if start:
        lines = lines.filter(_.day >= ibis.literal(_as_day(start)))
    if end:
        lines = lines.filter(_.day <= ibis.literal(_as_day(end)))
    span = lines.agg(first=_.day.min(), last=_.day.max()).to_pyarrow().to_pylist()[0]
    if span["last"] is None:
        raise DataError("no purchase is left to score.", expected="at least one", mend="other start and end")
    last = _as_day(end) if end else span["last"]
    each = lines.group_by("customer_id").agg(
        last_day=_.day.max(), frequency=_.day.nunique().cast("float64"), monetary=_.value.sum()
    )
    each = each.mutate(recency=ibis.literal(last).delta(each.last_day, unit="day").cast("float64")).drop("last_day")
    # The same log sums to the same money in any order of rows only to the last digits: equal to the cent is equal.
    each = each.mutate(monetary=_.monetary.round(2).cast("float64"))
    for measure in MEASURES:
        each = each.mutate(**{f"{measure}_score": _score(each, measure, quantiles, breaks.get(measure))})
    cell = _.recency_score.cast("string") + _.frequency_score.cast("string") + _.monetary_score.cast("string")
    each = each.mutate(cell=cell).select("customer_id", *MEASURES, *(f"{m}_score" for m in MEASURES), "cell").cache()
    scores = pd.concat([_held(each, measure) for measure in MEASURES], ignore_index=True)
    pairs = (
        each.group_by("recency_score", "frequency_score").agg(customers=_.count(), monetary=_.monetary.mean())
        .order_by("recency_score", "frequency_score").to_pandas()
    )  # fmt: skip
    pairs.insert(3, "share", pairs["customers"] / pairs["customers"].sum())
    tied = {}
    for measure in MEASURES:
        most = each.group_by(value=_[measure]).agg(n=_.count()).order_by([ibis.desc("n"), "value"]).limit(1).to_pandas()
        tied[measure] = (float(most["value"][0]), float(most["n"][0]) / float(pairs["customers"].sum()))
    return RFM(each, scores, pairs, quantiles, tuple(breaks), span["first"], last, currency, tied)


def _as_day(day: dt.date | str) -> dt.date:
    return dt.date.fromisoformat(day) if isinstance(day, str) else day


def _score(each: ir.Table, measure: str, quantiles: int, breaks: Sequence[float] | None):
    """1 + the fifths that are surely below, or the break points that are reached."""
    column = each[measure]
    if breaks is not None:
        above = [(column >= b if measure != "recency" else column <= b).cast("int64") for b in breaks]
        return 1 + sum(above[1:], above[0])
    order = ibis.desc(measure) if measure == "recency" else ibis.asc(measure)
    worse = ibis.rank().over(order_by=order)  # how many have a worse value: equal values have equally many
    return (1 + (worse * quantiles) // each.count().over()).cast("int64")


def _held(each: ir.Table, measure: str) -> pd.DataFrame:
    """A row a score that somebody has."""
    held = (
        each.group_by(score=_[f"{measure}_score"])
        .agg(from_value=_[measure].min(), to_value=_[measure].max(), customers=_.count(), value=_.monetary.sum())
        .order_by("score").to_pandas()
    )  # fmt: skip
    held.insert(0, "measure", measure)
    held.insert(5, "share", held["customers"] / np.maximum(held["customers"].sum(), 1))
    return held


__all__ = ["MEASURES", "RFM", "rfm_scores"]
