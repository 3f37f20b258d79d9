"""Build a case: data checked, studies run where something changed, the case notebook executed, one folder made."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cxlab.cases.faults import check_data
from cxlab.cases.notebooks import leaving
from cxlab.cases.plan import CasePlan, read_plan
from cxlab.cases.work import KEPT, code_key, prune, run_notebook, run_steps, standing, work_folder
from cxlab.data.files import sha256
from cxlab.errors import ParameterError
from cxlab.runs.execute import ended_by_signals
from cxlab.runs.folder import publish, staged

#: what the case notebook leaves; a PDF needs Pango, and is left out with a word where that is missing
DOCUMENTS = ("report.html", "report.pdf", "summary.pptx", "tables.xlsx")


@dataclass(frozen=True)
class Built:
    """A finished case: its folder, the files to hand over, the sentences that matter, whether anything was made now."""

    folder: Path
    files: tuple[str, ...]
    sentences: tuple[str, ...]
    now: bool


def build(
    case: str | Path,
    *,
    out: Path | None = None,
    workers: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Built:
    """Build a case, or what changed of it; the folder appears whole or not at all.

    Parameters
    ----------
    case : a client.yaml, its folder, or the name of a case that ships
    out : folder to make; ``runs/case-NAME`` when None. The runs of the studies are kept beside it in ``OUT.work``: they
        may hold what must not leave.
    workers : studies at a time
    say : is told a line a step

    Raises
    ------
    ParameterError, DataError, ModelError : what is wrong, before or while a study runs
    StudyOfCaseFailed : a study or the case notebook failed otherwise

    Notes
    -----
    A study runs again when its notebook, its parameters, the bytes of its data or the code of cxlab changed; the case
    notebook when one of these, the yaml or a file that it names changed.
    """
    plan = read_plan(case)
    target = (Path(out) if out else Path("runs") / f"case-{plan.name}").absolute()
    _refuse(target)
    work = target.with_name(target.name + ".work") if out and not os.environ.get(KEPT) else work_folder(plan)
    with ended_by_signals():
        stand = standing(plan, work)
        if (done := _stands(target, case_key(plan, stand))) is not None:
            say("nothing changed since the folder was made.")
            return done
        for line in check_data(plan, known=stand):
            say(line)
        runs = {label: run.folder for label, run in run_steps(plan, folder=work, workers=workers, say=say).items()}
        key = case_key(plan, runs)
        made = work / f"case-{key}"
        if not (made / "run.json").is_file():
            run_notebook(plan.notebook, {"case": str(plan.file), "work": str(work)}, made, label="case")
            prune(work, "case")
            say(f"{plan.notebook.stem}: composed")
        with staged(target) as folder:
            facts = _assemble(plan, runs | {"case": made}, folder, key)
            publish(folder, target, replace=True)
    return Built(target, tuple(facts["files"]), tuple(facts["answer"]), now=True)


def case_key(plan: CasePlan, runs: Mapping[str, Path]) -> str:
    """What tells this report from another: the runs of its studies, the yaml, the files it names, and the code."""
    files = [plan.file, plan.notebook, *([plan.template] if plan.template else [])]
    files += [plan.folder / str(v) for v in plan.brand.values() if isinstance(v, str) and (plan.folder / v).is_file()]
    hashes = [sha256(file) for file in files]
    text = json.dumps([hashes, [run.name for run in runs.values()], len(plan.steps), code_key()])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _refuse(target: Path) -> None:
    """A folder that no case wrote is never replaced."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    try:
        ours = "case" in json.loads((target / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        ours = False
    if not ours:
        raise ParameterError(
            f"{target} exists and no case wrote it.",
            expected="a folder that does not exist yet, or one that an earlier `cxlab case` made",
            mend="--out ANOTHER_FOLDER",
        )


def _stands(target: Path, key: str) -> Built | None:
    try:
        facts = json.loads((target / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if facts.get("key") != key or not all((target / name).is_file() for name in facts["files"]):
        return None
    return Built(target, tuple(facts["files"]), tuple(facts["answer"]), now=False)


def _assemble(plan: CasePlan, runs: Mapping[str, Path], folder: Path, key: str) -> dict:
    """Copy what may leave: documents as the case notebook wrote them, notebooks without what tells of persons."""
    import nbformat

    made = runs["case"]
    facts = json.loads((made / "run.json").read_text(encoding="utf-8"))
    files = [name for name in DOCUMENTS if (made / name).is_file()]
    for name in files:
        shutil.copyfile(made / name, folder / name)
    (folder / "notebooks").mkdir()
    for label, run in runs.items():
        notebook = leaving(nbformat.read(run / "notebook.ipynb", as_version=4), allow=plan.allow)
        nbformat.write(notebook, folder / "notebooks" / f"{label}.ipynb")
        files.append(f"notebooks/{label}.ipynb")
    studies = {
        label: {
            k: v for k, v in json.loads((run / "run.json").read_text(encoding="utf-8")).items()
            if k in ("study", "title", "started", "duration_seconds", "parameters", "seed", "versions", "data")
        }
        for label, run in runs.items()
        if label != "case"
    }  # fmt: skip
    facts = {
        "case": plan.name, "client": plan.client, "key": key, "answer": facts["answer"], "started": facts["started"],
        "files": files, "versions": facts["versions"], "studies": studies,
        "sha256": {name: sha256(folder / name) for name in files},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return facts
