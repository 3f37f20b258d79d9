"""Known variances of customers and staff are found again as often as intervals say (made by `consistency.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery.consistency import TABLE, WORLDS, recover, recovered


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE).set_index("world")


def test_intervals_hold_the_truth_as_often_as_they_say(committed):
    """300 businesses leave ± 3.5 points or so; where there is no spread at all, intervals reach down to none."""
    assert tuple(committed.index) == tuple(WORLDS)
    for source, sd in (("staff", 3), ("customers", 4)):
        some = [name for name, world in WORLDS.items() if world[sd] > 0]
        none = [name for name in WORLDS if name not in some]
        assert committed.loc[some, source].dropna().between(0.865, 0.935).all(), committed.to_string()
        assert (committed.loc[none, source].dropna() >= 0.9).all(), committed.to_string()
    assert (committed["rest"] >= 0.865).all()


def test_businesses_are_recovered_the_same_way_again(committed):
    held = [recover("15 staff, 120 visits", seed)["staff"] for seed in range(60)]
    assert sum(held) / 60 > 0.75


@pytest.mark.slow
def test_the_table_is_what_is_committed(committed):
    found = recovered().set_index("world")
    assert found["staff"].to_dict() == pytest.approx(committed["staff"].to_dict(), abs=0.01)
