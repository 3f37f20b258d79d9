"""The last cell of a case: what may leave is written as report, PDF, slides and workbook, when a folder is named."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cxlab.cases.plan import CasePlan
from cxlab.report.document import CaseReport
from cxlab.runs.export import FOLDER
from cxlab.runs.provenance import versions


class Delivered:
    """What the last cell shows; the same with and without a folder."""

    def __init__(self, report: CaseReport):
        self.report = report

    def __repr__(self) -> str:
        kept = self.report.privacy
        cut = len(kept.columns) + len(kept.groups) if kept else 0
        figures = len(list(self.report.figures))
        return f"{figures} figures say n, interval, unit, period and source; {cut} entries on the privacy sheet"


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

    report = check(protect(report))
    if os.environ.get(FOLDER):
        _write(Path(os.environ[FOLDER]), report, plan)
    return Delivered(report)


def _write(folder: Path, report: CaseReport, plan: CasePlan) -> None:
    from cxlab.report import slides, workbook
    from cxlab.report.case import case_html
    from cxlab.report.pdf import write_pdf

    html = case_html(report)
    (folder / "report.html").write_text(html, encoding="utf-8")
    write_pdf(html, folder / "report.pdf")
    slides.write(report, folder / "summary.pptx", template=plan.template)
    workbook.write(report, folder / "tables.xlsx")
    path = folder / "run.json"
    facts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    facts |= {"answer": list(report.answer), "versions": versions()}
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
