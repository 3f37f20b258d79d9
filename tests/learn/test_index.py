"""The index lists what is in the folders, and every link of it leads somewhere."""

import json
import re

import nbformat
import pytest

from cxlab.errors import DataError
from cxlab.learn import index
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
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= len(list(DATASETS.glob("*/datapackage.json")))
    assert [link for link in links if not (NOTEBOOKS / link).is_file()] == []


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
    assert r"[What is a customer \| worth?](studies/one.ipynb) | Know it. | Advanced | 45 |" in "\n".join(
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
