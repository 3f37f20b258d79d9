"""A folder of students' notebooks as one table: who has done what, offline, without a server.

A student is called as the folder or the file is; nothing else of a person is read. Outcomes are read from outputs,
which anybody can edit: `cxlab.learn.collect_rerun` runs the notebooks again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cxlab.errors import DataError
from cxlab.learn.exercises.exercise import CORRECT, OWN_READING
from cxlab.learn.progress import Lesson, files_below, how_much, notebooks, read_lesson
from cxlab.learn.student import lessons
from cxlab.report.safe import cell, plain

UNREADABLE = "unreadable"
#: whose notebook it is where neither folder nor file says so
NO_NAME = "(no name)"
#: endings of files that may be a hand-in and are no notebook, with what they are and what to do
_INSTEAD = {
    r"\.ipynb\.(txt|json)": ("a notebook under another name", "let its name end in .ipynb"),
    r"(\.tar)?\.(zip|7z|rar|tar|tgz|gz|bz2|xz)": ("an archive", "unpack it where it lies"),
    r"\.(html?|pdf|py)": ("no notebook, but may be made of one", "ask for the .ipynb"),
}
COLUMNS = ("student", "lesson", "exercise", "outcome", "claimed", "note", "file")


@dataclass(frozen=True)
class Row:
    """One exercise of one student, or a notebook of theirs that cannot be used.

    Parameters
    ----------
    exercise : empty where no notebook can be used
    outcome : "correct", "correct by own reading", "not yet", "not attempted" or "not run"; "unreadable" where no
        notebook can be used
    claimed : what the notebook said before it was run again; empty where it was not
    note : what happened when it was run again, why it cannot be used, that no name is on it, or that it is a copy
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
    one row an exercise, by student, lesson and file, and one error for each file that cannot be used and may be a
    hand-in; a student none of whose files can be used has a row "unreadable" for each, and so has a student's folder
    without any

    Raises
    ------
    DataError : there is no such folder, it is a file, or nothing is in it that may be a hand-in
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = f"{folder} is a file" if folder.is_file() else f"there is no folder {str(folder)!r}"
        raise DataError(f"{what}.", expected="the folder that holds the students' folders or notebooks",
                        mend="cxlab learn collect FOLDER")  # fmt: skip
    rows, faults, unusable = [], [], []
    for file in notebooks(folder):
        try:
            claimed = read_lesson(file)
            if claimed is None:
                raise DataError(f"{file} asks no exercise of cxlab.")
        except DataError as problem:
            faults.append(problem)
            unusable.append(_unreadable(file, folder, problem.found))
            continue
        found, note = rerun(claimed) if rerun else (claimed, "")
        who, where = student_of(file, folder, claimed.name), file.relative_to(folder).as_posix()
        for name, outcome in found.outcomes.items():
            said = claimed.outcomes[name] if rerun else ""
            rows.append(Row(who, found.name, name, outcome, said, note, where))
    for row, problem in _no_notebooks(folder):
        faults.append(problem)
        unusable.append(row)
    there = {row.student for row in rows} - {NO_NAME}
    rows += [row for row in unusable if row.student not in there]
    rows += _without_notebook(folder, {row.student for row in rows})
    if not rows:
        raise DataError(f"no notebook is in {folder} or below it.", expected="a folder for each student, or files such "
                        "as ana-f3.ipynb")  # fmt: skip
    return sorted(_remarked(rows), key=lambda row: (row.student.casefold(), row.student, row.lesson, row.file)), faults


def _no_notebooks(folder: Path) -> Iterator[tuple[Row, DataError]]:
    """Files that may be a hand-in and are no notebook."""
    for file in files_below(folder):
        for ending, (what, mend) in _INSTEAD.items():
            if end := re.search(rf"(?i){ending}$", file.name):
                named = file.with_name(file.name[: end.start()] + ".ipynb")
                row = _unreadable(named, folder, f"it is {what}: {mend}")
                found = DataError(f"{file} is {what}.", mend=f"{mend}, then collect again")
                yield replace(row, file=file.relative_to(folder).as_posix()), found
                break


def _remarked(rows: Sequence[Row]) -> list[Row]:
    """The rows, with a note where a notebook bears no name or is one of several copies."""
    copies: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row.exercise and row.student != NO_NAME:
            copies.setdefault((row.student, row.lesson), set()).add(row.file)
    made = []
    for row in rows:
        notes = [row.note] if row.note else []
        if row.student == NO_NAME:
            notes.append("whose is it? name it as ana-f3.ipynb")
        if row.exercise and (count := len(copies.get((row.student, row.lesson), ()))) > 1:
            notes.append(f"one of {count} copies")
        made.append(replace(row, note="; ".join(notes)))
    return made


def _unreadable(file: Path, folder: Path, why: str) -> Row:
    names = [n for n in lessons() if re.search(rf"(?i)(?<![a-z0-9]){n}(?![a-z0-9])", file.stem)]
    lesson, where = names[0] if names else "", file.relative_to(folder).as_posix()
    return Row(
        student_of(file, folder, lesson), lesson, "", UNREADABLE, "", why.replace(str(file), "it", 1).rstrip("."), where
    )


def _without_notebook(folder: Path, there: set[str]) -> list[Row]:
    """Students' folders in which there is no notebook; where students hand in files, folders are none of theirs."""
    levels = {master.parent.name for master in lessons().values()}
    below = [f for f in sorted(folder.iterdir()) if f.is_dir() and f.name not in levels and f.name[0] not in "._"]
    if not any(plain(f.name) in there for f in below):
        return []
    return [Row(who, "", "", UNREADABLE, "", "no notebook is there", f.name)
            for f in below if (who := plain(f.name)) not in there]  # fmt: skip


def student_of(file: Path, folder: Path, name: str) -> str:
    """Whose notebook it is, by the first folder below `folder`, or by the name of the file; "(no name)" if by neither.

    >>> here = Path("course")
    >>> student_of(here / "ana" / "f3-how-happy-are-they-really.ipynb", here, "f3")
    'ana'
    >>> student_of(here / "Zoë B-f3.ipynb", here, "f3"), student_of(here / "f3_li.ipynb", here, "f3")
    ('Zoë B', 'li')
    """
    parts = file.relative_to(folder).parts
    parts = parts[1:] if parts[0] in {master.parent.name for master in lessons().values()} else parts
    if len(parts) > 1:
        return plain(parts[0])
    stem = file.stem
    if name in lessons():
        stem = stem.replace(lessons()[name].stem, name)
    rest = re.sub(rf"(?i)(?<![a-z0-9]){name}(?![a-z0-9])", " ", stem, count=1)
    rest = re.sub(r"[\s_.-]*\(?\d{1,2}\)?$", "", rest).strip(" _.-")  # "-2" and "(1)" number copies
    return plain(rest) or NO_NAME


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
    return [
        f"{who:{wide}}  {lesson:2}  {_said(group)}  ({plain(file)})" for (who, lesson, file), group in groups.items()
    ]


def _said(group: Sequence[Row]) -> str:
    if group[0].outcome == UNREADABLE:
        return f"{UNREADABLE}: {plain(group[0].note)}"
    rest = [f"{row.exercise} {row.outcome}" for row in group if row.outcome not in (CORRECT, OWN_READING)]
    other = [f"{row.exercise} claimed {row.claimed}" for row in group if row.claimed and row.claimed != row.outcome]
    return "; ".join(
        [how_much([row.outcome for row in group]), *rest, *other, *dict.fromkeys(row.note for row in group if row.note)]
    )
