"""Customer equity: the truth of simulated customers comes back, and what cannot be told is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.returns.brand_choices import read_brand_choices
from cxlab.differentiation.returns.demand import Demand
from cxlab.differentiation.returns.equity import Change, brand_sales, fit_equity, long_run_shares
from cxlab.differentiation.returns.equity_returns import driver_returns
from cxlab.differentiation.returns.equity_worth import customer_equity, equity_drivers, equity_over_years
from cxlab.errors import DataError, ParameterError
from cxlab.style import new_axes
from tests.differentiation.returns.brand_surveys import INERTIA, SLOPES, choices, survey

DEMAND = Demand(customers=(1_800, 2_000, 2_600), purchases_a_year=12, margin=3.0, years=3, currency="EUR")


@pytest.fixture(scope="module")
def model():
    return fit_equity(read_brand_choices(survey(250), simulated=True), draws=100)


def test_what_moves_customers_comes_back():
    fitted = fit_equity(read_brand_choices(survey(3000, seed=7)), draws=60)
    away = (fitted.coefficients - [INERTIA, *SLOPES]) / fitted.draws.std(0)
    assert (abs(away) < 3).all()
    assert (fitted.draws.std(0) < 0.06).all()


def test_surveys_and_choices_say_the_same():
    by_survey = fit_equity(read_brand_choices(survey()), draws=50).coefficients
    by_choice = fit_equity(read_brand_choices(choices(), last="bought_last"), draws=50).coefficients
    assert np.allclose(by_survey, by_choice)


def test_brands_may_be_named_in_answers_or_scored():
    table = survey(80)
    first = table.drop_duplicates("response_id")
    named = [first.assign(question=q, answer=first[q], score=np.nan, brand=None) for q in ("last_brand", "next_brand")]
    pooled = [table.assign(answer=None), *named]
    answers = pd.concat(pooled).drop(columns=["last_brand", "next_brand"])
    found, plain = (read_brand_choices(t, drivers=("price", "staff", "taste")) for t in (answers, table))
    assert np.array_equal(found.last, plain.last) and np.array_equal(found.next, plain.next)


def test_rows_in_any_order_give_the_same():
    shuffled = survey().sample(frac=1, random_state=3)
    one, other = (fit_equity(read_brand_choices(t), draws=50, rng=2) for t in (survey(), shuffled))
    assert np.allclose(one.draws, other.draws)


def test_a_purchase_is_a_step_of_each_customers_own_switching_matrix(model):
    still = replace(DEMAND, drift=0.0)
    sales = brand_sales(model, still)
    beta, expected = model.draws[0], []
    utility = model.data.ratings @ beta[1:]
    matrix = np.exp(utility[:, None, :] + beta[0] * np.eye(3))
    matrix /= matrix.sum(2, keepdims=True)
    at = model.data.last
    for _ in range(3):
        at = np.einsum("cj,cjk->ck", at, matrix)
        expected.append(model.weights[0] @ at)
    assert np.allclose(sales[0, :3], expected)
    assert np.allclose(sales.sum(2), 1)
    assert np.allclose(sales[:, -1], long_run_shares(model), atol=1e-4)


def test_customers_who_never_bought_have_no_inertia(model):
    newcomers = replace(model, data=replace(model.data, last=np.zeros_like(model.data.last)))
    first = brand_sales(newcomers, replace(DEMAND, drift=0.0))[0, 0]
    pull = np.exp(model.data.ratings @ model.draws[0, 1:])
    assert np.allclose(first, model.weights[0] @ (pull / pull.sum(1, keepdims=True)))


def test_equity_is_what_truth_says(model):
    """Equity with the true coefficients lies within the interval; shares are whole."""
    table = customer_equity(model, replace(DEMAND, customers=2_000), level=0.98).table.set_index("brand")
    truth = replace(model, draws=np.array([[INERTIA, *SLOPES]]), weights=model.weights.mean(0, keepdims=True))
    sales = brand_sales(truth, replace(DEMAND, drift=0.0))[0]
    worth = 2_000 * 3 * (sales * 1.1 ** -DEMAND.times[:, None]).sum(0)
    for brand, value in zip(model.data.brands, worth, strict=True):
        assert table.loc[brand, "low"] < value < table.loc[brand, "high"]
    assert table["share"].sum() == pytest.approx(1)


def test_better_ratings_bring_more_and_rivals_take_some_back(model):
    finding = driver_returns(model, DEMAND, brand="Corner", costs={"staff": (2_000, 3_000, 5_000)}, reaction=0.5)
    table = finding.table.set_index("driver")
    assert table.loc["staff", "gain"] > table.loc["taste", "gain"] > table.loc["price", "gain"]
    assert 0 < table.loc["staff", "answered"] < table.loc["staff", "gain"]
    assert np.isnan(table.loc["taste", "roi"]) and table.loc["staff", "p_pays"] > 0.5
    assert "What would change our mind" in finding.text and "simulated" in finding.text


def test_the_top_of_the_scale_is_the_top(model):
    sales = [brand_sales(model, DEMAND, Change("Corner", "staff", points)) for points in (4, 40)]
    assert np.allclose(*sales)


def test_the_fan_widens_with_the_years(model):
    finding = equity_over_years(model, DEMAND, [Change("Corner", "staff", 0.5)], brand="Corner")
    now = finding.table[finding.table["scenario"] == "as it is"]
    wide = (now["share_high"] - now["share_low"]).to_numpy()
    assert wide[-1] > wide[0] * 1.1
    assert (finding.table.groupby("scenario")["more"].max() >= 0).all()
    assert now["margin"].sum() > 0 and set(finding.units) == set(finding.table.columns[2:])


def test_drivers_are_ranked_and_named(model):
    finding = equity_drivers(model)
    assert finding.table["driver"].tolist()[:2] == ["inertia", "staff"]
    assert finding.believed and "Staff" in finding.title


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_are_drawn_with_labels(model, width):
    for finding in (
        equity_drivers(model),
        customer_equity(model, DEMAND),
        equity_over_years(model, DEMAND, brand="Corner"),
        driver_returns(model, DEMAND, brand="Corner", points={"staff": 0.5}, costs={"staff": 100}),
    ):
        ax = new_axes(width=width)
        finding.plot(ax)
        ax.figure.canvas.draw()
        assert ax.get_xlabel()


def test_data_that_cannot_tell_says_so():
    table = survey(60)
    cases = [
        (table.drop(columns="last_brand"), "which brand was bought"),
        (table.drop(columns="brand"), "no brand"),
        (table[table["brand"] == "Corner"], "two brands"),
        (table.assign(last_brand=None), "names a brand"),
        (table.assign(next_brand="Elsewhere"), "two brands"),
    ]
    for wrong, said in cases:
        with pytest.raises(DataError, match=said):
            read_brand_choices(wrong)
    alike = table.assign(score=table["score"].where(table["question"] != "staff", 3))
    with pytest.raises(DataError, match="'staff' never differs"):
        fit_equity(read_brand_choices(alike))
    with pytest.raises(DataError, match="customers for"):
        fit_equity(read_brand_choices(survey(6)))
    with pytest.raises(DataError, match="no column"):
        read_brand_choices(choices(60))


def test_choices_told_without_error_stay_finite():
    table = survey(60)
    best = table[table["question"] == "staff"].sort_values("score").groupby("response_id")["brand"].last()
    sure = table.assign(next_brand=table["response_id"].map(best), last_brand=table["response_id"].map(best))
    fitted = fit_equity(read_brand_choices(sure), draws=50)
    assert np.isfinite(fitted.draws).all()
    assert not equity_drivers(fitted).believed


def test_what_is_not_in_the_model_is_named(model):
    with pytest.raises(ParameterError, match="did you mean 'Corner'"):
        equity_over_years(model, DEMAND, brand="Korner")
    with pytest.raises(ParameterError, match="one of: price, staff, taste"):
        driver_returns(model, DEMAND, brand="Corner", points={"smile": 1})
    with pytest.raises(ParameterError, match="more than 0"):
        driver_returns(model, DEMAND, brand="Corner", points={"staff": 1}, costs={"staff": 0})
    for wrong in ({"discount": -1}, {"purchases_a_year": 0}, {"customers": 0}, {"margin": {"Corner": 3}}):
        with pytest.raises(ParameterError):
            customer_equity(model, replace(DEMAND, **wrong))
