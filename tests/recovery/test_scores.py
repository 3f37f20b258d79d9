"""Intervals of scores hold the truth as often as they say, from even to extreme mixes (made by `scores.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery.scores import AVERAGES, CHANGES, MEASURES, SAME, SIZES, TABLE, recover, recovered

#: where intervals are too wide: hardly an answer differs from the rest, and shorter ones would miss truths nearby
CAUTIOUS = {
    ("NPS", "nearly all passives"), ("share satisfied", "95 %"), ("share satisfied", "99 %"),
    ("change of NPS", "80/15/5 to 90/8/2"), ("Bayesian average", "groups differ little"),
    *(("change of the same customers", mix) for mix in SAME),
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
    used = committed[(committed["method"] == "Dirichlet") & (committed["coverage"] > 0.925)]
    assert set(zip(used["measure"], used["mix"], strict=True)) <= CAUTIOUS, used.to_string()
    single = used[used["measure"] != "change of the same customers"]
    assert (single["n"] <= 30).all(), single.to_string()


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
