"""Intervals of shares in closed form, and what repeated contacts of one customer do to them."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta

#: customers or journeys below which a number is marked as resting on few
FEW = 10


def beta_interval(mean, variance, *, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the interval of the Beta distribution with these moments; the mean itself where there is no variance.

    >>> [round(float(end), 3) for end in beta_interval(.5, 1 / 12)]
    [0.05, 0.95]
    """
    m, v = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(variance, dtype=float))
    inside = (m > 0) & (m < 1) & (v > 0)
    m_, v_ = np.where(inside, m, 0.5), np.where(inside, v, 0.1)
    size = np.maximum(m_ * (1 - m_) / v_ - 1, 1e-6)
    tail = (1 - level) / 2
    low, high = (beta.ppf(p, m_ * size, (1 - m_) * size) for p in (tail, 1 - tail))
    return np.where(inside, low, m), np.where(inside, high, m)


def design_effect(events, trials, squares, products, trial_squares) -> np.ndarray:
    """How many contacts count as one, because customers who are alike in themselves contribute several.

    Parameters
    ----------
    events, trials : Σx and Σn over customers
    squares, products, trial_squares : Σx², Σxn and Σn² over customers

    Returns
    -------
    shape as given, at least 1: the variance of the share between customers over that of independent contacts; where
    all or no contacts are events, that cannot be told, and customers count in place of contacts (Σn²/Σn)

    Notes
    -----
    Dividing counts by it makes intervals for independent contacts hold. Source: Rao & Scott (1992), A simple method
    for the analysis of clustered binary data, Biometrics 48(2).

    >>> round(float(design_effect(10, 20, 20, 20, 40)), 2)  # ten customers, each twice the same
    2.0
    """
    x, n, xx, xn, nn = (np.asarray(v, dtype=float) for v in (events, trials, squares, products, trial_squares))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = x / n
        between = xx - 2 * p * xn + p**2 * nn
        effect = between / (n * p * (1 - p))
        effect = np.where((x <= 0) | (x >= n), nn / n, effect)
    return np.maximum(np.nan_to_num(effect, nan=1.0), 1.0)
