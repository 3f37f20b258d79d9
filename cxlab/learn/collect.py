"""A folder of students' notebooks as one table: who has done what, offline, without a server.

A student is called as the folder or the file is; nothing else of a person is read. Outcomes are read from outputs,
which anybody can edit: `cxlab.learn.collect_rerun` runs the notebooks again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxlab.errors import DataError
from cxlab.learn.exercises.exercise import CORRECT
from cxlab.learn.progress import Lesson, notebooks, read_lesson
from cxlab.learn.student import lessons
from cxlab.report.safe import cell, plain

COLUMNS = ("student", "lesson", "exercise", "outcome", "claimed", "note", "file")


@dataclass(frozen=True)
class Row:
    """One exercise of one student.

    Parameters
    ----------
    outcome : "correct", "not yet", "not attempted" or "not run"
    claimed : what the notebook said before it was run again; empty where it was not
    note : what happened when it was run again
    file : the notebook, below the folder that was collected
    """

    student: str
    lesson: str
    exercise: str
    outcome: str
    claimed: str
    note: str
    file: str


def collect(
    folder: Path | str, *, rerun: Callable[[Lesson], tuple[Lesson, str]] | None = None
) -> tuple[list[Row], list[DataError]]:
    """Read every notebook below a folder.

    Parameters
    ----------
    folder : a folder for each student, or files such as `ana-f3.ipynb`
    rerun : runs a notebook again: `cxlab.learn.collect_rerun.run_again`

    Returns
    -------
    one row an exercise, by student, lesson and file, and one error for each notebook that cannot be used

    Raises
    ------
    DataError : there is no such folder
    """
    folder = Path(folder)
    rows, faults = [], []
    for file in notebooks(folder):
        try:
            claimed = read_lesson(file)
            if claimed is None:
                raise DataError(f"{file} asks no exercise of cxlab.")
        except DataError as problem:
            faults.append(problem)
            continue
        found, note = rerun(claimed) if rerun else (claimed, "")
        who, where = student_of(file, folder, claimed.name), file.relative_to(folder).as_posix()
        for name, outcome in found.outcomes.items():
            said = claimed.outcomes[name] if rerun else ""
            rows.append(Row(who, found.name, name, outcome, said, note, where))
    return sorted(rows, key=lambda row: (row.student.casefold(), row.student, row.lesson, row.file)), faults


def student_of(file: Path, folder: Path, name: str) -> str:
    """Whose notebook it is, by the first folder below `folder`, or by the name of the file.

    >>> here = Path("course")
    >>> student_of(here / "ana" / "f3-how-happy-are-they-really.ipynb", here, "f3")
    'ana'
    >>> student_of(here / "Zoë B-f3.ipynb", here, "f3"), student_of(here / "f3_li.ipynb", here, "f3")
    ('Zoë B', 'li')
    """
    parts = file.relative_to(folder).parts
    levels = {master.parent.name for master in lessons().values()}
    if len(parts) > 1:
        return plain(parts[0] if parts[0] not in levels else folder.resolve().name)
    stem = file.stem
    if name in lessons():
        stem = stem.replace(lessons()[name].stem, name)
    rest = re.sub(rf"(?i)(?<![a-z0-9]){name}(?![a-z0-9])", " ", stem, count=1)
    rest = re.sub(r"[\s_.-]*\(?\d{1,2}\)?$", "", rest).strip(" _.-")  # "-2" and "(1)" number copies
    return plain(rest or folder.resolve().name)


def write_table(rows: Sequence[Row], file: Path | str) -> None:
    """Write the rows as CSV that Excel opens, too; no text in it begins a formula.

    Raises
    ------
    DataError : another file is there, or it cannot be written
    """
    file = Path(file)
    try:
        if file.exists() and not file.read_text(encoding="utf-8-sig", errors="replace").startswith(",".join(COLUMNS)):
            raise DataError(f"{file} is there and no table of this command.", mend="--to ANOTHER.csv")
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            table = csv.writer(out)
            table.writerow(COLUMNS)
            table.writerows([cell(getattr(row, name)) for name in COLUMNS] for row in rows)
    except OSError as problem:
        raise DataError(f"{file} cannot be written: {problem.strerror or problem}.", mend="--to ANOTHER.csv") from None


def summary(rows: Sequence[Row]) -> list[str]:
    """One line for each notebook: how much is correct, and what the rest is.

    >>> row = Row("ana", "f3", "nps-01", "correct", "", "", "ana-f3.ipynb")
    >>> summary([row, Row("ana", "f3", "nps-02", "not yet", "", "", "ana-f3.ipynb")])
    ['ana  f3  1 of 2 correct; nps-02 not yet  (ana-f3.ipynb)']
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.student, row.lesson, row.file), []).append(row)
    wide = max((len(student) for student, _, _ in groups), default=0)
    return [f"{who:{wide}}  {lesson}  {_said(group)}  ({plain(file)})" for (who, lesson, file), group in groups.items()]


def _said(group: Sequence[Row]) -> str:
    rest = [f"{row.exercise} {row.outcome}" for row in group if row.outcome != CORRECT]
    other = [f"{row.exercise} claimed {row.claimed}" for row in group if row.claimed and row.claimed != row.outcome]
    done = f"{sum(row.outcome == CORRECT for row in group)} of {len(group)} correct"
    return "; ".join([done, *rest, *other, *dict.fromkeys(row.note for row in group if row.note)])
