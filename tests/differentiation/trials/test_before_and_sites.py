"""What was known before narrows a trial; sites that are assigned whole widen it, or leave nothing to say."""

import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.trials.clusters import site_draws, site_effect
from cxlab.differentiation.trials.cuped import cuped, cuped_effect
from cxlab.differentiation.trials.read_trial import read_trial
from cxlab.errors import DataError, ModelError, ParameterError
from tests.differentiation.trials.made import arms, by_site, counted, valued


def known_before(seed, n=200, effect=1.0, share_known=1.0, slope=1.0):
    rng = np.random.default_rng(seed)
    before = rng.normal(20, 4, 2 * n)
    outcome = slope * before + rng.normal(0, 2, 2 * n) + np.repeat([0.0, effect], n)
    frame = valued({"A": outcome[:n], "B": outcome[n:]}, before=before)
    return frame.assign(before=frame["before"].where(rng.random(2 * n) < share_known))


def test_one_slope_of_known_before_is_the_regression_of_a_textbook():
    """Lin's estimator with all known: ordinary least squares with the centred covariate and its interaction."""
    frame = known_before(1)
    x = frame["before"] - frame["before"].mean()
    arm = (frame["arm"] == "B").to_numpy(float)
    design = np.column_stack([np.ones(len(frame)), arm, x, arm * x])
    beta = np.linalg.lstsq(design, frame["outcome"], rcond=None)[0]
    assert cuped(read_trial(frame)).table["difference"].iloc[0] == pytest.approx(beta[1], abs=1e-9)


@pytest.mark.parametrize("share_known", [1.0, 0.6])
def test_adjusted_differences_are_unbiased_narrower_and_cover(share_known):
    found = [cuped(counted(known_before(s, n=60, share_known=share_known), "number")).table.iloc[0] for s in range(60)]
    values, plain = np.array([r["difference"] for r in found]), np.array([r["plain"] for r in found])
    assert values.mean() == pytest.approx(1.0, abs=3.5 * values.std() / 60**0.5)
    assert values.std() < 0.85 * plain.std()
    inside = np.mean([r["low"] <= 1.0 <= r["high"] for r in found])
    assert inside == pytest.approx(0.9, abs=0.1)
    promised = np.mean([r["saved"] for r in found])
    assert 1 - values.var() / plain.var() == pytest.approx(promised, abs=0.16)


def test_counting_without_the_engine_is_counting_with_it():
    frame = known_before(3, share_known=0.7).assign(site=lambda f: np.resize(["x", "y", "z"], len(f)))
    engine, plain = read_trial(frame), counted(frame, "number")
    pd.testing.assert_frame_equal(engine.moments(), plain.moments(), check_like=True, check_dtype=False)


def test_a_measure_that_tells_nothing_costs_next_to_nothing():
    row = cuped(read_trial(known_before(5, slope=0.0))).table.iloc[0]
    assert row["saved"] == pytest.approx(0, abs=0.02) and row["saved_low"] == pytest.approx(0, abs=0.02)


def test_an_arm_measured_more_often_before_has_the_plain_difference():
    """Half of one arm was never measured, and those are other people: nobody is dropped."""
    frame = known_before(7)
    tried = frame.index[frame["arm"] == "B"]
    frame.loc[tried[:100], "before"], frame.loc[tried[:100], "outcome"] = np.nan, frame.loc[tried[:100], "outcome"] + 10
    found = cuped(read_trial(frame))
    row = found.table.iloc[0]
    assert row["difference"] == pytest.approx(row["plain"]) and row["plain"] > 4
    assert row["saved"] == 0 and "plain difference is shown" in found.text and "count as they are" not in found.text
    effect = cuped_effect(read_trial(frame))
    for checks in (found.checks, effect.checks):
        assert next(c for c in checks if c.name == "share measured before, by arm").value == "50 % against 100 %"
    assert not effect.believed and cuped_effect(read_trial(known_before(7, share_known=0.6))).believed
    frame = known_before(7)
    frame.loc[0, "before"] = np.nan
    one = cuped(read_trial(frame))
    assert one.table["saved"].iloc[0] > 0.5 and "are left out" in one.text and one.believed
    apart = known_before(2)
    apart.loc[apart["arm"] == "B", "before"] += 5
    assert not cuped_effect(read_trial(apart)).believed


@pytest.mark.parametrize("seed", range(6))
def test_what_is_saved_lies_in_its_interval(seed):
    row = cuped(counted(known_before(seed, n=25, share_known=0.5, slope=0.2), "number")).table.iloc[0]
    assert row["saved_low"] <= row["saved"] <= row["saved_high"]


def test_arms_apart_before_are_told():
    frame = known_before(2)
    frame.loc[frame["arm"] == "B", "before"] += 5
    found = cuped(read_trial(frame))
    assert "chance of arms so different before" in found.text and not found.believed


def test_an_adjusted_effect_of_which_a_few_amounts_decide_is_not_believed():
    rng = np.random.default_rng(6)
    wild, calm = ({a: rng.lognormal(0, s, 100) for a in "AB"} for s in (4, 0.2))
    before = rng.normal(20, 5, 200)
    effects = [cuped_effect(counted(valued(own, before=before), "money"), "B") for own in (wild, calm)]
    assert [e.believed for e in effects] == [False, True]


def test_without_a_measure_before_there_is_none():
    for frame in (arms({"A": (5, 20), "B": (9, 20)}), known_before(1).assign(before=7.0)):
        with pytest.raises(DataError, match="before"):
            cuped(read_trial(frame))
    with pytest.raises(ParameterError, match="'C'"):
        cuped_effect(read_trial(known_before(1)), "C")


def test_sites_that_differ_err_as_stated_where_customers_err_often():
    """No effect, sites that differ: the interval over sites errs in a tenth, the one over customers in most."""
    sites, naive = [], []
    for seed in range(40):
        row = site_effect(counted(by_site(8, spread=0.5, seed=seed), "number")).table.iloc[0]
        sites.append(row["low"] > 0 or row["high"] < 0)
        naive.append(row["naive_low"] > 0 or row["naive_high"] < 0)
    assert np.mean(sites) < 0.25
    assert np.mean(naive) > 0.45


def test_an_effect_over_many_sites_is_found():
    trial = read_trial(by_site(20, spread=0.3, effect=1.0, seed=1))
    row, effect = site_effect(trial).table.iloc[0], site_draws(trial, draws=20_000)
    assert row["low"] < 1.0 < row["high"] and row["low"] > 0 and row["p_shuffled"] < 0.01
    assert effect.interval(0.9) == pytest.approx((row["low"], row["high"]), abs=0.03)
    assert 5 < row["effective_n"] < 800 and row["icc_low"] < row["icc"] < row["icc_high"]


def test_two_sites_are_not_two_hundred_customers():
    trial = read_trial(by_site(2, spread=0.5, units=100))
    found = site_effect(trial)
    assert found.title.startswith("2 sites are not 200 customers")
    assert found.table[["low", "high", "se"]].isna().all(axis=None) and not found.believed
    assert "no interval is honest" in found.text and not found.keys
    with pytest.raises(ModelError, match="1 site against 1 site\\."):
        site_draws(trial)


def test_one_treated_site_among_many_has_what_shuffling_gives():
    frame = by_site(12, spread=0.3, effect=2.0, seed=4)
    frame["arm"] = np.where(frame["site"] == "site 1", "tried", "usual")
    row = site_effect(read_trial(frame)).table.iloc[0]
    assert row["sites"] == 1 and row["least_p"] >= 1 / 12
    few = frame[frame["site"].isin([f"site {i}" for i in range(4)])]
    assert np.isnan(site_effect(read_trial(few)).table["low"].iloc[0])


def test_with_few_sites_shuffling_is_exact():
    frame = by_site(6, spread=0.2, effect=3.0, seed=2)
    row = site_effect(read_trial(frame)).table.iloc[0]
    # 20 ways to give three of six sites; the one that was and its mirror are the farthest
    assert row["p_shuffled"] == pytest.approx(0.1) and row["least_p"] == pytest.approx(0.1)


def test_sites_with_both_arms_were_not_assigned():
    frame = by_site(4, spread=0.2).assign(arm=lambda f: np.resize(["usual", "tried"], len(f)))
    with pytest.raises(DataError, match="several arms"):
        site_effect(read_trial(frame))
    with pytest.raises(DataError, match="no sites"):
        site_effect(read_trial(frame.drop(columns="site")))


def test_three_arms_by_site_are_each_held_against_the_control():
    frame = by_site(9, spread=0.2, seed=3)
    arm = {f"site {i}": ("usual", "tried", "other")[i % 3] for i in range(9)}
    found = site_effect(read_trial(frame.assign(arm=frame["site"].map(arm))))
    assert found.table["arm"].tolist() == ["other", "tried"] and pd.notna(found.table["low"]).all()
