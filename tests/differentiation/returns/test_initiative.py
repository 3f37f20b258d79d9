"""Initiatives as a reader meets them: what comes out of a table, and what is said where it is wrong."""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.differentiation.returns.initiative import REQUIRED, Initiative, initiative_values
from cxlab.differentiation.returns.uncertain import constant, from_draws, from_interval
from cxlab.errors import DataError, ParameterError


def table(*rows, **more):
    return pd.DataFrame(rows, columns=REQUIRED).assign(**more)


TWO = table(["app", 8, 10, 14, 2, 5, 9, 6], ["staff", 3, 4, 5, -1, 2, 4, 0])


def test_values_follow_the_three_points():
    values = initiative_values(TWO, years=5)
    cost = np.quantile(values.cost, [0.05, 0.5, 0.95], axis=0)
    assert np.allclose(cost, [[8, 3], [10, 4], [14, 5]], atol=0.02)
    assert values.cost.min() > 0
    assert values.npv.shape == (4000, 2) and values.cash.shape == (4000, 2, 6)


def test_a_posterior_takes_the_place_of_the_points():
    own = from_draws("trial", np.random.default_rng(1).normal(6, 0.1, 500))
    values = initiative_values(table(["app", 8, 10, 14, np.nan, np.nan, np.nan, 0]), effects={"app": own}, discount=0)
    assert values.npv.mean() == pytest.approx(5 * 6 - values.cost.mean(), rel=0.01)


def test_later_start_brings_less_when_it_pays():
    values = initiative_values(TWO, years=5, periods_a_year=4)
    worth = [values.started(t).mean(0)[0] for t in range(0, 13, 4)]
    assert all(a > b for a, b in zip(worth, worth[1:], strict=False))
    assert np.allclose(values.started(0), values.npv)


def test_what_two_options_share_counts_once():
    values = initiative_values(table(["a", 1, 1, 1, 5, 5, 5, 0], ["b", 1, 1, 1, 3, 3, 3, 0]), discount=0, overlap=0.5)
    assert values.together(["a", "b"])[0] == pytest.approx(25 + 7.5 - 2)
    assert values.shared(["a", "b"])[0] == pytest.approx(7.5)


def test_what_is_shared_is_of_the_smaller_effect_in_every_draw():
    rows = table(["a", 1, 1, 1, -2, 5, 9, 0], ["b", 1, 1, 1, 0, 4.8, 12, 0], ["c", 1, 1, 1, 1, 2, 3, 0])
    values = initiative_values(rows, overlap=0.7)
    one, two = values.benefits[:, 0], values.benefits[:, 1]
    assert (one > two).any() and (one < two).any() and (one < 0).any()
    twice = 0.7 * np.maximum(np.minimum(one, two), 0) @ values.terms.factors
    np.testing.assert_allclose(values.together("ab"), values.npv[:, :2].sum(1) - twice, atol=1e-9)
    same = initiative_values(rows, overlap=1.0)
    largest = np.maximum(same.benefits.max(1), 0) + np.minimum(same.benefits, 0).sum(1)
    np.testing.assert_allclose(same.together("abc"), (largest - same.costs.sum(1)) @ same.terms.factors, atol=1e-9)


def test_nothing_is_shared_before_both_are_there():
    rows = table(["a", 1, 1, 1, 5, 5, 5, 0], ["b", 1, 1, 1, 3, 3, 3, 0])
    values = initiative_values(rows, years=3, discount=0, overlap=0.5)
    assert [float(values.shared("ab", (0, t))[0]) for t in (0, 1, 2, 3)] == [4.5, 3.0, 1.5, 0.0]


def test_a_good_year_for_one_is_good_for_all():
    apart, joined = (initiative_values(TWO, correlation=r).npv.sum(1).std() for r in (None, 0.8))
    assert joined > apart * 1.1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (table(["a", 3, 2, 1, 1, 2, 3, 0]), "low ≤ likely ≤ high"),
        (table(["a", -1, 2, 3, 1, 2, 3, 0]), "passes a bound"),
        (table(["a", 1, 2, 3, np.nan, 2, 3, 0]), "finite"),
        (table(["a", 1, 2, 3, 1, 2, 3, -1]), "months"),
        (table(["a", 1, 2, 3, 1, 2, 3, 0], life_years=0), "life"),
        (table(["a", 1, 2, 3, 1, 2, 3, 0], running=-5), "running"),
    ],
)
def test_values_that_cannot_be_are_named(rows, said):
    with pytest.raises(ParameterError, match=said):
        initiative_values(rows)


def test_tables_that_cannot_be_used_say_why():
    for rows, said in (
        (TWO.iloc[:0], "no rows"),
        (TWO.drop(columns="months"), "months"),
        (pd.concat([TWO, TWO]), "'app', 'staff' twice"),
    ):
        with pytest.raises(DataError, match=said):
            initiative_values(rows)


@pytest.mark.parametrize("terms", [{"discount": -1}, {"years": 0}, {"margin": 0}, {"tax": 1}, {"timing": "soon"}])
def test_terms_that_cannot_be_are_named(terms):
    with pytest.raises(ParameterError):
        initiative_values(TWO, **terms)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ParameterError, match="did you mean 'staff'"):
        initiative_values(TWO, effects={"staf": constant("x", 1)})
    with pytest.raises(ParameterError, match="app: cost"):
        initiative_values(TWO, correlation={("app: cost", "app: gain"): 0.5})


def test_a_loss_that_is_sure_is_a_loss_in_every_draw():
    values = initiative_values([Initiative("sunk", cost=100, effect=0)])
    assert (values.npv == -100).all()


def test_a_share_is_no_money():
    with pytest.raises(ParameterError, match="margin a year"):
        initiative_values([Initiative("card", cost=10, effect=from_interval("kept", 0.1, 0.0, 0.2, unit="share"))])


def test_running_costs_begin_with_the_effect():
    values = initiative_values([Initiative("app", cost=0, effect=0, running=12, months=6, life=1)], years=3)
    assert values.costs[0, 0].tolist() == [0, 6, 6, 0]


def test_a_file_of_initiatives_is_valued(tmp_path):
    TWO.assign(evidence=["trial", "guess"], running=[1, None]).to_csv(tmp_path / "initiatives.csv", index=False)
    data = cx.load(tmp_path / "initiatives.csv")
    values = initiative_values(data, years=3)
    assert np.allclose(values.npv.mean(0), initiative_values(TWO.assign(running=[1, 0]), years=3).npv.mean(0))
    assert values.names == ("app", "staff") and [o.evidence for o in values.initiatives] == ["trial", "guess"]
    assert values.initiatives[0].running == 1 and values.initiatives[1].running == 0
