"""Shares on a market, and how they move with prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.market import Market
from cxlab.errors import ParameterError
from cxlab.finding import Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, number, share


def market_shares(market: Market, *, level: float = 0.9) -> Finding:
    """The share each product would have, and how much of it one per cent on its price costs.

    Returns
    -------
    Finding "differentiation.shares", a row a product, ours first, then by share: product, price, share, share_low,
        share_high, elasticity, elasticity_low, elasticity_high (per cent of the share for one per cent of its price;
        missing of buying nothing)

    Notes
    -----
    Mean over people of their chances in a logit of their own. Within a person, any two products keep their proportion
    whatever else is offered (independence of irrelevant alternatives); that people differ softens it, no more.
    """
    found, slopes = market.shares(), market.slopes()
    at = np.arange(len(market.names))
    with np.errstate(invalid="ignore", divide="ignore"):
        elastic = slopes[:, at, at] * market.prices / found
    size, pull = (spread(x, level) for x in (found, elastic))
    table = pd.DataFrame({
        "product": market.names, "price": market.prices, "share": size.mean, "share_low": size.quantiles[0],
        "share_high": size.quantiles[1], "elasticity": pull.mean, "elasticity_low": pull.quantiles[0],
        "elasticity_high": pull.quantiles[1],
    })  # fmt: skip
    error = pd.DataFrame({
        "share": size.mean_error, "share_low": size.quantile_error[0], "share_high": size.quantile_error[1],
        "elasticity": pull.mean_error, "elasticity_low": pull.quantile_error[0],
        "elasticity_high": pull.quantile_error[1],
    })  # fmt: skip
    order = table.assign(own=table["product"] == market.own).sort_values(["own", "share"], ascending=False).index
    table, error = table.loc[order].reset_index(drop=True), error.loc[order].reset_index(drop=True)
    ours = table.iloc[0]
    ends = interval(share(ours.share_low), share(ours.share_high), level=level)
    rest = [f"{row.product} {share(row.share)}" + (f" at {market.say(row.price)}" if pd.notna(row.price) else "")
            for row in table.iloc[1:].itertuples()]  # fmt: skip
    return Finding(
        name="differentiation.shares",
        title=f"{share(ours.share)} would choose {market.own} at {market.say(ours.price)}",
        text=" ".join([
            f"Of {count(market.choices.n_respondents)} respondents, {share(ours.share)} {ends} would choose "
            f"{market.own} at {market.say(ours.price)}, if these products were all there is and known to everybody; "
            f"{', '.join(rest)}.",
            f"One per cent on its price costs {market.own} {number(-ours.elasticity, digits=2)} % of its buyers "
            f"{interval(*_turned(ours), level=level)}.", *market.notes,
        ]),
        table=table,
        units={"price": market.money} | dict.fromkeys(["share", "share_low", "share_high"], "share"),
        checks=market.checks(),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, market.own),
        caption=f"{market.basis}; shares of preference, {level * 100:g} % intervals.",
        keys=(Key(share(ours.share), f"would choose {market.own} at {market.say(ours.price)} {ends}"),),
        currency=market.currency,
    )  # fmt: skip


def price_elasticities(market: Market, *, level: float = 0.9) -> Finding:
    """How the share of each product moves with each price.

    Returns
    -------
    Finding "differentiation.elasticities", a row a product and price: product, price_of, elasticity, low, high (per
        cent of the product's share for one per cent of the price of `price_of`)
    """
    found = market.shares()
    elastic = market.slopes() * market.prices[None, None, :] / np.maximum(found[:, :, None], 1e-300)
    ends = spread(elastic, level)
    pairs = [(i, k) for i in range(len(market.names)) for k in range(len(market.names)) if market.prices[k] > 0]
    priced = {market.names[k] for _, k in pairs}
    if not priced - {market.own}:
        raise ParameterError("there is no rival with a price.", expected="products of rivals at prices above 0")
    table = pd.DataFrame([
        {"product": market.names[i], "price_of": market.names[k], "elasticity": ends.mean[i, k],
         "low": ends.quantiles[0, i, k], "high": ends.quantiles[1, i, k]} for i, k in pairs
    ])  # fmt: skip
    error = pd.DataFrame([
        {"elasticity": ends.mean_error[i, k], "low": ends.quantile_error[0, i, k], "high": ends.quantile_error[1, i, k]}
        for i, k in pairs
    ])  # fmt: skip
    ours = table[(table["product"] == market.own) & (table["price_of"] != market.own)]
    near = ours.loc[ours["elasticity"].idxmax()]
    return Finding(
        name="differentiation.elasticities",
        title=market.fitted.untold or f"{market.own} loses most to a lower price of {near.price_of}",
        text=" ".join([
            f"One per cent off the price of {near.price_of} costs {market.own} {number(near.elasticity, digits=2)} "
            f"% of its buyers {interval(number(near.low, digits=2), number(near.high, digits=2), level=level)}, more "
            "than that of any other rival.", *market.notes]),
        table=table,
        checks=market.checks(),
        monte_carlo_error=error,
        caption=f"{market.basis}; elasticities of shares, {level * 100:g} % intervals.",
    )  # fmt: skip


def _turned(row) -> tuple[str, str]:
    return number(-row.elasticity_high, digits=2), number(-row.elasticity_low, digits=2)


def _draw(ax, table: pd.DataFrame, own: str):
    from cxlab.differentiation.charts.market import draw_shares

    return draw_shares(ax, table, own=own)
