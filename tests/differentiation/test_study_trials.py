"""The study of trials: what kind of comparison the data is, and what it lacks is said."""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.differentiation import parts_trials as parts
from cxlab.differentiation import study_trials as study
from cxlab.errors import DataError, ParameterError
from cxlab.style import new_axes
from tests.differentiation.trials.made import by_site

PARTS = ("fair", "happened", "over_time", "worth", "stopped", "next_trial")


def studied(source, **settings):
    settings = study.TrialsStudy(source=str(source), **settings)
    found = study.tried(cx.load(settings.source), settings)
    return found, {name: getattr(parts, name)(found, settings) for name in PARTS}


def answered(told):
    return [f.name for f in parts.answer(**{n: told[n] for n in ("happened", "over_time", "worth", "fair")})]


def saved(frame, folder):
    frame.to_csv(folder / "trials.csv", index=False)
    return folder / "trials.csv"


def drawn(told):
    """Every picture can be drawn, on a page and on a phone."""
    for part in told.values():
        for finding in part:
            for width in (7.0, 3.6):
                if finding.draw is not None:
                    finding.plot(new_axes(width=width)).figure.draw_without_rendering()


def test_the_joke_is_studied_and_what_it_lacks_is_said():
    _, told = studied("tip_joke", per="visit")
    assert answered(told) == ["differentiation.decision", "differentiation.ab"]
    assert "Ship Joke" in told["happened"].get("differentiation.decision").title
    assert "no time" in told["stopped"].absent
    assert "Of 1,000 visits" in told["worth"].absent and "(90 % interval 39 to 291)" in told["worth"].absent
    assert "-p margin" in told["worth"].absent
    drawn(told)


def test_with_margin_and_customers_it_is_worth_money():
    _, told = studied("tip_joke", per="visit", margin=1.5, customers=20_000.0, cost=500.0, currency="EUR")
    finding = told["worth"].get("differentiation.effect_in_money")
    assert finding.currency == "EUR" and "€" in finding.title
    assert answered(told)[-1] == "differentiation.effect_in_money"


def test_what_is_measured_over_weeks_is_asked_for_and_priced_by_periods():
    terms = {"outcome": "spend", "kind": "money", "per": "customer over 8 weeks"}
    _, told = studied("coffee_shop", **terms)
    assert "how many customer-periods of 8 weeks a year" in told["worth"].absent
    _, told = studied("coffee_shop", **terms, margin=0.66, customers=3711.5, cost=1000.0)
    text = told["worth"].get("differentiation.effect_in_money").text
    assert "3,712 customer-periods of 8 weeks a year (those of 571 customers)" in text
    assert "6 Jan 2025 – 16 Mar 2025, each over 8 weeks" in text and "over 8 weekss" not in text


def test_a_place_treated_among_many_is_held_against_a_mix():
    found, told = studied("smoking_law", margin=1.0, customers=100.0)
    assert found.trial is None and answered(told)[0] == "differentiation.synthetic"
    assert "drew lots" in told["happened"].absent and "draw lots" in told["next_trial"].absent
    assert [f.name for f in told["over_time"]] == [
        "differentiation.did", "differentiation.event_study", "differentiation.synthetic", "differentiation.interrupted"
    ]  # fmt: skip


def test_where_a_limit_decided_both_sides_of_it_are_compared():
    found, told = studied("drinking_age", limit_on="age", limits=(21.0,), label="deaths")
    assert found.trial is None and found.panel is None
    assert answered(told)[0] == told["over_time"].findings[0].name == "differentiation.discontinuity"
    assert "limit of age decided" in told["fair"].absent
    with pytest.raises(ParameterError, match="limits"):
        studied("drinking_age", limit_on="age")


def test_a_full_trial_says_everything(tmp_path):
    rng, n = np.random.default_rng(1), 600
    before = rng.gamma(4, 5, n)
    arm = rng.choice(["control", "punch card"], n)
    frame = pd.DataFrame({
        "unit_id": [f"c{i}" for i in range(n)], "arm": arm, "before": before.round(2),
        "outcome": (before * rng.lognormal(0, 0.3, n) + 2 * (arm != "control")).round(2),
        "timestamp": pd.Timestamp("2025-03-03") + pd.to_timedelta(rng.integers(0, 42, n), "D"),
    })  # fmt: skip
    settings = {"kind": "money", "currency": "EUR", "margin": 0.6, "customers": 4000.0, "change": 1.5}
    _, told = studied(saved(frame, tmp_path), **settings)
    assert [f.name.split(".")[1] for f in told["happened"]] == ["ab", "decision", "cuped"]
    assert told["stopped"].get("differentiation.looks") is not None
    assert "weeks" in told["next_trial"].get("differentiation.trial_plan").title
    assert not any(told[name].absent for name in ("fair", "happened", "worth", "stopped", "next_trial"))
    drawn(told)


def test_units_in_several_rows_are_taken_together_where_that_is_asked_for(tmp_path):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"unit_id": np.repeat(range(200), 2), "arm": np.repeat(["A", "B"] * 100, 2),
                          "outcome": rng.gamma(4, 5, 400), "timestamp": pd.Timestamp("2025-03-03")})  # fmt: skip
    path = saved(frame, tmp_path)
    with pytest.raises(DataError, match="-p repeated=mean"):
        studied(path)
    for repeated, times in (("mean", 1), ("sum", 2)):
        found, told = studied(path, repeated=repeated)
        assert found.trial.n == 200
        assert found.trial.moments()["mean"].mean() == pytest.approx(times * frame["outcome"].mean())
        assert "several rows" in told["stopped"].absent


def test_where_less_is_better_less_is_told_and_planned(tmp_path):
    frame = pd.DataFrame({"unit_id": range(400), "arm": ["A"] * 200 + ["B"] * 200,
                          "outcome": [1] * 80 + [0] * 120 + [1] * 40 + [0] * 160})  # fmt: skip
    _, told = studied(saved(frame, tmp_path), better="lower", weekly=100.0)
    assert "B against A brings 197 fewer (" in told["worth"].absent
    plan = told["next_trial"].get("differentiation.trial_plan")
    assert "−8.0 points" in plan.title and (plan.table["change"] < 0).all()
    drawn(told)


def test_sites_given_to_arms_are_studied_by_site(tmp_path):
    _, told = studied(saved(by_site(10, spread=0.3, effect=1.0), tmp_path), margin=2.0, customers=500.0)
    assert answered(told)[0] == "differentiation.site_effect"
    assert "sites were assigned" in told["stopped"].absent
    assert told["worth"].get("differentiation.effect_in_money") is not None
    drawn(told)


def test_two_sites_leave_money_and_verdict_open(tmp_path):
    _, told = studied(saved(by_site(2, spread=0.3), tmp_path), margin=2.0, customers=500.0)
    assert told["happened"].get("differentiation.site_effect").title.startswith("2 sites are not 80 customers")
    assert not len(told["worth"]) and "1 site against 1 site" in told["worth"].absent
    drawn(told)


def test_customers_of_treated_sites_over_time_count_as_sites(tmp_path):
    rng = np.random.default_rng(2)
    weeks = pd.date_range("2025-01-06", periods=20, freq="7D")
    frame = pd.DataFrame([
        {"unit_id": f"s{s}c{c}", "arm": "tried" if s < 3 else "usual", "site": f"s{s}", "timestamp": week,
         "outcome": round(4 + 0.2 * s + rng.normal(0, 0.6), 2), "treated_from": weeks[10] if s < 3 else pd.NaT}
        for s in range(8) for c in range(4) for week in weeks
    ])  # fmt: skip
    found, told = studied(saved(frame, tmp_path))
    assert found.panel is not None and len(found.panel) == 8 and found.panel.unit == "site"
    assert told["over_time"].get("differentiation.did") is not None


@pytest.mark.parametrize(
    ("source", "settings", "error", "said"),
    [
        ("cdnow", {}, DataError, "no trial"),
        ("tip_joke", {"control": "Jok"}, ParameterError, "Joke"),
        ("tip_joke", {"outcome": "tip"}, DataError, "tip"),
        ("tip_joke", {"trial": "autumn"}, ParameterError, "autumn"),
    ],
)
def test_what_is_not_there_is_named(source, settings, error, said):
    with pytest.raises(error, match=said):
        studied(source, **settings)
