"""Pooled scores and ranks: small groups learn from the others, and what cannot be told apart is said to be so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError, ParameterError
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.hierarchy import RATE
from cxlab.experience.scores.ordinal import category_shares
from cxlab.experience.scores.pooled import pooled_scores
from cxlab.experience.scores.pooling import sample_pooled
from cxlab.experience.scores.posterior import pool_answers
from cxlab.experience.scores.ranks import rank_table, ranked_scores
from cxlab.style import new_axes

PROMOTERS = np.array([0.03, 0.02, 0.02, 0.03, 0.03, 0.08, 0.07, 0.12, 0.20, 0.16, 0.24])


def survey(sizes, shifts, *, seed=1, by="touchpoint", scale=(0, 10), question="nps") -> pd.DataFrame:
    """A survey whose touchpoints are shifted by so many log odds."""
    rng = np.random.default_rng(seed)
    shares = PROMOTERS if scale == (0, 10) else np.array([0.1, 0.1, 0.2, 0.35, 0.25])
    below = np.cumsum(shares)[:-1]
    p = category_shares(np.log(below / (1 - below)), np.array(shifts, dtype=float))
    given = [(f"{by} {i}", scale[0] + rng.choice(len(shares), n, p=q)) for i, (n, q) in enumerate(zip(sizes, p))]  # noqa: B905
    rows = [(question, *scale, name, float(score)) for name, scores in given for score in scores]
    return pd.DataFrame(rows, columns=["question", "scale_min", "scale_max", by, "score"])


@pytest.fixture(scope="module")
def pooled():
    return pool_answers(
        read_answers(survey([200, 60, 60, 8, 40], [0.8, 0, 0, -0.5, -1.2]), by="touchpoint"), draws=2000
    )


def test_each_measure_is_of_the_same_draws(pooled):
    nps, mean = pooled_scores(pooled), pooled_scores(pooled, measure="mean")
    own = pooled_scores(pooled, measure={s: float(s >= 9) - float(s <= 6) for s in range(11)})
    assert nps.units["value"] == "points" and mean.table["value"].between(0, 10).all()
    assert 100 * own.table["value"].to_numpy() == pytest.approx(nps.table["value"].to_numpy())
    assert nps.table.iloc[0]["touchpoint"] == "touchpoint 0" and nps.table.iloc[0]["place"] == "above"
    assert nps.table.iloc[-1]["place"] == "below"
    assert "lies above it" in nps.text and nps.title.endswith("are below the other touchpoints in NPS")


def test_few_answers_are_pulled_most_and_lie_between_their_own_and_the_common(pooled):
    table = pooled_scores(pooled).table.set_index("touchpoint")
    assert table["pulled"].idxmax() == "touchpoint 3" and table["pulled"].idxmin() == "touchpoint 0"
    few, middle = table.loc["touchpoint 3"], table["value"].mean()
    assert min(few["own"], middle) - 1 < few["value"] < max(few["own"], middle) + 1
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()


def test_alike_groups_are_not_told_apart():
    found = pooled_scores(read_answers(survey([40] * 6, [0] * 6, seed=2), by="touchpoint"), draws=1500)
    assert found.title == "No difference between touchpoints in NPS can be told"
    assert "None of them is told apart" in found.text and (found.table["place"] == "").all()
    ranks = ranked_scores(read_answers(survey([40] * 6, [0] * 6, seed=2), by="touchpoint"), draws=1500)
    assert "perhaps the best" in ranks.title and "For none of them is it sure" in ranks.text


def test_order_of_rows_changes_nothing():
    asked = survey([30, 20, 25], [0.5, 0, -0.5], scale=(1, 5), question="csat")
    found = [pooled_scores(read_answers(rows, by="touchpoint"), draws=500).table for rows in (asked, asked[::-1])]
    pd.testing.assert_frame_equal(*found)


def test_two_factors_lend_strength_across_both():
    """A cell with two answers at a bad touchpoint of a bad brand is expected to be bad."""
    rng = np.random.default_rng(5)
    cells = [(t, b) for t in range(6) for b in range(3)]
    shift = [(-1.2 if t == 0 else 0.3) + (-0.8 if b == 0 else 0.3) for t, b in cells]
    sizes = [2 if (t, b) == (0, 0) else 40 for t, b in cells]
    asked = survey(sizes, shift, seed=4)
    place = asked["touchpoint"].str.split().str[1].astype(int)
    asked["brand"] = [f"b{cells[i][1]}" for i in place]
    asked["touchpoint"] = [f"t{cells[i][0]}" for i in place]
    asked.loc[(asked["touchpoint"] == "t0") & (asked["brand"] == "b0"), "score"] = rng.choice([5.0, 8.0], 2)
    found = pooled_scores(read_answers(asked, by=["touchpoint", "brand"]), draws=1000)
    assert found.believed, found.text
    worst = found.table.iloc[-1]
    assert (worst["touchpoint"], worst["brand"]) == ("t0", "b0") and worst["answers"] == 2
    assert worst["place"] == "below"


def test_groups_that_use_the_scale_differently_are_noticed():
    rows = [("csat", 1, 5, t, s) for t, given in {"edges": [1, 5] * 30, "middle": [3] * 50 + [2, 4] * 5}.items()
            for s in given]  # fmt: skip
    asked = pd.DataFrame(rows, columns=["question", "scale_min", "scale_max", "touchpoint", "score"])
    found = pooled_scores(read_answers(asked, by="touchpoint"), draws=1500)
    assert not found.believed and "use the scale differently" in found.text


def test_a_fine_scale_is_modelled_in_parts():
    rng = np.random.default_rng(6)
    asked = pd.DataFrame({"question": "How likely?", "scale_min": 0, "scale_max": 100,
                          "touchpoint": np.repeat(["a", "b"], 80),
                          "score": np.r_[rng.integers(40, 101, 80), rng.integers(0, 61, 80)]})  # fmt: skip
    table = pooled_scores(read_answers(asked, by="touchpoint", kind="rating"), draws=1000).table
    assert table["value"].tolist() == pytest.approx(table["own"].tolist(), abs=4)
    assert table["place"].tolist() == ["above", "below"]


def test_what_cannot_be_pooled_is_said(pooled):
    asked = survey([20, 20], [0, 0])
    with pytest.raises(DataError, match="one or two columns"):
        pool_answers(read_answers(asked))
    with pytest.raises(DataError, match="only one group"):
        pool_answers(read_answers(asked.head(20), by="touchpoint"))
    with pytest.raises(DataError, match="are the same"):
        pool_answers(read_answers(asked.assign(score=7.0), by="touchpoint"))
    with pytest.raises(ParameterError, match="no worth for scores"):
        pooled.values({10: 1.0})
    with pytest.raises(ParameterError, match="on a scale from 1 to 5"):
        pooled_scores(read_answers(survey([20, 20], [0, 1], scale=(1, 5)), by="touchpoint"), measure="nps")


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_are_drawn(pooled, width):
    for finding in (pooled_scores(pooled), ranked_scores(pooled)):
        ax = finding.plot(new_axes(width=width))
        names = [label.get_text().split("\n")[0] for label in ax.get_yticklabels()]
        assert names[0] == "touchpoint 0" and len(names) == 5
        ax.figure.canvas.draw()


def test_ranks_are_dealt_out():
    values = np.random.default_rng(1).normal(size=(500, 7)) + np.arange(7)
    table, error = rank_table(values, list("abcdefg"))
    assert table["rank"].sum() == pytest.approx(28)
    assert table["best"].sum() == pytest.approx(1) and table["worst"].sum() == pytest.approx(1)
    assert (table["rank_low"] <= table["rank"]).all() and (table["rank"] <= table["rank_high"]).all()
    turned, _ = rank_table(values, list("abcdefg"), highest_first=False)
    assert turned["name"].tolist() == table["name"].tolist()[::-1]
    assert (error["best"] >= 0).all()


@pytest.mark.slow
def test_nuts_finds_the_same():
    import pymc as pm

    counts = np.array([[3, 5, 8, 14, 6], [1, 2, 5, 3, 9], [4, 6, 2, 1, 0], [0, 1, 3, 8, 12], [2, 2, 4, 9, 9]])
    met = counts.shape[1]
    fast = sample_pooled(counts, draws=20_000, rng=1)
    with pm.Model():
        spread = pm.Gamma("spread", 2, RATE)
        bare = pm.Dirichlet("bare", np.full(met, 1 / met))
        below = pm.math.cumsum(bare)[:-1]
        shift = pm.Normal("z", 0, 1, shape=len(counts)) * spread
        F = pm.math.invlogit(pm.math.log(below / (1 - below)) - shift[:, None])
        F = pm.math.concatenate([np.zeros((len(counts), 1)), F, np.ones((len(counts), 1))], axis=1)
        shares = pm.Deterministic("shares", F[:, 1:] - F[:, :-1])
        pm.Potential("told", (counts * pm.math.log(shares + 1e-12)).sum())
        trace = pm.sample(2000, tune=2000, chains=2, cores=1, random_seed=1, target_accept=0.95, progressbar=False)
    nuts = trace.posterior["shares"].values.reshape(-1, *counts.shape) @ np.arange(1, 6)
    value = fast.shares @ np.arange(1, 6)
    assert fast.weights @ value == pytest.approx(nuts.mean(0), abs=0.02)
    spread_of = np.sqrt(fast.weights @ value**2 - (fast.weights @ value) ** 2)
    assert spread_of == pytest.approx(nuts.std(0), rel=0.06)
    assert fast.weights @ fast.spread[:, 0] == pytest.approx(trace.posterior["spread"].values.mean(), rel=0.06)
