"""The workbook: every number a number, every text a text, and never a formula."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from cxlab.finding import Finding
from cxlab.report.privacy import protect
from cxlab.report.workbook import case_workbook

FORMULAS = ('=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(1)", "\t=1+1", "\r=1", " =1")


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def with_finding(report, finding, **facts):
    first, *rest = report.findings
    figure = replace(first.figure, finding=finding, picture=None, **facts)
    return replace(report, findings=(replace(first, figure=figure), *rest), cards=())


@pytest.fixture(scope="module")
def content(left, made) -> bytes:
    return case_workbook(left, made=made)


def header(sheet, first: str):
    return next(cell for row in sheet.iter_rows() for cell in row if cell.value == first)


def test_every_finding_has_its_sheet_and_the_contents_lead_there(content, left):
    book = opened(content)
    names = [figure.finding.name for figure in left.figures]
    assert book.sheetnames[: len(names) + 1] == ["Contents", *names]
    assert {"Milestones", "Risks", "Data", "Privacy", "Checks", "Parameters"} <= set(book.sheetnames)
    links = {cell.hyperlink.location or cell.hyperlink.target for row in book["Contents"].iter_rows() for cell in row
             if cell.hyperlink}  # fmt: skip
    assert {link.lstrip("#") for link in links} == {f"'{name}'!A1" for name in book.sheetnames[1:]}


def test_the_contents_and_the_sheet_say_what_not_to_lean_on(make, failing, made):
    report = make()
    report = protect(replace(report, options=replace(report.options, finding=failing(report.options.finding))))
    book, title = opened(case_workbook(report, made=made)), report.options.finding.title
    said = [cell.value for row in book["Contents"].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert said[1] == f"Do not lean on this: {title}. Answers is 12.0, should be ≥ 30. Ask more guests."
    assert sum(text.endswith("(a check fails)") for text in said) == 2 and f"{title} (a check fails)" in said
    assert book["differentiation.returns"]["A2"].value.startswith("Do not lean on this. Answers is 12.0")
    assert "Do not lean" not in str([c.value for row in book["roadmap.plan"].iter_rows() for c in row])


def test_numbers_are_numbers_in_the_format_of_their_unit(content, left):
    sheet = opened(content)["differentiation.returns"]
    table = left.options.finding.table
    top = header(sheet, "Name")
    head = [cell.value for cell in sheet[top.row]]
    npv = head.index("NPV, EUR")
    cells = [sheet.cell(top.row + 1 + i, npv + 1) for i in range(len(table))]
    assert [cell.value for cell in cells] == pytest.approx(table["npv"].tolist())
    assert all("€" in cell.number_format for cell in cells)
    loss = sheet.cell(top.row + 1, head.index("P(loss)") + 1)
    assert loss.number_format.endswith("%") and loss.value == pytest.approx(table["p_loss"].iloc[0])
    assert sheet.freeze_panes == f"A{top.row + 1}"
    assert any(left.options.line == cell.value for row in sheet.iter_rows() for cell in row)


def test_no_cell_is_a_formula_whatever_the_data_holds(make, made):
    table = pd.DataFrame({f"a{i}{text}": [text, "fine"] for i, text in enumerate(FORMULAS)} | {"x": [1.0, -2.0]})
    finding = Finding("=1+1", FORMULAS[0], FORMULAS[1], table, units={"x": "share"}, caption=FORMULAS[2])
    report = with_finding(make(client=FORMULAS[0], title=FORMULAS[1]), finding, source=FORMULAS[2])
    report = replace(report, milestones=report.milestones.assign(owner=FORMULAS[0], **{FORMULAS[4]: FORMULAS[1]}))
    content = case_workbook(protect(report), made=made)
    found = 0
    for sheet in opened(content):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str):
                    assert not cell.value.lstrip().startswith(("=", "+", "-", "@"))
                    found += cell.value.startswith("'")
    assert found >= 8
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(b"<f>" in archive.read(n) or b"<f " in archive.read(n) for n in archive.namelist())
        assert not any("externalLink" in n for n in archive.namelist())
    assert [cell for row in opened(content)["=1+1"[:31]].iter_rows() for cell in row if cell.value == -2.0]


def test_missing_and_infinite_numbers_are_no_errors(make, made):
    table = pd.DataFrame({"a": ["x", "y", "z"], "v": [float("nan"), float("inf"), 1.5], "day": pd.to_datetime(
        ["2024-01-01", None, "2024-02-01"])})  # fmt: skip
    sheet = opened(case_workbook(protect(with_finding(make(), Finding("v", "V", "V.", table, units={"v": "weeks"}))),
                                 made=made))["v"]  # fmt: skip
    top = header(sheet, "a").row
    assert [sheet.cell(top + i, 2).value for i in (1, 2, 3)] == [None, "∞", 1.5]
    assert str(sheet.cell(top + 1, 3).value) == "2024-01-01 00:00:00" and sheet.cell(top + 2, 3).value is None


def test_a_hidden_group_is_hidden_here_too(make, made):
    table = pd.DataFrame({"segment": ["a", "b", "c"], "n": [400, 300, 4], "rate": [0.5, 0.4, 0.987]})
    report = protect(with_finding(make(), Finding("seg", "S", "S.", table, units={"rate": "share"})))
    content = case_workbook(report, made=made)
    values = [cell.value for row in opened(content)["seg"].iter_rows() for cell in row]
    assert "suppressed (n < 10)" in values and 0.987 not in values and 4 not in values
    assert 400 in values


def test_names_of_findings_that_excel_refuses_or_meets_twice_are_mended(make, made):
    report = make()
    names = ("trial: a/b [very long name of a finding]", "trial: a/b [very long name of a findinG]!")
    table = pd.DataFrame({"a": ["x"], "v": [1.0]})
    tables = [Finding(name, "T", "T.", table, units={"v": "share"}) for name in names]
    told = [replace(told, figure=replace(told.figure, finding=finding, picture=None))
            for told, finding in zip(report.findings, tables, strict=False)]  # fmt: skip
    report = replace(report, findings=(*told, report.findings[2]), cards=())
    names = opened(case_workbook(protect(report), made=made)).sheetnames
    assert all(len(name) <= 31 for name in names) and len({name.lower() for name in names}) == len(names)


def test_the_moment_of_writing_is_not_in_the_file(content, left, made):
    assert case_workbook(left, made=made) == content
    assert opened(content).properties.modified.isoformat().startswith("2026-01-31T12:00")
