"""What customers did by score: levels with few answers lean on the others, and a flat line is called flat."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.experience.money.by_score import by_score
from cxlab.experience.money.link import link_behaviour
from cxlab.experience.money.trend_pooling import pool_on_line
from cxlab.experience.money.value_of_a_point import value_of_a_point
from cxlab.style import new_axes
from tests.experience.linked_shops import shop


@pytest.fixture(scope="module")
def linked():
    return link_behaviour(shop(21, customers=1200, rate=0.1, leave=-0.1).tables, currency="EUR")


def test_more_come_back_where_scores_are_higher(linked):
    found = by_score(linked)
    table = found.table.set_index("score")
    assert table["answers"].sum() == linked.n
    assert (table["returned_low"] < table["returned"]).all() and (table["returned"] < table["returned_high"]).all()
    assert table.loc[9, "returned_low"] > table.loc[4, "returned"]
    assert found.title.startswith("Share that came back rises from")
    assert "a point multiplies it by" in found.text
    assert "a point goes with €" in found.text
    assert "not taken out here" in found.text


def test_scores_of_few_lean_on_the_others(linked):
    table = by_score(linked).table
    few = table[table["few"] & (table["spend_seen"] > 0)]
    assert len(few)
    off = (few["spend"] / few["spend_trend"]).apply(np.log).abs()
    seen = (few["spend_seen"] / few["spend_trend"]).apply(np.log).abs()
    assert (off < 0.5 * seen + 0.02).all()


def test_without_a_link_the_line_may_be_flat():
    found = by_score(link_behaviour(shop(22, customers=600).tables), picture="spend")
    assert found.title == "Spend: no difference by nps is shown"
    assert "the line may as well be flat" in found.text.split(" Spend: ")[1]


@pytest.mark.parametrize(
    ("seed", "effects"), [(21, {"spend": 0.03}), (22, {}), (25, {"reverse": 0.15}), (26, {"rate": 0.03})]
)
def test_a_slope_is_shown_where_the_value_of_a_point_shows_one_as_it_stands(seed, effects):
    link = link_behaviour(shop(seed, customers=400, answers=2, **effects).tables)
    row = value_of_a_point(link).table.set_index(["reading", "part"]).loc[("as it stands", "all")]
    found = by_score(link, picture="spend")
    assert (found.title != "Spend: no difference by nps is shown") == row["shown"]
    spent = found.text.split(" Spend: ")[1]
    assert ("a point goes with" in spent) == row["shown"]
    assert ("the line may as well be flat" in spent) != row["shown"]


def test_estimates_hold_what_many_more_customers_show():
    truth = by_score(link_behaviour(shop(23, customers=12_000, rate=0.1, leave=-0.1).tables)).table.set_index("score")
    held = []
    for seed in range(24, 28):
        table = by_score(link_behaviour(shop(seed, customers=400, rate=0.1, leave=-0.1).tables)).table
        table = table[table["answers"] >= 10].set_index("score")
        for name in ("returned", "purchases", "spend"):
            expected = truth.loc[table.index, f"{name}_seen"]
            held += ((table[f"{name}_low"] <= expected) & (expected <= table[f"{name}_high"])).tolist()
    assert 0.78 < np.mean(held) < 0.99


def test_pictures_at_both_widths(linked):
    for picture in ("returned", "spend"):
        for width in (7.0, 3.6):
            ax = by_score(linked, picture=picture).plot(new_axes(width=width))
            assert ax.get_xlabel().startswith("Score (nps)")
    with pytest.raises(ParameterError, match="margin|picture"):
        by_score(linked, picture="margin")


def test_margin_that_may_be_negative_is_pooled_as_it_is():
    made = shop(24, customers=300)
    t = made.tables["transactions"].assign(margin=lambda t: t["amount"] * 0.3 - 4.5)
    table = by_score(link_behaviour(made.tables | {"transactions": t}), picture="margin").table
    assert np.isfinite(table[["margin", "margin_low", "margin_high"]]).all(axis=None)
    assert (table["margin_low"] < table["margin_high"]).all()


levels = st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 1)), min_size=3, max_size=9)


@settings(max_examples=30, deadline=None)
@given(levels, st.floats(-3, 3), st.floats(-1, 1))
def test_pooling_moves_with_the_line(cells, shift, tilt):
    at = np.arange(len(cells), dtype=float)
    y, v = (np.array(x) for x in zip(*cells, strict=True))
    one, other = pool_on_line(at, y, v), pool_on_line(at, y + shift + tilt * at, v)
    assert other.centre == pytest.approx(one.centre + shift + tilt * at, abs=1e-6)
    assert (one.quantile(0.05) < one.quantile(0.95)).all()
    assert ((one.pulled >= 0) & (one.pulled <= 1)).all()
    assert isinstance(pd.Series(one.centre), pd.Series)
