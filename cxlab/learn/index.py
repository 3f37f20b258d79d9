"""The index of lessons, studies, cases and data sets that `make lab` opens, made from the folders.

``python -m cxlab.learn.index`` writes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from cxlab.errors import DataError
from cxlab.places import shipped

NAME = "00-start-here.ipynb"
_GROUPS = {
    "lessons": ("Lessons", "One question each, from a guess to a decision; the exercises are open cells."),
    "studies": ("Studies", "Analyses with parameters: change the parameters cell, or `cxlab run` them on your data."),
    "cases": ("Cases", "A business, its question and its data, from first look to recommendation."),
}  # fmt: skip
_INTRODUCTION = """# Start here

Everything that is in cxlab, in the order in which to meet it. Follow a link, then run the cells from top to bottom \
with Shift+Enter. To keep a version of your own, save it under another name first (File, Save Notebook As)."""


@dataclass(frozen=True)
class Entry:
    """What the front matter of a notebook says: its title, what it is good for, for whom, and how long it takes."""

    path: str
    title: str
    goal: str
    level: str
    minutes: int


def front_matter(file: Path, *, root: Path) -> Entry:
    """Read the front matter of a notebook: its H1 and the lines with goal, level and minutes under it.

    Raises
    ------
    DataError : a part is missing; names the notebook and the part.
    """
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    path = file.relative_to(root).as_posix()

    def part(name: str, pattern: str, example: str) -> str:
        found = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
        if not found:
            raise DataError(f"notebooks/{path} has no {name} in its front matter.", expected=example)
        return " ".join(found[1].split()).strip(" |")

    return Entry(
        path=path,
        title=part("title", r"^# (.+)$", "# Title"),
        goal=part("goal", r"^\W*Goal\W+((?s:.+?))(?=\n\s*\n|\n?[\s·|-]*\*\*\w|\Z)", "**Goal:** one sentence"),
        level=part("level", r"\bLevel\W+(\w+)", "**Level:** Fundamentals, Intermediate or Advanced"),
        minutes=int(part("minutes", r"(?:Minutes\W+|\b(?=\d+\s*min))(\d+)", "**Minutes:** 45")),
    )


def entries(notebooks: Path) -> dict[str, list[Entry]]:
    """The notebooks of each group that has any, in the order of their paths."""
    found = {}
    for group in _GROUPS:
        files = sorted(f for f in (notebooks / group).rglob("*.ipynb") if ".ipynb_checkpoints" not in f.parts)
        if files:
            found[group] = [front_matter(file, root=notebooks) for file in files]
    return found


def markdown(notebooks: Path, datasets: Path) -> list[str]:
    """The index as one Markdown text a group, with links relative to `notebooks`."""
    cells = [_INTRODUCTION]
    for group, listed in entries(notebooks).items():
        title, sentence = _GROUPS[group]
        rows = [f"| [{_cell(e.title)}]({e.path}) | {_cell(e.goal)} | {e.level} | {e.minutes} |" for e in listed]
        cells.append(_table(title, sentence, ["Notebook", "Goal", "Level", "Minutes"], rows))
    rows = []
    for file in sorted(datasets.glob("*/datapackage.json")):
        package = json.loads(file.read_text(encoding="utf-8"))
        tables = ", ".join(f"`{resource['cxlab']['table']}`" for resource in package["resources"])
        card = f"[`{package['name']}`](../datasets/{package['name']}/README.md)"
        licence = ", ".join(licence["name"] for licence in package["licenses"])
        rows.append(f"| {card} | {_cell(package['title'])} | {tables} | {package['cxlab']['kind']} | {licence} |")
    sentence = '`cx.load("cdnow")` reads one; each name leads to its card: origin, columns and known faults.'
    return [*cells, _table("Data sets", sentence, ["Name", "Title", "Tables", "Kind", "Licence"], rows)]


def notebook(notebooks: Path, datasets: Path) -> dict:
    """The index as a notebook without code."""
    cells = [
        {"cell_type": "markdown", "id": f"index-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
        for number, text in enumerate(markdown(notebooks, datasets))
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(notebooks: Path, datasets: Path) -> Path:
    """Write the index into the folder of the notebooks; returns its path."""
    file = notebooks / NAME
    text = json.dumps(notebook(notebooks, datasets), indent=1, ensure_ascii=False) + "\n"
    file.write_text(text, encoding="utf-8", newline="\n")
    return file


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(title: str, sentence: str, heads: list[str], rows: list[str]) -> str:
    return "\n".join([f"## {title}", "", sentence, "", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *rows])


if __name__ == "__main__":
    write(shipped("notebooks"), shipped("datasets"))
