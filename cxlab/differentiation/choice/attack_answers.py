"""What would answer a rival's cut: a price of ours, or something else about the product."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.best_response import PER, best_answer
from cxlab.differentiation.choice.market import Market, summary
from cxlab.differentiation.choice.price_attack import attacker, compensating_price, searched, within_shown
from cxlab.differentiation.choice.products import changes
from cxlab.finding import Finding, Key
from cxlab.wording import interval, listed, share

_KEEPS, _EARNS, _NOTHING = "price: what keeps the share", "price: what earns most now", "do nothing"


def answers_to_attack(market: Market, *, rival: str = "", cut: float = 0.1, level: float = 0.9) -> Finding:
    """What would bring our share and profit back after a rival's cut: a price, or something else about the product.

    Returns
    -------
    Finding "differentiation.answers", a row an answer, the one that brings back most first ("do nothing", "price: …",
        other words for what changes; changes that people like less are left out): answer, price, price_low, price_high
        (ours: one price, or what would just keep the share), share, share_low, share_high, back (of what was lost,
        mean), p_back (probability that the share is at least what it was); where our cost is known, profit, profit_low,
        profit_high (money for 100 people, at the cost of today) and p_profit (probability that it is at least what it
        was)

    Notes
    -----
    The compensating price is solved in every draw; its interval is over draws. Where none will do it is an end of the
    search, and a check fails. What a change costs is not in here.
    """
    rival = attacker(market, rival)
    us, lower = market.at(market.own), float(market.prices[market.at(rival)] * (1 - cut))
    curve, now = market.curve(market.own, {rival: lower}), float(market.prices[us])
    before, under = market.shares()[:, us], curve(now)
    price = compensating_price(market, before, others={rival: lower})
    tried = {
        _NOTHING: (now, under), f"price: {share(cut)} off, too": (now * (1 - cut), curve(now * (1 - cut))),
        _KEEPS: (price, before),
    }  # fmt: skip
    cost = market.costs.get(market.own)
    if cost is not None:
        best = best_answer(market, market.own, cost, {rival: lower})
        tried[_EARNS] = (best, curve(best))
    by_price = list(tried)
    for words, product in _possible(market).items():
        drawn = market.with_product(market.own, product).curve(market.own, {rival: lower})(now)
        if drawn.mean() > under.mean():
            tried[words] = (now, drawn)
    table, error = _rows(tried, before, under, cost, now, level)
    keep, idle = table.set_index("answer").loc[_KEEPS], table.set_index("answer").loc[_NOTHING]
    better = table[(table["p_back"] >= level) & ~table["answer"].isin(by_price)]
    ends_of = searched(market)
    low, kept, high = (ends_of.told(x, market.say) for x in (keep.price_low, keep.price, keep.price_high))
    ends = interval(low, high, level=level)
    words = listed(better["answer"].head(3), last="or")
    said = [
        f"After {rival} cuts its price by {share(cut)}, {market.own} keeps its share at {kept} "
        f"{ends} instead of {market.say(now)}.",
        f"At today's price, {words} would do as much in {_often(better['p_back'])}. What that costs is yours to set "
        "against it."
        if words else "Nothing else that people were asked about would surely do as much at today's price.",
    ]  # fmt: skip
    if cost is not None:
        was = float(PER * (now - cost) * before.mean())
        most = table.set_index("answer").loc[_EARNS]
        said.append(
            f"With a cost of {market.say(cost)}, doing nothing leaves {share(idle.profit / was)} of the profit, "
            f"keeping the share by price {share(keep.profit / was)}, and {market.say(most.price)}, which earns most "
            f"now, {share(most.profit / was)}."
            if was > 0 else f"At a cost of {market.say(cost)} nothing is earned at today's price."
        )  # fmt: skip
    return Finding(
        name="differentiation.answers",
        title=market.fitted.untold or (
            f"{words[:1].upper()}{words[1:]} would bring our buyers back without a lower price" if words
            else f"A price {'of ' * (not kept.startswith('beyond'))}{kept} would keep our share"
        ),
        text=" ".join([
            *said, "What would change our mind: what such a change costs, and whether the rival would follow.",
            *market.notes,
        ]),
        table=table,
        units=dict.fromkeys(["price", "price_low", "price_high"], market.money)
        | dict.fromkeys(["share", "share_low", "share_high", "back", "p_back"], "share")
        | (dict.fromkeys(["profit", "profit_low", "profit_high"], market.money) | {"p_profit": "share"}
           if cost is not None else {}),
        checks=(*market.checks(), ends_of.check({"": ends_of.at_an_end(price)}),
                within_shown(market, float(keep.price), market.own), within_shown(market, lower, rival)),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, before=float(before.mean()), own=market.own),
        caption=f"{market.basis}; compensating price solved in every draw, {level * 100:g} % intervals.",
        keys=() if market.fitted.untold
        else (Key(kept, f"would keep our share when {rival} cuts its price by {share(cut)} {ends}"),),
        currency=market.currency,
    )  # fmt: skip


def _often(chances: pd.Series) -> str:
    """In how many draws some answers do as much.

    >>> _often(pd.Series([1.0, 1.0])), _often(pd.Series([0.95])), _often(pd.Series([1.0, 0.95]))
    ('all draws', '95 % of all draws', '95 % of all draws or more')
    """
    least = chances.min()
    if least == 1:
        return "all draws"
    return f"{share(least)} of all draws" + " or more" * bool(chances.max() > least)


def _possible(market: Market) -> dict[str, dict[str, float | str]]:
    """Changes of our product that leave it ours."""
    today = market.products[market.own]
    return {
        words: product for words, product in changes(market.choices, today).items()
        if all(product[attribute] == today[attribute] for attribute in market.fixed)
    }  # fmt: skip


def _rows(tried, before: np.ndarray, under: np.ndarray, cost: float | None, now: float, level: float):
    """The table of answers, the one that brings back most first, and its errors of drawing."""
    lost = max(float((before - under).mean()), 1e-300)
    table, error = [], []
    for words, (asked, drawn) in tried.items():
        draws = {"price": np.broadcast_to(asked, len(before)), "share": drawn}
        if cost is not None:
            draws["profit"] = PER * (asked - cost) * drawn
        row, wrong = summary(level, **draws)
        row |= {"back": float((drawn - under).mean()) / lost, "p_back": float((drawn >= before).mean())}
        if cost is not None:
            row["p_profit"] = float((draws["profit"] >= PER * (now - cost) * before).mean())
        table.append({"answer": words} | row)
        error.append(
            wrong | {p: (row[p] * (1 - row[p]) / len(before)) ** 0.5 for p in ("p_back", "p_profit") if p in row}
        )
    found = pd.DataFrame(table).sort_values("back", ascending=False, kind="stable")
    return found.reset_index(drop=True), pd.DataFrame(error).loc[found.index].reset_index(drop=True)


def _draw(ax, table: pd.DataFrame, **how):
    from cxlab.differentiation.charts.market import draw_answers

    return draw_answers(ax, table, **how)
