"""Designs show every level as often, no offer plainly better than another, and tell what they promise to tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.choice.designs import choice_design
from cxlab.differentiation.choice.logit import fit_logit
from cxlab.differentiation.choice.precision import design_precision
from cxlab.differentiation.choice.tasks import read_choices
from cxlab.errors import ModelError, ParameterError
from cxlab.style import new_axes

COFFEE = {"price": [2.0, 2.5, 3.0, 3.5], "minutes": [1, 3, 6], "roast": ["dark", "light", "medium"]}
EXPECTED = {"price": -1.0, "minutes": -0.2, "none": -3.0}


@pytest.fixture(scope="module")
def design():
    return choice_design(COFFEE, tasks=24, alternatives=3, blocks=2, price="price", none="nothing", expected=EXPECTED)


def test_levels_are_shown_as_often_as_one_another(design):
    for name in COFFEE:
        assert np.ptp(design.table[name].value_counts()) <= 0
        within = design.table.groupby("block")[name].value_counts().unstack()
        assert (within.max() - within.min()).max() <= 4
    assert design.table.groupby("task").size().unique().tolist() == [4]
    assert design.table.groupby("block")["task"].nunique().tolist() == [12, 12]


def test_no_offer_is_shown_twice_or_beside_one_that_is_plainly_better(design):
    for _, own in design.table.dropna().groupby("task"):
        assert not own[list(COFFEE)].duplicated().any()
        for a in own.itertuples():
            for b in own.itertuples():
                if a.alternative != b.alternative and a.roast == b.roast:
                    assert not (a.price <= b.price and a.minutes <= b.minutes)


def test_it_tells_more_than_offers_at_random(design):
    rng = np.random.default_rng(0)
    shuffled = design.table.copy()
    offers = shuffled["price"].notna()
    for name in COFFEE:
        shuffled.loc[offers, name] = rng.permutation(shuffled.loc[offers, name].to_numpy())
    # information of offers at random, by the same formula
    from cxlab.differentiation.choice.designs import _columns, _levels, _Search

    levels = _levels(COFFEE, "price")
    search = _Search(levels, _columns(levels)[1], design.expected, 24, 3, True)
    shown = np.stack([[values.index(v) for v in shuffled.loc[offers, n]] for n, values in levels.items()], axis=1)
    at_random = sum(search.information(t) for t in shown.reshape(24, 3, 3)) / 24
    assert np.linalg.slogdet(design.information)[1] > np.linalg.slogdet(at_random)[1]


def test_errors_are_those_that_answers_then_have(design):
    rng, people = np.random.default_rng(1), 200
    asked = pd.concat([design.table[design.table["block"] == 1 + r % 2].assign(respondent_id=r) for r in range(people)])
    x = np.column_stack([asked["price"], asked["minutes"], asked["roast"] == "light", asked["roast"] == "medium",
                         asked["alternative"] == "nothing"]).astype(float)  # fmt: skip
    utility = np.nan_to_num(x) @ design.expected + rng.gumbel(size=len(asked))
    best = asked.assign(u=utility).groupby(["respondent_id", "task"])["u"].transform("max")
    fitted = fit_logit(read_choices(asked.assign(chosen=(utility == best).astype(int)), price="price", none="nothing",
                                    attributes=list(COFFEE)))  # fmt: skip
    planned = design_precision(design, respondents=people).table
    assert fitted.choices.columns == design.columns
    assert np.sqrt(np.diag(fitted.covariance)) == pytest.approx(planned["standard_error"].to_numpy(), rel=0.15)


def test_respondents_needed_reach_what_is_wanted(design):
    needed = int(design_precision(design, wanted=0.3).table["respondents_needed"].max())
    assert design_precision(design, respondents=needed, wanted=0.3).believed
    assert not design_precision(design, respondents=needed // 2, wanted=0.3).believed
    differ = design_precision(design, wanted=0.3, spread={"minutes": 0.5}).table["respondents_needed"]
    assert differ.max() > needed
    design_precision(design).plot(new_axes())


@pytest.mark.parametrize(
    ("found", "options"),
    [("'roast' has one level", {"attributes": {"price": [1, 2], "roast": ["dark"]}}),
     ("'price' has one level", {"attributes": {"price": [2, 2.0], "roast": ["dark", "light"]}, "price": "price"}),
     ("the price 'price' has levels that are no numbers", {"attributes": {"price": ["a", "b"]}, "price": "price"}),
     ("2 tasks of 2 offers cannot tell 5 part-worths",
      {"attributes": {"a": list("abcdef")}, "tasks": 2, "alternatives": 2}),
     ("there are no attributes", {"attributes": {}}),
     ("unknown attribute 'prize'", {"attributes": COFFEE, "price": "prize"}),
     ("7 tasks do not fill 2 blocks", {"attributes": COFFEE, "tasks": 7, "blocks": 2}),
     ("alternatives = 1", {"attributes": COFFEE, "alternatives": 1}),
     ("unknown part-worth 'prize'", {"attributes": COFFEE, "expected": {"prize": -1}})],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(found, options):
    with pytest.raises(ParameterError, match=found):
        choice_design(**options)


def test_offers_that_can_only_differ_in_price_are_all_dominated():
    with pytest.raises(ModelError, match="plainly better"):
        choice_design({"price": [1, 2, 3]}, tasks=4, alternatives=2, expected={"price": -1})
