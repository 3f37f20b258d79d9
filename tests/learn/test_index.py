"""The index lists what is in the folders, and every link of it leads somewhere."""

import json
import re
from xml.etree import ElementTree

import nbformat
import pytest

from cxlab.errors import DataError
from cxlab.learn import index, lesson_map
from cxlab.places import shipped

NOTEBOOKS, DATASETS = shipped("notebooks"), shipped("datasets")


def study(folder, name, *lines):
    """A notebook whose first cell holds the lines."""
    file = folder / "studies" / f"{name}.ipynb"
    file.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("\n".join(lines))]), file)
    return file


def test_committed_index_is_what_the_folders_hold():
    committed = json.loads((NOTEBOOKS / index.NAME).read_text(encoding="utf-8"))
    assert committed == index.notebook(NOTEBOOKS, DATASETS), "python -m cxlab.learn.index writes it again"


def test_index_is_a_valid_notebook():
    nbformat.validate(nbformat.read(NOTEBOOKS / index.NAME, as_version=4))


def test_every_link_leads_to_a_file():
    text = "\n".join(index.markdown(NOTEBOOKS, DATASETS))
    links = re.findall(r"\]\(([^)#]+)", text)
    assert len(links) >= len(list(DATASETS.glob("*/datapackage.json")))
    assert [link for link in links if not (NOTEBOOKS / link).is_file()] == []


def test_committed_map_is_made_from_the_front_matter():
    lessons = index.entries(NOTEBOOKS)["lessons"]
    committed = (NOTEBOOKS / lesson_map.NAME).read_text(encoding="utf-8")
    assert committed == lesson_map.svg(lessons), "python -m cxlab.learn.index writes it again"


def test_every_lesson_says_what_it_builds_on_and_lies_after_it():
    lessons = index.entries(NOTEBOOKS)["lessons"]
    order = [lesson.code for lesson in sorted(lessons, key=lambda x: (list(lesson_map.LEVELS).index(x.level), x.code))]
    for lesson in lessons:
        first = json.loads((NOTEBOOKS / lesson.path).read_text(encoding="utf-8"))["cells"][0]["source"]
        assert "**Builds on:**" in "".join(first), f"{lesson.path}: add **Builds on:** F1, F3 or: no other lesson"
        assert all(order.index(before) < order.index(lesson.code) for before in lesson.builds_on), lesson.path


def lesson(folder, name, builds_on, level="Fundamentals"):
    file = folder / "lessons" / f"{name}.ipynb"
    file.parent.mkdir(exist_ok=True)
    facts = f"**Level:** {level} · **Minutes:** 40 · **Builds on:** {builds_on} · **Need:** I1"
    text = f"# On {name}\n\n**Goal:** Know.\n\n{facts}"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]), file)


def test_map_draws_an_arrow_from_each_lesson_to_what_builds_on_it(tmp_path):
    for name, builds_on, level in [
        ("f1-one", "no other lesson", "Fundamentals"),
        ("f2-two", "F1", "Fundamentals"),
        ("i1-three", "F1, F2", "Intermediate"),
        ("a1-four", "F2, I1", "Advanced"),
    ]:
        lesson(tmp_path, name, builds_on, level)
    lessons = index.entries(tmp_path)["lessons"]
    assert {x.code: x.builds_on for x in lessons} == {
        "F1": (), "F2": ("F1",), "I1": ("F1", "F2"), "A1": ("F2", "I1"),
    }  # fmt: skip
    picture = ElementTree.fromstring(lesson_map.svg(lessons))
    arrows = picture.findall("{*}path")
    assert len(arrows) == 5
    assert {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")} >= {"F1", "F2", "I1", "A1"}
    assert "I1 builds on F1, F2" in picture.find("{*}desc").text


def test_map_and_table_say_the_same(tmp_path):
    lesson(tmp_path, "f1-one", "no other lesson")
    lesson(tmp_path, "f2-two", "F1")
    text = "\n".join(index.markdown(tmp_path, DATASETS))
    assert "| [F2 · On f2-two](lessons/f2-two.ipynb) | [F1](lessons/f1-one.ipynb) | 40 | Know. |" in text


def test_front_matter_is_read(tmp_path):
    study(
        tmp_path,
        "one",
        "# What is a customer | worth?",
        "",
        "**Goal:** Know it.",
        "",
        "**Level:** Advanced · **Minutes:** 45",
    )
    (entry,) = index.entries(tmp_path)["studies"]
    assert entry == index.Entry("studies/one.ipynb", "What is a customer | worth?", "Know it.", "Advanced", 45)
    assert r"[What is a customer \| worth?](studies/one.ipynb) | Know it. | 45 |" in "\n".join(
        index.markdown(tmp_path, DATASETS)
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["**Goal:** Know it", "well.", "**Level:** Advanced", "**Minutes:** 45"],
        ["**Goal:** Know it well.  ", "**Level:** Advanced · **Minutes:** 45"],
        ["- **Goal:** Know it well.", "- **Level:** Advanced", "- **Minutes:** 45"],
        ["**Goal:** Know it well. · **Level:** Advanced · about 45 minutes"],
        ["**Goal:** Know it well.", "", "**Level:** Advanced · **Minutes:** 45 · **What you need:** 2 eyes"],
    ],
)
def test_front_matter_may_be_written_in_lines_or_lists(tmp_path, lines):
    study(tmp_path, "one", "# One", "", *lines, "", "Text about a goal.")
    (entry,) = index.entries(tmp_path)["studies"]
    assert (entry.goal, entry.level, entry.minutes) == ("Know it well.", "Advanced", 45)


@pytest.mark.parametrize("missing", ["title", "goal", "level", "minutes"])
def test_missing_front_matter_is_named(tmp_path, missing):
    lines = {"title": "# One", "goal": "**Goal:** Know.", "level": "**Level:** Advanced", "minutes": "**Minutes:** 5"}
    study(tmp_path, "one", *(line for part, line in lines.items() if part != missing))
    with pytest.raises(DataError, match=f"notebooks/studies/one.ipynb has no {missing}"):
        index.entries(tmp_path)


def test_a_new_notebook_changes_the_index(tmp_path):
    before = index.notebook(tmp_path, DATASETS)
    study(tmp_path, "one", "# One", "**Goal:** Know.", "**Level:** Advanced", "**Minutes:** 5")
    assert index.notebook(tmp_path, DATASETS) != before
