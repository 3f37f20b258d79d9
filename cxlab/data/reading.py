"""Reading: how one column's text becomes typed values, as SQL that the one pass over a table is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cxlab.data.engine import quoted

SPACES = " \t\n\u00a0\u2007\u202f\u2009\ufeff\u200b"


@dataclass
class Reading:
    """How a column is read.

    Parameters
    ----------
    value : SQL of the typed value; NULL where the cell is missing or cannot be read
    fault : SQL of the reason why a present cell cannot be used, NULL when it can ("is not a number")
    rule : the rule in words, for the mapping a user sees
    stages : columns that `value` and `fault` are built on, each stage using those before it
    notes : what was assumed or found, for the user
    """

    value: str
    fault: str = "NULL"
    rule: str = ""
    stages: Sequence[Mapping[str, str]] = ()
    notes: list[str] = field(default_factory=list)


def cells(
    source: str,
    columns: Mapping[str, str],
    missing: Sequence[str],
    *,
    spaced: str = "",
    typed: Mapping[str, str] | None = None,
) -> str:
    """A query of source_row, fault, line and cells. Text has no white space around it; NULL when it means nothing.

    Parameters
    ----------
    source : query or table with source_row, fault, line and what `columns` are made of
    columns : {name: SQL of the text}
    missing : texts that mean nothing, in lower case
    typed : {name: SQL} of columns that have a type of their own and are taken as they are
    spaced : SQL that is false where no cell of the row can have white space around it, which saves looking at each
    """
    words = ", ".join(quoted(w) for w in ("", *missing))
    longest = max(map(len, ("", *missing)))
    edge = quoted(f"^[{SPACES}]|[{SPACES}]$")
    bare = {
        c: f"CASE WHEN {'spaced' if spaced else f'regexp_matches({c}, {edge})'} THEN trim({c}, {quoted(SPACES)}) "
        f"ELSE {c} END AS {c}"
        for c in columns
    }
    filled = {
        c: f"CASE WHEN strlen({c}) <= {longest} AND lower({c}) IN ({words}) THEN NULL ELSE {c} END AS {c}"
        for c in columns
    }
    typed = typed or {}
    kept = ", ".join(["source_row", "fault", "line", *typed])
    split = ", ".join(
        ["source_row", "fault", "line", *(f"{sql} AS {c}" for c, sql in typed.items())]
        + [f"{sql} AS {c}" for c, sql in columns.items()]
        + ([f"{spaced} AS spaced"] if spaced else [])
    )
    query = f"(SELECT {split} FROM {source})"
    query = f"(SELECT {', '.join([kept, *bare.values()])} FROM {query})"
    return f"SELECT {', '.join([kept, *filled.values()])} FROM {query}"


def staged(source: str, stages: Sequence[Mapping[str, str]]) -> str:
    """A query that adds the columns of each stage to a source, one stage on top of the other."""
    query = source
    for stage in stages:
        if stage:
            added = ", ".join(f"{sql} AS {name}" for name, sql in stage.items())
            query = f"(SELECT *, {added} FROM {query})"
    return query


def merged(readings: Sequence[Reading]) -> list[dict[str, str]]:
    """The stages of several columns side by side."""
    depth = max((len(r.stages) for r in readings), default=0)
    return [{k: v for r in readings if i < len(r.stages) for k, v in r.stages[i].items()} for i in range(depth)]
