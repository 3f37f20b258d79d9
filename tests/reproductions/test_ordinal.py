"""Published numbers of ordered answers: bitterness of wine."""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.experience.scores.ordinal import cumulative_logit

#: Randall (1989), The analysis of sensory data by generalised linear model, Biometrical Journal 31(7): 72 ratings of
#: bitterness, 1 to 5; rows cold and warm, each without and with contact of juice and skins
WINE = np.array([[4, 9, 5, 0, 0], [1, 7, 8, 2, 0], [0, 5, 8, 3, 2], [0, 1, 5, 7, 5]])
DESIGN = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.fixture(scope="module")
def wine():
    return cumulative_logit(DESIGN, WINE, names=["warm", "contact"])


def test_wine_is_fitted_as_published(wine):
    """Christensen, ordinal: Regression models for ordinal data (R package), clm(rating ~ temp + contact, wine)."""
    assert wine.n == 72
    assert wine.coefficients == pytest.approx([2.503, 1.528], abs=5e-4)
    assert wine.thresholds == pytest.approx([-1.344, 1.251, 3.467, 5.006], abs=5e-4)
    assert wine.standard_errors[4:] == pytest.approx([0.529, 0.477], abs=5e-4)
    assert wine.log_likelihood == pytest.approx(-86.49, abs=5e-3)


def test_answers_one_a_row_give_the_same_as_counts(wine):
    rows = np.repeat(np.arange(4), WINE.sum(1))
    answers = np.concatenate([np.repeat(np.arange(5), n) for n in WINE])
    one_by_one = cumulative_logit(DESIGN[rows], np.eye(5)[answers])
    assert one_by_one.coefficients == pytest.approx(wine.coefficients, abs=1e-6)
    assert one_by_one.log_likelihood == pytest.approx(wine.log_likelihood)
