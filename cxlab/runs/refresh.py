"""Re-execute notebooks in place for committing: this interpreter's kernel, nothing of the machine left in the file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cxlab.errors import ParameterError
from cxlab.runs.clean import clean
from cxlab.runs.execute import StudyFailed
from cxlab.runs.export import FOLDER
from cxlab.runs.paths import scrubber


def refresh(path: str | Path, *, progress: bool = True) -> list[str]:
    """Execute the notebook at `path` in its own folder, clean it, and replace it in one step.

    Returns
    -------
    list of str : what still breaks the rules for committed notebooks (`cxlab.runs.rules`)

    Raises
    ------
    ParameterError : there is no such notebook
    StudyFailed : a cell raised; the file is left as it was
    """
    import nbformat
    from papermill.exceptions import PapermillExecutionError

    from cxlab.runs.kernel import execute
    from cxlab.runs.rules import faults

    path = Path(path).resolve()
    if path.suffix != ".ipynb" or not path.is_file():
        raise ParameterError(f"there is no notebook {str(path)!r}.", expected="the path of an .ipynb")
    notebook = nbformat.read(path, as_version=4)
    # Not beside the notebook: a second .ipynb there, even for a moment, would be collected by tests and indexes.
    with TemporaryDirectory() as scratch:
        try:
            executed = execute(
                notebook, Path(scratch) / path.name, parameters={}, environment={FOLDER: None}, label=path.stem,
                cwd=path.parent, progress=progress,
            )  # fmt: skip
        except PapermillExecutionError as problem:
            message = f"{path.name} failed in cell [{problem.exec_count}]: {problem.ename}: {problem.evalue}"
            raise StudyFailed(message) from None
    cleaned = clean(executed, scrub=scrubber("", path.parent))
    beside = path.with_name(f".{path.name}.new")
    try:
        nbformat.write(cleaned, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return faults(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh the notebooks named on the command line; 0 when all ran and keep the rules, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m cxlab.runs.refresh", description=__doc__)
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    return refresh_all(parser.parse_args(arguments).paths)


def refresh_all(paths: Sequence[Path]) -> int:
    """Refresh every notebook, tell what failed or breaks a rule on stderr, and return the exit code."""
    bad = 0
    for path in paths:
        try:
            found = refresh(path)
        except StudyFailed as problem:
            found = [str(problem)]
        for fault in found:
            print(f"{path}: {fault}", file=sys.stderr)
        print(f"{path}: {'refreshed' if not found else 'not ready to commit'}")
        bad += bool(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
