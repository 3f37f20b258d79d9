"""What duplicates do to the numbers of a business: the same order log by the ids of its systems, and by people.

One person under two ids counts as two customers, each with a part of the purchases: more customers, more of them with a
single purchase, fewer that come back, each worth less. People come as a table, from wherever they were matched.

Shares and means are ratios of sums over people, before and after, so their errors and that of the change come from one
linearisation with the person as the unit: the two counts of the same log are not treated as independent. Source:
Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, sections 5.5 and 5.6 (ratios by Taylor expansion).
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _
from scipy.special import ndtri

from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.posterior import fit
from cxlab.cltv.summary import summarise
from cxlab.cltv.value import Terms, customer_value
from cxlab.errors import DataError, ModelError, ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, days, interval, number, quantity, share

#: share of purchases whose id must be among the people
KNOWN = 0.95
_ENDS = ("", "_low", "_high")


@dataclass(frozen=True)
class _Measure:
    """A ratio of two columns of the table of customers, as a reader knows it."""

    name: str
    words: str
    unit: str
    part: str
    base: str = "one"


def _measures(within: int) -> tuple[_Measure, ...]:
    return (
        _Measure("bought_once", "Bought once", "share", "once"),
        _Measure("came_back", f"Back within {within} days", "share", "back", "ripe"),
        _Measure("frequency", "Purchases each", "", "visits"),
        _Measure("recency", "Days since the last", "days", "silence"),
        _Measure("spend", "Money spent each", "money", "money"),
    )


def effect_of_duplicates(
    transactions: ibis.Table,
    people: ibis.Table | pd.DataFrame,
    *,
    by: str = "customer_id",
    within: int = 90,
    horizon: float = 52,
    time_unit: str = "week",
    margin: float = 1.0,
    discount_rate: float = 0.1,
    model: BuyTillYouDie = MBG_NBD,
    currency: str = "",
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> Finding:
    """Customers, repeat buying, RFM and lifetime value of one log, by ids and by people.

    Parameters
    ----------
    transactions : `by`, timestamp, amount
    people : `by` and person_id, one person an id (as `Matched.people` holds them)
    by : column with the id under which a purchase was booked
    within : days after the first purchase in which a customer is said to have come back
    horizon, time_unit, margin, discount_rate : terms of lifetime value (see `Terms`)
    model : of repeat buying; spend is Gamma–Gamma
    level : coverage of the intervals

    Returns
    -------
    Finding "cltv.duplicates", a row a measure (customers, bought_once, came_back, frequency, recency, spend, value,
    total_value): measure, label, unit, before, before_low, before_high, after, after_low, after_high, change,
    change_low, change_high (after ÷ before − 1). Customers are counted and have no interval. Recency and frequency are
    those of RFM: days from the last purchase to the end of the log, and days with a purchase (two purchases on one day
    are one). Values are missing where
    the model cannot be fitted.

    Raises
    ------
    DataError : a column is missing, an id has several persons, or no purchase has an id of `people`.

    Notes
    -----
    The interval of the change in value takes the two fits as independent, which they are not: it is too wide. People
    are taken as they are matched; what is uncertain about the matching is not in the intervals.

    >>> log = ibis.memtable({"customer_id": ["crm 1", "web 7", "crm 2"], "amount": [20.0, 30.0, 10.0],
    ...                      "timestamp": ["2024-01-05", "2024-03-05", "2024-06-30"]})
    >>> people = pd.DataFrame({"customer_id": ["crm 1", "web 7", "crm 2"], "person_id": ["a", "a", "b"]})
    >>> effect_of_duplicates(log, people).title
    '3 ids are 2 customers, and 50 % of them bought once, not 100 %'
    """
    from cxlab.cltv.charts import draw_duplicates

    if within < 1:
        raise ParameterError(f"within = {within}.", expected="a whole number of days ≥ 1", mend="within=90")
    lines, known = _booked(transactions, people, by)
    start, end = (
        pd.Timestamp(day).date() for day in lines.agg(first=_.day.min(), last=_.day.max()).to_pandas().iloc[0]
    )
    ids = _customers(lines, "id", end, within)
    whole = _customers(lines, "person", end, within)
    sums = _sums(ids, whole)
    table = _compared(sums, _measures(within), level)
    terms = Terms(horizon, margin, discount_rate, time_unit, currency)
    values, errors, checks = _values(lines, terms, model, level, np.random.default_rng(rng))
    table = pd.concat([table, values], ignore_index=True)
    errors = pd.concat([pd.DataFrame(0.0, range(len(table) - len(values)), errors.columns), errors], ignore_index=True)
    row = table.set_index("measure")
    before, after = int(row.loc["customers", "before"]), int(row.loc["customers", "after"])
    told = [_sentence(row.loc[m], level, currency) for m in row.index if m != "customers" and row.loc[m].notna().all()]
    once = row.loc["bought_once"]
    checks = (
        Check("share of purchases whose id has a person", known >= KNOWN, share(known), f"≥ {share(KNOWN)}",
              "The others count as customers of their own, before and after."),
        *checks,
    )  # fmt: skip
    return Finding(
        name="cltv.duplicates",
        title=f"{count(before)} ids are {count(after)} customers, and {share(once.after)} of them bought once, "
        f"not {share(once.before)}",
        text=f"In {days(start, end)} {count(before)} ids bought; they are {count(after)} people. " + " ".join(told),
        table=table,
        units=dict.fromkeys([f"change{e}" for e in _ENDS], "share"),
        monte_carlo_error=errors,
        checks=checks,
        draw=lambda ax: draw_duplicates(ax, table, currency=currency),
        caption=f"n = {count(before)} ids of {count(after)} people, {days(start, end)}; {level * 100:g} % intervals; "
        f"value: {model.title} and Gamma–Gamma, {terms.sentence}.",
        keys=(Key(share((before - after) / before), f"of {count(before)} ids are second ones of the same person"),),
        currency=currency,
    )  # fmt: skip


_COLUMNS = ("one", "once", "ripe", "back", "visits", "silence", "money")


def _booked(transactions, people, by: str) -> tuple[ibis.Table, float]:
    """Purchases with id, person, day and value; and the share of them whose id has a person."""
    missing = [c for c in (by, "timestamp", "amount") if c not in transactions.columns]
    if missing:
        raise DataError(
            f"transactions has no column {', '.join(missing)} (columns: {', '.join(transactions.columns)}).",
            expected=f"{by}, timestamp and amount", mend='by="NAME" of the column with the id of a purchase',
        )  # fmt: skip
    absent = [c for c in (by, "person_id") if c not in people.columns]
    if absent:
        raise DataError(
            f"people has no column {', '.join(absent)} (columns: {', '.join(people.columns)}).",
            expected=f"{by} and person_id",
        )  # fmt: skip
    frame = (
        people[[by, "person_id"]] if isinstance(people, pd.DataFrame) else people.select(by, "person_id").to_pandas()
    )
    frame = frame.dropna().astype(str).drop_duplicates()
    several = frame.loc[frame[by].duplicated(), by]
    if len(several):
        raise DataError(
            f"people gives {len(several)} ids of {by} to several persons (first: {several.iloc[0]}).",
            expected="one person an id", mend="number ids by source, or match by record_id: by=\"record_id\"",
        )  # fmt: skip
    persons = ibis.memtable(frame.rename(columns={by: "id", "person_id": "person"}))
    booked = transactions.select(
        id=_[by].cast("string"), day=_.timestamp.cast("date"), value=_.amount.cast("float64")
    ).filter(_.id.notnull())
    joined = (
        booked.mutate(alone="id " + booked.id)
        .left_join(persons, "id")
        .select("id", "day", "value", known=_.person.notnull(), person=_.person.fill_null(_.alone))
        .cache()
    )
    known = joined.agg(n=_.count(), known=_.known.sum()).to_pandas().iloc[0]
    if not known["known"]:
        raise DataError(
            f"none of the {count(known['n'])} purchases has an id that is in people.{by}.",
            expected=f"the same ids in transactions.{by} and people.{by}", mend='by="NAME" of the column they share',
        )  # fmt: skip
    return joined, float(known["known"] / known["n"])


def _customers(lines: ibis.Table, key: str, end, within: int) -> ibis.Table:
    """One row a customer: its key and person, and the columns that ratios are made of."""
    visits = lines.group_by(key=_[key], person=_.person, day=_.day).agg(value=_.value.sum())
    dated = visits.mutate(began=visits.day.min().over(ibis.window(group_by="key")))
    since = dated.day.delta(dated.began, unit="day")
    counted = dated.group_by("key", "person").agg(
        visits=_.count(), began=_.began.min(), ended=_.day.max(), money=_.value.sum(),
        soon=((since > 0) & (since <= within)).sum(),
    )  # fmt: skip
    last = ibis.literal(end)
    ripe = last.delta(counted.began, unit="day") >= within
    return counted.select(
        "person", "money", one=ibis.literal(1.0), visits=counted.visits.cast("float64"),
        once=(counted.visits == 1).cast("float64"), ripe=ripe.cast("float64"),
        back=(ripe & (counted.soon > 0)).cast("float64"),
        silence=last.delta(counted.ended, unit="day").cast("float64"),
    )  # fmt: skip


def _sums(ids: ibis.Table, whole: ibis.Table) -> ibis.Table:
    """One row a person: the columns of its ids added up, and its own (…_after)."""
    after = whole.select("person", **{f"{c}_after": _[c] for c in _COLUMNS})
    return ids.group_by("person").agg(**{c: _[c].sum() for c in _COLUMNS}).join(after, "person").cache()


def _compared(sums: ibis.Table, measures, level: float) -> pd.DataFrame:
    """Ratios before and after and their change, with linearised intervals."""
    total = sums.agg(
        people=_.count(), **{f"{c}{end}": _[f"{c}{end}"].sum() for c in _COLUMNS for end in ("", "_after")}
    ).to_pandas().iloc[0]  # fmt: skip
    squares = {}
    for m in measures:
        own = []
        for end in ("", "_after"):
            part, base = total[m.part + end], total[m.base + end]
            # influence of a person on the logarithm of the ratio
            own.append(sums[m.part + end] / (part or np.nan) - sums[m.base + end] / (base or np.nan))
        squares |= {m.name: (own[0] ** 2).sum(), f"{m.name}_after": (own[1] ** 2).sum(),
                    f"{m.name}_change": ((own[1] - own[0]) ** 2).sum()}  # fmt: skip
    variance = sums.agg(**squares).to_pandas().iloc[0]
    z, records = ndtri((1 + level) / 2), []
    ids, persons = total["one"], total["people"]
    records.append(
        {"measure": "customers", "label": "Customers", "unit": "count"}
        | {f"{side}{end}": n for side, n in (("before", ids), ("after", persons)) for end in _ENDS}
        | {f"change{end}": persons / ids - 1 for end in _ENDS}
    )
    for m in measures:
        before, after = (total[m.part + e] / total[m.base + e] if total[m.base + e] else np.nan for e in ("", "_after"))
        record = {"measure": m.name, "label": m.words, "unit": m.unit}
        for side, ratio, error in (("before", before, ""), ("after", after, "_after"), ("change", None, "_change")):
            reach = np.exp(z * np.sqrt(variance[m.name + error]))
            whole = ratio if ratio is not None else (after / before if before else np.nan)
            less = 0 if ratio is not None else 1
            most = 1.0 if m.unit == "share" and ratio is not None else np.inf
            record |= {
                side: whole - less,
                f"{side}_low": whole / reach - less,
                f"{side}_high": min(whole * reach, most) - less,
            }
        records.append(record)
    return pd.DataFrame(records)


def _values(lines: ibis.Table, terms: Terms, model, level: float, rng) -> tuple[pd.DataFrame, pd.DataFrame, tuple]:
    """Expected value of a customer and of all, by ids and by people; their Monte-Carlo errors; and the checks."""
    sides, errors, checks = {}, {}, []
    for side, key in (("before", "id"), ("after", "person")):
        log = lines.select(customer_id=_[key], timestamp=_.day, amount=_.value)
        try:
            found = _value(log, terms, model, level, rng)
        except ModelError as problem:
            checks = [Check("the model of value", False, "not fitted", "fitted", problem.found)]
            break
        sides[side], errors[side] = found.segments.iloc[-1], found.segment_errors.iloc[-1]
        checks = list(found.checks)  # those of the people, in the end
    names = {"value": ("each", "Value each"), "total_value": ("total", "Value of all")}
    records, sampled = [], []
    for name, (column, label) in names.items():
        record, error = {"measure": name, "label": label, "unit": "money"}, {}
        for side in ("before", "after"):
            own = sides.get(side) if len(sides) == 2 else None
            for end in _ENDS:
                record[side + end] = np.nan if own is None else float(own[column + end])
                error[side + end] = 0.0 if own is None else float(errors[side][column + end])
        change = record["after"] / record["before"]
        reach = np.exp(np.hypot(*(np.log(record[f"{s}_high"] / record[f"{s}_low"]) / 2 for s in ("before", "after"))))
        relative = np.hypot(*(error[s] / record[s] for s in ("before", "after"))) * change
        record |= {"change": change - 1, "change_low": change / reach - 1, "change_high": change * reach - 1}
        error |= {"change": relative, "change_low": 2 * relative, "change_high": 2 * relative}
        records.append(record)
        sampled.append(error)
    return pd.DataFrame(records), pd.DataFrame(sampled).fillna(0.0), tuple(dict.fromkeys(checks))


def _value(log: ibis.Table, terms: Terms, model, level: float, rng):
    summary = summarise(log, time_unit=terms.time_unit, currency=terms.currency)
    rows = summary.spend_rows
    if rows.customers < 2:
        raise ModelError(f"{count(rows.customers)} customers have a repeat purchase with an amount above zero.")
    common = {"draws": 2000, "currency": terms.currency, "time_unit": terms.time_unit}
    purchases = fit(model, summary.rows, rng=rng, **common)
    return customer_value(
        purchases, fit(GAMMA_GAMMA, rows, rng=rng, **common), summary, terms, draws=400, level=level, rng=rng
    )


def _sentence(row: pd.Series, level: float, currency: str) -> str:
    def said(side: str) -> str:
        values = (row[side + end] for end in _ENDS)
        value, low, high = (quantity(v, row["unit"], currency) if row["unit"] else number(v) for v in values)
        return f"{value} {interval(low, high, level=level)}"

    change = interval(*(share(row[f"change{end}"]) for end in _ENDS[1:]), level=level)
    return f"{row['label']}: {said('before')} by ids, {said('after')} by people, {share(row['change'])} {change}."
