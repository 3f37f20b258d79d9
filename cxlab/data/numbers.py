"""Numbers from text: decimal comma or point, thousands, currencies, signs; the column decides what a value cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cxlab.data.engine import quoted
from cxlab.data.reading import Reading
from cxlab.data.rules import Rules
from cxlab.wording import count

_SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "¥": "JPY",
    "₹": "INR",
    "US$": "USD",
    "R$": "BRL",
    "zł": "PLN",
    "Fr.": "CHF",
}
_CODES = (
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "JPY",
    "CAD",
    "AUD",
    "NZD",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "BRL",
    "MXN",
    "INR",
    "CNY",
    "ZAR",
    "TRY",
    "SGD",
    "HKD",
)
_WORDS = {"EURO": "EUR", "EUROS": "EUR", "DOLLAR": "USD", "DOLLARS": "USD", "KR": "KR"}
_CURRENCY = "(?i:" + "|".join(re.escape(s) for s in sorted((*_SYMBOLS, *_CODES, *_WORDS), key=len, reverse=True)) + ")"
_SHAPE = (
    rf"^\(?\s*([-+]?)\s*({_CURRENCY})?\s*([-+]?)\s*(\d[\d., ']*|[.,]\d+)([eE][-+]?\d+)?(?:,-)?"
    rf"\s*({_CURRENCY})?\s*(-?)\s*\)?$"
)
_PARTS = "['sign', 'before', 'sign_after', 'digits', 'exponent', 'after', 'trailing']"

#: what the digits of a value say about the decimal mark; "either" leaves it to the column
_FORMS = {
    "whole": r"^\d+$",
    "spaced": r"^\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?$",
    "either": r"^[1-9]\d{0,2}[.,]\d{3}$",
    "comma": r"^(?:\d*,\d+|\d+,|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,})$",
    "point": r"^(?:\d*\.\d+|\d+\.|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?)$",
}


def quick_evidence(x: str) -> dict[str, str]:
    """Aggregates that tell whether a text column is plain numbers."""
    return {
        "present": f"count({x})",
        "plain": f"count(TRY_CAST({x} AS DOUBLE))",
        "dotted": f"count(*) FILTER (contains({x}, '.'))",
        "dotted_thousands": f"count(*) FILTER (strlen({x}) BETWEEN 5 AND 8 "
        f"AND regexp_matches({x}, '^[-+]?[1-9]\\d{{0,2}}\\.\\d{{3}}$'))",
    }


def is_plain(seen: Mapping[str, int], rules: Rules) -> bool:
    """Whether the quick evidence is enough: every value is a number as computers write them."""
    doubtful = seen["dotted"] and seen["dotted"] == seen["dotted_thousands"]
    return seen["plain"] == seen["present"] and not doubtful and rules.decimal != ","


def stages(x: str) -> list[dict[str, str]]:
    """Columns that take a text number apart: its parts, its digits, their form."""
    marks = f"translate({x}, '−–’´`\u00a0\u202f\u2009\u2007', '--''''''    ')"
    forms = " ".join(f"WHEN regexp_matches({x}_d, {quoted(p)}) THEN {quoted(n)}" for n, p in _FORMS.items())
    return [
        {f"{x}_p": f"regexp_extract({marks}, {quoted(_SHAPE)}, {_PARTS})"},
        {f"{x}_d": f"trim({x}_p.digits)"},
        {
            f"{x}_f": f"CASE WHEN {x}_p.exponent <> '' AND NOT contains({x}_d, ',') THEN 'point' {forms} END",
            f"{x}_m": f"upper(CASE WHEN {x}_p.before <> '' THEN {x}_p.before ELSE {x}_p.after END)",
        },
    ]


def evidence(x: str) -> dict[str, str]:
    """Aggregates over the stages that decide mark and currency of a column."""
    found = {form: f"count(*) FILTER ({x}_f = {quoted(form)})" for form in ("comma", "point")}
    found |= {
        "either_comma": f"count(*) FILTER ({x}_f = 'either' AND contains({x}_d, ','))",
        "either_point": f"count(*) FILTER ({x}_f = 'either' AND contains({x}_d, '.'))",
        "currencies": f"histogram({x}_m) FILTER ({x}_m <> '')",
    }
    return found


def plain(x: str) -> Reading:
    """The reading of a column that holds plain numbers, as text or as numbers of the source."""
    value = f"TRY_CAST({x} AS DOUBLE)"
    return Reading(
        value,
        f"CASE WHEN NOT isfinite({value}) THEN 'is not finite' WHEN {x} IS NOT NULL AND {value} IS NULL "
        "THEN 'is not a number' END",
        "number",
    )


def reading(x: str, seen: Mapping, *, name: str, rules: Rules, layout: str, header: str = "") -> tuple[Reading, str]:
    """The reading of a text column, and the currency it states ("" when it states none).

    Parameters
    ----------
    x : the SQL column of cells
    seen : values of `evidence`
    name : the contract column, for notes
    layout : the decimal mark the file's layout suggests
    header : the source column's name, which may state a currency
    """
    mark, notes = _mark(seen, rules, layout, name)
    currencies = _by_code(seen["currencies"] or {})
    main = max(currencies, key=lambda c: currencies[c], default=stated(header))
    aliases = [a for a, code in (_SYMBOLS | _WORDS | {c: c for c in _CODES}).items() if code == main]
    foreign = ", ".join(quoted(a.upper()) for a in aliases)
    sign = (
        f"(CASE WHEN '-' IN ({x}_p.sign, {x}_p.sign_after, {x}_p.trailing) OR starts_with({x}, '(') THEN -1 ELSE 1 END)"
    )
    bare = f"replace(replace({x}_d, ' ', ''), '''', '')"
    as_comma, as_point = f"replace(replace({bare}, '.', ''), ',', '.')", f"replace({bare}, ',', '')"
    either = {",": as_comma, ".": as_point, None: "NULL"}[mark]
    spaced = f"replace({bare}, ',', '.')"
    digits = (
        f"CASE {x}_f WHEN 'whole' THEN {x}_d WHEN 'comma' THEN {as_comma} WHEN 'point' THEN {as_point} "
        f"WHEN 'spaced' THEN {spaced} WHEN 'either' THEN {either} END"
    )
    value = f"{sign} * TRY_CAST(({digits}) || {x}_p.exponent AS DOUBLE)"
    contrary = {",": "point", ".": "comma"}.get(rules.decimal or "")
    wrong = (
        f"WHEN {x}_f = '{contrary}' AND {x}_p.exponent = '' THEN 'is not written with decimal mark {mark}' "
        if contrary
        else ""
    )
    foreign_fault = (
        f"WHEN {x}_m <> '' AND {x}_m NOT IN ({foreign}) THEN 'is in ' || {x}_m || ', the column is in {main}' "
        if main
        else ""
    )
    fault = (
        f"CASE WHEN {x} IS NULL THEN NULL WHEN lower({x}) IN ('inf', '-inf', '+inf', 'infinity', '-infinity', '∞') "
        f"THEN 'is not finite' WHEN {x}_f IS NULL THEN 'is not a number' {wrong}{foreign_fault}"
        f"WHEN {value} IS NULL THEN 'may have a decimal or a thousands separator: the column has both' "
        f"WHEN NOT isfinite({value}) THEN 'is not finite' END"
    )
    rule = {",": "number, decimal comma", ".": "number, decimal point", None: "number, decimal marks mixed"}[mark]
    return Reading(value, fault, rule + (f", {main}" if main else ""), stages(x), notes), main


def _mark(seen: Mapping, rules: Rules, layout: str, name: str) -> tuple[str | None, list[str]]:
    """The decimal mark of a column, None when its values contradict each other."""
    either = seen["either_comma"] + seen["either_point"]
    if rules.decimal:
        return rules.decimal, []
    if seen["comma"] and seen["point"]:
        return None, [f"{name} mixes decimal comma ({count(seen['comma'])}) and decimal point ({count(seen['point'])})"]
    if seen["comma"] or seen["point"]:
        return ("," if seen["comma"] else "."), []
    if either and seen["either_comma"] and seen["either_point"]:
        return None, [f"{name} has values like 1,234 and like 1.234 and nothing that tells which mark is decimal"]
    if either:
        found = "," if seen["either_comma"] else "."
        meaning = "decimal" if found == layout else "a thousands separator"
        other = "," if layout == "." else "."
        return layout, [
            f"{name} has {count(either)} values like 1{found}234: {found!r} is taken as {meaning} "
            f"(if not: --option decimal={other})"
        ]
    return layout, []


def _by_code(found: Mapping[str, int]) -> dict[str, int]:
    codes: dict[str, int] = {}
    spelled = {k.upper(): v for k, v in (_SYMBOLS | _WORDS).items()}
    for text, n in found.items():
        code = spelled.get(text, text)
        codes[code] = codes.get(code, 0) + n
    return codes


def stated(header: str) -> str:
    """The currency a header states: "Amount (EUR)", "Betrag in €".

    >>> stated("Amount (EUR)"), stated("Betrag in €"), stated("europe")
    ('EUR', 'EUR', '')
    """
    codes = re.search(rf"\b({'|'.join(_CODES)})\b", header.replace("_", " ").upper())
    symbol = re.search(r"[€£$¥₹]", header)
    return codes[1] if codes else _SYMBOLS[symbol[0]] if symbol else ""
