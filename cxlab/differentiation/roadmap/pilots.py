"""What to pilot first: for each option what knowing it is worth to the plan, and what a pilot brings after all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.worth import made_up
from cxlab.differentiation.roadmap.information import net_gain, partial_information, perfect_information
from cxlab.differentiation.roadmap.options import needed_by
from cxlab.differentiation.roadmap.plan import Hindsight
from cxlab.differentiation.roadmap.programme import Programme, solve
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, money, number, share

_MONEY = ("evppi", "pilot_cost", "evsi", "delay", "net")
_FIRSTS = 25  # sets of first steps that a pilot's result is combined with
_SECONDS = 2.0  # for each further plan


def what_to_pilot(
    known: Hindsight, *, cost: float = 0.1, noise: float = 0.5, months: float = 3.0, rng: int = 0
) -> Finding:
    """What is worth trying small before it is undertaken.

    Parameters
    ----------
    known : of `hindsight`
    cost : of a pilot, as a share of the option's expected cost
    noise : standard error of a pilot, as a share of the spread of what is believed of the option now
    months : a pilot takes; the option, and what needs it, wait for it
    rng : seed of the simulated pilots

    Returns
    -------
    Finding "differentiation.pilots", a row an option, the most worth piloting first: name, sd (of its value), evppi
        (what knowing it for sure is worth to the plan), pilot_cost, evsi (of the pilot, without delay and cost), delay
        (what waiting costs), net (evsi − delay − pilot_cost), pilot ("pilot first", "go without", "leave")

    Notes
    -----
    What is decided before a pilot ends is decided without it: plans are only compared with those that begin alike.
    Only plans of the pool are compared, so values of information are stated too low rather than too high.
    """
    if not (cost >= 0 and noise >= 0 and months >= 0):
        raise ParameterError(f"cost = {cost}, noise = {noise}, months = {months}.", expected="0 or more")
    made, plan = known.plan.made, known.plan
    options = made.options
    wait = int(np.ceil(months / made.limits.months - 1e-9))
    pool = _pool(known, wait)
    worth = made.value(pool)
    total = perfect_information(worth)
    rows = []
    for i, name in enumerate(options.names):
        quantity = options.npv[:, i]
        known_for_sure = partial_information(worth, quantity)
        row = {"name": name, "sd": float(quantity.std()), "evppi": known_for_sure,
               "pilot_cost": cost * float(options.planned_cost[i])}  # fmt: skip
        spread = noise * float(quantity.std())
        free = max(0.0, _after(made, pool, worth, i, 0, quantity, spread, rng))
        free = min(free, known_for_sure) if noise > 0 else known_for_sure
        late = _after(made, pool, worth, i, wait, quantity, spread, rng)
        late = min(late, free)
        row |= {"evsi": free, "delay": free - late, "net": late - row["pilot_cost"]}
        row["pilot"] = "pilot first" if row["net"] > 0 else "go without" if plan.starts[i] >= 0 else "leave"
        rows.append(row)
    table = pd.DataFrame(rows).sort_values(["net", "evppi"], ascending=False, kind="stable").reset_index(drop=True)
    n, currency = options.draws, options.currency
    error = pd.DataFrame({c: np.maximum(table["sd"] / np.sqrt(n), 1e-9) for c in ("evppi", "evsi", "delay", "net")})
    error["sd"] = table["sd"] / np.sqrt(2 * n)
    error["pilot_cost"] = cost * table["name"].map(
        dict(zip(options.names, options.cost.std(axis=0) / np.sqrt(n), strict=True))
    )  # fmt: skip
    best = table.iloc[0]
    pays = table[table["net"] > 0]
    return Finding(
        name="differentiation.pilots",
        title=f"Pilot {best['name']} first: it brings {money(best['net'], currency)} after cost and delay" if len(pays)
        else "No pilot is worth its cost and delay",
        text=(
            f"Knowing everything would be worth {money(total, currency)}: no survey, pilot or study may cost more. "
            f"A pilot is taken to cost {share(cost)} of its option, to take {number(months, digits=2)} months, and to "
            f"err by {share(noise)} of what is doubtful now. "
            + (
                "It pays for " + ", ".join(f"{r.name} ({money(r.net, currency)})" for r in pays.itertuples(index=False))
                + ". " if len(pays) else "It pays for none: decide with what is known. "
            )
            + "What would change our mind: a cheaper, quicker or larger pilot."
            + made_up(options)
        ),
        table=table,
        units=dict.fromkeys((*_MONEY, "sd"), "money"),
        checks=(
            known.check,
            Check("draws", n >= 1000, n, "≥ 1,000", "Small values of information drown in the noise of few draws."),
        ),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, currency),
        caption=f"n = {count(n)} draws, {count(len(pool))} plans compared; {currency or 'money'} of today; values of "
        "information by regression on splines, pilots simulated, expected values. Source: "
        f"{'simulated ' if options.simulated else ''}table of initiatives.",
        keys=(Key(money(total, currency), "what knowing everything would be worth: the most that research may cost"),),
        currency=currency,
    )  # fmt: skip


def _pool(known: Hindsight, wait: int) -> np.ndarray:
    """Plans to compare: the best of each draw; and for each option the best with it, begun late, and without it."""
    made = known.plan.made
    mean, later = made.worth.mean(axis=0), np.arange(made.limits.periods) >= wait
    lure = 10 * (1 + np.abs(mean).sum())
    found = [known.pool]
    for i in range(len(mean)):
        held = _waiting(made.options, i)
        late, without = made.open.copy(), made.open.copy()
        late[held] &= later
        without[held] = False
        wanted = mean.copy()
        wanted[i] += lure
        plan = solve(made, wanted, fixed=late, seconds=_SECONDS)[0]
        # the same first steps, taken before the pilot ends, and then without the option
        begun = np.where((plan >= 0) & (plan < wait), plan, -1)
        alike = np.where((begun >= 0)[:, None], np.arange(len(later)) == begun[:, None], later)
        others = solve(made, mean + lure * (begun >= 0)[:, None], fixed=without & alike, seconds=_SECONDS)[0]
        found += [plan[None], others[None], solve(made, mean, fixed=without, seconds=_SECONDS)[0][None]]
    return np.unique(np.vstack(found), axis=0)


def _waiting(options, option: int) -> list[int]:
    """An option and all that needs it."""
    name = options.names[option]
    return [option, *(j for j, other in enumerate(options.names) if name in needed_by(options, other))]


def _after(made: Programme, pool, worth, option: int, wait: int, quantity, noise: float, rng: int) -> float:
    """What the plan gains when a pilot's result is there, the option and what needs it having waited for it."""
    held = _waiting(made.options, option)
    if not wait:
        return net_gain(worth, worth, quantity, sd=noise, n=1, cost=0.0, rng=rng)
    later = _delayed(made, pool, worth, held, wait)
    others = np.setdiff1d(np.arange(pool.shape[1]), held)
    rest = pool[:, others]
    begun = np.where((rest >= 0) & (rest < wait), rest, -1)  # what has begun before the pilot ends
    groups = np.unique(begun, axis=0, return_inverse=True)[1].ravel()
    mean = later.mean(axis=0)
    best = pd.Series(mean).groupby(groups).max().nlargest(_FIRSTS).index
    return max(
        net_gain(worth, later[:, groups == g], quantity, sd=noise, n=1, cost=0.0, rng=rng) for g in best
    )  # fmt: skip


def _delayed(made: Programme, pool: np.ndarray, worth: np.ndarray, held: list[int], wait: int) -> np.ndarray:
    """What plans are worth when some options start so many periods later than planned, shape (draw, plan)."""
    periods, limits = made.limits.periods, made.limits
    found = worth.copy()
    for i in held:
        at = pool[:, i]
        chosen = np.flatnonzero(at >= 0)
        last = np.minimum(at[chosen] + wait, periods - 1)
        beyond = (at[chosen] + wait - last) * limits.months / 12
        own = made.worth[:, i, :]
        found[:, chosen] += own[:, last] * (1 + limits.discount) ** -beyond - own[:, at[chosen]]
    return found


def _draw(ax, table: pd.DataFrame, currency: str):
    from cxlab.differentiation.charts.roadmap import draw_learning

    return draw_learning(ax, table, currency=currency)
