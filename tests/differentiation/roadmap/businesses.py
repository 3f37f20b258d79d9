"""Options to choose from in tests: random ones, and the plans that they allow, one by one."""

from itertools import product

import numpy as np

from cxlab.differentiation.roadmap.options import options_of
from cxlab.differentiation.roadmap.programme import Limits


def some_options(seed, *, options=6, draws=40, chains=0.4, excludes=0.2):
    """Random options, each of which may need or exclude earlier ones."""
    rng = np.random.default_rng(seed)
    cost = rng.uniform(1, 10, options).round(2)
    npv = rng.normal(rng.normal(2, 4, options), 3, (draws, options))
    names = [f"o{i}" for i in range(options)]
    linked = [(i, int(rng.integers(i)), rng.random()) for i in range(1, options)]
    return options_of(
        names, npv, cost, months=rng.integers(0, 8, options), people=rng.uniform(0, 3, options),
        earliest=rng.integers(0, 2, options),
        requires={names[i]: [names[j]] for i, j, p in linked if p < chains},
        excludes={names[i]: [names[j]] for i, j, p in linked if p > 1 - excludes},
    )  # fmt: skip


def all_plans(options, limits):
    """Every plan that keeps the limits, checked in the plainest way: one rule after another."""
    n, periods = len(options.names), limits.periods
    at = {name: i for i, name in enumerate(options.names)}
    lag = np.ceil(options.months / limits.months).astype(int)
    plans = []
    for starts in product(range(-1, periods), repeat=n):
        spent, work = np.zeros(periods), np.zeros(periods)
        good = True
        for i, start in enumerate(starts):
            if start < 0:
                continue
            good &= start >= options.earliest[i]
            for other in options.requires.get(options.names[i], ()):
                good &= 0 <= starts[at[other]] <= start - lag[at[other]]
            good &= all(starts[at[other]] < 0 for other in options.excludes.get(options.names[i], ()))
            for t in range(start, periods):
                begin, end = ((t - start) * limits.months, (t - start + 1) * limits.months)
                if t == periods - 1:  # a plan pays for what it begins
                    end = max(end, options.months[i])
                months = options.months[i]
                part = float(t == start) if months == 0 else (min(end, months) - min(begin, months)) / months
                spent[t] += part * options.planned_cost[i]
                work[t] += part * options.people[i]
        budget = np.array(limits.budget)
        over = spent.cumsum() - budget.cumsum() if limits.carry_over else spent - budget
        good &= bool((over <= 1e-9).all())
        if limits.capacity:
            good &= bool((work <= np.array(limits.capacity) + 1e-9).all())
        if good:
            plans.append(starts)
    return np.array(plans)


def limits(periods=2, *, budget=8.0, capacity=3.0, carry_over=True):
    return Limits((budget,) * periods, (capacity,) * periods, carry_over=carry_over, months=4)
