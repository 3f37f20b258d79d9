"""One likelihood a model: right to many digits, with its gradient, wherever a posterior may wander."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.pareto_nbd import PARETO_NBD
from cxlab.cltv.posterior import fit
from cxlab.cltv.rows import Rows
from cxlab.cltv.sbg import S_BG
from tests.cltv.cases import CONTINUOUS, MODELS, TYPICAL, name, rows_of


def some_rows(model, rng, n=60, groups=1) -> Rows:
    """Random customers, from one-time buyers to very heavy ones, some seen only for a moment."""
    group = np.arange(n) % groups
    labels = [f"segment {g}" for g in range(groups)]
    if model is S_BG:
        columns = {"renewals": rng.integers(0, 30, n), "churned": rng.integers(0, 2, n)}
    elif model is BG_BB:
        T = rng.integers(1, 12, n)
        x = rng.binomial(T, 0.4)
        columns = {"frequency": x, "recency": np.where(x > 0, rng.integers(x, T + 1), 0), "T": T}
    elif model is GAMMA_GAMMA:
        columns = {"frequency": 1 + rng.poisson(rng.choice([0.5, 5, 300], n)), "monetary_value": rng.gamma(2, 20, n)}
    else:
        T = rng.choice([1, 11, 39, 365, 3650], n) * rng.uniform(0.5, 1, n)
        x = np.where(rng.random(n) < 0.3, 0, rng.poisson(rng.choice([0.5, 5, 400], n)))
        columns = {"frequency": x, "recency": np.where(x > 0, T * rng.uniform(1e-6, 1, n), 0), "T": T}
    return Rows.collapse(columns, weight=rng.integers(1, 9, n), group=group, groups=labels)


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("model", MODELS, ids=name)
def test_gradient_is_the_slope_of_the_likelihood(model, groups):
    rng = np.random.default_rng(1)
    rows = some_rows(model, rng, groups=groups)
    typical = model.coordinates_of(np.array(TYPICAL[model.key]))
    step = 1e-5
    for reach in (0, 1, 3):  # at published values, near them, and a factor of twenty away
        z = typical[:, None] + reach * rng.uniform(-1, 1, (len(typical), groups))
        total, slope = model.total(z, rows, gradient=True)
        assert total == pytest.approx(model.total(z, rows), rel=1e-13)
        for i, g in np.ndindex(z.shape):
            bump = np.zeros_like(z)
            bump[i, g] = step
            numeric = (model.total(z + bump, rows) - model.total(z - bump, rows)) / (2 * step)
            assert slope[i, g] == pytest.approx(numeric, rel=1e-6, abs=1e-9 * abs(total) / step**0.5)


@pytest.mark.parametrize("model", MODELS, ids=name)
def test_segments_change_nothing_but_the_parameters_they_use(model):
    rng = np.random.default_rng(2)
    rows = some_rows(model, rng, groups=2)
    theta = np.column_stack([TYPICAL[model.key], np.array(TYPICAL[model.key]) * 1.3])
    apart = sum(part.weight @ model.log_likelihood(theta[:, [g]], part) for g in (0, 1) for part in [rows.select(g)])
    assert rows.weight @ model.log_likelihood(theta, rows) == pytest.approx(apart, rel=1e-12)


@pytest.mark.parametrize("model", MODELS, ids=name)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_a_weight_is_a_repeated_row_and_order_does_not_matter(model, seed):
    rng = np.random.default_rng(seed)
    rows = some_rows(model, rng, n=20)
    order = rng.permutation(np.repeat(np.arange(len(rows)), rows.weight.astype(int)))
    again = Rows.collapse({k: v[order] for k, v in rows.columns.items()})
    z = model.coordinates_of(np.array(TYPICAL[model.key]))[:, None] + rng.normal(0, 0.5, (len(TYPICAL[model.key]), 1))
    assert len(again) == len(rows)
    assert again.customers == rows.customers == len(order)
    assert model.total(z, again) == pytest.approx(model.total(z, rows), rel=1e-12)


def pareto_nbd_by_2f1(r, alpha, s, beta, x, recency, T):
    """Log-likelihood and P(alive) in 60 digits by the hypergeometric formula of Fader & Hardie (2005)."""
    with mpmath.workdps(60):
        r, alpha, s, beta, recency, T = map(mpf, (r, alpha, s, beta, recency, T))
        large, apart = max(alpha, beta), abs(alpha - beta)
        second = s + 1 if alpha >= beta else r + x

        def at(t):
            return mpmath.hyp2f1(r + s + x, second, r + s + x + 1, apart / (large + t)) / (large + t) ** (r + s + x)

        stayed = (alpha + T) ** -(r + x) * (beta + T) ** -s
        bracket = stayed + s / (r + s + x) * (at(recency) - at(T))
        start = mpmath.loggamma(r + x) - mpmath.loggamma(r) + r * mpmath.log(alpha) + s * mpmath.log(beta)
        return float(start + mpmath.log(bracket)), float(stayed / bracket)


def test_pareto_nbd_against_sixty_digits():
    rng = np.random.default_rng(3)
    drawn = np.exp(rng.normal([-0.5, 2, -0.5, 2.5], [1.2, 2, 1.2, 2], (15, 4)))
    equal_scales, far_apart = (0.5, 10, 0.6, 10), [(0.5, 1e-3, 0.6, 1e3), (0.5, 1e3, 0.6, 1e-3)]
    leaves_at_once, never_leaves = (8, 0.1, 5, 0.1), (0.02, 5, 0.01, 500)
    parameters = [*drawn, TYPICAL["pareto_nbd"], equal_scales, *far_apart, leaves_at_once, never_leaves]
    one_time, silent, steady = [(0, 0, 39), (0, 0, 3650)], [(1, 1e-3, 39), (400, 2, 11)], [(26, 30.86, 31)]
    histories = [*one_time, *silent, *steady, (7, 38.999, 39), (900, 3000, 3650)]
    x, recency, T = np.array(histories, dtype=float).T
    rows = Rows.collapse({"frequency": x, "recency": recency, "T": T})
    compared = 0
    for theta in parameters:
        values = PARETO_NBD.log_likelihood(np.array(theta)[:, None], rows)
        alive = PARETO_NBD.p_alive(theta, rows["frequency"], rows["recency"], rows["T"])
        for i in range(len(rows)):
            history = int(rows["frequency"][i]), rows["recency"][i], rows["T"][i]
            exact, p_alive = pareto_nbd_by_2f1(*(float(v) for v in theta), *history)
            assert values[i] == pytest.approx(exact, rel=1e-12, abs=1e-9), (theta, history)
            assert alive[i] == pytest.approx(p_alive, rel=1e-9, abs=1e-300), (theta, history)
            compared += 1
    assert compared >= 60


def bg_nbd_expected_by_2f1(r, alpha, a, b, x, T, t):
    """Eq. 10 of Fader, Hardie & Lee (2005) in 50 digits, for a customer who is active at T."""
    with mpmath.workdps(50):
        r, alpha, a, b, T, t = map(mpf, (r, alpha, a, b, T, t))
        a += mpf(10) ** -25 if a == 1 else 0  # where the formula is 0/0
        series = mpmath.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
        return float((a + b + x - 1) / (a - 1) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * series))


@pytest.mark.parametrize("a", [1, 1 + 1e-6, 1 - 1e-6, 1 + 9e-4, 1 - 9e-4, 1.01, 0.793, 0.05, 3, 20])
def test_expected_purchases_of_bg_nbd_against_fifty_digits(a):
    # includes the heavy buyer (400 purchases in 11 weeks, a year ahead) on whom the textbook formula has no value
    for r, alpha, b in ((0.243, 4.414, 2.426), (0.02, 0.05, 40), (5, 300, 0.1)):
        for x, T in ((0, 0), (0, 11), (1, 39), (30, 365), (400, 11), (900, 365)):
            for t in (0.1, 39, 365, 3650):
                theta = tuple(np.array([v]) for v in (r, alpha, a, b))
                (got,) = BG_NBD.expected_if_alive(theta, float(x), float(T), float(t))
                assert got == pytest.approx(bg_nbd_expected_by_2f1(r, alpha, a, b, x, T, t), rel=1e-8), (r, x, T, t)


def test_forecasts_of_draws_that_cross_one_are_smooth():
    """A posterior of `a` on both sides of 1: neighbours agree, none is missing."""
    a = 1 + np.linspace(-3e-3, 3e-3, 61)[:, None]
    x, T = np.array([0.0, 2, 400, 900]), np.array([39.0, 39, 11, 365])
    for model in (BG_NBD, MBG_NBD):
        values = model.expected_if_alive((0.243, 4.414, a, 2.426), x, T, 365.0)
        assert np.isfinite(values).all()
        assert (np.diff(values, axis=0) < 0).all()  # the likelier to leave, the fewer purchases
        assert np.abs(np.diff(np.log(values), axis=0, n=2)).max() < 1e-6


@pytest.mark.parametrize("model", CONTINUOUS, ids=name)
def test_heavy_buyers_and_long_horizons_have_numbers(model):
    rng = np.random.default_rng(4)
    n = 2_000
    spread = np.exp(rng.normal(0, 1.0, (len(model.parameters), n)))
    theta = np.array(TYPICAL[model.key])[:, None] * spread
    x = rng.choice([0, 1, 5, 100, 400, 900, 5000], n).astype(float)
    T = rng.choice([0.5, 11, 39, 365, 3650], n)
    recency = np.where(x > 0, T * rng.choice([1e-3, 0.5, 1.0], n), 0)
    t = rng.choice([0.1, 39, 365, 3650], n)
    expected = model.expected_if_alive(theta, x, T, t)
    assert (np.isfinite(expected) & (expected > 0)).all()
    for p in (model.p_alive(theta, x, recency, T), model.p_no_purchase(theta, x, recency, T, t)):
        assert (np.isfinite(p) & (p >= 0) & (p <= 1 + 1e-9)).all()
    # nobody buys more than a customer who never leaves
    assert (expected <= (theta[0] + x) / (theta[1] + T) * t * (1 + 1e-9)).all()


def dimensionless(model, posterior, unit: float) -> dict[str, float]:
    """Posterior means on the unconstrained scale, with rates brought to one unit of time (or money) for all."""
    z = np.einsum("s,sk->k", posterior.weights, posterior.z[:, :, 0])
    shift = {True: math.log(unit), False: 0.0}
    return {c.name: z[i] + shift[c.per_time] - shift[c.per_spend] for i, c in enumerate(model.coordinates)}


@pytest.mark.parametrize("model", CONTINUOUS, ids=name)
def test_the_unit_of_time_changes_nothing(model):
    """Weeks or days: the prior is in data units, so the posterior is of the same customers."""
    weeks = rows_of(model)
    days = Rows(
        {k: v * 7 if k != "frequency" else v for k, v in weeks.columns.items()}, weeks.weight, weeks.group, weeks.groups
    )
    one, seven = (fit(model, rows, draws=500, rng=5) for rows in (weeks, days))
    assert dimensionless(model, seven, 7.0) == pytest.approx(dimensionless(model, one, 1.0), abs=1e-4)
    assert seven.diagnostics["k_hat"] == pytest.approx(one.diagnostics["k_hat"], abs=1e-3)


@pytest.mark.parametrize("rate", [0.0068, 149.0])
def test_the_currency_changes_nothing(rate):
    """Spend in another currency: p and q stay, ν changes by the rate; priors that are not scale free break this."""
    dollars = rows_of(GAMMA_GAMMA)
    other = Rows(
        {"frequency": dollars["frequency"], "monetary_value": dollars["monetary_value"] * rate},
        dollars.weight, dollars.group, dollars.groups,
    )  # fmt: skip
    one, two = (fit(GAMMA_GAMMA, rows, draws=500, rng=6) for rows in (dollars, other))
    assert dimensionless(GAMMA_GAMMA, two, rate) == pytest.approx(dimensionless(GAMMA_GAMMA, one, 1.0), abs=1e-4)
    assert two.mean()["v"] / one.mean()["v"] == pytest.approx(rate, rel=1e-3)


def test_default_priors_of_spend_leave_the_data_to_speak():
    """The maximum of the likelihood on CDNOW (p 6.25, q 3.74) lies well within the posterior."""
    posterior = fit(GAMMA_GAMMA, rows_of(GAMMA_GAMMA), draws=2000, rng=7)
    table = posterior.parameters().table.set_index("parameter")
    for parameter, value in zip(("p", "q", "v"), (6.25, 3.74, 15.44), strict=True):
        assert table.loc[parameter, "low"] < value < table.loc[parameter, "high"]
        assert abs(table.loc[parameter, "mean"] - value) < table.loc[parameter, "sd"]


def test_baseline_of_nobody_leaving_is_the_limit_of_every_model():
    """As leaving becomes impossible, BG/NBD, MBG/NBD and Pareto/NBD become the NBD."""
    x, recency, T = np.array([0.0, 2, 40]), np.array([0.0, 30, 38]), np.array([39.0, 39, 39])
    rows = Rows.collapse({"frequency": x, "recency": recency, "T": T})
    nbd = np.array([[0.4], [10.0]])
    exact = NBD_MODEL.log_likelihood(nbd, rows)
    for model, leaving in ((BG_NBD, (1e-9, 1.0)), (MBG_NBD, (1e-9, 1.0)), (PARETO_NBD, (1e-6, 1e6))):
        theta = np.concatenate([nbd, np.array(leaving)[:, None]])
        assert model.log_likelihood(theta, rows) == pytest.approx(exact, abs=1e-4)
        assert model.expected_purchases(theta[:, 0], x, recency, T, 39.0) == pytest.approx(
            NBD_MODEL.expected_purchases(nbd[:, 0], x, recency, T, 39.0), rel=1e-3
        )
