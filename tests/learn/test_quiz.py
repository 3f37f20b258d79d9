"""A quiz answers back without script or kernel, in words as well as in colour."""

import re
from html.parser import HTMLParser

import pytest

import cxlab as cx
from cxlab.errors import ParameterError
from cxlab.learn.quizzes import RIGHT, WRONG, quiz, quizzes


class Outline(HTMLParser):
    """Tags that are open at each tag, and the text under each."""

    def __init__(self, html):
        super().__init__()
        self.open, self.found, self.text = [], [], {}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes), tuple(self.open)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in self.open:
            self.text[tag] = self.text.get(tag, "") + data


@pytest.mark.parametrize("lesson", quizzes())
def test_every_quiz_can_be_taken(lesson):
    asked = quiz(lesson)
    assert 3 <= len(asked.questions) <= 4
    for question in asked.questions:
        assert sum(option.right for option in question.options) == 1 and 3 <= len(question.options) <= 4
        texts = [option.text for option in question.options]
        says = [option.says for option in question.options]
        assert len(set(texts)) == len(texts) and len(set(says)) == len(says)
        assert all(len(words.split()) >= 5 and words.endswith((".", "?", ")", "*")) for words in says), says
    places = {[o.right for o in question.options].index(True) for question in asked.questions}
    assert len(places) > 1, "the right answer always stands at the same place"


@pytest.mark.parametrize("lesson", quizzes())
def test_the_right_answer_is_not_told_by_its_length(lesson):
    asked = quiz(lesson).questions
    for extreme in (max, min):
        tells = sum(extreme(q.options, key=lambda o: len(o.text)).right for q in asked)
        assert tells <= len(asked) - 2, f"who takes the {extreme.__name__} of lengths has {tells} of {len(asked)} right"


@pytest.mark.parametrize("lesson", quizzes())
def test_html_is_plain(lesson):
    html = quiz(lesson)._repr_html_()
    outline = Outline(html)
    assert outline.open == []
    tags = {tag for tag, *_ in outline.found}
    assert tags <= {"div", "style", "p", "b", "kbd", "fieldset", "legend", "details", "summary", "code", "em"}
    assert not re.search(r"\bon\w+=|javascript:|https?://|url\(", html)
    assert all("fieldset" in inside for tag, _, inside in outline.found if tag == "details")
    ids = [given["id"] for _, given, _ in outline.found if "id" in given]
    assert len(set(ids)) == len(ids) == len(quiz(lesson).questions) + 1 and all(lesson in name for name in ids)


def test_what_is_said_is_hidden_until_chosen_and_begins_with_the_verdict():
    options = [option for question in quiz("f3").questions for option in question.options]
    blocks = re.findall(
        r"<details [^>]*><summary>(.*?)</summary><div[^>]*><b>(.*?)</b>", quiz("f3")._repr_html_(), re.S
    )
    assert [verdict for _, verdict in blocks] == [RIGHT if option.right else WRONG for option in options]
    assert "open=" not in quiz("f3")._repr_html_()


def test_markup_in_a_question_stays_text():
    from cxlab.learn.quizzes import Option, Question, Quiz

    html = Quiz("x", (Question("a < b & `p < 1`?", (Option("<b>", "*so* it is."),)),))._repr_html_()
    assert "a &lt; b &amp; <code>p &lt; 1</code>?" in html and "&lt;b&gt;" in html and "<em>so</em>" in html


def test_the_quiz_without_a_mouse():
    asked = cx.learn.quiz("F3")
    assert repr(asked) == repr(quiz("f3")) and "1. " in repr(asked) and RIGHT not in repr(asked)
    said = [asked.choose(1, letter) for letter in "abc"]
    assert [words.startswith(RIGHT) for words in said] == [False, True, False]
    with pytest.raises(ParameterError, match="there is no question 9"):
        asked.choose(9, "a")
    with pytest.raises(ParameterError, match="unknown option"):
        asked.choose(1, "z")


def test_an_unknown_lesson_names_those_that_have_a_quiz():
    with pytest.raises(ParameterError, match="unknown quiz 'f33'") as problem:
        quiz("f33")
    assert "f3" in problem.value.expected
