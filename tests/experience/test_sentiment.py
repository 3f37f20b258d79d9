"""Feeling in words: chosen by what is read right in texts not seen, and shares with the errors taken out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError, ParameterError
from cxlab.experience.feedback.prevalence import Confusion, corrected_share, design_effect, share_with_known
from cxlab.experience.feedback.quality import agreement, auc_difference, auc_interval, reading_quality
from cxlab.experience.feedback.sentiment import positive_shares, score_sentiment
from cxlab.experience.feedback.texts import read_texts


def trade_texts(n, *, positive=0.5, seed=0, noise=0.1):
    """Texts in words of a trade that VADER does not know, and stars that follow from them."""
    rng = np.random.default_rng(seed)
    feels = rng.random(n) < positive
    good, bad = ["crema", "foamy", "piping", "silky"], ["queue", "lukewarm", "crumbs", "smudged"]
    rows = [
        " ".join(
            [*rng.choice(good if f != (rng.random() < noise) else bad, 2), *rng.choice(["cup", "till", "seat"], 2)]
        )
        + f" {i % 40}"
        for i, f in enumerate(feels)
    ]
    return pd.DataFrame(
        {"text": rows, "rating": np.where(feels, 5.0, 2.0), "touchpoint": np.where(feels, "Bar", "Till")}
    )


def test_a_classifier_takes_over_where_vader_is_lost():
    sentiment = score_sentiment(read_texts(trade_texts(800)))
    quality = sentiment.quality.set_index("way")
    assert sentiment.way == "classifier"
    assert quality.loc["classifier", "auc"] > 0.85 > 0.6 > quality.loc["VADER", "auc"]
    assert "better" in reading_quality(sentiment).text


def test_nobody_is_scored_by_a_model_that_saw_them():
    noise = trade_texts(600)
    noise["rating"] = np.random.default_rng(5).choice([2.0, 5.0], 600)
    noise["text"] += [f" word{i} word{i}" for i in range(600)]
    sentiment = score_sentiment(read_texts(noise), way="classifier")
    row = sentiment.quality.set_index("way").loc["classifier"]
    assert row.auc_low < 0.5 + 0.06 and row.auc < 0.58
    assert not reading_quality(sentiment).believed


def test_few_labels_leave_it_to_vader_and_say_so():
    texts = read_texts(trade_texts(100))
    sentiment = score_sentiment(texts)
    assert sentiment.way == "VADER" and "from 300" in sentiment.notes[-1]
    with pytest.raises(ParameterError, match="100 different texts"):
        score_sentiment(texts, way="classifier")


def test_order_of_rows_changes_no_score():
    said = trade_texts(500)
    said["feedback_id"] = [f"t{i}" for i in range(500)]
    one, other = (score_sentiment(read_texts(rows)) for rows in (said, said.sample(frac=1, random_state=3)))
    scores = [s.table["score"].set_axis(s.texts.table["feedback_id"]).sort_index() for s in (one, other)]
    pd.testing.assert_series_equal(*scores, check_exact=False, rtol=1e-6)


def test_labels_take_the_place_of_stars_and_unknown_ones_are_named():
    texts = read_texts(pd.DataFrame({"text": ["good one", "bad one"], "rating": [1, 5]}))
    assert score_sentiment(texts, labels={"1": True}).table["known"].fillna(-1).tolist() == [1, -1]
    with pytest.raises(ParameterError, match="'7'"):
        score_sentiment(texts, labels={"7": True})


def test_shares_by_touchpoint_and_what_stays_hidden():
    said = pd.concat([trade_texts(400), trade_texts(3).assign(touchpoint="Garden")])
    sentiment = score_sentiment(read_texts(said))
    table = positive_shares(sentiment, by="touchpoint").table.set_index("touchpoint")
    assert np.isnan(table.loc["Garden", "positive"]) and table.loc["Garden", "n"] == 3
    assert table.loc["Bar", "low"] > table.loc["Till", "high"]
    with pytest.raises(DataError, match="branch"):
        positive_shares(sentiment, by="branch")


def test_without_known_feelings_nothing_is_believed():
    texts = read_texts(pd.DataFrame({"text": ["good"] * 20 + ["bad"] * 20}))
    finding = positive_shares(score_sentiment(texts))
    assert not finding.believed and "not known" in finding.text
    with pytest.raises(DataError, match="no feeling"):
        reading_quality(score_sentiment(texts))


@pytest.mark.parametrize(
    ("truth", "n", "known"), [(0.9, 400, 120), (0.5, 2000, 300), (0.1, 200, 200), (0.98, 1000, 100)]
)
def test_the_corrected_share_covers_the_truth_where_the_raw_one_does_not(truth, n, known):
    rng = np.random.default_rng(1)
    se, sp, trials, covered, raw = 0.92, 0.65, 200, 0, 0
    for _ in range(trials):
        kp = known // 2
        seen = Confusion(rng.binomial(kp, se), kp, rng.binomial(known - kp, 1 - sp), known - kp)
        positive = rng.binomial(n, truth)
        called = rng.binomial(positive, se) + rng.binomial(n - positive, 1 - sp)
        _, low, high = corrected_share(called, n, seen)
        covered += low <= truth <= high
        raw += abs(called / n - truth) < 1.645 * np.sqrt(0.25 / n)
    assert covered / trials >= 0.84
    assert raw / trials < 0.7


@settings(max_examples=40)
@given(st.integers(0, 300), st.integers(5, 100), st.integers(5, 100), st.floats(0, 1), st.floats(0, 1))
def test_a_corrected_share_is_a_share(called, positive, others, se, miss):
    known = Confusion(round(se * positive), positive, round(miss * others), others)
    mid, low, high = corrected_share(called, 300, known)
    assert 0 <= low <= mid <= high <= 1


def test_useless_calls_tell_nothing():
    _, low, high = corrected_share(150, 300, Confusion(50, 100, 50, 100))
    assert low < 0.1 and high > 0.9


def test_texts_of_one_customer_do_not_count_as_many():
    assert design_effect([1, 1, 1, 0, 0, 0], ["a", "a", "a", "b", "b", "b"]) == pytest.approx(3)
    assert design_effect([1, 0, 1], [None, None, None]) == 1


def test_intervals_of_the_area_cover_it():
    rng = np.random.default_rng(3)
    hits = better = 0
    for _ in range(300):
        truth = rng.random(120) < 0.4
        score = rng.normal(size=120) + 1.2 * truth
        _, low, high = auc_interval(score, truth)
        hits += low <= 0.8019 <= high  # Φ(1.2/√2)
        better += auc_difference(score, rng.normal(size=120) + 1.2 * truth, truth)[3] > 0.95
    assert 0.86 <= hits / 300 <= 0.94
    assert better / 300 < 0.09


def test_agreement_with_ratings_of_people():
    rng = np.random.default_rng(1)
    rating = rng.normal(size=500)
    found = agreement(rating + rng.normal(size=500), rating, level=0.99)
    assert found["pearson_low"] < 0.707 < found["pearson_high"]


def test_known_feelings_count_as_they_are_in_every_group():
    """A group whose words mislead: its calls are all positive, its stars are not."""
    said = trade_texts(400)
    said["touchpoint"] = "Bar"
    odd = pd.DataFrame({"text": [f"lovely great table {i}" for i in range(60)], "rating": [5.0] * 50 + [1.0] * 10,
                        "touchpoint": "Table"})  # fmt: skip
    rows = pd.concat([said, odd], ignore_index=True)
    finding = positive_shares(score_sentiment(read_texts(rows), way="vader"), by="touchpoint")
    table = finding.table.set_index("touchpoint")
    assert table.loc["Table", "called"] == 1 and table.loc["Table", "positive"] == pytest.approx(50 / 60)
    assert table.loc["Table", "low"] < 50 / 60 < table.loc["Table", "high"] < 0.95
    assert finding.title.endswith("of texts go with 4 stars or more")
    rows.loc[400:402, "rating"] = np.nan
    few = positive_shares(score_sentiment(read_texts(rows), way="vader"), by="touchpoint").table.set_index("touchpoint")
    assert few.loc["Table", "positive"] == pytest.approx(50 / 60, abs=0.06)


def test_a_share_that_is_partly_known_covers_the_truth():
    rng, covered, trials = np.random.default_rng(4), 0, 300
    for _ in range(trials):
        truth = (rng.random(300) < 0.8).astype(float)
        called = rng.random(300) < np.where(truth > 0, 0.9, 0.4)
        truth[rng.random(300) < 0.5] = np.nan
        has = np.isfinite(truth)
        _, low, high = share_with_known(called, truth, Confusion.of(called[has], truth[has] > 0))
        covered += low <= 0.8 <= high
    assert 0.86 <= covered / trials <= 0.97
