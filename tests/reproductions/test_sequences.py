"""Numbers of state-sequence analysis as TraMineR gives them on a toy of 8 sequences of 6 states."""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.journey import alignment, complexity

TOY, STATES = complexity.coded(
    ["AABBCD", "ABBCCD", "AAABLL", "ABLLLL", "ABCCDD", "AABCLL", "ABCDDD", "AAAABL"], states="ABCDL"
)
N = len(STATES)


def as_printed(values, printed: str) -> None:
    """Every value, rounded to the digits that were printed."""
    printed = printed.split()
    assert len(values) == len(printed)
    assert [f"{v:.{len(p.partition('.')[2])}f}" for v, p in zip(values, printed, strict=True)] == printed


MEASURES = {
    "entropy": (
        lambda: complexity.entropy(TOY, N),
        "0.826165 0.826165 0.628421 0.539047 0.826165 0.826165 0.77198 0.539047",
    ),
    "turbulence": (
        lambda: complexity.turbulence(TOY), "4.485427 4.485427 3.847997 3 4.485427 4.485427 4 3"
    ),
    "complexity": (
        lambda: complexity.complexity(TOY, N),
        "0.704059 0.704059 0.501366 0.464348 0.704059 0.704059 0.680579 0.464348",
    ),
    "cross-sectional entropy": (
        lambda: complexity.cross_sectional_entropy(TOY, N),
        "0.000000 0.430677 0.820714 0.928383 0.820714 0.430677",
    ),
    "OM, indel 1, substitution 2": (lambda: alignment.distances(TOY, N)[0], "0 2 6 8 4 4 4 6"),
    "Hamming": (lambda: alignment.distances(TOY, N, method="HAM")[0], "0 2 3 5 4 3 4 4"),
    "OM, costs from transition rates": (
        lambda: alignment.distances(TOY, N, substitution="TRATE")[0],
        "0 2 5.32381 7.55714 3.5 4 4 5.32381",
    ),
    "dynamic Hamming": (
        lambda: alignment.distances(TOY, N, method="DHD")[0],
        "0 5.83333 10.66667 17.91667 11.33333 10.5 12.5 13",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURES)
def test_measure_of_the_toy(name):
    measure, printed = MEASURES[name]
    as_printed(measure(), printed)


def test_transition_rates_of_the_toy():
    rates = alignment.transition_rates(TOY, N)
    printed = {"AA": ".466667", "AB": ".533333", "BB": ".2", "BC": ".5", "BL": ".3", "CC": ".285714", "CD": ".571429",
               "CL": ".142857", "DD": "1", "LL": "1"}  # fmt: skip
    found = {a + b: rates[i, j] for i, a in enumerate(STATES) for j, b in enumerate(STATES) if rates[i, j]}
    assert found.keys() == printed.keys()
    np.testing.assert_allclose(list(found.values()), [float(printed[k]) for k in found], atol=5e-7)


def test_substitution_costs_of_the_toy():
    cost = alignment.substitution_costs(TOY, N)
    as_printed([cost[0, 1], cost[2, 3]], "1.466667 1.428571")
