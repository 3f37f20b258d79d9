"""Checking: one pass that types every column of a raw source by rule, and says of each row why it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cxlab.data.columns import Plan, plan_columns
from cxlab.data.contract import Table
from cxlab.data.engine import Engine, identifier, quoted
from cxlab.data.names import Match
from cxlab.data.raw import Raw
from cxlab.data.reading import merged, staged
from cxlab.data.rules import Rules
from cxlab.wording import count

_TOTALS = (
    r"^(?:grand |sub)?\s*(?:total|totals|sum|summe|gesamt|gesamtsumme|zwischensumme|somme|suma|soma|totaal|totale)\b"
)
_SHOWN = 200


@dataclass
class Checked:
    """A source after the pass.

    Parameters
    ----------
    table : DuckDB table with `source_row`, the public columns, and `fault`, a struct of column, value and reason
        that is NULL where the row is kept
    columns : public columns, in order
    read, kept, quarantined : rows
    rules : {public column: (source column, how, rule)}
    notes : for the user
    currency : what the amounts state, "" when nothing
    """

    table: str
    columns: Sequence[str]
    read: int
    kept: int
    quarantined: int
    rules: Mapping[str, tuple[str, str, str]]
    notes: list[str] = field(default_factory=list)
    currency: str = ""


def check(engine: Engine, raw: Raw, table: Table, matches: Sequence[Match], *, rules: Rules, label: str) -> Checked:
    """Type and check every row of a raw source.

    Raises
    ------
    AssertionError : kept and quarantined rows do not add up to the rows read.
    """
    base = f"(SELECT * EXCLUDE (fault), fault AS broken FROM {raw.table})"
    plans, notes, currency = plan_columns(engine, raw, table, matches, base=base, rules=rules)
    name = engine.name("checked")
    readings = [p.reading for p in plans]
    typed = {f"v{i}": p.reading.value for i, p in enumerate(plans)}
    faults = {f"w{i}": p.reading.fault for i, p in enumerate(plans) if p.column}
    query = staged(base, [*merged(readings), typed | faults])
    index = {p.name: i for i, p in enumerate(plans)}
    cases = _broken_rows(raw, table, plans, index) + _refunds(engine, table, plans, index, rules, query)
    fault = f"CASE {' '.join(cases)} END"
    columns = ", ".join(f"v{i} AS {identifier(p.name)}" for i, p in enumerate(plans))
    engine.run(f"CREATE TABLE {name} AS SELECT source_row, {columns}, {fault} AS fault FROM {query}")
    notes += _repeats(engine, table, name, [p.name for p in plans], rules)
    result = engine.row(f"SELECT count(*) FILTER (fault IS NULL) AS kept, count(fault) AS quarantined FROM {name}")
    if result["kept"] + result["quarantined"] != raw.read:
        raise AssertionError(
            f"{label}: {raw.read} rows read, {result['kept']} kept, {result['quarantined']} quarantined"
        )
    rules_shown = {p.name: (p.source, p.how, p.reading.rule) for p in plans}
    return Checked(
        name,
        [p.name for p in plans],
        raw.read,
        **result,
        rules=rules_shown,
        notes=[*raw.notes, *notes],
        currency=currency,
    )


def _why(column: str, value: str, reason: str) -> str:
    """SQL of what is written down about a row that is not kept."""
    return f"{{'column': {quoted(column)}, 'value': left(CAST({value} AS VARCHAR), {_SHOWN}), 'reason': {reason}}}"


def _broken_rows(raw: Raw, table: Table, plans: Sequence[Plan], index: Mapping[str, int]) -> list[str]:
    """SQL cases of rows that break the contract: not split, totals, missing or unreadable values, impossible order."""
    cases = [f"WHEN broken IS NOT NULL THEN {_why('', 'line', 'broken')}"]
    first = next((f"c{i}" for i, k in enumerate(raw.kinds, start=1) if k == "text"), None)
    if first:
        unusable = " OR ".join(f"v{index[c]} IS NULL" for c in table.required)
        total = f"regexp_matches(lower({first}), {quoted(_TOTALS)})"
        cases.append(f"WHEN ({unusable}) AND {total} THEN {_why('', first, quoted('a line of totals'))}")
    for i, plan in enumerate(plans):
        if plan.column and plan.reading.fault != "NULL":
            reason = f"{quoted(plan.name + ' ')} || w{i}"
            cases.append(f"WHEN w{i} IS NOT NULL THEN {_why(plan.name, plan.cells, reason)}")
        if plan.column and plan.column.required:
            cases.append(f"WHEN v{i} IS NULL THEN {_why(plan.name, plan.cells, quoted(f'{plan.name} is missing'))}")
    for smaller, larger in table.order:
        if smaller in index and larger in index:
            said = f"{larger} is before {smaller}" if table[larger].kind == "time" else f"{smaller} exceeds {larger}"
            why = _why(larger, plans[index[larger]].cells, quoted(said))
            cases.append(f"WHEN v{index[smaller]} > v{index[larger]} THEN {why}")
    return cases


def _refunds(
    engine: Engine, table: Table, plans: Sequence[Plan], index: Mapping[str, int], rules: Rules, query: str
) -> list[str]:
    """SQL cases of refunds and cancellations, none when they are kept.

    "C" before an order number marks a cancellation only where most orders are plain numbers.
    """
    if rules.refunds == "keep":
        return []
    asked = ", left out as asked" if rules.refunds == "drop" else ""
    cases = []
    for i, plan in enumerate(plans):
        if plan.column and plan.column.refundable:
            reason = quoted(f"{plan.name} is negative: a refund or cancellation{asked}")
            cases.append(f"WHEN v{i} < 0 THEN {_why(plan.name, plan.cells, reason)}")
    if table.cancelled in index:
        order = f"v{index[table.cancelled]}"
        mark, number = f"regexp_matches({order}, '^[Cc]\\d+$')", f"regexp_matches({order}, '^\\d+$')"
        found = engine.row(
            f"SELECT count(*) FILTER ({mark}) AS marked, count(*) FILTER ({number}) AS plain FROM {query}"
        )
        if found["plain"] > found["marked"] > 0:
            reason = quoted(f"{table.cancelled} begins with C: a cancellation{asked}")
            cases.append(f"WHEN {mark} THEN {_why(table.cancelled, order, reason)}")
    return cases


def _repeats(engine: Engine, table: Table, name: str, columns: Sequence[str], rules: Rules) -> list[str]:
    """Set aside rows that repeat an earlier one, where the contract or a rule says so; note those that are kept."""
    notes = []
    whole = "hash(" + ", ".join(map(identifier, columns)) + ")"
    repeats = engine.value(f"SELECT count(*) - count(DISTINCT {whole}) FROM {name} WHERE fault IS NULL")
    if repeats and (rules.duplicates or table.repeats) == "quarantine":
        _set_aside(engine, name, whole, "", "NULL", "'repeats row ' || first || ' in every column'")
    elif repeats:
        notes.append(
            f"{count(repeats)} rows repeat an earlier row in every column and are kept "
            "(option duplicates=quarantine sets them aside)"
        )
    if table.unique:
        keys = ", ".join(map(identifier, table.unique))
        said = quoted(" and ".join(table.unique))
        value = f"CAST({identifier(table.unique[0])} AS VARCHAR)"
        _set_aside(engine, name, keys, table.unique[0], value, f"{said} || ' stands on row ' || first || ' already'")
    for column in (c.name for c in table.columns if c.refundable and c.kind == "money"):
        found = engine.row(
            f"SELECT count(*) FILTER ({identifier(column)} = 0) AS zero, count(*) FILTER ({identifier(column)} < 0) AS "
            f"negative FROM {name} WHERE fault IS NULL"
        )
        if found["zero"]:
            notes.append(f"{count(found['zero'])} zero amounts are kept")
        if found["negative"]:
            notes.append(f"{count(found['negative'])} negative amounts are kept as refunds (refunds: keep)")
    return notes


def _set_aside(engine: Engine, name: str, same: str, column: str, value: str, reason: str) -> None:
    """Quarantine the rows that share `same` with an earlier row, whose number is `first` in the reason."""
    ranked = (
        f"SELECT source_row, row_number() OVER w AS turn, first_value(source_row) OVER w AS first FROM {name} "
        f"WHERE fault IS NULL WINDOW w AS (PARTITION BY {same} ORDER BY source_row)"
    )
    engine.run(
        f"UPDATE {name} SET fault = {{'column': {quoted(column)}, 'value': {value}, 'reason': {reason}}} "
        f"FROM (SELECT * FROM ({ranked}) WHERE turn > 1) r WHERE {name}.source_row = r.source_row"
    )
