"""The verbs of `cxlab learn`: start, progress, collect, export."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_commands(subparsers) -> None:
    """Add `learn` to the command line."""
    learn = subparsers.add_parser(
        "learn", help="lessons with exercises: get copies, see what is done, collect a class",
        description="Copies of the lessons to work in, what is done of them, and a class as one table.",
    )  # fmt: skip
    verbs = learn.add_subparsers(dest="verb", metavar="VERB", required=True)

    start = verbs.add_parser(
        "start", help="put fresh copies of the lessons into a folder",
        description="Put fresh copies of the lessons, without solutions, into a folder. Files that are there are kept.",
    )  # fmt: skip
    start.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="default: ./cxlab-lessons")
    start.add_argument(
        "--lesson",
        metavar="NAME",
        action="append",
        default=[],
        help="only this one, for instance f3; may be repeated",
    )
    start.add_argument("--fresh", action="store_true", help="where a copy is there, put a new one beside it")
    start.set_defaults(handler=_start)

    progress = verbs.add_parser(
        "progress", help="what is done, read from the outputs of the notebooks",
        description="What is done of each lesson, read from the outputs of the saved notebooks.",
    )  # fmt: skip
    progress.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="default: ./cxlab-lessons")
    progress.set_defaults(handler=_progress)

    collect = verbs.add_parser(
        "collect", help="a class's notebooks as one table",
        description="Read a folder of students' notebooks: a folder for each student, or files such as ana-f3.ipynb. "
        "Outcomes are read from outputs, which can be edited; --rerun executes the notebooks again.",
    )  # fmt: skip
    collect.add_argument("folder", metavar="FOLDER", type=Path)
    collect.add_argument("--to", metavar="FILE.csv", type=Path, help="write the table there as well")
    collect.add_argument(
        "--rerun", action="store_true",
        help="execute each notebook in a fresh kernel; this runs the students' code with your rights, unguarded",
    )  # fmt: skip
    collect.add_argument(
        "--seconds", metavar="N", type=float, default=300.0, help="with --rerun: for one notebook (default: 300)"
    )
    collect.set_defaults(handler=_collect)

    export = verbs.add_parser(
        "export", help="a lesson with solutions for Otter-Grader",
        description="Write a lesson with solutions as a notebook of Otter Assign. For teachers: it holds the answers.",
    )  # fmt: skip
    export.add_argument("lesson", metavar="LESSON", help="for instance f3")
    export.add_argument("folder", metavar="FOLDER", type=Path)
    export.add_argument("--for", dest="grader", choices=["otter"], default="otter", help="default: otter")
    export.set_defaults(handler=_export)


def _start(arguments: argparse.Namespace) -> int:
    from cxlab.learn.student_start import FOLDER, start

    done = start(arguments.folder or FOLDER, names=arguments.lesson, fresh=arguments.fresh)
    for copied in done:
        broken = f" (it cannot be read: {copied.fault})" if copied.fault else ""
        print(f"{copied.lesson:3} {'written' if copied.new else 'kept, it was there'}: {copied.file}{broken}")
    if any(not copied.new for copied in done):
        print("Files that were there are as they were; --fresh puts a new copy beside them.")
    if any(copied.new for copied in done):
        print(f"next: jupyter lab {arguments.folder or FOLDER}")
    return 0


def _progress(arguments: argparse.Namespace) -> int:
    from cxlab.learn.progress import NOT_RUN, how_much, progress
    from cxlab.learn.student_start import FOLDER

    folder = arguments.folder or Path(FOLDER)
    found, faults = progress(folder)
    for lesson in found:
        done = how_much(lesson.outcomes.values())
        untouched = set(lesson.outcomes.values()) == {NOT_RUN}
        print(f"{lesson.name}  {'not run yet' if untouched else done}: {lesson.file.relative_to(folder)}")
        if not untouched:
            wide = max(map(len, lesson.outcomes))
            print(*(f"    {name:{wide}}  {outcome}" for name, outcome in lesson.outcomes.items()), sep="\n")
    if not found:
        print(f"No lesson with exercises is in {folder}.")
    print("Read from the notebooks as they were last saved (Ctrl+S in JupyterLab).")
    return _say(faults)


def _collect(arguments: argparse.Namespace) -> int:
    from functools import partial

    from cxlab.errors import ParameterError
    from cxlab.learn.collect import NO_NAME, UNREADABLE, collect, summary, write_table
    from cxlab.learn.collect_rerun import run_again

    if not 1 <= arguments.seconds <= 86_400:
        raise ParameterError(f"--seconds {arguments.seconds:g} is not possible.", expected="1 … 86400")
    if arguments.rerun:
        print("executing the students' notebooks, with your rights …", file=sys.stderr, flush=True)
    again = partial(run_again, seconds=arguments.seconds) if arguments.rerun else None
    rows, faults = collect(arguments.folder, rerun=again)
    if arguments.to:
        write_table(rows, arguments.to)
    print(*summary(rows), sep="\n")
    students = len({row.student for row in rows} - {NO_NAME})
    files = len({row.file for row in rows if row.outcome != UNREADABLE})
    nameless = len({row.file for row in rows if row.student == NO_NAME})
    print(
        f"students: {students}, notebooks: {files}"
        + (f"; without a name: {nameless}" if nameless else "")
        + (f"; {len(faults)} could not be used" if faults else "")
    )
    if arguments.to:
        print(f"table: {arguments.to}")
    if not arguments.rerun:
        print("Outcomes are what the notebooks' outputs say, and outputs can be edited; --rerun executes them again.")
    return _say(faults)


def _export(arguments: argparse.Namespace) -> int:
    from cxlab.learn.student_otter import export_otter

    file = export_otter(arguments.lesson, arguments.folder)
    print(f"written, with solutions: {file}")
    print(f"next: otter assign {file} {arguments.folder / 'dist'}")
    return 0


def _say(faults) -> int:
    for fault in faults:
        print(f"DataError: {fault}", file=sys.stderr)
    return 0
