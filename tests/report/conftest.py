"""One case report of computed findings for all tests of what leaves the house."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cxlab.report.gate import check
from cxlab.report.privacy import protect


def _example():
    name = "report_example"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "example.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="session")
def make(pictures):
    """A function that makes the report, with parts of it replaced."""
    return lambda **other: _example().case_report(pictures, **other)


@pytest.fixture(scope="session")
def failing():
    """A function that puts a finding under a check that fails."""
    return _example().failing


@pytest.fixture(scope="session")
def left(make):
    """The report as it leaves."""
    return protect(check(make()))


@pytest.fixture(scope="session")
def made():
    return datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
