"""How sure a plan is: how often each option is part of the best plan, why the others are not, what the budget holds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.roadmap.aside import reasons
from cxlab.differentiation.roadmap.plan import Hindsight, Plan
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Finding, Key
from cxlab.intervals import share_interval
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, listed, money, number, share

_MONEY = ("cost", "npv", "npv_low", "npv_high")
_SHARES = ("p_loss", "p_in_best", "p_low", "p_high")
#: part of the draws from which an option is sure to belong to a plan, and from which it nearly does
_SURE, _NEAR = 0.7, 0.3


def robustness(known: Hindsight, *, level: float = 0.9) -> Finding:
    """How often each option is part of the best plan, were its draw the truth, and why it is or is not undertaken.

    Parameters
    ----------
    known : of `hindsight`
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.robustness", a row an option, in the order of their starts, what is not undertaken last:
        name, start, end (months from now; missing where not undertaken), period (1, 2, …; 0: not undertaken), cost
        (expected), npv, npv_low, npv_high (started then, or now where not undertaken), p_loss, p_in_best (share of
        draws in whose best plan it is), p_low, p_high (its interval, from few draws), people (person-months), requires,
        why (why it is or is not undertaken), level, evidence
    """
    check_level(level)
    plan, made = known.plan, known.plan.made
    options, limits = made.options, made.limits
    worth = _own_values(plan)
    found = spread(worth, level)
    begun = plan.starts >= 0
    start = np.where(begun, plan.starts * limits.months, np.nan)
    ends = share_interval(known.chosen * len(known.draws), len(known.draws), level=level)
    table = pd.DataFrame({
        "name": options.names, "start": start, "end": start + options.months, "period": plan.starts + 1,
        "cost": options.planned_cost, "npv": found.mean, "npv_low": found.quantiles[0], "npv_high": found.quantiles[1],
        "p_loss": (worth < 0).mean(axis=0), "p_in_best": known.chosen, "p_low": ends[0],
        "p_high": ends[1], "people": options.people,
        "requires": [", ".join(options.requires.get(name, ())) for name in options.names],
        "why": reasons(plan),
    } | {column: options.word(column) for column in ("level", "evidence")})  # fmt: skip
    p, n = table["p_in_best"], len(known.draws)
    error = pd.DataFrame({
        "npv": found.mean_error, "npv_low": found.quantile_error[0], "npv_high": found.quantile_error[1],
        "p_loss": np.sqrt(table["p_loss"] * (1 - table["p_loss"]) / options.draws).clip(1 / options.draws),
        **dict.fromkeys(("p_in_best", "p_low", "p_high"), np.maximum(np.sqrt(p * (1 - p) / n), 1 / n)),
        "cost": options.cost.std(axis=0) / np.sqrt(options.draws),
    })  # fmt: skip
    table["_last"] = ~begun
    order = table.sort_values(["_last", "start", "p_in_best", "npv"], ascending=[True, True, False, False],
                              kind="stable").index  # fmt: skip
    table, error = (frame.loc[order].reset_index(drop=True) for frame in (table.drop(columns="_last"), error))
    loss = float((plan.value < 0).mean())
    currency = options.currency
    return Finding(
        name="differentiation.robustness",
        title=_title(table),
        text=_text(table, known, loss),
        table=table,
        units=dict.fromkeys(_MONEY, "money") | dict.fromkeys(_SHARES, "share") | {
            "start": "months", "end": "months", "people": "person-months"},
        checks=(plan.check, known.check),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table),
        caption=(
            f"n = {count(options.draws)} draws, best plan of {count(n)} of them; {currency or 'money'} of today; "
            f"{level * 100:g} % intervals; {limits.periods} periods of {number(limits.months, digits=2)} months. "
            f"Source: {'simulated ' if options.simulated else ''}table of initiatives. Integer programme, solved to "
            "proven optimality where its check holds."
        ),
        keys=tuple(
            Key(share(row.p_in_best), f"of draws have {row.name} in their best plan")
            for row in table[table["period"] > 0].nlargest(1, "p_in_best").itertuples(index=False)
        ),
        currency=currency,
    )  # fmt: skip


def budget_use(plan: Plan, *, level: float = 0.9) -> Finding:
    """What the plan uses of budget and capacity in each period.

    Returns
    -------
    Finding "differentiation.budget_use", a row a period: period, budget (of the period), available (with what was left
        over, where that may be spent), spent, spent_low, spent_high, left, p_over (chance that costs exceed what is
        available), capacity, work (person-months; capacity missing where there is no limit)
    """
    check_level(level)
    made = plan.made
    options, limits = made.options, made.limits
    spent = made.spending(plan.starts, options.cost)
    planned = made.spending(plan.starts, options.planned_cost)
    budget = np.array(limits.budget)
    before = np.concatenate([[0.0], (budget - planned).cumsum()[:-1]]) if limits.carry_over else 0.0
    available = budget + before
    found = spread(spent, level)
    over = spent.cumsum(axis=1) > budget.cumsum() * (1 + 1e-9) if limits.carry_over else spent > budget * (1 + 1e-9)
    table = pd.DataFrame({
        "period": np.arange(limits.periods) + 1, "budget": budget, "available": available, "spent": found.mean,
        "spent_low": found.quantiles[0], "spent_high": found.quantiles[1], "left": available - planned,
        "p_over": over.mean(axis=0), "capacity": limits.capacity or np.nan,
        "work": made.spending(plan.starts, options.people),
    })  # fmt: skip
    error = pd.DataFrame({
        "spent": found.mean_error, "spent_low": found.quantile_error[0], "spent_high": found.quantile_error[1],
        "p_over": np.sqrt(table["p_over"] * (1 - table["p_over"]) / options.draws), "left": found.mean_error,
        "available": found.mean_error,
    })  # fmt: skip
    currency = options.currency
    tight = table.loc[table["p_over"].idxmax()]
    total = f"{money(table['spent'].sum(), currency)} of {money(budget.sum(), currency)}"
    return Finding(
        name="differentiation.budget_use",
        title=f"The roadmap uses {total}" if budget.sum() else "There is no budget to use",
        text=(
            f"The roadmap is expected to use {total} over {count(limits.periods)} periods. "
            + (f"Costs are uncertain: in period {int(tight['period'])} they exceed what is there with a probability of "
               f"{chance_of(tight['p_over'])}; keep that much in reserve or agree on what waits then."
               if tight["p_over"] > 0 else "Costs stay within the budget in every draw.")
        ),
        table=table,
        units=dict.fromkeys(("budget", "available", "spent", "spent_low", "spent_high", "left"), "money")
        | {"p_over": "share", "capacity": "person-months", "work": "person-months"},
        monte_carlo_error=error,
        caption=f"n = {count(options.draws)} draws; {currency or 'money'}; {level * 100:g} % intervals.",
        currency=currency,
    )  # fmt: skip


def _own_values(plan: Plan) -> np.ndarray:
    """Value of each option alone, started as planned, or now where it is not undertaken; shape (draw, option)."""
    at = np.maximum(plan.starts, 0)
    return np.take_along_axis(plan.made.worth, at[None, :, None], axis=2)[:, :, 0]


def _title(table: pd.DataFrame) -> str:
    chosen = table[table["period"] > 0]
    if chosen.empty:
        return "Nothing should be undertaken within these limits"
    sure = chosen[chosen["p_in_best"] >= _SURE]
    if sure.empty:
        return f"No part of the plan is best in {share(_SURE)} of what may be true"
    return (
        f"{listed(sure['name'].tolist()[:3])}{' and others' if len(sure) > 3 else ''} "
        f"{'belongs' if len(sure) == 1 else 'belong'} to the best plan in {share(_SURE)} or more of what may be true"
    )


def _text(table: pd.DataFrame, known: Hindsight, loss: float) -> str:
    chosen, left = table[table["period"] > 0], table[table["period"] == 0]
    said = [
        f"The best plan was found again for each of {count(len(known.draws))} draws, as if it were the truth, under "
        f"the same limits. {count(len(chosen))} of {count(len(table))} options are in the plan; together they lose "
        f"money with a probability of {chance_of(loss)}."
    ]
    if len(chosen):
        ranked = chosen.sort_values("p_in_best")
        weak, strong = ranked.iloc[0], ranked.iloc[-1]
        said.append(f"Surest is {strong['name']}, best in {share(strong['p_in_best'])} of draws.")
        if weak["p_in_best"] < _SURE:
            said.append(
                f"What would change our mind: {weak['name']} is in the best plan of only {share(weak['p_in_best'])}; "
                "learn more about it before it starts."
            )
    near = left[left["p_in_best"] >= _NEAR].sort_values("p_in_best", ascending=False)
    if len(near):
        said.append(
            f"Left out, yet best in {share(near['p_in_best'].iloc[0])} of draws: {near['name'].iloc[0]} "
            f"({near['why'].iloc[0]})."
        )
    if known.plan.made.options.simulated:
        said.append("These initiatives are simulated.")
    return " ".join(said)


def _draw(ax, table: pd.DataFrame):
    from cxlab.differentiation.charts.roadmap import draw_robustness

    return draw_robustness(ax, table)
