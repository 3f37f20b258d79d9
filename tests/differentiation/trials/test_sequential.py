"""Looks at a running trial: bounds hold, early stops are corrected, times are needed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.trials.boundaries import (
    after_stopping,
    calibrated_chance,
    crossing,
    group_sequential,
    spending_bounds,
)
from cxlab.differentiation.trials.sequential import plan_looks, sequential_looks
from cxlab.errors import DataError, ParameterError


def visits(share_of_tried, n=1200, seed=3, **columns):
    rng = np.random.default_rng(seed)
    arm = rng.choice(["control", "tried"], n)
    day = pd.Timestamp("2026-03-02") + pd.to_timedelta(rng.integers(0, 42, n), "D")
    done = rng.random(n) < np.where(arm == "tried", share_of_tried, 0.2)
    return pd.DataFrame({"unit_id": range(n), "arm": arm, "timestamp": day, "outcome": done.astype(int)} | columns)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(0.02, 1.0), min_size=1, max_size=7, unique=True), st.sampled_from(["pocock", "obrien_fleming"])
)
def test_unplanned_looks_never_err_more_than_stated(times, shape):
    times = np.sort([*times, 1.0]) if max(times) < 0.99 else np.sort(times)
    times = times[np.r_[True, np.diff(times) > 1e-3]]
    assert crossing(spending_bounds(times, shape=shape), times).sum() <= 0.0501


def test_all_bounds_err_as_stated():
    even = np.arange(1, 9) / 8
    for shape in ("pocock", "obrien_fleming"):
        assert crossing(group_sequential(8, shape=shape), even).sum() == pytest.approx(0.05, abs=1e-5)
        assert crossing(spending_bounds(even, shape=shape), even).sum() == pytest.approx(0.05, abs=1e-5)


def test_the_more_is_believed_that_nothing_changes_the_sooner_chances_may_be_trusted():
    chances = [calibrated_chance(5, trust=t) for t in (0.5, 2.0, np.inf)]
    assert chances == sorted(chances) and chances[0] < 0.95 < chances[-1]


@settings(max_examples=20, deadline=None)
@given(st.floats(2.5, 5.0), st.integers(1, 4))
def test_an_estimate_after_an_early_stop_is_drawn_in_and_never_turned(z, look):
    times, bounds = np.arange(1, look + 1) / 5, group_sequential(5, shape="pocock")[:look]
    value, low, high = after_stopping(z, times, bounds)
    assert low < value < high
    assert value <= z / np.sqrt(times[-1]) + 1e-3
    mirrored = after_stopping(-z, times, bounds)
    assert mirrored[0] == pytest.approx(-value, abs=1e-3) and mirrored[1] == pytest.approx(-high, abs=1e-3)


def test_a_real_change_is_called_and_its_estimate_corrected():
    found = sequential_looks(visits(0.34), looks=6, per="visit")
    first = found.table[found.table["stop"]].iloc[0]
    assert f"called better at look {first['look']} of 6" in found.title
    assert "called worse" in sequential_looks(visits(0.34), looks=6, better="lower").title
    assert "looks too good" in found.text and "visits" in found.text
    assert found.table["n"].is_monotonic_increasing and found.table["seen"].iloc[-1] == 1
    assert (found.table["z"].abs() >= found.table["bound"]).equals(found.table["stop"])


def test_a_trial_planned_longer_has_seen_less_and_needs_more():
    short, long = (sequential_looks(visits(0.3), looks=4, planned=n).table for n in (0, 2400))
    assert long["seen"].iloc[-1] == pytest.approx(0.5)
    assert (long["bound"] > short["bound"]).all()


def test_looks_may_be_named_days_and_few_units_are_passed_over():
    days = ["2026-03-02", "2026-03-20", "2026-04-01"]
    found = sequential_looks(visits(0.2, n=300), looks=days)
    assert found.table["day"].dt.strftime("%m-%d").tolist() == ["03-20", "04-01", "04-12"]


def test_nothing_is_seen_of_a_unit_before_it_is_measured():
    at_once, later = (sequential_looks(visits(0.3), looks=4, over=weeks).table for weeks in (0, 8))
    assert ((later["day"] - at_once["day"]).dt.days == 56).all()
    assert later.drop(columns="day").equals(at_once.drop(columns="day"))


@pytest.mark.parametrize(
    ("frame", "options", "error", "said"),
    [
        (visits(0.2).drop(columns="timestamp"), {}, DataError, "no time"),
        (visits(0.2).assign(timestamp=pd.Timestamp("2026-03-02")), {}, DataError, "one day"),
        (visits(0.2, n=12), {}, DataError, "10 units"),
        (visits(0.2), {"arm": "control"}, ParameterError, "control"),
        (visits(0.2), {"shape": "pocok"}, ParameterError, "pocock"),
        (visits(0.2), {"repeated": "mean"}, ParameterError, "several"),
        (visits(0.2), {"looks": 0}, ParameterError, "looks"),
    ],
)
def test_what_cannot_be_looked_at_is_said(frame, options, error, said):
    with pytest.raises(error, match=said):
        sequential_looks(frame, **options)


@pytest.mark.parametrize(
    "call",
    [
        lambda: plan_looks(0), lambda: plan_looks(error=0.7), lambda: plan_looks(power=0.01),
        lambda: spending_bounds([0.5, 0.2]), lambda: calibrated_chance(5, trust=0),
    ],
)  # fmt: skip
def test_plans_of_looks_that_cannot_be_are_refused(call):
    with pytest.raises(ParameterError):
        call()
