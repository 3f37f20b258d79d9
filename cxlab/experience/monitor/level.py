"""The level of a measure in its baseline: with its season, the spread between periods, and how well it is known.

What is not known is kept: nodes (θ, season, spread between periods) with weights, over which limits are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import chi2, f

from cxlab.errors import ModelError
from cxlab.experience.monitor.families import Measured, Scale
from cxlab.experience.monitor.kpi import Kpi
from cxlab.experience.monitor.season import Season, season_terms

#: periods with data a baseline needs
FEWEST = 8
#: chance below which an F test believes in a season, and a χ² test in spread between periods
_SEASON, _SPREAD = 0.01, 0.05
_PRUNED = 1e-3


@dataclass(frozen=True)
class Level:
    """What the baseline says of the level.

    Parameters
    ----------
    family : how answers scatter around a level
    theta : shape (nodes,), level without season; offsets : shape (nodes, periods), what the season adds to it
    tau : shape (nodes,), spread of θ between periods; weight : shape (nodes,), summing to 1
    expected : shape (periods,), level with season
    spread : Laney's σz, scatter between periods over that of chance; spread_chance : of a spread as large by chance
    spreads : whether spread between periods is reckoned with
    season : what is known of the season
    baseline : how many periods
    """

    family: Scale | Measured
    theta: np.ndarray
    offsets: np.ndarray
    tau: np.ndarray
    weight: np.ndarray
    expected: np.ndarray
    spread: float
    spread_chance: float
    season: Season
    baseline: int

    @property
    def spreads(self) -> bool:
        return self.spread_chance < _SPREAD

    @property
    def centre(self) -> tuple[float, float]:
        """Means of θ and τ over the nodes."""
        return float(self.weight @ self.theta), float(self.weight @ self.tau)


def family_of(kpi: Kpi, baseline: int) -> Scale | Measured:
    """How answers of a measure scatter, told by its baseline."""
    if kpi.scores is None:
        return Measured(kpi.sd)
    return Scale(kpi.scores, kpi.counts[:baseline].sum(0))


def baseline_level(kpi: Kpi, baseline: int, *, season: str = "auto") -> Level:
    """The level of the first periods.

    Parameters
    ----------
    baseline : how many
    season : "auto": what the baseline is long enough for and shows; "none"

    Raises
    ------
    ModelError : fewer than 8 periods of the baseline have data.

    Notes
    -----
    Generalised linear model with the family's own link. Spread between periods: Pearson's χ² against chance; where
    there is more, a normal spread of θ between periods takes it up, a grid of its sizes weighted by the data. Laney's
    σz (mean moving range of standardised values / 1.128) is told beside it. Source: Laney (2002), Improved control
    charts for attributes, Quality Engineering 14(4). Where weeks differ, a baseline of a year
    tells the spread so roughly that false alarms come about a tenth more often than stated (by simulation).
    """
    n, total = kpi.n[:baseline], kpi.total[:baseline]
    held = n > 0
    if held.sum() < FEWEST:
        raise ModelError(
            f"the baseline has {int(held.sum())} {kpi.period}s with data.", expected=f"at least {FEWEST}",
            mend="a longer baseline, or longer periods",
        )  # fmt: skip
    if kpi.scores is None and not kpi.sd > 0:
        raise ModelError("all values are the same: there is nothing to watch.", expected="values that differ")
    family = family_of(kpi, baseline)
    terms = season_terms(kpi, baseline) if season == "auto" else Season(np.zeros((len(kpi), 0)), "", False)
    design = np.ones((len(kpi), 1))
    if terms.columns.shape[1]:
        wider = np.hstack([design, terms.columns])
        plain, season_fit = (_fit(family, x[:baseline][held], total[held], n[held]) for x in (design, wider))
        k = terms.columns.shape[1]
        df = held.sum() - 1 - k
        scale = max(1.0, season_fit[2] / df) if df > 0 else np.inf
        gain = 2 * (season_fit[3] - plain[3]) / k / scale
        if df > 0 and f.sf(gain, k, df) < _SEASON:
            design = wider
            terms = terms.shown(True)
        else:
            terms = terms.shown(False)
    x = design[:baseline][held]
    beta, covariance, pearson, _, z, kurtosis = _fit(family, x, total[held], n[held])
    df = held.sum() - x.shape[1]
    # the χ² of counts has the mean of χ², and more or less of its spread
    widths = 2 * df / max(2 * df + kurtosis, df / 2)
    chance = float(chi2.sf(max(pearson * widths, 0.0), df * widths)) if df > 0 else 1.0
    theta, offsets, tau, weight = _nodes(
        family, design, baseline, held, beta, covariance, total, n, pearson / df if chance < _SPREAD else 0.0
    )
    centre = float(weight @ theta)
    at = centre + np.einsum("j,jt->t", weight, offsets)
    sigma = float(np.abs(np.diff(z)).mean() / 1.128)
    return Level(family, theta, offsets, tau, weight, family.mean(at), sigma, chance, terms, baseline)


def _fit(family, x, total, n):
    """Newton's method: coefficients, covariance, Pearson's χ², log likelihood, standardised values, excess kurtosis."""
    if isinstance(family, Measured):
        mean, w = total / n, n / family.sd**2
        precision = x.T @ (w[:, None] * x)
        beta = np.linalg.solve(precision, x.T @ (w * mean))
        z = (mean - x @ beta) * np.sqrt(w)
        return beta, np.linalg.inv(precision), float(z @ z), -0.5 * float(z @ z), z, 0.0
    s = family.steps(total, n)
    # Jeffreys' half an answer on either side, shared by the periods
    share = n / n.sum()
    s_, n_ = s + family.prior_total * share, n + share
    beta = np.zeros(x.shape[1])
    beta[0] = family.theta(family.low + family.step * s_.sum() / n_.sum())
    for _ in range(50):
        mean, variance, _third = family.moments(x @ beta)
        precision = x.T @ ((n_ * variance)[:, None] * x)
        move = np.linalg.solve(precision, x.T @ (s_ - n_ * mean))
        beta = beta + np.clip(move, -2, 2)
        if np.abs(move).max() < 1e-9:
            break
    mean, variance, _third = family.moments(x @ beta)
    z = (s - n * mean) / np.sqrt(n * variance)
    p = family._p(x @ beta)
    fourth = (p * (family._at - mean[:, None]) ** 4).sum(1)
    kurtosis = float(((fourth / variance**2 - 3) / n).sum())
    likelihood = float(family.log_likelihood(x @ beta, 0.0, total, n).sum())
    return beta, np.linalg.inv(precision), float(z @ z), likelihood, z, kurtosis


def _nodes(family, design, baseline, held, beta, covariance, total, n, dispersion: float):
    """Nodes over level, season and spread between periods, weighted by what the baseline says of them."""
    slope = float(family.slope(beta[0]))
    variance = slope * getattr(family, "step", 0.0) or family.sd**2
    typical = float(np.median(n[held]))
    sizes = (dispersion - 1) * 2.0 ** np.arange(-4, 4.1, 0.5) if dispersion > 1 else np.zeros(1)
    found = []
    x, total, n = design[:baseline][held], total[held], n[held]
    prior = getattr(family, "prior_total", None)
    for size in sizes:
        tau = np.sqrt(size * variance / typical) / slope
        spread = covariance * (1 + size)
        points, log_density = _points(len(beta))
        coefficients = beta + points @ np.linalg.cholesky(spread).T
        eta = coefficients @ x.T
        log_weight = family.log_likelihood(eta, tau, total, n).sum(1) - log_density
        log_weight += 0.5 * np.linalg.slogdet(spread)[1]
        if prior is not None:
            mean = coefficients[:, 0]
            log_weight += family.log_likelihood(mean, 0.0, family.low + family.step * prior, 1.0)
        found.append((coefficients, np.full(len(points), tau), log_weight))
    coefficients, tau, log_weight = (np.concatenate(part) for part in zip(*found, strict=True))
    weight = np.exp(log_weight - log_weight.max())
    kept = weight > _PRUNED * weight.max()
    weight = weight[kept] / weight[kept].sum()
    return coefficients[kept, 0], coefficients[kept, 1:] @ design[:, 1:].T, tau[kept], weight


def _points(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal nodes, evenly spread, and the log of the density they were drawn with."""
    if size == 1:
        points = np.linspace(-5, 5, 31)[:, None]
        return points, np.zeros(len(points))
    # Kronecker's sequence in the roots of x^(d+1) = x + 1 fills every dimension evenly
    root = 2.0
    for _ in range(60):
        root = (1 + root) ** (1 / (size + 1))
    even = (0.5 + np.arange(1, 129)[:, None] * root ** -np.arange(1, size + 1)) % 1
    points = ndtri(even) * 1.1
    return points, -0.5 * (points**2).sum(1) / 1.1**2
