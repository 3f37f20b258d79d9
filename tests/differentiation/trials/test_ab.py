"""Arms side by side: chances, losses, decisions, and what they come to in money."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.trials.ab import compare_arms, trial_effect
from cxlab.differentiation.trials.decision import decide, decide_trial
from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.money import effect_in_money
from cxlab.differentiation.trials.posteriors import arm_posteriors
from cxlab.differentiation.trials.read_trial import read_trial
from cxlab.errors import DataError, ModelError, ParameterError
from tests.differentiation.trials.made import arms, counted, valued

PAIRS = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda p: (min(p), max(p) + 1))


@settings(max_examples=12, deadline=None)
@given(st.lists(PAIRS, min_size=2, max_size=4))
def test_chances_sum_to_one_and_the_best_loses_least(pairs):
    trial = counted(arms({f"arm {i}": pair for i, pair in enumerate(pairs)}), "share")
    found = arm_posteriors(trial)
    best, losses, mean = found.p_best(), found.losses(), found.mean
    assert best.sum() == pytest.approx(1) and (best >= 0).all()
    assert (losses >= 0).all() and losses.argmin() == mean.argmax()
    # what one loses more than another is what it is lower by
    assert losses[0] - losses[1] == pytest.approx(mean[1] - mean[0], abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(PAIRS, PAIRS)
def test_naming_arms_the_other_way_round_turns_the_sign(one, other):
    there = compare_arms(counted(arms({"A": one, "B": other}), "share")).table.iloc[1]
    back = compare_arms(counted(arms({"B": one, "A": other}), "share")).table.iloc[1]
    assert there["difference"] == pytest.approx(-back["difference"], abs=1e-6)
    assert there["difference_low"] == pytest.approx(-back["difference_high"], abs=1e-4)
    assert there["p_better"] == pytest.approx(1 - back["p_better"], abs=1e-4)


def test_draws_are_of_the_posteriors():
    trial = read_trial(arms({"A": (20, 200), "B": (30, 200)}))
    row, effect = compare_arms(trial).table.iloc[1], trial_effect(trial, draws=40_000, rng=3)
    assert effect.mean == pytest.approx(row["difference"], abs=6e-4)
    assert effect.interval(0.9) == pytest.approx((row["difference_low"], row["difference_high"]), abs=1.5e-3)
    assert effect.p_above() == pytest.approx(row["p_better"], abs=5e-3)
    assert (effect.unit, effect.per, effect.n) == ("share", "customer", 400)


def test_less_may_be_better():
    trial = read_trial(arms({"A": (60, 200), "B": (40, 200)}))
    more, less = compare_arms(trial).table, compare_arms(trial, better="lower").table
    assert less["p_better"].iloc[1] == pytest.approx(1 - more["p_better"].iloc[1], abs=1e-6)
    assert less["difference"].iloc[1] < 0 and less["expected_loss"].idxmin() == 1
    assert decide_trial(trial, better="lower", care=0.005).title.startswith("Ship B")


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_a_title_is_as_sure_as_its_interval(better):
    """One trial at several levels: "is better" only where the interval shown leaves 0 out."""
    frame = arms({"A": (20, 200), "B": (34, 200)} if better == "higher" else {"A": (34, 200), "B": (20, 200)})
    said = {}
    for level in (0.8, 0.99):
        found = compare_arms(read_trial(frame), level=level, better=better)
        row = found.table.iloc[1]
        outside = row["difference_low"] > 0 or row["difference_high"] < 0
        said[level] = "is better than" in found.title
        assert said[level] == outside and row["p_better"] > 0.95
    assert said == {0.8: True, 0.99: False}


def test_a_loss_too_small_to_be_written_is_said_to_be_small():
    found = decide_trial(read_trial(arms({"A": (10, 400), "B": (390, 400)})))
    assert found.title == "Ship B: under 0.1 % chance to be wrong; less than 0.01 points on average"
    assert "0.000" not in found.text


def test_what_a_choice_costs_is_told_over_all_that_may_be_true_and_where_it_is_wrong():
    trial = read_trial(arms({"A": (20, 200), "B": (30, 200)}))
    found, drawn = decide_trial(trial, care=0.005), arm_posteriors(trial).draw(200_000, 1)
    lost = drawn.max(1) - drawn[:, 1]
    row = found.table.iloc[1]
    assert row["expected_loss"] == pytest.approx(lost.mean(), rel=0.03)
    assert row["loss_if_wrong"] == pytest.approx(lost[lost > 0].mean(), rel=0.03)
    assert found.title == "Ship B: 6.7 % chance to be wrong, then by 1.5 points; 0.1 points on average"
    assert "on average over what may be true, that costs 0.1 points" in found.text
    assert "if wrong" not in found.keys[0].label and "over what may be true" in found.keys[0].label


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_where_the_control_leads_and_neither_is_safe_both_arms_are_named(better):
    ahead, behind = ((30, 100), (26, 100)) if better == "higher" else ((26, 100), (30, 100))
    found = decide_trial(read_trial(arms({"A": ahead, "B": behind})), care=0.002, better=better)
    assert found.title.startswith("Go on: keeping A now costs") and "taking A" not in found.text
    assert found.text.startswith("Neither keeping A (") and " nor taking B (" in found.text
    three = decide_trial(read_trial(arms({"A": ahead, "B": behind, "C": ahead})), care=0.002, better=better)
    assert "keeping A" in three.text and "taking C" in three.text and "taking B" not in three.text


@pytest.mark.parametrize("few", [{"A": (0, 3), "B": (3, 3)}, {"A": (30, 100), "B": (1, 1)}])
def test_a_decision_on_a_handful_says_that_it_rests_on_one(few):
    trial = read_trial(arms(few), control="A")
    for found in (decide_trial(trial, care=0.1), compare_arms(trial)):
        assert "customers in the smallest arm" in {c.name for c in found.checks if not c.passed}
    assert not trial_effect(trial).believed


@pytest.mark.parametrize("kind", ["number", "money", "count"])
def test_amounts_of_which_a_few_decide_are_not_believed_whatever_they_are_called(kind):
    rng = np.random.default_rng(4)
    wild = {a: np.floor(rng.lognormal(0, 5, 100)) for a in "AB"}
    calm = {a: rng.poisson(20, 100).astype(float) for a in "AB"}
    failed = [
        {c.name for c in decide_trial(read_trial(valued(own), kind=kind)).checks if not c.passed}
        for own in (wild, calm)
    ]  # fmt: skip
    assert failed == [{"skewness over the root of units"}, set()]


def test_believing_that_arms_differ_little_draws_them_together():
    trial = read_trial(arms({"A": (10, 50), "B": (20, 50)}))
    plain, told = (compare_arms(trial, spread=s).table.iloc[1] for s in (0.0, 0.03))
    assert 0 < told["difference"] < plain["difference"] / 2
    assert 0.5 < told["p_better"] < plain["p_better"]
    with pytest.raises(ModelError, match="far more"):
        compare_arms(read_trial(arms({"A": (10, 50_000), "B": (49_990, 50_000)})), spread=0.001)


def skewed(rng, n):
    """Amounts of several shapes by name, with their true mean."""
    paid = np.where(rng.random(n) < 0.3, rng.lognormal(2, 0.9, n), 0)
    whole = rng.lognormal(2, 0.9, n)
    middle = np.exp(2 + 0.9**2 / 2)
    return {"exponential": (rng.exponential(10, n), 10), "gamma": (rng.gamma(9, 10 / 9, n), 10),
            "log-normal": (whole, middle), "few pay": (paid, 0.3 * middle)}  # fmt: skip


@pytest.mark.parametrize("units", [60, 200])
def test_money_is_estimated_without_a_shape_of_amounts(units):
    """Two arms of the same mean and another shape are not called different more often than stated."""
    rng, pairs = np.random.default_rng(8), [("exponential", "gamma"), ("log-normal", "log-normal"),
                                            ("exponential", "log-normal"), ("few pay", "few pay")]  # fmt: skip
    inside, alone, called = {pair: [] for pair in pairs}, [], []
    for _ in range(90):
        for pair in pairs:
            (a, mean), (b, other) = (skewed(rng, units)[name] for name in pair)
            known = arm_posteriors(counted(valued({"A": a, "B": b}), "money"))
            inside[pair].append(0.05 <= known.p_above(1, 0, by=other - mean) <= 0.95)
            alone.append(0.05 <= np.interp(mean, known.x, known.cdf[0]) <= 0.95)
            if pair == ("exponential", "gamma"):
                called.append(known.p_above(0, 1) > 0.95)
    # 90 trials a pair: three standard errors below 0.87
    assert min(np.mean(each) for each in inside.values()) >= 0.76, inside
    assert np.mean(list(inside.values())) >= 0.85 and np.mean(alone) >= 0.85
    assert np.mean(called) <= 0.12


def test_money_of_few_who_pay_is_never_below_nothing_and_not_believed():
    trial = counted(valued({"A": np.array([0.0] * 38 + [9, 400]), "B": np.array([0.0] * 30 + [8.0, 9] * 5)}), "money")
    known = arm_posteriors(trial)
    assert (known.quantile([1e-6, 0.05]) >= 0).all()
    assert {c.name for c in known.checks if not c.passed} == {
        "units above 0 in the smallest arm", "skewness over the root of units"}  # fmt: skip


def test_many_units_need_no_model_of_money():
    rng = np.random.default_rng(2)
    trial = read_trial(valued({a: rng.gamma(4, 5, 3000) for a in "AB"}), kind="money", currency="EUR")
    found = compare_arms(trial)
    assert "Student" in found.caption and found.currency == "EUR"
    assert "€" in found.text


def test_counts_that_vary_more_than_chance_widen_the_interval():
    rng = np.random.default_rng(3)
    calm = valued({a: rng.poisson(2, 300) for a in "AB"})
    wild = valued({a: rng.negative_binomial(1, 1 / 3, 300) for a in "AB"})
    widths = []
    for frame in (calm, wild):
        row = compare_arms(read_trial(frame)).table.iloc[1]
        widths.append(row["difference_high"] - row["difference_low"])
    assert widths[1] > 1.4 * widths[0]


@pytest.mark.parametrize(
    ("losses", "full", "do", "arm"),
    [([0.05, 0.001], False, "ship", 1), ([0.003, 0.004], False, "stop", 0), ([0.02, 0.03], False, "continue", 0),
     ([0.02, 0.03], True, "stop", 0), ([0.03, 0.02, 0.04], True, "ship", 1)],
)  # fmt: skip
def test_the_rule(losses, full, do, arm):
    made = decide(losses, care=0.005, full=full)
    assert (made.do, made.arm) == (do, arm)


def test_units_that_go_on_bring_the_loss_below_what_is_cared_for():
    trial = read_trial(arms({"A": (30, 100), "B": (36, 100)}))
    found = decide_trial(trial, care=0.004)
    assert found.title.startswith("Go on")
    more = int(found.text.split("about ")[1].split(" more")[0].replace(",", ""))
    k = (100 + more) / 100
    later = read_trial(arms({"A": (round(30 * k), 100 + more), "B": (round(36 * k), 100 + more)}))
    assert decide_trial(later, care=0.0042).table["expected_loss"].min() == pytest.approx(0.004, rel=0.1)


def test_arms_that_are_all_alike_or_alone():
    nobody = decide_trial(read_trial(arms({"A": (0, 30), "B": (0, 30)})), care=0.001)
    assert nobody.title.startswith("Go on")
    with pytest.raises(DataError, match="one value for all"):
        compare_arms(read_trial(valued({"A": np.full(9, 4.5), "B": np.arange(9) / 2}), kind="number"))
    with pytest.raises(DataError, match="one unit only"):
        compare_arms(read_trial(valued({"A": np.array([2.5]), "B": np.arange(9) / 2}), kind="number"))


def test_an_unfair_trial_is_marked():
    lopsided = read_trial(arms({"A": (20, 100), "B": (60, 200)}))
    assert not compare_arms(lopsided).believed and not decide_trial(lopsided).believed
    assert "arms so unequal" in decide_trial(lopsided).text


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: compare_arms(t, better="more"), "more"),
        (lambda t: compare_arms(t, level=1.5), "level"),
        (lambda t: compare_arms(t, spread=-1), "spread"),
        (lambda t: compare_arms(t, prior=(0, 1)), "prior"),
        (lambda t: decide_trial(t, care=-1), "care"),
        (lambda t: trial_effect(t, "C"), "'C'"),
        (lambda t: trial_effect(t, "A"), "'A'"),
        (lambda t: trial_effect(t, draws=0), "draws"),
    ],
)
def test_what_cannot_be_is_named(call, said):
    with pytest.raises(ParameterError, match=said):
        call(read_trial(arms({"A": (5, 50), "B": (9, 50)})))


def test_money_is_effect_times_margin_times_customers():
    effect = Effect(np.array([0.01, 0.02, 0.03] * 400), "share", "visit", "joke", n=100, currency="EUR")
    found = effect_in_money(effect, margin=2, customers=10_000, cost=300, running=50, years=2, discount=0.1, fades=0.5)
    table = found.table.set_index("what")
    assert table.loc["brings, first year", "value"] == pytest.approx(400)
    assert table.loc["brings, all years", "value"] == pytest.approx(400 * (1 + 0.5 / 1.1))
    assert table.loc["costs, all years", "value"] == pytest.approx(300 + 50 * (1 + 1 / 1.1))
    stays = np.array([200, 400, 600]) * (1 + 0.5 / 1.1) - (300 + 50 * (1 + 1 / 1.1))
    assert table.loc["stays, all years", "value"] == pytest.approx(stays.mean())
    assert table.loc["stays, all years", "p_loss"] == pytest.approx((stays < 0).mean())


def test_of_what_is_measured_over_weeks_periods_are_counted_and_told_apart_from_customers():
    start = pd.to_datetime(["2025-01-06", "2025-01-19"] * 100)
    frame = valued({a: np.random.default_rng(5).gamma(4, 5 + k, 100) for k, a in enumerate("AB")}, timestamp=start)
    trial = read_trial(frame, kind="money", currency="EUR", over=8)
    assert trial.period == "6 Jan 2025 – 16 Mar 2025, each over 8 weeks" and trial.weeks == 2
    text = effect_in_money(trial_effect(trial), margin=0.66, customers=3711.5, cost=1000).text
    assert "3,712 customer-periods of 8 weeks a year (those of 571 customers)" in text
    assert "a customer in 8 weeks, from which on" in text and trial.period in text
    with pytest.raises(ParameterError, match="over"):
        read_trial(frame, over=-1)


def test_an_effect_that_just_earns_its_costs_is_named():
    terms = {"margin": 2, "customers": 10_000, "cost": 300, "running": 50, "years": 3, "discount": 0.1, "fades": 0.5}
    text = effect_in_money(Effect(np.full(500, 0.05), "share", "visit", "joke", n=100), **terms).text
    need = (300 + 50 * (1 + 1 / 1.1 + 1 / 1.21)) / (20_000 * (1 + 0.5 / 1.1 + 0.25 / 1.21))
    assert f"an effect below {100 * need:.2g} points a visit" in text
    even = effect_in_money(Effect(np.full(500, need), "share", "visit", "joke", n=100), **terms).table
    assert even["value"].iloc[-1] == pytest.approx(0, abs=1e-6)
    nobody = effect_in_money(Effect(np.full(500, 0.05), "share", "visit", "joke", n=100), **(terms | {"customers": 0}))
    assert "It earns nothing" in nobody.text and "e+" not in nobody.text


def test_what_is_not_known_of_margin_widens_money():
    effect = Effect(np.full(4000, 0.02), "share", "visit", "joke", n=100)
    table = effect_in_money(effect, margin=(1, 4), customers=1000, rng=1).table.set_index("what")
    row = table.loc["stays, all years"]
    assert (row["low"], row["high"]) == pytest.approx((20, 80), rel=0.06)


@pytest.mark.parametrize(
    "wrong",
    [{"per": "customer"}, {"margin": -1}, {"customers": (5, 1)}, {"years": 0}, {"discount": 1.0}, {"fades": 2.0},
     {"level": 0.0}],
)  # fmt: skip
def test_money_of_what_cannot_be_is_refused(wrong):
    effect = Effect(np.zeros(500), "share", "visit", "joke", n=100)
    with pytest.raises(ParameterError):
        effect_in_money(effect, **({"margin": 1, "customers": 100} | wrong))


def test_an_effect_without_numbers_is_none():
    with pytest.raises(ModelError, match="no numbers"):
        Effect(np.array([1.0, np.nan]), "share", "visit", "joke", n=1)
