"""Faults inside the tables of a case, found by the readers of its studies before the first of them runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from cxlab.cases.plan import CasePlan
from cxlab.cases.starting import NEEDS, study_needs
from cxlab.cases.steps import Step
from cxlab.errors import CxlabError, DataError, unknown
from cxlab.wording import count

#: draws with which options are valued to see whether they can be
_DRAWS = 200


def check_data(plan: CasePlan, *, known: Collection[str] = ()) -> list[str]:
    """What was read of each data set, a line a table; every fault in one message, before any study starts.

    Parameters
    ----------
    known : labels of studies that ran on these data already: they are not read again

    Raises
    ------
    DataError : a study lacks the data it needs or cannot read it, or nothing names the currency; all in one message.
    """
    from cxlab.data import load

    lines, sources, faults = {}, {}, []
    for step in plan.steps:
        asked = tuple(str(step.values.get(k)) for k in ("source", "columns", "options"))
        if asked not in sources:
            sources[asked] = load(
                asked[0], columns=step.values.get("columns"), options=step.values.get("options")
            )  # fmt: skip
        data = sources[asked]
        for row in data.counts.itertuples():
            lines.setdefault(
                (asked[0], row.table),
                f"{data.name}, {row.table}: {count(row.read)} rows read, {count(row.kept)} kept, "
                f"{count(row.quarantined)} set aside",
            )
        # without initiatives a roadmap takes the options that ship, where it knows how large the business is
        if step.study != "roadmap" and not study_needs(step.study, data):
            faults.append(f"{step.label}: {data.name} has no {_asked(step.study)}.")
        elif step.label not in known and (fault := fault_of(step, data)):
            faults.append(fault)
    if not plan.currency and not any(data.currency for data in sources.values()):
        faults.append("the currency of the case is not named (currency: EUR).")
    if faults:
        raise DataError("\n".join(faults), expected="data that every study of the case can work on, and a currency",
                        mend=f"mend the file, or leave the study out of {plan.file.name}")  # fmt: skip
    return list(lines.values())


def fault_of(step: Step, data) -> str:
    """What the reader of a study says of its data, with the study's label; "" where it can read them."""
    read = _READERS.get(step.study)
    if read is None:
        return ""
    try:
        read(data, step)
    except CxlabError as problem:
        told = [problem.found.strip(), problem.expected and f"expected: {problem.expected}", problem.mend]
        return f"{step.label}: {' | '.join(filter(None, told))}"
    return ""


def _trial(data, step: Step) -> None:
    from cxlab.differentiation.study_trials import TrialsStudy, tried

    tried(data, TrialsStudy(**step.values))


def _choices(data, step: Step) -> None:
    from cxlab.differentiation.study_differentiation import (
        DifferentiationStudy,
        choices_of,
        require_something,
        survey_of,
    )

    settings = DifferentiationStudy(**step.values)
    survey = survey_of(data, settings)
    require_something(survey, choices_of(data, settings, survey=survey), data)


def _options(data, step: Step) -> None:
    from cxlab.differentiation.study_roadmap import RoadmapStudy, options_valued

    table, _, _ = options_valued(data, RoadmapStudy(**step.values | {"draws": _DRAWS}))
    for one in step.taken:
        if one.name not in set(table["name"]):
            raise unknown("initiative in effects", one.name, table["name"])


def _survey(data, step: Step) -> None:
    from cxlab.experience.study import ExperienceStudy, asked

    asked(data, ExperienceStudy(**step.values))


_READERS: Mapping[str, Callable[[Any, Step], None]] = {
    "trials": _trial, "differentiation": _choices, "roadmap": _options, "experience": _survey,
}  # fmt: skip


def _asked(study: str) -> str:
    return "choices, nor a survey that names brands" if study == "differentiation" else " or ".join(NEEDS[study])
