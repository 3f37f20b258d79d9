"""How long a control chart runs until it signals: between false alarms, and until a real change is seen."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from cxlab.errors import ParameterError

_NODES = 96


def ewma_run_length(weight: float, limit: float, *, shift: float = 0.0) -> float:
    """Mean number of periods until an EWMA with constant limits signals, for values independent and normal.

    Parameters
    ----------
    weight : weight λ of the newest period, 0 < λ ≤ 1; 1 is Shewhart's chart of single periods
    limit : L, half the width of the limits in standard deviations of the EWMA in the long run
    shift : true mean, in standard deviations of one period, from the start on; 0: how long between false alarms

    Notes
    -----
    Fredholm's integral equation of the run length, solved on Gauss–Legendre nodes. Sources: Crowder (1987), A simple
    method for studying run-length distributions of exponentially weighted moving average charts, Technometrics 29(4);
    values: Lucas & Saccucci (1990), Exponentially weighted moving average control schemes, Technometrics 32(1).

    >>> round(ewma_run_length(1, 3), 1), round(ewma_run_length(.1, 2.814))
    (370.4, 500)
    >>> round(ewma_run_length(.1, 2.814, shift=1), 1)
    10.3
    """
    if not 0 < weight <= 1 or not limit > 0:
        raise ParameterError(f"weight = {weight}, limit = {limit}.", expected="0 < weight ≤ 1 and limit > 0")
    if weight == 1:
        return float(1 / (ndtr(-limit - shift) + ndtr(-limit + shift)))
    edge = limit * np.sqrt(weight / (2 - weight))
    at, size = np.polynomial.legendre.leggauss(_NODES)
    at, size = at * edge, size * edge
    z = (at[None, :] - (1 - weight) * np.append(0.0, at)[:, None]) / weight - shift
    onward = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / weight * size
    lengths = np.linalg.solve(np.eye(_NODES) - onward[1:], np.ones(_NODES))
    return float(1 + onward[0] @ lengths)


def ewma_limit(weight: float, length: float) -> float:
    """The limit L with which an EWMA gives one false alarm in so many periods, see `ewma_run_length`.

    >>> round(ewma_limit(.1, 500), 3), round(ewma_limit(1, 370.4), 2)
    (2.814, 3.0)
    """
    if not length > 1:
        raise ParameterError(f"length = {length}.", expected="periods between false alarms, > 1")
    return float(brentq(lambda limit: ewma_run_length(weight, limit) - length, 0.05, 6.0, xtol=1e-8))
