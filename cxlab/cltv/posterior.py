"""From a model and rows to a posterior: fast where it may be trusted, NUTS where not, one argument to choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from cxlab.cltv.importance import ERROR_LIMIT, corrected, importance_sample, largest_error
from cxlab.cltv.model import Model, Prior
from cxlab.cltv.rows import Rows
from cxlab.errors import ModelError, ParameterError, unknown
from cxlab.finding import Check, Finding
from cxlab.montecarlo import convergence, effective_size, estimate, resample
from cxlab.wording import number

K_HAT_LIMIT = 0.7
R_HAT_LIMIT = 1.01
EFFECTIVE_LIMIT = 400
#: above so many distinct rows the draws are made on condensed rows, corrected to and checked against the exact ones
MANY_ROWS = 3000

Sampler = Literal["fast", "nuts"]


@dataclass(frozen=True)
class Posterior:
    """Draws of a model's parameters, weighted.

    Parameters
    ----------
    model : the model
    z : coordinates, shape (n_draws, n_coordinates, n_groups)
    weights : shape (n_draws,), summing to 1; equal after NUTS
    groups : labels of the groups
    rows : what it was fitted to
    time_unit, currency : units of the parameters
    sampler : "fast" or "nuts": the way the draws were made, after any fall-back
    diagnostics : k_hat (fast), r_hat and divergences (nuts), effective (smallest over parameters), refused_k_hat (that
        of the fast way, where NUTS took over)
    checks : what must hold for the posterior to be believed
    """

    model: Model
    z: np.ndarray
    weights: np.ndarray
    groups: tuple[str, ...]
    rows: Rows
    sampler: str
    diagnostics: Mapping[str, float]
    checks: tuple[Check, ...] = ()
    time_unit: str = ""
    currency: str = ""

    @property
    def theta(self) -> np.ndarray:
        """Natural parameters, shape (n_parameters, n_draws, n_groups)."""
        return self.model.natural(np.moveaxis(self.z, 1, 0))

    @property
    def quantities(self) -> np.ndarray:
        """Coordinates in data units, shape (n_coordinates, n_draws, n_groups)."""
        return self.model.quantities(np.moveaxis(self.z, 1, 0))

    def draws(self, size: int, rng: np.random.Generator | int) -> np.ndarray:
        """`size` equally weighted draws of the natural parameters, shape (n_parameters, size, n_groups)."""
        chosen = resample(self.weights, size, np.random.default_rng(rng))
        return self.model.natural(np.moveaxis(self.z[chosen], 1, 0))

    def mean(self) -> pd.Series:
        """Posterior means of the natural parameters (first group)."""
        return pd.Series(self.theta[:, :, 0] @ self.weights, index=self.model.parameters)

    def effective(self, values: np.ndarray) -> float | None:
        """Effective sample size of a scalar over the draws, where the chain decides it; None where the weights do."""
        return self.diagnostics.get("effective") if self.sampler == "nuts" else None

    def parameters(self, *, level: float = 0.9) -> Finding:
        """The posterior of the parameters as a finding.

        Returns
        -------
        Finding with one row a parameter (and group): group, parameter, meaning, mean, sd, low, high
        """
        tail = (1 - level) / 2
        records, errors = [], []
        natural, quantities = self.theta, self.quantities
        blocks = [(n, "", natural[i]) for i, n in enumerate(self.model.parameters)]
        blocks += [(c.name, c.meaning, quantities[i]) for i, c in enumerate(self.model.coordinates)]
        for g, group in enumerate(self.groups):
            for name, meaning, values in blocks:
                e = estimate(
                    values[:, g], self.weights, quantiles=(tail, 1 - tail), effective=self.effective(values[:, g])
                )
                record = {"parameter": name, "mean": e.mean, "sd": e.sd, "low": e.quantiles[0], "high": e.quantiles[1]}
                error = {
                    "mean": e.mean_error,
                    "sd": e.sd_error,
                    "low": e.quantile_error[0],
                    "high": e.quantile_error[1],
                }
                head = {"group": group} if len(self.groups) > 1 else {}
                records.append(
                    {**head, **{k: v if k == "parameter" else float(v) for k, v in record.items()}, "meaning": meaning}
                )
                errors.append({k: float(v) for k, v in error.items()})
        how = (
            f"importance sampling from a Laplace fit, Pareto k̂ {number(self.diagnostics['k_hat'], digits=2)}"
            if self.sampler == "fast"
            else f"NUTS, R̂ {self.diagnostics['r_hat']:.3f}"
        )
        if "refused_k_hat" in self.diagnostics:
            how += f" (importance sampling was refused: Pareto k̂ {self.diagnostics['refused_k_hat']:.2f})"
        return Finding(
            name=f"cltv.{self.model.key}.parameters",
            title=f"{self.model.title}: parameters",
            text=(
                f"{self.model.title} fitted to {self.rows.customers:,.0f} customers "
                f"({len(self.rows):,} distinct rows), "
                f"{level * 100:g} % intervals; {how}, at least {self.diagnostics['effective']:,.0f} effective draws."
            ),
            table=pd.DataFrame(records),
            monte_carlo_error=pd.DataFrame(errors),
            checks=self.checks,
            currency=self.currency,
        )


def fit(
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
    """The posterior of a model's parameters; groups share nothing (see `pooling` for groups that do).

    Parameters
    ----------
    sampler : "fast" draws around the mode and reweights (Pareto-smoothed importance sampling, see `importance`);
        where its k̂ exceeds 0.7 it falls back to NUTS by itself. "nuts" samples the PyMC model.
    draws : number of draws (over all chains for NUTS)
    priors : replaces single priors, in data units: ``{"purchase_rate": Prior(.05, 1)}``

    Raises
    ------
    ModelError : the data cannot carry the model (no customers, nobody came back).
    ParameterError : an unknown sampler, fewer than 100 draws.

    Notes
    -----
    Both ways use the same likelihood and priors and agree within Monte-Carlo error.
    Source of the smoothing and its gate: Vehtari, Simpson, Gelman, Yao & Gabry (2024), JMLR 25.

    >>> rows = Rows.collapse({"renewals": [0, 1, 2, 7, 7, 7], "churned": [1, 1, 1, 0, 0, 0]})
    >>> from cxlab.cltv.sbg import S_BG
    >>> posterior = fit(S_BG, rows, draws=1000)
    >>> posterior.sampler, bool(posterior.diagnostics["k_hat"] < .7)
    ('fast', True)
    """
    if sampler not in ("fast", "nuts"):
        raise unknown("sampler", sampler, ("fast", "nuts"))
    if draws < 100:
        raise ParameterError(f"draws = {draws}.", expected="at least 100 draws", mend="draws=4000")
    _can_carry(model, rows)
    rng = np.random.default_rng(rng)
    common = {"time_unit": time_unit, "currency": currency}
    if len(rows.groups) > 1:
        parts = [
            fit(model, rows.select(g), sampler=sampler, draws=draws, rng=rng, priors=priors, **common)
            for g in range(len(rows.groups))
        ]
        return _side_by_side(parts, rows, rng)
    if sampler == "fast":
        posterior = _fast(model, rows, draws, rng, priors)
        k_hat = posterior.diagnostics["k_hat"]
        if k_hat < K_HAT_LIMIT:
            return replace(posterior, **common)
    posterior = _nuts(model, rows, draws, rng, priors, progress)
    if sampler == "fast":
        common["diagnostics"] = {**posterior.diagnostics, "refused_k_hat": k_hat}
    return replace(posterior, **common)


def mode(model: Model, rows: Rows, *, priors: Mapping[str, Prior] | None = None, with_prior: bool = True):
    """The most probable coordinates, and the curvature there.

    Parameters
    ----------
    with_prior : False gives the maximum of the likelihood alone, as published estimates are

    Returns
    -------
    z : shape (n_coordinates,); value : log-likelihood (with log prior when `with_prior`); covariance : inverse of the
        negative Hessian, shape (n_coordinates, n_coordinates)
    """
    center, spread = model.prior(rows, priors)
    return _climb(model, rows, center, spread if with_prior else np.full_like(spread, np.inf), center)


def _climb(model: Model, rows: Rows, center, spread, start):
    """The highest point of the log posterior from `start`: see `mode`."""
    value = _log_posterior(model, rows, center, spread)
    # the objective is scaled by the number of customers, so that a tolerance means the same on every data set
    scale = 1 / rows.customers
    z = np.array(start)
    best, slope = value(z)
    hessian = _hessian(value, z)
    # Newton's decrement: how far below the top, were the surface quadratic
    if np.linalg.eigvalsh(hessian).max() >= 0 or -slope @ np.linalg.solve(hessian, slope) > 1:
        found = minimize(
            lambda z: tuple(-scale * v for v in value(z)), z, jac=True, method="L-BFGS-B",
            bounds=[(c - 12, c + 12) for c in center], options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
        )  # fmt: skip
        z, best = found.x, value(found.x)[0]
        hessian = _hessian(value, z)
    for _ in range(20):  # Newton steps finish what a quasi-Newton search leaves; kept only when they climb
        try:
            step = np.linalg.solve(hessian, value(z)[1])
        except np.linalg.LinAlgError:
            break
        candidate = z - step
        reached = value(candidate)[0]
        if not (np.isfinite(reached) and reached > best) or np.abs(step).max() > 2:
            break
        z, best = candidate, reached
        if np.abs(step).max() < 1e-6:  # the curvature of the last step holds: Newton squares the distance
            break
        hessian = _hessian(value, z)
    return z, best, _covariance(hessian)


def _approach(model: Model, rows: Rows, center, spread, start, covariance):
    """The mode to a hundredth of a standard deviation, by the curvature of nearly the same data."""
    value = _log_posterior(model, rows, center, spread)
    z = np.array(start)
    for _ in range(8):
        step = covariance @ value(z)[1]
        z = z + step
        if np.all(np.abs(step) < 0.01 * np.sqrt(np.diag(covariance))):
            return z
    return _climb(model, rows, center, spread, start)[0]


def _log_posterior(model: Model, rows: Rows, center, spread):
    def value(z):
        total, slope = model.total(z[:, None], rows, gradient=True)
        pull = (z - center) / spread
        return total - 0.5 * pull @ pull, slope[:, 0] - pull / spread

    return value


def _hessian(value, z, *, step: float = 1e-4):
    columns = [(value(z + step * e)[1] - value(z - step * e)[1]) / (2 * step) for e in np.eye(len(z))]
    h = np.array(columns)
    return (h + h.T) / 2


def _covariance(hessian):
    """Inverse of −hessian, made positive definite where the surface is flat or a saddle."""
    values, vectors = np.linalg.eigh(-hessian)
    values = np.maximum(values, 1e-2)
    return (vectors / values) @ vectors.T


def _fast(model, rows, draws, rng, priors) -> Posterior:
    center, spread = model.prior(rows, priors)
    log_posterior = _density(model, rows, center, spread)
    if len(rows) > MANY_ROWS and model.can_condense:
        few = rows.condensed()
        start, _, covariance = _climb(model, few, center, spread, center)
        z0 = _approach(model, rows, center, spread, start, covariance)
        cheap = corrected(_density(model, few, center, spread), log_posterior, z0, covariance, rng=rng)
        z, weights, k_hat = importance_sample(cheap, z0, covariance, draws=draws, rng=rng)
        if largest_error(cheap, log_posterior, z[resample(weights, 40, rng)]) > ERROR_LIMIT:
            z, weights, k_hat = importance_sample(log_posterior, z0, covariance, draws=draws, rng=rng)
    else:
        z0, _, covariance = _climb(model, rows, center, spread, center)
        z, weights, k_hat = importance_sample(log_posterior, z0, covariance, draws=draws, rng=rng)
    effective = min(effective_size(weights), *(float(estimate(z[:, i], weights).effective) for i in range(z.shape[1])))
    return Posterior(
        model=model,
        z=z[:, :, None],
        weights=weights,
        groups=rows.groups,
        rows=rows,
        sampler="fast",
        diagnostics={"k_hat": k_hat, "effective": effective},
        checks=(
            Check("Pareto k̂", k_hat < K_HAT_LIMIT, round(k_hat, 3), f"< {K_HAT_LIMIT}", "Sample with NUTS."),
            enough(effective),
        ),
    )


def _density(model, rows, center, spread):
    """Log posterior density of coordinates (k,), up to a constant; −∞ where it cannot be computed."""

    def log_posterior(z):
        with np.errstate(all="ignore"):
            value = model.total(z[:, None], rows) - 0.5 * np.square((z - center) / spread).sum()
        return value if np.isfinite(value) else -np.inf

    return log_posterior


def _nuts(model, rows, draws, rng, priors, progress) -> Posterior:
    from cxlab.cltv.pymc_model import build, sample

    z0, _, _ = mode(model, rows, priors=priors)
    idata = sample(
        build(model, rows, priors=priors), draws=draws, rng=rng, start=model.quantities(z0[:, None]), progress=progress
    )
    names = [c.name for c in model.coordinates]
    chains = np.stack([idata.posterior[n].values for n in names], axis=-1)  # (chain, draw, coordinate[, group])
    chains = chains.reshape(*chains.shape[:2], len(names))
    z = np.stack([c.unconstrained(chains[..., i]) for i, c in enumerate(model.coordinates)], axis=-1)
    r_hat, effective = convergence(z)
    divergences = int(idata.sample_stats["diverging"].values.sum())
    flat = z.reshape(-1, len(names))
    return Posterior(
        model=model,
        z=flat[:, :, None],
        weights=np.full(len(flat), 1 / len(flat)),
        groups=rows.groups,
        rows=rows,
        sampler="nuts",
        diagnostics={"r_hat": r_hat, "divergences": divergences, "effective": effective},
        checks=nuts_checks(r_hat, divergences, effective),
    )


def nuts_checks(r_hat: float, divergences: int, effective: float) -> tuple[Check, ...]:
    """What must hold for draws of NUTS to be believed."""
    advice = "More tuning draws or tighter priors; look at the pair plot."
    return (
        Check("largest R̂", r_hat < R_HAT_LIMIT, round(r_hat, 4), f"< {R_HAT_LIMIT}", advice),
        Check("divergences", divergences == 0, divergences, "0", advice),
        enough(effective),
    )


def enough(effective: float) -> Check:
    """Whether there are enough effective draws for the intervals reported here."""
    return Check(
        "effective draws", effective >= EFFECTIVE_LIMIT, round(effective), f"≥ {EFFECTIVE_LIMIT}", "Ask for more draws."
    )


def _side_by_side(parts: list[Posterior], rows: Rows, rng) -> Posterior:
    """Independent posteriors of groups as one, by equally weighted draws of each."""
    size = min(len(p.weights) for p in parts)
    z = np.concatenate([p.z[resample(p.weights, size, rng)] for p in parts], axis=2)
    worst = {k: (min if k == "effective" else max)(p.diagnostics[k] for p in parts if k in p.diagnostics)
             for k in {k for p in parts for k in p.diagnostics}}  # fmt: skip
    checks = [replace(c, name=f"{c.name} ({p.groups[0]})") for p in parts for c in p.checks if not c.passed]
    # after resampling, shared draws say nothing of their number: the smallest effective size of any group holds
    return replace(
        parts[0], z=z, weights=np.full(size, 1 / size), groups=rows.groups, rows=rows, diagnostics=worst,
        checks=tuple(checks) or parts[0].checks,
    )  # fmt: skip


def _can_carry(model: Model, rows: Rows) -> None:
    """Refuse, in words, what no sampler could mend."""
    if not len(rows) or rows.customers <= 0:
        raise ModelError(f"{model.title}: there are no customers.", expected="at least one customer with T > 0")
    missing = [c for c in model.columns if c not in rows.columns]
    if missing:
        raise ModelError(f"{model.title}: the rows have no column {missing}.", expected=f"columns {model.columns}")
    if {"frequency", "T"} <= set(model.columns):
        x, recency, T = rows["frequency"], rows["recency"], rows["T"]
        wrong = (recency > T + 1e-9) | ((x > 0) & (recency <= 0)) | ((x == 0) & (recency > 0))
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            raise ModelError(
                f"{model.title}: {int(rows.weight[wrong].sum())} customers have an impossible history "
                f"(first: frequency {x[i]:g}, recency {recency[i]:g}, T {T[i]:g}).",
                expected="0 ≤ recency ≤ T, and recency > 0 exactly when frequency > 0 "
                "(frequency counts repeat purchases, recency is the age at the last one)",
            )
        if rows.weight[x > 0].sum() == 0:
            raise ModelError(
                f"{model.title}: none of {rows.customers:,.0f} customers ever came back.",
                expected="some repeat purchases: without them neither buying nor leaving can be told",
                mend="a longer period, or check that customer ids are the same across orders",
            )
