"""Partial pooling: segments that learn from each other, the small ones most.

Each coordinate of a segment is normal (on its log or logit scale) around a mean common to all segments, with a common
spread that is learnt too. Two ways to the posterior, as in `posterior`:

fast  every segment's likelihood is met by a normal one at its mode; under those the common means and spreads have a closed
      marginal density, which is drawn by importance sampling; segments are drawn given them, and the draws are reweighted
      by the exact likelihoods (Pareto-smoothed, k̂ gate, fall-back to NUTS).
nuts  the PyMC model of `pymc_model.build(…, pooling=True)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import logsumexp

from cxlab.cltv.importance import importance_sample, pareto_smoothed
from cxlab.cltv.model import BETWEEN, Model, Prior
from cxlab.cltv.montecarlo import effective_size, estimate
from cxlab.cltv.posterior import K_HAT_LIMIT, Posterior, Sampler, convergence, enough, fit, mode, nuts_checks
from cxlab.cltv.rows import Rows
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.wording import count, number, share

FEWEST_IN_SEGMENT = 30
_TRIES = 4


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
    posterior = _fast(model, rows, draws, rng, priors) if sampler == "fast" else None
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


def _fast(model: Model, rows: Rows, draws: int, rng, priors) -> Posterior:
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
    covariances = np.linalg.inv(precisions)

    def log_marginal(phi):
        mu, log_tau = phi[:k], phi[k:]
        tau2 = np.exp(2 * log_tau)
        total = -0.5 * np.square((mu - center) / spread).sum() - 0.5 * (tau2 / BETWEEN**2).sum() + log_tau.sum()
        whole = covariances + np.diag(tau2)
        gap = means - mu
        total -= 0.5 * np.linalg.slogdet(whole)[1].sum()
        return total - 0.5 * np.einsum("gi,gi->", gap, np.linalg.solve(whole, gap[:, :, None])[:, :, 0])

    start = np.concatenate([means.mean(0), np.full(k, np.log(BETWEEN / 2))])
    found = minimize(lambda p: -log_marginal(p), start, method="BFGS", options={"gtol": 1e-4})
    phi, weights, _ = importance_sample(log_marginal, found.x, _covariance(log_marginal, found.x), draws=draws, rng=rng)
    mu, tau2 = phi[:, :k], np.exp(2 * phi[:, k:])
    log_weights = np.log(np.maximum(weights, 1e-300))
    # several tries a segment: one is kept by its weight, and the mean weight of the tries counts
    tries = np.empty((_TRIES, draws, k, n_groups))
    log_tries = np.empty((_TRIES, draws, n_groups))
    for g in range(n_groups):
        joint = precisions[g] + np.einsum("si,ij->sij", 1 / tau2, np.eye(k))
        here = np.linalg.solve(joint, (precisions[g] @ means[g] + mu / tau2)[:, :, None])[:, :, 0]
        root = np.linalg.cholesky(np.linalg.inv(joint))
        tries[..., g] = here + np.einsum("sij,tsj->tsi", root, rng.standard_normal((_TRIES, draws, k)))
        gap = tries[..., g] - means[g]
        log_tries[..., g] = 0.5 * np.einsum("tsi,ij,tsj->ts", gap, precisions[g], gap)
    with np.errstate(all="ignore"):
        for t in range(_TRIES):
            for i in range(draws):
                theta = model.natural(tries[t, i])
                log_tries[t, i] += rows.by_group(model.log_likelihood(theta, rows))
    log_tries = np.where(np.isfinite(log_tries), log_tries, -np.inf)
    log_weights += logsumexp(log_tries, axis=0).sum(-1)
    kept = (log_tries + rng.gumbel(size=log_tries.shape)).argmax(0)  # (draws, n_groups)
    z = np.take_along_axis(tries, kept[None, :, None, :], axis=0)[0]
    smoothed, k_hat = pareto_smoothed(np.where(np.isfinite(log_weights), log_weights, -np.inf))
    weights = np.exp(smoothed)
    effective = min(effective_size(weights), float(estimate(z, weights).effective.min()))
    return Posterior(
        model=model, z=z, weights=weights, groups=rows.groups, rows=rows, sampler="fast",
        diagnostics={"k_hat": k_hat, "effective": effective},
        checks=(Check("Pareto k̂", k_hat < K_HAT_LIMIT, round(k_hat, 3), f"< {K_HAT_LIMIT}", "Sample with NUTS."), enough(effective)),
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


def _covariance(log_density, at, *, step: float = 1e-3):
    k = len(at)
    hessian = np.empty((k, k))
    shifts = step * np.eye(k)
    for i in range(k):
        for j in range(i, k):
            corners = [log_density(at + si * shifts[i] + sj * shifts[j]) * si * sj for si in (1, -1) for sj in (1, -1)]
            hessian[i, j] = hessian[j, i] = sum(corners) / (4 * step**2)
    values, vectors = np.linalg.eigh(-hessian)
    return (vectors / np.maximum(values, 0.05)) @ vectors.T


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
                records.append({"segment": segment, "customers": int(size), "quantity": c.name, "pooling": how,
                                "mean": float(e.mean), "low": float(e.quantiles[0]), "high": float(e.quantiles[1])})  # fmt: skip
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
            f"Partial pooling of {len(rows.groups)} segments ({model.title}, n = {count(rows.customers)}): {label} runs from "
            f"{number(rate['partial'].min())} to {number(rate['partial'].max())}; segment {moved.index[-1]} moved most, by "
            f"{share(moved.iloc[-1])} of its own estimate; the smallest, {smallest}, has {count(rows.group_weight.min())} "
            "customers."
        ),
        table=table,
        units={"customers": "count"},
        monte_carlo_error=pd.DataFrame(errors),
        checks=pooled.checks,
        draw=lambda ax: charts.draw_shrinkage(ax, table),
        caption=f"n = {count(rows.customers)} customers in {len(rows.groups)} segments; {level * 100:g} % intervals.",
        currency=currency,
    )
