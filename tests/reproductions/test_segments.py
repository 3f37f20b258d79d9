"""Published numbers of cluster analysis, mixtures and latent classes, reproduced."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import calinski_harabasz_score, silhouette_score

import cxlab as cx
from cxlab.segments.clustering import k_means
from cxlab.segments.condensed import condense
from cxlab.segments.latent_class import latent_classes
from cxlab.segments.mixture import gaussian_mixture
from cxlab.segments.resampling import resample
from cxlab.segments.rfm import rfm_scores
from cxlab.segments.table import FeatureTable
from tests.reproductions import segments_data as data

IRIS = load_iris().data

# k: sum of squares within (R and scikit-learn), silhouette, Calinski–Harabasz
K_MEANS = {
    2: (152.347952, 0.681046, 513.9245),
    3: (78.851441, 0.552819, 561.6278),
    4: (57.228473, 0.498051, 530.7658),
    5: (46.446182, 0.488749, 495.5415),
    6: (39.039987, 0.364834, 473.8506),
}


@pytest.fixture(scope="module")
def iris():
    return FeatureTable.from_frame(pd.DataFrame(IRIS, columns=list("abcd")), scale="none")


@pytest.mark.parametrize("k", K_MEANS)
def test_k_means_of_iris(iris, k):
    found = k_means(iris, k=k, starts=30)
    within, silhouette, ratio = K_MEANS[k]
    assert found.quality["inertia"] == pytest.approx(within, abs=1e-5)
    assert silhouette_score(IRIS, found.labels) == pytest.approx(silhouette, abs=5e-3)
    assert calinski_harabasz_score(IRIS, found.labels) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    ("which", "k", "covariance", "bic"),
    [
        ("faithful", 3, "tied", 2314.296),
        ("faithful", 2, "full", 2322.192),
        ("iris", 2, "full", 574.0178),
        ("iris", 3, "full", 580.839),
    ],
)
def test_mixtures_reach_the_likelihood_of_mclust(iris, which, k, covariance, bic):
    features = iris if which == "iris" else FeatureTable.from_frame(data.faithful(), scale="none")
    found = gaussian_mixture(features, k=k, covariance=covariance, ridge=0.0)
    assert found.quality["bic"] == pytest.approx(bic, abs=1e-3)


def test_diagonal_mixture_of_iris_is_better_than_the_local_optimum_in_print(iris):
    assert gaussian_mixture(iris, k=3, covariance="diagonal", ridge=0.0).quality["bic"] < 744.632


# R's poLCA 1.4, manual, and StepMix 3.0
CLASSES = {
    "carcinoma": (data.CARCINOMA, 3, -293.705, 697.1357, (0.4447, 0.3736, 0.1817)),
    "values": (data.VALUES, 2, -504.4677, None, None),
    "cheating": (data.CHEATING, 2, -440.0271, None, None),
    "gss82": (data.GSS82, 3, -2754.5454, 5650.93, (0.6207, 0.2070, 0.1723)),
}


@pytest.mark.parametrize("case", CLASSES)
def test_latent_classes_reach_the_likelihood_of_polca(case):
    patterns, k, likelihood, bic, shares = CLASSES[case]
    table = FeatureTable.from_frame(data.answers(patterns), weight="people", scale="none")
    found = latent_classes(table, k=k, starts=6)
    assert found.quality["log_likelihood"] == pytest.approx(likelihood, abs=2e-3)
    if bic:
        assert found.quality["bic"] == pytest.approx(bic, abs=0.01)
        assert sorted(found.parameters["weights"], reverse=True) == pytest.approx(shares, abs=1e-3)


def test_starts_that_end_in_a_lesser_peak_are_counted():
    """Of 500 starts of poLCA 242 end below the best answer; a reader is told such a number."""
    table = FeatureTable.from_frame(data.answers(data.GSS82), weight="people", scale="none")
    found = latent_classes(table, k=4, starts=6, tolerance=1e-6)
    assert found.quality["agreement"] < 1 and found.quality["peaks"] > 1
    assert "of 6 starts ended at the best of" in found.finding().text


@pytest.fixture(scope="module")
def resampled():
    rows, weight = np.unique(IRIS, axis=0, return_counts=True)
    cells = condense(rows, weight.astype(float), most=1000)
    run = {"ks": range(2, 7), "methods": ("k_means",), "bootstraps": 100, "splits": 50}
    return {
        starts: {
            one.k: one for one in resample(cells, half_starts=starts, rng=np.random.default_rng(3), **run)
        }
        for starts in (1, 3)
    }  # fmt: skip


def test_bootstrap_likeness_is_that_of_clusterboot(resampled):
    found = resampled[3]
    by_size = dict(zip(found[3].sizes.astype(int).tolist(), found[3].jaccard.mean(1), strict=True))
    assert by_size == pytest.approx({50: 1.000, 62: 0.968, 38: 0.958}, abs=0.025)
    likeness = found[5].jaccard.mean(1)
    assert likeness.min() > 0.88 and likeness.max() < 1.0


def test_prediction_strength_falls_as_published(resampled):
    """fpc gives .9765 .6719 .5411 .4904 .4595 from one start each; better starts foretell better, in the same order."""
    published = np.array([0.9765, 0.6719, 0.5411, 0.4904, 0.4595])
    single = np.array([one.strength.mean() for one in resampled[1].values()])
    several = np.array([one.strength.mean() for one in resampled[3].values()])
    assert single == pytest.approx(published, abs=0.06)
    assert several == pytest.approx([0.966, 0.783, 0.585, 0.564, 0.511], abs=0.06)  # from ten starts each, exactly
    for strength in (single, several):
        assert (np.diff(strength) < 0).all() and (strength >= 0.8).tolist() == [True, False, False, False, False]


def test_frequencies_of_cdnow_are_tied_and_stay_so():
    """Of 2,357 customers 59.86 % bought on one day only: three fifths of frequency are one, and are said to be."""
    log = cx.load("cdnow").transactions
    found = rfm_scores(log.filter(log.in_sample.cast("int") == 1), end="1997-09-30", currency="USD")
    assert found.n_customers == 2357
    frequency = found.scores[found.scores["measure"] == "frequency"]
    assert frequency["customers"].tolist()[0] == round(0.5986 * 2357)
    assert frequency["score"].tolist() == [1, 3, 4, 5]
    assert (frequency["from_value"].to_numpy()[1:] > frequency["to_value"].to_numpy()[:-1]).all()
    text = found.finding().text
    assert (
        "Frequency has 4 scores instead of 5 (nobody has 2)" in text and "60 % of customers share the value 1" in text
    )
    assert not found.finding().believed
