"""Readers: every kind of source as tables whose rows have numbers, before any rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cxlab.data import delimited, files
from cxlab.data.engine import Engine, identifier, quoted
from cxlab.data.jsonlines import read_json
from cxlab.data.names import own_names
from cxlab.data.raw import Raw, RawKind, Reader
from cxlab.data.reading import cells
from cxlab.data.rules import Rules
from cxlab.data.workbook import open_workbook
from cxlab.errors import DataError, unknown

_BATCH = 20_000
_NUMBERS = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
}


def open_file(engine: Engine, path: Path, *, rules: Rules, declared: Collection[str], label: str) -> list[Reader]:
    """Readers of the tables a file holds.

    Parameters
    ----------
    declared : source columns that are named by the user, which tells the header from the lines above it
    label : how messages name the file

    Raises
    ------
    DataError : the file holds no table that can be read.
    """
    inner = files.unpacked(path, engine.folder, member=rules.member)
    name = inner.name.partition(".")[0]
    kind = files.kind_of(inner)
    if kind == "duckdb":
        return _duckdb(engine, inner, rules=rules, label=label)
    if kind == "sqlite":
        return open_database(engine, f"sqlite://{inner.resolve()}", rules=rules, label=label)
    if kind == "excel":
        return open_workbook(engine, inner, rules=rules, declared=declared, label=label)
    if kind == "parquet":
        query = f"read_parquet({quoted(str(inner))}, file_row_number = true)"
        return [_typed(engine, query, rules=rules, label=label, name=name, number="file_row_number")]
    if kind in ("json-lines", "json"):
        raw = read_json(engine, inner, rules=rules, label=label, one_list=kind == "json")
        return [Reader(label, name, raw.headers, lambda: raw)]
    shape = delimited.layout(files.first_lines(inner, encoding=rules.encoding), rules=rules, declared=declared)

    def read() -> Raw:
        return delimited.read_delimited(engine, inner, rules=rules, declared=declared, label=label)

    return [Reader(label, name, shape.headers, read)]


def open_database(engine: Engine, url: str, *, rules: Rules, label: str) -> list[Reader]:
    """Readers of the tables of a database that Ibis opens by URL.

    Raises
    ------
    DataError : the database cannot be opened, has no tables, or has not the one named by the rule `relation`.
    """
    import ibis

    try:
        source = ibis.connect(url)
        names = source.list_tables()
    except Exception as problem:
        # Drivers quote the address in their messages, and with it the password.
        said = (str(problem).splitlines() or [type(problem).__name__])[0].replace(url, label)
        said = said if "://" not in said.replace(label, "") else type(problem).__name__
        raise DataError(
            f"{label} cannot be opened: {said}",
            expected="a database URL that Ibis can open",
            mend="check the address, and that its driver is installed: pip install 'ibis-framework[NAME]'",
        ) from None

    def reader(name: str) -> Reader:
        expression = source.table(name)

        def read() -> Raw:
            copy, view = engine.name("copied"), engine.name("incoming")
            with _readable(f"{label}:{name}"):
                engine.connection.register(view, expression.to_pyarrow_batches(chunk_size=_BATCH))
                engine.run(f"CREATE TABLE {copy} AS SELECT row_number() OVER () - 1 AS cxlab_row, * FROM {view}")
            engine.connection.unregister(view)
            typed = _typed(engine, copy, rules=rules, label=f"{label}:{name}", name=name, number="cxlab_row")
            raw = typed.read()
            engine.run(f"DROP TABLE {copy}")
            return raw

        return Reader(f"{label}:{name}", name, own_names(expression.columns), read)

    return [reader(name) for name in _chosen(sorted(names), rules, label)]


def _duckdb(engine: Engine, path: Path, *, rules: Rules, label: str) -> list[Reader]:
    alias = engine.name("attached")
    with _readable(label):
        engine.run(f"ATTACH {quoted(str(path))} AS {alias} (READ_ONLY)")
    relations = engine.rows(
        f"SELECT table_schema AS held_in, table_name AS name FROM information_schema.tables "
        f"WHERE table_catalog = {quoted(alias)} ORDER BY ALL"
    )
    places = {r["name"]: f"{alias}.{identifier(r['held_in'])}.{identifier(r['name'])}" for r in relations}
    readers = []
    for name in _chosen(list(places), rules, label):
        query = f"(SELECT row_number() OVER () - 1 AS cxlab_row, * FROM {places[name]})"
        readers.append(_typed(engine, query, rules=rules, label=f"{label}:{name}", name=name, number="cxlab_row"))
    return readers


def _chosen(names: Sequence[str], rules: Rules, label: str) -> Sequence[str]:
    """The tables of a database that are looked at."""
    if not names:
        raise DataError(f"{label} has no tables.", expected="a database with at least one table")
    if rules.relation and rules.relation not in names:
        raise unknown(f"table of {label}", rules.relation, names, error=DataError)
    return [rules.relation] if rules.relation else names


def _typed(engine: Engine, query: str, *, rules: Rules, label: str, name: str, number: str) -> Reader:
    """A reader of something that has types of its own; `number` is its column of row numbers from 0."""
    with _readable(label):
        described = engine.rows(f"DESCRIBE SELECT * EXCLUDE ({number}) FROM {query}")
    types = [d["column_type"] for d in described]
    headers = own_names([d["column_name"] for d in described])
    kinds = [_kind(t) for t in types]

    def read() -> Raw:
        text, typed = {}, {}
        for i, (column, kind) in enumerate(zip(described, kinds, strict=True), start=1):
            value = identifier(column["column_name"])
            if column["column_type"] == "TIMESTAMP WITH TIME ZONE":
                typed[f"c{i}"] = f"timezone('UTC', {value})"
            elif kind == "time":
                typed[f"c{i}"] = f"CAST({value} AS TIMESTAMP)"
            elif kind == "text":
                text[f"c{i}"] = f"CAST({value} AS VARCHAR)"
            else:
                typed[f"c{i}"] = value
        table = engine.name("raw")
        numbered = (
            f"(SELECT {number} + 1 AS source_row, CAST(NULL AS VARCHAR) AS fault, CAST(NULL AS VARCHAR) AS line, "
            f"* EXCLUDE ({number}) FROM {query})"
        )
        with _readable(label):
            engine.run(f"CREATE TABLE {table} AS {cells(numbered, text, rules.missing, typed=typed)}")
        rows = engine.value(f"SELECT count(*) FROM {table}")
        if not rows:
            raise DataError(f"{label} has columns ({', '.join(headers)}) and no rows.", expected="at least one row")
        return Raw(table, headers, kinds, rows)

    return Reader(label, name, headers, read)


def _kind(sql_type: str) -> RawKind:
    if sql_type.startswith("DECIMAL") or sql_type in _NUMBERS:
        return "number"
    if sql_type.startswith("TIMESTAMP"):
        return "time"
    return {"DATE": "date", "BOOLEAN": "other"}.get(sql_type, "text")


@contextmanager
def _readable(label: str):
    """What the engine cannot read is the user's file, not a fault of the program."""
    try:
        yield
    except duckdb.Error as problem:
        raise DataError(
            f"{label} cannot be read: {str(problem).splitlines()[0]}", expected="a whole, readable source"
        ) from problem
