"""What a widget shows when moved is what the public functions say, with a kernel and without one."""

from html import escape

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ParameterError
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.nps import net_promoter_score
from cxlab.finding import MIME
from cxlab.learn.widgets import widget, widgets

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def made():
    """Every widget, made once: some read a data set first."""
    return {name: widget(name) for name in widgets()}


def drawn(seen) -> np.ndarray:
    figure = seen.figure()
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())


@pytest.mark.parametrize("name", widgets())
def test_every_control_moves_the_picture_and_the_words(made, name):
    one = made[name]
    assert 2 <= len(one.controls) <= 3
    before = one.move()
    assert before.settings == {control.name: control.start for control in one.controls}
    for control in one.controls:
        assert control.start in control.values and len(control.values) > 1
        ends = [value for value in (control.values[0], control.values[-1]) if value != control.start]
        tried = []
        for value in ends:
            try:
                tried.append(one.move(**{control.name: value}))
            except ParameterError:  # not with the others where they stand, and it is said so
                continue
        assert tried, control.name
        for after in tried:
            assert not before.table.equals(after.table), control.name
            assert not np.array_equal(drawn(before), drawn(after)), control.name
        assert any(after.title + after.text != before.title + before.text for after in tried)


@pytest.mark.parametrize("name", widgets())
def test_without_a_session_the_picture_stands_still(made, name, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    data, metadata = made[name]._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG") and VIEW not in data and "text/html" not in data
    assert made[name].move().title in data["text/plain"] and set(data) <= {"text/plain", "image/png", MIME}
    assert metadata["image/png"]["width"] == 672
    again, _ = made[name]._repr_mimebundle_()
    assert again["image/png"] == data["image/png"] and again["text/plain"] == data["text/plain"]


@pytest.mark.parametrize("name", widgets())
def test_in_a_session_controls_redraw_the_picture(made, name, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    assert VIEW in made[name]._repr_mimebundle_()
    live = made[name].live()
    for control in made[name].controls:
        choice = live.choices[control.name]
        assert choice.description == control.label and choice.value == control.start
        before = live.shown.value
        assert "data:image/png;base64," in before and 'alt="' in before
        choice.value = control.values[0] if control.start != control.values[0] else control.values[-1]
        moved = {control.name: choice.value}
        try:
            words = made[name].move(**moved).text
        except ParameterError as problem:
            words = str(problem)
        assert escape(words) in live.shown.value and live.shown.value != before
        choice.value = control.start
        assert live.shown.value == before


def test_what_cannot_be_set_is_said():
    one = widget("nps-sample")
    with pytest.raises(ParameterError, match="unknown control 'm'"):
        one.move(m=3)
    with pytest.raises(ParameterError, match="n = 3"):
        one.move(n=3)
    with pytest.raises(ParameterError, match="more than all customers"):
        one.move(promoters=0.9, detractors=0.2)
    with pytest.raises(ParameterError, match="unknown widget 'nps'") as problem:
        widget("nps")
    assert "nps-sample" in str(problem.value)
    assert repr(cx.learn.widget("nps-sample")) == repr(one)


def test_surveys_are_those_that_the_lesson_reads():
    seen = widget("nps-sample").move(n=50, promoters=0.5, detractors=0.25)
    rows = []
    for row in seen.table.itertuples():
        counts = {10: row.promoters * 50, 8: row.passives * 50, 3: row.detractors * 50}
        scores = [score for score, n in counts.items() for _ in range(round(n))]
        rows.append(pd.DataFrame({"survey": row.survey, "question": "nps", "score": scores}))
    rows = pd.concat(rows).assign(scale_min=0, scale_max=10)
    read = net_promoter_score(read_answers(rows, by="survey")).table
    columns = ["survey", "n", "nps", "low", "high", "promoters", "detractors"]
    pd.testing.assert_frame_equal(seen.table[columns], read[columns])


def test_four_times_the_answers_halve_the_interval_and_hold_the_truth_as_often():
    few, many = (widget("nps-sample").move(n=n).table for n in (50, 200))
    ratio = (few["high"] - few["low"]).mean() / (many["high"] - many["low"]).mean()
    assert ratio == pytest.approx(2, rel=0.1)
    for table in (few, many):
        assert table["holds"].sum() >= 9
