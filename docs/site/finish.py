"""What Sphinx and the theme leave undone for those who do not see a page, mended in the pages they wrote."""

from __future__ import annotations

from pathlib import Path

_MENDED = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    '<div id="search-results"></div>': '<h1>Search</h1>\n<div id="search-results"></div>',
}


def finish(html: Path) -> None:
    """Mend all pages in a folder."""
    for file in html.rglob("*.html"):
        file.write_text(mended(file.read_text(encoding="utf-8")), encoding="utf-8")


def mended(page: str) -> str:
    """A page with its landmarks named and its headings given levels.

    >>> mended('<p class="caption" role="heading"><span>Cases</span></p>')
    '<p class="caption" role="heading" aria-level="2"><span>Cases</span></p>'
    """
    for old, new in _MENDED.items():
        page = page.replace(old, new)
    return page
