"""Segmentations: labels that mean the same in any order, new customers, missing values, files."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from cxlab.errors import DataError, ModelError, ParameterError
from cxlab.finding import Finding
from cxlab.segments.bayesian import bayesian_mixture, intervals
from cxlab.segments.clustering import k_means
from cxlab.segments.latent_class import latent_classes
from cxlab.segments.mixture import gaussian_mixture
from cxlab.segments.segmentation import Segmentation
from cxlab.segments.table import FeatureTable
from tests.segments.cases import clouds, table

ROWS, LABELS = clouds(500, p=3, k=3)
CLEAR = np.random.default_rng(1).random((500, 5)) < 0.9
ANSWERS = pd.DataFrame(np.where(CLEAR, LABELS[:, None], 1 - LABELS[:, None] // 2)).add_prefix("q").astype(str)


def fitted(method):
    if method == "latent_class":
        return latent_classes(FeatureTable.from_frame(ANSWERS), k=3, starts=3)
    return {"k_means": k_means, "gaussian_mixture": gaussian_mixture}[method](table(ROWS), k=3)


@pytest.fixture(scope="module", params=["k_means", "gaussian_mixture", "latent_class"])
def found(request):
    return fitted(request.param)


def test_known_segments_are_recovered(found):
    assert adjusted_rand_score(LABELS, found.labels) > 0.9
    assert (np.diff(found.sizes) <= 0).all() and found.sizes.sum() == 500
    assert found.probabilities.sum(1) == pytest.approx(np.ones(500))


def test_a_saved_model_puts_customers_where_it_put_them(found, tmp_path):
    again = Segmentation.load(found.renamed({"Segment 1": "Regulars"}).save(tmp_path / "model"))
    assert (again.method, again.k, again.names[0]) == (found.method, 3, "Regulars")
    assert again.fingerprint == found.fingerprint and again.quality == found.quality
    assigned = again.assign(found.features)
    assert (assigned["segment"].cat.codes.to_numpy() == found.labels).all()
    assert assigned["probability"].to_numpy() == pytest.approx(found.table["probability"].to_numpy())
    with pytest.raises(DataError, match="no customers of its own"):
        again.finding()


def test_a_file_that_is_none_or_was_changed_is_named(tmp_path):
    (tmp_path / "model.npz").write_bytes(b"not a model")
    with pytest.raises(DataError, match="no saved segmentation"):
        Segmentation.load(tmp_path / "model.npz")
    path = fitted("k_means").save(tmp_path / "other")
    with np.load(path) as file:
        arrays = {k: file[k] for k in file.files}
    arrays["header"] = np.frombuffer(arrays["header"].tobytes().replace(b'"f0"', b'"g0"', 1), np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(DataError, match="was changed"):
        Segmentation.load(path)


def test_a_finding_says_who_they_are(found):
    told = found.finding()
    assert isinstance(told, Finding) and told.name == "segments.segmentation" and told.believed
    assert told.table["customers"].sum() == 500 and "500 customers in 3 segments" in told.text


@pytest.mark.parametrize("method", [k_means, gaussian_mixture])
def test_order_of_customers_and_features_changes_nothing(method):
    frame = pd.DataFrame(ROWS, columns=list("abc"))
    order = np.random.default_rng(3).permutation(500)
    one = method(FeatureTable.from_frame(frame), k=3)
    other = method(FeatureTable.from_frame(frame.iloc[order][["c", "a", "b"]]), k=3)
    assert (one.labels[order] == other.labels).all()
    for name, value in one.parameters.items():
        assert (value == other.parameters[name]).all()


@pytest.mark.parametrize("method", [k_means, gaussian_mixture])
def test_weighted_rows_are_repeated_rows(method):
    frame = pd.DataFrame(np.round(ROWS), columns=list("abc"))
    counted = frame.value_counts().rename("n").reset_index()
    one, other = method(FeatureTable.from_frame(frame), k=3), method(FeatureTable.from_frame(counted, weight="n"), k=3)
    assert one.sizes.tolist() == other.sizes.tolist()
    for name, value in one.parameters.items():
        assert value == pytest.approx(other.parameters[name], rel=1e-9)


@pytest.mark.parametrize("method", ["k_means", "gaussian_mixture", "latent_class"])
def test_customers_with_gaps_are_placed_by_what_is_known(method):
    found = fitted(method)
    gaps = _answers_with_gaps() if method == "latent_class" else _with_gaps(found.features)
    read = found.assign(gaps)
    assert adjusted_rand_score(LABELS, read["segment"].cat.codes) > 0.5
    assert read["probability"].between(0, 1).all()


def _with_gaps(features):
    values = features.values.copy()
    values[::2, 0] = np.nan
    return replace(features, values=values)


def _answers_with_gaps():
    frame = ANSWERS.copy()
    frame.loc[::2, "q0"] = None
    return FeatureTable.from_frame(frame)


def test_segments_may_be_named_but_not_alike():
    found = fitted("k_means")
    assert found.renamed(["a", "b", "c"]).names == ("a", "b", "c")
    with pytest.raises(ParameterError, match="3 different names"):
        found.renamed(["a", "a", "b"])
    with pytest.raises(ParameterError, match="unknown segment"):
        found.renamed({"Segment 9": "a"})


def test_what_a_method_cannot_take_is_named(monkeypatch):
    with pytest.raises(DataError, match="'q0', 'q1'.* is a category"):
        k_means(FeatureTable.from_frame(ANSWERS), k=2)
    with pytest.raises(DataError, match="at most 12 values"):
        latent_classes(table(ROWS), k=2)
    with pytest.raises(ParameterError, match="k = 900"):
        k_means(table(ROWS), k=900)
    monkeypatch.setitem(sys.modules, "stepmix.stepmix", None)
    with pytest.raises(ModelError, match="cxlab\\[latent\\]"):
        latent_classes(FeatureTable.from_frame(ANSWERS), k=2)


def test_missing_answers_take_part_in_latent_classes():
    """Half of the answers to one question are missing at random; classes stay, and nobody is left out."""
    found = latent_classes(_answers_with_gaps(), k=3, starts=3)
    assert adjusted_rand_score(LABELS, found.labels) > 0.85 and found.sizes.sum() == 500


@pytest.mark.slow
def test_bayesian_segments_cover_the_truth_and_empty_what_is_not_needed():
    rows, labels = clouds(400, p=2, k=2, distance=6)
    found = bayesian_mixture(table(rows), k=3, draws=300, tune=300)
    assert found.k == 2 and adjusted_rand_score(labels, found.labels) > 0.95
    shares = intervals(found).query("quantity == 'share'")
    truth = np.sort(np.bincount(labels) / 400)[::-1]
    assert (shares["low"].to_numpy() < truth).all() and (shares["high"].to_numpy() > truth).all()
    assert found.quality["r_hat"] < 1.05
