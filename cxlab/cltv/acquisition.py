"""What a new customer is worth against what winning one costs: CLV:CAC, the chance that it pays, and when.

value of a new customer by time h = margin · ( first purchase + expected spend · D₀(h) )

with D₀ the discounted expected repeat purchases of a customer nobody has seen yet (see `value`). The first purchase is
the mean of those in the log, since first baskets need not look like later ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.cltv.posterior import Posterior
from cxlab.cltv.summary import Summary
from cxlab.cltv.value import Terms, discounted_if_alive, spend_checks
from cxlab.errors import DataError, ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, money, number, share, span

_TIMES = 26  # points of the payback curve


@dataclass(frozen=True)
class NewCustomer:
    """Value of a new customer over time, draw by draw.

    Parameters
    ----------
    times : shape (n_times,), in `time_unit`, from 0 to the horizon
    value : cumulative discounted margin, shape (n_groups, n_times, n_draws)
    groups : segments; ("all",) without
    """

    times: np.ndarray
    value: np.ndarray
    groups: tuple[str, ...]
    summary: Summary
    terms: Terms
    checks: tuple[Check, ...]

    def of(self, channel: str) -> np.ndarray:
        """Value of a customer of a channel, shape (n_times, n_draws): its own segment's, or that of all customers."""
        if channel in self.groups:
            return self.value[self.groups.index(channel)]
        weight = self.summary.rows.group_weight
        return np.tensordot(weight / weight.sum(), self.value, axes=1)


def new_customer(
    purchases: Posterior,
    spend: Posterior,
    summary: Summary,
    terms: Terms,
    *,
    draws: int = 1000,
    rng: np.random.Generator | int = 1,
) -> NewCustomer:
    """The value of a customer won today, first purchase included, over the terms' horizon."""
    rng = np.random.default_rng(rng)
    theta, amounts = purchases.draws(draws, rng), spend.draws(draws, rng)
    amounts = amounts[:, rng.permutation(draws)]
    firsts = (
        summary.customers.filter(_.first_value.notnull())
        .group_by("segment")
        .agg(mean=_.first_value.mean(), sd=_.first_value.std(), n=_.count())
        .to_pandas()
        .set_index("segment")
    )
    times = np.linspace(0, terms.horizon, _TIMES)
    model, zero = purchases.model, np.zeros(1)
    values = []
    for g, group in enumerate(summary.rows.groups):
        th = tuple(v[:, min(g, v.shape[1] - 1)] for v in theta)
        p, q, v = (a[:, min(g, a.shape[1] - 1)] for a in amounts)
        each = np.where(q > 1, p * v / np.where(q > 1, q - 1, 1.0), np.nan)
        if group in firsts.index and firsts.loc[group, "n"] > 1:  # a mean of the log, with its standard error
            mean, sd, n = firsts.loc[group]
            first = np.maximum(mean + sd / np.sqrt(n) * rng.standard_normal(draws), 0.0)
        else:
            first = each
        start = model.p_alive(th, zero, zero, zero)
        repeats = np.stack(
            [np.zeros(draws)] + [start * discounted_if_alive(model, th, zero, zero, t, terms.delta) for t in times[1:]]
        )
        values.append(terms.margin * (first + each * repeats))
    value = np.array(values)
    value = value[:, :, np.isfinite(value).all((0, 1))]
    checks = tuple(dict.fromkeys((*purchases.checks, *spend.checks, *spend_checks(spend, summary))))
    return NewCustomer(times, value, summary.rows.groups, summary, terms, checks)


def costs(spend: ibis.Table | None = None, *, cac: float | None = None, summary: Summary) -> pd.DataFrame:
    """What a new customer cost, by channel.

    Parameters
    ----------
    spend : contract table `spend`: period, channel, spend, new_customers?
    cac : one cost for all instead
    summary : counts the new customers of a channel (its segment) where `spend` does not

    Returns
    -------
    DataFrame: channel, spend, new_customers, cac

    Raises
    ------
    DataError : new customers are neither in `spend` nor told by segments named as the channels.
    ParameterError : neither or both of `spend` and `cac` are given.
    """
    if (spend is None) == (cac is None):
        raise ParameterError("give either the table `spend` or one `cac`.", expected="one of the two")
    if cac is not None:
        if not cac > 0:
            raise ParameterError(f"cac = {cac}.", expected="money > 0")
        n = float(summary.n_customers)
        return pd.DataFrame({"channel": ["all"], "spend": [cac * n], "new_customers": [n], "cac": [float(cac)]})
    counted = "new_customers" in spend.columns
    table = (
        spend.group_by("channel")
        .agg(spend=_.spend.sum(), new_customers=_.new_customers.sum() if counted else ibis.null("float64"))
        .order_by("channel")
        .to_pandas()
    )
    if not counted or table["new_customers"].isna().all():
        sizes = dict(zip(summary.rows.groups, summary.rows.group_weight, strict=True))
        lost = [c for c in table["channel"] if c not in sizes]
        if lost:
            raise DataError(
                f"spend has no new_customers, and no segment is named as channel {', '.join(map(repr, lost))} "
                f"(segments: {', '.join(sizes)}).",
                expected="the column new_customers, or a segment column with the channels' names",
                mend="segment=acquisition_channel",
            )
        table["new_customers"] = table["channel"].map(sizes)
    table = table.astype({"spend": float, "new_customers": float})
    empty = table["new_customers"].fillna(0) <= 0
    if empty.any():
        raise DataError(
            f"channel {', '.join(table.loc[empty, 'channel'])} has spend but no new customers.",
            expected="new_customers > 0", mend="merge it with another channel, or leave it out",
        )  # fmt: skip
    table["cac"] = table["spend"] / table["new_customers"]
    return table


def acquisition(customer: NewCustomer, table: pd.DataFrame, *, level: float = 0.9) -> tuple[Finding, Finding]:
    """Which channels pay, and when.

    Parameters
    ----------
    table : as `costs` makes it

    Returns
    -------
    Finding "cltv.acquisition", a row a channel: channel, spend, new_customers, cac, clv, clv_low, clv_high, ratio,
    ratio_low, ratio_high, p_above (P(CLV > CAC)), payback, payback_low, payback_high (time until the cost is back;
    missing beyond the horizon); Finding "cltv.payback": channel, time, value, low, high, cac.

    Notes
    -----
    Cost is taken as known; the uncertainty is that of the customer's value. CLV and CAC are means: what is marginal
    may cost more.
    """
    from cxlab.cltv import charts

    terms, unit = customer.terms, customer.terms.time_unit
    tail = ((1 - level) / 2, 0.5, (1 + level) / 2)
    records, errors, curve, curve_errors = [], [], [], []
    for row in table.to_dict("records"):
        value = customer.of(row["channel"])
        final, n = value[-1], value.shape[1]
        low, _mid, high = np.quantile(final, tail)
        back = np.array([_payback(customer.times, path, row["cac"]) for path in value.T])
        p = float((final > row["cac"]).mean())
        q = np.quantile(back, tail, method="inverted_cdf")
        record = {**row, "clv": final.mean(), "clv_low": low, "clv_high": high}
        record |= {c.replace("clv", "ratio"): record[c] / row["cac"] for c in ("clv", "clv_low", "clv_high")}
        record |= {"p_above": p}
        record |= {
            c: v if np.isfinite(v) else np.nan
            for c, v in zip(("payback_low", "payback", "payback_high"), q, strict=True)
        }
        records.append(record)
        e = final.std() / np.sqrt(n)
        step = customer.times[1]
        errors.append({"clv": e, "clv_low": 2 * e, "clv_high": 2 * e, "ratio": e / row["cac"],
                       "ratio_low": 2 * e / row["cac"], "ratio_high": 2 * e / row["cac"],
                       "p_above": np.sqrt(max(p * (1 - p), 1 / n) / n), "payback": step, "payback_low": step,
                       "payback_high": step})  # fmt: skip
        lows, _mid, highs = np.quantile(value, tail, axis=1)
        curve.append(pd.DataFrame({"channel": row["channel"], "time": customer.times, "value": value.mean(1),
                                   "low": lows, "high": highs, "cac": row["cac"]}))  # fmt: skip
        e = value.std(1) / np.sqrt(n)
        curve_errors.append(pd.DataFrame({"value": e, "low": 2 * e, "high": 2 * e}))
    found = pd.DataFrame(records)[[*table.columns, "clv", "clv_low", "clv_high", "ratio", "ratio_low", "ratio_high",
                                   "p_above", "payback", "payback_low", "payback_high"]]  # fmt: skip
    best = found.loc[found.sort_values(["p_above", "ratio"]).index[-1]]
    currency = terms.currency
    worth = interval(money(best.clv_low, currency), money(best.clv_high, currency), level=level)
    sure, poor = found[found["p_above"] >= 0.9], found[found["p_above"] <= 0.1]
    where = f" by {best.channel}" if len(found) > 1 else ""
    title = (
        f"A new customer{where} is worth {number(best.ratio, digits=2)} times what it costs"
        if best.ratio > 0
        else "No channel pays"
    )
    text = (
        f"A new customer{where} is worth {money(best.clv, currency)} {worth} and costs {money(best.cac, currency)}; "
        f"the chance that it pays within {span(terms.horizon, unit)} is {share(best.p_above)}. "
    )
    text += f"The cost is {_back(best.payback, unit, terms.horizon)}."
    if len(found) > 1:
        pay, fail = (f"{len(t)} {words[len(t) == 1]}" for t, words in ((sure, ("pay", "pays")), (poor, ("do", "does"))))
        text += f" Of {len(found)} channels {pay} and {fail} not, each with a chance of 90 % or more."
    money_columns = ["spend", "cac", "clv", "clv_low", "clv_high"]
    units = dict.fromkeys(money_columns, "money") | {"new_customers": "count", "p_above": "share"}
    units |= dict.fromkeys(["payback", "payback_low", "payback_high"], f"{unit}s")
    few = found["new_customers"].min()
    checks = (*customer.checks, Check("new customers of the smallest channel", few >= 30, count(few), "≥ 30",
                                      "Its cost is one of a few lucky or unlucky weeks."))  # fmt: skip
    curves = pd.concat(curve, ignore_index=True)
    caption = (
        f"n = {count(customer.summary.n_customers)} customers, {customer.summary.period}; {terms.sentence}, first "
        f"purchase included; {level * 100:g} % intervals; cost taken as known."
    )
    return (
        Finding(
            name="cltv.acquisition", title=title, text=text, table=found, units=units,
            monte_carlo_error=pd.DataFrame(errors), checks=checks, currency=currency, caption=caption,
            draw=lambda ax: charts.draw_clv_cac(ax, found, currency=currency, time_unit=unit),
            keys=(Key(f"{number(best.ratio, digits=2)}×", f"CLV:CAC of a new customer{where}, P(CLV > CAC) "
                      f"{share(best.p_above)}"),),
        ),
        Finding(
            name="cltv.payback", title=_payback_title(found, unit, terms.horizon), text=text, table=curves,
            units={"time": f"{unit}s", "value": "money", "low": "money", "high": "money", "cac": "money"},
            monte_carlo_error=pd.concat(curve_errors, ignore_index=True), checks=checks, currency=currency,
            caption=caption, draw=lambda ax: charts.draw_payback(ax, curves, currency=currency, time_unit=unit),
        ),
    )  # fmt: skip


def _payback_title(found: pd.DataFrame, unit: str, horizon: float) -> str:
    back = found["payback"].dropna()
    if back.empty:
        return f"No channel earns its cost back within {span(horizon, unit)}"
    first = found.loc[back.idxmin()]
    who = f"The cost of a customer won by {first.channel}" if len(found) > 1 else "The cost of a new customer"
    return f"{who} is {_back(first.payback, unit, horizon)}"


def _back(payback: float, unit: str, horizon: float) -> str:
    """When a cost is back, in words.

    >>> _back(0, "week", 52), _back(4.54, "week", 52), _back(np.nan, "week", 52)
    ('back with the first purchase', 'back after 4.5 weeks', 'not back within 52 weeks')
    """
    if not np.isfinite(payback):
        return f"not back within {span(horizon, unit)}"
    return "back with the first purchase" if payback == 0 else f"back after {span(payback, unit)}"


def _payback(times: np.ndarray, path: np.ndarray, cost: float) -> float:
    """When a rising path reaches a cost; infinite where it does not.

    >>> _payback(np.array([0., 1., 2.]), np.array([1., 2., 3.]), 2.5)
    1.5
    """
    if path[0] >= cost:
        return 0.0
    above = int(np.searchsorted(path, cost))
    if above == len(path):
        return np.inf
    low, high = path[above - 1], path[above]
    return float(times[above - 1] + (times[above] - times[above - 1]) * (cost - low) / (high - low))
