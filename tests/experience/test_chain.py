"""The chain from satisfaction to money: its links, their product, and what it says where a link is missing."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import FancyArrowPatch

from cxlab.errors import DataError
from cxlab.experience.money.chain import value_chain
from cxlab.style import new_axes
from tests.experience.linked_shops import shop


def chained(seed, *, slope=0.4, **effects):
    """A shop in which customers first feel (csat), then mean to (nps), then buy, by what they mean to."""
    made = shop(seed, **effects)
    nps = made.tables["surveys"]
    rng = np.random.default_rng(10_000 + seed)
    felt = np.clip(np.round(slope * nps["score"] + rng.normal(0.8, 0.6, len(nps))), 1, 5)
    csat = nps.assign(question="csat", score=felt, scale_min=1.0, scale_max=5.0)
    return made, made.tables | {"surveys": pd.concat([nps, csat])}


@pytest.fixture(scope="module")
def found():
    return value_chain(chained(31, customers=1500, rate=0.12, leave=-0.1)[1])


def rows(finding, kind):
    return finding.table[finding.table["kind"] == kind].set_index("path")


def test_the_chain_goes_by_intention_where_behaviour_does(found):
    links = rows(found, "link")
    assert links.loc["satisfaction → intention", "low"] > 0.8
    assert links.loc["intention → purchases", "low"] > 0
    direct = links.loc["satisfaction → purchases"]
    assert direct["low"] < 0 < direct["high"]
    assert links.loc["purchases → money", "value"] == pytest.approx(12.3, rel=0.1)
    assert found.title.startswith("Along the chain a point of csat goes with")


def test_paths_are_products_of_links_and_add_up(found):
    links, paths = rows(found, "link"), rows(found, "path")
    steps = ("satisfaction → intention", "intention → purchases", "purchases → money")
    product = np.prod([links.loc[step, "value"] for step in steps]) * 365.25 / 90
    assert paths.loc["satisfaction → intention → purchases → money", "value"] == pytest.approx(product)
    assert paths["value"].iloc[:-1].sum() == pytest.approx(paths.loc["all paths", "value"])
    error = found.monte_carlo_error.loc[found.table["path"] == "all paths", "low"].iloc[0]
    assert 0 < error < 0.05 * paths.loc["all paths", "value"]


def test_the_same_draws_come_again(found):
    again = value_chain(chained(31, customers=1500, rate=0.12, leave=-0.1)[1])
    pd.testing.assert_frame_equal(found.table, again.table)


def test_a_chain_without_a_link_is_not_shown_to_hold():
    nothing = value_chain(chained(32)[1])
    assert nothing.title == "The chain from csat to money is not shown to hold"
    assert "a chain is as strong as its weakest link" in nothing.text
    assert "most of it along" not in nothing.text


def test_most_of_the_whole_is_a_part_of_it(found):
    """A path is most of the whole where both are shown, and where others do not take away what it brings."""
    paths = rows(found, "path")
    whole, parts = paths.iloc[-1], paths.iloc[:-1]
    most = parts[parts["shown"] & whole["shown"] & (parts["value"] / whole["value"]).between(0.5, 1)]
    said = [path for path in parts.index if f"most of it along {path}: " in found.text]
    assert said == list(most.index)
    assert ("most of it" in found.text) == bool(len(most))


def test_a_question_that_was_not_asked_leaves_its_links_open():
    made, tables = chained(33)
    csat = tables["surveys"].query("question == 'csat'")
    short = value_chain(tables | {"surveys": csat})
    links = rows(short, "link")
    assert links.loc["satisfaction → intention", "status"] == "intention: not asked"
    assert np.isnan(links.loc["intention → purchases", "value"])
    assert list(rows(short, "path").index) == ["satisfaction → purchases → money", "satisfaction → money", "all paths"]
    assert any(c.name == "the way by intention" for c in short.failed)
    words = [t.get_text() for t in short.plot(new_axes()).texts]
    assert words.count("not measured") == 2
    with pytest.raises(DataError, match="csat"):
        value_chain(tables | {"surveys": made.tables["surveys"]})


def test_pictures_name_every_node_and_slope(found):
    for width, height in ((7.0, 3.8), (3.6, 4.4)):
        ax = found.plot(new_axes(width=width, height=height))
        words = " ".join(t.get_text() for t in ax.texts)
        for name in ("satisfaction", "intention", "purchases", "money", "csat, points", "in 90 days"):
            assert name in words
        styles = {p.get_linestyle() for p in ax.patches if isinstance(p, FancyArrowPatch)}
        assert len(styles) == 2  # shown, and zero inside
