"""Two ways to one posterior: they agree, the fast one knows when not to be trusted, bad data are refused in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.model import Prior
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.posterior import Posterior, fit
from cxlab.cltv.rows import Rows
from cxlab.cltv.sbg import S_BG
from cxlab.errors import DataError, ModelError, ParameterError
from tests.cltv.cases import CONTINUOUS, FORECASTING, MODELS, cdnow, name, rows_of

#: Monte-Carlo standard errors by which two independent samplers may differ
STANDARD_ERRORS = 4


def assert_agree(one: Posterior, two: Posterior) -> None:
    """Means, spreads and interval ends of every parameter differ by chance only."""
    a, b = one.parameters(), two.parameters()
    columns = list(a.monte_carlo_error.columns)
    gap = (a.table[columns] - b.table[columns]).abs()
    chance = np.sqrt(a.monte_carlo_error**2 + b.monte_carlo_error**2)
    assert (gap / chance).max().max() < STANDARD_ERRORS, (gap / chance).assign(parameter=a.table["parameter"])


def test_fast_and_nuts_agree_on_cdnow():
    fast, nuts = (fit(BG_NBD, cdnow().rows, sampler=s, draws=2000, rng=3) for s in ("fast", "nuts"))
    assert (fast.sampler, nuts.sampler) == ("fast", "nuts")
    assert fast.diagnostics["k_hat"] < 0.7
    assert all(c.passed for c in (*fast.checks, *nuts.checks))
    assert_agree(fast, nuts)
    # and so would a reader who looks at a customer
    for history in ((0, 0.0, 38.86), (2, 30.43, 38.86), (26, 30.86, 31.0)):
        means, errors = [], []
        for posterior in (fast, nuts):
            values = BG_NBD.expected_purchases(posterior.theta[:, :, 0], *history, 39.0)
            means.append(values @ posterior.weights)
            errors.append(values.std() / np.sqrt(posterior.diagnostics["effective"]))
        assert abs(means[0] - means[1]) < STANDARD_ERRORS * np.hypot(*errors)


@pytest.mark.slow
@pytest.mark.parametrize("model", [m for m in MODELS if m is not BG_NBD], ids=name)
def test_fast_and_nuts_agree_on_published_data(model):
    assert_agree(*(fit(model, rows_of(model), sampler=s, draws=4000, rng=4) for s in ("fast", "nuts")))


def test_the_fast_way_hands_over_to_nuts_where_it_must_not_be_trusted():
    """Three contracts under priors that allow nearly anything: no bell shape comes near this posterior."""
    rows = Rows.collapse({"renewals": [0, 0, 7], "churned": [1, 1, 0]})
    priors = {"churn": Prior(0.5, 10.0), "churn_concentration": Prior(1.0, 20.0)}
    posterior = fit(S_BG, rows, draws=400, rng=1, priors=priors, time_unit="year")
    assert posterior.sampler == "nuts"
    assert posterior.diagnostics["refused_k_hat"] > 0.7
    assert posterior.time_unit == "year"
    finding = posterior.parameters()
    assert "importance sampling was refused: Pareto k̂" in finding.text
    assert {"largest R̂", "divergences", "effective draws"} == {c.name for c in finding.checks}
    assert np.isfinite(posterior.theta).all()


@pytest.mark.parametrize("model", MODELS, ids=name)
def test_the_default_priors_suit_the_fast_way_on_published_data(model):
    posterior = fit(model, rows_of(model), draws=1000, rng=5)
    assert posterior.sampler == "fast"
    assert posterior.diagnostics["k_hat"] < 0.7
    assert not posterior.parameters().failed


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    one, again, other = (fit(MBG_NBD, cdnow().rows, draws=500, rng=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.z, again.z)
    assert np.array_equal(one.weights, again.weights)
    assert not np.array_equal(one.z, other.z)
    assert np.array_equal(one.draws(50, 9), again.draws(50, 9))
    generators = [fit(NBD_MODEL, cdnow().rows, draws=500, rng=np.random.default_rng(7)).z for _ in range(2)]
    assert np.array_equal(*generators)


def test_weighted_draws_and_equal_draws_have_the_same_mean():
    posterior = fit(MBG_NBD, cdnow().rows, draws=4000, rng=1)
    equal = posterior.draws(4000, 2)[:, :, 0]
    errors = equal.std(1) / np.sqrt(posterior.diagnostics["effective"])
    assert (np.abs(equal.mean(1) - posterior.mean()) < STANDARD_ERRORS * errors).all()
    assert posterior.weights.sum() == pytest.approx(1)


def test_more_customers_narrow_the_posterior_and_a_strong_prior_holds_it():
    rows = cdnow().rows
    tenfold = Rows(rows.columns, rows.weight * 10, rows.group, rows.groups)
    one, ten = (fit(BG_NBD, r, draws=1000, rng=1).parameters().table.set_index("parameter") for r in (rows, tenfold))
    assert ten.loc["r", "sd"] / one.loc["r", "sd"] == pytest.approx(10**-0.5, rel=0.15)
    held = fit(BG_NBD, rows, draws=1000, rng=1, priors={"purchase_rate": Prior(0.2, 0.001)})
    assert held.parameters().table.set_index("parameter").loc["purchase_rate", "mean"] == pytest.approx(0.2, rel=0.01)


def test_segments_are_fitted_apart():
    """Each segment of two gets what it would get alone; together they are one posterior with two columns."""
    rows = cdnow().rows
    both = Rows.collapse(
        {k: np.concatenate([v, v]) for k, v in rows.columns.items()},
        weight=np.concatenate([rows.weight, 3 * rows.weight]),
        group=np.repeat([0, 1], len(rows)),
        groups=("new", "old"),
    )
    posterior = fit(NBD_MODEL, both, draws=1000, rng=1)
    table = posterior.parameters().table.set_index(["group", "parameter"])
    assert posterior.groups == ("new", "old")
    assert posterior.theta.shape == (2, 1000, 2)
    alone = fit(NBD_MODEL, rows, draws=1000, rng=2).parameters().table.set_index("parameter")
    assert table.loc[("new", "r"), "mean"] == pytest.approx(alone.loc["r", "mean"], abs=0.3 * alone.loc["r", "sd"])
    assert table.loc[("old", "r"), "sd"] == pytest.approx(alone.loc["r", "sd"] / 3**0.5, rel=0.15)


def test_many_distinct_rows_change_the_way_but_not_the_answer():
    """Above 3,000 distinct rows draws are made on condensed rows and corrected: the answer is that of all rows."""
    from cxlab.cltv import posterior as module

    rng = np.random.default_rng(6)
    T = rng.uniform(27, 39, 6000)
    x, recency = BG_NBD.simulate((0.243, 4.414, 0.793, 2.426), T, rng)
    rows = Rows.collapse({"frequency": x, "recency": recency, "T": T})
    assert len(rows) > module.MANY_ROWS
    condensed = fit(BG_NBD, rows, draws=2000, rng=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MANY_ROWS", 10**9)
        exact = fit(BG_NBD, rows, draws=2000, rng=2)
    assert_agree(condensed, exact)


# what is refused: rows, and words of the message


def rows(x, recency, T) -> Rows:
    return Rows.collapse({"frequency": x, "recency": recency, "T": T})


@pytest.mark.parametrize("model", FORECASTING, ids=name)
def test_nobody_came_back(model):
    with pytest.raises(ModelError, match="none of 3 customers ever came back") as error:
        fit(model, rows([0, 0, 0], [0, 0, 0], [5, 5, 6]))
    assert "customer ids" in str(error.value)


@pytest.mark.parametrize(
    ("x", "recency", "T"),
    [(2, 40, 39), (2, 0, 39), (0, 5, 39)],
    ids=["last purchase after the end", "repeat purchases at age 0", "recency without repeats"],
)
@pytest.mark.parametrize("model", [*CONTINUOUS, BG_BB], ids=name)
def test_impossible_histories(model, x, recency, T):
    with pytest.raises(ModelError, match="1 customers have an impossible history") as error:
        fit(model, rows([1, x], [3, recency], [39, T]))
    assert f"frequency {x}, recency {recency}, T {T}" in str(error.value)
    assert "repeat purchases" in str(error.value)


@pytest.mark.parametrize("model", MODELS, ids=name)
def test_no_customers(model):
    empty = Rows({c: np.empty(0) for c in model.columns}, np.empty(0), np.empty(0, dtype=np.intp))
    with pytest.raises(ModelError, match="there are no customers"):
        fit(model, empty)


def test_wrong_columns_and_values():
    with pytest.raises(ModelError, match="no column"):
        fit(GAMMA_GAMMA, rows([1], [1], [2]))
    with pytest.raises(DataError, match="recency has 1 values that are missing, infinite or negative"):
        rows([1, 1], [3, np.nan], [5, 5])
    with pytest.raises(DataError, match="frequency has 1 values"):
        rows([-1, 1], [3, 3], [5, 5])


def test_wrong_options():
    data = cdnow().rows
    with pytest.raises(ParameterError, match="unknown sampler 'mcmc'"):
        fit(BG_NBD, data, sampler="mcmc")
    with pytest.raises(ParameterError, match="at least 100 draws"):
        fit(BG_NBD, data, draws=10)
    with pytest.raises(ParameterError, match="did you mean 'purchase_rate'"):
        fit(BG_NBD, data, priors={"purchase_rates": Prior(1, 1)})
    with pytest.raises(ParameterError, match="prior dropout"):
        fit(BG_NBD, data, priors={"dropout": Prior(1.5, 1)})


def test_a_posterior_reads_as_a_finding():
    finding = fit(MBG_NBD, cdnow().rows, draws=1000, rng=1).parameters()
    assert finding.table["parameter"].tolist()[:4] == ["r", "alpha", "a", "b"]
    assert (finding.table["low"] < finding.table["mean"]).all()
    assert (finding.table["mean"] < finding.table["high"]).all()
    assert "2,357 customers" in finding.text
    assert "Pareto k̂" in finding.text
    assert isinstance(finding.monte_carlo_error, pd.DataFrame)
    assert (finding.monte_carlo_error["mean"] < finding.table["sd"] / 10).all()
