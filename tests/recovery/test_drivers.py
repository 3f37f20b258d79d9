"""Known shares of R² are held by 90 % intervals about as often as they say (made by `drivers.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery.drivers import CASES, DATA_SETS, TABLE, recover, recovered


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE).set_index(["respondents", "gaps"])


def test_the_committed_table_is_of_every_case(committed):
    assert tuple(committed.index) == CASES
    assert (committed["data_sets"] == DATA_SETS).all()


def test_intervals_hold_what_drivers_explain_as_often_as_they_say(committed):
    assert committed[["explained", "share"]].to_numpy() == pytest.approx(0.9, abs=0.04)


def test_a_survey_is_recovered_the_same_way_again():
    held = pd.concat([recover(100, 0.0, 100_000 + s) for s in range(20)])
    assert held["explained"].mean() == pytest.approx(0.9, abs=0.1)


@pytest.mark.slow
def test_coverage_is_what_is_committed(committed):
    found = recovered().set_index(["respondents", "gaps"])
    assert found["explained"].to_numpy() == pytest.approx(committed["explained"].to_numpy(), abs=0.02)
