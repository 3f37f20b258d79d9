"""Watching a measure: what is counted, limits whose false alarms are known, changes found, and act or wait."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln, expit, logsumexp
from scipy.stats import binom, chisquare

from cxlab.errors import DataError, ModelError, ParameterError
from cxlab.experience.monitor.act_or_wait import monitor
from cxlab.experience.monitor.change_point import change_point
from cxlab.experience.monitor.control import control_chart
from cxlab.experience.monitor.families import Measured, Scale
from cxlab.experience.monitor.level import baseline_level
from cxlab.experience.monitor.limits import limits
from cxlab.experience.monitor.periods import read_kpi
from cxlab.experience.monitor.run_length import ewma_limit, ewma_run_length
from cxlab.style import new_axes


def weeks(events, n=20, *, start="2024-01-01", freq="W-MON") -> pd.DataFrame:
    return pd.DataFrame({"period": pd.date_range(start, periods=len(events), freq=freq), "events": events, "n": n})


def simulated(rng, *, periods=104, level=0.8, n=30, spread=0.0, **options) -> pd.DataFrame:
    size = rng.poisson(n, periods)
    p = expit(np.log(np.broadcast_to(level, periods) / (1 - np.broadcast_to(level, periods)))
              + spread * rng.standard_normal(periods))  # fmt: skip
    return weeks(rng.binomial(size, p), size, **options)


def asked(**columns) -> pd.DataFrame:
    return pd.DataFrame({"question": "csat", "scale_min": 1, "scale_max": 5} | columns)


# --- what is counted ---------------------------------------------------------------------------------------------


def test_weeks_without_answers_are_there_with_none_and_a_week_that_is_not_over_is_left_out():
    days = ["2026-01-05", "2026-01-06", "2026-01-19", "2026-01-20", "2026-01-28"]
    table = asked(timestamp=pd.to_datetime(days), score=[5, 3, 4, None, 1])
    kpi = read_kpi(table)
    assert kpi.table["n"].tolist() == [2, 0, 1]
    assert kpi.table["value"].isna().tolist() == [False, True, False]
    assert any("26 Jan 2026 is not over" in note for note in kpi.notes)
    whole = read_kpi(table, until="2026-02-01")
    assert whole.table["n"].tolist() == [2, 0, 1, 1]
    assert not any("not over" in note for note in whole.notes)


@pytest.mark.parametrize(("period", "n"), [("day", [1, 1, 0, 1]), ("month", [2, 1])])
def test_days_and_months_are_counted_like_weeks(period, n):
    days = ["2026-01-30", "2026-01-31", "2026-02-02"]
    table = asked(timestamp=pd.to_datetime(days), score=[5, 3, 4])
    assert read_kpi(table, period=period, until="2026-02-28").table["n"].tolist()[: len(n)] == n


def test_kinds_of_questions_give_their_own_measure_and_an_engine_the_same_as_a_frame():
    rng = np.random.default_rng(2)
    at = pd.Timestamp("2025-01-06", tz="UTC") + pd.to_timedelta(rng.integers(0, 70, 400), unit="D")
    table = pd.DataFrame({"timestamp": at, "question": "nps", "score": rng.integers(0, 11, 400).astype(float),
                          "scale_min": 0.0, "scale_max": 10.0})  # fmt: skip
    kpi = read_kpi(ibis.memtable(table), until="2025-03-16")
    score = table["score"]
    assert (kpi.table["total"].sum() / kpi.n.sum()) == pytest.approx(100 * ((score >= 9).mean() - (score <= 6).mean()))
    assert kpi.unit == "points" and kpi.worse == "low"
    mean = read_kpi(table, kpi="mean", until="2025-03-16")
    assert mean.total.sum() == score.sum() and mean.scores is not None
    assert mean.table.equals(read_kpi(ibis.memtable(table), kpi="mean", until="2025-03-16").table)


def test_texts_purchases_and_any_table_with_a_time_are_read():
    at = pd.date_range("2025-01-06", periods=28, freq="D")
    texts = read_kpi(pd.DataFrame({"timestamp": at, "rating": [1, 5, 5, 5] * 7}))
    assert (texts.table["total"].sum(), texts.n.sum(), texts.worse) == (7, 28, "high")
    late = read_kpi(pd.DataFrame({"timestamp": at, "late": [True, False] * 14}), value="late", worse="high")
    assert late.total.sum() == 14
    amounts = np.random.default_rng(0).gamma(2, 10, 28)
    spend = read_kpi(pd.DataFrame({"timestamp": at, "amount": amounts}), value="amount")
    assert spend.scores is None and spend.total.sum() == pytest.approx(amounts.sum())
    of_each = pd.DataFrame({"week": np.arange(28) // 7, "amount": amounts}).groupby("week")["amount"]
    table = pd.DataFrame({"period": at[::7], "n": 7, "mean": of_each.mean(), "sd": of_each.std()})
    assert read_kpi(table).sd == pytest.approx(spend.sd)


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (asked(score=[1, 2]), {}, "no timestamp"),
        (asked(timestamp=pd.NaT, score=[1.0]), {}, "no rows"),
        (pd.DataFrame({"timestamp": pd.to_datetime(["2026-01-05"]), "x": [1]}), {"value": "y"}, "column 'y'"),
        (pd.DataFrame({"x": [1]}), {"value": "x"}, "no column 'timestamp'"),
        (weeks([5, 21]), {}, "between 0 and n"),
        (weeks([5, 3]).assign(period="2026-01-05"), {}, "twice"),
        (weeks([5, 3], freq="D"), {}, "shorter than a week"),
        (weeks([5, 3]).drop(columns="events"), {}, "neither events nor mean"),
    ],
)
def test_what_cannot_be_read_is_said(table, options, words):
    with pytest.raises(DataError, match=words):
        read_kpi(table, **options)


def test_options_that_do_not_exist_name_those_that_do():
    with pytest.raises(ParameterError, match="'fortnight'.*\n.*day, week, month"):
        read_kpi(weeks([1, 2]), period="fortnight")
    with pytest.raises(ParameterError, match="baseline is 5 of 2"):
        control_chart(read_kpi(weeks([1, 2])), baseline=5)
    with pytest.raises(ModelError, match="at least 8"):
        control_chart(read_kpi(weeks([1] * 9)), baseline=5)
    with pytest.raises(ParameterError, match="years = 0"):
        control_chart(read_kpi(weeks([1] * 20)), years=0)


def test_only_a_share_is_said_to_be_on_a_p_chart():
    shares = control_chart(read_kpi(weeks([15, 16, 14, 17] * 5)))
    answers = asked(score=[3, 4, 5, 4] * 60, timestamp=pd.date_range("2024-01-01", periods=240), response_id=range(240))
    means = control_chart(read_kpi(answers, kpi="mean"))
    assert "(p-chart)" in shares.caption and "p-chart" not in means.caption


# --- distributions -----------------------------------------------------------------------------------------------


def test_answers_of_a_period_have_their_exact_distribution():
    yes = Scale(np.array([0.0, 1.0]), np.array([1, 1]))
    values, p = yes.sums(np.array([yes.theta(0.93)]), np.zeros(1), 17)
    assert p[0] == pytest.approx(binom.pmf(np.round(values * 17), 17, 0.93), abs=1e-12)
    stars = Scale(np.arange(1.0, 6.0), np.array([2, 5, 10, 30, 60]))
    theta = stars.theta(3.9)
    values, p = stars.sums(np.array([theta]), np.zeros(1), 6)
    rng = np.random.default_rng(0)
    drawn = rng.choice(np.arange(1, 6), (40_000, 6), p=stars._p(theta)).mean(1)
    seen = np.array([(np.abs(drawn - v) < 1e-9).sum() for v in values])
    large = p[0] * len(drawn) > 5
    assert chisquare(seen[large], p[0][large] / p[0][large].sum() * seen[large].sum()).pvalue > 1e-3
    assert values @ p[0] == pytest.approx(3.9, abs=1e-6)


@given(n=st.integers(900, 4000), level=st.floats(1.2, 4.8))
@settings(max_examples=25, deadline=None)
def test_large_periods_keep_mean_and_variance_where_every_sum_is_no_longer_listed(n, level):
    stars = Scale(np.arange(1.0, 6.0), np.array([5, 5, 10, 30, 60]))
    theta = np.array([stars.theta(level)])
    values, p = stars.sums(theta, np.zeros(1), n)
    mean = p[0] @ values
    assert mean == pytest.approx(level, abs=2e-3)
    assert p[0] @ (values - mean) ** 2 == pytest.approx(stars.moments(theta)[1][0] / n, rel=0.02)


def test_likelihood_of_a_scale_of_two_is_that_of_the_binomial():
    yes = Scale(np.array([0.0, 1.0]), np.array([1, 1]))
    theta = np.array([-1.0, 0.0, 2.0])
    own = yes.log_likelihood(theta, 0.0, 7.0, 20.0)
    assert own - own[0] == pytest.approx(binom.logpmf(7, 20, expit(theta)) - binom.logpmf(7, 20, expit(-1.0)))


# --- limits ------------------------------------------------------------------------------------------------------


def test_limits_of_the_mean_settle_at_those_of_the_textbook(monkeypatch):
    """Level known, single periods left alone: an EWMA whose false alarms come as often has constant limits."""
    monkeypatch.setattr("cxlab.experience.monitor.limits._QUICK", 0.0)
    rng = np.random.default_rng(4)
    n, sd, b = 25, 2.0, 4000
    means = 10 + sd / np.sqrt(n) * rng.standard_normal(b + 60)
    table = pd.DataFrame(
        {"period": pd.date_range("2000-01-01", periods=b + 60, freq="D"), "n": n, "mean": means, "sd": sd}
    )
    kpi = read_kpi(table, period="day")
    level = baseline_level(kpi, b, season="none")
    for length in (100, 370):
        found = limits(level, kpi.n, chance=1 / length, weight=0.1)
        width = (found.mean_high[-1] - found.mean_low[-1]) / 2 / (sd / np.sqrt(n) * np.sqrt(0.1 / 1.9))
        assert width == pytest.approx(ewma_limit(0.1, length), rel=0.03)
        assert np.nanmean(found.chance) == pytest.approx(1 / length, rel=0.03)


@given(seed=st.integers(0, 10**6), level=st.floats(0.3, 0.98), n=st.integers(1, 60))
@settings(max_examples=12, deadline=None)
def test_no_period_may_signal_more_often_than_stated(seed, level, n):
    table = simulated(np.random.default_rng(seed), periods=40, level=level, n=n)
    kpi = read_kpi(table)
    if (kpi.n[:20] > 0).sum() < 8 or (kpi.n[20:] > 0).sum() == 0:
        return
    found = limits(baseline_level(kpi, 20, season="none"), kpi.n, chance=0.01, weight=0.1)
    held = kpi.n[20:] > 0
    assert (found.chance[20:][held] <= 0.01 + 1e-9).all()
    assert np.isnan(found.chance[20:][~held]).all() and np.isnan(found.low[20:][~held]).all()
    wide = found.high[20:][held] - found.low[20:][held]
    assert (wide >= 0).all()


def test_fewer_answers_make_wider_limits():
    n = np.array([40] * 30 + [10, 40, 160, 640])
    chart = control_chart(read_kpi(weeks((n * 0.8).astype(int), n)), baseline=30)
    wide = (chart.table["high"] - chart.table["low"]).iloc[30:].to_numpy()
    assert (np.diff(wide) < 0).all()


def test_an_empty_week_signals_nothing_and_leaves_the_mean_where_it_was():
    table = weeks([16] * 30 + [2, 0, 16], [20] * 30 + [20, 0, 20])
    own = control_chart(read_kpi(table, worse="low"), baseline=30).table.iloc[30:]
    assert own["signal"].tolist()[1] == ""
    assert own["mean"].iloc[1] == pytest.approx(own["mean"].iloc[0])


def test_spread_between_weeks_is_seen_and_widens_the_limits():
    rng = np.random.default_rng(6)
    calm, wild = (control_chart(read_kpi(simulated(rng, n=200, spread=s)), season="none") for s in (0.0, 0.6))
    assert wild.level.spreads and not calm.level.spreads
    assert wild.level.spread > 2
    wide = [(c.table["high"] - c.table["low"]).mean() for c in (calm, wild)]
    assert wide[1] > 2 * wide[0]
    assert "differ more than chance allows" in wild.finding.text


def test_spread_by_chance_is_believed_as_seldom_as_its_test_says():
    rng = np.random.default_rng(7)
    kpis = [read_kpi(simulated(rng, periods=60, level=0.93, n=9)) for _ in range(120)]
    believed = np.mean([baseline_level(kpi, 52, season="none").spreads for kpi in kpis])
    assert believed <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)


# --- season ------------------------------------------------------------------------------------------------------


def test_a_season_of_the_year_is_followed_once_the_baseline_has_seen_it():
    rng = np.random.default_rng(8)
    t = np.arange(220)
    level = expit(1.2 + 0.7 * np.sin(2 * np.pi * t / 52.18))
    kpi = read_kpi(simulated(rng, periods=220, level=level, n=120), worse="low")
    known = control_chart(kpi, baseline=110)
    assert known.level.season.kept
    assert np.abs(known.level.expected - level)[110:].mean() < 0.02
    assert (known.watched["signal"] != "").mean() < 0.1
    blind = control_chart(kpi, baseline=110, season="none")
    assert (blind.watched["signal"] != "").mean() > 0.3
    early = control_chart(kpi.rows(np.arange(60)), baseline=30)
    assert "shorter than a year" in early.finding.text


def test_days_of_the_week_are_followed():
    rng = np.random.default_rng(9)
    t = np.arange(140)
    level = np.where(t % 7 >= 5, 0.6, 0.85)
    kpi = read_kpi(simulated(rng, periods=140, level=level, n=40, freq="D"), period="day", worse="low")
    chart = control_chart(kpi, baseline=84)
    assert chart.level.season.kept
    assert chart.level.expected[84:] == pytest.approx(level[84:], abs=0.06)


# --- change point ------------------------------------------------------------------------------------------------


def test_the_posterior_is_that_of_integrals_done_by_hand():
    """Normal means with no spread between periods: everything has a closed form."""
    rng = np.random.default_rng(10)
    n, sd, T = 16, 1.0, 20
    means = np.r_[rng.normal(3.0, 0.25, 12), rng.normal(3.4, 0.25, 8)]
    kpi = read_kpi(pd.DataFrame({"period": pd.date_range("2026-01-05", periods=T, freq="W-MON"), "n": n, "mean": means,
                                 "sd": sd}))  # fmt: skip
    found = change_point(kpi, size=0.25, years=2)
    chance = 1 - (1 - 1 / (2 * 52.1775 + 1)) ** (T - 1)
    spreads = np.r_[0.0, 2.0 ** np.arange(-2, 6)]
    log_weights, sizes = [], []
    for i, spread in enumerate(spreads):
        v = sd**2 / n * (1 + spread)
        base = -0.5 * T * np.log(v) + np.log(0.5 if i == 0 else 0.5 / 8)
        for k in [*range(1, T), 0]:
            a, b = means[:k], means[k:]
            if k == 0:  # flat level
                ss = ((means - means.mean()) ** 2).sum() / v
                log_weights.append(base - ss / 2 + 0.5 * np.log(2 * np.pi * v / T) + np.log(1 - chance))
                sizes.append(0.0)
                continue
            ss = (((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / v
            gap, var = b.mean() - a.mean(), v / len(a) + v / len(b) + 0.25**2
            log_weights.append(
                base - ss / 2 + 0.5 * np.log(2 * np.pi * v / len(a)) + 0.5 * np.log(2 * np.pi * v / len(b))
                - 0.5 * np.log(2 * np.pi * var) - gap**2 / (2 * var) + np.log(chance / (T - 1))
            )  # fmt: skip
            sizes.append(gap * 0.25**2 / var)
    w = np.exp(log_weights - logsumexp(log_weights)).reshape(len(spreads), T)
    assert found.when[1:] == pytest.approx(w[:, :-1].sum(0), abs=1e-4)
    changed = w[:, :-1] / w[:, :-1].sum()
    assert found.size[0] == pytest.approx((changed * np.array(sizes).reshape(len(spreads), T)[:, :-1]).sum(), abs=1e-3)


def test_two_levels_of_a_share_agree_with_the_beta_binomial():
    """With a wide prior of the change, the period of the change is that of independent levels before and after."""
    rng = np.random.default_rng(12)
    events, n = rng.binomial(40, np.r_[[0.6] * 15, [0.75] * 15]), 40
    found = change_point(read_kpi(weeks(events, n)), size=1.0)
    s, total = np.cumsum(events)[:-1], events.sum()
    m = n * np.arange(1, 30)
    own = betaln(s + 0.5, m - s + 0.5) + betaln(total - s + 0.5, 30 * n - m - (total - s) + 0.5)
    p = np.exp(own - logsumexp(own))
    given_change = found.when[1:] / found.probability
    assert abs(given_change - p).max() < 0.08
    assert np.argmax(given_change) == np.argmax(p)


def test_a_change_is_found_and_none_is_not():
    rng = np.random.default_rng(13)
    level = np.where(np.arange(80) < 55, 0.82, 0.68)
    found = change_point(read_kpi(simulated(rng, periods=80, level=level, n=50), worse="low"))
    assert found.probability > 0.95 and found.worse > 0.95
    assert found.since[0] <= 55 <= found.since[1]
    assert found.size[1] < -0.14 < found.size[2]
    quiet = [change_point(read_kpi(simulated(rng, periods=80, n=50))).probability for _ in range(8)]
    assert np.mean(quiet) < 0.5
    assert "not likely" in change_point(read_kpi(weeks([16] * 60))).sentence


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=4, max_size=25))
@settings(max_examples=30, deadline=None)
def test_probabilities_of_every_week_and_of_no_change_make_one(pairs):
    n = np.array([max(p) for p in pairs])
    events = np.array([min(p) for p in pairs])
    if (n > 0).sum() < 3:
        return
    found = change_point(read_kpi(weeks(events, n)))
    assert found.probability == pytest.approx(found.when.sum()) and 0 <= found.probability <= 1
    assert (found.when[n == 0] == 0).all()
    assert found.size[1] <= found.size[0] + 1e-9 and found.size[0] <= found.size[2] + 1e-9


# --- act or wait -------------------------------------------------------------------------------------------------


def test_it_says_act_when_satisfaction_fell_and_what_changed_when():
    rng = np.random.default_rng(14)
    level = np.where(np.arange(104) < 90, 0.85, 0.65)
    found = monitor(simulated(rng, level=level, n=40), worse="low", name="share satisfied")
    assert found.title == "Act: share satisfied fell"
    assert found.keys[0].value == "Act"
    assert "find out what happened" in found.text and "one false alarm in about 2" in found.text
    assert found.believed
    better = monitor(simulated(rng, level=1 - level, n=40), worse="low", name="share satisfied")
    assert "what got better, and keep it" in better.text


def test_it_says_wait_when_nothing_happened_and_what_would_settle_it():
    found = monitor(weeks(np.tile([15, 16, 17], 30)), worse="low")
    assert found.title.startswith("Wait:") and found.keys[0].value == "Wait"
    assert "What would settle it" in found.text and "weeks more" in found.text


def test_a_baseline_that_changed_itself_is_not_believed():
    rng = np.random.default_rng(15)
    level = np.where(np.arange(104) < 25, 0.9, 0.6)
    found = monitor(simulated(rng, level=level, n=60), worse="low")
    assert any("within the baseline" in c.name for c in found.failed)
    assert "name another baseline" in found.text


def test_more_answers_show_a_change_sooner_and_stated_delays_hold():
    charts = [control_chart(read_kpi(weeks([int(0.8 * n)] * 60, n), worse="low")) for n in (20, 80)]
    assert charts[0].delay(-0.1) > charts[1].delay(-0.1)
    assert charts[0].delay(-0.1) > charts[0].delay(-0.2)
    assert "shows within" in charts[0].finding.text


def test_pictures_show_every_period_and_its_limits(tmp_path):
    rng = np.random.default_rng(16)
    level = np.where(np.arange(104) < 90, 0.85, 0.55)
    found = monitor(simulated(rng, level=level, n=40), worse="low", name="share satisfied")
    for width in (7.0, 3.6):
        ax = found.plot(new_axes(width=width))
        lines = {line.get_label(): line for line in ax.get_lines()}
        assert np.allclose(lines["week"].get_ydata(), found.table["value"])
        assert {"weighted mean", "limits of the mean", "limits of a week", "mean outside"} <= set(lines)
        (strip,) = ax.child_axes
        assert len(strip.patches) == len(found.table)
        ax.figure.savefig(tmp_path / "monitor.png")
    change_point(read_kpi(simulated(rng, n=40), worse="low")).finding.plot().figure.savefig(tmp_path / "change.png")
    control_chart(read_kpi(simulated(rng, n=40), worse="low")).finding.plot().figure.savefig(tmp_path / "control.png")


def test_normal_means_with_known_limits_keep_their_run_length():
    """Published run lengths, see also tests/reproductions; a shift shortens them."""
    assert ewma_run_length(1, 3) == pytest.approx(370.4, abs=0.05)
    assert ewma_run_length(0.2, 2.962, shift=1) < ewma_run_length(0.2, 2.962)
    with pytest.raises(ParameterError):
        ewma_run_length(0, 3)
    assert isinstance(Measured(1.0).theta(3.0), float)
