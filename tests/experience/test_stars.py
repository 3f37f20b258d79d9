"""Stars: few glowing reviews do not lead, and the Bayesian average errs less than the plain mean."""

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.experience.answers import read_answers
from cxlab.experience.stars import STRONGEST, likeliest_prior, star_ratings


def reviews(counts, names=None):
    rows = [
        {"question": "stars", "scale_min": 1, "scale_max": 5, "score": star, "brand": name}
        for name, own in zip(names or range(len(counts)), counts, strict=True)
        for star, n in zip(range(1, 6), own, strict=True)
        for _ in range(n)
    ]
    return read_answers(pd.DataFrame(rows), by="brand")


def test_the_average_errs_less_than_the_mean():
    rng = np.random.default_rng(2)
    true = rng.dirichlet([1, 1, 3, 6, 9], 60)
    counts = np.array([rng.multinomial(n, p) for n, p in zip(rng.integers(3, 40, 60), true, strict=True)])
    found = star_ratings(reviews(counts, [f"b{i:02d}" for i in range(60)])).table.sort_values("brand")
    truth = true @ np.arange(1, 6)
    errors = {c: float(np.sqrt(np.mean((found[c] - truth) ** 2))) for c in ("mean", "average")}
    assert errors["average"] < 0.85 * errors["mean"]
    inside = (found["average_low"] <= truth) & (truth <= found["average_high"])
    assert 0.75 <= inside.mean() <= 1


def test_groups_that_are_alike_are_not_ranked():
    found = star_ratings(reviews([[2, 2, 4, 10, 20]] * 6))
    assert likeliest_prior(np.array([[2, 2, 4, 10, 20]] * 6, float)) == STRONGEST
    assert "too alike to be ranked" in found.text


def test_one_group_has_a_mean_alone_and_a_prior_cannot_be_negative():
    one = reviews([[0, 0, 0, 5, 10]])
    assert "average" not in star_ratings(one).table
    with pytest.raises(ParameterError, match="prior"):
        star_ratings(reviews([[1, 1, 1, 1, 1]] * 2), prior=-1)
