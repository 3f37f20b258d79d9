"""Bayesian Gaussian mixture in PyMC: segments with the uncertainty of their sizes and centres, without label switching.

Which segment each customer is in is summed out, so there are no labels to switch within a chain; between draws and
chains the same segment may carry another number, and each draw is put back into the order of the best fit.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cxlab.errors import ModelError
from cxlab.finding import Check
from cxlab.segments.clustering import numbered
from cxlab.segments.condensed import condense
from cxlab.segments.mixture import gaussian_mixture
from cxlab.segments.mixture import log_scores as mixture_scores
from cxlab.segments.segmentation import Segmentation, numeric_rows
from cxlab.segments.table import FeatureTable
from cxlab.wording import number

MOST_R_HAT, LEAST_ESS = 1.05, 200
#: a segment with a smaller expected share than this is taken as empty
EMPTY = 0.01


def bayesian_mixture(
    features: FeatureTable,
    *,
    k: int = 6,
    concentration: float | None = None,
    draws: int = 500,
    tune: int = 500,
    chains: int = 2,
    most_rows: int = 300,
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
    names: tuple[str, ...] = (),
) -> Segmentation:
    """Segments as normal distributions with independent features, by NUTS.

    Parameters
    ----------
    k : segments at most; those the data does not need are left empty by a sparse prior on shares
    concentration : of the symmetric Dirichlet prior on shares; by default 1/k, which empties what is not needed
    most_rows : distinct rows beyond which close ones enter as one cell with its own mean and squares

    Returns
    -------
    Segmentation with as many segments as most draws hold, from those draws; parameters beside those of
    `gaussian_mixture`: weights_low, weights_high, means_low, means_high (ends of the `level` intervals); quality:
    segments (posterior mean of how many hold `EMPTY` or more), segments_low, segments_high, r_hat (largest), ess
    (smallest). Checks say when the chains must not be believed.

    Notes
    -----
    Priors on the scaled features: centres normal(0, 2), spreads half-normal(1.5), shares Dirichlet(concentration). The
    likelihood of a cell of customers is that of its mean and squares, so the cost grows with what differs. Chains begin
    at the best of several maximum likelihood fits: they tell the uncertainty around it, and a number of segments they
    do not visit is not excluded (`assess_stability` says how many the data supports). Sparse prior: Malsiner-Walli,
    Frühwirth-Schnatter & Grün (2016), Statistics and Computing 26. Relabelling: Stephens (2000), JRSS B 62, by the
    nearest assignment to the best fit with as many segments.
    """
    import pymc as pm
    import pytensor.tensor as pt
    from arviz_stats.base import array_stats
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(rng)
    rows, weight = numeric_rows(features, "bayesian_mixture")
    k = min(k, len(rows))
    cells = condense(rows, weight, most=most_rows, rng=rng)
    p = rows.shape[1]
    own = np.flatnonzero(np.equal(*np.triu_indices(p)))
    x, squares, w = cells.values, cells.squares[:, own], cells.weight
    start = gaussian_mixture(features, k=k, covariance="diagonal", ridge=1e-3, rng=rng).parameters
    spreads = np.sqrt(np.einsum("kii->ki", start["covariances"]))
    concentration = 1 / k if concentration is None else concentration
    with pm.Model():
        share = pm.Dirichlet("weights", np.full(k, concentration))
        centre = pm.Normal("means", 0.0, 2.0, shape=(k, p))
        spread = pm.HalfNormal("spreads", 1.5, shape=(k, p))
        precision = spread**-2
        # Σ_j (x² − 2 x μ + μ²) / σ² for each cell and segment, from its mean and squares alone
        distance = pt.dot(squares, precision.T) - 2 * pt.dot(x, (centre * precision).T)
        distance += (centre**2 * precision).sum(1)
        scores = pt.log(share) - pt.log(spread).sum(1) - 0.5 * distance
        pm.Potential("likelihood", pt.dot(w, pt.logsumexp(scores, axis=1)))
        begin = {
            "weights": np.clip(start["weights"], 1e-3, None) / np.clip(start["weights"], 1e-3, None).sum(),
            "means": start["means"], "spreads": np.clip(spreads, 0.05, None),
        }  # fmt: skip
        seeds = [int(s) for s in rng.integers(2**31, size=chains)]
        # the products are small: threads within each cost more than they bring
        with threadpool_limits(1):
            sampled = pm.sample(
                draws, tune=tune, chains=chains, cores=1, initvals=begin, random_seed=seeds, init="adapt_diag",
                progressbar=False, compute_convergence_checks=False,
            ).posterior  # fmt: skip
    shares, centres, spread_draws = (sampled[c].to_numpy() for c in ("weights", "means", "spreads"))
    held = (shares >= EMPTY).sum(2)
    used = int(np.bincount(held.ravel()).argmax())
    pivot = gaussian_mixture(features, k=used, covariance="diagonal", ridge=1e-3, rng=rng).parameters
    kept = [np.flatnonzero(own == used) for own in held]
    length = min(map(len, kept))
    if length < 4:
        raise ModelError(
            f"the chains do not agree on how many segments there are: {used} in some, never in others.",
            expected="chains that meet", mend=f"k={used}, or more draws",
        )  # fmt: skip
    picked = [(chain, draw) for chain in range(chains) for draw in kept[chain][:length]]
    flat = {"weights": np.empty((len(picked), used)), "means": np.empty((len(picked), used, p))}
    variance = np.zeros((used, p))
    for row, at in enumerate(picked):
        full = np.flatnonzero(shares[at] >= EMPTY)
        cost = ((centres[at][full][:, None] - pivot["means"][None]) ** 2).sum(2)
        order = full[np.argsort(linear_sum_assignment(cost)[1])]
        flat["weights"][row], flat["means"][row] = shares[at][order], centres[at][order]
        variance += spread_draws[at][order] ** 2 / len(picked)
    columns = np.hstack([flat["weights"], flat["means"].reshape(len(picked), -1)]).T.reshape(-1, chains, length)
    r_hat = max(float(array_stats.rhat(c, chain_axis=0, draw_axis=1)) for c in columns)
    ess = min(float(array_stats.ess(c, chain_axis=0, draw_axis=1)) for c in columns)
    tail = ((1 - level) / 2, (1 + level) / 2)
    mean = {name: value.mean(0) for name, value in flat.items()}
    parameters = {
        "weights": mean["weights"] / mean["weights"].sum(), "means": mean["means"],
        "covariances": variance[:, :, None] * np.eye(p),
    }  # fmt: skip
    for name, value in flat.items():
        parameters[f"{name}_low"], parameters[f"{name}_high"] = np.quantile(value, tail, axis=0)
    order = np.argsort(-parameters["weights"], kind="stable")
    parameters = {name: value[order] for name, value in parameters.items()}
    low, high = np.quantile(held, tail)
    checks = (
        Check("largest R̂ of shares and centres", r_hat <= MOST_R_HAT, number(r_hat), f"≤ {MOST_R_HAT}",
              "The chains tell different stories: fewer segments, or more draws."),
        Check("smallest effective sample", ess >= LEAST_ESS, number(ess), f"≥ {LEAST_ESS} draws",
              "Intervals are rough: more draws."),
    )  # fmt: skip
    settings = {"k": k, "concentration": concentration, "draws": draws, "chains": chains, "level": level}
    quality = {"segments": float(held.mean()), "segments_low": float(low), "segments_high": float(high),
               "r_hat": r_hat, "ess": ess}  # fmt: skip
    return Segmentation(
        "bayesian_mixture", features, features.recipes, parameters, settings, quality, names or numbered(used),
        checks,
    )  # fmt: skip


def intervals(found: Segmentation) -> pd.DataFrame:
    """Shares and centres with their intervals, on the scaled features.

    Returns
    -------
    DataFrame, a row a segment and quantity: segment, quantity ("share" or a feature), value, low, high
    """
    rows = []
    for s, name in enumerate(found.names):
        parts = {"share": ("weights", (s,))} | {c: ("means", (s, j)) for j, c in enumerate(found.columns)}
        for quantity, (what, at) in parts.items():
            values = [float(found.parameters[what + end][at]) for end in ("", "_low", "_high")]
            rows.append(
                {"segment": name, "quantity": quantity} | dict(zip(("value", "low", "high"), values, strict=True))
            )
    return pd.DataFrame(rows)


def log_scores(matrix: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """Log share plus log density of the features that are known, shape (n, k), at the posterior means."""
    return mixture_scores(matrix, parameters)
