"""The last cell of a case: what may leave is written as report, PDF, slides and workbook, when a folder is named."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from cxlab.cases.plan import CasePlan
from cxlab.report.document import CaseReport
from cxlab.runs.export import FOLDER
from cxlab.runs.provenance import versions
from cxlab.wording import count


class Delivered:
    """What the last cell shows; the same with and without a folder."""

    def __init__(self, report: CaseReport):
        self.report = report

    def __repr__(self) -> str:
        kept = self.report.privacy
        cut = len(kept.columns) + len(kept.groups) if kept else 0
        figures = len(list(self.report.figures))
        return (
            f"{count(figures)} figures with n, interval, unit, period and source; privacy sheet: {count(cut)} entries"
        )


def deliver(report: CaseReport, *, plan: CasePlan) -> Delivered:
    """Take out what may not leave, stop where something is missing, and write the documents into the run's folder.

    Parameters
    ----------
    report : as `Case.report` made it
    plan : the case, for its template

    Returns
    -------
    Delivered : shows one short line

    Raises
    ------
    DataError : a figure lacks n, interval, unit, period or source, or a part of the report is missing; by name
    """
    from cxlab.report.gate import check
    from cxlab.report.privacy import protect

    if os.environ.get(FOLDER):
        return Delivered(_write(Path(os.environ[FOLDER]), report, plan))
    return Delivered(protect(check(report)))


def _write(folder: Path, report: CaseReport, plan: CasePlan) -> CaseReport:
    from cxlab.report.deliver import FILES, deliver
    from cxlab.report.pdf import PdfError

    path = folder / "run.json"
    facts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    made = datetime.fromisoformat(facts["started"]) if "started" in facts else datetime.now(UTC)
    left_out = ""
    try:
        left = deliver(report, folder, made=made, template=plan.template)
    except PdfError as problem:
        left_out = str(problem)
        left = deliver(report, folder, made=made, template=plan.template, files=[f for f in FILES if f != "report.pdf"])
    doubt = [f.finding.warning for f in report.figures if f.finding.name == report.worth.finding and f.finding.failed]
    facts |= {"answer": [*report.answer, *doubt], "versions": versions(), "left_out": left_out}
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return left
