"""The engine under a Dataset: DuckDB on a temporary file that goes when the last table that needs it goes."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path

import duckdb
import ibis

#: what DuckDB may hold in memory before it writes to disk
MEMORY = "1GB"


class Engine:
    """A DuckDB connection on its own temporary folder, and the Ibis backend on it.

    The folder lives as long as the backend: an Ibis table that outlives its Dataset keeps it alive.

    >>> engine = Engine()
    >>> engine.rows("select 1 as one")
    [{'one': 1}]
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="cxlab-"))
        self.connection = duckdb.connect(self.folder / "tables.duckdb")
        self.connection.execute(f"SET memory_limit = '{MEMORY}'")
        self.connection.execute(f"SET temp_directory = {quoted(str(self.folder / 'overflow'))}")
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET enable_progress_bar = false")
        self.backend = ibis.duckdb.from_connection(self.connection)
        weakref.finalize(self.backend, _close, self.connection, self.folder)
        self._names = 0

    def name(self, stem: str) -> str:
        """A table name that is not taken."""
        self._names += 1
        return f"{stem}_{self._names}"

    def run(self, sql: str, parameters: list | None = None) -> None:
        """Execute one statement."""
        self.connection.execute(sql, parameters)

    def rows(self, sql: str) -> list[dict]:
        """The rows of a query, which must be few."""
        result = self.connection.execute(sql)
        names = [d[0] for d in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, sql: str) -> dict:
        """The one row of a query."""
        return self.rows(sql)[0]

    def value(self, sql: str):
        """The one value of a query."""
        return self.connection.execute(sql).fetchone()[0]


def _close(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)


def quoted(text: str) -> str:
    """Text as an SQL literal.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as an SQL identifier.

    >>> print(identifier('a "b" c'))
    "a ""b"" c"
    """
    return '"' + name.replace('"', '""') + '"'


def literal_map(values: Mapping[str, int]) -> str:
    """A mapping as an SQL literal.

    >>> literal_map({"jan": 1})
    "MAP {'jan': 1}"
    """
    return "MAP {" + ", ".join(f"{quoted(k)}: {v}" for k, v in values.items()) + "}"
