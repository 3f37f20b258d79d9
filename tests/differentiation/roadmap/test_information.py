"""What knowing is worth keeps its laws; pilots, stop rules, simpler rules and budgets say what is known to be true."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.returns.initiative import REQUIRED, initiative_values
from cxlab.differentiation.roadmap.efficient import budget_frontier, risk_frontier
from cxlab.differentiation.roadmap.information import (
    net_gain,
    normal_information,
    partial_information,
    perfect_information,
    sample_information,
)
from cxlab.differentiation.roadmap.options import options_from, options_of
from cxlab.differentiation.roadmap.pilots import what_to_pilot
from cxlab.differentiation.roadmap.plan import best_plan, hindsight
from cxlab.differentiation.roadmap.programme import Limits, allowed
from cxlab.differentiation.roadmap.recommend import milestones
from cxlab.differentiation.roadmap.regret import rule_regret, rules
from cxlab.differentiation.roadmap.stopping import alarm_limit, gain_of_going_on, stop_rules
from cxlab.differentiation.roadmap.trees import Tree
from cxlab.errors import DataError, ParameterError
from tests.differentiation.roadmap.businesses import limits, some_options

DRAWS = np.random.default_rng(5).standard_normal((4000, 3))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), n=st.floats(0.1, 100), sd=st.floats(0, 50))
def test_a_survey_is_never_worth_more_than_knowing_and_that_never_more_than_knowing_all(seed, n, sd):
    rng = np.random.default_rng(seed)
    theta = rng.normal(0, 10, 400)
    worth = np.stack([theta + rng.normal(0, 5, 400), rng.normal(1, 3, 400), np.zeros(400)], axis=1)
    survey = sample_information(worth, theta, sd=sd, n=n, rng=seed)
    assert 0 <= survey <= partial_information(worth, theta) <= perfect_information(worth) + 1e-9


def test_what_says_nothing_is_worth_nothing():
    worth = np.stack([1 + DRAWS[:, 0], np.zeros(4000)], axis=1)
    assert partial_information(worth, DRAWS[:, 1]) < 0.02 < partial_information(worth, DRAWS[:, 0])


def test_knowing_one_of_two_is_worth_what_its_normal_says():
    worth = np.stack([1 + 2 * DRAWS[:, 0] + DRAWS[:, 1], np.zeros(4000)], axis=1)
    assert partial_information(worth, DRAWS[:, 0]) == pytest.approx(normal_information(1, 2), abs=0.08)


def test_draws_that_alternate_teach_as_much_as_others():
    turns = np.tile([[10.0, 0.0], [-6.0, 0.0]], (500, 1))
    assert partial_information(turns, turns[:, 0]) == pytest.approx(3) == perfect_information(turns)
    half = 20 * DRAWS[:2000, 0]
    opposite = np.stack([np.ravel([half, -half], order="F"), np.zeros(4000)], axis=1)
    found = partial_information(opposite, opposite[:, 0])
    assert found == pytest.approx(perfect_information(opposite), rel=0.02)


def test_delay_and_cost_are_taken_from_a_pilot():
    go = np.stack([100 * DRAWS[:, 0], np.zeros(4000)], axis=1)
    how = {"sd": 200, "n": 25, "cost": 5}
    assert net_gain(go, 0.9 * go, go[:, 0], **how) < net_gain(go, go, go[:, 0], **how)
    assert net_gain(go, go, go[:, 0], **how | {"cost": 500}) < 0 < net_gain(go, go, go[:, 0], **how)


def test_what_is_not_finite_is_named():
    with pytest.raises(DataError, match="finite"):
        perfect_information([[np.nan, 0]])
    with pytest.raises(ParameterError, match="shape"):
        perfect_information([])
    with pytest.raises(ParameterError, match="chances"):
        Tree({"a": 0.5, "b": 0.4}, {"go": (1, 2)})
    with pytest.raises(ParameterError, match="payoffs"):
        Tree({"a": 1.0}, {"go": (1, 2)})


def test_the_pilot_is_of_what_is_doubtful_and_near_the_edge():
    npv = np.stack([50 + DRAWS[:, 0], 2 + 40 * DRAWS[:, 1], -90 + DRAWS[:, 2]], axis=1)
    known = hindsight(best_plan(options_of(["sure", "doubtful", "hopeless"], npv, [10, 10, 10]), Limits((30, 0))))
    found = what_to_pilot(known, months=1)
    table = found.table.set_index("name")
    assert found.table["name"].iloc[0] == "doubtful" and table.loc["doubtful", "pilot"] == "pilot first"
    assert table.loc["sure", "pilot"] == "go without" and table.loc["hopeless", "pilot"] == "leave"
    assert (table["evsi"] <= table["evppi"] + 1e-9).all() and (table["delay"] >= -1e-9).all()
    dear = what_to_pilot(known, months=1, cost=5)
    assert dear.table["net"].max() < 0 and "No pilot" in dear.title


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_simpler_rules_keep_the_limits_and_never_beat_the_plan(seed):
    plan = best_plan(some_options(seed), limits(2))
    for starts in rules(plan).values():
        assert allowed(plan.made, starts)
    assert (rule_regret(plan).table["regret"] >= -1e-6).all()


def test_ratio_ranking_loses_where_money_comes_in_lumps():
    options = options_of(["small", "large"], [[6.0, 20.0]], [2, 10])
    table = rule_regret(best_plan(options, Limits((10,)))).table.set_index("rule")
    assert table.loc["most value for the money first", "regret"] == pytest.approx(14)
    assert table.loc["largest value first", "regret"] == pytest.approx(0)


def test_an_empty_plan_has_no_value_to_lose_a_share_of():
    losing = best_plan(options_of(["a", "b"], [[-5.0, -9.0]], [1, 1], currency="EUR"), limits(2))
    found = rule_regret(losing)
    worst = found.table.iloc[-1]
    assert losing.chosen == () and worst["regret"] > 0 and found.table["share"].isna().all()
    assert "%" not in found.text.split("which loses")[1] and "keeps the money" in found.title


def test_more_money_is_never_worth_less_and_the_next_euro_is_what_the_next_plan_adds():
    plan = best_plan(some_options(4), limits(2))
    table = budget_frontier(plan).table
    assert (np.diff(table["value"]) >= -1e-6).all() and table["value"].iloc[0] == 0
    steps = np.diff(table["value"]) / np.diff(table["budget"])
    np.testing.assert_allclose(table["next"].iloc[:-1], steps)
    with pytest.raises(ParameterError, match="no budget"):
        budget_frontier(best_plan(some_options(4), limits(2, budget=0)))


def test_no_plan_of_the_frontier_is_worse_in_value_and_in_risk():
    plan = best_plan(some_options(4), limits(2))
    table = risk_frontier(plan, hindsight(plan).pool).table
    assert (np.diff(table["value"]) <= 1e-9).all() and (np.diff(table["worst"]) > 0).all()
    assert table["value"].iloc[0] == pytest.approx(plan.value.mean())


def test_the_alarm_is_where_going_on_brings_what_it_costs():
    effect = 1000 + 800 * DRAWS[:, 0]
    limit = alarm_limit(effect, 3 * effect, error=400, to_complete=1500)
    assert gain_of_going_on(effect, 3 * effect, limit, error=400, to_complete=1500) == pytest.approx(0, abs=1)
    # conjugate: the posterior mean (1000/800² + m/400²)/(1/800² + 1/400²) has to be 500
    assert limit == pytest.approx(500 + (500 - 1000) * (400 / 800) ** 2, abs=30)
    assert alarm_limit(effect, 9_000 + 0 * effect, error=400, to_complete=1500) == -np.inf
    assert alarm_limit(effect, 0 * effect, error=400, to_complete=1500) == np.inf


def test_stop_rules_leave_out_what_is_spent_and_name_who_stops():
    effect = 100 + 80 * DRAWS[:, :1]
    options = options_of(["app"], 5 * effect - 400, [400], effect=effect, months=6, words={"owner": ["manager"]})
    plan = best_plan(options, Limits((500,)))
    late, early = (stop_rules(plan, to_complete=part).table.iloc[0] for part in (0.1, 0.9))
    assert late["alarm"] < early["alarm"] and late["p_stop"] < early["p_stop"]
    assert "manager stops app" in late["rule"] and late["check"] == 9
    with pytest.raises(DataError, match="effects"):
        stop_rules(best_plan(options_of(["app"], [[1.0]], [1]), Limits((5,))))


def watched(rows, *, periods=1, **more):
    """A plan by quarters over two years, its stop rules and its milestones by name."""
    table = pd.DataFrame(rows, columns=REQUIRED).assign(**more)
    values = initiative_values(table, years=2, periods_a_year=4, discount=0, draws=1000, currency="EUR")
    plan = best_plan(options_from(values, periods=periods), Limits((9e4,) * periods, months=3, discount=0))
    return plan, stop_rules(plan).table.set_index("name"), milestones(plan).table.set_index("measure")


def test_what_is_earned_before_the_look_does_not_speak_for_going_on():
    plan, rules, steps = watched([["app", 990, 1000, 1010, 0, 2000, 4000, 6]], life_years=[1.0])
    # in effect from month 6 to 18, looked at in month 9: three quarters of a year of effect are left for 300
    effect = plan.made.options.effect[:, 0]
    limit = alarm_limit(effect, 0.75 * effect, error=0.5 * effect.std(), to_complete=300)
    assert rules.loc["app", "alarm"] == pytest.approx(limit, abs=20)
    assert steps.loc["app", "check"] == "month 9"


def test_what_is_over_at_the_look_is_stopped_in_rule_and_milestone_alike():
    _, rules, steps = watched([["fair", 990, 1000, 1010, 8000, 9000, 9900, 3.5]], life_years=[0.2])
    assert rules.loc["fair", "alarm"] == np.inf and rules.loc["fair", "p_stop"] == 1
    assert "not expected to pay" in rules.loc["fair", "rule"] and "not expected to pay" in steps.loc["fair", "stop"]
    assert "month 7" in rules.loc["fair", "rule"] and steps.loc["fair", "check"] == "month 7"


def test_what_carries_others_is_not_stopped_for_its_own_effect():
    rows = [["base", 990, 1000, 1010, 0, 0, 0, 3], ["app", 990, 1000, 1010, 3000, 4000, 5000, 3]]
    plan, rules, steps = watched(rows, periods=2, requires=["", "base"])
    assert set(plan.chosen) == {"base", "app"} and rules.loc["base", "alarm"] == -np.inf
    assert "It carries app" in rules.loc["base", "rule"] and "It carries app" in steps.loc["base", "stop"]
    assert "carries" not in rules.loc["app", "rule"]
