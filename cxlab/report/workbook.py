"""The workbook of a case: every table with its numbers as numbers, what they are of, and never a formula."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from cxlab.finding import Finding
from cxlab.report.archive import settled
from cxlab.report.case import doubted
from cxlab.report.chart import number_format
from cxlab.report.document import CaseReport, Figure
from cxlab.report.groups import SUPPRESSED
from cxlab.report.safe import cell, sheet_name
from cxlab.report.sheet import privacy_parts
from cxlab.report.tables import Table, failed, heading
from cxlab.wording import chance_of

#: rows of a sheet that Excel holds, less what stands over the table
MOST_ROWS = 1_000_000
#: characters a column is wide at least and at most
_NARROW, _WIDE = 9, 48
_FACE = "Calibri"
#: columns that a paragraph runs over
_ACROSS = 6
_MARK = " (a check fails)"


def case_workbook(report: CaseReport, *, made: datetime) -> bytes:
    """The workbook as .xlsx; the same report and time give the same bytes.

    Parameters
    ----------
    report : as `gate.check` and `privacy.protect` returned it
    made : when the case was run

    Sheets: contents, one a finding (options and roadmap among them), milestones, risks, data, privacy, checks.

    Raises
    ------
    ValueError : `privacy.protect` has not gone over the report
    """
    from openpyxl import Workbook

    report.check_protected()
    book = _Book(Workbook(), report)
    for figure in {figure.finding.name: figure for figure in report.figures}.values():
        book.figure(figure)
    book.table("Milestones", "Who does it, what is watched, when to stop", report.milestones)
    book.table("Risks", "Risks, how they show, and what then", report.risks)
    book.data()
    book.privacy()
    book.checks()
    book.contents()
    properties = book.file.properties
    properties.title, properties.creator = cell(report.title), cell(report.brand.name or report.client)
    properties.lastModifiedBy = "cxlab"
    properties.created = properties.modified = made.replace(tzinfo=None)
    file = io.BytesIO()
    book.file.save(file)
    return settled(file.getvalue(), made=made)


class _Book:
    """A workbook being filled; it remembers its sheets for the contents."""

    def __init__(self, file: Any, report: CaseReport):
        self.file, self.report = file, report
        self.names: set[str] = set()
        self.listed: list[tuple[str, str]] = []
        self.first = file.active
        self.first.title = sheet_name("Contents", self.names)
        _paper(self.first)

    def sheet(self, name: str, title: str, lines: Sequence[str], *, mark: str = "") -> Any:
        """A new sheet with its title and what must be known of it above the table; the row that follows is free.

        `mark` follows its title in the contents.
        """
        sheet = self.file.create_sheet(sheet_name(name, self.names))
        self.listed.append((sheet.title, title + mark))
        _paper(sheet)
        _write(sheet, 1, 1, title, bold=True, size=14)
        for i, line in enumerate(filter(None, lines)):
            _write(sheet, 2 + i, 1, line, muted=True)
        return sheet

    def figure(self, figure: Figure) -> None:
        """The table of a finding, all columns, numbers with the format of their unit."""
        finding = figure.finding
        lines = [*_warning([finding]), figure.line, figure.truth, *figure.withheld]
        sheet = self.sheet(finding.name, finding.title, lines, mark=_MARK * (not finding.believed))
        table = finding.table.head(MOST_ROWS)
        headings = [heading(str(words)) for words in finding.formatted().columns]
        top = sheet.max_row + 2
        formats = {
            j: number_format(finding.units.get(str(c), ""), finding.currency, _size(table[c]))
            for j, c in enumerate(table.columns)
            if table[c].dtype.kind in "iuf"
        }
        whole = {j for j, c in enumerate(table.columns) if table[c].dtype.kind in "iu" and c not in finding.units}
        formats |= dict.fromkeys(whole, "0")
        hidden = set(figure.hidden)
        first = min(formats, default=-1)
        rows = []
        for i, values in enumerate(table.itertuples(index=False, name=None)):
            if i in hidden:
                words = SUPPRESSED.format(limit=self.report.limit)
                values = [words if j == first else None if j in formats else v for j, v in enumerate(values)]
            rows.append(values)
        _fill(sheet, top, headings, rows, formats=formats)
        below = sheet.max_row + 2
        keys = [f"Shown large: {key.value} {key.label}" for key in finding.keys]
        for i, line in enumerate([finding.text, *keys]):
            _paragraph(sheet, below + i, line)

    def table(self, name: str, title: str, table: pd.DataFrame, *lines: str) -> None:
        """A sheet with a table of words."""
        sheet = self.sheet(name, title, lines)
        words = [heading(str(c).replace("_", " ")) for c in table.columns]
        formats = {j: "#,##0" for j, c in enumerate(table.columns) if table[c].dtype.kind in "iu"}
        _fill(sheet, sheet.max_row + 2, words, list(table.itertuples(index=False, name=None)), formats=formats)

    def data(self) -> None:
        """What was read, kept and set aside, and of which files."""
        rows, reasons = [], []
        for source in self.report.sources:
            facts = (source.name, source.kind, source.period, source.licence)
            rows += [
                (*facts, r["table"], r["read"], r["kept"], r["quarantined"], source.fingerprint)
                for r in source.counts.to_dict("records")
            ]
            if source.reasons is not None:
                reasons += [
                    (source.name, r.get("table", ""), r.get("reason", ""), r.get("rows"))
                    for r in source.reasons.to_dict("records")
                ]
        columns = ["data", "kind", "period", "licence", "table", "read", "kept", "set_aside", "sha256"]
        self.table("Data", "Rows read, kept and set aside", pd.DataFrame(rows, columns=columns), *self.report.method)
        if reasons:
            frame = pd.DataFrame(reasons, columns=["data", "table", "reason", "rows"])
            self.table("Set aside", "Why rows were set aside", frame)

    def privacy(self) -> None:
        """What left and what did not."""
        parts = privacy_parts(self.report)
        sheet = self.sheet("Privacy", "What left, and what did not", [*parts["said"], *self.report.ethics])
        for part in ("columns", "groups", "consent"):
            table: Table | None = parts[part]
            if table is not None:
                _fill(sheet, sheet.max_row + 2, [heading(w) for w, _ in table.headings], table.rows)

    def checks(self) -> None:
        """Every check of every study, its parameters, and the versions."""
        rows = [
            (run.name, name, check.name, check.value, check.limit, "holds" if check.passed else "fails", check.advice)
            for run in self.report.appendix.studies
            for name, check in run.checks
        ]
        columns = ["study", "finding", "check", "value", "should_be", "result", "advice_where_it_fails"]
        if rows:
            frame = pd.DataFrame(rows, columns=columns).astype({"value": object})
            held = [f"{run.name}: {run.held}." for run in self.report.appendix.studies]
            self.table("Checks", "What must hold for the findings to be believed", frame, *held)
        settings = [
            (run.name, name, ", ".join(map(str, v)) if isinstance(v, (list, tuple)) else str(v))
            for run in self.report.appendix.studies
            for name, v in run.parameters.items()
        ]
        settings += [("versions", name, version) for name, version in self.report.appendix.versions.items()]
        settings += [("sha256", name, digest) for name, digest in self.report.appendix.hashes.items()]
        if settings:
            frame = pd.DataFrame(settings, columns=["of", "name", "value"])
            self.table("Parameters", "What the studies were run with", frame)

    def contents(self) -> None:
        """The first sheet: the answer, and where everything is."""
        report, sheet = self.report, self.first
        value, between = report.worth.words(report.currency)
        unsure = doubted(report)
        worth = f"{value} {report.worth.what} {between}; P(loss) {chance_of(report.worth.p_loss)}"
        said = [*_warning(unsure, titled=True), *report.answer, worth + _MARK * bool(unsure),
                f"{report.client} · {report.period}", report.simulated]  # fmt: skip
        _write(sheet, 1, 1, report.title, bold=True, size=14)
        for i, line in enumerate(filter(None, said)):
            _write(sheet, 2 + i, 1, line, bold=i < len(unsure), muted=i > len(unsure) + len(report.answer))
        top = sheet.max_row + 2
        _fill(sheet, top, ["Sheet", "What it holds"], self.listed, widths=(34, 100))
        for i, (name, _) in enumerate(self.listed):
            place = sheet.cell(top + 1 + i, 1)
            place.hyperlink = f"#'{name}'!A1"
            place.style = "Hyperlink"


def _warning(findings: Sequence[Finding], *, titled: bool = False) -> list[str]:
    """What must not be leaned on, a line a finding under a failing check."""
    return [f"Do not lean on this{f': {f.title}' * titled}. {failed(f.failed)}" for f in findings if f.failed]


def _paper(sheet: Any) -> None:
    """Printed on A4 across, as wide as a page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0


def _write(
    sheet: Any, row: int, column: int, value: Any, *, bold: bool = False, size: int = 11, muted: bool = False
) -> Any:
    """One cell: text is text whatever it begins with, and a number that is none is left out."""
    from openpyxl.styles import Alignment, Font

    place = sheet.cell(row, column)
    if isinstance(value, float) and not math.isfinite(value):
        value = None if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if isinstance(value, (pd.Timestamp, datetime, date)) and not pd.isna(value):
        place.value = value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value
        place.number_format = "yyyy-mm-dd"
    elif value is not None and value is not pd.NA and value is not pd.NaT:
        place.value = cell(value)
        if isinstance(place.value, str):
            place.data_type = "s"
    if bold or muted or size != 11:
        place.font = Font(name=_FACE, bold=bold, size=size, color="FF5B6770" if muted else None)
        place.alignment = Alignment(vertical="top")
    return place


def _paragraph(sheet: Any, row: int, text: str) -> None:
    """A text over several columns, as high as it needs."""
    from openpyxl.styles import Alignment

    _write(sheet, row, 1, text).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=_ACROSS)
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDEFGHIJ"[:_ACROSS]]
    sheet.row_dimensions[row].height = 15.0 * math.ceil(len(text) / (0.85 * sum(widths)))


def _fill(sheet: Any, top: int, headings: Sequence[str], rows: Sequence[Sequence[Any]], *,
          formats: Mapping[int, str] | None = None,
          widths: Sequence[float] = ()) -> None:  # fmt: skip
    """A table from a row on: headings that stay in view, numbers by their format, columns as wide as their words."""
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter

    formats = formats or {}
    line = Border(bottom=Side(style="medium", color="FF22303C"))
    for j, words in enumerate(headings):
        place = _write(sheet, top, j + 1, words)
        place.font, place.border = Font(name=_FACE, bold=True), line
        place.alignment = Alignment(horizontal="right" if j in formats else "left", vertical="bottom", wrap_text=True)
    begin = top + 1
    if sheet.freeze_panes is None and top < 20:
        sheet.freeze_panes = sheet.cell(begin, 1)
    for i, values in enumerate(rows):
        for j, value in enumerate(values):
            value = value.item() if hasattr(value, "item") else value
            place = _write(sheet, begin + i, j + 1, value)
            if isinstance(place.value, (int, float)) and not isinstance(place.value, bool):
                place.number_format = formats.get(j, "General")
            elif j in formats:
                place.alignment = Alignment(horizontal="right")
    for j, words in enumerate(headings):
        texts = [str(words), *(str(row[j]) for row in rows[:200] if isinstance(row[j], str))]
        wide = min(_WIDE, max(_NARROW, max(map(len, texts)) + 2 if texts else 0, 12 if j in formats else 0))
        letter = get_column_letter(j + 1)
        wide = widths[j] if j < len(widths) else wide
        sheet.column_dimensions[letter].width = max(wide, sheet.column_dimensions[letter].width if top > 20 else 0)


def _size(values: pd.Series) -> float:
    known = [abs(v) for v in values.dropna().astype(float).tolist() if math.isfinite(v)]
    return sorted(known)[len(known) // 2] if known else 0.0
