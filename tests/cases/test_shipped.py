"""The cases that ship, built as a client's consultant builds them: every file opened, the advice held to the truth."""

from __future__ import annotations

import json
import re
import zipfile
import zlib

import openpyxl
import pptx
import pytest

from cxlab.cases.build import DOCUMENTS, build
from cxlab.cases.plan import cases
from cxlab.data.simulate import simulate
from cxlab.errors import ParameterError

MADE = {
    "coffee-shop": {"business": "coffee_shop", "customers": 1500},
    "boutique-hotel": {"business": "boutique_hotel", "customers": 3000, "experience": True},
}


@pytest.fixture(scope="module", params=sorted(MADE))
def built(request, tmp_path_factory):
    """A case built into a folder of its own, with the lines that were said."""
    said = []
    done = build(request.param, out=tmp_path_factory.mktemp("built") / "case", say=said.append)
    return request.param, done, said


def facts(built):
    return json.loads((built[1].folder / "run.json").read_text(encoding="utf-8"))


def test_both_cases_ship():
    assert sorted(cases()) == sorted(MADE)


def test_every_file_is_written_and_accounted_for(built):
    name, done, said = built
    run = facts(built)
    found = {p.relative_to(done.folder).as_posix() for p in done.folder.rglob("*") if p.is_file()}
    assert found == {*run["files"], "run.json"} and set(DOCUMENTS) <= found
    assert {f"notebooks/{study}.ipynb" for study in [*run["studies"], "case"]} <= found
    assert run["case"] == name and set(run["sha256"]) == set(run["files"])
    assert any("rows read" in line for line in said)


def test_a_second_build_repeats_nothing(built):
    name, done, _ = built
    before = {p: p.stat().st_mtime_ns for p in done.folder.rglob("*")}
    again = build(name, out=done.folder)
    assert not again.now and again.sentences == done.sentences
    assert {p: p.stat().st_mtime_ns for p in done.folder.rglob("*")} == before


def test_the_page_stands_alone_and_answers_first(built):
    html = (built[1].folder / "report.html").read_text(encoding="utf-8")
    assert not re.search(
        r"<script|(?:src|href)\s*=\s*[\"']?(?:https?:|//|file:)|@import|url\(\s*[\"']?http", html, re.I
    )
    order = [
        html.index(f">{words}") for words in ("Situation and question", "Findings", "Options", "Roadmap", "Appendix")
    ]
    assert order == sorted(order) and html.index("What would change our mind") < order[0]
    assert html.count("<h1") == 1 and "Simulated data" in html
    assert not re.search(r"\bC\d{7}\b", html)


def pages_of(pdf: bytes) -> int:
    """Pages of a PDF, those that stand in packed streams of objects included."""
    packed = re.findall(rb"/ObjStm.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    return sum(len(re.findall(rb"/Type\s*/Page\b", part)) for part in [pdf, *map(zlib.decompress, packed)])


def test_paper_slides_and_workbook_open(built):
    folder = built[1].folder
    assert pages_of((folder / "report.pdf").read_bytes()) >= 4
    slides = pptx.Presentation(folder / "summary.pptx")
    shapes = [shape for slide in slides.slides for shape in slide.shapes]
    assert len(slides.slides) >= 6 and any(s.has_chart for s in shapes) and any(s.has_table for s in shapes)
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert len(book.sheetnames) >= 6 and not any(cell.data_type == "f" for cell in cells)


def test_nothing_of_single_persons_leaves(built):
    folder = built[1].folder
    texts = [p.read_text(encoding="utf-8") for p in (folder / "notebooks").glob("*.ipynb")]
    for name in ("summary.pptx", "tables.xlsx"):
        with zipfile.ZipFile(folder / name) as held:
            texts += [held.read(n).decode() for n in held.namelist() if n.endswith(".xml")]
    assert not any(re.search(r"\bC\d{7}\b", text) for text in texts)


def test_the_advice_is_held_to_the_truth(built):
    """What is begun first truly pays, and the plan is worth nearly as much as the best one there is for the money."""
    name, _, _ = built
    from cxlab.cases import open_case

    opened = open_case(name)
    business = dict(MADE[name])
    truth = simulate(
        business.pop("business"), seed=1, duplicates=0, decisions=True, **business
    ).truth.decisions.initiatives
    advised = list(opened.shown("roadmap").table["name"])
    worth = truth.worth(years=5)
    assert worth.loc[advised[0], "pays"]
    budget = float(opened.answer.table["budget"].iloc[0])
    _, best = truth.best(budget, years=5)
    assert worth.loc[advised, "npv"].sum() >= 0.8 * best


def test_figures_of_real_data_are_not_called_simulated():
    from cxlab.cases import open_case

    opened = open_case("boutique-hotel")
    assert not opened.figure("stays", "segments.value").simulated
    assert opened.figure("trials", "differentiation.did").simulated
    assert "The other data is real" in opened.report().simulated


def test_a_folder_that_no_case_wrote_is_never_replaced(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ParameterError, match="no case wrote it"):
        build("coffee-shop", out=tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep me"
