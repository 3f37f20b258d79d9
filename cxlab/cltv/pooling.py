"""Partial pooling: segments that learn from each other, the small ones most.

Each coordinate of a segment is normal (on its log or logit scale) around a mean common to all segments, with a common
spread that is learnt too. Two ways to the posterior, as in `posterior`:

fast  every segment's likelihood is met by a normal one at its mode; under those the common spreads are drawn from their
      prior and weighted, the common means and the segments are drawn given them, and the draws are reweighted by the
      exact likelihoods (Pareto-smoothed, k̂ gate, fall-back to NUTS).
nuts  the PyMC model of `pymc_model.build(…, pooling=True)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from cxlab.cltv.importance import pareto_smoothed
from cxlab.cltv.model import BETWEEN, Model, Prior
from cxlab.cltv.posterior import K_HAT_LIMIT, Posterior, Sampler, enough, fit, mode, nuts_checks
from cxlab.cltv.rows import Rows
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.montecarlo import convergence, effective_size, estimate, resample
from cxlab.wording import count, number, share

FEWEST_IN_SEGMENT = 30
#: tries a segment, and how many where the first do not meet the k̂ gate: far cheaper than NUTS
_TRIES, _MORE_TRIES = 3, 12
_DEGREES = 5
_PRIOR_DRAWS = 200_000


def partial_pooling(
    model: Model,
    rows: Rows,
    *,
    sampler: Sampler = "fast",
    draws: int = 4000,
    rng: np.random.Generator | int = 1,
    priors: Mapping[str, Prior] | None = None,
    time_unit: str = "",
    currency: str = "",
    progress: bool = False,
) -> Posterior:
    """The posterior of every segment's parameters, partially pooled.

    Parameters
    ----------
    rows : with two or more groups
    priors : of the common means, in data units

    Raises
    ------
    ParameterError : there is one segment only.

    >>> from cxlab.cltv.sbg import S_BG
    >>> rows = Rows.collapse({"renewals": [0, 1, 2, 7, 0, 1, 2, 7], "churned": [1, 1, 1, 0, 1, 1, 1, 0]},
    ...     weight=[131, 126, 90, 491, 37, 31, 20, 36], group=[0] * 4 + [1] * 4, groups=["large", "small"])
    >>> partial_pooling(S_BG, rows, draws=1000).groups
    ('large', 'small')
    """
    if len(rows.groups) < 2:
        raise ParameterError(
            "there is one segment only.", expected="two or more segments to pool", mend="segment=COLUMN"
        )
    rng = np.random.default_rng(rng)
    posterior = None
    for tries in (_TRIES, _MORE_TRIES) if sampler == "fast" else ():
        posterior = _fast(model, rows, 2 * draws, rng, priors, tries)
        if posterior.diagnostics["k_hat"] < K_HAT_LIMIT:
            break
    if posterior is None or posterior.diagnostics["k_hat"] >= K_HAT_LIMIT:
        posterior = _nuts(model, rows, draws, rng, priors, progress)
    small = rows.group_weight.min()
    checks = (
        *posterior.checks,
        Check(
            "customers in the smallest segment", small >= FEWEST_IN_SEGMENT, count(small), f"≥ {FEWEST_IN_SEGMENT}",
            "Its numbers are borrowed from the other segments.",
        ),
    )  # fmt: skip
    return replace(posterior, checks=checks, time_unit=time_unit, currency=currency)


def _fast(model: Model, rows: Rows, draws: int, rng, priors, n_tries: int) -> Posterior:
    center, spread = model.prior(rows, priors)
    k, n_groups = len(center), len(rows.groups)
    means, precisions = [], []
    for g in range(n_groups):
        z, _, covariance = mode(model, rows.select(g), priors=_around(model, center, spread))
        # what the segment's likelihood alone says: the posterior at the mode without its prior
        precision = np.linalg.inv(covariance) - np.diag(1 / spread**2)
        values, vectors = np.linalg.eigh(precision)
        values = np.maximum(values, 1e-3)
        precision = (vectors * values) @ vectors.T
        information = np.linalg.inv(covariance) @ z - center / spread**2
        means.append(np.linalg.solve(precision, information))
        precisions.append(precision)
    means, precisions = np.array(means), np.array(precisions)
    mu, tau2, known = _common(means - center, np.linalg.inv(precisions), spread, draws, rng)
    mu = mu + center
    log_weights = np.zeros(draws)
    # several tries a segment: one is kept by its weight, and the mean weight of the tries counts
    tries = np.empty((n_tries, draws, k, n_groups))
    log_tries = np.empty((n_tries, draws, n_groups))
    for g in range(n_groups):
        joint = precisions[g] + np.einsum("si,ij->sij", 1 / tau2, np.eye(k))
        here = np.linalg.solve(joint, (precisions[g] @ means[g] + mu / tau2)[:, :, None])[:, :, 0]
        root = np.linalg.cholesky(np.linalg.inv(joint))
        normal = rng.standard_normal((n_tries, draws, k))
        normal *= np.sqrt(_DEGREES / rng.chisquare(_DEGREES, (n_tries, draws, 1)))
        square = np.square(normal).sum(-1)
        tries[..., g] = here + np.einsum("sij,tsj->tsi", root, normal)
        gap = tries[..., g] - means[g]
        log_tries[..., g] = 0.5 * np.einsum("tsi,ij,tsj->ts", gap, precisions[g], gap)
        # drawn from a t, whose tails are heavier than those of the normal conditional
        log_tries[..., g] += 0.5 * (_DEGREES + k) * np.log1p(square / _DEGREES) - 0.5 * square
    with np.errstate(all="ignore"):
        for t in range(n_tries):
            for i in range(draws):
                theta = model.natural(tries[t, i])
                log_tries[t, i] += rows.by_group(model.log_likelihood(theta, rows))
    log_tries = np.where(np.isfinite(log_tries), log_tries, -np.inf)
    log_weights += logsumexp(log_tries, axis=0).sum(-1)
    kept = (log_tries + rng.gumbel(size=log_tries.shape)).argmax(0)  # (draws, n_groups)
    z = np.take_along_axis(tries, kept[None, :, None, :], axis=0)[0]
    smoothed, k_hat = pareto_smoothed(np.where(np.isfinite(log_weights), log_weights, -np.inf))
    weights = np.exp(smoothed)
    effective = min(known, effective_size(weights), float(estimate(z, weights).effective.min()))
    return Posterior(
        model=model, z=z, weights=weights, groups=rows.groups, rows=rows, sampler="fast",
        diagnostics={"k_hat": k_hat, "effective": effective},
        checks=(
            Check("Pareto k̂", k_hat < K_HAT_LIMIT, round(k_hat, 3), f"< {K_HAT_LIMIT}", "Sample with NUTS."),
            enough(effective),
        ),
    )  # fmt: skip


def _nuts(model, rows, draws, rng, priors, progress) -> Posterior:
    from cxlab.cltv.pymc_model import build, sample

    idata = sample(
        build(model, rows, priors=priors, pooling=True), draws=draws, rng=rng, progress=progress, target_accept=0.95
    )
    chains = np.stack(
        [idata.posterior[f"z_{c.name}"].values for c in model.coordinates], axis=2
    )  # chain, draw, k, group
    flat = chains.reshape(-1, *chains.shape[2:])
    r_hat, effective = convergence(chains.reshape(*chains.shape[:2], -1))
    divergences = int(idata.sample_stats["diverging"].values.sum())
    return Posterior(
        model=model, z=flat, weights=np.full(len(flat), 1 / len(flat)), groups=rows.groups, rows=rows, sampler="nuts",
        diagnostics={"r_hat": r_hat, "divergences": divergences, "effective": effective},
        checks=nuts_checks(r_hat, divergences, effective),
    )  # fmt: skip


def _around(model, center, spread) -> dict[str, Prior]:
    """The priors of all customers together, for one segment."""
    return {c.name: Prior(float(c.constrained(center[i])), float(spread[i])) for i, c in enumerate(model.coordinates)}


def _common(means, covariances, spread, draws, rng):
    """Draws of common means and squared spreads, given normal likelihoods of the segments.

    The spreads are drawn from their prior and weighted by what is left when the common means are integrated out.

    Returns
    -------
    mu, tau2 : shape (draws, k), equally weighted; the effective number of draws behind them
    """
    n_groups, k = means.shape
    tried = max(draws, min(_PRIOR_DRAWS, 2_000_000 // n_groups))
    tau2 = np.square(BETWEEN * rng.standard_normal((tried, k)))
    log_weights = np.empty(tried)
    centers, roots = np.empty((tried, k)), np.empty((tried, k, k))
    for start in range(0, tried, 20_000):
        at = slice(start, start + 20_000)
        whole = covariances + np.einsum("si,ij->sij", tau2[at], np.eye(k))[:, None]
        inverse = np.linalg.inv(whole)
        precision = inverse.sum(1) + np.diag(1 / spread**2)
        pull = np.einsum("sgij,gj->sgi", inverse, means)
        covariance = np.linalg.inv(precision)
        center = np.einsum("sij,sj->si", covariance, pull.sum(1))
        log_weights[at] = 0.5 * (
            np.einsum("si,si->s", pull.sum(1), center) - np.einsum("sgi,gi->s", pull, means)
            - np.linalg.slogdet(whole)[1].sum(1) - np.linalg.slogdet(precision)[1]
        )  # fmt: skip
        centers[at], roots[at] = center, np.linalg.cholesky(covariance)
    smoothed, _ = pareto_smoothed(log_weights)
    weights = np.exp(smoothed)
    chosen = resample(weights, draws, rng)[rng.permutation(draws)]
    mu = centers[chosen] + np.einsum("sij,sj->si", roots[chosen], rng.standard_normal((draws, k)))
    return mu, tau2[chosen], effective_size(weights)


def shrinkage(
    model: Model, rows: Rows, pooled: Posterior, *, level: float = 0.9, draws: int = 2000,
    rng: np.random.Generator | int = 1, priors: Mapping[str, Prior] | None = None, currency: str = "",
) -> Finding:  # fmt: skip
    """What pooling did: every segment on its own, pooled, and as if all were one.

    Returns
    -------
    Finding with one row a segment, coordinate and way ("none", "partial", "complete"): segment, customers, quantity,
    pooling, mean, low, high
    """
    from cxlab.cltv import charts

    rng = np.random.default_rng(rng)
    alone = fit(model, rows, draws=draws, rng=rng, priors=priors)
    together = fit(model, rows.pooled(), draws=draws, rng=rng, priors=priors)
    tail = (1 - level) / 2
    records, errors = [], []
    for how, posterior in (("none", alone), ("partial", pooled), ("complete", together)):
        values = posterior.quantities
        for g, (segment, size) in enumerate(zip(rows.groups, rows.group_weight, strict=True)):
            for i, c in enumerate(model.coordinates):
                own = values[i, :, min(g, values.shape[2] - 1)]
                e = estimate(own, posterior.weights, quantiles=(tail, 1 - tail), effective=posterior.effective(own))
                low, high = e.quantiles
                records.append({"segment": segment, "customers": int(size), "quantity": c.name, "pooling": how,
                                "mean": float(e.mean), "low": float(low), "high": float(high)})  # fmt: skip
                errors.append({"mean": float(e.mean_error), "low": float(e.quantile_error[0]),
                               "high": float(e.quantile_error[1])})  # fmt: skip
    table = pd.DataFrame(records)
    rate = table[table["quantity"] == model.coordinates[0].name].pivot(
        index="segment", columns="pooling", values="mean"
    )
    moved = ((rate["partial"] - rate["none"]).abs() / rate["none"]).sort_values()
    smallest = rows.groups[int(np.argmin(rows.group_weight))]
    label = model.coordinates[0].name.replace("_", " ")
    return Finding(
        name=f"cltv.{model.key}.shrinkage",
        title=f"Segments differ in {label} from {number(rate['partial'].min())} to {number(rate['partial'].max())}",
        text=(
            f"Partial pooling of {len(rows.groups)} segments ({model.title}, n = {count(rows.customers)}): {label} "
            f"runs from {number(rate['partial'].min())} to {number(rate['partial'].max())}; segment {moved.index[-1]} "
            f"moved most, by {share(moved.iloc[-1])} of its own estimate; the smallest, {smallest}, has "
            f"{count(rows.group_weight.min())} customers."
        ),
        table=table,
        units={"customers": "count"},
        monte_carlo_error=pd.DataFrame(errors),
        checks=pooled.checks,
        draw=lambda ax: charts.draw_shrinkage(ax, table),
        caption=f"n = {count(rows.customers)} customers in {len(rows.groups)} segments; {level * 100:g} % intervals.",
        currency=currency,
    )
