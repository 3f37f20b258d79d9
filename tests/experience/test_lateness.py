"""Late answers: told apart where they differ, and not where only time of the year does."""

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError, ParameterError
from cxlab.experience.scores.lateness import early_and_late
from tests.experience.test_answers import survey

START = pd.to_datetime(np.repeat(["2026-01-01", "2026-02-01"], 300))


def asked(falls, *, seed=1):
    """Two monthly mailings; the score falls by so much from the first to the last answer of each."""
    rng = np.random.default_rng(seed)
    days = rng.uniform(0, 25, 600)
    scores = np.clip(np.round(rng.normal(8.3 - falls * days / 25, 1.5)), 0, 10)
    return survey(scores, timestamp=START + pd.to_timedelta(days, unit="D"), sent=START)


def test_a_score_that_falls_with_delay_is_told():
    found = early_and_late(asked(2.0), invited="sent")
    late = found.table.iloc[2]
    assert found.table["answered"].tolist() == ["early", "middle", "late"]
    assert found.table["n"].tolist() == [200, 200, 200]
    assert late["difference_high"] < 0
    assert late["p_lower"] > 0.95
    assert "may, too" in found.title
    by_wave = early_and_late(asked(2.0), wave="month").table.iloc[2]
    assert by_wave["difference"] == pytest.approx(late["difference"], abs=10)
    found.plot()


def test_without_a_fall_it_is_seldom_told():
    told = ["may, too" in early_and_late(asked(0.0, seed=s), wave="month").title for s in range(12)]
    assert sum(told) <= 4


def test_what_is_missing_is_named():
    with pytest.raises(DataError, match="unknown column 'timestamp'"):
        early_and_late(survey([9, 8, 3]))
    with pytest.raises(DataError, match="unknown column 'posted'"):
        early_and_late(asked(0.0), invited="posted")
    with pytest.raises(ParameterError, match="unknown wave"):
        early_and_late(asked(0.0), wave="decade")
    with pytest.raises(DataError, match="no thirds"):
        early_and_late(asked(0.0).head(2))
