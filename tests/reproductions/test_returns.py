"""Returns: numbers as published."""

import numpy as np
import pytest

from cxlab.differentiation.returns.cash_flows import CashFlows, Terms
from cxlab.differentiation.returns.sensitivity import variance_shares
from cxlab.differentiation.returns.uncertain import three_points


def test_forrester_total_economic_impact():
    """SalesLoft, Forrester Consulting: three years at 10 %, money counted at the end of each."""
    costs, benefits = [[53_150, 666_715, 636_772, 647_783]], [[0, 1_606_511, 3_061_331, 4_229_760]]
    flows = CashFlows(np.array(costs, float), np.array(benefits, float), Terms(years=3, discount=0.1, timing="end"))
    assert round(flows.present_costs[0]) == 1_672_201
    assert round(flows.present_benefits[0]) == 7_168_371
    assert round(flows.npv[0]) == 5_496_170
    assert round(flows.roi[0], 2) == 3.29
    assert flows.payback()[0] < 0.5  # "less than 6 months"


@pytest.mark.parametrize(("slope", "correlation"), [((1, 1), 0), ((1, 2), 0.5), ((2, 1), -0.4), ((1, 3), 0.9)])
def test_shapley_effects_of_correlated_normal_inputs(slope, correlation):
    """Owen & Prieur (2017), two correlated normal inputs of a linear result, in closed form."""
    a, b = slope
    total = a * a + b * b + 2 * correlation * a * b
    first = a * a * (1 - correlation**2 / 2) + correlation * a * b + b * b * correlation**2 / 2
    z = np.random.default_rng(3).multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], 40_000)
    table, explained = variance_shares(z, z @ slope, {"a": [0], "b": [1]})
    found = table.set_index("input")["share"]
    assert found["a"] == pytest.approx(first / total, abs=0.01)
    assert explained > 0.999


def test_sobol_indices_of_a_product():
    """Y = A·B, independent, mean 1: first order σ²/(σ²+σ²+σ⁴) each, the rest is their interaction (Sobol 1993)."""
    x = 1 + np.random.default_rng(5).normal(size=(40_000, 2)) * [0.5, 1.0]
    table, _ = variance_shares(x, x.prod(1), {"a": [0], "b": [1]})
    found, total = table.set_index("input"), 0.25 + 1 + 0.25
    assert found.loc["a", "alone"] == pytest.approx(0.25 / total, abs=0.01)
    assert found.loc["b", "last"] == pytest.approx(1.25 / total, abs=0.015)
    assert found.loc["a", "share"] == pytest.approx(0.375 / total, abs=0.01)


def test_three_points_on_a_lognormal_are_the_lognormal():
    """Hadlock & Bickel (2017): J-QPD-S holds the lognormal, so its other quantiles come out right."""
    truth = np.exp(2 + 0.7 * np.array([-2.3263, -1.6449, -0.6745, 0, 0.6745, 1.6449, 2.3263]))
    found = three_points("x", truth[1], truth[3], truth[5], lower=0).at([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    assert np.allclose(found, truth, rtol=1e-3)
