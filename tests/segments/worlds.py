"""A simulated business of which the segments, and the moves between them, are known."""

from __future__ import annotations

from functools import cache

import pandas as pd

from cxlab.data.simulate import simulate
from cxlab.segments import FeatureTable, Segmentation, gaussian_mixture, k_means


@cache
def boutique(customers: int = 2000, seed: int = 1):
    return simulate("clothing_boutique", customers=customers, seed=seed)


@cache
def tables(customers: int = 2000, seed: int = 1):
    return boutique(customers, seed).dataset()


def answers(table, *more: str) -> FeatureTable:
    """Age and attitudes of customers as a table of features."""
    frame = table.to_pandas()
    kept = [c for c in frame.columns if c.startswith(("age", "attitude", *more))]
    return FeatureTable.from_frame(frame[["customer_id", *kept]], customer="customer_id", scale="standard")


@cache
def found(customers: int = 2000, seed: int = 1) -> Segmentation:
    """k-means segments under their true names."""
    return _named(k_means(answers(boutique(customers, seed).tables["customers"], "interest"), k=3), customers, seed)


@cache
def mixed(customers: int, seed: int) -> Segmentation:
    """Segments by a Gaussian mixture, which knows how sure it is, under their true names."""
    table = answers(boutique(customers, seed).tables["customers"])
    return _named(gaussian_mixture(table, k=3, covariance="tied"), customers, seed)


def _named(segmentation: Segmentation, customers: int, seed: int) -> Segmentation:
    true = boutique(customers, seed).truth.segment.loc[segmentation.features.customers].to_numpy()
    return segmentation.renamed(pd.crosstab(segmentation.labels, true).idxmax(axis=1).tolist())
