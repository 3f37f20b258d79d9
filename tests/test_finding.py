"""A finding in a notebook: its sentence as it was written, and as much of its table as is asked for."""

import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.runs.regression import masked

WORTH = Finding(
    "f", "Worth $5.00", "They are worth $5.00, or $3.00 to $7.00.",
    pd.DataFrame({"who": ["a", "b"], "value": [5.0, 6.0], "low": [3.0, 4.0]}), units={"value": "money", "low": "money"},
    monte_carlo_error=pd.DataFrame({"value": [0.1, 0.2], "low": [0.2, 0.3]}), currency="USD",
)  # fmt: skip


def test_dollars_are_not_set_as_formulas():
    html = WORTH._repr_mimebundle_()["text/html"]
    assert html.count("$") == html.count("<span>$</span>") == 8
    assert masked(html) == masked(html.replace("<span>$</span>", "$"))


def test_a_selection_keeps_units_errors_and_words():
    few = WORTH.select("who", "value", rows=1)
    assert few.table.to_dict("list") == {"who": ["a"], "value": [5.0]}
    assert few.units == {"value": "money"} and few.text == WORTH.text
    assert few.monte_carlo_error.to_dict("list") == {"value": [0.1]}
    assert WORTH.select(rows=1).table.columns.tolist() == ["who", "value", "low"]


def test_an_unknown_column_is_named():
    with pytest.raises(ParameterError, match="'vale'"):
        WORTH.select("vale")


def test_one_of_a_thing_is_one_thing_wherever_a_finding_speaks():
    few = Check("customers", False, 1, "≥ 30", "1 customers say little.")
    found = Finding("f", "1 customers came", "1 customers are new; of 21 days, 1 contacts.", pd.DataFrame({"n": [1]}),
                    checks=[few], caption="n = 1 customers", keys=[Key("1", "of 1 answers")])  # fmt: skip
    assert (
        found.title == "1 customer came" and found.caption == "n = 1 customer" and found.keys[0].label == "of 1 answer"
    )
    assert found.text.startswith("1 customer is new; of 21 days, 1 contact. Do not lean on this")
    # the warning is said once, however often the finding is made anew
    again = found.with_checks(Check("weeks", True, 9, "≥ 2"))
    assert again._repr_mimebundle_()["text/html"].count("Do not lean on this") == 1
