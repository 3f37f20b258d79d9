"""Who came back, cohort by cohort: counted as by hand, whole periods only, in any order of rows."""

import ibis
import pandas as pd
import pytest

from cxlab.cltv.purchase_cohorts import purchase_cohorts
from cxlab.errors import DataError, ParameterError
from cxlab.style import new_axes


def log(*rows):
    return ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "timestamp"]))


ROWS = (
    ("a", "2024-01-05"), ("a", "2024-01-06"), ("a", "2024-06-30"), ("b", "2024-03-31"), ("b", "2024-07-01"),
    ("c", "2024-04-01"), ("c", "2024-09-30"), ("d", "2024-10-05"), ("e", "2024-11-20"),
)  # fmt: skip


def test_cells_are_counted_as_by_hand():
    table = purchase_cohorts(log(*ROWS)).table
    cells = table.set_index(["cohort", "period"])[["customers", "bought"]]
    # the fourth quarter is not over: d and e are not yet counted
    assert cells.loc["2024Q1"].to_numpy().tolist() == [[2, 2], [2, 1], [2, 1]]
    assert cells.loc["2024Q2"].to_numpy().tolist() == [[1, 1], [1, 1]]
    assert cells.loc["all"].to_numpy().tolist() == [[3, 3], [3, 2], [2, 1]]
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    assert not purchase_cohorts(log(*ROWS)).believed


def test_order_and_repeated_rows_change_nothing():
    one = purchase_cohorts(log(*ROWS), unit="month").table
    two = purchase_cohorts(log(*ROWS[::-1], *ROWS[:3]), unit="month").table
    pd.testing.assert_frame_equal(one, two)


def test_a_log_that_ends_with_its_quarter_is_whole():
    cells = purchase_cohorts(log(("a", "2024-01-01"), ("a", "2024-06-28"))).table.set_index(["cohort", "period"])
    assert cells.loc[("all", 1), "bought"] == 1
    assert purchase_cohorts(log(*ROWS)).plot(new_axes(width=3.6)).get_xlabel()


def test_wrong_input_is_named():
    with pytest.raises(ParameterError, match="unknown unit 'week'"):
        purchase_cohorts(log(*ROWS), unit="week")
    with pytest.raises(DataError, match="unknown column 'person'"):
        purchase_cohorts(log(*ROWS), by="person")
    with pytest.raises(DataError, match="no whole quarter"):
        purchase_cohorts(log(("a", "2024-01-05")))
