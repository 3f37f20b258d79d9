"""What a change of our product is worth on the market, in money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.market import Market, summary
from cxlab.differentiation.choice.price_attack import compensating_price, searched
from cxlab.differentiation.choice.products import changes
from cxlab.errors import DataError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import interval, share


def worth_on_market(market: Market, *, level: float = 0.9) -> Finding:
    """What a change of our product is worth on the market: how much dearer it could be with the share it has today.

    What cannot be changed about it (`Market.fixed`) is left out.

    Returns
    -------
    Finding "differentiation.market_value", a row a change, the most worth first: change, value, value_low, value_high
        (money a unit sold; below 0 where it is a loss), share, share_low, share_high (at today's price), p_gain
        (probability that the share grows). Where no price will do, a value is an end of the search, and a check fails

    Raises
    ------
    DataError : nothing about our product but the price was varied.

    Notes
    -----
    The compensating price on the market, not what the average person says: only those count whom it wins or keeps from
    rivals (Allenby, Brazell, Howell & Rossi 2014, Economic valuation of product features).
    """
    us, today = market.at(market.own), float(market.prices[market.at(market.own)])
    before = market.shares()[:, us]
    rows, error, ended = [], [], {}
    ends_of = searched(market).less(today)
    ours = market.products[market.own]
    for words, product in changes(market.choices, ours).items():
        if any(product[attribute] != ours[attribute] for attribute in market.fixed):
            continue
        other = market.with_product(market.own, product)
        drawn = other.shares()[:, us]
        worth = compensating_price(other, before) - today
        ended[words] = ends_of.at_an_end(worth)
        row, wrong = summary(level, value=worth, share=drawn)
        rows.append({"change": words} | row | {"p_gain": float((drawn > before).mean())})
        error.append(wrong)
    if not rows:
        raise DataError("nothing about our product but the price was varied.", expected="attributes beside the price")
    order = np.argsort([-row["value"] for row in rows], kind="stable")
    table, error = (pd.DataFrame([part[i] for i in order]) for part in (rows, error))
    top = table.iloc[0]

    def say(amount: float) -> str:
        return ends_of.told(amount, market.say)

    ends = interval(say(top.value_low), say(top.value_high), level=level)
    worst = table.iloc[-1]
    gain = top.value_low > 0
    outside = [r.change for r in table.itertuples() if not market.shown[0] <= today + r.value <= market.shown[1]]
    lost = f"; {worst.change} would cost it {say(-worst.value)}" if worst.value_high < 0 else ""
    return Finding(
        name="differentiation.market_value",
        title=market.fitted.untold or (
            f"With {top.change}, {market.own} could ask {say(top.value)} more" if gain
            else f"No single change would surely let {market.own} ask more"
        ),
        text=" ".join([
            f"With {top.change}, {market.own} would have the share it has today at a price "
            f"{say(abs(top.value))} {'higher' if top.value >= 0 else 'lower'} {ends}{lost}.",
            f"At today's price its share would go from {share(before.mean())} to {share(top.share)}.",
            "That is worth having where the change costs less a unit sold.", *market.notes]),
        table=table,
        units=dict.fromkeys(["value", "value_low", "value_high"], market.money)
        | dict.fromkeys(["share", "share_low", "share_high", "p_gain"], "share"),
        checks=(*market.checks(), ends_of.check(ended),
                Check("changes whose price would leave those shown", not outside, ", ".join(outside) or "none", "none",
                      "Nobody was asked about such prices: read these values as “much” or “little”.")),
        monte_carlo_error=error,
        draw=lambda ax: _draw_worth(ax, table, own=market.own, unit=market.unit, currency=market.currency),
        caption=f"{market.basis}; difference of the price at an equal share, {level * 100:g} % intervals.",
        keys=() if market.fitted.untold
        else (Key(say(top.value), f"more could {market.own} ask with {top.change} {ends}"),),
        currency=market.currency,
    )  # fmt: skip


def _draw_worth(ax, table: pd.DataFrame, **how):
    from cxlab.differentiation.charts.market import draw_worth

    return draw_worth(ax, table, **how)
