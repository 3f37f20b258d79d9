"""Published run lengths of control charts, and limits of a share whose level is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from cxlab.experience.monitor.control import control_chart
from cxlab.experience.monitor.level import baseline_level
from cxlab.experience.monitor.periods import read_kpi
from cxlab.experience.monitor.run_length import ewma_limit, ewma_run_length

#: Lucas & Saccucci (1990), Technometrics 32(1), as in Montgomery, Introduction to statistical quality control, table of
#: mean run lengths of EWMA charts: weight and limit of each chart, run lengths by shift in standard deviations
CHARTS = {0.4: 3.054, 0.25: 2.998, 0.2: 2.962, 0.1: 2.814, 0.05: 2.615}
LENGTHS = {
    0.0: (500, 500, 500, 500, 500),
    0.25: (224, 170, 150, 106, 84.1),
    0.5: (71.2, 48.2, 41.8, 31.3, 28.8),
    0.75: (28.4, 20.1, 18.2, 15.9, 16.4),
    1.0: (14.3, 11.1, 10.5, 10.3, 11.4),
    1.5: (5.9, 5.5, 5.5, 6.1, 7.1),
    2.0: (3.5, 3.6, 3.7, 4.4, 5.2),
    3.0: (2.0, 2.3, 2.4, 2.9, 3.5),
}


@pytest.mark.parametrize("shift", LENGTHS)
def test_run_lengths_of_the_ewma_are_those_published(shift):
    own = [ewma_run_length(weight, limit, shift=shift) for weight, limit in CHARTS.items()]
    assert own == pytest.approx(LENGTHS[shift], rel=0.004, abs=0.06)


def test_limits_for_a_wanted_run_length_are_those_published():
    assert [ewma_limit(weight, 500) for weight in CHARTS] == pytest.approx(list(CHARTS.values()), abs=0.002)
    # the three-sigma chart of single periods, and the EWMA that keeps its rate of false alarms
    assert ewma_run_length(1, 3) == pytest.approx(370.4, abs=0.05)
    assert ewma_limit(0.1, 370.4) == pytest.approx(2.703, abs=0.002)


def test_limits_of_single_weeks_are_quantiles_of_the_binomial():
    """Three-sigma limits of 15 answers of a share of 95 % end above 100 %; exact ones never signal on perfect weeks."""
    n, p, b = np.array([40] * 20_000 + [15, 60, 200]), 0.95, 20_000
    table = pd.DataFrame(
        {"period": pd.date_range("1960-01-01", periods=len(n), freq="D"), "events": (n * p).round(), "n": n}
    )
    chart = control_chart(read_kpi(table, period="day"), baseline=b, years=1, season="none")
    tail = 1 / 365.25 / 4  # half of the false alarms to single periods, half of these to either side
    for row in chart.table.iloc[b:].itertuples():
        lowest = binom.ppf(tail, row.n, p)  # smallest count that does not signal
        assert row.low * row.n == pytest.approx(lowest)
        assert row.high * row.n == pytest.approx(row.n - binom.ppf(tail, row.n, 1 - p))


#: wafers with a fault among 50 of each of 30 lots, NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.3.2
WAFERS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]


def test_spread_beyond_chance_is_laneys():
    """σz by hand: the mean moving range of standardised shares over 1.128."""
    table = pd.DataFrame(
        {"period": pd.date_range("2024-01-01", periods=31, freq="D"), "events": [*WAFERS, 12], "n": 50}
    )
    level = baseline_level(read_kpi(table, period="day"), 30, season="none")
    share = np.array(WAFERS) / 50
    mean = share.mean()
    assert mean == pytest.approx(0.2313, abs=5e-5)
    z = (share - mean) / np.sqrt(mean * (1 - mean) / 50)
    assert level.spread == pytest.approx(np.abs(np.diff(z)).mean() / 1.128, rel=2e-3)
    assert level.spreads
