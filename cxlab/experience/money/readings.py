"""Several readings of one link, judged together: with three chances to be wrong, one in ten is too many for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import multivariate_normal, norm, t


@dataclass(frozen=True)
class Reading:
    """An estimate with its standard error and the degrees of freedom of Student's t."""

    value: float
    error: float
    df: float

    def ends(self, level: float) -> tuple[float, float]:
        """Ends of the interval of this coverage."""
        reach = t.ppf((1 + level) / 2, self.df) * self.error
        return self.value - reach, self.value + reach


def chance_of_any(readings: Sequence[Reading], covariance: np.ndarray) -> float:
    """Probability that one reading or more lies as far from zero as the farthest does, were there nothing in any.

    Parameters
    ----------
    readings : of the same data, so that they err together
    covariance : of their values, shape (readings, readings)

    Notes
    -----
    The farthest of several estimates that err together (maximum of a multivariate normal, each on the scale of its own
    Student's t). Source: Hothorn, Bretz & Westfall (2008), Simultaneous inference in general parametric models,
    Biometrical Journal 50(3).

    >>> far = [Reading(1.645, 1.0, 1e9), Reading(0.0, 1.0, 1e9)]
    >>> [round(chance_of_any(far, np.array([[1.0, r], [r, 1.0]])), 3) for r in (1.0, 0.6, 0.0)]
    [0.1, 0.169, 0.19]
    """
    known = [i for i, r in enumerate(readings) if r.error > 0]
    if not known:
        return 0.0 if any(r.value for r in readings) else 1.0
    errors = np.array([readings[i].error for i in known])
    correlation = covariance[np.ix_(known, known)] / np.outer(errors, errors)
    chances = [2 * t.sf(abs(readings[i].value) / readings[i].error, readings[i].df) for i in known]
    box = np.full(len(known), norm.isf(min(chances) / 2))
    # integrated over a lattice of points: its shift is fixed, so that the same data gives the same number
    together = multivariate_normal(np.zeros(len(known)), correlation, allow_singular=True, seed=1)
    return float(np.clip(1 - together.cdf(box, lower_limit=-box), min(chances), 1.0))
