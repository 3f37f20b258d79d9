"""Checking: one pass that types every column of a raw source by rule, and says of each row why it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cxlab.data import dateparts, dates, numbers
from cxlab.data.contract import Column, Table
from cxlab.data.engine import Engine, identifier, quoted
from cxlab.data.names import Match, public_name
from cxlab.data.raw import Raw
from cxlab.data.reading import Reading, merged, staged
from cxlab.data.rules import Rules
from cxlab.wording import count

_TOTALS = (
    r"^(?:grand |sub)?\s*(?:total|totals|sum|summe|gesamt|gesamtsumme|zwischensumme|somme|suma|soma|totaal|totale)\b"
)
_SHOWN = 200
_SAMPLE = 2000


@dataclass
class Checked:
    """A source after the pass.

    Parameters
    ----------
    table : DuckDB table with `source_row`, the public columns, and `fault`, a struct of column, value and reason that is
        NULL where the row is kept
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


@dataclass(frozen=True)
class _Plan:
    """A column to be made: its public name, its cells, where they come from and how they are read."""

    name: str
    cells: str
    source: str
    how: str
    column: Column | None
    reading: Reading


def check(engine: Engine, raw: Raw, table: Table, matches: Sequence[Match], *, rules: Rules, label: str) -> Checked:
    """Type and check every row of a raw source.

    Raises
    ------
    AssertionError : kept and quarantined rows do not add up to the rows read.
    """
    base = f"(SELECT * EXCLUDE (fault), fault AS broken FROM {raw.table})"
    plans, notes, currency = _plans(engine, raw, table, matches, base, rules)
    name = engine.name("checked")
    readings = [p.reading for p in plans]
    typed = {f"v{i}": p.reading.value for i, p in enumerate(plans)}
    faults = {f"w{i}": p.reading.fault for i, p in enumerate(plans) if p.column}
    query = staged(base, [*merged(readings), typed | faults])
    index = {p.name: i for i, p in enumerate(plans)}
    seen, fault = _fault(raw, table, plans, index, rules, engine, query)
    columns = ", ".join(f"v{i} AS {identifier(p.name)}" for i, p in enumerate(plans))
    engine.run(f"CREATE TABLE {name} AS SELECT source_row, {columns}, {fault} AS fault FROM {query}")
    _repeats(engine, raw, table, name, rules, notes)
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
        notes=[*raw.notes, *notes, *seen],
        currency=currency,
    )


def _plans(engine, raw: Raw, table: Table, matches, base, rules) -> tuple[list[_Plan], list[str], str]:
    """How each column is read, decided by what the whole of it shows: one pass for all, one more for the doubtful."""
    sources = {h: raw.column(h) for h in raw.headers}
    wanted = [(m, table[m.column]) for m in matches if m.source in sources]
    used = {m.source for m, _ in wanted}
    extras = [h for h in raw.headers if h not in used]
    quick = {}
    for match, column in wanted:
        x = sources[match.source]
        if raw.kind(match.source) == "text":
            quick |= {f"{x}__{k}": v for k, v in _quick(column, x).items()}
        elif raw.kind(match.source) == "time":
            quick |= {f"{x}__timed": f"count(*) FILTER (date_trunc('day', {x}) <> {x})"}
    typed = _may_be_typed(engine, raw, [h for h in extras if raw.kind(h) == "text"])
    for header in extras:
        x = sources[header]
        quick |= {f"{x}__{k}": v for k, v in _quick_extra(x, header in typed).items()}
    seen = (
        _by_cell(engine.row(f"SELECT {', '.join(f'{v} AS {k}' for k, v in quick.items())} FROM {base}"))
        if quick
        else {}
    )
    doubtful = [
        (m, c) for m, c in wanted if raw.kind(m.source) == "text" and _is_doubtful(c, seen[sources[m.source]], rules)
    ]
    closer = _closer(engine, base, [(sources[m.source], c) for m, c in doubtful])
    orders = {
        s for m, c in doubtful if c.kind in ("time", "period") and (s := dates.shown_order(closer[sources[m.source]]))
    }
    also = orders.pop() if len(orders) == 1 else None
    plans, notes, currency = [], [], ""
    for match, column in wanted:
        x = sources[match.source]
        reading, stated = _reading(
            x, raw.kind(match.source), column, seen.get(x, {}), closer.get(x), rules, raw, match, also
        )
        notes += reading.notes
        currency = currency or stated
        plans.append(_Plan(column.name, x, match.source, match.how, column, reading))
    made = next((m for m in matches if m.source not in sources), None)
    if made:
        price, quantity = (next(p for p in plans if p.name == f) for f in table.product[1:])
        product = Reading(f"({price.reading.value}) * ({quantity.reading.value})", rule="price × quantity")
        at = [c.name for c in table.columns].index(made.column)
        plans.insert(at, _Plan(made.column, price.cells, made.source, made.how, table[made.column], product))
        notes.append(f"{made.column} is {made.source}: the source has no column of its own for it")
    taken = {c.name for c in table.columns}
    for header in extras:
        x = sources[header]
        if header in raw.unnamed and not seen[x]["present"]:
            continue
        name = public_name(header, taken)
        taken.add(name)
        plans.append(_Plan(name, x, header, "own name", None, _extra(x, raw.kind(header), seen[x])))
    return plans, notes, currency


def _by_cell(row: Mapping) -> dict[str, dict]:
    seen: dict[str, dict] = {}
    for key, value in row.items():
        x, name = key.split("__")
        seen.setdefault(x, {})[name] = value
    return seen


def _quick(column: Column, x: str) -> dict[str, str]:
    if column.kind in ("money", "number", "count"):
        return numbers.quick_evidence(x)
    if column.kind in ("time", "period"):
        return dates.quick_evidence(x)
    if column.kind == "id":
        looks = {
            "whole": f"regexp_matches({x}, '^\\d+$')",
            "point": f"contains({x}, '.') AND regexp_matches({x}, '^\\d+\\.0+$')",
            "rounded": f"contains({x}, '+') AND regexp_matches({x}, {quoted(_ROUNDED)})",
        }
        return {"present": f"count({x})"} | {k: f"count(*) FILTER ({v})" for k, v in looks.items()}
    return {"present": f"count({x})"}


_ROUNDED = r"^\d(?:[.,]\d+)?[eE]\+\d+$"


def _is_doubtful(column: Column, seen: Mapping, rules: Rules) -> bool:
    if column.kind in ("money", "number", "count"):
        return not numbers.is_plain(seen, rules)
    return column.kind in ("time", "period") and not dates.is_plain(seen)


def _closer(engine: Engine, base: str, doubtful: Sequence[tuple[str, Column]]) -> dict[str, dict]:
    """What a second look at the columns says that are not plain."""
    if not doubtful:
        return {}
    stages, wanted = [], {}
    for x, column in doubtful:
        number = column.kind in ("money", "number", "count")
        stages.append(
            Reading("", stages=numbers.stages(x) if number else dateparts.stages(x, period=column.kind == "period"))
        )
        found = numbers.evidence(x) if number else dates.evidence(x)
        wanted |= {f"{x}__{k}": v for k, v in found.items()}
    aggregates = ", ".join(f"{v} AS {k}" for k, v in wanted.items())
    return _by_cell(engine.row(f"SELECT {aggregates} FROM {staged(base, merged(stages))}"))


def _reading(x, kind, column: Column, seen, closer, rules: Rules, raw: Raw, match: Match, also) -> tuple[Reading, str]:
    if column.kind in ("id", "text"):
        return (_identifier(x, kind, seen) if column.kind == "id" else Reading(_as_text(x, kind), rule="text")), ""
    if column.kind in ("time", "period"):
        reading = _time(x, kind, column, seen, closer, rules, also)
        return _believed(reading, column, rules), ""
    currency = numbers._stated(match.source) if column.kind == "money" else ""
    if kind not in ("text", "number"):
        return Reading("CAST(NULL AS DOUBLE)", f"CASE WHEN {x} IS NOT NULL THEN 'is not a number' END"), ""
    if closer is None:
        reading = numbers.plain(x)
    else:
        reading, currency = numbers.reading(
            x,
            closer,
            name=column.name,
            rules=rules,
            layout=raw.decimal,
            header=match.source if column.kind == "money" else "",
        )
    return _bounded(reading, column), currency


def _time(x, kind, column: Column, seen, closer, rules: Rules, also) -> Reading:
    if kind in ("date", "time"):
        return dates.plain(x, timed=kind == "time" and bool(seen.get("timed")))
    if kind != "text":
        return Reading("CAST(NULL AS DATE)", f"CASE WHEN {x} IS NOT NULL THEN 'is not a date' END")
    if closer is None:
        reading = dates.plain(x, timed=bool(seen["timed"]))
        if rules.timezone and seen["timed"]:
            reading.rule += f", taken to be in {rules.timezone}"
        return reading
    return dates.reading(x, closer, name=column.name, rules=rules, period=column.kind == "period", also=also)


def _believed(reading: Reading, column: Column, rules: Rules) -> Reading:
    """Days outside what can be believed are faults; an optional day past 2200 means "open"."""
    value = reading.value
    if not column.required:
        value = f"CASE WHEN {value} < DATE '2200-01-01' THEN {value} END"
    late = ""
    if column.past:
        latest = rules.latest or date.today()
        why = f"is after {latest}" if rules.latest else "is in the future"
        late = f"WHEN {value} >= DATE '{latest}' + INTERVAL 1 DAY THEN '{why}'"
    fault = (
        f"CASE WHEN ({reading.fault}) IS NOT NULL THEN ({reading.fault}) WHEN {value} < DATE '{rules.earliest}' "
        f"THEN 'is before {rules.earliest}' {late} END"
    )
    return Reading(value, fault, reading.rule, reading.stages, reading.notes)


def _bounded(reading: Reading, column: Column) -> Reading:
    """A number below the smallest believed one is a fault; a count must be whole."""
    value, more = reading.value, ""
    if column.kind == "count":
        more = f"WHEN {value} <> round({value}) THEN 'is not a whole number' "
        value = f"TRY_CAST(round({value}) AS BIGINT)"
    if column.minimum is not None:
        more += f"WHEN {value} < {column.minimum:g} THEN 'is below {column.minimum:g}' "
    if not more:
        return reading
    fault = f"CASE WHEN ({reading.fault}) IS NOT NULL THEN ({reading.fault}) {more}END"
    return Reading(value, fault, reading.rule, reading.stages, reading.notes)


def _as_text(x: str, kind: str) -> str:
    if kind == "number":
        whole = f"CASE WHEN {x} = round({x}) AND abs({x}) < 1e18 THEN CAST(CAST({x} AS HUGEINT) AS VARCHAR)"
        return f"{whole} ELSE CAST({x} AS VARCHAR) END"
    return x if kind == "text" else f"CAST({x} AS VARCHAR)"


def _identifier(x: str, kind: str, seen: Mapping) -> Reading:
    """Ids are text; what a spreadsheet did to numbers that are ids is undone where it can be."""
    if kind != "text":
        return Reading(_as_text(x, kind), rule="text")
    numeric = seen["whole"] + seen["point"] + seen["rounded"]
    mostly = numeric >= 0.9 * seen["present"]
    if not mostly or not (seen["point"] or seen["rounded"]):
        return Reading(x, rule="text")
    value = f"CASE WHEN regexp_matches({x}, '^\\d+\\.0+$') THEN split_part({x}, '.', 1) ELSE {x} END"
    fault = f"CASE WHEN regexp_matches({x}, {quoted(_ROUNDED)}) THEN 'was rounded by a spreadsheet' END"
    notes = (
        [f"{count(seen['point'])} ids end in .0, as spreadsheets write them: read without it"] if seen["point"] else []
    )
    return Reading(value, fault, "text, without .0" if seen["point"] else "text", notes=notes)


def _may_be_typed(engine: Engine, raw: Raw, headers: Sequence[str]) -> set[str]:
    """Columns whose first rows could all be of one type; the others are text and need no closer look."""
    if not headers:
        return set()
    looks = {f"{raw.column(h)}__{k}": v for h in headers for k, v in _quick_extra(raw.column(h), True).items()}
    aggregates = ", ".join(f"{v} AS {k}" for k, v in looks.items())
    seen = _by_cell(engine.row(f"SELECT {aggregates} FROM (SELECT * FROM {raw.table} LIMIT {_SAMPLE})"))
    return {h for h in headers if (s := seen[raw.column(h)])["present"] in (s["whole"], s["number"], s["day"])}


def _quick_extra(x: str, typed: bool) -> dict[str, str]:
    if not typed:
        return {"present": f"count({x})"}
    return {
        "present": f"count({x})",
        "whole": f"count(*) FILTER (regexp_matches({x}, '^(?:0|-?[1-9]\\d{{0,17}})$'))",
        "number": f"count(*) FILTER (regexp_matches({x}, '^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][-+]?\\d+)?$'))",
        "day": f"count(*) FILTER (length({x}) = 10 AND {x}[5] = '-' AND TRY_CAST({x} AS DATE) IS NOT NULL)",
    }


def _extra(x: str, kind: str, seen: Mapping) -> Reading:
    """A column of the user's own: typed when every value is clean, text otherwise; never a reason to quarantine."""
    if kind != "text" or not seen["present"]:
        return Reading(x, rule="as in the source" if kind != "text" else "text")
    for name, sql in (("whole", "BIGINT"), ("number", "DOUBLE"), ("day", "DATE")):
        if seen.get(name) == seen["present"]:
            return Reading(
                f"CAST({x} AS {sql})", rule={"whole": "whole number", "number": "number", "day": "date"}[name]
            )
    return Reading(x, rule="text")


def _fault(raw: Raw, table: Table, plans, index, rules: Rules, engine: Engine, query: str) -> tuple[list[str], str]:
    """SQL of the first reason why a row cannot be used, NULL when there is none; and notes."""

    def why(column: str, value: str, reason: str) -> str:
        shown = f"left(CAST({value} AS VARCHAR), {_SHOWN})"
        return f"{{'column': {quoted(column)}, 'value': {shown}, 'reason': {reason}}}"

    cases = [f"WHEN broken IS NOT NULL THEN {why('', 'line', 'broken')}"]
    required = [f"v{index[c]} IS NULL" for c in table.required]
    first = next((f"c{i}" for i, k in enumerate(raw.kinds, start=1) if k == "text"), None)
    if first:
        total = f"regexp_matches(lower({first}), {quoted(_TOTALS)})"
        cases.append(f"WHEN ({' OR '.join(required)}) AND {total} THEN {why('', first, quoted('a line of totals'))}")
    for i, plan in enumerate(plans):
        if plan.column and plan.reading.fault != "NULL":
            cases.append(
                f"WHEN w{i} IS NOT NULL THEN {why(plan.name, plan.cells, f'{quoted(plan.name + " ")} || w{i}')}"
            )
        if plan.column and plan.column.required:
            reason = quoted(f"{plan.name} is missing")
            cases.append(f"WHEN v{i} IS NULL THEN {why(plan.name, plan.cells, reason)}")
    for smaller, larger in table.order:
        if smaller in index and larger in index:
            reason = quoted(
                f"{larger} is before {smaller}" if table[larger].kind == "time" else f"{smaller} exceeds {larger}"
            )
            cases.append(
                f"WHEN v{index[smaller]} > v{index[larger]} THEN {why(larger, plans[index[larger]].cells, reason)}"
            )
    notes: list[str] = []
    for i, plan in enumerate(plans):
        if plan.column and plan.column.refundable and rules.refunds != "keep":
            reason = _asked(f"{plan.name} is negative: a refund or cancellation", rules)
            cases.append(f"WHEN v{i} < 0 THEN {why(plan.name, plan.cells, reason)}")
    if table.cancelled in index and rules.refunds != "keep":
        x = plans[index[table.cancelled]].cells
        mark = f"regexp_matches({x}, '^[Cc]\\d+$')"
        kinds = (
            engine.row(
                f"SELECT count(*) FILTER ({mark}) AS marked, count(*) FILTER (regexp_matches({x}, '^\\d+$')) AS whole "
                f"FROM {query}"
            )
            if raw.kind(plans[index[table.cancelled]].source) == "text"
            else {"marked": 0}
        )
        if kinds["marked"] and kinds["whole"] > kinds["marked"]:
            reason = _asked(f"{table.cancelled} begins with C: a cancellation", rules)
            cases.append(f"WHEN {mark} THEN {why(table.cancelled, x, reason)}")
    return notes, f"CASE {' '.join(cases)} END"


def _asked(reason: str, rules: Rules) -> str:
    return quoted(reason + (", left out as asked" if rules.refunds == "drop" else ""))


def _repeats(engine: Engine, raw: Raw, table: Table, name: str, rules: Rules, notes: list[str]) -> None:
    """Deal with rows that repeat an earlier one, and note what was kept that a reader may wonder about."""
    whole = "hash(" + ", ".join(f"c{i}" for i in range(1, len(raw.headers) + 1)) + ")"
    repeats = engine.value(f"SELECT count(*) - count(DISTINCT {whole}) FROM {raw.table} WHERE fault IS NULL")
    if (rules.duplicates or table.repeats) == "quarantine" and repeats:
        _set_aside(
            engine,
            name,
            f"(SELECT source_row, row_number() OVER (PARTITION BY {whole} ORDER BY source_row) AS turn, "
            f"first_value(source_row) OVER (PARTITION BY {whole} ORDER BY source_row) AS first FROM {raw.table} "
            "WHERE fault IS NULL)",
            column="",
            value="NULL",
            reason="'repeats row ' || first || ' in every column'",
        )
    elif repeats:
        notes.append(
            f"{count(repeats)} rows repeat an earlier row in every column; they are kept, as separate purchases "
            "(option duplicates=quarantine sets them aside)"
            if table.name == "transactions"
            else f"{count(repeats)} rows repeat an earlier row in every column; they are kept"
        )
    if table.unique:
        keys = ", ".join(identifier(k) for k in table.unique)
        said = " and ".join(table.unique)
        _set_aside(
            engine,
            name,
            f"(SELECT source_row, row_number() OVER (PARTITION BY {keys} ORDER BY source_row) AS turn, "
            f"first_value(source_row) OVER (PARTITION BY {keys} ORDER BY source_row) AS first FROM {name} "
            "WHERE fault IS NULL)",
            column=table.unique[0],
            value=f"CAST({identifier(table.unique[0])} AS VARCHAR)",
            reason=f"{quoted(said)} || ' stands on row ' || first || ' already'",
        )
    if any(c.name == "amount" for c in table.columns):
        zero = engine.value(f"SELECT count(*) FROM {name} WHERE fault IS NULL AND amount = 0")
        if zero:
            notes.append(f"{count(zero)} zero amounts are kept")
        negative = engine.value(f"SELECT count(*) FROM {name} WHERE fault IS NULL AND amount < 0")
        if negative:
            notes.append(f"{count(negative)} negative amounts are kept as refunds (refunds: keep)")


def _set_aside(engine: Engine, name: str, ranked: str, *, column: str, value: str, reason: str) -> None:
    engine.run(
        f"UPDATE {name} SET fault = {{'column': {quoted(column)}, 'value': {value}, 'reason': {reason}}} "
        f"FROM (SELECT * FROM {ranked} WHERE turn > 1) r WHERE {name}.source_row = r.source_row AND {name}.fault IS NULL"
    )
