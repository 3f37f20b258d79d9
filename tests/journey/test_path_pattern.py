"""Patterns: matched in the engine as a regular expression matches the journey written as a word."""

from __future__ import annotations

import re

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.journey.log import read_log
from cxlab.journey.path_pattern import matching, patterns_finding

RNG = np.random.default_rng(4)
JOURNEYS = ["".join(RNG.choice(list("ABC"), n)) for n in RNG.integers(1, 9, 200)]
EXPRESSIONS = {
    "A": "A", "A -> B": "AB", "A -> A": "AA", "A -> * -> C": "A.*C", "A -> !B* -> C": "A[^B]*C", "A|B -> C": "[AB]C",
    "A -> !A* -> A": "A[^A]*A", "A -> !B|C* -> C": "A[^BC]*C", "(start) -> A -> B": "^AB", "B -> A -> (end)": "BA$",
    "(start) -> C -> !A* -> B -> (end)": "^C[^A]*B$", "A -> * -> B -> !C* -> A -> B": "A.*B[^C]*AB",
    "A -> B -> * -> A -> B": "AB.*AB", "(start) -> A -> (end)": "^A$",
}  # fmt: skip


@pytest.fixture(scope="module")
def log():
    rows = [(i, c, pd.Timestamp(2026, 1, 1 + d)) for i, word in enumerate(JOURNEYS) for d, c in enumerate(word)]
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "timestamp"]).sample(frac=1, random_state=1)
    return read_log(ibis.memtable(table), stages={"A": "Awareness", "B": "Service", "C": "Service"}, goal=None)


@pytest.mark.parametrize("pattern", EXPRESSIONS)
def test_a_pattern_matches_as_its_regular_expression(log, pattern):
    expected = {i for i, word in enumerate(JOURNEYS) if re.search(EXPRESSIONS[pattern], word)}
    assert 0 < len(expected) < len(JOURNEYS)
    assert set(matching(log, pattern).execute()["customer_id"]) == expected


def test_a_stage_stands_for_its_touchpoints(log):
    found = patterns_finding(log, ["A -> Service", "A -> B | C"])
    assert found.table["journeys"].nunique() == 1
    assert (found.table["share_low"] < found.table["share"]).all()
    assert "A -> Service: " in found.text and "Of 200 customers" in found.text
    words = [text.get_text() for text in found.plot().texts]
    assert {"A", "Service", "B | C"} <= set(words)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("A -> Z", "unknown touchpoint 'Z'"), ("* -> A", "has no contact on one side"), ("A -> * -> * -> B", "one side"),
     ("A -> ", "a name is missing"), ("(start)", "it names no touchpoint")],
)  # fmt: skip
def test_a_pattern_that_cannot_be_read_says_why(log, pattern, words):
    with pytest.raises(ParameterError, match=re.escape(words)):
        matching(log, pattern)
