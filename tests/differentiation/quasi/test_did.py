"""Difference in differences and event study: effects found, few places not taken for many, broken trends seen."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.trials.contrasts import contrasts, per_treated, two_way
from cxlab.differentiation.trials.did import difference_in_differences, from_means
from cxlab.differentiation.trials.event_study import event_study, parallel_trends
from cxlab.differentiation.trials.panel import panel_of, read_panel
from cxlab.differentiation.trials.parallel import drift
from cxlab.differentiation.trials.shuffling import shuffle
from cxlab.errors import DataError, ModelError, ParameterError
from tests.differentiation.quasi.cases import MONTHS, check, months, rows, true_mean


def test_the_effect_is_found_with_an_interval_and_its_draws_say_the_same():
    found = difference_in_differences(months(starts=(12,), each=10, never=10), name="staff training")
    row = found.finding.table.iloc[0]
    assert abs(row["effect"] - 1) < 3.5 * row["se"] < 0.4
    assert found.effect.interval(0.9) == pytest.approx((row["effect_low"], row["effect_high"]), abs=0.02)
    assert found.believed and found.effect.simulated and found.finding.text.startswith("Simulated data: ")
    assert "raised satisfaction by" in found.finding.title and found.effect.checks == found.finding.checks


def test_groups_that_begin_at_different_times_are_never_compared_with_treated_ones():
    growing = months(1, growth=0.5)
    row = difference_in_differences(growing).finding.table.iloc[0]
    truth = true_mean(effect=1.0, growth=0.5)
    assert abs(row["effect"] - truth) < 3.5 * row["se"] < 0.5
    assert row["two_way"] < truth - 1  # the regression takes growth of the early for a trend of all
    assert row["backwards"] > 0.1
    assert len(difference_in_differences(growing).finding.table) == 4


def test_with_one_start_the_regression_on_units_and_periods_is_the_same():
    panel = months(starts=(12,))
    cells = contrasts(panel)
    assert two_way(panel)[0] == pytest.approx(per_treated(cells, cells.since >= 0) @ cells.effect)


@settings(max_examples=8, deadline=None)
@given(st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 1000))
def test_what_all_share_and_what_units_differ_in_changes_nothing(shift, wave, seed):
    panel = months(seed, starts=(8, 13))
    rng = np.random.default_rng(seed)
    moved = replace(panel, mean=panel.mean + shift + wave * np.cos(np.arange(24)) + rng.normal(size=(len(panel), 1)))
    one, two = (difference_in_differences(p).finding.table for p in (panel, moved))
    assert np.allclose(one[["effect", "se"]], two[["effect", "se"]], atol=1e-9)


def test_two_places_are_two_however_many_customers_they_have():
    rng = np.random.default_rng(5)
    mean = {name: 5 + rng.normal(0, 0.4, 24) for name in "abcd"}
    parts = [pd.DataFrame({"unit_id": name, "timestamp": np.repeat(MONTHS, 200),
                           "outcome": np.repeat(values, 200) + rng.normal(0, 1, 4800),
                           "treated_from": MONTHS[12] if name in "ab" else pd.NaT})
             for name, values in mean.items()]  # fmt: skip
    found = difference_in_differences(read_panel(pd.concat(parts), period="month"))
    row = found.finding.table.iloc[0]
    assert row["effect_high"] - row["effect_low"] > 3 * (row["naive_high"] - row["naive_low"])
    assert row["p_shuffled"] >= 2 / 6 - 1e-9 and np.isinf(row["shuffled_high"])
    assert "cannot give an interval by shuffling" in found.finding.text
    assert "times as narrow" in found.finding.text


def test_means_of_answers_claim_no_more_than_the_answers_themselves():
    rng = np.random.default_rng(6)
    answers = pd.DataFrame({"unit_id": np.repeat(list("abcdef"), 720), "outcome": rng.normal(5, 1, 6 * 720),
                            "timestamp": np.tile(np.repeat(MONTHS, 30), 6)})  # fmt: skip
    answers["treated_from"] = answers["unit_id"].map(dict.fromkeys("ab", MONTHS[12]))
    means = answers.groupby(["unit_id", "timestamp", "treated_from"], dropna=False, as_index=False)["outcome"].mean()
    ways = (read_panel(answers, period="month"), read_panel(means.assign(n=30), period="month", weight="n"))
    wide = [difference_in_differences(panel).finding.table.eval("naive_high - naive_low")[0] for panel in ways]
    assert wide[1] == pytest.approx(wide[0], rel=0.15)


def test_shuffling_is_exact_for_few_and_its_interval_holds_what_is_not_refused():
    rng = np.random.default_rng(1)
    one, other = rng.normal(2, 1, 5), rng.normal(0, 1, 7)
    found = shuffle(one, other)
    assert found.exact and found.ways == 792 and found.low < one.mean() - other.mean() < found.high
    assert shuffle(one - found.high - 0.05, other).p_value <= 0.1 < shuffle(one - found.high + 0.05, other).p_value


def test_a_drift_apart_before_takes_belief_away():
    straight, leaning = (difference_in_differences(months(starts=(12,), each=10, never=10, drift=d)).finding
                         for d in (0.0, 0.15))  # fmt: skip
    assert straight.believed
    assert not check(leaning, "such a drift apart before").passed
    assert "Do not lean on this" in leaning.text and leaning.table["effect"][0] > 2


def test_a_look_back_that_could_see_nothing_says_so():
    loud = months(starts=(3,), each=4, never=4, effect=0.3, noise=1.0)
    found = difference_in_differences(loud).finding
    blind = check(found, "feigns the whole effect")
    assert not blind.passed and "no drift was seen says little" in blind.sentence
    before = drift(loud)
    assert before.power(before.seen, level=0.9) == pytest.approx(0.8, abs=0.03)


def test_one_period_before_cannot_tell_of_trends():
    frame = rows(treated_from=np.repeat([pd.Timestamp("2026-01-12")] * 2 + [pd.NaT] * 2, 6))
    found = difference_in_differences(read_panel(frame)).finding
    assert not check(found, "weeks before treatment").passed


def test_nobody_to_compare_with_is_said():
    with pytest.raises(DataError, match="no unit is untreated"):
        difference_in_differences(read_panel(rows(treated_from=pd.Timestamp("2026-01-26"))))
    with pytest.raises(ModelError, match="one unit is compared with one"):
        difference_in_differences(read_panel(rows()[lambda t: t["unit_id"].isin(["a", "c"])]))
    with pytest.raises(ParameterError, match="level = 2"):
        difference_in_differences(read_panel(rows()), level=2)


def test_the_last_periods_of_groups_all_treated_are_left_out():
    found = difference_in_differences(months(never=0, starts=(8, 13, 18))).finding
    truth = np.mean([1.0])
    assert found.table["effect"][0] == pytest.approx(truth, abs=0.25)
    assert check(found, "nobody left").passed


def test_four_means_give_the_difference_and_its_error():
    assert from_means((1, 2), (1, 1.5))[0] == pytest.approx(0.5)
    assert np.isnan(from_means((1, 2), (1, 1.5))[1])


def test_effects_by_time_are_those_that_were_made_and_hold_zero_before():
    panel = months(growth=0.5, each=10, never=15)
    found = event_study(panel, every=1)
    table = found.finding.table.set_index("since")
    assert (table.loc[table.index < 0, "band_low"] < 0).all()
    for since in (0, 4, 9):
        assert abs(table.loc[since, "effect"] - 1 - 0.5 * since) < 3.5 * table.loc[since, "se"] < 0.6
    assert (table["band_high"] - table["band_low"] > table["high"] - table["low"]).all()


def test_the_band_holds_all_times_at_once_as_often_as_it_says():
    inside, places = [], [months(seed, starts=(12,), each=6, never=6, effect=0.0) for seed in range(60)]
    for seed in range(60):
        table = event_study(places[seed], rng=seed).finding.table
        inside.append(((table["band_low"] < 0) & (table["band_high"] > 0)).all())
    assert 0.8 <= np.mean(inside) <= 0.98


def test_weeks_are_taken_together_until_they_can_be_seen():
    rng = np.random.default_rng(0)
    weeks = pd.date_range("2023-01-02", periods=104, freq="7D")
    wide = pd.DataFrame(rng.normal(size=(10, 104)), index=list("abcdefghij"), columns=weeks)
    wide.loc[["a", "b", "c"], weeks[60:]] += 1
    panel = panel_of(wide, start=dict.fromkeys("abc", weeks[60]), period="week")
    table = event_study(panel).finding.table
    assert table["periods"].unique().tolist() == [4] and (table["since"] % 4 == 0).all()
    assert event_study(panel, every=13).finding.table["periods"].unique().tolist() == [13]


def test_how_crooked_trends_may_be_before_the_sign_is_open():
    strong, weak = (parallel_trends(months(starts=(12,), each=10, never=10, effect=e)) for e in (6.0, 0.3))
    assert strong.believed and not weak.believed
    table = strong.table
    assert table["low"].is_monotonic_decreasing and table["high"].is_monotonic_increasing
    assert (table["low"] <= table["least"]).all() and "It stays a rise" in strong.text
    with pytest.raises(DataError, match="before treatment only"):
        parallel_trends(read_panel(rows(treated_from=np.repeat([pd.Timestamp("2026-01-12")] * 2 + [pd.NaT] * 2, 6))))
