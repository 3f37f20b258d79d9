"""The map of brands: what is told from chance is told, what is not is not, and respondents are the unit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.positioning.brand_table import BrandTable, read_brand_table
from cxlab.differentiation.positioning.correspondence import correspondence
from cxlab.differentiation.positioning.perceptual_map import perceptual_map, told_apart
from cxlab.errors import DataError, ParameterError
from cxlab.style import new_axes

BRANDS, ATTRIBUTES = ["we", "chain", "kiosk"], ["kind", "cheap", "quick", "near"]
#: chance of being named: we for kindness, the chain for its prices, the kiosk for speed
NAMED = np.array([[0.7, 0.2, 0.4, 0.4], [0.3, 0.7, 0.4, 0.4], [0.3, 0.3, 0.8, 0.4]])


def ticked(n: int, named: np.ndarray, *, halo: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Respondents who tick attributes of every brand; with halo, some tick nearly all and some hardly any."""
    hits = _ticks(n, named, halo, np.random.default_rng(seed))
    at = pd.MultiIndex.from_product([range(n), BRANDS, ATTRIBUTES], names=["response_id", "brand", "question"])
    return pd.DataFrame({"score": hits.ravel().astype(float)}, index=at).reset_index().assign(scale_min=0, scale_max=1)


def _ticks(n: int, named: np.ndarray, halo: float, rng) -> np.ndarray:
    logit = np.log(named / (1 - named))[None] + halo * rng.normal(size=(n, 1, 1))
    return (rng.random((n, *named.shape)) < 1 / (1 + np.exp(-logit))).astype(float)


def test_brands_stand_for_what_they_are_named_for():
    found = perceptual_map(read_brand_table(ticked(200, NAMED)), own="we")
    assert found.believed and found.title == "we is named for kind more than others"
    assert "chain: named for cheap more than others." in found.text
    told = found.table.set_index("point")["told"]
    assert told[[*BRANDS, "kind", "cheap", "quick"]].all() and not told["near"]


@pytest.mark.parametrize("halo", [0.0, 2.0])
def test_maps_of_brands_that_are_alike_are_seldom_read(halo):
    """Of 600 surveys one in ten may look different; χ² taken at its word would see too few."""
    alike, rng = np.tile([0.5, 0.4, 0.6, 0.3], (3, 1)), np.random.default_rng(0)
    tables = [
        BrandTable(pd.DataFrame(hits.sum(0)), np.ones(80), hits.reshape(80, -1))
        for hits in (_ticks(80, alike, halo, rng) for _ in range(600))
    ]
    assert np.mean([told_apart(t)[0] < 0.1 for t in tables]) == pytest.approx(0.1, abs=0.035)
    assert np.mean([correspondence(t.counts).p < 0.1 for t in tables]) < 0.03


def test_ellipses_shrink_with_the_root_of_respondents():
    width = {}
    for n in (100, 900):
        table = perceptual_map(read_brand_table(ticked(n, NAMED)), own="we").table
        width[n] = (table["x_high"] - table["x_low"])[:3].mean()
    assert width[100] / width[900] == pytest.approx(3, rel=0.25)


def test_who_answers_twice_counts_once():
    once = ticked(60, NAMED)
    twice = pd.concat([once, once.assign(response_id=once["response_id"] + 1000)])
    twice["customer_id"] = twice["response_id"] % 1000
    a, b = read_brand_table(once), read_brand_table(twice)
    assert a.respondents == b.respondents == 60
    assert a.counts.equals(b.counts)


def test_points_near_the_top_of_a_scale_count_as_named():
    rated = ticked(40, NAMED).assign(scale_min=1, scale_max=7)
    rated["score"] = np.where(rated["score"] == 1, 5, 4)
    assert read_brand_table(rated).counts.equals(read_brand_table(ticked(40, NAMED)).counts)
    with pytest.raises(DataError, match="nothing is counted"):
        perceptual_map(read_brand_table(rated, boxes=2))


@given(st.lists(st.lists(st.integers(1, 60), min_size=4, max_size=4), min_size=3, max_size=5))
@settings(max_examples=40, deadline=None)
def test_inertia_is_chi_square_and_distances_are_those_of_profiles(rows):
    counts = pd.DataFrame(rows)
    found = correspondence(counts)
    n = counts.to_numpy().sum()
    assert found.inertia == pytest.approx(found.chi_square / n)
    profiles = counts.to_numpy() / counts.to_numpy().sum(1, keepdims=True)
    apart = (((profiles[0] - profiles[1]) ** 2) / found.column_masses).sum() ** 0.5
    assert np.linalg.norm(found.rows[0] - found.rows[1]) == pytest.approx(apart, abs=1e-9)
    # twice as many of everything is the same map
    assert correspondence(counts * 2).inertias == pytest.approx(found.inertias)


def test_what_cannot_be_mapped_is_said():
    answers = ticked(20, NAMED)
    with pytest.raises(DataError, match="surveys has no brand"):
        read_brand_table(answers.drop(columns="brand"))
    with pytest.raises(DataError, match="2 brands are rated on 4 attributes"):
        read_brand_table(answers[answers["brand"] != "kiosk"])
    with pytest.raises(ParameterError, match="unknown brand 'us'"):
        read_brand_table(answers, brands=["us"])
    with pytest.raises(DataError, match="nothing is counted in column 'cheap'"):
        perceptual_map(pd.DataFrame([[1, 0, 2], [2, 0, 3], [3, 0, 1]], columns=["kind", "cheap", "quick"]))
    with pytest.raises(DataError, match="below 0"):
        correspondence(pd.DataFrame([[1, -1], [2, 3]]))
    with pytest.raises(ParameterError, match="unknown brand 'us'"):
        perceptual_map(read_brand_table(answers), own="us")


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_every_point_is_named_on_the_page(width):
    ax = new_axes(width=width, height=4.2)
    perceptual_map(read_brand_table(ticked(60, NAMED)), own="we").plot(ax)
    ax.figure.draw_without_rendering()
    words = [t for t in ax.texts if t.get_text()]
    assert {*BRANDS, *ATTRIBUTES} <= {t.get_text() for t in words}
    for text in words:
        box = text.get_window_extent()
        assert box.x0 >= ax.figure.bbox.x0 - 2 and box.x1 <= ax.figure.bbox.x1 + 2, text.get_text()
