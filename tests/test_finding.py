"""A finding in a notebook: its sentence as it was written, and as much of its table as is asked for."""

import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.finding import Finding
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
