"""Intervals of unrandomised effects hold the truth as often as they say (made by `quasi.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery.quasi import CUTOFFS, HERE, MIXES, PLACES, RUNS, SERIES, TABLES

KINDS = {"interrupted": SERIES, "did": PLACES, "synthetic": MIXES, "discontinuity": CUTOFFS}
#: kinds of data in which an assumption is broken: there the interval must fail, and be said to
BROKEN = {"event at the same time", "10 against 10, drifting apart", "far from all places",
          "rows moved across, 1,000 rows"}  # fmt: skip


def committed(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / f"{name}.csv").set_index("case")


@pytest.mark.parametrize("name", TABLES)
def test_intervals_hold_the_truth_where_assumptions_hold(name):
    table = committed(name)
    assert tuple(table.index) == tuple(KINDS[name]) and (table["runs"] == RUNS[name]).all()
    sound = table[~table.index.isin(BROKEN)]
    error = (0.9 * 0.1 / sound["runs"]) ** 0.5
    assert ((sound["measured"] - sound["stated"]) > -2.5 * error).all(), sound.to_string()
    assert (sound["measured"] <= 0.98).all()


def test_naive_intervals_do_not():
    assert (committed("did")["naive"] < 0.4).all()
    series = committed("interrupted")
    assert series.loc["weeks independent", "naive"] > 0.85 and series.loc["correlation 0.7", "naive"] < 0.6
    assert committed("discontinuity").loc["steeply bent, 1,000 rows", "lines"] < 0.5


@pytest.mark.parametrize(("name", "case", "least"), [
    ("interrupted", "event at the same time", 0.95), ("synthetic", "far from all places", 0.95),
    ("discontinuity", "rows moved across, 1,000 rows", 0.4), ("did", "10 against 10, drifting apart", 0.25),
])  # fmt: skip
def test_broken_assumptions_spoil_intervals_and_are_seen_more_often_than_by_chance(name, case, least):
    table = committed(name)
    assert table.loc[case, "measured"] < 0.8 and table.loc[case, "fired"] >= least
    assert (table.loc[~table.index.isin(BROKEN), "fired"] < 0.16).all()


def test_shuffling_refuses_no_more_often_than_it_says():
    assert (committed("did")["shuffled"].drop("10 against 10, drifting apart") <= 0.13).all()
    assert (committed("synthetic")["ranked"] <= 0.13).all()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), [("did", "3 against 5"), ("discontinuity", "gently bent, 300 rows"),
                                            ("synthetic", "far from all places")])  # fmt: skip
def test_the_tables_are_what_is_committed(name, case):
    found = TABLES[name](cases={case: KINDS[name][case]}).set_index("case")
    assert found.loc[case].to_dict() == pytest.approx(committed(name).loc[case].to_dict(), rel=0.05, abs=0.01)
