"""The fast way gives VADER's own scores, to the digit."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from cxlab.experience.feedback.vader import vader_scores

RULES = SentimentIntensityAnalyzer()
SPOKEN = """good GOOD bad horrible not isn't never so this very kind of sort at least no nor or but without doubt the
shit bomb yeah right hardly uber love HATE wait long coffee :) :( lol !!! ??? nothing cannot most BUT"""
WORDS = st.sampled_from(SPOKEN.split())


@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_rules_act_as_written(text):
    assert vader_scores([text])[0] == RULES.polarity_scores(text)["compound"]


@given(st.text(max_size=40) | st.text(alphabet=string.printable, max_size=40))
def test_any_text_is_read_alike(text):
    assert vader_scores([text])[0] == RULES.polarity_scores(text)["compound"]


@pytest.mark.parametrize(
    ("text", "compound"),  # README of vaderSentiment 3.3.2
    [
        ("VADER is smart, handsome, and funny.", 0.8316),
        ("VADER is not smart, handsome, nor funny.", -0.7424),
        ("At least it isn't a horrible book.", 0.431),
        ("The book was only kind of good.", 0.3832),
        ("The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042),
        ("Today only kinda sux! But I'll get by, lol", 0.5249),
    ],
)
def test_published_examples(text, compound):
    assert vader_scores([text])[0] == compound


def test_sarcasm_and_words_of_the_trade_are_not_understood():
    assert vader_scores(["Great, another 40 minute wait."])[0] > 0.6
    assert vader_scores(["The wait was long."])[0] == 0
