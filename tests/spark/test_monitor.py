"""A measure by week is counted alike on DuckDB and on Spark."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlab.experience.monitor.periods import read_kpi


@pytest.fixture(scope="module")
def sources(tmp_path_factory, connections):
    rng = np.random.default_rng(5)
    at = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 200 * 24, 2000), unit="h")
    scores = rng.integers(0, 11, 2000) * 1.0
    table = pd.DataFrame({"timestamp": at.astype("datetime64[us]"), "question": "nps", "score": scores,
                          "scale_min": 0.0, "scale_max": 10.0, "late": rng.random(2000) < 0.2,
                          "amount": rng.gamma(2, 20, 2000)})  # fmt: skip
    file = tmp_path_factory.mktemp("kpi") / "surveys.parquet"
    pq.write_table(pa.Table.from_pandas(table), file)
    return [c.read_parquet(file) for c in connections]


@pytest.mark.parametrize("period", ["day", "week", "month"])
@pytest.mark.parametrize(
    "of", [{}, {"kpi": "mean"}, {"kpi": "satisfied"}, {"value": "late"}, {"value": "amount"}], ids=str
)
def test_measures_by_period_are_the_same(sources, of, period):
    ours, theirs = (read_kpi(source, period=period, **of) for source in sources)
    pd.testing.assert_frame_equal(ours.table, theirs.table, rtol=1e-9)
    assert ours.notes == theirs.notes and ours.sd == pytest.approx(theirs.sd)
