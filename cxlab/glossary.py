"""The words of `notebooks/glossary.md`: one name for one thing, each with an anchor that links lead to.

The anchor of a term is made from its first name, so that the same link works in JupyterLab, on GitHub and on the site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cxlab.errors import DataError
from cxlab.places import shipped

FILE = "glossary.md"
_ROW = re.compile(r'^\| (?:<a id="(?P<anchor>[^"]*)"></a>)?(?P<term>[^|]+?) \| (?P<meaning>[^|]+?) \|$', re.MULTILINE)
_HEAD = "term"


@dataclass(frozen=True)
class Term:
    """A row of the glossary.

    Parameters
    ----------
    names : what it is called; the first names it in lists, the others are short for it or spell it out
    meaning : what it is here, in Markdown
    """

    names: tuple[str, ...]
    meaning: str

    @property
    def title(self) -> str:
        """All names, as the glossary lists them."""
        return ", ".join(self.names)

    @property
    def anchor(self) -> str:
        """What a link to it ends in, after the #.

        >>> Term(("Peak–end rule", "PE"), "").anchor
        'peak-end-rule'
        """
        return anchor(self.names[0])

    @property
    def row(self) -> str:
        """Its line of the glossary."""
        return f'| <a id="{self.anchor}"></a>{self.title} | {self.meaning} |'


def anchor(title: str) -> str:
    """What a link to a heading or a term ends in: its words in small letters with hyphens between.

    >>> anchor("BG/NBD, by hand")
    'bg-nbd-by-hand'
    """
    return "-".join(re.findall(r"\w+", title.lower()))


def read(text: str) -> list[Term]:
    """The terms of a glossary, in its order.

    >>> read('| term | what it is here |\\n|---|---|\\n| CLTV, lifetime value | money |')
    [Term(names=('CLTV', 'lifetime value'), meaning='money')]
    """
    rows = [(m["term"], m["meaning"]) for m in _ROW.finditer(text)]
    return [
        Term(tuple(name.strip() for name in names.split(",")), meaning.strip())
        for names, meaning in rows
        if names != _HEAD and not set(names) <= set("-")
    ]


@cache
def terms() -> tuple[Term, ...]:
    """The terms that ship with cxlab.

    >>> next(term for term in terms() if "customer lifetime value" in term.names).anchor
    'cltv'
    """
    return tuple(read((shipped("notebooks") / FILE).read_text(encoding="utf-8")))


def tidy(text: str) -> str:
    """A glossary with its rows in the order of the alphabet, each with its anchor.

    Raises
    ------
    DataError : a name stands in two rows.
    """
    found = read(text)
    names = [name.lower() for term in found for name in term.names]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(
            f"{FILE} explains {', '.join(map(repr, twice))} twice.",
            expected="each name in one row",
            mend="join the rows, or give one of them another name",
        )
    start = text.index("\n|---") + 1
    head = text[: text.index("\n", start) + 1]
    return head + "\n".join(term.row for term in sorted(found, key=lambda t: t.title.lower())) + "\n"


def write(file: Path) -> None:
    """Put the glossary in a file into order."""
    file.write_text(tidy(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
