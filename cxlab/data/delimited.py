"""Delimited text: which line is the header, what parts the fields, and every line accounted for.

The engine reads lines, not fields: so each line keeps its number, and a line that cannot be split is quarantined.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxlab.data import files
from cxlab.data.engine import Engine, quoted
from cxlab.data.names import known_spellings, normalised, own_names
from cxlab.data.raw import Raw
from cxlab.data.reading import SPACES, cells
from cxlab.data.rules import Rules
from cxlab.data.splitting import SEARCHED, field_pattern, in_pattern, open_pattern, split_lines
from cxlab.errors import DataError
from cxlab.wording import count

_DELIMITERS = (",", ";", "\t", "|")
_SPOKEN = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_VALUE = re.compile(r"^[\s€$£(+-]*\d[\d\s.,:/T'’+)€$£Z-]*$")
_LONGEST_RECORD = 1000


@dataclass(frozen=True)
class Layout:
    """How a text is laid out.

    Parameters
    ----------
    delimiter : the character between fields
    header_line : number of the header line, from 1; 0 when the file has none
    headers : column names, unique
    unnamed : those that were made up
    title_lines : lines above the header that hold something else
    """

    delimiter: str
    header_line: int
    headers: Sequence[str]
    unnamed: frozenset[str]
    title_lines: int


def layout(lines: Sequence[str], *, rules: Rules, declared: Collection[str] = ()) -> Layout:
    """Delimiter and header of a text from its first lines.

    >>> layout(["Shop export", "", "Kundennr;Datum;Betrag", "7;3.4.2024;1,50"], rules=Rules()).headers
    ['Kundennr', 'Datum', 'Betrag']
    """
    hint = re.match(r"sep=(.)$", lines[0], re.I) if lines else None
    allowed = [rules.delimiter] if rules.delimiter else [hint[1]] if hint else _DELIMITERS
    known = known_spellings() | {normalised(d) for d in declared if d}
    shapes = [(_scored(split_lines(lines, d), known, rules.header), d) for d in allowed]
    (_, position), delimiter = max(shapes, key=lambda shape: shape[0][0])
    return _layout(split_lines(lines, delimiter), position, delimiter)


def layout_of(rows: Sequence[Sequence[str]], *, rules: Rules, declared: Collection[str] = ()) -> Layout:
    """The header among rows of cells, as in `layout`."""
    known = known_spellings() | {normalised(d) for d in declared if d}
    numbered = [(n, list(row)) for n, row in enumerate(rows, start=1) if any(c.strip() for c in row)]
    return _layout(numbered, _scored(numbered, known, rules.header)[1], "")


def _layout(rows: Sequence[tuple[int, list[str]]], position: int, delimiter: str) -> Layout:
    cells = dict(rows)[position] if position else [""] * _width(rows)
    names = own_names([c.strip() for c in cells])
    unnamed = frozenset(n for n, c in zip(names, cells, strict=True) if not c.strip())
    return Layout(delimiter, position, names, unnamed, sum(1 for n, _ in rows if n < position))


def _width(rows: Sequence[tuple[int, list[str]]]) -> int:
    widths = Counter(len(cells) for _, cells in rows)
    return max(widths, key=lambda w: (widths[w], w)) if widths else 1


def _scored(rows: Sequence[tuple[int, list[str]]], known: Collection[str], header: int | None):
    """How well a split explains the rows: names known in the header, share of rows of one width, width, and its header.

    The header is the row with most names that are declared or commonly used; without any, the first as wide as the
    rest that holds no number and no date; without that, there is none. Where a survey tool has written a row of
    {"ImportId": …}, it is the first row as wide as that one, whatever the texts of the questions between them are.
    """
    width = _width(rows)
    alike = sum(len(cells) == width for _, cells in rows) / max(1, len(rows))
    best, position = 0, 0
    for n, row in rows[:SEARCHED]:
        names = sum(normalised(c) in known for c in row if c.strip())
        if header is not None:
            best, position = (names, n) if n == header else (best, position)
        elif names > best and _all_words(row):
            best, position = names, n
    imported = next((n for n, row in rows[:SEARCHED] if sum(map(_is_import, row)) > len(row) / 2), 0)
    if imported and header is None:
        position = next(n for n, row in rows if len(row) == len(dict(rows)[imported]))
    if position == 0 and header is None:
        wide = next(((n, cells) for n, cells in rows[:SEARCHED] if len(cells) >= width), (0, [""]))
        position = wide[0] if _all_words(wide[1]) and wide[0] != rows[-1][0] else 0
    return (best, alike if width > 1 else 0, width), position


def _is_import(cell: str) -> bool:
    return cell.strip().startswith("{") and "importid" in cell.lower()


def _all_words(cells: Sequence[str]) -> bool:
    filled = [c for c in cells if c.strip()]
    return bool(filled) and not any(_VALUE.match(c) for c in filled)


def read_delimited(engine: Engine, path: Path, *, rules: Rules, declared: Collection[str], label: str) -> Raw:
    """Read a delimited text into the engine, every line with its number.

    Returns
    -------
    Raw; `source_row` is the number of the line in the file (of the first line of a row that runs over several).

    Raises
    ------
    DataError : there is no row below the header.
    """
    shape = layout(files.first_lines(path, encoding=rules.encoding), rules=rules, declared=declared)
    plain = engine.folder / f"{engine.name('plain')}.txt"
    seen = files.write_plain(path, plain, encoding=rules.encoding)
    lines, joined = _lines(engine, plain, shape, quotes=seen.quotes)
    table = engine.name("raw")
    columns = {f"c{i}": f"f[{i}]" for i in range(1, len(shape.headers) + 1)}
    around = in_pattern(shape.delimiter) + '"'
    spaced = f"regexp_matches(line, {quoted(f'(?:^|[{around}])[{SPACES}]|[{SPACES}](?:[{around}]|$)')})"
    split = cells(f"({_split(lines, shape, quotes=seen.quotes)})", columns, rules.missing, spaced=spaced)
    engine.run(
        f"CREATE TABLE {table} AS SELECT * REPLACE (CASE WHEN fault IS NOT NULL THEN line END AS line) FROM ({split})"
    )
    read = engine.value(f"SELECT count(*) FROM {table}")
    below = seen.lines - shape.header_line - joined
    empty = engine.value(f"SELECT count(*) FROM {lines} WHERE empty") if read != below else 0
    if read + empty != below:
        raise AssertionError(f"{label}: {below} lines below the header, {read} rows and {empty} empty lines found")
    if not read:
        raise DataError(f"{label} has a header ({', '.join(shape.headers)}) and no rows.", expected="at least one row")
    engine.run(f"DROP TABLE IF EXISTS {lines}_spans")
    engine.run(f"DROP VIEW {lines}")
    plain.unlink()
    headers = list(shape.headers)
    return Raw(
        table,
        headers,
        ["text"] * len(headers),
        read,
        "," if shape.delimiter == ";" else ".",
        _notes(shape, seen, empty),
        shape.unnamed,
    )


def _notes(shape: Layout, seen: files.Seen, empty: int) -> list[str]:
    notes = []
    if seen.foreign_bytes:
        notes.append(
            f"{count(seen.foreign_bytes)} bytes are not {seen.encoding.upper()} and were read as Windows-1252 "
            "(option encoding decides)"
        )
    elif seen.encoding not in ("utf-8", "ascii"):
        notes.append(f"the text is {seen.encoding.upper()}")
    if seen.control_characters:
        notes.append(f"{count(seen.control_characters)} NUL or control characters were left out")
    if empty:
        notes.append(f"{count(empty)} empty lines were passed over")
    notes += header_notes(shape)
    if shape.delimiter != ",":
        notes.append(f"fields are parted by {_SPOKEN.get(shape.delimiter, repr(shape.delimiter))}")
    return notes


def header_notes(shape: Layout) -> list[str]:
    """What a reader should know about the header that was found."""
    if not shape.header_line:
        return ["there is no header line: columns are called column_1, column_2, …"]
    if shape.title_lines:
        return [f"{count(shape.title_lines)} lines above the header (line {shape.header_line}) were passed over"]
    return []


def line_view(engine: Engine, plain: Path) -> str:
    """A view of a plain text as (source_row, line): lines as they stand, numbered from 1."""
    view = engine.name("lines")
    engine.run(
        f"CREATE VIEW {view} AS SELECT row_number() OVER () AS source_row, line FROM read_csv({quoted(str(plain))}, "
        f"columns = {{'line': 'VARCHAR'}}, delim = '{files.DELIMITER_MARK}', quote = '', escape = '', header = false, "
        f"auto_detect = false, nullstr = '{files.NULL_MARK}', max_line_size = {8 * files.LONGEST_LINE}, "
        "strict_mode = false)"
    )
    return view


def _lines(engine: Engine, plain: Path, shape: Layout, *, quotes: bool) -> tuple[str, int]:
    """A view of the lines below the header as (source_row, line, empty), and how many lines it joined to others."""
    every, rows = line_view(engine, plain), engine.name("rows")
    blank = quoted(rf'^[{in_pattern(shape.delimiter)}{files.BLANK_MARK} \t\x{{a0}}"]*$')
    spans = _spans(engine, every, shape) if quotes else []
    joined, source, inside = "line", every, ""
    if spans:
        engine.run(f"CREATE TABLE {rows}_spans(first BIGINT, last BIGINT, whole VARCHAR)")
        engine.connection.executemany(f"INSERT INTO {rows}_spans VALUES (?, ?, ?)", spans)
        joined, source = "coalesce(whole, line)", f"{every} LEFT JOIN {rows}_spans ON source_row = first"
        inside = (
            f"AND source_row NOT IN (SELECT unnest(range(first + 1, last + 1)) FROM {rows}_spans) ORDER BY source_row"
        )
    engine.run(
        f"CREATE VIEW {rows} AS SELECT source_row, {joined} AS line, "
        f"regexp_matches({joined}, {blank}) AS empty FROM {source} "
        f"WHERE source_row > {shape.header_line} {inside}"
    )
    return rows, sum(last - first for first, last, _ in spans)


def _spans(engine: Engine, every: str, shape: Layout) -> list[tuple[int, int, str]]:
    """Rows that run over several lines: a quote opened on the first is closed on the last, and the whole has
    as many fields as the header. Anything else stands line by line."""
    d = in_pattern(shape.delimiter)
    openers = engine.value(f"SELECT count(*) FROM {every} WHERE {_open(d)} AND source_row > {shape.header_line}")
    if not openers:
        return []
    closes = rf'^(?:[^"]|"")*" *(?:{d}(?: *"(?:[^"]|"")*" *|[^"{d}][^{d}]*|))*$'
    found = engine.connection.execute(
        f"""
        WITH o AS (SELECT source_row FROM {every} WHERE {_open(d)} AND source_row > {shape.header_line}),
        c AS (SELECT source_row FROM {every} WHERE contains(line, '"') AND regexp_matches(line, {quoted(closes)})),
        pairs AS (SELECT o.source_row AS first, c.source_row AS last FROM o ASOF JOIN c ON o.source_row < c.source_row
                  WHERE c.source_row - o.source_row < {_LONGEST_RECORD}),
        joined AS (SELECT first, last,
                          string_agg(replace(line, '{files.BLANK_MARK}', ''), chr(10) ORDER BY source_row) AS line
                   FROM pairs JOIN {every} ON source_row BETWEEN first AND last GROUP BY first, last)
        SELECT first, last, line FROM joined
        WHERE len(regexp_extract_all({quoted(shape.delimiter)} || line, {quoted(field_pattern(shape.delimiter))}))
              = {len(shape.headers)} ORDER BY first
        """
    ).fetchall()
    kept, reached = [], 0
    for first, last, line in found:
        if first > reached:
            kept.append((first, last, line))
            reached = last
    return kept


def _split(rows: str, shape: Layout, *, quotes: bool) -> str:
    """A query of source_row, line, f (the list of fields) and fault."""
    delimiter, width = quoted(shape.delimiter), len(shape.headers)
    plain = f"string_split(line, {delimiter})"
    unquoted = (
        "CASE WHEN starts_with(ltrim(x), '\"') THEN replace(regexp_replace(ltrim(x), "
        """'^"((?:[^"]|"")*)"(.*)$', '\\1\\2', 's'), '""', '"') ELSE x END"""
    )
    found = f"regexp_extract_all({delimiter} || line, {quoted(field_pattern(shape.delimiter))}, 1)"
    careful = f"list_transform({found}, lambda x: {unquoted})"
    split = f"CASE WHEN contains(line, '\"') THEN {careful} ELSE {plain} END" if quotes else plain
    checks = [
        f"WHEN len(f) <> {width} AND (len(f) < {width} OR array_to_string(f[{width + 1}:], '') <> '') "
        f"THEN 'the line has ' || len(f) || ' fields, the header has {width}'"
    ]
    if quotes:
        opened = _open(in_pattern(shape.delimiter))
        checks.insert(0, f"WHEN {opened} THEN 'a quote opened on this line is never closed'")
    if shape.header_line:
        names = "[" + ", ".join(quoted(h) for h in shape.headers) + "]"
        checks.insert(0, f"WHEN f[1] = {quoted(shape.headers[0])} AND f = {names} THEN 'the line repeats the header'")
    return (
        f"SELECT source_row, line, f, CASE {' '.join(checks)} END AS fault "
        f"FROM (SELECT source_row, line, {split} AS f FROM {rows} WHERE NOT empty)"
    )


def _open(d: str) -> str:
    """SQL: whether a line ends inside a quoted field."""
    return f"(contains(line, '\"') AND regexp_matches(line, {quoted(open_pattern(d))}))"
