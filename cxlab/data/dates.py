"""Dates from text: what a value leaves open (day or month first) the whole column decides, or the user."""

from __future__ import annotations

from collections.abc import Mapping

from cxlab.data.dateparts import settled, stages
from cxlab.data.engine import quoted
from cxlab.data.reading import Reading
from cxlab.data.rules import Rules
from cxlab.wording import count

_ISO = r"^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?$"
_NUMBER = r"^-?\d+(?:[.,]\d+)?$"
_MIDNIGHT = r"[ T]00:00(?::00(?:\.0+)?)?$"


def quick_evidence(x: str) -> dict[str, str]:
    """Aggregates that tell whether a text column is ISO dates or times without a zone."""
    return {
        "present": f"count({x})",
        "iso": f"count(*) FILTER (regexp_matches({x}, {quoted(_ISO)}))",
        "timed": f"count(*) FILTER (length({x}) > 10 AND NOT regexp_matches({x}, {quoted(_MIDNIGHT)}))",
    }


def is_plain(seen: Mapping[str, int]) -> bool:
    """Whether the quick evidence is enough: every value is an ISO date."""
    return seen["iso"] == seen["present"]


def evidence(x: str) -> dict[str, str]:
    """Aggregates over `dateparts.stages` that decide the order of day and month, and tell of times and zones."""
    parted = f"{x}_f IN ('numeric', 'dotted')"
    short = f"{x}_f IN ('numeric', 'dotted', 'day word', 'word day') AND length({x}_t[3]) = 2"
    clock = f"{x}_h > 0 OR regexp_matches({x}_p.minute || {x}_p.second, '[1-9]')"
    fraction = f"{x}_f = 'serial' AND TRY_CAST({x} AS DOUBLE) <> floor(TRY_CAST({x} AS DOUBLE))"
    looks = {
        "day_first": f"{parted} AND {x}_a > 12 AND {x}_b <= 12",
        "month_first": f"{parted} AND {x}_b > 12 AND {x}_a <= 12",
        "open": f"{x}_f = 'numeric' AND {x}_a <= 12 AND {x}_b <= 12 AND {x}_a <> {x}_b",
        "timed": f"{clock} OR {x}_f IN ('epoch', 'compact time') OR ({fraction})",
        "zoned": f"{x}_p.zone <> '' OR {x}_f = 'epoch'",
        "short_years": short,
    }
    return {k: f"count(*) FILTER ({v})" for k, v in looks.items()} | {
        "forms": f"histogram({x}_f) FILTER ({x}_f IS NOT NULL)"
    }


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
    period : whether months, quarters, weeks and years are dates too
    also : the order that other date columns of the same source show, where this one shows none
    """
    order, notes = _order(seen, rules, name, also)
    timed = bool(seen["timed"] or seen["zoned"])
    local = f"{x}_u"
    if rules.timezone:
        moved = f"timezone({quoted(rules.timezone)}, timezone('UTC', {x}_u))"
        local = f"CASE WHEN {x}_p.zone <> '' OR {x}_f = 'epoch' THEN {moved} ELSE {x}_u END"
    fault = (
        f"CASE WHEN {x} IS NULL THEN NULL WHEN {x}_f IS NULL AND regexp_matches({x}, {quoted(_NUMBER)}) THEN 'is not a "
        "date: a number is one as Unix time (10, 13, 16 or 19 digits), as YYYYMMDD or as spreadsheet day' "
        f"WHEN {x}_f IS NULL THEN 'is not a date' "
        f"WHEN {x}_r IS NULL THEN 'may be day-first or month-first: the column has both' "
        f"WHEN {x}_u IS NULL THEN 'is not a date' END"
    )
    made = [*stages(x, period=period), *settled(x, _day_first(x, order, rules))]
    value = local if timed else f"CAST({local} AS DATE)"
    return Reading(value, fault, _rule(seen, order, rules, timed), made, notes + _more_notes(seen, name, rules))


def _day_first(x: str, order: str | None, rules: Rules) -> str:
    """SQL of whether the day of a value stands before its month. Dots part days from months in countries that write
    the day first; otherwise a value that can be read in one way only is, and the rest follows the column."""
    column = {"day_first": "true", "month_first": "false", None: "NULL"}[order]
    if rules.dates:
        return column
    return (
        f"CASE WHEN {x}_a > 12 OR {x}_a = {x}_b THEN true WHEN {x}_b > 12 THEN false "
        f"WHEN {x}_f = 'dotted' THEN true ELSE {column} END"
    )


def _order(seen: Mapping, rules: Rules, name: str, also: str | None) -> tuple[str | None, list[str]]:
    """Whether the day comes first, None when the column has dates of both kinds."""
    if rules.dates:
        return rules.dates, []
    if seen["day_first"] and seen["month_first"]:
        return None, [
            f"{name} mixes day-first ({count(seen['day_first'])}) and month-first ({count(seen['month_first'])}) "
            "dates; those that may be either are quarantined (option dates decides)"
        ]
    if seen["day_first"] or seen["month_first"]:
        return ("day_first" if seen["day_first"] else "month_first"), []
    if also or not seen["open"]:
        return also or "day_first", []
    return "day_first", [
        f"{name} has {count(seen['open'])} dates like 03/04/2024 and no day above 12: taken as day-first "
        "(if not: --option dates=month_first)"
    ]


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
        words.append(f"with zones, converted to {rules.timezone or 'UTC'} (option timezone decides where days begin)")
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
