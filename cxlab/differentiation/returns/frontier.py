"""Personalise or standardise: what each further step of a process brings and costs when it is made personal.

Gains rise ever slower with the share that is personal, costs ever faster: a best share lies between, as far as what is
known tells. With power curves gain · sᵃ (0 < a ≤ 1) and cost · sᵇ (b ≥ 1) it is
s* = (a · gain / (b · cost))^(1/(b − a)), at most 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.together import sample_together
from cxlab.differentiation.returns.uncertain import as_uncertain, three_points
from cxlab.errors import DataError, ParameterError

_GRID = 41
STEP_COLUMNS = ("name", "gain_low", "gain_likely", "gain_high", "cost_low", "cost_likely", "cost_high")


@dataclass(frozen=True, eq=False)
class Frontier:
    """Gain and cost a year by the share of a process that is personal.

    Parameters
    ----------
    share : shape (points,), ascending from 0
    gain, cost : money a year, shape (draws, points)
    best : the best share in each draw, shape (draws,)
    steps : names of the steps made personal at each point after the first; empty where shares are of a whole
    source, currency, simulated : where it comes from
    """

    share: np.ndarray
    gain: np.ndarray = field(repr=False)
    cost: np.ndarray = field(repr=False)
    best: np.ndarray = field(repr=False)
    steps: tuple[str, ...] = ()
    source: str = "three points"
    currency: str = ""
    simulated: bool = False

    @property
    def net(self) -> np.ndarray:
        """Gain less cost."""
        return self.gain - self.cost


def power_frontier(
    *, gain, cost, gain_bend=(0.4, 0.6, 0.8), cost_bend=(1.2, 1.6, 2.2), correlation=None, draws: int = 4000,
    rng: np.random.Generator | int = 0, currency: str = "", simulated: bool = False,
) -> Frontier:  # fmt: skip
    """The frontier of a whole process from what making all of it personal would bring and cost.

    Parameters
    ----------
    gain, cost : money a year if all were personal, a number, (low, likely, high), an Uncertain or an Effect
    gain_bend : exponent of the gain, above 0 to 1: .5 means that a quarter of the steps brings half of the gain
    cost_bend : exponent of the cost, 1 or more: 2 means that half of the steps costs a quarter
    correlation : of "gain", "cost", "gain bend", "cost bend", see `sample_together`

    Raises
    ------
    ParameterError : a bend that is not concave, or not convex.

    >>> f = power_frontier(gain=100, cost=100, gain_bend=.5, cost_bend=1.5)
    >>> round(float(f.best[0]), 3), round(float(f.net[0].max()), 1)
    (0.333, 38.5)
    """
    bounds = {"gain": -np.inf, "cost": 0.0, "gain bend": 0.0, "cost bend": 1.0}
    given = dict(zip(bounds, (gain, cost, gain_bend, cost_bend), strict=True))
    found = [as_uncertain(name, value, unit="money" if "bend" not in name else "", lower=bounds[name])
             for name, value in given.items()]  # fmt: skip
    size, price, a, b = sample_together(found, draws=draws, correlation=correlation, rng=rng).T
    if a.min() <= 0 or np.quantile(a, 0.95) > 1:
        raise ParameterError(f"gain_bend = {gain_bend}.", expected="above 0, at most 1: gains rise ever slower")
    if b.min() < 1:
        raise ParameterError(f"cost_bend = {cost_bend}.", expected="1 or more: costs rise ever faster")
    if price.min() < 0:
        raise ParameterError(f"cost = {cost}.", expected="0 or more")
    a, share = np.minimum(a, 1.0), np.linspace(0, 1, _GRID)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        best = np.where(b - a > 1e-9, (a * size / (b * price)) ** (1 / np.maximum(b - a, 1e-9)), np.inf)
    best = np.where(b - a > 1e-9, best, np.where(size > price, 1.0, 0.0))
    best = np.where(size <= 0, 0.0, np.minimum(np.where(price > 0, best, 1.0), 1.0))
    return Frontier(share, size[:, None] * share ** a[:, None], price[:, None] * share ** b[:, None], best,
                    currency=currency, simulated=simulated)  # fmt: skip


def step_frontier(
    steps: pd.DataFrame, *, complexity=0.0, correlation=None, level: float = 0.9, draws: int = 4000,
    rng: np.random.Generator | int = 0, currency: str = "", simulated: bool = False,
) -> Frontier:  # fmt: skip
    """The frontier of a process step by step, in the order of gain for each unit of cost.

    Parameters
    ----------
    steps : DataFrame[name, gain_low, gain_likely, gain_high, cost_low, cost_likely, cost_high]: money a year when that
        step is made personal
    complexity : money a year for each pair of personal steps that must be kept in tune; a number or (low, likely, high)
    correlation : a number between all gains, or a mapping of "name: gain" and "name: cost"

    Raises
    ------
    DataError : no steps, a column missing, or a name met twice.

    >>> table = pd.DataFrame([["greeting", 5, 9, 14, 1, 2, 3], ["invoice", 0, 1, 2, 3, 4, 6]], columns=STEP_COLUMNS)
    >>> f = step_frontier(table); f.steps, f.share.tolist(), round(float((f.best == .5).mean()), 2)
    (('greeting', 'invoice'), [0.0, 0.5, 1.0], 1.0)
    """
    missing = [c for c in STEP_COLUMNS if c not in steps.columns]
    if missing or steps.empty or steps["name"].duplicated().any():
        found = f"steps have no column {', '.join(missing)}." if missing else "there are no steps, or two of one name."
        raise DataError(found, expected="a row a step: " + ", ".join(STEP_COLUMNS))
    names = steps["name"].astype(str).tolist()
    quantities = [
        three_points(f"{row['name']}: {part}", *(float(row[f"{part}_{end}"]) for end in ("low", "likely", "high")),
                     level=level, lower=0.0 if part == "cost" else -np.inf, unit="money")
        for part in ("gain", "cost") for row in steps.to_dict("records")
    ]  # fmt: skip
    extra = as_uncertain("complexity", complexity, unit="money", lower=0.0)
    if extra.draws.min() < 0:
        raise ParameterError(f"complexity = {complexity}.", expected="0 or more")
    if isinstance(correlation, (int, float)):
        correlation = {(f"{a}: gain", f"{b}: gain"): float(correlation)
                       for i, a in enumerate(names) for b in names[i + 1 :]}  # fmt: skip
    x = sample_together([*quantities, extra], draws=draws, correlation=correlation, rng=rng)
    n = len(names)
    gain, cost, pair = x[:, :n], x[:, n : 2 * n], x[:, -1:]
    order = np.argsort(-(gain.mean(0) / np.maximum(cost.mean(0), 1e-12)), kind="stable")
    size = np.arange(n + 1)
    total_gain, total_cost = (np.concatenate([np.zeros((draws, 1)), part[:, order].cumsum(1)], 1)
                              for part in (gain, cost))  # fmt: skip
    total_cost = total_cost + pair * size * (size - 1) / 2
    best = np.argmax(total_gain - total_cost, axis=1) / n
    return Frontier(size / n, total_gain, total_cost, best, tuple(names[i] for i in order), currency=currency,
                    simulated=simulated)  # fmt: skip
