"""How much of a process to personalise: the best share with its interval, and whether it can be told at all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.frontier import Frontier
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, money, share

#: widest interval of the best share that still tells where it lies
_TOLD = 0.5


def personalisation_frontier(frontier: Frontier, *, level: float = 0.9) -> Finding:
    """What each share of personal steps brings, costs and leaves, and the share that is best.

    Parameters
    ----------
    frontier : of `power_frontier` or `step_frontier`
    level : coverage of the bands

    Returns
    -------
    Finding "differentiation.frontier", a row a share: share, step (made personal last), gain, cost, net (money a
        year), each with _low and _high, p_pays (P(net > 0)), p_efficient (P(no other share brings as much for less)),
        p_within (P(the best share is this one or a larger one): how likely the last step belongs to it), best (whether
        the expected net is highest here)

    Notes
    -----
    The best share is not told where its interval spans more than half of all steps: the finding then says so.

    >>> from cxlab.differentiation.returns.frontier import power_frontier
    >>> personalisation_frontier(power_frontier(gain=(90, 100, 110), cost=(90, 100, 110), cost_bend=1.6)).title
    'Personalise about 38 % of the steps, and keep the rest standard'
    """
    check_level(level)
    table = pd.DataFrame({"share": frontier.share, "step": ["", *frontier.steps] if frontier.steps else ""})
    error = {}
    for part in ("gain", "cost", "net"):
        found = spread(getattr(frontier, part), level)
        table[part], table[f"{part}_low"], table[f"{part}_high"] = found.mean, *found.quantiles
        error |= {
            part: found.mean_error,
            f"{part}_low": found.quantile_error[0],
            f"{part}_high": found.quantile_error[1],
        }
    table["p_pays"] = (frontier.net > 0).mean(0)
    table["p_efficient"] = _efficient(frontier.gain, frontier.cost)
    table["p_within"] = (frontier.best[:, None] >= frontier.share[None, :] - 1e-9).mean(0)
    for name in ("p_pays", "p_efficient", "p_within"):
        error[name] = np.sqrt(table[name] * (1 - table[name]) / len(frontier.gain))
    at = int(table["net"].idxmax())
    table["best"] = np.arange(len(table)) == at
    low, high = (float(v) for v in np.quantile(frontier.best, [(1 - level) / 2, (1 + level) / 2], method="nearest"))
    told, top, currency = high - low <= _TOLD, table.iloc[at], frontier.currency
    regret = float((frontier.net.max(1) - frontier.net[:, at]).mean())
    return Finding(
        name="differentiation.frontier",
        title=_title(frontier, top, told, at),
        text=_text(frontier, table, at, (low, high), told, regret, level),
        table=table,
        units={c: "money" for c in table.columns if c.split("_")[0] in ("gain", "cost", "net")}
        | dict.fromkeys(("share", "p_pays", "p_efficient", "p_within"), "share"),
        checks=(
            Check("width of the interval of the best share", told, share(high - low), f"≤ {share(_TOLD)}",
                  "What is known does not tell how much to personalise: make a few steps personal and measure."),
        ),
        monte_carlo_error=pd.DataFrame(error),
        draw=lambda ax: _draw(ax, table, frontier, (low, high)),
        caption=f"n = {count(len(frontier.gain))} draws; {currency or 'money'} a year; {level * 100:g} % bands. "
        f"Source: {frontier.source}{' (simulated)' if frontier.simulated else ''}. Concave gain less convex cost.",
        keys=(
            Key(share(top["share"]), f"of the steps personal is best, {level * 100:g} % {share(low)} to {share(high)}"),
            Key(money(top["net"], currency), "a year expected from it"),
        ),
        currency=currency,
    )  # fmt: skip


def pareto_frontier(frontier: Frontier, *, level: float = 0.9) -> Finding:
    """The same as a trade-off: what customers gain against what it costs, share by share.

    Returns
    -------
    Finding "differentiation.pareto" with the table of `personalisation_frontier`
    """
    found = personalisation_frontier(frontier, level=level)
    table, currency = found.table, frontier.currency
    lost = table[table["p_efficient"] < 1 - level]
    at = table[table["best"]].iloc[0]
    rise = table["gain"].diff().div(table["cost"].diff())
    past = rise[(rise < 1) & (table["cost"].diff() > 0)]
    text = (
        f"At {share(at['share'])} personal, {money(at['gain'], currency)} a year are gained for "
        f"{money(at['cost'], currency)}. "
        + (f"From {share(table.loc[past.index[0], 'share'])} on, each further step costs more than it brings. "
           if len(past) else "Each further step brings more than it costs, to the last. ")
        + (f"{count(len(lost))} of {count(len(table))} shares are beaten by another that brings as much for less."
           if len(lost) else "No share is beaten by another in both gain and cost.")
    )  # fmt: skip
    return Finding(
        name="differentiation.pareto",
        title="What personalising brings against what it costs",
        text=text + (" These numbers are simulated." if frontier.simulated else ""),
        table=table, units=found.units, checks=found.checks, monte_carlo_error=found.monte_carlo_error,
        draw=lambda ax: _draw_pareto(ax, table, currency), caption=found.caption, keys=found.keys, currency=currency,
    )  # fmt: skip


def _efficient(gain: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """How often no other point brings at least as much for at most as much, and one of them better."""
    found = np.empty(gain.shape[1])
    for j in range(gain.shape[1]):
        as_good = (gain >= gain[:, [j]]) & (cost <= cost[:, [j]])
        better = (gain > gain[:, [j]] + 1e-12) | (cost < cost[:, [j]] - 1e-12)
        found[j] = 1 - (as_good & better).any(1).mean()
    return found


def _title(frontier: Frontier, top, told: bool, at: int) -> str:
    if not told:
        return "How much to personalise cannot be told from what is known"
    if at == 0:
        return "Keep the whole process standard"
    if at == len(frontier.share) - 1:
        return "Personalise every step"
    if frontier.steps:
        chosen = frontier.steps[:at]
        return f"Personalise {', '.join(chosen)}, and keep the other {len(frontier.steps) - at} steps standard"
    return f"Personalise about {share(top['share'])} of the steps, and keep the rest standard"


def _text(frontier: Frontier, table, at, ends, told, regret, level) -> str:
    currency, top = frontier.currency, table.iloc[at]
    net = interval(money(top["net_low"], currency), money(top["net_high"], currency), level=level)
    said = [
        f"The expected net is highest with {share(top['share'])} of the steps personal: {money(top['net'], currency)} "
        f"a year {net}, above 0 with a probability of {chance_of(top['p_pays'])}.",
        f"The best share itself lies between {share(ends[0])} and {share(ends[1])} with a probability of "
        f"{share(level)}; not knowing it costs {money(regret, currency)} a year on average.",
    ]
    whole, none = float(table["net"].iloc[-1]), float(table["net"].iloc[0])
    said.append(f"All steps personal would leave {money(whole, currency)}, none {money(none, currency)}.")
    if not told:
        said.append("So wide an interval does not tell how much to personalise; a step or two, measured, would.")
    if frontier.steps and 0 < at < len(table) - 1:
        following = table.iloc[at + 1]
        lacks = money(top["net"] - following["net"], currency)
        said.append(
            f"What would change our mind: {following['step']} belongs to the best with a probability of "
            f"{chance_of(following['p_within'])}; if it brought {lacks} more a year, it would be worth it."
        )
    else:
        said.append("What would change our mind: gains that bend less, or costs that bend more, than we take them to.")
    return " ".join(said) + (" These numbers are simulated." if frontier.simulated else "")


def _draw(ax, table, frontier: Frontier, ends):
    from cxlab.differentiation.charts.personalisation import draw_frontier

    return draw_frontier(ax, table, best=ends, currency=frontier.currency)


def _draw_pareto(ax, table, currency: str):
    from cxlab.differentiation.charts.personalisation import draw_pareto

    return draw_pareto(ax, table, currency=currency)
