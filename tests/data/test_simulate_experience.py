"""A simulated coffee shop whose customers say how they feel: what they say and do follows from the truth kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cxlab.data.simulate import PRESETS, simulate
from cxlab.errors import ParameterError

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


def test_the_door_takes_what_is_simulated():
    world = simulate("coffee_shop", customers=300, seed=5)
    data = world.dataset()
    assert data.counts["quarantined"].sum() == 0
    for name, table in world.tables.items():
        assert getattr(data, name).count().execute() == table.num_rows


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


def near(found, expected, error):
    assert abs(found - expected) <= FAR * error + 1e-12, f"{found} is not {expected}"


def careful(world):
    """Answers of careful responses, {brand: answers}."""
    told = world.truth.experience.responses
    kept = ~(told["straight"] | told["fast"] | told["again"]).to_numpy()
    table = world.tables["surveys"]
    answers = table.select(["response_id", "question", "score", "brand", "touchpoint", "wave", "handled_by", "segment"])
    answers = answers.filter(pa.array(np.repeat(kept, 16))).to_pandas().dropna(subset="score")
    return dict(iter(answers.groupby("brand", observed=True)))


@pytest.fixture(scope="module")
def large():
    """Satisfaction does not decide who answers: 208,000 visits that could be asked about, 58,000 answered."""
    return simulate("coffee_shop", customers=75_000, seed=21, duplicates=0, change={"satisfaction": {"nonresponse": 0}})


@pytest.fixture(scope="module")
def said(large):
    return careful(large)


@pytest.mark.parametrize("by", ["touchpoint", "wave", "handled_by", "segment"])
def test_answers_are_on_average_what_the_truth_says(large, said, by):
    truth = large.truth.experience.scores(by).set_index([by, "question"])
    for key, found in said["Own roastery"].groupby([by, "question"], observed=True)["score"]:
        told = truth.loc[key]
        near(found.mean(), told["mean"], found.std() / np.sqrt(len(found)))
        top = (found >= found.max() - 1).mean()
        near(top, told["top"], np.sqrt(told["top"] * (1 - told["top"]) / len(found)))
        if key[1] == "nps":
            points = 100 * ((found >= 9).astype(int) - (found <= 6).astype(int))
            near(points.mean(), told["nps"], points.std() / np.sqrt(len(found)))
        else:
            assert np.isnan(told["nps"])


@pytest.mark.parametrize("brand", ["City chain", "Corner kiosk"])
def test_rivals_are_rated_as_the_truth_says(large, said, brand):
    truth = large.truth.experience.scores("brand").set_index(["brand", "question"])["mean"]
    for question, found in said[brand].groupby("question", observed=True)["score"]:
        near(found.mean(), truth[brand, question], found.std() / np.sqrt(len(found)))


def test_the_satisfied_answer_more_often_and_the_truth_knows_what_that_does(world):
    truth = world.truth.experience.scores("population").set_index(["population", "question"])
    for question, found in careful(world)["Own roastery"].groupby("question", observed=True)["score"]:
        near(found.mean(), truth.loc[("answers", question), "mean"], found.std() / np.sqrt(len(found)))
    nps = truth.xs("nps", level="question")["nps"]
    # Who left is missing among those who came, and the unhappy are missing among those who answered.
    assert nps["answers"] > nps["came"] + 10 > nps["everyone"] + 10


def test_weights_are_recovered_from_visits_and_nearly_from_answers(large, said):
    experience = large.truth.experience
    made, drivers = experience.sheets, experience.drivers
    assert len(made.time) > 200_000
    x = np.column_stack([np.ones(len(made.time)), made.felt])
    weights, residual, *_ = np.linalg.lstsq(x, made.overall, rcond=None)
    error = np.sqrt(residual[0] / len(x) * np.diag(np.linalg.inv(x.T @ x)))
    for found, expected, e in zip(weights[1:], drivers["weight"], error[1:], strict=True):
        near(found, expected, e)
    near(np.sqrt(residual[0] / len(x)), experience.experience.rest, 0.35 / np.sqrt(2 * len(x)))
    wide = said["Own roastery"].pivot(index="response_id", columns="question", values="score")
    means = pd.DataFrame({c: wide.filter(regex=f"^{c}_").mean(axis=1) for c in drivers.index})
    kept = means.assign(csat=wide["csat"]).dropna()
    slopes = np.linalg.lstsq(np.column_stack([np.ones(len(kept)), kept[means.columns]]), kept["csat"], rcond=None)[0]
    # Clipped at the ends of the scales, slopes are a little smaller; what they share out hardly changes.
    assert np.allclose(slopes[1:], drivers["weight_answers"], atol=0.02)
    shares = drivers["weight_answers"] / drivers["weight_answers"].sum()
    assert np.allclose(slopes[1:] / slopes[1:].sum(), shares, atol=0.02)
    assert abs(drivers["importance"].sum() - 1) < 1e-9
    assert list(drivers["share"].sort_values().index) != list(drivers["stated"].sort_values().index)


def test_one_answer_says_of_a_customer_what_the_truth_says(large, said):
    experience = large.truth.experience
    told = experience.responses.set_index("response_id")["customer_id"]
    satisfaction, signal = told.map(experience.satisfaction), experience.signal
    for question in ("csat", "nps", "empathy_1"):
        answers = said["Own roastery"].query("question == @question")
        own = satisfaction[answers["response_id"].astype(str)].to_numpy()
        slope, _ = np.polyfit(answers["score"], own, 1)
        assert slope == pytest.approx(signal.loc[question, "slope"], rel=0.06)
        found = np.corrcoef(answers["score"], own)[0, 1] ** 2
        assert found == pytest.approx(signal.loc[question, "reliability"], rel=0.06)


def test_what_staff_bring_and_how_much_they_differ_are_recovered(large):
    experience = large.truth.experience
    made, team = experience.sheets, experience.business.team
    told = experience.scores("handled_by").query("question == 'csat'").set_index("handled_by")["mean"]
    handled = made.hand >= 0
    visits = pd.DataFrame({"hand": np.array(team)[made.hand[handled]], "felt": made.overall[handled]})
    groups = visits.groupby("hand")["felt"].agg(["mean", "var", "size"])
    between = groups["mean"].var(ddof=0) - (groups["var"] / groups["size"]).mean()
    assert between == pytest.approx(experience.variance.loc["staff", "variance"], rel=0.12)
    assert experience.staff.sum() == pytest.approx(0, abs=1e-9)
    assert list(told.sort_values().index) == list(experience.staff.sort_values().index)
    total = experience.variance["variance"].sum()
    assert visits["felt"].var() == pytest.approx(total, rel=0.03)


def first_year(world):
    """Orders and margin of each buyer in the year from the first order on, of those who are seen that long."""
    orders = plain(world.tables["transactions"])
    first = orders.groupby("customer_id")["timestamp"].transform("min")
    year = pd.Timedelta(days=365.25)
    kept = orders[(first <= orders["timestamp"].max() - year) & (orders["timestamp"] - first <= year)]
    return kept.groupby("customer_id").agg(orders=("amount", "size"), money=("margin", "sum"), spend=("amount", "mean"))


def test_a_point_does_to_purchases_what_the_truth_says():
    shop = replace(PRESETS["coffee_shop"], stays=1.0)
    settings = {"customers": 20_000, "duplicates": 0}
    before = simulate(shop, seed=31, **settings)
    after = simulate(shop, seed=32, change={"satisfaction": {"points": 1}}, **settings)
    effects = before.truth.experience.effects
    for world, column in ((before, "before"), (after, "after")):
        found = first_year(world)
        for measure in ("orders", "money"):
            near(found[measure].mean(), effects.loc[measure, column], found[measure].std() / np.sqrt(len(found)))
    assert effects.loc["rate", "ratio"] == pytest.approx(np.exp(0.30))
    assert effects.loc["spend", "ratio"] == pytest.approx(np.exp(0.10))
    # Between customers of one segment, spend grows with satisfaction by the declared share.
    found = first_year(before)
    own = before.truth.experience.satisfaction[found.index]
    log = np.log(found["spend"]) - np.log(found["spend"]).groupby(before.truth.segment[found.index]).transform("mean")
    slope = np.polyfit(own, log, 1)[0]
    near(slope, 0.10, log.std() / own.std() / np.sqrt(len(own)))


def test_where_satisfaction_does_nothing_it_does_nothing():
    world = simulate("coffee_shop", customers=20_000, seed=33, duplicates=0, change={"satisfaction": {"effect": 0}})
    assert np.allclose(world.truth.experience.effects["difference"], 0)
    found = first_year(world)
    own = world.truth.experience.satisfaction[found.index]
    for segment, mine in found.groupby(world.truth.segment[found.index]):
        near(np.corrcoef(mine["orders"], own[mine.index])[0, 1], 0, 1 / np.sqrt(len(mine))), segment


def test_who_left_does_not_answer(world, answers):
    own = answers[answers["brand"] == "Own roastery"]
    orders = plain(world.tables["transactions"])
    came = set(zip(orders["customer_id"], orders["timestamp"].dt.to_period("Q").astype(str), strict=True))
    waves = own["wave"].str.replace("-", "")
    assert set(zip(own["customer_id"], waves, strict=True)) <= came


def test_answers_of_a_customer_come_back_in_later_waves(answers):
    own = answers[(answers["brand"] == "Own roastery") & (answers["question"] == "csat")]
    assert (own.groupby("customer_id")["wave"].nunique() > 1).mean() > 0.4
    assert own["wave"].nunique() == 8


@pytest.mark.parametrize("name", ["boutique_hotel", "spa"])
def test_other_businesses_ask_on_request_alone(name):
    settings = {"customers": 400, "seed": 3}
    silent = simulate(name, **settings)
    assert not {"surveys", "feedback"} & set(silent.tables)
    assert silent.truth.experience is None
    asked = simulate(name, experience=True, change={"satisfaction": {"effect": 0}}, **settings)
    assert asked.tables["transactions"].equals(silent.tables["transactions"])
    assert asked.tables["surveys"].num_rows > 500 and asked.tables["feedback"].num_rows > 20
    assert asked.dataset().counts["quarantined"].sum() == 0
    again = simulate(**asked.parameters)
    assert all(table.equals(again.tables[t]) for t, table in asked.tables.items())


def test_a_shop_that_nobody_buys_from_has_no_answers():
    world = simulate("coffee_shop", customers=1, seed=0, start="2024-01-01", end="2024-03-05")
    assert world.tables["transactions"].num_rows == world.tables["surveys"].num_rows == 0
    assert world.truth.experience.drivers["importance"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"satisfaction": {"efect": 0}}, "did you mean 'effect'"),
        ({"satisfaction": {"nonresponse": "none"}}, "nonresponse = 'none'"),
    ],
)
def test_a_change_of_satisfaction_that_cannot_be_is_named(change, says):
    with pytest.raises(ParameterError, match=says):
        simulate("coffee_shop", customers=10, seed=1, change=change)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"trend": {"eficiency": 1}}, "did you mean 'efficiency'"),
        ({"staff": {"Marra": 1}}, "did you mean 'Mara'"),
        ({"at": {"Que": {"*": 1}}}, "did you mean 'Queue'"),
        ({"answers": 1.0}, "answers = 1.0"),
        ({"components": ()}, "components"),
    ],
)
def test_an_experience_that_cannot_be_is_named(change, says):
    with pytest.raises(ParameterError, match=says):
        shop = PRESETS["coffee_shop"]
        replace(shop, experience=replace(shop.experience, **change))


def test_a_business_without_an_experience_says_so():
    with pytest.raises(ParameterError, match="saas declares no experience"):
        simulate("saas", customers=10, seed=1, experience=True)
