"""`cxlab learn collect`: a class as one table, from folders or files, with what cannot be read named."""

from __future__ import annotations

import csv
import shutil

import nbformat
import pytest

from cxlab.cli import main
from cxlab.errors import DataError
from cxlab.learn.collect import COLUMNS, UNREADABLE, collect, student_of, write_table
from cxlab.learn.collect_rerun import run_again
from cxlab.learn.exercises import exercise
from cxlab.learn.exercises.exercise import CORRECT, MIME, NOT_ATTEMPTED, NOT_YET, OWN_READING
from cxlab.learn.progress import NOT_RUN, read_lesson
from cxlab.learn.student import lessons, student_text

F3 = "f3-how-happy-are-they-really.ipynb"
RIGHT = exercise("nps-01").expected()


def notebook(file, *answers, claims=()):
    """A small notebook that checks nps-01, -02, … with these answers, and holds outputs with these claims."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = nbformat.v4
    cells = [new.new_code_cell("import cxlab as cx")]
    for number, answer in enumerate(answers, 1):
        name = f"nps-{number:02d}"
        cell = new.new_code_cell(f'q = cx.learn.exercise("{name}")\nq.check({answer})')
        for outcome in claims[number - 1 : number]:
            data = {MIME: {"exercise": name, "outcome": outcome}}
            cell.outputs = [new.new_output("execute_result", data=data, execution_count=1)]
        cells.append(cell)
    nbformat.write(new.new_notebook(cells=cells), file)
    return file


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    (folder / "ana" / "1-fundamentals").mkdir(parents=True)
    shutil.copy(lessons()["f3"], folder / "ana" / "1-fundamentals" / F3)
    (folder / "li-f3.ipynb").write_text(student_text(lessons()["f3"]), encoding="utf-8")
    notebook(folder / "=cmd|x" / "f3.ipynb", "1", "2", claims=[NOT_YET, CORRECT])
    return folder


def test_one_row_an_exercise_of_each_student(course):
    rows, faults = collect(course)
    assert faults == []
    assert [(r.student, r.exercise, r.outcome) for r in rows] == [
        ("=cmd|x", "nps-01", NOT_YET), ("=cmd|x", "nps-02", CORRECT), ("=cmd|x", "nps-03", NOT_RUN),
        ("ana", "nps-01", CORRECT), ("ana", "nps-02", CORRECT), ("ana", "nps-03", OWN_READING),
        ("li", "nps-01", NOT_RUN), ("li", "nps-02", NOT_RUN), ("li", "nps-03", NOT_RUN),
    ]  # fmt: skip
    assert {r.lesson for r in rows} == {"f3"} and rows[3].file == f"ana/1-fundamentals/{F3}"


def test_the_table_is_written_and_no_name_is_a_formula(course, tmp_path, capsys):
    file = tmp_path / "class.csv"
    for _ in range(2):  # a second run replaces its own table
        assert main(["learn", "collect", str(course), "--to", str(file)]) == 0
    with file.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == 9 and list(rows[0]) == list(COLUMNS)
    assert {row["student"] for row in rows} == {"'=cmd|x", "ana", "li"} and rows[0]["file"] == "'=cmd|x/f3.ipynb"
    out = capsys.readouterr().out
    assert (
        "students: 3, notebooks: 3" in out
        and "ana     f3  3 of 3 correct (1 by own reading)  (" in out
        and "--rerun" in out
    )


def test_another_file_is_not_written_over(course, tmp_path):
    file = tmp_path / "grades.csv"
    file.write_text("name,grade\nana,1\n")
    with pytest.raises(DataError, match="no table of this command"):
        write_table(collect(course)[0], file)
    assert file.read_text() == "name,grade\nana,1\n"


def test_what_cannot_be_used_is_named(course, capsys):
    (course / "bo-f3.ipynb").write_bytes(b"")
    (course / "cy-f3.ipynb").write_bytes(b"{]")
    notebook(course / "dee" / "diary.ipynb")
    assert main(["learn", "collect", str(course)]) == 0
    out, err = capsys.readouterr()
    assert "3 could not be used" in out
    assert "students: 6, notebooks: 3;" in out and "bo      f3  unreadable: it is empty" in out
    assert "bo-f3.ipynb is empty" in err and "cy-f3.ipynb is broken" in err and "asks no exercise" in err


def test_no_student_is_lost_from_the_table(course, tmp_path):
    (course / "bo-f3.ipynb").write_bytes(b"")
    (course / "ana" / "f5.ipynb").write_bytes(b"{]")  # her other notebook can be read: named, and not in the table
    notebook(course / "dee" / "diary.ipynb")
    (course / "eve").mkdir()
    rows, faults = collect(course)
    lost = [(r.student, r.lesson, r.exercise, r.file) for r in rows if r.outcome == UNREADABLE]
    assert lost == [("bo", "f3", "", "bo-f3.ipynb"), ("dee", "", "", "dee/diary.ipynb"), ("eve", "", "", "eve")]
    assert len(faults) == 3
    write_table(rows, tmp_path / "class.csv")
    assert "eve,,,unreadable,,no notebook is there,eve" in (tmp_path / "class.csv").read_text(encoding="utf-8-sig")


def test_what_may_be_a_hand_in_and_is_no_notebook_is_named_with_what_to_do(course, capsys):
    for name in ("grete.zip", "ida/f4.tar.gz", "jo-f3.ipynb.txt", "kay/F3.html", "ana/f4.zip", "README.txt"):
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_bytes(b"PK")
    (course / "li-f3.ipynb").rename(course / "li-f3.IPYNB")
    rows, _ = collect(course)
    assert [(r.student, r.lesson, r.file, r.note) for r in rows if r.outcome == UNREADABLE] == [
        ("grete", "", "grete.zip", "it is an archive: unpack it where it lies"),
        ("ida", "f4", "ida/f4.tar.gz", "it is an archive: unpack it where it lies"),
        ("jo", "f3", "jo-f3.ipynb.txt", "it is a notebook under another name: let its name end in .ipynb"),
        ("kay", "f3", "kay/F3.html", "it is no notebook, but may be made of one: ask for the .ipynb"),
    ]
    assert "li" in {row.student for row in rows if row.exercise}
    assert main(["learn", "collect", str(course)]) == 0
    err = capsys.readouterr().err
    assert "f4.zip is an archive.\n  to mend:  unpack it where it lies" in err and "README" not in err


def test_a_notebook_without_a_name_is_nobodys(course, capsys):
    notebook(course / F3, "1", claims=[NOT_YET])
    (course / "f5.ipynb").write_bytes(b"")
    assert main(["learn", "collect", str(course)]) == 0
    out = capsys.readouterr().out
    assert "(no name)  f3  0 of 3 correct" in out and "whose is it? name it as ana-f3.ipynb" in out
    assert "(no name)  f5  unreadable: it is empty; whose" in out
    assert "students: 3, notebooks: 4; without a name: 2; 1 could not be used" in out


def test_copies_of_one_student_are_remarked(course):
    notebook(course / "li" / "f3.ipynb", "1", claims=[NOT_YET])
    notebook(course / "li" / "f5.ipynb")
    assert {r.file: r.note for r in collect(course)[0] if r.student == "li" and r.exercise} == {
        "li-f3.ipynb": "one of 2 copies", "li/f3.ipynb": "one of 2 copies",
    }  # fmt: skip
    assert {r.note for r in collect(course)[0] if r.student == "ana"} == {""}


def test_a_folder_without_anything_handed_in_is_one_error(tmp_path, capsys):
    (tmp_path / "ana").mkdir()
    (tmp_path / "list.csv").write_text("ana\n")
    assert main(["learn", "collect", str(tmp_path), "--to", str(tmp_path / "t.csv")]) == 2
    out, err = capsys.readouterr()
    assert "no notebook is in" in err and out == "" and not (tmp_path / "t.csv").exists()


def test_a_folder_that_is_none_is_said(course):
    with pytest.raises(DataError, match="li-f3.ipynb is a file") as problem:
        collect(course / "li-f3.ipynb")
    assert "students' folders" in str(problem.value)
    with pytest.raises(DataError, match="there is no folder") as problem:
        collect(course / "nobody")
    assert "learn start" not in str(problem.value)


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("ana/f3.ipynb", "ana"),
        ("ana/1-fundamentals/f3.ipynb", "ana"),
        ("Ana Ruiz_4711_assignsubmission_file/f3.ipynb", "Ana Ruiz_4711_assignsubmission_file"),
        (f"ana-{F3}", "ana"),
        ("ana.F3.ipynb", "ana"),
        ("f3-ana (1).ipynb", "ana"),
        ("f3-how-happy-are-they-really-ana-2.ipynb", "ana"),
        (F3, "(no name)"),
        ("f3-how-happy-are-they-really-2.ipynb", "(no name)"),
        (f"1-fundamentals/{F3}", "(no name)"),
        ("1-fundamentals/ana-f3.ipynb", "ana"),
        ("1-fundamentals/ana/f3.ipynb", "ana"),
        ("af3b-x.ipynb", "af3b-x"),
    ],
)
def test_a_student_is_called_as_folder_or_file_is(tmp_path, path, student):
    folder = tmp_path / "course"
    assert student_of(folder / path, folder, "f3") == student


def test_running_again_finds_what_an_edited_output_claims(tmp_path, capsys):
    notebook(tmp_path / "ana-f3.ipynb", RIGHT, "1 / 0", "...", claims=[NOT_YET, CORRECT, CORRECT])
    before = (tmp_path / "ana-f3.ipynb").read_bytes()
    assert main(["learn", "collect", str(tmp_path), "--rerun", "--to", str(tmp_path / "t.csv")]) == 0
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as source:
        found = [(row["outcome"], row["claimed"]) for row in csv.DictReader(source)]
    assert found == [(CORRECT, NOT_YET), (NOT_RUN, CORRECT), (NOT_ATTEMPTED, OWN_READING)]
    out, err = capsys.readouterr()
    assert "nps-02 claimed correct" in out and "with your rights" in err
    assert (tmp_path / "ana-f3.ipynb").read_bytes() == before


def test_a_notebook_that_does_not_end_is_stopped(tmp_path):
    file = notebook(tmp_path / "f3.ipynb", RIGHT, "[1 for _ in iter(int, 1)]", claims=[CORRECT, CORRECT])
    again, note = run_again(read_lesson(file), seconds=12)
    assert again.outcomes["nps-02"] == NOT_RUN and note == "stopped after 12 s"


def test_a_kernel_that_dies_is_said(tmp_path):
    file = notebook(tmp_path / "f3.ipynb", "__import__('os')._exit(1)", claims=[CORRECT])
    again, note = run_again(read_lesson(file))
    assert set(again.outcomes.values()) == {NOT_RUN} and note == "its kernel died"
