"""Date texts taken apart in SQL: tokens, the form they have, and the time they name once the form is settled."""

from __future__ import annotations

from cxlab.data.engine import literal_map, quoted

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
    "de", "of", "the", "den", "der", "am", "le", "el", "del", "do", "st", "nd", "rd", "th", "er", "uhr",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun",
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "mo", "di", "mi", "fr", "sa", "so",
)  # fmt: skip

_SHAPE = (
    r"^(.*?\d.*?)(?:(?:T|,? +)(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d{1,9})?))? ?([AaPp])?\.?(?:[Mm]\.?)?(?: ?Uhr)? ?"
    r"(Z|z|(?:UTC|GMT)[-+]\d{1,2}(?::?\d{2})?|UTC|GMT|MES?Z|CES?T|[-+]\d{2}:?\d{2}|[-+]\d{2})?)?$"
)
_PARTS = "['date', 'hour', 'minute', 'second', 'half', 'zone']"
_DATE = r"^[\p{L}\d.,/\s-]+$"

#: forms of a whole text that is one number, by pattern
_NUMERIC_FORMS = {
    "serial": r"^[2-7]\d{4}(?:\.\d+)?$",
    "epoch": r"^\d{10}(?:\.\d+)?$|^\d{13}$|^\d{16}$|^\d{19}$",
    "compact": r"^(?:19|20)\d{6}$",
    "compact time": r"^(?:19|20)\d{12}$",
}

#: where year, month and day stand, by settled form: number of the token, slice of the text, or SQL of the tokens
_PLACES: dict[str, tuple] = {
    "year first": (1, 2, 3),
    "day first": (3, 2, 1),
    "month first": (3, 1, 2),
    "day word": (3, 2, 1),
    "word day": (3, 1, 2),
    "compact": ("[1:4]", "[5:6]", "[7:8]"),
    "compact time": ("[1:4]", "[5:6]", "[7:8]"),
    "year month": (1, 2, None),
    "month year": (2, 1, None),
    "year": (1, None, None),
    "year quarter": (1, "quarter 3", None),
    "quarter year": (3, "quarter 2", None),
}


def stages(x: str, *, period: bool) -> list[dict[str, str]]:
    """Columns that take a text apart: `_p` its parts, `_t` the tokens of its date, `_f` the form, `_a` and `_b` the
    first two tokens as numbers, `_h` the hour.

    Parameters
    ----------
    x : the SQL column of cells
    period : whether months, quarters, weeks and years are dates too
    """
    noise = ", ".join(quoted(w) for w in _NOISE)
    words = f"regexp_extract_all(lower(strip_accents({x}_p.date)), '\\d+|[a-z]+')"
    said = f"coalesce(TRY_CAST({x}_p.hour AS INTEGER), 0)"
    hour = (
        f"CASE WHEN lower({x}_p.half) = 'p' AND {said} < 12 THEN {said} + 12 "
        f"WHEN lower({x}_p.half) = 'a' AND {said} = 12 THEN 0 ELSE {said} END"
    )
    return [
        {f"{x}_p": f"regexp_extract({x}, {quoted(_SHAPE)}, {_PARTS})"},
        {f"{x}_t": f"list_filter({words}, lambda w: w NOT IN ({noise}))"},
        {
            f"{x}_f": _form(x, period=period),
            f"{x}_a": f"TRY_CAST({x}_t[1] AS INTEGER)",
            f"{x}_b": f"TRY_CAST({x}_t[2] AS INTEGER)",
            f"{x}_h": hour,
        },
    ]


def _form(x: str, *, period: bool) -> str:
    """SQL of the form of a date, NULL when it has none; "numeric" and "dotted" leave open which is the day."""
    t = f"{x}_t"
    months = literal_map(MONTHS)
    word = {i: f"{months}[{t}[{i}]] IS NOT NULL" for i in (1, 2)}
    digits = {i: f"regexp_matches({t}[{i}], '^\\d+$')" for i in (1, 2, 3)}
    three = f"len({t}) = 3"
    cases = [f"WHEN regexp_matches({x}, {quoted(p)}) THEN {quoted(form)}" for form, p in _NUMERIC_FORMS.items()]
    cases.append(f"WHEN NOT regexp_matches({x}_p.date, {quoted(_DATE)}) THEN NULL")
    if period:
        cases += [
            f"WHEN len({t}) = 2 AND length({t}[1]) = 4 AND {digits[1]} THEN 'year month'",
            f"WHEN len({t}) = 2 AND length({t}[2]) = 4 AND {digits[2]} THEN 'month year'",
            f"WHEN len({t}) = 1 AND regexp_matches({t}[1], '^(19|20)\\d{{2}}$') THEN 'year'",
            f"WHEN {three} AND {t}[2] = 'q' THEN 'year quarter'",
            f"WHEN {three} AND {t}[1] = 'q' THEN 'quarter year'",
            f"WHEN {three} AND {t}[2] IN ('w', 'kw') THEN 'year week'",
        ]
    either = f"CASE WHEN contains({x}_p.date, '.') THEN 'dotted' ELSE 'numeric' END"
    short = f"length({t}[1]) <= 2 AND length({t}[2]) <= 2 AND length({t}[3]) IN (2, 4)"
    cases += [
        f"WHEN NOT {three} THEN NULL",
        f"WHEN length({t}[1]) = 4 AND {digits[1]} AND {digits[3]} AND ({digits[2]} OR {word[2]}) THEN 'year first'",
        f"WHEN {word[2]} AND {digits[1]} AND {digits[3]} THEN 'day word'",
        f"WHEN {word[1]} AND {digits[2]} AND {digits[3]} THEN 'word day'",
        f"WHEN {digits[1]} AND {digits[2]} AND {digits[3]} AND {short} THEN {either}",
    ]
    return f"CASE {' '.join(cases)} END"


def settled(x: str, day_first: str) -> list[dict[str, str]]:
    """Columns on top of `stages`: `_r` the settled form (NULL while the order of day and month is open) and `_u` the
    time in UTC, NULL when there is no such day.

    Parameters
    ----------
    day_first : SQL of whether the day stands before the month, NULL when nothing tells
    """
    parted = f"{x}_f IN ('numeric', 'dotted')"
    order = f"CASE {day_first} WHEN true THEN 'day first' WHEN false THEN 'month first' END"
    form = f"CASE WHEN {parted} THEN {order} ELSE {x}_f END"
    parts = {f"{x}_{name}": _part(x, i) for i, name in enumerate(("y", "m", "d"))}
    return [{f"{x}_r": form}, parts, {f"{x}_u": _moment(x)}]


def _part(x: str, place: int) -> str:
    """SQL of year, month or day as text, by settled form."""
    cases = []
    for form, places in _PLACES.items():
        where = places[place]
        if where is None:
            sql = "'1'"
        elif isinstance(where, int):
            sql = f"{x}_t[{where}]"
        elif where.startswith("quarter"):
            sql = f"CAST(3 * TRY_CAST({x}_t[{where[-1]}] AS INTEGER) - 2 AS VARCHAR)"
        else:
            sql = f"{x}{where}"
        cases.append(f"WHEN {quoted(form)} THEN {sql}")
    return f"CASE {x}_r {' '.join(cases)} END"


def _moment(x: str) -> str:
    """SQL of the time in UTC that the parts name."""
    year = f"CASE WHEN length({x}_y) <> 2 THEN {x}_y WHEN {x}_y < '70' THEN '20' || {x}_y ELSE '19' || {x}_y END"
    month = f"coalesce({literal_map(MONTHS)}[{x}_m], TRY_CAST({x}_m AS INTEGER))"
    minute = f"CASE WHEN {x}_p.minute = '' THEN '00' ELSE {x}_p.minute END"
    second = f"CASE WHEN {x}_p.second = '' THEN '00' ELSE replace({x}_p.second, ',', '.') END"
    clock = (
        f"CASE WHEN {x}_f = 'compact time' THEN {x}[9:10] || ':' || {x}[11:12] || ':' || {x}[13:14] "
        f"ELSE printf('%02d:%s:%s', {x}_h, {minute}, {second}) END"
    )
    built = f"TRY_CAST(printf('%s-%02d-%02d %s', {year}, {month}, TRY_CAST({x}_d AS INTEGER), {clock}) AS TIMESTAMP)"
    # "GMT+1", "+0100", "+05:30": hours are one digit or two, minutes two or none.
    zone = f"regexp_replace(upper({x}_p.zone), '^(?:UTC|GMT)', '')"
    parts = f"{zone}, '^[-+](\\d{{1,2}}?):?(\\d{{2}})?$'"
    hours, minutes = (f"TRY_CAST(regexp_extract({parts}, {n}) AS INTEGER)" for n in (1, 2))
    offset = (
        f"CASE WHEN {zone} IN ('', 'Z') THEN 0 WHEN {zone} IN ('MEZ', 'CET') THEN 60 "
        f"WHEN {zone} IN ('MESZ', 'CEST') THEN 120 ELSE ({hours} * 60 + coalesce({minutes}, 0)) "
        f"* CASE WHEN starts_with({zone}, '-') THEN -1 ELSE 1 END END"
    )
    number = f"TRY_CAST({x} AS DOUBLE)"
    scale = f"CASE length(split_part({x}, '.', 1)) WHEN 10 THEN 1e6 WHEN 13 THEN 1e3 WHEN 19 THEN 1e-3 ELSE 1 END"
    week = f"CAST(try_strptime({x}_t[1] || '-' || {x}_t[3] || '-1', '%G-%V-%u') AS TIMESTAMP)"
    return (
        f"CASE {x}_f WHEN 'epoch' THEN make_timestamp(CAST(round({number} * {scale}) AS BIGINT)) "
        f"WHEN 'serial' THEN TIMESTAMP '1899-12-30' + to_seconds(CAST(round({number} * 86400) AS BIGINT)) "
        f"WHEN 'year week' THEN {week} ELSE {built} - to_minutes({offset}) END"
    )
