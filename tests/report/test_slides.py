"""Slides a client can edit: one message each, nothing over the edge, the client's own template where given."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from pptx import Presentation
from pptx.util import Inches

from cxlab.errors import DataError
from cxlab.finding import Finding
from cxlab.report import Brand
from cxlab.report.chart import chart_of
from cxlab.report.privacy import protect
from cxlab.report.slide_parts import SIZES, lines
from cxlab.report.slides import case_slides
from cxlab.report.tables import joined

LONG = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ist mit der "
    "Kraftfahrzeughaftpflichtversicherungsbeitragserhöhungsankündigung ausgesprochen unzufrieden gewesen"
)


def opened(content: bytes):
    return Presentation(io.BytesIO(content))


@pytest.fixture(scope="module")
def content(left, made) -> bytes:
    return case_slides(left, made=made)


def loose(text: str) -> str:
    """Words without what keeps numbers together."""
    return text.replace("\u00a0", " ").replace("\u2060", "")


def words(slide) -> str:
    return loose("\n".join(s.text_frame.text for s in slide.shapes if s.has_text_frame))


def over_the_edge(file) -> list[str]:
    """Shapes that leave the slide, or whose words do not fit them."""
    found = []
    for number, slide in enumerate(file.slides, 1):
        for shape in slide.shapes:
            low, right = shape.top + shape.height, shape.left + shape.width
            if shape.left < 0 or shape.top < 0 or right > file.slide_width + 9 or low > file.slide_height + 9:
                found.append(f"{number} {shape.name} leaves the slide")
            if shape.has_text_frame and shape.text_frame.text:
                taken = 0.0
                for paragraph in shape.text_frame.paragraphs:
                    size = next((run.font.size.pt for run in paragraph.runs if run.font.size), 18)
                    bold = any(run.font.bold for run in paragraph.runs) or "Title" in shape.name
                    taken += (
                        lines(paragraph.text, width=shape.width / 914400 - 0.2, size=size, bold=bold) * size * 1.2 / 72
                    )
                if taken > shape.height / 914400 + 0.02:
                    found.append(f"{number} {shape.name}: {taken:.2f} of {shape.height / 914400:.2f} inches")
    return found


def test_one_message_a_slide_answer_first(content, left):
    file = opened(content)
    assert not any("Do not lean" in words(slide) or "a check fails" in words(slide) for slide in file.slides)
    assert abs(file.slide_width / file.slide_height - 16 / 9) < 0.01
    titles = [loose(slide.shapes.title.text_frame.text) for slide in file.slides]
    assert titles[0] == left.title
    assert [told.sentence for told in left.findings] == titles[2 : 2 + len(left.findings)]
    first = words(file.slides[0])
    assert left.worth.words("EUR")[0] in first and "P(loss)" in first and left.change_our_mind[0] in first
    assert left.set_aside[0] in first


def test_charts_are_native_and_their_intervals_follow_the_sheet_behind_them(content, left):
    slide = opened(content).slides[2]
    chart = next(shape.chart for shape in slide.shapes if shape.has_chart)
    table = left.findings[0].figure.finding.table
    assert [round(v, 9) for v in chart.plots[0].series[0].values] == [round(v, 9) for v in table["gap"]]
    xml = chart._chartSpace.xml
    assert "<c:errBars>" in xml and "Sheet1!$D$2:$D$11" in xml
    sheet = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows] == pytest.approx(table["gap"].tolist())
    assert [row[1] - row[2] for row in rows] == pytest.approx(table["gap_low"].tolist())
    assert [row[1] + row[3] for row in rows] == pytest.approx(table["gap_high"].tolist())
    scale = chart.value_axis
    assert scale.minimum_scale <= table["gap_low"].min() and scale.maximum_scale >= table["gap_high"].max()


def test_tables_are_native(content):
    tables = [shape.table for slide in opened(content).slides for shape in slide.shapes if shape.has_table]
    heads = [[cell.text_frame.text for cell in table.rows[0].cells] for table in tables]
    assert any({"NPV, EUR", "ROI", "P(loss)"} <= set(head) for head in heads)
    assert any({"Owner", "KPI", "Alarm limit", "Stop rule"} <= set(head) for head in heads)


def test_every_slide_of_evidence_says_n_interval_period_source_and_that_it_is_simulated(content, left):
    slides = opened(content).slides
    for told, slide in zip(left.findings, list(slides)[2:], strict=False):
        assert told.figure.line in words(slide) and told.figure.line in slide.notes_slide.notes_text_frame.text
        assert "SIMULATED DATA" in words(slide) and told.so_what in words(slide)


def test_nothing_leaves_the_slide_or_its_box(content):
    assert over_the_edge(opened(content)) == []


def test_the_warning_stands_on_the_first_slide_and_on_that_of_the_options(make, failing, made):
    report = make()
    first = report.findings[0]
    first = replace(first, figure=replace(first.figure, finding=failing(first.figure.finding)))
    options = replace(report.options, finding=failing(report.options.finding))
    report = protect(replace(report, options=options, findings=(first, *report.findings[1:])))
    file = opened(case_slides(report, made=made))
    said = "Answers is 12.0, should be ≥ 30. Ask more guests."
    answer = words(file.slides[0])
    assert f"Do not lean on this: {options.finding.title}. {said}" in answer
    assert answer.count("(a check fails)") == 3  # worth, P(loss), the finding's own card
    table = next(slide for slide in file.slides if loose(slide.shapes.title.text_frame.text) == options.finding.title)
    assert f"Do not lean on this. {said}" in words(table)
    assert over_the_edge(file) == []


def test_no_line_ends_between_a_number_and_its_sign_or_unit(make, made):
    said = "It is worth −€6.12k to −12 % (n = 12)"
    file = opened(case_slides(protect(make(title=said, answer=(said,), change_our_mind=(said,))), made=made))
    texts = [s.text_frame.text for s in file.slides[0].shapes if s.has_text_frame]
    kept = "It is worth −\u2060€6.12k to −\u206012\u00a0% (n\u00a0=\u00a012)"
    assert sum(kept in text for text in texts) == 3 and not any(said in text for text in texts)
    cells = [cell.text_frame.text for slide in file.slides for shape in slide.shapes if shape.has_table
             for row in shape.table.rows for cell in row.cells]  # fmt: skip
    assert any("−\u2060" in cell for cell in cells) and not any("−€" in cell for cell in cells)
    # what is kept together is measured together
    assert lines("to 1,773 %", width=0.85, size=12) == 2 and lines("to\u00a01,773 %", width=2, size=12) == 1
    assert over_the_edge(file) == []


def test_long_german_words_fit_too(make, made):
    report = make(
        title=LONG,
        answer=(LONG, LONG),
        situation=(LONG,) * 3,
        change_our_mind=(LONG,) * 3,
        set_aside=(LONG,) * 2,
        method=(LONG,) * 2,
    )
    told = tuple(replace(told, sentence=LONG, so_what=LONG * 2) for told in report.findings)
    milestones = pd.DataFrame({c: [LONG[:90]] * 5 for c in ("measure", "start", "owner", "kpi", "alarm", "stop")})
    report = protect(replace(report, findings=told, milestones=milestones))
    file = opened(case_slides(report, made=made))
    assert over_the_edge(file) == []
    assert file.slides[0].shapes.title.text_frame.text == LONG


def test_the_size_of_words_is_one_of_those_that_can_be_read(content):
    sizes = {run.font.size.pt for slide in opened(content).slides for shape in slide.shapes if shape.has_text_frame
             for paragraph in shape.text_frame.paragraphs for run in paragraph.runs if run.font.size}  # fmt: skip
    assert sizes <= set(SIZES) and min(sizes) >= 8


def test_a_long_series_is_a_line_with_its_band(make, made):
    weeks = pd.DataFrame({"week": range(1, 61), "rate": [0.5] * 60, "rate_low": [0.4] * 60, "rate_high": [0.6] * 60})
    report = make()
    first = report.findings[0]
    figure = replace(
        first.figure, picture=None, finding=Finding("weeks", "Weeks", "W.", weeks, units={"rate": "share"})
    )
    report = replace(report, findings=(replace(first, figure=figure), *report.findings[1:]), cards=())
    slide = opened(case_slides(protect(report), made=made)).slides[2]
    chart = next(shape.chart for shape in slide.shapes if shape.has_chart)
    assert [series.name for series in chart.plots[0].series] == ["Rate", "low end", "high end"]


def test_brand_colours_and_fonts_are_in_the_theme(make, made, tmp_path):
    brand = Brand.of({"colours": {"main": "#14695D"}, "fonts": "Georgia"}, tmp_path)
    content = case_slides(protect(make(brand=brand)), made=made)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode()
        slides = "".join(archive.read(n).decode() for n in archive.namelist() if n.startswith("ppt/slides/slide"))
        links = "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith(".rels"))
    assert '<a:accent1><a:srgbClr val="14695D"/>' in theme and 'latin typeface="Georgia"' in theme
    assert "srgbClr" not in slides and "External" not in links


@pytest.fixture
def template(tmp_path):
    """A client's template: 16:9, slides of its own, a footer, and names of layouts in another language."""
    made = Presentation()
    made.slide_width, made.slide_height = Inches(13.333), Inches(7.5)
    for name, layout in zip(("Titelfolie", "Titel und Inhalt"), made.slide_layouts, strict=False):
        layout.name = name
    made.slides.add_slide(made.slide_layouts[0]).shapes.title.text_frame.text = "Old slide of the client"
    path = tmp_path / "house.pptx"
    made.save(path)
    return path


def test_a_clients_template_is_used_without_its_slides(template, left, made):
    content = case_slides(left, made=made, template=template)
    file = opened(content)
    assert "Old slide of the client" not in content.decode("latin-1")
    assert not any("Old slide" in words(slide) for slide in file.slides)
    assert {slide.slide_layout.name for slide in file.slides} == {"Title Only"}
    assert over_the_edge(file) == []
    assert not any(not shape.text_frame.text for slide in file.slides for shape in slide.placeholders)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len([n for n in archive.namelist() if n.startswith("ppt/slides/slide")]) == len(file.slides)


def test_a_template_that_cannot_be_used_is_named(tmp_path, template, left, made):
    with pytest.raises(DataError, match=r"'no\.pptx' cannot be read"):
        case_slides(left, made=made, template=tmp_path / "no.pptx")
    (tmp_path / "bad.pptx").write_bytes(b"PK no archive")
    with pytest.raises(DataError, match=r"'bad\.pptx' cannot be read"):
        case_slides(left, made=made, template=tmp_path / "bad.pptx")
    file = Presentation(str(template))
    for layout in list(file.slide_layouts)[1:]:
        if layout.name != "Blank":
            file.slide_layouts.remove(layout)
    for slide in list(file.slides._sldIdLst):
        file.part.drop_rel(slide.rId)
        file.slides._sldIdLst.remove(slide)
    file.slide_layouts.remove(file.slide_layouts[0])
    file.save(tmp_path / "bare.pptx")
    with pytest.raises(DataError, match=r"no layout with a title and room under it \(layouts: Blank\)"):
        case_slides(left, made=made, template=tmp_path / "bare.pptx")
    with zipfile.ZipFile(template) as old, zipfile.ZipFile(tmp_path / "macro.pptx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("ppt/vbaProject.bin", b"x")
    with pytest.raises(DataError, match="holds macros"):
        case_slides(left, made=made, template=tmp_path / "macro.pptx")


def test_yes_and_no_name_no_bar(make):
    table = pd.DataFrame({"score": [3, 4, 5], "few": [False, False, True], "rate": [0.2, 0.3, 0.4]}).astype(
        {"few": object}
    )
    told = make().findings[0]
    figure = replace(told.figure, finding=Finding("x.y", "T", "It is.", table, units={"rate": "share"}))
    assert chart_of(figure).labels == ("3", "4", "5")


def test_a_sign_stays_with_its_number():
    assert joined("+€7 or −€3") == "+\u2060€7 or −\u2060€3"


def test_rows_of_one_name_are_called_by_the_number_they_differ_in(make):
    table = pd.DataFrame({"rival": ["City chain"] * 3, "cut": [0.0, 0.05, 0.1], "kept": [0.3, 0.29, 0.27]})
    told = Finding("x.y", "T", "It is.", table, units={"cut": "share", "kept": "share"})
    figure = replace(make().findings[0].figure, finding=told, main="kept")
    assert chart_of(figure).labels == ("Cut 0 %", "Cut 5 %", "Cut 10 %")
