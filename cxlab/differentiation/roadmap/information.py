"""What knowing more is worth: for a plan, for a single go or no-go, and for any table of decisions by draws.

Every function takes `worth`, shape (draw, decision): what each decision brings if a draw is the truth. One decision is
taken for all draws when nothing more is known; each draw gets its own when everything is.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import BSpline
from scipy.special import ndtr

from cxlab.errors import DataError, ParameterError

_INNER = 4  # knots of a spline between its ends
_LEVELS = 6  # of a quantity that has so few values, each is expected by itself
_ROUGH = 1e-3
_STREAM = 7919


def perfect_information(worth) -> float:
    """EVPI: what knowing everything is worth, E[max] − max E.

    Raises
    ------
    DataError : `worth` is empty or not finite.

    >>> perfect_information([[10, 0], [-6, 0]])  # go or no-go at even chances: 5 instead of 2
    3.0
    """
    worth = _checked(worth)
    return float(worth.max(axis=1).mean() - worth.mean(axis=0).max())


def normal_information(mean: float, sd: float) -> float:
    """EVPI of one go or no-go whose value is normal: sd · φ(z) − |mean| · Φ(−z), z = |mean|/sd.

    >>> round(normal_information(10, 20), 3)
    3.956
    """
    if not (np.isfinite(mean) and np.isfinite(sd) and sd >= 0):
        raise ParameterError(f"mean = {mean}, sd = {sd}.", expected="finite numbers, sd of 0 or more")
    if sd == 0:
        return 0.0
    z = abs(mean) / sd
    return float(sd * np.exp(-z * z / 2) / np.sqrt(2 * np.pi) - abs(mean) * ndtr(-z))


def expected_given(values, known, *, at=None) -> np.ndarray:
    """Expected values given what is known, by regression of draws on a spline of it.

    Parameters
    ----------
    values : shape (draw, column)
    known : shape (draw,) or (draw, k), k small; each has a spline of its own
    at : shape (n, k), where to expect; by default in the draws themselves

    Returns
    -------
    shape (n, column)

    Notes
    -----
    Source: Strong, Oakley & Brennan (2014), Estimating multiparameter partial expected value of perfect information
    from a probabilistic sensitivity analysis sample, Medical Decision Making 34(3).
    """
    values = _checked(values)
    known = np.asarray(known, float).reshape(len(values), -1)
    if not np.isfinite(known).all():
        raise DataError("what would be known is not finite in every draw.", expected="finite draws")
    at = known if at is None else np.asarray(at, float).reshape(-1, known.shape[1])
    made = [_spline(own, other) for own, other in zip(known.T, at.T, strict=True)]
    basis = np.hstack([np.ones((len(values), 1)), *(own for own, _ in made)])
    there = np.hstack([np.ones((len(at), 1)), *(other for _, other in made)])
    centre = basis.mean(axis=0)
    centre[0] = 0
    basis, there = basis - centre, there - centre
    penalty = _ROUGH * np.eye(basis.shape[1])
    penalty[0, 0] = 0
    weight = np.linalg.solve(basis.T @ basis + penalty, basis.T @ values)
    return there @ weight


def partial_information(worth, known) -> float:
    """EVPPI: what knowing a part is worth, E[max E(worth | known)] − max E(worth).

    Never below 0 and never above `perfect_information`: what is counted is what deciding by the part brings, half the
    draws being decided by what the other half has taught, so that chance is not taken for knowledge.

    >>> rng = np.random.default_rng(1)
    >>> a, b = rng.normal(10, 20, 20_000), rng.normal(0, 5, 20_000)
    >>> worth = np.stack([a + b, np.zeros(20_000)], axis=1)
    >>> bool(abs(partial_information(worth, a) - 3.956) < .3), partial_information(worth, np.ones(20_000))
    (True, 0.0)
    """
    worth = _checked(worth)
    known = np.asarray(known, float).reshape(len(worth), -1)
    usual = int(worth.mean(axis=0).argmax())
    gained = 0.0
    # drawn by lot, as draws may alternate (pairs of opposites, a table of cases repeated)
    half = np.random.default_rng(_STREAM).permutation(len(worth)) % 2 == 0
    for learn, use in ((half, ~half), (~half, half)) if len(worth) > 1 else ():
        chosen = expected_given(worth[learn], known[learn], at=known[use]).argmax(axis=1)
        own = worth[use]
        gained += float((own[np.arange(len(own)), chosen] - own[:, usual]).sum())
    return max(0.0, gained / len(worth))


def sample_information(worth, quantity, *, sd: float, n: float, rng: np.random.Generator | int = 0) -> float:
    """EVSI: what a pilot is worth that measures a quantity, E[max E(worth | mean of the pilot)] − max E(worth).

    Parameters
    ----------
    quantity : shape (draw,), what the pilot measures
    sd : standard deviation of one observation around it
    n : observations

    Never above what knowing the quantity for sure is worth.

    Notes
    -----
    Regression on simulated summaries of the pilot. Source: Strong, Oakley, Brennan & Breeze (2015), Estimating the
    expected value of sample information using the probabilistic sensitivity analysis sample, Medical Decision Making
    35(5).
    """
    if not sd >= 0 or not n >= 0:
        raise ParameterError(f"sd = {sd}, n = {n}.", expected="0 or more")
    if n == 0:
        return 0.0
    quantity = np.asarray(quantity, float)
    # a stream of its own: noise from the seed of the draws themselves would go along with them
    rng = np.random.default_rng([rng, _STREAM]) if isinstance(rng, int) else rng
    seen = quantity + sd / np.sqrt(n) * rng.standard_normal(len(quantity))
    return min(partial_information(worth, seen), partial_information(worth, quantity))


def net_gain(worth, later, quantity, *, sd: float, n: float, cost: float, rng: np.random.Generator | int = 0) -> float:
    """What a pilot brings after its cost and the delay it causes; below zero where it does not pay.

    Parameters
    ----------
    worth : shape (draw, decision), of decisions taken now
    later : shape (draw, decision), of the decisions that are left once the pilot is over, in the same draws
    quantity, sd, n : as in `sample_information`
    cost : money of the pilot

    >>> rng = np.random.default_rng(1)
    >>> go = np.stack([rng.normal(0, 100, 5_000), np.zeros(5_000)], axis=1)
    >>> free = net_gain(go, go, go[:, 0], sd=100, n=25, cost=0)
    >>> bool(free > 30), bool(net_gain(go, .9 * go, go[:, 0], sd=100, n=25, cost=10) < free - 10)
    (True, True)
    """
    if not cost >= 0:
        raise ParameterError(f"cost = {cost}.", expected="money, 0 or more")
    worth, later = _checked(worth), _checked(later)
    gained = sample_information(later, quantity, sd=sd, n=n, rng=rng) + later.mean(axis=0).max()
    return float(gained - worth.mean(axis=0).max() - cost)


def _checked(worth) -> np.ndarray:
    worth = np.asarray(worth, float)
    if worth.ndim != 2 or not worth.size:
        raise ParameterError(f"worth has shape {worth.shape}.", expected="(draw, decision), one of each at least")
    if not np.isfinite(worth).all():
        raise DataError("what decisions are worth is not finite in every draw.", expected="finite draws")
    return worth


def _spline(x: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns of a cubic spline of a quantity, and the same elsewhere; levels where it has few."""
    spread = x.std()
    if spread <= 1e-12 * max(1.0, abs(x.mean())):
        return np.zeros((len(x), 0)), np.zeros((len(at), 0))
    at, x = (at - x.mean()) / spread, (x - x.mean()) / spread
    distinct = np.unique(x)
    if len(distinct) <= _LEVELS:
        near = distinct[np.abs(at[:, None] - distinct).argmin(axis=1)]
        return tuple((own[:, None] == distinct[1:]).astype(float) for own in (x, near))
    inner = np.unique(np.quantile(x, np.linspace(0, 1, _INNER + 2)[1:-1]))
    low, high = x.min(), x.max()
    inner = inner[(inner > low) & (inner < high)]
    knots = np.r_[[low] * 4, inner, [high] * 4]
    return tuple(BSpline.design_matrix(np.clip(own, low, high), knots, 3).toarray()[:, 1:] for own in (x, at))
