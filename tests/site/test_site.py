"""The site builds without warnings, leads nowhere that is not there, and asks nobody for anything."""

import json
import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from cxlab.glossary import terms
from tests.site.built import Page, pages, site

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore:.*Check CHANGES for Sphinx")
OUTSIDE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)


def test_every_notebook_card_and_term_is_there():
    found = set(pages())
    notebooks = {
        f.relative_to(ROOT) for f in (ROOT / "notebooks").glob("*/**/*.ipynb") if ".ipynb_checkpoints" not in f.parts
    }
    cards = {f.relative_to(ROOT) for f in (ROOT / "datasets").glob("*/README.md")}
    assert {f.with_suffix(".html").as_posix() for f in notebooks | cards} <= found
    assert {"index.html", "search.html", "notebooks/glossary.html", "datasets/index.html", "api/index.html"} <= found
    assert {term.anchor for term in terms()} <= pages()["notebooks/glossary.html"].anchors


def test_every_internal_link_leads_to_a_page_and_an_anchor_of_it():
    root, broken, seen = site(), [], 0
    for name, page in pages().items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            seen += 1
            target = os.path.normpath(Path(name).parent / unquote(parts.path)) if parts.path else name
            there = pages().get(Path(target).as_posix())
            if there is None and not (root / target).is_file():
                broken.append(f"{name}: {link}: no such page")
            elif there is not None and parts.fragment and unquote(parts.fragment) not in there.anchors:
                broken.append(f"{name}: {link}: no such anchor")
    assert seen > 1000
    assert broken == []


def test_nothing_is_fetched_from_elsewhere():
    root = site()
    asked = [
        f"{name}: {address}" for name, page in pages().items() for address in page.fetched if OUTSIDE.match(address)
    ]
    for file in root.rglob("*.css"):
        text = file.read_text(encoding="utf-8")
        named = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text)
        asked += [f"{file.name}: {address}" for pair in named for address in pair if OUTSIDE.match(address)]
    assert asked == []


def test_what_a_page_fetches_is_there():
    root = site()
    missing = {
        f"{name}: {address}"
        for name, page in pages().items()
        for address in page.fetched
        if not address.startswith("data:")
        and not (root / Path(name).parent / unquote(urlsplit(address).path)).is_file()
    }
    assert missing == set()


def test_formulas_are_drawn_by_the_browser():
    lesson = next(site().glob("notebooks/lessons/*/f3-*.html")).read_text(encoding="utf-8")
    assert "<msqrt>" in lesson
    assert r"\frac" not in lesson


def test_search_knows_the_words_of_lessons():
    index = (site() / "searchindex.js").read_text(encoding="utf-8")
    known = json.loads(index[index.index("{") : index.rindex("}") + 1])
    assert any(name.startswith("notebooks/lessons/1-fundamentals/f3-") for name in known["docnames"])
    assert "shrinkag" in known["terms"]


def test_pictures_are_told_to_those_who_cannot_see_them():
    told = {
        name: re.findall(r'<img alt="([^"]*)"', (site() / name).read_text(encoding="utf-8"))
        for name in pages()
        if name.startswith("notebooks/lessons/")
    }
    assert sum(map(len, told.values())) > 20
    assert [f"{n}: {alt}" for n, alts in told.items() for alt in alts if alt.startswith("../") or len(alt) < 10] == []


def test_without_sphinx_one_message_says_what_brings_it(monkeypatch, tmp_path):
    from docs.site.build import build

    for name in ("sphinx", "sphinx.cmd", "sphinx.cmd.build"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    with pytest.raises(SystemExit, match="make site"):
        build(target=tmp_path / "site")
    assert not (tmp_path / "site").exists()


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one lesson, whose cell would fail if it were run; returns the checkout, and builds its site."""
    pytest.importorskip("myst_nb")
    from docs.site.build import build

    for folder in ("notebooks/lessons", "datasets", "cxlab/room"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / "glossary.md", tmp_path / "notebooks")
    (tmp_path / "notebooks" / "lesson-map.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "cxlab" / "room" / "wall.py").write_text(
        'def height(x, *, unit="m"):\n    """How *high* a_b is.\n\n    Parameters\n    ----------\n    x : a wall\n\n'
        '    >>> height(1)\n    2\n    """\n\n\ndef _hidden():\n    """Not for others."""\n'
    )

    def made(*cells, text="Text."):
        front = (
            "# One\n\n**Goal:** Know.\n\n**Level:** Fundamentals · **Minutes:** 5 · **Builds on:** no other lesson\n\n"
        )
        first = nbformat.v4.new_markdown_cell(front + text)
        notebook = nbformat.v4.new_notebook(cells=[first, *cells], metadata={"language_info": {"name": "python"}})
        for name in ("lessons/f1-one", "studies/cltv", "cases/coffee-shop"):
            file = tmp_path / "notebooks" / f"{name}.ipynb"
            file.parent.mkdir(exist_ok=True)
            nbformat.write(notebook, file)
        return build(root=tmp_path, target=tmp_path / "build")

    return made


def test_committed_outputs_are_shown_and_nothing_is_run(checkout):
    data = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "x", "version_major": 2, "version_minor": 0},
        "text/html": "<h4>Forty-two</h4>",
        "text/plain": "42",
    }
    output = nbformat.v4.new_output("execute_result", data, execution_count=1)
    cell = nbformat.v4.new_code_cell("raise SystemExit('run')", outputs=[output], execution_count=1)
    html = checkout(cell)
    page = (html / "notebooks" / "lessons" / "f1-one.html").read_text(encoding="utf-8")
    assert "Forty-two" in page
    assert "model_id" not in page and "require.js" not in page


@pytest.mark.parametrize("text", ["[gone](../../nowhere.ipynb)", "[gone](../glossary.md#nothing)"])
def test_a_link_that_leads_nowhere_stops_the_build(checkout, text, capfd):
    with pytest.raises(SystemExit):
        checkout(text=text)
    assert "f1-one.ipynb" in capfd.readouterr().err


def test_docstrings_become_pages(checkout):
    page = Page.read((checkout() / "api" / "cxlab.room.html").read_text(encoding="utf-8"))
    text = (checkout() / "api" / "cxlab.room.html").read_text(encoding="utf-8")
    assert "cxlab.room.wall.height" in page.anchors
    assert "How <em>high</em> a_b is." in text and "_hidden" not in text
