"""The report of a case as a client meets it: in the order agreed, self-contained, safe with any text."""

from __future__ import annotations

import contextlib
import re
import sys
import zlib
from dataclasses import replace
from shutil import which

import pandas as pd
import pytest

from cxlab.finding import Finding
from cxlab.report.case import case_html
from cxlab.report.deliver import FILES, deliver
from cxlab.report.pdf import PdfError, _printed, case_pdf
from cxlab.report.privacy import protect
from cxlab.report.slides import case_slides
from cxlab.report.workbook import case_workbook
from tests.report.page import Page

NASTY = "<script>alert('x')</script><img src=x onerror=y> & \"Co\" {{ 7 * 7 }}"


@pytest.fixture(scope="module")
def html(left) -> str:
    return case_html(left)


def test_the_order_is_the_one_agreed(html, left):
    text = Page(html).text
    value, between = left.worth.words("EUR")
    wanted = [
        left.title, left.answer[0], value, "90 % interval", "P(loss)", "What would change our mind",
        left.change_our_mind[0], "Set aside for now", left.set_aside[0],
        "Situation and question", left.situation[0], left.question[0], "Data and method",
        left.method[0], "Read", "Set aside", "Findings",
        *(part for told in left.findings for part in (told.sentence, told.figure.line.split(" · ")[0], told.so_what)),
        "Options: what pays", "NPV", "ROI", "Payback", "P(loss)", "Roadmap", "Owner", "KPI", "Alarm limit", "Stop rule",
        "below 30 % after eight weeks", "Risks, ethics and privacy", "Staff turnover", "Ethics", "Privacy sheet",
        "Appendix", "checks hold", "Parameters", "Versions", "sha256", "Words used here",
    ]  # fmt: skip
    place = 0
    body = text.replace("\u00a0", " ")
    for part in wanted:
        found = body.find(part.replace("\u00a0", " "), place)
        assert found >= 0, f"{part!r} is not after what stands before it"
        place = found


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(html):
    page = Page(html)
    assert not {"script", "link", "iframe", "object", "form", "base"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!data:)|\son\w+=", re.sub(r"base64,[\w+/=]+", "", html))
    assert all(a["href"].startswith("#") for a in page.all("a"))
    targets = {attributes.get("id") for _, attributes in page.tags}
    assert {a["href"][1:] for a in page.all("a")} <= targets


def test_text_of_a_client_is_shown_and_never_run(make, made):
    first = make().findings[0]
    table = pd.DataFrame({NASTY[:20]: [NASTY], "x": [0.5], "x_low": [0.4], "x_high": [0.6]})
    finding = Finding("nasty", NASTY, NASTY, table, caption=NASTY)
    report = make(client=NASTY, title=NASTY, answer=(NASTY,), situation=(NASTY,), cards=())
    told = replace(first, figure=replace(first.figure, finding=finding, source=NASTY), sentence=NASTY, so_what=NASTY)
    report = replace(report, findings=(told, *report.findings[1:]), risks=report.risks.assign(risk=NASTY))
    html = case_html(protect(report))
    assert "<script" not in html and "<img src=x" not in html and "49" not in Page(html).text[:60]
    assert Page(html).text.count("<script>alert('x')</script>") >= 8
    assert case_pdf(protect(report), made=made).startswith(b"%PDF")


def test_headings_are_in_order_and_pictures_say_what_they_show(html, left):
    page = Page(html)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    alts = [image["alt"] for image in page.all("img")]
    assert alts and all(alts) and any(left.findings[0].figure.finding.title in alt for alt in alts)
    assert page.all("html")[0]["lang"] == "en" and page.all("title")
    assert all("aria-label" in region for region in page.all("div") if region.get("role") == "region")


def test_simulated_data_is_said_on_every_figure(html, left):
    assert html.count('class="simulated"') == len(list(left.figures))
    assert html.count('<p class="tag">Simulated data</p>') == len(list(left.figures))
    assert Page(html).text.count("· simulated data") == len(list(left.figures))
    real = case_html(replace(left, simulated="", options=replace(left.options, simulated=False)))
    assert real.count('class="simulated"') == len(list(left.figures)) - 1


def test_the_truth_of_a_simulation_is_told(make):
    report = make()
    options = replace(report.options, truth="names bring €5,800 a year")
    assert (
        "Truth of the simulation: names bring €5,800" in Page(case_html(protect(replace(report, options=options)))).text
    )


def test_a_phone_reads_each_value_beside_the_heading_of_its_column(html):
    """Rows are stacked as cards there: a cell names its column, for none but the first is named by its place."""
    tables = re.findall(r'<table class="([^"]*)">(.*?)</table>', html, re.S)
    for kind, table in tables:
        heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table)
        rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.S)
        assert ("stack" in kind.split()) == (len(heads) > 2)
        assert {tuple(re.findall(r'<td[^>]* data-label="([^"]*)"', row)) for row in rows} <= {
            tuple(heads), tuple(heads[1:])}  # fmt: skip
    assert sum("stack" in kind for kind, _ in tables) > 5
    phone = html.partition("@media screen and (max-width: 37.5rem)")[2]
    assert "content: attr(data-label)" in phone and ".stack td" in phone


def test_a_table_of_many_columns_may_be_wider_than_its_text(html):
    spread = re.findall(r'<div class="scroll(?: long)? spread"[^>]*aria-label="([^"]*)"', html)
    assert "Owners, KPIs, alarm limits and stop rules" in spread and "Risks" not in spread


def test_an_option_that_does_not_pay_back_says_so(html):
    assert "not back" in html and "∞" not in html


def test_a_failed_check_stands_where_the_reader_would_trust(make, failing):
    report = make()
    options = replace(report.options, finding=failing(report.options.finding))
    first = report.findings[0]
    first = replace(first, figure=replace(first.figure, finding=failing(first.figure.finding)))
    text = Page(case_html(protect(replace(report, options=options, findings=(first, *report.findings[1:]))))).text
    assert text.count("Answers is 12.0, should be ≥ 30. Ask more guests.") == 3  # answer, finding, options
    assert text.index("Do not lean on this") < text.index("What would change our mind")
    assert text.count("(a check fails)") == 3  # worth, P(loss), the finding's own card


def test_a_picture_for_a_phone_is_offered(make):
    report = make()
    first = report.findings[0]
    first = replace(first, figure=replace(first.figure, narrow=first.figure.picture))
    html = case_html(protect(replace(report, findings=(first, *report.findings[1:]))))
    assert '<source media="(max-width: 36rem)" srcset="data:image/png' in html


@pytest.fixture(scope="module")
def paper(left, made) -> bytes:
    return case_pdf(left, made=made)


def test_a_second_build_gives_the_same_bytes(make, left, html, paper, made, tmp_path):
    deliver(make(), tmp_path, made=made)
    again = {"report.html": html.encode(), "report.pdf": paper, "summary.pptx": case_slides(left, made=made),
             "tables.xlsx": case_workbook(left, made=made)}  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(FILES)
    assert [name for name in FILES if (tmp_path / name).read_bytes() != again[name]] == []


def test_nothing_is_written_where_something_is_missing(make, made, tmp_path):
    with pytest.raises(Exception, match="cannot be built"):
        deliver(make(answer=()), tmp_path, made=made)
    assert not list(tmp_path.iterdir())


def unpacked(paper: bytes) -> bytes:
    """All that a PDF says, its streams without compression."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.S)
    found = [paper]
    for stream in streams:
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompress(stream))
    return b"\n".join(found)


def test_the_paper_has_its_tags_bookmarks_language_and_date_and_leads_nowhere(paper):
    said = unpacked(paper)
    assert b"/StructTreeRoot" in said and b"/Lang" in said and b"/Alt" in said
    assert b"/Outlines" in said and b"20260131120000" in said
    assert b"/URI" not in said and b"/JavaScript" not in said
    assert "Roadmap".encode("utf-16-be") in said or b"Roadmap" in said


def test_the_edge_of_a_page_is_short(make):
    """A long title stays in the heading and the properties: at the foot it would wrap."""
    report = protect(make(title="A long answer: " + "very " * 12 + "unlikely (under 1 %)"))
    printed = _printed(case_html(report, opened=True), report)
    edge = printed.partition("@page { margin: 22mm")[2].partition("</style>")[0]
    assert '"Corner Roastery"' in edge and "unlikely" not in edge


@pytest.mark.skipif(not which("chromium"), reason="no browser")
def test_a_browser_prints_where_pango_is_missing(left, made, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    assert case_pdf(left, made=made).startswith(b"%PDF")


def test_without_pango_a_browser_prints_or_one_message_says_what_to_install(left, made, monkeypatch):
    from cxlab.report import pdf

    monkeypatch.setitem(sys.modules, "weasyprint", None)  # as where it cannot be imported
    monkeypatch.setattr(pdf, "which", lambda name: None)
    with pytest.raises(PdfError, match=r"report\.pdf cannot be written") as problem:
        case_pdf(left, made=made)
    assert "libpango" in problem.value.mend
