"""Known drivers and customer equity are held by 90 % intervals about as often as they say (made by `equity.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery.equity import CASES, DATA_SETS, TABLE, recover, recovered


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE).set_index("customers")


def test_intervals_hold_what_is_known_as_often_as_they_say(committed):
    assert tuple(committed.index) == CASES and (committed["data_sets"] == DATA_SETS).all()
    assert committed[["coefficients", "shares", "gain"]].to_numpy() == pytest.approx(0.9, abs=0.05)


def test_money_of_a_better_rating_is_right_on_average(committed):
    assert abs(committed.loc[400, "gain_error"]) < 0.05


def test_a_survey_is_recovered_the_same_way_again():
    held = pd.DataFrame([recover(100, 900_000 + s) for s in range(5)])
    assert held["shares"].mean() > 0.6


@pytest.mark.slow
def test_coverage_is_what_is_committed(committed):
    found = recovered().set_index("customers")
    assert found["shares"].to_numpy() == pytest.approx(committed["shares"].to_numpy(), abs=0.02)
