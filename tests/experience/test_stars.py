"""Stars: few glowing reviews do not lead, and the Bayesian average errs less than the plain mean."""

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.stars import averaged, star_ratings


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
    assert 0.8 <= inside.mean() <= 0.98
    held = (found["average_rank_low"] <= found["average_rank"]) & (found["average_rank"] <= found["average_rank_high"])
    assert held.mean() > 0.9
    assert found["best"].sum() == pytest.approx(1)


def test_groups_that_are_alike_are_pulled_together_and_not_ranked():
    found = star_ratings(reviews([[2, 2, 4, 10, 20]] * 6)).table
    assert (found["average_high"] - found["average_low"]).max() < (found["high"] - found["low"]).min()
    assert (found["average_rank_high"] - found["average_rank_low"]).min() >= 3
    assert found["best"].max() < 0.3


@pytest.mark.parametrize("strength", [10, 80])
def test_how_much_groups_differ_is_found_again(strength):
    found = []
    for rng in map(np.random.default_rng, range(1, 6)):
        true = rng.dirichlet(strength * np.array([0.2, 0.3, 0.5]), 200)
        found.append(averaged(np.array([rng.multinomial(50, p) for p in true]), np.arange(1.0, 4))[1])
    assert 0.7 * strength < np.median(found) < 1.4 * strength


def test_one_group_has_a_mean_alone_and_a_prior_cannot_be_negative():
    one = reviews([[0, 0, 0, 5, 10]])
    assert "average" not in star_ratings(one).table
    with pytest.raises(ParameterError, match="prior"):
        star_ratings(reviews([[1, 1, 1, 1, 1]] * 2), prior=-1)
