"""The whale curve: profit added up from the most profitable customer to the least, and what the tail takes away."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _
from scipy.special import ndtri

from cxlab.finding import Check, Finding, Key
from cxlab.segments.intervals import FEW, ratio_interval
from cxlab.segments.worth import Worth
from cxlab.wording import count, interval, money, share


def whale_curve(worth: Worth, *, later: Worth | None = None, bins: int = 100, level: float = 0.9) -> Finding:
    """Cumulative profit of customers ordered by profitability: how high it climbs, and how much the tail destroys.

    Parameters
    ----------
    later : the same customers in a following period: whether those who cost money then are those who cost money now.
        Who is last by luck comes back to the middle, so this is the honest measure of what a rule for the tail can save
    bins : points of the curve, 10 … 1000; customers are counted into as many equal parts in the engine

    Returns
    -------
    Finding "segments.whale", a row a point, the most profitable customers first: customer_share, customers (up to
    here), profit, low, high (money, cumulative), of_total (÷ the profit of all; missing where that is not positive),
    peak (whether it is the highest point); with `later` also profit_later (cumulative, in the same order)

    Notes
    -----
    Ends of the interval: the asymptotic variance of a generalised Lorenz curve, from sums over parts. Source: Beach &
    Davidson (1983), Distribution-free statistical inference with Lorenz curves and income shares, Review of Economic
    Studies 50(4). Profit is that of the period: customers who came late in it have had less time to pay back.
    """
    from cxlab.segments import charts

    bins = int(np.clip(bins, 10, 1000))
    parts, together = _parts(worth, later, bins)
    table = _curve(parts, level)
    t = together
    n, positive, negative = t["n"], t["gain"], -t["loss"]
    total = positive - negative
    currency, peak_share = worth.currency, t["payers"] / n
    spread = t["gain_2"] - positive**2 / n
    reach = ndtri((1 + level) / 2)
    ends = positive - reach * spread**0.5, positive + reach * spread**0.5
    if positive > 0:
        taken = negative / positive
        variance = (t["loss_2"] + taken**2 * t["gain_2"]) / positive**2
        taken_ends = ratio_interval(taken, variance, level=level)
    else:
        taken, taken_ends = np.nan, (np.nan, np.nan)
    top = table.iloc[int(np.argmin(np.abs(table["customer_share"] - 0.2)))]
    digits = int(taken < 0.1)
    taken_words = f"{share(taken, digits=digits)} " + interval(
        share(max(taken_ends[0], 0), digits=digits), share(taken_ends[1], digits=digits), level=level
    )
    text = (
        f"{count(n)} customers, {worth.period}, ordered by profit ({worth.words}"
        + (" less cost of contacts" if worth.has_costs else "; cost of serving not known") + "). "
        f"The {share(peak_share)} who brought more than they cost brought {money(positive, currency)} "
        f"{interval(money(ends[0], currency), money(ends[1], currency), level=level)}; "
        f"{count(t['losers'])} ({share(t['losers'] / n)}) cost more than they brought and took away "
        f"{money(negative, currency)} of it, {taken_words}, which leaves {money(total, currency)}."
    )  # fmt: skip
    if total > 0:
        text += f" The best {share(top.customer_share)} brought {share(top.of_total)} of that."
    text += " Losses of a period are not losses for life: late customers have had less time to pay back."
    if later is not None:
        text += _again(parts, t, later, currency)
    checks = (
        *worth.checks, *worth.cost_checks, Check("customers", n >= FEW, count(n), f"≥ {FEW}", "Too few for a curve."),
        Check("profit of all customers", total > 0, money(total, currency), "> 0",
              "Shares of a loss say nothing: read the money."),
    )  # fmt: skip
    units = {"customer_share": "share", "customers": "count", "of_total": "share"}
    units |= {c: "money" for c in ("profit", "low", "high", "profit_later") if c in table}
    return Finding(
        "segments.whale",
        f"{share(t['losers'] / n)} of customers take away {share(taken)} of what the others bring"
        if negative > 0 else f"The best {share(top.customer_share)} of customers bring {share(top.of_total)} of profit",
        text, table, units=units, checks=checks, currency=currency,
        draw=lambda ax: charts.draw_whale(ax, table, currency=currency),
        caption=f"n = {count(n)} customers, {worth.period}; cumulative profit, the most profitable first; band: "
        f"{level * 100:g} % interval."
        + (f" Dashed: the same customers, in the same order, {later.period}." if later is not None else ""),
        keys=(Key(money(negative, currency), f"taken away by {share(t['losers'] / n)} of customers, "
                  f"{taken_words} of what the others bring"),) if negative > 0 else (),
    )  # fmt: skip


def _parts(worth: Worth, later: Worth | None, bins: int) -> tuple[pd.DataFrame, pd.Series]:
    """Equal parts of customers, best first, with sums; and sums over all of them."""
    each = worth.customers.select("customer_id", "profit")
    after = {}
    if later is not None:
        then = later.customers.select("customer_id", profit_later=_.profit)
        each = each.left_join(then, "customer_id").drop("customer_id_right").fill_null({"profit_later": 0.0})
        after = {"later": _.profit_later.sum()}
    place = ibis.row_number().over(order_by=[ibis.desc("profit"), "customer_id"])
    ranked = each.mutate(part=(place * bins) // ibis.literal(worth.n_customers), payer=_.profit > 0, loser=_.profit < 0)
    # a part is cut where profit turns to loss, so that the highest point is exact
    parts = (
        ranked.group_by("part", "payer")
        .agg(n=_.count(), s1=_.profit.sum(), s2=(_.profit * _.profit).sum(), last=_.profit.min(), losers=_.loser.sum(),
             loss=_.profit.sum(where=_.loser).fill_null(0.0), **after)
        .order_by("part", ibis.desc("payer")).to_pandas()
    )  # fmt: skip
    paying = parts[parts["payer"]]
    owing = parts[~parts["payer"]]
    return parts, pd.Series(
        {"n": parts["n"].sum(), "payers": paying["n"].sum(), "losers": parts["losers"].sum(),
         "gain": paying["s1"].sum(), "gain_2": paying["s2"].sum(), "loss": owing["loss"].sum(),
         "loss_2": owing["s2"].sum(), "loss_later": owing["later"].sum() if after else np.nan}
    )  # fmt: skip


def _curve(parts: pd.DataFrame, level: float) -> pd.DataFrame:
    n, s1, s2 = (parts[c].cumsum().to_numpy(float) for c in ("n", "s1", "s2"))
    whole, q = n[-1], parts["last"].to_numpy(float)
    total = s1[-1]
    # what one customer moves the curve by: (x − q)₊, so q·share + mean (x − q)₊ has this variance
    above = (s1 - q * n) / whole
    variance = (s2 - 2 * q * s1 + q**2 * n) / whole - above**2
    reach = ndtri((1 + level) / 2) * np.sqrt(np.maximum(variance, 0.0) * whole)
    payers = parts.loc[parts["payer"], "n"].sum()
    table = pd.DataFrame(
        {"customer_share": n / whole, "customers": n.astype(int), "profit": s1, "low": s1 - reach, "high": s1 + reach,
         "of_total": s1 / total if total > 0 else np.nan, "peak": n == payers}
    )  # fmt: skip
    if "later" in parts:
        table["profit_later"] = parts["later"].cumsum().to_numpy(float)
    return table


def _again(parts: pd.DataFrame, t: pd.Series, later: Worth, currency: str) -> str:
    """What those who cost money in the first period did in the second."""
    if not t["losers"]:
        return ""
    owing = parts.loc[~parts["payer"], "later"].sum()
    verb = "took away again" if owing < 0 else "brought"
    return (
        f" In {later.period} the same {count(t['n'] - t['payers'])} customers without profit {verb} "
        f"{money(abs(owing), currency)} (counting 0 for those not seen): who is last is partly chance."
    )
