"""Value: sums as counted by hand, intervals that hold, whales drawn to the cent, lifetime value by shared models."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlab as cx
from cxlab.errors import DataError, ParameterError
from cxlab.segments.lifetime import segment_lifetime_value
from cxlab.segments.value import cost_to_serve, segment_value
from cxlab.segments.whale import whale_curve
from cxlab.segments.worth import worth
from cxlab.style import new_axes
from tests.segments.worlds import found, tables


def business(profit, cost=None, segment=None):
    """Tables of customers with these values and costs."""
    ids = [f"c{i}" for i in range(len(profit))]
    day = dt.date(2024, 1, 1)
    source = {"transactions": ibis.memtable({"customer_id": ids, "amount": np.asarray(profit, float),
                                             "timestamp": [day] * len(ids)})}  # fmt: skip
    if cost is not None:
        source["touchpoints"] = ibis.memtable({"customer_id": ids, "cost": np.asarray(cost, float),
                                               "timestamp": [day] * len(ids)})  # fmt: skip
    return source, pd.DataFrame({"customer_id": ids, "segment": segment or ["all of them"] * len(ids)})


def test_values_and_costs_are_those_of_the_tables():
    data, made = tables(), found()
    got = worth(data, made)
    orders = data.transactions.to_pandas().groupby("customer_id")["margin"].sum()
    calls = data.touchpoints.to_pandas().groupby("customer_id")["cost"].sum()
    each = made.table.assign(segment=lambda t: t["segment"].astype(str)).set_index("customer_id")
    each["value"], each["cost"] = orders.reindex(each.index).fillna(0), calls.reindex(each.index).fillna(0)
    means = each.groupby("segment")[["value", "cost"]].mean()
    table = cost_to_serve(got).table.set_index("segment")
    assert table.loc[means.index, ["value", "cost"]].to_numpy() == pytest.approx(means.to_numpy(), rel=1e-6)
    shares = segment_value(got).table.set_index("segment")["value_share"]
    total = each["value"].sum()
    by_hand = each.groupby("segment")["value"].sum() / total
    assert shares[means.index].to_numpy() == pytest.approx(by_hand.to_numpy(), rel=1e-6)
    assert shares["all"] == 1 and got.known == pytest.approx(1)


def test_the_most_valuable_segment_of_the_simulation_is_named_with_certainty():
    finding = segment_value(worth(tables(), found()))
    best = finding.table.set_index("segment")["p_best"]
    assert best.idxmax() == "loyal locals" and best["loyal locals"] > 0.99
    assert finding.title.startswith("loyal locals") and finding.believed


def test_the_interval_of_a_share_of_value_holds_what_it_promises():
    rng, inside = np.random.default_rng(1), 0
    truth = 0.3 * 4 / (0.3 * 4 + 0.7 * 1)
    for _ in range(40):
        first = rng.random(300) < 0.3
        source, who = business(rng.gamma(0.8, 1 / 0.8, 300) * np.where(first, 4, 1),
                               segment=np.where(first, "first", "second").tolist())  # fmt: skip
        row = segment_value(worth(source, who)).table.set_index("segment").loc["first"]
        inside += row["value_share_low"] <= truth <= row["value_share_high"]
    assert 31 <= inside <= 40


def test_corners_need_costs_and_say_how_sure_they_are():
    rng = np.random.default_rng(2)
    segment = ["dear"] * 60 + ["cheap"] * 60
    value, cost = rng.gamma(4, 5, 120), rng.gamma(4, np.r_[np.full(60, 4.0), np.full(60, 1.0)])
    source, who = business(value, cost, segment)
    table = cost_to_serve(worth(source, who)).table.set_index("segment")
    assert table.loc["dear", "corner"].endswith("costs more") and table.loc["cheap", "corner"].endswith("costs less")
    assert 0.4 < table.loc["dear", "p_corner"] < 1  # costs differ for sure, value by chance
    assert table.loc["dear", "p_corner"] == pytest.approx(table.loc["cheap", "p_corner"], abs=1e-6)
    with pytest.raises(DataError, match="no contact has a cost"):
        cost_to_serve(worth({"transactions": source["transactions"]}, who))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-50, 200), min_size=12, max_size=60).filter(lambda v: max(v) > 0 and sum(v) != 0))
def test_the_whale_curve_is_the_sum_of_sorted_profits(profits):
    source, who = business(np.maximum(profits, 0), np.maximum(-np.array(profits), 0))
    table = whale_curve(worth(source, who), bins=10).table
    best = np.sort(profits)[::-1]
    assert table["profit"].to_numpy() == pytest.approx(np.cumsum(best)[table["customers"] - 1], abs=1e-6)
    assert table.loc[table["peak"], "profit"].item() == pytest.approx(best[best > 0].sum())
    assert table["customers"].iloc[-1] == len(profits) and table["customer_share"].is_monotonic_increasing


def test_the_band_of_the_whale_curve_holds_what_it_promises():
    rng, inside = np.random.default_rng(3), []
    big = np.sort(rng.normal(2, 10, 1_000_000))[::-1]
    for _ in range(40):
        x = rng.normal(2, 10, 400)
        source, who = business(np.maximum(x, 0), np.maximum(-x, 0))
        table = whale_curve(worth(source, who), bins=10).table.set_index("customers")
        for n in (80, 240, 400):
            truth = big[: n * 2500].sum() / 2500
            inside.append(table.loc[n, "low"] <= truth <= table.loc[n, "high"])
    assert 0.84 <= np.mean(inside) <= 0.96


def test_a_whale_without_costs_is_not_to_be_leant_on_and_a_second_period_is_told():
    source, who = business(np.arange(1.0, 81))
    finding = whale_curve(worth(source, who))
    assert not finding.believed and "touchpoints.cost" in finding.text
    x = np.random.default_rng(4).normal(5, 10, 100)
    source, who = business(np.maximum(x, 0), np.maximum(-x, 0))
    swapped, _ = business(np.maximum(-x, 0), np.maximum(x, 0))
    again = whale_curve(worth(source, who), later=worth(swapped, who))
    assert again.table["profit_later"].iloc[-1] == pytest.approx(-x.sum(), abs=0.02)
    assert "brought" in again.text.split("the same")[1]


def test_customers_without_a_segment_are_counted_and_said():
    source, who = business([10.0] * 40, segment=["a"] * 20 + ["b"] * 20)
    part = segment_value(worth(source, who.head(30)))
    assert not part.believed and "share of value that customers with a segment brought is 75 %" in part.text


def test_what_cannot_be_is_refused():
    source, who = business([1.0, 2.0])
    with pytest.raises(ParameterError, match="margin = 2"):
        worth(source, who, margin=2)
    with pytest.raises(DataError, match="more than once"):
        worth(source, pd.concat([who, who]))
    with pytest.raises(DataError, match="no purchase is left"):
        worth(source, who, start="2025-01-01")


@pytest.fixture(scope="module")
def cdnow():
    """A tenth of the customers of CDNOW, and whether they bought again in the first quarter."""
    log = cx.load("cdnow").transactions
    log = log.filter(log.customer_id.cast("int64") % 10 == 0)
    early = log.filter(log.timestamp.cast("date") < dt.date(1997, 7, 1))
    often = early.group_by("customer_id").agg(n=early.count()).mutate(segment=ibis.ifelse(ibis._.n > 1, "back", "once"))
    return {"transactions": log}, often.select("customer_id", "segment")


def test_one_model_for_all_gives_segments_their_part_of_the_whole(cdnow):
    source, who = cdnow
    split = segment_lifetime_value(source, who, pooling="complete", margin=0.3, draws=400).table
    whole = segment_lifetime_value(source, who.mutate(segment=ibis.literal("x")), margin=0.3, draws=400).table
    all_ = split.set_index("segment").loc["all"]
    assert all_["total"] == pytest.approx(whole["total"].iloc[-1], rel=0.03)
    assert split["total"].iloc[:2].sum() == pytest.approx(all_["total"], rel=1e-6)
    assert split.set_index("segment").loc["back", "p_best"] == 1
    assert (split["each_low"] <= split["each"]).all() and (split["each"] <= split["each_high"]).all()


def test_segments_made_from_purchases_share_a_model_and_others_learn_from_each_other():
    finding = segment_lifetime_value(tables(), found(), draws=1000)
    assert "partial pooling" in finding.text and finding.monte_carlo_error is not None
    from cxlab.segments import k_means
    from cxlab.segments.features import features

    bought = k_means(features(tables(), ["rfm"]), k=2)
    assert "take luck for character" in segment_lifetime_value(tables(), bought, draws=1000).text


def test_pictures_are_drawn_at_both_widths():
    got = worth(tables(), found())
    for width in (7.0, 3.6):
        for finding in (segment_value(got), cost_to_serve(got), whale_curve(got)):
            ax = new_axes(width=width)
            finding.plot(ax)
            assert "EUR" in ax.get_xlabel() + ax.get_ylabel()
