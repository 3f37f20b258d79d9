"""Options that a plan does not undertake, each with the one reason that counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.initiative import Values
from cxlab.differentiation.returns.worth import made_up
from cxlab.differentiation.roadmap.plan import Plan
from cxlab.finding import Finding
from cxlab.wording import chance_of, count

_LIKELY = 0.5
PAYS, LOSES, LESS = "pays", "expected to lose", "others bring more for the same means"


def set_aside(plan: Plan, values: Values) -> Finding:
    """What the plan leaves out, and why.

    Parameters
    ----------
    plan : the best one
    values : what its options are worth

    Returns
    -------
    Finding "differentiation.set_aside", a row an option that is not undertaken, the most worth by itself first: name,
        cost (expected, money once), npv (expected, by itself and started now), p_loss (of that), why
    """
    options = plan.made.options
    why = reasons(plan)
    rows = []
    for i, name in enumerate(options.names):
        if plan.starts[i] >= 0:
            continue
        loss = float((options.npv[:, i] < 0).mean())
        rows.append({
            "name": name, "cost": float(options.planned_cost[i]), "npv": float(options.npv[:, i].mean()),
            "p_loss": loss, "why": f"a loss is likely ({chance_of(loss)})" if why[i] == LOSES and loss > _LIKELY
            else why[i],
        })  # fmt: skip
    table = pd.DataFrame(rows, columns=["name", "cost", "npv", "p_loss", "why"])
    table = table.sort_values("npv", ascending=False, kind="stable").reset_index(drop=True)
    positions = [values.position(name) for name in table["name"]]
    n = options.draws
    return Finding(
        name="differentiation.set_aside",
        title=f"{count(len(table))} of {count(len(options.names))} options are set aside" if len(table)
        else "No option is set aside",
        text=(f"Set aside for now: {'; '.join(f'{row.name}: {row.why}' for row in table.itertuples(index=False))}."
              if len(table) else "Every option is part of the plan.")
        + made_up(values),
        table=table,
        units={"cost": "money", "npv": "money", "p_loss": "share"},
        monte_carlo_error=pd.DataFrame({
            "cost": options.cost[:, positions].std(axis=0) / np.sqrt(n),
            "npv": options.npv[:, positions].std(axis=0) / np.sqrt(n),
            "p_loss": np.maximum(1 / n, np.sqrt(table["p_loss"] * (1 - table["p_loss"]) / n)),
        }),
        currency=options.currency,
    )  # fmt: skip


def reasons(plan: Plan) -> list[str]:
    """Why each option is, or is not, undertaken: one reason an option, in the order of the options."""
    options = plan.made.options
    # what an option would bring, started as planned, or now
    worth = plan.made.worth.mean(axis=0)[np.arange(len(options.names)), np.maximum(plan.starts, 0)]
    said = []
    for i, name in enumerate(options.names):
        wanted = [n for n in plan.chosen if name in options.requires.get(n, ())]
        if plan.starts[i] >= 0:
            said.append(f"{', '.join(wanted)} needs it" if worth[i] <= 0 and wanted else PAYS)
        else:
            said.append(_impossible(plan, i) or (LOSES if worth[i] <= 0 else _outdone(plan, i)))
    return said


def _impossible(plan: Plan, i: int) -> str:
    """Why no plan could hold an option; "" where one could."""
    made, options, limits = plan.made, plan.made.options, plan.made.limits
    if made.open[i].any():
        return ""
    if options.planned_cost[i] > sum(limits.budget) * (1 + 1e-12) + 1e-9:
        return "costs more than the whole budget"
    if options.earliest[i] >= limits.periods:
        return "can only start after the plan ends"
    if limits.capacity and options.people[i] > sum(limits.capacity) + 1e-9:
        return "takes more person-months than there are"
    never = [o for o in options.requires.get(options.names[i], ()) if not made.open[options.at(o)].any()]
    if never:
        return f"needs {never[0]}, which does not fit"
    return "does not fit budget, capacity or time"


def _outdone(plan: Plan, i: int) -> str:
    """What stands before an option that would pay by itself."""
    made, options = plan.made, plan.made.options
    name = options.names[i]
    beside = [n for n in plan.chosen if n in options.excludes.get(name, ())]
    if beside:
        return f"excluded by {beside[0]}"
    missing = [o for o in options.requires.get(name, ()) if plan.starts[options.at(o)] < 0]
    if missing:
        return f"needs {missing[0]}, which is set aside"
    if options.shared is not None:
        also = plan.starts.copy()
        also[i] = int(made.open[i].argmax())
        if made.value(also).mean() <= plan.value.mean():
            return "adds nothing to what the others bring"
    return LESS
