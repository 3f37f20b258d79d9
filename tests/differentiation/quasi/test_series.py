"""Interrupted series and synthetic control: effects found, and what breaks them seen."""

from dataclasses import replace

import numpy as np
import pytest

from cxlab.differentiation.trials.interrupted import interrupted_series
from cxlab.differentiation.trials.mixes import mix_weights, moved_blocks
from cxlab.differentiation.trials.placebos import synthetic_donors, synthetic_placebos
from cxlab.differentiation.trials.synthetic import donors_of, synthetic_control
from cxlab.errors import DataError, ParameterError
from tests.differentiation.quasi.cases import check, months, weekly
from tests.recovery.quasi import mixed


def mean_row(found):
    return found.finding.table.set_index("quantity").loc["mean"]


def test_a_break_is_found_and_weeks_that_are_alike_are_not_taken_for_news():
    found = interrupted_series(weekly(), name="digital check-in")
    row = mean_row(found)
    assert row["low"] < 0.4 < row["high"] and row["low"] > 0
    assert found.effect.interval(0.9) == pytest.approx((row["low"], row["high"]))
    alike = mean_row(interrupted_series(weekly(3, phi=0.9), dates=0))
    assert alike["high"] - alike["low"] > 1.2 * (alike["naive_high"] - alike["naive_low"])


def test_an_event_that_met_others_too_is_told_by_them_and_taken_off_on_request():
    met = weekly(1, effect=0.0, event=0.5, others=4)
    found = interrupted_series(met, dates=0)
    assert mean_row(found)["low"] > 0 and not check(found.finding, "untreated at the same time").passed
    off = mean_row(interrupted_series(met, subtract=True, dates=0))
    assert off["low"] < 0 < off["high"]
    alone = interrupted_series(weekly(1, effect=0.0, event=0.5), dates=0)
    assert "another event at the same time would look just like this" in alone.finding.text


def test_a_series_that_breaks_by_itself_is_not_believed():
    panel = weekly(2)
    jumps = 0.6 * (np.floor(np.arange(panel.never) / 18) % 2)
    found = interrupted_series(replace(panel, mean=panel.mean + jumps))
    assert not check(found.finding, "though nothing was done").passed


def test_missing_weeks_are_left_out_and_too_few_are_refused():
    panel = weekly()
    holes = panel.n.copy()
    holes[:, [5, 6, 40]] = 0
    found = interrupted_series(replace(panel, n=holes, mean=np.where(holes > 0, panel.mean, np.nan)), dates=0)
    assert len(found.details) == panel.never - 3
    with pytest.raises(DataError, match="5 weeks before"):
        interrupted_series(weekly(before=5))
    with pytest.raises(DataError, match="never changes"):
        interrupted_series(replace(panel, mean=np.ones_like(panel.mean)))
    with pytest.raises(DataError, match="nothing to subtract"):
        interrupted_series(panel, subtract=True)
    with pytest.raises(DataError, match="began at 3 times"):
        interrupted_series(months())
    with pytest.raises(ParameterError, match="'winter'"):
        interrupted_series(panel, season="winter")


def test_shares_of_donors_are_the_best_there_are():
    rng = np.random.default_rng(0)
    donors, target = rng.normal(size=(6, 12)), rng.normal(size=12)
    weights = mix_weights(target, donors)
    gap = target - weights @ donors
    assert weights.min() >= 0 and weights.sum() == pytest.approx(1)
    slope = -donors @ gap  # of half the squared gap; on the simplex the least of it is that of every donor in the mix
    assert slope[weights > 1e-9] == pytest.approx(np.full((weights > 1e-9).sum(), slope.min()), abs=1e-8)


def test_an_effect_in_one_place_is_found_and_none_is_not():
    found = synthetic_control(mixed("one of the places", 3, effect=4.0), name="a new host")
    row = found.finding.table.iloc[0]
    assert row["effect_low"] < 4 < row["effect_high"] and row["effect_low"] > 0 and found.believed
    assert found.effect.interval(0.9) == pytest.approx((row["effect_low"], row["effect_high"]), rel=0.1)
    none = synthetic_control(mixed("one of the places", 4)).finding
    assert none.table["effect_low"][0] < 0 < none.table["effect_high"][0] and "did not leave" in none.title


def test_a_place_that_no_mix_fits_is_not_believed():
    far = synthetic_control(mixed("far from all places", 1, effect=4.0)).finding
    assert not check(far, "against that of a usual donor").passed and "Do not lean on this" in far.text


def test_placebos_rank_the_treated_and_donors_are_left_out_one_by_one():
    panel = mixed("one of the places", 3, effect=4.0)
    table = synthetic_placebos(panel).table
    assert table["unit"][0] == "place 00" and table["rank"][0] == 1 and len(table) == 25
    donors = synthetic_donors(panel).table
    assert donors["weight"].is_monotonic_decreasing and (donors["effect_without"] > 2).all()
    first = donors["donor"][0]
    again = synthetic_control(panel, leave_out=(first,)).finding.table["effect"][0]
    assert again == pytest.approx(donors["effect_without"][0])


def test_with_few_places_gaps_are_moved_in_time_and_with_none_it_is_refused():
    few = mixed("one of the places", 5, effect=3.0, donors=5)
    found = synthetic_control(few).finding
    low, high = found.table.loc[0, ["effect_low", "effect_high"]]
    assert low < 3 < high and np.isfinite([low, high]).all()
    of = donors_of(few)
    assert moved_blocks(of.target, of.donors, of.first, high + 0.2) <= 0.1
    assert not synthetic_placebos(few).believed
    with pytest.raises(DataError, match="1 untreated unit to mix"):
        synthetic_control(few.rows([0, 1]))
    with pytest.raises(DataError, match="4 months before"):
        synthetic_control(mixed("one of the places", 1, before=4))
    with pytest.raises(DataError, match="began at 3 times"):
        synthetic_control(months())
    with pytest.raises(ParameterError, match="unknown unit 'nowhere'"):
        synthetic_control(few, leave_out=("nowhere",))
