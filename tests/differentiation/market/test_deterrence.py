"""Nothing is told in money of people whom a higher price does not deter, however the model holds the price."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.choice.alike import alike_part_worths
from cxlab.differentiation.choice.attack_answers import answers_to_attack
from cxlab.differentiation.choice.best_response import best_price, equilibrium
from cxlab.differentiation.choice.hierarchical import attribute_importance, fit_part_worths, part_worths
from cxlab.differentiation.choice.market import build_market
from cxlab.differentiation.choice.price_attack import price_attack
from cxlab.differentiation.choice.shares import market_shares, price_elasticities
from cxlab.differentiation.choice.tasks import Choices, read_choices
from cxlab.differentiation.choice.willingness import willingness_to_pay
from cxlab.differentiation.choice.worth import worth_on_market

PRODUCTS = {"us": {"price": 3.0, "brand": "us", "gift": 0}, "them": {"price": 3.0, "brand": "them", "gift": 0}}


def bought(slope: float, *, people: int = 60, seed: int = 0) -> Choices:
    """Eight choices a person between two brands, by a part-worth of the price that is the same for all."""
    rng = np.random.default_rng(seed)
    n = people * 8
    table = pd.DataFrame({
        "respondent_id": np.repeat(np.arange(people), 16), "task": np.tile(np.repeat(np.arange(8), 2), people),
        "alternative": np.tile(["1", "2"], n), "brand": np.tile(["us", "them"], n),
        "price": rng.choice([2.0, 3.0, 4.0], 2 * n), "gift": rng.integers(0, 2, 2 * n),
    })  # fmt: skip
    utility = slope * table["price"] + 0.5 * table["gift"] + rng.gumbel(size=2 * n)
    best = utility.groupby([table["respondent_id"], table["task"]]).transform("max")
    return read_choices(table.assign(chosen=(utility == best).astype(int)), price="price")


def in_money(fitted) -> list:
    market = build_market(fitted, PRODUCTS, own="us", costs={"us": 1.0}, currency="EUR")
    measures = (price_elasticities, worth_on_market, price_attack, answers_to_attack, best_price, equilibrium)
    return [willingness_to_pay(fitted, currency="EUR"), *(measure(market) for measure in measures)]


@pytest.mark.parametrize("slope", [1.0, 0.0])
@pytest.mark.parametrize("held", [True, False])
def test_where_a_higher_price_deters_nobody_nothing_is_told_in_money(slope, held):
    asked = bought(slope)
    fitted = fit_part_worths(asked, price="negative", draws=100, tune=5, most=10) if held else alike_part_worths(asked)
    for finding in in_money(fitted):
        assert "do not show that a higher price deters anybody" in finding.title and not finding.keys, finding.name
        assert "effect of the price on choices" in finding.warning
    assert "effect of the price on choices" in market_shares(build_market(fitted, PRODUCTS)).warning
    assert "effect of the price on choices" in attribute_importance(fitted).warning
    # what people like about the rest is told all the same
    assert "effect of the price" not in part_worths(fitted).warning


def test_where_it_deters_the_check_holds_and_one_that_could_not_fail_is_gone():
    held = fit_part_worths(bought(-1.0), price="negative", draws=100, tune=5, most=10)
    for finding in in_money(held):
        assert "a higher price deters" not in finding.title and "effect of the price" not in finding.warning
        names = [check.name for check in finding.checks]
        assert "effect of the price on choices" in names and "draws in which people like a higher price" not in names
    free = willingness_to_pay(alike_part_worths(bought(-1.0)))
    assert "draws in which people like a higher price" in [check.name for check in free.checks]


def test_a_price_that_decides_every_choice_deters():
    assert not alike_part_worths(bought(-200.0)).untold
    assert alike_part_worths(bought(200.0)).untold
