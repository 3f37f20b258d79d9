"""Plans: what simulation gives, what grows with what, and what is out of reach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from cxlab.differentiation.trials.planner import plan_trial
from cxlab.differentiation.trials.power import (
    Outcome,
    assurance,
    power_of,
    smallest_change,
    units_for_loss,
    units_for_width,
    units_needed,
)
from cxlab.differentiation.trials.read_trial import read_trial
from cxlab.errors import ParameterError
from tests.differentiation.trials.made import arms

BASES, SHIFTS = st.floats(0.05, 0.6), st.floats(0.01, 0.3)


def z_of(rng, base, shift, n, runs):
    p = np.stack([rng.binomial(n, q, runs) / n for q in (base, base + shift)])
    pooled = p.mean(0)
    return (p[1] - p[0]) / np.sqrt(2 * pooled * (1 - pooled) / n)


def test_power_is_what_simulation_gives():
    z = z_of(np.random.default_rng(1), 0.2, 0.1, 294, 40_000)
    assert (z > norm.ppf(0.975)).mean() == pytest.approx(0.8, abs=0.012)


def test_power_of_a_fall_is_what_simulation_gives():
    """From 15 % down to 5 % varies less than from 15 % up to 25 %, so it is seen more often."""
    z = z_of(np.random.default_rng(1), 0.15, -0.1, 120, 40_000)
    falls, rises = (float(power_of(Outcome(0.15), shift, 120)) for shift in (-0.1, 0.1))
    assert falls == pytest.approx((z < norm.ppf(0.025)).mean(), abs=0.03) and falls > rises + 0.1
    assert smallest_change(Outcome(0.15), units_needed(Outcome(0.15), -0.1), down=True) == pytest.approx(0.1, rel=0.02)


def test_where_less_is_better_a_fall_is_planned():
    up, down = (plan_trial(Outcome(0.15), weekly=100, change_of=0.05, better=b) for b in ("higher", "lower"))
    assert (down.table["change"] < 0).all() and (up.table["change"] > 0).all()
    asked = down.table[down.table["asked"]].iloc[0]
    assert asked["change"] == -0.05 and asked["units_an_arm"] == units_needed(Outcome(0.15), -0.05)
    assert "−5.0 points" in down.title and asked["units_an_arm"] < up.table[up.table["asked"]]["units_an_arm"].iloc[0]
    assert plan_trial(Outcome(0.15), change_of=-0.05, weekly=100).title == down.title
    with pytest.raises(ParameterError, match="change_of = 0.2 from 0.9 would be 1.1"):
        plan_trial(Outcome(0.9), change_of=0.2)
    with pytest.raises(ParameterError, match="would be -0.1"):
        plan_trial(Outcome(0.1), change_of=0.2, better="lower")


def test_assurance_is_power_averaged_over_what_the_change_may_be():
    rng, base, n = np.random.default_rng(2), 0.3, 200
    shifts = rng.normal(0.03, 0.04, 60_000)
    p = [rng.binomial(n, np.clip(q, 0, 1)) / n for q in (np.full(60_000, base), base + shifts)]
    pooled = (p[0] + p[1]) / 2
    called = (p[1] - p[0]) / np.sqrt(2 * pooled * (1 - pooled) / n) > norm.ppf(0.975)
    assert assurance(Outcome(base), 0.03, 0.04, n) == pytest.approx(called.mean(), abs=0.012)


def test_units_for_a_loss_lose_that_much():
    """Choosing the better-looking of two arms after so many units loses what was promised, under the prior."""
    rng, spread, care, sd = np.random.default_rng(3), 1.0, 0.05, 4.0
    n = units_for_loss(Outcome(10, "number", sd), care, spread)
    truth = rng.normal(0, spread, 400_000)
    seen = truth + rng.normal(0, sd * np.sqrt(2 / n), 400_000)
    lost = np.maximum(truth, 0) - np.where(seen > 0, truth, 0)
    assert lost.mean() == pytest.approx(care, rel=0.03)
    assert units_for_loss(Outcome(10, "number", sd), 1.0, spread) == 0


@settings(max_examples=40, deadline=None)
@given(BASES, SHIFTS)
def test_smaller_changes_take_more_units_and_back_again(base, shift):
    outcome = Outcome(base)
    n = units_needed(outcome, shift)
    assert units_needed(outcome, shift / 2) > 2 * n
    assert smallest_change(outcome, n) == pytest.approx(shift, rel=0.2 if n < 50 else 0.02)
    assert power_of(outcome, shift, n) >= 0.79
    assert units_needed(outcome, shift, saved=0.5) <= n / 2 + 1


def test_half_the_width_takes_four_times_the_units():
    outcome = Outcome(20, "money", 30)
    assert units_for_width(outcome, 1) == pytest.approx(4 * units_for_width(outcome, 2), abs=4)


def test_what_cannot_be_reached_is_said_with_what_can():
    found = plan_trial(Outcome(0.1), change_of=0.02, weekly=300, weeks=8)
    assert found.title.startswith("You cannot see +2.0 points in 8 weeks")
    assert "bigger lever" in found.text and "1,200 an arm, which show +3.7 points" in found.text
    row = found.table[found.table["asked"]].iloc[0]
    assert not row["reachable"] and row["weeks"] == 26
    easy = plan_trial(Outcome(0.1), change_of=0.02, weekly=3000, weeks=8)
    assert easy.table[easy.table["asked"]]["reachable"].all() and "3 weeks" in easy.title


def test_of_several_arms_the_number_for_all_comparisons_together_is_told():
    two, three = (plan_trial(Outcome(0.246), change_of=0.0492, arms=k) for k in (2, 3))
    own, together = (f"{units_needed(Outcome(0.246), 0.0492, error=e):,.0f}" for e in (0.05, 0.025))
    assert f"each arm needs {together} (2.5 % each, Bonferroni)" in three.text and own in three.title
    assert f"{together} for all 2 comparisons together" in three.keys[0].label
    assert "Bonferroni" not in two.text and "comparison" not in two.keys[0].label


def test_a_trial_before_plans_the_next():
    trial = read_trial(arms({"A": (0, 40), "B": (8, 40)}))
    assert Outcome.of(trial).base == pytest.approx(0.5 / 40)
    assert plan_trial(trial).table["units_an_arm"].gt(0).all()
    full = read_trial(arms({"A": (40, 40), "B": (38, 40)}))
    assert plan_trial(full).table["units_an_arm"].gt(0).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: Outcome(1.2), lambda: Outcome(5, "money"), lambda: Outcome(0, "count"), lambda: Outcome(0.1, "shares"),
        lambda: units_needed(Outcome(0.1), 0), lambda: units_needed(Outcome(0.9), 0.2),
        lambda: units_needed(Outcome(0.1), 0.02, power=1.0), lambda: units_for_width(Outcome(0.1), 0),
        lambda: units_for_loss(Outcome(0.1), 0, 0.1), lambda: plan_trial(Outcome(0.1), arms=1),
        lambda: plan_trial(Outcome(0.1), weekly=-1), lambda: plan_trial(Outcome(0.1), error=2.0),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused(call):
    with pytest.raises(ParameterError):
        call()
