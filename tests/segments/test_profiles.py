"""Profiles: what is true of segments is found with its interval, what is not is not claimed, and nobody is shown."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlab.errors import ParameterError
from cxlab.segments import FeatureTable, k_means
from cxlab.segments.comparing import compare_numbers, compare_shares
from cxlab.segments.intervals import Mean, chance_above, chance_best, share_difference
from cxlab.segments.profiles import BUILT, SECRET, profiles
from cxlab.style import new_axes
from tests.segments.worlds import answers, boutique, found


def counted(own, rest):
    values = np.unique(np.r_[own, rest])
    return values, *(np.array([(x == v).sum() for v in values], float) for x in (own, rest))


def test_comparisons_agree_with_the_tests_they_are():
    rng = np.random.default_rng(1)
    own, rest = rng.poisson(3, 60).astype(float), rng.poisson(2, 90).astype(float)
    mean = compare_numbers(*counted(own, rest))
    assert mean.p_value == pytest.approx(stats.ttest_ind(own, rest, equal_var=False).pvalue)
    ends = stats.ttest_ind(own, rest, equal_var=False).confidence_interval(0.9)
    assert (mean.difference_low, mean.difference_high) == pytest.approx(tuple(ends))
    middle = compare_numbers(*counted(own, rest), measure="median")
    assert middle.p_value == pytest.approx(stats.brunnermunzel(own, rest).pvalue)
    assert (middle.value, middle.rest) == (np.median(own), np.median(rest))
    assert middle.effect == pytest.approx(2 * stats.mannwhitneyu(own, rest).statistic / (60 * 90) - 1)


def test_of_a_share_the_effect_is_the_difference_and_its_test_that_of_pearson_for_many():
    one = compare_shares(12, 40, 30, 160)
    assert one.effect == pytest.approx(12 / 40 - 30 / 160)
    many = compare_shares(300, 1000, 1100, 4000)
    plain = stats.chi2_contingency([[300, 700], [1100, 2900]], correction=False).pvalue
    assert many.p_value == pytest.approx(plain, rel=0.05)
    other = compare_shares(30, 160, 12, 40)
    assert (other.difference_low, other.difference_high) == pytest.approx(
        (-one.difference_high, -one.difference_low), abs=1e-4
    )


@pytest.mark.parametrize(
    "draw", [lambda rng, n: rng.gamma(0.3, 1, n), lambda rng, n: rng.poisson(0.5, n).astype(float)]
)
def test_intervals_of_means_with_long_tails_hold_what_they_promise(draw):
    rng, truth, inside = np.random.default_rng(3), draw(np.random.default_rng(0), 2_000_000).mean(), 0
    for _ in range(1000):
        x = draw(rng, 80)
        low, high = Mean.of(80, x.sum(), (x**2).sum(), (x**3).sum()).interval(0.9)
        inside += low <= truth <= high
    assert 870 <= inside <= 930


def test_intervals_of_differences_of_shares_hold_what_they_promise():
    rng = np.random.default_rng(4)
    inside = [
        low <= 0.15 <= high
        for a, b in zip(rng.binomial(40, 0.3, 400), rng.binomial(100, 0.15, 400), strict=True)
        for low, high in [share_difference(a, 40, b, 100)]
    ]
    assert 0.86 <= np.mean(inside) <= 0.94


def test_the_chance_to_be_best_agrees_with_drawing():
    means = [Mean(40, 10, 8, 1.5), Mean(60, 11, 8, 2.0), Mean(30, 8, 4, 0.0)]
    rng = np.random.default_rng(5)
    draws = np.column_stack([m.quantile(rng.random(40_000)) for m in means])
    best = np.bincount(draws.argmax(1), minlength=3) / 40_000
    assert chance_best(means) == pytest.approx(best, abs=0.01)
    assert chance_above(means[1], means[0]) == pytest.approx((draws[:, 1] > draws[:, 0]).mean(), abs=0.01)


def test_true_differences_are_found_and_what_made_the_segments_is_not_tested():
    world = boutique()
    frame = world.tables["customers"].to_pandas()
    told = FeatureTable.from_frame(frame[["customer_id", "city", "acquisition_channel", "spend"]],
                                   customer="customer_id")  # fmt: skip
    table = profiles(found(), told).table
    used = table[table["used"]]
    assert set(used["verdict"]) == {BUILT} and used["p_value"].isna().all()
    sale = table[(table["feature"] == "interest_sale")].set_index("segment")
    for segment in world.truth.business.segments:  # attributes are drawn from these chances
        row = sale.loc[segment.name]
        assert row["low"] - 0.06 <= segment.interests["sale"] <= row["high"] + 0.06
    at = table[(table["feature"] == "acquisition_channel") & (table["level"] == "store")].set_index("segment")
    assert at.loc["loyal locals", "verdict"] == "differs" and at.loc["loyal locals", "difference"] > 0.1
    assert (table.loc[table["feature"] == "city", "verdict"] == "no difference shown").all()


def test_descriptors_that_say_nothing_give_few_discoveries():
    rng, made = np.random.default_rng(6), found(400, 2)
    false = 0
    for _ in range(30):
        noise = pd.DataFrame(rng.normal(size=(len(made.features), 5)) ** [1, 2, 1, 2, 1], columns=list("abcde"))
        noise["f"] = rng.random(len(noise)) < 0.1
        told = FeatureTable.from_frame(noise.assign(id=made.features.customers).astype({"f": float}), customer="id")
        table = profiles(made, told).table
        false += (table["verdict"] == "differs").any()
    assert false <= 7  # all are false, so runs with any are at most a tenth of them


def test_small_groups_are_hidden_in_every_row_that_would_show_them():
    rows = pd.DataFrame({"visits": np.r_[np.arange(60.0), 900, 901, 902], "vegan": 0.0})
    rows.loc[[3, 5], "vegan"] = 1.0
    rows["vegan"] = rows["vegan"].map({0.0: "no", 1.0: "yes"})
    table = FeatureTable.from_frame(rows)
    shown = profiles(k_means(table.select("visits"), k=2), table.select("vegan"))
    assert (shown.table["verdict"] == SECRET).all() and shown.table["value"].isna().all()
    assert shown.table[["rest", "difference", "effect", "p_value"]].isna().all(axis=None)
    assert not shown.believed and "hidden" in shown.text


def test_the_order_of_customers_and_their_ids_change_nothing():
    frame = boutique().tables["customers"].to_pandas().sample(frac=1, random_state=1)
    told = FeatureTable.from_frame(frame[["customer_id", "spend"]], customer="customer_id")
    plain = FeatureTable.from_frame(frame.sort_index()[["customer_id", "spend"]], customer="customer_id")
    pd.testing.assert_frame_equal(profiles(found(), told).table, profiles(found(), plain).table)


def test_pictures_show_every_segment_and_name_what_is_left_out():
    made = found()
    for picture in ("dots", "heat"):
        for width in (7.0, 3.6):
            ax = new_axes(width=width, height=1.8)
            profiles(made, answers(boutique().tables["customers"]), picture=picture).plot(ax)
            words = " ".join(t.get_text().replace("\n", " ") for t in ax.texts)
            assert all(name in words for name in made.names)
            assert "left out" in ax.get_xlabel().replace("\n", " ")


def test_one_segment_has_no_profile():
    with pytest.raises(ParameterError, match="one segment"):
        profiles(k_means(found().features, k=1))
