"""Published and reference figures of sentiment: VADER's own examples are in tests/experience/test_vader.py.

Fine foods (McAuley & Leskovec 2013, the split of R's modeldata): 4,000 reviews to train on, 1,000 to test. Review
snippets: Hutto & Gilbert (2014), each rated by 20 people from −4 to +4.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.experience.feedback.classifier import learnt, vectorizer
from cxlab.experience.feedback.prevalence import Confusion, corrected_share
from cxlab.experience.feedback.quality import agreement, auc_interval, measured
from cxlab.experience.feedback.sentiment import score_sentiment
from cxlab.experience.feedback.texts import read_texts
from cxlab.experience.feedback.vader import POSITIVE, vader_scores


@pytest.fixture(scope="module")
def foods():
    return cx.load("fine_foods").feedback.execute()


@pytest.fixture(scope="module")
def trained(foods):
    train = (foods["split"] == "train").to_numpy()
    great = foods["great"].to_numpy() == 1
    words = vectorizer()
    features = words.fit_transform(foods["text"][train])
    model = learnt(features, great[train], np.ones(train.sum()))
    return train, great, model.predict_proba(words.transform(foods["text"][~train]))[:, 1]


def test_vader_on_fine_foods(foods):
    test = foods[foods["split"] == "test"]
    score = vader_scores(test["text"])
    row = measured("VADER", score, score >= POSITIVE, test["great"] == 1)
    assert row["n"] == 1000
    assert row["auc"] == pytest.approx(0.735, abs=0.0006)
    assert row["accuracy"] == pytest.approx(0.741)
    assert row["called_positive"] == pytest.approx(0.867)
    assert row["truly_positive"] == pytest.approx(0.658)


def test_classifier_on_fine_foods(trained):
    train, great, chance = trained
    row = measured("classifier", chance, chance >= 0.5, great[~train])
    assert row["auc"] == pytest.approx(0.878, abs=0.003)
    assert row["accuracy"] == pytest.approx(0.806, abs=0.006)
    low, high = auc_interval(chance, great[~train])[1:]
    assert low < 0.878 < high


def test_what_vader_calls_positive_becomes_what_is(foods):
    """Errors known from the training part take VADER's 86.7 % to the 65.8 % that are."""
    train = (foods["split"] == "train").to_numpy()
    called, great = vader_scores(foods["text"]) >= POSITIVE, foods["great"].to_numpy() == 1
    few = np.flatnonzero(train)[:500]
    for known in (Confusion.of(called[train], great[train]), Confusion.of(called[few], great[few])):
        _, low, high = corrected_share(called[~train].sum(), (~train).sum(), known)
        assert low < 0.658 < high < 0.867
    assert high - low > 0.06  # 500 labels leave doubt


def test_out_of_fold_does_as_well_as_on_the_test_part(foods):
    rows = foods.assign(rating=np.where(foods["great"] == 1, 5.0, 3.0))
    sentiment = score_sentiment(read_texts(rows), positive_from=5)
    quality = sentiment.quality.set_index("way")
    assert sentiment.way == "classifier"
    assert quality.loc["classifier", "auc"] == pytest.approx(0.878, abs=0.015)
    assert quality.loc["VADER", "auc"] == pytest.approx(0.735, abs=0.015)


def test_vader_and_twenty_people_on_review_snippets():
    rows = cx.load("review_snippets").feedback.execute()
    found = agreement(vader_scores(rows["text"]), rows["rating"])
    assert found["n"] == 3708
    assert found["pearson"] == pytest.approx(0.565, abs=0.03)  # Hutto & Gilbert: 0.565 for Amazon product reviews
    assert found["pearson_low"] < found["pearson"] < found["pearson_high"]


@pytest.mark.parametrize(("said", "score"), [("Great, another 40 minute wait.", 0.6249), ("The wait was long.", 0.0)])
def test_sarcasm_and_words_of_the_trade_mislead_vader(said, score):
    assert vader_scores(pd.Series([said]))[0] == score
