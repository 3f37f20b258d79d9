"""A claim is only as good as who was studied and what they were compared with."""

import re

import pytest

from cxlab.errors import ParameterError
from cxlab.learn.claims import CLAIMS, COMPARISONS, Claim, audit


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({}, "no source"),
        ({"compared": "by lot", "small": True}, "no source"),
        ({"source": "A study"}, "goes along with it"),
        ({"source": "A study", "compared": "by choice", "small": True}, "goes along with it"),
        ({"source": "A study", "compared": "by lot"}, "holds for others"),
        ({"source": "A study", "compared": "as if by lot", "small": True}, "holds for some like us"),
        ({"source": "A study", "compared": "by lot", "small": True, "held": False}, "contradicted"),
    ],
)
def test_the_verdict_follows_from_the_answers(answers, verdict):
    assert Claim("It works", **answers).verdict.startswith(verdict)


def test_every_shipped_claim_answers_all_four_questions_or_has_no_source():
    for claim in CLAIMS:
        known = [claim.who, claim.how_many, claim.measured]
        assert all((text == "not known") == (not claim.source) for text in known), claim.claim
        assert claim.otherwise != "anything"


def test_the_famous_26_per_cent_are_no_reason_to_act():
    found = audit(CLAIMS[:1])
    assert "26 %" in found.table.loc[0, "claim"]
    assert found.table.loc[0, "verdict"].startswith("goes along with it")
    assert found.title.startswith("0 of 1")


def test_the_sentence_counts_every_claim_once():
    found = audit()
    assert sum(map(int, re.findall(r"\((\d+)\)", found.text))) == len(CLAIMS)
    assert len(found.table) == len(CLAIMS)


def test_a_comparison_nobody_knows_is_named_with_those_there_are():
    with pytest.raises(ParameterError, match="by luck") as problem:
        Claim("It works", compared="by luck")
    assert all(name in str(problem.value) for name in COMPARISONS)


def test_no_claim_is_no_audit():
    with pytest.raises(ParameterError):
        audit([])
