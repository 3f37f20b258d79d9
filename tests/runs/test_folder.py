"""Run folders appear whole or not at all; what killed runs left is recognised."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cxlab.errors import ParameterError
from cxlab.runs import folder as folders
from cxlab.runs.folder import clean_stale, free_target, publish, staged


def left_by_a_dead_process(path, target: str, kind: str):
    """A folder as a run that no longer lives would have named it."""
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    left = path / f".{target}.{kind}-{folders._host()}-{int(done.stdout)}-1"
    left.mkdir()
    (left / "run.json").write_text("{}")
    return left


def test_staging_is_published_by_name_and_nothing_else_stays(tmp_path):
    with staged(tmp_path / "a" / "run") as folder:
        (folder / "run.json").write_text("new")
        assert not (tmp_path / "a" / "run").exists() and folder.parent == tmp_path / "a"
        publish(folder, tmp_path / "a" / "run")
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["run"]


def test_an_error_leaves_nothing_and_the_old_run_stands(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("old")
    with pytest.raises(RuntimeError), staged(tmp_path / "run") as folder:
        (folder / "run.json").write_text("half")
        raise RuntimeError
    assert [p.name for p in tmp_path.iterdir()] == ["run"] and (tmp_path / "run" / "run.json").read_text() == "old"


def test_what_appeared_meanwhile_is_not_overwritten(tmp_path):
    with staged(tmp_path / "run") as folder, pytest.raises(ParameterError, match="exists"):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "run.json").write_text("theirs")
        publish(folder, tmp_path / "run")
    assert (tmp_path / "run" / "run.json").read_text() == "theirs"


def test_only_what_a_dead_run_of_this_machine_left_is_removed(tmp_path):
    dead = left_by_a_dead_process(tmp_path, "run", "staging")
    elsewhere = tmp_path / ".run.staging-another.machine-1-1"
    alive = tmp_path / f".run.staging-{folders._host()}-{os.getpid()}-{folders._started(os.getpid())}"
    mine = tmp_path / ".git"
    for path in (elsewhere, alive, mine):
        path.mkdir()
    clean_stale(tmp_path)
    assert not dead.exists() and elsewhere.exists() and alive.exists() and mine.exists()


def test_a_run_killed_between_two_renames_gets_its_old_folder_back(tmp_path):
    left_by_a_dead_process(tmp_path, "run", "replaced")
    clean_stale(tmp_path)
    assert (tmp_path / "run" / "run.json").exists()


def test_a_taken_name_gets_a_counter(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run-2").mkdir()
    assert free_target(tmp_path, "run").name == "run-3"
