"""Intervals of scores hold the truth as often as they say, from even to extreme mixes (made by `scores.py`)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from cxlab.experience.scores.bounded import mean_interval
from tests.recovery.scores import (
    AVERAGES,
    CHANGES,
    MEASURES,
    SAME,
    SIZES,
    TABLE,
    chances,
    near,
    outcomes,
    recover,
    recovered,
)

#: where intervals are too wide, and how often they hold at most: hardly an answer differs from the rest, and shorter
#: ones would miss truths nearby
CAUTIOUS = {
    ("NPS", "nearly all passives", 15): 0.985, ("NPS", "nearly all passives", 30): 0.94,
    ("share satisfied", "95 %", 15): 0.95, ("share satisfied", "99 %", 15): 0.95, ("share satisfied", "99 %", 30): 0.95,
    ("change of NPS", "80/15/5 to 90/8/2", 15): 0.94, ("Bayesian average", "groups differ little", 15): 0.95,
    ("change of the same customers", "some move", 15): 0.97,
    **{("change of the same customers", "hardly any moves", n): most for n, most in ((15, 1), (30, 1), (100, 0.97))},
}  # fmt: skip


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(TABLE)


def test_the_committed_table_is_of_every_measure_mix_and_size(committed):
    used = committed[committed["method"] == "Dirichlet"]
    mixes = {(m, mix) for m, (_, named, _) in MEASURES.items() for mix in named}
    mixes |= {("change of NPS", m) for m in CHANGES} | {("change of the same customers", m) for m in SAME}
    mixes |= {("Bayesian average", m) for m in AVERAGES}
    assert set(zip(used["measure"], used["mix"], strict=True)) == mixes
    assert (used.groupby(["measure", "mix"])["n"].agg(set) == set(SIZES)).all()


def test_no_interval_used_holds_the_truth_more_than_two_and_a_half_points_too_seldom(committed):
    used = committed[committed["method"] == "Dirichlet"]
    # draws have an error of their own: of some rows half a point
    assert (used["coverage"] >= 0.875 - 0.005 * (used["measured"] != "exactly")).all(), used.to_string()


def test_intervals_are_too_wide_only_where_answers_hardly_differ(committed):
    used = committed[committed["method"] == "Dirichlet"].set_index(["measure", "mix", "n"])["coverage"]
    most = pd.Series({key: CAUTIOUS.get(key, 0.925) for key in used.index})
    assert (used <= most).all(), used[used > most].to_string()


@pytest.mark.parametrize(("n", "mix"), [(15, "95 %"), (15, "99 %"), (30, "99 %")])
def test_where_the_interval_of_a_share_is_cautious_usual_ones_are_longer(n, mix):
    values, named, within = MEASURES["share satisfied"]
    counts = outcomes(n, 2)
    truths = near(np.array(named[mix]), within, 100, np.random.default_rng(1))
    chance = np.mean([chances(counts, p) for p in truths], axis=0)
    low, high = mean_interval(values, counts)
    for method, longer in (("wilson", 1.1), ("exact", 1.25)):
        ends = [binomtest(int(k), n).proportion_ci(0.9, method=method) for k in counts[:, 1]]
        assert chance @ [e.high - e.low for e in ends] > longer * (chance @ (high - low))


def test_adjusted_wald_does_not_hold_where_the_interval_used_does(committed):
    nps = committed[(committed["measure"] == "NPS") & committed["n"].isin([15, 30])]
    worst = nps.assign(off=(nps["coverage"] - 0.9).abs()).groupby(["method", "mix"])["off"].max().unstack(0)
    worse = worst[worst["adjusted Wald"] > 0.025]
    assert len(worse) >= 4
    assert (worse["Dirichlet"] < worse["adjusted Wald"]).all()


def test_coverage_of_the_nps_at_fifteen_is_what_is_committed(committed):
    mixes = ("50/30/20", "90/8/2", "99/1/0")
    rows = pd.DataFrame(recover("NPS", 15, mixes=mixes))
    before = committed[(committed["method"] == "Dirichlet") & (committed["n"] == 15)]
    before = before[before["measure"] == "NPS"].set_index("mix")
    assert rows.set_index("mix")["at_the_mix"].to_dict() == pytest.approx(
        before["at_the_mix"][list(mixes)].to_dict(), abs=1e-3
    )
    assert rows.set_index("mix")["coverage"].to_dict() == pytest.approx(
        before["coverage"][list(mixes)].to_dict(), abs=0.01
    )


@pytest.mark.slow
def test_coverage_is_what_is_committed(committed):
    found, keys = recovered(), ["measure", "method", "mix", "n"]
    both = found.merge(committed, on=keys, suffixes=("", "_committed"))
    assert len(both) == len(committed)
    assert (both["coverage"] - both["coverage_committed"]).abs().max() < 0.02
