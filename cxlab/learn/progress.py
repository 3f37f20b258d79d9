"""What is done, read from the notebooks' own outputs: each check leaves its outcome there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from cxlab.errors import DataError
from cxlab.learn.exercises import SUBJECTS, exercises
from cxlab.learn.exercises.exercise import CORRECT, MIME, NOT_ATTEMPTED, NOT_YET, OWN_READING
from cxlab.learn.student import asked, lessons

NOT_RUN = "not run"
#: from best to worst
OUTCOMES = (CORRECT, OWN_READING, NOT_YET, NOT_ATTEMPTED, NOT_RUN)
#: a notebook with pictures has a few; more is no notebook of a lesson
_MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class Lesson:
    """What a notebook says of a lesson.

    Parameters
    ----------
    name : "f3"; file : the notebook; outcomes : exercise → one of `OUTCOMES`, in the order of the lesson
    """

    name: str
    file: Path
    outcomes: dict[str, str]


def how_much(outcomes: Collection[str]) -> str:
    """How much of a lesson is correct, in words.

    >>> how_much(["correct", "not yet", "correct by own reading"])
    '2 of 3 correct (1 by own reading)'
    """
    own = sum(outcome == OWN_READING for outcome in outcomes)
    right = own + sum(outcome == CORRECT for outcome in outcomes)
    return f"{right} of {len(outcomes)} correct" + (f" ({own} by own reading)" if own else "")


def read_notebook(file: Path) -> dict:
    """A notebook as it lies in its file.

    Raises
    ------
    DataError : it is empty, broken, too large, or something else
    """
    mend = "save it again in JupyterLab, or: cxlab learn start --fresh"
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DataError(f"{file} is larger than {_MOST_BYTES:,} bytes.", mend="clear its outputs and save it again")
        text = file.read_text(encoding="utf-8")
        if not text.strip():
            raise DataError(f"{file} is empty.", mend=mend)
        notebook = json.loads(text)
    except OSError as problem:
        raise DataError(f"{file} cannot be read: {problem.strerror or problem}.") from None
    except (ValueError, RecursionError):
        raise DataError(f"{file} is broken: it is not the JSON of a notebook.", mend=mend) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise DataError(f"{file} is no notebook of format 4: it has no cells.", mend=mend)
    return notebook


def outcomes(notebook: dict) -> dict[str, str]:
    """Exercise → outcome, of every exercise that a notebook asks.

    An outcome counts only in the output of the cell that asks the exercise, and only if it is one of the known; of
    several cells that ask the same, the best. No such output is "not run": never run, cleared, or stopped by an error.
    Of an open exercise "correct" is "correct by own reading": outputs of former versions have the one for the other.

    >>> cell = {"cell_type": "code", "source": 'exercise("nps-01")', "outputs": []}
    >>> outcomes({"cells": [cell]})
    {'nps-01': 'not run'}
    """
    found: dict[str, str] = {}
    for cell in notebook["cells"]:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        if name := asked(_text(cell.get("source"))):
            found[name] = min(found.get(name, NOT_RUN), _outcome(cell, name), key=OUTCOMES.index)
    return found


def read_lesson(file: Path) -> Lesson | None:
    """The lesson of a notebook with what is done of it; None where it asks no exercise of cxlab.

    Raises
    ------
    DataError : the notebook cannot be read
    """
    found = outcomes(read_notebook(file))
    names = [SUBJECTS[name.rpartition("-")[0]] for name in found if name.rpartition("-")[0] in SUBJECTS]
    if not names:
        return None
    name = max(dict.fromkeys(names), key=names.count)
    all_of_it = [*asked_by(name), *found]
    return Lesson(name, file, {e: found.get(e, NOT_RUN) for e in dict.fromkeys(all_of_it)})


def asked_by(name: str) -> list[str]:
    """The exercises that a lesson asks as it ships, in order."""
    master = lessons().get(name)
    return list(outcomes(read_notebook(master))) if master else []


def notebooks(folder: Path) -> Iterator[Path]:
    """Notebooks in a folder and below it, hidden ones and checkpoints left out.

    Raises
    ------
    DataError : there is no such folder
    """
    if not folder.is_dir():
        if folder.is_file():
            raise DataError(f"{folder} is a file.", expected="the folder in which the lessons are")
        raise DataError(f"there is no folder {str(folder)!r}.", mend="cxlab learn start makes one")
    yield from (file for file in files_below(folder) if file.suffix.lower() == ".ipynb")


def files_below(folder: Path) -> Iterator[Path]:
    """Files in a folder and below it, hidden ones and checkpoints left out."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts):
            yield file


def progress(folder: Path | str) -> tuple[list[Lesson], list[DataError]]:
    """The lessons in a folder, and what stands against reading others.

    Returns
    -------
    lessons in the order of the course, and one error for each notebook that cannot be read
    """
    found, faults = [], []
    for file in notebooks(Path(folder)):
        try:
            if read := read_lesson(file):
                found.append(read)
        except DataError as problem:
            faults.append(problem)
    order = {name: number for number, name in enumerate(lessons())}
    return sorted(found, key=lambda f: (order.get(f.name, len(order)), f.file.with_suffix(""))), faults


def _outcome(cell: dict, name: str) -> str:
    best = NOT_RUN
    for output in cell.get("outputs") if isinstance(cell.get("outputs"), list) else ():
        data = output.get("data") if isinstance(output, dict) else None
        said = data.get(MIME) if isinstance(data, dict) else None
        if isinstance(said, dict) and said.get("exercise") == name and said.get("outcome") in OUTCOMES:
            best = min(best, said["outcome"], key=OUTCOMES.index)
    return OWN_READING if best == CORRECT and _is_open(name) else best


def _is_open(name: str) -> bool:
    subject = name.rpartition("-")[0]
    return subject in SUBJECTS and any(e.name == name and e.kind == "open" for e in exercises(subject))


def _text(source: object) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")
