"""The price that earns most, alone and when rivals answer with theirs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.market import Market, summary
from cxlab.errors import DataError, ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import interval, share

#: prices tried between the lowest and the highest that were shown
_STEPS = 61
#: rounds in which rivals answer each other, and the share of the range below which nobody moves any more
_ROUNDS, _STILL = 50, 1e-3
#: people in whom profits are told
PER = 100


def best_price(market: Market, *, cost: float | None = None, level: float = 0.9, steps: int = _STEPS) -> Finding:
    """Our profit along the prices that were shown, rivals standing still, and the price with the largest.

    Parameters
    ----------
    cost : of one unit of our product, by default that of the market
    steps : prices tried

    Returns
    -------
    Finding "differentiation.best_price", a row a price, ascending: price, share (mean), profit, profit_low, profit_high
        (money for 100 people who choose), p_best (probability that it is the best of these), p_better (than today's),
        note ("today", "best", or "")

    Raises
    ------
    DataError : the cost is not known.

    Notes
    -----
    One price is chosen for all draws: that with the largest mean profit. The best price of each draw is spread as
    p_best tells.
    """
    cost = market.costs.get(market.own) if cost is None else cost
    if cost is None:
        raise DataError(f"the cost of {market.own!r} is not known: nothing can be said about profit.",
                        expected="the cost of one unit", mend=f"costs={{{market.own!r}: …}}")  # fmt: skip
    today = float(market.prices[market.at(market.own)])
    tried = np.unique(np.append(np.linspace(*market.shown, steps), today))
    curve = market.curve(market.own)
    drawn = np.stack([curve(price) for price in tried], axis=1)
    profit = PER * (tried - cost) * drawn
    ends, size = spread(profit, level), spread(drawn, level)
    best = int(ends.mean.argmax())
    which = np.bincount(profit.argmax(axis=1), minlength=len(tried)) / len(profit)
    note = np.where(tried == today, "today", "").astype(object)
    note[best] = "best" if tried[best] != today else "today, best"
    table = pd.DataFrame({
        "price": tried, "share": size.mean, "profit": ends.mean, "profit_low": ends.quantiles[0],
        "profit_high": ends.quantiles[1], "p_best": which,
        "p_better": (profit > profit[:, tried == today]).mean(0), "note": note,
    })  # fmt: skip
    error = pd.DataFrame({
        "profit": ends.mean_error, "profit_low": ends.quantile_error[0], "profit_high": ends.quantile_error[1]
    })  # fmt: skip
    at_today = int(np.flatnonzero(tried == today)[0])
    more, none = spread(profit[:, best] - profit[:, at_today], level), best == at_today
    now, then = ends.mean[at_today], market.say(tried[best])
    likely = np.quantile(tried[profit.argmax(axis=1)], [(1 - level) / 2, (1 + level) / 2])
    middle = interval(*map(market.say, likely), level=level)
    unsure = none or more.quantiles[0] <= 0
    gain = (
        f"{share(more.mean / now, digits=1)} more than today's {market.say(today)} "
        f"{interval(*(share(end / now, digits=1) for end in more.quantiles), level=level)}"
        if now > 0 else f"{market.say(float(more.mean))} more for {PER} people than today's {market.say(today)}"
    )  # fmt: skip
    said = (
        f"no price that was shown earns more than today's {market.say(today)}" if none else
        f"a price of {then} earns {gain}; its share goes from {share(size.mean[at_today])} to {share(size.mean[best])}"
    )  # fmt: skip
    return Finding(
        name="differentiation.best_price",
        title=market.fitted.untold or (
            f"Today's price of {market.say(today)} cannot be told from the best" if unsure
            else f"{market.own} would earn most at {then}"
        ),
        text=" ".join([
            f"With a cost of {market.say(cost)} and rivals that stand still, {said}.",
            f"In {level * 100:g} % of all draws the best price is between {market.say(likely[0])} and "
            f"{market.say(likely[1])}.",
            "What would change our mind: a trial of the price at one site, or a rival that answers.", *market.notes]),
        table=table,
        units={"price": market.money, "share": "share", "p_best": "share", "p_better": "share"}
        | dict.fromkeys(["profit", "profit_low", "profit_high"], market.money),
        checks=(*market.checks(), _inside(market, float(tried[best])),
                Check("cost below today's price", cost < today, market.say(cost), f"< {market.say(today)}",
                      "Every sale loses money: look at the cost first.")),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, own=market.own, per=PER, unit=market.unit, currency=market.currency),
        caption=f"{market.basis}; profit for {PER} people who choose, "
        f"{level * 100:g} % intervals.",
        keys=() if market.fitted.untold else (Key(then, f"the price that earns most for {market.own} {middle}"),),
        currency=market.currency,
    )  # fmt: skip


def equilibrium(market: Market, *, costs: Mapping[str, float] | None = None, level: float = 0.9) -> Finding:
    """Prices from which nobody would move: everybody answers everybody else's with the one that earns most.

    Parameters
    ----------
    costs : product → cost of one unit, by default those of the market; where none is known, that at which today's
        price is already the best answer

    Returns
    -------
    Finding "differentiation.equilibrium", a row a product with a price: product, cost, cost_known, price, price_after,
        share, share_after, profit, profit_after, profit_after_low, profit_after_high (money for 100 people; NaN where
        today's price could be a best answer at a cost below 0 only)

    Raises
    ------
    ParameterError : fewer than two products with a price.

    Notes
    -----
    Iterated best responses over the prices shown (Bertrand–Nash); an implied cost is price + share ÷ its
    slope.
    """
    names = [name for name, price in zip(market.names, market.prices, strict=True) if np.isfinite(price)]
    if len(names) < 2:
        raise ParameterError("one seller alone has nobody to answer.", expected="two products with a price or more")
    known = {**market.costs, **(costs or {})}
    implied = implied_costs(market)
    cost = {name: known.get(name, implied[name]) for name in names}
    prices = {name: float(market.prices[market.at(name)]) for name in names}
    still = _STILL * (market.shown[1] - market.shown[0])
    moved, rounds = np.inf, 0
    while moved > still and rounds < _ROUNDS:
        answers = {}
        for name in names:
            answers[name] = best_answer(market, name, cost[name], prices | answers)
        moved = max(abs(answers[name] - prices[name]) for name in names)
        prices, rounds = answers, rounds + 1
    before, after = market.shares(), market.shares(prices)
    # nobody is paid to produce: where only that explains a price, the market does not, and no profit follows
    impossible = [name for name in names if name not in known and not cost[name] >= 0]
    rows, error = [], []
    for name in names:
        i = market.at(name)
        row, wrong = summary(level, profit_after=PER * (prices[name] - cost[name]) * after[:, i])
        rows.append({
            "product": name, "cost": cost[name], "cost_known": name in known, "price": market.prices[i],
            "price_after": prices[name], "share": before[:, i].mean(), "share_after": after[:, i].mean(),
            "profit": PER * (market.prices[i] - cost[name]) * before[:, i].mean(),
        } | row)  # fmt: skip
        error.append(wrong)
    table, error = pd.DataFrame(rows), pd.DataFrame(error)
    for part in (table, error):
        part.loc[table["product"].isin(impossible), [c for c in part if c.startswith("profit")]] = np.nan
    ours = table.set_index("product").loc[market.own]
    guessed = [row.product for row in table.itertuples() if not row.cost_known]
    prose = f"Costs of {', '.join(guessed)} are not known: taken as those at which today's price is its best answer."
    profit = (
        f", and its profit for {PER} people from {market.say(ours.profit)} to {market.say(ours.profit_after)} "
        f"{interval(market.say(ours.profit_after_low), market.say(ours.profit_after_high), level=level)}"
        if not impossible else ""
    )  # fmt: skip
    below = ", ".join(f"{name} (cost {market.say(cost[name])})" for name in impossible)
    return Finding(
        name="differentiation.equilibrium",
        title=market.fitted.untold or (
            f"When everybody answers, the price of {market.own} ends at {market.say(ours.price_after)}"
            if not impossible else f"Where prices would end cannot be told: that of {impossible[0]} is no best answer"
        ),
        text=" ".join(filter(None, [
            "If every seller goes on answering the others with the price that earns most, the price of "
            f"{market.own} goes from {market.say(ours.price)} to {market.say(ours.price_after)}, its share from "
            f"{share(ours.share)} to {share(ours.share_after)}{profit}.",
            prose if guessed else "",
            "What would change our mind: a rival that follows another aim than its profit, or costs other than these.",
            *market.notes])),
        table=table,
        units=dict.fromkeys(["cost", "price", "price_after", "profit", "profit_after", "profit_after_low",
                             "profit_after_high"], market.money) | {"share": "share", "share_after": "share"},
        checks=(*market.checks(),
                Check("products whose price of today is no best answer to this market", not impossible,
                      below or "none", "none",
                      "Only a cost below 0 would explain such a price: tell the cost, or do not use this market."),
                Check("rounds until nobody moves", moved <= still, rounds, f"≤ {_ROUNDS}",
                      "Prices circle: there may be no such point, or several."),
                *(_inside(market, prices[name], name) for name in names)),
        monte_carlo_error=error,
        caption=f"{market.basis}; iterated best responses within the prices shown, {level * 100:g} % intervals.",
        keys=() if market.fitted.untold
        else (Key(market.say(ours.price_after), f"our price once all have answered, today {market.say(ours.price)}"),),
        currency=market.currency,
    )  # fmt: skip


def implied_costs(market: Market) -> dict[str, float]:
    """Cost at which today's price of each product is its best answer to the others: price + share ÷ slope."""
    size, slopes = market.shares().mean(0), market.slopes().mean(0)
    found = {}
    for name, price in zip(market.names, market.prices, strict=True):
        if np.isfinite(price):
            i = market.at(name)
            found[name] = float(price + size[i] / slopes[i, i])
    return found


def best_answer(market: Market, name: str, cost: float, prices: Mapping[str, float]) -> float:
    """The price of a product with the largest mean profit within those shown, given prices of others.

    A grid, then finer ones around its best.
    """
    low, high = market.shown
    others = {k: v for k, v in prices.items() if k != name}
    curve = market.curve(name, others)
    for _ in range(3):
        tried = np.linspace(low, high, 13)
        earned = [(p - cost) * curve(p).mean() for p in tried]
        at = int(np.argmax(earned))
        low, high = tried[max(at - 1, 0)], tried[min(at + 1, 12)]
    return float(tried[at])


def _inside(market: Market, price: float, name: str = "") -> Check:
    low, high = market.shown
    edge = (high - low) / 1e6
    return Check(
        f"best price{f' of {name}' * bool(name)} inside the prices shown", low + edge < price < high - edge,
        market.say(price),
        f"{market.say(low)} to {market.say(high)}, not at an end",
        "The best price may lie beyond those that people were asked about.",
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame, **how):
    from cxlab.differentiation.charts.market import draw_best_price

    return draw_best_price(ax, table, **how)
