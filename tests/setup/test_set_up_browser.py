"""Where no browser can be had, tests in one are skipped with one message, and fail only where they are asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SH = shutil.which("sh")
pytestmark = pytest.mark.skipif(SH is None, reason="the scripts of make need a POSIX shell")


@pytest.fixture
def set_up(tmp_path):
    """Runs the script where there are few programs, no package manager among them, and a pip that answers."""
    place, programs = tmp_path / "checkout", tmp_path / "programs"
    shutil.copytree(ROOT / "scripts", place / "scripts")
    (place / "requirements-browser.lock").write_text("one==1\n")
    python = place / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!{SH}\n[ ! -e offline ]\n")
    python.chmod(0o755)
    programs.mkdir()
    for name in ("dirname", "cksum", "cat"):
        (programs / name).symlink_to(shutil.which(name))

    def run(*options, chromium=None):
        if chromium:
            (programs / "chromium").write_text(f"#!{SH}\n{chromium}\n")
            (programs / "chromium").chmod(0o755)
        command = [SH, "scripts/set-up-browser", *options]
        return subprocess.run(command, cwd=place, env={"PATH": str(programs)}, capture_output=True, text=True)

    run.place = place
    return run


@pytest.mark.parametrize("chromium", [None, "echo 'this command requires a snap' >&2; exit 1"])
def test_without_a_browser_that_starts_tests_are_skipped_and_it_is_said(set_up, chromium):
    answer = set_up(chromium=chromium)
    assert answer.returncode == 0
    assert "Chromium was not found" in answer.stderr and "TESTS IN A BROWSER ARE SKIPPED" in answer.stderr
    assert "apt-get install chromium" in answer.stderr
    assert set_up("--needed").returncode == 1


def test_a_browser_that_is_there_is_enough(set_up):
    assert set_up("--needed", chromium="echo Chromium 150").returncode == 0


def test_packages_that_cannot_be_had_are_asked_for_again(set_up):
    (set_up.place / "offline").touch()
    answer = set_up(chromium="echo Chromium 150")
    assert answer.returncode == 0 and "requirements-browser.lock could not be installed" in answer.stderr
    assert set_up("--needed").returncode == 1
    (set_up.place / "offline").unlink()
    assert set_up("--needed").returncode == 0


def test_tests_in_a_browser_are_skipped_where_playwright_is_not(tmp_path):
    (tmp_path / "playwright.py").write_text("raise ModuleNotFoundError(name='playwright')\n")
    command = [sys.executable, "-m", "pytest", "-m", "browser", "tests/browser/test_lab.py", "-p", "no:cacheprovider"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout
    assert "2 skipped" in answer.stdout and "playwright is needed" in answer.stdout
