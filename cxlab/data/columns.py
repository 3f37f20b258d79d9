"""Columns: how each column of a source is read, decided once by what the whole of it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cxlab.data import dateparts, dates, numbers, yesno
from cxlab.data.contract import Column, Table
from cxlab.data.engine import Engine, quoted
from cxlab.data.names import Match, public_name
from cxlab.data.raw import Raw
from cxlab.data.reading import Reading, merged, staged
from cxlab.data.rules import Rules
from cxlab.wording import count

_SAMPLE = 2000
_ROUNDED = r"^\d(?:[.,]\d+)?[eE]\+\d+$"
_NUMBERS = ("money", "number", "count")
_TIMES = ("time", "period")
#: how a column came about that no source column is
MADE = "made"


@dataclass(frozen=True)
class Plan:
    """A column to be made: its public name, its cells, where they come from and how they are read."""

    name: str
    cells: str
    source: str
    how: str
    column: Column | None
    reading: Reading


def plan_columns(
    engine: Engine, raw: Raw, table: Table, matches: Sequence[Match], *, base: str, rules: Rules
) -> tuple[list[Plan], list[str], str]:
    """How each column is read: one look at all of them, a closer one at those that are not plain.

    Parameters
    ----------
    base : query of the raw rows, with `broken` where a row could not be split into columns

    Returns
    -------
    (plans in the order of the contract, then columns of the source's own; notes; the currency the amounts state)
    """
    sources = {h: raw.column(h) for h in raw.headers}
    wanted = [(m, table[m.column]) for m in matches if m.source in sources]
    used = {m.source for m, _ in wanted}
    extras = [h for h in raw.headers if h not in used]
    whole = f"(SELECT * FROM {base} WHERE broken IS NULL)"
    seen = _first_look(engine, raw, wanted, extras, whole)
    doubtful = [
        (sources[m.source], c)
        for m, c in wanted
        if raw.kind(m.source) == "text" and _is_doubtful(c, seen[sources[m.source]], rules)
    ]
    closer = _closer_look(engine, whole, doubtful)
    orders = {order for x, c in doubtful if c.kind in _TIMES and (order := dates.shown_order(closer[x]))}
    also = orders.pop() if len(orders) == 1 else None
    plans, notes, currency = [], [], ""
    for match, column in wanted:
        x, kind = sources[match.source], raw.kind(match.source)
        if yesno.is_said(column, kind, seen.get(x, {})):
            reading = yesno.reading(x, kind)
        elif column.kind in _NUMBERS:
            reading, stated = _number(x, kind, column, closer.get(x), rules, raw.decimal, match.source)
            currency = currency or stated
        elif column.kind in _TIMES:
            reading = _believed(_time(x, kind, column, seen.get(x, {}), closer.get(x), rules, also), column, rules)
        else:
            reading = (
                _identifier(x, kind, seen.get(x, {}))
                if column.kind == "id"
                else _spelled(Reading(as_text(x, kind), rule="text"), column)
            )
        notes += reading.notes
        plans.append(Plan(column.name, x, match.source, match.how, column, reading))
    made = next((m for m in matches if m.source not in sources), None)
    if made:
        plans = _with_product(plans, made, table)
        notes.append(f"{made.column} is {made.source}: the source has no column of its own for it")
    order = table.numbered or (table.sequenced and table.sequenced[2])
    if order and order not in {p.name for p in plans}:
        number = Reading("source_row", rule="number of the row in the file")
        plans.insert(0 if table.numbered else len(plans), Plan(order, "source_row", "", MADE, table[order], number))
    return plans + _own(raw, table, extras, seen), notes, currency


def _with_product(plans: list[Plan], made: Match, table: Table) -> list[Plan]:
    price, quantity = (next(p for p in plans if p.name == factor) for factor in table.product[1:])
    product = Reading(f"({price.reading.value}) * ({quantity.reading.value})", rule="price × quantity")
    plan = Plan(made.column, price.cells, made.source, made.how, table[made.column], product)
    order = [c.name for c in table.columns]
    return sorted([*plans, plan], key=lambda p: order.index(p.name))


def _own(raw: Raw, table: Table, extras: Sequence[str], seen: Mapping[str, Mapping]) -> list[Plan]:
    """The columns that are not in the contract, under names that no contract column has."""
    plans, taken = [], {c.name for c in table.columns}
    for header in extras:
        x = raw.column(header)
        if header in raw.unnamed and not seen[x]["present"]:
            continue
        name = public_name(header, taken)
        taken.add(name)
        plans.append(Plan(name, x, header, "own name", None, _extra(x, raw.kind(header), seen[x])))
    return plans


def _first_look(engine: Engine, raw: Raw, wanted, extras: Sequence[str], whole: str) -> dict[str, dict]:
    looks = {}
    for match, column in wanted:
        x, kind = raw.column(match.source), raw.kind(match.source)
        if kind == "text":
            looks |= {f"{x}__{k}": v for k, v in _quick(column, x).items()}
        elif kind == "time":
            looks[f"{x}__timed"] = f"count(*) FILTER (date_trunc('day', {x}) <> {x})"
    typed = _may_be_typed(engine, [raw.column(h) for h in extras if raw.kind(h) == "text"], whole)
    for header in extras:
        x = raw.column(header)
        looks |= {f"{x}__{k}": v for k, v in _quick_extra(x, typed=x in typed).items()}
    return _look(engine, looks, whole)


def _look(engine: Engine, looks: Mapping[str, str], source: str) -> dict[str, dict]:
    """The values of aggregates named cell__name, by cell."""
    if not looks:
        return {}
    seen: dict[str, dict] = {}
    for key, value in engine.row(f"SELECT {', '.join(f'{v} AS {k}' for k, v in looks.items())} FROM {source}").items():
        x, name = key.split("__")
        seen.setdefault(x, {})[name] = value
    return seen


def _quick(column: Column, x: str) -> dict[str, str]:
    if column.kind in _NUMBERS:
        said = {"said": yesno.said_throughout(x)} if column.yes_no else {}
        return numbers.quick_evidence(x) | said
    if column.kind in _TIMES:
        return dates.quick_evidence(x)
    if column.kind == "id":
        looks = {
            "whole": f"regexp_matches({x}, '^\\d+$')",
            "point": f"contains({x}, '.') AND regexp_matches({x}, '^\\d+\\.0+$')",
            "rounded": f"contains({x}, '+') AND regexp_matches({x}, {quoted(_ROUNDED)})",
        }
        return {"present": f"count({x})"} | {k: f"count(*) FILTER ({v})" for k, v in looks.items()}
    return {"present": f"count({x})"}


def _is_doubtful(column: Column, seen: Mapping, rules: Rules) -> bool:
    if column.kind in _NUMBERS:
        return not numbers.is_plain(seen, rules)
    return column.kind in _TIMES and not dates.is_plain(seen)


def _closer_look(engine: Engine, whole: str, doubtful: Sequence[tuple[str, Column]]) -> dict[str, dict]:
    """What the columns that are not plain hold, value by value."""
    stages, looks = [], {}
    for x, column in doubtful:
        number = column.kind in _NUMBERS
        made = numbers.stages(x) if number else dateparts.stages(x, period=column.kind == "period")
        stages.append(Reading("", stages=made))
        looks |= {f"{x}__{k}": v for k, v in (numbers if number else dates).evidence(x).items()}
    return _look(engine, looks, staged(whole, merged(stages)))


def _number(x, kind, column: Column, closer, rules: Rules, layout: str, header: str) -> tuple[Reading, str]:
    """The reading of a column of numbers, and the currency it states."""
    money = column.kind == "money"
    if kind not in ("text", "number"):
        return Reading("CAST(NULL AS DOUBLE)", f"CASE WHEN {x} IS NOT NULL THEN 'is not a number' END"), ""
    if closer is None:
        return _bounded(numbers.plain(x), column, rules), numbers.stated(header) if money else ""
    reading, currency = numbers.reading(
        x, closer, name=column.name, rules=rules, layout=layout, header=header if money else ""
    )
    return _bounded(reading, column, rules), currency


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


def _bounded(reading: Reading, column: Column, rules: Rules) -> Reading:
    """A number outside what is believed is a fault; a count must be whole; another scale is stretched over ours."""
    value, rule, more = reading.value, reading.rule, ""
    low, high = column.minimum, column.maximum
    if column.kind == "count":
        more = f"WHEN {value} <> round({value}) THEN 'is not a whole number' "
        value = f"TRY_CAST(round({value}) AS BIGINT)"
    asked = getattr(rules, column.scale) if column.scale else None
    if asked:
        low, high = sorted(asked)
    if low is not None:
        more += f"WHEN {value} < {low:g} THEN 'is below {low:g}' "
    if high is not None:
        more += f"WHEN {value} > {high:g} THEN 'is above {high:g}' "
    if not more:
        return reading
    fault = f"CASE WHEN ({reading.fault}) IS NOT NULL THEN ({reading.fault}) {more}END"
    if asked:
        worst, best = asked
        step = (column.maximum - column.minimum) / (best - worst)
        value = f"{column.minimum} + ({value} - ({worst})) * ({step!r})"
        rule += f", {worst:g} to {best:g} stretched over {column.minimum:g} to {column.maximum:g}"
    return Reading(value, fault, rule, reading.stages, reading.notes)


def _spelled(reading: Reading, column: Column) -> Reading:
    """Text that is a known value but for case, spaces and hyphens is that value."""
    if not column.known:
        return reading
    known = " ".join(f"WHEN {alike(quoted(k))} THEN {quoted(k)}" for k in column.known)
    return Reading(f"CASE {alike(reading.value)} {known} ELSE {reading.value} END", rule=reading.rule)


def alike(text: str) -> str:
    """SQL of a name without what does not tell it from another: case, spaces, hyphens and underscores."""
    return f"lower(regexp_replace({text}, '[\\s_-]+', '', 'g'))"


def as_text(x: str, kind: str) -> str:
    """SQL of a cell as text; whole numbers without a point."""
    if kind == "number":
        whole = f"CASE WHEN {x} = round({x}) AND abs({x}) < 1e18 THEN CAST(CAST({x} AS HUGEINT) AS VARCHAR)"
        return f"{whole} ELSE CAST({x} AS VARCHAR) END"
    return x if kind == "text" else f"CAST({x} AS VARCHAR)"


def _identifier(x: str, kind: str, seen: Mapping) -> Reading:
    """Ids are text; what a spreadsheet did to numbers that are ids is undone where it can be."""
    if kind != "text":
        return Reading(as_text(x, kind), rule="text")
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


def _may_be_typed(engine: Engine, columns: Sequence[str], whole: str) -> set[str]:
    """Columns whose first rows could all be of one type; the others are text and need no closer look."""
    looks = {f"{x}__{k}": v for x in columns for k, v in _quick_extra(x, typed=True).items()}
    seen = _look(engine, looks, f"(SELECT * FROM {whole} LIMIT {_SAMPLE})")
    return {x for x in columns if seen[x]["present"] in (seen[x]["whole"], seen[x]["number"], seen[x]["day"])}


def _quick_extra(x: str, *, typed: bool) -> dict[str, str]:
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
                f"TRY_CAST({x} AS {sql})", rule={"whole": "whole number", "number": "number", "day": "date"}[name]
            )
    return Reading(x, rule="text")
