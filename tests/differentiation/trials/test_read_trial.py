"""What a trial is read as: who counts, which arm is the control, what is refused, and whether it was fair."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.data import load
from cxlab.differentiation.trials.counting import pooled
from cxlab.differentiation.trials.read_trial import read_trial
from cxlab.errors import DataError, ParameterError


def rows(n=200, arms=("A", "B"), **columns):
    made = pd.DataFrame(
        {"unit_id": [f"u{i}" for i in range(n)], "arm": np.resize(arms, n), "outcome": np.arange(n) % 4 == 0}
    )
    return made.astype({"outcome": int}).assign(**columns)


def failed(trial):
    return [check.name for check in trial.checks if not check.passed]


def test_moments_are_those_of_the_values_whatever_the_sites():
    rng = np.random.default_rng(1)
    n = 300
    frame = rows(n, site=rng.choice(["north", "south", None], n), outcome=rng.lognormal(1, 1, n),
                 before=np.where(rng.random(n) < 0.8, rng.normal(5, 2, n), np.nan))  # fmt: skip
    trial = read_trial(frame, kind="money")
    for arm, own in frame.groupby("arm"):
        found = trial.moments().set_index("arm").loc[arm]
        assert found["n"] == len(own)
        assert found["mean"] == pytest.approx(own["outcome"].mean())
        assert found["var"] == pytest.approx(own["outcome"].var(ddof=0))
        assert found["log_var"] == pytest.approx(np.log(own["outcome"]).var(ddof=0))
        both = own.dropna(subset="before")
        assert found["known"] == len(both)
        assert found["xy"] == pytest.approx(np.cov(both["before"], both["outcome"], ddof=0)[0, 1])
    assert trial.sites == 3 and trial.assigned == "unit"


@pytest.mark.parametrize(
    ("arms", "control"),
    [(("Ad", "Joke", "NoCard"), "NoCard"), (("north", "control group"), "control group"), (("b", "A"), "A"),
     (("joke", "no card"), "no card"), (("noodles", "bread"), "bread")],
)  # fmt: skip
def test_the_control_is_the_arm_called_so(arms, control):
    trial = read_trial(rows(arms=arms))
    assert trial.control == control and set(trial.arms) == set(arms)
    assert control in trial.notes[0]


@pytest.mark.parametrize(
    ("outcome", "name", "kind"),
    [([0, 1], "outcome", "share"), ([0, 3], "visits", "count"), ([0.0, 2.5], "spend", "money"),
     ([1, 5], "stars", "number"), ([-1.5, 2], "outcome", "number"), ([True, False], "outcome", "share")],
)  # fmt: skip
def test_the_kind_of_outcome_is_told_by_its_values(outcome, name, kind):
    frame = rows().rename(columns={"outcome": name}).assign(**{name: np.repeat(outcome, 100)})
    assert read_trial(frame, outcome=name).kind == kind


def test_money_is_known_by_the_column_it_was_read_from(tmp_path):
    rows(outcome=2.5).rename(columns={"outcome": "revenue"}).to_csv(tmp_path / "trials.csv", index=False)
    assert read_trial(load(tmp_path / "trials.csv", columns={"outcome": "revenue"})).kind == "money"


def test_units_in_two_arms_are_left_out_and_told():
    twice = pd.concat([rows(), rows(10, arms=("B", "A"))])
    trial = read_trial(twice)
    assert trial.n == 190
    assert "share of units seen in two arms" in failed(trial)


def test_units_in_several_rows_are_refused_or_taken_together():
    twice = pd.concat([rows(), rows(10)])
    with pytest.raises(DataError, match="10 of 200 units stand in several rows"):
        read_trial(twice)
    assert read_trial(twice, repeated="mean").n == 200


def test_arms_of_other_sizes_than_planned_are_told():
    lopsided = rows(400, arms=("A", "B", "B"))
    assert "chance of arms so unequal in size" in failed(read_trial(lopsided))
    assert not failed(read_trial(lopsided, allocation={"A": 1, "B": 2}))


def test_outcomes_lost_in_one_arm_are_told():
    lost = rows(400).assign(outcome=lambda f: f["outcome"].where((f["arm"] == "A") | (f.index % 4 != 1)))
    trial = read_trial(lost)
    assert trial.missing == 100
    assert "chance of outcomes missing so unequally" in failed(trial)


def test_arms_given_by_site_are_seen():
    sites = rows(200, site=np.resize(["one", "two"], 200))
    assert read_trial(sites).assigned == "site"
    assert read_trial(rows(200, site=[f"s{i}" for i in range(200)])).assigned == "unit"


@pytest.mark.parametrize(
    ("frame", "options", "error", "said"),
    [
        (rows(arms=("A",)), {}, DataError, "one arm"),
        (rows().assign(outcome=lambda f: f["outcome"].where(f["arm"] == "A")), {}, DataError, "'B' has an outcome"),
        (rows().assign(outcome=np.nan), {}, DataError, "no unit"),
        (rows().assign(outcome="yes"), {}, DataError, "not numbers"),
        (rows().drop(columns="arm"), {}, DataError, "arm"),
        (rows().head(0), {}, DataError, "no row"),
        (rows(trial=np.repeat(["tea", "cake"], 100)), {}, DataError, "2 trials: cake, tea"),
        (rows(trial="tea"), {"trial": "te"}, ParameterError, "did you mean 'tea'"),
        (rows(), {"control": "C"}, ParameterError, "unknown arm 'C'"),
        (rows(), {"allocation": {"A": 1, "B": 0}}, ParameterError, "above 0"),
        (rows(outcome=2), {"kind": "share"}, DataError, "other than 0 and 1"),
        (rows(outcome=-2), {"kind": "money"}, DataError, "negative"),
        (rows(outcome=1e300), {}, DataError, "outcome goes up to 1e.300"),
        (rows(outcome=-1e300), {}, DataError, "outcome goes up to 1e.300"),
        (rows(before=1e300), {}, DataError, "before goes up to 1e.300"),
        (rows(), {"kind": "sahre"}, ParameterError, "did you mean 'share'"),
        (object(), {}, DataError, "no trials"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(frame, options, error, said):
    with pytest.raises(error, match=said):
        read_trial(frame, **options)


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(24)))
def test_order_of_rows_changes_nothing(order):
    frame = rows(24, outcome=np.arange(24) * 1.5, site=np.resize(["x", "y", "z"], 24))
    whole, mixed = (read_trial(f).moments() for f in (frame, frame.iloc[list(order)]))
    pd.testing.assert_frame_equal(whole, mixed)


def test_pooling_in_two_steps_is_pooling_in_one():
    cells = pd.DataFrame({"arm": list("aabb"), "site": list("xyxy"), "n": [1, 3, 2, 5], "mean": [0.0, 4, 1, 2],
                          "var": [0.0, 1, 2, 3]})  # fmt: skip
    once = pooled(cells.assign(all=1), "all")
    twice = pooled(pooled(cells, "arm").assign(all=1), "all")
    assert once.loc[1, ["mean", "var"]].tolist() == pytest.approx(twice.loc[1, ["mean", "var"]].tolist())
