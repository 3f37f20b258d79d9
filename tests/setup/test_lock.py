"""requirements.lock is what pyproject.toml resolves to, safe to install from, and bound to no place."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRY = re.compile(r"^(?P<pin>\S+==\S+.*?)(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
PINS = [Requirement(entry["pin"]) for entry in ENTRY.finditer(LOCK)]


@pytest.mark.parametrize("declared", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]])
def test_every_declared_dependency_is_pinned_within_its_range(declared):
    wanted = Requirement(declared)
    pins = [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
    assert pins, f"{declared} is not in requirements.lock: make lock"
    for pin in pins:
        (version,) = (part.version for part in pin.specifier)
        assert wanted.specifier.contains(version), f"{pin} is not {declared}: make lock"


def test_every_entry_has_hashes_and_nothing_else_is_in_it():
    rest = [line for line in ENTRY.sub("", LOCK).splitlines() if line and not line.startswith("    #")]
    assert rest == []
    assert "://" not in LOCK


def test_no_package_is_pinned_twice_for_one_python():
    for python in ("3.12", "3.13", "3.14"):
        for system in ("linux", "darwin", "win32"):
            here = {
                "python_full_version": f"{python}.0",
                "python_version": python,
                "sys_platform": system,
                "os_name": "nt" if system == "win32" else "posix",
            }
            names = [pin.name for pin in PINS if pin.marker is None or pin.marker.evaluate(here)]
            assert len(names) == len(set(names))
