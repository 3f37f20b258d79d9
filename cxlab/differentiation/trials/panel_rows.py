"""Rows of trials as what is measured over time needs them: columns that must be there, as numbers and times."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from cxlab.errors import DataError, unknown


def trial_rows(source, *, needed: Sequence[str], numbers: Sequence[str] = (), trial: str = "") -> ir.Table:
    """The table `trials` of a source with the columns that are needed, numbers as float64 and times as timestamps."""
    if isinstance(source, pd.DataFrame):
        times = {c: source[c].dt.as_unit("us") for c in source.columns if source[c].dtype.kind == "M"}
        empty = {c: pd.to_datetime(source[c]).dt.as_unit("us") for c in ("treated_from",)
                 if c in source.columns and source[c].isna().all()}  # fmt: skip
        source = ibis.memtable(source.assign(**times | empty))
    elif not isinstance(source, ir.Table):
        if "trials" not in getattr(source, "tables", ()):
            raise DataError(f"{type(source).__name__} holds no trials.",
                            expected="a Dataset with trials, an Ibis table or a DataFrame")  # fmt: skip
        source = source.tables["trials"]
    missing = [c for c in needed if c not in source.columns]
    if missing:
        raise DataError(
            f"trials has no column {missing[0]!r} (columns: {', '.join(source.columns)}).",
            expected="a row an observation of a unit: " + ", ".join(needed),
            mend="treated_from is the time a unit's treatment began, empty where it never did"
            if missing[0] == "treated_from"
            else "name the column with its option, or map it at the door",
        )
    source = _of_trial(source, trial)
    cast = {}
    for name in numbers:
        kind = source[name].type()
        if not (kind.is_numeric() or kind.is_boolean()):
            raise DataError(f"trials.{name} holds {kind}, not numbers.", expected="a number on each row")
        value = source[name].cast("float64")
        cast[name] = ibis.ifelse(value.isnan() | value.isinf(), ibis.null("float64"), value)
    for name in set(needed) & {"timestamp", "treated_from"}:
        kind = source[name].type()
        if not (kind.is_timestamp() or kind.is_date() or kind.is_null()):
            raise DataError(f"trials.{name} holds {kind}, not times.", expected="a date or time on each row",
                            mend="load the file through cx.load, which reads dates")  # fmt: skip
        cast[name] = source[name].cast("timestamp")
    return source.mutate(**cast)


def is_simulated(source) -> bool:
    """Whether the card of a data set says that it is made."""
    return "simulated" in str(getattr(getattr(source, "card", None), "kind", ""))


def _of_trial(table: ir.Table, trial: str) -> ir.Table:
    if "trial" not in table.columns:
        if trial:
            raise unknown("trial", trial, ["(the table names no trials)"])
        return table
    names = sorted(table.select("trial").distinct().execute()["trial"].dropna())
    if trial and trial not in names:
        raise unknown("trial", trial, names)
    if not trial and len(names) > 1:
        raise DataError(f"the table holds {len(names)} trials: {', '.join(names[:8])}.", expected="one of them",
                        mend=f"trial={names[0]!r}")  # fmt: skip
    return table.filter(table["trial"] == trial) if trial else table
