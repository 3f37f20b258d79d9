"""`cxlab learn start`: copies for a student; what lies there is never overwritten."""

from __future__ import annotations

import json

import pytest

from cxlab.cli import main
from cxlab.learn.student import lessons, student_text

F3 = "1-fundamentals/f3-how-happy-are-they-really.ipynb"


def start(folder, *options):
    return main(["learn", "start", str(folder), *options])


def test_every_lesson_is_put_below_its_level_with_the_glossary_beside(tmp_path, capsys):
    folder = tmp_path / "mine"
    assert start(folder) == 0
    assert {f.relative_to(folder).as_posix() for f in folder.rglob("*.ipynb")} == {
        f"{file.parent.name}/{file.name}" for file in lessons().values()
    }
    assert (folder / F3).read_text(encoding="utf-8") == student_text(lessons()["f3"])
    assert (folder / "glossary.md").is_file()
    assert not [f for f in folder.rglob("*") if f.name.endswith(".part")]
    assert f"jupyter lab {folder}" in capsys.readouterr().out


def test_work_is_kept_and_a_fresh_copy_gets_a_number(tmp_path, capsys):
    start(tmp_path, "--lesson", "F3")
    (tmp_path / F3).write_text('{"cells": [], "mine": 1}', encoding="utf-8")
    (tmp_path / "glossary.md").write_text("my notes", encoding="utf-8")
    assert start(tmp_path, "--lesson", "f3") == 0
    assert "kept, it was there" in capsys.readouterr().out
    for _ in range(2):
        assert start(tmp_path, "--lesson", "f3", "--fresh") == 0
    assert sorted(f.name for f in (tmp_path / F3).parent.iterdir()) == [
        "f3-how-happy-are-they-really-2.ipynb", "f3-how-happy-are-they-really-3.ipynb",
        "f3-how-happy-are-they-really.ipynb",
    ]  # fmt: skip
    assert json.loads((tmp_path / F3).read_text(encoding="utf-8"))["mine"] == 1
    assert (tmp_path / "glossary.md").read_text(encoding="utf-8") == "my notes"


def test_a_broken_file_is_kept_and_said_to_be_broken(tmp_path, capsys):
    start(tmp_path, "--lesson", "f3")
    (tmp_path / F3).write_bytes(b'{"cells": [')
    start(tmp_path, "--lesson", "f3")
    assert "broken" in capsys.readouterr().out and (tmp_path / F3).read_bytes() == b'{"cells": ['


def test_a_folder_that_cannot_be_written_to_is_one_message(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert start(tmp_path / "file") == 2
    said = capsys.readouterr().err
    assert said.startswith("DataError: ") and "cannot be written" in said and "cxlab learn start" in said
    assert (tmp_path / "file").read_text() == ""


def test_an_unknown_lesson_lists_the_known(tmp_path, capsys):
    assert start(tmp_path / "mine", "--lesson", "f33") == 2
    assert "did you mean 'f3'" in capsys.readouterr().err and not (tmp_path / "mine").exists()


@pytest.mark.parametrize("options", [(), ("--fresh",)])
def test_a_second_start_says_what_it_did(tmp_path, capsys, options):
    start(tmp_path, "--lesson", "f3", "--lesson", "f5")
    capsys.readouterr()
    start(tmp_path, "--lesson", "f3", "--lesson", "f5", *options)
    out = capsys.readouterr().out
    assert out.count("written") == (2 if options else 0) and out.count("kept, it was") == (0 if options else 2)
