"""The best plan of each draw by a search that remembers nothing: small bounds, many millions of steps a second.

Prices of budget, capacity and prerequisites come from the linear relaxation of a draw. At those prices every start of
every option falls short of the option's best start by some amount; the shortfalls of a plan add up to its distance
from the bound, so a plan can only beat the best one known while they stay below what separates that one from the bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import linprog

from cxlab.differentiation.roadmap.programme import Programme, solve
from cxlab.errors import ModelError

#: steps after which a draw is left unproven
_STEPS = 20_000_000
#: steps that all draws may take together (some ten seconds), and the least for each when they are used up
_TOGETHER, _LEAST = 400_000_000, 100_000
#: how often a plan that is not proven at once is taken apart and put together again
_ROUNDS = 1000
#: nodes that HiGHS may open for a draw that is not proven at once, and in how many draws it may fail to prove that way
_NODES, _TRIED = 200, 4
#: share of the bound that the best plan is first looked for within, and how much wider each time
_FIRST, _WIDER = 0.004, 1.15
_OPEN = -2


def best_in_each(made: Programme, values: np.ndarray, *, known: np.ndarray):
    """The plan with the largest value under each of many values.

    Parameters
    ----------
    values : shape (draw, option, period)
    known : plans to begin with, shape (plan, option)

    Returns
    -------
    starts (draw, option), and the proven bound of each draw (draw,): the value itself where it is proven
    """
    limits = _limits(made)
    pool = [np.asarray(plan, int) for plan in (*known, np.full(len(made.options.names), -1))]
    seen = {plan.tobytes() for plan in pool}
    choices = [made.choices(plan) for plan in pool]
    starts, bounds = np.empty(values.shape[:2], int), np.empty(len(values))
    spare, apt = _TOGETHER, _Apt()
    for d, value in enumerate(values):
        worth = np.array(choices) @ value.ravel()
        first = int(worth.argmax())
        allow = max(_LEAST, min(_STEPS, spare))
        starts[d], bounds[d], steps = _best(made, limits, value, pool[first], float(worth[first]), allow, apt)
        spare -= steps
        if starts[d].tobytes() not in seen:
            seen.add(starts[d].tobytes())
            pool.append(starts[d])
            choices.append(made.choices(starts[d]))
    return starts, bounds


@dataclass
class _Apt:
    """Whether HiGHS proves these programmes within few nodes: it does where one budget holds for all periods."""

    proven: int = 0
    failed: int = 0

    def solve(self, made: Programme, value: np.ndarray) -> tuple[np.ndarray, float] | None:
        """The best plan and its bound; None where it was not proven, or where proofs failed too often before."""
        if self.failed > max(_TRIED, self.proven // 10):
            return None
        try:
            starts, bound = solve(made, value, nodes=_NODES)
        except ModelError:  # none was found within so few nodes
            starts, bound = np.full(len(value), -1), np.inf
        reached = float(made.choices(starts) @ value.ravel())
        if bound - reached > 1e-7 * max(1.0, abs(reached)):
            self.failed += 1
            return None
        self.proven += 1
        return starts, max(bound, reached)


def _best(made: Programme, limits, value: np.ndarray, plan: np.ndarray, reached: float, allow: int, apt: _Apt):
    """Starts, proven bound and steps of one draw, from a plan that reaches a value."""
    short, bound, prices = _shortfalls(made, value)
    tiny = 1e-9 * max(1.0, abs(bound))
    if bound - reached <= tiny:
        return plan, reached, 0
    order = np.argsort(short, axis=1, kind="stable")
    ordered = np.take_along_axis(short, order, axis=1)
    at, seen, taken = min(max(_FIRST * bound, 10 * tiny), bound - reached), 0.0, 0
    for most in (min(_LEAST, allow), allow):
        begun = at
        found, at, steps = _widened(order, ordered, value, bound, limits, prices, bound - reached, at, tiny, most)
        taken += steps
        if found is not None:
            plan, reached = found, float(made.choices(found) @ value.ravel())
        if at is None:  # every plan that could be better was seen
            return plan, reached, taken
        seen = at / _WIDER if at > begun else seen
        if most == _LEAST and (solved := apt.solve(made, value)) is not None:
            return *solved, taken
        if most == _LEAST:  # not proven at once: the better the plan at hand, the sooner the rest is
            from cxlab.differentiation.roadmap.nearby import improved

            plan = improved(limits, value, short, plan, rounds=_ROUNDS)
            reached = float(made.choices(plan) @ value.ravel())
            at = min(at, bound - reached)
    # what is left of the steps is for the other draws; no plan is nearer to the bound than what was walked through
    return plan, max(reached, bound - seen), taken


def _widened(order, short, value, bound: float, limits, prices, room: float, ahead: float, tiny: float, allow: int):
    """Look ever farther from the bound: the wider the room, the longer the walk.

    Returns
    -------
    the best plan of the first room that holds any, or None; the room at which steps ran out, None where they did not;
    steps
    """
    taken = 0
    while True:
        count = (short < ahead).sum(axis=1)
        second = np.where(count > 1, short[:, 1], np.inf)
        found, best, steps = _search()(
            np.argsort(-second, kind="stable"), order - 1, count, short, value, bound, *limits, prices, ahead - tiny,
            allow,
        )  # fmt: skip
        taken += steps
        if steps > allow:
            return (best if found else None), ahead, taken
        if found or ahead >= room:
            return (best if found else None), None, taken
        ahead = min(_WIDER * ahead, room)


def _shortfalls(made: Programme, value: np.ndarray):
    """How far each choice of each option (never, then starts) falls short at the prices of the relaxation.

    Returns
    -------
    shortfalls (option, 1 + period), infinite where closed; the bound on any plan; prices of the uses (use,)
    """
    matrix, bound = made.rows
    n, periods = value.shape
    gain = value.copy()
    gain[:, :-1] -= value[:, 1:]
    reach = np.maximum.accumulate(made.open, axis=1).astype(float).ravel()
    relaxed = linprog(-gain.ravel(), A_ub=matrix, b_ub=bound, bounds=np.stack([np.zeros(gain.size), reach], axis=1))
    order = n * (periods - 1)  # the rows that keep what has begun begun
    price = np.maximum(-relaxed.ineqlin.marginals[order:], 0.0)
    paid = (price @ matrix[order:]).reshape(n, periods)[:, ::-1].cumsum(axis=1)[:, ::-1]
    left = np.concatenate([np.zeros((n, 1)), np.where(made.open, value - paid, -np.inf)], axis=1)
    best = left.max(axis=1)
    uses = periods * (1 + bool(made.limits.capacity))
    return best[:, None] - left, float(price @ bound[order:] + best.sum()), price[:uses]


def _limits(made: Programme):
    """What the search needs of the limits: uses (option, start, use), what there is of them, and who needs whom."""
    options, within = made.options, made.limits
    used, most = made.use(options.planned_cost), np.array(within.budget)
    if within.carry_over:
        used, most = used.cumsum(axis=0), most.cumsum()
    if within.capacity:
        used, most = np.concatenate([used, made.use(options.people)]), np.concatenate([most, within.capacity])
    at = {name: i for i, name in enumerate(options.names)}
    needs = [[at[other] for other in options.requires.get(name, ())] for name in options.names]
    wanted = [[j for j, own in enumerate(needs) if i in own] for i in range(len(needs))]
    apart = [[at[other] for other in options.excludes.get(name, ())] for name in options.names]
    width = max(1, *(len(a) + len(b) + len(c) for a, b, c in zip(needs, wanted, apart, strict=True)))
    others, ends = np.zeros((len(needs), width), int), np.zeros((len(needs), 3), int)
    for i, lists in enumerate(zip(needs, wanted, apart, strict=True)):
        flat = [j for own in lists for j in own]
        others[i, : len(flat)] = flat
        ends[i] = np.cumsum([len(own) for own in lists])
    uses = np.ascontiguousarray(used.transpose(1, 2, 0))
    return uses, most + 1e-9 * np.maximum(1, most), others, ends, made.lag


@cache
def _search():
    """The compiled search; numba is only loaded when a plan of each draw is asked for."""
    from numba import njit

    return njit(cache=True)(_depth_first)


def _depth_first(order, choices, count, short, value, bound, uses, most, others, ends, lag, prices, room, limit):
    """Walk through all plans whose shortfalls stay below `room`, the smallest first.

    Returns
    -------
    whether a plan was found that is better than the one known, its starts (−2 first where none was), steps taken
    """
    n, rows = len(order), len(most)
    at = np.zeros(n + 1, np.int64)
    start = np.full(n, _OPEN)
    best = np.full(n, _OPEN)
    fallen, left = np.zeros(n + 1), np.zeros((n + 1, rows))
    left[0] = most
    spare = np.zeros((n + 1, rows))  # the most that what is not decided yet can use
    for d in range(n - 1, -1, -1):
        i = order[d]
        spare[d] = spare[d + 1]
        for r in range(rows):
            largest = 0.0
            for k in range(count[i]):
                if choices[i, k] >= 0 and uses[i, choices[i, k], r] > largest:
                    largest = uses[i, choices[i, k], r]
            spare[d, r] += largest
    d, steps, found = 0, 0, False
    while d >= 0:
        if d == n:
            # what is left of scarce means falls short too, so the value itself is taken
            missed = bound
            for i in range(n):
                if start[i] >= 0:
                    missed -= value[i, start[i]]
            if missed < room:
                room, found = missed, True
                best[:] = start
            d -= 1
            start[order[d]] = _OPEN
            at[d] += 1
            continue
        i = order[d]
        down = False
        while at[d] < count[i]:
            k = at[d]
            s = choices[i, k]
            if fallen[d] + short[i, k] >= room:
                break
            good = True
            for q in range(ends[i, 0]):
                j = others[i, q]
                if start[j] != _OPEN and s >= 0 and (start[j] < 0 or start[j] + lag[j] > s):
                    good = False
            for q in range(ends[i, 0], ends[i, 1]):
                j = others[i, q]
                if start[j] >= 0 and (s < 0 or s + lag[i] > start[j]):
                    good = False
            for q in range(ends[i, 1], ends[i, 2]):
                if start[others[i, q]] >= 0 and s >= 0:
                    good = False
            missed = fallen[d] + short[i, k]
            if good:
                for r in range(rows):
                    rest = left[d, r] - (uses[i, s, r] if s >= 0 else 0.0)
                    if rest < 0:
                        good = False
                        break
                    left[d + 1, r] = rest
                    if rest > spare[d + 1, r]:
                        missed += prices[r] * (rest - spare[d + 1, r])
            if good and missed < room:
                steps += 1
                if steps > limit:
                    return found, best, steps
                fallen[d + 1] = fallen[d] + short[i, k]
                start[i] = s
                d += 1
                at[d] = 0
                down = True
                break
            at[d] += 1
        if not down:
            d -= 1
            if d >= 0:
                start[order[d]] = _OPEN
                at[d] += 1
    return found, best, steps
