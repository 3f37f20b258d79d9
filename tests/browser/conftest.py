"""Chromium driven by playwright: Debian's own, since a registry brings no browser.

make test                                runs test_lab.py last, where Chromium can be had
make test-browser                        installs it where it can, or fails, and runs these tests
CHROMIUM=/path/to/chrome pytest -m browser tests/browser
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

#: what was seen, for somebody to look at; git-ignored
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
#: a container has no sandbox for root, and little shared memory
FLAGS = ("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--force-color-profile=srgb")  # fmt: skip


def _found() -> str | None:
    """A browser that starts."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    there = [path for name in names if name and (path := shutil.which(name))]
    return next(
        (path for path in there if not subprocess.run([path, "--version"], capture_output=True).returncode), None
    )


@pytest.fixture(scope="session")
def chromium():
    """A browser; where none can be had the test is skipped, and says so."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is needed (make test-browser brings it)")
    executable = _found()
    if executable is None:
        pytest.skip("Chromium is needed (make test-browser installs it on Debian)")
    with api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS), timeout=180_000)
        except api.Error as problem:
            pytest.skip(f"Chromium does not start here: {str(problem).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Folder for screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS
