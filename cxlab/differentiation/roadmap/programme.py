"""The whole numbers behind a plan: which option has begun by which period, and what limits that."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from cxlab.differentiation.roadmap.options import Options
from cxlab.errors import ModelError, ParameterError


@dataclass(frozen=True)
class Limits:
    """What a plan may use.

    Parameters
    ----------
    budget : money a period
    capacity : person-months a period; empty: no limit
    carry_over : whether money that is left over may be spent later
    months : of a period
    discount : a year; what is started later is worth less
    """

    budget: tuple[float, ...]
    capacity: tuple[float, ...] = ()
    carry_over: bool = True
    months: float = 3.0
    discount: float = 0.08

    def __post_init__(self):
        budget = tuple(float(b) for b in np.atleast_1d(np.asarray(self.budget, float)))
        capacity = tuple(float(c) for c in np.atleast_1d(np.asarray(self.capacity, float)))
        if not budget or not all(np.isfinite(b) and b >= 0 for b in budget):
            raise ParameterError(f"budget = {list(budget)}.", expected="money of 0 or more for each period")
        if capacity and (len(capacity) != len(budget) or not all(c >= 0 for c in capacity)):
            raise ParameterError(
                f"capacity = {list(capacity)} for {len(budget)} periods.", expected="person-months for each period"
            )
        if not self.months > 0 or not self.discount > -1:
            raise ParameterError(
                f"months = {self.months}, discount = {self.discount}.", expected="months > 0, discount > −1"
            )
        object.__setattr__(self, "budget", budget)
        object.__setattr__(self, "capacity", capacity)

    @property
    def periods(self) -> int:
        """How many there are."""
        return len(self.budget)

    @property
    def worth(self) -> np.ndarray:
        """What one unit of value started in each period is worth today, shape (period,)."""
        return (1 + self.discount) ** (-np.arange(self.periods) * self.months / 12)


@dataclass(frozen=True, eq=False)
class Programme:
    """The plans that options and limits allow: variable (option, period) is 1 once the option has begun.

    A plan is an array of starts, shape (option,): the period in which each option starts, −1 for never.
    """

    options: Options
    limits: Limits
    open: np.ndarray = field(repr=False)  # (option, period): may start then

    @cached_property
    def profile(self) -> np.ndarray:
        """Share of an option's cost and work that falls k periods after its start, shape (option, k)."""
        months = np.maximum(self.options.months, 1e-9)[:, None]
        done = np.minimum(np.arange(1, self.limits.periods + 1) * self.limits.months / months, 1.0)
        return np.diff(done, axis=1, prepend=0.0)

    @cached_property
    def rows(self) -> tuple[csr_matrix, np.ndarray]:
        """Every limit as a row of `matrix · begun ≤ bound`."""
        n, periods = len(self.options.names), self.limits.periods
        matrix, bound = [], []

        def add(row, limit):
            matrix.append(row.ravel())
            bound.append(limit)

        for i in range(n):
            for t in range(periods - 1):  # these come first: `solve` closes starts by their lower bounds
                row = np.zeros((n, periods))
                row[i, t], row[i, t + 1] = 1, -1
                add(row, 0.0)
        spent = self.use(self.options.planned_cost)
        budget = np.array(self.limits.budget)
        if self.limits.carry_over:
            spent, budget = spent.cumsum(axis=0), budget.cumsum()
        for t in range(periods):
            add(_begun(spent[t]), budget[t])
        if self.limits.capacity:
            work = self.use(self.options.people)
            for t in range(periods):
                add(_begun(work[t]), self.limits.capacity[t])
        position = {name: i for i, name in enumerate(self.options.names)}
        for name, needed in self.options.requires.items():
            for other in needed:
                for t in range(periods):
                    row = np.zeros((n, periods))
                    row[position[name], t] = 1
                    if t >= self.lag[position[other]]:
                        row[position[other], t - self.lag[position[other]]] = -1
                    add(row, 0.0)
        for name, others in self.options.excludes.items():
            for other in others:
                if position[name] < position[other]:
                    row = np.zeros((n, periods))
                    row[[position[name], position[other]], -1] = 1
                    add(row, 1.0)
        return csr_matrix(np.array(matrix)), np.array(bound)

    @cached_property
    def lag(self) -> np.ndarray:
        """Periods from the start of an option to the first in which what needs it can start, shape (option,)."""
        return np.ceil(self.options.months / self.limits.months - 1e-9).astype(int)

    def use(self, amount: np.ndarray) -> np.ndarray:
        """What is used in each period by an option started in each: (period, option, start).

        A plan pays for what it begins: what would fall after the last period falls into it.
        """
        periods = self.limits.periods
        used = np.zeros((periods, len(amount), periods))
        for start in range(periods):
            for t in range(start, periods):
                used[t, :, start] = amount * self.profile[:, t - start]
            used[-1, :, start] += amount * (1 - self.profile[:, : periods - start].sum(axis=1))
        return used

    def spending(self, starts: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """What a plan uses of `amount` (…, option) in each period, shape (…, period)."""
        chosen = np.flatnonzero(starts >= 0)
        used = np.zeros((*np.shape(amount)[:-1], self.limits.periods))
        for i in chosen:
            for t in range(starts[i], self.limits.periods):
                used[..., t] += np.asarray(amount)[..., i] * self.profile[i, t - starts[i]]
            used[..., -1] += np.asarray(amount)[..., i] * (1 - self.profile[i, : used.shape[-1] - starts[i]].sum())
        return used

    @cached_property
    def worth(self) -> np.ndarray:
        """Value of each option in each draw by the period of its start, shape (draw, option, period)."""
        later, periods = self.options.later, self.limits.periods
        if later is None:
            return self.options.npv[:, :, None] * self.limits.worth
        if later.shape[2] < periods:
            raise ParameterError(
                f"options are valued for starts in {later.shape[2]} periods, the plan has {periods}.",
                expected="a value for a start in each period", mend=f"options_from(values, periods={periods})",
            )  # fmt: skip
        return later[:, :, :periods]

    def value(self, starts: np.ndarray, draws=slice(None)) -> np.ndarray:
        """What plans are worth in each draw: starts (option,) or (plan, option) → (draw,) or (draw, plan).

        What initiatives have in common counts once.
        """
        worth = self.worth[draws]
        found = worth.reshape(len(worth), -1) @ self.choices(starts).T
        if self.options.shared is None:
            return found
        if np.ndim(starts) == 1:
            return found - self.options.shared(starts, draws)
        return found - np.column_stack([self.options.shared(own, draws) for own in starts])

    def choices(self, starts: np.ndarray) -> np.ndarray:
        """Plans as zeros and ones, shape (…, option × period): 1 where an option starts in a period."""
        starts = np.asarray(starts, int)
        chosen = starts[..., None] == np.arange(self.limits.periods)
        return chosen.reshape(*starts.shape[:-1], -1).astype(float)


def programme(options: Options, limits: Limits) -> Programme:
    """The plans that options and limits allow; what no plan can hold is closed beforehand."""
    n, periods = len(options.names), limits.periods
    made = Programme(options, limits, np.arange(periods) >= options.earliest[:, None])
    budget = np.cumsum(limits.budget) if limits.carry_over else np.array(limits.budget)
    for amount, most in ((options.planned_cost, budget), (options.people, limits.capacity)):
        if len(most):
            used = made.use(amount)
            used = used.cumsum(axis=0) if limits.carry_over and most is budget else used
            fits = (used <= np.asarray(most)[:, None, None] * (1 + 1e-12) + 1e-9).all(axis=0)
            made.open[:] &= fits
    position = {name: i for i, name in enumerate(options.names)}
    changed = True
    while changed:  # what waits for something that comes late, or never, can only come later
        changed = False
        for name, needed in options.requires.items():
            for other in needed:
                first = np.flatnonzero(made.open[position[other]])
                ready = first[0] + made.lag[position[other]] if len(first) else periods
                late = made.open[position[name], : min(ready, periods)]
                if late.any():
                    late[:] = False
                    changed = True
    assert made.open.shape == (n, periods)
    return made


def solve(
    made: Programme, value: np.ndarray, *, fixed: np.ndarray | None = None, seconds: float = 60.0, nodes: int = 0
) -> tuple[np.ndarray, float]:
    """The plan with the largest sum of values.

    Parameters
    ----------
    value : shape (option, period), of each option by the period of its start
    fixed : shape (option, period), which starts are allowed on top of what limits say
    seconds, nodes : after which the best plan found so far is returned; nodes 0: no limit

    Returns
    -------
    starts (option,), and the proven bound on the sum of values of any plan

    Raises
    ------
    ModelError : no plan was found.
    """
    allowed = made.open if fixed is None else made.open & fixed
    matrix, bound = made.rows
    gain = value.copy()
    gain[:, :-1] -= value[:, 1:]
    # nothing has begun before its first open period, and nothing begins in a closed one
    upper = np.maximum.accumulate(allowed, axis=1).astype(float)
    least = np.full(len(bound), -np.inf)
    least[: allowed[:, 1:].size] = -allowed[:, 1:].astype(float).ravel()
    with _quiet():
        found = milp(
            -gain.ravel(), constraints=LinearConstraint(matrix, least, bound), integrality=np.ones(gain.size),
            bounds=Bounds(0.0, upper.ravel()),
            options={"mip_rel_gap": 0.0, "time_limit": seconds} | ({"node_limit": nodes} if nodes else {}),
        )  # fmt: skip
    if found.x is None:
        raise ModelError(f"no plan was found ({found.message}).", expected="limits that leave at least one plan")
    return starts_of(found.x.reshape(gain.shape) > 0.5), float(-found.mip_dual_bound)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep from the screen, and from notebooks, what HiGHS prints whatever it is told."""
    if os.name != "posix":
        yield
        return
    flush = ctypes.CDLL(None).fflush
    flush(None)
    shown = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        flush(None)
        os.dup2(shown, 1)
        os.close(nowhere)
        os.close(shown)


def starts_of(begun: np.ndarray) -> np.ndarray:
    """Period of the start of each option, −1 for never, of an array (option, period) of what has begun."""
    return np.where(begun.any(axis=1), begun.argmax(axis=1), -1)


def _begun(by_start: np.ndarray) -> np.ndarray:
    """Coefficients of "has begun" from those of "starts in": (option, period)."""
    row = by_start.copy()
    row[:, :-1] -= by_start[:, 1:]
    return row


def allowed(made: Programme, starts: Sequence[int]) -> bool:
    """Whether a plan keeps every limit."""
    starts = np.asarray(starts, int)
    begun = (starts[:, None] >= 0) & (np.arange(made.limits.periods) >= starts[:, None])
    matrix, bound = made.rows
    chosen = np.flatnonzero(starts >= 0)
    if not made.open[chosen, starts[chosen]].all():
        return False
    return bool((matrix @ begun.ravel() <= bound + 1e-6 * np.maximum(1, np.abs(bound))).all())
