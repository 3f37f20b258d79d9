"""Fresh copies of the lessons in a student's folder; what lies there is never overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cxlab.errors import DataError
from cxlab.learn.progress import read_notebook
from cxlab.learn.student import lesson, lessons, student_text
from cxlab.places import shipped

FOLDER = "cxlab-lessons"


@dataclass(frozen=True)
class Copied:
    """What became of one lesson.

    Parameters
    ----------
    lesson : "f3"; file : where its copy lies; new : whether it was written now
    fault : what is wrong with the file that was there, if anything
    """

    lesson: str
    file: Path
    new: bool
    fault: str = ""


def start(folder: Path | str = FOLDER, *, names: Sequence[str] = (), fresh: bool = False) -> list[Copied]:
    """Put copies of lessons into a folder, each below the name of its level, and the glossary beside the levels.

    Parameters
    ----------
    folder : made where it is missing
    names : of lessons ("f3"); all when empty
    fresh : where a copy is there, put a new one with a number beside it

    Returns
    -------
    one line a lesson; files that were there are kept

    Raises
    ------
    ParameterError : there is no such lesson
    DataError : the folder cannot be written to
    """
    folder = Path(folder)
    chosen = {file.name: (file.name.partition("-")[0], file) for file in map(lesson, names)} or {
        file.name: (name, file) for name, file in lessons().items()
    }
    done = []
    for name, master in chosen.values():
        file = folder / master.parent.name / master.name
        if file.exists() and not fresh:
            done.append(Copied(name, file, new=False, fault=_fault(file)))
            continue
        file = _free(file)
        _write(file, student_text(master))
        done.append(Copied(name, file, new=True))
    glossary = shipped("notebooks") / "glossary.md"
    if glossary.is_file() and not (folder / "glossary.md").exists():
        _write(folder / "glossary.md", glossary.read_text(encoding="utf-8"))
    return done


def _free(file: Path) -> Path:
    number, free = 1, file
    while free.exists():
        number += 1
        free = file.with_name(f"{file.stem}-{number}{file.suffix}")
    return free


def _write(file: Path, text: str) -> None:
    """Write a file that is not there: whole or not at all."""
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
        shutil.move(part, file)
    except OSError as problem:
        raise DataError(
            f"{file} cannot be written: {problem.strerror or problem}.",
            expected="a folder that you may write to",
            mend="cxlab learn start ANOTHER_FOLDER",
        ) from None
    finally:
        with suppress(OSError):  # where not even its folder could be made
            part.unlink(missing_ok=True)


def _fault(file: Path) -> str:
    try:
        read_notebook(file)
    except DataError as problem:
        return problem.found
    return ""
