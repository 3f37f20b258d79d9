"""The report of a case as it follows from its studies and its yaml, wherever the case notebook says nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from cxlab.cases.method import paragraphs, used_terms
from cxlab.cases.so_what import so_what
from cxlab.data.files import sha256
from cxlab.finding import Finding
from cxlab.report.brand import Brand
from cxlab.report.document import Appendix, CaseReport, Figure, Source, StudyRun, Told, Worth
from cxlab.runs.provenance import versions
from cxlab.wording import count, listed, share

if TYPE_CHECKING:
    from cxlab.cases.case import Case

#: as many findings as a reader takes home, and as many cards as stand in one row with the value and its chance of loss
MOST_TOLD, MOST_CARDS = 5, 2
#: the findings of the study of options that stand in parts of their own
PARTS = {
    "options": "differentiation.returns", "roadmap": "differentiation.roadmap",
    "milestones": "differentiation.milestones",
}  # fmt: skip
ANSWER, ASIDE = "differentiation.plan", "differentiation.set_aside"
#: what the plan would be if what it takes for granted of effects did not hold
GRANTED = "differentiation.assumptions"
#: names that a line of what is set aside holds
_NAMED = 6
_CHANGE = re.compile(r"What would change our mind: ((?:[^.]|\.(?=\S))+\.)")


def report_of(case: Case, told: tuple[Told, ...]) -> CaseReport:
    """The report of a case; see `Case.report`."""
    plan, label, answer = case.plan, case.deciding, case.answer
    run = case.run(label)
    findings = told or told_of(case)
    options, roadmap = _figures_of_options(case, label)
    deciding = [answer, *(run.findings[name] for name in (GRANTED,) if name in run.findings)]
    simulated = [s.name for s in case.sources if s.kind == "simulated"]
    periods = [s.period for s in case.sources if s.period] or [str(run.facts.get("period") or "")]
    return CaseReport(
        client=plan.client,
        title=answer.title,
        question=plan.question,
        situation=plan.situation or (_known(case),),
        answer=_answer(answer),
        worth=worth_of(answer),
        change_our_mind=(*_changing([*deciding, *(t.figure.finding for t in findings)]), *plan.change_our_mind),
        set_aside=aside_of(run.findings.get(ASIDE)),
        findings=findings,
        options=options,
        roadmap=roadmap,
        milestones=run[PARTS["milestones"]].table.drop(columns="limit"),
        risks=risks_of(findings, plan.risks),
        ethics=(*ethics_of(case.sources, plan.smallest_group), *plan.ethics),
        sources=case.sources,
        method=paragraphs(run.facts.get("study", "") for run in case.runs.values()),
        appendix=appendix_of(case, findings),
        cards=tuple(key for t in findings for key in t.figure.finding.keys[:1] if t.figure.finding.believed)[
            :MOST_CARDS
        ],
        currency=plan.currency or str(run.facts.get("currency") or ""),
        period="; ".join(dict.fromkeys(periods)),
        simulated=_simulated(simulated, len(case.sources)),
        brand=Brand.of(plan.brand, plan.folder) if plan.brand else Brand(plan.client),
        allow=plan.allow,
        limit=plan.smallest_group,
        language=plan.language,
    )


def _figures_of_options(case: Case, label: str) -> tuple[Figure, Figure]:
    """The options and the roadmap; what they count is options, not draws."""
    options = count(len(case.finding(label, PARTS["options"]).table))
    years = case.run(label).facts.get("parameters", {}).get("years", 5)
    facts = {"n": f"{options} options", "period": f"from now, over {years:g} years"}
    return tuple(case.figure(label, PARTS[part], **facts) for part in ("options", "roadmap"))


def told_of(case: Case) -> tuple[Told, ...]:
    """The findings that the yaml names, else the first answers of the studies other than the roadmap."""
    if case.plan.told:
        return tuple(
            case.tell(t["study"], t["finding"], sentence=t.get("sentence", ""),
                      so_what=t.get("so_what") or _follows(case, t["study"], t["finding"]))
            for t in case.plan.told
        )  # fmt: skip
    chosen: list[tuple[int, str, str]] = []
    for label, run in case.runs.items():
        if run.facts.get("study") == "roadmap":
            continue
        names = [n for n in dict.fromkeys((*run.facts.get("answers", ()), *run.findings)) if _tellable(case, label, n)]
        chosen += [(place, label, name) for place, name in enumerate(names)]
    chosen = sorted(chosen, key=lambda c: c[0])[:MOST_TOLD]
    return tuple(case.tell(label, name, so_what=_follows(case, label, name)) for _, label, name in chosen)


def _follows(case: Case, label: str, name: str) -> str:
    return so_what(case.finding(label, name), str(case.run(label).facts.get("study")))


def _tellable(case: Case, label: str, name: str) -> bool:
    """Whether a finding can stand alone: a picture, believed, and it says n, interval and unit."""
    figure = case.figure(label, name)
    said = figure.facts
    return figure.picture is not None and figure.finding.believed and all(said[k] for k in ("n", "interval", "unit"))


def worth_of(answer: Finding) -> Worth:
    """The value of the plan, with interval and chance of loss."""
    row = answer.table.iloc[0]
    return Worth(
        float(row["value"]), float(row["low"]), float(row["high"]), float(row["level"]), float(row["p_loss"]),
        "of today's money, all costs taken off", finding=PARTS["roadmap"],
    )  # fmt: skip


def aside_of(found: Finding | None) -> tuple[str, ...]:
    """What is not recommended, a line a reason, those that would bring most first.

    >>> table = pd.DataFrame({"name": ["App", "Kiosk", "Till"], "why": ["expected to lose", "excluded by App",
    ...     "expected to lose"]})
    >>> aside_of(Finding("a", "A", "A.", table))
    ('App and Till: expected to lose.', 'Kiosk: excluded by App.')
    """
    if found is None or found.table.empty:
        return ()
    # a chance in brackets is of one option alone, so it goes with its name
    why = found.table["why"].astype(str).str.partition(" (")
    named = [f"{name} ({more}" if more else str(name) for name, more in zip(found.table["name"], why[2], strict=True)]
    lines: dict[str, list[str]] = {}
    for reason, name in zip(why[0], named, strict=True):
        lines.setdefault(reason, []).append(name)
    return tuple(f"{_few(names)}: {reason}." for reason, names in lines.items())


def _few(names: Sequence[str]) -> str:
    if len(names) > _NAMED:
        names = [*names[:_NAMED], f"{count(len(names) - _NAMED)} more"]
    return listed(names)


def risks_of(findings: Sequence[Told], said: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Risks of the yaml, those of checks that fail, and that of every plan: effects smaller than thought.

    Returns
    -------
    DataFrame: risk, sign, answer
    """
    rows = [dict(r) for r in said]
    for told in findings:
        for check in told.figure.finding.failed:
            rows.append({
                "risk": f"“{told.sentence}” may not hold.", "sign": check.sentence.removesuffix(check.advice).strip(),
                "answer": check.advice or "Do not build on this finding before it is measured again.",
            })  # fmt: skip
    rows.append({
        "risk": "Effects are smaller than thought, or fade.", "sign": "A KPI of the roadmap stands at its alarm limit.",
        "answer": "Stop as the roadmap says; money that is spent does not count.",
    })  # fmt: skip
    return pd.DataFrame(rows, columns=["risk", "sign", "answer"])


def ethics_of(sources: Sequence[Source], smallest: int) -> tuple[str, ...]:
    """What is said of fairness, consent and use of the data, from the data."""
    told = []
    for source in sources:
        agree = sum(n for said, n in source.consent.items() if said.lower() in ("true", "yes", "1", "1.0", "ja"))
        asked = sum(source.consent.values())
        if asked:
            told.append(
                f"{count(agree)} of {count(asked)} customers of {source.name} ({share(agree / asked)}) agree to be "
                "written to; offers go to these alone."
            )
    if not told:
        told.append("The data says nothing of consent: ask before anybody is written to.")
    return (
        *told,
        f"No customer is named: ids and words of customers stay in the house, numbers of fewer than {smallest} are "
        f"hidden.",
        "No age, sex, origin or other protected trait decides who gets what. A plan that treats segments differently "
        "has to be checked for that before it starts.",
    )


def appendix_of(case: Case, findings: Sequence[Told]) -> Appendix:
    """Checks (of what is told, and those that fail), parameters, versions, hashes, and the terms that it uses."""
    told = {t.figure.finding.name for t in findings} | {*PARTS.values(), ANSWER, GRANTED}
    studies = tuple(
        StudyRun(
            label, str(run.facts.get("title") or ""), run.facts.get("parameters") or {}, run.facts.get("seed"),
            tuple((f.name, check) for f in run.findings.values() for check in f.checks if not check.passed or f.name
            in told),
            {name: sha256(run.folder / name) for name in ("notebook.ipynb", "findings.json")},
            judged=sum(len(f.checks) for f in run.findings.values()),
        )
        for label, run in case.runs.items()
    )  # fmt: skip
    plan = case.plan
    hashes = {file.name: sha256(file) for file in (plan.file, plan.notebook)}
    texts = [t.figure.finding.text + t.so_what + t.sentence for t in findings]
    return Appendix(studies, versions(), hashes, used_terms(texts))


def _known(case: Case) -> str:
    """What is known of the client, where the yaml says nothing."""
    rows = {row.table: int(row.kept) for source in case.sources for row in source.counts.itertuples() if row.kept}
    return f"What is known of {case.plan.client}: {', '.join(f'{count(n)} rows of {t}' for t, n in rows.items())}."


def _answer(answer: Finding) -> tuple[str, ...]:
    """The answer's sentences, without what stands in parts of their own."""
    return (_CHANGE.sub("", answer.text.removesuffix(answer.warning)).replace("  ", " ").strip(),)


def _changing(findings: Sequence[Finding]) -> tuple[str, ...]:
    """What the findings themselves say would change our mind, each once."""
    said = [hit[1].strip() for f in findings for hit in [_CHANGE.search(f.text)] if hit]
    return tuple(dict.fromkeys(words[:1].upper() + words[1:] for words in said))


def _simulated(names: Sequence[str], sources: int) -> str:
    if not names:
        return ""
    if len(names) == sources:
        return "All data of this case is simulated: the business does not exist, and what is true of it is known."
    return f"Simulated is what comes from {', '.join(names)}; every figure of it is marked. The other data is real."
