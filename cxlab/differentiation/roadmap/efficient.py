"""Efficient frontier: value against budget with the worth of the next euro, and value against risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.worth import made_up
from cxlab.differentiation.roadmap.plan import Plan, best_plan
from cxlab.errors import ParameterError
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, money, number

FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
#: worth of one more unit of money, beyond itself, below which it is not worth asking for
_LITTLE = 0.05


def budget_frontier(
    plan: Plan, *, factors: Sequence[float] = FACTORS, level: float = 0.9, seconds: float = 20.0
) -> Finding:
    """What the best plan is worth with less and with more money.

    Parameters
    ----------
    factors : of the budget of every period
    seconds : for each budget

    Returns
    -------
    Finding "differentiation.frontier", a row a budget: factor, budget (of all periods), value, value_low, value_high
        (of the best plan), p_loss, initiatives, next (what one more unit of money brings on top of itself, from here
        to the next budget; missing in the last row), added, dropped (names, against the row before)

    Notes
    -----
    The worth of the next euro is a difference between two proven optima. It is not a price from a relaxation, which
    would be wrong where an option is undertaken as a whole or not at all.
    """
    check_level(level)
    factors = sorted({float(f) for f in factors} | {1.0})
    if not all(np.isfinite(f) and f >= 0 for f in factors):
        raise ParameterError(f"factors = {factors}.", expected="numbers, 0 or more")
    made, options = plan.made, plan.made.options
    if not sum(made.limits.budget) > 0:
        raise ParameterError("there is no budget to take more or less of.", expected="a budget above 0")
    plans = [
        plan if f == 1 else
        best_plan(options, replace(made.limits, budget=tuple(f * b for b in made.limits.budget)), seconds=seconds)
        for f in factors
    ]  # fmt: skip
    values = np.stack([p.value for p in plans], axis=1)
    n = len(values)
    found = spread(values, level)
    budget = np.array(factors) * sum(made.limits.budget)
    names = [set(p.chosen) for p in plans]
    table = pd.DataFrame({
        "factor": factors, "budget": budget, "value": found.mean, "value_low": found.quantiles[0],
        "value_high": found.quantiles[1], "p_loss": (values < 0).mean(axis=0), "initiatives": [len(c) for c in names],
        "next": np.append(np.diff(found.mean) / np.diff(budget), np.nan),
        "added": ["", *(", ".join(p.chosen[i] for i in range(len(p.chosen)) if p.chosen[i] not in before)
                        for p, before in zip(plans[1:], names, strict=False))],
        "dropped": ["", *(", ".join(sorted(before - own)) for own, before in zip(names[1:], names, strict=False))],
    })  # fmt: skip
    steps = np.diff(values, axis=1) / np.diff(budget)
    error = pd.DataFrame({
        "value": found.mean_error, "value_low": found.quantile_error[0], "value_high": found.quantile_error[1],
        "p_loss": np.maximum(1 / n, np.sqrt(table["p_loss"] * (1 - table["p_loss"]) / n)),
        "next": np.append(steps.std(axis=0) / np.sqrt(n), np.nan),
    })  # fmt: skip
    here, currency = factors.index(1.0), options.currency
    spent = float(options.planned_cost[plan.starts >= 0].sum())
    # what would be left of the money there is, were the plan of the next budget paid from it
    after = plans[min(here + 1, len(plans) - 1)].starts >= 0
    free = float(sum(made.limits.budget) - options.planned_cost[after].sum())
    sooner = f" The plan spends {money(spent, currency)} in all, so it is earlier money that would pay, not more of it."
    own, low, high = (float(table.loc[here, c]) for c in ("value", "value_low", "value_high"))
    return Finding(
        name="differentiation.frontier",
        title=_title(table, here, currency, spent=spent, free=free),
        text=(
            f"With the budget of {money(budget[here], currency)} the best plan is worth {money(own, currency)} "
            f"{interval(money(low, currency), money(high, currency), level=level)}. "
            + _more(table, here, currency)
            + sooner * _earlier(table, here, free=free)
            + made_up(options)
        ),
        table=table,
        units=dict.fromkeys(("budget", "value", "value_low", "value_high"), "money") | {"p_loss": "share"},
        checks=(next((p.check for p in plans if not p.check.passed), plan.check),),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, float(budget[here]), currency),
        caption=f"n = {count(n)} draws; {currency or 'money'} of today; {level * 100:g} % intervals; the best plan for "
        f"each of {count(len(table))} budgets. Source: {'simulated ' if options.simulated else ''}table of "
        "initiatives. Integer programmes.",
        keys=(Key(money(own, currency), f"best plan within {money(budget[here], currency)}"),),
        currency=currency,
    )  # fmt: skip


def _more(table: pd.DataFrame, here: int, currency: str) -> str:
    said = []
    if here + 1 < len(table):
        more = table.iloc[here + 1]
        gain = float(table["next"].iloc[here])
        said.append(
            f"{money(more['budget'] - table['budget'].iloc[here], currency)} more would bring "
            f"{money(more['value'] - table['value'].iloc[here], currency)}, {number(gain, digits=2)} for each unit of "
            f"money on top of itself"
            + (f" ({more['added']})." if more["added"] else ".")
        )  # fmt: skip
    if here:
        less = table.iloc[here - 1]
        said.append(
            f"{money(table['budget'].iloc[here] - less['budget'], currency)} less would lose "
            f"{money(table['value'].iloc[here] - less['value'], currency)}."
        )
    return " ".join(said)


def _earlier(table: pd.DataFrame, here: int, *, free: float) -> bool:
    """Whether the best plan of the next budget would fit into the money of this one, had it come earlier."""
    gain = float(table["next"].iloc[here]) if here + 1 < len(table) else np.nan
    return gain > _LITTLE and free >= 0


def _title(table: pd.DataFrame, here: int, currency: str, *, spent: float, free: float) -> str:
    gain = float(table["next"].iloc[here]) if here + 1 < len(table) else np.nan
    if _earlier(table, here, free=free):
        left = money(float(table["budget"].iloc[here]) - spent, currency)
        return f"Earlier money would pay, more would not: {left} is left over"
    if gain > _LITTLE:
        return f"More money would pay: each unit brings {number(gain, digits=2)} on top of itself"
    return "More money would bring little" if not np.isnan(gain) else "What the budget is worth"


def risk_frontier(plan: Plan, pool: np.ndarray, *, tail: float = 0.1) -> Finding:
    """Plans none of which is better in both expected value and risk.

    Parameters
    ----------
    pool : shape (plan, option), plans to choose among: `Hindsight.pool`
    tail : share of the worst draws whose mean is the risk of a plan

    Returns
    -------
    Finding "differentiation.risk_frontier", a row a plan, the highest value first: value, worst (mean of the worst
        draws), p_loss, cost, initiatives, plan (names), chosen (whether it is the plan of the highest expected value)
    """
    if not 0 < tail < 1:
        raise ParameterError(f"tail = {tail}.", expected="a share of the draws", mend="tail=0.1")
    made, options = plan.made, plan.made.options
    pool = np.unique(np.vstack([plan.starts, np.full_like(plan.starts, -1), pool]), axis=0)
    values = made.value(pool)
    kept = max(1, int(np.ceil(tail * len(values))))
    worst = np.sort(values, axis=0)[:kept].mean(axis=0)
    mean = values.mean(axis=0)
    order = np.lexsort((-worst, -mean))
    top, front = -np.inf, []
    for k in order:
        if worst[k] > top + 1e-9 or not front:
            front.append(k)
            top = worst[k]
    table = pd.DataFrame([{
        "value": float(mean[k]), "worst": float(worst[k]), "p_loss": float((values[:, k] < 0).mean()),
        "cost": float(options.planned_cost[pool[k] >= 0].sum()), "initiatives": int((pool[k] >= 0).sum()),
        "plan": ", ".join(name for name, s in zip(options.names, pool[k], strict=True) if s >= 0) or "keep the money",
        "chosen": bool((pool[k] == plan.starts).all()),
    } for k in front])  # fmt: skip
    n, currency = len(values), options.currency
    error = pd.DataFrame({
        "value": values[:, front].std(axis=0) / np.sqrt(n),
        "worst": values[:, front].std(axis=0) / np.sqrt(kept),
        "p_loss": np.maximum(1 / n, np.sqrt(table["p_loss"] * (1 - table["p_loss"]) / n)),
    })  # fmt: skip
    first, calm = table.iloc[0], table[table["initiatives"] > 0].tail(1)
    said = (
        f"The plan with the highest expected value brings {money(first['value'], currency)}, and "
        f"{money(first['worst'], currency)} on average in the worst tenth of what may be true."
        if tail == 0.1 else
        f"The plan with the highest expected value brings {money(first['value'], currency)}."
    )  # fmt: skip
    if len(calm) and len(table) > 2:
        row = calm.iloc[0]
        said += f" The calmest that does anything brings {money(row['value'], currency)} ({row['plan']})."
    return Finding(
        name="differentiation.risk_frontier",
        title=f"{count(len(table))} plans trade value for calm" if len(table) > 2
        else "Value and calm go together here",
        text=said + made_up(options),
        table=table,
        units={"value": "money", "worst": "money", "p_loss": "share", "cost": "money"},
        monte_carlo_error=error,
        caption=f"n = {count(n)} draws, {count(len(pool))} plans compared; {currency or 'money'}; risk: mean of the "
        f"worst {tail:.0%} of draws.",
        currency=currency,
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame, budget: float, currency: str):
    from cxlab.differentiation.charts.roadmap import draw_frontier

    return draw_frontier(ax, table, budget=budget, currency=currency)
