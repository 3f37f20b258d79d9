"""Value of segments: what their customers bring, what serving them costs, and how sure the difference is.

Sums leave the engine, not customers. Means have Hall's interval (money has long tails), shares of a total are ratios of
sums over customers (linearised: Särndal, Swensson & Wretman 1992, sections 5.5 and 5.6), chances are integrals.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal

from cxlab.errors import DataError
from cxlab.finding import Check, Finding, Key
from cxlab.segments.intervals import FEW, HIDDEN, chance_best, ratio_interval
from cxlab.segments.worth import ALL, Worth
from cxlab.wording import count, interval, money, share

#: names of the four corners: (worth more than the others, costs more than the others)
CORNERS = {
    (True, False): "worth more, costs less",
    (True, True): "worth more, costs more",
    (False, False): "worth less, costs less",
    (False, True): "worth less, costs more",
}


def segment_value(worth: Worth, *, level: float = 0.9) -> Finding:
    """What a customer of each segment brought, and what share of all value the segment holds.

    Returns
    -------
    Finding "segments.value", a row a segment and one of all customers ("all"): segment, customers, share (of
    customers), bought (share with value above 0), value, low, high (money, mean a customer), total (money),
    value_share, value_share_low, value_share_high (of all value), p_best (chance that its mean is the highest).
    Segments of fewer than 5 customers are hidden.

    Notes
    -----
    Intervals are of the mean of customers like these; value is what was recorded in the period, not what is to come.
    """
    from cxlab.segments import charts

    sums, everybody = worth.sums, worth.sums.sum()
    shown = [s for s in worth.segments if sums.loc[s, "customers"] >= HIDDEN]
    means = {s: worth.mean("value", s) for s in (*worth.segments, ALL)}
    best = dict(zip(shown, chance_best([means[s] for s in shown]), strict=True)) if len(shown) > 1 else {}
    rows = []
    for segment in (*worth.segments, *([ALL] if worth.segments != (ALL,) else [])):
        own = everybody if segment == ALL else sums.loc[segment]
        part, low, high = _part(own, everybody, level)
        small = own["customers"] < HIDDEN
        ends = (np.nan, np.nan) if small else means[segment].interval(level)
        rows.append(
            {
                "segment": segment, "customers": int(own["customers"]),
                "share": own["customers"] / everybody["customers"],
                "bought": np.nan if small else own["buyers"] / own["customers"],
                "value": np.nan if small else means[segment].mean, "low": ends[0], "high": ends[1],
                "total": np.nan if small else own["value_1"], "value_share": np.nan if small else part,
                "value_share_low": np.nan if small else low, "value_share_high": np.nan if small else high,
                "p_best": best.get(segment, np.nan),
            }
        )  # fmt: skip
    table, currency, n = pd.DataFrame(rows), worth.currency, count(worth.n_customers)
    ranked = table[table["segment"].isin(shown)].sort_values("value", ascending=False)

    def each(r):
        return f"{money(r.value, currency)} {interval(money(r.low, currency), money(r.high, currency), level=level)}"

    top = ranked.iloc[0] if len(ranked) else table.iloc[-1]
    if len(ranked) > 1:
        last = ranked.iloc[-1]
        title = f"{top.segment}: {share(top.share)} of customers, {share(top.value_share)} of value"
        within = interval(share(top.value_share_low), share(top.value_share_high), level=level)
        text = (
            f"A customer of {top.segment} brought {each(top)} on average, of {last.segment} {each(last)}; n = {n} "
            f"customers, {worth.period}. {top.segment} are {share(top.share)} of customers and hold "
            f"{share(top.value_share)} of all value {within}; the chance that they are worth most a customer is "
            f"{share(top.p_best)}."
        )
    else:
        title = f"A customer brought {money(top.value, currency)} on average"
        text = f"A customer brought {each(top)} on average; n = {n} customers, {worth.period}."
    text += f" Value is {worth.words} as recorded, not what is to come." + _hidden(table)
    drawn = table[(table["segment"] == ALL) | table["segment"].isin(shown)]
    return Finding(
        "segments.value", title, text, table,
        units=dict.fromkeys(
            ("share", "bought", "value_share", "value_share_low", "value_share_high", "p_best"), "share")
        | dict.fromkeys(("value", "low", "high", "total"), "money") | {"customers": "count"},
        checks=(*worth.checks, _enough(worth)), currency=currency,
        draw=lambda ax: charts.draw_segment_value(ax, drawn, currency=currency),
        caption=f"n = {n} customers, {worth.period}; {worth.words} a customer, {level * 100:g} % intervals.",
        keys=(Key(share(top.value_share), f"of value comes from {share(top.share)} of customers: {top.segment}"),)
        if len(ranked) > 1 else (),
    )  # fmt: skip


def cost_to_serve(worth: Worth, *, level: float = 0.9) -> Finding:
    """What each segment brings against what serving it costs: its corner among the four, and how sure that is.

    Returns
    -------
    Finding "segments.cost_to_serve", a row a segment and one of all: segment, customers, value, value_low, value_high,
    cost, cost_low, cost_high, profit, profit_low, profit_high (money, means a customer), cost_share, cost_share_low,
    cost_share_high (cost ÷ value), p_loss (chance that the mean profit is below 0), corner (against all other customers
    together), p_corner (its chance)

    Raises
    ------
    DataError : no contact has a cost.
    """
    from cxlab.segments import charts

    if not worth.has_costs:
        raise DataError(
            "no contact has a cost, so what serving a segment costs is not known.",
            expected="touchpoints with a column cost", mend="--column cost=NAME, or segment_value for value alone",
        )  # fmt: skip
    sums, everybody, rows = worth.sums, worth.sums.sum(), []
    for segment in (*worth.segments, *([ALL] if worth.segments != (ALL,) else [])):
        own = everybody if segment == ALL else sums.loc[segment]
        row = {"segment": segment, "customers": int(own["customers"])}
        small = own["customers"] < HIDDEN
        for column in ("value", "cost", "profit"):
            mean = worth.mean(column, segment)
            ends = mean.interval(level)
            found = (np.nan,) * 3 if small else (mean.mean, *ends)
            row |= dict(zip((column, f"{column}_low", f"{column}_high"), found, strict=True))
        row |= dict(zip(("cost_share", "cost_share_low", "cost_share_high"), _cost_share(own, level), strict=True))
        row["p_loss"] = np.nan if small else float(worth.mean("profit", segment).below(0.0))
        corner, chance = ("", np.nan) if small or segment == ALL else _corner(own, everybody - own)
        rows.append(row | {"corner": corner, "p_corner": chance})
    table, currency, n = pd.DataFrame(rows), worth.currency, count(worth.n_customers)
    whole = table.iloc[-1]
    parts = table[(table["corner"] != "") & table["value"].notna()]

    def said(r, column):
        ends = (money(r[f"{column}_low"], currency), money(r[f"{column}_high"], currency))
        return f"{money(r[column], currency)} {interval(*ends, level=level)}"

    text = (
        f"Serving a customer costs {said(whole, 'cost')} and brings {said(whole, 'value')} ({worth.words}), so "
        f"{share(whole.cost_share)} of value goes into serving; n = {n} customers, {worth.period}."
    )
    title = f"{share(whole.cost_share)} of what customers bring goes into serving them"
    if len(parts):
        dear = parts.loc[parts["cost_share"].idxmax()]
        title = f"Serving takes {share(dear.cost_share)} of what {dear.segment} bring, {share(whole.cost_share)} of all"
        text += " " + " ".join(
            f"{r.segment}: {r.corner} than the others (chance {share(r.p_corner)}), profit a customer "
            f"{said(parts.loc[i], 'profit')}." for i, r in zip(parts.index, parts.itertuples(), strict=True)
        )  # fmt: skip
    text += _hidden(table)
    ends = ("", "_low", "_high")
    return Finding(
        "segments.cost_to_serve", title, text, table,
        units=dict.fromkeys([c + e for c in ("value", "cost", "profit") for e in ends], "money")
        | dict.fromkeys(["cost_share" + e for e in ends] + ["p_loss", "p_corner"], "share") | {"customers": "count"},
        checks=(*worth.checks, *worth.cost_checks, _enough(worth)), currency=currency,
        draw=lambda ax: charts.draw_cost_to_serve(ax, table, currency=currency),
        caption=f"n = {n} customers, {worth.period}; means a customer with {level * 100:g} % intervals; dashed: all "
        "customers.",
    )  # fmt: skip


def _part(own: pd.Series, everybody: pd.Series, level: float) -> tuple[float, float, float]:
    """Share of all value that a segment holds, customers being the sample."""
    total = everybody["value_1"]
    if not total > 0:
        return np.nan, np.nan, np.nan
    part = own["value_1"] / total
    rest = everybody["value_2"] - own["value_2"]
    variance = ((1 - part) ** 2 * own["value_2"] + part**2 * rest) / total**2
    return (part, *ratio_interval(part, variance, level=level))


def _cost_share(own: pd.Series, level: float) -> tuple[float, float, float]:
    """Cost ÷ value, on the scale of logarithms."""
    from scipy.special import ndtri

    value, cost = own["value_1"], own["cost_1"]
    if own["customers"] < HIDDEN or not (value > 0 and cost > 0):
        return np.nan, np.nan, np.nan
    ratio = cost / value
    variance = own["cost_2"] - 2 * ratio * own["value_cost"] + ratio**2 * own["value_2"]
    reach = float(np.exp(ndtri((1 + level) / 2) * max(variance, 0.0) ** 0.5 / cost))
    return ratio, ratio / reach, ratio * reach


def _corner(own: pd.Series, rest: pd.Series) -> tuple[str, float]:
    """The likeliest corner of a segment against all others, and its chance: both means jointly normal."""
    if rest["customers"] < HIDDEN:
        return "", np.nan
    gap, spread = np.zeros(2), np.zeros((2, 2))
    for part, sign in ((own, 1), (rest, -1)):
        n = part["customers"]
        mean = np.array([part["value_1"], part["cost_1"]]) / n
        products = [[part["value_2"], part["value_cost"]], [part["value_cost"], part["cost_2"]]]
        gap += sign * mean
        spread += (np.array(products) / n - np.outer(mean, mean)) / (n - 1)
    more, dear = bool(gap[0] > 0), bool(gap[1] > 0)
    flip = np.diag([1 if more else -1, 1 if dear else -1])
    normal = multivariate_normal(np.zeros(2), flip @ spread @ flip, allow_singular=True)
    return CORNERS[more, dear], float(np.clip(normal.cdf(flip @ gap), 0, 1))


def _enough(worth: Worth) -> Check:
    least = worth.sums["customers"].min()
    return Check("customers of the smallest segment", least >= FEW, count(least), f"≥ {FEW}",
                 "Its means rest on few customers.")  # fmt: skip


def _hidden(table: pd.DataFrame) -> str:
    names = table.loc[table["value"].isna(), "segment"].tolist()
    return f" Hidden, with fewer than {HIDDEN} customers: {', '.join(names)}." if names else ""
