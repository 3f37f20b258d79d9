"""Changes between waves: told where they are real, seldom where they are not, and apart from who answered."""

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError, ParameterError
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.bounded import Curve, Difference
from cxlab.experience.scores.waves import wave_change
from tests.experience.test_answers import survey


def waves(*mixes, per=400, seed=1, **columns):
    """A survey with one mix of detractors, passives and promoters a wave."""
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.choice([3, 8, 10], per, p=mix) for mix in mixes])
    return survey(scores, wave=np.repeat([f"w{i}" for i in range(len(mixes))], per), **columns)


def test_a_real_change_is_told_with_its_probability():
    found = wave_change(waves((0.3, 0.3, 0.4), (0.15, 0.3, 0.55)))
    row = found.table.iloc[1]
    assert row["told"] == "rose"
    assert row["p_real"] > 0.99
    assert row["change_low"] <= 30 <= row["change_high"]
    assert found.title.startswith("NPS rose from")
    assert "The waves are taken as different customers." in found.text


def test_the_probability_of_a_rise_agrees_with_draws():
    values, before, after = np.array([-100.0, 0, 100]), np.array([10.5, 8.5, 12.5]), np.array([7.5, 9.5, 16.5])
    rng = np.random.default_rng(1)
    drawn = rng.dirichlet(after, 200_000) @ values - rng.dirichlet(before, 200_000) @ values
    exact = Difference(Curve(values, before), Curve(values, after))
    assert exact.above(0) == pytest.approx((drawn > 0).mean(), abs=0.004)
    assert exact.interval(0.9) == pytest.approx(np.quantile(drawn, [0.05, 0.95]), abs=0.6)


def test_with_nothing_changing_few_surveys_tell_a_change():
    told = [(wave_change(waves(*[(0.2, 0.3, 0.5)] * 5, per=40, seed=s)).table["told"] != "").any() for s in range(20)]
    assert np.mean(told) <= 0.25


def test_the_same_customers_are_told_from_who_answered():
    # everybody who stays thinks the same; the unhappy of the first wave do not answer again
    first = survey([10] * 40 + [2] * 40, wave="1", customer_id=[f"c{i}" for i in range(80)])
    second = survey([10] * 40 + [9] * 40, wave="2", customer_id=[f"c{i}" for i in [*range(40), *range(100, 140)]])
    found = wave_change(pd.concat([first, second]))
    row = found.table.iloc[1]
    assert row["told"] == "rose"
    assert (row["same"], row["same_change"]) == (40, 0.0)
    assert row["same_low"] < 0 < row["same_high"]
    assert "40 customers answered both" in found.text


def test_the_same_customers_say_more_than_fresh_samples():
    rng = np.random.default_rng(2)
    before = rng.integers(1, 5, 120)
    after = np.minimum(before + (rng.random(120) < 0.25), 5)
    ids = np.tile(np.arange(120), 2)
    table = survey(
        np.r_[before, after], question="Taste", scale=(1, 5), wave=np.repeat(["1", "2"], 120), customer_id=ids
    )
    row = wave_change(table, measure="mean").table.iloc[1]
    assert row["same_high"] - row["same_low"] < 0.5 * (row["change_high"] - row["change_low"])
    assert row["same_p_rise"] > 0.999 > row["p_rise"]


def test_the_last_answer_of_a_customer_in_a_wave_counts():
    day = pd.to_datetime(["2026-01-02", "2026-01-20", "2026-02-01"])
    found = wave_change(survey([0, 10, 10], customer_id="a", timestamp=day), wave="month", measure="mean")
    assert found.table.loc[1, ["same", "same_change"]].tolist() == [1, 0.0]


def test_groups_are_compared_each_with_itself_and_against_the_first():
    two = pd.concat([waves((0.4, 0.3, 0.3), (0.1, 0.3, 0.6), (0.1, 0.3, 0.6), shop="A"),
                     waves((0.2, 0.3, 0.5), (0.2, 0.3, 0.5), (0.2, 0.3, 0.5), shop="B", seed=5)])  # fmt: skip
    found = wave_change(two, by="shop", against="first")
    assert found.table["before"].tolist() == ["", "w0", "w0"] * 2
    assert set(found.table.loc[found.table["told"] != "", "shop"]) == {"A"}
    assert [t.get_text().split("\n")[0] for t in found.plot().get_xticklabels()] == ["w0", "w1", "w2"]


def test_answers_already_read_will_do():
    table = waves((0.3, 0.3, 0.4), (0.15, 0.3, 0.55))
    pd.testing.assert_frame_equal(wave_change(read_answers(table, by="wave")).table, wave_change(table).table)


def test_what_cannot_be_compared_is_named():
    with pytest.raises(DataError, match="one wave only"):
        wave_change(survey([9, 8], wave="1"))
    with pytest.raises(DataError, match="not told apart by wave"):
        wave_change(read_answers(survey([9, 8])))
    with pytest.raises(ParameterError, match="unknown measure 'nps'"):
        wave_change(survey([4, 5], question="Taste", scale=(1, 5), wave=["1", "2"]), measure="nps")
    with pytest.raises(ParameterError, match="unknown wave"):
        wave_change(survey([9, 8], wave=["1", "2"]), against="last")
