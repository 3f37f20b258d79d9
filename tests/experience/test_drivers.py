"""Drivers: known weights recovered, gaps kept, suppressors and chance named, and laws that shares obey."""

from __future__ import annotations

import re
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.data.simulate import simulate
from cxlab.errors import DataError, ParameterError
from cxlab.experience.drivers.halo import halo
from cxlab.experience.drivers.importance_performance import importance_performance
from cxlab.experience.drivers.key_drivers import NOT_EFFECTS, driver_shares, key_drivers
from cxlab.experience.drivers.moments import rating_moments
from cxlab.experience.drivers.ratings import read_ratings
from cxlab.experience.drivers.shares import explained, lmg_shares, relative_weights, standardised_slopes
from tests.experience.survey_tables import long, survey

WEIGHTS = {"staff": 0.9, "food": 0.6, "price": 0.3, "music": 0.0}


def correlations(seed: int, p: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.corrcoef(rng.normal(size=(3 * p + 6, p + 1)) @ rng.normal(size=(p + 1, p + 1)), rowvar=False)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_shares_are_the_mean_gain_over_all_orders_and_sum_to_r_squared(seed, p):
    r = correlations(seed, p)

    def r_squared(drivers):
        at = list(drivers)
        return float(r[0, at] @ np.linalg.solve(r[np.ix_(at, at)], r[at, 0])) if at else 0.0

    gains = np.zeros(p)
    orders = list(permutations(range(1, p + 1)))
    for order in orders:
        for k, driver in enumerate(order):
            gains[driver - 1] += (r_squared(order[: k + 1]) - r_squared(order[:k])) / len(orders)
    assert lmg_shares(r) == pytest.approx(gains, abs=1e-9)
    assert explained(r[None])[0, -1] == pytest.approx(r_squared(range(1, p + 1)), abs=1e-9)
    assert relative_weights(r).sum() == pytest.approx(gains.sum(), abs=1e-9)
    slopes, vif = standardised_slopes(r)
    assert slopes @ r[0, 1:] == pytest.approx(gains.sum(), abs=1e-9)
    assert vif == pytest.approx(np.diag(np.linalg.inv(r[1:, 1:])), rel=1e-6)


def test_the_order_of_drivers_changes_nothing():
    r = correlations(3, 6)
    order = [0, 4, 2, 6, 1, 3, 5]
    assert lmg_shares(r[np.ix_(order, order)]) == pytest.approx(lmg_shares(r)[np.array(order[1:]) - 1])


def test_two_copies_of_a_driver_share_what_one_explains():
    one = correlations(1, 2)
    both = one[np.ix_([0, 1, 1, 2], [0, 1, 1, 2])]
    found = lmg_shares(both)
    assert found[0] == pytest.approx(found[1])
    assert found.sum() == pytest.approx(lmg_shares(one).sum())
    assert np.isinf(standardised_slopes(both)[1][0])


def test_known_weights_are_found_in_their_order():
    found = key_drivers(read_ratings(long(survey(2000, WEIGHTS), scale=(1, 10)), outcome="overall"))
    assert found.table["driver"].tolist() == list(WEIGHTS)
    assert found.table["p_first"].iloc[0] > 0.99
    assert found.title == "Staff goes along most with overall"
    assert found.believed
    assert NOT_EFFECTS in found.text
    assert found.table["explained"].sum() == pytest.approx(found.table["relative_weight"].sum())
    assert (found.table["low"] <= found.table["explained"]).all()


def test_weak_drivers_keep_their_share_where_few_answered():
    """Some tools set drivers that are not significant to nothing, which hands what they explain to the others."""
    found = key_drivers(read_ratings(long(survey(40, WEIGHTS, seed=2), scale=(1, 10)), outcome="overall"))
    weak = found.table[found.table["note"].str.contains("no more than chance")]
    assert len(weak) and (weak["explained"] > 0).all()
    assert "could" in found.text and "by chance" in found.text


def test_nothing_is_found_where_nothing_is():
    rng = np.random.default_rng(5)
    wide = pd.DataFrame(rng.integers(1, 6, (120, 6)).astype(float), columns=["overall", *"abcde"])
    found = key_drivers(read_ratings(long(wide), outcome="overall"))
    assert found.title == "Nothing that was asked goes along with overall, as far as can be told"
    assert "would do as well by chance" in found.text


def test_a_suppressor_and_a_driver_against_the_score_are_said():
    rng = np.random.default_rng(0)
    noise, felt = rng.normal(size=(2, 1500))
    wide = pd.DataFrame({"overall": felt + 0.4 * rng.normal(size=1500), "mood_and_service": felt + noise,
                         "mood": noise, "waiting": -felt + rng.normal(size=1500)})  # fmt: skip
    found = key_drivers(read_ratings(long(wide), outcome="overall"))
    notes = found.table.set_index("driver")["note"]
    assert notes["mood"] == "suppressor"
    assert notes["waiting"] == "goes against the score"
    assert "mood tells something only beside the others" in found.text
    assert "waiting is rated lower where the score is higher" in found.text


def test_drivers_that_say_the_same_are_flagged():
    wide = survey(500, WEIGHTS).assign(staff_again=lambda w: w["staff"])
    found = key_drivers(read_ratings(long(wide, scale=(1, 10)), outcome="overall"))
    assert "hardly told from the others" in found.table.set_index("driver").loc["staff_again", "note"]
    assert any(check.name.startswith("VIF") for check in found.failed)


def test_answers_with_gaps_count_with_what_they_say():
    """Dropping every row with a gap would leave a handful of rows of a long questionnaire."""
    wide = survey(1500, WEIGHTS | {"site": 0.2, "speed": 0.4, "menu": 0.1, "seats": 0.0}, seed=4)
    rng = np.random.default_rng(1)
    # what does not apply is skipped, more often by those who rate staff low
    skipped = rng.random((1500, 7)) < np.where(wide[["staff"]] < 6, 0.5, 0.2)
    gaps = wide.copy()
    gaps.iloc[:, 2:] = gaps.iloc[:, 2:].mask(skipped)
    ratings = read_ratings(long(gaps, scale=(1, 10)), outcome="overall")
    assert ratings.n == 1500
    assert ratings.complete < 300
    whole = rating_moments(read_ratings(long(wide, scale=(1, 10)), outcome="overall"), draws=100)
    found = rating_moments(ratings, draws=100)
    assert found.correlation == pytest.approx(whole.correlation, abs=0.08)
    # gaps make it less sure, and the interval says so
    assert (found.correlations.std(0)[0, 2:] > whole.correlations.std(0)[0, 2:]).all()
    left = gaps.dropna()
    assert (
        np.abs(left.corr() - whole.correlation).to_numpy().max() > np.abs(found.correlation - whole.correlation).max()
    )


def test_many_respondents_cost_no_more_draws_and_give_the_same_spread(monkeypatch):
    ratings = read_ratings(long(survey(4000, WEIGHTS, seed=6), scale=(1, 10)), outcome="overall")
    exact = driver_shares(ratings, draws=2000)
    monkeypatch.setattr("cxlab.experience.drivers.moments.MOST_ROWS", 100)
    dealt = driver_shares(ratings, draws=2000)
    assert dealt.shares == pytest.approx(exact.shares)
    assert dealt.draws.std(0) == pytest.approx(exact.draws.std(0), rel=0.15)


def test_answers_of_one_customer_stand_or_fall_together():
    wide = survey(150, WEIGHTS, seed=8)
    once = long(wide, scale=(1, 10))
    again = [once.assign(customer_id=once["response_id"], response_id=once["response_id"] + 1000 * k) for k in range(4)]
    four = read_ratings(pd.concat(again), outcome="overall")
    assert (four.n, four.n_respondents) == (600, 150)
    spread = [driver_shares(r, draws=400).draws.std(0) for r in (read_ratings(once, outcome="overall"), four)]
    assert spread[1] == pytest.approx(spread[0], rel=0.2)


def test_responses_that_rate_several_brands_are_a_row_each():
    wide = survey(60, WEIGHTS, seed=9)
    both = pd.concat([long(wide, scale=(1, 10), brand="we"), long(wide.clip(upper=5), scale=(1, 10), brand="they")])
    ratings = read_ratings(both, outcome="overall")
    assert (ratings.n, ratings.n_respondents) == (120, 60)
    by = dict(read_ratings(both, outcome="overall", by="brand").groups())
    assert by[("we",)].n == by[("they",)].n == 60
    assert by[("they",)].values.max() == 5


def test_drivers_may_be_means_of_several_questions():
    wide = survey(80, WEIGHTS, seed=3).rename(columns={"staff": "staff_1"}).assign(staff_2=lambda w: w["food"])
    wide.loc[:9, "staff_2"] = np.nan
    parts = {"staff": ["staff_1", "staff_2"], "price": ["price"]}
    ratings = read_ratings(long(wide, scale=(1, 10)), outcome="overall", drivers=parts)
    mean = wide[["staff_1", "staff_2"]].mean(axis=1)
    assert ratings.drivers == ("staff", "price") and ratings.complete == 80
    assert np.sort(np.repeat(ratings.rows["staff"], ratings.rows["n"])) == pytest.approx(np.sort(mean))
    mixed = long(wide, scale=(1, 10)).assign(scale_max=lambda a: np.where(a["question"] == "staff_2", 5, 10))
    with pytest.raises(DataError, match="items of 'staff' are answered on several scales"):
        read_ratings(mixed, outcome="overall", drivers=parts)


def test_true_importance_of_a_simulated_coffee_shop_is_found():
    world = simulate("coffee_shop", customers=3000, seed=2)
    truth = world.truth.experience.drivers["importance_answers"]
    surveys = world.dataset().surveys
    asked = surveys.select("question").distinct().execute()["question"]
    parts = {name: [q for q in asked if q.startswith(f"{name}_")] for name in truth.index}
    ratings = read_ratings(surveys, outcome="csat", drivers=parts, brand="Own roastery")
    assert ratings.n > ratings.n_respondents > 1000  # customers answer more than once
    found = key_drivers(ratings, level=0.99).table.set_index("driver").loc[truth.index]
    assert (found["share_low"] < truth).all() and (truth < found["share_high"]).all()
    assert (found["share_high"] - found["share_low"]).max() < 0.1
    with pytest.raises(ParameterError, match="unknown brand 'Own roaster'"):
        read_ratings(surveys, outcome="csat", brand="Own roaster")


def test_flagged_answers_are_dropped_when_asked():
    answers = long(survey(50, WEIGHTS), scale=(1, 10))
    answers["flag"] = np.where(answers["response_id"] < 10, "straight-line", None)
    assert read_ratings(answers, outcome="overall").n == 50
    assert read_ratings(answers, outcome="overall", flagged="drop").n == 40


def test_what_cannot_be_done_is_named():
    answers = long(survey(30, WEIGHTS), scale=(1, 10))
    with pytest.raises(ParameterError, match="unknown question 'overal'.*\n.*\n.*did you mean 'overall'"):
        read_ratings(answers, outcome="overal")
    with pytest.raises(ParameterError, match="outcome and driver at once"):
        read_ratings(answers, outcome="overall", drivers=["overall", "staff"])
    with pytest.raises(DataError, match="no response_id"):
        read_ratings(answers.drop(columns="response_id"), outcome="overall")
    flat = answers.assign(score=lambda a: a["score"].where(a["question"] != "overall", 5.0))
    with pytest.raises(DataError, match="all 30 answers to 'overall' are the same"):
        key_drivers(read_ratings(flat, outcome="overall"))
    one = answers.assign(score=lambda a: a["score"].where(a["question"] != "music", 5.0))
    assert "'music' alike" in key_drivers(read_ratings(one, outcome="overall"), draws=100).text
    with pytest.raises(ParameterError, match="21 drivers have 2,097,152 subsets"):
        lmg_shares(np.eye(22))


def test_questions_of_a_grid_are_called_by_their_rows_and_end_no_sentence():
    stem, overall = "How do you rate the following? – ", "All in all, how was it? (1–10)"
    wide = survey(600, WEIGHTS).rename(columns=lambda c: overall if c == "overall" else stem + c)
    shares = driver_shares(read_ratings(long(wide, scale=(1, 10)), outcome=overall), draws=200)
    found = key_drivers(shares)
    assert found.title == "Staff goes along most with “All in all, how was it (1–10)”"
    assert found.table["driver"].tolist() == [stem + name for name in WEIGHTS]
    first = re.split(r"(?<=[.!?])\s+", found.text)[0]
    assert "“All in all, how was it (1–10)” between 600 answers" in first
    for finding in (found, halo(shares), importance_performance(shares)):
        assert stem not in finding.title + finding.text + finding.keys[0].label
        ax = finding.plot()
        labels = [t.get_text() for t in [*ax.get_yticklabels(), *ax.texts]]
        assert any("staff" in label for label in labels) and not any("following" in label for label in labels)
