"""What contracts are worth: the payments still to come, by age, and of all active contracts together.

A contract pays at its start and at every renewal it passes. With survival S and a discount rate d a period,

    a new contract           1 + Σ_{j=1}^{h−1} S(j) / (1+d)^j      payments within h periods, the first included
    after passing renewal n  Σ_{j=1}^{h} S(n+j) / S(n) / (1+d)^j   payments after the one made at renewal n

Constant churn, the usual way, gives every age the same value, and too little to contracts that have lasted.

Source: Fader & Hardie (2010), Customer-base valuation in a contractual setting: the perils of ignoring heterogeneity,
Marketing Science 29(1), equations for E(DEL) and E(DRL) with the horizon cut at h.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.cltv.contracts import Contracts
from cxlab.cltv.retention import MOST_DRAWN, Retention, far_check
from cxlab.cltv.sbg import S_BG
from cxlab.cltv.summary import DAYS
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, money, number, share

_PREDICTIVE_DRAWS = 2000
NEW, ALL = "new", "all active"


@dataclass(frozen=True)
class Payments:
    """What a contract pays.

    Parameters
    ----------
    horizon : periods that count, from now on
    price : money a period, of contracts whose price the table does not state; 0 when not known
    margin : share of the price that is margin, 0 < margin ≤ 1
    discount_rate : a year, ≥ 0
    currency : ISO code

    >>> round(Payments(horizon=12, discount_rate=.1).per_period("month"), 5)
    0.00797
    """

    horizon: int
    price: float = 0.0
    margin: float = 1.0
    discount_rate: float = 0.1
    currency: str = ""

    def __post_init__(self):
        if not self.horizon >= 1:
            raise ParameterError(f"horizon = {self.horizon}.", expected="a whole number of periods ≥ 1")
        if not 0 < self.margin <= 1:
            raise ParameterError(f"margin = {self.margin}.", expected="a share of the price, 0 < margin ≤ 1")
        if not (self.price >= 0 and 0 <= self.discount_rate < 5):
            raise ParameterError(
                f"price = {self.price}, discount_rate = {self.discount_rate}.",
                expected="a price ≥ 0, a yearly rate ≥ 0",
            )

    def per_period(self, period: str) -> float:
        """Discount rate of a period."""
        return float((1 + self.discount_rate) ** (DAYS[period] / DAYS["year"]) - 1)

    def of(self, parts: pd.DataFrame, everyone: pd.DataFrame) -> float:
        """Margin of a period of some contracts: by their mean price, else the segment's, else the one given."""
        for some in (parts, everyone):
            if some["priced"].sum():
                return self.margin * float(some["price"].sum() / some["priced"].sum())
        return self.margin * self.price


def contract_value(retention: Retention, payments: Payments, *, rng: np.random.Generator | int = 1) -> Finding:
    """What a contract is worth, new and by age, and what all that are active are worth together.

    Returns
    -------
    Finding with columns segment (where there are several), age ("new", or renewals passed), contracts (active ones of
    that age), remaining (payments still to come within the horizon, expected, not discounted), value, low, high (of a
    contract, discounted), constant_churn (its value if every contract left with the same probability): money when
    prices are known, else payments of one period. The last row is the sum over all active contracts, with chance in
    `low` and `high`.
    """
    c, h = retention.contracts, payments.horizon
    priced = c.has_prices or payments.price > 0
    rate = payments.per_period(c.period)
    each, errors = _by_age(retention, payments, rate, priced)
    row, error = _all_active(retention, each, errors, h, rate, rng)
    each_and_all = pd.concat([each, pd.DataFrame([row])], ignore_index=True)[[k for k in each if k != "price"]]
    words, plain = _amounts(priced, payments.currency, c.period)
    within = retention.within
    n = row["contracts"]
    margin = f"{share(payments.margin)} margin, " if priced and payments.margin < 1 else ""
    discount = f"{share(payments.discount_rate)} discount a year"
    terms = f"{h} {c.period}s, {margin}{discount}, paid at the start of a {c.period}"
    off = row["constant_churn"] / row["value"] - 1 if n else 0.0
    sentences = [
        f"{count(n)} active contracts are worth {words(row['value'])} {within(pd.Series(row), plain)} over the next "
        f"{h} {c.period}s, "
        "without what they have paid."
    ]
    for r in each[each["age"] == NEW].head(MOST_DRAWN).itertuples():
        own = retention.rows_of(each, r)
        old = own.iloc[-1]
        sentences.append(
            f"A new {retention.of(r)[:-1]} is worth {words(r.value)} {within(r, plain)}, its first payment included; "
            f"one that "
            f"passed {old.age} renewals {words(old.value)} {within(old, plain)}, {number(old.remaining)} more "
            f"payments expected."
        )
    if n:
        sentences.append(
            f"Constant churn would put the active contracts at {words(row['constant_churn'])}, "
            f"{share(abs(off))} too {'little' if off < 0 else 'much'}."
        )
    return Finding(
        name="retention.value",
        title=f"The {count(n)} active contracts are worth {words(row['value'])} over the next {h} {c.period}s",
        text=" ".join([*sentences, f"Terms: {terms}."]),
        table=each_and_all,
        units={"contracts": "count", "remaining": "payments"}
        | dict.fromkeys(["value", "low", "high", "constant_churn"], "money" if priced else "payments"),
        monte_carlo_error=pd.DataFrame([*errors, error]),
        checks=(*retention.checks, far_check(h, c), *_price_checks(c)),
        draw=lambda ax: _draw(ax, retention.drawn(each), c.period, priced, payments.currency),
        caption=f"{retention.caption} {terms[0].upper()}{terms[1:]}.",
        keys=[Key(plain(row["value"]), ("" if priced else f"{c.period}ly payments: ")
                  + f"worth of {count(n)} active contracts over the next {h} {c.period}s "
                  f"{within(pd.Series(row), plain)}")],
        currency=payments.currency if priced else "",
    )  # fmt: skip


def _by_age(retention: Retention, payments: Payments, rate: float, priced: bool):
    """Value of a contract of every age that was seen, and its Monte-Carlo error."""
    c, h, theta = retention.contracts, payments.horizon, retention.posterior.theta
    records, errors = [], []
    for g, segment in enumerate(c.segments):
        everyone = c.distinct[c.distinct["segment"] == segment]
        active = everyone[everyone["active"] == 1]
        powers = ((1 - retention.constant_churn(segment)) / (1 + rate)) ** np.arange(h + 1)
        oldest = int((everyone["renewals"] + everyone["churned"]).max())
        still = S_BG.survival(theta[:, :, g, None], np.arange(oldest + h + 1))  # (draw, renewals passed)
        # a payment of each period within the horizon, plain and discounted
        worth = np.column_stack([np.ones(h), (1 + rate) ** -np.arange(1.0, h + 1)])
        for age in [NEW, *range(oldest + 1)]:
            new = age == NEW
            own = active[active["renewals"] == (-1 if new else age)]
            price = payments.of(own, everyone) if priced else 1.0
            after, periods = (0, h - 1) if new else (age, h)
            to_come = still[:, after + 1 : after + periods + 1] @ worth[:periods] / still[:, [after]]
            more, left = float(new) + to_come.T
            e, m = retention.estimate(price * left), retention.estimate(more)
            records.append({"segment": segment, "age": str(age), "contracts": int(own["contracts"].sum()),
                            "remaining": float(m.mean), "value": float(e.mean), "low": float(e.quantiles[0]),
                            "high": float(e.quantiles[1]), "price": price,
                            "constant_churn": price * float((powers[:-1] if new else powers[1:]).sum())})  # fmt: skip
            errors.append({"remaining": float(m.mean_error), "value": float(e.mean_error),
                           "low": float(e.quantile_error[0]), "high": float(e.quantile_error[1])})  # fmt: skip
    table = pd.DataFrame(records)
    return table if len(c.segments) > 1 else table.drop(columns="segment"), errors


def _all_active(retention: Retention, each: pd.DataFrame, errors: list[dict], horizon: int, rate: float, rng):
    """Payments of all active contracts together, chance included: who is left is drawn renewal by renewal."""
    rng = np.random.default_rng(rng)
    posterior, segments = retention.posterior, retention.contracts.segments
    theta = posterior.draws(_PREDICTIVE_DRAWS, rng)
    paid = np.zeros(_PREDICTIVE_DRAWS)
    for r in each[each["contracts"] > 0].itertuples():
        own = theta[:, :, segments.index(r.segment) if "segment" in each else 0]
        alive = np.full(_PREDICTIVE_DRAWS, r.contracts)
        for j in range(1, horizon + 1):
            alive = rng.binomial(alive, S_BG.retention(own, int(r.age) + j))
            paid += r.price * alive / (1 + rate) ** j
    size = min(_PREDICTIVE_DRAWS, posterior.diagnostics["effective"])
    e = spread(paid, retention.level, effective=size)
    n = each["contracts"]
    row = {"segment": "all", "age": ALL, "contracts": int(n.sum()), "remaining": float(n @ each["remaining"]),
           "value": float(n @ each["value"]), "low": float(e.quantiles[0]), "high": float(e.quantiles[1]),
           "constant_churn": float(n @ each["constant_churn"])}  # fmt: skip
    error = {k: float(n @ pd.DataFrame(errors)[k]) for k in ("remaining", "value")}
    error |= {"low": float(e.quantile_error[0]), "high": float(e.quantile_error[1])}
    return row, error


def _price_checks(contracts: Contracts) -> tuple[Check, ...]:
    """Whether prices are known of nearly all active contracts, where they are used at all."""
    if not contracts.has_prices:
        return ()
    active = contracts.distinct[contracts.distinct["active"] == 1]
    known = float(active["priced"].sum() / max(active["contracts"].sum(), 1))
    return (
        Check("share of active contracts with a price", known >= 0.95, share(known), "≥ 95 %",
              "The others count at the mean price of their age and segment."),
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame, period: str, priced: bool, currency: str):
    from cxlab.cltv.charts import draw_residual

    return draw_residual(ax, table, time_unit=period, unit="money" if priced else "payments", currency=currency)


def _amounts(priced: bool, currency: str, period: str):
    """How a value is written in a sentence, and how within an interval."""
    if priced:
        return (lambda v: money(float(v), currency),) * 2
    return (lambda v: f"{number(float(v))} {period}ly payments"), (lambda v: number(float(v)))
