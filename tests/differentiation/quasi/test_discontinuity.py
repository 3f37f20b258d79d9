"""Regression discontinuity: the jump found whatever the curve, rows moved across seen, and half stars."""

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.trials.bandwidths import cutoff_bandwidths, cutoff_placebos
from cxlab.differentiation.trials.density import cutoff_density, density_jump
from cxlab.differentiation.trials.discontinuity import regression_discontinuity
from cxlab.differentiation.trials.jumps import jump
from cxlab.differentiation.trials.running import read_running
from cxlab.errors import DataError, ModelError, ParameterError
from tests.differentiation.quasi.cases import check
from tests.recovery.quasi import cutoff

HALF_STARS = (3.25, 3.75, 4.25, 4.75)


def shown_stars(seed: int = 0, *, worth: float = 0.1, size: int = 4000, pushed: float = 0.0) -> pd.DataFrame:
    """Places with a mean rating that is shown rounded to half stars, and the share of tables sold out."""
    rng = np.random.default_rng(seed)
    rating = rng.uniform(3.0, 5.0, size)
    if pushed:
        for limit in HALF_STARS:
            near = (rating < limit) & (rating > limit - 0.05) & (rng.random(size) < pushed)
            rating = np.where(near, 2 * limit - rating, rating)
    shown = np.floor(rating * 2 + 0.5) / 2
    sold = 0.3 + 0.05 * (rating - 4) + worth * (shown - 4) / 0.5 + rng.normal(0, 0.1, size)
    before = 0.3 + 0.05 * (rating - 4) + rng.normal(0, 0.1, size)
    return pd.DataFrame({"rating": rating, "outcome": sold, "before": before})


def stars(**made):
    return read_running(shown_stars(**made), running="rating", cutoff=HALF_STARS, covariates=("before",),
                        measured="share sold out")  # fmt: skip


def test_half_a_star_more_is_found_at_the_rounding():
    found = regression_discontinuity(stars(), name="one more half star")
    row = found.finding.table.iloc[0]
    assert row["low"] < 0.1 < row["high"] and row["low"] > 0 and found.believed
    assert found.effect.interval(0.9) == pytest.approx((row["low"], row["high"]), abs=0.003)
    assert cutoff_density(stars()).believed and cutoff_placebos(stars()).believed
    assert cutoff_bandwidths(stars()).believed


def test_places_that_push_their_rating_across_are_seen():
    pushed = stars(pushed=0.7)
    found = regression_discontinuity(pushed).finding
    assert not check(found, "so uneven a number of rows").passed and "Do not lean on this" in found.text
    assert cutoff_density(pushed).title.startswith("Rows crowd just beyond")


def test_a_measure_settled_before_must_not_jump():
    frame = shown_stars()
    frame["before"] += 0.1 * (np.floor(frame["rating"] * 2 + 0.5) / 2)
    found = regression_discontinuity(read_running(frame, running="rating", cutoff=HALF_STARS, covariates=("before",)))
    assert not check(found.finding, "settled before").passed


def test_an_outcome_that_jumps_everywhere_is_not_believed():
    frame = shown_stars(worth=0.0)
    frame["outcome"] += 0.15 * (np.floor(frame["rating"] * 20) % 2)
    found = regression_discontinuity(read_running(frame, running="rating", cutoff=4.0))
    assert not found.believed


def test_a_curve_is_not_taken_for_a_jump():
    held = []
    for seed in range(20):
        rows = cutoff("steeply bent, 1,000 rows", seed)
        row = regression_discontinuity(rows).finding.table.iloc[0]
        held.append(row["low"] < -3.45 < row["high"])
    assert np.mean(held) >= 0.7
    straight = jump(cutoff("steeply bent, 1,000 rows", 0))
    assert not straight.ends(0.9)[0] < -3.45 < straight.ends(0.9)[1]


def test_who_was_treated_may_be_decided_by_more_than_the_cutoff():
    rng = np.random.default_rng(4)
    points = rng.uniform(0, 200, 4000).round(1)
    tier = rng.random(4000) < np.where(points >= 100, 0.8, 0.2)
    frame = pd.DataFrame(
        {"points": points, "tier": tier, "outcome": 20 + points / 50 + 5 * tier + rng.normal(0, 2, 4000)}
    )
    found = regression_discontinuity(read_running(frame, running="points", cutoff=100, received="tier"))
    row = found.finding.table.iloc[0]
    assert row["way"] == "of those who received it" and row["low"] < 5 < row["high"] and row["low"] > 2
    frame["tier"] = rng.random(4000) < 0.5
    weak = regression_discontinuity(read_running(frame, running="points", cutoff=100, received="tier")).finding
    assert not check(weak, "strength").passed


def test_rows_below_the_cutoff_may_be_the_treated_and_an_engine_gives_the_same():
    frame = shown_stars()
    one = read_running(frame, running="rating", cutoff=4.25)
    other = read_running(ibis.memtable(frame), running="rating", cutoff=4.25, above=False)
    assert jump(one, bandwidth=0.3).value == pytest.approx(-jump(other, bandwidth=0.3).value, abs=1e-6)


def test_rows_of_one_value_taken_together_are_the_rows_themselves():
    frame = shown_stars(size=3000).assign(rating=lambda t: t["rating"].round(2))
    rows = read_running(frame, running="rating", cutoff=4.25)
    assert len(rows.x) < 210 and rows.n.sum() == 3000
    by_row = np.argsort(frame["rating"].to_numpy(), kind="stable")
    x, y = frame["rating"].to_numpy()[by_row] - 4.25, frame["outcome"].to_numpy()[by_row]
    weight = np.sqrt(np.maximum(1 - np.abs(x) / 0.3, 0))
    above = (x > -1e-9).astype(float)
    design = np.column_stack([above, np.ones(3000), x, above * x])
    by_hand = np.linalg.lstsq(design * weight[:, None], y * weight, rcond=None)[0][0]
    assert jump(rows, bandwidth=0.3).value == pytest.approx(by_hand)


def test_what_cannot_be_compared_is_said():
    frame = shown_stars(size=200)
    for change, options, words in (
        (frame, {"running": "stars", "cutoff": 4}, "no column 'stars'"),
        (frame, {"running": "rating", "cutoff": 7}, "0 values of rating lie at and above"),
        (frame.assign(outcome=1.0), {"running": "rating", "cutoff": 4}, "never changes"),
        (frame.assign(rating="good"), {"running": "rating", "cutoff": 4}, "not numbers"),
    ):
        with pytest.raises(DataError, match=words):
            read_running(change, **options)
    with pytest.raises(ParameterError, match="cutoff = nan"):
        read_running(frame, running="rating", cutoff=float("nan"))
    rows = read_running(frame, running="rating", cutoff=4)
    with pytest.raises(ParameterError, match="bandwidth = -1"):
        regression_discontinuity(rows, bandwidth=-1)
    with pytest.raises(ModelError, match="on one side within"):
        regression_discontinuity(rows, bandwidth=0.001)
    with pytest.raises(ModelError, match="too few values"):
        cutoff_density(rows.rows(np.abs(rows.x) < 0.02))


def test_even_rows_are_seldom_said_to_be_uneven():
    wrong = [density_jump(cutoff("gently bent, 1,000 rows", seed)).p_value < 0.05 for seed in range(60)]
    assert np.mean(wrong) <= 0.15
