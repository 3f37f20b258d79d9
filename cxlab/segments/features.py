"""Features: what is known of each customer, declared in words and gathered in the engine.

A declaration names a table of the contract, what is measured, and a column where it needs one:

    rfm                                   recency, frequency and money of purchases
    customers.age                         a column of `customers` (text becomes a category)
    customers.consent=yes                 1 where the column has this value, else 0
    transactions.count                    rows of the customer; 0 without any. days: days with a row
    transactions.mean(amount)             sum, mean, median, min, max, std of a column
    transactions.distinct(item)           how many different values
    transactions.share_of(channel=web)    share of the customer's rows with this value
    transactions.share_of(channel)        the same for each of the most frequent values
    touchpoints.most(channel)             the customer's most frequent value, a category
    touchpoints.days_since                days from the last row to the end of observation; days_known from the first
    surveys.answer(tea_time)              mean score of the answers to a question; surveys.answers: every question

`as NAME` names a feature, and `| log`, `| standard` or `| none` decides its scale.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.segments.table import FeatureTable, Recipe, recipe_of

MOST_LEVELS = 8
SCALES = ("auto", "log", "standard", "none")
_RFM = (
    "transactions.days_since as recency", "transactions.days as frequency", "transactions.sum(amount) as monetary",
)  # fmt: skip
_FORM = re.compile(
    r"^(?P<table>\w+)\.(?P<measure>\w+)(\((?P<column>[^()=]+?)\s*(=\s*(?P<value>[^()]*))?\))?(\s*=\s*(?P<equals>.+?))?"
    r"(\s+as\s+(?P<name>.+?))?(\s*\|\s*(?P<scale>\w+))?$"
)
_AGGREGATES = {"sum": "sum", "mean": "mean", "median": "median", "min": "min", "max": "max", "std": "std"}
_MEASURES = (
    "count",
    "days",
    "distinct",
    "share_of",
    "most",
    "days_since",
    "days_known",
    "answer",
    "answers",
    *_AGGREGATES,
)
_MONEY = ("amount", "price", "cost", "margin", "unit_price")


@dataclass(frozen=True)
class Feature:
    """One declared feature; `feature` reads it from text.

    Parameters
    ----------
    table, measure : where it comes from and what is measured: a name of the grammar above, or a column of `customers`
    column, value : what the measure is of
    name : what readers see
    scale : "auto" (log where the tail is long), "log", "standard" or "none"
    """

    table: str
    measure: str
    column: str = ""
    value: str = ""
    name: str = ""
    scale: str = "auto"

    @property
    def text(self) -> str:
        """The declaration in words; `feature` reads it back."""
        inner = f"({self.column}{'=' + self.value if self.value and self.column else ''})" if self.column else ""
        equals = f"={self.value}" if self.value and not self.column else ""
        rest = (f" as {self.name}" if self.name else "") + ("" if self.scale == "auto" else f" | {self.scale}")
        return f"{self.table}.{self.measure}{inner}{equals}{rest}"

    @property
    def label(self) -> str:
        """The name, or one made from the declaration."""
        if self.name:
            return self.name
        if self.table == "customers":
            return f"{self.measure}: {self.value}" if self.value else self.measure
        words = {"count": "number of {t}", "days": "days with {t}",
                 "days_since": "days since last of {t}", "days_known": "days since first of {t}",
                 "share_of": "{c} {v}, share of {t}", "distinct": "different {c} in {t}", "most": "most frequent {c}",
                 "answer": "{c}"}  # fmt: skip
        form = words.get(self.measure, "{m} {c} of {t}")
        return form.format(t=self.table, c=self.column, v=self.value, m=self.measure)


def feature(declaration: str, *, name: str = "", scale: str = "") -> Feature:
    """Read one declaration.

    Raises
    ------
    ParameterError : it does not follow the grammar; says which part.

    >>> feature("transactions.share_of(channel=web) as online")
    Feature(table='transactions', measure='share_of', column='channel', value='web', name='online', scale='auto')
    >>> feature("customers.age | none").text
    'customers.age | none'
    """
    parts = _FORM.match(declaration.strip())
    if parts is None:
        raise ParameterError(
            f"feature {declaration!r} cannot be read.",
            expected="TABLE.COLUMN of customers, or TABLE.MEASURE(COLUMN) as NAME",
            mend='for example "transactions.mean(amount) as basket"',
        )
    found = {key: (text or "").strip() for key, text in parts.groupdict().items()}
    made = Feature(
        found["table"], found["measure"], found["column"], found["value"] or found["equals"], name or found["name"],
        scale or found["scale"] or "auto",
    )  # fmt: skip
    if made.scale not in SCALES:
        raise unknown("scale", made.scale, SCALES)
    if made.table == "customers":
        return made
    if made.measure not in _MEASURES:
        raise unknown(f"measure of {made.table}", made.measure, _MEASURES)
    if made.measure in (*_AGGREGATES, "distinct", "share_of", "most", "answer") and not made.column:
        raise ParameterError(
            f"feature {declaration!r} names no column.",
            expected=f"{made.table}.{made.measure}(COLUMN)",
            mend=f"{made.table}.{made.measure}(amount)" if made.measure in _AGGREGATES else "",
        )
    return made


def features(
    source,
    declarations: Sequence[str | Feature] = ("rfm",),
    *,
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    currency: str = "",
) -> FeatureTable:
    """Gather declared features of every customer: one row a customer, aggregated in the engine.

    Parameters
    ----------
    source : Dataset, or mapping of names to Ibis tables
    declarations : in words (see the module) or as `Feature`
    start, end : first and last day that count, for tables with a timestamp; the whole log by default

    Returns
    -------
    FeatureTable. Customers are those of `customers` where it is declared or holds them all, else those of the tables
    that are used. Counts without a row are 0; every other measure without a row is missing, and stays so.

    Raises
    ------
    DataError : a table, column or value is not there; names those that are.

    >>> import ibis, datetime as dt
    >>> log = ibis.memtable({"customer_id": ["a", "a", "b"], "amount": [5., 7., 3.],
    ...                      "timestamp": [dt.date(2024, 1, 1), dt.date(2024, 1, 15), dt.date(2024, 1, 8)]})
    >>> found = features({"transactions": log}, ["rfm", "transactions.max(amount) as largest"])
    >>> found.names, found.values.tolist()
    (('recency', 'frequency', 'monetary', 'largest'), [[0.0, 2.0, 12.0, 7.0], [7.0, 1.0, 3.0, 3.0]])
    """
    tables = source if isinstance(source, Mapping) else source.tables
    wanted = [f for d in declarations for f in _expanded(d)]
    if not wanted:
        raise ParameterError("no features are declared.", expected="one or more", mend='features=("rfm",)')
    limited = {}
    for name in dict.fromkeys(f.table for f in wanted):
        if name not in tables:
            raise unknown("table", name, tables, error=DataError)
        limited[name] = _within(tables[name], start, end)
    wanted = [f for w in wanted for f in _levels(w, limited[w.table])]
    last = _day(end) if end else _last_day(limited, getattr(source, "observation_end", None))
    keyed = {f"feature_{i}": f for i, f in enumerate(wanted)}
    parts = [_gather(limited[name], {k: f for k, f in keyed.items() if f.table == name}, last) for name in limited]
    ids = parts[0].select("customer_id")
    for part in parts[1:]:
        ids = ids.union(part.select("customer_id"), distinct=True)
    joined = ids
    for part in parts:
        joined = joined.left_join(part, "customer_id").drop("customer_id_right")
    # only one row a customer leaves the engine, in a stated order
    frame = joined.order_by("customer_id").to_pandas()
    names = _distinct_names([f.label for f in wanted])
    recipes, columns = [], []
    for (key, f), name in zip(keyed.items(), names, strict=True):
        column = frame[key]
        if f.measure in ("count", "days") and f.table != "customers":
            column = column.fillna(0)
        recipe, numbers = recipe_of(name, column, declaration=f.text, unit=_unit(f), scale=f.scale)
        recipes.append(recipe)
        columns.append(numbers)
    period = "" if last is None else f"to {last:%-d %b %Y}"
    return FeatureTable(
        customers=frame["customer_id"].to_numpy(object), values=np.column_stack(columns), recipes=tuple(recipes),
        period=period, currency=currency,
    )  # fmt: skip


def _expanded(declaration: str | Feature) -> list[Feature]:
    if isinstance(declaration, Feature):
        return [declaration]
    return [feature(text) for text in _RFM] if declaration.strip() == "rfm" else [feature(declaration)]


def _within(table: ir.Table, start, end) -> ir.Table:
    if "customer_id" not in table.columns:
        raise unknown("column", "customer_id", table.columns, error=DataError)
    table = table.filter(table.customer_id.notnull())
    if "timestamp" in table.columns:
        if start:
            table = table.filter(_date(table) >= ibis.literal(_day(start)))
        if end:
            table = table.filter(_date(table) <= ibis.literal(_day(end)))
    return table


def _day(day: dt.date | str) -> dt.date:
    return dt.date.fromisoformat(day) if isinstance(day, str) else day


def _date(table: ir.Table):
    return _column(table, "timestamp").cast("date")


def _last_day(tables: Mapping[str, ir.Table], stated: dt.date | None) -> dt.date | None:
    if stated:
        return stated
    lasts = [_date(t).max().to_pyarrow().as_py() for t in tables.values() if "timestamp" in t.columns]
    return max((day for day in lasts if day is not None), default=None)


def _levels(f: Feature, table: ir.Table) -> list[Feature]:
    """`share_of(column)` for each frequent value, and `answers` for each question."""
    from dataclasses import replace

    by, measure = (f.column, "share_of") if f.measure == "share_of" else ("question", "answer")
    if (f.measure != "share_of" or f.value) and f.measure != "answers":
        return [f]
    _column(table, by)
    counted = table.filter(table[by].notnull()).group_by(by).agg(rows=_.count())
    top = counted.order_by([ibis.desc("rows"), by]).limit(MOST_LEVELS if measure == "share_of" else 100).to_pandas()
    levels = top[by].astype(str).tolist()
    if measure == "answer":
        return [Feature(f.table, "answer", level, scale=f.scale) for level in levels]
    return [replace(f, value=level, name=f"{f.name}: {level}" if f.name else "") for level in levels]


def _column(table: ir.Table, name: str):
    if name not in table.columns:
        raise unknown("column", name, table.columns, error=DataError)
    return table[name]


def _gather(table: ir.Table, wanted: Mapping[str, Feature], last: dt.date | None) -> ir.Table:
    """One row a customer with the wanted measures of one table, named by their keys."""
    if all(f.table == "customers" for f in wanted.values()):
        chosen = {key: _attribute(table, f) for key, f in wanted.items()}
        return table.select("customer_id", **chosen).distinct(on="customer_id")
    plain = {key: _aggregate(table, f, last) for key, f in wanted.items() if f.measure != "most"}
    result = table.group_by("customer_id").agg(**plain) if plain else table.select("customer_id").distinct()
    for key, f in wanted.items():
        if f.measure == "most":
            own = _most_frequent(table, f.column, key)
            result = result.left_join(own, "customer_id").drop("customer_id_right")
    return result


def _most_frequent(table: ir.Table, by: str, key: str) -> ir.Table:
    """The value each customer has most often; of equals the first in the alphabet."""
    column = _column(table, by)
    counted = table.filter(column.notnull()).group_by(["customer_id", by]).agg(rows=_.count())
    place = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc("rows"), by])
    ranked = counted.mutate(place=place)
    return ranked.filter(ranked["place"] == 0).select("customer_id", **{key: ranked[by]})


def _attribute(table: ir.Table, f: Feature):
    column = _column(table, f.measure)
    if f.value:
        return (column.cast("string") == f.value).cast("float64")
    return column


def _aggregate(table: ir.Table, f: Feature, last: dt.date | None):
    if f.measure == "count":
        return table.count()
    if f.measure == "days":
        return _date(table).nunique()
    if f.measure in ("days_since", "days_known"):
        stamp = _date(table)
        day = stamp.max() if f.measure == "days_since" else stamp.min()
        return ibis.literal(last).delta(day, unit="day").cast("float64")
    if f.measure == "answer":
        question = _column(table, "question").cast("string") == f.column
        return _column(table, "score").cast("float64").mean(where=question)
    column = _column(table, f.column)
    if f.measure == "share_of":
        return (column.cast("string") == f.value).cast("float64").mean()
    if f.measure == "distinct":
        return column.nunique().cast("float64")
    if not column.type().is_numeric():
        raise DataError(
            f"{f.table}.{f.column} is {column.type()}, and {f.measure} needs a number.",
            expected="a numeric column", mend=f"{f.table}.share_of({f.column}) or {f.table}.most({f.column})",
        )  # fmt: skip
    return getattr(column.cast("float64"), _AGGREGATES[f.measure])()


def _unit(f: Feature) -> str:
    if f.table == "customers":
        return "share" if f.value else ""
    if f.measure in ("count", "days", "distinct"):
        return "count"
    if f.measure in ("days_since", "days_known"):
        return "days"
    if f.measure == "share_of":
        return "share"
    return "money" if f.column in _MONEY else ""


def _distinct_names(names: Sequence[str]) -> list[str]:
    twice = pd.Series(names)[pd.Series(names).duplicated()]
    if len(twice):
        raise ParameterError(f"two features are called {twice.iloc[0]!r}.", expected="a name each", mend='"… as NAME"')
    return list(names)


__all__ = ["Feature", "FeatureTable", "Recipe", "feature", "features"]
