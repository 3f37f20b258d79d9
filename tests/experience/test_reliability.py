"""Reliability of scales: known reliability is found again, and scales that are none are noticed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError
from cxlab.experience.scores.coefficients import alpha, item_rest, omega, one_factor, reliability_interval
from cxlab.experience.scores.items import Items, read_items
from cxlab.experience.scores.reliability import reliability
from cxlab.style import new_axes

LOADINGS = np.array([0.5, 0.6, 0.8, 0.9, 0.7])


def answers(n=200, loadings=LOADINGS, *, seed=1) -> Items:
    rng = np.random.default_rng(seed)
    loadings = np.asarray(loadings)
    values = rng.normal(size=(n, 1)) * loadings + rng.normal(size=(n, len(loadings))) * np.sqrt(1 - loadings**2)
    return Items(values, np.ones(n), tuple(f"q{i}" for i in range(len(loadings))))


def survey(values, names) -> pd.DataFrame:
    """Answers 1 … 5, one a row."""
    values = np.clip(np.round(3 + np.asarray(values)), 1, 5)
    return pd.concat([
        pd.DataFrame({"response_id": np.arange(len(values)).astype(str), "question": name, "score": column,
                      "scale_min": 1, "scale_max": 5}) for name, column in zip(names, values.T, strict=True)
    ])  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.2, 0.95), min_size=3, max_size=7))
def test_a_one_factor_matrix_gives_back_its_reliability(loadings):
    loadings = np.array(loadings)
    S = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    true = loadings.sum() ** 2 / S.sum()
    assert omega(S) == pytest.approx(true, abs=2e-3)
    assert alpha(S) <= true + 1e-9
    if len(loadings) > 3:
        assert one_factor(S)[0] == pytest.approx(loadings, abs=0.02)


def test_scale_and_order_of_items():
    S = answers().covariance
    order = [3, 1, 0, 4, 2]
    assert alpha(4 * S) == pytest.approx(alpha(S)) and omega(4 * S) == pytest.approx(omega(S), abs=1e-6)
    assert omega(S[np.ix_(order, order)]) == pytest.approx(omega(S), abs=1e-6)
    assert item_rest(S)[order] == pytest.approx(item_rest(S[np.ix_(order, order)]))


def test_alike_respondents_may_be_one_row():
    found = answers(60)
    whole = Items(np.round(found.values), found.n, found.names)
    rows, n = np.unique(whole.values, axis=0, return_counts=True)
    short = Items(rows, n.astype(float), found.names)
    pd.testing.assert_frame_equal(reliability(whole).table, reliability(short).table, rtol=1e-6)


def test_intervals_hold():
    """300 samples leave ± 3 points or so."""
    S = np.outer(LOADINGS, LOADINGS) + np.diag(1 - LOADINGS**2)
    for n in (40, 200):
        ends = [reliability_interval(answers(n, seed=seed), alpha)[1:] for seed in range(300)]
        assert np.mean([low <= alpha(S) <= high for low, high in ends]) == pytest.approx(0.9, abs=0.05)


def test_a_survey_with_a_question_the_other_way_round():
    found = answers(150, seed=2)
    asked = survey(found.values * [1, 1, 1, -1, 1], found.names)
    bad = reliability(asked, found.names)
    assert not bad.believed and "q3: asked the other way round?" in bad.text
    good = reliability(asked, found.names, reverse=["q3"])
    assert good.believed and good.table["value"][0] > 0.7


def test_two_questions_give_spearman_brown():
    asked = survey(answers(150, [0.7, 0.7]).values, ["a", "b"])
    found = reliability(asked, ["a", "b"])
    r = np.corrcoef(read_items(asked, ["a", "b"]).values.repeat(read_items(asked, ["a", "b"]).n.astype(int), axis=0).T)
    assert found.table["measure"].tolist() == ["spearman-brown", "item-rest", "item-rest"]
    assert found.table["value"][0] == pytest.approx(2 * r[0, 1] / (1 + r[0, 1]))
    assert "Two questions alone do not show" in found.text


def test_two_things_in_one_scale_are_noticed():
    first, second = answers(300, [0.8] * 3, seed=3).values, answers(300, [0.8] * 3, seed=4).values
    found = reliability(Items(np.hstack([first, second]), np.ones(300), tuple("abcdef")))
    assert not found.believed and "more than one thing" in found.text


def test_gaps_and_what_makes_no_scale():
    asked = survey(answers(50).values, answers(50).names)
    asked.iloc[3, asked.columns.get_loc("score")] = np.nan
    assert "Left out for a gap in their answers: 1." in reliability(asked, answers(50).names).text
    with pytest.raises(DataError, match="makes no scale"):
        reliability(asked, ["q0"])
    with pytest.raises(DataError, match="did you mean 'q1'"):
        reliability(asked, ["q0", "q1 "])
    with pytest.raises(DataError, match="everybody answered 'q1' alike"):
        reliability(asked.assign(score=asked["score"].where(asked["question"] != "q1", 3)), ["q0", "q1"])


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_picture_is_drawn(width):
    ax = reliability(answers()).plot(new_axes(width=width))
    assert len(ax.get_yticklabels()) == 7
    ax.figure.canvas.draw()
