"""Lays out the site as Sphinx reads it: notebooks, data cards and glossary as they are, the rest made."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from cxlab import glossary
from cxlab.learn import index
from cxlab.places import written
from docs.site.api import known_names, write_api

#: parts of the contents at the side
_SECTIONS = {"lessons": "Lessons", "studies": "Studies", "cases": "Cases"}
_PAGES = {".ipynb", ".md", ".svg"}


def stage(root: Path, source: Path) -> None:
    """Write the source of the site.

    Parameters
    ----------
    root : the checkout
    source : folder to write, made where it is not there
    """
    notebooks = [f for f in written(root / "notebooks", "*") if f.suffix in _PAGES and f.name != index.NAME]
    cards = sorted((root / "datasets").glob("*/README.md"))
    for file in [*notebooks, *cards]:
        to = source / file.relative_to(root)
        to.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".ipynb":
            to.write_text(json.dumps(static(json.loads(file.read_text(encoding="utf-8")))), encoding="utf-8")
        else:
            shutil.copyfile(file, to)
    api = write_api(root / "cxlab", source / "api")
    words = source / "notebooks" / glossary.FILE
    page = _glossary_page(words.read_text(encoding="utf-8"), known_names(root / "cxlab"))
    words.write_text(page, encoding="utf-8")
    (source / "index.md").write_text(_start_page(root, api), encoding="utf-8")
    (source / "datasets").mkdir(exist_ok=True)
    (source / "datasets" / "index.md").write_text(_data_page(root, cards), encoding="utf-8")


def static(notebook: dict) -> dict:
    """A notebook as a page shows it: outputs that need no kernel and no script, pictures with words for the blind.

    The words of a picture are the paragraph after it, where lessons read their pictures aloud. Headings of outputs
    follow the heading above them.

    >>> output = {"data": {"application/vnd.jupyter.widget-view+json": {}, "image/png": "…"}}
    >>> cells = [{"cell_type": "code", "metadata": {}, "outputs": [output]},
    ...          {"cell_type": "markdown", "source": "Read aloud: *it rises.*"}]
    >>> shown = static({"cells": cells})["cells"][0]
    >>> shown["outputs"], shown["metadata"]
    ([{'data': {'image/png': '…'}}], {'mystnb': {'image': {'alt': 'Read aloud: it rises.'}}})
    """
    for cell, after in zip(notebook["cells"], [*notebook["cells"][1:], {}], strict=True):
        for output in cell.get("outputs", []):
            if "data" not in output:
                continue
            data = {mime: value for mime, value in output["data"].items() if not mime.startswith("application/")}
            if "text/html" in data:
                data["text/html"] = re.sub(r"<(/?)h4\b", r"<\1h3", "".join(data["text/html"]))
            if any(mime.startswith("image/") for mime in data):
                cell["metadata"]["mystnb"] = {"image": {"alt": _read_aloud(after)}}
            output["data"] = data or {"text/plain": "(to be seen in Jupyter)"}
    return notebook


def _read_aloud(cell: dict) -> str:
    """The first paragraph of a Markdown cell as plain text."""
    text = "".join(cell.get("source", "")) if cell.get("cell_type") == "markdown" else ""
    first = next((part for part in text.split("\n\n") if part.strip() and part[0] not in "#|<$`"), "")
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", first)
    return " ".join(re.sub(r"[*`$]", "", plain).split()) or "Picture of the values in the table or text beside it"


def _start_page(root: Path, api: str) -> str:
    """The start page of the notebooks with its links seen from the root of the site, and the contents of all pages."""
    texts = index.markdown(root / "notebooks", root / "datasets")
    text = "\n\n".join(texts).replace("](../", "](<up>").replace("](", "](notebooks/").replace("](notebooks/<up>", "](")
    entries = index.entries(root / "notebooks")
    trees = [toctree(title, map(_listed, entries.get(group, ()))) for group, title in _SECTIONS.items()]
    trees.append(toctree("To look up", ["datasets/index", "notebooks/glossary", api]))
    return text + "\n\n" + "\n\n".join(trees) + "\n"


def _listed(entry: index.Entry) -> str:
    title = f"{entry.code} · {entry.title}" if entry.code else entry.title
    return f"{title} <notebooks/{entry.path.removesuffix('.ipynb')}>"


def _data_page(root: Path, cards: Iterable[Path]) -> str:
    names = [f"{card.parent.name}/README" for card in cards]
    text = index.markdown(root / "notebooks", root / "datasets")[-1].replace("## Data sets", "# Data sets")
    return text.replace("](../datasets/", "](") + "\n\n" + toctree("", names) + "\n"


def _glossary_page(text: str, known: set[str]) -> str:
    """The glossary with a heading a term, which a phone shows better than a table; code it names leads to its page."""
    parts = [text[: text.index("| term |")].strip()]
    for term in glossary.read(text):
        also = f"*also:* {', '.join(term.names[1:])}" if term.names[1:] else ""
        meaning = re.sub(r"`([\w.]+)`", lambda m: f"{{py:obj}}{m[0]}" if m[1] in known else m[0], term.meaning)
        parts += [f"## {term.names[0]}", *([also] if also else []), meaning]
    return "\n\n".join(parts) + "\n"


def toctree(caption: str, names: Iterable[str]) -> str:
    """The contents of a part of the site, shown at the side and not in the page."""
    lines = ["```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else []), "", *names, "```"]
    return "\n".join(lines)
