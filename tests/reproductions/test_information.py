"""Published numbers on what knowing more is worth.

Oil wildcatter: Raiffa (1968), Decision Analysis, as tabulated since: dry .5, wet .3, soaking .2; payoffs −70, 50, 200;
a seismic test at 10. A normal net benefit N(10, 20): EVPI by the unit normal loss integral.
"""

import numpy as np
import pytest

from cxlab.differentiation.roadmap.information import (
    normal_information,
    partial_information,
    perfect_information,
    sample_information,
)
from cxlab.differentiation.roadmap.trees import Tree, decide

WILDCATTER = Tree({"dry": 0.5, "wet": 0.3, "soaking": 0.2}, {"drill": (-70, 50, 200), "do not": (0, 0, 0)})
SEISMIC = {"none": (0.6, 0.3, 0.1), "open": (0.3, 0.4, 0.4), "closed": (0.1, 0.3, 0.5)}


def test_the_oil_wildcatter():
    row = decide(WILDCATTER, results=SEISMIC, cost=10).table.iloc[0]
    assert (row["expected"], row["perfect"]) == (pytest.approx(20), pytest.approx(35))
    assert row["test"] == pytest.approx(12.5) and row["expected_with"] == pytest.approx(22.5)


def test_the_oil_wildcatter_as_draws():
    worth = np.repeat([[-70, 0], [50, 0], [200, 0]], [500, 300, 200], axis=0)
    state = np.repeat([0, 1, 2], [500, 300, 200])
    result = np.concatenate([
        np.repeat([0, 1, 2], [300, 150, 50]), np.repeat([0, 1, 2], [90, 120, 90]), np.repeat([0, 1, 2], [20, 80, 100])
    ])  # fmt: skip
    assert perfect_information(worth) == pytest.approx(35)
    assert partial_information(worth, state) == pytest.approx(35, abs=0.01)
    assert partial_information(worth, result) == pytest.approx(12.5, abs=0.01)


def test_a_normal_net_benefit():
    assert normal_information(10, 20) == pytest.approx(3.956, abs=5e-4)
    draws = 10 + 20 * np.random.default_rng(0).standard_normal(200_000)
    assert perfect_information(np.stack([draws, 0 * draws], axis=1)) == pytest.approx(3.956, abs=0.06)


def test_a_survey_of_a_normal_net_benefit_is_worth_what_conjugacy_says():
    # prior N(10, 20), 4 observations of sd 30: the posterior mean is N(10, 20·√(400/(400 + 225)) = 16)
    draws = 10 + 20 * np.random.default_rng(0).standard_normal(50_000)
    worth = np.stack([draws, 0 * draws], axis=1)
    assert sample_information(worth, draws, sd=30, n=4) == pytest.approx(normal_information(10, 16), abs=0.12)
