"""Lessons link their words to the glossary, each where it is first mentioned."""

import json

import pytest

from cxlab.glossary import Term, terms
from cxlab.learn import glossary
from cxlab.places import shipped

NOTEBOOKS = shipped("notebooks")
LESSONS = list(glossary.lessons(NOTEBOOKS))
GAP = Term(("gap", "lead"), "a difference")
NPS = Term(("NPS", "net promoter score"), "a score")
MAP = Term(("journey map",), "a map")


def prose(file):
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


@pytest.mark.parametrize("file", LESSONS, ids=lambda file: file.name.partition("-")[0])
def test_every_lesson_links_its_words_at_first_mention_once(file):
    front, *texts = prose(file)
    again = glossary.linked(texts, to=glossary.address(file, NOTEBOOKS))
    assert again == texts, f"python -m cxlab.learn.glossary --link notebooks/{file.relative_to(NOTEBOOKS)}"
    anchors = glossary.links("\n".join([front, *texts]))
    assert len(anchors) == len(set(anchors)) >= 3
    assert set(anchors) <= {term.anchor for term in terms()}


def test_words_of_everyday_language_are_names_of_the_glossary():
    assert {name for term in terms() for name in term.names} >= glossary.EVERYDAY


@pytest.mark.parametrize(
    "before, after",
    [
        # the first mention only, by whichever name comes first
        (["A net promoter score.", "The NPS."], ["A [net promoter score](g.md#nps).", "The NPS."]),
        # capitals of an abbreviation count; those of a sentence do not
        (["nps and Net\npromoter scores"], ["nps and [Net\npromoter scores](g.md#nps)"]),
        # everyday words only where they are introduced
        (["The gap. A **gap** is a lead."], ["The gap. A **[gap](g.md#gap)** is a lead."]),
        # nothing in code, formulas, headings, links, folded parts or parts of words
        (
            ["# NPS\n`NPS` $NPS$ [NPS](x.md) <b title='NPS'>\n```\nNPS\n```\nNPSX, an NPS"],
            ["# NPS\n`NPS` $NPS$ [NPS](x.md) <b title='NPS'>\n```\nNPS\n```\nNPSX, an [NPS](g.md#nps)"],
        ),
        # a link that an edit left behind moves
        (["An NPS.", "Old: [NPS](../g/glossary.md#nps)."], ["An [NPS](g.md#nps).", "Old: NPS."]),
        (["A journey map, a map"], ["A [journey map](g.md#journey-map), a map"]),
    ],
)
def test_where_links_are_put(before, after):
    once = glossary.linked(before, to="g.md", words=[GAP, NPS, MAP])
    assert once == after


def test_linking_again_changes_nothing_and_unlinking_brings_back_the_text():
    texts = ["A **gap** and the NPS of a journey map.", "A journey map again."]
    once = glossary.linked(texts, to="../glossary.md", words=[GAP, NPS, MAP])
    assert once != texts
    assert glossary.linked(once, to="../glossary.md", words=[GAP, NPS, MAP]) == once
    assert [glossary.unlinked(text) for text in once] == texts


def test_a_notebook_keeps_everything_else(tmp_path):
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# NPS\n", "\n", "The NPS\n"]},
        {"cell_type": "markdown", "id": "b", "metadata": {"tags": ["x"]}, "source": ["The NPS\n", "rose."]},
        {"cell_type": "code", "id": "c", "metadata": {}, "source": ["NPS"], "outputs": [], "execution_count": None},
    ]
    file = tmp_path / "lessons" / "one.ipynb"
    file.parent.mkdir()
    file.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert glossary.link(file, tmp_path)
    changed = json.loads(file.read_text(encoding="utf-8"))["cells"]
    assert changed[1]["source"] == ["The [NPS](../glossary.md#nps)\n", "rose."]
    assert [changed[0], changed[2]] == [cells[0], cells[2]]
    assert not glossary.link(file, tmp_path)
