"""Scores of groups: values, intervals that hold, who is told apart, and what is asked of the wrong question."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from cxlab.errors import DataError, ParameterError
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.bounded import cdf, mean_interval, quantile
from cxlab.experience.scores.ces import customer_effort
from cxlab.experience.scores.csat import satisfaction
from cxlab.experience.scores.nps import adjusted_wald, net_promoter_score
from cxlab.experience.scores.scoring import differ, places
from tests.experience.test_answers import survey


def grouped(means, *, per=60, seed=1, scale=(1, 5), question="csat"):
    """Answers of groups with these means, on a whole scale."""
    rng = np.random.default_rng(seed)
    scores = [np.clip(np.round(rng.normal(m, 0.9, per)), *scale) for m in means]
    return survey(np.concatenate(scores), question=question, scale=scale,
                  shop=np.repeat([f"s{i:02}" for i in range(len(means))], per))  # fmt: skip


def test_nps_by_touchpoint_adds_up_and_names_who_is_lower():
    rng = np.random.default_rng(1)
    at = {"Till": (0.6, 0.3, 0.1), "Web": (0.2, 0.2, 0.6), "Shop": (0.15, 0.25, 0.6), "Tasting": (0.2, 0.2, 0.6)}
    scores = np.concatenate([rng.choice([2, 7, 10], 80, p=mix) for mix in at.values()])
    found = net_promoter_score(read_answers(survey(scores, touchpoint=np.repeat(list(at), 80)), by="touchpoint"))
    table = found.table.set_index("touchpoint")
    np.testing.assert_allclose(table[["promoters", "passives", "detractors"]].sum(axis=1), 1)
    np.testing.assert_allclose(100 * (table["promoters"] - table["detractors"]), table["nps"])
    assert (table["low"] < table["nps"]).all()
    assert (table["nps"] < table["high"]).all()
    assert table.loc["Till", "place"] == "below"
    assert found.title == "Till is below the other touchpoints in NPS"
    assert "n = 80" in found.text


def test_answers_without_a_touchpoint_are_counted_but_are_no_place_to_act_at():
    scores = [2] * 60 + [8] * 60 + [10] * 60
    touchpoint = [None] * 60 + ["Till"] * 60 + ["Web"] * 60
    found = net_promoter_score(read_answers(survey(scores, touchpoint=touchpoint), by="touchpoint"))
    assert found.table["n"].sum() == 180
    assert found.title == "Web is above the other touchpoints in NPS"
    assert "lowest Till" in found.text


def test_all_promoters_leave_room_below_and_none_above():
    row = net_promoter_score(read_answers(survey([10] * 15))).table.iloc[0]
    assert row["high"] == 100
    assert 60 < row["low"] < 95
    wald = adjusted_wald(15, 0, 0, added=0)
    assert wald["low"] == wald["high"] == 100  # which is why it is not used


def test_satisfaction_has_the_interval_of_jeffreys_and_effort_knows_its_easy_end():
    row = satisfaction(read_answers(survey([5] * 12 + [3] * 8, question="csat", scale=(1, 5)))).table.iloc[0]
    np.testing.assert_allclose([row["low"], row["high"]], beta.ppf([0.05, 0.95], 12.5, 8.5))
    effort = read_answers(survey([7] * 12 + [4] * 4 + [2] * 4, question="ces", scale=(1, 7)))
    high, low = (customer_effort(effort, easy_end=end).table.iloc[0] for end in ("high", "low"))
    assert (high["easy"], high["hard"]) == (0.6, 0.2) == (low["hard"], low["easy"])


def test_groups_that_are_alike_are_seldom_told_apart():
    told = []
    for seed in range(200):
        counts = np.random.default_rng(seed).multinomial(40, [0.2, 0.3, 0.5], 8).astype(float)
        told.append((places(counts, np.array([-100.0, 0, 100]), level=0.9) != "").any())
    assert 0.03 <= np.mean(told) <= 0.17


def test_one_p_value_says_whether_groups_differ():
    values = np.array([-1.0, 0, 1])
    rng = np.random.default_rng(1)
    alike = [differ(rng.multinomial(50, [0.2, 0.3, 0.5], 6).astype(float), values) for _ in range(300)]
    assert np.mean(np.array(alike) < 0.1) == pytest.approx(0.1, abs=0.05)
    assert differ(np.array([[50, 0, 10], [10, 0, 50.0]]), values) < 1e-6


def test_no_difference_is_said_to_be_none():
    found = satisfaction(read_answers(grouped([4, 4, 4]), by="shop"))
    assert found.title == "No difference between shops in the share of the satisfied can be told"
    assert "by chance alone" in found.text


def test_few_answers_are_marked_and_doubted():
    found = satisfaction(read_answers(grouped([4, 3, 4, 3], per=6), by="shop"))
    assert found.table["few"].all()
    assert not found.believed
    assert "Do not lean on this" in found.text


def test_weights_widen_intervals():
    table = survey([10] * 60 + [2] * 40, w=np.tile([1.0, 1, 1, 1, 8], 20))
    plain, weighted = (net_promoter_score(read_answers(table, weights=w)) for w in (None, "w"))
    width = [f.table["high"].iloc[0] - f.table["low"].iloc[0] for f in (plain, weighted)]
    assert width[1] > 1.2 * width[0]
    assert "Because of weights they count for" in weighted.text


def test_other_questions_are_refused():
    with pytest.raises(DataError, match="a question on 0–10"):
        net_promoter_score(read_answers(survey([4, 5], question="csat", scale=(1, 5))))
    with pytest.raises(DataError, match="on effort"):
        customer_effort(read_answers(survey([9, 10])))
    with pytest.raises(ParameterError, match="boxes = 3"):
        satisfaction(read_answers(survey([4, 5], question="csat", scale=(1, 5))), boxes=3)
    with pytest.raises(ParameterError, match="a coverage"):
        net_promoter_score(read_answers(survey([9, 10])), level=90)


def test_a_forest_plot_draws_every_group_up_to_the_room_there_is():
    found = satisfaction(read_answers(grouped(np.linspace(2, 5, 9)), by="shop"))
    ax = found.plot()
    assert len(ax.get_yticks()) == 9
    many = satisfaction(read_answers(grouped(np.linspace(2, 5, 60), per=15), by="shop")).plot()
    assert len(many.get_yticks()) < 60
    assert any("left out" in t.get_text() for t in many.texts)


@pytest.mark.parametrize("sizes", [[0.5, 0.5, 0.5], [15.5, 0.5, 0.5], [0.24, 0.24, 3.24, 40.24, 2000.24]])
def test_the_distribution_of_a_mean_agrees_with_draws(sizes):
    values = np.arange(float(len(sizes)))
    drawn = np.random.default_rng(1).dirichlet(sizes, 200_000) @ values
    for p in (0.05, 0.5, 0.95):
        at = quantile(values, [sizes], p)[0]
        assert (drawn <= at).mean() == pytest.approx(p, abs=0.004)
        assert cdf(values, [sizes], at)[0] == pytest.approx(p, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=3, max_size=11).filter(lambda c: sum(c) > 0), st.floats(0.5, 0.99))
def test_intervals_hold_the_value_stay_on_the_scale_and_mirror(counts, level):
    values = np.arange(float(len(counts)))
    low, high = mean_interval(values, [counts], level=level)
    assert 0 <= low[0] <= high[0] <= len(counts) - 1
    turned_low, turned_high = mean_interval(values, [counts[::-1]], level=level)
    np.testing.assert_allclose([turned_low[0], turned_high[0]], [len(counts) - 1 - high[0], len(counts) - 1 - low[0]],
                               atol=1e-5)  # fmt: skip
    wider = mean_interval(values, [counts], level=(1 + level) / 2)
    assert wider[0][0] <= low[0] + 1e-7
    assert wider[1][0] >= high[0] - 1e-7
