"""Dates from text: what a value leaves open (day or month first) the whole column decides, or the user."""

from __future__ import annotations

from collections.abc import Mapping

from cxlab.data.engine import literal_map, quoted
from cxlab.data.reading import Reading
from cxlab.data.rules import Rules
from cxlab.wording import count

_MONTHS = (
    "jan january januar janner janvier janv enero ene janeiro januari gennaio gen",
    "feb february februar fevrier fev fevr febrero fevereiro februari febbraio",
    "mar march marz maerz mrz mars marzo marco maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maio mei maggio mag",
    "jun june juni juin junio junho giugno giu",
    "jul july juli juillet juil julio julho luglio lug",
    "aug august aout agosto ago augustus",
    "sep sept september septembre septiembre setembro set settembre",
    "oct october oktober okt octobre octubre outubro out ottobre ott",
    "nov november novembre noviembre novembro",
    "dec december dezember dez decembre diciembre dic dezembro dicembre",
)
MONTHS = {word: n for n, words in enumerate(_MONTHS, start=1) for word in words.split()}
_NOISE = (
    "de of the den der am le el del do st nd rd th er monday tuesday wednesday thursday friday saturday sunday mon tue tues "
    "wed thu thur thurs fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi fr sa so uhr"
).split()
_ISO = r"^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?$"
_SHAPE = (
    r"^(.*?\d.*?)(?:(?:T|,? +)(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d{1,9})?))? ?([AaPp])?\.?(?:[Mm]\.?)?(?: ?Uhr)? ?"
    r"(Z|z|UTC|GMT|[-+]\d{2}:?\d{2}|[-+]\d{2})?)?$"
)
_PARTS = "['date', 'hour', 'minute', 'second', 'half', 'zone']"
_DATE = r"^[\p{L}\d.,/\s-]+$"


def quick_evidence(x: str) -> dict[str, str]:
    """Aggregates that tell whether a text column is ISO dates or times without a zone."""
    return {
        "present": f"count({x})",
        "iso": f"count(*) FILTER (regexp_matches({x}, {quoted(_ISO)}))",
        "timed": f"count(*) FILTER (length({x}) > 10 AND NOT regexp_matches({x}, '[ T]00:00(?::00(?:\\.0+)?)?$'))",
    }


def is_plain(seen: Mapping[str, int], rules: Rules) -> bool:
    """Whether the quick evidence is enough: every value is an ISO date."""
    return seen["iso"] == seen["present"]


def stages(x: str, *, period: bool) -> list[dict[str, str]]:
    """Columns that take a text date apart: parts, tokens, form, then year, month, day and clock."""
    noise = ", ".join(quoted(w) for w in _NOISE)
    t, months = f"{x}_t", literal_map(MONTHS)
    word = {i: f"{months}[{t}[{i}]]" for i in (1, 2, 3)}
    digits = {i: f"regexp_matches({t}[{i}], '^\\d+$')" for i in (1, 2, 3)}
    short_periods = (
        f"WHEN len({t}) = 2 AND length({t}[1]) = 4 AND {digits[1]} THEN 'year month' "
        f"WHEN len({t}) = 2 AND length({t}[2]) = 4 AND {digits[2]} THEN 'month year' "
        f"WHEN len({t}) = 1 AND regexp_matches({t}[1], '^(19|20)\\d{{2}}$') THEN 'year' "
        f"WHEN len({t}) = 3 AND {t}[2] = 'q' THEN 'year quarter' WHEN len({t}) = 3 AND {t}[1] = 'q' THEN 'quarter year' "
        f"WHEN len({t}) = 3 AND {t}[2] IN ('w', 'kw') THEN 'year week' "
        if period
        else ""
    )
    form = (
        f"CASE WHEN regexp_matches({x}, '^[2-7]\\d{{4}}(?:\\.\\d+)?$') THEN 'serial' "
        f"WHEN regexp_matches({x}, '^\\d{{10}}(?:\\.\\d+)?$|^\\d{{13}}$|^\\d{{16}}$') THEN 'epoch' "
        f"WHEN regexp_matches({x}, '^(?:19|20)\\d{{6}}$') THEN 'compact' WHEN regexp_matches({x}, '^(?:19|20)\\d{{12}}$') THEN 'compact time' "
        f"WHEN NOT regexp_matches({x}_p.date, {quoted(_DATE)}) THEN NULL {short_periods}"
        f"WHEN len({t}) <> 3 THEN NULL "
        f"WHEN length({t}[1]) = 4 AND {digits[1]} AND {digits[3]} AND ({digits[2]} OR {word[2]} IS NOT NULL) THEN 'year first' "
        f"WHEN {word[2]} IS NOT NULL AND {digits[1]} AND {digits[3]} THEN 'day word' "
        f"WHEN {word[1]} IS NOT NULL AND {digits[2]} AND {digits[3]} THEN 'word day' "
        f"WHEN {digits[1]} AND {digits[2]} AND {digits[3]} AND length({t}[1]) <= 2 AND length({t}[2]) <= 2 "
        f"AND length({t}[3]) IN (2, 4) THEN CASE WHEN contains({x}_p.date, '.') THEN 'dotted' ELSE 'numeric' END END"
    )
    said = f"coalesce(TRY_CAST({x}_p.hour AS INTEGER), 0)"
    hour = (
        f"CASE WHEN lower({x}_p.half) = 'p' AND {said} < 12 THEN {said} + 12 "
        f"WHEN lower({x}_p.half) = 'a' AND {said} = 12 THEN 0 ELSE {said} END"
    )
    number = {i: f"TRY_CAST({t}[{i}] AS INTEGER)" for i in (1, 2, 3)}
    return [
        {f"{x}_p": f"regexp_extract({x}, {quoted(_SHAPE)}, {_PARTS})"},
        {f"{t}": f"list_filter(regexp_extract_all(lower(strip_accents({x}_p.date)), '\\d+|[a-z]+'), "
                 f"lambda w: w NOT IN ({noise}))"},
        {f"{x}_f": form, f"{x}_a": number[1], f"{x}_b": number[2], f"{x}_h": hour},
    ]  # fmt: skip


def evidence(x: str) -> dict[str, str]:
    """Aggregates over the stages that decide the order of day and month, and whether there are times and zones."""
    parted = f"{x}_f IN ('numeric', 'dotted')"
    return {
        "day_first": f"count(*) FILTER ({parted} AND {x}_a > 12 AND {x}_b <= 12)",
        "month_first": f"count(*) FILTER ({parted} AND {x}_b > 12 AND {x}_a <= 12)",
        "open": f"count(*) FILTER ({x}_f = 'numeric' AND {x}_a <= 12 AND {x}_b <= 12 AND {x}_a <> {x}_b)",
        "timed": f"count(*) FILTER ({x}_h > 0 OR regexp_matches({x}_p.minute || {x}_p.second, '[1-9]') "
        f"OR {x}_f IN ('epoch', 'compact time') "
        f"OR ({x}_f = 'serial' AND TRY_CAST({x} AS DOUBLE) <> floor(TRY_CAST({x} AS DOUBLE))))",
        "zoned": f"count(*) FILTER ({x}_p.zone <> '' OR {x}_f = 'epoch')",
        "forms": f"histogram({x}_f) FILTER ({x}_f IS NOT NULL)",
        "short_years": f"count(*) FILTER ({x}_f IN ('numeric', 'dotted', 'day word', 'word day') AND length({x}_t[3]) = 2)",
    }  # fmt: skip


def plain(x: str, *, timed: bool) -> Reading:
    """The reading of a column of ISO dates, or of dates and times that the source itself declares."""
    value = f"TRY_CAST({x} AS {'TIMESTAMP' if timed else 'DATE'})"
    fault = f"CASE WHEN {x} IS NOT NULL AND {value} IS NULL THEN 'is not a date' END"
    return Reading(value, fault, "date and time as written" if timed else "date")


def reading(
    x: str, seen: Mapping, *, name: str, rules: Rules, period: bool = False, also: str | None = None
) -> Reading:
    """The reading of a text column of dates in any form.

    Parameters
    ----------
    x : the SQL column of cells
    seen : values of `evidence`
    name : the contract column, for notes
    also : the order that other date columns of the same source show, where this one shows none
    """
    order, notes = _order(seen, rules, name, also)
    a, b, t = f"{x}_a", f"{x}_b", f"{x}_t"
    parted = f"{x}_f IN ('numeric', 'dotted')"
    default = {"day_first": "true", "month_first": "false", None: f"(CASE WHEN {x}_f = 'dotted' THEN true END)"}[order]
    if rules.dates:
        day_first = default
    else:
        default = default if order is None else f"({x}_f = 'dotted' OR {default})"
        day_first = f"CASE WHEN {a} > 12 OR {a} = {b} THEN true WHEN {b} > 12 THEN false ELSE {default} END"
    months = literal_map(MONTHS)
    year = (
        f"CASE WHEN {x}_f IN ('year first', 'year month', 'year', 'year quarter') THEN {t}[1] "
        f"WHEN {x}_f = 'compact' OR {x}_f = 'compact time' THEN {x}[1:4] WHEN {x}_f = 'month year' THEN {t}[2] ELSE {t}[3] END"
    )
    month = (
        f"CASE WHEN {x}_f IN ('compact', 'compact time') THEN {x}[5:6] WHEN {x}_f = 'year' THEN '1' "
        f"WHEN {x}_f = 'year quarter' THEN CAST(3 * TRY_CAST({t}[3] AS INTEGER) - 2 AS VARCHAR) "
        f"WHEN {x}_f = 'quarter year' THEN CAST(3 * {b} - 2 AS VARCHAR) "
        f"WHEN {x}_f IN ('word day', 'month year') THEN {t}[1] WHEN {parted} AND NOT ({day_first}) THEN {t}[1] ELSE {t}[2] END"
    )
    day = (
        f"CASE WHEN {x}_f IN ('compact', 'compact time') THEN {x}[7:8] WHEN {x}_f IN ('year month', 'month year', 'year', "
        f"'year quarter', 'quarter year') THEN '1' WHEN {x}_f = 'year first' THEN {t}[3] "
        f"WHEN {x}_f = 'word day' THEN {t}[2] WHEN {parted} AND NOT ({day_first}) THEN {t}[2] ELSE {t}[1] END"
    )
    clock = (
        f"CASE WHEN {x}_f = 'compact time' THEN {x}[9:10] || ':' || {x}[11:12] || ':' || {x}[13:14] "
        f"ELSE printf('%02d:%s:%s', {x}_h, CASE WHEN {x}_p.minute = '' THEN '00' ELSE {x}_p.minute END, "
        f"CASE WHEN {x}_p.second = '' THEN '00' ELSE replace({x}_p.second, ',', '.') END) END"
    )
    full_year = (
        f"CASE WHEN length({x}_y) = 2 THEN CASE WHEN {x}_y < '70' THEN '20' ELSE '19' END || {x}_y ELSE {x}_y END"
    )
    built = (
        f"CASE WHEN {parted} AND ({day_first}) IS NULL THEN NULL ELSE TRY_CAST(printf('%s-%02d-%02d %s', {full_year}, "
        f"coalesce({months}[{x}_mo], TRY_CAST({x}_mo AS INTEGER)), TRY_CAST({x}_da AS INTEGER), {clock}) AS TIMESTAMP) END"
    )
    zone = f"upper({x}_p.zone)"
    offset = (
        f"CASE WHEN {zone} IN ('', 'Z', 'UTC', 'GMT') THEN 0 ELSE (CASE WHEN starts_with({zone}, '-') THEN -1 ELSE 1 END) "
        f"* (TRY_CAST({zone}[2:3] AS INTEGER) * 60 + coalesce(TRY_CAST(replace({zone}[4:], ':', '') AS INTEGER), 0)) END"
    )
    epoch = (
        f"make_timestamp(CAST(round(TRY_CAST({x} AS DOUBLE) * CASE WHEN length(split_part({x}, '.', 1)) = 10 THEN 1e6 "
        f"WHEN length({x}) = 13 THEN 1e3 ELSE 1 END) AS BIGINT))"
    )
    serial = f"TIMESTAMP '1899-12-30' + to_seconds(CAST(round(TRY_CAST({x} AS DOUBLE) * 86400) AS BIGINT))"
    week = f"CAST(TRY_CAST(try_strptime({t}[1] || '-' || {t}[3] || '-1', '%G-%V-%u') AS DATE) AS TIMESTAMP)"
    utc = f"CASE {x}_f WHEN 'epoch' THEN {epoch} WHEN 'serial' THEN {serial} WHEN 'year week' THEN {week} ELSE {built} - to_minutes({offset}) END"
    if rules.timezone:
        moved = f"timezone({quoted(rules.timezone)}, timezone('UTC', {x}_u))"
        local = f"CASE WHEN {x}_p.zone <> '' OR {x}_f = 'epoch' THEN {moved} ELSE {x}_u END"
    else:
        local = f"{x}_u"
    timed = bool(seen["timed"] or seen["zoned"])
    value = local if timed else f"CAST({local} AS DATE)"
    open_fault = f"WHEN {parted} AND ({day_first}) IS NULL THEN 'may be day-first or month-first: the column has both' "
    fault = f"CASE WHEN {x} IS NULL THEN NULL WHEN {x}_f IS NULL THEN 'is not a date' {open_fault}WHEN {x}_u IS NULL THEN 'is not a date' END"
    added = [
        *stages(x, period=period),
        {f"{x}_y": year, f"{x}_mo": month, f"{x}_da": day},
        {f"{x}_u": utc},
    ]
    return Reading(value, fault, _rule(seen, order, rules, timed), added, notes + _more_notes(seen, name, rules))


def _order(seen: Mapping, rules: Rules, name: str, also: str | None) -> tuple[str | None, list[str]]:
    """Whether the day comes first, None when the column has dates of both kinds."""
    if rules.dates:
        return rules.dates, []
    if seen["day_first"] and seen["month_first"]:
        return None, [f"{name} mixes day-first ({count(seen['day_first'])}) and month-first ({count(seen['month_first'])}) "
                      "dates; those that may be either are quarantined (option dates decides)"]  # fmt: skip
    if seen["day_first"] or seen["month_first"]:
        return ("day_first" if seen["day_first"] else "month_first"), []
    if also or not seen["open"]:
        return also or "day_first", []
    return "day_first", [f"{name} has {count(seen['open'])} dates like 03/04/2024 and no day above 12: taken as day-first "
                         "(if not: --option dates=month_first)"]  # fmt: skip


def shown_order(seen: Mapping) -> str | None:
    """The order of day and month that a column's own values prove."""
    if bool(seen["day_first"]) == bool(seen["month_first"]):
        return None
    return "day_first" if seen["day_first"] else "month_first"


def _rule(seen: Mapping, order: str | None, rules: Rules, timed: bool) -> str:
    words = ["date and time" if timed else "date"]
    forms = seen["forms"] or {}
    if "numeric" in forms or "dotted" in forms:
        words.append(
            {"day_first": "day first", "month_first": "month first", None: "day-first and month-first mixed"}[order]
        )
    if seen["zoned"]:
        words.append(f"given in {rules.timezone or 'UTC'}")
    elif timed and rules.timezone:
        words.append(f"taken to be in {rules.timezone}")
    return ", ".join(words)


def _more_notes(seen: Mapping, name: str, rules: Rules) -> list[str]:
    forms, notes = dict(seen["forms"] or {}), []
    if forms.get("serial"):
        notes.append(f"{name} has {count(forms['serial'])} spreadsheet day numbers, read as dates")
    if forms.get("epoch"):
        notes.append(f"{name} has {count(forms['epoch'])} Unix times, read as {rules.timezone or 'UTC'}")
    if len(forms) > 1:
        kinds = ", ".join(f"{form} {count(n)}" for form, n in sorted(forms.items(), key=lambda kv: -kv[1]))
        notes.append(f"{name} mixes date formats: {kinds}")
    if seen["short_years"]:
        notes.append(f"{name} has {count(seen['short_years'])} two-digit years: 70 to 99 are 19.., 00 to 69 are 20..")
    if 0 < seen["zoned"] < sum(forms.values()) and not rules.timezone:
        notes.append(
            f"{name} has times with and without a zone; those without are taken as UTC (option timezone decides)"
        )
    return notes
