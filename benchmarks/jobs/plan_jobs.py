"""Plans of single draws: by cxlab, and by HiGHS alone on the same integer programmes."""

from __future__ import annotations

import numpy as np


def a_business(*, options: int = 40, draws: int = 500, seed: int = 0):
    """Options with lumpy costs, a third of which need another; money once, and draws of what they are worth."""
    from cxlab.differentiation.roadmap.options import options_of

    rng = np.random.default_rng(seed)
    cost = rng.lognormal(8.5, 0.8, options).round(0)
    mean = cost * rng.uniform(-0.3, 2.5, options)
    npv = rng.normal(mean, np.abs(mean) * 0.6 + cost * 0.3, (draws, options))
    names = [f"option {i}" for i in range(options)]
    needs = {names[i]: [names[int(rng.integers(i))]] for i in range(1, options) if rng.random() < 0.3}
    return options_of(names, npv, cost, months=rng.integers(0, 10, options), requires=needs)


def plans(clock, *, budget: float, carry_over: bool, alone: int) -> dict:
    """The best plan of each draw within a share of all costs in four quarters; `alone`: by HiGHS, of so many draws."""
    from cxlab.differentiation.roadmap.plan import best_plan, hindsight
    from cxlab.differentiation.roadmap.programme import Limits, solve

    options = a_business()
    limits = Limits((budget * options.planned_cost.sum() / 4,) * 4, carry_over=carry_over, months=3)
    plan = best_plan(options, limits)
    worth = plan.made.worth
    if alone:
        found, bounds = [], []
        with clock:
            for value in worth[:alone]:
                starts, bound = solve(plan.made, value, seconds=10.0)
                found.append(float(plan.made.choices(starts) @ value.ravel()))
                bounds.append(bound)
        value, bounds = np.array(found), np.array(bounds)
    else:
        hindsight(plan, draws=2)  # what compiles when first used
        with clock:
            known = hindsight(plan)
        value, bounds = known.value, known.bounds
    proven = bounds - value <= 1e-6 * np.abs(value)
    return clock.both() | {
        "budget": budget, "carry_over": carry_over, "draws": len(value), "proven": float(proven.mean()),
        "distance": float((bounds - value).clip(0).mean() / value.mean()),
    }  # fmt: skip
