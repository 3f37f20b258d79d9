"""One case report of computed findings for all tests of what leaves the house."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cxlab.report.gate import check
from cxlab.report.privacy import protect
from tests.report import example


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="session")
def make(pictures):
    """A function that makes the report, with parts of it replaced."""
    return lambda **other: example.case_report(pictures, **other)


@pytest.fixture(scope="session")
def failing():
    """A function that puts a finding under a check that fails."""
    return example.failing


@pytest.fixture(scope="session")
def left(make):
    """The report as it leaves."""
    return protect(check(make()))


@pytest.fixture(scope="session")
def made():
    return datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
