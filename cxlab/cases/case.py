"""A case in its notebook: the findings of its studies, what is told of them, and the report they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlab.cases.plan import CasePlan, read_plan
from cxlab.cases.work import run_steps
from cxlab.errors import ParameterError, unknown
from cxlab.finding import Finding
from cxlab.report.document import CaseReport, Figure, Source, Told
from cxlab.runs.recorded import Recorded
from cxlab.wording import count

if TYPE_CHECKING:
    from pandas import DataFrame

_SIMULATED = "simulated"
_WIDE = 900  # pixels of a picture in a notebook


class Shown(Told):
    """What is told of a finding, as a notebook shows it: sentence, picture, facts, and what follows."""

    def _ipython_display_(self):
        from IPython.display import Image, Markdown, display

        display(Markdown(f"### {self.sentence}\n\n{self.figure.finding.text}"))
        if self.figure.picture:
            display(Image(str(self.figure.picture), width=_WIDE))
        truth = f" **What it was made with:** {self.figure.truth}" if self.figure.truth else ""
        display(Markdown(f"*{self.figure.line}*\n\n**So what?** {self.so_what}{truth}"))

    def said(self, column: str, **where: Any) -> str:
        """A number of its table with its interval, from the row that `where` finds."""
        from cxlab.cases.front import said

        return said(self.figure, column, where)


@dataclass(frozen=True)
class Case:
    """A case whose studies stand.

    Parameters
    ----------
    plan : what the yaml says
    runs : label to run

    A notebook shows the studies with what each answers.
    """

    plan: CasePlan
    runs: Mapping[str, Recorded]

    def run(self, label: str) -> Recorded:
        """The run of a study of the case."""
        if label not in self.runs:
            raise unknown("study of the case", label, self.runs)
        return self.runs[label]

    @property
    def deciding(self) -> str:
        """What the case calls its first study of options.

        Raises
        ------
        ParameterError : it has none
        """
        for label, run in self.runs.items():
            if run.facts.get("study") == "roadmap":
                return label
        raise ParameterError(
            f"the case {self.plan.name} has no study of options: {', '.join(s.label for s in self.plan.steps)}.",
            expected="a study roadmap, so that the report ends in a decision",
            mend="studies: {roadmap: {}}",
        )

    def finding(self, label: str, name: str) -> Finding:
        """A finding of one of the case's studies."""
        return self.run(label)[name]

    def figure(
        self, label: str, name: str, *, truth: str = "", true: Mapping[str, Any] | None = None, **facts: str
    ) -> Figure:
        """A finding with what a client must know to judge it.

        Parameters
        ----------
        label, name : study of the case, finding
        truth : what the simulation was made with, where data is simulated
        true : the value of it by the column that estimates it, and what finds its row: {"product": "Ours", "share":
            0.25}; a remark follows the truth where the interval misses it
        facts : n, interval, unit, period or source, where the finding does not state it itself; main, the column whose
            unit stands under the picture and that native charts show

        Raises
        ------
        ParameterError : a truth is told without the value that the interval beside it is held to.
        """
        from cxlab.cases.front import missed
        from cxlab.report.gate import facts_of

        if truth and not true:
            raise ParameterError(
                f"the truth of {name} is not held to the interval beside it.", expected="its value and column",
                mend='true={"product": "Ours", "share": 0.25}',
            )  # fmt: skip

        run = self.run(label)
        finding = run[name]
        data = run.facts.get("data") or {}
        period = str(run.facts.get("period") or "") or "the rows carry no dates"
        said = facts_of(finding, period=period, source=_source_words(run), main=facts.get("main", ""))
        made = Figure(
            finding, run.picture(name), narrow=run.picture(name, narrow=True),
            simulated=data.get("kind") == _SIMULATED, study=str(run.facts.get("study")),
            truth=truth, **said | facts,
        )  # fmt: skip
        return replace(made, truth=f"{truth} {missed(made, true)}".strip()) if true else made

    def tell(
        self, label: str, name: str, *, so_what: str, sentence: str = "", truth: str = "",
        true: Mapping[str, Any] | None = None, **facts: str,
    ) -> Shown:  # fmt: skip
        """One of the findings that are told.

        Parameters
        ----------
        so_what : what the client does because of it
        sentence : heading of its part; the finding's own title when ""
        truth, true, facts : see `figure`
        """
        figure = self.figure(label, name, truth=truth, true=true, **facts)
        title = figure.finding.title
        return Shown(figure, sentence or title[:1].upper() + title[1:], so_what)

    @cached_property
    def overview(self) -> DataFrame:
        """A row a study: study, data, kind, answer (its first sentence)."""
        import pandas as pd

        rows = [
            {"study": label, "data": (run.facts.get("data") or {}).get("name", ""),
             "kind": (run.facts.get("data") or {}).get("kind", ""), "answer": run.facts["answer"][0]}
            for label, run in self.runs.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """What is known of each data set of the case: rows kept and set aside, hashes, consent."""
        from cxlab.data import load

        found: dict[str, Source] = {}
        for step in self.plan.steps:
            key = str(step.values["source"])
            if key not in found:
                found[key] = _source(load(key, columns=step.values.get("columns"), options=step.values.get("options")))
        return tuple(found.values())

    @property
    def answer(self) -> Finding:
        """The plan that the study of options recommends, with its value, interval and chance of loss."""
        from cxlab.cases.following import ANSWER

        return self.finding(self.deciding, ANSWER)

    def told(self) -> tuple[Told, ...]:
        """The findings that the yaml names, else the answers of the studies."""
        from cxlab.cases.following import told_of

        return told_of(self)

    def show(self, told: Sequence[Told]) -> None:
        """Each finding that is told, as a notebook shows it."""
        from IPython.display import display

        for one in told:
            display(one)

    def shown(self, part: str) -> Finding:
        """The "options", the "roadmap" or the "milestones" of the case, as the study recorded them."""
        from cxlab.cases.following import PARTS

        if part not in PARTS:
            raise unknown("part", part, PARTS)
        return self.finding(self.deciding, PARTS[part])

    def report(
        self, findings: Sequence[Told] = (), *, first: Sequence[tuple[str, Sequence[Told]]] = (), **parts: Any
    ) -> CaseReport:
        """The report: what is told, and everything else as it follows from the studies and the yaml.

        Parameters
        ----------
        findings : three to five; those of the yaml, else the answers of the studies, when none are given
        first : statements that stand before the plan on the front page, each with the findings it rests on; one that
            rests on a finding whose checks fail is not to be leant on, and says so
        parts : any other part of `CaseReport` that is said otherwise than it would follow

        Raises
        ------
        ParameterError : no study of the case gives options to decide on; a statement of the front page names no
            finding, or tells numbers without an interval.
        """
        from cxlab.cases.following import report_of
        from cxlab.cases.front import check_front, front

        check_front(parts)
        statements = tuple(front(sentence, rests) for sentence, rests in first)
        made = report_of(self, tuple(findings))
        made = replace(made, answer=(*statements, *made.answer))
        return replace(made, **parts) if parts else made

    def _repr_mimebundle_(self, include=None, exclude=None):
        shown = self.overview
        plain = "\n".join([self.plan.client, *self.plan.question, "", shown.to_string(index=False)])
        return {"text/plain": plain, "text/html": shown.to_html(index=False, border=0, escape=True)}


def open_case(case: str | Path = "coffee-shop", *, work: str | Path = "") -> Case:
    """A case, its studies run where something changed.

    Parameters
    ----------
    case : a client.yaml, its folder, or the name of a case that ships
    work : folder in which the runs are kept; ``runs/case-NAME.work`` when ""

    Raises
    ------
    ParameterError, DataError, ModelError : what is wrong with the case, its data or a study
    """
    plan = read_plan(case)
    return Case(plan, run_steps(plan, folder=Path(work) if work else None))


def _source_words(run: Recorded) -> str:
    """The data of a study as a reader sees it: its name, and the rows of the tables the study is about."""
    data = run.facts.get("data") or {}
    about = run.facts.get("tables") or ()
    kept = [r for r in data.get("rows", ()) if r.get("kept") and (not about or r["table"] in about)]
    words = ", ".join(f"{count(r['kept'])} rows of {r['table']}" for r in kept)
    name = str(data.get("name") or "").replace("_", " ")
    return f"{name} ({words})" if words else name


def _source(data) -> Source:
    from cxlab.runs.export import period

    consent: dict[str, int] = {}
    if "customers" in data.tables and "consent" in data.tables["customers"].columns:
        table = data.tables["customers"]
        said = table.group_by("consent").agg(n=table.count()).execute()
        consent = {str(a): int(n) for a, n in said.itertuples(index=False) if a == a and a is not None}
    reasons = data.reasons
    return Source(
        name=data.card.title or data.name, kind=data.card.kind, counts=data.counts.copy(),
        reasons=None if reasons.empty else reasons.groupby(["table", "reason"], as_index=False)["rows"].sum(),
        fingerprint=data.fingerprint or "", origin=data.card.origin, licence=data.card.licence, period=period(data),
        faults=(data.card.faults,) if isinstance(data.card.faults, str) else tuple(data.card.faults), consent=consent,
    )  # fmt: skip
