"""Lengths of time in a log: windows as a user writes them, and quantiles with the interval of order statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import ibis
import numpy as np
import pandas as pd
from scipy.stats import binom

from cxlab.errors import ParameterError
from cxlab.finding import Check
from cxlab.wording import number

#: years of arrivals below which a figure for a year leaves the seasons out
SHORTEST = 0.25


def seconds_of(length, *, name: str = "window") -> float:
    """Seconds of a length of time given as text ("30min", "7d"), timedelta or number of seconds.

    Raises
    ------
    ParameterError : it is no length of time, or below 0.

    >>> seconds_of("30min"), seconds_of("1d"), seconds_of(90), seconds_of(pd.Timedelta(hours=1))
    (1800.0, 86400.0, 90.0, 3600.0)
    """
    try:
        if isinstance(length, str) and length.endswith("d"):
            length = length[:-1] + "D"  # pandas wants it so
        length = float(length) if isinstance(length, (int, float)) else pd.Timedelta(length).total_seconds()
    except (ValueError, TypeError):
        length = float("nan")
    if not length >= 0:
        raise ParameterError(
            f"{name} is no length of time.", expected='text as "30min" or "7d", or seconds ≥ 0', mend=f'{name}="7d"'
        )
    return length


def long_enough(log) -> tuple[Check, ...]:
    """Whether a log is long enough for figures a year."""
    return (
        Check("years in which journeys began", log.years >= SHORTEST, number(log.years), f"≥ {SHORTEST:g}",
              "A year is made of few weeks here: seasons are not in it."),
    )  # fmt: skip


def quantile_ends(p: float, n: int, *, level: float = 0.9) -> tuple[float, float]:
    """Between which quantiles of n values the interval of the p-quantile reaches; 0 and 1 where n is too small.

    Notes
    -----
    Ranks of the order statistics between which the binomial leaves the quantile, without any shape of the times
    supposed. Source: Conover (1999), Practical Nonparametric Statistics, 3rd edition, section 3.2.

    >>> quantile_ends(.5, 101), quantile_ends(.5, 3)
    ((0.41, 0.59), (0.0, 1.0))
    """
    if n < 2:
        return 0.0, 1.0
    tail = (1 - level) / 2
    ranks = binom.ppf(tail, n, p), binom.ppf(1 - tail, n, p) + 1
    return tuple(float(np.clip((rank - 1) / (n - 1), 0, 1)) for rank in ranks)


def seconds(at: ibis.expr.types.TimestampValue) -> ibis.expr.types.FloatingValue:
    """Seconds since 1970 of a time, with its fraction; the same number on every engine.

    >>> t = ibis.memtable({"at": pd.to_datetime(["1970-01-01 00:01:00.25"])})
    >>> t.select(s=seconds(t["at"])).execute()["s"].tolist()
    [60.25]
    """
    # Ibis' own epoch_seconds has fractions on DuckDB and none on Spark.
    zone = UTC if at.type().timezone else None
    return at.delta(ibis.literal(datetime(1970, 1, 1, tzinfo=zone)), unit="microsecond").cast("float64") / 1e6


def quantiles(table: ibis.Table, columns: dict[str, Sequence[float]], *, size: int = 40) -> dict[str, list[float]]:
    """Quantiles of numeric columns, each at its own probabilities; missing where a column has no value.

    Parameters
    ----------
    size : columns to a query

    >>> quantiles(ibis.memtable({"a": [1.0, 2.0, 3.0]}), {"a": [0, .5]})
    {'a': [1.0, 2.0]}
    """
    found: dict[str, list[float]] = {}
    names = list(columns)
    for at in range(0, len(names), size):
        part = names[at : at + size]
        row = table.agg(**{c: table[c].cast("float64").quantile(list(columns[c])) for c in part}).execute().iloc[0]
        for c in part:
            empty = row[c] is None or np.ndim(row[c]) == 0
            found[c] = [float("nan")] * len(columns[c]) if empty else [float(v) for v in row[c]]
    return found
