"""Lessons for Otter-Grader: what is exported, and (slow) Otter itself making and grading an assignment of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest

from cxlab.cli import main
from cxlab.learn.exercises import SUBJECTS, exercise
from cxlab.learn.progress import asked_by
from cxlab.learn.student import lessons, without_solution
from cxlab.learn.student_otter import export_otter, otter_notebook, otter_solution

THERE = [name for name in lessons() if asked_by(name)]


@pytest.mark.parametrize("name", THERE)
def test_every_exercise_becomes_a_question_whose_test_holds_no_value(name):
    notebook = otter_notebook(nbformat.read(lessons()[name], as_version=4), name=name)
    nbformat.validate(notebook)
    raw = [c.source for c in notebook.cells if c.cell_type == "raw"]
    begun = [re.search("name: (.+)", c)[1].replace("_", "-") for c in raw if c.startswith("# BEGIN QUESTION")]
    assert begun == asked_by(name) and raw.count("# END QUESTION") == len(begun)
    for cell in (c for c in notebook.cells if c.get("outputs")):
        assert re.fullmatch(r'cx\.learn\.exercise\("[a-z]+-\d+"\)\.check\([\w, ]+\)\.outcome', cell.source)
        assert cell.outputs[0]["data"] == {"text/plain": "'correct'"}
    for head in (c for c in raw if c.startswith("# BEGIN QUESTION")):
        about = re.search("name: (.+)", head)[1].replace("_", "-")
        assert ("manual: true" in head) == (exercise(about).kind == "open")


def stripped(source):
    """What Otter leaves a student of a cell whose solutions are blocks with prompts."""
    source = re.sub(r"# BEGIN SOLUTION NO PROMPT\n.*?\n# END SOLUTION\n?", "", source, flags=re.DOTALL)
    return re.sub(r'^""" # (BEGIN|END) PROMPT\n?', "", source, flags=re.MULTILINE)


@pytest.mark.parametrize("name", THERE)
def test_a_student_finds_in_otter_what_the_copy_of_cxlab_has(name):
    for cell in nbformat.read(lessons()[name], as_version=4).cells:
        if "exercise" in cell.metadata.get("tags", ()):
            assert stripped(otter_solution(cell.source)) == without_solution(cell.source)


def test_what_is_there_is_not_written_over(tmp_path, capsys):
    assert main(["learn", "export", "f3", str(tmp_path), "--for", "otter"]) == 0
    assert "otter assign" in capsys.readouterr().out
    assert main(["learn", "export", "f3", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_subjects_name_lessons():
    assert set(SUBJECTS.values()) >= set(THERE)


@pytest.mark.slow
def test_otter_gives_the_lesson_full_marks_and_the_copy_none(tmp_path):
    """Otter-Grader from the package index, in an environment of its own that sees this one's cxlab."""
    place = tmp_path / "otter"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    bin_ = place / ("Scripts" if os.name == "nt" else "bin")
    got = subprocess.run([bin_ / "python", "-m", "pip", "install", "-q", "otter-grader==7.0.*"], capture_output=True,
                         text=True)  # fmt: skip
    if got.returncode:
        pytest.skip(f"Otter-Grader cannot be had: {got.stderr.strip().splitlines()[-1:]}")
    here = sysconfig.get_paths()["purelib"]
    ask = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    there = Path(
        subprocess.run([bin_ / "python", "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    )
    (there / "cxlab-from.pth").write_text(f"import site; site.addsitedir({here!r})\n", encoding="utf-8")
    environment = os.environ | {"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}

    def otter(*words, cwd):
        done = subprocess.run([bin_ / "otter", *words], cwd=cwd, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    master = export_otter("f3", tmp_path)
    assert "All autograder tests passed" in otter("assign", master, "dist", "--no-pdfs", "-v", cwd=tmp_path)
    (grader,) = (tmp_path / "dist" / "autograder").glob("*.zip")
    scores = {}
    for who in ("autograder", "student"):  # the lesson with its solutions, and what students get
        folder = tmp_path / who
        folder.mkdir()
        shutil.copy(tmp_path / "dist" / who / "f3.ipynb", folder)
        otter("run", "-a", grader, "-o", ".", "f3.ipynb", cwd=folder)
        tests = json.loads((folder / "results.json").read_text(encoding="utf-8"))["tests"]
        scores[who] = {t["name"]: (t["score"], t["max_score"]) for t in tests if t["name"].startswith("nps")}
    assert scores == {
        "autograder": {"nps_01": (1.0, 1.0), "nps_02": (1.0, 1.0)},
        "student": {"nps_01": (0.0, 1.0), "nps_02": (0.0, 1.0)},
    }
