"""Known truth is found again: 90 % intervals hold it about 90 % of the time (made by `recovery.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.cltv.cases import name
from tests.recovery.recovery import DATA_SETS, TABLE, TRUTH, recover


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE)


def test_the_committed_table_is_of_every_parameter_of_every_model(committed):
    expected = {(m.key, p) for m in TRUTH for p in (*m.parameters, *(c.name for c in m.coordinates))}
    assert set(zip(committed["model"], committed["parameter"], strict=True)) == expected
    assert len(committed) == len(expected)
    assert (committed["runs"] == DATA_SETS).all()
    truth = {(m.key, p): v for m, values in TRUTH.items() for p, v in zip(m.parameters, values, strict=True)}
    stated = committed.set_index(["model", "parameter"])["truth"]
    assert stated[list(truth)].to_dict() == pytest.approx(truth)


def test_ninety_per_cent_intervals_hold_the_truth_80_to_98_per_cent_of_the_time(committed):
    off = committed[~committed["coverage"].between(0.80, 0.98)]
    assert off.empty, off.to_string()


def test_the_fast_way_serves_nearly_every_data_set(committed):
    assert (committed["fast"] >= 0.9 * committed["runs"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("model", TRUTH, ids=name)
def test_coverage_is_what_is_committed(model, committed):
    found = recover(model).set_index("parameter")
    committed = committed[committed["model"] == model.key].set_index("parameter").loc[found.index]
    # the seeds are fixed; another machine's last digits may move an interval end across the truth now and then
    assert found["coverage"].to_numpy() == pytest.approx(committed["coverage"].to_numpy(), abs=0.03)
    assert found["mean"].to_numpy() == pytest.approx(committed["mean"].to_numpy(), rel=0.01)
    assert found["coverage"].between(0.80, 0.98).all()
