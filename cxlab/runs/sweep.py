"""Sweeps: one study over a grid of settings, fanned out on Dask; a sweep that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ParameterError, unknown
from cxlab.runs.studies import chosen, find_study, parameters_class

_KNOWN = ("study", "data", "columns", "options", "parameters", "grid", "runs")
#: a sweep of more runs is a slip of the pen
MOST_RUNS = 10_000


@dataclass(frozen=True)
class Setting:
    """One run of a sweep: `key` tells it from every other, `varied` is what differs among runs, `values` is all."""

    key: str
    varied: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Sweep:
    """What a sweep is to run: the notebook, and every setting once."""

    study: Path
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Swept:
    """A finished sweep: its folder, and how many runs stood there before, were made now, and failed."""

    folder: Path
    before: int
    made: int
    failed: int


def read_sweep(path: str | Path) -> Sweep:
    """A sweep as its YAML file declares it.

    ``study``, and optionally ``data``, ``columns``, ``options``, ``parameters`` (the same in every run), ``grid`` (name
    to the values it takes: every combination is a run) and ``runs`` (a list of single settings, beside the grid).

    Raises
    ------
    ParameterError : the file is missing or not such a mapping, or a value is wrong; nothing has been run.
    """
    import nbformat
    import yaml

    path = Path(path)
    expected = "a mapping with study, and grid or runs:  grid: {seed: [1, 2, 3]}"
    try:
        # every scalar stays text, so that the field of the study decides what it is
        declared = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except OSError as problem:
        raise ParameterError(f"cannot read {path}: {problem.strerror}.", expected=expected) from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise ParameterError(f"{path} is not YAML: {problem}", expected=expected) from None
    if not isinstance(declared, dict) or "study" not in declared:
        raise ParameterError(f"{path} names no study.", expected=expected)
    for name in declared:
        if name not in _KNOWN:
            raise unknown(f"key in {path.name}", name, _KNOWN)
    notebook_path = find_study(declared["study"])
    notebook = nbformat.read(notebook_path, as_version=4)
    cls = parameters_class(notebook, name=notebook_path.name)
    common = dict(declared.get("parameters") or {})
    common |= {"source": declared["data"]} if "data" in declared else {}
    common |= {name: declared[name] for name in ("columns", "options") if name in declared}
    varied = _varied(declared, path)
    if len(varied) > MOST_RUNS:
        raise ParameterError(f"{path.name} asks for {len(varied):,} runs.", expected=f"at most {MOST_RUNS:,}")
    code = hashlib.sha256("\n".join(c.source for c in notebook.cells).encode()).hexdigest()
    found: dict[str, Setting] = {}
    for setting in varied:
        values = chosen(cls, common | setting)
        key = _key(code, values)
        found.setdefault(key, Setting(key, {name: values[name] for name in setting}, values))
    return Sweep(notebook_path, tuple(found.values()))


def _varied(declared: Mapping[str, Any], path: Path) -> list[dict[str, Any]]:
    grid, single = declared.get("grid") or {}, declared.get("runs") or []
    if not isinstance(grid, dict) or not all(isinstance(values, list) and values for values in grid.values()):
        raise ParameterError(f"grid of {path.name} is not names to lists.", expected="grid: {seed: [1, 2, 3]}")
    if not isinstance(single, list) or not all(isinstance(setting, dict) for setting in single):
        raise ParameterError(f"runs of {path.name} is not a list of settings.", expected="runs: [{seed: 1}]")
    combined = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())] if grid else []
    return combined + single or [{}]


def _key(code: str, values: Mapping[str, Any]) -> str:
    """What tells a run from others: the notebook, the parameters, and the bytes of the data where it is a file."""
    source = Path(str(values.get("source", "")))
    data = hashlib.sha256(source.read_bytes()).hexdigest() if source.is_file() else ""
    text = json.dumps([code, values, data], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def sweep(
    file: str | Path, *, out: Path | None = None, scheduler: str | None = None, workers: int | None = None,
    progress: bool = True,
) -> Swept:  # fmt: skip
    """Run every setting of a sweep that has not been run, and gather all findings in one table.

    Parameters
    ----------
    file : the YAML file, see `read_sweep`
    out : folder of the sweep; ``sweeps/NAME-OF-THE-FILE`` when None. Runs that stand there are not repeated: a run is
        the same when notebook, parameters and data are
    scheduler : address of a Dask scheduler whose workers see the same folders; local processes when None
    workers : local processes; one a core when None
    progress : say on stderr what is done

    Returns
    -------
    Swept. The folder holds ``runs/KEY/`` (a run folder each), ``runs.csv`` (a row a run: run, the parameters that
    vary, status, seconds, message) and ``findings.csv`` (a row a number: run, the parameters that vary, finding,
    believed, row, what, column, value, monte_carlo_error).

    Raises
    ------
    ParameterError : the file or a parameter is wrong; nothing was run. A run that fails does not stop the others.
    """
    planned = read_sweep(file)
    folder = (Path(out) if out else Path("sweeps") / Path(file).stem).absolute()
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    missing = [s for s in planned.settings if not _done(folder, s)]
    failures: dict[str, str] = {}
    if missing:
        with _client(scheduler, workers, len(missing)) as client:
            _run_all(client, planned.study, missing, folder, failures, progress=progress)
    _gather(folder, planned.settings, failures)
    made = sum(_done(folder, s) for s in missing)
    return Swept(folder, len(planned.settings) - len(missing), made, len(missing) - made)


def _done(folder: Path, setting: Setting) -> bool:
    return (folder / "runs" / setting.key / "findings.json").is_file()


@contextmanager
def _client(scheduler: str | None, workers: int | None, runs: int) -> Iterator[Any]:
    from distributed import Client, LocalCluster

    if scheduler:
        try:
            client = Client(scheduler, timeout="10s")
        except OSError as problem:
            raise ParameterError(
                f"no Dask scheduler answers at {scheduler!r} ({problem}).", expected="an address as tcp://host:8786"
            ) from None
        with client:
            yield client
        return
    many = max(1, min(workers or os.process_cpu_count() or 1, runs))
    with (
        LocalCluster(n_workers=many, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _run_all(client, study: Path, missing: Sequence[Setting], folder: Path, failures, *, progress: bool) -> None:
    from distributed import as_completed

    futures = {
        client.submit(_one, str(study), dict(s.values), str(folder / "runs" / s.key), pure=False, retries=0): s
        for s in missing
    }
    began, seen = time.monotonic(), progress and sys.stderr.isatty()
    for done, future in enumerate(as_completed(futures), start=1):
        setting = futures[future]
        message = f"{future.exception()}" if future.status == "error" else future.result()
        if message:
            failures[setting.key] = message
        if seen:
            left = (time.monotonic() - began) / done * (len(missing) - done)
            line = f"{done} of {len(missing)} runs, {len(failures)} failed, about {left:.0f} s left"
            print(f"\r{line:<70}", end="\n" if done == len(missing) else "", file=sys.stderr, flush=True)


def _one(study: str, values: Mapping[str, Any], target: str) -> str:
    """One run, on a worker: "" when it stands, else what went wrong."""
    from cxlab.runs.execute import StudyFailed, run

    try:
        run(study, parameters=values, out=Path(target), force=False, progress=False)
    except (CxlabError, StudyFailed) as problem:
        # another worker may have finished the same run meanwhile: then it stands
        return "" if (Path(target) / "findings.json").is_file() else str(problem)
    return ""


def _gather(folder: Path, settings: Sequence[Setting], failures: Mapping[str, str]) -> None:
    """Write the two tables of a sweep, each whole or not at all."""
    import pandas as pd

    runs, numbers = [], []
    for setting in settings:
        varied = {name: json.dumps(v) if isinstance(v, (list, dict)) else v for name, v in setting.varied.items()}
        one = {"run": setting.key} | varied
        if not _done(folder, setting):
            runs.append(one | {"status": "failed", "seconds": None, "message": failures.get(setting.key, "")})
            continue
        facts = json.loads((folder / "runs" / setting.key / "run.json").read_text(encoding="utf-8"))
        runs.append(one | {"status": "done", "seconds": facts.get("duration_seconds"), "message": ""})
        findings = json.loads((folder / "runs" / setting.key / "findings.json").read_text(encoding="utf-8"))
        numbers += [one | number for finding in findings for number in _numbers(finding)]
    _write(folder / "runs.csv", pd.DataFrame(runs))
    _write(folder / "findings.csv", pd.DataFrame(numbers))


def _numbers(finding: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every number of a finding's table, with the words of its row."""
    errors = finding.get("monte_carlo_error") or []
    believed = all(check["passed"] for check in finding.get("checks", []))
    for i, row in enumerate(finding["table"]):
        words = " · ".join(v for v in row.values() if isinstance(v, str))
        for column, value in row.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                error = errors[i].get(column) if i < len(errors) else None
                yield {"finding": finding["name"], "believed": believed, "row": i, "what": words, "column": column,
                       "value": value, "monte_carlo_error": error}  # fmt: skip


def _write(path: Path, table) -> None:
    made = path.with_name(f".{path.name}.{os.getpid()}")
    table.to_csv(made, index=False, lineterminator="\n")
    made.replace(path)
