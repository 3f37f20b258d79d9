"""Uncertain quantities: what is stated comes out, bounds hold, what moves together does."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from cxlab.differentiation.returns.together import sample_together
from cxlab.differentiation.returns.uncertain import as_uncertain, from_draws, from_finding, from_interval, three_points
from cxlab.errors import DataError, ParameterError
from cxlab.finding import Finding

values = st.floats(-1e6, 1e6, allow_nan=False)
PROBABILITIES = np.linspace(0.001, 0.999, 199)


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=3, max_size=3), st.sampled_from([(-np.inf, np.inf), (-1e6, np.inf), (-1e6, 1e6)]),
       st.floats(0.5, 0.98))  # fmt: skip
def test_points_are_kept_and_bounds_hold(points, bounds, level):
    low, likely, high = sorted(points)
    q = three_points("x", low, likely, high, level=level, lower=bounds[0], upper=bounds[1], draws=200)
    found = q.at([(1 - level) / 2, 0.5, (1 + level) / 2])
    assert np.allclose(found, [low, likely, high], atol=1e-6 * (high - low) + 1e-6)
    assert bounds[0] <= q.draws.min() and q.draws.max() <= bounds[1]
    assert (np.diff(q.at(PROBABILITIES)) >= -1e-9 * max(1, high - low)).all()


@pytest.mark.parametrize("likely", [9.0, 10.0, 12.0])
def test_the_mode_is_where_it_is_said_to_be(likely):
    q = three_points("x", 8, likely, 15, lower=0, reads="mode")
    p = np.linspace(0.01, 0.99, 4000)
    x = q.at(p)
    densest = ((x[1:] + x[:-1]) / 2)[np.argmin(np.diff(x))]
    assert densest == pytest.approx(likely, abs=0.15)
    assert np.allclose(q.at([0.05, 0.95]), [8, 15])


def test_a_mode_at_the_end_cannot_be():
    with pytest.raises(ParameterError, match="too near an end"):
        three_points("x", 8, 15, 15, reads="mode")


def test_a_share_stays_a_share():
    q = from_interval("kept", 0.95, 0.8, 0.99, unit="share")
    assert q.draws.min() > 0 and q.draws.max() < 1


def test_seeds_alike_do_not_tie_quantities():
    a, b = (three_points(name, 1, 2, 4) for name in "ab")
    assert abs(spearmanr(a.draws, b.draws).statistic) < 0.06


def test_margins_stay_exact_and_correlation_is_met():
    quantities = [three_points("a", 1, 2, 9, lower=0), from_draws("b", np.random.default_rng(1).gamma(2, 1, 700))]
    x = sample_together(quantities, draws=2000, correlation=[[1, -0.6], [-0.6, 1]], rng=4)
    at = (np.arange(2000) + 0.5) / 2000
    for j, q in enumerate(quantities):
        assert np.allclose(np.sort(x[:, j]), q.at(at))
    assert spearmanr(x).statistic == pytest.approx(6 / np.pi * np.arcsin(-0.3), abs=0.02)


def test_perfectly_tied_quantities_move_as_one():
    quantities = [three_points("a", 1, 2, 9), three_points("b", 0, 1, 5)]
    x = sample_together(quantities, correlation=np.ones((2, 2)))
    assert spearmanr(x).statistic > 0.9999


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]], "multiply all correlations by 0.555"),
        ([[1, 2, 0], [2, 1, 0], [0, 0, 1]], "outside −1 to 1"),
        ([[1, 0.2, 0], [0.3, 1, 0], [0, 0, 1]], "not symmetric"),
        ([[1, 0], [0, 1]], "shape"),
        ([[1, np.nan, 0], [np.nan, 1, 0], [0, 0, 1]], "missing"),
    ],
)
def test_correlations_that_cannot_be_are_named(matrix, said):
    with pytest.raises(ParameterError, match=said):
        sample_together([three_points(n, 1, 2, 3) for n in "abc"], correlation=matrix)


def test_the_advice_on_correlations_works():
    wrong = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    quantities = [three_points(n, 1, 2, 3) for n in "abc"]
    sample_together(quantities, correlation=np.where(np.eye(3), 1, 0.555 * wrong))


def test_a_row_of_a_finding_becomes_a_quantity():
    table = pd.DataFrame({"driver": ["staff", "price"], "slope": [0.3, 0.1], "slope_low": [0.2, 0.0],
                          "slope_high": [0.5, 0.2], "n": 3})  # fmt: skip
    finding = Finding("experience.demo", "", "", table, units={"slope": "share"})
    assert from_finding(finding, "slope", {"driver": "staff"}).interval() == pytest.approx((0.2, 0.5))
    for wrong in ({"row": {"driver": "room"}}, {"row": 7}, {"column": "lift"}, {"column": "n"}):
        with pytest.raises(ParameterError):
            from_finding(finding, **({"column": "slope", "row": 0} | wrong))


def test_draws_that_are_no_numbers_are_named():
    with pytest.raises(DataError, match="1 of 2"):
        from_draws("x", [1.0, np.nan])
    with pytest.raises(DataError, match="no draws"):
        from_draws("x", [])
    with pytest.raises(ParameterError, match="str"):
        as_uncertain("x", "much")


def test_weights_of_draws_count():
    q = from_draws("x", [0.0, 1.0], weights=[1, 3])
    assert q.mean == pytest.approx(0.75, abs=0.001)


def test_all_equal_draws_are_a_known_quantity():
    assert from_draws("x", [2.0] * 50).certain
