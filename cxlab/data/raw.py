"""Raw: the rows of a source before any rule, with the number of each row as the user sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

RawKind = Literal["text", "number", "time", "date", "other"]


@dataclass
class Raw:
    """A source as a DuckDB table: `source_row`, `fault` (why the row cannot be split into columns, else NULL),
    `line` (the text of such a row) and the columns c1 … cn. Text is without white space around it; a cell that means
    nothing is NULL.

    Parameters
    ----------
    table : name of the DuckDB table
    headers : the source's column names, in the order of c1 … cn
    kinds : what each column holds: "text", or a type that the source itself declares
    read : rows of the source, counted before the split into columns
    decimal : the decimal mark the layout suggests where values alone do not tell
    notes : what a reader should know about how the source was read
    unnamed : headers that were made up
    melted : whether a row of the source became several here; rows are counted as in the source
    """

    table: str
    headers: Sequence[str]
    kinds: Sequence[RawKind]
    read: int
    decimal: str = "."
    notes: list[str] = field(default_factory=list)
    unnamed: frozenset[str] = frozenset()
    melted: bool = False

    def column(self, header: str) -> str:
        """The DuckDB column of a source column."""
        return f"c{list(self.headers).index(header) + 1}"

    def kind(self, header: str) -> RawKind:
        """What a source column holds."""
        return self.kinds[list(self.headers).index(header)]


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
