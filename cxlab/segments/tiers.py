"""Tiers: customers cut by one feature, for data that supports no segments. Made, not found, and said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.errors import DataError, ParameterError
from cxlab.finding import Finding
from cxlab.segments.segmentation import Segmentation
from cxlab.segments.table import FeatureTable, weighted_quantiles
from cxlab.wording import count, quantity, share

NAMES = ("High value", "Middle value", "Low value")
#: shares of customers below the lower ends of the tiers, the highest tier first
SHARES = (0.8, 0.5)


def value_tiers(
    features: FeatureTable,
    *,
    by: str = "monetary",
    below: Sequence[float] = SHARES,
    names: Sequence[str] = NAMES,
) -> Segmentation:
    """Customers cut into tiers by one feature, the highest first.

    Parameters
    ----------
    by : the feature
    below : share of customers below each tier but the last, descending: (.8, .5) parts 20 %, 30 % and 50 %
    names : a name a tier

    Returns
    -------
    Segmentation on that feature alone. Equal values are in one tier, so tiers may hold more or fewer than was asked;
    customers without a value are in the last.

    Raises
    ------
    ParameterError : `below` does not descend, or names do not fit. DataError : nearly all have the same value.

    >>> found = value_tiers(FeatureTable.from_frame(pd.DataFrame({"monetary": [1.0, 2, 3, 4, 50]})))
    >>> dict(zip(found.names, found.sizes.tolist()))
    {'High value': 1.0, 'Middle value': 1.0, 'Low value': 3.0}
    """
    below = [float(b) for b in below]
    if not below or sorted(below, reverse=True) != below or not all(0 < b < 1 for b in below):
        raise ParameterError(f"below = {below}.", expected="descending shares between 0 and 1", mend="below=(0.8, 0.5)")
    if len(names) != len(below) + 1:
        raise ParameterError(f"{len(names)} names for {len(below) + 1} tiers.", expected="a name a tier")
    only = features.select(by)
    rows = only.distinct
    known = np.isfinite(rows.values[:, 0])
    values, weight = rows.values[known, 0], rows.weight[known]
    at = weighted_quantiles(values, weight, below)
    # a tier begins with the first value above the cut: who has the value of the cut has no more than those below
    starts = [float(values[values > cut].min()) if (values > cut).any() else np.inf for cut in at]
    low = np.r_[starts, -np.inf]
    held = [name for name, one, upper in zip(names, low, np.r_[np.inf, low[:-1]], strict=True) if one < upper]
    low = np.array([one for one, upper in zip(low, np.r_[np.inf, low[:-1]], strict=True) if one < upper])
    if len(held) < 2:
        raise DataError(
            f"most customers have the same value of {by!r}.", expected="values that differ", mend="by= another feature"
        )
    return Segmentation(
        "tiers", only, only.recipes, {"low": low}, {"by": by, "below": tuple(below)}, {}, tuple(held)
    )  # fmt: skip


def tiers_finding(tiers: Segmentation, *, why: str = "") -> Finding:
    """Where the tiers are cut: Finding "segments.tiers".

    Parameters
    ----------
    why : what led to tiers instead of segments, a sentence

    Table, a row a tier: segment, customers, share, lowest, highest (values of the feature), total_share (of its sum).
    """
    from cxlab.segments import charts

    known = tiers._known
    recipe, values = known.recipes[0], known.values[:, 0]
    total, records = np.nansum(values * known.weights), []
    for i, name in enumerate(tiers.names):
        own = (tiers.labels == i) & np.isfinite(values)
        held = float((values * known.weights)[own].sum())
        records.append(
            {"segment": name, "customers": int(tiers.sizes[i].round()), "share": tiers.sizes[i] / tiers.sizes.sum(),
             "lowest": values[own].min() if own.any() else np.nan,
             "highest": values[own].max() if own.any() else np.nan,
             "total_share": held / total if total else np.nan}
        )  # fmt: skip
    table = pd.DataFrame(records)

    def said(value: float) -> str:
        return quantity(value, recipe.unit, known.currency)

    text = " ".join(filter(None, [why, "Customers are cut into tiers instead: groups that were made, not found."]))
    text += f" {count(tiers.sizes.sum())} customers by {recipe.name}"
    text += f", {known.period}: " if known.period else ": "
    text += "; ".join(
        f"{r.segment}, {count(r.customers)} ({share(r.share)}) with {said(r.lowest)} to {said(r.highest)}, hold "
        f"{share(r.total_share)} of the sum" for r in table.itertuples()
    ) + "."  # fmt: skip
    return Finding(
        "segments.tiers",
        f"{tiers.names[0]}: {share(table['share'][0])} of customers hold {share(table['total_share'][0])} of "
        f"{recipe.name}",
        text, table,
        units={"customers": "count", "share": "share", "total_share": "share"}
        | ({"lowest": recipe.unit, "highest": recipe.unit} if recipe.unit else {}),
        currency=known.currency, draw=lambda ax: charts.draw_sizes(ax, table),
        caption=f"n = {count(tiers.sizes.sum())} customers" + (f", {known.period}" if known.period else "")
        + f"; tiers of {recipe.name}, made, not found.",
    )  # fmt: skip


def log_scores(matrix: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """0 for the tier of a value and −∞ for the others, shape (n, k); without a value, the last tier."""
    low = np.asarray(parameters["low"])
    value = np.where(np.isfinite(matrix[:, 0]), matrix[:, 0], -np.inf)
    tier = (value[:, None] < low).sum(1).clip(max=len(low) - 1)
    return np.where(np.arange(len(low)) == tier[:, None], 0.0, -np.inf)
