"""Lifecycle rows: the start and the end of a contact, on two rows of a process log, become one contact that lasted."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from cxlab.errors import DataError
from cxlab.wording import count

STARTS = ("start", "started", "begin", "began", "begun")
ENDS = ("complete", "completed", "end", "ended", "finish", "finished", "close", "closed", "stop", "stopped")
#: steps between start and end that the XES standard and bupaR know: no contact of their own
BETWEEN = ("schedule", "scheduled", "assign", "reassign", "withdraw", "suspend", "resume", "pi_abort", "ate_abort",
           "autoskip", "manualskip", "unknown")  # fmt: skip
#: what is known at the end of a contact rather than at its start
_AT_THE_END = ("emotion", "effort", "duration_s", "cost")
_START, _END, _ALONE = 0, 1, 2
_SHOWN, _LOOKED_AT = 5, 200


def merge_lifecycle(
    contacts: ir.Table,
    *,
    customer: str = "customer_id",
    at: str = "at",
    touchpoint: str = "touchpoint",
    sequence: str = "sequence",
    lifecycle: str = "lifecycle",
) -> tuple[ir.Table, str]:
    """One row a contact, in place of one row for its start and one for its end.

    Parameters
    ----------
    contacts : a row a step of a contact, any number of columns
    customer, at, touchpoint, sequence, lifecycle : names of its columns: who, when (timestamp or date), what, the order
        of rows at the same time (may be absent), and which step. Case and spaces of the step do not matter: `STARTS`
        and `ENDS` make a contact, `BETWEEN` are left out; an empty step is a contact without a start

    Returns
    -------
    The table without `lifecycle` and with `duration_s` (seconds from start to end; of a start without end and an end
    without start what the source says, else null), and a note that says what was merged and left out. A merged contact
    stands at its start, with the emotion, effort and cost of its end where the end has them, and all else of its start
    where the start has it.

    Raises
    ------
    DataError : a step is none of those known; names the steps found.

    Notes
    -----
    The first end of a customer at a touchpoint belongs to the first start before it that is still open, the second to
    the second, and so on. So where contacts at one touchpoint overlap, the one that began first ends first; and where
    an end was never logged, the next one is taken for it, which makes that contact longer than it was.

    >>> import pandas as pd
    >>> log = pd.DataFrame({"customer_id": "a", "touchpoint": "Call", "lifecycle": ["START", "complete"],
    ...                     "at": pd.to_datetime(["2026-01-01 09:00:00", "2026-01-01 09:12:30"])})
    >>> merged, note = merge_lifecycle(ibis.memtable(log))
    >>> merged.execute()["duration_s"].tolist(), note
    ([750.0], '1 starts and ends of contacts on two rows are one contact each, with its duration')
    """
    step = contacts[lifecycle].cast("string").strip().lower()
    phase = ibis.cases((step.isin(STARTS), 0), (step.isin(ENDS) | step.isnull() | (step == ""), 1), else_=2)
    marked = contacts.mutate(__phase=phase.cast("int8"), __step=step)
    left_out = _left_out(marked)
    steps = marked.filter(_["__phase"] < 2).drop("__step", lifecycle)
    rows = _paired(steps, [customer, touchpoint], [at, "__phase", *([sequence] if sequence in steps.columns else [])])
    pairs = int(rows["__role"].isin([_END]).sum().execute() or 0)
    notes = []
    if pairs:
        notes.append(f"{count(pairs)} starts and ends of contacts on two rows are one contact each, with its duration")
    if left_out:
        shown = ", ".join(f"{name} {count(n)}" for name, n in left_out)
        notes.append(f"rows that are neither start nor end of a contact are left out ({shown})")
    return _merged(rows, [customer, touchpoint], at, sequence), "; ".join(notes)


def _left_out(marked: ir.Table) -> list[tuple[str, int]]:
    """Steps that are no contact of their own, most frequent first."""
    steps = marked.filter(_["__phase"] == 2).group_by("__step").agg(rows=_.count())
    found = steps.order_by(ibis.desc("rows"), "__step").limit(_LOOKED_AT).execute()
    foreign = [s for s in found["__step"] if s not in BETWEEN]
    if foreign:
        more = f" and {count(len(foreign) - _SHOWN)} more" if len(foreign) > _SHOWN else ""
        raise DataError(
            f"the column of lifecycle steps holds {', '.join(map(repr, foreign[:_SHOWN]))}{more}.",
            expected=f"start or complete (also read: {', '.join(STARTS[1:] + ENDS[1:])}; "
            f"left out: {', '.join(BETWEEN)})",
            mend="write the steps so, or leave the column out: cx.load(…, columns={'lifecycle': ''}), "
            "or Columns(lifecycle='')",
        )
    return [(str(s), int(n)) for s, n in zip(found["__step"], found["rows"], strict=True)]


def _paired(steps: ir.Table, group: list[str], order: list[str]) -> ir.Table:
    """Rows with `__role` (a start, an end with a start of its own, an end without) and `__number` within its role.

    Going through the rows of a group, starts less ends falls to a new low below zero exactly at an end that has no open
    start. The n-th of the other ends belongs to the n-th start.
    """
    # One number for the order, so that rows alike in it stand alike in every window.
    turned = steps.mutate(__turn=ibis.row_number().over(ibis.window(group_by=group, order_by=order)))
    so_far = ibis.cumulative_window(group_by=group, order_by="__turn")
    opened = turned.mutate(__open=(1 - 2 * _["__phase"]).cast("int64").sum().over(so_far))
    low = opened.mutate(__low=ibis.least(_["__open"].min().over(so_far), 0))
    before = low["__low"].lag(1).over(ibis.window(group_by=group, order_by="__turn")).fill_null(0)
    role = ibis.cases((low["__phase"] == 0, _START), (low["__open"] >= before, _END), else_=_ALONE)
    roles = low.mutate(__role=role.cast("int8"))
    number = ibis.row_number().over(ibis.window(group_by=[*group, "__role"], order_by="__turn"))
    return roles.mutate(__number=number, __alone=roles["__role"] == _ALONE).drop("__open", "__low", "__turn", "__phase")


def _merged(rows: ir.Table, group: list[str], at: str, sequence: str) -> ir.Table:
    """Starts with what their end says, and ends that have no start."""
    couple = ibis.window(group_by=[*group, "__alone", "__number"], order_by="__role")
    names = [c for c in rows.columns if not c.startswith("__")]
    told = [c for c in names if c not in (*group, sequence)]
    both = rows.mutate(**{f"__end_{c}": rows[c].lead(1).over(couple) for c in told})
    kept = both.filter(both["__role"] != _END)
    seconds = kept[f"__end_{at}"].cast("timestamp").delta(kept[at].cast("timestamp"), unit="microsecond") / 1e6
    filled = {}
    for name in told:
        pair = (kept[f"__end_{name}"], kept[name])
        filled[name] = ibis.coalesce(*(pair if name in _AT_THE_END else pair[::-1]))
    stated = [filled["duration_s"].cast("float64")] if "duration_s" in filled else []
    filled["duration_s"] = ibis.coalesce(seconds, *stated)
    return kept.mutate(**filled).select(*dict.fromkeys([*names, "duration_s"]))
