"""Dirt on request: rows as files of real businesses have them, each spoilt value written down in the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

#: what may go wrong with a table's rows: column, and how its text is spoilt
_IMPOSSIBLE = {
    "emotion": "9", "effort": "0", "duration_s": "-30", "cost": "n/k", "timestamp": "2031-13-45", "amount": "abc",
    "first_seen": "31.02.2023", "start": "soon", "birth_date": "1880-01-01", "age": "200",
}  # fmt: skip
_NEEDED = ("customer_id", "timestamp", "touchpoint", "amount", "first_seen", "start", "email")
_MISSPELT = ("touchpoint", "stage", "channel", "item", "plan", "city")
_DATES = ("timestamp", "first_seen", "start", "end", "updated")
#: shares of the kinds of dirt
_KINDS = {"missing": 0.2, "repeated": 0.2, "misspelt": 0.2, "other date format": 0.2, "impossible": 0.2}


def spoil(
    tables: Mapping[str, pa.Table], share: float, rng: np.random.Generator
) -> tuple[dict[str, pa.Table], pd.DataFrame]:
    """Tables as text with a share of their rows spoilt, and out of order; and what was done where.

    Parameters
    ----------
    share : spoilt rows, of the rows of each table; a row is spoilt in one way

    Returns
    -------
    the tables (every column text), and a DataFrame table, row (from 0, as the spoilt table has it), column, kind:
    "missing" (a value that is needed is empty), "repeated" (the row stands there twice), "misspelt" (a name with a
    letter too few or in other case), "other date format" (day.month.year), "impossible" (a value that cannot be)
    """
    spoilt, done = {}, []
    for name, table in tables.items():
        spoilt[name], log = _spoil(_as_text(table), share, rng)
        done.append(log.assign(table=name))
    log = pd.concat(done, ignore_index=True)
    return spoilt, log[["table", "row", "column", "kind"]]


def _spoil(frame: pd.DataFrame, share: float, rng: np.random.Generator) -> tuple[pa.Table, pd.DataFrame]:
    n = len(frame)
    chosen = rng.permutation(n)[: round(share * n)]
    kinds = rng.choice(list(_KINDS), len(chosen), p=list(_KINDS.values()))
    kind_of = np.full(n, "", dtype=object)
    column_of = np.full(n, "", dtype=object)
    for kind in _KINDS:
        rows = np.sort(chosen[kinds == kind])
        if kind == "repeated":
            kind_of[rows] = kind
            continue
        columns = [c for c in _columns(kind) if c in frame.columns]
        if not columns:
            continue
        which = rng.integers(len(columns), size=len(rows))
        for at, column in enumerate(columns):
            mine = rows[which == at]
            mine = mine[frame[column].notna().to_numpy()[mine]]
            frame.loc[mine, column] = frame.loc[mine, column].map(_SPOILERS[kind](column))
            kind_of[mine], column_of[mine] = kind, column
    again = np.flatnonzero(kind_of == "repeated")
    order = np.concatenate([np.arange(n), again])
    # Out of order: every row may be written a little later than it happened, a spoilt one much later.
    late = rng.random(len(order)) < share
    place = np.arange(len(order)) + late * rng.integers(0, max(len(order) // 4, 1), size=len(order))
    place[n:] += again - n
    order = order[np.argsort(place, kind="stable")]
    seen = pd.Series(order).duplicated().to_numpy()
    kinds, columns = kind_of[order], column_of[order]
    noted = (kinds != "") & ((kinds != "repeated") | seen)
    log = pd.DataFrame({"row": np.flatnonzero(noted), "column": columns[noted], "kind": kinds[noted]})
    return pa.Table.from_pandas(frame.iloc[order], preserve_index=False), log


def _columns(kind: str) -> tuple[str, ...]:
    return {
        "missing": _NEEDED,
        "misspelt": _MISSPELT,
        "other date format": _DATES,
        "impossible": tuple(_IMPOSSIBLE),
    }[kind]


def _missing(column: str) -> Callable[[str], None]:
    return lambda text: None


def _misspelt(column: str) -> Callable[[str], str]:
    def spoil(text: str) -> str:
        return text.upper() if len(text) % 2 else text[: len(text) // 2] + text[len(text) // 2 + 1 :]

    return spoil


def _other_date(column: str) -> Callable[[str], str]:
    return lambda text: f"{text[8:10]}.{text[5:7]}.{text[:4]}{text[10:]}"


def _impossible(column: str) -> Callable[[str], str]:
    return lambda text: _IMPOSSIBLE[column]


_SPOILERS = {
    "missing": _missing,
    "misspelt": _misspelt,
    "other date format": _other_date,
    "impossible": _impossible,
}


def _as_text(table: pa.Table) -> pd.DataFrame:
    """Every column as text, as a file would have it."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    table = table.cast(pa.schema(fields))
    return (
        pa.table([c.cast(pa.string()) for c in table.columns], names=table.column_names)
        .to_pandas(types_mapper=pd.ArrowDtype)
        .astype(object)
    )
