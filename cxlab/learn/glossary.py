"""Links a lesson's words to the glossary: each term where the lesson first mentions it.

``python -m cxlab.learn.glossary --link [NOTEBOOK …]`` does so in all lessons, or in those that are named; doing it
again after an edit moves the links to where the first mentions are now. Without the option it puts the glossary in
order.

A word of everyday language (an answer, a gap) is a term only where a lesson introduces it in bold.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cxlab.glossary import FILE, Term, terms, write
from cxlab.places import shipped, written

#: names that are also everyday words: linked where they are introduced in bold, and not elsewhere
EVERYDAY = frozenset({
    "alternative", "answer", "arm", "assurance", "attribute", "carry", "channel", "churn", "consistency", "contact",
    "conversion", "ease", "efficiency", "empathy", "frequency", "gap", "goal", "importance", "initiative",
    "interval", "journey", "level", "migration", "outcome", "persona", "personalisation", "posterior", "prior",
    "recency", "regret", "reliability", "resilience", "response", "retention", "segment", "session", "stability",
    "stage", "touchpoint", "transition", "trial", "unit", "utility", "weighting",
})  # fmt: skip
_LINK = re.compile(rf"\[((?:[^\[\]]|\\.)+)\]\([^()\s]*{re.escape(FILE)}#[\w-]+\)")
#: what is not prose: code, formulas, links, HTML, pictures, footnotes
_NOT_PROSE = re.compile(
    r"```.*?```|~~~.*?~~~|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|!?\[[^\]]*\]\([^)]*\)|<details>.*?</details>|<[^>\n]+>"
    r"|^#+ [^\n]*$|^\|[^\n]*\|\n\|[\s:|-]+\|$",
    re.MULTILINE | re.DOTALL,
)

#: a line may break within a name, and its hyphen be written as a dash
_SPELLED = {" ": r"\s+", "-": "[-–]", "–": "[-–]"}


def unlinked(text: str) -> str:
    """A text without its links to the glossary.

    >>> unlinked("A **[gap](../../glossary.md#gap)** and a [card](README.md).")
    'A **gap** and a [card](README.md).'
    """
    return _LINK.sub(r"\1", text)


def linked(texts: Iterable[str], *, to: str, words: Iterable[Term] | None = None) -> list[str]:
    """The Markdown texts of a lesson with each term linked where it is first mentioned.

    Parameters
    ----------
    texts : of its cells, in their order; headings, code, formulas, links and HTML in them are left alone
    to : relative address of the glossary, as the lesson sees it
    words : the terms, those of the glossary by default

    Returns
    -------
    The texts; links to the glossary that stood in them are put anew, so that doing it twice changes nothing.

    >>> linked(["## The funnel", "A strict funnel. The funnel `funnel`."], to="glossary.md")
    ['## The funnel', 'A strict [funnel](glossary.md#funnel). The funnel `funnel`.']
    """
    found = [unlinked(text) for text in texts]
    places = [_prose(text) for text in found]
    marks: dict[int, list[tuple[int, int, str]]] = {}
    taken: dict[int, list[tuple[int, int]]] = {}
    # long names first: "perceptual map" is not a map
    for term in sorted(terms() if words is None else words, key=lambda t: -max(map(len, t.names))):
        for cell, prose in enumerate(places):
            spot = _first(term, prose, taken.get(cell, []))
            if spot:
                marks.setdefault(cell, []).append((*spot, term.anchor))
                taken.setdefault(cell, []).append(spot)
                break
    for cell, spots in marks.items():
        for start, end, anchor in sorted(spots, reverse=True):
            text = found[cell]
            found[cell] = f"{text[:start]}[{text[start:end]}]({to}#{anchor}){text[end:]}"
    return found


def links(text: str) -> list[str]:
    """The anchors of the glossary that a text links to, in its order.

    >>> links("A **[gap](../../glossary.md#gap)**.")
    ['gap']
    """
    return re.findall(rf"\]\([^()\s]*{re.escape(FILE)}#([\w-]+)\)", text)


def _prose(text: str) -> str:
    """The text with everything that is not prose blanked out, every letter at its place."""
    return _NOT_PROSE.sub(lambda m: re.sub(r"[^\n]", "\0", m[0]), text)


def _first(term: Term, prose: str, taken: list[tuple[int, int]]) -> tuple[int, int] | None:
    spots = []
    for name in term.names:
        if len(name) == 1:
            continue
        words = "".join(_SPELLED.get(letter, re.escape(letter)) for letter in name)
        plural = "" if name.isupper() else "(?:e?s)?"
        case = 0 if name.isupper() else re.IGNORECASE
        bold = r"(?<=\*\*)", r"(?=\*\*|,| \()"
        before, after = bold if name in EVERYDAY else (r"(?<![\w\0/-])", r"(?![\w\0/-])")
        for found in re.finditer(f"{before}{words}{plural}{after}", prose, case):
            if not any(found.start() < end and start < found.end() for start, end in taken):
                spots.append(found.span())
                break
    return min(spots, default=None)


def relinked(notebook: dict, *, to: str) -> dict:
    """A notebook as JSON holds it, with its terms linked; the first cell, its front matter, is left alone."""
    cells = [cell for cell in notebook["cells"][1:] if cell["cell_type"] == "markdown"]
    before = ["".join(cell["source"]) for cell in cells]
    for cell, old, new in zip(cells, before, linked(before, to=to), strict=True):
        if new != old:
            cell["source"] = new.splitlines(keepends=True) if isinstance(cell["source"], list) else new
    return notebook


def lessons(notebooks: Path) -> Iterator[Path]:
    """The lessons of a folder of notebooks, in their order."""
    return written(notebooks / "lessons")


def address(file: Path, notebooks: Path) -> str:
    """Where a notebook finds the glossary.

    >>> address(Path("notebooks/lessons/1/f1.ipynb"), Path("notebooks"))
    '../../glossary.md'
    """
    return Path(os.path.relpath(notebooks / FILE, file.parent)).as_posix()


def link(file: Path, notebooks: Path) -> bool:
    """Link the terms of a notebook in its file; returns whether that changed it."""
    text = file.read_text(encoding="utf-8")
    changed = relinked(json.loads(text), to=address(file, notebooks))
    if changed == json.loads(text):
        return False
    file.write_text(json.dumps(changed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return True


def main(arguments: list[str] | None = None) -> None:
    """Put the glossary in order, or link lessons to it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--link", nargs="*", metavar="NOTEBOOK", help="link lessons (all, if none is named)")
    named = parser.parse_args(arguments).link
    notebooks = shipped("notebooks")
    if named is None:
        write(notebooks / FILE)
        return
    for file in [Path(name).resolve() for name in named] or lessons(notebooks):
        print("linked  " if link(file, notebooks) else "as it was", file.name)


if __name__ == "__main__":
    main()
