"""Readers: every kind of source as rows with numbers, before any rule: text, workbook, JSON, Parquet, database."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from cxlab.data import delimited, files
from cxlab.data.engine import Engine, identifier, quoted
from cxlab.data.names import own_names
from cxlab.data.raw import Raw, RawKind
from cxlab.data.rules import Rules
from cxlab.errors import DataError, unknown
from cxlab.wording import count

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 20_000


@dataclass
class Reader:
    """One table of a source, its columns known, its rows not yet read.

    Parameters
    ----------
    label : how the user knows it (file name, sheet, relation)
    name : what hints at its contract table
    headers : its columns
    read : reads it into the engine
    """

    label: str
    name: str
    headers: Sequence[str]
    read: Callable[[], Raw]


def open_file(engine: Engine, path: Path, *, rules: Rules, declared: Collection[str], label: str) -> list[Reader]:
    """Readers of the tables a file holds.

    Raises
    ------
    DataError : the file holds no table that can be read.
    """
    inner = files.unpacked(path, engine.folder, member=rules.member)
    stem = re.split(r"[.]", inner.name)[0]
    kind = files.kind_of(inner)
    if kind == "duckdb":
        return _duckdb(engine, inner, rules=rules, label=label)
    if kind == "sqlite":
        return open_database(engine, f"sqlite://{inner.resolve()}", rules=rules, label=label)
    if kind == "excel":
        return _workbook(engine, inner, rules=rules, declared=declared, label=label)
    if kind == "parquet":
        query = f"read_parquet({quoted(str(inner))}, file_row_number = true)"
        return [_native(engine, query, label=label, name=stem, number="file_row_number + 1", skip=("file_row_number",))]
    if kind in ("json-lines", "json"):
        raw = _json(engine, inner, rules=rules, label=label, whole=kind == "json")
        return [Reader(label, stem, raw.headers, lambda: raw)]
    shape = delimited.layout(files.first_lines(inner, encoding=rules.encoding), rules=rules, declared=declared)
    return [Reader(label, stem, shape.headers, lambda: delimited.read_delimited(
        engine, inner, rules=rules, declared=declared, label=label))]  # fmt: skip


def _kind(sql_type: str) -> RawKind:
    if sql_type.startswith("DECIMAL") or sql_type in _NUMBERS:
        return "number"
    if sql_type.startswith("TIMESTAMP"):
        return "time"
    return {"VARCHAR": "text", "DATE": "date"}.get(sql_type, "other")


_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
            "UHUGEINT", "FLOAT", "DOUBLE"}  # fmt: skip


def _native(engine: Engine, query: str, *, label: str, name: str, number: str, skip: Sequence[str] = ()) -> Reader:
    """A reader of something that has types of its own."""
    try:
        described = engine.rows(f"DESCRIBE SELECT * FROM {query}")
    except Exception as problem:
        raise DataError(f"{label} cannot be read: {str(problem).splitlines()[0]}", expected="a whole file") from problem
    columns = [(d["column_name"], d["column_type"]) for d in described if d["column_name"] not in skip]
    headers = own_names([c for c, _ in columns])
    kinds = [_kind(t) for _, t in columns]

    def read() -> Raw:
        parts = []
        for i, ((column, sql_type), kind) in enumerate(zip(columns, kinds, strict=True), start=1):
            value = identifier(column)
            if sql_type == "TIMESTAMP WITH TIME ZONE":
                value = f"timezone('UTC', {value})"
            elif kind == "time":
                value = f"CAST({value} AS TIMESTAMP)"
            elif kind == "other" and sql_type != "BOOLEAN":
                value = f"CAST({value} AS VARCHAR)"
            parts.append(f"{value} AS c{i}")
        table = engine.name("raw")
        try:
            engine.run(f"CREATE TABLE {table} AS SELECT {number} AS source_row, CAST(NULL AS VARCHAR) AS fault, "
                       f"CAST(NULL AS VARCHAR) AS line, {', '.join(parts)} FROM {query}")  # fmt: skip
        except Exception as problem:
            raise DataError(
                f"{label} cannot be read: {str(problem).splitlines()[0]}", expected="a whole file"
            ) from problem
        rows = engine.value(f"SELECT count(*) FROM {table}")
        if not rows:
            raise DataError(f"{label} has columns ({', '.join(headers)}) and no rows.", expected="at least one row")
        return Raw(table, headers, ["text" if k == "other" and t != "BOOLEAN" else k
                                    for k, (_, t) in zip(kinds, columns, strict=True)], rows)  # fmt: skip

    return Reader(label, name, headers, read)


def _duckdb(engine: Engine, path: Path, *, rules: Rules, label: str) -> list[Reader]:
    alias = engine.name("attached")
    try:
        engine.run(f"ATTACH {quoted(str(path))} AS {alias} (READ_ONLY)")
    except Exception as problem:
        raise DataError(f"{label} cannot be opened as a DuckDB file: {str(problem).splitlines()[0]}",
                        expected="a DuckDB file that no other program is writing to") from problem  # fmt: skip
    relations = engine.rows(f"SELECT table_schema AS s, table_name AS t FROM information_schema.tables "
                            f"WHERE table_catalog = {quoted(alias)} ORDER BY ALL")  # fmt: skip
    names = {r["t"]: f"{alias}.{identifier(r['s'])}.{identifier(r['t'])}" for r in relations}
    return [_native(engine, names[t], label=f"{label}:{t}", name=t, number="row_number() OVER ()")
            for t in _chosen(list(names), rules, label)]  # fmt: skip


def open_database(engine: Engine, url: str, *, rules: Rules, label: str) -> list[Reader]:
    """Readers of the tables of a database that Ibis opens by URL.

    Raises
    ------
    DataError : the database cannot be opened, has no tables, or has not the one named by `relation`.
    """
    import ibis

    try:
        source = ibis.connect(url)
        names = source.list_tables()
    except Exception as problem:
        said = str(problem).replace(url, label).splitlines() or [type(problem).__name__]
        raise DataError(f"{label} cannot be opened: {said[0]}", expected="a database URL that Ibis can open",
                        mend="check the address, and that the driver is installed: pip install 'ibis-framework[NAME]'"
                        ) from problem  # fmt: skip

    def reader(name: str) -> Reader:
        expression = source.table(name)
        headers = own_names(expression.columns)

        def read() -> Raw:
            staging = engine.name("copied")
            arrow = expression.to_pyarrow_batches(chunk_size=_BATCH)
            engine.connection.register(f"{staging}_view", arrow)
            try:
                engine.run(f"CREATE TABLE {staging} AS SELECT row_number() OVER () AS cxlab_row, * FROM {staging}_view")
            finally:
                engine.connection.unregister(f"{staging}_view")
            raw = _native(
                engine, staging, label=f"{label}:{name}", name=name, number="cxlab_row", skip=("cxlab_row",)
            ).read()
            engine.run(f"DROP TABLE {staging}")
            return raw

        return Reader(f"{label}:{name}", name, headers, read)

    return [reader(name) for name in _chosen(sorted(names), rules, label)]


def _chosen(names: Sequence[str], rules: Rules, label: str) -> Sequence[str]:
    if not names:
        raise DataError(f"{label} has no tables.", expected="a database with at least one table")
    if rules.relation and rules.relation not in names:
        raise unknown(f"table of {label}", rules.relation, names, error=DataError)
    return [rules.relation] if rules.relation else names


def _json(engine: Engine, path: Path, *, rules: Rules, label: str, whole: bool) -> Raw:
    """JSON lines, or one JSON array, with the union of the keys as columns; a line that is no object is a fault."""
    lines, table = engine.name("lines"), engine.name("raw")
    notes: list[str] = []
    if whole:
        try:
            engine.run(f"CREATE TABLE {lines} AS SELECT row_number() OVER () AS source_row, CAST(json AS VARCHAR) AS line "
                       f"FROM read_json_objects({quoted(str(path))}, format = 'array')")  # fmt: skip
        except Exception as problem:
            raise DataError(f"{label} is no JSON: {str(problem).splitlines()[0]}", expected="a list of objects, or JSON lines"
                            ) from problem  # fmt: skip
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
    columns = []
    for i, key in enumerate(keys, start=1):
        at = quoted("$." + '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"')
        value = f"json_extract_string(object, {at})"
        marked = f"CASE WHEN json_type(object, {at}) = 'DOUBLE' THEN {_marked(value)} ELSE {value} END"
        columns.append(f"{marked} AS c{i}")
    engine.run(
        f"CREATE TABLE {table} AS SELECT source_row, CASE WHEN object IS NULL THEN 'the line is no JSON object' END AS fault, "
        f"CASE WHEN object IS NULL THEN line END AS line, {', '.join(columns)} FROM {lines}_objects"
    )
    engine.run(f"DROP TABLE {lines}_objects")
    return Raw(table, own_names(keys), ["text"] * len(keys), engine.value(f"SELECT count(*) FROM {table}"), notes=notes)


def _marked(value: str) -> str:
    """SQL: a number of the source itself, written so that no rule takes its point for a thousands separator."""
    return f"CASE WHEN regexp_matches({value}, '^-?[1-9]\\d{{0,2}}\\.\\d{{3}}$') THEN {value} || 'e0' ELSE {value} END"


def _workbook(engine: Engine, path: Path, *, rules: Rules, declared: Collection[str], label: str) -> list[Reader]:
    """Sheets of a workbook; a row's number is the one at the left edge of the sheet."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path.open("rb"), read_only=True, data_only=True)
    except Exception as problem:
        raise DataError(f"{label} cannot be opened as a workbook: {problem}", expected="an .xlsx without password",
                        mend="open it and save it again as .xlsx") from problem  # fmt: skip
    names = [s.title for s in book.worksheets]
    if rules.sheet and rules.sheet not in names:
        raise unknown(f"sheet of {label}", rules.sheet, names, error=DataError)
    readers = []
    for sheet in book.worksheets:
        if rules.sheet and sheet.title != rules.sheet:
            continue
        head = [[_spoken(c) for c in row] for row in sheet.iter_rows(max_row=60, values_only=True)]
        if not any(any(row) for row in head):
            continue
        shape = delimited.layout_of(head, rules=rules, declared=declared)
        shown = f"{label}:{sheet.title}" if len(names) > 1 else label
        readers.append(Reader(shown, sheet.title, shape.headers, _sheet(engine, path, sheet.title, shape, shown)))
    book.close()
    if not readers:
        raise DataError(f"{label} has no filled sheet.", expected="a header row and rows")
    return readers


def _sheet(engine: Engine, path: Path, title: str, shape: delimited.Layout, label: str) -> Callable[[], Raw]:
    def read() -> Raw:
        import openpyxl
        import pyarrow as pa

        width, table = len(shape.headers), engine.name("raw")
        book = openpyxl.load_workbook(path.open("rb"), read_only=True, data_only=True)
        names = ["source_row", *(f"c{i}" for i in range(1, width + 1))]
        schema = pa.schema([(n, pa.int64() if n == "source_row" else pa.string()) for n in names])
        rows = book[title].iter_rows(min_row=shape.header_line + 1, values_only=True)
        batches = pa.RecordBatchReader.from_batches(schema, _batches(rows, shape.header_line + 1, width, schema))
        columns = ", ".join(names[1:])
        engine.connection.register(f"{table}_rows", batches)
        try:
            engine.run(f"CREATE TABLE {table} AS SELECT source_row, CAST(NULL AS VARCHAR) AS fault, "
                       f"CAST(NULL AS VARCHAR) AS line, {columns} FROM {table}_rows")  # fmt: skip
        finally:
            engine.connection.unregister(f"{table}_rows")
            book.close()
        found = engine.value(f"SELECT count(*) FROM {table}")
        if not found:
            raise DataError(
                f"{label} has a header ({', '.join(shape.headers)}) and no rows.", expected="at least one row"
            )
        return Raw(
            table, shape.headers, ["text"] * width, found, notes=delimited.header_notes(shape), unnamed=shape.unnamed
        )

    return read


def _batches(rows: Iterator, first: int, width: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows of a sheet in batches, empty rows left out."""
    import pyarrow as pa

    held: list[list] = []
    for number, row in enumerate(rows, start=first):
        cells = [_spoken(c) for c in row[:width]]
        if any(cells):
            held.append([number, *cells, *([""] * (width - len(cells)))])
        if len(held) == _BATCH:
            yield pa.RecordBatch.from_arrays([pa.array(c, t) for c, t in zip(zip(*held, strict=True), schema.types, strict=True)],
                                             schema=schema)  # fmt: skip
            held = []
    if held:
        yield pa.RecordBatch.from_arrays([pa.array(c, t) for c, t in zip(zip(*held, strict=True), schema.types, strict=True)],
                                         schema=schema)  # fmt: skip


def _spoken(value) -> str:
    """A cell as text that reads back as what it was."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return text + "e0" if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", text) else text
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)
