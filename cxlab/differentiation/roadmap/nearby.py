"""A good plan for one draw in a millisecond: taken apart and put together again, as long as that helps.

What it finds is not proven to be the best. It is what the proof in `cxlab.differentiation.roadmap.search` begins with,
and what stands where that proof would take too long.
"""

from __future__ import annotations

import numpy as np
from numba import njit


def improved(limits, value: np.ndarray, short: np.ndarray, plan: np.ndarray, *, rounds: int) -> np.ndarray:
    """A plan that is worth at least as much as the one given.

    Parameters
    ----------
    limits : of `cxlab.differentiation.roadmap.search`
    value : shape (option, period); short : shape (option, 1 + period), how far each choice falls short, infinite where
        it is closed
    plan : shape (option,), keeps the limits
    rounds : how often a part of the plan is taken out and put together anew
    """
    uses, most, others, ends, lag = limits
    return _walk(value, short, np.asarray(plan, np.int64), uses, most, others, ends, lag, rounds)


@njit(cache=True)
def _walk(value, short, plan, uses, most, others, ends, lag, rounds):
    np.random.seed(1)
    n = len(plan)
    best, top = plan.copy(), _worth(plan, value)
    here, reached = best.copy(), top
    for turn in range(rounds + 2):
        start = here.copy()
        if turn == 0:  # from nothing, with what falls short least at the prices of the relaxation
            start[:] = -1
        elif turn > 1:
            kept = np.zeros(n, np.bool_)
            if turn % 2:
                _begin(np.random.randint(n), np.random.randint(value.shape[1]), start, kept, short, others, ends, lag)
            else:
                for _ in range(2 + np.random.randint(5)):
                    start[np.random.randint(n)] = -1
            _mend(start, kept, uses, most, others, ends, lag)
        left = most.copy()
        for i in range(n):
            if start[i] >= 0:
                left -= uses[i, start[i]]
        if (left < 0).any():
            continue
        if turn != 1:
            _fill(start, left, value, short, uses, others, ends, lag)
        _climb(start, left, value, short, uses, others, ends, lag)
        worth = _worth(start, value)
        # a little worse is gone on from, so that what lies behind it is seen, too
        if turn < 2 or worth > reached - 0.02 * np.random.random() ** 2 * abs(top):
            here, reached = start.copy(), worth
        if worth > top + 1e-9 * max(1.0, abs(top)):
            best, top = start.copy(), worth
            here, reached = start.copy(), worth
        elif turn % 100 == 0:
            here, reached = best.copy(), top
    return best


@njit(cache=True)
def _begin(i, s, start, kept, short, others, ends, lag):
    """Start an option in a period or the next open one, and before it what it needs, whatever room there is."""
    periods = short.shape[1] - 1
    while s < periods and not np.isfinite(short[i, s + 1]):
        s += 1
    if s == periods:
        return
    start[i], kept[i] = s, True
    for q in range(ends[i, 0]):
        j = others[i, q]
        by = s - lag[j]
        if 0 <= start[j] <= by:
            kept[j] = True
            continue
        first = 0
        while first < periods and not np.isfinite(short[j, first + 1]):
            first += 1
        if first <= by:
            _begin(j, first, start, kept, short, others, ends, lag)


@njit(cache=True)
def _mend(start, kept, uses, most, others, ends, lag):
    """Take out what needs what is gone, and at random what there is no room for."""
    n = len(start)
    for _ in range(2 * n):
        changed = True
        while changed:
            changed = False
            for i in range(n):
                if start[i] >= 0 and not _fits(i, start[i], start, others, ends, lag):
                    start[i], changed = -1, True
        left = most.copy()
        for i in range(n):
            if start[i] >= 0:
                left -= uses[i, start[i]]
        if (left >= 0).all():
            return
        out = np.random.randint(n)
        for k in range(n):
            i = (out + k) % n
            over = False
            for r in range(len(left)):
                over |= left[r] < 0 and start[i] >= 0 and uses[i, start[i], r] > 0
            if over and not kept[i]:
                start[i] = -1
                break


@njit(cache=True)
def _worth(start, value):
    total = 0.0
    for i in range(len(start)):
        if start[i] >= 0:
            total += value[i, start[i]]
    return total


@njit(cache=True)
def _fits(i, s, start, others, ends, lag):
    """Whether option i may start in s (never: -1) beside all others of the plan."""
    for q in range(ends[i, 0]):
        j = others[i, q]
        if s >= 0 and (start[j] < 0 or start[j] + lag[j] > s):
            return False
    for q in range(ends[i, 0], ends[i, 1]):
        j = others[i, q]
        if start[j] >= 0 and (s < 0 or s + lag[i] > start[j]):
            return False
    beside = False
    for q in range(ends[i, 1], ends[i, 2]):
        beside |= start[others[i, q]] >= 0 and s >= 0
    return not beside


@njit(cache=True)
def _room(i, s, j, start, left, uses):
    """Whether option i may change to s, and j (−1: none) leave, within all limits."""
    for r in range(len(left)):
        rest = left[r]
        if start[i] >= 0:
            rest += uses[i, start[i], r]
        if j >= 0:
            rest += uses[j, start[j], r]
        if s >= 0:
            rest -= uses[i, s, r]
        if rest < 0:
            return False
    return True


@njit(cache=True)
def _fill(start, left, value, short, uses, others, ends, lag):
    """Begin what is worth its price, the surest first; what needs others fits only once they are in."""
    n, periods = value.shape
    blur = np.random.random(n * periods) * 1e-3 * np.abs(value).max()
    order = np.argsort(short[:, 1:].copy().ravel() + blur)
    for _ in range(3):
        for k in order:
            i, s = k // periods, k % periods
            if start[i] < 0 and short[i, s + 1] <= short[i, 0] and _fits(i, s, start, others, ends, lag):  # noqa: SIM102
                if _room(i, s, -1, start, left, uses):
                    start[i] = s
                    left -= uses[i, s]


@njit(cache=True)
def _climb(start, left, value, short, uses, others, ends, lag):
    """Change one choice, or one while another leaves, as long as that gains."""
    n, periods = value.shape
    tiny = 1e-9 * max(1.0, np.abs(value).max())
    gained = True
    while gained:
        gained = False
        for i in range(n):
            for j in range(-1, n):
                if j >= 0 and (j == i or start[j] < 0 or not _fits(j, -1, start, others, ends, lag)):
                    continue
                lost = value[i, start[i]] if start[i] >= 0 else 0.0
                was = start[j] if j >= 0 else -1
                lost += value[j, was] if j >= 0 else 0.0
                most, at = lost + tiny, -2
                for s in range(-1, periods):
                    worth = value[i, s] if s >= 0 else 0.0
                    if worth <= most or (s >= 0 and not np.isfinite(short[i, s + 1])):
                        continue
                    if not _room(i, s, j, start, left, uses):
                        continue
                    if j >= 0:
                        start[j] = -1
                    if _fits(i, s, start, others, ends, lag):
                        most, at = worth, s
                    if j >= 0:
                        start[j] = was
                if at == -2:
                    continue
                gained = True
                if start[i] >= 0:
                    left += uses[i, start[i]]
                if j >= 0:
                    left += uses[j, was]
                    start[j] = -1
                start[i] = at
                if at >= 0:
                    left -= uses[i, at]
