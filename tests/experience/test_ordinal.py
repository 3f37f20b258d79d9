"""Ordered answers: what a cumulative logit model must keep, whatever the counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from cxlab.errors import DataError, ModelError
from cxlab.experience.scores.ordinal import (
    category_shares,
    counts_log_likelihood,
    cumulative_logit,
    first_and_gaps,
    first_and_gaps_back,
)

COUNTS = st.lists(st.lists(st.integers(1, 30), min_size=4, max_size=4), min_size=3, max_size=5)


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.randoms(use_true_random=False))
def test_order_of_patterns_and_empty_categories_change_nothing(counts, random):
    counts = np.array(counts, dtype=float)
    design = np.arange(len(counts), dtype=float)[:, None]
    fitted = cumulative_logit(design, counts)
    order = random.sample(range(len(counts)), len(counts))
    again = cumulative_logit(design[order], counts[order])
    with_empty = cumulative_logit(design, np.insert(counts, 2, 0, axis=1))
    for other in (again, with_empty):
        assert other.log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-6)
        assert other.coefficients == pytest.approx(fitted.coefficients, abs=1e-5)
    assert with_empty.categories == (0, 1, 3, 4)


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_the_other_way_round_turns_the_sign(counts):
    counts = np.array(counts, dtype=float)
    design = np.arange(len(counts), dtype=float)[:, None]
    fitted, turned = cumulative_logit(design, counts), cumulative_logit(design, counts[:, ::-1])
    assert turned.coefficients == pytest.approx(-fitted.coefficients, abs=1e-5)
    assert turned.thresholds == pytest.approx(-fitted.thresholds[::-1], abs=1e-5)


def test_nothing_is_more_likely_and_errors_are_the_curvature():
    rng = np.random.default_rng(3)
    design = rng.normal(size=(12, 2))
    p = category_shares(np.array([-2.0, -0.5, 0.3, 2]), design @ [0.8, -0.4])
    counts = np.array([rng.multinomial(15, q) for q in p]).astype(float)
    fitted = cumulative_logit(design, counts)

    def lost(v):
        return -counts_log_likelihood(first_and_gaps_back(v[:4]), design @ v[4:], counts).sum()

    start = np.concatenate([first_and_gaps(fitted.thresholds + 0.1), fitted.coefficients + 0.2])
    found = minimize(lost, start, method="BFGS", options={"gtol": 1e-6})
    assert -found.fun == pytest.approx(fitted.log_likelihood, abs=1e-5)
    assert found.x[4:] == pytest.approx(fitted.coefficients, abs=1e-3)

    def best(v):
        """Highest likelihood with the first coefficient held."""
        held = minimize(lambda u: lost(np.r_[u[:4], v, u[4]]), np.delete(found.x, 4), method="BFGS")
        return held.fun

    # one standard error away the profile has fallen by about a half
    se = fitted.standard_errors[4]
    fall = np.mean([best(fitted.coefficients[0] + step) for step in (-se, se)]) + fitted.log_likelihood
    assert fall == pytest.approx(0.5, abs=0.03)
    assert fitted.probabilities(design).sum(1) == pytest.approx(np.ones(12))


def test_what_cannot_be_told_is_said():
    with pytest.raises(ModelError, match="warm is not told"):
        cumulative_logit([[0], [1]], [[5, 0], [0, 5]], names=["warm"])
    with pytest.raises(ModelError, match="is not told"):
        cumulative_logit([[1, 1], [2, 2], [3, 3]], [[3, 4], [5, 3], [2, 6]])
    with pytest.raises(DataError, match="all answers are the same"):
        cumulative_logit([[0], [1]], [[0, 5], [0, 7]])
    with pytest.raises(DataError, match="do not fit"):
        cumulative_logit([[0], [1]], [[1, 2, 3]])
