"""Answers are joined to behaviour alike on DuckDB and on Spark, and so is what a point is worth."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlab.experience.money.link import link_behaviour
from cxlab.experience.money.value_of_a_point import value_of_a_point
from tests.experience.linked_shops import shop
from tests.spark.same import assert_same


@pytest.fixture(scope="module")
def sources(tmp_path_factory, connections):
    folder = tmp_path_factory.mktemp("shop")
    made = shop(51, customers=250, rate=0.1)
    start = pd.Timestamp("2023-06-01")
    days = np.arange(250) % 400
    ends = pd.Series(start + pd.to_timedelta(np.where(days > 200, days, 0) + 500, "D")).where(days > 200)
    contracts = pd.DataFrame({"customer_id": [f"customer {i}" for i in range(250)], "start": start, "end": ends,
                              "price": 20.0 + days % 3})  # fmt: skip
    for name, frame in (made.tables | {"subscriptions": contracts}).items():
        times = {c: frame[c].astype("datetime64[us]") for c in ("timestamp", "start", "end") if c in frame}
        pq.write_table(pa.Table.from_pandas(frame.assign(**times)), folder / f"{name}.parquet")
    names = ("surveys", "transactions", "subscriptions")
    return [{n: c.read_parquet(folder / f"{n}.parquet") for n in names} for c in connections]


@pytest.mark.parametrize("options", [{}, {"behaviour": "contracts"}, {"answers": "last"}], ids=str)
def test_cells_are_the_same(sources, options):
    ours, theirs = (link_behaviour(s, window=60, **options) for s in sources)
    assert (ours.n, ours.customers, ours.young, ours.silent) == (
        theirs.n,
        theirs.customers,
        theirs.young,
        theirs.silent,
    )
    assert_same(ours.cells, theirs.cells)


def test_a_point_is_worth_the_same(sources):
    ours, theirs = (value_of_a_point(link_behaviour(s, window=60)) for s in sources)
    assert_same(ours.table, theirs.table)
