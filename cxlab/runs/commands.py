"""The verbs of `cxlab` that run studies: run, sweep, compare, notebook."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_commands(subparsers) -> None:
    """Add `run`, `sweep`, `compare` and `notebook` to the command line."""
    from cxlab.data.commands import pair

    run = subparsers.add_parser(
        "run", help="run a study on a data source and write a report", description="Run a study on a data source."
    )
    run.add_argument("study", metavar="STUDY", help="a study's name, or the path of a notebook")
    run.add_argument(
        "--data", metavar="SOURCE", help="a shipped data set, a file, a folder, a database or a client.yaml"
    )
    run.add_argument(
        "--column", metavar="OURS=THEIRS", action="append", default=[], type=pair,
        help="the source's own name of a column, for instance customer_id=CustNo; may be repeated",
    )  # fmt: skip
    run.add_argument(
        "--option", metavar="RULE=VALUE", action="append", default=[], type=pair,
        help="a rule of reading, for instance dates=day_first; may be repeated",
    )  # fmt: skip
    run.add_argument(
        "-p", "--parameter", metavar="NAME=VALUE", action="append", default=[], type=pair,
        help="a parameter of the study; may be repeated",
    )  # fmt: skip
    run.add_argument("-f", "--file", metavar="PARAMS.yaml", type=Path, help="a file of parameters; -p wins over it")
    run.add_argument("--out", metavar="DIR", type=Path, help="the folder to make (default: runs/STUDY-DATA-TIME)")
    run.add_argument("--force", action="store_true", help="replace DIR when an earlier run wrote it")
    run.set_defaults(handler=_run)

    sweep = subparsers.add_parser(
        "sweep", help="run a study over a grid of settings, and gather its findings",
        description="Run a study over a grid of settings on all cores, or on a Dask cluster. A sweep that was stopped "
        "goes on where it was: the same notebook, parameters and data are not run twice.",
    )  # fmt: skip
    sweep.add_argument("file", metavar="SWEEP.yaml", type=Path, help="study, data, parameters, and grid or runs")
    sweep.add_argument("--out", metavar="DIR", type=Path, help="folder of the sweep (default: sweeps/NAME)")
    sweep.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler (default: processes of this machine)")
    sweep.add_argument("--workers", metavar="N", type=int, help="how many processes (default: one a core)")
    sweep.set_defaults(handler=_sweep)

    compare = subparsers.add_parser(
        "compare", help="which findings of two runs moved beyond Monte-Carlo error",
        description="Which findings of two runs moved beyond Monte-Carlo error: |a − b| > 4 √(mcse_a² + mcse_b²); "
        "numbers that are not sampled, by more than one part in a million. Exit 0 when nothing moved, 1 otherwise.",
    )  # fmt: skip
    compare.add_argument("old", metavar="RUN", help="a run folder or its findings.json")
    compare.add_argument("new", metavar="RUN", help="the run to compare with it")
    compare.set_defaults(handler=_compare)

    notebook = subparsers.add_parser("notebook", help="get notebooks ready to commit")
    verbs = notebook.add_subparsers(dest="verb", required=True)
    refresh = verbs.add_parser(
        "refresh", help="execute in place and clean", description="Execute notebooks in place and clean them."
    )
    refresh.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    refresh.set_defaults(handler=_refresh)


def _run(arguments: argparse.Namespace) -> int:
    from cxlab.runs.execute import Stopped, StudyFailed, near, run

    try:
        done = run(
            arguments.study, data=arguments.data, columns=dict(arguments.column), options=dict(arguments.option),
            parameters=dict(arguments.parameter),
            file=arguments.file, out=arguments.out, force=arguments.force,
        )  # fmt: skip
    except StudyFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Stopped) as stop:
        print("stopped; nothing was written.", file=sys.stderr)
        return 128 + (stop.args[0] if isinstance(stop, Stopped) else 2)
    print(*done.sentences, "", f"report: {near(done.report)}", sep="\n")
    return 0


def _sweep(arguments: argparse.Namespace) -> int:
    from cxlab.runs.execute import near
    from cxlab.runs.sweep import sweep

    try:
        done = sweep(arguments.file, out=arguments.out, scheduler=arguments.scheduler, workers=arguments.workers)
    except KeyboardInterrupt:
        print("stopped; what was finished stays, and the same command goes on from there.", file=sys.stderr)
        return 130
    said = f"{done.before + done.made + done.failed} runs: {done.before} stood there before, {done.made} made now"
    print(said + (f", {done.failed} failed (why: {near(done.folder / 'runs.csv')})" if done.failed else ""))
    print(f"findings: {near(done.folder / 'findings.csv')}")
    return 1 if done.failed else 0


def _compare(arguments: argparse.Namespace) -> int:
    from cxlab.runs.compare import compare, table

    found = compare(arguments.old, arguments.new)
    print(table(found) if found else "Nothing moved beyond Monte-Carlo error.")
    return 1 if found else 0


def _refresh(arguments: argparse.Namespace) -> int:
    from cxlab.runs.refresh import refresh_all

    return refresh_all(arguments.paths)
