"""How many segments the data supports: the right number where there are some, and none where there are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from cxlab.errors import DataError, ParameterError
from cxlab.segments.condensed import condense
from cxlab.segments.resampling import resample
from cxlab.segments.separation import separation
from cxlab.segments.stability import assess_stability
from tests.segments.cases import KINDS, clouds, one_cloud, table

QUICK = {"k": (2, 3, 4, 5), "methods": ("k_means",), "bootstraps": 15, "splits": 8, "references": 10, "most_rows": 500}


@pytest.fixture(scope="module")
def four():
    rows, labels = clouds(800)
    return assess_stability(table(rows), **QUICK), labels


def test_the_right_number_is_supported(four):
    found, labels = four
    assert (found.supported, found.method) == (4, "k_means")
    assert adjusted_rand_score(labels, found.segmentation().labels) > 0.9


def test_a_feature_that_parts_few_dimensions_is_found_by_the_mixture():
    rng = np.random.default_rng(4)
    rows = np.r_[rng.normal(0, 1, (250, 2)), rng.normal(0, 1, (250, 2)) + [6, 0]]
    found = assess_stability(table(rows), **{**QUICK, "k": (2, 3), "methods": ("k_means", "gaussian_mixture")})
    assert (found.supported, found.method) == (2, "gaussian_mixture")


@pytest.mark.parametrize("kind", KINDS)
def test_no_segments_where_there_are_none(kind):
    found = [
        assess_stability(table(one_cloud(kind, 400, np.random.default_rng(seed))), rng=seed, **QUICK).supported
        for seed in range(2)
    ]
    assert found == [0, 0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_at_most_a_tenth_of_50_data_sets_without_segments_show_some(kind):
    both = {**QUICK, "k": range(2, 7), "methods": ("k_means", "gaussian_mixture"), "references": 20}
    found = [
        assess_stability(table(one_cloud(kind, 1000, np.random.default_rng(seed))), rng=seed, **both).supported
        for seed in range(50)
    ]
    assert np.mean(np.array(found) > 0) <= 0.1


def test_order_of_customers_and_features_changes_nothing(four):
    rows, _ = clouds(800)
    order = np.random.default_rng(0).permutation(len(rows))
    frame = pd.DataFrame(rows[order], columns=["f0", "f1", "f2", "f3"])[["f2", "f0", "f3", "f1"]]
    again = assess_stability(table(rows).from_frame(frame), **QUICK)
    pd.testing.assert_frame_equal(again.table, four[0].table)


def test_weighted_rows_are_repeated_rows():
    rng = np.random.default_rng(2)
    rows = np.r_[rng.poisson(2, (150, 2)), rng.poisson(14, (150, 2))].astype(float)
    counted = pd.DataFrame(rows, columns=["a", "b"]).value_counts().rename("n").reset_index()
    run = {**QUICK, "k": (2, 3), "references": 5}
    repeated = assess_stability(table(rows).from_frame(pd.DataFrame(rows, columns=["a", "b"])), **run)
    weighted = assess_stability(table(rows).from_frame(counted, weight="n"), **run)
    pd.testing.assert_frame_equal(weighted.table, repeated.table)


def test_condensed_cells_give_what_all_rows_give():
    rows, _ = clouds(4000, distance=4.0)
    run = {"ks": (4, 5), "methods": ("k_means", "gaussian_mixture"), "bootstraps": 20, "splits": 6}
    exact, short = (
        list(resample(condense(rows, np.ones(4000), most=most), rng=np.random.default_rng(1), **run))
        for most in (4000, 1000)
    )
    for a, b in zip(exact, short, strict=True):
        if a.k == 4:  # where segments are, every number agrees
            assert b.jaccard.mean(1) == pytest.approx(a.jaccard.mean(1), abs=0.03), a.method
            assert b.strength.mean() == pytest.approx(a.strength.mean(), abs=0.05), a.method
            assert b.sizes == pytest.approx(a.sizes, rel=0.03), a.method
        else:  # where they are not, the verdict
            assert (a.strength.mean() >= 0.8) == (b.strength.mean() >= 0.8), (a.method, a.k)


def test_valleys_are_deeper_the_further_segments_are_apart():
    depth = []
    for distance in (2.0, 3.0, 4.0, 6.0):
        rows, labels = clouds(2000, distance=distance, p=2, k=2)
        depth.append(separation(rows, labels, 2)[0, 1])
    assert (np.diff(depth) > 0).all() and depth[0] < 0.15 and depth[-1] > 0.9


def test_the_answer_is_said_with_its_numbers(four):
    number, stability = four[0].findings()
    assert (number.name, number.title) == ("segments.number", "The data supports 4 segments")
    for part in ("800 customers", "90 % interval", "k-means", "10 data sets without segments"):
        assert part in number.text
    assert stability.name == "segments.stability" and stability.believed
    assert stability.monte_carlo_error["jaccard"].between(0, 0.1).all()
    assert set(number.table["verdict"]) <= {"separate", "stable", "unstable"}


def test_none_is_an_answer_and_no_segmentation_is_made_of_it():
    found = assess_stability(table(one_cloud("uniform", 300, np.random.default_rng(1))), **QUICK)
    assert "supports no segments" in found.number().title and "none are supported" in found.number().text
    with pytest.raises(DataError, match="supports no segments"):
        found.segmentation()


def test_what_cannot_be_assessed_is_named():
    with pytest.raises(ParameterError, match="2 to 100"):
        assess_stability(table(np.eye(30)), k=(1, 2))
    with pytest.raises(ParameterError, match="dbscan"):
        assess_stability(table(np.eye(30)), methods=("dbscan",))
    with pytest.raises(DataError, match="10 customers"):
        assess_stability(table(np.random.default_rng(1).random((10, 2))))
