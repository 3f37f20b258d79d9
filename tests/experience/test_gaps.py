"""Gaps: both parts and their difference, pairing, reliability, and leads that are worth having."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError, ParameterError
from cxlab.experience.drivers.gaps import service_gaps
from cxlab.experience.drivers.key_drivers import driver_shares
from cxlab.experience.drivers.ratings import read_ratings
from cxlab.experience.drivers.rivals import rival_gaps
from cxlab.experience.drivers.scorecard import differentiation_scorecard
from tests.experience.survey_tables import long, survey

PAIRS = {"Reliability": [(f"met {i}", f"hoped {i}") for i in range(4)]}


def servqual(n: int, *, together: float, seed: int = 0, rounded: bool = True) -> pd.DataFrame:
    """Four items, met and hoped, each 0.7 reliable; `together`: correlation of what is really met and hoped."""
    rng = np.random.default_rng(seed)
    both = rng.multivariate_normal([0, 0], [[1, together], [together, 1]], n)
    wide = {}
    for i in range(4):
        for side, name, level in ((0, "met", 4.0), (1, "hoped", 5.0)):
            score = level + 0.8 * (both[:, side] + (0.3 / 0.7) ** 0.5 * rng.normal(size=n))
            wide[f"{name} {i}"] = np.clip(np.rint(score), 1, 7) if rounded else score
    return pd.DataFrame(wide)


def test_parts_and_gap_are_those_of_paired_respondents():
    wide = servqual(200, together=0.5)
    row = service_gaps(long(wide, scale=(1, 7)), pairs=PAIRS).table.iloc[0]
    met, hoped = (wide[[f"{name} {i}" for i in range(4)]].mean(axis=1) for name in ("met", "hoped"))
    assert (row["perception"], row["expectation"]) == pytest.approx((met.mean(), hoped.mean()))
    se = (met - hoped).std() / 200**0.5
    assert row["gap"] == pytest.approx((met - hoped).mean())
    assert row["gap_high"] - row["gap_low"] == pytest.approx(2 * 1.6525 * se, rel=1e-3)
    assert row["correlation"] == pytest.approx(np.corrcoef(met, hoped)[0, 1])


def test_the_reliability_of_the_gap_is_the_known_one():
    """Parts of reliability ρ that correlate by r, with equal variances, have a difference of (ρ − r)/(1 − r)."""
    row = service_gaps(long(servqual(40_000, together=0.6, rounded=False), scale=(1, 7)), pairs=PAIRS).table.iloc[0]
    reliability = 1 / (1 + 0.3 / 0.7 / 4)  # of the mean of four items
    assert row["reliability_perception"] == pytest.approx(reliability, abs=0.01)
    observed = 0.6 * reliability
    assert row["reliability_gap"] == pytest.approx((reliability - observed) / (1 - observed), abs=0.015)
    assert row["reliability_gap"] < row["reliability_perception"]


def test_gaps_of_parts_that_go_together_are_not_leant_on():
    found = service_gaps(long(servqual(300, together=0.95), scale=(1, 7)), pairs=PAIRS)
    assert any("reliability" in check.name for check in found.failed)
    assert "Compare dimensions by what was met" in found.text


def test_half_answered_items_count_where_both_parts_are_answered():
    wide = servqual(100, together=0.5)
    wide.loc[:49, "hoped 0"] = np.nan
    row = service_gaps(long(wide, scale=(1, 7)), pairs=PAIRS).table.iloc[0]
    met = wide["met 0"].where(wide["hoped 0"].notna())
    expected = pd.concat([met, *(wide[f"met {i}"] for i in (1, 2, 3))], axis=1).mean(axis=1).mean()
    assert row["n"] == 100 and row["perception"] == pytest.approx(expected)


@pytest.mark.parametrize("n", [15, 60])
def test_intervals_of_paired_and_partly_paired_gaps_hold_the_truth(n):
    """600 surveys, asked as 600 questions of one."""
    rng = np.random.default_rng(n)
    kind = rng.normal(size=(n, 600))
    ours, theirs = (np.clip(np.rint(level + 0.8 * kind + rng.normal(size=(n, 600))), 1, 10) for level in (6.3, 5.5))
    theirs[rng.random((n, 600)) < 0.3] = np.nan
    answers = pd.concat([long(pd.DataFrame(s), scale=(1, 10), brand=b) for s, b in ((ours, "we"), (theirs, "they"))])
    table = rival_gaps(answers, own="we").table
    assert len(table) == 600
    assert (table["gap_low"].le(0.8) & table["gap_high"].ge(0.8)).mean() == pytest.approx(0.9, abs=0.03)


def test_pairing_takes_out_how_generous_people_are():
    rng = np.random.default_rng(0)
    kind = 2 * rng.normal(size=80)
    ours, theirs = (pd.DataFrame({"staff": np.rint(6 + s + kind + rng.normal(size=80))}) for s in (0.5, 0))
    same = pd.concat([long(ours, scale=(-5, 15), brand="we"), long(theirs, scale=(-5, 15), brand="they")])
    other = same.assign(response_id=same["response_id"] + 1000 * (same["brand"] == "they"))
    by_customer = other.assign(customer_id=other["response_id"] % 1000)
    paired, apart, joined = (rival_gaps(s, own="we").table.iloc[0] for s in (same, other, by_customer))
    assert (paired["n_both"], apart["n_both"], joined["n_both"]) == (80, 0, 80)
    assert paired["gap"] == apart["gap"]
    assert paired["se"] == pytest.approx((ours - theirs)["staff"].std() / 80**0.5)
    assert apart["se"] == pytest.approx(((ours["staff"].var() + theirs["staff"].var()) / 80) ** 0.5)
    assert joined["se"] == pytest.approx(paired["se"])
    assert paired["se"] < 0.6 * apart["se"]


def rated(levels: dict[str, tuple[float, float, float]], n: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for k, brand in enumerate(("we", "chain", "corner")):
        wide = pd.DataFrame({a: np.clip(np.rint(v[k] + rng.normal(size=n)), 1, 10) for a, v in levels.items()})
        parts.append(long(wide, scale=(1, 10), brand=brand))
    return pd.concat(parts)


LEVELS = {"staff": (8, 6, 7), "speed": (5, 7, 6), "music": (8, 6, 6), "toilets": (4, 6, 5), "price": (6, 6, 6)}
WEIGHTS = {"staff": 4, "speed": 3, "music": 1, "toilets": 0.5, "price": 3}


def test_the_scorecard_says_what_to_build_on_and_what_to_leave():
    gaps = rival_gaps(rated(LEVELS), own="we")
    found = differentiation_scorecard(gaps, importance=WEIGHTS, hard_to_copy={"staff": 0.8, "music": 0.1})
    table = found.table.set_index("attribute")
    assert table["verdict"].to_dict() == {"staff": "build on it", "speed": "catch up", "music": "keep, do not spend",
                                          "toilets": "leave", "price": "cannot be told"}  # fmt: skip
    assert table.loc["staff", "rival"] == "corner" and table.loc["speed", "rival"] == "chain"
    weight = 4 / 11.5
    assert table.loc["staff", "score"] == pytest.approx(table.loc["staff", "gap"] * weight * 0.8)
    # with fixed weights the interval is that of the gap, scaled, up to the error of drawing
    ends = table.loc["staff", ["gap_low", "gap_high"]].to_numpy(float) * weight * 0.8
    assert table.loc["staff", ["score_low", "score_high"]].to_numpy(float) == pytest.approx(ends, abs=0.005)
    assert found.title == "What makes us different and matters: staff; to catch up: speed"
    assert gaps.title == "we is ahead of all rivals in music, staff and behind a rival in speed, toilets"


def test_importance_from_answers_widens_the_score():
    drivers = ("staff", "speed", "music", "toilets", "price")
    shares = driver_shares(
        read_ratings(long(survey(60, dict.fromkeys(drivers, 0.5)), scale=(1, 10)), outcome="overall")
    )
    gaps = rival_gaps(rated(LEVELS), own="we")
    fixed = dict(zip(shares.drivers, shares.shares, strict=True))
    sure, unsure = (differentiation_scorecard(gaps, importance=i).table.set_index("attribute") for i in (fixed, shares))
    assert sure["score"].to_dict() == pytest.approx(unsure["score"].to_dict())
    width = [t.loc["staff", "score_high"] - t.loc["staff", "score_low"] for t in (sure, unsure)]
    assert width[1] > 1.5 * width[0]


def test_components_of_several_questions_are_compared_as_their_mean():
    answers = rated(LEVELS)
    whole = rival_gaps(answers, own="we", questions={"service": ["staff", "speed"]}).table.set_index("rival")
    parts = rival_gaps(answers, own="we", questions=["staff", "speed"]).table.groupby("rival")["gap"].mean()
    assert whole["attribute"].tolist() == ["service"] * 2
    assert whole["gap"].to_dict() == pytest.approx(parts.to_dict())


def test_what_cannot_be_compared_is_named():
    answers = rated(LEVELS)
    with pytest.raises(ParameterError, match="unknown brand 'us'"):
        rival_gaps(answers, own="us")
    with pytest.raises(DataError, match="no brand"):
        rival_gaps(answers.drop(columns="brand"), own="we")
    with pytest.raises(DataError, match="all answers are on 'we'"):
        rival_gaps(answers[answers["brand"] == "we"], own="we")
    with pytest.raises(ParameterError, match="hard_to_copy\\['staff'\\] = 3"):
        differentiation_scorecard(rival_gaps(answers, own="we"), importance=WEIGHTS, hard_to_copy={"staff": 3})
    with pytest.raises(ParameterError, match="unknown question 'hope 0'"):
        service_gaps(long(servqual(20, together=0)), pairs={"Reliability": [("met 0", "hope 0")]})


def test_verdicts_say_how_sure_they_are():
    gaps = rival_gaps(rated(LEVELS, n=60), own="we")
    found = differentiation_scorecard(gaps, importance=WEIGHTS).table.set_index("attribute")
    # weights that are given are sure: what is left is the side of the gap
    assert found.loc["staff", "p_verdict"] == pytest.approx(found.loc["staff", "p_ahead"], abs=0.01)
    assert found.loc["speed", "p_verdict"] == pytest.approx(1 - found.loc["speed", "p_ahead"], abs=0.01)
    assert np.isnan(found.loc["price", "p_verdict"])
    assert found["p_matters"].to_dict() == {"staff": 1.0, "speed": 1.0, "price": 1.0, "music": 0.0, "toilets": 0.0}


@pytest.mark.parametrize(("hard", "verdict"), [(0.0, "keep, soon copied"), (0.4, "keep, soon copied"),
                                               (0.5, "build on it")])  # fmt: skip
def test_nothing_is_built_on_a_lead_that_anybody_can_copy(hard, verdict):
    gaps = rival_gaps(rated(LEVELS), own="we")
    found = differentiation_scorecard(gaps, importance=WEIGHTS, hard_to_copy={"staff": hard})
    assert found.table.set_index("attribute").loc["staff", "verdict"] == verdict
    assert ("matters: staff" in found.title) == (verdict == "build on it")
    assert ("hard to copy can be told yet" in found.title) == (verdict != "build on it")


def test_how_hard_to_copy_is_said_where_nobody_judged_it():
    gaps = rival_gaps(rated(LEVELS), own="we")
    text = differentiation_scorecard(gaps, importance=WEIGHTS, hard_to_copy={"staff": 1, "speed": 1, "music": 0}).text
    assert "Not judged, so counted as never copied (hard_to_copy = 1): price and toilets." in text
    everything = dict.fromkeys(LEVELS, 1.0)
    assert "Not judged" not in differentiation_scorecard(gaps, importance=WEIGHTS, hard_to_copy=everything).text


def test_no_verdict_where_a_coin_decides_whether_it_matters():
    """Five drivers that weigh the same: whether one has more than a fifth is chance, however large the gap."""
    alike = read_ratings(long(survey(60, dict.fromkeys(LEVELS, 0.5)), scale=(1, 10)), outcome="overall")
    found = differentiation_scorecard(rival_gaps(rated(LEVELS), own="we"), importance=driver_shares(alike))
    open_ones = found.table[found.table["p_matters"].between(0.15, 0.85)]
    assert len(open_ones) and set(open_ones["verdict"]) == {"cannot be told"} and open_ones["p_verdict"].isna().all()
    assert (found.table["p_verdict"].dropna() >= 0.9).all()
    assert not any(name in found.title for name in open_ones["attribute"])
    assert "cannot be told, as it may matter more or less than most (P of more = " in found.text
