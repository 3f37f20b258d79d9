"""What only the whole of a table shows, all its sources together: ties in time, and names spelled in two ways."""

from __future__ import annotations

from collections.abc import Sequence

from cxlab.data.checking import Checked
from cxlab.data.columns import alike
from cxlab.data.contract import Table
from cxlab.data.engine import Engine, identifier
from cxlab.data.masking import masked
from cxlab.wording import count, share

_SHOWN = 3


def whole_table_notes(engine: Engine, table: Table, results: Sequence[Checked]) -> list[str]:
    """Notes on a table whose view is made; ties in time that its sources leave open are settled by the order of rows.

    Parameters
    ----------
    results : the sources of the table, in order
    """
    if not any(r.kept for r in results):
        return []
    columns = {c for r in results for c in r.columns}
    notes = _ties(engine, table, results) if table.sequenced else []
    if table.one_of:
        notes += _not_one(engine, table, results)
    for column in (c.name for c in table.columns if c.label and c.name in columns):
        notes += _spellings(engine, table, column)
    return notes


def _ties(engine: Engine, table: Table, results: Sequence[Checked]) -> list[str]:
    """Settle and note rows alike in who and when."""
    who, when, order = table.sequenced
    view = identifier(table.name)
    if len(results) == 1 and not results[0].tied:
        return []
    tied = _alike(engine, view, [who, when])
    if not tied:
        return []
    rows = sum(r.kept for r in results)
    said = f"{count(tied)} rows ({share(tied / rows)}) share {who} and {when} with another"
    if not any(order in r.rules for r in results):
        return [f"{said}: they are taken in the order of the file (a column {order} would decide)"]
    unsettled = _alike(engine, view, [who, when, order])
    if not unsettled:
        return [f"{said}: the column {order} decides their order"]
    _renumber(engine, table, results)
    return [
        f"{said}: the column {order} decides their order, and that of the file where it does not ({count(unsettled)})"
    ]


def _not_one(engine: Engine, table: Table, results: Sequence[Checked]) -> list[str]:
    """Note the groups of rows of which not exactly one is marked, and those that lost rows to the quarantine."""
    keys, mark = table.one_of
    group = ", ".join(map(identifier, keys))
    every = " UNION ALL BY NAME ".join(f"SELECT {group}, {identifier(mark)}, fault FROM {r.table}" for r in results)
    found = engine.row(
        f"SELECT count(*) FILTER (NOT broken AND marked = 0) AS none, count(*) FILTER (NOT broken AND marked > 1) AS "
        f"several, count(*) FILTER (broken) AS broken FROM (SELECT count(fault) > 0 AS broken, "
        f"coalesce(sum({identifier(mark)}), 0) AS marked FROM ({every}) GROUP BY {group})"
    )
    what = f"groups of rows alike in {' and '.join(keys)}"
    said = {
        "none": f"have none that is {mark}",
        "several": f"have more than one that is {mark}",
        "broken": "lost a row to the quarantine: what was offered there is not known whole",
    }
    return [f"{count(found[key])} {what} {words}" for key, words in said.items() if found[key]]


def _alike(engine: Engine, view: str, columns: Sequence[str]) -> int:
    """Rows that share the columns with another row."""
    key = ", ".join(map(identifier, columns))
    return int(engine.value(
        f"SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {view} GROUP BY hash({key}) HAVING n > 1)"
    ))  # fmt: skip


def _renumber(engine: Engine, table: Table, results: Sequence[Checked]) -> None:
    """Number the rows of the table anew: by the source's own order, then by source and row."""
    order, view = identifier(table.sequenced[2]), identifier(table.name)
    columns = ", ".join(identifier(c) for c in dict.fromkeys(c for r in results for c in r.columns))
    kept = " UNION ALL BY NAME ".join(
        f"SELECT *, {place} AS cxlab_source FROM {r.table} WHERE fault IS NULL" for place, r in enumerate(results)
    )
    numbered = f"row_number() OVER (ORDER BY {order} NULLS LAST, cxlab_source, source_row)"
    engine.run(f"DROP VIEW {view}")
    engine.run(f"CREATE TABLE {view} AS SELECT {columns} FROM (SELECT * REPLACE ({numbered} AS {order}) FROM ({kept}))")


def _spellings(engine: Engine, table: Table, column: str) -> list[str]:
    """Names of one column that differ in case, spaces and hyphens only: kept apart, and noted."""
    name = identifier(column)
    found = engine.rows(
        f"SELECT list({name} ORDER BY {name}) AS names FROM (SELECT DISTINCT {name} FROM {identifier(table.name)} "
        f"WHERE {name} IS NOT NULL) GROUP BY {alike(name)} HAVING count(*) > 1 ORDER BY names"
    )
    if not found:
        return []
    shown = "; ".join(" and ".join(repr(masked(n)) for n in row["names"]) for row in found[:_SHOWN])
    more = f"; and {count(len(found) - _SHOWN)} more" if len(found) > _SHOWN else ""
    return [f"{column} has names that differ in case, spaces and hyphens only, and are kept apart ({shown}{more})"]
