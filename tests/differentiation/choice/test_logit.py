"""The multinomial logit finds what is there, and says where it cannot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.choice.logit import fit_logit, multinomial_logit
from cxlab.differentiation.choice.tasks import read_choices
from cxlab.style import new_axes

TRUE = {"price": -1.2, "minutes": -0.4, "roast: light": 0.7}


def chosen(people: int, tasks: int, spread: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Choices of people whose coefficients vary by `spread` times their size around TRUE."""
    rng = np.random.default_rng(seed)
    n = people * tasks * 3
    own = pd.DataFrame(
        {"respondent_id": np.repeat(np.arange(people), tasks * 3),
         "task": np.tile(np.repeat(np.arange(tasks), 3), people), "alternative": np.tile(list("abc"), people * tasks),
         "price": rng.choice([2.0, 3.0, 4.0], n), "minutes": rng.choice([1.0, 3.0, 5.0], n),
         "roast": rng.choice(["dark", "light"], n)}
    )  # fmt: skip
    beta = np.array(list(TRUE.values())) * (1 + spread * rng.normal(size=(people, 3)))
    x = np.column_stack([own["price"], own["minutes"], own["roast"] == "light"])
    utility = (x * beta[own["respondent_id"]]).sum(1) + rng.gumbel(size=n)
    best = own.assign(u=utility).groupby(["respondent_id", "task"])["u"].transform("max")
    return own.assign(chosen=(utility == best).astype(int))


def test_coefficients_and_money_are_recovered():
    fitted = fit_logit(read_choices(chosen(300, 10), price="price"))
    found = multinomial_logit(fitted, level=0.99).table.set_index("column")
    for name, value in TRUE.items():
        assert found.loc[name, "low"] < value < found.loc[name, "high"]
    assert found.loc["minutes", "worth_low"] < -1 / 3 < found.loc["minutes", "worth_high"]
    assert found.loc["price", ["worth"]].isna().all()


def test_errors_by_respondent_are_wider_where_tastes_differ_and_the_text_says_so():
    alike = fit_logit(read_choices(chosen(200, 10), price="price"))
    differ = fit_logit(read_choices(chosen(200, 10, spread=1.0), price="price"))
    ratio = [np.sqrt(np.diag(f.robust) / np.diag(f.covariance)) for f in (alike, differ)]
    assert ratio[0] == pytest.approx(1, abs=0.2)
    assert (ratio[1][:2] > 1.3).all()
    assert "Tastes differ" in multinomial_logit(differ).text
    assert "Tastes differ" not in multinomial_logit(alike).text


def test_the_test_of_different_tastes_is_wrong_as_often_as_it_says():
    p = [fit_logit(read_choices(chosen(60, 5, seed=s))).different_tastes for s in range(30)]
    assert 0.3 < np.mean(np.array(p) < 0.5) < 0.7


def test_choices_that_are_decided_by_one_column_have_no_end():
    asked = chosen(40, 5)
    cheapest = asked.groupby(["respondent_id", "task"])["price"].transform("min") == asked["price"]
    first = cheapest & ~asked.assign(c=cheapest)[cheapest].duplicated(["respondent_id", "task"]).reindex(
        asked.index, fill_value=True
    )
    found = multinomial_logit(read_choices(asked.assign(chosen=first.astype(int)), price="price"))
    assert not found.believed
    assert "'price'" in found.text or "price" in found.failed[-1].value or "price" in found.failed[0].value


def test_a_price_that_is_not_known_to_matter_gives_no_interval_in_money():
    rng = np.random.default_rng(1)
    asked = chosen(30, 4)
    asked["chosen"] = (asked.groupby(["respondent_id", "task"])["price"].transform(
        lambda p: rng.permutation([1, 0, 0]))).astype(int)  # fmt: skip
    found = multinomial_logit(read_choices(asked, price="price"))
    assert np.isinf(found.table["worth_high"].dropna()).any()
    assert "not known to put anybody off" in found.title


def test_the_picture_is_drawn_with_and_without_a_price():
    for options in ({"price": "price"}, {}):
        multinomial_logit(read_choices(chosen(30, 5), **options)).plot(new_axes())
