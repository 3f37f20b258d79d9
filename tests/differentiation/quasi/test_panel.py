"""Panels as they are read: means and counts of the engine, and what cannot be compared said in one message."""

import ibis
import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.differentiation.trials.panel import panel_of, read_panel
from cxlab.errors import DataError, ParameterError
from tests.differentiation.quasi.cases import rows


def test_means_counts_and_starts_are_those_of_the_rows():
    many = pd.concat([rows(), rows(outcome=3.0)])
    panel = read_panel(many)
    assert panel.units == ("a", "b", "c", "d") and panel.start.tolist() == [3, 3, 6, 6]
    assert (panel.n == 2).all() and panel.treated.tolist() == [True, True, False, False]
    assert panel.mean[0, 2] == pytest.approx((2 + 3) / 2)
    assert panel.variance[0, 2] == pytest.approx(0.5)
    assert panel.days == "5 Jan 2026 – 15 Feb 2026"


def test_an_engine_gives_the_same_as_a_frame_and_days_become_weeks_months_or_quarters():
    frame = rows()
    assert np.array_equal(read_panel(ibis.memtable(frame)).mean, read_panel(frame).mean)
    later = rows(treated_from=np.repeat([pd.Timestamp("2026-02-02"), pd.NaT], 12))
    months = read_panel(later, period="month", repeats="mean")
    assert months.periods.tolist() == [pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")]
    assert months.n.tolist() == [[4, 2]] * 4


def test_rows_that_are_means_count_as_many_as_they_hold():
    panel = read_panel(rows(outcome=2.0, raters=np.tile([1, 3], 12)), weight="raters")
    assert panel.n[0].tolist() == [1, 3, 1, 3, 1, 3] and panel.observations == 48


def test_places_may_be_the_units():
    frame = rows(site=np.repeat(["x", "y"], 12))
    panel = read_panel(frame, unit="site")
    assert panel.units == ("x", "y") and (panel.n == 2).all()


def test_treatment_after_the_end_is_none_and_from_the_first_week_on_has_no_before():
    late = rows()
    late.loc[late["unit_id"] == "c", "treated_from"] = pd.Timestamp("2027-01-01")
    panel = read_panel(late)
    assert panel.start.tolist() == [3, 3, 6, 6] and "only after the last week" in panel.notes[0]
    always = rows()
    always.loc[always["unit_id"] == "b", "treated_from"] = pd.Timestamp("2025-12-01")
    panel = read_panel(always)
    assert panel.units == ("a", "c", "d") and "have no before" in panel.notes[0]


def test_gaps_are_there_and_named_when_a_whole_panel_is_needed():
    frame = rows().drop(index=[20])
    panel = read_panel(frame)
    assert np.isnan(panel.mean[3, 2]) and panel.n[3, 2] == 0
    whole = panel.complete()
    assert whole.units == ("a", "b", "c") and "1 of 4 units with gaps are left out (d)" in whole.notes[0]
    with pytest.raises(DataError, match="periods without an observation"):
        read_panel(rows().drop(index=[1, 7])).complete()


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (rows().drop(columns="treated_from"), {}, "no column 'treated_from'"),
        (rows(), {"outcome": "rating"}, "no column 'rating'"),
        (rows(outcome="good"), {}, "not numbers"),
        (rows(timestamp="monday"), {}, "not times"),
        (rows(treated_from=pd.NaT), {}, "no unit is treated"),
        (rows(treated_from=pd.Timestamp("2027-01-01")), {}, "no unit is treated"),
        (rows(treated_from=pd.Timestamp("2026-01-01")), {}, "from the first week on"),
        (rows(outcome=np.nan), {}, "no row with a unit|one day"),
        (rows(timestamp=pd.Timestamp("2026-01-05")), {}, "one day"),
        (pd.concat([rows(), rows().head(2)]), {}, "2 of 24 pairs .* more than one row"),
        (rows(treated_from=pd.date_range("2026-02-01", periods=24)), {}, "more than one treated_from"),
        (rows(trial=["x", "y"] * 12), {}, "holds 2 trials: x, y"),
        (rows(trial="x"), {"trial": "z"}, "unknown trial 'z'"),
        (rows().head(0), {}, "."),
    ],
)
def test_what_cannot_be_compared_is_said(table, options, words):
    with pytest.raises((DataError, ParameterError), match=words):
        read_panel(table, **options)


def test_options_that_do_not_exist_name_those_that_do():
    with pytest.raises(ParameterError, match="'fortnight'"):
        read_panel(rows(), period="fortnight")
    with pytest.raises(ParameterError, match="no unit is called 'z'"):
        panel_of(pd.DataFrame([[1.0, 2]], index=["a"], columns=pd.to_datetime(["1988", "1989"])), start={"z": "1989"})


def test_a_dataset_without_trials_says_so_and_real_data_is_not_called_made():
    with pytest.raises(DataError, match="holds no trials"):
        read_panel(cx.load("sbg_cohorts"))
    assert not read_panel(cx.load("smoking_law")).simulated
