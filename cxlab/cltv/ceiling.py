"""What winning a customer may cost, by channel: worth against cost where both are uncertain, and the spend ceiling.

How many customers came of the money is chance. With n of them won by `spend`, the cost of one is

    CAC = spend / λ,  λ ~ Gamma(n + ½, 1)          (Poisson count under Jeffreys' prior)

and the ratio CLV:CAC is taken draw by draw. The ceiling is the cost at which a new customer pays with a stated chance:
the quantile of CLV at one less that chance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.cltv.acquisition import NewCustomer, _payback
from cxlab.errors import ParameterError
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Check, Finding, Key
from cxlab.wording import chance_of, count, interval, money, number, share, span

FEWEST_WON = 30


def cost_draws(
    spend: float, new_customers: float, *, draws: int = 1000, rng: np.random.Generator | int = 1
) -> np.ndarray:
    """What winning a customer costs, shape (draws,): the money over what came of it, whose number is chance.

    >>> low, high = np.quantile(cost_draws(10_000, 100, draws=20_000), [.05, .95])
    >>> bool(84 < low < 87 and 117 < high < 120)
    True
    """
    if not (spend > 0 and new_customers > 0):
        raise ParameterError(f"spend = {spend}, new_customers = {new_customers}.", expected="both above 0")
    return spend / np.random.default_rng(rng).gamma(new_customers + 0.5, size=draws)


def spend_ceiling(
    customer: NewCustomer,
    table: pd.DataFrame,
    *,
    target: float = 3.0,
    sure: float = 0.9,
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> Finding:
    """What a new customer may cost by channel, and how likely each channel pays.

    Parameters
    ----------
    customer : of `cxlab.cltv.acquisition.new_customer`
    table : as `cxlab.cltv.acquisition.costs` makes it: channel, spend, new_customers, cac
    target : the ratio CLV:CAC that is wanted beside 1 (rent and wages are paid from the rest)
    sure : chance with which a customer bought at the ceiling pays

    Returns
    -------
    Finding "cltv.spend_ceiling", a row a channel, the best ratio first: channel, new_customers, spend, cac, cac_low,
        cac_high, clv, clv_low, clv_high, ratio, ratio_low, ratio_high (median of draws), p_pays (P(CLV > CAC)),
        p_target (P(CLV > target · CAC)), payback, payback_low, payback_high (time until the cost is back; missing
        beyond the horizon), ceiling (highest cost that pays with `sure`), ceiling_target (with which the ratio is
        `target` as surely)

    Raises
    ------
    ParameterError : a target that is not above 0, a chance outside 0…1, or a channel without spend or customers.
    """
    check_level(level)
    if not target > 0:
        raise ParameterError(f"target = {target}.", expected="a ratio of worth to cost > 0", mend="target=3")
    if not 0 < sure < 1:
        raise ParameterError(f"sure = {sure}.", expected="a chance, 0 < sure < 1", mend="sure=0.9")
    rng = np.random.default_rng(rng)
    terms, tail = customer.terms, [(1 - level) / 2, (1 + level) / 2]
    rows, errors = [], []
    for row in table.to_dict("records"):
        paths = customer.of(row["channel"])
        worth, n = paths[-1], paths.shape[1]
        cost = cost_draws(row["spend"], row["new_customers"], draws=n, rng=rng)
        ratio = worth / cost
        back = np.array([_payback(customer.times, path, c) for path, c in zip(paths.T, cost, strict=True)])
        found = {"channel": row["channel"], "new_customers": row["new_customers"], "spend": row["spend"]}
        middles = (row["spend"] / row["new_customers"], worth.mean(), np.median(ratio))
        for name, middle, draws in zip(("cac", "clv", "ratio"), middles, (cost, worth, ratio), strict=True):
            found |= {name: middle} | dict(zip((f"{name}_low", f"{name}_high"), np.quantile(draws, tail), strict=True))
        p, p_target = float((ratio > 1).mean()), float((ratio > target).mean())
        late = np.quantile(back, [tail[0], 0.5, tail[1]], method="inverted_cdf")
        late = np.where(np.isfinite(late), late, np.nan)
        ceiling = float(np.quantile(worth, 1 - sure))
        found |= {"p_pays": p, "p_target": p_target, "payback_low": late[0], "payback": late[1],
                  "payback_high": late[2], "ceiling": ceiling, "ceiling_target": ceiling / target}  # fmt: skip
        rows.append(found)
        e = {name: draws.std() / np.sqrt(n) for name, draws in (("cac", cost), ("clv", worth), ("ratio", ratio))}
        error = {f"{name}_{end}": 2 * v for name, v in e.items() for end in ("low", "high")}
        error |= {"clv": e["clv"], "ratio": 1.25 * e["ratio"], "ceiling": 1.8 * e["clv"],
                  "ceiling_target": 1.8 * e["clv"] / target}  # fmt: skip
        error |= {k: np.sqrt(max(v * (1 - v), 1 / n) / n) for k, v in (("p_pays", p), ("p_target", p_target))}
        errors.append(error | dict.fromkeys(("payback", "payback_low", "payback_high"), customer.times[1]))
    found = pd.DataFrame(rows).sort_values("ratio", ascending=False, kind="stable")
    error = pd.DataFrame(errors).loc[found.index].reset_index(drop=True)
    found = found.reset_index(drop=True)
    moneys = [c for c in found if c.split("_")[0] in ("cac", "clv", "ceiling", "spend")]
    units = dict.fromkeys(moneys, "money") | {"new_customers": "count", "p_pays": "share", "p_target": "share"}
    units |= dict.fromkeys(("payback", "payback_low", "payback_high"), f"{terms.time_unit}s")
    few = found["new_customers"].min()
    won = Check("new customers of the smallest channel", few >= FEWEST_WON, count(few), f"≥ {FEWEST_WON}",
                "Its cost is one of a few lucky or unlucky weeks.")  # fmt: skip
    checks = (*customer.checks, won)
    best, currency = found.iloc[0], terms.currency
    return Finding(
        name="cltv.spend_ceiling",
        title=_title(found, target),
        text=_text(found, terms, target, sure, level),
        table=found,
        units=units,
        monte_carlo_error=error,
        checks=checks,
        currency=currency,
        caption=f"n = {count(found['new_customers'].sum())} new customers, {customer.summary.period}; {terms.sentence}"
        f", first purchase included; {level * 100:g} % intervals of worth and of cost.",
        draw=lambda ax: _draw(ax, found, target, currency),
        keys=(Key(money(best.ceiling, currency), f"is what a new customer by {best.channel} may cost and still pay "
                  f"with a probability of {share(sure)}"),),
    )  # fmt: skip


def _title(found: pd.DataFrame, target: float) -> str:
    sure, none = found[found["p_target"] >= 0.9], found[found["p_target"] <= 0.1]
    goal = f"{target:g} times"
    if not len(sure):
        return f"No channel surely brings {goal} what it costs"
    return f"{len(sure)} of {len(found)} channels surely bring{'s' * (len(sure) == 1)} {goal} what they cost, " + (
        f"{len(none)} surely {'does' if len(none) == 1 else 'do'} not" if len(none) else "none surely does not"
    )


def _text(found: pd.DataFrame, terms, target: float, sure: float, level: float) -> str:
    said = []
    for r in found.itertuples():
        ratio = interval(*(number(v, digits=2) for v in (r.ratio_low, r.ratio_high)), level=level)
        cost = interval(*(money(v, terms.currency) for v in (r.cac_low, r.cac_high)), level=level)
        said.append(
            f"By {r.channel}, a new customer costs {money(r.cac, terms.currency)} {cost} and brings "
            f"{number(r.ratio, digits=2)} times that {ratio}; it pays with {chance_of(r.p_pays)}, {target:g} times "
            f"over with {chance_of(r.p_target)}, and may cost {money(r.ceiling, terms.currency)}."
        )
    over = f"Over {span(terms.horizon, terms.time_unit)}, and to pay with a chance of {share(sure)}:"
    return " ".join([over, *said, "What would change our mind: the next customer costing more than the average one."])


def _draw(ax, found: pd.DataFrame, target: float, currency: str):
    from cxlab.cltv.charts.ceiling import draw_ceiling

    return draw_ceiling(ax, found, target=target, currency=currency)
