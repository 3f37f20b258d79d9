"""The report on paper: the same HTML as PDF, with page numbers, a running header, bookmarks and tags."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import which

from cxlab.errors import CxlabError
from cxlab.report.case import case_html
from cxlab.report.document import CaseReport

#: browsers that can print where WeasyPrint cannot run, in the order in which they are looked for
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
#: seconds after which a browser is not going to print, however busy the machine
_PATIENCE = 600


class PdfError(CxlabError):
    """No PDF can be written on this machine."""


def case_pdf(report: CaseReport, *, made: datetime) -> bytes:
    """The report as PDF; the same report and time give the same bytes where WeasyPrint writes it.

    Parameters
    ----------
    report : as `gate.check` and `privacy.protect` returned it
    made : when the case was run; stands in the file's properties

    Raises
    ------
    PdfError : Pango, which WeasyPrint needs, is missing, and there is no browser that prints
    """
    html = _printed(case_html(report, opened=True), report)
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (OSError, ImportError) as problem:
        return _by_browser(html, problem)
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it names every rule that is for screens only
    # nothing but what the report carries itself is ever read
    fetcher = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    document = HTML(string=html, url_fetcher=fetcher).render(pdf_tags=True)
    document.metadata.created = document.metadata.modified = made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return document.write_pdf(pdf_tags=True, pdf_identifier=sha256(html.encode()).digest()[:16], optimize_images=False)


def _printed(html: str, report: CaseReport) -> str:
    """The report with what stands at the edge of every page."""
    client = _css_text(report.client)
    label = _css_text("Simulated data" if report.simulated else report.period)
    page = f"""
@page {{ margin: 22mm 15mm 18mm;
  @top-right {{ content: {label}; font: 8pt "DejaVu Sans", sans-serif; color: #5B6770; vertical-align: bottom; padding-bottom: 4mm; }}
  @bottom-left {{ content: {client}; font: 8pt "DejaVu Sans", sans-serif; color: #5B6770; width: 85%; }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font: 8pt "DejaVu Sans", sans-serif; color: #5B6770; }} }}
@page :first {{ margin-top: 14mm; @top-right {{ content: none; }} }}
"""  # noqa: E501
    return html.replace("</style>", f"{page}</style>", 1)


def _css_text(words: str) -> str:
    r"""Words as a string of CSS, whatever they hold.

    >>> print(_css_text('a "b" </style>'))
    "a \22 b\22  \3c /style\3e "
    """
    words = words if len(words) < 110 else words[:109] + "…"
    return '"' + re.sub(r"[\"\\<>\n&{}]", lambda hit: f"\\{ord(hit[0]):x} ", words) + '"'


def _by_browser(html: str, problem: Exception) -> bytes:
    """The report printed by a browser: without tags of its own making and without page headers of ours."""
    browser = next(filter(None, map(which, BROWSERS)), None)
    if browser is None:
        raise PdfError(
            "report.pdf cannot be written: " + str(problem).splitlines()[0],
            expected="Pango, which WeasyPrint draws text with, or a Chromium browser",
            mend="apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (macOS: brew install pango)",
        )
    with tempfile.TemporaryDirectory() as folder:
        page, paper = Path(folder, "report.html"), Path(folder, "report.pdf")
        page.write_text(html, encoding="utf-8")
        alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [browser, "--headless", *alone, f"--user-data-dir={folder}/profile", "--no-pdf-header-footer",
                 "--export-tagged-pdf", f"--print-to-pdf={paper}", page.as_uri()],
                check=False, capture_output=True, timeout=_PATIENCE,
            )  # fmt: skip
        if not paper.is_file():
            raise PdfError(f"report.pdf cannot be written: {Path(browser).name} did not print it.", expected="a PDF")
        return paper.read_bytes()
