"""Technology: cards that hold together, money that grows with the business, waiting that is worth what it should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlab.data.decisions import LEVELS
from cxlab.differentiation.roadmap.technology import (
    technology_cards,
    technology_options,
    technology_outlook,
    value_of_waiting,
)
from cxlab.errors import ParameterError


def test_every_card_is_whole_and_stands_on_cards_of_its_level_or_below():
    cards = technology_cards().set_index("name")
    assert cards.index.is_unique and set(cards["level"]) == set(LEVELS)
    assert (cards["cost_low"] <= cards["cost_likely"]).all() and (cards["cost_likely"] <= cards["cost_high"]).all()
    assert (cards["effect_low"] <= cards["effect_likely"]).all() and (cards["effect_high"] > 0).all()
    assert (cards["evidence"].str.len() > 10).all() and (cards["kpi"] != "").all()
    for name, said in cards["requires"].items():
        for needed in filter(None, map(str.strip, said.split(";"))):
            assert LEVELS.index(cards.loc[needed, "level"]) <= LEVELS.index(cards.loc[name, "level"]), name


def test_what_has_no_evidence_is_believed_widely():
    cards = technology_cards()
    thin = cards[cards["evidence"].str.contains("no evidence")]
    assert len(thin) > len(cards) / 2
    assert (thin["effect_high"] - thin["effect_low"] >= 0.04).all()


def test_effects_grow_with_the_margin_and_costs_with_its_root():
    small, large = (technology_options(margin=m).set_index("name") for m in (100_000, 400_000))
    assert np.allclose(large["effect_high"], 4 * small["effect_high"])
    assert np.allclose(large["cost_likely"], 2 * small["cost_likely"])
    assert small.loc["Chatbot", "cost_likely"] == 8000


def test_a_level_left_out_takes_its_prerequisites_with_it():
    table = technology_options(margin=100_000, levels=("advanced",))
    assert set(table["level"]) == {"advanced"} and (table["requires"] == "").sum() >= 5


@pytest.mark.parametrize("margin", [0, -1, np.nan, np.inf])
def test_a_business_without_a_margin_is_refused(margin):
    with pytest.raises(ParameterError, match="gross margin"):
        technology_options(margin=margin)


def test_unknown_cards_and_levels_are_named():
    with pytest.raises(ParameterError, match="did you mean 'Chatbot'"):
        technology_options(margin=1e5, names=["Chatbots"])
    with pytest.raises(ParameterError, match="foundational"):
        technology_cards("basic")


def test_the_outlook_says_for_whom_there_is_no_evidence():
    found = technology_outlook(margin=200_000, currency="EUR", draws=2000)
    assert not found.believed and "no evidence" in found.text
    table = found.table.set_index("name")
    assert table.loc["Blockchain loyalty points", "do"] in ("ignore", "wait")
    assert table.loc["E-mail list with consent", "p_pays"] > table.loc["Augmented reality", "p_pays"]
    assert (table["npv_low"] < table["npv"]).all() and (table["npv"] < table["npv_high"]).all()


@given(st.floats(-5, 5), st.floats(0.1, 5), st.floats(0, 1))
def test_waiting_is_never_worth_more_than_knowing_everything(mean, spread, learned):
    npv = mean + spread * np.linspace(-2, 2, 401)
    free = value_of_waiting(npv, learned=learned, years=0)
    assert -1e-9 <= free <= value_of_waiting(npv, learned=1.0, years=0) + 1e-9


def test_what_surely_pays_is_not_waited_for_and_what_never_pays_is_worth_nothing():
    assert value_of_waiting(np.full(10, 100.0), discount=0.1) == pytest.approx(100 / 1.1 - 100)
    assert value_of_waiting(np.full(10, -100.0)) == 0
    assert value_of_waiting(np.full(10, -100.0), cheaper=0.5, cost=300.0) == pytest.approx(50 / 1.1)
    with pytest.raises(ParameterError, match="shares from 0 to 1"):
        value_of_waiting(np.zeros(2), learned=2)


def test_what_is_expected_to_lose_is_not_piloted_where_nothing_is_learned():
    table = technology_outlook(margin=100_000, learned=0.0, draws=1000).table
    assert set(table.loc[table["npv"] <= 0, "do"]) <= {"ignore", "wait"}
    small = technology_outlook(margin=5, draws=1000)
    assert "(0 %)" not in small.title and "under 1 %" in small.title
