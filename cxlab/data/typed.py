"""Columns of tables that have types of their own, read by the rules of the contract as Ibis expressions.

What `cxlab.data.columns` says in SQL of DuckDB for text files, databases and Parquet is said here for any engine that
Ibis speaks to. There is no text to be made sense of: numbers must come as numbers and times as times.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir

from cxlab.data.columns import MADE
from cxlab.data.contract import Column, Table
from cxlab.data.names import Match, public_name
from cxlab.data.reading import SPACES
from cxlab.data.rules import Rules
from cxlab.data.yesno import FAULT, NO, YES
from cxlab.errors import DataError

_NUMBERS, _TIMES = ("money", "number", "count"), ("time", "period")
_OPEN = date(2200, 1, 1)
_NONE = ibis.null("string")
#: the largest whole number that every engine writes alike
_WHOLE = 1e15


@dataclass(frozen=True)
class Plan:
    """A column to be made.

    Parameters
    ----------
    name, source, how, rule : what the user is told: its public name, the source's, how it was found and is read
    column : the contract's, None for a column of the source's own
    cells, value : what stands in the source, and what is made of it
    fault : why a cell cannot be used, null where it can ("is below 1"); None where every cell can
    """

    name: str
    source: str
    how: str
    rule: str
    column: Column | None
    cells: ir.Value
    value: ir.Value
    fault: ir.Value | None = None


def kind(column: ir.Value) -> str:
    """What a column holds, as the door for files says it: text, number, time, date or other."""
    of = column.type()
    if of.is_numeric():
        return "number"
    return "time" if of.is_timestamp() else "date" if of.is_date() else "other" if of.is_boolean() else "text"


def cells(
    rows: ir.Table, names: Mapping[str, str], missing: Sequence[str], *, worded: Collection[str] = ()
) -> ir.Table:
    """Rows with `source_row` and the columns by their names; text without white space around it, null when it means
    nothing; times in UTC without a zone.

    Parameters
    ----------
    worded : source columns in which the words of `missing` are names

    >>> rows = ibis.memtable({"source_row": [1, 2], "Who": [" a ", "n/a"]})
    >>> cells(rows, {"Who": "c1"}, ["n/a"]).execute()["c1"].tolist()
    ['a', nan]
    """
    made = {}
    for header, name in names.items():
        value = rows[header]
        if value.type().is_timestamp() and value.type().timezone:
            value = value.cast("timestamp")
        elif kind(value) == "text":
            bare = value.cast("string").re_replace(f"^[{SPACES}]+|[{SPACES}]+$", "")
            nothing = [""] if header in worded else ["", *missing]
            value = bare.lower().isin(nothing).ifelse(_NONE, bare)
        made[name] = value
    return rows.select("source_row", **made)


def plan(rows: ir.Table, names: Mapping[str, str], table: Table, matches: Sequence[Match], rules: Rules, label: str):
    """How each column is read: of the contract, in its order, then the source's own.

    Parameters
    ----------
    rows : from `cells`
    names : {source column: its name in `rows`}

    Raises
    ------
    DataError : a column of numbers or times comes as another type.
    """
    found = {m.source: m for m in matches if m.source in names}
    timed = _timed(rows, [names[m.source] for m in found.values() if table[m.column].kind in _TIMES])
    plans = [_plan(rows[names[m.source]], m, table[m.column], rules, timed, label) for m in found.values()]
    made = next((m for m in matches if m.source not in names), None)
    if made:
        price, quantity = (next(p for p in plans if p.name == factor) for factor in table.product[1:])
        product = price.value * quantity.value
        plans.append(
            Plan(made.column, made.source, made.how, "price × quantity", table[made.column], price.cells, product)
        )
        order = [c.name for c in table.columns]
        plans.sort(key=lambda p: order.index(p.name))
    order = table.numbered or (table.sequenced and table.sequenced[2])
    if order and order not in {p.name for p in plans}:
        number = rows.source_row.cast("string" if table[order].kind == "id" else "int64")
        plans.insert(
            0 if table.numbered else len(plans),
            Plan(order, "", MADE, "number of the row", table[order], number, number),
        )
    taken = {c.name for c in table.columns}
    for header in (h for h in names if h not in found):
        own = public_name(header, taken)
        taken.add(own)
        held = rows[names[header]]
        rule = "text" if kind(held) == "text" else "as in the source"
        plans.append(Plan(own, header, "own name", rule, None, held, held))
    return plans


def _timed(rows: ir.Table, names: Sequence[str]) -> set[str]:
    """Columns of times that say more than days."""
    times = [n for n in names if kind(rows[n]) == "time"]
    if not times:
        return set()
    looks = {n: (rows[n].truncate("D") != rows[n]).cast("int64").sum() for n in times}
    seen = rows.aggregate(**looks).execute().iloc[0]
    return {n for n in times if seen[n] > 0}


def _plan(value: ir.Value, match: Match, column: Column, rules: Rules, timed: set[str], label: str) -> Plan:
    held = kind(value)
    plan = Plan(match.column, match.source, match.how, "text", column, value, value)
    if column.kind == "flag" or (column.yes_no and held in ("text", "other")):
        return _flag(plan)
    if column.kind in _NUMBERS:
        if held == "text":
            raise _untyped(match, label, "text", "numbers", "double")
        if held != "number":
            present = value.notnull()
            return replace(plan, rule="number", value=ibis.null("float64"), fault=_why((present, "is not a number")))
        return _number(replace(plan, rule="number"), column, rules)
    if column.kind in _TIMES:
        if held in ("text", "number"):
            raise _untyped(match, label, held, "dates or times", "timestamp")
        if held == "other":
            return replace(plan, value=ibis.null("date"), fault=_why((value.notnull(), "is not a date")))
        return _time(plan, column, rules, timed=value.get_name() in timed)
    text = as_text(value)
    if column.known:
        alike = text.re_replace(r"[\s_-]+", "").lower()
        text = alike.cases(*((_alike(known), known) for known in column.known), else_=text)
    return replace(plan, value=text)


def _flag(plan: Plan) -> Plan:
    """Yes and no, true and false, 1 and 0."""
    cell, none = plan.value, ibis.null("int64")
    if kind(cell) == "text":
        value = ibis.cases((cell.lower().isin(YES), 1), (cell.lower().isin(NO), 0), else_=none)
    elif kind(cell) == "number":
        value = ibis.cases((cell == 1, 1), (cell == 0, 0), else_=none)
    else:
        value = cell.cast("int64") if cell.type().is_boolean() else none
    value = value.cast("int64")
    return replace(plan, rule="1 or 0", value=value, fault=_why((cell.notnull() & value.isnull(), FAULT)))


def _alike(known: str) -> str:
    return known.lower().replace("-", "").replace("_", "").replace(" ", "")


def as_text(value: ir.Value) -> ir.Value:
    """A cell as text; whole numbers without a point."""
    if kind(value) == "number" and not value.type().is_integer():
        number = value.cast("float64")
        whole = (number == number.round()) & (number.abs() < _WHOLE)
        return ibis.cases((whole, _integer(number, whole).cast("string")), else_=shown(value))
    return value.cast("string")


def _integer(number: ir.Value, safe: ir.Value) -> ir.Value:
    """A number as a whole one where that is safe; engines fail where it is not, even in a branch not taken."""
    return ibis.cases((safe, number), else_=ibis.null("float64")).cast("int64")


def shown(value: ir.Value) -> ir.Value:
    """A cell as it is written down beside the reason of its row, alike on every engine for numbers up to 15 digits."""
    if not value.type().is_floating():
        return value.cast("string")
    number = value.cast("float64")
    whole = (number == number.round()) & (number.abs() < _WHOLE)
    return ibis.cases(
        (number.isnan(), "nan"),
        (_odd(number), ibis.ifelse(number > 0, "inf", "-inf")),
        (whole, _integer(number, whole).cast("string") + ".0"),
        else_=number.cast("string"),
    )


def _odd(number: ir.Value) -> ir.Value:
    """Whether a number is infinite or none. (Ibis' own isinf finds nothing on Spark.)"""
    return (number - number).isnan()


def _number(plan: Plan, column: Column, rules: Rules) -> Plan:
    number, rule = plan.value.cast("float64"), plan.rule
    odd = _odd(number) if plan.value.type().is_floating() else ibis.literal(False)
    value, cases = number, [(odd, "is not finite")]
    low, high = column.minimum, column.maximum
    if column.kind == "count":
        cases.append((number != number.round(), "is not a whole number"))
        value = _integer(number.round(), ~odd & (number.abs() < 9e18))
    asked = getattr(rules, column.scale) if column.scale else None
    if asked:
        low, high = sorted(asked)
    if low is not None:
        cases.append((number < low, f"is below {low:g}"))
    if high is not None:
        cases.append((number > high, f"is above {high:g}"))
    if asked:
        worst, best = asked
        value = column.minimum + (number - worst) * ((column.maximum - column.minimum) / (best - worst))
        rule += f", {worst:g} to {best:g} stretched over {column.minimum:g} to {column.maximum:g}"
    return replace(plan, value=value, rule=rule, fault=_why(*cases))


def _time(plan: Plan, column: Column, rules: Rules, *, timed: bool) -> Plan:
    value = plan.value if timed else plan.value.cast("date")

    def day(at: date):
        return ibis.literal(datetime(at.year, at.month, at.day) if timed else at)

    if not column.required:
        value = (value < day(_OPEN)).ifelse(value, ibis.null(value.type()))
    cases = [(value < day(rules.earliest), f"is before {rules.earliest}")]
    if column.past:
        latest = rules.latest or date.today()
        why = f"is after {latest}" if rules.latest else "is in the future"
        cases.append((value >= day(latest + timedelta(days=1)), why))
    return replace(plan, value=value, fault=_why(*cases), rule="date and time as written" if timed else "date")


def _why(*cases: tuple[ir.Value, str]) -> ir.Value:
    return ibis.cases(*((when, ibis.literal(why)) for when, why in cases), else_=_NONE)


def _untyped(match: Match, label: str, found: str, expected: str, cast: str) -> DataError:
    return DataError(
        f"{label}: the column {match.source!r}, which is to be {match.column}, holds {found}.",
        expected=f"{match.column} as {expected}: tables of an engine come with their types",
        mend=f'cast it there: CAST({match.source} AS {cast}); or load the file itself: cx.load("FILE")',
    )
