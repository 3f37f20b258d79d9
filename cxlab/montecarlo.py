"""Numbers from draws, with the error that comes from drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """Mean, spread and quantiles of a quantity over draws, each with its Monte-Carlo standard error.

    Every array has the shape of the quantity (the draws' axis removed; `quantiles` has one more axis in front).
    """

    mean: np.ndarray
    sd: np.ndarray
    quantiles: np.ndarray
    mean_error: np.ndarray
    sd_error: np.ndarray
    quantile_error: np.ndarray
    effective: np.ndarray


def effective_size(weights: np.ndarray) -> float:
    """Effective number of independent draws behind normalised weights, 1 / Σw².

    >>> effective_size(np.full(100, .01))
    100.0
    """
    return float(1 / np.square(weights).sum())


def estimate(
    draws: np.ndarray, weights: np.ndarray, *, quantiles=(0.05, 0.5, 0.95), effective: float | None = None
) -> Estimate:
    """Weighted summaries over the first axis.

    Parameters
    ----------
    draws : shape (n_draws, …)
    weights : shape (n_draws,), summing to 1
    quantiles : probabilities
    effective : effective number of independent draws where it is known (a Markov chain's); by default it is computed
        from the weights and the quantity itself: Var_p(f) / Σ w² (f − mean)²

    Notes
    -----
    The error of a quantile is half the width of the order-statistic interval that holds one standard error of its
    rank (Wilks), which needs no density.

    >>> e = estimate(np.arange(1001.0), np.full(1001, 1 / 1001))
    >>> round(float(e.mean), 6), [round(q) for q in e.quantiles.tolist()]
    (500.0, [50, 500, 950])
    """
    draws = np.asarray(draws, dtype=float)
    flat = draws.reshape(len(draws), -1)
    mean = weights @ flat
    centred = flat - mean
    variance = weights @ np.square(centred)
    spread = np.square(weights) @ np.square(centred)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(spread > 0, variance / spread, effective_size(weights))
    size = size if effective is None else np.full_like(size, effective)
    size = np.maximum(size, 1.0)
    order = np.argsort(flat, axis=0, kind="stable")
    ordered = np.take_along_axis(flat, order, axis=0)
    rank = np.cumsum(weights[order], axis=0)
    rank -= weights[order] / 2
    found, errors = [], []
    for p in quantiles:
        half = np.sqrt(p * (1 - p) / size)
        at, low, high = (_inverse(ordered, rank, np.clip(q, 0, 1)) for q in (np.full_like(size, p), p - half, p + half))
        found.append(at)
        errors.append((high - low) / 2)
    sd = np.sqrt(variance)
    # variance of a sample variance, by the fourth moment
    fourth = weights @ centred**4
    with np.errstate(divide="ignore", invalid="ignore"):
        sd_error = np.where(sd > 0, np.sqrt(np.maximum(fourth - variance**2, 0) / size) / (2 * sd), 0.0)
    shape = draws.shape[1:]
    return Estimate(
        mean=mean.reshape(shape),
        sd=sd.reshape(shape),
        quantiles=np.stack(found).reshape((len(found), *shape)),
        mean_error=(sd / np.sqrt(size)).reshape(shape),
        sd_error=sd_error.reshape(shape),
        quantile_error=np.stack(errors).reshape((len(errors), *shape)),
        effective=size.reshape(shape),
    )


def spread(draws: np.ndarray, level: float, *, effective: float | None = None) -> Estimate:
    """Mean and interval over equally likely draws: `quantiles` holds its low and its high end.

    Parameters
    ----------
    draws : shape (n_draws, …)
    level : coverage of the interval, whose ends leave out as much below as above
    effective : effective number of independent draws where it is not their number, as in `estimate`

    >>> spread(np.linspace(0, 1, 101), 0.9).quantiles.round(2).tolist()
    [0.05, 0.95]
    """
    even = np.full(len(draws), 1 / len(draws))
    return estimate(draws, even, quantiles=((1 - level) / 2, (1 + level) / 2), effective=effective)


def _inverse(ordered, rank, p):
    """Value at which the weighted rank reaches `p`, interpolated, for each column."""
    n = len(ordered)
    above = np.clip((rank < p).sum(0), 1, n - 1)
    columns = np.arange(ordered.shape[1])
    r0, r1 = rank[above - 1, columns], rank[above, columns]
    v0, v1 = ordered[above - 1, columns], ordered[above, columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(r1 > r0, np.clip((p - r0) / (r1 - r0), 0, 1), 0.0)
    return v0 + share * (v1 - v0)


def resample(weights: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of `size` equally weighted draws: systematic resampling, so each weight is met within one draw.

    >>> resample(np.array([.5, .5, 0.]), 4, np.random.default_rng(0)).tolist()
    [0, 0, 1, 1]
    """
    positions = (rng.random() + np.arange(size)) / size
    chosen = np.searchsorted(np.cumsum(weights), positions)
    return np.minimum(chosen, len(weights) - 1)


def convergence(chains: np.ndarray) -> tuple[float, float]:
    """Largest rank-normalised R̂ and smallest effective sample size (bulk and tail) over the last axis.

    `chains` has shape (n_chains, n_draws, n_quantities).
    """
    from arviz_stats.base import array_stats

    r_hat, effective = 1.0, np.inf
    for i in range(chains.shape[-1]):
        values = chains[..., i]
        r_hat = max(r_hat, float(array_stats.rhat(values, chain_axis=0, draw_axis=1)))
        for how in ({"method": "bulk"}, {"method": "tail", "prob": (0.05, 0.95)}):
            effective = min(effective, float(array_stats.ess(values, chain_axis=0, draw_axis=1, **how)))
    return r_hat, effective
