"""Sessions: contacts of a customer without a long pause between them, numbered in the order in which they began."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _


def with_sessions(
    table: ir.Table, *, customer: str, at: str, order: str | Sequence[str], gap_s: float, session: str | None = None
) -> ir.Table:
    """The table with one more column `session` (int64): the number of the contact's session within its customer, 1….

    Parameters
    ----------
    table : contacts, any number of columns
    customer, at : names of its columns: who, and when (timestamp)
    order : names of the columns that order the contacts of a customer; the last of them settles ties
    gap_s : a pause longer than this many seconds begins a new session; a pause of exactly so many does not
    session : name of a column with the source's own session ids. Contacts of one id are one session, even where
        another lies between them (two devices); contacts without an id are split by the pause, and where ids begin or
        end

    Returns
    -------
    The table and `session`; where the source has a column of that name, it is replaced.

    Notes
    -----
    One sort a customer where pauses decide, two where the source has ids.

    >>> import pandas as pd
    >>> at = pd.to_datetime(["2026-01-01 09:00", "2026-01-01 09:30", "2026-01-01 10:01"], utc=True)
    >>> contacts = ibis.memtable(pd.DataFrame({"who": "a", "at": at}))
    >>> with_sessions(contacts, customer="who", at="at", order="at", gap_s=1800).execute()["session"].tolist()
    [1, 1, 2]
    """
    order = [order] if isinstance(order, str) else list(order)
    window = ibis.window(group_by=customer, order_by=order)
    pause = ibis.interval(microseconds=round(gap_s * 1e6)) if gap_s % 1 else ibis.interval(seconds=int(gap_s))
    begins = (table[at] > table[at].lag(1).over(window) + pause).fill_null(True)
    if session is not None:
        id_, before = table[session], table[session].lag(1).over(window)
        begins = ibis.or_(ibis.and_(id_.isnull(), begins), ~id_.identical_to(before), before.isnull() & id_.notnull())
    marked = table.mutate(__begins=begins.cast("int64"))
    so_far = ibis.cumulative_window(group_by=customer, order_by=order)
    if session is None:
        return marked.mutate(session=_["__begins"].sum().over(so_far)).drop("__begins")
    runs = marked.mutate(__run=_["__begins"].sum().over(so_far))
    first = ibis.cases(
        (runs[session].isnull(), runs["__run"]),
        else_=runs["__run"].min().over(ibis.window(group_by=[customer, session])),
    )
    firsts = runs.mutate(__first=first)
    numbered = firsts["__first"].dense_rank().over(ibis.window(group_by=customer, order_by="__first"))
    return firsts.mutate(session=(numbered + 1).cast("int64")).drop("__begins", "__run", "__first")
