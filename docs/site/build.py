"""Builds the site: everything that can be read without a kernel, from the committed notebooks, none of which is run.

``python -m docs.site.build`` writes `build/site/html`; open `index.html` there. It needs the packages of
requirements-site.lock (`make site` brings them) and no network.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from docs.site.finish import finish
from docs.site.stage import stage

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "site"


def build(root: Path = ROOT, target: Path = BUILD) -> Path:
    """Build the site of a checkout; returns the folder of its pages.

    Parameters
    ----------
    root : the checkout
    target : folder for what is made: `source` (the staged pages), `html`, `doctrees`; emptied before

    Raises
    ------
    SystemExit : Sphinx warned of something; its messages are on stderr. Or it is not installed.
    """
    try:
        from sphinx.cmd.build import main
    except ModuleNotFoundError:
        sys.exit("The site needs Sphinx, which is not installed here: `make site` brings it, and builds the site.")

    shutil.rmtree(target, ignore_errors=True)
    source, html = target / "source", target / "html"
    stage(root, source)
    here = Path(__file__).parent
    options = ["-c", str(here), "-d", str(target / "doctrees"), "-b", "html", "-W", "--keep-going", "-q"]
    if code := main([*options, str(source), str(html)]):
        sys.exit(code)
    finish(html)
    return html


if __name__ == "__main__":
    pages = build()
    count = sum(1 for _ in pages.rglob("*.html"))
    print(f"{count} pages: {pages.relative_to(ROOT)}/index.html")
