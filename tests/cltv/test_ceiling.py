"""What a customer is worth by hand, what winning one may cost, and the truth both are held against."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import cxlab as cx
from cxlab.cltv.acquisition import NewCustomer, acquisition, costs
from cxlab.cltv.by_hand import came_again, margin_clv
from cxlab.cltv.ceiling import cost_draws, spend_ceiling
from cxlab.cltv.summary import summarise
from cxlab.cltv.value import Terms
from cxlab.data.simulate.spending import monthly_spend, true_customer_worth
from cxlab.errors import DataError, ParameterError


@pytest.fixture(scope="module")
def spa():
    return cx.load("spa")


def log(*rows) -> ibis.Table:
    return ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "timestamp", "margin"]).astype(
        {"timestamp": "datetime64[s]", "margin": float}))  # fmt: skip


def test_who_has_gone_counts_and_who_could_not_be_seen_does_not():
    found = came_again(
        log(["a", "2023-01-01", 10], ["a", "2023-09-01", 30], ["b", "2023-01-01", 20], ["c", "2023-10-01", 99]),
        observation_end="2024-01-01",
    ).table
    assert found["seen"].tolist() == [2, 2]
    assert found["came"].tolist() == [2, 1]
    assert found["margin"].tolist() == [15, 30]
    assert found["each"].tolist() == [15, 15]
    assert (found["low"] <= found["share"]).all() and (found["share"] <= found["high"]).all()


def test_every_period_adds_up_to_the_log(spa):
    found = came_again(spa.transactions, periods_a_year=12, observation_end="2024-12-31").table
    first = found.iloc[0]
    people = spa.transactions.customer_id.nunique().execute()
    assert first.seen == people and first.share == 1
    assert found["seen"].is_monotonic_decreasing


def test_a_log_shorter_than_a_period_and_one_without_money_are_named():
    with pytest.raises(DataError, match="whole period"):
        came_again(log(["a", "2023-01-01", 10]), observation_end="2023-02-01")
    with pytest.raises(DataError, match="revenue"):
        came_again(log(["a", "2023-01-01", 10]), value="revenue")


def test_value_by_hand_is_the_geometric_series():
    rate, r, n = 0.1, 0.6, 40
    found = margin_clv(50, r, periods=n, discount_rate=rate, periods_a_year=1)["cumulated"].iloc[-1]
    step = r / (1 + rate)
    assert found == pytest.approx(50 * (1 + rate) ** -0.5 * (1 - step**n) / (1 - step))
    assert margin_clv(50, [1, 0.6, 0.36], periods=3, discount_rate=0)["cumulated"].iloc[-1] == pytest.approx(98)


@pytest.mark.parametrize("wrong", [{"retention": 1.2}, {"retention": [1, 0.5]}, {"periods": 0}, {"discount_rate": -1}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ParameterError):
        margin_clv(**{"margin": 10, "retention": 0.5, "periods": 3} | wrong)


def test_the_cost_of_a_customer_covers_the_true_one_as_often_as_promised():
    rng, truth, hits = np.random.default_rng(4), 80.0, 0
    for _ in range(600):
        won = rng.poisson(4_000 / truth)
        low, high = np.quantile(cost_draws(4_000, won, rng=rng), [0.05, 0.95])
        hits += low <= truth <= high
    assert abs(hits / 600 - 0.9) < 0.04


def known(spa, mean: float, sd: float) -> NewCustomer:
    summary = summarise(spa.transactions, time_unit="month", currency="EUR")
    final = mean + sd * np.random.default_rng(2).standard_normal(4_000)
    value = np.linspace(0, 1, 25)[None, :, None] * final
    return NewCustomer(np.linspace(0, 24, 25), value, ("all",), summary, Terms(24, 0.5, 0.1, "month", "EUR"), ())


def test_the_ceiling_pays_with_the_chance_that_was_asked_for(spa):
    customer = known(spa, 300, 40)
    table = pd.DataFrame({"channel": ["a", "b"], "spend": [10_000.0, 30_000.0], "new_customers": [100.0, 100.0]})
    found = spend_ceiling(customer, table, sure=0.8)
    assert (customer.of("a")[-1] > found.table["ceiling"].iloc[0]).mean() == pytest.approx(0.8, abs=0.001)
    assert found.table["ceiling_target"].tolist() == pytest.approx((found.table["ceiling"] / 3).tolist())
    assert found.table["channel"].tolist() == ["a", "b"]
    a, b = found.table.to_dict("records")
    assert a["p_pays"] > 0.99 and 0.3 < a["p_target"] < 0.7 and 0.3 < b["p_pays"] < 0.7 and b["p_target"] < 0.01
    assert a["payback"] == pytest.approx(8, abs=0.5)
    assert isinstance(found.plot().figure, Figure)
    with pytest.raises(ParameterError, match="sure"):
        spend_ceiling(customer, table, sure=1)


def test_spending_goes_by_the_calendar_and_counts_everybody_won(spa):
    people, orders = spa.customers.to_pandas(), spa.transactions.to_pandas()
    spend = monthly_spend(people, orders, {"web": 1_000, "gift": 2_000}, rng=1)
    won = people[people["customer_id"].isin(orders["customer_id"])]["acquisition_channel"].value_counts()
    assert spend.groupby("channel")["new_customers"].sum().to_dict() == won[["gift", "web"]].to_dict()
    summary = summarise(spa.transactions)
    assert costs(ibis.memtable(spend), summary=summary)["spend"].sum() == pytest.approx(spend["spend"].sum())
    with pytest.raises(ParameterError, match="radio"):
        monthly_spend(people, orders, {"radio": 10})


def test_the_truth_is_what_many_customers_of_the_same_business_bring(spa):
    truth = true_customer_worth("spa", years=0.5, discount_rate=0, customers=20_000)
    orders = spa.transactions.to_pandas()
    age = orders["timestamp"] - orders.groupby("customer_id")["timestamp"].transform("min")
    seen = orders[age < pd.Timedelta(days=182.625)].groupby("customer_id")["margin"].sum()
    channel = spa.customers.to_pandas().set_index("customer_id")["acquisition_channel"]
    for name, each in seen.groupby(channel):
        assert abs(each.mean() - truth.loc[name, "worth"]) < 4 * np.hypot(each.sem(), truth.loc[name, "error"])
    longer = true_customer_worth("spa", years=2, discount_rate=0, customers=2_000)
    assert (longer["worth"] > truth["worth"]).all()


def test_of_channels_that_pay_alike_surely_the_best_is_named(spa):
    table = pd.DataFrame({"channel": ["dear", "cheap"], "spend": [9_000.0, 900.0], "new_customers": [100.0, 100.0]})
    table["cac"] = table["spend"] / table["new_customers"]
    pays, _ = acquisition(known(spa, 300, 10), table)
    assert pays.table["p_above"].tolist() == [1, 1] and "cheap" in pays.title
