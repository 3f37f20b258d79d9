"""Chromium driven by playwright: Debian's own, since a registry brings no browser.

make test-browser                        installs it where it can, and runs these tests
CHROMIUM=/path/to/chrome pytest -m browser tests/browser
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

#: without playwright these modules cannot even be read, and `make test` does not need it
collect_ignore_glob = [] if find_spec("playwright") else ["*.py"]
#: what was seen, for somebody to look at; git-ignored
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--force-color-profile=srgb")  # fmt: skip


def _found() -> str | None:
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium():
    """A browser; where none can be had the test is skipped, but where CI=true it fails."""
    from playwright.sync_api import sync_playwright

    executable = _found()
    if executable is None:
        lacking = "Chromium is needed (make test-browser installs it on Debian)."
        pytest.fail(lacking) if os.environ.get("CI") == "true" else pytest.skip(lacking)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Folder for screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS
