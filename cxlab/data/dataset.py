"""Dataset: what `cx.load` returns. Tables that keep the contract, and an account of every row that does not."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import ibis.expr.types as ir
import pandas as pd

from cxlab.data.checking import Checked, check
from cxlab.data.contract import TABLES, Table
from cxlab.data.engine import Engine, identifier, quoted
from cxlab.data.masking import with_masked
from cxlab.data.names import Match
from cxlab.data.ordering import whole_table_notes
from cxlab.data.raw import Raw
from cxlab.data.rules import Rules
from cxlab.errors import DataError
from cxlab.finding import Check, Finding
from cxlab.wording import count, share

_BELIEVED = 0.95
_OFFENDERS = 10


@dataclass(frozen=True)
class Card:
    """What is known about where data comes from.

    Parameters
    ----------
    title : what it is, in a line
    origin : who collected it, when and where
    licence : under which terms it may be used
    kind : "real", "expanded from a published table", "simulated" or "user file"
    faults : its known faults
    """

    title: str
    origin: str = ""
    licence: str = ""
    kind: str = "user file"
    faults: Sequence[str] = ()


@dataclass(frozen=True)
class Part:
    """One source of one table: how it is read, and how its columns match the contract."""

    table: Table
    label: str
    matches: Sequence[Match]
    rules: Rules
    read: Callable[[], Raw]


class Tables(Mapping):
    """The tables of a Dataset by name; each is read when it is first asked for."""

    def __init__(self, names: Sequence[str], load: Callable[[str], ir.Table], source: str):
        self._names, self._load, self._source = list(names), load, source

    def __getitem__(self, name: str) -> ir.Table:
        if name not in self._names:
            raise DataError(
                f"{self._source} has no table {name!r}.",
                expected="one of: " + ", ".join(self._names),
                mend=f"load a source that holds {name}, or name it with table={name!r}",
            )
        return self._load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def get(self, name: str, default=None):
        """The table, or `default` where the data set has none of that name."""
        return self[name] if name in self else default  # noqa: SIM401  (this is that method)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __repr__(self) -> str:
        return f"tables of {self._source}: {', '.join(self._names)}"


class Dataset:
    """Tables that keep the contract, with an account of every row.

    Every table of the contract is an attribute: ``data.transactions`` is a lazy Ibis table on DuckDB. A table is read
    and checked once, when it is first asked for; it stays on disk, outside memory, as long as a table of it is in use.

    Parameters
    ----------
    name : what it is called in reports
    parts : its sources
    card : where it comes from
    fingerprint : function that returns the sha256 of the source's bytes, None where the source is no file
    currency : ISO code, "" when not stated
    observation_end : last day on which the source could have seen anything, None when not stated
    notes : what a reader should know before any table is read

    >>> import cxlab as cx
    >>> data = cx.load("cdnow")
    >>> int(data.transactions.count().execute())
    69659
    >>> data.counts.to_dict("records")
    [{'table': 'transactions', 'read': 69659, 'kept': 69659, 'quarantined': 0}]
    """

    def __init__(
        self,
        name: str,
        parts: Sequence[Part],
        *,
        engine: Engine,
        card: Card,
        fingerprint: Callable[[], str] | None,
        currency: str = "",
        observation_end: date | None = None,
        notes: Sequence[str] = (),
    ):
        self.name, self.card, self.observation_end = name, card, observation_end
        self._parts, self._engine, self._fingerprint = list(parts), engine, fingerprint
        self._currency, self._notes = currency, list(notes)
        self._checked: dict[str, list[tuple[Part, Checked]]] = {}
        self._found: dict[str, list[str]] = {}
        self._derived: dict[str, ir.Table] = {}
        self.tables = Tables(list(dict.fromkeys(p.table.name for p in parts)), self._table, name)

    def __getattr__(self, name: str) -> ir.Table:
        if name not in TABLES:
            raise AttributeError(f"a Dataset has no attribute {name!r}")
        return self.tables[name]

    def __repr__(self) -> str:
        return f"<Dataset {self.name}: {', '.join(self.tables)}>"

    def _results(self, name: str) -> list[tuple[Part, Checked]]:
        """The sources of a table after the pass, which is made once."""
        if name not in self._checked:
            results, before = [], 0
            for part in (p for p in self._parts if p.table.name == name):
                raw = part.read()
                result = check(
                    self._engine, raw, part.table, part.matches, rules=part.rules, label=part.label, before=before
                )
                if name == "surveys":
                    from cxlab.data.surveys.flags import with_flags

                    result = with_flags(self._engine, result, by_row=raw.melted)
                before += self._engine.value(f"SELECT max(source_row) FROM {result.table}")
                self._engine.run(f"DROP TABLE {raw.table}")
                results.append((part, result))
            self._checked[name] = results
            columns = ", ".join(identifier(c) for c in dict.fromkeys(c for _, r in results for c in r.columns))
            kept = " UNION ALL BY NAME ".join(f"SELECT * FROM {r.table} WHERE fault IS NULL" for _, r in results)
            self._engine.run(f"CREATE VIEW {identifier(name)} AS SELECT {columns} FROM ({kept})")
            self._found[name] = whole_table_notes(self._engine, TABLES[name], [r for _, r in results])
        return self._checked[name]

    def derived(self, **tables: ir.Table) -> Dataset:
        """The same data set with tables made of its own in their place; the account of rows stays that of the source.

        >>> import cxlab as cx
        >>> data = cx.load("cdnow")
        >>> few = data.derived(transactions=data.transactions.limit(5))
        >>> int(few.transactions.count().execute()), int(few.counts["kept"].iloc[0])
        (5, 69659)
        """
        other = copy.copy(self)
        other._derived = self._derived | tables
        other.tables = Tables(list(dict.fromkeys([*self.tables, *tables])), other._table, self.name)
        return other

    def _table(self, name: str) -> ir.Table:
        if name in self._derived:
            return self._derived[name]
        results = self._results(name)
        if not any(r.kept for _, r in results):
            raise self._unusable(name)
        return self._engine.backend.table(name)

    def _unusable(self, name: str) -> DataError:
        reasons = self._reasons(name)
        said = "; ".join(
            f"{r.reason} ({count(r.rows)} rows, first on row {r.first_row})" for r in reasons.head(3).itertuples()
        )
        read = sum(r.read for _, r in self._results(name))
        return DataError(
            f"none of the {count(read)} rows of {self.name} can be used as {name}: {said}.",
            expected=f"{TABLES[name].row} a row with {', '.join(TABLES[name].required)}",
            mend="--column NAME=SOURCE_COLUMN where the guess is wrong; cxlab data check shows it",
        )

    def _quarantined(self, names: Sequence[str]) -> str:
        parts = [
            f'SELECT {quoted(name)} AS "table", {quoted(part.label)} AS source, source_row, '
            f"nullif(fault.column, '') AS column, fault.value AS value, fault.reason AS reason "
            f"FROM {result.table} WHERE fault IS NOT NULL"
            for name in names
            for part, result in self._results(name)
        ]
        return " UNION ALL ".join(parts)

    @cached_property
    def quarantine(self) -> ir.Table:
        """Every row that breaks the contract: table, source, source_row, column, value, reason (an Ibis table).

        `source_row` is the number the user sees: the line of a text file and the row of a sheet, headers counted; the
        running number of the row in JSON lists, Parquet files and databases, which have none.
        """
        self._engine.run(f"CREATE OR REPLACE VIEW quarantine AS {self._quarantined(list(self.tables))}")
        return self._engine.backend.table("quarantine")

    def _reasons(self, *names: str) -> pd.DataFrame:
        """How often each reason occurs, most frequent first, with its first row and value."""
        found = self._engine.connection.execute(
            f'SELECT "table", source, reason, count(*) AS rows, min(source_row) AS first_row, '
            f'arg_min("value", source_row) AS first_value FROM ({self._quarantined(names or list(self.tables))}) '
            "GROUP BY ALL ORDER BY rows DESC, 1, 2, 3"
        ).df()
        return with_masked(found)

    @property
    def reasons(self) -> pd.DataFrame:
        """Why rows are quarantined: table, source, reason, rows, first_row, first_value; most frequent first."""
        return self._reasons()

    @property
    def counts(self) -> pd.DataFrame:
        """Rows by table: read, kept, quarantined; kept + quarantined = read, always."""
        rows = []
        for name in self.tables:
            results = [r for _, r in self._results(name)]
            rows.append(
                {"table": name} | {k: sum(getattr(r, k) for r in results) for k in ("read", "kept", "quarantined")}
            )
        return pd.DataFrame(rows)

    @property
    def mapping(self) -> pd.DataFrame:
        """Which source column each column is read from, how that was decided, and by which rule it is read."""
        rows = [
            {"table": name, "column": column, "source_column": source, "how": how, "rule": rule, "source": part.label}
            for name in self.tables
            for part, result in self._results(name)
            for column, (source, how, rule) in result.rules.items()
        ]
        return pd.DataFrame(rows)

    @property
    def notes(self) -> list[str]:
        """What a reader should know: assumptions made, things found and kept."""
        several = len({part.label for part in self._parts}) > 1
        found = [
            f"{part.label}: {note}" if several else note
            for name in self.tables
            for part, result in self._results(name)
            for note in result.notes
        ]
        whole = [note for name in self.tables for note in self._found[name]]
        return list(dict.fromkeys([*self._notes, *found, *whole]))

    @property
    def currency(self) -> str:
        """ISO code of all money: declared, or stated by the amounts; "" when neither."""
        stated = {r.currency for name in self.tables for _, r in self._results(name) if r.currency}
        if len(stated) > 1 and not self._currency:
            raise DataError(
                f"{self.name} holds money in {' and '.join(sorted(stated))}.",
                expected="one currency",
                mend="convert the amounts before loading",
            )
        return self._currency or next(iter(stated), "")

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the source's bytes, the same on every machine; of a database, of its rows in any order."""
        if self._fingerprint:
            return self._fingerprint()
        sums = [
            f"{name} {self._engine.value(f'SELECT sum(hash(t)) FROM (SELECT * EXCLUDE (source_row) FROM {r.table}) t')}"
            for name in self.tables
            for _, r in self._results(name)
        ]
        return hashlib.sha256("\n".join(sums).encode()).hexdigest()

    def finding(self) -> Finding:
        """What was read: rows read, kept and quarantined, the columns they come from, and the first offenders."""
        counts, reasons = self.counts, self.reasons
        read, kept, aside = (int(counts[c].sum()) for c in ("read", "kept", "quarantined"))
        mapped = self.mapping[self.mapping["how"] != "own name"]
        columns = "; ".join(f"{r.column} from {r.source_column!r} ({r.how})" for r in mapped.itertuples())
        offenders = "; ".join(
            f"{r.reason}: {count(r.rows)} (first on row {r.first_row})" for r in reasons.head(3).itertuples()
        )
        text = f"{count(read)} rows were read from {self.name}: {count(kept)} kept, "
        text += f"{count(aside)} quarantined ({share(aside / read)})."
        text += f" Columns: {columns}." + (f" Quarantined: {offenders}." if aside else "")
        asked = int(reasons.loc[reasons["reason"].str.endswith("left out as asked"), "rows"].sum())
        usable = 1 - (aside - asked) / read
        return Finding(
            "data.rows",
            f"{share(kept / read)} of {count(read)} rows can be used",
            " ".join([text, *(f"{n[0].upper()}{n[1:]}." for n in self.notes)]),
            counts,
            units={"read": "count", "kept": "count", "quarantined": "count"},
            checks=[
                Check(
                    "share of rows that keep the contract",
                    usable >= _BELIEVED,
                    share(usable),
                    f"≥ {share(_BELIEVED)}",
                    "What is quarantined may differ from what is kept: look at data.quarantine.",
                )
            ],
            currency=self.currency,
        )
