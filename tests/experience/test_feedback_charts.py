"""Pictures of feedback are drawn for what findings hold, wide and narrow, and say what they show."""

import pytest

from cxlab.experience.charts.feedback import draw_theme_matrix
from cxlab.experience.feedback.emerging import emerging
from cxlab.experience.feedback.quality import reading_quality
from cxlab.experience.feedback.sentiment import positive_shares, score_sentiment
from cxlab.experience.feedback.texts import read_texts
from cxlab.experience.feedback.theme_matrix import theme_matrix, theme_ranking
from cxlab.experience.feedback.themes import find_themes
from cxlab.style import new_axes
from tests.experience.said import said


@pytest.fixture(scope="module")
def findings():
    texts = read_texts(said(500, seed=3))
    themes, sentiment = find_themes(texts, themes=4), score_sentiment(texts)
    few = read_texts(said(60))
    return [
        theme_ranking(themes, sentiment), theme_matrix(themes, sentiment), emerging(themes),
        positive_shares(sentiment, by="touchpoint"), positive_shares(score_sentiment(few)), reading_quality(sentiment),
        theme_ranking(find_themes(few), score_sentiment(few)),
    ]  # fmt: skip


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_words_on_pictures_stay_within_them(findings, width):
    for finding in findings:
        ax = finding.plot(new_axes(width=width, height=4.2))
        ax.figure.draw_without_rendering()
        edge = ax.figure.bbox
        for text in [*ax.texts, ax.xaxis.label, *ax.get_yticklabels()]:
            if text.get_text() and text.get_visible():
                box = text.get_window_extent()
                assert box.x0 >= edge.x0 - 2 and box.x1 <= edge.x1 + 2, (finding.name, text.get_text())


def test_prices_in_a_quote_are_not_a_formula(findings):
    table = findings[1].table.assign(quote="I paid $30 for $10 worth")
    label = draw_theme_matrix(new_axes(), table).xaxis.label
    assert "$30 for $10" in label.get_text() and not label.get_parse_math()
