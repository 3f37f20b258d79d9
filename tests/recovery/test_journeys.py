"""Known journeys are found again: 90 % intervals hold the truth 90 ± 3 % of the time (made by `journeys.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery.journeys import DATA_SETS, MEASURES, TABLE, recover, recovered


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE).set_index("measure")


def test_the_committed_table_is_of_every_measure(committed):
    assert tuple(committed.index) == MEASURES
    assert (committed["data_sets"] == DATA_SETS).all()


def test_intervals_of_shares_hold_the_truth_as_often_as_they_say(committed):
    assert committed.loc["transition shares", "coverage"] == pytest.approx(0.9, abs=0.03)
    # one interval a business: 100 of them say no more than ± 5 points or so
    singles = committed.loc[["conversion", "conversion with less friction", "difference it makes"], "coverage"]
    assert singles.between(0.82, 0.97).all(), singles.to_string()


def test_a_business_is_recovered_the_same_way_again(committed):
    held = pd.DataFrame(recover(1000))
    assert set(held["measure"]) == set(MEASURES)
    assert held.loc[held["measure"] == "transition shares", "held"].mean() > 0.75


@pytest.mark.slow
def test_coverage_is_what_is_committed(committed):
    found = recovered().set_index("measure")
    assert found["coverage"].to_dict() == pytest.approx(committed["coverage"].to_dict(), abs=0.02)
