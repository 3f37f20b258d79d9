"""Effects by time since treatment, every comparison against units not yet treated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlab.differentiation.trials.contrasts import Contrasts, contrasts, per_treated
from cxlab.differentiation.trials.panels import Panel
from cxlab.errors import DataError

_DRAWS = 4000
#: periods that may be taken together, and times before treatment that stay legible
_TOGETHER = {"day": (1, 7, 28), "week": (1, 4, 13), "month": (1, 3), "quarter": (1,), "year": (1,)}
_MOST = 16


@dataclass(frozen=True)
class Lags:
    """Effects by time since treatment.

    Parameters
    ----------
    since : shape (times,), in blocks of `every` periods, −1 left out, from which all is counted
    effect, error : shape (times,); units : treated units behind each
    noise : shape (draws, times), chance deviations, alike in all times of a draw
    degrees : of freedom; found : of which they are sums
    """

    since: np.ndarray
    effect: np.ndarray
    error: np.ndarray
    units: np.ndarray
    noise: np.ndarray
    degrees: float
    found: Contrasts
    every: int = 1

    @property
    def average(self) -> np.ndarray:
        """Weights of times that give the mean after treatment, every treated unit and period alike."""
        weights = np.where(self.since >= 0, self.units, 0.0)
        return weights / weights.sum()


def lags(panel: Panel, *, every: int = 0, rng: np.random.Generator | int = 0) -> Lags:
    """Effects by time since treatment, where at least half of the treated units are seen.

    Parameters
    ----------
    every : periods taken together; 0: so many that at most 16 stand before treatment
    """
    first = int(panel.start[panel.treated].max())
    every = every or next((e for e in _TOGETHER[panel.period] if first / e <= _MOST), _TOGETHER[panel.period][-1])
    found = contrasts(panel, base="last", last=every)
    half = panel.treated.sum() / 2
    since, weights, units = [], [], []
    block = np.floor_divide(found.since, every)
    for at in np.unique(block[block != -1]):
        own = block == at
        # a block that begins before the data, or ends after them, is none
        if found.units[own].sum() >= half * every:
            since.append(at)
            units.append(found.units[own].sum() / every)
            weights.append(per_treated(found, own))
    if not since:
        raise DataError("half of the treated units are never seen at the same time after treatment.",
                        expected="periods after treatment")  # fmt: skip
    weights = np.array(weights)
    if not (np.array(since) >= 0).any():
        raise DataError("half of the treated units are never seen at the same time after treatment.",
                        expected="periods after treatment")  # fmt: skip
    parts = weights @ found.psi
    after = np.array(since) >= 0
    _error, degrees = found.error(weights[after].mean(0))
    rng = np.random.default_rng(rng)
    noise = rng.standard_normal((_DRAWS, parts.shape[1])) @ parts.T
    noise /= np.sqrt(rng.chisquare(degrees, (_DRAWS, 1)) / degrees)
    return Lags(np.array(since), weights @ found.effect, np.sqrt(np.square(parts).sum(1)), np.array(units), noise,
                degrees, found, every)  # fmt: skip
