"""Contracts: counted as by hand, without what cannot be known yet, and foreseen as published and as simulated."""

from __future__ import annotations

import datetime as dt
from functools import cache

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1

import cxlab as cx
from cxlab.cltv import retention_study as study
from cxlab.cltv.cohorts import cohorts_finding, contracts_finding, kaplan_meier
from cxlab.cltv.contracts import summarise_contracts
from cxlab.cltv.posterior import mode
from cxlab.cltv.retention import fit_retention
from cxlab.cltv.retention_holdout import CONSTANT, LAST, Later, retention_holdout
from cxlab.cltv.retention_value import Payments, contract_value
from cxlab.cltv.sbg import S_BG
from cxlab.errors import DataError, ParameterError

DAY = dt.timedelta(days=1)
OFFSET = {"week": {"weeks": 1}, "month": {"months": 1}, "quarter": {"months": 3}, "year": {"years": 1}}
# Fader & Hardie (2007), Journal of Interactive Marketing 21(1), table 1: per cent of customers still active after year
# 0 … 12; the data set holds the first seven years, the model never sees the last five
STILL_ACTIVE = {
    "high-end": (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4),
    "regular": (100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3),
}


def table(rows, **more):
    """An Ibis table of contracts from (customer_id, start, end) with days as text."""
    customers, starts, ends = zip(*rows, strict=True)
    day = pd.to_datetime
    frame = pd.DataFrame({"customer_id": customers, "start": day(list(starts)), "end": day(list(ends)), **more})
    return ibis.memtable(frame)


def counted(rows, **options):
    """(renewals, churned) → contracts."""
    d = summarise_contracts(table(rows), **options).distinct
    return d.groupby(["renewals", "churned"])["contracts"].sum().to_dict()


@cache
def published():
    data = cx.load("sbg_cohorts")
    return study.contracts_of(data, study.RetentionStudy())


@cache
def published_fit():
    return fit_retention(published())


def simulated(n, *, alpha=0.8, beta=2.5, rng=1, price_rise=None, alike=None):
    """Yearly contracts of an sBG population, begun on any day of six years, that end on a day of renewal.

    Parameters
    ----------
    price_rise : renewal from which on half of those who would stay leave besides
    alike : probability to leave that all share, in place of the beta distribution

    Returns
    -------
    DataFrame: customer_id, start, end (as seen to the end of 2007), leaves (renewal at which it ends, seen or not)
    """
    rng = np.random.default_rng(rng)
    start = pd.Timestamp("2000-01-01") + pd.to_timedelta(rng.integers(0, 365 * 6, n), unit="D")
    leaving = np.full(n, alike) if alike else rng.beta(alpha, beta, n)
    leaves = rng.geometric(np.maximum(leaving, 1e-9))
    if price_rise:
        leaves = np.minimum(leaves, price_rise - 1 + rng.geometric(0.5, n))
    start = start - pd.to_timedelta((start.day > 28) * 3, unit="D")  # days that every year has
    until = {"year": start.year + np.minimum(leaves, 200), "month": start.month, "day": start.day}
    end = pd.to_datetime(pd.DataFrame(until)).to_numpy()
    frame = pd.DataFrame({"customer_id": np.arange(n).astype(str), "start": start, "end": end, "leaves": leaves})
    frame["end"] = frame["end"].where(frame["end"] <= "2007-12-31")
    return frame


def summarised(frame, **options):
    options = {"period": "year", "observation_end": "2007-12-31"} | options
    return summarise_contracts(ibis.memtable(frame.drop(columns="leaves")), **options)


# counting


def test_a_contract_counts_the_renewals_it_went_on_after():
    rows = [
        ("left at its first renewal", "2020-01-15", "2021-01-15"),
        ("left at its second", "2020-01-15", "2022-01-15"),
        ("ended in its second year", "2020-01-15", "2021-07-01"),
        ("ended in its first", "2020-01-15", "2020-07-01"),
        ("still there after three", "2020-01-15", None),
        ("began a year ago", "2022-06-30", None),
    ]
    found = counted(rows, period="year", observation_end="2023-06-30")
    assert found == {(0, 1): 2, (1, 1): 2, (3, 0): 1, (1, 0): 1}


def test_a_loss_in_a_period_that_is_not_over_is_no_loss_yet():
    """Those who began with it and stay cannot be counted as kept either: counting it would overstate churn."""
    rows = [("left", "2022-09-01", "2023-02-01"), ("stays", "2022-09-01", None), ("old", "2020-01-01", None)]
    contracts = summarise_contracts(table(rows), period="year", observation_end="2023-06-30")
    assert contracts.rows["churned"].sum() == 0
    assert (contracts.facts["lost"], contracts.facts["open_losses"]) == (1, 1)
    assert contracts.distinct.query("active == 1")["contracts"].sum() == 2
    assert "1 contract ended in a year that is not over" in contracts_finding(contracts).text


def test_retention_is_unbiased_where_contracts_end_on_any_day():
    """Every contract ends within a year with probability .2; counted carelessly, young cohorts show losses only."""
    rng = np.random.default_rng(3)
    n = 30_000
    start = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 365 * 5, n), unit="D")
    end = start + pd.to_timedelta(np.ceil((rng.geometric(0.2, n) - rng.random(n)) * 365.25), unit="D")
    frame = pd.DataFrame({"customer_id": np.arange(n), "start": start, "end": end.where(end <= "2020-06-30")})
    contracts = summarise_contracts(ibis.memtable(frame), period="year", observation_end="2020-06-30")
    ages = contracts.by_age()
    assert ages["kept"].sum() / ages["at_risk"].sum() == pytest.approx(0.8, abs=0.01)
    assert ages["retention"].head(4).to_numpy() == pytest.approx(0.8, abs=0.02)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(dt.date(2019, 12, 25), dt.date(2022, 3, 3)), st.none() | st.integers(0, 900)),
        min_size=1, max_size=15,
    ),
    st.sampled_from(["week", "month", "quarter", "year"]),
    st.sampled_from(["day_after", "last_day"]),
)  # fmt: skip
def test_the_engine_counts_as_the_calendar_does(contracts, period, ends):
    """Against renewals written out one by one: start + n periods, on the last day of a month that lacks the day."""
    end, rows, expected = dt.date(2022, 4, 30), [("anchor", dt.date(2019, 1, 1), None)], {}
    rows += [(str(i), start, None if d is None else start + d * DAY) for i, (start, d) in enumerate(contracts)]
    later = ends == "last_day"
    cut = pd.Timestamp(end + later * DAY)
    for _, start, last in rows:
        due, n = [], 1
        while (day := pd.Timestamp(start) + pd.DateOffset(**{k: n * v for k, v in OFFSET[period].items()})) <= cut:
            due.append(day)
            n += 1
        stop = pd.Timestamp(last + later * DAY) if last is not None and last <= end else None
        passed = len(due) if stop is None else sum(day < stop for day in due)
        key = (passed, int(passed < len(due)))
        expected[key] = expected.get(key, 0) + 1
    assert counted(rows, period=period, observation_end=end, ends=ends, join=False) == expected


def test_terms_written_as_rows_are_one_contract_and_a_return_is_another():
    rows = [
        ("renews", "2020-01-01", "2020-12-31"), ("renews", "2021-01-01", "2021-12-31"), ("renews", "2022-01-01", None),
        ("pays late", "2020-01-01", "2020-12-31"), ("pays late", "2021-02-10", None),
        ("comes back", "2018-01-01", "2018-12-31"), ("comes back", "2021-06-01", None),
        ("has two", "2020-01-01", None), ("has two", "2021-01-01", "2021-12-31"),
    ]  # fmt: skip
    options = {"period": "year", "observation_end": "2023-06-30"}
    contracts = summarise_contracts(table(rows), **options)
    assert contracts.ends == "last_day"
    assert (contracts.facts["rows"], contracts.facts["customers"], contracts.n_contracts) == (9, 4, 5)
    assert counted(rows, **options) == {(3, 0): 3, (0, 1): 1, (2, 0): 1}
    assert "4 rows continue a contract" in contracts_finding(contracts).text
    assert summarise_contracts(table(rows), **options, join=False).n_contracts == 9


def test_a_change_of_plan_is_no_loss_and_the_first_plan_names_the_contract():
    rows = [("a", "2020-01-01", "2021-01-01"), ("a", "2021-01-01", None), ("b", "2020-01-01", None)]
    contracts = summarise_contracts(
        table(rows, plan=["basic", "gold", "gold"], price=[5.0, 9.0, 8.0]), period="year", segment="plan",
        observation_end="2022-06-01",
    )  # fmt: skip
    assert contracts.segments == ("basic", "gold")
    found = contracts.distinct[["segment", "renewals", "price"]].to_numpy().tolist()
    assert found == [["basic", 2, 9.0], ["gold", 2, 8.0]]


@pytest.mark.parametrize("days", [0, 1])
def test_an_end_may_be_the_last_day_or_the_day_after(days):
    """A contract from 1 January that ends on 31 December or on 1 January was lost at its first renewal either way."""
    data = cx.load("sbg_cohorts").subscriptions
    frame = data.to_pandas()
    frame["end"] = frame["end"] - pd.Timedelta(days=days)
    end = dt.date(2007, 1, 1) - days * DAY
    contracts = summarise_contracts(ibis.memtable(frame), period="year", segment="plan", observation_end=end)
    assert contracts.ends == ("last_day" if days else "day_after")
    pd.testing.assert_frame_equal(contracts.distinct, published().distinct)


def test_the_end_of_observation_is_the_last_day_seen_unless_it_is_stated():
    rows = [("a", "2020-01-01", "2021-03-01"), ("b", "2020-06-01", None), ("c", "2021-05-05", None)]
    contracts = summarise_contracts(table(rows), period="year")
    assert (contracts.observation_end, contracts.stated) == (dt.date(2021, 5, 5), False)
    assert "as no other was stated" in contracts_finding(contracts).text
    earlier = summarise_contracts(table(rows), period="year", observation_end="2021-02-01")
    assert (earlier.n_contracts, earlier.facts["left_out"]) == (2, 1)
    assert earlier.distinct["active"].sum() == 2  # what ends later was still there


def test_an_end_that_lies_in_the_future_is_a_plan():
    rows = [("a", "2020-01-01", "2190-01-01"), ("b", "2020-01-01", "2021-06-01")]
    contracts = summarise_contracts(table(rows), period="year")
    assert contracts.observation_end == dt.date(2021, 6, 1)
    assert contracts.facts["lost"] == 1


def test_segments_come_from_contracts_customers_or_the_start():
    rows = [("a", "2020-01-01", None), ("b", "2021-03-01", None), ("c", "2021-04-01", None)]
    people = ibis.memtable({"customer_id": ["a", "b"], "region": ["north", None]})
    options = {"period": "year", "observation_end": "2023-01-01"}

    def sizes(**more):
        found = summarise_contracts(table(rows, plan=["x", "y", None]), **options, **more)
        return found.distinct.groupby("segment")["contracts"].sum().to_dict()

    assert sizes(segment="plan") == {"(none)": 1, "x": 1, "y": 1}
    assert sizes(segment="region", customers=people) == {"(none)": 2, "north": 1}
    assert sizes(segment="cohort") == {"2020": 1, "2021": 2}
    with pytest.raises(ParameterError, match="one of: start, end, plan, region, cohort"):
        sizes(segment="regoin", customers=people)


@pytest.mark.parametrize(("options", "says"), [
    ({"period": "fortnight"}, "unknown period 'fortnight'"),
    ({"observation_end": "soon"}, "observation_end = 'soon'"),
    ({"observation_end": "2019-01-01"}, "a day from 2020-01-01 on"),
    ({"period": "year", "observation_end": "2020-06-01"}, "no contract came up for a renewal by 2020-06-01"),
    ({"ends": "last"}, "unknown ends 'last'"),
])  # fmt: skip
def test_what_cannot_be_counted_is_refused_in_words(options, says):
    with pytest.raises((ParameterError, DataError)) as problem:
        summarise_contracts(table([("a", "2020-01-01", None), ("b", "2020-02-01", "2020-05-01")]), **options)
    assert says in str(problem.value)


def test_a_contract_that_ends_before_it_starts_stays_at_the_door(tmp_path):
    lines = ["customer_id,start,end", "a,2020-01-01,2022-01-01", "b,2021-01-01,2020-01-01", "c,2020-01-01,"]
    (tmp_path / "subscriptions.csv").write_text("\n".join(lines) + "\n")
    data = cx.load(tmp_path / "subscriptions.csv")
    contracts = study.contracts_of(data, study.RetentionStudy(source="x"))
    assert contracts.n_contracts == 2 and data.counts["quarantined"].sum() == 1
    assert contracts.segments == ("all contracts",)  # "plan" is asked for by default, and is not there


# without a model


def test_the_triangle_adds_up():
    contracts = summarised(simulated(800))
    triangle = contracts.triangle()
    whole = contracts.by_age().set_index("period")
    sums = triangle.groupby("period")[["at_risk", "kept"]].sum()
    pd.testing.assert_frame_equal(sums, whole[["at_risk", "kept"]])
    for _, own in triangle.groupby("cohort"):
        assert (own["kept"] <= own["at_risk"]).all() and own["survival"].is_monotonic_decreasing
        assert own["survival"].to_numpy() == pytest.approx(own["retention"].cumprod())
    assert triangle["cohort"].tolist() == sorted(triangle["cohort"])


def test_kaplan_meier_without_censoring_is_the_share_left():
    found = kaplan_meier([1000, 869, 743], [869, 743, 653])
    assert found["survival"].tolist() == pytest.approx([0.869, 0.743, 0.653])
    error = np.sqrt(0.653 * 0.347 / 1000)
    assert found["high"][2] - found["low"][2] == pytest.approx(2 * 1.645 * error, rel=0.01)


def test_kaplan_meier_intervals_hold_the_truth_as_often_as_they_say():
    rng, hits, truth = np.random.default_rng(2), 0, 0.8**3
    for _ in range(400):
        at_risk, kept = [60], []
        for _ in range(3):
            kept.append(rng.binomial(at_risk[-1], 0.8))
            at_risk.append(max(kept[-1] - 10, 1))
        last = kaplan_meier(at_risk[:3], kept).iloc[-1]
        hits += last.low <= truth <= last.high
    assert 0.85 <= hits / 400 <= 0.95


def test_cohorts_that_differ_are_told_from_chance():
    alike = cohorts_finding(summarised(simulated(4000)))
    assert alike.believed and alike.checks
    frame = simulated(4000)
    late = (frame["start"] >= "2003-01-01") & (np.random.default_rng(5).random(4000) < 0.3)
    frame.loc[late, "end"] = frame.loc[late, "start"] + pd.DateOffset(years=1)
    changed = cohorts_finding(summarised(frame))
    assert [c.name for c in changed.failed] == ["spread of cohorts beyond chance at the first renewal"]


# the model


@pytest.mark.parametrize(("plan", "printed", "log_likelihood"), [
    ("high-end", (0.668, 3.806), -1611.158), ("regular", (0.704, 1.182), -1680.265),
])  # fmt: skip
def test_the_published_estimates_come_out_of_the_engine(plan, printed, log_likelihood):
    rows = published().rows
    z, value, _ = mode(S_BG, rows.select(rows.groups.index(plan)), with_prior=False)
    assert S_BG.natural(z[:, None])[:, 0] == pytest.approx(printed, abs=5e-4)
    assert value == pytest.approx(log_likelihood, abs=1e-3)


def test_five_years_that_nobody_had_seen_are_foreseen():
    """Fader & Hardie (2007): survival to year 12 from seven years; constant churn is far off."""
    found = published_fit().survival(12)
    assert found.believed
    for plan, seen in STILL_ACTIVE.items():
        own = found.table[found.table["segment"] == plan].set_index("period")
        observed = np.array(seen) / 100
        assert own["actual"].iloc[:8].to_numpy() == pytest.approx(observed[:8])
        assert np.abs(own["survival"] - observed).max() < 0.025
        assert np.abs(own["constant_churn"] - observed)[12] > 0.1
        assert (own.loc[8:, "low"] <= observed[8:]).all() and (observed[8:] <= own.loc[8:, "high"]).all()


def test_rising_retention_is_told_as_heterogeneity_and_only_where_there_is_some():
    rising = published_fit().curve(12)
    assert rising.text.startswith("Retention of regular contracts rises from 63 %")
    own = rising.table[rising.table["segment"] == "regular"]
    assert own["retention"].is_monotonic_increasing and own["constant_churn"].nunique() == 1
    flat = fit_retention(summarised(simulated(20_000, alike=0.2))).curve(8)
    assert flat.title == "Retention stays near 80 %: contracts are alike in churn"


def test_parameters_of_simulated_contracts_are_recovered():
    posterior = fit_retention(summarised(simulated(20_000))).posterior
    mean, low, high = (f(posterior.theta[:, :, 0], axis=1) for f in (np.mean, np.min, np.max))
    assert (low < [0.8, 2.5]).all() and (high > [0.8, 2.5]).all()
    assert mean == pytest.approx([0.8, 2.5], rel=0.15)


def test_residual_value_meets_the_closed_form():
    """Fader & Hardie (2010): E(DEL) = 2F1(1, β; α+β; 1/(1+d)), E(DRL) by Bayes after n renewals; no horizon."""
    retention, d = published_fit(), 0.1
    found = contract_value(retention, Payments(horizon=400, discount_rate=d)).table
    theta, weights = retention.posterior.theta[:, :, 0], retention.posterior.weights
    alpha, beta = theta
    own = found[found["segment"] == "high-end"].set_index("age")["value"]
    assert own["new"] == pytest.approx(weights @ hyp2f1(1, beta, alpha + beta, 1 / (1 + d)), rel=1e-6)
    for n in (0, 3, 7):
        next_ = (beta + n) / (alpha + beta + n) / (1 + d)
        after = weights @ (next_ * hyp2f1(1, beta + n + 1, alpha + beta + n + 1, 1 / (1 + d)))
        assert own[str(n)] == pytest.approx(after, rel=1e-6)


def test_contracts_pay_what_they_are_said_to_be_worth():
    """The renewals that simulated contracts pass after the last day seen, against the forecast."""
    hits = 0
    for seed in range(6):
        frame = simulated(6000, rng=seed)
        retention = fit_retention(summarised(frame), draws=1000)
        found = contract_value(retention, Payments(horizon=5, discount_rate=0.0)).table.iloc[-1]
        active = frame[frame["end"].isna()]
        passed = np.floor((pd.Timestamp("2007-12-31") - active["start"]).dt.days / 365.25)
        paid = np.clip(active["leaves"] - 1 - passed, 0, 5).sum()
        hits += found.low <= paid <= found.high
        assert found.contracts == len(active)
        assert found.value == pytest.approx(paid, rel=0.05)
        assert found.high - found.low < 0.1 * found.value
        assert found.constant_churn < 0.9 * paid
    assert hits >= 4  # of six 90 % intervals


def test_money_follows_price_margin_and_discount():
    rows = [(str(i), "2020-01-01", f"{2021 + i % 3}-01-01" if i % 3 else None) for i in range(90)]
    options = {"period": "year", "observation_end": "2023-06-01"}
    retention = fit_retention(summarise_contracts(table(rows, price=[50.0, None, 10.0] * 30), **options))
    bare = fit_retention(summarise_contracts(table(rows), **options))

    def worth(retention, **terms):
        return contract_value(retention, Payments(horizon=5, currency="EUR", **terms))

    money, payments = worth(retention, margin=0.4), worth(bare)
    assert money.units["value"] == "money" and payments.units["value"] == "payments"
    assert money.table["value"].iloc[-1] == pytest.approx(20 * payments.table["value"].iloc[-1])  # active ones pay 50
    assert money.table["value"][0] == pytest.approx(0.4 * 30 * payments.table["value"][0])  # a new one the mean
    assert worth(bare, price=7.0).table["value"][0] == pytest.approx(7 * payments.table["value"][0])
    assert worth(bare, discount_rate=0.5).table["value"][0] < payments.table["value"][0]
    failed = [c.name for c in worth(fit_retention(summarise_contracts(
        table(rows, price=[None, 1.0, None] * 30), **options))).failed]  # fmt: skip
    assert "share of active contracts with a price" in failed


# the holdout


def test_the_holdout_foresees_simulated_contracts_and_beats_the_baselines():
    found = retention_holdout(summarised(simulated(8000)), until=4)
    assert found.believed
    table = found.table.set_index("model")
    own = table.loc[S_BG.title]
    assert own.low <= own.actual <= own.high and abs(own.error) < 0.03
    for baseline in (CONSTANT, LAST):
        assert own.survival_error < table.loc[baseline, "survival_error"]
        assert own.log_score > table.loc[baseline, "log_score"]


def test_a_price_rise_after_the_fit_shows():
    found = retention_holdout(summarised(simulated(8000, price_rise=5)), until=4)
    assert "error of the holdout total" in [c.name for c in found.failed]
    assert found.table["error"][0] > 0.2


def test_the_fit_of_the_holdout_sees_nothing_of_it():
    frame = simulated(2000)
    other = frame.copy()
    passed = (other["end"] - other["start"]).dt.days / 365.2425 > 4.5
    other.loc[passed, "end"] = pd.NaT
    one, two = (summarised(f).seen_until(4) for f in (frame, other))
    assert (
        one.weight.tolist() == two.weight.tolist()
        and one.columns["churned"].tolist() == two.columns["churned"].tolist()
    )


def test_scores_of_the_holdout_are_those_of_single_contracts():
    """The log score by counting what every contract did, one by one."""
    contracts = summarised(simulated(300))
    later = Later.of(contracts, 3)
    retention = np.full((1, 1, later.due.shape[1]), 0.7)
    scores, n = later.log_scores(retention)
    d = contracts.distinct.query("renewals >= 3 and opportunities > 3")
    by_hand = (d["renewals"] - 3) * np.log(0.7) + d["churned"] * np.log(0.3)
    assert (scores @ n, n.sum()) == pytest.approx((by_hand @ d["contracts"], d["contracts"].sum()))
    assert later.contracts == d["contracts"].sum()
    at_risk, kept = later.simulated(np.ones_like(retention), np.random.default_rng(1))
    assert later.expected(np.ones_like(retention)) == kept.sum() == at_risk.sum()


# what must hold


def test_a_reader_is_warned():
    few = [(str(i), "2021-01-01", "2022-01-01" if i < 3 else None) for i in range(20)]
    one_age = fit_retention(summarise_contracts(table(few), period="year", observation_end="2022-06-01"))
    failed = {c.name for c in one_age.survival(10).failed}
    assert {"contracts lost", "renewals at which contracts were seen", "horizon"} <= failed
    assert "Do not lean on this" in one_age.survival(10).text
    assert study.foreseen(one_age.contracts, study.RetentionStudy()) == []
    shocked = fit_retention(summarised(simulated(8000, price_rise=5)))
    assert "largest gap between model and Kaplan–Meier" in {c.name for c in shocked.survival(8).failed}


def test_a_plan_just_launched_borrows_from_the_others():
    rows = [(str(i), "2019-01-01", f"{2020 + i % 4}-01-01" if i % 4 else None) for i in range(200)]
    rows += [(f"new {i}", "2023-03-01", None) for i in range(40)]
    plan = ["old"] * 200 + ["launched"] * 40
    contracts = summarise_contracts(table(rows, plan=plan), period="year", segment="plan", observation_end="2023-06-30")
    retention = fit_retention(contracts)
    survival = retention.survival(6)
    assert "Of launched contracts, none has come up for a renewal yet" in survival.text
    spread = (survival.table["high"] - survival.table["low"]).groupby(survival.table["segment"]).max()
    assert spread["launched"] > 2 * spread["old"]
    assert retention.curve(6).title.startswith("Retention of old contracts")
    assert (
        contract_value(retention, Payments(horizon=6)).table["contracts"].iloc[-1] == contracts.facts["contracts"] - 150
    )
    assert retention_holdout(contracts).table["actual"].nunique() == 1


def test_many_cohorts_of_many_plans_are_shown_without_the_plans():
    frame = simulated(2000)
    frame["plan"] = np.array(["a", "b", "c", "d", "e"])[frame.index % 5]
    triangle = summarised(frame, segment="plan").triangle()
    assert triangle["cohort"].unique().tolist() == [str(year) for year in range(2000, 2006)]


def test_pictures_draw_the_table():
    survival = published_fit().survival(12)
    ax = survival.plot()
    drawn = {line.get_label(): line.get_ydata() for line in ax.lines}
    for plan, own in survival.table.groupby("segment"):
        assert drawn[plan] == pytest.approx(own["survival"].to_numpy())
    assert sum(line.get_label() == "constant churn" for line in ax.lines) == 2
    holdout = retention_holdout(published()).plot()
    assert any(words.get_text() == "holdout" for words in holdout.texts)
    worth = contract_value(published_fit(), Payments(horizon=5)).plot()
    assert worth.get_xlabel() == "Renewals passed"


def test_pooling_draws_small_segments_to_the_others():
    frame = simulated(3000)
    frame["plan"] = np.where(frame.index < 60, "small", np.where(frame.index % 2, "one", "two"))
    finding = fit_retention(summarised(frame, segment="plan")).pooling()
    churn = finding.table.set_index(["segment", "pooling"])["churn"]
    gap = {how: abs(churn["small", how] - churn["small", "complete"]) for how in ("none", "partial")}
    assert gap["partial"] < gap["none"]


@pytest.mark.parametrize(("wrong", "says"), [
    ({"period": "fortnight"}, "period = 'fortnight'"), ({"horizon": 0}, "horizon = 0"),
    ({"observation_end": "31.12.2024"}, "a day is needed"), ({"pooling": "some"}, "pooling = 'some'"),
    ({"margin": 0.0}, "margin = 0.0"), ({"fit_periods": 2.5}, "fit_periods = 2.5"),
])  # fmt: skip
def test_parameters_are_refused_before_any_work(wrong, says):
    with pytest.raises(ParameterError) as problem:
        study.RetentionStudy(**wrong)
    assert says in str(problem.value)


def test_a_fit_on_every_renewal_leaves_nothing_to_hold_out():
    with pytest.raises(ParameterError, match="7 renewals to fit on leave none"):
        retention_holdout(published(), until=7)
