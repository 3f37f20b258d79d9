"""Validation says what is so: published scores, exact probabilities, honest coverage, customers left out singly."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from itertools import islice

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from cxlab.cltv.baselines import HISTORICAL_MEAN
from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.counts import count_probabilities
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.loo import leave_one_out
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.pareto_nbd import PARETO_NBD
from cxlab.cltv.posterior import fit
from cxlab.cltv.rows import Rows
from cxlab.cltv.scores import holdout_cells, log_probability, measures, predict_holdout
from cxlab.cltv.summary import summarise
from cxlab.cltv.tracking import track_actual, track_expected
from cxlab.cltv.validation import Validation, score_at, validate
from cxlab.errors import ParameterError
from tests.cltv.cases import CONTINUOUS, FORECASTING, TYPICAL, cdnow, most_likely, name

LEAVING = (BG_NBD, MBG_NBD, PARETO_NBD)
PUBLISHED = {
    "bg_nbd": (1653.4, 0.7855, 0.6256),
    "mbg_nbd": (1576.7, 0.7648, 0.6273),
    "pareto_nbd": (1665.5, 0.7545, 0.6302),
}


@cache
def validated() -> Validation:
    return validate([fit(m, cdnow().rows) for m in LEAVING], cdnow(), draws=100)


def as_draws(theta) -> tuple:
    return tuple(np.full((1, 1), v) for v in theta)


def first(model, n, theta, x, T, t) -> np.ndarray:
    """Probabilities of 0 … n − 1 purchases, shape (n,)."""
    found = count_probabilities(model, as_draws(theta), x, np.array([T]), t)
    return np.array([float(p[0, 0]) for p in islice(found, n)])


def simulated_log(theta, customers: int, rng, *, days: int) -> pd.DataFrame:
    """An order log by the story of MBG/NBD, purchase by purchase, of customers acquired over the first 90 days.

    Time is counted in days; rates are so low that two purchases hardly ever share one.
    """
    r, alpha, a, b = theta
    rate, leaving = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    at = rng.integers(0, 90, customers).astype(float)
    here = np.arange(customers)
    log = []
    while len(here):
        log.append(pd.DataFrame({"customer_id": here.astype(str), "day": np.floor(at)}))
        stays = rng.random(len(here)) >= leaving[here]
        here, at = here[stays], at[stays]
        at = at + rng.exponential(size=len(here)) / rate[here]
        here, at = here[at < days], at[at < days]
    log = pd.concat(log, ignore_index=True)
    return log.assign(timestamp=pd.Timestamp("2020-01-01") + pd.to_timedelta(log["day"], unit="D"), amount=10.0)


@cache
def simulated():
    """Customers of a known MBG/NBD: the truth (per day), the summary and its posterior."""
    truth = (0.8, 90.0, 0.9, 2.4)
    log = simulated_log(truth, 6000, np.random.default_rng(11), days=720)
    s = summarise(ibis.memtable(log), time_unit="day", split="2020-12-31", observation_end="2021-12-20")
    return truth, s


@pytest.mark.parametrize("model", LEAVING, ids=name)
def test_published_holdout_scores_to_their_digits(model):
    found = score_at(model, most_likely(model)[0], cdnow())
    total, mae, correlation = PUBLISHED[model.key]
    assert found["actual"] == 1882
    assert round(found["predicted"], 1) == total
    assert round(found["mae"], 4) == mae
    assert round(found["correlation"], 4) == correlation


def test_posterior_forecasts_rank_customers_as_well_as_published_ones():
    table = validated().holdout.set_index("model")
    assert (table.loc[[m.title for m in LEAVING], "correlation"] >= 0.625).all()


@pytest.mark.parametrize("model", FORECASTING, ids=name)
@pytest.mark.parametrize("x, T, t", [(0, 0.0, 10.0), (0, 20.0, 39.0), (2, 39.0, 39.0), (30, 39.0, 13.0)])
def test_count_probabilities_agree_with_the_closed_forms(model, x, T, t):
    if model is BG_BB:
        x, T, t = min(x, 4), min(T, 6.0), 5.0
    theta = TYPICAL[model.key]
    p = first(model, 800, theta, x, T, t)
    n, args = np.arange(len(p)), (as_draws(theta), x, np.array([T]), t)
    assert p.sum() == pytest.approx(1, abs=1e-9)
    assert p @ n == pytest.approx(float(model.expected_if_alive(*args)[0, 0]), rel=1e-8)
    assert p[0] == pytest.approx(float(np.broadcast_to(model.p_none_if_alive(*args), (1, 1))[0, 0]), rel=1e-8)


@pytest.mark.parametrize("model", FORECASTING, ids=name)
def test_count_probabilities_agree_with_simulated_futures(model):
    x, recency, T, t = (3.0, 5.0, 6.0, 4.0) if model is BG_BB else (3.0, 30.0, 39.0, 26.0)
    size, theta = 100_000, as_draws(TYPICAL[model.key])
    rng = np.random.default_rng(5)
    drawn = model.simulate_purchases(theta, np.full(size, x), np.full(size, recency), np.full(size, T), t, rng)
    alive = float(np.ravel(model.p_alive(theta, x, recency, np.array([T])))[0])
    p = alive * first(model, 15, TYPICAL[model.key], x, T, t)
    p[0] += 1 - alive
    seen = np.array([(drawn == n).mean() for n in range(len(p))])
    assert (np.abs(seen - p) <= 4.5 * np.sqrt(p * (1 - p) / size) + 1e-9).all()


def test_a_heavy_buyer_over_a_long_future_has_a_proper_distribution():
    # P(0) underflows here, and the textbook expectation of BG/NBD overflows
    for model in CONTINUOUS:
        p = first(model, 8_000, TYPICAL[model.key], 400, 50.0, 365.0)
        assert np.isfinite(p).all() and p.sum() == pytest.approx(1, abs=1e-4)


def test_a_right_model_is_called_right():
    truth, s = simulated()
    n = s.n_customers
    found = score_at(MBG_NBD, truth, s)
    cells = holdout_cells(s)
    right = predict_holdout(MBG_NBD, np.array(truth)[:, None, None], s, cells)
    sd = np.sqrt(right.variance.sum())
    assert abs(found["actual"] - found["predicted"]) < 4 * sd
    for level in (0.5, 0.8, 0.95):
        coverage = measures(right, s, cells, level=level)["coverage"]
        assert abs(coverage - level) < 4 * np.sqrt(level * (1 - level) / n)
    assert found["pit_ks"] < 1.63 / np.sqrt(n)


@pytest.mark.parametrize(
    "model, theta", [(NBD_MODEL, (0.8, 90.0)), (MBG_NBD, (3.2, 360.0, 0.9, 2.4))], ids=["nbd", "mbg_nbd"]
)
def test_a_wrong_model_is_called_wrong(model, theta):
    # nobody leaves; customers far more alike than they are
    truth, s = simulated()
    right, wrong = score_at(MBG_NBD, truth, s), score_at(model, theta, s)
    assert wrong["pit_ks"] > 1.63 / np.sqrt(s.n_customers)
    assert wrong["log_score"] < right["log_score"]


def test_a_fit_to_the_true_model_passes_its_checks_and_tracks():
    _, s = simulated()
    v = validate([fit(MBG_NBD, s.rows)], s, draws=100)
    assert [c.name for c in v.checks() if not c.passed] == []
    ahead = v.tracking[v.tracking["holdout"]]
    inside = (ahead["low_period"] <= ahead["actual_period"]) & (ahead["actual_period"] <= ahead["high_period"])
    assert inside.mean() > 0.9 - 4 * np.sqrt(0.09 / len(ahead))
    later = v.tracking.iloc[4:]
    assert later["actual_cumulative"].between(later["low_cumulative"], later["high_cumulative"]).all()


def test_leaving_one_customer_out_is_fitting_without_that_customer():
    rows = Rows.collapse(
        {"frequency": [0] * 30 + [1] * 10 + [3] * 5 + [6], "recency": [0] * 30 + [9] * 10 + [15] * 5 + [19],
         "T": [20] * 46}
    )  # fmt: skip
    found = leave_one_out(NBD_MODEL, fit(NBD_MODEL, rows).draws(4000, 1), rows)
    # exactly, on a grid of the two coordinates: the evidence of all customers against that of all but one
    center, spread = NBD_MODEL.prior(rows)
    grid = np.stack([c.ravel() for c in np.meshgrid(*(np.linspace(-5, 5, 161) * s + c for c, s in zip(
        [-3.4, 0.3], [0.4, 0.4], strict=True)))])  # fmt: skip
    each = np.array([NBD_MODEL.log_likelihood(NBD_MODEL.natural(z[:, None]), rows) for z in grid.T])
    prior = norm.logpdf(grid, center[:, None], spread[:, None]).sum(0)
    evidence = logsumexp(each @ rows.weight + prior)
    exact = [evidence - logsumexp(each @ (rows.weight - own) + prior) for own in np.eye(len(rows))]
    assert found.values == pytest.approx(np.array(exact), abs=0.02)
    assert found.total == pytest.approx(rows.weight @ exact, abs=4 * found.error)


def test_like_customers_count_one_by_one():
    # every customer twice: the same scores, twice the total; leave-one-out leaves out one of the two
    log = simulated_log((0.8, 90.0, 0.9, 2.4), 300, np.random.default_rng(2), days=500)
    twice = pd.concat([log, log.assign(customer_id=log["customer_id"] + "b")])
    once, double = (
        summarise(ibis.memtable(each), time_unit="day", split="2020-10-31", observation_end="2021-05-14")
        for each in (log, twice)
    )
    a, b = (score_at(MBG_NBD, (0.8, 90.0, 0.9, 2.4), s) for s in (once, double))
    assert b["predicted"] == pytest.approx(2 * a["predicted"]) and b["actual"] == 2 * a["actual"]
    for score in ("mae", "rmse", "correlation", "log_score", "coverage", "pit_ks"):
        assert b[score] == pytest.approx(a[score])


def test_findings_hold_every_model_and_baseline_and_draw():
    v = validated()
    findings = {f.name: f for f in v.findings()}
    assert list(findings) == ["cltv.holdout", "cltv.calibration", "cltv.tracking", "cltv.pit"]
    everyone = [*(m.title for m in LEAVING), NBD_MODEL.title, HISTORICAL_MEAN]
    assert list(findings["cltv.holdout"].table["model"]) == everyone
    assert list(dict.fromkeys(findings["cltv.calibration"].table["model"])) == everyone
    for finding in findings.values():
        assert finding.plot().has_data()
        sampled = finding.table[finding.monte_carlo_error.columns]
        assert (finding.monte_carlo_error.notna() <= sampled.notna()).all(axis=None)
        assert "nan" not in finding.text and "2,357" in finding.text + finding.caption


def test_the_holdout_finding_doubts_what_did_not_come_true():
    finding = validated().findings()[0]
    # all three models expect too few purchases on CDNOW, beyond their predictive interval
    assert [c.name for c in finding.failed] == ["error of the holdout total"]
    assert "Do not lean on this" in finding.text


def test_a_lead_within_error_is_not_called_one():
    v = validated()
    equal, clear = replace(v, lead=(0.01, 0.006)), replace(v, lead=(0.01, 0.004))
    assert "equally well" in equal.findings()[0].title and "equally well" not in clear.findings()[0].title
    a, b = (predict_holdout(m, np.array(most_likely(m)[0])[:, None, None], cdnow(), holdout_cells(cdnow()))
            for m in (MBG_NBD, PARETO_NBD))  # fmt: skip
    cells = holdout_cells(cdnow())
    each = np.repeat(log_probability(a) - log_probability(b), cells["customers"])
    from cxlab.cltv.comparison import lead_of_best

    gap, error = lead_of_best({"a": a, "b": b}, ("a", "b"), cells)
    assert gap == pytest.approx(each.mean()) and error == pytest.approx(each.std() / np.sqrt(len(each)))


def test_monte_carlo_errors_say_how_far_other_draws_fall():
    s = cdnow()
    posterior = fit(NBD_MODEL, s.rows)
    runs = [validate([posterior], s, draws=100, rng=seed) for seed in range(6)]
    for column in ("predicted", "mae", "log_score", "elpd_loo"):
        values = np.array([r.holdout.loc[0, column] for r in runs])
        stated = np.mean([r.errors["holdout"].loc[0, column] for r in runs])
        assert stated / 3.5 < values.std(ddof=1) + 1e-12 < 3.5 * stated


def test_tracking_follows_the_log_week_by_week():
    s, table = cdnow(), validated().tracking
    own = table[table["model"] == "BG/NBD"]
    assert len(own) == 78 and own["holdout"].sum() == 39
    assert own["actual_period"].sum() == own["actual_cumulative"].iloc[-1]
    assert own.loc[own["holdout"], "actual_period"].sum() == 1882
    assert own.loc[~own["holdout"], "actual_period"].sum() == s.distinct.eval("frequency * customers").sum()
    assert own["start"].iloc[39] == pd.Timestamp("1997-10-01")


@pytest.mark.parametrize("model", LEAVING, ids=name)
def test_tracking_expects_what_the_models_expect_of_new_customers(model):
    s, theta = cdnow(), most_likely(model)[0]
    draws = np.array(theta)[:, None, None]
    table, _ = track_expected(model, draws, s, level=0.9, rng=1)
    age = s.distinct["T_steps"] * s.scale + s.holdout
    expected = model.expected_new(as_draws(theta), age.to_numpy())[0] @ s.distinct["customers"]
    assert table["expected_cumulative"].iloc[-1] == pytest.approx(expected)
    assert np.allclose(table["expected_period"].cumsum(), table["expected_cumulative"])
    # its band has the variance of independent new customers, by the exact distribution of their counts
    ages, inverse = np.unique(age, return_inverse=True)
    people = np.bincount(inverse, weights=s.distinct["customers"])
    alive = model.p_alive(as_draws(theta), 0.0, 0.0, np.zeros(1))
    counts = np.array([p[0] for p in islice(count_probabilities(model, as_draws(theta), 0, 0.0, ages), 400)]) * alive[0]
    n = np.arange(len(counts))[:, None]
    variance = ((n**2 * counts).sum(0) - (n * counts).sum(0) ** 2) @ people
    width = table["high_cumulative"].iloc[-1] - table["low_cumulative"].iloc[-1]
    assert width == pytest.approx(2 * norm.ppf(0.95) * np.sqrt(variance), rel=0.07)


def test_customers_acquired_in_the_holdout_are_in_neither_line():
    log = simulated_log((0.8, 90.0, 0.9, 2.4), 200, np.random.default_rng(3), days=400)
    late = log.assign(customer_id=log["customer_id"] + "late", timestamp=log["timestamp"] + pd.Timedelta(days=250))
    late = late[late["timestamp"] <= "2021-01-31"]
    options = {"time_unit": "week", "split": "2020-08-31", "observation_end": "2021-01-31"}
    alone, joined = (summarise(ibis.memtable(each), **options) for each in (log, pd.concat([log, late])))
    assert joined.left_out > 0
    pd.testing.assert_frame_equal(track_actual(alone), track_actual(joined))
    draws = np.array((0.8, 13.0, 0.9, 2.4))[:, None, None]
    pd.testing.assert_frame_equal(*(track_expected(MBG_NBD, draws, s, level=0.9, rng=1)[0] for s in (alone, joined)))


@pytest.mark.parametrize("grain, steps", [("week", 30), ("month", 18)])
def test_coarser_grains_are_tracked_in_their_own_steps(grain, steps):
    log = simulated_log((0.8, 40.0, 0.9, 2.4), 300, np.random.default_rng(4), days=steps * 31)
    s = summarise(ibis.memtable(log), grain=grain, time_unit=grain, split="2020-06-30")
    seen = track_actual(s)
    assert seen["actual_period"].sum() == s.distinct.eval("frequency * customers + holdout_frequency").sum()
    assert seen.loc[seen["holdout"], "start"].iloc[0] == pd.Timestamp(
        {"week": "2020-07-06", "month": "2020-07-01"}[grain]
    )


def test_segments_are_scored_by_their_own_parameters():
    slow, fast = (0.8, 90.0, 0.9, 2.4), (0.8, 12.0, 0.9, 2.4)
    rng = np.random.default_rng(8)
    logs = [simulated_log(theta, 100, rng, days=400) for theta in (fast, slow)]
    logs = [log.assign(segment=g, customer_id=log["customer_id"] + g) for log, g in zip(logs, "ab", strict=True)]
    options = {"time_unit": "day", "split": "2020-08-31", "observation_end": "2021-01-31"}
    s = summarise(ibis.memtable(pd.concat(logs)), segment="segment", **options)
    parts = [summarise(ibis.memtable(log), **options) for log in logs]
    theta = np.array([fast, slow]).T[:, None, :]

    together = predict_holdout(MBG_NBD, theta, s, holdout_cells(s))
    apart = [score_at(MBG_NBD, each, part) for each, part in zip((fast, slow), parts, strict=True)]
    assert together.expected.sum() == pytest.approx(sum(each["predicted"] for each in apart))
    # both parts begin with a purchase on the same day, so their steps are the same
    expected = [track_expected(MBG_NBD, theta[:, :, [g]], parts[g], level=0.9, rng=1)[0] for g in (0, 1)]
    tracked, _ = track_expected(MBG_NBD, theta, s, level=0.9, rng=1)
    total = sum(each["expected_cumulative"].iloc[-1] for each in expected)
    assert tracked["expected_cumulative"].iloc[-1] == pytest.approx(total)

    own, shared = (validate([fit(MBG_NBD, rows)], s, draws=50) for rows in (s.rows, s.rows.pooled()))
    assert own.holdout.loc[0, "elpd_loo"] > shared.holdout.loc[0, "elpd_loo"]


def without_holdout():
    return replace(cdnow(), holdout_end=None)


def test_what_cannot_be_validated_is_refused_in_words():
    s, posterior = cdnow(), fit(NBD_MODEL, cdnow().rows)
    with pytest.raises(ParameterError, match="has no holdout"):
        validate([posterior], without_holdout())
    with pytest.raises(ParameterError, match="has no holdout"):
        score_at(NBD_MODEL, (0.4, 12.0), without_holdout())
    with pytest.raises(ParameterError, match="no posterior"):
        validate([], s)
    with pytest.raises(ParameterError, match="given twice"):
        validate([posterior, posterior], s)
    with pytest.raises(ParameterError, match="does not forecast"):
        validate([fit(GAMMA_GAMMA, s.spend_rows)], s)
    # fitted to all of the log, holdout included: its scores would flatter it
    longer = Rows(dict(s.rows.columns) | {"T": s.rows["T"] + s.holdout}, s.rows.weight, s.rows.group)
    with pytest.raises(ParameterError, match="another period"):
        validate([fit(NBD_MODEL, longer)], s)


def test_nobody_bought_in_the_holdout():
    log = pd.DataFrame({"customer_id": list("aabbccd"), "amount": 5.0,
                        "timestamp": [dt.date(2024, 1, d) for d in (1, 9, 2, 30, 3, 8, 4)]})  # fmt: skip
    s = summarise(ibis.memtable(log), split="2024-03-01", observation_end="2024-04-01")
    v = validate([fit(MBG_NBD, s.rows)], s)
    assert (v.holdout["actual"] == 0).all() and (v.holdout["mae"] >= 0).all()
    assert all(np.isfinite(v.holdout["log_score"].dropna()))
    assert all("nan" not in f.text for f in v.findings())
