"""A rival cuts its price: who stays with us, and what would bring the others back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.market import Market
from cxlab.differentiation.choice.products import shown
from cxlab.errors import ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, share

#: cuts along the curve
_CUTS = tuple(np.linspace(0, 0.3, 13).round(4).tolist())
#: halvings of the interval that holds a price: to a millionth of it
_HALVINGS = 20


def price_attack(
    market: Market, *, rival: str = "", cut: float = 0.1, cuts: Sequence[float] = _CUTS, level: float = 0.9
) -> Finding:
    """The share that stays with us when a rival cuts its price and we do nothing.

    Parameters
    ----------
    rival : who cuts, by default the one with the largest share
    cut : share of its price that the title tells
    cuts : shares of its price along the curve, 0 … less than 1

    Returns
    -------
    Finding "differentiation.price_attack", a row a cut: rival, cut, rival_price, share, share_low, share_high (ours),
        kept, kept_low, kept_high (of our buyers), rival_share, rival_share_low, rival_share_high

    Raises
    ------
    ParameterError : an unknown rival, no rival, or a cut that is not between 0 and 1.
    """
    rival = attacker(market, rival)
    cuts = sorted({0.0, float(cut), *map(float, cuts)})
    if not 0 < cut < 1 or cuts[0] < 0 or cuts[-1] >= 1:
        raise ParameterError(f"cut = {cut}.", expected="a share of the price, above 0 and below 1", mend="cut=0.1")
    now, us, them = market.prices[market.at(rival)], market.at(market.own), market.at(rival)
    drawn = np.stack([market.shares({rival: now * (1 - c)}) for c in cuts])
    ours, theirs = drawn[:, :, us].T, drawn[:, :, them].T
    kept = ours / ours[:, :1]
    columns = {"share": ours, "kept": kept, "rival_share": theirs}
    table = pd.DataFrame({"rival": rival, "cut": cuts, "rival_price": now * (1 - np.array(cuts))})
    error = pd.DataFrame(index=table.index)
    for name, values in columns.items():
        ends = spread(values, level)
        table[name], table[f"{name}_low"], table[f"{name}_high"] = ends.mean, *ends.quantiles
        error[name], error[f"{name}_low"], error[f"{name}_high"] = ends.mean_error, *ends.quantile_error
    told = table.iloc[cuts.index(float(cut))]
    ends = interval(share(told.kept_low), share(told.kept_high), level=level)
    # the customers it wins, per customer of ours that it takes
    won = share(max(told.rival_share - table["rival_share"].iloc[0], 0.0), digits=1)
    return Finding(
        name="differentiation.price_attack",
        title=market.fitted.untold
        or f"{share(told.kept)} of our buyers stay when {rival} cuts its price by {share(cut)}",
        text=" ".join([
            f"{rival} asks {market.say(told.rival_price)} instead of {market.say(now)}, and nobody else moves: "
            f"{share(told.kept)} of the buyers of {market.own} stay {ends}; its share goes from "
            f"{share(table['share'].iloc[0], digits=1)} to {share(told.share, digits=1)}, and {rival} wins {won} of "
            "the market.",
            "What would change our mind: a trial of the price, or what happened when a rival last cut its own.",
            *market.notes]),
        table=table,
        units={"rival_price": market.money}
        | dict.fromkeys(["cut", *(f"{n}{end}" for n in columns for end in ("", "_low", "_high"))], "share"),
        checks=(*market.checks(), within_shown(market, now * (1 - cut), rival)),
        monte_carlo_error=error,
        draw=lambda ax: _draw_curve(ax, table, own=market.own, rival=rival, cut=cut, lowest=market.shown[0]),
        caption=f"{market.basis}; rival's price cut with all else as it is, {level * 100:g} % intervals.",
        keys=() if market.fitted.untold else (
            Key(share(told.kept), f"of our buyers stay when {rival} cuts its price by {share(cut)} {ends}"),
        ),
        currency=market.currency,
    )  # fmt: skip


def compensating_price(
    market: Market, target: np.ndarray, *, others: dict[str, float] | None = None, name: str = ""
) -> np.ndarray:
    """The price of a product (by default ours) at which its share is `target`, in every draw; shape (draw,).

    Parameters
    ----------
    target : shares, shape (draw,)
    others : prices of other products at the same time

    Notes
    -----
    Halving the interval of `searched`; its end where none in it will do, which `Searched` counts and says.
    """
    name = name or market.own
    curve, ends = market.curve(name, others), searched(market, name)
    low, high = np.full(len(target), ends.low), np.full(len(target), ends.high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        more = curve(middle) > target
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return (low + high) / 2


@dataclass(frozen=True)
class Searched:
    """Prices among which one that gives a share is looked for; beyond them nothing is known.

    >>> ends = Searched(-6, 12)
    >>> ends.at_an_end(np.array([-6, 3, 11.999999])).tolist(), ends.told(12, str), ends.told(3.5, str)
    ([True, False, True], 'beyond 12', '3.5')
    """

    low: float
    high: float

    def less(self, amount: float) -> Searched:
        """The same prices told as differences to one."""
        return Searched(self.low - amount, self.high - amount)

    def at_an_end(self, amounts: np.ndarray | float) -> np.ndarray:
        """Whether a solution is an end of the search, so none."""
        near = 2.0 ** (1 - _HALVINGS) * (self.high - self.low)
        return (np.asarray(amounts) <= self.low + near) | (np.asarray(amounts) >= self.high - near)

    def told(self, amount: float, say: Callable[[float], str]) -> str:
        """An amount in words; an end of the search is no amount."""
        if not self.at_an_end(amount):
            return say(amount)
        return f"beyond {say(self.low if abs(amount - self.low) < abs(amount - self.high) else self.high)}"

    def check(self, ended: Mapping[str, np.ndarray]) -> Check:
        """Whether every draw has such a price: `ended` holds of each change whether a draw's search met an end."""
        n, of = sum(int(np.sum(draws)) for draws in ended.values()), sum(map(len, ended.values()))
        where = [name for name, draws in ended.items() if name and np.any(draws)]
        return Check(
            "draws in which no price gives this share", n == 0,
            f"{count(n)} of {count(of)}" + f" ({', '.join(where)})" * bool(where), "none",
            "The search met its end there: read amounts and ends of intervals as “beyond”, not as prices.",
        )  # fmt: skip


def searched(market: Market, name: str = "") -> Searched:
    """Twice the range of prices shown, or twice today's price, around today's price of a product (by default ours)."""
    now = float(market.prices[market.at(name or market.own)])
    reach = 2 * max(market.shown[1] - market.shown[0], abs(now))
    return Searched(now - reach, now + reach)


def attacker(market: Market, rival: str) -> str:
    """The rival that is named, else the one with the largest share.

    Raises
    ------
    ParameterError : it is no rival, or there is none.
    """
    if rival and rival not in market.rivals:
        raise unknown("rival", rival, market.rivals)
    if not market.rivals:
        raise ParameterError("there is no rival on this market.", expected="products of rivals")
    sizes = dict(zip(market.names, market.shares().mean(0), strict=True))
    return rival or max(market.rivals, key=sizes.get)


def within_shown(market: Market, price: float, name: str) -> Check:
    """Whether people were asked about a price of a product."""
    low, high = shown(market.choices, market.choices.price)[[0, -1]]
    inside = low - 1e-9 <= price <= high + 1e-9
    return Check(
        f"price of {name} after it", bool(inside), market.say(price),
        f"{market.say(low)} to {market.say(high)}, as shown",
        "Nobody was asked about such a price: what people would do there is a guess.",
    )  # fmt: skip


def _draw_curve(ax, table: pd.DataFrame, **how):
    from cxlab.differentiation.charts.market import draw_price_attack

    return draw_price_attack(ax, table, **how)
