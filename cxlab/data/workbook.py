"""Workbooks: the sheets of an .xlsx as rows, each with the number at the left edge of the sheet."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, time
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from cxlab.data import delimited
from cxlab.data.engine import Engine
from cxlab.data.raw import Raw, Reader
from cxlab.data.reading import cells
from cxlab.data.rules import Rules
from cxlab.errors import DataError, unknown

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 20_000


def open_workbook(engine: Engine, path: Path, *, rules: Rules, declared: Collection[str], label: str) -> list[Reader]:
    """Sheets of a workbook; a row's number is the one at the left edge of the sheet."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path.open("rb"), read_only=True, data_only=True)
    except Exception as problem:
        raise DataError(
            f"{label} cannot be opened as a workbook: {problem}",
            expected="an .xlsx without password",
            mend="open it and save it again as .xlsx",
        ) from problem
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
        readers.append(
            Reader(shown, sheet.title, shape.headers, _sheet(engine, path, sheet.title, shape, shown, rules))
        )
    book.close()
    if not readers:
        raise DataError(f"{label} has no filled sheet.", expected="a header row and rows")
    return readers


def _sheet(
    engine: Engine, path: Path, title: str, shape: delimited.Layout, label: str, rules: Rules
) -> Callable[[], Raw]:
    def read() -> Raw:
        import openpyxl
        import pyarrow as pa

        width, table = len(shape.headers), engine.name("raw")
        book = openpyxl.load_workbook(path.open("rb"), read_only=True, data_only=True)
        columns = [f"c{i}" for i in range(1, width + 1)]
        texts = ("fault", "line", *columns)
        schema = pa.schema([("source_row", pa.int64()), *((name, pa.string()) for name in texts)])
        first = shape.header_line + 1
        filled = book[title].iter_rows(min_row=first, values_only=True)
        batches = pa.RecordBatchReader.from_batches(schema, _batches(_rows(filled, first, width), schema))
        engine.connection.register(f"{table}_rows", batches)
        try:
            engine.run(f"CREATE TABLE {table} AS {cells(f'{table}_rows', {c: c for c in columns}, rules.missing)}")
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


def _rows(rows: Iterator, first: int, width: int) -> Iterator[list]:
    """Filled rows of a sheet as row number, fault, text of a faulty row, cells."""
    for number, row in enumerate(rows, start=first):
        cells = [_spoken(value) for value in row]
        if not any(cells):
            continue
        beyond = [c for c in cells[width:] if c]
        fault = f"the row has {len(beyond)} cells to the right of the header" if beyond else None
        shown = "; ".join(cells) if beyond else None
        yield [number, fault, shown, *cells[:width], *([""] * (width - len(cells)))]


def _batches(rows: Iterator[list], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for held in batched(rows, _BATCH):
        columns = zip(zip(*held, strict=True), schema.types, strict=True)
        yield pa.RecordBatch.from_arrays([pa.array(values, kind) for values, kind in columns], schema=schema)


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
