"""`cxlab learn progress`: what is done, from the outputs that a kernel left in the notebooks."""

from __future__ import annotations

import json

import nbformat
import pytest

from cxlab.cli import main
from cxlab.errors import DataError
from cxlab.learn.exercises import exercise
from cxlab.learn.exercises.exercise import CORRECT, MIME, NOT_ATTEMPTED, NOT_YET, OWN_READING
from cxlab.learn.progress import NOT_RUN, outcomes, progress, read_lesson, read_notebook
from cxlab.learn.student import asked, lessons, student_text
from cxlab.learn.student_start import start

F3 = "1-fundamentals/f3-how-happy-are-they-really.ipynb"


@pytest.fixture
def folder(tmp_path):
    start(tmp_path, names=["f3", "f5"])
    return tmp_path


def answered(file, **values):
    """Leave in a notebook what a kernel leaves there when exercises are checked with these values."""
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        name = asked(cell.source).replace("-", "_")
        if cell.cell_type == "code" and name in values:
            data = exercise(asked(cell.source)).check(values[name])._repr_mimebundle_()
            cell.outputs = [nbformat.v4.new_output("execute_result", data=data, execution_count=1)]
    nbformat.write(notebook, file)


def test_each_exercise_has_its_outcome(folder, capsys):
    answered(folder / F3, nps_01=exercise("nps-01").expected(), nps_02=3)
    (first, second), faults = progress(folder)
    assert (first.name, second.name, faults) == ("f3", "f5", [])
    assert first.outcomes == {"nps-01": CORRECT, "nps-02": NOT_YET, "nps-03": NOT_RUN}
    assert main(["learn", "progress", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "f3  1 of 3 correct" in out and "nps-02  not yet" in out and "f5  not run yet" in out


def test_a_master_is_all_correct_and_a_copy_not_run():
    master = lessons()["f3"]
    assert list(read_lesson(master).outcomes.values()) == [CORRECT, CORRECT, OWN_READING]
    assert set(outcomes(json.loads(student_text(master))).values()) == {NOT_RUN}


def cell(name, *outputs):
    return {"cell_type": "code", "source": [f'q = cx.learn.exercise("{name}")\n', "q.check(1)"], "outputs": [*outputs]}


def said(name, outcome):
    return {"output_type": "execute_result", "data": {MIME: {"exercise": name, "outcome": outcome}}}


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ([said("nps-01", CORRECT)], CORRECT),
        ([said("nps-01", NOT_ATTEMPTED), said("nps-01", NOT_YET)], NOT_YET),
        ([said("nps-02", CORRECT)], NOT_RUN),
        ([said("nps-01", "brilliant")], NOT_RUN),
        ([said("nps-01", ["correct"])], NOT_RUN),
        ([{"output_type": "error", "ename": "NameError"}], NOT_RUN),
        ([{"output_type": "stream", "text": "correct"}], NOT_RUN),
        ([None, 3, {"data": None}, {"data": {MIME: "correct"}}], NOT_RUN),
    ],
)
def test_only_a_known_outcome_of_this_exercise_counts(outputs, found):
    assert outcomes({"cells": [cell("nps-01", *outputs)]}) == {"nps-01": found}


@pytest.mark.parametrize("outcome", [CORRECT, OWN_READING])
def test_an_open_exercise_is_correct_by_own_reading_also_where_an_older_output_says_correct(tmp_path, capsys, outcome):
    (tmp_path / "f3.ipynb").write_text(json.dumps({"cells": [cell("nps-03", said("nps-03", outcome))]}))
    assert read_lesson(tmp_path / "f3.ipynb").outcomes["nps-03"] == OWN_READING
    assert main(["learn", "progress", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "f3  1 of 3 correct (1 by own reading)" in out and "nps-03  correct by own reading" in out


def test_the_best_of_two_cells_counts():
    cells = [cell("nps-01", said("nps-01", CORRECT)), cell("nps-01", said("nps-01", NOT_YET)), None, {"source": "x"}]
    assert outcomes({"cells": cells}) == {"nps-01": CORRECT}


def test_an_exercise_that_was_deleted_is_not_run(tmp_path):
    file = tmp_path / "renamed.ipynb"
    file.write_text(json.dumps({"cells": [cell("nps-02", said("nps-02", CORRECT))]}))
    assert read_lesson(file).outcomes == {"nps-01": NOT_RUN, "nps-02": CORRECT, "nps-03": NOT_RUN}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b'{"cells": [', "is broken"),
        (b"\xff\xfe\x00", "is broken"),
        (b"[" * 200_000, "is broken"),
        (b"[1, 2]", "no notebook"),
        (b'{"worksheets": []}', "no notebook"),
    ],
)
def test_a_notebook_that_cannot_be_read_is_named_and_the_rest_is_read(folder, capsys, content, says):
    (folder / "other.ipynb").write_bytes(content)
    with pytest.raises(DataError, match=says):
        read_notebook(folder / "other.ipynb")
    assert main(["learn", "progress", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert "f3  not run yet" in out and says in err and "other.ipynb" in err and "save it again" in err


def test_a_folder_that_is_not_there_is_one_message(tmp_path, capsys):
    assert main(["learn", "progress", str(tmp_path / "none")]) == 2
    assert "cxlab learn start" in capsys.readouterr().err


def test_checkpoints_and_notebooks_of_other_things_do_not_count(folder, capsys):
    hidden = folder / ".ipynb_checkpoints"
    hidden.mkdir()
    (hidden / "f3.ipynb").write_bytes(b"broken")
    (folder / "diary.ipynb").write_text('{"cells": []}')
    found, faults = progress(folder)
    assert [lesson.name for lesson in found] == ["f3", "f5"] and faults == []
