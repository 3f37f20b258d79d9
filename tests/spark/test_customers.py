"""Summaries for lifetime value and RFM scores are the same on DuckDB and on Spark, customer by customer."""

import pandas as pd
import pytest

from cxlab.cltv.summary import summarise
from cxlab.segments.rfm import rfm_scores
from tests.spark.same import assert_same


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"segment": "acquisition_channel", "of": "customers", "time_unit": "month"},
        {"segment": "channel", "grain": "week", "split": "2023-06-01"},
        {"grain": "month", "time_unit": "year", "split": "2023-06-01"},
    ],
    ids=["days", "segments of customers", "weeks and holdout", "months and holdout"],
)
def test_summary(tables, options):
    options = dict(options)
    of = options.pop("of", None)
    found = [
        summarise(table, **options, **({"customers": tables[of][engine]} if of else {}))
        for engine, table in enumerate(tables["transactions"])
    ]
    duck, spark = found
    assert (duck.observation_end, duck.holdout_end, duck.left_out) == (
        spark.observation_end, spark.holdout_end, spark.left_out)  # fmt: skip
    assert_same(duck.distinct, spark.distinct)
    assert_same(*(s.customers.order_by("customer_id").to_pandas() for s in found))
    assert_same(*(s.visits.order_by("customer_id", "step").to_pandas() for s in found))
    assert_same(duck.tracking(), spark.tracking())
    forecast = pd.DataFrame({"expected": range(len(duck.distinct))})
    assert_same(*(s.attach(forecast).order_by("customer_id").to_pandas() for s in found))


@pytest.mark.parametrize("options", [{}, {"quantiles": 4, "breaks": {"recency": (30, 90)}, "end": "2023-09-01"}])
def test_rfm(tables, options):
    duck, spark = (rfm_scores(table, **options) for table in tables["transactions"])
    assert_same(*(r.customers.order_by("customer_id").to_pandas() for r in (duck, spark)))
    assert_same(duck.scores, spark.scores)
    assert_same(duck.pairs, spark.pairs)
    assert duck.finding().text == spark.finding().text
