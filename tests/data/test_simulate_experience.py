"""A simulated coffee shop whose customers say how they feel: what they say and do follows from the truth kept."""

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


def test_private_details_stand_where_the_truth_says_and_belong_to_nobody(world):
    texts = plain(world.tables["feedback"]).set_index("feedback_id")["text"]
    told = world.truth.experience.private
    for row in told.itertuples():
        assert row.value in texts[row.feedback_id]
    assert set(told["kind"]) == {"e-mail", "phone", "card", "name"}
    mails = told.loc[told["kind"] == "e-mail", "value"]
    assert mails.str.contains(r"@(?:example\.(?:com|org|net)|mail\.example)$").all()
    # Nothing private stands where the truth does not say so.
    elsewhere = texts.drop(told["feedback_id"])
    assert not elsewhere.str.contains("@").any()
    assert not elsewhere.str.contains(r"\d{3,}.?\d{3,}").any()
    team = "|".join(world.truth.business.experience.staff)
    assert not elsewhere.str.contains(rf"\b(?:{team})\b", case=False).any()
    for card in told.loc[told["kind"] == "card", "value"].unique():
        digits = [int(d) for d in card if d.isdigit()][::-1]
        assert sum(d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits)) % 10 == 0


def test_themes_come_where_and_when_they_are_declared(world):
    experience = world.truth.experience
    themes = experience.themes.merge(plain(world.tables["feedback"]), on="feedback_id")
    share = pd.crosstab(themes["touchpoint"], themes["theme"], normalize="index")
    assert share.loc["Queue", "wait"] > 2 * share.loc["Table", "wait"]
    assert share["order errors"].idxmax() == "Pick-up shelf"
    last = themes["timestamp"] >= "2024-10-01"
    app = themes["theme"] == "app"
    assert app[last].mean() > 3 * app[~last].mean()
    # Praise follows the visit, and stars follow both.
    better = themes.merge(experience.texts, on="feedback_id").groupby("praise")["satisfaction"].mean()
    assert better[1] > better[-1] + 0.2
    stars = themes.merge(experience.texts, on="feedback_id").groupby("sentiment")["rating"].mean()
    assert stars["positive"] > stars["mixed"] > stars["negative"]


def test_texts_are_not_all_alike(world):
    texts = plain(world.tables["feedback"])["text"]
    assert texts.nunique() > 0.85 * len(texts)
    assert not texts.str.contains("[{}|]").any()
    assert (texts.str.len() > 5).all()
