"""Mixes of untreated units: weights that are shares, found exactly, and the gap they leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls


def mix_weights(target: np.ndarray, donors: np.ndarray, *, level: bool = False, ridge: float = 0.0) -> np.ndarray:
    """Shares of donors whose mix is nearest to a target.

    Parameters
    ----------
    target : shape (times,); donors : shape (donors, times)
    level : let the mix lie higher or lower by a constant
    ridge : squared penalty, times Σ w²

    Returns
    -------
    shape (donors,), none negative, summing to 1

    Notes
    -----
    Since shares sum to 1, the gap is C w with C = donors − target, and min ‖C w‖² on the simplex is a non-negative
    least-squares problem: ‖C u‖² + κ²(Σu − 1)² over u ≥ 0 is least, for any κ, at a multiple of the best shares. Solved
    by an active-set method, so exact.

    >>> mix_weights(np.array([2., 4, 6]), np.array([[1., 2, 3], [3, 6, 9], [9, 9, 9]])).round(3).tolist()
    [0.5, 0.5, 0.0]
    """
    gap = (donors - target).T
    if level:
        gap = gap - gap.mean(0)
    if ridge > 0:
        gap = np.vstack([gap, np.sqrt(ridge) * np.eye(len(donors))])
    scale = float(np.sqrt(np.mean(gap**2))) or 1.0
    rows = np.vstack([gap / scale, np.ones(len(donors))])
    found, _left = nnls(rows, np.append(np.zeros(len(gap)), 1.0), maxiter=100 * len(donors) + 100)
    total = found.sum()
    return found / total if total > 0 else np.full(len(donors), 1 / len(donors))


@dataclass(frozen=True)
class Mix:
    """A treated series and the mix it is held against.

    Parameters
    ----------
    weights : shape (donors,); path : shape (periods,), of the mix; gap : treated − mix
    before : root mean square of the gap before treatment; effect : mean gap after
    after : root mean square of the gap after
    """

    weights: np.ndarray
    path: np.ndarray
    gap: np.ndarray
    before: float
    after: float
    effect: float

    @property
    def ratio(self) -> float:
        """Size of the gap after against before."""
        return self.after / self.before if self.before > 0 else np.inf


def synthetic(target: np.ndarray, donors: np.ndarray, first: int) -> Mix:
    """The mix that comes nearest to the target before period `first` (Abadie, Diamond & Hainmueller 2010)."""
    weights = mix_weights(target[:first], donors[:, :first])
    path = weights @ donors
    gap = target - path
    root = [float(np.sqrt(np.mean(part**2))) for part in (gap[:first], gap[first:])]
    # a mix that fits to the last digit is told from chance by nothing: rounding bounds the gap from below
    least = 1e-9 * (float(np.abs(target).mean()) + 1e-300)
    return Mix(weights, path, gap, max(root[0], least), root[1], float(gap[first:].mean()))


def synthetic_did(target: np.ndarray, donors: np.ndarray, first: int, *, treated: int = 1) -> tuple[float, np.ndarray]:
    """Synthetic difference in differences: shares of donors and of periods before; effect and shares of donors.

    Notes
    -----
    Source: Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), Synthetic difference-in-differences, American
    Economic Review 111(12), algorithm 1.
    """
    before, after = donors[:, :first], donors[:, first:].mean(1)
    steps = np.diff(before, axis=1)
    noise = float(steps.std()) if steps.size else 0.0
    zeta = (treated * (donors.shape[1] - first)) ** 0.25 * noise
    units = mix_weights(target[:first], before, level=True, ridge=zeta**2 * first)
    times = mix_weights(after, before.T, level=True, ridge=(1e-6 * noise) ** 2 * len(donors))
    own = target[first:].mean() - times @ target[:first]
    return float(own - units @ (after - before @ times)), units


def moved_blocks(target: np.ndarray, donors: np.ndarray, first: int, effect: float = 0.0) -> float:
    """Probability of a mean gap after treatment as large by chance, were the effect the one given.

    Notes
    -----
    The mix is fitted to all periods with the effect taken off; the gaps are then moved around the circle of periods.
    Source: Chernozhukov, Wüthrich & Zhu (2021), An exact and robust conformal inference method for counterfactual and
    synthetic controls, Journal of the American Statistical Association 116(536).
    """
    given = target.copy()
    given[first:] -= effect
    left = given - mix_weights(given, donors) @ donors
    periods, length = len(target), len(target) - first
    at = (first + np.arange(length)[None] + np.arange(periods)[:, None]) % periods
    means = np.abs(left[at].mean(1))
    return float((means >= means[0] * (1 - 1e-9)).mean())


def moved_interval(target: np.ndarray, donors: np.ndarray, first: int, *, level: float) -> tuple[float, float]:
    """Effects that moving the gaps in time does not refuse; infinite where so few periods cannot refuse any."""
    middle = float((target - mix_weights(target[:first], donors[:, :first]) @ donors)[first:].mean())
    if 1 / len(target) > 1 - level:
        return -np.inf, np.inf
    step = 2 * float(np.std(np.diff(target))) + 1e-9 * (abs(middle) + 1)
    ends = []
    for sign in (-1, 1):
        near, far = middle, middle + sign * step
        for _try in range(12):
            if moved_blocks(target, donors, first, far) <= 1 - level:
                break
            near, far = far, middle + 2 * (far - middle)
        else:
            return -np.inf, np.inf
        for _try in range(12):
            half = (near + far) / 2
            near, far = (near, half) if moved_blocks(target, donors, first, half) <= 1 - level else (half, far)
        ends.append(float(far))
    return ends[0], ends[1]
