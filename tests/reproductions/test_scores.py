"""Published numbers of the net promoter score, of shares and of sample sizes, reproduced."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.csat import satisfaction
from cxlab.experience.scores.nps import adjusted_wald, net_promoter_score
from cxlab.experience.scores.planner import answers_needed, variance_of


# Rocks (2016), The American Statistician 70(4), and MeasuringU's worked examples of it; 95 %
@pytest.mark.parametrize(
    ("mix", "added", "value", "low", "high"),
    [
        ((50, 30, 20), 0, 30.0, 14.7, 45.3),
        ((50, 30, 20), 3, 29.1, 14.1, 44.2),
        ((15, 10, 5), 0, 33.3, 6.7, 60.0),
        ((15, 10, 5), 3, 30.3, 4.8, 55.8),
    ],
)
def test_wald_and_adjusted_wald_of_the_nps(mix, added, value, low, high):
    found = adjusted_wald(*mix, level=0.95, added=added)
    assert found["nps"] == pytest.approx(value, abs=0.05)
    assert (found["low"], found["high"]) == (pytest.approx(low, abs=0.05), pytest.approx(high, abs=0.05))


def test_standard_error_of_50_30_20():
    assert adjusted_wald(50, 30, 20, added=0)["se"] == pytest.approx(7.81, abs=0.005)


@pytest.mark.parametrize(("n", "half_width"), [(50, 21.6), (100, 15.3), (400, 7.7), (1000, 4.8)])
def test_half_widths_by_n(n, half_width):
    found = adjusted_wald(0.5 * n, 0.3 * n, 0.2 * n, level=0.95, added=0)
    assert (found["high"] - found["low"]) / 2 == pytest.approx(half_width, abs=0.05)


def test_answers_a_wave_for_a_change_of_ten_points():
    assert answers_needed(variance_of([0.2, 0.3, 0.5], [-100, 0, 100]), change=10, level=0.95) == pytest.approx(
        958, abs=1
    )


def test_the_interval_used_agrees_with_adjusted_wald_in_the_middle():
    asked = pd.DataFrame({"question": "nps", "score": [10] * 50 + [8] * 30 + [3] * 20, "scale_min": 0, "scale_max": 10})
    row = net_promoter_score(read_answers(asked), level=0.95).table.iloc[0]
    assert row["nps"] == pytest.approx(30)
    assert (row["low"], row["high"]) == (pytest.approx(14.1, abs=0.3), pytest.approx(44.2, abs=0.3))


# Brown, Cai & DasGupta (2001), Statistical Science 16(2): quantiles of Beta(x + ½, n − x + ½), 0 at x = 0
@pytest.mark.parametrize(("x", "n", "low", "high"), [(0, 10, 0.0, 0.217), (1, 10, 0.011, 0.381), (5, 10, 0.224, 0.776)])
def test_jeffreys_limits_of_a_share(x, n, low, high):
    asked = pd.DataFrame({"question": "csat", "score": [5] * x + [1] * (n - x), "scale_min": 1, "scale_max": 5})
    row = satisfaction(read_answers(asked), level=0.95).table.iloc[0]
    assert (row["low"], row["high"]) == (pytest.approx(low, abs=6e-3), pytest.approx(high, abs=6e-3))
