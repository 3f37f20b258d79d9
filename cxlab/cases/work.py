"""The studies of a case, each run in a process of its own, and only where something changed since it last ran."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cxlab.cases.plan import CasePlan
from cxlab.cases.steps import Step
from cxlab.data.files import sha256
from cxlab.errors import CxlabError, DataError, ModelError, ParameterError, unknown
from cxlab.runs.export import NARROW
from cxlab.runs.recorded import Recorded, read_run

#: modules, the templates and styles of reports, and the tables beside modules
_CODE = {".py", ".j2", ".css", ".csv", ".yaml"}
#: the environment variable that names the folder in which the studies of cases are kept
KEPT = "CXLAB_CASES"
#: exit code of `cxlab run` where input or parameters are wrong
_BAD_INPUT = 2
#: runs of one study that are kept
_RUNS = 3


class StudyOfCaseFailed(Exception):
    """A study of a case failed: says which, and what it said."""


@dataclass(frozen=True)
class Done:
    """A step that stands: whether it was run now, and how long that took (seconds)."""

    label: str
    now: bool
    seconds: float
    run: Recorded


def work_folder(plan: CasePlan) -> Path:
    """Where the studies of a case are kept: they may hold what must not leave, so this is never handed over."""
    parent = os.environ.get(KEPT)
    return (Path(parent) if parent else Path("runs")).absolute() / f"case-{plan.name}.work"


def run_steps(
    plan: CasePlan, *, folder: Path | None = None, workers: int | None = None, say: Callable[[str], None] | None = None
) -> dict[str, Recorded]:
    """Run every study of a case that has not been run on these data, parameters and code.

    Parameters
    ----------
    plan : the case
    folder : where the runs are kept; `work_folder` when None
    workers : processes at a time; one a core, but not more than two, when None
    say : is told a line a study

    Returns
    -------
    dict : label to run, in the order of the case

    Raises
    ------
    DataError, ParameterError, ModelError : what the study said, with its label
    StudyOfCaseFailed : any other failure of a study
    """
    folder = folder or work_folder(plan)
    folder.mkdir(parents=True, exist_ok=True)
    many = max(1, min(workers or os.process_cpu_count() or 1, 2, len(plan.steps)))
    done: dict[str, Recorded] = {}
    for later in (False, True):
        steps = [with_taken(s, done) for s in plan.steps if bool(s.taken) is later]
        for finished in _all(steps, folder, many):
            done[finished.label] = finished.run
            if say:
                what = f"ran in {finished.seconds:.0f} s" if finished.now else "stands, nothing changed"
                say(f"{finished.label}: {what}")
    return {step.label: done[step.label] for step in plan.steps}


def with_taken(step: Step, done: Mapping[str, Recorded]) -> Step:
    """The step with the effects it takes from other studies, as they stand there.

    Raises
    ------
    ParameterError : a finding or row is not there.
    """
    if not step.taken or any(one.label not in done for one in step.taken):
        return step
    effects = dict(step.values.get("effects", {}))
    for one in step.taken:
        table = done[one.label][one.finding].table
        rows = table[table.iloc[:, 0].astype(str) == one.row]
        if len(rows) != 1 or not {"value", "low", "high"} <= set(table.columns):
            raise unknown(f"row of {one.finding} with value, low and high", one.row, table.iloc[:, 0].astype(str))
        numbers = sorted(float(rows.iloc[0][column]) * one.times for column in ("low", "value", "high"))
        effects[one.name] = "; ".join(f"{number:.6g}" for number in (numbers[1], numbers[0], numbers[2]))
    return replace(step, values={**step.values, "effects": effects}, taken=())


def _all(steps: Sequence[Step], folder: Path, many: int) -> Iterator[Done]:
    """Run steps side by side; what runs is ended when one fails or the whole is stopped."""
    started: list[subprocess.Popen] = []
    with ThreadPoolExecutor(many) as pool:
        waiting = [pool.submit(_one, step, folder, started) for step in steps]
        try:
            for future in waiting:
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in started:
                process.terminate()
            raise


def standing(plan: CasePlan, folder: Path) -> dict[str, Path]:
    """The folder of each study as it would be now, where it stands, without those whose effects are not known yet."""
    found: dict[str, Path] = {}
    done: dict[str, Recorded] = {}
    for step in sorted(plan.steps, key=lambda s: bool(s.taken)):
        step = with_taken(step, done)
        target = folder / f"{step.label}-{step_key(step)}"
        if not step.taken and (target / "findings.json").is_file():
            found[step.label], done[step.label] = target, read_run(target)
    return {step.label: found[step.label] for step in plan.steps if step.label in found}


def step_key(step: Step) -> str:
    """What tells a run from others: notebook, parameters, bytes of the data, and the package's own code."""
    from cxlab.runs.studies import find_study

    notebook = sha256(find_study(step.study))
    text = json.dumps([notebook, step.values, data_key(str(step.values["source"])), code_key()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def data_key(source: str) -> str:
    """sha256 of all that a source is read from; of a yaml also what it says of its sources."""
    import yaml

    from cxlab.data import load

    said = ""
    if source.endswith((".yaml", ".yml")):
        content = yaml.safe_load(Path(source).read_text(encoding="utf-8-sig"))
        said = json.dumps([content.get(k) for k in ("currency", "observation_end", "sources")], default=str)
    return f"{load(source).fingerprint} {said}"


@cache
def code_key() -> str:
    """sha256 of what cxlab is made of, so that a run of other code is not taken for one of this."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(p for p in package.rglob("*") if p.suffix in _CODE and "_shipped" not in p.parts):
        digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _one(step: Step, folder: Path, started: list[subprocess.Popen]) -> Done:
    target = folder / f"{step.label}-{step_key(step)}"
    began = time.monotonic()
    now = not (target / "findings.json").is_file()
    if now:
        try:
            run_notebook(step.study, step.values, target, label=step.label, started=started)
        except ParameterError:
            # somebody else may have finished the same run meanwhile: then it stands
            if not (target / "findings.json").is_file():
                raise
        prune(folder, step.label)
    return Done(step.label, now, time.monotonic() - began, read_run(target))


def prune(folder: Path, label: str) -> None:
    """Take away all but the last runs of a study: some other build may still read the one before."""
    runs = [(path.stat().st_mtime_ns, path) for path in folder.glob(f"{label}-" + "?" * 12)]
    for _, path in sorted(runs)[:-_RUNS]:
        shutil.rmtree(path, ignore_errors=True)


def run_notebook(
    study: str | Path, values: Mapping[str, object], target: Path, *, label: str,
    started: list[subprocess.Popen] | None = None,
) -> None:  # fmt: skip
    """`cxlab run` of a study or notebook in a process of its own, put into `started` so that it can be ended.

    Raises
    ------
    DataError, ParameterError, ModelError, StudyOfCaseFailed : what it said on stderr
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8", delete=False) as file:
        json.dump(dict(values), file, ensure_ascii=False)  # JSON is YAML
    # one thread of BLAS a process: two studies on two cores are faster so
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | os.environ | {NARROW: "1"}
    command = [sys.executable, "-m", "cxlab.cli", "run", str(study), "--file", file.name, "--out", str(target)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    )
    if started is not None:
        started.append(process)
    try:
        _, said = process.communicate()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        os.unlink(file.name)
    if process.returncode:
        raise _failure(said.strip(), process.returncode, label)


def _failure(said: str, code: int, label: str) -> Exception:
    kinds: Sequence[type[CxlabError]] = (DataError, ModelError, ParameterError)
    if code == _BAD_INPUT:
        for kind in kinds:
            if said.startswith(f"{kind.__name__}: "):
                return kind(f"{label}: {said.removeprefix(f'{kind.__name__}: ')}")
    return StudyOfCaseFailed(said or f"{label} ended with {code} and said nothing")
