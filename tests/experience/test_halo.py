"""Halo: simulated halo is found, inflates what it is said to inflate, and centring takes it out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError
from cxlab.experience.drivers.halo import centred, halo, scale_use, straight_lining
from cxlab.experience.drivers.key_drivers import driver_shares, key_drivers
from cxlab.experience.drivers.ratings import read_ratings
from tests.experience.survey_tables import long, survey

WEIGHTS = {"staff": 0.9, "food": 0.5, "price": 0.25, "music": 0.0, "seats": 0.0}


def ratings_of(wide: pd.DataFrame):
    return read_ratings(long(wide, scale=(1, 10)), outcome="overall")


def test_halo_inflates_what_all_drivers_explain_and_levels_their_shares():
    clean, dim = (ratings_of(survey(3000, WEIGHTS, halo=h, noise=2.0, seed=1)) for h in (0.0, 0.5))
    plain, blurred = (key_drivers(r).table.set_index("driver") for r in (clean, dim))
    assert blurred["explained"].sum() > plain["explained"].sum() + 0.1
    # what moves nothing gets a share of the impression, at the cost of what does
    assert blurred.loc["music", "share"] > plain.loc["music", "share"] + 0.03
    assert blurred.loc["staff", "share"] < plain.loc["staff", "share"] - 0.1


def test_halo_is_found_and_centring_takes_it_out():
    clean, dim = (halo(driver_shares(ratings_of(survey(2000, WEIGHTS, halo=h, seed=2)))) for h in (0.0, 0.6))
    component = [float(f.keys[0].value.removesuffix(" %")) / 100 for f in (clean, dim)]
    # of p variables with equal correlation r, the first component has (1 + (p − 1) r)/p
    assert component == pytest.approx([(1 + 4 * r) / 5 for r in (0.3, 0.6 + 0.4 * 0.3)], abs=0.03)
    for found in (clean, dim):
        assert found.table.set_index("driver").loc["staff", ["rank", "centred_rank"]].tolist() == [1, 1]
    assert clean.believed and not dim.believed
    assert "answers alone cannot say" in dim.text


def test_centred_correlations_are_those_of_centred_answers():
    wide = survey(400, WEIGHTS, seed=3)
    z = (wide - wide.mean()) / wide.std()
    bare = z.sub(z[list(WEIGHTS)].mean(axis=1), axis=0)
    assert centred(np.corrcoef(wide.T)[None])[0] == pytest.approx(np.corrcoef(bare.T))


def test_centring_does_not_depend_on_a_shift_of_each_respondent():
    """A general impression of any size, added to every answer, changes correlations but no centred ones."""
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(5000, 5)))
    shifted = (wide.to_numpy() + 2 * rng.normal(size=(5000, 1)))  # fmt: skip
    before, after = (centred(np.corrcoef(x, rowvar=False)[None])[0] for x in (wide.to_numpy(), shifted))
    assert np.corrcoef(shifted, rowvar=False)[0, 1] > 0.75
    assert after == pytest.approx(before, abs=0.02)


def test_straight_liners_and_use_of_the_scale_are_counted():
    wide = survey(90, WEIGHTS, seed=4)
    wide.iloc[:30, 1:] = 7.0
    wide.iloc[30:40, 1:4] = np.nan  # two answers left: too few to tell
    ratings = ratings_of(wide)
    assert straight_lining(ratings) == pytest.approx((30 / 80, 80))
    assert any("tick the same everywhere" in check.name for check in halo(driver_shares(ratings)).failed)
    use = scale_use(ratings)
    rows = wide.iloc[:, 1:]
    assert use["between"] == pytest.approx(rows.mean(axis=1).std())
    assert use["extreme"] == pytest.approx(rows.isin([1, 10]).sum().sum() / rows.notna().sum().sum())


def test_two_drivers_have_no_common_impression():
    with pytest.raises(DataError, match="2 drivers"):
        halo(driver_shares(ratings_of(survey(100, {"staff": 1.0, "food": 0.5}))))
