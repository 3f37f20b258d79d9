"""Data where it lies: tables of a Spark session, or of any connection of Ibis, checked there and never copied.

    cx.load("spark://local/path/to/touchpoints.parquet")       Spark in this process
    cx.load("spark://host:7077/shop.touchpoints")              a table of a cluster
    cx.load("spark://host:7077/shop")                          all tables of a database that fit the contract
    cx.load(session.table("shop.touchpoints"))                 a DataFrame of a session of your own
    cx.load(connection.table("touchpoints"))                   a table of a connection of Ibis

A session that runs already is used whatever the address says. Needs the extra `spark` and Java 17.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cxlab.data.contract import TABLES, Table
from cxlab.data.dataset import Card, Dataset, Tables
from cxlab.data.masking import with_masked
from cxlab.data.names import Match, guess_table, match_columns
from cxlab.data.portable import CheckedTable, check_table
from cxlab.data.rules import Rules
from cxlab.errors import DataError, unknown

SCHEME = "spark://"


@dataclass(frozen=True)
class Held:
    """A table of an engine: how the user knows it, what hints at its contract table, and its rows with `source_row`."""

    label: str
    name: str
    rows: ir.Table

    @property
    def headers(self) -> list[str]:
        return [c for c in self.rows.columns if c != "source_row"]


class EngineDataset(Dataset):
    """A Dataset whose tables stay where they are: Ibis tables on the engine that holds them, checked in it.

    Attributes are those of `Dataset`. `source_row` is the number of the row in its Parquet files, taken in the order of
    their names; in other tables the number of the row as the engine first read it.
    """

    def __init__(self, name: str, held: Sequence[tuple[Table, Held, Sequence[Match]]], *, rules: Rules, currency: str):
        self.name, self.card, self.observation_end = name, Card(name, kind="tables of an engine"), None
        self._held = {table.name: (table, source, matches) for table, source, matches in held}
        self._rules, self._currency = rules, currency
        self._checked: dict[str, CheckedTable] = {}
        self.tables = Tables(list(self._held), self._table, name)

    def _result(self, name: str) -> CheckedTable:
        """A table after its check, which is made once."""
        if name not in self._checked:
            table, source, matches = self._held[name]
            self._checked[name] = check_table(source.rows, table, matches, rules=self._rules, label=source.label)
        return self._checked[name]

    def _table(self, name: str) -> ir.Table:
        result = self._result(name)
        if not result.kept:
            raise self._unusable(name)
        return result.kept_rows

    def _results(self, name: str):
        return [(self._held[name][1], self._result(name))]

    @cached_property
    def quarantine(self) -> ir.Table:
        """Every row that breaks the contract: table, source, source_row, column, value, reason (an Ibis table)."""
        parts = [
            self._result(name).set_aside.select(
                "source_row", "column", "value", "reason", table=ibis.literal(name), source=ibis.literal(source.label)
            )
            for name, (__, source, __) in self._held.items()
        ]
        return ibis.union(*parts).select(*_COLUMNS) if len(parts) > 1 else parts[0].select(*_COLUMNS)

    def _reasons(self, *names: str) -> pd.DataFrame:
        rows = self.quarantine.filter(_.table.isin(names)) if names else self.quarantine
        counted = rows.group_by("table", "source", "reason").agg(
            rows=rows.count(), first_row=rows.source_row.min(), first_value=rows["value"].argmin(rows.source_row)
        )
        return with_masked(counted.order_by(ibis.desc("rows"), "table", "source", "reason").to_pandas())

    @property
    def mapping(self) -> pd.DataFrame:
        """Which source column each column is read from, how that was decided, and by which rule it is read."""
        rows = [
            {"table": name, "column": column, "source_column": own, "how": how, "rule": rule, "source": source.label}
            for name, (__, source, __) in self._held.items()
            for column, (own, how, rule) in self._result(name).rules.items()
        ]
        return pd.DataFrame(rows)

    @property
    def notes(self) -> list[str]:
        """What a reader should know: assumptions made, things found and kept."""
        several = len(self._held) > 1
        return [
            f"{source.label}: {note}" if several else note
            for name, (__, source, __) in self._held.items()
            for note in self._result(name).notes
        ]

    @property
    def currency(self) -> str:
        """ISO code of all money where it was declared; "" where not."""
        return self._currency

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the rows and their sums of numbers by table, in any order of rows: no file is read for it."""
        said = []
        for name in self._held:
            rows = self._result(name).rows
            numbers = [c for c, kind in rows.schema().items() if kind.is_numeric() and c != "source_row"]
            sums = rows.aggregate(n=rows.count(), **{c: rows[c].cast("float64").sum().round(2) for c in numbers})
            said.append(f"{name} {sums.execute().to_dict('records')}")
        return hashlib.sha256("\n".join(said).encode()).hexdigest()


_COLUMNS = ("table", "source", "source_row", "column", "value", "reason")


def load_held(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    table: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> EngineDataset:
    """What `cx.load` does with an address of Spark, a DataFrame of Spark or a table of Ibis.

    >>> contacts = pd.DataFrame({"customer_id": ["a", "b"], "touchpoint": ["Shop", None],
    ...                          "timestamp": pd.to_datetime(["2026-01-01", "2026-01-02"])})
    >>> load_held(ibis.memtable(contacts)).counts.to_dict("records")
    [{'table': 'touchpoints', 'read': 2, 'kept': 1, 'quarantined': 1}]
    """
    rules, declared = Rules.of(options), {str(k): str(v) for k, v in (columns or {}).items()}
    name, sources = _sources(source, rules)
    found = []
    for held in sources:
        fits = TABLES[table] if table else guess_table(held.headers, name=held.name, declared=declared)
        if fits:
            ours = {k: v for k, v in declared.items() if len(sources) == 1 or k in {c.name for c in fits.columns}}
            found.append((fits, held, match_columns(fits, held.headers, declared=ours, source=held.label)))
    for fits in {t.name for t, *__ in found}:
        same = [held.label for t, held, __ in found if t.name == fits]
        if len(same) > 1:
            raise DataError(f"{' and '.join(same)} may both be {fits}.", expected=f"one source of {fits}",
                            mend="name one of them in the address")  # fmt: skip
    if not found:
        seen = "; ".join(f"{h.label}: {', '.join(h.headers)}" for h in sources[:5])
        raise DataError(f"no table of the contract is recognised in these columns ({seen}).",
                        expected="one of: " + ", ".join(TABLES), mend='cx.load(…, table="touchpoints")')  # fmt: skip
    return EngineDataset(name, found, rules=rules, currency=rules.currency)


def _sources(source: Any, rules: Rules) -> tuple[str, list[Held]]:
    if isinstance(source, ir.Table):
        name = source.get_name() if isinstance(source.op(), ibis.expr.operations.PhysicalTable) else "table"
        spark = source.get_backend().name == "pyspark"
        return name, [Held(name, name, _numbered_table(source) if spark else _in_order(source))]
    if hasattr(source, "sparkSession"):
        return "DataFrame", [Held("DataFrame", "", _numbered(_connected(source.sparkSession), source))]
    parts = urlsplit(str(source))
    where = parts.path.lstrip("/")
    if not where:
        raise DataError(f"{source} names no table.", expected="spark://HOST:PORT/DATABASE.TABLE or a path of Parquet",
                        mend="spark://local/path/to/touchpoints.parquet")  # fmt: skip
    backend = _connected(_session(parts.netloc.rpartition("@")[2]))
    if "/" in where or where.endswith(".parquet"):
        return _parquet(backend, parts.path)
    database, __, table = where.rpartition(".")
    names = [table]
    if not database and where not in backend.list_tables():
        database, names = where, sorted(backend.list_tables(database=where))
    if rules.relation:
        if rules.relation not in names:
            raise unknown(f"table of {where}", rules.relation, names, error=DataError)
        names = [rules.relation]
    session = backend._session
    return where, [Held(n, n, _numbered(backend, session.table(f"{database}.{n}" if database else n))) for n in names]


def _session(host: str):
    """The session that runs already, or a new one at the address."""
    try:
        from pyspark.errors import PySparkException, PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise DataError("spark:// needs the extra 'spark', which is not installed.", expected="pyspark 4.0 and Java 17",
                        mend='pip install "cxlab[spark]"') from None  # fmt: skip
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    master = "local[*]" if host in ("", "local") else f"{SCHEME}{host}"
    try:
        return SparkSession.builder.master(master).config("spark.sql.session.timeZone", "UTC").getOrCreate()
    except (PySparkException, PySparkRuntimeError, RuntimeError) as problem:
        raise DataError(f"Spark does not start: {str(problem).splitlines()[0]}", expected="Java 17 and a cluster that "
                        "answers at the address", mend="apt-get install openjdk-17-jre-headless; or JAVA_HOME=…"
                        ) from problem  # fmt: skip


def _connected(session):
    return ibis.pyspark.connect(session)


def _parquet(backend, path: str) -> tuple[str, list[Held]]:
    """A Parquet file or folder of Spark, or a folder of them on this machine, one a table."""
    place = Path(path)
    inside = sorted(place.glob("*.parquet")) if place.is_dir() and not place.name.endswith(".parquet") else []
    named = [p for p in inside if p.stem in TABLES]
    read = backend._session.read
    try:
        return place.name, [
            Held(p.name, p.stem, _numbered_parquet(backend, read.parquet(str(p)))) for p in (named or [place])
        ]
    except Exception as problem:
        raise DataError(f"{place.name} cannot be read by Spark: {str(problem).splitlines()[0]}",
                        expected="Parquet that the cluster sees under this path") from problem  # fmt: skip


def _numbered_parquet(backend, frame) -> ir.Table:
    """Rows of Parquet files with their number: in the file, and of several files one after the other by name."""
    from pyspark.sql import functions as F

    at = frame.select("*", F.col("_metadata.file_path").alias("__file"), F.col("_metadata.row_index").alias("__row"))
    sizes = {r["__file"]: r["n"] for r in at.groupBy("__file").agg(F.count("*").alias("n")).collect()}
    return _view(backend, _offset(at, "__file", "__row", sizes))


def _numbered(backend, frame) -> ir.Table:
    """Rows of any table with the number under which Spark read them."""
    from pyspark.sql import functions as F

    place = F.monotonically_increasing_id()
    at = frame.withColumn("__at", place).withColumn("__file", F.shiftright("__at", 33))
    at = at.withColumn("__row", F.col("__at").bitwiseAND((1 << 33) - 1)).drop("__at").cache()
    sizes = {r["__file"]: r["n"] for r in at.groupBy("__file").agg(F.count("*").alias("n")).collect()}
    return _view(backend, _offset(at, "__file", "__row", sizes))


def _offset(frame, part: str, row: str, sizes: Mapping):
    """`source_row` from the number in a part, on top of the parts before it."""
    from itertools import accumulate

    from pyspark.sql import functions as F

    parts = sorted(sizes)
    before = dict(zip(parts, accumulate([0, *(sizes[p] for p in parts[:-1])]), strict=True)) if parts else {"": 0}
    first = F.create_map(*(F.lit(v) for pair in before.items() for v in pair))
    numbered = frame.withColumn("source_row", (first[F.col(part)] + F.col(row) + 1).cast("long"))
    return numbered.drop(part, row)


def _view(backend, frame) -> ir.Table:
    name = ibis.util.gen_name("held")
    frame.createOrReplaceTempView(name)
    return backend.table(name)


def _numbered_table(source: ir.Table) -> ir.Table:
    backend = source.get_backend()
    return _numbered(backend, backend._session.sql(backend.compile(source)))


def _in_order(source: ir.Table) -> ir.Table:
    return source.mutate(source_row=ibis.row_number() + 1)
