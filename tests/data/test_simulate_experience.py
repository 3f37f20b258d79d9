"""A simulated coffee shop whose customers say how they feel: what they say and do follows from the truth kept beside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.data.simulate import simulate

#: standard errors a share or mean may be off; the seeds are fixed
FAR = 4.2


@pytest.fixture(scope="module")
def world():
    return simulate("coffee_shop", customers=8_000, seed=5, duplicates=0)


@pytest.fixture(scope="module")
def answers(world):
    return plain(world.tables["surveys"])


def plain(table):
    frame = table.to_pandas()
    text = [c for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(text, object))


def test_nobody_answers_before_the_first_contact_or_is_unknown(world, answers):
    seen = world.tables["customers"].to_pandas().set_index("customer_id")["first_seen"]
    first = pd.to_datetime(seen).reindex(answers["customer_id"])
    assert first.notna().all()
    assert (answers["timestamp"].to_numpy() >= first.to_numpy()).all()
    bought = set(plain(world.tables["transactions"])["customer_id"])
    assert set(answers["customer_id"]) <= bought


def test_answers_are_on_their_scales_and_a_response_asks_everything_once(world, answers):
    kept = answers.dropna(subset="score")
    assert ((kept["score"] >= kept["scale_min"]) & (kept["score"] <= kept["scale_max"])).all()
    left_out = answers["score"].isna().mean()
    assert abs(left_out - world.truth.experience.experience.skipped) < 0.003
    each = answers.groupby("response_id")["question"].agg(["size", "nunique"])
    assert (each == 16).all().all()
    assert answers.groupby("response_id")[["brand", "customer_id", "wave"]].nunique().max().max() == 1
    rivals = answers[answers["brand"] != "Own roastery"]
    assert rivals[["touchpoint", "handled_by", "importance"]].isna().all().all()


def test_the_door_takes_what_is_simulated(world):
    data = world.dataset()
    assert data.counts["quarantined"].sum() == 0
    assert data.surveys.count().execute() == world.tables["surveys"].num_rows


def test_without_an_effect_purchases_are_those_of_a_shop_where_nobody_asks():
    settings = {"customers": 600, "seed": 8}
    none = simulate("coffee_shop", change={"satisfaction": {"effect": 0}}, **settings)
    unasked = simulate("coffee_shop", experience=False, **settings)
    assert none.tables["transactions"].equals(unasked.tables["transactions"])
    assert "surveys" not in unasked.tables
    some = simulate("coffee_shop", **settings)
    assert not some.tables["transactions"].equals(none.tables["transactions"])


def test_the_same_seed_gives_the_same_answers():
    one, same, other = (simulate("coffee_shop", customers=300, seed=s).tables["surveys"] for s in (1, 1, 2))
    assert one.equals(same)
    assert not one.equals(other)


def test_careless_responses_are_as_many_as_declared(world, answers):
    told = world.truth.experience.responses
    assert list(told["response_id"]) == list(answers["response_id"].unique())
    own = told[(told["brand"] == "Own roastery") & ~told["again"]]
    for kind, share in (("straight", 0.03), ("fast", 0.04)):
        assert abs(own[kind].mean() - share) < FAR * np.sqrt(share / len(own))
    items = answers[answers["scale_max"] == 7].loc[lambda a: a["question"] != "ces"]
    levels = items.groupby("response_id")["score"].nunique().reindex(told["response_id"]).to_numpy()
    assert (levels[told["straight"]] <= 1).all()
    seconds = answers.groupby("response_id")["duration_s"].first().reindex(told["response_id"]).to_numpy()
    assert np.median(seconds[told["fast"]]) < 0.3 * np.median(seconds[~told["fast"]])
