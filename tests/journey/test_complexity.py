"""Complexity of sequences: laws, and what happens at the edges."""

from __future__ import annotations

from itertools import combinations, groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxlab.journey.complexity import (
    coded,
    complexity,
    cross_sectional_entropy,
    entropy,
    lengths,
    spells,
    transitions,
    turbulence,
)  # fmt: skip

WORDS = st.lists(st.text("ABCD", min_size=1, max_size=8), min_size=1, max_size=12)


@given(WORDS)
def test_spells_are_runs(words):
    states, durations = spells(coded(words, states="ABCD")[0])
    for word, s, d in zip(words, states, durations, strict=True):
        runs = [("ABCD".index(letter), len(list(run))) for letter, run in groupby(word)]
        assert list(zip(s[s >= 0], d[d > 0], strict=True)) == runs


@given(st.text("ABC", min_size=1, max_size=8))
def test_turbulence_counts_distinct_subsequences(word):
    """By its definition: every subsequence of the successive states written out."""
    runs = [(letter, len(list(run))) for letter, run in groupby(word)]
    states, stays = "".join(r[0] for r in runs), np.array([r[1] for r in runs], dtype=float)
    distinct = {"".join(part) for n in range(len(states) + 1) for part in combinations(states, n)}
    largest = (len(stays) - 1) * (1 - stays.mean()) ** 2
    expected = np.log2(len(distinct) * (largest + 1) / (stays.var() + 1))
    np.testing.assert_allclose(turbulence(coded([word])[0]), expected)


@given(WORDS, st.permutations("ABCD"))
def test_other_names_of_states_change_nothing(words, names):
    renamed = ["".join(names["ABCD".index(letter)] for letter in word) for word in words]
    one, other = (coded(w, states="ABCD")[0] for w in (words, renamed))
    for measure in (lambda c: entropy(c, 4), lambda c: complexity(c, 4), turbulence, transitions, lengths):
        np.testing.assert_allclose(measure(one), measure(other))
    np.testing.assert_allclose(cross_sectional_entropy(one, 4), cross_sectional_entropy(other, 4))


@given(WORDS)
def test_bounds(words):
    codes, _ = coded(words, states="ABCD")
    for measure in (entropy(codes, 4), complexity(codes, 4), cross_sectional_entropy(codes, 4)):
        assert ((measure >= 0) & (measure <= 1 + 1e-12)).all()
    assert (turbulence(codes) >= 1 - 1e-12).all()


@given(WORDS, st.data())
def test_a_weight_is_a_repetition(words, data):
    weight = data.draw(st.lists(st.integers(1, 3), min_size=len(words), max_size=len(words)))
    codes, _ = coded(words, states="ABCD")
    np.testing.assert_allclose(
        cross_sectional_entropy(codes, 4, weight=weight), cross_sectional_entropy(np.repeat(codes, weight, axis=0), 4)
    )


def test_an_empty_sequence_has_no_measure_and_a_single_contact_has_none_to_vary():
    codes, _ = coded(["", "A"], states="AB")
    assert np.isnan([entropy(codes, 2)[0], complexity(codes, 2)[0], turbulence(codes)[0]]).all()
    assert entropy(codes, 2)[1] == complexity(codes, 2)[1] == 0
    assert turbulence(codes)[1] == 1
    assert np.isnan(cross_sectional_entropy(np.full((2, 1), -1), 2)).all()


def test_a_log_with_one_touchpoint_has_no_entropy():
    assert entropy(coded(["AAA"])[0], 1).tolist() == [0]
