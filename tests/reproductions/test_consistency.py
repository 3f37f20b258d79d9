"""Published variance components, intraclass correlations and reliabilities."""

from __future__ import annotations

import numpy as np
import pytest

import cxlab as cx
from cxlab.experience.scores.coefficients import alpha, item_rest
from cxlab.experience.scores.variances import Cells, variance_components
from cxlab.experience.scores.visits import components_of, read_visits
from tests.reproductions.drivers_data import ATTITUDE

#: Davies & Goldsmith (1972), Statistical Methods in Research and Production, table 6.1: yield (grams) of dyestuff from
#: six batches of intermediate product, five preparations each
DYESTUFF = np.array([
    [1545, 1440, 1440, 1520, 1580], [1540, 1555, 1490, 1560, 1495], [1595, 1550, 1605, 1510, 1560],
    [1445, 1440, 1595, 1465, 1545], [1595, 1630, 1515, 1635, 1625], [1520, 1455, 1450, 1480, 1445],
])  # fmt: skip
#: Shrout & Fleiss (1979), Intraclass correlations, Psychological Bulletin 86(2), table 2: six targets, four judges
RATINGS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def one_way(table) -> Cells:
    groups, each = table.shape
    return Cells(np.zeros(groups, int), np.arange(groups), np.full(groups, float(each)), table.sum(1).astype(float),
                 float((table.astype(float) ** 2).sum()))  # fmt: skip


def test_dyestuff_as_lme4_gives_it():
    """Bates, Mächler, Bolker & Walker, lme4, lmer(Yield ~ 1 + (1 | Batch), Dyestuff)."""
    found = variance_components(one_way(DYESTUFF), customers=False)
    assert found.staff == pytest.approx(1764, abs=1) and found.rest == pytest.approx(2451, abs=1)
    assert found.criterion == pytest.approx(319.6543, abs=1e-4)


def test_one_way_intraclass_correlation_of_shrout_and_fleiss():
    """ICC(1,1) = .17; its 95 % interval, −.13 to .72, is cut off at 0 here."""
    found = variance_components(one_way(RATINGS), customers=False)
    assert found.staff / (found.staff + found.rest) == pytest.approx(0.17, abs=0.005)
    low, high = found.interval(1, level=0.95)
    assert low == 0 and high == pytest.approx(0.72, abs=0.005)


def test_crossed_intraclass_correlation_of_shrout_and_fleiss():
    """ICC(2,1) = .29, with targets and judges both random."""
    target, judge = (codes.ravel() for codes in np.indices(RATINGS.shape))
    y = RATINGS.ravel().astype(float)
    found = variance_components(Cells(judge, target, np.ones(24), y, float(y @ y)))
    assert found.staff / (found.staff + found.customers + found.rest) == pytest.approx(0.29, abs=0.005)


def test_alpha_of_attitude():
    """Revelle, psych, alpha(attitude)."""
    S = np.cov(ATTITUDE.to_numpy(float).T)
    without = [alpha(np.delete(np.delete(S, i, 0), i, 1)) for i in range(7)]
    assert alpha(S) == pytest.approx(0.84, abs=0.005)
    assert without == pytest.approx([0.81, 0.80, 0.83, 0.80, 0.80, 0.86, 0.84], abs=0.006)
    assert item_rest(S) == pytest.approx([0.67, 0.74, 0.56, 0.71, 0.79, 0.27, 0.46], abs=0.006)


@pytest.mark.slow
def test_lecture_ratings_come_near_the_published_larger_model():
    """Bates, MixedModels.jl, y ~ 1 + service + (1|s) + (1|d) + (1|dept) by maximum likelihood: students 0.10597,
    lecturers 0.26520 beside departments 0.00617, rest 1.38649, −2 log likelihood 237,721.77; here without service and
    departments, so lecturers hold what departments did and the likelihood is lower."""
    visits = read_visits(cx.load("lecture_ratings"))
    assert (visits.n, visits.customers, len(visits.staff)) == (73_421, 2972, 1128)
    found = components_of(visits)
    assert found.customers == pytest.approx(0.106, abs=0.001)
    assert found.staff == pytest.approx(0.2652 + 0.0062, abs=0.004)
    assert found.rest == pytest.approx(1.3865, abs=0.001)
    assert 237_721.77 < found.criterion < 237_721.77 + 100
    low, high = found.interval(1)
    assert 0.13 < low < found.staff / (found.customers + found.staff + found.rest) < high < 0.18
