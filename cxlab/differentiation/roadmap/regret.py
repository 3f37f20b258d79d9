"""Regret: what simpler rules lose against the best plan under the same limits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.worth import made_up
from cxlab.differentiation.roadmap.options import Options, needed_by
from cxlab.differentiation.roadmap.plan import Plan
from cxlab.differentiation.roadmap.programme import Programme, allowed, solve
from cxlab.errors import ParameterError, unknown
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, money, share

#: what weighted scores usually weigh, each on a scale from the worst option to the best
WEIGHTS = {"value": 0.4, "cost": 0.3, "speed": 0.3}

#: money below which a plan is worth nothing
_NOTHING = 1e-6


def by_ranking(made: Programme, score, *, losing: bool = False) -> np.ndarray:
    """The plan of a rule: options in the order of a score, each as early as limits allow, with what it needs first.

    Parameters
    ----------
    score : shape (option,), larger is better
    losing : whether options that are expected to lose are taken too

    Returns
    -------
    starts, shape (option,)
    """
    options = made.options
    starts = np.full(len(options.names), -1)
    mean = made.worth[:, :, 0].mean(axis=0)
    for i in np.argsort(-np.asarray(score, float), kind="stable"):
        if starts[i] >= 0 or (mean[i] <= 0 and not losing):
            continue
        bundle = [options.at(name) for name in needed_by(options, options.names[i])]
        trial = starts.copy()
        for j in [*_in_order(options, bundle), int(i)]:
            if trial[j] >= 0:
                continue
            at = next((t for t in range(made.limits.periods) if _fits(made, trial, j, t)), None)
            if at is None:
                break
            trial[j] = at
        else:
            starts = trial
    return starts


def _fits(made: Programme, starts: np.ndarray, option: int, period: int) -> bool:
    if not made.open[option, period]:
        return False
    trial = starts.copy()
    trial[option] = period
    return allowed(made, trial)


def _in_order(options: Options, bundle: list[int]) -> list[int]:
    """What is needed first comes first."""
    return sorted(bundle, key=lambda j: len(needed_by(options, options.names[j])))


def rules(plan: Plan, *, weights: Mapping[str, float] | None = None, guess: np.ndarray | None = None):
    """The plans of common rules: rule → starts.

    Parameters
    ----------
    weights : "value", "cost", "speed" → weight of the weighted score (`WEIGHTS`)
    guess : shape (option, period), values with the inputs averaged beforehand; by default the median of the draws
    """
    weights = dict(WEIGHTS if weights is None else weights)
    for name in weights:
        if name not in WEIGHTS:
            raise unknown("weight", name, WEIGHTS)
    if not sum(weights.values()) > 0 or min(weights.values()) < 0:
        raise ParameterError(f"weights = {weights}.", expected="0 or more each, above 0 together")
    made = plan.made
    options = made.options
    mean, cost = made.worth[:, :, 0].mean(axis=0), np.maximum(options.planned_cost, 1e-9)
    yearly = mean + cost if options.effect is None else options.effect.mean(axis=0)
    back = options.months / 12 + np.where(yearly > 0, cost / np.maximum(yearly, 1e-9), np.inf)  # years
    scored = sum(
        weights.get(name, 0) * _scaled(column)
        for name, column in (("value", mean), ("cost", -cost), ("speed", -options.months))
    )
    typical = np.median(made.worth, axis=0) if guess is None else guess
    return {
        "largest value first": by_ranking(made, mean),
        "most value for the money first": by_ranking(made, mean / cost),
        "soonest back first": by_ranking(made, -back),
        "weighted score": by_ranking(made, scored, losing=True),
        "averages put in beforehand": solve(made, typical)[0],
        "cheapest first": by_ranking(made, -cost, losing=True),
    }


def _part(lost: float, whole: float) -> float:
    """A loss as a share of what the best plan is worth; not known where that is nothing."""
    return lost / whole if whole > _NOTHING else float("nan")


def _scaled(x: np.ndarray) -> np.ndarray:
    spread = np.ptp(x)
    return (x - x.min()) / spread if spread > 0 else np.zeros(len(x))


def rule_regret(plan: Plan, *, weights: Mapping[str, float] | None = None, guess=None, level: float = 0.9) -> Finding:
    """What simpler rules lose against the best plan, in the same draws.

    Returns
    -------
    Finding "differentiation.regret", a row a rule, the best rule first: rule, value (expected, of its plan), regret
        (expected loss against the best plan), regret_low, regret_high (over draws; below zero where the rule happens
        to do better), share (of the best plan's value; not known where that is nothing), p_worse (share of draws in
        which it does worse), initiatives (count), same (whether it is the same plan)
    """
    check_level(level)
    made, currency = plan.made, plan.made.options.currency
    best = plan.value
    whole = abs(float(best.mean()))
    rows, errors = [], []
    for rule, starts in rules(plan, weights=weights, guess=guess).items():
        lost = best - made.value(starts)
        found = spread(lost, level)
        rows.append({
            "rule": rule, "value": float(made.value(starts).mean()), "regret": float(found.mean),
            "regret_low": float(found.quantiles[0]), "regret_high": float(found.quantiles[1]),
            "share": _part(float(found.mean), whole), "p_worse": float((lost > 1e-9).mean()),
            "initiatives": int((starts >= 0).sum()), "same": bool((starts == plan.starts).all()),
        })  # fmt: skip
        error = float(made.value(starts).std() / np.sqrt(len(lost)))
        errors.append({"value": error, "regret": float(found.mean_error), "regret_low": float(found.quantile_error[0]),
                       "regret_high": float(found.quantile_error[1]),
                       "share": _part(float(found.mean_error), whole),
                       "p_worse": max(1 / len(lost), 0.5 / np.sqrt(len(lost)))})  # fmt: skip
    order = pd.DataFrame(rows).sort_values("regret", kind="stable").index
    table, error = (pd.DataFrame(x).loc[order].reset_index(drop=True) for x in (rows, errors))
    worst, first = table.iloc[-1], table.iloc[0]
    said = [
        f"{row.rule}: {money(row.regret, currency)} "
        f"{interval(money(row.regret_low, currency), money(row.regret_high, currency), level=level)}"
        for row in table.itertuples() if row.regret > 1e-6 * max(whole, 1e-3)
    ]  # fmt: skip
    return Finding(
        name="differentiation.regret",
        title=f"Simpler rules lose up to {money(worst['regret'], currency)}"
        + (" of the plan's value" if whole > _NOTHING else " where the plan keeps the money") if said
        else "Simpler rules would do as well here",
        text=(
            f"What {count(len(table))} simpler rules lose against the best plan under the same limits. "
            + ("; ".join(said) + ". " if said else "None loses anything here. ")
            + f"Nearest is {first['rule']}; furthest {worst['rule']}, which loses "
            + (f"{share(worst['share'])}." if whole > _NOTHING else f"{money(worst['regret'], currency)}.")
            + made_up(made.options)
        ),
        table=table,
        units=dict.fromkeys(("value", "regret", "regret_low", "regret_high"), "money")
        | {"share": "share", "p_worse": "share"},
        checks=(plan.check,),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, currency),
        caption=f"n = {count(len(best))} draws; {currency or 'money'} of today; {level * 100:g} % intervals over "
        f"draws. Weighted score: {', '.join(f'{k} {v:g}' for k, v in (weights or WEIGHTS).items())}, each from worst "
        f"to best. Source: {'simulated ' if made.options.simulated else ''}table of initiatives.",
        keys=(Key(money(worst["regret"], currency), f"lost by “{worst['rule']}” against the best plan, on average"),),
        currency=currency,
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame, currency: str):
    from cxlab.differentiation.charts.roadmap import draw_regret

    return draw_regret(ax, table, currency=currency)
