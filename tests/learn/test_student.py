"""The student's copy of each lesson: the lesson without a solution (that it runs: `test_student_runs`)."""

from __future__ import annotations

import ast
import re
from functools import cache
from numbers import Real

import nbformat
import pandas as pd
import pytest

from cxlab.errors import DataError
from cxlab.learn.exercises import SUBJECTS, exercise, exercises
from cxlab.learn.exercises.answers import Choice, Number, Sampled
from cxlab.learn.exercises.exercise import CORRECT, OWN_READING
from cxlab.learn.progress import outcomes, read_notebook
from cxlab.learn.student import TAG, asked, lessons, solution_spans, student_copy, student_text, without_solution


def tagged(notebook):
    return [c for c in notebook.cells if TAG in c.metadata.get("tags", ())]


def lessons_with_exercises():
    return {name: file for name, file in lessons().items() if outcomes(read_notebook(file))}


THERE = lessons_with_exercises()
each = pytest.mark.parametrize("name", THERE)


@cache
def copy_of(name):
    return nbformat.reads(student_text(lessons()[name]), as_version=4)


@pytest.mark.parametrize("name", lessons())
def test_a_copy_has_every_cell_no_output_and_is_the_same_each_time(name):
    master, text = nbformat.read(lessons()[name], as_version=4), student_text(lessons()[name])
    copy = nbformat.reads(text, as_version=4)
    nbformat.validate(copy)
    assert text.encode() == student_text(lessons()[name]).encode()
    assert [c.id for c in copy.cells] == [c.id for c in master.cells]
    assert all(c.outputs == [] and c.execution_count is None for c in copy.cells if c.cell_type == "code")
    untouched = [(a.source, b.source) for a, b in zip(master.cells, copy.cells, strict=True)
                 if a.cell_type == "code" and TAG not in a.metadata.get("tags", ())]  # fmt: skip
    assert all(a == b for a, b in untouched)


@each
def test_the_lesson_asks_every_exercise_of_its_subject_and_solves_it(name):
    master = read_notebook(lessons()[name])
    subjects = [subject for subject, lesson in SUBJECTS.items() if lesson == name]
    wanted = [e for subject in subjects for e in exercises(subject)]
    assert outcomes(master) == {e.name: OWN_READING if e.kind == "open" else CORRECT for e in wanted}


@each
def test_every_exercise_is_one_tagged_cell_that_ends_in_its_check(name):
    master, copy = nbformat.read(lessons()[name], as_version=4), copy_of(name)
    assert [asked(c.source) for c in tagged(master)] == list(outcomes(master))
    for cell in tagged(copy):
        last = ast.parse(cell.source).body[-1]
        assert isinstance(last, ast.Expr) and ast.unparse(last.value.func) == "q.check", cell.source
        assert all(isinstance(value, ast.Name) for value in last.value.args), "give q.check names, not expressions"


@each
def test_nothing_of_a_solution_is_left(name):
    master, copy = nbformat.read(lessons()[name], as_version=4), copy_of(name)
    everything = "\n".join(c.source for c in copy.cells)
    assert not re.search(r"#\s*(BEGIN |END )?SOLUTION|<details", everything)
    for before, after in zip(tagged(master), tagged(copy), strict=True):
        lines = before.source.split("\n")
        hidden = {line.strip() for first, last in solution_spans(before.source) for line in lines[first - 1 : last]}
        assert hidden and not hidden & {line.strip() for line in after.source.split("\n")} - {""}


def numbers_of(answer, right) -> set[str]:
    """Right numbers as somebody might have written them, at the digits that are asked."""
    if isinstance(right, pd.DataFrame):
        return {shown for column in right.select_dtypes("number") for v in right[column]
                for shown in numbers_of(Number("", digits=answer.digits), v)}  # fmt: skip
    if isinstance(answer, Sampled):
        right = right[0]
    if isinstance(right, bool) or not isinstance(right, Real):
        return set()
    digits = max(getattr(answer, "digits", 2), 0)
    ways = {f"{right:.{digits}f}", f"{right:,.{digits}f}", f"{right:.{digits + 1}f}", f"{100 * right:.{digits}f}",
            f"{right:g}", f"{right!s}"}  # fmt: skip
    return {way.lstrip("-") for way in ways if right == right}


def held(number: str, text: str) -> bool:
    return re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d]|[.,]\d)", text) is not None


@each
def test_no_expected_value_is_found_in_a_copy(name):
    copy = copy_of(name)
    everything = "\n".join(c.source for c in copy.cells)
    own = {asked(c.source): c.source for c in tagged(copy)}
    for about in own:
        e = exercise(about)
        right = e.expected() if e.expected else None
        for number in numbers_of(e.answer, right):
            # One or two figures stand in any text (dates, levels, "90 %"): those are only sought where it is answered.
            where = everything if len(re.sub(r"\D", "", number).lstrip("0")) > 2 else own[about].replace(about, "")
            assert not held(number, where), f"{about}: {number} stands in the copy"
        if isinstance(e.answer, Choice):
            alone = {right} if isinstance(right, str) else set(right)
            texts = {n.value for n in ast.walk(ast.parse(own[about]))
                     if isinstance(n, ast.Constant) and isinstance(n.value, str)}  # fmt: skip
            named = texts & set(e.answer.options)
            assert not named or not named <= alone, f"{about}: of its options only the right ones are named"


CELLS = [
    ("x = 1  # SOLUTION\nq.check(x)", "x = ...\nq.check(x)"),
    ("a, (b, *c) = f()  # SOLUTION\nq.check(a, b, c)", "a, b, c = ..., ..., ...\nq.check(a, b, c)"),
    ("x = (1 +\n  2)  # SOLUTION\nq.check(x)", "x = ...\nq.check(x)"),
    ("x = (  # SOLUTION\n  2)\nq.check(x)", "x = ...\nq.check(x)"),
    ("x: float = 1.0  # SOLUTION\nq.check(x)", "x = ...\nq.check(x)"),
    ("step = 1  # SOLUTION\nx = step  # SOLUTION\nq.check(x)", "x = ...\nq.check(x)"),
    ("x = 1  # SOLUTION\nx = x + 1  # SOLUTION\nq.check(x)", "x = ...\nq.check(x)"),
    ("t = q.data()\nprint(t)\nt = t[1:]  # SOLUTION\nx = len(t)  # SOLUTION\nq.check(x)",
     "t = q.data()\nprint(t)\nx = ...\nq.check(x)"),
    ("# BEGIN SOLUTION\nfor i in range(3):\n    x = i\n# END SOLUTION\nq.check(x)", "x = ...\nq.check(x)"),
    ("# BEGIN SOLUTION\nwords = '''# END SOLUTION\nhere'''\nmet = [1]\n# END SOLUTION\nq.check(words, met)",
     "words = ...\nmet = ...\nq.check(words, met)"),
    ("def f(x, *, y=1):\n    # BEGIN SOLUTION\n    return x\n    # END SOLUTION\n\nq.check(f)",
     "f = ...  # def f(x, *, y=1):\n\nq.check(f)"),
    ("show(1)  # SOLUTION\nx = 2  # SOLUTION\nq.check(x)", "x = ...\nq.check(x)"),
    ("s = '# SOLUTION'\nx = s  # SOLUTION\nq.check(x)", "s = '# SOLUTION'\nx = ...\nq.check(x)"),
    ("k = [i for i in range(9)]  # SOLUTION\nq.check(k)\n[i for i in ()]", "k = ...\nq.check(k)\n[i for i in ()]"),
]  # fmt: skip


@pytest.mark.parametrize(("lesson", "student"), CELLS)
def test_solutions_give_way_to_dots(lesson, student):
    assert without_solution(lesson) == student


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("# BEGIN SOLUTION\nx = 1\nq.check(x)", "has no # END SOLUTION"),
        ("x = 1\n# END SOLUTION\nq.check(x)", "out of place"),
        ("# SOLUTION\nx = 1\nq.check(x)", "out of place"),
        ("# BEGIN SOLUTION\nx = 1  # SOLUTION\n# END SOLUTION\nq.check(x)", "out of place"),
        ("x = 1  # SOLUTION NO PROMPT\nq.check(x)", "out of place"),
        ("# BEGIN SOLUTION\nx = [1,\n# END SOLUTION\n2]\nq.check(x)", "cuts a statement"),
    ],
)
def test_a_mark_out_of_place_is_named(source, says):
    with pytest.raises(DataError, match=says):
        without_solution(source)


def test_an_exercise_without_a_marked_solution_is_named():
    cell = nbformat.v4.new_code_cell('q = cx.learn.exercise("nps-01")\nq.check(1)', metadata={"tags": [TAG]})
    with pytest.raises(DataError, match="nps-01 has no marked solution"):
        student_copy(nbformat.v4.new_notebook(cells=[cell]))


def test_links_of_a_copy_lead_to_what_is_beside_it():
    kept = "[F1](f1-what.ipynb), [I4](../2-intermediate/i4-x.ipynb), [web](https://a.b), [here](#here)"
    text = f"[NPS](../../glossary.md#nps), [study](../../studies/cltv.ipynb), {kept}"
    copy = student_copy(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]))
    assert copy.cells[0].source == f"[NPS](../glossary.md#nps), study, {kept}"
