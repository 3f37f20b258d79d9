"""JSON: one object a line, or one list of objects; the union of their keys is the columns."""

from __future__ import annotations

from pathlib import Path

from cxlab.data import delimited, files
from cxlab.data.engine import Engine, quoted
from cxlab.data.names import own_names
from cxlab.data.raw import Raw
from cxlab.data.reading import cells
from cxlab.data.rules import Rules
from cxlab.errors import DataError
from cxlab.wording import count


def read_json(engine: Engine, path: Path, *, rules: Rules, label: str, one_list: bool) -> Raw:
    """JSON lines, or one JSON array, with the union of the keys as columns; a line that is no object is a fault."""
    lines, table = engine.name("lines"), engine.name("raw")
    notes: list[str] = []
    if one_list:
        try:
            engine.run(
                f"CREATE TABLE {lines} AS SELECT row_number() OVER () AS source_row, CAST(json AS VARCHAR) AS line "
                f"FROM read_json_objects({quoted(str(path))}, format = 'array')"
            )
        except Exception as problem:
            raise DataError(
                f"{label} is no JSON: {str(problem).splitlines()[0]}", expected="a list of objects, or JSON lines"
            ) from problem
    else:
        plain = engine.folder / f"{engine.name('plain')}.txt"
        seen = files.write_plain(path, plain, encoding=rules.encoding)
        every = delimited.line_view(engine, plain)
        engine.run(f"CREATE TABLE {lines} AS SELECT * FROM {every} WHERE trim(line, ' \t{files.BLANK_MARK}') <> ''")
        engine.run(f"DROP VIEW {every}")
        empty = seen.lines - engine.value(f"SELECT count(*) FROM {lines}")
        notes += [f"{count(empty)} empty lines were passed over"] if empty else []
        plain.unlink()
    engine.run(
        f"CREATE TABLE {lines}_objects AS SELECT source_row, line, CASE WHEN json_valid(line) THEN "
        f"CASE WHEN json_type(line) = 'OBJECT' THEN line END END AS object FROM {lines}"
    )
    engine.run(f"DROP TABLE {lines}")
    found = engine.rows(
        "SELECT key, min(source_row) AS first, min(place) AS place FROM (SELECT source_row, unnest(k) AS key, "
        "generate_subscripts(k, 1) AS place FROM (SELECT source_row, json_keys(object) AS k "
        f"FROM {lines}_objects WHERE object IS NOT NULL)) GROUP BY key ORDER BY first, place"
    )
    keys = [row["key"] for row in found]
    if not keys:
        raise DataError(f"{label} holds no JSON objects.", expected='one object a line: {"customer_id": …}')
    columns = {}
    for i, key in enumerate(keys, start=1):
        at = quoted("$." + '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"')
        value = f"json_extract_string(object, {at})"
        columns[f"c{i}"] = f"CASE WHEN json_type(object, {at}) = 'DOUBLE' THEN {_marked(value)} ELSE {value} END"
    rows = (
        "(SELECT source_row, object, CASE WHEN object IS NULL THEN 'the line is no JSON object' END AS fault, "
        f"CASE WHEN object IS NULL THEN line END AS line FROM {lines}_objects)"
    )
    engine.run(f"CREATE TABLE {table} AS {cells(rows, columns, rules.missing)}")
    engine.run(f"DROP TABLE {lines}_objects")
    return Raw(table, own_names(keys), ["text"] * len(keys), engine.value(f"SELECT count(*) FROM {table}"), notes=notes)


def _marked(value: str) -> str:
    """SQL: a number of the source itself, written so that no rule takes its point for a thousands separator."""
    return f"CASE WHEN regexp_matches({value}, '^-?[1-9]\\d{{0,2}}\\.\\d{{3}}$') THEN {value} || 'e0' ELSE {value} END"
