"""The start page that `make lab` opens: who begins where, the map of the lessons, and all that is in the folders.

``python -m cxlab.learn.index`` writes it, and the picture of the map.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from cxlab.errors import DataError
from cxlab.learn import lesson_map
from cxlab.places import shipped, written

NAME = "00-start-here.ipynb"
_GROUPS = {
    "lessons": ("Lessons", "One question each, from a guess to a decision, with exercises that answer back."),
    "studies": ("Studies", "Analyses with parameters: change the parameters cell, or `cxlab run` them on your data."),
    "cases": ("Cases", "A business, its question and its data, from first look to recommendation."),
}  # fmt: skip
_INTRODUCTION = """# Start here

What customers experience, what they do, and what that is worth: taught in lessons, studied with your own data, turned \
into decisions. Every number comes with how sure it is. Words are explained once, in the [glossary](glossary.md)."""
#: who somebody is, where to begin, and what comes then; a code in braces becomes a link to that lesson
_WHO = (
    (
        "**new to this**, with a first look at Python",
        "{F1}",
        "{F2} and {F3}, then whatever the map below offers next",
    ),
    (
        "**a student** who knows what an interval is",
        "{I4}",
        "{I3} for how customers feel, {A1} for what they choose, {A3} for what worked",
    ),
    (
        "**a researcher**",
        "[a study](studies/cltv.ipynb), and the checks it ends in",
        "`cxlab run` with your data, `cxlab sweep` over settings; published numbers are in `tests/reproductions`",
    ),
    (
        "**a consultant**, or the owner of a business",
        "[a whole case](cases/coffee-shop.ipynb), from question to recommendation",
        "`cxlab case new FOLDER`, where the client's files are",
    ),
    (
        "**a teacher**",
        "{F3}, as your students meet it",
        "`cxlab learn start FOLDER` for copies to hand out, `cxlab learn collect FOLDER` for what came back",
    ),
)
_WHO_HEADS = ["You are", "Begin with", "Then"]
_HOW = """Run the cells of a page from top to bottom with Shift+Enter. `cxlab learn start FOLDER` gives you copies of \
the lessons to work in; without it, save a page under another name first (File, Save Notebook As)."""


@dataclass(frozen=True)
class Entry:
    """What the front matter of a notebook says: its title, what it is good for, for whom, and how long it takes.

    `code` is the lesson's letter and number ("F3"), from the name of its file; `builds_on` are codes of other lessons.
    """

    path: str
    title: str
    goal: str
    level: str
    minutes: int
    code: str = ""
    builds_on: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """Its code and title as a link, relative to the folder of the notebooks."""
        return f"[{_cell(' · '.join(part for part in (self.code, self.title) if part))}]({self.path})"


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

    builds_on = re.search(r"\*\*Builds on:\*\*([^·\n]*)", text)
    code = re.match(r"([a-z]\d+)-", file.name)
    return Entry(
        path=path,
        code=code[1].upper() if code else "",
        builds_on=tuple(re.findall(r"\b[A-Z]\d+\b", builds_on[1])) if builds_on else (),
        title=part("title", r"^# (.+)$", "# Title"),
        goal=part("goal", r"^\W*Goal\W+((?s:.+?))(?=\n\s*\n|\n?[\s·|-]*\*\*\w|\Z)", "**Goal:** one sentence"),
        level=part("level", r"\bLevel\W+(\w+)", "**Level:** Fundamentals, Intermediate or Advanced"),
        minutes=int(part("minutes", r"(?:Minutes\W+|\b(?=\d+\s*min))(\d+)", "**Minutes:** 45")),
    )


def entries(notebooks: Path) -> dict[str, list[Entry]]:
    """The notebooks of each group that has any, in the order of their paths."""
    found = {}
    for group in _GROUPS:
        files = list(written(notebooks / group))
        if files:
            found[group] = [front_matter(file, root=notebooks) for file in files]
    return found


def markdown(notebooks: Path, datasets: Path) -> list[str]:
    """The index as one Markdown text a group, with links relative to `notebooks`."""
    found = entries(notebooks)
    lessons = {lesson.code: lesson for lesson in found.get("lessons", ())}
    cells = [_INTRODUCTION, _who(lessons)]
    if lessons:
        cells.append(_lessons(lessons))
    for group, listed in found.items():
        if group != "lessons":
            title, sentence = _GROUPS[group]
            rows = [f"| {e.link} | {_cell(e.goal)} | {e.minutes} |" for e in listed]
            cells.append(_table(title, sentence, ["Notebook", "Goal", "Minutes"], rows))
    rows = []
    for file in sorted(datasets.glob("*/datapackage.json")):
        package = json.loads(file.read_text(encoding="utf-8"))
        tables = ", ".join(f"`{resource['cxlab']['table']}`" for resource in package["resources"])
        card = f"[`{package['name']}`](../datasets/{package['name']}/README.md)"
        licence = ", ".join(licence["name"] for licence in package["licenses"])
        rows.append(f"| {card} | {_cell(package['title'])} | {tables} | {package['cxlab']['kind']} | {licence} |")
    sentence = '`cx.load("cdnow")` reads one; each name leads to its card: origin, columns and known faults.'
    return [*cells, _table("Data sets", sentence, ["Name", "Title", "Tables", "Kind", "Licence"], rows)]


def _who(lessons: dict[str, Entry]) -> str:
    def link(found: re.Match) -> str:
        return lessons[found[1]].link if found[1] in lessons else f"lesson {found[1]}"

    rows = ["| " + " | ".join(re.sub(r"\{(\w+)\}", link, part) for part in row) + " |" for row in _WHO]
    return (
        _table("Who are you?", "Everybody may read everything; this is where to begin.", _WHO_HEADS, rows)
        + f"\n\n{_HOW}"
    )


def _lessons(lessons: dict[str, Entry]) -> str:
    """The map, and a table a level."""
    title, sentence = _GROUPS["lessons"]
    parts = [
        f"## {title}",
        sentence,
        # one paragraph: where there is no room for the map, its sentence goes with it
        "An arrow leads to what builds on a lesson; the tables say the same in words.\n"
        f"![Map of the lessons: what builds on what]({lesson_map.NAME})",
    ]
    for level in lesson_map.LEVELS:
        listed = [lesson for lesson in lessons.values() if lesson.level == level]
        if listed:
            rows = [f"| {e.link} | {_before(e, lessons)} | {e.minutes} | {_cell(e.goal)} |" for e in listed]
            minutes = f"{len(listed)} lessons, about {round(sum(e.minutes for e in listed) / 60)} hours."
            heads = ["Lesson", "Builds on", "Minutes", "You will"]
            parts.append("#" + _table(level, minutes, heads, rows))
    return "\n\n".join(parts)


def _before(lesson: Entry, lessons: dict[str, Entry]) -> str:
    named = [f"[{code}]({lessons[code].path})" if code in lessons else code for code in lesson.builds_on]
    return ", ".join(named) or "–"


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
    """Write the index, and the map it shows, into the folder of the notebooks; returns its path."""
    file = notebooks / NAME
    picture = lesson_map.svg(entries(notebooks).get("lessons", ()))
    (notebooks / lesson_map.NAME).write_text(picture, encoding="utf-8", newline="\n")
    text = json.dumps(notebook(notebooks, datasets), indent=1, ensure_ascii=False) + "\n"
    file.write_text(text, encoding="utf-8", newline="\n")
    return file


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(title: str, sentence: str, heads: list[str], rows: list[str]) -> str:
    return "\n".join([f"## {title}", "", sentence, "", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *rows])


if __name__ == "__main__":
    write(shipped("notebooks"), shipped("datasets"))
