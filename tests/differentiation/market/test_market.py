"""A market of part-worths: shares, slopes and prices agree with what can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.choice.attack_answers import answers_to_attack
from cxlab.differentiation.choice.best_response import best_price, equilibrium, implied_costs
from cxlab.differentiation.choice.market import build_market
from cxlab.differentiation.choice.price_attack import compensating_price, price_attack
from cxlab.differentiation.choice.products import changes, typical_products
from cxlab.differentiation.choice.shares import market_shares, price_elasticities
from cxlab.differentiation.choice.tasks import read_choices
from cxlab.differentiation.choice.worth import worth_on_market
from cxlab.errors import DataError, ParameterError
from tests.differentiation.market.markets import CUP, PRODUCTS, WORTHS, choices, market, part_worths, tasks


def test_shares_are_those_of_the_logit_and_sum_to_one():
    table = market_shares(market()).table.set_index("product")
    odds = {"we": np.exp(1.0 - 3), "chain": np.exp(0.5 - 3), "kiosk": np.exp(-3), "none": np.exp(-2 - 0.3)}
    expected = {name: value / sum(odds.values()) for name, value in odds.items()}
    assert table["share"].to_dict() == pytest.approx(expected)
    assert table["share"].sum() == pytest.approx(1)
    # own elasticity of a logit: slope × price × (1 − share)
    assert table.loc["we", "elasticity"] == pytest.approx(-3 * (1 - expected["we"]))
    assert np.isnan(table.loc["none", "elasticity"])


def test_slopes_are_those_of_the_shares():
    of = market(spread=0.5)
    step = 1e-5
    moved = (of.shares({"chain": 3 + step}) - of.shares({"chain": 3 - step})) / (2 * step)
    assert of.slopes()[:, :, 1] == pytest.approx(moved, abs=1e-8)
    assert of.slopes().sum(1) == pytest.approx(0, abs=1e-12)
    assert of.curve("we", {"chain": 2.5})(2.8) == pytest.approx(of.shares({"chain": 2.5, "we": 2.8})[:, 0])


def test_people_who_differ_keep_more_of_our_buyers_from_a_cut():
    """Were all alike, a cut would take from everybody in proportion; those who love us stay."""
    kept = []
    for spread in (0.0, 3.0):
        fitted = part_worths(choices(none=False), spread=spread, **WORTHS)
        fitted.individual[:, :, 0] = -1.0
        table = price_attack(build_market(fitted, PRODUCTS, own="we"), rival="chain").table.set_index("cut")
        kept.append(table.loc[0.1, "kept"])
    assert kept[1] > kept[0] + 0.02
    # of people who are alike, our share falls as much as the kiosk's: independence of irrelevant alternatives
    of = market(none=False)
    shares = of.shares({"chain": 2.7})[0] / of.shares()[0]
    assert shares[0] == pytest.approx(shares[2])


def test_resilience_falls_with_the_cut_from_one():
    table = price_attack(market(spread=0.8), rival="kiosk", cut=0.07).table
    assert table["kept"].iloc[0] == pytest.approx(1) and table["kept_low"].iloc[0] == pytest.approx(1)
    assert (np.diff(table["kept"]) < 0).all() and (np.diff(table["rival_share"]) > 0).all()
    assert (table["kept_low"] <= table["kept"] + 1e-9).all() and (table["kept"] <= table["kept_high"] + 1e-9).all()
    assert 0.07 in table["cut"].tolist()


def test_the_price_that_keeps_the_share_keeps_it():
    of = market(spread=0.8)
    before = of.shares()[:, 0]
    price = compensating_price(of, before, others={"chain": 2.7})
    assert of.curve("we", {"chain": 2.7})(price) == pytest.approx(before, abs=1e-5)
    # one market where all are alike and nothing else is sold: what they take off we take off
    two = {name: PRODUCTS[name] for name in ("we", "chain")}
    same = market(none=False, products=two)
    assert compensating_price(same, same.shares()[:, 0], others={"chain": 2.7}) == pytest.approx(2.7, abs=1e-4)
    found = answers_to_attack(same, rival="chain").table.set_index("answer")
    assert found.loc["price: what keeps the share", "price"] == pytest.approx(2.7, abs=1e-4)
    assert found.loc["name known", "p_back"] == 1 and found.loc["do nothing", "p_back"] == 0
    assert found.loc["name known", "share"] > found.loc["do nothing", "share"]


def test_who_we_are_is_no_answer():
    """The chain is liked more here: to be the chain would bring buyers back, and is no answer of ours."""
    of = market(none=False, worths={**WORTHS, "chain": 2.0})
    words = answers_to_attack(of).table["answer"].tolist()
    fixed = answers_to_attack(replace(of, fixed=("ours", "chain"))).table["answer"].tolist()
    assert [w for w in words if w not in fixed] == ["chain, not ours"]
    assert "size: 5" in words and "size: 2" not in words


def test_a_promise_about_prices_is_no_cut_of_them():
    asked = tasks(none=False).rename(columns={"name_known": "price_guarantee"})
    products = {name: {**p, "price_guarantee": 0} for name, p in PRODUCTS.items()}
    for product in products.values():
        del product["name_known"]
    fitted = part_worths(read_choices(asked, price="price"), **(WORTHS | {"price_guarantee": 0.8}))
    found = answers_to_attack(build_market(fitted, products, own="we"), rival="chain")
    assert "Price guarantee" in found.title and "At today's price, price guarantee" in found.text


def test_answers_in_profit():
    of = market(none=False, costs={"we": 2.0})
    found = answers_to_attack(of, rival="chain")
    table = found.table.set_index("answer")
    most = table.loc["price: what earns most now"]
    assert most["profit"] >= table.loc[["do nothing", "price: what keeps the share"], "profit"].max()
    share = table.loc["do nothing", "share"]
    assert table.loc["do nothing", "profit"] == pytest.approx(100 * (3.0 - 2.0) * share)
    assert table.loc["do nothing", "p_profit"] == 0
    assert "of the profit" in found.text
    assert "profit" not in answers_to_attack(market(none=False)).table


def test_a_change_is_worth_its_part_worth_where_all_are_alike():
    table = worth_on_market(market()).table.set_index("change")
    assert table.loc["name known", "value"] == pytest.approx(0.8, abs=1e-4)
    assert table.loc["size: 5", "value"] == pytest.approx(0.2, abs=1e-4)
    assert table.loc["size: 2", "value"] == pytest.approx(-0.1, abs=1e-4)
    assert table.loc["chain, not ours", "value"] == pytest.approx(-0.5, abs=1e-4)


def test_where_no_price_gives_the_share_the_end_of_the_search_is_no_price():
    """Half of all draws hardly mind the price: no price found makes up for a mark they love or miss."""
    fitted = part_worths(choices(none=False), **WORTHS)
    fitted.individual[::2, :, 0] = -1e-3
    of = build_market(fitted, PRODUCTS, own="we", currency="EUR")
    found = worth_on_market(of)
    half = len(of.utility) // 2
    assert f"draws in which no price gives this share is {half * 5} of {len(of.utility) * 5} (" in found.warning
    assert "to beyond €6.00)" in found.text and "beyond" in found.keys[0].label
    assert "−€6.00" not in found.text.replace("beyond −€6.00", "")
    # a cut of a rival moves these people as little as ours: there is a price that keeps the share
    assert "no price gives this share" not in answers_to_attack(of, rival="chain").warning
    assert "no price gives this share" not in worth_on_market(market()).warning


def test_the_best_price_is_where_the_margin_is_that_of_the_formula():
    cost = 2.0
    found = best_price(market(costs={"we": cost}), steps=301)
    best = found.table.loc[found.table["note"].str.contains("best")].iloc[0]
    # first-order condition of a logit: margin = 1 / (slope × (1 − share))
    assert best.price - cost == pytest.approx(1 / (1 - best.share), abs=0.02)
    assert found.table["p_best"].sum() == pytest.approx(1)
    assert found.keys[0].label.startswith("the price that earns most for we")
    assert found.table.loc[found.table["note"].str.contains("today"), "p_better"].tolist() == [0.0]
    with pytest.raises(DataError, match="cost of 'we' is not known"):
        best_price(market())


def test_twins_end_at_the_price_of_the_symmetric_equilibrium():
    """Two alike sellers, nothing else to choose: margin = 1 / (slope × ½)."""
    twins = {"we": PRODUCTS["we"], "they": {**PRODUCTS["we"], "name_known": 1}}
    of = market(none=False, products=twins, worths={**WORTHS, "name_known": 0.0}, costs={"we": 2.0, "they": 2.0})
    table = equilibrium(of).table.set_index("product")
    assert table["price_after"].tolist() == pytest.approx([4.0, 4.0], abs=0.02)
    assert table["cost_known"].all()
    # today's price of 4 is the best answer to 4 at a cost of 2, and nobody moves from there
    four = {name: {**p, "price": 4.0} for name, p in twins.items()}
    still = market(none=False, products=four, worths={**WORTHS, "name_known": 0.0})
    assert implied_costs(still) == pytest.approx({"we": 2.0, "they": 2.0})
    assert equilibrium(still).table["price_after"].tolist() == pytest.approx([4.0, 4.0], abs=0.02)


def test_a_price_that_no_cost_explains_gives_no_profit():
    """Nobody minds the price: only who is paid to produce would ask so little."""
    of = market(none=False, worths={**WORTHS, "price": -0.05})
    assert implied_costs(of)["chain"] < 0
    found = equilibrium(of)
    assert "chain (cost −€" in found.warning and "no best answer to this market" in found.warning
    assert "its profit for" not in found.text and "cannot be told" in found.title
    assert found.table.filter(like="profit").isna().all(axis=None)
    told = equilibrium(of, costs=dict.fromkeys(PRODUCTS, 1.0))
    assert "no best answer" not in told.warning and "its profit for 100 people" in told.text


@given(st.floats(0.2, 3), st.floats(-2, 2), st.floats(2.1, 4.9))
@settings(max_examples=25, deadline=None)
def test_a_lower_price_never_loses_buyers(slope, liking, price):
    of = market(worths={**WORTHS, "price": -slope, "ours": liking}, spread=0.3)
    lower, higher = of.curve("we")(price - 0.1), of.curve("we")(price)
    assert (lower >= higher).all() and (lower < 1).all() and (higher > 0).all()
    assert of.shares({"we": price}).sum(1) == pytest.approx(1)


def test_intervals_hold_what_other_respondents_would_have_said():
    """Markets of 30 respondents each out of many: nine of ten intervals hold the share among all."""
    of = choices(none=False)
    rng = np.random.default_rng(0)
    everybody = part_worths(of, spread=1.0, draws=2, seed=5, **WORTHS)
    wide = np.tile(everybody.individual[:1], (1, 200, 1)) + rng.normal(size=(1, 6000, len(of.columns)))
    wide[:, :, 0] = -np.abs(wide[:, :, 0])
    rows = of.coded(PRODUCTS)
    utility = wide[0] @ rows.T
    truth = (np.exp(utility[:, 0]) / np.exp(utility).sum(1)).mean()
    inside = []
    for _ in range(150):
        some = wide[:, rng.choice(6000, of.n_respondents, replace=False)]
        drawn = np.broadcast_to(some, (120, *some.shape[1:]))
        own = market_shares(build_market(replace(everybody, individual=drawn), PRODUCTS, own="we", rng=rng)).table.iloc[
            0
        ]
        inside.append(own.share_low <= truth <= own.share_high)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.07)


def test_products_follow_from_the_data():
    of = choices()
    found = typical_products(of)
    assert list(found) == ["ours", "chain", "other"]
    assert found["ours"]["ours"] == 1 and found["chain"]["ours"] == 0 and found["other"]["chain"] == 0
    assert {p["price"] for p in found.values()} == {3.5}
    assert list(changes(of, PRODUCTS["we"])) == ["no ours", "chain, not ours", "name known", "size: 2", "size: 5"]


def test_what_nobody_was_asked_is_said():
    dear = {**PRODUCTS, "we": {**PRODUCTS["we"], "price": 9.0}}
    found = market_shares(market(products=dear))
    assert "price 9.00 of we (shown: 2.00 to 5.00)" in found.warning
    both = {**PRODUCTS, "we": {**PRODUCTS["we"], "chain": 1}}
    assert "ours with chain of we" in market_shares(market(products=both)).warning
    twin = {**PRODUCTS, "twin": {**PRODUCTS["chain"], "price": 2.5}}
    assert "chain and twin" in market_shares(market(products=twin)).warning
    assert market_shares(market()).believed
    assert "price of chain after it" in price_attack(market(), rival="chain", cut=0.5).warning


def test_a_price_that_people_like_is_said():
    of = choices()
    fitted = part_worths(of, **WORTHS)
    fitted.individual[:5, :3, 0] *= -1
    assert "like a higher price" in market_shares(build_market(fitted, PRODUCTS, own="we")).warning


def test_markets_that_cannot_be_are_named():
    with pytest.raises(ParameterError, match="unknown product 'us'"):
        build_market(part_worths(choices()), PRODUCTS, own="us")
    with pytest.raises(ParameterError, match="nothing to choose"):
        build_market(part_worths(choices(none=False)), {"we": PRODUCTS["we"]})
    with pytest.raises(ParameterError, match="has no 'size'"):
        build_market(
            part_worths(choices()), {**PRODUCTS, "kiosk": {"price": 3, "ours": 0, "chain": 0, "name_known": 0}}
        )
    with pytest.raises(DataError, match="the price of 'we' is -3, below 0"):
        market(products={**PRODUCTS, "we": {**PRODUCTS["we"], "price": -3.0}})
    with pytest.raises(ParameterError, match="cost of 'we' is -1"):
        market(costs={"we": -1})
    with pytest.raises(ParameterError, match="unknown rival 'we'"):
        price_attack(market(), rival="we")
    with pytest.raises(ParameterError, match="cut = 1.2"):
        price_attack(market(), cut=1.2)
    alone = market(products={"we": {"price": 3.0, "ours": 1, "chain": 0, **CUP}})
    with pytest.raises(ParameterError, match="no rival"):
        price_attack(alone)
    with pytest.raises(ParameterError, match="nobody to answer"):
        equilibrium(alone)
    with pytest.raises(ParameterError, match="no rival with a price"):
        price_elasticities(alone)
    given = {name: {**product, "price": 0.0} for name, product in PRODUCTS.items()}
    with pytest.raises(ParameterError, match="no rival with a price"):
        price_elasticities(market(products=given))
