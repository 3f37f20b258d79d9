"""How many answers it takes: published sizes, and that a planned change is seen as often as planned."""

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.planner import answers_needed, half_width, plan_sample, variance_of


def asked(promoters, passives, detractors, **columns):
    scores = [10] * promoters + [8] * passives + [3] * detractors
    return read_answers(
        pd.DataFrame({"question": "nps", "score": scores, "scale_min": 0, "scale_max": 10, **columns}),
        wave="month" if columns else "",
    )


def test_a_planned_change_is_seen_as_often_as_planned():
    rng = np.random.default_rng(5)
    before, after = np.array([0.5, 0.3, 0.2]), np.array([0.55, 0.3, 0.15])
    values = np.array([100, 0, -100])
    n = int(answers_needed(variance_of(before, values), change=10, level=0.9, power=0.8))
    one, two = (rng.multinomial(n, p, 4000) / n for p in (before, after))
    error = np.sqrt(sum((s @ values**2 - (s @ values) ** 2) / n for s in (one, two)))
    assert np.mean(np.abs(two @ values - one @ values) > 1.6449 * error) == pytest.approx(0.8, abs=0.03)


def test_a_small_business_needs_fewer():
    assert answers_needed(6100, change=10, level=0.95, population=300) < 0.25 * answers_needed(
        6100, change=10, level=0.95
    )
    assert half_width(6100, 300, population=300) == 0
    plan = plan_sample(asked(50, 30, 20), population=300, response_rate=0.25).table
    assert plan["answers"].max() <= 300
    assert plan["invitations"].tolist() == np.ceil(plan["answers"] / 0.25).tolist()


def test_what_there_is_now_is_a_middling_wave():
    days = pd.to_datetime(["2026-01-05"] * 60 + ["2026-02-05"] * 20 + ["2026-03-05"] * 20)
    plan = plan_sample(asked(50, 30, 20, timestamp=days))
    assert plan.table.loc[plan.table["now"], "answers"].tolist() == [20]
    assert not plan.believed


@pytest.mark.parametrize("wrong", [{"change": -1.0}, {"power": 1.2}, {"population": 1}, {"response_rate": 0.0}])
def test_impossible_plans_are_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        plan_sample(asked(50, 30, 20), **wrong)
