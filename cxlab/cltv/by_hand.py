"""What a customer is worth, by hand: who came again in each period, and margin times who is left, discounted.

value = Σ over periods t = 0 … n−1 of margin · share who come in t / (1 + d)^((t + ½) / periods a year)

The money of a period counts at its middle. Nothing here knows chance beyond the share's interval; see `value` for the
model that does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.cltv.summary import DAYS
from cxlab.errors import DataError, ParameterError
from cxlab.finding import Finding
from cxlab.intervals import share_interval
from cxlab.wording import count, interval, share

_DAY = 86_400


def came_again(
    transactions: ibis.Table,
    *,
    periods_a_year: int = 2,
    observation_end: dt.date | str | None = None,
    value: str = "margin",
    level: float = 0.9,
    currency: str = "",
) -> Finding:
    """Who came again in each period since their first purchase, of everybody who could be seen that long.

    Parameters
    ----------
    transactions : customer_id, timestamp and `value`
    periods_a_year : 2 counts in half-years of a customer's own time
    observation_end : last day that counts; by default that of the last purchase

    Returns
    -------
    Finding "cltv.came_again", a row a period (1: from the first purchase on): period, seen (customers who could be seen
        to its end), came (of these, who bought in it), share, low, high, purchases and margin (mean of those who came),
        each (mean margin of everybody seen)

    Notes
    -----
    Nobody is left out for having gone: whoever could have come counts. A share may rise again, since a pause is no
    farewell.
    """
    lacking = [c for c in ("customer_id", "timestamp", value) if c not in transactions.columns]
    if lacking:
        raise DataError(f"transactions have no {', '.join(lacking)}.", expected="customer_id, timestamp and money")
    if periods_a_year not in (1, 2, 4, 12):
        raise ParameterError(f"periods_a_year = {periods_a_year}.", expected="1, 2, 4 or 12")
    length = DAYS["year"] * _DAY / periods_a_year
    log = transactions.select(
        "customer_id", time=_.timestamp.cast("timestamp").epoch_seconds().cast("float64"), value=_[value]
    )
    if observation_end is None:
        last = float(log.time.max().execute())
    else:
        last = (pd.Timestamp(observation_end) + pd.Timedelta(days=1)).timestamp()
    log = log.filter(_.time <= last)
    first = log.group_by("customer_id").agg(first=_.time.min()).mutate(whole=((last - _.first) / length).floor())
    lines = log.join(first, "customer_id").mutate(period=((_.time - _.first) / length).floor())
    by = (
        lines.filter(_.period < _.whole)
        .group_by("period")
        .agg(came=_.customer_id.nunique(), purchases=_.count(), money=_.value.sum())
        .order_by("period")
        .to_pandas()
        .set_index("period")
    )
    seen = first.group_by("whole").agg(n=_.count()).to_pandas().set_index("whole")["n"]
    if by.empty:
        raise DataError("no customer could be seen for a whole period.", expected="a log longer than a period",
                        mend="more periods_a_year")  # fmt: skip
    by = by.reindex(range(int(seen.index.max())), fill_value=0)
    n = np.array([seen[seen.index > k].sum() for k in by.index], float)
    low, high = share_interval(by["came"].to_numpy(), n, level=level)
    low[0] = high[0] = 1.0  # whoever bought came in the first period, by definition
    came = np.maximum(by["came"].to_numpy(float), 1)
    table = pd.DataFrame({
        "period": by.index.astype(int) + 1, "seen": n.astype(int), "came": by["came"].astype(int).to_numpy(),
        "share": by["came"].to_numpy() / n, "low": low, "high": high, "purchases": by["purchases"].to_numpy() / came,
        "margin": by["money"].to_numpy() / came, "each": by["money"].to_numpy() / n,
    })  # fmt: skip
    unit = {1: "year", 2: "half-year", 4: "quarter", 12: "month"}[periods_a_year]
    said = [
        f"in {unit} {r.period} {share(r.share)} {interval(share(r.low), share(r.high), level=level)} of "
        f"{count(r.seen)} came"
        for r in table.iloc[1:].itertuples()
    ]
    return Finding(
        name="cltv.came_again",
        title=f"{share(table['share'].iloc[1])} come again in the second {unit}" if len(table) > 1 else
        f"Customers were seen for one {unit} only",
        text=f"Counted from each customer's own first purchase, {'; '.join(said) or 'nobody was seen longer'}. "
        "Everybody who could be seen that long counts, gone or not.",
        table=table,
        units={"seen": "count", "came": "count", "margin": "money", "each": "money"}
        | dict.fromkeys(("share", "low", "high"), "share"),
        currency=currency,
        caption=f"n = {count(table['seen'].iloc[0])} customers; {level * 100:g} % intervals.",
    )  # fmt: skip


def margin_clv(
    margin: float | Sequence[float],
    retention: float | Sequence[float],
    *,
    periods: int,
    discount_rate: float = 0.1,
    periods_a_year: int = 2,
) -> pd.DataFrame:
    """The cash-flow table of one new customer, by hand; the last `cumulated` is the value.

    Parameters
    ----------
    margin : of a customer who comes, a period; one number, or one a period
    retention : one number r: a share r of those of a period comes in the next (rᵗ is left); or the share who come, one
        a period, the first being 1
    periods : how many count
    discount_rate : a year

    Returns
    -------
    DataFrame: period, here (share who come), margin (of one who comes), expected (margin · here), factor (what money of
        the period is worth today), today (expected · factor), cumulated

    >>> margin_clv(100, 0.5, periods=3, discount_rate=0)[["here", "cumulated"]].values.tolist()
    [[1.0, 100.0], [0.5, 150.0], [0.25, 175.0]]
    >>> float(margin_clv(100, [1, 0.5], periods=2, discount_rate=.21, periods_a_year=1)["cumulated"].iloc[-1].round(3))
    128.475
    """
    if not periods >= 1:
        raise ParameterError(f"periods = {periods}.", expected="1 or more")
    if not discount_rate > -1:
        raise ParameterError(f"discount_rate = {discount_rate}.", expected="a rate a year above −1",
                             mend="discount_rate=0.1 for 10 %")  # fmt: skip
    t = np.arange(periods)
    here = np.asarray(retention, float)[:periods] if np.ndim(retention) else float(retention) ** t
    if len(here) < periods or ((here < 0) | (here > 1)).any():
        raise ParameterError(f"retention = {retention}.", expected=f"a share, or {periods} shares from 0 to 1")
    paid = np.broadcast_to(np.asarray(margin, float)[:periods] if np.ndim(margin) else float(margin), (periods,))
    factor = (1 + discount_rate) ** (-(t + 0.5) / periods_a_year)
    table = pd.DataFrame({"period": t + 1, "here": here, "margin": paid, "expected": paid * here, "factor": factor})
    table["today"] = table["expected"] * table["factor"]
    return table.assign(cumulated=table["today"].cumsum())
