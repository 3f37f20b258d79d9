"""Losses come out as promised where what was believed is so (made by `trial_decisions.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery.trial_decisions import CASES, TABLE, measured


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE).set_index("case")


def test_the_committed_table_is_of_every_kind_of_trial(committed):
    assert tuple(committed.index) == tuple(CASES)
    assert committed["runs"].tolist() == [case.runs for case in CASES.values()]


def test_losses_are_as_promised_where_the_prior_is_right(committed):
    told = committed[committed["told"]]
    away = (told["realised"] - told["promised"]) / told["error"]
    # seven kinds of trials: the largest of seven chance deviations is beyond 2.7 one time in twenty
    assert away.abs().max() < 2.7, away.to_string()
    assert away.abs().median() < 1.5


def test_looking_often_breaks_the_promise_only_where_the_prior_is_wrong(committed):
    right, wrong = committed.loc["the same, looked at 5 times"], committed.loc["the same not told, looked at 5 times"]
    assert abs(right["realised"] - right["promised"]) < 2 * right["error"]
    assert wrong["realised"] > wrong["promised"] + 2 * wrong["error"]


@pytest.mark.slow
def test_the_table_is_what_is_committed(committed):
    name = "shares, arms differ by 3 points, told"
    found = measured({name: CASES[name]}).set_index("case")
    assert found.loc[name].to_dict() == pytest.approx(committed.loc[name].to_dict(), rel=0.02)
