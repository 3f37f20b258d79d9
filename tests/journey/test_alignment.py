"""Distances between sequences: laws of a metric, a plain second implementation, and costs that make no sense."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.journey import alignment
from cxlab.journey.alignment import distances, substitution_costs, transition_rates
from cxlab.journey.complexity import coded

WORDS = st.lists(st.text("ABCD", max_size=7), min_size=2, max_size=9, unique=True)
SAME_LENGTH = st.lists(st.text("ABCD", min_size=5, max_size=5), min_size=2, max_size=9, unique=True)
#: costs with which optimal matching is a metric: a metric themselves
COST = np.array([[0, 1, 1.5, 2], [1, 0, 1, 1.5], [1.5, 1, 0, 1], [2, 1.5, 1, 0]])


def plain(a: str, b: str, cost: np.ndarray, indel: float) -> float:
    """Optimal matching cell by cell."""
    table = np.add.outer(np.arange(len(a) + 1), np.arange(len(b) + 1)) * indel
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            changed = table[i - 1, j - 1] + cost["ABCD".index(x), "ABCD".index(y)]
            table[i, j] = min(changed, table[i - 1, j] + indel, table[i, j - 1] + indel)
    return table[-1, -1]


@given(WORDS, st.sampled_from([0.5, 1.0, 3.0]))
def test_optimal_matching_is_what_it_is_cell_by_cell(words, indel):
    codes, _ = coded(words, states="ABCD")
    found = distances(codes, 4, substitution=COST, indel=indel)
    expected = [[plain(a, b, COST, indel) for b in words] for a in words]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_blocks_of_sequences_make_no_difference(monkeypatch):
    rng = np.random.default_rng(1)
    codes = np.unique(rng.integers(0, 3, (60, 6)), axis=0)
    whole = distances(codes, 3)
    monkeypatch.setattr(alignment, "_BLOCK", 7)
    np.testing.assert_array_equal(distances(codes, 3), whole)


@given(WORDS, st.booleans())
def test_optimal_matching_is_a_metric(words, normalised):
    codes, _ = coded(words, states="ABCD")
    d = distances(codes, 4, substitution=COST, normalised=normalised)
    np.testing.assert_array_equal(d, d.T)
    assert (np.diag(d) == 0).all()
    assert (d + np.eye(len(d)) > 0).all()
    assert (d[:, None, :] <= d[:, :, None] + d[None, :, :] + 1e-5).all()
    if normalised:
        assert d.max() <= 1


@given(SAME_LENGTH, st.sampled_from(["HAM", "DHD"]))
def test_hamming_distances_are_symmetric_and_zero_on_themselves(words, method):
    d = distances(coded(words, states="ABCD")[0], 4, method=method)
    np.testing.assert_allclose(d, d.T)
    assert (np.diag(d) == 0).all()
    assert (d >= 0).all()


@given(WORDS, st.permutations("ABCD"), st.sampled_from(["OM", "LCS"]), st.sampled_from([2.0, "TRATE"]))
def test_other_names_of_states_change_nothing(words, names, method, substitution):
    renamed = ["".join(names["ABCD".index(letter)] for letter in word) for word in words]
    one, other = (
        distances(coded(w, states="ABCD")[0], 4, method=method, substitution=substitution) for w in (words, renamed)
    )
    np.testing.assert_allclose(one, other, atol=1e-5)


@given(WORDS, st.data())
def test_a_weight_is_a_repetition(words, data):
    weight = data.draw(st.lists(st.integers(1, 3), min_size=len(words), max_size=len(words)))
    codes, _ = coded(words, states="ABCD")
    repeated = np.repeat(codes, weight, axis=0)
    for by_position in (False, True):
        np.testing.assert_allclose(
            substitution_costs(codes, 4, weight=weight, by_position=by_position),
            substitution_costs(repeated, 4, by_position=by_position),
        )


@given(WORDS)
def test_transition_rates_sum_to_one_or_to_nothing(words):
    rows = transition_rates(coded(words, states="ABCD")[0], 4).sum(1)
    assert (np.isclose(rows, 1) | (rows == 0)).all()


@given(WORDS)
@settings(max_examples=30)
def test_longest_common_subsequence(words):
    """Two lengths less twice the longest common subsequence, found by listing all of the shorter one's."""
    codes, _ = coded(words, states="ABCD")
    d = distances(codes, 4, method="LCS")
    parts = [{"".join(c for k, c in enumerate(w) if i >> k & 1) for i in range(2 ** len(w))} for w in words]
    for i, a in enumerate(words):
        for j, b in enumerate(words):
            assert d[i, j] == len(a) + len(b) - 2 * max(map(len, parts[i] & parts[j]))


def test_costs_and_lengths_that_make_no_sense_are_named():
    codes, _ = coded(["AB", "A"])
    with pytest.raises(ParameterError, match="HAM compares sequences of one length; these have 1 to 2 states"):
        distances(codes, 2, method="HAM")
    with pytest.raises(ParameterError, match="unknown method 'DTW'"):
        distances(codes, 2, method="DTW")
    with pytest.raises(ParameterError, match="not symmetric"):
        distances(codes, 2, substitution=np.array([[0, 1], [2, 0]]))
    with pytest.raises(ParameterError, match="indel = 0"):
        distances(codes, 2, indel=0)
    with pytest.raises(ParameterError, match="expected: shape"):
        distances(codes, 2, substitution=np.zeros((3, 3)))


@given(SAME_LENGTH, st.sampled_from(["OM", "LCS", "HAM", "DHD"]), st.booleans())
def test_distances_to_some_are_columns_of_those_to_all(words, method, normalised):
    codes, _ = coded(words, states="ABCD")
    options = {"method": method, "normalised": normalised}
    np.testing.assert_allclose(
        distances(codes, 4, to=codes[[1, 0]], **options), distances(codes, 4, **options)[:, [1, 0]]
    )
