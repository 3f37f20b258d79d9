"""requirements.lock is what pyproject.toml resolves to, safe to install from, and bound to no place."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
#: locks of what only an extra needs, on top of requirements.lock
EXTRAS = {
    extra: (ROOT / f"requirements-{extra}.lock").read_text(encoding="utf-8") for extra in ("spark", "site", "browser")
}
ENTRY = re.compile(r"^(?P<pin>\S+==\S+.*?)(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
PINS = [Requirement(entry["pin"]) for entry in ENTRY.finditer(LOCK)]
EXTRA_PINS = {extra: [Requirement(entry["pin"]) for entry in ENTRY.finditer(lock)] for extra, lock in EXTRAS.items()}


@pytest.mark.parametrize(
    "declared",
    [*PROJECT["dependencies"], *(r for e in ("test", *EXTRAS) for r in PROJECT["optional-dependencies"][e])],
)
def test_every_declared_dependency_is_pinned_within_its_range(declared):
    wanted = Requirement(declared)
    pins = [
        pin
        for pin in [*PINS, *chain(*EXTRA_PINS.values())]
        if canonicalize_name(pin.name) == canonicalize_name(wanted.name)
    ]
    assert pins, f"{declared} is not in requirements.lock: make lock"
    for pin in pins:
        (version,) = (part.version for part in pin.specifier)
        assert wanted.specifier.contains(version), f"{pin} is not {declared}: make lock"


@pytest.mark.parametrize("lock", [LOCK, *EXTRAS.values()], ids=["all", *EXTRAS])
def test_every_entry_has_hashes_and_nothing_else_is_in_it(lock):
    rest = [line for line in ENTRY.sub("", lock).splitlines() if line and not line.startswith("    #")]
    assert rest == []
    assert "://" not in lock


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_an_extra_needs_is_on_top_of_the_other_pins(extra):
    assert {pin.name for pin in EXTRA_PINS[extra]} & {pin.name for pin in PINS} == set()


@pytest.mark.parametrize("pins", [PINS, *EXTRA_PINS.values()], ids=["all", *EXTRA_PINS])
def test_no_package_is_pinned_twice_for_one_python(pins):
    for python in ("3.12", "3.13", "3.14"):
        for system in ("linux", "darwin", "win32"):
            here = {
                "python_full_version": f"{python}.0",
                "python_version": python,
                "sys_platform": system,
                "os_name": "nt" if system == "win32" else "posix",
            }
            names = [pin.name for pin in pins if pin.marker is None or pin.marker.evaluate(here)]
            assert len(names) == len(set(names))
