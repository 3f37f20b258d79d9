"""Checking: one pass that types every column of a raw source by rule, and says of each row why it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cxlab.data.columns import MADE, Plan, as_text, plan_columns
from cxlab.data.contract import Table
from cxlab.data.engine import Engine, identifier, quoted
from cxlab.data.masking import masked
from cxlab.data.names import Match
from cxlab.data.raw import Raw
from cxlab.data.reading import merged, staged
from cxlab.data.rules import Rules
from cxlab.data.yesno import without_words
from cxlab.errors import DataError
from cxlab.wording import count, number, share

_TOTALS = (
    r"^(?:grand |sub)?\s*(?:total|totals|sum|summe|gesamt|gesamtsumme|zwischensumme|somme|suma|soma|totaal|totale)\b"
)
_SHOWN = 200
#: a share of answers outside their scale that says that they were asked on another
_ANOTHER_SCALE = 0.05


@dataclass
class Checked:
    """A source after the pass.

    Parameters
    ----------
    table : DuckDB table with `source_row`, the public columns, and `fault`, a struct of column, value and reason
        that is NULL where the row is kept
    columns : public columns, in order
    read, kept, quarantined : rows
    rules : {public column: (source column, how, rule)} of the columns that the source has
    notes : for the user
    currency : what the amounts state, "" when nothing
    tied : whether rows share who and when with another, where the table has an order in time
    """

    table: str
    columns: Sequence[str]
    read: int
    kept: int
    quarantined: int
    rules: Mapping[str, tuple[str, str, str]]
    notes: list[str] = field(default_factory=list)
    currency: str = ""
    tied: bool = False


def check(
    engine: Engine, raw: Raw, table: Table, matches: Sequence[Match], *, rules: Rules, label: str, before: int = 0
) -> Checked:
    """Type and check every row of a raw source.

    Parameters
    ----------
    before : the last row number of the sources of this table that come before, on top of which rows are sequenced

    Raises
    ------
    DataError : the answers of a column were asked on another scale.
    AssertionError : kept and quarantined rows do not add up to the rows read.
    """
    raw, base = _numbers_as_times(raw, table, matches)
    base = without_words(engine, raw, base, table, matches, rules)
    plans, notes, currency = plan_columns(engine, raw, table, matches, base=base, rules=rules)
    name = engine.name("checked")
    readings = [p.reading for p in plans]
    typed = {f"v{i}": _usable(p, before) for i, p in enumerate(plans)}
    faults = {f"w{i}": p.reading.fault for i, p in enumerate(plans) if p.column}
    query = staged(base, [*merged(readings), typed | faults])
    index = {p.name: i for i, p in enumerate(plans)}
    notes += _left_empty(engine, plans, query, rules=rules, label=label)
    cases = _broken_rows(raw, table, plans, index) + _refunds(engine, table, plans, index, rules, query)
    fault = f"CASE {' '.join(cases)} END"
    columns = ", ".join(f"v{i} AS {identifier(p.name)}" for i, p in enumerate(plans))
    engine.run(f"CREATE TABLE {name} AS SELECT source_row, {columns}, {fault} AS fault FROM {query}")
    tied = bool(table.sequenced and _more_than_once(engine, name, table.sequenced[:2]))
    # Rows that are alike in every column are alike in who and when.
    own = [p.name for p in plans if p.how != MADE] if tied or not table.sequenced else []
    notes += _repeats(engine, table, name, own, rules)
    notes += _without_name(engine, name, plans, rules)
    each = "DISTINCT source_row" if raw.melted else "*"
    result = engine.row(
        f"SELECT count({each}) FILTER (fault IS NULL) AS kept, count({each}) FILTER (fault IS NOT NULL) AS quarantined "
        f"FROM {name}"
    )
    if result["kept"] + result["quarantined"] != raw.read:
        raise AssertionError(
            f"{label}: {raw.read} rows read, {result['kept']} kept, {result['quarantined']} quarantined"
        )
    return Checked(
        name,
        [p.name for p in plans],
        raw.read,
        **result,
        rules={p.name: (p.source, p.how, p.reading.rule) for p in plans if p.how != MADE},
        notes=[*raw.notes, *notes],
        currency=currency,
        tied=tied,
    )


def _numbers_as_times(raw: Raw, table: Table, matches: Sequence[Match]) -> tuple[Raw, str]:
    """The raw source, and the query of its rows with `broken`; a number that is to be a time is read like text, which
    knows the ways in which numbers are times."""
    kinds, texts = list(raw.kinds), []
    for match in matches:
        if table[match.column].kind in ("time", "period") and match.source in raw.headers:
            place, x = list(raw.headers).index(match.source), raw.column(match.source)
            if kinds[place] == "number":
                texts.append(f"{as_text(x, 'number')} AS {x}")
                kinds[place] = "text"
    replaced = f" REPLACE ({', '.join(texts)})" if texts else ""
    return replace(raw, kinds=kinds), f"(SELECT * EXCLUDE (fault){replaced}, fault AS broken FROM {raw.table})"


def _usable(plan: Plan, before: int) -> str:
    """SQL of the value of a column; NULL where it cannot be used and only the value is lost."""
    reading = plan.reading
    if plan.how == MADE:
        made = f"{reading.value} + {before}"
        return f"CAST({made} AS VARCHAR)" if plan.column.kind == "id" else made
    if plan.column and plan.column.unusable == "value" and reading.fault != "NULL":
        return f"CASE WHEN ({reading.fault}) IS NULL THEN {reading.value} END"
    return reading.value


def _left_empty(engine: Engine, plans: Sequence[Plan], query: str, *, rules: Rules, label: str) -> list[str]:
    """Notes on values that cannot be used and are left empty while their rows are kept.

    Raises
    ------
    DataError : so many answers are outside their scale that they were asked on another.
    """
    lossy = {
        f"c{i}": p
        for i, p in enumerate(plans)
        if p.column and p.column.unusable == "value" and p.reading.fault != "NULL" and p.how != MADE
    }
    looks = []
    for key, plan in lossy.items():
        fault = f"w{key[1:]}"
        some = f"FILTER ({fault} IS NOT NULL)"
        looks.append(
            f"{{'present': count({plan.cells}), 'lost': count({fault}), 'first_row': min(source_row) {some}, "
            f"'reason': arg_min({fault}, source_row) {some}, "
            f"'shown': arg_min(CAST({plan.cells} AS VARCHAR), source_row) {some}, "
            f"'outside': count(*) FILTER (starts_with({fault}, 'is below') OR starts_with({fault}, 'is above')), "
            f"'smallest': min({plan.reading.value}), 'largest': max({plan.reading.value})}} AS {key}"
        )
    found = engine.row(f"SELECT {', '.join(looks)} FROM {query} WHERE broken IS NULL") if looks else {}
    notes = []
    for key, seen in found.items():
        column = lossy[key].column
        asked = getattr(rules, column.scale) if column.scale else None
        if column.scale and not asked and seen["outside"] > _ANOTHER_SCALE * seen["present"]:
            raise _another_scale(lossy[key], seen, label)
        if seen["lost"]:
            notes.append(
                f"{count(seen['lost'])} values of {column.name} cannot be used and are left empty, their rows are kept "
                f"(first on row {seen['first_row']}: {masked(seen['shown'])!r} {seen['reason']})"
            )
    return notes


def _another_scale(plan: Plan, seen: Mapping, label: str) -> DataError:
    column = plan.column
    lowest, highest = (number(seen[k], digits=2).removesuffix(".0") for k in ("smallest", "largest"))
    return DataError(
        f"{label}: {share(seen['outside'] / seen['present'])} of the {count(seen['present'])} values of {column.name} "
        f"({plan.source!r}) are outside {column.minimum:g} to {column.maximum:g}; they go from {lowest} to {highest}.",
        expected=f"{column.name} from {column.minimum:g} to {column.maximum:g}",
        mend=f"--option {column.scale}=1..5 where it was asked from 1 to 5, or leave it out: --column {column.name}=",
    )


def _without_name(engine: Engine, name: str, plans: Sequence[Plan], rules: Rules) -> list[str]:
    """Notes on rows without a name they need, where a name may have been taken for a text that means nothing."""
    named = [p.name for p in plans if p.column and p.column.required and p.column.kind in ("id", "text")]
    if not named or not rules.missing:
        return []
    looks = ", ".join(f"count(*) FILTER (fault.reason = {quoted(f'{n} is missing')}) AS {identifier(n)}" for n in named)
    found = engine.row(f"SELECT {looks} FROM {name} WHERE fault IS NOT NULL")
    words = ", ".join(list(dict.fromkeys(w for w in rules.missing if w.isalpha()))[:3])
    return [
        f"{count(rows)} rows have no {n}: the cell is empty or says {words or rules.missing[0]} or the like "
        "(option missing= takes such texts as names)"
        for n, rows in found.items()
        if rows
    ]


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
        if plan.column and plan.column.unusable == "row" and plan.reading.fault != "NULL":
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
    """Set aside rows that repeat an earlier one, where the contract or a rule says so; note those that are kept.

    Parameters
    ----------
    columns : in which rows that repeat are alike; none where no row can repeat another
    """
    notes = []
    whole = "hash(" + ", ".join(map(identifier, columns)) + ")"
    repeats = _more_than_once(engine, name, columns) if columns else 0
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


def _more_than_once(engine: Engine, name: str, columns: Sequence[str]) -> int:
    """Rows kept that share the columns with an earlier row."""
    key = ", ".join(map(identifier, columns))
    return engine.value(f"SELECT count(*) - count(DISTINCT hash({key})) FROM {name} WHERE fault IS NULL")


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
