"""Kano: the published table, texts of survey tools, known shares recovered, and what few answers decide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError
from cxlab.experience.drivers.kano import CATEGORIES, KanoAnswers, kano, kano_category, most_frequent, read_kano
from cxlab.experience.drivers.kano_answers import ANSWERS
from tests.experience.survey_tables import long

# Kano et al. (1984): rows with the attribute, columns without it, from "I like it" to "I dislike it"
PUBLISHED = """Q A A A O
R I I I M
R I I I M
R I I I M
R R R R Q"""


def counted(*rows: tuple, names=None) -> KanoAnswers:
    names = names or [f"attribute {i}" for i in range(len(rows))]
    table = pd.DataFrame(rows, columns=list(CATEGORIES))
    table.insert(0, "attribute", names)
    return KanoAnswers(table, (), 0, "")


def paired(functional, dysfunctional, name="Wifi", **columns) -> pd.DataFrame:
    wide = pd.DataFrame({f"{name} (functional)": functional, f"{name} (dysfunctional)": dysfunctional})
    return long(wide, **columns)


def test_the_table_is_the_published_one():
    found = [[kano_category(f, d)[0].upper() for d in ANSWERS] for f in ANSWERS]
    assert "\n".join(" ".join(row) for row in found) == PUBLISHED


def test_every_cell_of_the_table_is_counted_where_it_belongs():
    at = [(f, d) for f in range(1, 6) for d in range(1, 6)]
    found = read_kano(paired(*zip(*at, strict=True))).counts.iloc[0]
    letters = PUBLISHED.replace("\n", " ").split(" ")
    assert {c: found[c] for c in CATEGORIES} == {c: letters.count(c[0].upper()) for c in CATEGORIES}


def test_numbers_that_run_the_other_way_are_read_when_said():
    high = paired([5, 4, 5], [1, 1, 3])
    assert read_kano(high, like="high").counts.iloc[0][["one-dimensional", "must-be", "attractive"]].tolist() == [
        1,
        1,
        1,
    ]
    wrong = kano(read_kano(high))
    assert any(check.name == "answers against having it" for check in wrong.failed)
    assert 'like="high"' in wrong.text


@pytest.mark.parametrize(
    "words",
    [
        ("I like it that way", "It must be that way", "I am neutral", "I can live with it that way", "I dislike it"),
        ("1 - I would like it", "2 - I expect it", "3 - I don't care", "4 - I can tolerate it", "5 - I do not like it"),
        ("Das würde mich freuen", "Das setze ich voraus", "Das ist mir egal", "Das nehme ich in Kauf",
         "Das würde mich sehr stören"),
        ("Me gusta", "Lo espero", "Me es indiferente", "Lo tolero", "No me gusta"),
        ("Cela me plaît", "J'y attends", "Cela m'est égal", "Je m'en accommode", "Cela me déplaît"),
    ],
)  # fmt: skip
def test_answers_in_words_are_read(words):
    at = [(f, d) for f in range(5) for d in range(5)]
    asked = paired([f + 1 for f, _ in at], [d + 1 for _, d in at])
    told = asked.assign(answer=[words[int(s) - 1] for s in asked["score"]], score=np.nan)
    pd.testing.assert_frame_equal(read_kano(told).counts, read_kano(asked).counts)


def test_an_answer_that_is_none_of_the_five_is_named():
    told = paired([1, 2], [5, 5]).assign(answer=["I like it", "purple", "I dislike it", "I dislike it"])
    with pytest.raises(DataError, match="1 answers are none of the five: 'purple'"):
        read_kano(told)
    with pytest.raises(DataError, match="no two questions are named as a pair"):
        read_kano(long(pd.DataFrame({"Wifi": [1], "Coffee": [2]})))


def test_a_pair_with_a_gap_is_left_out_and_said():
    answers = read_kano(paired([1, 2, 1], [5, np.nan, 5]))
    assert answers.n_left_out == 1
    assert "Left out for want of an answer: 1 pair." in kano(answers).text


def test_few_answers_decide_nothing_and_many_do():
    few, many = (kano(counted(tuple(k * c for c in (4, 3, 2, 1, 0, 0)))) for k in (1, 60))
    assert not few.table["decided"].item()
    assert "is not decided between attractive and one-dimensional" in few.text
    assert not few.believed and few.title == "No attribute has a category yet that is decided"
    assert many.table["decided"].item() and many.title == "Attractive: attribute 0"


def test_the_probability_of_a_category_is_that_of_dirichlet_draws():
    counts = np.array([9, 7, 5, 4, 1, 0])
    draws = np.random.default_rng(0).dirichlet(counts + 0.5, 200_000).argmax(1)
    assert most_frequent(counts) == pytest.approx(np.bincount(draws, minlength=6) / 200_000, abs=0.004)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=6, max_size=6))
def test_probabilities_sum_to_one_follow_the_counts_and_move_with_their_order(counts):
    found = most_frequent(np.array(counts))
    assert found.sum() == pytest.approx(1)
    order = np.argsort(counts, kind="stable")
    assert (np.diff(found[order]) > -1e-6).all()
    assert most_frequent(np.array(counts)[::-1]) == pytest.approx(found[::-1], abs=1e-6)


def test_intervals_of_better_and_worse_hold_the_truth():
    rng = np.random.default_rng(1)
    truth = np.array([0.25, 0.2, 0.15, 0.3, 0.06, 0.04])
    better, worse = truth[:2].sum() / truth[:4].sum(), -truth[1:3].sum() / truth[:4].sum()
    table = kano(counted(*rng.multinomial(30, truth, 1500).tolist())).table
    assert (table["better_low"].le(better) & table["better_high"].ge(better)).mean() == pytest.approx(0.9, abs=0.025)
    assert (table["worse_low"].le(worse) & table["worse_high"].ge(worse)).mean() == pytest.approx(0.9, abs=0.025)


def test_segments_are_told_apart():
    one = paired([1] * 40, [3] * 40, segment="students")
    two = paired([2] * 40, [5] * 40, segment="commuters").assign(response_id=lambda a: a["response_id"] + 100)
    found = kano(read_kano(pd.concat([one, two]), by="segment"))
    assert found.table.set_index("segment")["category"].to_dict() == {"commuters": "must-be", "students": "attractive"}
    assert found.title == "What Wifi is to customers differs between groups"
