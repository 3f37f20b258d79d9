"""Who answers of those who were asked, and weights that make answers look like all customers."""

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis import _

from cxlab.data.simulate import simulate
from cxlab.errors import DataError, ParameterError
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.response import readiness, response_rate
from cxlab.experience.scores.weighting import weighted_to


def survey(customers, *, scores=None, **columns):
    n = len(customers)
    return ibis.memtable(
        pd.DataFrame({"response_id": [f"r{i}" for i in range(n)], "customer_id": customers, "question": "csat",
                      "score": [4.0] * n if scores is None else scores, "scale_min": 1.0, "scale_max": 5.0, **columns})
    )  # fmt: skip


def test_several_invitations_of_a_customer_widen_the_interval():
    people = [f"c{i}" for i in range(60)]
    alike = {"surveys": survey(people[:30] * 4), "customers": ibis.memtable(
        pd.DataFrame({"customer_id": people, "invitations": 4}))}  # fmt: skip
    spread = {"surveys": survey([f"c{i}" for i in range(120)]), "customers": ibis.memtable(
        pd.DataFrame({"customer_id": [f"c{i}" for i in range(240)], "invitations": 1}))}  # fmt: skip
    one, other = response_rate(alike).table.iloc[0], response_rate(spread).table.iloc[0]
    assert one.rate == other.rate == 0.5
    assert (one.high - one.low) == pytest.approx(2 * (other.high - other.low), rel=0.05)


def test_a_passed_on_link_answers_no_more_than_was_asked():
    found = response_rate({"surveys": survey(["a", "a", "a"]), "customers": ibis.memtable(
        pd.DataFrame({"customer_id": ["a", "b"], "invitations": [1, 1]}))}).table  # fmt: skip
    assert found[["responses", "rate"]].values.tolist() == [[1.0, 0.5]]


def test_response_by_group_and_what_is_missing():
    source = {"surveys": survey(["a", "b"]), "customers": ibis.memtable(
        pd.DataFrame({"customer_id": list("abcd"), "city": ["x", "x", "y", "y"]}))}  # fmt: skip
    assert response_rate(source, by="city").table[["city", "rate"]].values.tolist() == [["x", 1.0], ["y", 0.0]]
    with pytest.raises(ParameterError, match="town"):
        response_rate(source, by="town")
    with pytest.raises(DataError, match="customers"):
        response_rate({"surveys": source["surveys"]})
    with pytest.raises(DataError, match="how often"):
        readiness(source)


@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_readiness_tells_when_the_less_satisfied_answer_less(strength):
    world = simulate("coffee_shop", customers=4000, seed=3, change={"satisfaction": {"nonresponse": strength}})
    data = world.dataset()
    ours = data.derived(surveys=data.surveys.filter(_.brand == "Own roastery"))
    found = readiness(ours, question="csat", measure="mean").table.set_index("who")
    assert (found.low["difference"] > 0) == (strength > 0)


def test_weights_bring_back_the_margins_and_the_true_mean():
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"age": rng.choice(["old", "young"], 8000), "city": rng.choice(["a", "b", "c"], 8000)})
    people["customer_id"] = [f"c{i}" for i in range(len(people))]
    score = np.where(people["age"] == "old", 4.0, 2.0)
    gave = rng.random(len(people)) < np.where(people["age"] == "old", 0.5, 0.1)
    asked = survey(people["customer_id"][gave], scores=score[gave])
    made = weighted_to(asked, customers=ibis.memtable(people), by=["age", "city"])
    assert made.margins["after"].to_numpy() == pytest.approx(made.margins["of_all"].to_numpy(), abs=1e-6)
    answers = read_answers(made.surveys, question="csat", weights="weight")
    weighted = (answers.counts["score"] * answers.counts["weight"]).sum() / answers.counts["weight"].sum()
    assert weighted == pytest.approx(score.mean(), abs=0.01)
    assert answers.effective.sum() == pytest.approx(gave.sum() / made.design_effect, rel=1e-6)


def test_a_level_nobody_answered_for_is_named():
    asked = survey(["a"], age=["old"])
    with pytest.raises(DataError, match="nobody with age = 'young' answered"):
        weighted_to(asked, margins={"age": {"old": 0.5, "young": 0.5}})
    with pytest.raises(DataError, match="add up to 1.1"):
        weighted_to(asked, margins={"age": {"old": 0.6, "young": 0.5}})
