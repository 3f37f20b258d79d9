"""Ordered answers: cumulative logits (proportional odds), fitted to counts of answers by pattern.

P(answer ≤ j) = F(θⱼ − η), with F logistic and η what moves the answers of a pattern: a scale has as many thresholds θ
as it has answers but one, and η shifts all of them at once. Thresholds are written as the first and the logarithms of
their distances, so that any numbers are in order.

Sources: McCullagh (1980), Regression models for ordinal data, Journal of the Royal Statistical Society B 42(2); Agresti
(2010), Analysis of Ordinal Categorical Data, sections 3.3 and 5.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from cxlab.errors import DataError, ModelError

_STEPS = 100
#: log-likelihood that a step must promise to be worth making
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class CumulativeLogit:
    """A cumulative logit model at the maximum of its likelihood.

    Parameters
    ----------
    names : of the coefficients
    coefficients : shift of the log odds of a higher answer, shape (k,)
    thresholds : shape (n_categories − 1,)
    covariance : of thresholds and coefficients, in this order
    log_likelihood : of the counts, without multinomial constants
    categories : the answers that occur, in order
    n : answers

    >>> fitted = cumulative_logit([[0], [1]], [[20, 10, 5], [10, 12, 13]], names=["after"])
    >>> fitted.table.round(2).values.tolist()
    [['after', 1.23, 0.47, 0.31, 2.14]]
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    thresholds: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    categories: tuple
    n: float

    @property
    def standard_errors(self) -> np.ndarray:
        """Of thresholds and coefficients, in this order."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def table(self) -> pd.DataFrame:
        """A row a coefficient: name, log_odds, se, low, high (95 % interval by Wald)."""
        se = self.standard_errors[len(self.thresholds) :]
        reach = norm.ppf(0.975) * se
        return pd.DataFrame({"name": self.names, "log_odds": self.coefficients, "se": se,
                             "low": self.coefficients - reach, "high": self.coefficients + reach})  # fmt: skip

    def probabilities(self, design) -> np.ndarray:
        """Share of each category for rows of a design, shape (rows, n_categories)."""
        return category_shares(self.thresholds, np.asarray(design, dtype=float) @ self.coefficients)


def cumulative_logit(design, counts, *, names: Sequence[str] = (), categories: Sequence = ()) -> CumulativeLogit:
    """The cumulative logit model of counts by pattern, by maximum likelihood.

    Parameters
    ----------
    design : what is known of each pattern, without a constant, shape (n_patterns, k)
    counts : (weighted) answers by pattern and category, lowest first, shape (n_patterns, n_categories)
    names, categories : of the columns of both

    Raises
    ------
    DataError : shapes do not fit, or fewer than two categories occur.
    ModelError : an effect is not told by the data (a pattern has one answer only, or columns say the same).

    Notes
    -----
    Newton's method. A category without answers is left out: its likelihood is the same wherever its thresholds meet.
    Cost grows with patterns × categories, whatever the number of answers.

    >>> fitted = cumulative_logit([[0], [1]], [[8, 2], [4, 6]])
    >>> bool(abs(fitted.coefficients[0] - np.log((6 / 4) / (2 / 8))) < 1e-6)
    True
    """
    x, n = np.asarray(design, dtype=float), np.asarray(counts, dtype=float)
    if x.ndim != 2 or n.ndim != 2 or len(x) != len(n) or (n < 0).any() or not np.isfinite(x).all():
        raise DataError(
            f"a design of shape {x.shape} and counts of shape {n.shape} do not fit, or hold impossible values.",
            expected="a row a pattern in both, finite numbers, counts of 0 or more",
        )
    met = n.sum(0) > 0
    if met.sum() < 2:
        raise DataError("all answers are the same.", expected="two or more different answers")
    labels = tuple(np.asarray(categories, dtype=object)[met]) if len(categories) else tuple(np.flatnonzero(met))
    n, k = n[:, met], x.shape[1]
    cuts = n.shape[1] - 1
    point = np.concatenate([first_and_gaps(pooled_thresholds(n.sum(0))), np.zeros(k)])

    def value(p):
        return counts_log_likelihood(first_and_gaps_back(p[:cuts]), x @ p[cuts:], n).sum()

    best = value(point)
    for _ in range(_STEPS):
        slope, curve = _derivatives(point, x, n)
        try:
            step = np.linalg.solve(curve - 1e-12 * np.eye(len(point)), slope)
        except np.linalg.LinAlgError:
            step = slope
        if slope @ step > 0:  # not the way up: the surface bends the wrong way here
            step = -slope / max(1.0, np.abs(slope).max())
        promised, share_of_step = -(slope @ step), 1.0
        if promised < _TOLERANCE:
            break
        while share_of_step > 1e-8 and not value(point - share_of_step * step) >= best - 1e-12:
            share_of_step /= 2
        point = point - share_of_step * step
        best = value(point)
    thresholds, coefficients = first_and_gaps_back(point[:cuts]), point[cuts:]
    information = -derivatives(thresholds, x @ coefficients, n).through(x)[1]
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    told = np.linalg.eigvalsh(information / np.outer(scale, scale)).min() > 1e-9
    if not told or np.abs(coefficients * np.ptp(x, axis=0)).max(initial=0) > 15:
        raise ModelError(
            "the effect of " + (", ".join(map(str, names)) or "the design") + " is not told by the answers.",
            expected="different answers within every pattern, and columns of the design that do not say the same",
            mend="join patterns, or leave columns out",
        )
    names = tuple(names) or tuple(f"x{i + 1}" for i in range(k))
    return CumulativeLogit(names, coefficients, thresholds, np.linalg.inv(information), float(best), labels, n.sum())


def pooled_thresholds(totals) -> np.ndarray:
    """Thresholds that give the shares of all answers together where η = 0."""
    below = np.cumsum(totals)[:-1] / np.sum(totals)
    return np.log(below) - np.log1p(-below)


def first_and_gaps(thresholds) -> np.ndarray:
    """The first threshold, and the logarithms of the distances to the next ones."""
    return np.concatenate([thresholds[:1], np.log(np.diff(thresholds))])


def first_and_gaps_back(point) -> np.ndarray:
    """Thresholds from the first and the logarithms of distances; works along the last axis."""
    point = np.asarray(point, dtype=float)
    return np.cumsum(np.concatenate([point[..., :1], np.exp(point[..., 1:])], axis=-1), axis=-1)


def category_shares(thresholds, eta) -> np.ndarray:
    """Share of each category; shapes (…, cuts) and (…) that fit one another give (…, cuts + 1).

    >>> category_shares(np.array([-1., 1.]), np.array(0.)).round(3).tolist()
    [0.269, 0.462, 0.269]
    """
    at = np.asarray(thresholds) - np.asarray(eta)[..., None]
    low, up = expit(at), expit(-at)
    # differences of F without loss where both ends are nearly one or nearly nothing
    inner = low[..., 1:] * up[..., :-1] * -np.expm1(at[..., :-1] - at[..., 1:])
    return np.concatenate([low[..., :1], inner, up[..., -1:]], axis=-1)


def counts_log_likelihood(thresholds, eta, counts) -> np.ndarray:
    """Log-likelihood of the counts of every pattern, without multinomial constants.

    Shapes (…, cuts), (…) and (…, cuts + 1) that fit one another give (…).

    Notes
    -----
    F(b) − F(a) = F(b) (1 − F(a)) (1 − exp(a − b)) leaves one logarithm for each threshold; tails lose nothing.

    >>> p = category_shares(np.array([-1., 1.]), np.array(.5))
    >>> bool(np.isclose(counts_log_likelihood(np.array([-1., 1.]), np.array(.5), np.array([3, 2, 4])),
    ...                 np.array([3, 2, 4]) @ np.log(p)))
    True
    """
    at = np.asarray(thresholds) - np.asarray(eta)[..., None]
    below, above = counts[..., :-1], counts[..., 1:]
    # − log F, split so that nothing overflows
    soft = np.log(1 + np.exp(-np.abs(at))) - np.minimum(at, 0)
    gaps = np.log(-np.expm1(-np.diff(thresholds)))
    total = -np.einsum("...j,...j->...", below + above, soft) - np.einsum("...j,...j->...", above, at)
    return total + np.einsum("...j,...j->...", counts[..., 1:-1], gaps)


@dataclass(frozen=True)
class Derivatives:
    """Slopes and curvatures of the log-likelihood of counts in thresholds and in the shift η of every pattern.

    Parameters
    ----------
    theta : slope in thresholds, shape (cuts,); theta_theta : curvature, shape (cuts, cuts)
    eta, eta_eta : of every pattern, shape (n_patterns,); theta_eta : shape (cuts, n_patterns)
    """

    theta: np.ndarray
    theta_theta: np.ndarray
    eta: np.ndarray
    eta_eta: np.ndarray
    theta_eta: np.ndarray

    def through(self, design) -> tuple[np.ndarray, np.ndarray]:
        """Slope and curvature in thresholds and in the coefficients of a design of η."""
        cross = self.theta_eta @ design
        curve = np.block([[self.theta_theta, cross], [cross.T, design.T @ (design * self.eta_eta[:, None])]])
        return np.concatenate([self.theta, design.T @ self.eta]), curve


def derivatives(thresholds, eta, counts) -> Derivatives:
    """Derivatives of the log-likelihood of counts.

    Parameters
    ----------
    thresholds : shape (cuts,); eta : shape (n_patterns,); counts : shape (n_patterns, cuts + 1)

    Notes
    -----
    For the logistic, f(b) − f(a) = (F(b) − F(a)) (1 − F(b) − F(a)), which makes derivatives in η free of quotients.
    """
    at = thresholds - eta[:, None]
    F = expit(at)
    f = F * expit(-at)
    p = category_shares(thresholds, eta)
    below, above = counts[:, :-1] / p[:, :-1], counts[:, 1:] / p[:, 1:]
    none = np.zeros((len(at), 1))
    ends, dense = np.hstack([none, F, none + 1]), np.hstack([none, f, none])
    diagonal = f * (1 - 2 * F) * (below - above) - f**2 * (below / p[:, :-1] + above / p[:, 1:])
    beside = (f[:, :-1] * f[:, 1:] * counts[:, 1:-1] / p[:, 1:-1] ** 2).sum(0)
    return Derivatives(
        theta=(f * (below - above)).sum(0),
        theta_theta=np.diag(diagonal.sum(0)) + np.diag(beside, 1) + np.diag(beside, -1),
        eta=-(counts * (1 - ends[:, 1:] - ends[:, :-1])).sum(1),
        eta_eta=-(counts * (dense[:, 1:] + dense[:, :-1])).sum(1),
        theta_eta=(f * (counts[:, :-1] + counts[:, 1:])).T,
    )


def to_gaps(point, slope, curve):
    """Slope and curvature in the first threshold and log distances (and what follows), from those in thresholds.

    Parameters
    ----------
    point : first threshold and log distances, shape (cuts,)
    slope, curve : in thresholds and any further coordinates
    """
    cuts, size = len(point), len(slope)
    gaps = np.exp(point[1:])
    turn = np.eye(size)
    turn[:cuts, :cuts] = np.tril(np.concatenate([[1.0], gaps]) * np.ones((cuts, 1)))
    changed = turn.T @ curve @ turn
    reach = np.cumsum(slope[:cuts][::-1])[::-1]  # of all thresholds that a distance moves
    at = np.arange(1, cuts)
    changed[at, at] += gaps * reach[1:]
    return turn.T @ slope, changed


def _derivatives(point, x, n):
    cuts = n.shape[1] - 1
    slope, curve = derivatives(first_and_gaps_back(point[:cuts]), x @ point[cuts:], n).through(x)
    return to_gaps(point[:cuts], slope, curve)
