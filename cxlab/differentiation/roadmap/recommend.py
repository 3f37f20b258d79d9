"""What is recommended: the plan with its value and chance of loss, when each part starts, and who watches what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.differentiation.charts.plan import draw_plan, draw_roadmap
from cxlab.differentiation.returns.initiative import Values
from cxlab.differentiation.returns.worth import made_up
from cxlab.differentiation.roadmap.plan import Plan
from cxlab.differentiation.roadmap.stopping import carried, carrying, month_of, stop_rules, stop_words
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, listed, money, number, share, span

_OWNER = "owner"
#: chance of loss from which a plan is no longer recommended without a word
_RISKY = 0.25


def recommended_plan(
    plan: Plan, values: Values, *, level: float = 0.9, left_out: Sequence[str] = (), assumed: str = ""
) -> Finding:
    """Which initiatives come first, what they bring together, and how likely that is a loss.

    Parameters
    ----------
    plan : the best one
    values : what its options are worth
    level : coverage of the interval
    left_out : rows of the file that cannot be options, each with its reason
    assumed : how effects are taken to hang together, as a sentence

    Returns
    -------
    Finding "differentiation.plan", one row: initiatives (count), options (count), value, low, high (money of today,
        over the horizon), level, p_loss (value below 0), cost (money once, expected), budget (money in all), work
        (person-months)
    """
    currency, n, years = values.terms.currency, len(plan.value), span(values.terms.years, "year")
    value = plan.value
    known = spread(value, level)
    chosen = [values.position(name) for name in plan.chosen]
    p_loss = float((value < 0).mean())
    limits, options = plan.made.limits, plan.made.options
    row = {
        "initiatives": len(chosen), "options": len(options.names), "value": float(known.mean),
        "low": float(known.quantiles[0]), "high": float(known.quantiles[1]), "level": level, "p_loss": p_loss,
        "cost": float(options.planned_cost[chosen].sum()), "budget": float(sum(limits.budget)),
        "work": float(options.people[chosen].sum()),
    }  # fmt: skip
    ends = interval(money(row["low"], currency), money(row["high"], currency), level=level)
    months = count(limits.periods * limits.months)
    error = {"value": float(known.mean_error), "low": float(known.quantile_error[0]),
             "high": float(known.quantile_error[1]), "p_loss": _chance_error(p_loss, n)}  # fmt: skip
    return Finding(
        name="differentiation.plan",
        title=_title(plan, row, currency, years),
        text=(
            f"{_which(plan)}{_left_out(left_out)}. {'Together they bring' if len(chosen) > 1 else 'It brings'} "
            f"{money(row['value'], currency)} "
            f"of today's money over {years} {ends} for {money(row['cost'], currency)} spent once, of a budget of "
            f"{money(row['budget'], currency)} over {months} months; the probability of a loss is {chance_of(p_loss)}. "
            f"{assumed + ' ' * bool(assumed)}{_changing(plan, values)}{made_up(values)}"
            if chosen
            else f"None of {count(len(options.names))} options is expected to bring more than it costs within the "
            f"budget of {money(row['budget'], currency)}: keep the money{_left_out(left_out)}. "
            f"{_changing(plan, values)}"
        ),
        table=pd.DataFrame([row]),
        units={"initiatives": "count", "options": "count", "value": "money", "low": "money", "high": "money",
               "level": "share", "p_loss": "share", "cost": "money", "budget": "money", "work": "person-months"},
        checks=(plan.check, *_checks(plan, values, p_loss)),
        monte_carlo_error=pd.DataFrame([error]),
        draw=lambda ax: draw_plan(ax, value, level=level, currency=currency),
        caption=_caption(values, level, n),
        keys=(
            Key(money(row["value"], currency), f"expected of the plan over {years}, {level * 100:g} % "
                f"{money(row['low'], currency)} to {money(row['high'], currency)}"),
            Key(chance_of(p_loss), "probability that the plan loses money"),
            Key(money(row["cost"], currency), f"spent once, of {money(row['budget'], currency)}"),
        ),
        currency=currency,
    )  # fmt: skip


def roadmap(plan: Plan, values: Values, *, level: float = 0.9) -> Finding:
    """When each initiative of the plan starts, and what it brings by itself.

    Returns
    -------
    Finding "differentiation.roadmap", a row an initiative of the plan in the order of starts: name, from_month,
        to_month
        (of its work; months from now), cost (money once, expected), work (person-months), npv, npv_low, npv_high
        (money,
        started then), p_pays, owner, evidence
    """
    currency, limits, options = values.terms.currency, plan.made.limits, plan.made.options
    rows, errors = [], []
    for name in plan.chosen:
        at = options.at(name)
        start = int(plan.starts[at])
        npv = plan.made.options.later[:, at, start] if options.later is not None else options.npv[:, at]
        n = len(npv)
        known = spread(npv, level)
        pays = float((npv > 0).mean())
        rows.append({
            "name": name, "from_month": start * limits.months + 1,
            "to_month": start * limits.months + max(float(options.months[at]), 1.0),
            "cost": float(options.planned_cost[at]), "work": float(options.people[at]), "npv": float(known.mean),
            "npv_low": float(known.quantiles[0]), "npv_high": float(known.quantiles[1]), "p_pays": pays,
            "owner": options.word("owner")[at] or _OWNER, "evidence": options.word("evidence")[at] or "guess",
        })  # fmt: skip
        errors.append({"npv": float(known.mean_error), "npv_low": float(known.quantile_error[0]),
                       "npv_high": float(known.quantile_error[1]),
                       "p_pays": _chance_error(pays, n)})  # fmt: skip
    columns = ["name", "from_month", "to_month", "cost", "work", "npv", "npv_low", "npv_high", "p_pays", "owner",
               "evidence"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    periods = count(limits.periods)
    first = table.head(1)["name"].tolist()
    spent = money(float(table["cost"].sum()), currency)
    return Finding(
        name="differentiation.roadmap",
        title=f"{first[0]} comes first, {count(len(table))} of {count(len(options.names))} options in {periods} periods"
        if first else f"Nothing is started in {periods} periods",
        text=(
            f"In the order of starts: {', '.join(table['name'])}. They take {spent}{_people(table, limits)}; each is "
            f"worth what stands beside it, {level * 100:g} % intervals, by itself and started then."
            if first else "The budget is kept."
        ),
        table=table,
        units={"from_month": "months", "to_month": "months", "cost": "money", "work": "person-months", "npv": "money",
               "npv_low": "money", "npv_high": "money", "p_pays": "share"},
        checks=(plan.check, *_checks(plan, values, float((plan.value < 0).mean()))),
        monte_carlo_error=pd.DataFrame(errors, columns=["npv", "npv_low", "npv_high", "p_pays"]),
        draw=(lambda ax: draw_roadmap(ax, table, _left(plan), months=limits.months, currency=currency)) if first else
        None,
        caption=_caption(values, level, len(values.costs)),
        currency=currency,
    )  # fmt: skip


def milestones(plan: Plan, *, noise: float = 0.5) -> Finding:
    """Who watches what of each initiative of the plan, when to look, and when to stop.

    Parameters
    ----------
    noise : of the measured effect, see `cxlab.differentiation.roadmap.stopping.stop_rules`

    Returns
    -------
    Finding "differentiation.milestones", a row an initiative of the plan: measure, start, check (months from now),
        owner, kpi, alarm (limit of the KPI, or of the added margin where none is stated, at which somebody looks, and
        what the owner would stop at), stop (the one rule that ends it), limit (measured effect, money a year, below
        which going on costs more than it brings; −∞: never, ∞: whatever is measured)
    """
    options, limits = plan.made.options, plan.made.limits
    rules = stop_rules(plan, noise=noise).table if plan.chosen else pd.DataFrame()
    rows = []
    for rule in rules.itertuples():
        at = options.at(rule.name)
        alarm, own = options.word("alarm")[at], options.word("stop")[at]
        others = carried(plan, rule.name)
        half = f"added margin on the way to less than {money(rule.expected / 2, options.currency)} a year"
        rows.append({
            "measure": rule.name, "start": f"month {count(plan.starts[at] * limits.months + 1)}",
            "check": f"month {month_of(rule.check)}", "owner": rule.owner, "kpi": rule.kpi,
            "alarm": "; also: ".join(filter(None, [alarm or half, own[:1].lower() + own[1:]])),
            "stop": stop_words(rule, options.currency) + (f" {carrying(others)}" if others else ""),
            "limit": rule.alarm,
        })  # fmt: skip
    columns = ["measure", "start", "check", "owner", "kpi", "alarm", "stop", "limit"]
    table = pd.DataFrame(rows, columns=columns)
    return Finding(
        name="differentiation.milestones",
        title="Who watches what, and when to stop" if rows else "There is nothing to watch",
        text=(
            "Each initiative has somebody who answers for it, a figure that is watched, limits at which one looks, "
            "and one rule that ends it: what the owner would stop at gives early notice with the other limits, the "
            "added margin decides. Money that is spent already does not count."
        ),
        table=table,
        units={"limit": "money"},
        currency=options.currency,
    )


def _people(table: pd.DataFrame, limits) -> str:
    """The work of the plan in a sentence, of what there is of it; nothing where nobody stated any."""
    work = float(table["work"].sum())
    if not work > 0 and not limits.capacity:
        return ""
    of = f" of {number(float(sum(limits.capacity)), digits=2)}" if limits.capacity else ""
    return f" and {number(work, digits=2)}{of} person-months"


def _chance_error(chance: float, draws: int) -> float:
    """Monte-Carlo error of a share of draws, never below one draw."""
    return max(1 / draws, float(np.sqrt(chance * (1 - chance) / draws)))


def _left(plan: Plan) -> np.ndarray:
    """Money used by the end of each period beside what was there, shape (period, 2)."""
    limits, options = plan.made.limits, plan.made.options
    used = plan.made.spending(plan.starts, options.planned_cost)
    return np.column_stack([used, np.array(limits.budget)])


def _title(plan: Plan, row: dict, currency: str, years: str) -> str:
    if not plan.chosen:
        return "None of the options is worth its money"
    sure = f"a loss is {'unlikely' if row['p_loss'] < 0.1 else 'possible'} ({chance_of(row['p_loss'])})"
    return f"Start with {listed(plan.chosen[:2])}: the plan brings {money(row['value'], currency)} over {years}; {sure}"


def _which(plan: Plan) -> str:
    return f"Of {count(len(plan.made.options.names))} options the plan takes {listed(plan.chosen)}"


def _left_out(rows: Sequence[str]) -> str:
    """What of the file is no option, to follow what was chosen among the rest in the same sentence."""
    if not rows:
        return ""
    be = "is" if len(rows) == 1 else "are"
    return f"; {count(len(rows))} more of the file {be} left out, to be mended there: {listed(rows, 5)}"


def _changing(plan: Plan, values: Values) -> str:
    """What would change our mind: the part of the plan that loses its place first when effects are smaller."""
    found = []
    for name in plan.chosen:
        i = values.position(name)
        spent = float((values.costs[:, i] @ values.terms.factors).mean())
        worth = float((values.benefits[:, i] @ values.terms.factors).mean())
        if worth > 0:
            found.append((spent / worth, name))
    if found:
        even, name = max(found)
        return (
            f"What would change our mind: {name} no longer earns its cost where its effect is below {share(even)} of "
            f"what "
            "is expected."
        )
    best = int(np.argmax(values.npv.mean(0)))
    return (
        f"What would change our mind: {values.names[best]}, the best of them, is expected at "
        f"{money(float(values.npv.mean(0)[best]), values.terms.currency)}; a cheaper offer or a pilot that shows more."
    )


def _checks(plan: Plan, values: Values, p_loss: float) -> tuple[Check, ...]:
    evidence = [values.initiatives[values.position(name)].evidence for name in plan.chosen]
    cost = [float(values.cost[:, values.position(name)].mean()) for name in plan.chosen]
    guessed = sum(c for c, e in zip(cost, evidence, strict=True) if e in ("", "guess"))
    part = guessed / sum(cost) if sum(cost) else 0.0
    return (
        Check("probability that the plan loses", p_loss <= _RISKY, share(p_loss), f"≤ {share(_RISKY)}",
              "Pilot what carries the doubt before the money is spent."),
        Check("share of the money spent on guesses", part <= 0.5, share(part), "≤ 50 %",
              "Try these small first; the plan is no better than what is believed of them."),
    )  # fmt: skip


def _caption(values: Values, level: float, n: int) -> str:
    made_up = " (simulated)" if values.simulated else ""
    kinds = sorted({o.evidence or "guess" for o in values.initiatives})
    how = (
        "What initiatives share is counted once; the plan is the best of those looked at, not proven."
        if values.overlap.any() else "Exact optimisation of the expected net present value."
    )  # fmt: skip
    return (
        f"n = {count(n)} draws of {count(len(values.names))} options; {values.terms.currency or 'money'} of today over "
        f"{values.terms.words}; {level * 100:g} % intervals; source: initiatives{made_up}, effects from "
        f"{', '.join(kinds)}. {how}"
    )
