"""The studies of a case as its yaml declares them: found, and their parameters checked, before any work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ParameterError, unknown

START = "case: {question: What pays, studies: {experience: {}, roadmap: {}}}"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Taken:
    """An effect that a study takes from a finding of another, with its interval.

    Parameters
    ----------
    name : of the initiative
    label : the other study of the case
    finding, row : where its value, low and high stand; row: text of the row's first column
    times : what they are multiplied by
    """

    name: str
    label: str
    finding: str
    row: str
    times: float = 1.0


@dataclass(frozen=True)
class Step:
    """One study of a case.

    Parameters
    ----------
    label : what the case calls it; the name of its folder
    study : the study, or the path of a notebook in the client's folder
    values : its parameters, typed and checked, the source included
    taken : effects that come from other studies of the case, which run before
    """

    label: str
    study: str
    values: Mapping[str, Any]
    taken: tuple[Taken, ...] = ()


def steps_of(file: Path, content: Mapping[str, Any]) -> tuple[Step, ...]:
    """The studies of a case in their order.

    Raises
    ------
    ParameterError : what is wrong, of all studies in one message.
    """
    said = content["case"]
    studies = said.get("studies")
    if isinstance(studies, list) and all(isinstance(s, str) for s in studies):
        studies = {name: {} for name in studies}
    if not isinstance(studies, dict) or not studies:
        raise ParameterError(f"the case of {file.name} names no studies.", expected=START)
    common = {"currency": content.get("currency"), "client": content.get("client"), "seed": said.get("seed")}
    default = str(file) if content.get("sources") else str(said.get("source") or "")
    steps, faults = [], []
    for label, given in studies.items():
        try:
            steps.append(_step(file, str(label), given, common, default))
        except CxlabError as fault:
            faults.append(f"case.studies.{label}: {fault}" if len(studies) > 1 else str(fault))
    if faults:
        raise ParameterError("\n".join(faults))
    free = [step.label for step in steps if not step.taken]
    for one in (one for step in steps for one in step.taken):
        if one.label not in free:
            raise unknown(f"study from which {one.name} takes its effect", one.label, free)
    return tuple(steps)


def _step(file: Path, label: str, given: Any, common: Mapping[str, Any], default: str) -> Step:
    import nbformat

    from cxlab.runs.studies import chosen, find_study, parameters_class, studies

    if not _LABEL.fullmatch(label):
        raise ParameterError(f"{label!r} cannot name a study's folder.", expected="letters, digits, - and _, up to 40")
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise ParameterError(f"{label} = {given!r}.", expected=f"{label}: {{parameter: value}}")
    given = {str(k): v for k, v in given.items()}
    study = str(given.pop("study", label))
    if study.endswith(".ipynb"):
        path = inside(file.parent, study, "study", endings=(".ipynb",))
    elif study in studies():
        path = find_study(study)
    else:
        raise unknown("study", study, studies())
    cls = parameters_class(nbformat.read(path, as_version=4), name=path.name)
    source = str(given.get("source") or default)
    if not source:
        raise ParameterError(
            f"it is not said what data {label} reads.",
            expected="sources of the client, case.source, or a source of the study's own",
            mend="case: {source: coffee_shop}",
        )
    taken = _taken(label, given)
    beside = file.parent / source
    given["source"] = str(beside.resolve()) if beside.exists() else source
    for name, value in common.items():
        if value not in (None, "") and name in cls.model_fields:
            given.setdefault(name, value)
    return Step(label, path.stem if study in studies() else str(path), chosen(cls, given), taken)


def _taken(label: str, given: dict[str, Any]) -> tuple[Taken, ...]:
    """Effects that come from findings of other studies; they are taken out of what is given."""
    effects = given.get("effects")
    if not isinstance(effects, dict):
        return ()
    found = []
    for name in [n for n, said in effects.items() if isinstance(said, dict)]:
        said = effects.pop(name)
        if not {"study", "finding", "row"} <= set(said) <= {"study", "finding", "row", "times"}:
            raise ParameterError(
                f"{label}.effects.{name} = {said!r}.",
                expected='{study: trials, finding: differentiation.effect_in_money, row: "brings, first year"}',
            )
        times = said.get("times", 1.0)
        if not isinstance(times, (int, float)) or isinstance(times, bool):
            raise ParameterError(f"{label}.effects.{name}: times = {times!r}.", expected="a number")
        found.append(Taken(str(name), str(said["study"]), str(said["finding"]), str(said["row"]), float(times)))
    return tuple(found)


def inside(folder: Path, said: str, what: str, *, endings: tuple[str, ...]) -> Path:
    """A file that a yaml names, which has to lie in the yaml's own folder.

    Raises
    ------
    ParameterError : it leaves the folder, is of another kind or is not there.
    """
    path = (folder / said).resolve()
    if Path(said).is_absolute() or "://" in said or not path.is_relative_to(folder.resolve()):
        raise ParameterError(f"{what} = {said!r} leaves the client's folder.", expected=f"a file below {folder.name}/")
    if path.suffix.lower() not in endings:
        raise ParameterError(f"{what} = {said!r}.", expected="a file " + " or ".join(f"*{e}" for e in endings))
    if not path.is_file():
        raise ParameterError(f"{what} = {said!r} is not there.", expected=f"a file below {folder.name}/")
    return path
