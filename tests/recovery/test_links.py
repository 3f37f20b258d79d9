"""Known links between score and money are found again (tables made by `links.py` and `coffee_links.py`)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.recovery import coffee_links, links


@pytest.fixture(scope="module")
def committed() -> pd.DataFrame:
    return pd.read_csv(links.TABLE).set_index(["kind", "reading"])


@pytest.fixture(scope="module")
def coffee() -> pd.DataFrame:
    return pd.read_csv(coffee_links.TABLE).set_index("kind")


def test_the_committed_tables_are_of_every_kind(committed, coffee):
    assert set(committed.index) == {(kind, reading) for kind in links.KINDS for reading in links.READINGS}
    assert all(row.shops == links.MORE.get(kind, links.SHOPS) for (kind, _), row in committed.iterrows())
    assert tuple(coffee.index) == tuple(coffee_links.KINDS)
    assert (coffee["shops"] == coffee_links.SHOPS).all()


def test_links_are_held_by_their_intervals(committed):
    # where heavy buyers are happier anyhow, only the own past can tell
    happier = committed.index.get_level_values("kind").str.contains("happier")
    fair = committed[~happier | (committed.index.get_level_values("reading") == "own past")]
    # 100 shops: ± 5 points
    assert fair["coverage"].between(0.85, 0.96).all(), fair["coverage"].to_string()
    assert 0.885 <= fair["coverage"].mean() <= 0.915
    assert committed.loc["no link", "coverage"].between(0.88, 0.92).all()
    assert (committed.loc["no link, heavy buyers happier"].loc["as it stands", "coverage"]) < 0.2


def test_where_there_is_no_link_few_are_claimed(committed):
    assert (committed.loc["no link", "shown"] <= 0.12).all()
    assert committed.loc[("no link", "beyond before"), "linked"] <= 0.12  # three readings together, not each
    assert (
        committed.loc[("no link, four answers each", "beyond before"), ["shown", "linked"]].max() <= 0.16
    )  # ± 6 points
    claimed = committed.xs("own past", level="reading")["claimed"]
    assert (claimed.filter(regex="^no link") <= 0.12).all(), claimed.to_string()


def test_a_link_that_is_there_is_claimed(committed):
    linked = committed.xs("as it stands", level="reading")["linked"]
    assert (linked[["rate", "rate, leaving and spend"]] > 0.98).all()
    assert linked["spend"] > 0.75


def test_a_coffee_shop_tells_what_lasting_satisfaction_is_worth(coffee):
    # 300 shops: ± 3.5 points
    assert coffee["coverage"].between(0.88, 0.94).all(), coffee.to_string()
    assert coffee.loc["satisfaction moves purchases", "as_it_stands_shown"] > 0.95
    assert coffee.loc["satisfaction moves purchases", "none_said"] < 0.05


def test_a_coffee_shop_where_satisfaction_moves_nothing_is_told_so(coffee):
    nothing = coffee.loc["satisfaction moves nothing"]
    assert nothing["none_said"] >= 0.9
    # three readings, and still one time in ten at most
    assert nothing["nothing_said"] >= 0.88
    assert nothing[["as_it_stands_shown", "link_claimed"]].max() <= 0.12


@pytest.mark.slow
def test_coverage_is_what_is_committed(committed, coffee):
    found = links.recovered().set_index(["kind", "reading"])
    pd.testing.assert_series_equal(found["coverage"], committed["coverage"], atol=0.03)
    again = coffee_links.recovered().set_index("kind")
    pd.testing.assert_series_equal(again["coverage"], coffee["coverage"], atol=0.03)
