"""`cxlab case`: a client's folder in; a report, slides and a workbook out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_commands(subparsers) -> None:
    """Add `case` to the command line."""
    case = subparsers.add_parser(
        "case",
        help="a client's folder in; report, slides and workbook out",
        description="Check the data of a case, run its studies where something changed, and write one folder: "
        "report.html, report.pdf, summary.pptx, tables.xlsx, the executed notebooks and run.json. "
        "`cxlab case new FOLDER` starts a case from the files in a folder.",
    )
    case.add_argument("case", metavar="CASE", help="a client.yaml, its folder, the name of a shipped case, or: new")
    case.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="after new: the client's folder")
    case.add_argument(
        "--from",
        dest="files",
        metavar="FILE",
        nargs="+",
        type=Path,
        default=[],
        help="after new: the client's files (default: those in the folder)",
    )
    case.add_argument("--out", metavar="DIR", type=Path, help="the folder to make (default: runs/case-NAME)")
    case.add_argument("--workers", metavar="N", type=int, help="studies at a time (default: one a core, at most two)")
    case.set_defaults(handler=_case)


def _case(arguments: argparse.Namespace) -> int:
    from cxlab.errors import ParameterError

    if arguments.case == "new":
        if arguments.folder is None:
            raise ParameterError("`cxlab case new` needs a folder.", expected="cxlab case new FOLDER [--from FILE …]")
        return _new(arguments.folder, arguments.files)
    if arguments.folder is not None or arguments.files:
        raise ParameterError(
            f"cxlab case {arguments.case} takes no further {'folder' if arguments.folder else '--from'}.",
            expected="cxlab case client.yaml, or cxlab case new FOLDER",
        )
    return _run(arguments)


def _new(folder: Path, files: list[Path]) -> int:
    from cxlab.cases.starting import start_case

    target, left_open = start_case(folder, files)
    print(f"wrote {target}")
    for line in left_open:
        print(f"  to fill in: {line}")
    print(f"next: look at it, then\n  cxlab data check {target}\n  cxlab case {target}")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from cxlab.cases.build import build
    from cxlab.cases.work import StudyOfCaseFailed
    from cxlab.runs.execute import Stopped, near

    try:
        built = build(
            arguments.case, out=arguments.out, workers=arguments.workers,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )  # fmt: skip
    except StudyOfCaseFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except RuntimeError as problem:
        if "interrupted" not in str(problem):  # so the engine says that a query was stopped
            raise
        print("stopped; nothing was written.", file=sys.stderr)
        return 130
    except (KeyboardInterrupt, Stopped) as stop:
        print("stopped; studies that were finished stand, and the same command goes on from there.", file=sys.stderr)
        return 128 + (stop.args[0] if isinstance(stop, Stopped) else 2)
    print(*built.sentences, "", sep="\n")
    for name in built.files:
        print(near(built.folder / name))
    return 0
