"""Reading: how one column's text becomes typed values, as SQL that the one pass over a table is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cxlab.data.engine import quoted

_SPACES = " \t\n\u00a0\u2007\u202f\u2009\ufeff\u200b"


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


def cell(column: str, missing: Sequence[str]) -> str:
    """SQL of a text cell without surrounding white space, NULL when it means nothing."""
    bare = f"trim({column}, {quoted(_SPACES)})"
    words = ", ".join(quoted(w) for w in missing)
    nothing = f"{bare} = ''" + (f" OR (length({bare}) < 8 AND lower({bare}) IN ({words}))" if words else "")
    return f"CASE WHEN {nothing} THEN NULL ELSE {bare} END"


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
