"""Yes and no: columns of 1 and 0, however they are written, and words that mean nothing in some columns only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cxlab.data.contract import Column, Table
from cxlab.data.engine import Engine, quoted
from cxlab.data.names import Match
from cxlab.data.raw import Raw
from cxlab.data.reading import Reading
from cxlab.data.rules import MISSING, Rules

_WORDS = ("yes", "y", "true", "t", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "verdadero", "sim", "verdadeiro",
          "waar", "x", "✓")  # fmt: skip
YES = ("1", "1.0", *_WORDS)
NO = ("0", "0.0", "no", "n", "false", "f", "nein", "falsch", "non", "faux", "falso", "não", "nao", "nee", "onwaar")
FAULT = "is not 0 or 1"


def in_brackets(words: Sequence[str]) -> str:
    """Words as SQL between brackets."""
    return f"({', '.join(map(quoted, words))})"


def reading(x: str, kind: str) -> Reading:
    """The reading of a column of 1 and 0.

    Parameters
    ----------
    x : the SQL column of cells
    kind : what the source says it holds, see `Raw.kinds`; true and false are "other"
    """
    if kind == "text":
        value = f"CASE WHEN lower({x}) IN {in_brackets(YES)} THEN 1 WHEN lower({x}) IN {in_brackets(NO)} THEN 0 END"
    elif kind == "number":
        value = f"CASE WHEN {x} = 1 THEN 1 WHEN {x} = 0 THEN 0 END"
    elif kind == "other":
        value = f"CASE WHEN typeof({x}) = 'BOOLEAN' THEN CAST(CAST({x} AS VARCHAR) = 'true' AS INTEGER) END"
    else:
        value = "CAST(NULL AS INTEGER)"
    value = f"CAST({value} AS BIGINT)"
    fault = f"CASE WHEN {x} IS NOT NULL AND ({value}) IS NULL THEN '{FAULT}' END"
    return Reading(value, fault, "1 or 0")


def is_said(column: Column, kind: str, seen: Mapping) -> bool:
    """Whether a column is one of 1 and 0: declared so, or of numbers that may say yes and no, and does throughout."""
    if column.kind == "flag":
        return True
    return column.yes_no and (kind == "other" or (kind == "text" and 0 < seen["present"] == seen["said"]))


def said_throughout(x: str) -> str:
    """SQL of how many cells of a text column say yes or no in words."""
    return f"count(*) FILTER (lower({x}) IN {in_brackets((*_WORDS, *NO[2:]))})"


def without_words(engine: Engine, raw: Raw, base: str, table: Table, matches: Sequence[Match], rules: Rules) -> str:
    """The query of raw rows whose words for a missing value are empty where a name cannot be meant.

    Columns of ids, numbers and times of a table that is `worded` say "n/a" and mean it, and so do columns of one's own
    that are numbers but for such words. Words that the declaration of a column adds ("never") are empty in any table.
    """
    columns = {m.source: table[m.column] for m in matches if m.source in raw.headers}
    texts = [h for h in raw.headers if raw.kind(h) == "text"]
    worded = names_are_kept(table, rules)
    words = {}
    for header in texts:
        column = columns.get(header)
        if column is not None and column.kind != "text":
            words[header] = (*(rules.missing if worded else ()), *column.nothing)
    if worded:
        own = [h for h in texts if h not in columns]
        looks = ", ".join(
            f"count({x}) FILTER (lower({x}) NOT IN {in_brackets(rules.missing)}) = count(TRY_CAST({x} AS DOUBLE)) "
            f"AND count(TRY_CAST({x} AS DOUBLE)) > 0 AS {x}"
            for x in map(raw.column, own)
        )
        numeric = engine.row(f"SELECT {looks} FROM {base} WHERE broken IS NULL") if own else {}
        words |= {h: rules.missing for h in own if numeric[raw.column(h)]}
    empty = ", ".join(
        f"CASE WHEN lower({x}) IN {in_brackets(said)} THEN NULL ELSE {x} END AS {x}"
        for x, said in ((raw.column(h), said) for h, said in words.items())
        if said
    )
    return f"(SELECT * REPLACE ({empty}) FROM {base})" if empty else base


def names_are_kept(table: Table, rules: Rules) -> bool:
    """Whether words that mean a missing value elsewhere are names in the texts of a table; not where the user says
    which words mean it.

    >>> from cxlab.data.contract import TABLES
    >>> names_are_kept(TABLES["trials"], Rules()), names_are_kept(TABLES["trials"], Rules(missing=("none",)))
    (True, False)
    """
    return table.worded and rules.missing == MISSING
