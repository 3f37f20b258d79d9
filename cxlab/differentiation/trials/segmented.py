"""A line that breaks where treatment begins, with season, in a series whose periods are alike to their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from cxlab.errors import ModelError

#: correlation of one period with the next, and share of the variance that is each period's own; all weighed alike
_PHI = np.array([-0.2, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98])
_OWN = np.array([0.0, 0.3, 0.6])


@dataclass(frozen=True)
class Segmented:
    """A fitted broken line.

    Parameters
    ----------
    design : shape (periods, columns): level, trend, season …, level after, slope after
    coefficients : shape (draws, columns)
    correlation : mean of that of neighbouring periods; left : of neighbours after it is taken out
    naive, naive_error : coefficients and covariance were periods independent; degrees : of freedom
    """

    design: np.ndarray
    coefficients: np.ndarray
    correlation: float
    left: float
    naive: np.ndarray
    naive_covariance: np.ndarray
    degrees: int


def broken_line(at: np.ndarray, begins: float, waves: np.ndarray) -> np.ndarray:
    """Columns level, trend, season, level after and slope after, of the periods `at`."""
    after = (at >= begins).astype(float)
    return np.column_stack([np.ones(len(at)), at - begins, waves, after, after * (at - begins)])


def season_waves(at: np.ndarray, length: float, harmonics: int) -> np.ndarray:
    """Sine and cosine columns of a season of so many periods."""
    turns = 2 * np.pi * np.arange(1, harmonics + 1) * at[:, None] / length
    return np.column_stack([np.sin(turns), np.cos(turns)])


def fit_segmented(value, n, at, begins: float, waves, *, draws: int = 2000, rng=0) -> Segmented:
    """Posterior draws of a broken line, its errors correlated from period to period.

    Parameters
    ----------
    value, n, at : shape (periods,), mean, observations behind it, and number of the period; periods may be missing
    begins : first treated period; waves : shape (periods, waves), of the season

    Raises
    ------
    ModelError : fewer periods than the line has bends.

    Notes
    -----
    Errors are a first-order autoregression plus noise of each period's own with variance 1/n. Given its two numbers the
    posterior of all else is a t distribution in closed form; the numbers are summed over a grid, so that what is not
    known of them widens the intervals (flat priors; the marginal likelihood is that of restricted maximum likelihood).

    >>> at = np.arange(40.)
    >>> value = 2 + .1 * at + 3 * (at >= 25) + np.random.default_rng(0).normal(0, .1, 40)
    >>> fit = fit_segmented(value, np.ones(40), at, 25, np.empty((40, 0)))
    >>> [round(float(b), 1) for b in fit.coefficients.mean(0)]
    [4.5, 0.1, 2.9, 0.0]
    """
    design = broken_line(at, begins, waves)
    periods, columns = design.shape
    degrees = periods - columns
    if degrees < 4:
        raise ModelError(f"{periods} periods for {columns} coefficients.", expected=f"{columns + 4} periods at least",
                         mend='season="none", or more periods')  # fmt: skip
    grid = [(phi, own) for own in _OWN for phi in _PHI] + [(0.0, 1.0)]
    lag = np.abs(at[:, None] - at[None])
    noise = np.diag(np.mean(n) / n)
    log_weight, fits = np.empty(len(grid)), []
    for i, (phi, own) in enumerate(grid):
        with np.errstate(divide="ignore"):
            alike = np.where(lag == 0, 1.0, np.sign(phi) ** lag * np.abs(phi) ** lag)
        low = np.linalg.cholesky((1 - own) * alike + own * noise + 1e-10 * np.eye(periods))
        white = solve_triangular(low, np.column_stack([design, value]), lower=True)
        q, r = np.linalg.qr(white[:, :-1])
        along = q.T @ white[:, -1]
        left = white[:, -1] - q @ along
        total = max(float(left @ left), 1e-12)
        log_weight[i] = -np.log(np.diag(low)).sum() - np.log(np.abs(np.diag(r))).sum() - degrees / 2 * np.log(total)
        fits.append((r, along, total, left))
    weight = np.exp(log_weight - logsumexp(log_weight))
    rng = np.random.default_rng(rng)
    picked = np.sort(rng.choice(len(grid), draws, p=weight))
    z, chi = rng.standard_normal((draws, columns)), rng.chisquare(degrees, draws)
    coefficients = np.empty((draws, columns))
    for i in np.unique(picked):
        own, (r, along, total, _left) = picked == i, fits[i]
        coefficients[own] = np.linalg.solve(r, (along + z[own] * np.sqrt(total / chi[own])[:, None]).T).T
    best = fits[int(np.argmax(weight))][3]
    naive, naive_left, *_rest = np.linalg.lstsq(design, value, rcond=None)
    spread = float(np.square(value - design @ naive).sum()) / degrees
    covariance = spread * np.linalg.pinv(design.T @ design)
    phi = float(weight @ np.array([p * (1 - o) for p, o in grid]))
    return Segmented(design, coefficients, phi, _neighbours(best), naive, covariance, degrees)


def _neighbours(left: np.ndarray) -> float:
    left = left - left.mean()
    return float(left[1:] @ left[:-1] / max(left @ left, 1e-300))
