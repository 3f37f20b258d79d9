"""A report that a client is sent shuts nobody out; and the judge itself is awake."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.browser.axe import faults

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report of `make demo`."""
    folder = tmp_path_factory.mktemp("report") / "cltv"
    command = [sys.executable, "-m", "cxlab.cli", "run", "cltv", "--data", "cdnow", "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "report.html"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_report_shuts_nobody_out(chromium, report, width, colours):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)
    page = context.new_page()
    page.goto(report.as_uri())
    assert faults(page) == []
    context.close()


def test_the_judge_sees_a_picture_without_words(chromium):
    page = chromium.new_page()
    page.set_content('<html lang="en"><title>t</title><main><h1>t</h1><img src="data:,"></main></html>')
    assert [fault.split()[1] for fault in faults(page)] == ["image-alt:"]
    page.close()
