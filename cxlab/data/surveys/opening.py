"""Opening: whether a source is a survey, and its answers and texts as readers of the two tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import ibis
import ibis.expr.types as ir

from cxlab.data.contract import TABLES, Table
from cxlab.data.engine import Engine
from cxlab.data.masking import masked
from cxlab.data.names import Match, candidates, normalised, tells
from cxlab.data.raw import Raw, Reader
from cxlab.data.rules import Rules
from cxlab.data.surveys import melting
from cxlab.data.surveys.columns import is_test, layout
from cxlab.data.surveys.declared import Survey
from cxlab.data.surveys.layout import Layout
from cxlab.data.typed import kind
from cxlab.errors import DataError
from cxlab.wording import count

#: words that hardly stand in the headers of anything but a survey
_ASKS = re.compile(
    r"\?\s*$|\?\s*[(\[]|^q\d+|^question|^frage|^\d+[.)]\s|\bnps\b|\bcsat\b|\bces\b|satisf|zufrieden|recommend|empfehl|"
    r"recommand|recomiend|recomend|how likely|how easy|how would you|\brate\b|importance:|promoter",
    re.I,
)
_TOOL = {"responseid", "respondentid", "collectorid", "recordeddate", "importid", "distributionchannel", "userlanguage"}
_SECOND = re.compile(
    r"^(?:response|open-ended response|open ended response|other \(please specify\)|\{.?importid.*)$", re.I
)
_RATING = {"rating", "stars", "score", "ratings", "review", "comment", "text"}


def may_be_wide(headers: Sequence[str], guess: Table | None, survey: Survey | None) -> bool:
    """Whether a source is worth a look as an export with one column a question.

    >>> may_be_wide(["Respondent ID", "How satisfied are you?"], None, None)
    True
    >>> may_be_wide(["Kunde", "Datum", "Kontaktpunkt", "Weiterempfehlung"], TABLES["touchpoints"], None)
    True
    >>> may_be_wide(["customer_id", "date", "amount", "csat"], TABLES["transactions"], None)
    False
    """
    if survey is not None:
        return True
    if guess is not None and guess.late:
        if tells(guess, headers):
            return False
        guess = None
    asking = any(_asks(h) for h in headers)
    by_tool = any(normalised(h) in _TOOL for h in headers)
    if guess is not None and guess.name == "touchpoints" and _asks_at_contacts(headers, guess):
        return True
    if guess is not None and guess.name not in ("feedback", "customers", "surveys"):
        return asking and by_tool
    return asking or by_tool


def _asks(header: str) -> bool:
    return bool(_ASKS.search(header)) and normalised(header) not in _RATING


def _asks_at_contacts(headers: Sequence[str], touchpoints: Table) -> bool:
    """Whether what looks like a log of contacts is a survey: it asks beyond what a log has, and has none of what only
    a log has."""
    claimed = {c.name: candidates(c, headers) for c in touchpoints.columns}
    held = {h for found in claimed.values() for h in found}
    of_a_log = any(claimed[name] for name in ("stage", "sequence", "session_id", "emotion", "lifecycle"))
    named = bool(candidates(TABLES["surveys"]["touchpoint"], headers))
    return named and not of_a_log and any(_asks(h) for h in headers if h not in held)


@dataclass
class Wide:
    """An export with one column a question, read and understood, its tables not yet made."""

    engine: Engine
    reader: Reader
    rules: Rules
    declared: Mapping[str, str]
    of_contacts: bool = False
    left: set[str] = field(default_factory=set)

    @cached_property
    def raw(self) -> Raw:
        """The rows of the file."""
        return self.reader.read()

    @cached_property
    def names(self) -> dict[str, str]:
        """{header: column}."""
        return {h: self.raw.column(h) for h in self.raw.headers if not self._is_empty(h)}

    def _is_empty(self, header: str) -> bool:
        return header in self.raw.unnamed and not self.engine.value(
            f"SELECT count({self.raw.column(header)}) FROM {self.raw.table}"
        )

    @cached_property
    def below(self) -> list[dict[str, str]]:
        """The rows under the header that are headers too: texts of questions, options, what the tool calls them."""
        columns = ", ".join(f"CAST({c} AS VARCHAR) AS {c}" for c in self.names.values())
        first = self.engine.rows(
            f"SELECT source_row, {columns} FROM {self.raw.table} WHERE fault IS NULL ORDER BY source_row LIMIT 3"
        )
        found = [{h: row[c] or "" for h, c in self.names.items()} | {"": row["source_row"]} for row in first]
        if imported := [n for n, row in enumerate(found) if any("importid" in str(v).lower() for v in row.values())]:
            return found[: imported[0] + 1]
        if found and self._is_header(found[0]):
            return found[:1]
        return []

    def _is_header(self, row: Mapping[str, str]) -> bool:
        """Whether the first row names options, or holds words where all other rows hold numbers."""
        cells = {h: v for h, v in row.items() if h and v}
        if any(_SECOND.match(v) for v in cells.values()):
            return True
        words = [h for h, v in cells.items() if not re.search(r"\d", v) and v.strip()]
        if len(words) < 2:
            return False
        columns = [self.names[h] for h in words]
        looks = ", ".join(f"count(TRY_CAST({c} AS DOUBLE)) = count({c}) AND count({c}) > 1 AS {c}" for c in columns)
        numeric = self.engine.row(
            f"SELECT {looks} FROM {self.raw.table} WHERE source_row > {row['']} AND fault IS NULL"
        )
        return sum(map(bool, numeric.values())) >= 2

    @cached_property
    def labels(self) -> dict[str, str]:
        """{header: what it asks}: the text under the header, or the header, with its option where one is given."""
        texts = self.below[-1] if self.below else {}
        if len(self.below) > 1:
            texts = self.below[0]
        found, last = {}, ""
        for h in self.names:
            made_up = h in self.raw.unnamed
            text = str(texts.get(h, "")).strip()
            own = last if made_up else h
            last = own or last
            if not text or _SECOND.match(text):
                found[h] = own or h
            elif len(self.below) > 1 or (not made_up and not self._has_options):
                found[h] = " ".join(text.split())
            else:
                found[h] = f"{own} – {text}" if own else text
        return found

    @cached_property
    def _has_options(self) -> bool:
        """Whether the second header row names options of the question in the first, as SurveyMonkey does."""
        below = self.below[-1] if self.below else {}
        return bool(self.raw.unnamed & set(self.names)) or any(_SECOND.match(str(v)) for h, v in below.items() if h)

    @cached_property
    def last_header(self) -> int:
        """Number of the last row that is a header; 0 without any."""
        return max((row[""] for row in self.below), default=0)

    @cached_property
    def layout(self) -> Layout:
        """What each column is."""
        responses = self._rows()
        texts, many = melting.different_answers(responses, self.names)
        return layout(texts, self.labels, self.rules.survey or Survey(), self.declared, many=many,
                      label=self.reader.label)  # fmt: skip

    def _rows(self) -> ir.Table:
        """The rows that are responses."""
        rows = self.engine.backend.table(self.raw.table)
        return rows.filter(rows.fault.isnull() & (rows.source_row > self.last_header))

    def parts(self) -> list[tuple[Table, Reader, list[Match]]]:
        """The tables the export holds, with their readers and columns."""
        made = [(TABLES["surveys"], *self._part("surveys"))] if self.layout.items else []
        if self.layout.texts and made:
            made.append((TABLES["feedback"], *self._part("feedback")))
        self.left = {table.name for table, *_ in made}
        return made

    def _part(self, name: str) -> tuple[Reader, list[Match]]:
        table, long = TABLES[name], self._long(name, self._rows())
        known = {c.name for c in table.columns}
        own = {f"own_{i}": self.labels[h] if self._has_options else h for i, h in enumerate(self.layout.own)}
        columns = [c for c in long.columns if c != "source_row"]
        shown = {c: own.get(c) or self._source(c, name) for c in columns}
        declared = {v for v in self.declared.values() if v}
        matches = [Match(c, shown[c], "declared" if shown[c] in declared else "guessed") for c in columns if c in known]
        headers = [shown[c] for c in columns]
        return Reader(self.reader.label, name, headers, lambda: self._read(name, headers)), matches

    def _source(self, column: str, table: str) -> str:
        """What of the file a column is made from, in words."""
        if column in self.layout.about and column not in ("touchpoint", "brand"):
            return self.layout.about[column]
        if table == "feedback":
            said = {"feedback_id": self.layout.about.get("response_id", "number of the row"),
                    "text": " | ".join(self.layout.texts), "source": "name of the column"}  # fmt: skip
            return said.get(column, column)
        several = f"{count(len(self.layout.items))} columns" if len(self.layout.items) > 1 else "1 column"
        said = {
            "response_id": "number of the row", "question": f"{several} of answers", "score": "answers",
            "scale_min": "lowest answer", "scale_max": "highest answer", "importance": "columns of importance",
            "answer": "answers that are no plain number",
        }  # fmt: skip
        return said.get(column, column)

    def _long(self, name: str, rows: ir.Table) -> ir.Table:
        if name == "surveys":
            return melting.answers(rows, self.names, self.layout, missing=self.rules.missing)
        return melting.texts(rows, self.names, self.layout, missing=self.rules.missing)

    def _read(self, name: str, headers: Sequence[str]) -> Raw:
        """Make one of the tables; the rows of the file go when the last is made."""
        rows = self._rows()
        tests = self._tests(rows)
        long = self._long(name, rows.filter(~tests) if tests is not None else rows)
        columns = [c for c in long.columns if c != "source_row"]
        none = ibis.null("string")
        good = long.select("source_row", fault=none, line=none, **{f"c{i}": long[c] for i, c in enumerate(columns, 1)})
        empty = {f"c{i}": ibis.null(long[c].type()) for i, c in enumerate(columns, start=1)}
        every = self.engine.backend.table(self.raw.table)
        parts = [good, every.filter(every.fault.notnull()).select("source_row", "fault", "line", **empty)]
        if tests is not None:
            status = rows[self.names[self.layout.status]]
            why = ibis.literal("is a preview or test by the makers of the survey")
            parts.append(rows.filter(tests).select("source_row", fault=why, line=status, **empty))
        if name == "feedback":
            parts = parts[:1]
        table = self.engine.name("raw")
        self.engine.backend.create_table(table, ibis.union(*parts) if len(parts) > 1 else good)
        read = self.engine.value(f"SELECT count(DISTINCT source_row) FROM {table}")
        kinds = [kind(long[c]) for c in columns]
        notes = self._notes() if name == "surveys" else []
        self.left.discard(name)
        if not self.left:
            self.engine.run(f"DROP TABLE {self.raw.table}")
        if not read:
            raise DataError(f"{self.reader.label} has questions and no responses.", expected="at least one row")
        return Raw(table, headers, kinds, read, self.raw.decimal, notes, melted=True)

    def _tests(self, rows: ir.Table) -> ir.Value | None:
        if not self.layout.status:
            return None
        status = rows[self.names[self.layout.status]].cast("string")
        known = [r for r in rows.select(s=status).distinct().to_pandas()["s"].dropna() if is_test(r)]
        return status.isin(known).fill_null(False)

    def _notes(self) -> list[str]:
        notes = [*self.raw.notes, *self.layout.notes]
        if self.of_contacts:
            notes.append("the file asks at contacts and is read as surveys (a log of contacts: --table touchpoints)")
        if self.below:
            lines = "1 row" if len(self.below) == 1 else f"{len(self.below)} rows"
            notes.append(f"{lines} under the header say what is asked and were read as headers")
        for item in self.layout.items:
            for why, answers in (("outside", item.scale.outside), ("unread", item.scale.unread)):
                if answers:
                    notes.append(self._lost(item, why, answers))
        return notes

    def _lost(self, item, kind: str, answers: Sequence[str]) -> str:
        x = self.names[item.header]
        rows = self._rows()
        found = int(rows.filter(rows[x].cast("string").isin(list(answers))).count().execute())
        why = f"are outside {item.scale.low:g} to {item.scale.high:g}" if kind == "outside" else "are on no scale"
        shown = ", ".join(repr(masked(a)[:40]) for a in answers[:3])
        return f"{count(found)} answers to {item.header!r} {why} and have no score, their text is kept ({shown})"
