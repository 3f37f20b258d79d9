"""What blocking costs: pairs that agree in nothing worth a look are never compared, and some of them are one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd

from cxlab.data.identity.fields import LABELS
from cxlab.data.identity.matched import person_table
from cxlab.data.identity.model import BLOCKS, most_pairs, pairs_by
from cxlab.errors import DataError
from cxlab.finding import Finding
from cxlab.intervals import share_interval
from cxlab.wording import count, interval, share

if TYPE_CHECKING:
    from cxlab.data.identity.matched import Matched

_WORDS = {"account": "customer number of one source", "left(last_name, 3)": "begin of the last name",
          "left(first_name, 1)": "initial"}  # fmt: skip


def blocking(matched: Matched, truth: ibis.Table | pd.DataFrame, *, level: float = 0.9) -> Finding:
    """Which pairs were looked at, and how many pairs of one person were not.

    Parameters
    ----------
    truth : record_id, person_id; records that are not in it are left out of what is lost

    Returns
    -------
    Finding "data.identity_blocking", a row a way to find pairs (records that agree in it): agree_in, pairs, known
    (pairs of one person among them), new (of these, those that no way before had), reached (share of all pairs of one
    person, so far)

    Raises
    ------
    DataError : truth names no two records of one person, or lacks a column.
    """
    engine = matched.engine
    known = person_table(truth, "truth")
    engine.connection.register("known_people", known)
    engine.run(
        "CREATE OR REPLACE TEMP TABLE true_pairs AS SELECT l.record_id AS record_l, r.record_id AS record_r, "
        "false AS found FROM known_people l JOIN known_people r ON l.person_id = r.person_id "
        "AND l.record_id < r.record_id WHERE l.record_id IN (SELECT record_id FROM records) "
        "AND r.record_id IN (SELECT record_id FROM records)"
    )
    engine.connection.unregister("known_people")
    true = int(engine.value("SELECT count(*) FROM true_pairs"))
    if not true:
        raise DataError("truth names no two records of one person.", expected="record_ids of records, and person_id")
    rows, reached = [], 0
    for block in BLOCKS:
        pairs = pairs_by(engine, block)
        if not 0 < pairs <= most_pairs(engine):  # what is left out of matching
            continue
        columns = ", ".join(f"{c} AS key_{i}" for i, c in enumerate(block))
        same = " AND ".join(f"l.key_{i} = r.key_{i}" for i in range(len(block)))
        hit = (
            f"SELECT t.record_l, t.record_r FROM true_pairs t JOIN (SELECT record_id, {columns} FROM records) l "
            f"ON l.record_id = t.record_l JOIN (SELECT record_id, {columns} FROM records) r "
            f"ON r.record_id = t.record_r WHERE {same}"
        )
        held = int(engine.value(f"SELECT count(*) FROM ({hit})"))
        engine.run(f"UPDATE true_pairs SET found = true WHERE (record_l, record_r) IN ({hit})")
        before, reached = reached, int(engine.value("SELECT count(*) FROM true_pairs WHERE found"))
        names = " and ".join(_WORDS.get(c, LABELS.get(c, c)) for c in block)
        rows.append({"agree_in": names, "pairs": pairs, "known": held, "new": reached - before,
                     "reached": reached / true})  # fmt: skip
    engine.run("DROP TABLE true_pairs")
    table = pd.DataFrame(rows, columns=["agree_in", "pairs", "known", "new", "reached"])
    records = int(engine.value("SELECT count(*) FROM records"))
    possible, looked = records * (records - 1) // 2, int(table["pairs"].sum())
    low, high = (float(end) for end in share_interval(true - reached, true, level=level))
    ends = interval(share(low, digits=1), share(high, digits=1), level=level)
    return Finding(
        name="data.identity_blocking",
        title=f"Of {count(possible)} pairs of records at most {count(looked)} were compared, and "
        f"{share(reached / true, digits=1)} of the pairs of one person are among them",
        text=f"{count(records)} records are {count(possible)} pairs. Those that agree in one of {len(table)} ways were "
        f"compared, at most {count(looked)}. {count(true - reached)} of {count(true)} pairs of one person agree in "
        f"none, {share((true - reached) / true, digits=1)} {ends}: no threshold finds them.",
        table=table,
        units={"pairs": "count", "known": "count", "new": "count", "reached": "share"},
        caption=f"n = {count(true)} pairs known to be one person.",
    )
