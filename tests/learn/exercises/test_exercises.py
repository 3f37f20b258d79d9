"""Every exercise: its right answer is right, each of its wrong answers gets the message that belongs to it."""

from pkgutil import iter_modules

import nbformat
import pytest

from cxlab.errors import ParameterError
from cxlab.learn.exercises import SUBJECTS, exercise, exercises
from cxlab.learn.exercises.answers import Choice, Number, Sampled, Table, Words
from cxlab.learn.exercises.exercise import CORRECT, KINDS, MIME, NOT_ATTEMPTED, NOT_YET, OWN_READING
from cxlab.learn.exercises.subjects import __path__ as folder
from cxlab.learn.student import lessons

THERE = [module.name for module in iter_modules(folder)]
EVERY = [e for subject in THERE for e in exercises(subject)]
named = pytest.mark.parametrize("e", EVERY, ids=lambda e: e.name)


@pytest.mark.parametrize("subject", THERE)
def test_a_lesson_asks_about_another_business_a_mistake_and_for_words(subject):
    kinds = {e.kind for e in exercises(subject)}
    assert subject in SUBJECTS and {"business", "mistake", "open"} <= kinds <= set(KINDS)
    assert [e.name for e in exercises(subject)] == [f"{subject}-{i:02d}" for i in range(1, len(exercises(subject)) + 1)]


@named
def test_the_right_answer_is_right(e):
    if isinstance(e.answer, Words):
        result = e.check("word " * e.answer.words, list(range(1, len(e.answer.rubric) + 1)))
    else:
        right = e.expected()
        result = e.check(right[0] if isinstance(e.answer, Sampled) else right)
    assert result.outcome == (OWN_READING if e.kind == "open" else CORRECT) and result, result


@named
def test_what_is_not_attempted_is_said_to_be(e):
    assert e.check(...).outcome == e.check(..., ...).outcome == e.check().outcome == NOT_ATTEMPTED


@named
def test_each_wrong_answer_gets_its_message(e):
    assert len(e.wrong) >= 4
    for wrong in e.wrong:
        value = wrong.value()
        result = e.check(*value) if isinstance(e.answer, Words) and isinstance(value, tuple) else e.check(value)
        assert result.outcome == NOT_YET and not result, f"{e.name}: whoever {wrong.what} is said to be right"
        assert (wrong.message or wrong.says) in result.message, f"{wrong.what}: {result.message}"


@named
def test_no_message_gives_the_answer_away(e):
    if not isinstance(e.answer, Number) or e.expected is None:
        return
    right = float(e.expected())
    shown = {f"{right:g}", f"{right:.{max(e.answer.digits, 0)}f}", f"{right:,.{max(e.answer.digits, 0)}f}"}
    for text in [e.check(w.value()).message for w in e.wrong] + [e.asks, *(h for h in e.hints)]:
        assert not (set(text.replace("?", " ").replace(". ", " ").split()) & shown), text


@named
def test_hints_come_one_by_one_and_end(e):
    assert len(e.hints) >= 2
    assert e.hints[0] in repr(e.hint()) and e.hints[1] in repr(e.hint(2))
    assert "q.solution()" in repr(e.hint(len(e.hints) + 1))


@named
def test_only_what_is_answered_in_words_is_judged_by_whoever_answers(e):
    assert (e.kind == "open") == isinstance(e.answer, Words)


def test_words_are_correct_by_own_reading_and_the_output_says_so():
    bundle = exercise("gaps-04").check("bla " * 60, [1, 2, 3, 4, 5])._repr_mimebundle_()
    assert bundle[MIME] == {"exercise": "gaps-04", "outcome": "correct by own reading"}
    assert bundle["text/plain"].startswith("✓ gaps-04: correct by own reading. You say that")


def test_a_hint_that_is_no_number_is_one_message():
    with pytest.raises(ParameterError, match="'2' is no number of a hint.\n  expected: 1 to 2"):
        exercise("nps-01").hint("2")


def test_code_of_a_solution_scrolls_and_is_not_broken_within_words():
    assert '<pre style="white-space:pre;overflow-x:auto;' in exercise("nps-01").solution()._repr_html_()


@named
def test_the_data_are_new_at_every_call(e):
    if e.given is not None:
        first, second = e.data(), e.data()
        assert first is not second or not hasattr(first, "iloc")  # what cannot be changed may be the same


def test_the_outcome_travels_in_the_output():
    bundle = exercise("nps-01").check(3)._repr_mimebundle_()
    assert bundle[MIME] == {"exercise": "nps-01", "outcome": NOT_YET}
    assert "not yet" in bundle["text/plain"] and "not yet" in bundle["text/html"]


def test_an_unknown_exercise_names_the_known_ones():
    with pytest.raises(ParameterError, match="nps-01"):
        exercise("nps-99")


def test_choices_are_judged_by_name_and_case_does_not_matter():
    one, more = Choice(("Queue", "Till")), Choice(("a", "b", "c"), several=True)
    assert one.judge("queue", "Queue") == "" and "not among" in one.judge("Door", "Queue")
    assert "one name" in one.judge(["Queue"], "Queue")
    assert more.judge(["A", "b"], ("a", "b")) == "" and "1 more belongs" in more.judge(["a"], ("a", "b"))


@named
def test_the_question_says_how_near_the_answer_must_be(e):
    if isinstance(e.answer, (Number, Table)):
        assert e.answer.precision in e.asks
        assert e.answer.precision in " ".join(question_of(e.name).replace("*", "").split())


def question_of(name: str) -> str:
    """What a lesson says just before the cell that asks the exercise."""
    for file in lessons().values():
        cells = nbformat.read(file, as_version=4).cells
        for before, cell in zip(cells, cells[1:], strict=False):
            if cell.cell_type == "code" and f'exercise("{name}")' in cell.source:
                return before.source
    raise AssertionError(f"no lesson asks {name}")
