"""When two tables say the same, whichever engine they come from."""

import pandas as pd


def assert_same(ours, theirs, *, order=None):
    """Same columns and rows, numbers to rounding; a value that is missing is the same in whatever way it is."""
    assert len(ours)
    pd.testing.assert_frame_equal(_plain(ours, order), _plain(theirs, order), check_dtype=False, rtol=1e-9, atol=1e-12)


def _plain(table, order):
    table = table.sort_values(order) if order else table
    table = table.reset_index(drop=True)
    empty = {c: float("nan") for c in table if table[c].isna().all()}
    words = {c: table[c].astype(object).where(table[c].notna(), None) for c in table if not _counts(table[c])}
    return table.assign(**words).assign(**empty)


def _counts(column):
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)
