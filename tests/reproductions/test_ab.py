"""Published numbers of trials: chances, sizes, bounds of looks, and a field experiment."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, norm

import cxlab as cx
from cxlab.differentiation.trials.ab import compare_arms
from cxlab.differentiation.trials.boundaries import (
    after_stopping,
    crossing,
    group_sequential,
    peeking_error,
    spending_bounds,
)
from cxlab.differentiation.trials.clusters import alikeness
from cxlab.differentiation.trials.posteriors import tabulated
from cxlab.differentiation.trials.power import Outcome, power_of, units_needed
from cxlab.differentiation.trials.read_trial import read_trial
from tests.differentiation.trials.made import arms


def closed_form(a: int, b: int, c: int, d: int) -> float:
    """P(B > A) of A ~ Beta(a, b), B ~ Beta(c, d), c whole: Miller (2015), Formulas for Bayesian A/B testing."""
    from scipy.special import betaln

    i = np.arange(c)
    return float(np.exp(betaln(a + i, b + d) - np.log(d + i) - betaln(1 + i, d) - betaln(a, b)).sum())


def test_20_of_200_against_30_of_200():
    assert closed_form(21, 181, 31, 171) == pytest.approx(0.9333, abs=5e-5)
    found = compare_arms(read_trial(arms({"A": (20, 200), "B": (30, 200)}))).table
    assert found["p_better"].iloc[1] == pytest.approx(closed_form(21, 181, 31, 171), abs=2e-5)


@pytest.mark.parametrize("pair", [((3, 40), (9, 35)), ((0, 12), (0, 15)), ((480, 5000), (530, 5000)), ((7, 7), (1, 9))])
def test_chances_are_those_of_the_closed_form(pair):
    (x, n), (y, m) = pair
    both = tabulated([beta(1 + x, 1 + n - x), beta(1 + y, 1 + m - y)])
    assert both.p_above(1, 0) == pytest.approx(closed_form(1 + x, 1 + n - x, 1 + y, 1 + m - y), abs=5e-5)


def test_expected_losses_are_those_of_integration():
    a, b = beta(21, 181), beta(31, 171)
    known = quad(lambda x: a.pdf(x) * quad(lambda y: (x - y) * b.pdf(y), 0, x, points=[0.15])[0], 0, 0.5)[0]
    assert tabulated([a, b]).losses()[1] == pytest.approx(known, rel=1e-3)


def test_sizes_of_two_shares():
    assert units_needed(Outcome(0.10), 0.02) == 3841
    assert units_needed(Outcome(0.20), 0.10) == 294
    assert float(power_of(Outcome(0.2), 0.1, 294)) == pytest.approx(0.8, abs=2e-3)


def test_sizes_of_two_means_are_the_textbook_ones():
    # half a standard deviation, 5 % two-sided, 80 %: 63 (normal), 90 %: 85
    assert units_needed(Outcome(0, "number", 1.0), 0.5) == 63
    assert units_needed(Outcome(0, "number", 1.0), 0.5, power=0.9) == 85


def test_peeking():
    """Armitage, McPherson & Rowe (1969), table 2."""
    found = [100 * peeking_error(k) for k in (1, 2, 3, 4, 5, 10, 20)]
    assert found == pytest.approx([5.0, 8.3, 10.7, 12.6, 14.2, 19.3, 24.8], abs=0.06)


def test_bounds_of_pocock_and_of_obrien_and_fleming():
    """Jennison & Turnbull (2000), Group sequential methods, tables 2.1 and 2.3, two-sided 5 %."""
    pocock = {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413, 10: 2.555}
    assert {k: group_sequential(k, shape="pocock")[0].round(3) for k in pocock} == pytest.approx(pocock, abs=1.1e-3)
    assert group_sequential(5) == pytest.approx([4.562, 3.226, 2.634, 2.281, 2.040], abs=1e-3)
    last = {2: 1.977, 3: 2.004, 4: 2.024, 10: 2.087}
    assert {k: group_sequential(k)[-1] for k in last} == pytest.approx(last, abs=1.1e-3)


def test_bounds_of_alpha_spending():
    """Lan & DeMets' functions at five equal looks, two-sided 5 %, as tabulated with the program of Reboussin et al.
    (2000), Computations for group sequential boundaries using the Lan–DeMets spending function method."""
    even = np.arange(1, 6) / 5
    assert spending_bounds(even) == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=1.5e-3)
    assert spending_bounds(even, shape="pocock") == pytest.approx([2.438, 2.427, 2.410, 2.397, 2.386], abs=1.5e-3)


def test_crossing_is_what_simulation_gives():
    rng = np.random.default_rng(4)
    times = np.array([0.25, 0.4, 1.0])
    steps = rng.normal(np.diff([0, *times]) * 2.0, np.sqrt(np.diff([0, *times])), (200_000, 3))
    beyond = np.abs(np.cumsum(steps, 1) / np.sqrt(times)) >= [2.6, 2.4, 2.1]
    first = np.where(beyond.any(1), beyond.argmax(1), 3)
    found = [(first == k).mean() for k in range(3)]
    assert crossing([2.6, 2.4, 2.1], times, drift=2.0) == pytest.approx(found, abs=0.004)


def test_without_looks_stopping_changes_nothing():
    value, low, high = after_stopping(1.7, [1.0], [1.96], level=0.9)
    assert [value, low, high] == pytest.approx([1.7, 1.7 - norm.ppf(0.95), 1.7 + norm.ppf(0.95)], abs=1e-4)


def test_intraclass_correlation_by_hand():
    """Three sites of four: MSB 12, MSW 2, so (12 − 2)/(12 + 3 · 2) = 5/9."""
    import pandas as pd

    mean = np.array([0.0, np.sqrt(3), 2 * np.sqrt(3)])
    cells = pd.DataFrame({"arm": "all", "n": 4, "mean": mean, "var": 2 * 9 / 12})
    assert alikeness(cells).icc == pytest.approx(5 / 9)


def test_the_joke_in_the_coffee_bar():
    """Guéguen (2002): tips of 30 of 72 with the joke, 14 of 74 with the advertisement, 16 of 65 with no card."""
    trial = read_trial(cx.load("tip_joke"), per="visit")
    table = trial.moments().set_index("arm")
    assert (table["n"] * table["mean"]).round().astype(int).to_dict() == {"None": 16, "Ad": 14, "Joke": 30}
    found = compare_arms(trial).table.set_index("arm")
    assert found.loc["Joke", "p_better"] == pytest.approx(closed_form(17, 50, 31, 43), abs=5e-5)
    assert found["p_best"].idxmax() == "Joke"
