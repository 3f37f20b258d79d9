"""Published numbers of comparisons that were not randomised."""

import pytest

import cxlab as cx
from cxlab.differentiation.trials.did import difference_in_differences, from_means
from cxlab.differentiation.trials.discontinuity import regression_discontinuity
from cxlab.differentiation.trials.jumps import jump
from cxlab.differentiation.trials.panel import read_panel
from cxlab.differentiation.trials.placebos import synthetic_placebos
from cxlab.differentiation.trials.running import read_running
from cxlab.differentiation.trials.synthetic import synthetic_control


@pytest.fixture(scope="module")
def smoking():
    return read_panel(cx.load("smoking_law"), measured="packs")


def test_minimum_wage_and_jobs():
    """Card & Krueger (1994), American Economic Review 84(4), table 3: full-time equivalents a restaurant."""
    effect, error = from_means((20.44, 21.03), (23.33, 21.17), errors=(0.54, 1.25))
    # 2.75 from the rounded means; the paper prints 2.76, from those that are not rounded
    assert effect == pytest.approx(2.75) and effect == pytest.approx(2.76, abs=0.011)
    # published 1.36: errors of the changes of the same restaurants, not of four means apart
    assert error == pytest.approx(1.36, abs=0.005)
    apart = (0.51**2 + 0.52**2 + 1.35**2 + 0.94**2) ** 0.5
    assert apart == pytest.approx(1.80, abs=0.01)


def test_proposition_99_by_three_methods(smoking):
    """Arkhangelsky et al. (2021), American Economic Review 111(12), table 1: −27.3, −19.6 and −15.6."""
    table = synthetic_control(smoking).finding.table.set_index("method")["effect"]
    assert table["all untreated units alike"] == pytest.approx(-27.349, abs=0.001)
    assert table["mix of untreated units"] == pytest.approx(-19.51, abs=0.01)
    # −15.604 is the exact optimum; approximate solvers print −15.604 to −15.606
    assert table["mix of units and of periods"] == pytest.approx(-15.605, abs=0.002)
    assert difference_in_differences(smoking).finding.table["effect"][0] == pytest.approx(-27.349, abs=0.001)


def test_california_is_among_the_furthest_but_plain_differences_do_not_stand_out(smoking):
    assert synthetic_placebos(smoking).table.set_index("unit").loc["California", "rank"] == 3
    plain = difference_in_differences(smoking).finding
    assert not plain.believed and plain.table["effect_high"][0] > 0


def test_legal_drinking_age():
    """Carpenter & Dobkin (2009), American Economic Journal: Applied 1(1); deaths per 100,000 by month of age."""
    rows = read_running(cx.load("drinking_age"), running="age", cutoff=21, measured="deaths")
    assert jump(rows, common=True).value == pytest.approx(7.663, abs=0.001)
    assert jump(rows, order=2).value == pytest.approx(9.548, abs=0.001)
    row = regression_discontinuity(rows).finding.table.iloc[0]
    assert row["low"] > 0 and row["low"] < 9.548 < row["high"]
