"""What a client gets of a case: report, slides and workbook, from one checked and protected report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from cxlab.errors import unknown
from cxlab.report.case import case_html
from cxlab.report.document import CaseReport
from cxlab.report.gate import check
from cxlab.report.privacy import protect

#: the files of a case, in the order they are written
FILES = ("report.html", "report.pdf", "summary.pptx", "tables.xlsx")


def deliver(
    report: CaseReport, folder: Path, *, made: datetime, template: Path | None = None, files: Sequence[str] = FILES
) -> CaseReport:
    """Write the documents of a case into its folder; the same report and time give the same bytes.

    Nothing is written where anything is missing, may not leave, or cannot be made: all is composed before the first
    file is written.

    Parameters
    ----------
    report : as the studies filled it
    folder : exists; files of these names are replaced
    made : when the case was run, with a time zone
    template : the client's own .pptx
    files : which of `FILES`

    Returns
    -------
    the report as it left, with its privacy sheet

    Raises
    ------
    DataError : names every figure that lacks something, or what is wrong with the template
    ParameterError : the case allows something to leave that is not known; or an unknown file
    PdfError : no PDF can be written on this machine
    """
    for name in files:
        if name not in FILES:
            raise unknown("file", name, FILES)
    left = protect(check(report))
    made_of = {name: _writer(name)(left, made, template) for name in FILES if name in files}
    for name, content in made_of.items():
        part = folder / f".{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)
    return left


def _writer(name: str) -> Callable[[CaseReport, datetime, Path | None], bytes]:
    def pdf(report, made, template):
        from cxlab.report.pdf import case_pdf

        return case_pdf(report, made=made)

    def slides(report, made, template):
        from cxlab.report.slides import case_slides

        return case_slides(report, made=made, template=template)

    def workbook(report, made, template):
        from cxlab.report.workbook import case_workbook

        return case_workbook(report, made=made)

    def html(report, made, template):
        return case_html(report).encode("utf-8")

    return dict(zip(FILES, (html, pdf, slides, workbook), strict=True))[name]
