"""The best plan is the best of all plans; what cannot be planned is said in one message."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.roadmap import search
from cxlab.differentiation.roadmap.options import options_of
from cxlab.differentiation.roadmap.plan import best_plan, hindsight
from cxlab.differentiation.roadmap.programme import Limits, allowed, solve
from cxlab.differentiation.roadmap.robust import budget_use, robustness
from cxlab.errors import DataError, ParameterError
from tests.differentiation.roadmap.businesses import all_plans, limits, some_options


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), periods=st.integers(1, 3), carry_over=st.booleans())
def test_the_best_plan_is_the_best_of_all(seed, periods, carry_over):
    options = some_options(seed, options=5 if periods == 3 else 6)
    within = limits(periods, carry_over=carry_over)
    plan = best_plan(options, within)
    plans = all_plans(options, within)
    values = plan.made.value(plans).mean(axis=0)
    assert plan.value.mean() == pytest.approx(max(values.max(), 0), abs=1e-6)
    assert tuple(plan.starts) in {tuple(p) for p in plans}
    assert plan.check.passed


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_best_of_twelve_options_in_one_period_is_the_best_of_all_subsets(seed):
    options = some_options(seed, options=11)
    within = limits(1, budget=20, capacity=8)
    plan = best_plan(options, within)
    values = plan.made.value(all_plans(options, within)).mean(axis=0)
    assert plan.value.mean() == pytest.approx(values.max(), abs=1e-6)


def test_nothing_is_undertaken_without_a_budget():
    plan = best_plan(some_options(1), limits(2, budget=0))
    assert plan.chosen == () and plan.value.max() == 0


def test_what_is_dearer_than_all_budgets_is_left_and_so_is_what_needs_it():
    options = options_of(["dear", "cheap", "on it"], [[90.0, 1.0, 50.0]], [100, 1, 1], requires={"on it": ["dear"]})
    assert best_plan(options, limits(2, budget=10)).chosen == ("cheap",)


def test_nothing_that_loses_is_undertaken_unless_more_hangs_on_it():
    options = options_of(["a", "b", "c"], [[-5.0, 9.0, -1.0]], [1, 1, 1], requires={"b": ["a"]})
    assert set(best_plan(options, limits()).chosen) == {"a", "b"}
    losing = options_of(["a", "b"], [[-5.0, -9.0]], [1, 1])
    assert best_plan(losing, limits()).chosen == ()


def test_money_that_is_left_waits_only_where_it_may():
    options = options_of(["dear"], [[9.0]], [8])
    assert best_plan(options, Limits((5, 5))).starts.tolist() == [1]
    assert best_plan(options, Limits((5, 5), carry_over=False)).starts.tolist() == [-1]


def test_a_plan_pays_for_what_it_begins():
    options = options_of(["slow"], [[9.0]], [8], months=12)
    assert best_plan(options, Limits((1, 5), months=3)).chosen == ()
    plan = best_plan(options, Limits((4, 4), months=3))
    assert plan.starts.tolist() == [0] and budget_use(plan).table["spent"].sum() == pytest.approx(8)


@pytest.mark.parametrize(("months", "next_start"), [(0, 0), (0.5, 1), (3, 1), (5, 2), (6, 2)])
def test_nothing_begins_before_what_it_needs_is_complete(months, next_start):
    options = options_of(["base", "app"], [[-1.0, 9.0]], [1, 1], months=[months, 1], requires={"app": ["base"]})
    assert best_plan(options, Limits((9, 9, 9, 9), months=3)).starts.tolist() == [0, next_start]


def test_one_option_is_a_plan():
    assert best_plan(options_of(["only"], [[1.0]], [1]), limits()).chosen == ("only",)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"requires": {"a": ["b"], "b": ["c"], "c": ["a"]}}, "circle"),
        ({"requires": {"a": ["nowhere"]}}, "nowhere"),
        ({"requires": {"a": ["a"]}}, "itself"),
        ({"requires": {"a": ["b"]}, "excludes": {"b": ["a"]}}, "never be undertaken"),
        ({"names": ["a", "b", "b"]}, "more than one"),
        ({"names": ["a", "", "c"]}, "no name"),
        ({"npv": [[1.0, np.nan, 1.0]]}, "not finite"),
        ({"npv": [[1.0, np.inf, 1.0]]}, "not finite"),
        ({"cost": [1, -1, 1]}, "negative"),
        ({"people": [1, np.nan, 1]}, "people"),
        ({"names": [], "npv": np.zeros((1, 0)), "cost": []}, "no options"),
    ],
)
def test_options_that_cannot_be_planned_are_one_clear_error(how, says):
    given = {"names": ["a", "b", "c"], "npv": [[1.0, 2.0, 3.0]], "cost": [1, 1, 1]} | how
    with pytest.raises(DataError, match=says):
        options_of(given.pop("names"), given.pop("npv"), given.pop("cost"), **given)


@pytest.mark.parametrize(
    "how", [{"budget": ()}, {"budget": (-1,)}, {"budget": (np.nan,)}, {"budget": (1, 1), "capacity": (1,)},
            {"budget": (1,), "months": 0}],
)  # fmt: skip
def test_limits_that_are_none_are_named(how):
    with pytest.raises(ParameterError):
        Limits(**how)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), carry_over=st.booleans())
def test_hindsight_finds_the_best_plan_of_each_draw(seed, carry_over):
    options, within = some_options(seed, draws=15), limits(2, carry_over=carry_over)
    known = hindsight(best_plan(options, within))
    values = known.plan.made.value(all_plans(options, within))
    np.testing.assert_allclose(known.value, values.max(axis=1), atol=1e-6)
    assert known.check.passed
    assert known.value.mean() >= known.plan.value.mean() - 1e-9


def test_hindsight_agrees_with_highs_on_more_options_than_can_be_listed():
    options = some_options(3, options=18, draws=6)
    within = limits(3, budget=12, capacity=6)
    known = hindsight(best_plan(options, within))
    for d in range(6):
        starts, bound = solve(known.plan.made, known.plan.made.worth[d])
        assert known.value[d] == pytest.approx(bound, abs=1e-6)
        assert allowed(known.plan.made, starts) and allowed(known.plan.made, known.starts[d])


@pytest.mark.parametrize("carry_over", [True, False])
def test_where_proof_takes_too_long_plans_are_near_the_best_and_bounds_hold(monkeypatch, carry_over):
    rng = np.random.default_rng(2)
    cost = rng.lognormal(2, 0.8, 22).round(2)
    names = [f"o{i}" for i in range(22)]
    needs = {names[i]: [names[int(rng.integers(i))]] for i in range(1, 22, 3)}
    npv = cost * rng.normal(1, 0.6, (8, 22))  # nearly all are worth it, and half of them fit
    options = options_of(names, npv, cost, months=rng.integers(0, 9, 22), requires=needs)
    plan = best_plan(options, Limits((cost.sum() / 6,) * 3, carry_over=carry_over))
    true = [solve(plan.made, plan.made.worth[d])[1] for d in range(8)]
    for name, value in (("_LEAST", 40), ("_STEPS", 40), ("_TOGETHER", 0), ("_TRIED", -1)):
        monkeypatch.setattr(search, name, value)
    known = hindsight(plan)
    assert all(allowed(plan.made, starts) for starts in known.starts)
    assert (known.value <= np.array(true) + 1e-6).all() and (known.bounds >= np.array(true) - 1e-6).all()
    assert known.value.sum() >= 0.995 * sum(true)
    check = known.check
    assert known.distance > 0 and (check.passed == (known.distance <= 0.01))
    assert check.passed or f"{known.distance:.1%} better" in check.sentence


def test_robustness_says_how_often_each_option_is_best_and_why_the_others_are_not():
    npv = np.array([[5.0, 30.0, -1.0, 50.0], [5.0, -30.0, -1.0, 50.0], [5.0, -30.0, -1.0, 50.0]])
    options = options_of(["sure", "bet", "loss", "dear"], npv, [1, 1, 1, 99])
    found = robustness(hindsight(best_plan(options, Limits((1,))))).table.set_index("name")
    assert found.loc["sure", "p_in_best"] == pytest.approx(2 / 3)
    assert found.loc["bet", "p_in_best"] == pytest.approx(1 / 3)
    assert found.loc["loss", "why"] == "expected to lose" and "costs more" in found.loc["dear", "why"]
    assert found.loc["sure", "period"] == 1 and (found["period"] > 0).sum() == 1


def test_budget_use_adds_up_and_names_the_chance_to_overspend():
    options = options_of(["a"], [[9.0], [9.0]], [[8], [12]], months=6)
    table = budget_use(best_plan(options, Limits((5, 5), months=3))).table
    assert table["spent"].sum() == pytest.approx(10) and table["p_over"].tolist() == [0.5, 0.5]
