"""Run a study: parameters checked, notebook executed, the folder with everything it says put in place as a whole."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ParameterError
from cxlab.runs.clean import clean
from cxlab.runs.export import FOLDER
from cxlab.runs.folder import free_target, publish, refuse_taken, staged
from cxlab.runs.paths import scrubber, short_name
from cxlab.runs.studies import chosen, find_study, from_file, parameters_class

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class StudyFailed(Exception):
    """A cell of a study raised: says which, with what, and where the failed notebook is kept."""


class Stopped(BaseException):
    """The process was asked to end (SIGTERM, SIGHUP); raised so that nothing half-written is left."""


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, and the sentences that matter."""

    folder: Path
    sentences: tuple[str, ...]

    @property
    def report(self) -> Path:
        return self.folder / "report.html"


def run(
    study: str | Path, *, data: str | None = None, columns: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None, parameters: Mapping[str, Any] | None = None, file: Path | None = None,
    out: Path | None = None,
    force: bool = False, progress: bool = True,
) -> Run:  # fmt: skip
    """Execute a study on a data source and leave a run folder, whole or not at all.

    Parameters
    ----------
    study : name of a shipped study, or the path of a notebook whose metadata names its typed parameters
    data : the source, in place of the parameter `source`; relative paths count from the working folder
    columns : contract column to the source's own name, added to the parameter `columns`
    options : rules of reading by name, added to the parameter `options`
    parameters : values by name; text is read by the type its field declares
    file : YAML file of parameters; `parameters` win over it
    out : folder to make; ``runs/STUDY-DATA-TIME`` when None
    force : replace `out` when an earlier run wrote it
    progress : show a bar on stderr when that is a terminal

    Raises
    ------
    ParameterError : unknown study, wrong parameters (all in one message), or `out` is taken; no kernel was started
    DataError, ModelError : a cell raised it; the message is the cell's
    StudyFailed : any other error of a cell; the failed notebook is kept in ``OUT.failed``
    """
    import nbformat

    path = find_study(study)
    notebook = nbformat.read(path, as_version=4)
    cls = parameters_class(notebook, name=path.name)
    values = chosen(cls, _given(data=data, columns=columns, options=options, parameters=parameters, file=file))
    source = str(values.get("source", "") or _default(cls, "source"))
    if out is None:
        label = re.sub(r"[^A-Za-z0-9_.]+", "-", re.sub(r"://.*", "", short_name(source)).split(".")[0]).strip("-")
        now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        target = free_target(Path("runs"), "-".join(filter(None, [path.stem, label[:40], now])))
    else:
        target = Path(out)
    target = target.absolute()
    refuse_taken(target, force=force)
    with ended_by_signals(), staged(target) as folder:
        scrub = scrubber(source, folder, target)
        about = {
            "study": path.stem,
            "title": _title(notebook),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
        began = time.monotonic()
        _execute(notebook, folder, values=values, label=path.stem, scrub=scrub, target=target, progress=progress)
        facts = _complete(folder, duration=time.monotonic() - began, study=path.name)
        publish(folder, target, replace=force)
    return Run(target, tuple(facts["answer"]))


def _given(*, data, columns, options, parameters, file) -> dict[str, Any]:
    given = (from_file(file) if file else {}) | dict(parameters or {})
    if data is not None:
        if str(given.get("source", data)) != data:
            raise ParameterError(
                f"the source is given twice: {data!r} and {given['source']!r}.", expected="one of them"
            )
        given["source"] = data
    for name, pairs in (("columns", columns), ("options", options)):
        if pairs:
            before = given.get(name) or {}
            if isinstance(before, str):
                before = dict(pair.split("=", 1) for pair in before.split(",") if "=" in pair)
            given[name] = {**before, **pairs}
    return given


def _default(cls, name: str) -> str:
    field = cls.model_fields.get(name)
    value = field.get_default() if field else ""
    return value if isinstance(value, str) else ""


def _title(notebook) -> str:
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    heading = re.search(r"^# +(.+)$", text, flags=re.MULTILINE)
    return heading[1].strip() if heading else ""


def _execute(notebook, folder: Path, *, values, label, scrub, target: Path, progress: bool) -> None:
    """Execute into `folder`; on failure keep the failed notebook beside the target and raise what a user reads."""
    import nbformat
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from cxlab.runs.kernel import execute

    output = folder / "notebook.ipynb"
    try:
        executed = execute(
            notebook, output, parameters=values, environment={FOLDER: str(folder)}, label=label, progress=progress
        )
    except PapermillExecutionError as problem:
        message = scrub(str(problem.evalue))
        if _marked(problem.traceback):
            raise _same_kind(problem.ename)(message) from None
        line = f"{problem.ename}: {message}".strip().splitlines()
        what = f"{line[0]}" if len(line) == 1 else f"{line[0]} … {line[-1]}"
        where = f"cell [{problem.exec_count}], which begins {_first_line(problem.source)!r}"
        raise StudyFailed(_keep_failed(folder, target, scrub, f"{label} failed in {where}:\n  {what}")) from None
    except DeadKernelError:
        cells = nbformat.read(output, as_version=4).cells
        cells = [c for c in cells if c.metadata.get("papermill", {}).get("start_time")]
        where = f" in the cell that begins {_first_line(cells[-1].source)!r}" if cells else ""
        words = f"{label} failed{where}:\n  the kernel ended without a word; the machine may be out of memory"
        raise StudyFailed(_keep_failed(folder, target, scrub, words)) from None
    nbformat.write(clean(executed, scrub=scrub), output)


def _first_line(source: str) -> str:
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines[0].strip() if lines else ""


def _marked(traceback: list[str]) -> bool:
    """Whether the error is one of ours: other packages have a DataError too (see `CxlabError._render_traceback_`)."""
    return bool(traceback) and _ANSI.sub("", traceback[0]).startswith("cxlab.errors.")


def _same_kind(name: str) -> type[CxlabError]:
    return {kind.__name__: kind for kind in CxlabError.__subclasses__()}.get(name, CxlabError)


def _keep_failed(folder: Path, target: Path, scrub, words: str) -> str:
    """Keep the failed notebook, and only it, in ``TARGET.failed``; return `words` with where it is."""
    import nbformat

    failed = target.with_name(target.name + ".failed")
    refuse_taken(failed, force=True)
    with staged(failed) as kept:
        nbformat.write(
            clean(nbformat.read(folder / "notebook.ipynb", as_version=4), scrub=scrub), kept / "notebook-failed.ipynb"
        )
        publish(kept, failed, replace=True)
    return f"{words}\n  the failed notebook is kept: {near(failed / 'notebook-failed.ipynb')}"


def near(path: Path) -> Path:
    """A path as a user reads it: from the working folder when it lies there."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _complete(folder: Path, *, duration: float, study: str) -> dict[str, Any]:
    path = folder / "run.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    if "answer" not in facts:
        raise StudyFailed(f"{study} wrote no findings: its last cell has to call cx.runs.export(…).")
    facts["duration_seconds"] = round(duration, 1)
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return facts


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn the signals that end a process into an exception, so that kernel and staging folder go with it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number, _frame):
        raise Stopped(number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
