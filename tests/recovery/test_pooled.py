"""Known scores of touchpoints are found again, better pooled than each by itself (made by `pooled.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery.pooled import TABLE, WORLDS, recover, recovered


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE).set_index("world")


def test_pooled_scores_are_nearer_to_the_truth_in_every_world(committed):
    assert tuple(committed.index) == tuple(WORLDS)
    assert (committed["rmse_pooled"] < committed["rmse_alone"]).all()


def test_intervals_hold_the_truth_as_often_as_they_say(committed):
    """Where touchpoints hardly differ, intervals are wide for want of proof; never the other way round."""
    alike = committed.index.str.contains("nearly alike")
    assert committed.loc[~alike, "coverage"].between(0.875, 0.925).all(), committed.to_string()
    assert (committed.loc[alike, "coverage"] >= 0.875).all()


def test_draws_are_hardly_ever_refused(committed):
    assert (committed["refused"] <= 0.02).all()


def test_worlds_are_recovered_the_same_way_again(committed):
    name = "1 to 5, 12 touchpoints of 10 to 80, far apart"
    found = pd.DataFrame([recover(name, seed) for seed in range(5)]).mean(numeric_only=True)
    assert found["width"] == pytest.approx(committed.loc[name, "width"], rel=0.15)
    assert found["coverage"] > 0.7


@pytest.mark.slow
def test_the_table_is_what_is_committed(committed):
    found = recovered().set_index("world")
    assert found["coverage"].to_dict() == pytest.approx(committed["coverage"].to_dict(), abs=0.01)
