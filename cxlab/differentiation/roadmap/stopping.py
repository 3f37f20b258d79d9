"""Stop rules: which measured effect, at which date, says that an initiative in progress should end."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from cxlab.differentiation.roadmap.options import needed_by
from cxlab.differentiation.roadmap.plan import Plan
from cxlab.errors import DataError, ParameterError
from cxlab.finding import Check, Finding
from cxlab.wording import chance_of, count, listed, money


def gain_of_going_on(effect, benefit, measured: float, *, error: float, to_complete: float) -> float:
    """Expected money of going on, once an effect was measured: what is still to come less what is still to pay.

    Parameters
    ----------
    effect : shape (draw,), what is believed of the effect, money a year
    benefit : shape (draw,), what would still come in those draws, present value
    measured, error : the measurement and its standard error, money a year
    to_complete : what is still to be paid; what has been paid does not count

    >>> effect = np.linspace(-1_000, 3_000, 4001)
    >>> round(gain_of_going_on(effect, 3 * effect, 500, error=1e-6, to_complete=1_000))
    500
    """
    effect, benefit = np.asarray(effect, float), np.asarray(benefit, float)
    off = ((effect - measured) / max(error, 1e-9)) ** 2
    weight = np.exp(-(off - off.min()) / 2)
    return float(weight @ benefit / weight.sum() - to_complete)


def alarm_limit(effect, benefit, *, error: float, to_complete: float) -> float:
    """The measured effect below which going on is expected to cost more than it brings.

    Returns
    -------
    money a year; −∞ where going on pays whatever is measured, ∞ where it never does

    Raises
    ------
    DataError : draws are not finite. ParameterError : the error is not above 0.
    """
    effect, benefit = np.asarray(effect, float), np.asarray(benefit, float)
    if not (np.isfinite(effect).all() and np.isfinite(benefit).all() and len(effect) == len(benefit)):
        raise DataError("draws of effect and benefit are not finite, or not of one length.", expected="finite draws")
    if not error > 0 or not to_complete >= 0:
        raise ParameterError(f"error = {error}, to_complete = {to_complete}.", expected="error > 0, money ≥ 0")

    def gain(measured):
        return gain_of_going_on(effect, benefit, measured, error=error, to_complete=to_complete)

    low, high = effect.min() - 3 * error, effect.max() + 3 * error
    if gain(low) >= 0:
        return -np.inf
    if gain(high) < 0:
        return np.inf
    return float(brentq(gain, low, high, xtol=1e-6 * max(1.0, high - low)))


def stop_rules(plan: Plan, *, noise: float = 0.5, after: float = 3.0, to_complete: float = 0.3) -> Finding:
    """When to stop each initiative of the plan: who looks, at what, when, and from which value on.

    Parameters
    ----------
    plan : its options must know their effects
    noise : standard error of the measured effect, as a share of the spread of what is believed of it now
    after : months after an initiative is in effect at which one looks
    to_complete : share of its cost that is still to be paid then

    Returns
    -------
    Finding "differentiation.stop_rules", a row an initiative of the plan: name, owner, kpi, expected (effect, money a
        year), alarm (measured effect below which going on costs more than it brings; −∞: never), error (standard error
        of the measured effect, money a year), check (months from now), to_complete (money still to be paid), p_stop
        (how likely it comes to that), rule (a sentence)

    Raises
    ------
    DataError : effects of the options are not known.

    Notes
    -----
    Money already spent is left out, and so is what has been earned by then: what counts is what would come from the
    look to the horizon, in each draw, in money of that day. Where options know only their sums, all they bring counts
    as still to come. What needs an option stops with it, so what that is still to bring, less what it is still to cost,
    counts too.
    """
    made = plan.made
    options, currency = made.options, made.options.currency
    if options.effect is None:
        raise DataError(
            "effects of the options are not known, so no limit can be set.", expected="options_from(values)"
        )
    if not 0 <= to_complete <= 1 or not noise > 0 or not after >= 0:
        raise ParameterError(
            f"noise = {noise}, after = {after}, to_complete = {to_complete}.", expected="noise > 0, months ≥ 0, a share"
        )
    rows, errors = [], []
    for name in plan.chosen:
        i = options.at(name)
        effect, cost = options.effect[:, i], float(options.planned_cost[i])
        error = max(noise * float(effect.std()), 1e-6 * max(1.0, abs(float(effect.mean()))))
        left = to_complete * cost
        due = float(plan.starts[i] * made.limits.months + options.months[i] + after)
        others = carried(plan, name)
        coming = _to_come(plan, i, due) + sum(_left_of(plan, options.at(other), due) for other in others)
        limit = alarm_limit(effect, coming, error=error, to_complete=left)
        chance = float(_normal((limit - effect) / error).mean())
        owner, kpi = (
            options.word("owner")[i] or "owner",
            options.word("kpi")[i] or "margin a year against those without",
        )
        rows.append({
            "name": name, "owner": owner, "kpi": kpi, "expected": float(effect.mean()), "alarm": limit, "error": error,
            "check": due, "to_complete": left, "p_stop": chance,
            "rule": _rule(name, owner, limit, due, left, currency, others, float(effect.mean()), error),
        })  # fmt: skip
        n = np.sqrt(len(effect))
        errors.append({"expected": float(effect.std()) / n, "alarm": float(effect.std()) * 3 / n,
                       "error": noise * float(effect.std()) / n,
                       "to_complete": to_complete * float(options.cost[:, i].std()) / n,
                       "p_stop": max(1 / len(effect), 1.5 / n)})  # fmt: skip
    columns = ["name", "owner", "kpi", "expected", "alarm", "error", "check", "to_complete", "p_stop", "rule"]
    table = pd.DataFrame(rows, columns=columns)
    likely = table.sort_values("p_stop", ascending=False).head(1)
    return Finding(
        name="differentiation.stop_rules",
        title=f"{count(len(table))} stop rules, agreed before money is spent" if len(table)
        else "There is nothing to stop",
        text=(
            " ".join(table["rule"])
            + (f" Likeliest to be stopped is {likely['name'].iloc[0]} ({chance_of(likely['p_stop'].iloc[0])})."
               if len(likely) else "No initiative is undertaken.")
            + " Money that is spent by then does not count."
        ),
        table=table,
        units={"expected": "money", "alarm": "money", "error": "money", "check": "months", "to_complete": "money",
               "p_stop": "share"},
        checks=(Check("initiatives whose owner is named", bool((table["owner"] != "owner").all()),
                      f"{count((table['owner'] != 'owner').sum())} of {count(len(table))}", "all",
                      "A rule nobody answers for is not kept: name an owner."),),
        monte_carlo_error=pd.DataFrame(errors, columns=["expected", "alarm", "error", "to_complete", "p_stop"]),
        caption=f"n = {count(options.draws)} draws; {currency or 'money'} a year; the measured effect errs by "
        f"{noise:.0%} of what is doubtful now. Posterior of the effect by weighting draws.",
        currency=currency,
    )  # fmt: skip


def carried(plan: Plan, name: str) -> tuple[str, ...]:
    """What else of a plan needs an initiative, directly or through others, in the order of starts."""
    return tuple(other for other in plan.chosen if name in needed_by(plan.made.options, other))


def month_of(due: float) -> str:
    """The month in which a time falls that is counted in months from now.

    >>> month_of(9.0), month_of(9.2)
    ('9', '10')
    """
    return count(np.ceil(due - 1e-9))


def _to_come(plan: Plan, option: int, at: float) -> np.ndarray:
    """What an initiative of the plan brings from a month on, in money of that month, shape (draw,)."""
    options, limits = plan.made.options, plan.made.limits
    if options.flows is None:
        return options.npv[:, option] + options.cost[:, option]
    start = int(plan.starts[option])
    since = at - start * limits.months
    kept = options.flows[:, option, : max(0, options.flows.shape[2] - start)]
    # the part of each period that lies after the look
    part = np.clip(np.arange(1, kept.shape[1] + 1) - since / limits.months, 0.0, 1.0)
    return kept @ part * (1 + limits.discount) ** (since / 12)


def _left_of(plan: Plan, option: int, at: float) -> np.ndarray:
    """What an initiative of the plan would still bring less what it would still cost, shape (draw,)."""
    options, limits = plan.made.options, plan.made.limits
    since = at - float(plan.starts[option]) * limits.months
    unpaid = 1 - np.clip(since / max(float(options.months[option]), 1e-9), 0.0, 1.0)
    return _to_come(plan, option, at) - unpaid * options.cost[:, option]


def _normal(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(z)


def stop_words(rule, currency: str) -> str:
    """The rule that ends an initiative, as its owner would say it.

    Parameters
    ----------
    rule : a row of `stop_rules`, by attribute: alarm, error, expected, check
    """
    due = f"month {month_of(rule.check)}"
    if rule.alarm == np.inf:
        return f"Stop in {due} unless something new is known: going on is not expected to pay."
    if rule.alarm == -np.inf:
        return "No measurement would end it: what is still to come outweighs what is still to be paid."
    return (
        f"Stop in {due} if {_below('the margin it adds', rule.alarm, currency)}: going on would cost more than it "
        f"brings.{_rough(rule.alarm, rule.error, rule.expected, currency)}"
    )


def _rule(
    name: str, owner: str, limit: float, due: float, left: float, currency: str, others: tuple[str, ...],
    expected: float, error: float,
) -> str:  # fmt: skip
    when = f"In month {month_of(due)}"
    who = "whoever owns it" if owner == "owner" else owner
    if limit == -np.inf:
        said = f"{when} {who} keeps {name} going whatever is measured: nothing measured then could outweigh it."
    elif limit == np.inf:
        said = f"{when} {who} stops {name} unless something new is known: going on is not expected to pay."
    else:
        said = (
            f"{when} {who} stops {name} if {_below('its effect', limit, currency)}: going on would then cost "
            f"{money(left, currency)} and bring less.{_rough(limit, error, expected, currency)}"
        )
    return said + (f" {carrying(others)}" if others else "")


def _below(what: str, limit: float, currency: str) -> str:
    """What must be measured for an end, a loss said as a loss."""
    if limit < 0:
        return f"it loses more than {money(-limit, currency)} of margin a year, measured against those without it"
    return f"{what}, measured against those without it, is below {money(limit, currency)} a year"


def _rough(limit: float, error: float, expected: float, currency: str) -> str:
    """Why a loss has to be measured before one stops: one look is rough, and more is known than it shows."""
    if limit >= 0:
        return ""
    return (
        f" A smaller loss is no proof yet: what is measured by then may err by {money(1.645 * error, currency)} either "
        f"way, and {money(expected, currency)} is expected."
    )


def carrying(others: tuple[str, ...]) -> str:
    """That others stop with what they need."""
    return f"It carries {listed(others)}, which would stop with it; that is counted in."
