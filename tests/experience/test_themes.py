"""Themes: the ones texts were made of are found, named, quoted, ranked and compared over time."""

import ibis
import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import DataError, ParameterError
from cxlab.experience.feedback.emerging import emerging, fisher, holm
from cxlab.experience.feedback.felt import emotion_contacts
from cxlab.experience.feedback.quotes import exemplars
from cxlab.experience.feedback.sentiment import score_sentiment
from cxlab.experience.feedback.texts import read_texts
from cxlab.experience.feedback.theme_matrix import theme_matrix, theme_ranking
from cxlab.experience.feedback.themes import find_themes
from cxlab.journey.emotion import emotional_curve
from cxlab.journey.log import read_log
from tests.experience.said import ABOUT, said


@pytest.fixture(scope="module")
def made():
    rows = said(800, seed=1)
    texts = read_texts(rows)
    return rows, find_themes(texts, most=8), score_sentiment(texts)


def truth_of(name):
    """Which theme's vocabulary a name is made of."""
    words = name.replace(" / ", " ").split()
    return max(ABOUT, key=lambda about: sum(w in ABOUT[about].split() for w in words))


def test_as_many_themes_as_there_are(made):
    rows, themes, _ = made
    assert sorted(map(truth_of, themes.names)) == sorted(ABOUT)
    assert (themes.stability > 0.8).all()
    for k, name in enumerate(themes.names):
        is_about = rows["about"].str.contains(truth_of(name)).to_numpy()
        assert (themes.rows(k) == is_about).mean() > 0.95
    several = themes.about.sum(1)[themes.texts.table["text_id"]] == 2
    assert (several == rows["about"].str.contains(r"\+")).mean() > 0.9


def test_order_of_rows_changes_no_theme(made):
    rows, themes, _ = made
    other = find_themes(read_texts(rows.sample(frac=1, random_state=2)), most=8)
    assert other.names == themes.names
    np.testing.assert_array_equal(other.about, themes.about)


@pytest.mark.parametrize("seed", range(4))
def test_noise_has_no_themes(seed):
    rng = np.random.default_rng(seed)
    words = [f"{a}{b}{c}" for a in "bdfgklmn" for b in "aeiou" for c in "rstx"]
    rows = pd.DataFrame({"text": [" ".join(rng.choice(words, 8, replace=False)) for _ in range(600)]})
    themes = find_themes(read_texts(rows), most=5)
    assert themes.names == () and "come again" in themes.notes[0]


def test_few_texts_show_words():
    texts = read_texts(said(80))
    finding = theme_ranking(find_themes(texts), score_sentiment(texts))
    assert not finding.believed and "too few" in finding.text
    assert list(finding.table) == ["word", "texts", "low", "high"]
    with pytest.raises(DataError, match="too few"):
        theme_matrix(find_themes(texts), score_sentiment(texts))


def test_as_many_themes_as_asked_for():
    texts = read_texts(said(300))
    assert len(find_themes(texts, themes=3).names) == 3
    with pytest.raises(ParameterError, match="themes = 0"):
        find_themes(texts, themes=0)


def test_quotes_are_masked_and_lead_back_to_their_rows():
    rows = said(300, seed=4)
    rows["text"] += " so ring Anna on 0171 1234567"
    texts = read_texts(rows, staff=["Anna"])
    themes = find_themes(texts, themes=5)
    quotes = exemplars(themes, score_sentiment(texts))
    assert len(quotes) >= 15 and not quotes["quote"].str.contains("Anna|0171").any()
    raw = rows.set_index("feedback_id")["text"]
    for row in quotes.itertuples():
        assert row.quote[:20] in raw[row.feedback_id]
    assert not quotes.duplicated(["theme", "feedback_id"]).any()


@pytest.mark.parametrize("feeling", ["words", "stars"])
def test_the_theme_that_hurts_is_first(made, feeling):
    rows, themes, sentiment = made
    finding = theme_ranking(themes, sentiment, feeling=feeling)
    first = finding.table.iloc[0]
    assert truth_of(first.theme) == "queue"
    queue = rows[rows["about"].str.contains("queue")]
    assert first.negative_low < (queue["rating"] < 4).mean() < first.negative_high
    assert first.stars_difference_high < 0 and "stars less" in finding.text
    others = finding.table.iloc[1:]
    assert (others["negative"] < first.negative_low).all()


def test_matrix_counts_each_text_once_a_theme_and_hides_small_cells():
    rows = said(600, seed=5)
    rows.loc[:2, "touchpoint"] = "Garden"
    texts = read_texts(rows)
    themes, sentiment = find_themes(texts, themes=5), score_sentiment(texts)
    table = theme_matrix(themes, sentiment).table
    garden = table[table["touchpoint"] == "Garden"]
    assert garden["hidden"].all() and garden[["negative", "negative_n", "low"]].isna().all(axis=None)
    per_theme = table.groupby("theme")["n"].sum()
    for k, name in enumerate(themes.names):
        assert per_theme[name] == themes.rows(k).sum()
    shown = table[~table["hidden"]]
    assert ((shown["low"] <= shown["negative"]) & (shown["negative"] <= shown["high"])).all()
    with pytest.raises(DataError, match="branch"):
        theme_matrix(themes, sentiment, by="branch")


def test_what_is_new_is_called_and_quoted():
    finding = emerging(find_themes(read_texts(said(900, seed=6, new="app")), most=7))
    called = finding.table[finding.table["call"] == "emerging"]
    assert len(called) and called["what"].str.contains("app").all() and called["quote"].str.contains("app").all()
    assert "app" in finding.title
    assert called["difference_low"].gt(0).all()


def test_steady_themes_are_seldom_called():
    alarms = {"theme": 0, "word": 0}
    runs = 25
    base = find_themes(read_texts(said(300, seed=7)), themes=5)
    rng = np.random.default_rng(8)
    for _ in range(runs):
        base.texts.table["timestamp"] = rng.permutation(base.texts.table["timestamp"])
        table = emerging(base, false_alarms=0.2).table
        for kind, own in table[table["call"] != ""].groupby("kind"):
            alarms[kind] += len(own) > 0
    assert max(alarms.values()) / runs <= 0.2 + 1.645 * np.sqrt(0.2 * 0.8 / runs)


def test_holm_and_fisher():
    assert fisher(3, 4, 1, 4) == pytest.approx(0.4857142857)  # Fisher's tea, two-sided
    assert holm(np.array([0.5])).tolist() == [0.5]


def test_texts_without_times_are_named():
    with pytest.raises(DataError, match="no times"):
        emerging(find_themes(read_texts(said(150).drop(columns="timestamp"))))


def test_feedback_becomes_the_emotional_curve(tmp_path):
    rows = said(400, seed=9, negative=0.1, worse="")
    hurt = rows["touchpoint"] == "Web shop"
    rows.loc[hurt, "rating"] = rows.loc[hurt, "rating"].clip(upper=2)
    stages = {"Counter": "Purchase", "Terrace": "Service", "Web shop": "Awareness"}
    contacts = emotion_contacts(score_sentiment(read_texts(rows)), stages=stages)
    assert contacts["emotion"].between(-2, 2).all() and len(contacts) == 400
    contacts.to_csv(tmp_path / "touchpoints.csv", index=False)
    data = cx.load(tmp_path / "touchpoints.csv", table="touchpoints")
    for source in (data, ibis.memtable(contacts)):
        table = emotional_curve(read_log(source)).table.set_index("touchpoint")
        assert "trough" in table.loc["Web shop", "place"] and table.loc["Web shop", "high"] < 0
        expected = rows.groupby("touchpoint")["rating"].mean() - 3
        assert table["mean"].to_dict() == pytest.approx(expected.to_dict())


def test_words_can_stand_in_for_stars():
    contacts = emotion_contacts(score_sentiment(read_texts(said(50))), prefer="words")
    assert contacts["emotion"].nunique() > 5
    with pytest.raises(DataError, match="0 to 10"):
        emotion_contacts(score_sentiment(read_texts(said(20).assign(rating=[0, 10] * 10))))
    with pytest.raises(DataError, match="customer_id"):
        emotion_contacts(score_sentiment(read_texts(pd.DataFrame({"text": ["good"]}))))


def test_complaints_are_not_leaned_on_where_feeling_is_badly_read(made):
    rows, themes, sentiment = made
    shuffled = rows.assign(rating=np.random.default_rng(3).permutation(rows["rating"]))
    lost = score_sentiment(read_texts(shuffled), way="vader")
    for measure in (theme_ranking, theme_matrix):
        assert "how feeling was read" in [c.name for c in measure(themes, lost).failed]
        assert "how feeling was read" not in [c.name for c in measure(themes, sentiment).failed]
        assert "how feeling was read" not in [c.name for c in measure(themes, lost, feeling="stars").checks]
