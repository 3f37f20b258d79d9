"""Segment × customer lifetime value: what the customers of each segment will bring, by the models of `cxlab.cltv`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.model import BuyTillYouDie, Model
from cxlab.cltv.pooling import partial_pooling
from cxlab.cltv.posterior import Posterior, fit
from cxlab.cltv.rows import Rows
from cxlab.cltv.summary import summarise
from cxlab.cltv.value import Terms, customer_value
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Finding, Key
from cxlab.segments.intervals import tails
from cxlab.segments.members import members
from cxlab.segments.segmentation import Segmentation
from cxlab.wording import count, interval, money, share

POOLING = ("auto", "partial", "complete")
_NOBODY = "(none)"


def segment_lifetime_value(
    source,
    assignment: Segmentation | pd.DataFrame | ir.Table,
    *,
    horizon: float = 52,
    time_unit: str = "week",
    margin: float = 1.0,
    discount_rate: float = 0.1,
    pooling: str = "auto",
    model: BuyTillYouDie = MBG_NBD,
    observation_end: dt.date | str | None = None,
    draws: int = 2000,
    level: float = 0.9,
    currency: str = "",
    rng: np.random.Generator | int = 1,
) -> Finding:
    """Future value of the buyers of each segment.

    Parameters
    ----------
    source : Dataset, or mapping with the Ibis table transactions
    horizon, time_unit, margin, discount_rate : terms, see `cxlab.cltv.value.Terms`
    pooling : "partial": every segment has parameters of its own that learn from each other; "complete": one model for
        all, values summed by segment; "auto": "complete" where the segments were made from purchases, else "partial".
        Segments cut by what the model explains (as RFM does) are selected by luck too, and a model of their own takes
        that luck for character: it expects nothing of those who bought once and too much of those who bought often
    model : of repeat buying; spend is Gamma–Gamma

    Returns
    -------
    Finding "segments.cltv", a row a segment and one of all: segment, customers (buyers), share, each, each_low,
    each_high (money, expected value a buyer), total, total_low, total_high, value_share, value_share_low,
    value_share_high, p_best (chance that a buyer of it is worth most)

    Raises
    ------
    DataError, ModelError : there are no purchases, or no repeat buyers to learn spend from.
    """
    from cxlab.segments import charts

    if pooling not in POOLING:
        raise unknown("pooling", pooling, POOLING)
    if draws < 200:
        raise ParameterError(f"draws = {draws}.", expected="200 or more", mend="draws=2000")
    tables = source if isinstance(source, Mapping) else source.tables
    if "transactions" not in tables:
        raise unknown("table", "transactions", tables, error=DataError)
    ends, rng = tails(level), np.random.default_rng(rng)
    currency = currency or getattr(source, "currency", "")
    log = tables["transactions"]
    s = summarise(log, time_unit=time_unit, segment="segment", customers=members(assignment, near=log),
                  observation_end=observation_end, currency=currency)  # fmt: skip
    cut = [d for d in getattr(assignment, "declarations", ()) if d.split(".")[0] in ("transactions", "rfm")]
    pooled = {"auto": not cut, "partial": True, "complete": False}[pooling] and len(s.segments) > 1
    purchases = _fitted(model, s.rows, pooled, draws, rng, time_unit)
    spend = _fitted(GAMMA_GAMMA, s.spend_rows, pooled, draws, rng, time_unit, currency)
    terms = Terms(horizon, margin, discount_rate, time_unit, currency)
    found = customer_value(purchases, spend, s, terms, draws=min(draws, 400), level=level, rng=rng)
    table, errors = _table(found, ends)
    named = table[~table["segment"].isin(["all", _NOBODY])].sort_values("each", ascending=False)
    top, whole, n = named.iloc[0], table.iloc[-1], count(s.n_customers)

    def said(r, column):
        low, high = money(r[f"{column}_low"], currency), money(r[f"{column}_high"], currency)
        return f"{money(r[column], currency)} {interval(low, high, level=level)}"

    part = interval(share(top.value_share_low), share(top.value_share_high), level=level)
    text = (
        f"{n} buyers, {s.period}. A buyer of {top.segment} is expected to bring {said(top, 'each')}, over all segments "
        f"{said(whole, 'each')}; {top.segment} are {share(top.share)} of buyers and hold {share(top.value_share)} of "
        f"the value to come {part}. Terms: {terms.sentence}. "
    )
    if pooled:
        text += f"Segments learn from each other (partial pooling of {purchases.model.title} and of spend)."
    elif cut:
        text += (
            f"The segments were made from purchases ({len(cut)} of their features), so one {purchases.model.title} "
            "serves all customers and values are summed by segment: a model of its own for each would take luck for "
            "character."
        )
    else:
        text += f"One {purchases.model.title} serves all customers; values are summed by segment."
    column = ["each", "total"]
    return Finding(
        "segments.cltv", f"{top.segment}: {share(top.share)} of buyers, {share(top.value_share)} of the value to come",
        text, table, monte_carlo_error=errors, checks=found.checks, currency=currency,
        units=dict.fromkeys([c + e for c in column for e in ("", "_low", "_high")], "money") | {"customers": "count"}
        | dict.fromkeys(("share", "value_share", "value_share_low", "value_share_high", "p_best"), "share"),
        draw=lambda ax: charts.draw_segment_value(
            ax, table.rename(columns={"each": "value", "each_low": "low", "each_high": "high"}),
            label="Expected value of a buyer", noun="buyers", currency=currency),
        caption=f"n = {n} buyers, {s.period}; {terms.sentence}; {level * 100:g} % intervals of the expected value.",
        keys=(Key(money(top.each, currency), f"expected of a buyer of {top.segment}, {level * 100:g} % "
                  f"{money(top.each_low, currency)} to {money(top.each_high, currency)}"),),
    )  # fmt: skip


def _fitted(model: Model, rows: Rows, pooled: bool, draws: int, rng, time_unit: str, currency: str = "") -> Posterior:
    """Partially pooled where asked and every segment has customers to learn from; else one for all."""
    common = {"draws": draws, "rng": rng, "time_unit": time_unit, "currency": currency}
    if pooled and len(rows.groups) > 1 and (rows.group_weight >= 2).all():
        return partial_pooling(model, rows, **common)
    return fit(model, rows.pooled(), **common)


def _table(found, ends) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of the finding and its Monte-Carlo errors, from the draws of each segment's total."""
    own, totals = found.segments, found.totals
    several = len(totals) > 1
    sizes = own["customers"].to_numpy(float)
    draws = np.vstack([totals, totals.sum(0)]) if several else totals
    each = draws / sizes[:, None]
    named = [i for i, s in enumerate(own["segment"][: len(totals)]) if s != _NOBODY]
    best = np.full(len(own), np.nan)
    if len(named) > 1:
        best[named] = np.bincount(each[named].argmax(0), minlength=len(named)) / each.shape[1]
    part = draws / draws[-1]
    rows = {"segment": own["segment"], "customers": own["customers"].astype(int), "share": sizes / sizes[-1]}
    errors, rng = {}, np.random.default_rng(0)
    again = rng.integers(each.shape[1], size=(200, each.shape[1]))
    for name, values in (("each", each), ("total", draws), ("value_share", part)):
        low, high = np.quantile(values, ends, axis=1)
        rows |= {name: values.mean(1), f"{name}_low": low, f"{name}_high": high}
        drawn = [v[again] for v in values]
        errors |= {
            name: [d.mean(1).std() for d in drawn],
            f"{name}_low": [np.quantile(d, ends[0], axis=1).std() for d in drawn],
            f"{name}_high": [np.quantile(d, ends[1], axis=1).std() for d in drawn],
        }
    rows["p_best"] = best
    errors["p_best"] = np.sqrt(best * (1 - best) / each.shape[1])
    return pd.DataFrame(rows), pd.DataFrame(errors)
