"""The site, built once for all tests of a process, and what can be read from its pages without a browser."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

#: attributes that make a browser fetch something by itself
FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "audio": "src",
    "video": "src",
    "embed": "src",
}


@cache
def site() -> Path:
    """Folder of the pages of this checkout's site; the test is skipped where Sphinx is not installed."""
    pytest.importorskip("myst_nb", reason="the packages of requirements-site.lock are needed (make set-up-site)")
    from docs.site.build import build

    folder = Path(tempfile.mkdtemp(prefix="cxlab-site-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return build(target=folder / "site")


@dataclass
class Page(HTMLParser):
    """What a page names: anchors in it, where it leads, what it fetches.

    >>> page = Page.read('<h1 id="a">A</h1><a href="b.html#c">b</a><script src="s.js"></script>')
    >>> page.anchors, page.links, page.fetched
    ({'a'}, ['b.html#c'], ['s.js'])
    """

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()

    @classmethod
    def read(cls, text: str) -> Page:
        page = cls()
        page.feed(text)
        return page

    def handle_starttag(self, tag, attrs):
        named = {name: value or "" for name, value in attrs}
        self.anchors |= {named[name] for name in ("id", "name") if name in named and tag != "meta"}
        if tag == "a" and "href" in named:
            self.links.append(named["href"])
        if tag == "link" and not {"next", "prev", "index", "search", "canonical", "author"} & set(named["rel"].split()):
            self.fetched.append(named["href"])
        if named.get(FETCHED.get(tag, "")):
            self.fetched.append(named[FETCHED[tag]])


@cache
def pages() -> dict[str, Page]:
    """Every page of the site by its path."""
    root = site()
    return {
        file.relative_to(root).as_posix(): Page.read(file.read_text(encoding="utf-8"))
        for file in sorted(root.rglob("*.html"))
    }
