"""What differs between the engines that Ibis speaks to, in one place."""

from __future__ import annotations

import ibis
import pandas as pd


def beside(table: ibis.Table, frame: pd.DataFrame) -> ibis.Table:
    """A small frame as a table of the engine that holds `table`, to be joined with it and kept by `.cache()`.

    >>> held = ibis.memtable({"code": [1, 2]})
    >>> int(held.inner_join(beside(held, pd.DataFrame({"code": [2]})), "code").count().execute())
    1
    """
    small = ibis.memtable(frame)
    backend = table.get_backend()
    # Spark's `.cache()` does not know tables that live in Python alone.
    return backend.create_view(ibis.util.gen_name("beside"), small) if backend.name == "pyspark" else small
