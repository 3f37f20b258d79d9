"""What initiatives are worth, in the words and numbers a reader meets."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.returns.cash_flows import CashFlows, Terms, effect_shares, initiative_flows
from cxlab.differentiation.returns.initiative import Initiative, initiative_values
from cxlab.differentiation.returns.sensitivity import tornado, uncertainty_shares, variance_shares
from cxlab.differentiation.returns.worth import cash_flow_table, initiative_returns
from cxlab.differentiation.trials.effect import Effect
from cxlab.errors import ModelError, ParameterError
from cxlab.style import new_axes

APP = Initiative("app", cost=(8_000, 10_000, 15_000), effect=(1_000, 5_000, 9_000), months=3, fade=(0, 0.1, 0.3))
TRAINING = Initiative("training", cost=3_000, effect=(-500, 1_500, 3_000), running=100, life=3, evidence="guess")


def flows(*net, **terms):
    net = np.array([net], float)
    return CashFlows(np.maximum(-net, 0), np.maximum(net, 0), Terms(**{"years": net.shape[1] - 1} | terms))


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 40), st.floats(0.1, 8), st.floats(0, 0.9), st.sampled_from(["step", "linear"]))
def test_effects_by_month_add_up_to_effects_by_year(months, life, fade, ramp):
    year, month = (effect_shares(Terms(years=4, periods_a_year=k, ramp=ramp), months=months, life=life, fade=fade)[0]
                   for k in (1, 12))  # fmt: skip
    assert np.allclose(month[1:].reshape(4, 12).sum(1), year[1:])
    assert (year >= 0).all() and (year <= 1 + 1e-9).all()


def test_internal_rate_leaves_nothing():
    f = flows(-100, 30, 50, 60)
    rate = f.irr()[0]
    assert flows(-100, 30, 50, 60, discount=float(rate)).npv[0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("net", [(-100, 230, -132), (100, -10, -20), (-100, -10, -20)])
def test_no_rate_is_given_where_there_is_none_or_two(net):
    assert np.isnan(flows(*net).irr()[0])


def test_money_that_goes_again_was_never_back():
    assert flows(-100, 120, -50).payback()[0] == np.inf
    assert flows(-100, 50, 100).payback()[0] == pytest.approx(1.5)
    assert flows(-100, 60, 60, discount=0.5).payback(discounted=True)[0] == np.inf


def test_tax_takes_its_part_of_gain_and_bears_its_part_of_cost():
    plain, taxed = (initiative_flows(Terms(years=2, discount=0, tax=t), cost=100, effect=80) for t in (0, 0.3))
    assert taxed.npv[0] == pytest.approx(0.7 * plain.npv[0])
    late = initiative_flows(Terms(years=2, discount=0.1, tax=0.3, write_off=2), cost=100, effect=80)
    at_once = initiative_flows(Terms(years=2, discount=0.1, tax=0.3), cost=100, effect=80)
    assert late.npv[0] < at_once.npv[0]


def test_revenue_is_brought_down_to_margin():
    full, third = (initiative_values([APP], margin=m) for m in (1.0, 0.3))
    assert np.allclose(third.benefits, 0.3 * full.benefits)


def test_an_effect_a_customer_is_no_money_a_year():
    effect = Effect(np.random.default_rng(0).normal(2, 1, 100), "money", "customer", "card", n=50)
    with pytest.raises(ParameterError, match="margin a year"):
        initiative_values([Initiative("card", cost=10, effect=effect)])
    yearly = effect.times(500, per="year")
    assert initiative_values([Initiative("card", cost=10, effect=yearly)]).npv.mean() > 0


def test_the_text_says_what_the_table_says():
    finding = initiative_returns(initiative_values([APP, TRAINING], currency="EUR"))
    table = finding.table
    assert table["npv"].is_monotonic_decreasing
    assert np.allclose(table["p_pays"] + table["p_loss"], 1)
    assert (table["expected_shortfall"] <= table["npv_low"]).all()
    assert "What would change our mind" in finding.text and "app" in finding.title
    assert set(finding.units) <= set(table.columns)
    numeric = set(table.select_dtypes("number").columns)
    assert numeric == set(finding.units)


def test_an_effect_at_its_break_even_just_pays():
    table = initiative_returns(initiative_values([Initiative("a", cost=100, effect=50)])).table
    even = Initiative("a", cost=100, effect=50 * table["break_even"][0])
    assert initiative_values([even]).npv[0, 0] == pytest.approx(0, abs=1e-9)


def test_what_pays_on_a_guess_is_not_leant_on():
    hyped = Initiative("hologram", cost=10, effect=(5, 9, 14), evidence="guess")
    assert not initiative_returns(initiative_values([hyped])).believed


def test_a_return_too_good_asks_whether_it_is_revenue():
    finding = initiative_returns(initiative_values([Initiative("magic", cost=10, effect=100)]))
    assert "margin, not revenue" in finding.warning


def test_cash_flows_end_at_the_net_present_value():
    values = initiative_values([APP, TRAINING], periods_a_year=4)
    table = cash_flow_table(values, "app").table
    assert table["cumulated"].iloc[-1] == pytest.approx(values.npv[:, 0].mean())
    assert len(table) == 21


def test_simulated_effects_are_said_to_be():
    finding = initiative_returns(initiative_values([APP], simulated=True))
    assert "simulated" in finding.text and "simulated" in finding.caption


def test_inputs_that_move_alone_are_ranked():
    values = initiative_values([APP, TRAINING])
    table = tornado(values, "app").table
    assert table["input"].tolist()[0] == "effect" and table["swing"].is_monotonic_decreasing
    assert table.loc[table["input"] == "cost", "at_low"].item() > table.loc[table["input"] == "cost", "at_high"].item()


def test_shares_of_uncertainty_are_whole():
    table = uncertainty_shares(initiative_values([APP, TRAINING]), "app").table
    assert table["share"].sum() == pytest.approx(1) and (table["share"] > 0).all()
    both = uncertainty_shares(initiative_values([APP, TRAINING])).table
    assert both["input"].tolist() == ["app", "training"]


def test_nothing_uncertain_says_so():
    known = initiative_values([Initiative("known", cost=10, effect=5)])
    for measure in (lambda: tornado(known, "known"), lambda: uncertainty_shares(known)):
        with pytest.raises(ModelError, match="known"):
            measure()
    with pytest.raises(ModelError, match="same in all draws"):
        variance_shares(np.random.default_rng(0).normal(size=(500, 1)), np.ones(500), {"a": [0]})
    with pytest.raises(ParameterError, match="put inputs together"):
        variance_shares(np.zeros((500, 13)), np.arange(500.0), {str(i): [i] for i in range(13)})


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_are_drawn_with_labels(width):
    values = initiative_values([APP, TRAINING], currency="EUR")
    one = initiative_returns(initiative_values([APP]))
    for finding in (initiative_returns(values), one, cash_flow_table(values, "app"), tornado(values, "app"),
                    uncertainty_shares(values, "app")):  # fmt: skip
        ax = new_axes(width=width)
        finding.plot(ax)
        assert ax.get_xlabel()
        ax.figure.canvas.draw()


def test_a_certain_value_is_drawn_too():
    ax = new_axes()
    initiative_returns(initiative_values([Initiative("known", cost=10, effect=5)])).plot(ax)
    assert any("always" in t.get_text() for t in ax.texts)


def test_table_of_one_option_has_no_missing_intervals():
    table = initiative_returns(initiative_values([APP])).table
    assert isinstance(table, pd.DataFrame) and not table[["npv_low", "npv_high", "roi_low", "roi_high"]].isna().any(
        axis=None
    )


def test_what_costs_nothing_has_no_return_on_cost():
    finding = initiative_returns(initiative_values([Initiative("smile", cost=0, effect=(1, 2, 3))]))
    assert np.isnan(finding.table["roi"][0]) and "return of" not in finding.text
    assert finding.table["payback"][0] == 0


def test_many_initiatives_are_put_together():
    many = [Initiative(f"option {i}", cost=1, effect=(0, i + 1, 2 * i + 5)) for i in range(30)]
    table = uncertainty_shares(initiative_values(many, draws=500)).table
    assert len(table) == 12 and "19 others" in set(table["input"])
    assert table["share"].sum() == pytest.approx(1)
    assert table["input"].tolist().index("option 29") < table["input"].tolist().index("option 20")
