"""Predictions are those of the story a model tells: simulated lives, the likelihood and the formulas agree."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from math import comb, factorial

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import betaln, expit

from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.forecast import forecast
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.pareto_nbd import PARETO_NBD
from cxlab.cltv.posterior import fit
from cxlab.cltv.rows import Rows
from cxlab.cltv.sbg import S_BG
from cxlab.cltv.summary import summarise
from cxlab.cltv.value import Terms, customer_value
from cxlab.errors import ModelError, ParameterError
from tests.cltv.cases import CONTINUOUS, FORECASTING, MODELS, TYPICAL, cdnow, name

MANY = 200_000
#: standard errors that chance alone does not exceed with fixed seeds
FAR = 4.5


def theta_of(model) -> np.ndarray:
    return np.array(TYPICAL[model.key])


def z_score(draws, expected: float) -> float:
    return (draws.mean() - expected) / (draws.std() / np.sqrt(len(draws)) + 1e-12)


def simulated_rows(model, rng) -> Rows:
    theta = theta_of(model)
    if model is S_BG:
        return Rows.collapse(
            dict(zip(model.columns, model.simulate(theta, rng.integers(1, 9, MANY), rng), strict=True))
        )
    if model is GAMMA_GAMMA:
        x = rng.integers(1, 9, MANY)
        return Rows.collapse({"frequency": x, "monetary_value": model.simulate(theta, x, rng)})
    T = rng.integers(1, 9, MANY) * (1.0 if model is BG_BB else 6.5)
    x, recency = model.simulate(theta, T, rng)
    return Rows.collapse({"frequency": x, "recency": recency, "T": T})


@pytest.mark.parametrize("model", MODELS, ids=name)
def test_simulated_customers_follow_the_likelihood(model):
    """At the truth the slope of the log-likelihood is zero on average, for every parameter."""
    rows = simulated_rows(model, np.random.default_rng(1))
    _, slopes = model.log_likelihood(theta_of(model)[:, None], rows, gradient=True)
    for slope in slopes:
        mean = rows.weight @ slope / MANY
        spread = np.sqrt(rows.weight @ (slope - mean) ** 2 / MANY)
        assert abs(mean) < FAR * spread / np.sqrt(MANY)


@pytest.mark.parametrize("model", CONTINUOUS, ids=name)
def test_simulated_histories_have_the_probabilities_of_the_likelihood(model):
    rng = np.random.default_rng(2)
    T = 39.0
    x, recency = model.simulate(theta_of(model), np.full(MANY, T), rng)
    assert (x[recency == 0] == 0).all()
    assert ((recency > 0) & (recency <= T))[x > 0].all()

    def density(at, purchases):
        rows = Rows.collapse({"frequency": [purchases], "recency": [at], "T": [T]})
        # the likelihood is of all purchase times; those before the last one may lie anywhere before it
        between = at ** (purchases - 1) / factorial(purchases - 1) if purchases else 1.0
        return float(np.exp(model.log_likelihood(theta_of(model)[:, None], rows)[0])) * between

    expected = {(0, 0.0, T): density(0.0, 0)}
    for purchases in (1, 2, 5):
        for low, high in ((0.0, 10.0), (10.0, 30.0), (30.0, T)):
            expected[purchases, low, high] = quad(density, low, high, args=(purchases,))[0]
    for (purchases, low, high), p in expected.items():
        share = ((x == purchases) & (recency >= low) & (recency <= high)).mean()
        assert abs(share - p) < FAR * np.sqrt(p * (1 - p) / MANY), (purchases, low, high)


def test_donor_patterns_have_the_probabilities_of_the_likelihood():
    x, recency = np.array([(0, 0), *((x, t) for t in range(1, 7) for x in range(1, t + 1))], dtype=float).T
    rows = Rows({"frequency": x, "recency": recency, "T": np.full(22, 6.0)}, np.ones(22), np.zeros(22, dtype=np.intp))
    ways = np.array([comb(int(t) - 1, int(k) - 1) if k else 1 for k, t in zip(x, recency, strict=True)])
    p = ways * np.exp(BG_BB.log_likelihood(theta_of(BG_BB)[:, None], rows))
    assert p.sum() == pytest.approx(1, abs=1e-12)
    drawn_x, drawn_recency = BG_BB.simulate(theta_of(BG_BB), np.full(MANY, 6.0), np.random.default_rng(3))
    share = np.array([((drawn_x == k) & (drawn_recency == t)).mean() for k, t in zip(x, recency, strict=True)])
    assert (np.abs(share - p) < FAR * np.sqrt(p / MANY)).all()


def test_donors_are_simulated_for_exactly_the_occasions_asked_for():
    """Who always buys and never leaves buys T times: not T + 1, and not at occasion 0."""
    always = (1e9, 1e-3, 1e-3, 1e9)
    T = np.array([1.0, 2.0, 6.0, 13.0])
    x, recency = BG_BB.simulate(always, T, np.random.default_rng(4))
    assert x.tolist() == recency.tolist() == T.tolist()
    theta = tuple(np.array([v]) for v in always)
    for periods in (1, 5):
        assert BG_BB.simulate_purchases(theta, 6.0, 6.0, 6.0, periods, np.random.default_rng(5)).tolist() == [periods]
    x, _ = BG_BB.simulate(theta_of(BG_BB), np.full(MANY, 6.0), np.random.default_rng(6))
    assert abs(z_score(x, BG_BB.expected_new(theta_of(BG_BB), 6.0))) < FAR


HISTORIES = ((0, 0.0, 38.0), (1, 2.0, 38.0), (3, 30.0, 38.0), (26, 30.86, 31.0))
DONOR_HISTORIES = ((0, 0.0, 6.0), (1, 2.0, 6.0), (3, 5.0, 6.0), (6, 6.0, 6.0))


def histories(model):
    return DONOR_HISTORIES if model is BG_BB else HISTORIES


def by_integration(model, x, recency, T, t):
    """P(alive), purchases expected of the active, P(no purchase) by integrating over every customer there could be.

    A trapezoidal rule over both quantities that differ between customers (on log and logit scales), with the story of
    one customer written out; nothing of the package is used.
    """
    theta = TYPICAL[model.key]
    logs = np.arange(-40 / (theta[0] + x) - 5, 8, 0.1 if x > 9 else 0.2)
    logits = np.arange(-60, 60, 0.2)
    u, v = np.meshgrid(logs, logits, indexing="ij")
    if model is BG_BB:
        alpha, beta, gamma, delta = theta
        u, v = np.meshgrid(logits, logits, indexing="ij")
        p, leaves, stays, fails = expit(u), expit(v), expit(-v), expit(-u)
        prior = p**alpha * fails**beta * leaves**gamma * stays**delta
        here = p**x * fails ** (T - x) * stays**T
        gone = sum(
            (p**x * fails ** (recency - x + i) * leaves * stays ** (recency + i) for i in range(int(T - recency))), 0.0
        )
        gone, here = gone + here * leaves, here * stays  # "alive" is at the next occasion
        expected = p * sum(stays**j for j in range(int(t)))
        none = sum((fails**j * stays ** (j - 1) * leaves for j in range(1, int(t))), 0.0) + fails**t * stays ** (t - 1)
    elif model is PARETO_NBD:
        r, alpha, s, beta = theta
        u, v = np.meshgrid(logs, np.arange(-75, 8, 0.2), indexing="ij")
        rate, leaving = np.exp(u), np.exp(v)
        prior = np.exp(r * u - alpha * rate + s * v - beta * leaving)
        both = rate + leaving
        here = rate**x * np.exp(-both * T)
        gone = rate**x * leaving / both * (np.exp(-both * recency) - np.exp(-both * T))
        expected = -rate * np.expm1(-leaving * t) / leaving
        none = leaving / both + rate / both * np.exp(-both * t)
    elif model is NBD_MODEL:
        r, alpha = theta
        rate = np.exp(u)
        prior, here, gone = np.exp(r * u - alpha * rate), rate**x * np.exp(-rate * T), 0.0
        expected, none = rate * t, np.exp(-rate * t)
    else:
        r, alpha, a, b = theta
        rate, leaves, stays = np.exp(u), expit(v), expit(-v)
        prior = np.exp(r * u - alpha * rate) * leaves**a * stays**b
        chances = x + (model is MBG_NBD)
        here = rate**x * stays**chances * np.exp(-rate * T)
        gone = rate**x * leaves * stays ** (chances - 1) * np.exp(-rate * recency) if chances else 0.0
        expected, none = -np.expm1(-rate * leaves * t) / leaves, np.exp(-rate * t)
    alive, left = (prior * here).sum(), (prior * gone).sum()
    return (
        alive / (alive + left),
        (prior * here * expected).sum() / alive,
        ((prior * here * none).sum() + left) / (alive + left),
    )


@pytest.mark.parametrize("model", FORECASTING, ids=name)
def test_formulas_against_integration_over_customers(model):
    ahead = (4.0, 1.0, 3.0, 2.0) if model is BG_BB else (39.0, 1.0, 39.0, 4.0)
    for (x, recency, T), t in zip(histories(model), ahead, strict=True):
        p_alive, if_alive, p_none = by_integration(model, x, recency, T, t)
        theta = TYPICAL[model.key]
        assert model.p_alive(theta, x, recency, T) == pytest.approx(p_alive, rel=1e-8)
        assert model.expected_if_alive(theta, x, T, t) == pytest.approx(if_alive, rel=1e-7)
        assert model.p_no_purchase(theta, x, recency, T, t) == pytest.approx(p_none, rel=1e-8)


@pytest.mark.parametrize("model", FORECASTING, ids=name)
def test_silence_of_one_time_buyers_is_a_ratio_of_likelihoods(model):
    """P(no purchase in the next t | none so far) = P(none by T + t) / P(none by T), for every model."""
    for T, t in ((1.0, 3.0), (6.0, 5.0), (39.0, 4.0)):
        rows = Rows.collapse({"frequency": [0, 0], "recency": [0, 0], "T": [T, T + t]})
        shorter, longer = model.log_likelihood(theta_of(model)[:, None], rows)
        exact = np.exp(longer - shorter)
        assert model.p_no_purchase(TYPICAL[model.key], 0, 0.0, T, t) == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("model", FORECASTING, ids=name)
def test_simulated_futures_follow_the_formulas(model):
    rng = np.random.default_rng(7)
    theta = tuple(np.full(MANY, v) for v in TYPICAL[model.key])
    for x, recency, T in histories(model):
        for t in (3.0,) if model is BG_BB else (4.0, 39.0):
            bought = model.simulate_purchases(theta, float(x), recency, T, t, rng)
            assert abs(z_score(bought, model.expected_purchases(TYPICAL[model.key], x, recency, T, t))) < FAR
            none = model.p_no_purchase(TYPICAL[model.key], x, recency, T, t)
            assert abs((bought == 0).mean() - none) < FAR * np.sqrt(none * (1 - none) / MANY) + 3 / MANY


def test_a_single_customer_has_a_future_too():
    """Plain numbers instead of arrays: 26 purchases in 31 weeks go on for more than one."""
    rng = np.random.default_rng(7)
    for model in CONTINUOUS:
        bought = [float(model.simulate_purchases(TYPICAL[model.key], 26, 30.86, 31.0, 39.0, rng)) for _ in range(300)]
        expected = model.expected_purchases(TYPICAL[model.key], 26, 30.86, 31.0, 39.0)
        assert abs(z_score(np.array(bought), expected)) < FAR


@pytest.mark.parametrize("model", FORECASTING, ids=name)
def test_forecasts_of_all_customers_add_up_to_the_forecast_of_a_new_one(model):
    rng = np.random.default_rng(8)
    theta, T, t = TYPICAL[model.key], 6.0, 5.0
    x, recency = model.simulate(theta, np.full(MANY, T), rng)
    assert abs(z_score(x, model.expected_new(theta, T))) < FAR
    ahead = model.expected_purchases(theta, x, recency, np.full(MANY, T), t)
    assert abs(z_score(ahead, model.expected_new(theta, T + t) - model.expected_new(theta, T))) < FAR


def test_one_time_buyers_may_be_gone_for_those_models_that_let_them():
    silence = np.array([1.0, 10.0, 100.0, 1000.0])
    for model in (MBG_NBD, PARETO_NBD):
        alive = model.p_alive(TYPICAL[model.key], 0.0, 0.0, silence)
        assert (np.diff(alive) < 0).all()
        assert alive[-1] < 0.2
    assert (BG_NBD.p_alive(TYPICAL["bg_nbd"], 0.0, 0.0, silence) == 1).all()


def test_expected_spend_is_the_mean_over_customers_with_the_same_history():
    """One customer's mean is pulled to that of all, by as much as the amounts say."""
    rng = np.random.default_rng(9)
    p, q, v = TYPICAL["gamma_gamma"]
    scale = rng.gamma(q, size=10 * MANY) / v
    seen = rng.gamma(2 * p, size=10 * MANY) / scale / 2
    alike = np.abs(seen - 22.35) < 0.5
    assert abs(z_score(p / scale[alike], GAMMA_GAMMA.expected_spend((p, q, v), 2, seen[alike].mean()))) < FAR
    assert GAMMA_GAMMA.expected_spend((p, q, v), 0, np.nan) == pytest.approx(p * v / (q - 1))


def test_contracts_renew_as_survival_says():
    rng = np.random.default_rng(10)
    renewals, churned = S_BG.simulate(TYPICAL["sbg"], np.full(MANY, 7), rng)
    for year in range(1, 8):
        assert abs(z_score(renewals >= year, S_BG.survival(TYPICAL["sbg"], year))) < FAR
        kept = (renewals >= year)[renewals >= year - 1]
        assert abs(z_score(kept, S_BG.retention(TYPICAL["sbg"], year))) < FAR
    assert (renewals[churned == 0] == 7).all()
    stayed_on, _ = S_BG.simulate(TYPICAL["sbg"], np.full(MANY, 12), rng)
    further = stayed_on[stayed_on >= 7] - 7
    assert abs(z_score(further, S_BG.residual(TYPICAL["sbg"], 7, 5))) < FAR


def test_contracts_match_their_beta_by_hand():
    alpha, beta = TYPICAL["sbg"]
    p = [np.exp(betaln(alpha + 1, beta + t - 1) - betaln(alpha, beta)) for t in range(1, 8)]
    rows = Rows.collapse({"renewals": [*range(7), 7], "churned": [1] * 7 + [0]})
    likelihood = np.exp(S_BG.log_likelihood(np.array([[alpha], [beta]]), rows))
    assert likelihood.sum() == pytest.approx(1)
    assert likelihood[:7] == pytest.approx(p)


def order_log(ids: list[str], seed: int = 11) -> pd.DataFrame:
    """Orders of customers whose ids are in no order: rates, spend and silence differ widely."""
    rng = np.random.default_rng(seed)
    lines = []
    for i, customer in enumerate(ids):
        first = int(rng.integers(0, 80))
        days = [first, *np.sort(rng.integers(first + 1, 300, rng.poisson([0, 1, 4, 12][i % 4])))]
        lines += [
            (customer, dt.date(2024, 1, 1) + dt.timedelta(days=int(d)), rng.gamma(1.5, 4 + 4 * (i % 7))) for d in days
        ]
    rng.shuffle(lines)
    return pd.DataFrame(lines, columns=["customer_id", "timestamp", "amount"])


@pytest.fixture(scope="module")
def ids() -> list[str]:
    """Ids whose order as text, as numbers and of appearance all differ."""
    return [f"{i * 7919 % 1009}" for i in range(1, 301)]


@pytest.fixture(scope="module")
def shop(ids):
    """A summary, its posteriors of purchases and spend, and the log."""
    log = order_log(ids)
    summary = summarise(ibis.memtable(log), observation_end="2024-10-31", currency="EUR")
    return summary, fit(MBG_NBD, summary.rows, draws=1000), fit(GAMMA_GAMMA, summary.spend_rows, draws=1000), log


TERMS = Terms(horizon=26, margin=0.4, discount_rate=0.1, time_unit="week", currency="EUR")


def test_forecasts_reach_the_customers_they_are_of(shop):
    summary, purchases, _, log = shop
    found = forecast(purchases, summary, horizons=[4, 26], draws=200, rng=3).customers().to_pandas()
    assert sorted(found["customer_id"]) == sorted(log["customer_id"].unique())
    theta = purchases.draws(200, np.random.default_rng(3))[:, :, 0][:, :, None]
    # each customer's history by hand, straight from the log
    day = pd.to_datetime(log["timestamp"])
    by_hand = day.groupby(log["customer_id"]).agg(["min", "max", "nunique"]).loc[found["customer_id"]]
    x, recency = by_hand["nunique"] - 1.0, (by_hand["max"] - by_hand["min"]).dt.days / 7
    T = (pd.Timestamp("2024-10-31") - by_hand["min"]).dt.days / 7
    x, recency, T = (c.to_numpy() for c in (x, recency, T))
    assert found["p_alive"].to_numpy() == pytest.approx(MBG_NBD.p_alive(theta, x, recency, T).mean(0), rel=1e-6)
    for h in (4, 26):
        expected = MBG_NBD.expected_purchases(theta, x, recency, T, float(h)).mean(0)
        assert found[f"purchases_{h}"].to_numpy() == pytest.approx(expected, rel=1e-6)
        none = MBG_NBD.p_no_purchase(theta, x, recency, T, float(h)).mean(0)
        assert found[f"p_none_{h}"].to_numpy() == pytest.approx(none, rel=1e-6)


def test_spend_reaches_the_customers_it_is_of(shop, ids):
    """Other names for the same customers, in another order, change no customer's value or spend."""
    summary, purchases, spend, log = shop
    renamed = dict(zip(ids, np.random.default_rng(12).permutation([f"k{i}" for i in range(len(ids))]), strict=True))
    other = summarise(
        ibis.memtable(log.assign(customer_id=log["customer_id"].map(renamed)).sort_values("customer_id")),
        observation_end="2024-10-31",
    )
    values = [
        customer_value(purchases, spend, s, TERMS, draws=100, rng=4).customers().to_pandas().set_index("customer_id")
        for s in (summary, other)
    ]
    one, two = values[0], values[1].rename(index={v: k for k, v in renamed.items()}).loc[values[0].index]
    columns = ["frequency", "recency", "T", "monetary_value", "value", "value_low", "value_high"]
    pd.testing.assert_frame_equal(one[columns], two[columns])
    # and the spend is the customer's own: mean of the days after the first
    daily = log.groupby(["customer_id", "timestamp"])["amount"].sum().reset_index()
    repeats = daily[daily.duplicated("customer_id")].groupby("customer_id")["amount"].mean()
    bought_again = one[one["frequency"] > 0]
    assert bought_again["monetary_value"].to_numpy() == pytest.approx(repeats[bought_again.index].to_numpy(), abs=1e-5)
    assert one.loc[one["frequency"] == 0, "monetary_value"].isna().all()


def test_value_is_the_product_of_purchases_and_spend_draw_by_draw(shop):
    """Mean and interval of single customers against all draws multiplied out by hand."""
    summary, purchases, spend, _ = shop
    found = customer_value(purchases, spend, summary, replace(TERMS, discount_rate=0.0), draws=1000, rng=5)
    table = found.customers().to_pandas().iloc[[0, 20, 100, 299]]
    theta, money = purchases.draws(4000, 1)[:, :, 0], spend.draws(4000, 2)[:, :, 0]
    for row in table.itertuples():
        x, z = float(row.frequency), 0.0 if np.isnan(row.monetary_value) else row.monetary_value
        value = 0.4 * MBG_NBD.expected_purchases(theta, x, row.recency, row.T, 26.0)
        value = value * GAMMA_GAMMA.expected_spend(money, x, z)
        error = value.std() / np.sqrt(1000 / 2)
        assert abs(row.value - value.mean()) < 4 * error
        assert row.value_sd == pytest.approx(value.std(), rel=0.15)
        assert abs(row.value_low - np.quantile(value, 0.05)) < 8 * error
        assert abs(row.value_high - np.quantile(value, 0.95)) < 8 * error


def test_intervals_of_value_carry_the_uncertainty_of_spend(shop):
    summary, purchases, spend, _ = shop
    certain = replace(spend, z=np.broadcast_to(np.einsum("skg,s->kg", spend.z, spend.weights), spend.z.shape).copy())
    with_, without = (customer_value(purchases, s, summary, TERMS, draws=1000, rng=6) for s in (spend, certain))
    with_, without = with_.segments.iloc[-1], without.segments.iloc[-1]
    width = {k: v.total_high - v.total_low for k, v in (("with", with_), ("without", without))}
    mean = GAMMA_GAMMA.expected_spend(spend.draws(2000, 1)[:, :, 0], 0, 0)
    assert with_.total == pytest.approx(without.total, rel=0.05)
    assert mean.std() / mean.mean() > 0.03  # what must show in the interval
    assert width["with"] > 1.05 * width["without"]


def test_predicted_value_covers_what_simulated_customers_will_spend(shop):
    """The predictive interval holds the chance in purchases *and* in amounts."""
    summary, purchases, spend, _ = shop
    found = customer_value(purchases, spend, summary, replace(TERMS, discount_rate=0.0), draws=2000, rng=7)
    rng = np.random.default_rng(8)
    theta, money = purchases.draws(2000, 9)[:, :, 0], spend.draws(2000, 10)[:, rng.permutation(2000), 0]
    table = summary.customers.to_pandas()
    x, recency, T = (table[c].to_numpy(float) for c in ("frequency", "recency", "T"))
    z = table["monetary_value"].fillna(0).to_numpy()
    bought = MBG_NBD.simulate_purchases(theta[:, :, None], x, recency, T, 26.0, rng)
    p, q, v = money[:, :, None]
    scale = rng.gamma(p * x + q) / (v + x * z)
    revenue = 0.4 * rng.gamma(np.maximum(p * bought, 1e-9)) / scale * (bought > 0)
    low, high = np.quantile(revenue.sum(1), [0.05, 0.95])
    row = found.segments.iloc[-1]
    assert row.predictive_low == pytest.approx(low, rel=0.03)
    assert row.predictive_high == pytest.approx(high, rel=0.03)
    assert row.predictive_high - row.predictive_low == pytest.approx(high - low, rel=0.1)
    # and so for single customers, of whom most may bring nothing
    single = found.customers().to_pandas().set_index("customer_id").loc[table["customer_id"]]
    low, high = np.quantile(revenue, [0.05, 0.95], axis=0)
    assert single["predictive_low"].sum() == pytest.approx(low.sum(), rel=0.1)
    assert single["predictive_high"].sum() == pytest.approx(high.sum(), rel=0.03)
    assert np.corrcoef(single["predictive_high"], high)[0, 1] > 0.99
    assert (single["predictive_low"] <= single["value"]).all()


def test_discounting_takes_off_what_waiting_costs(shop):
    """Against the sum over weeks, each discounted at its middle."""
    summary, purchases, spend, _ = shop
    single = [replace(posterior, z=posterior.z[:1], weights=np.ones(1)) for posterior in (purchases, spend)]
    found = customer_value(*single, summary, TERMS, draws=1, rng=1).customers().to_pandas()
    row = found.iloc[0]
    theta, money = purchases.theta[:, 0, 0], spend.theta[:, 0, 0]
    edges = np.arange(0, 26.01, 0.25)
    bought = np.diff(MBG_NBD.expected_purchases(theta, row["frequency"], row["recency"], row["T"], edges))
    factor = 1.1 ** (-(edges[1:] + edges[:-1]) / 2 * 7 / 365.25)
    exact = 0.4 * (bought * factor).sum() * GAMMA_GAMMA.expected_spend(money, row["frequency"], row["monetary_value"])
    assert row.value == pytest.approx(float(exact), rel=1e-5)
    assert exact < 0.4 * bought.sum() * GAMMA_GAMMA.expected_spend(money, row["frequency"], row["monetary_value"])


def test_value_is_refused_in_words_where_it_does_not_exist(shop):
    summary, purchases, spend, _ = shop
    z = spend.z.copy()
    z[:, 2] = 0.2  # q = exp(−.4) < 1: spend of the unknown customer has no mean
    with pytest.raises(ModelError, match="mean spend does not exist"):
        customer_value(purchases, replace(spend, z=z), summary, TERMS, draws=100)
    with pytest.raises(ParameterError, match="terms are in months"):
        customer_value(purchases, spend, summary, replace(TERMS, time_unit="month"), draws=100)
    for change in ({"horizon": 0}, {"margin": 0}, {"margin": 30}, {"discount_rate": -0.1}):
        with pytest.raises(ParameterError, match=next(iter(change))):
            replace(TERMS, **change)


def test_forecast_totals_are_sums_over_customers_and_widen_with_chance():
    posterior = fit(BG_NBD, cdnow().rows, draws=1000, rng=2)
    found = forecast(posterior, cdnow(), horizons=[13, 39], draws=200, rng=2)
    customers = found.customers().to_pandas()
    totals = found.totals.set_index("horizon")
    for h in (13, 39):
        assert customers[f"purchases_{h}"].sum() == pytest.approx(totals.loc[h, "expected"], rel=1e-9)
        low, high, expected = totals.loc[h, ["expected_low", "expected_high", "expected"]]
        assert totals.loc[h, "predictive_low"] < low < expected < high < totals.loc[h, "predictive_high"]
    assert customers["p_alive"].sum() == pytest.approx(totals.loc[39, "active"], rel=1e-9)
    assert (customers["purchases_13"] < customers["purchases_39"]).all()
    assert (customers["p_none_13"] >= customers["p_none_39"]).all()
    assert not found.finding().failed


def test_a_forecast_far_beyond_the_data_says_so():
    posterior = fit(BG_NBD, cdnow().rows, draws=1000, rng=2)
    found = forecast(posterior, cdnow(), horizons=[200], draws=100, rng=2).finding()
    assert not found.believed
    assert "shorten the horizon" in found.text
    with pytest.raises(ParameterError, match="horizon"):
        forecast(posterior, cdnow(), horizons=[0])
