"""Counts before any model: known shares, and intervals over respondents."""

import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.choice.offered import offered_and_chosen
from cxlab.differentiation.choice.tasks import read_choices
from tests.differentiation.market.markets import tasks


def test_shares_are_counted():
    table = offered_and_chosen(read_choices(tasks(), price="price", none="none")).table
    own = tasks()
    cups = own[own["alternative"] != "none"]
    for price in (2, 5):
        row = table[(table["attribute"] == "price") & (table["level"] == str(price))].iloc[0]
        at = cups[cups["price"] == price]
        assert (row["offered"], row["chosen"]) == (len(at), pytest.approx(at["chosen"].mean()))
    none = table[table["attribute"] == "none"].iloc[0]
    assert (none["offered"], none["chosen"]) == (
        240,
        pytest.approx(own.loc[own["alternative"] == "none", "chosen"].mean()),
    )
    assert (table["chosen_low"] <= table["chosen"]).all() and (table["chosen"] <= table["chosen_high"]).all()


def test_who_answers_much_is_one_respondent():
    """Thirty people with one taste each: the interval is that of people, not of 240 choices."""
    one = tasks(none=False)
    loyal = one["respondent_id"] % 2 == 0
    one["chosen"] = np.where(one["alternative"] == np.where(loyal, "0", "1"), 1, 0)
    one["first"] = (one["alternative"] == "0").astype(int)
    found = offered_and_chosen(read_choices(one, price="price")).table
    row = found[(found["attribute"] == "first") & (found["level"] == "yes")].iloc[0]
    assert row["chosen"] == 0.5
    assert row["chosen_high"] - row["chosen_low"] == pytest.approx(2 * 1.70 * 0.5 / 29**0.5, rel=0.05)


def test_many_values_are_cut_in_thirds():
    one = tasks(none=False)
    one["price"] = np.random.default_rng(0).uniform(2, 5, len(one)).round(2)
    found = offered_and_chosen(read_choices(one, price="price")).table
    levels = found.loc[found["attribute"] == "price", "level"].tolist()
    assert levels[0].startswith("up to 3") and levels[1] == "between" and levels[2].startswith("above 4")
    assert isinstance(found, pd.DataFrame) and found["offered"].sum() == len(one) * 5
