"""The front page of a case: what stands first names what it rests on, and a truth that is missed is remarked."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.cases.case import Case
from cxlab.cases.front import front, missed, said
from cxlab.cases.plan import read_plan
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.report.document import Figure, Told

PAID = "Half would pay €0.99 (90 % interval €0.78 to €1.23) for the name."
TABLE = pd.DataFrame({"what": ["name", "wait"], "cut": [0.1, 0.3], "median": [0.99, -0.12], "median_low": [0.78, -0.16],
                      "median_high": [1.23, -0.09]})  # fmt: skip


def told(*checks):
    finding = Finding("a.b", "A", "A.", TABLE, units={"median": "money"}, checks=checks, currency="EUR")
    return Told(Figure(finding, interval="90 %"), "A", "So")


HOLDS = Check("respondents", True, 170, "≥ 30")
FAILS = Check("people beyond the prices shown", False, "21 %", "≤ 10 %", "Show a wider range.")


def test_a_statement_that_rests_on_a_finding_in_doubt_says_so_in_the_same_breath():
    assert front(PAID, [told(HOLDS)]) == PAID
    doubted = front(PAID, [told(HOLDS), told(HOLDS, FAILS)])
    assert doubted.startswith(f"Not to be leant on: {PAID} Why not: people beyond the prices shown is 21 %")
    assert doubted.endswith("Show a wider range.")


def test_a_number_without_interval_or_a_statement_that_rests_on_nothing_stops_the_report():
    with pytest.raises(ParameterError, match="no interval"):
        front("Being known is worth €0.99.", [told(HOLDS)])
    with pytest.raises(ParameterError, match="rests on"):
        front(PAID, [])


def test_an_answer_cannot_be_written_past_what_it_rests_on():
    opened = Case(read_plan("coffee-shop"), {})
    with pytest.raises(ParameterError, match="names its findings"):
        opened.report(answer=("The name beats the price.",))


@pytest.mark.parametrize(
    ("true", "remark"),
    [(0.68, "below the 90 % interval of €0.78 to €1.23: the estimate is too high"), (1.0, ""),
     (1.5, "above the 90 % interval of €0.78 to €1.23: the estimate is too low")],
)  # fmt: skip
def test_a_truth_outside_the_interval_beside_it_is_remarked(true, remark):
    found = missed(told().figure, {"what": "name", "median": true})
    assert remark in found and bool(found) == bool(remark)


def test_numbers_of_a_statement_carry_their_interval_from_the_row_that_is_named():
    assert said(told().figure, "median", {"cut": 0.1 + 1e-12}) == "€0.99 (90 % interval €0.78 to €1.23)"
    with pytest.raises(ParameterError, match="0 rows"):
        said(told().figure, "median", {"what": "price"})
    with pytest.raises(ParameterError, match="2 columns|0 columns"):
        missed(told().figure, {"what": "name"})
