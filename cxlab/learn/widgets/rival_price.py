"""A rival's lower price: how much of our share is kept, as we are, at another price, or with something it has not."""

from __future__ import annotations

from functools import cache

import pandas as pd

from cxlab.differentiation.choice.market import Market, build_market
from cxlab.differentiation.choice.price_attack import price_attack
from cxlab.learn.widgets.frame import Control, Seen, Widget, per_cent
from cxlab.style import BLUE, INK, MUTED, PALE_BLUE
from cxlab.wording import share

_CUTS = (0.01, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
#: attribute that we have or have not
OWN = "known_by_name"
_OFFERS = {
    "Own roastery": {"brand": "Own roastery", OWN: 0, "wait_minutes": 4, "price": 3.80},
    "City chain": {"brand": "City chain", OWN: 0, "wait_minutes": 4, "price": 3.30},
    "Corner kiosk": {"brand": "Corner kiosk", OWN: 0, "wait_minutes": 1, "price": 2.50},
}


def make(*, market: Market | None = None, rival: str = "", cut: float = 0.10) -> Widget:
    """The widget "rival-price".

    Parameters
    ----------
    market : of `build_market`; by default the three coffees of lesson A1, all people being alike
    rival : who cuts its price, by default the one with the largest share (of the coffees the city chain)
    cut : share of its price, at first
    """
    if market is None:
        market, rival = coffees(), rival or "City chain"
    today = float(market.prices[market.at(market.own)])
    reach = round(0.15 * today, 1)
    controls = [
        per_cent("cut", f"{rival or 'Rival'} takes off", cut, _CUTS[0], _CUTS[-1], 0.01),
        Control(
            "price",
            f"Our price, {market.unit or market.currency}",
            today,
            round(today - reach, 2),
            round(today + reach, 2),
            0.05,
            write=market.say,
        ),
    ]
    if OWN in market.products[market.own]:
        have = bool(float(market.products[market.own][OWN]))
        controls.append(Control("known", "We know guests by name", have))
    as_is = price_attack(market, rival=rival, cut=0.1, cuts=_CUTS)
    return Widget("rival-price", controls, lambda **at: see(market, as_is.table, rival, **at))


def see(
    market: Market, as_is: pd.DataFrame, rival: str, *, cut: float, price: float, known: bool | None = None
) -> Seen:
    """Our share while a rival's price falls, beside the one if we do nothing."""
    product = dict(market.products[market.own]) | {market.choices.price: price}
    product |= {} if known is None else {OWN: float(known)}
    moved = market.with_product(market.own, product)
    found = price_attack(moved, rival=rival, cut=cut, cuts=_CUTS)
    table = found.table
    row, today = table.set_index("cut").loc[cut], float(as_is["share"].iloc[0])
    name = table["rival"].iloc[0]
    ends = f"{share(row['share_low'])} to {share(row['share_high'])}"
    cost = market.costs.get(market.own)
    profit = "" if cost is None else (
        f" For a hundred people who choose that leaves us {market.say(100 * row['share'] * (price - cost))}; today it "
        f"is {market.say(100 * today * (float(market.prices[market.at(market.own)]) - cost))}."
    )  # fmt: skip
    return Seen(
        title=f"{name} takes {share(cut)} off: our share is {share(row['share'])}, today {share(today)}",
        text=f"{name} asks {market.say(row['rival_price'])}, we ask {market.say(price)}"
        f"{' and know our guests by name' * bool(known)}: {share(row['share'])} would choose us (90 % interval {ends});"
        f" of those who would before its cut, {share(row['kept'])} stay.{profit} Nobody else moves.",
        table=table.assign(chosen=table["cut"] == cut),
        draw=lambda axes: _draw(axes[0], table, as_is, cut, today, name),
        finding=found,
    )


@cache
def coffees() -> Market:
    """The market of lesson A1 with part-worths that are the same for all, which need no sampling."""
    from cxlab.data import load
    from cxlab.differentiation.choice.alike import alike_part_worths
    from cxlab.differentiation.choice.tasks import read_choices

    data = load("coffee_shop")
    offered = data.choices.filter(data.choices.alternative != "none")
    taken = offered.filter(offered.chosen == 1).select("respondent_id", "task")
    bought = data.derived(choices=offered.semi_join(taken, ["respondent_id", "task"]))
    choices = read_choices(bought, price="price", attributes=["brand", OWN, "wait_minutes"],
                           reference={"brand": "City chain"})  # fmt: skip
    fitted = alike_part_worths(choices, draws=400, rng=1)
    return build_market(fitted, _OFFERS, costs={"Own roastery": 1.30}, fixed=("brand",), rng=1)


def _draw(ax, table: pd.DataFrame, as_is: pd.DataFrame, cut: float, today: float, rival: str) -> None:
    ax.axhline(today, color=INK, linestyle=":", linewidth=1.2)
    ax.text(0.3, today, "today ", fontsize=8, color=INK, ha="right", va="bottom")
    ax.plot(as_is["cut"], as_is["share"], color=MUTED, linestyle="--", linewidth=1.5, label="if we do nothing")
    ax.fill_between(table["cut"], table["share_low"], table["share_high"], color=PALE_BLUE, alpha=0.6, linewidth=0)
    ax.plot(table["cut"], table["share"], color=BLUE, linewidth=2, label="as the controls stand")
    ax.legend(loc="lower left", fontsize=8, handlelength=2.5, frameon=False, labelcolor=INK)
    own = table.set_index("cut").loc[cut, "share"]
    ax.plot(cut, own, "o", color=BLUE, markersize=9)
    above = own >= today
    ax.text(cut, own + (0.02 if above else -0.02), share(own), fontsize=10, fontweight="bold", color=INK, ha="center",
            va="bottom" if above else "top")  # fmt: skip
    ax.set(xlim=(0, 0.305), ylim=(0, max(0.6, 1.1 * float(table["share_high"].max()))))
    ax.xaxis.set_major_formatter(lambda value, _: share(value))
    ax.yaxis.set_major_formatter(lambda value, _: share(value))
    ax.set_xlabel(f"{rival} takes off its price", fontsize=9)
    ax.set_ylabel("Would choose us", fontsize=9)
