"""Moments of truth: the slope is the one of least squares, and the touchpoint that decides is found."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.journey import read_log
from cxlab.journey.examples import small_log
from cxlab.journey.moments import moments_of_truth


def decided(customers: int = 2000, *, slope: float = 0.1):
    """Everyone meets Desk and Site; how Desk feels decides whether they buy, Site does not matter."""
    rng = np.random.default_rng(4)
    desk, site = rng.integers(-2, 3, customers), rng.integers(-2, 3, customers)
    buys = rng.random(customers) < 0.5 + slope * desk
    start = pd.Timestamp("2026-01-01")
    parts = [
        pd.DataFrame({"customer_id": np.arange(customers), "touchpoint": "Site", "emotion": site, "timestamp": start}),
        pd.DataFrame({"customer_id": np.arange(customers), "touchpoint": "Desk", "emotion": desk,
                      "timestamp": start + pd.Timedelta("1h")}),
        pd.DataFrame({"customer_id": np.arange(customers)[buys], "touchpoint": "Order", "emotion": np.nan,
                      "timestamp": start + pd.Timedelta("2h")}),
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True), desk, buys


def test_the_touchpoint_that_decides_is_found_with_its_effect():
    contacts, desk, buys = decided()
    found = moments_of_truth(read_log(ibis.memtable(contacts), goal="Order"), level=0.99)
    top = found.table.iloc[0]
    assert top.touchpoint == "Desk" and found.title == "Desk is the moment of truth"
    assert top.effect == pytest.approx(np.polyfit(desk, buys, 1)[0])
    assert top.effect_low < 0.1 < top.effect_high
    assert top.score == pytest.approx(abs(top.effect) * desk.std() * top.reach)
    assert all(check.passed for check in found.checks)


def test_where_nothing_decides_it_says_so():
    contacts, *_ = decided(300, slope=0.0)
    found = moments_of_truth(read_log(ibis.memtable(contacts), goal="Order"))
    assert not all(check.passed for check in found.checks)
    assert found.title == "No touchpoint stands out as the moment of truth"


def test_a_log_without_emotion_says_what_is_missing():
    with pytest.raises(cx.DataError, match="emotion"):
        moments_of_truth(small_log())
