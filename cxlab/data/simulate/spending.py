"""What a simulated business pays to be found, and what the customers it wins are truly worth, by channel.

What is spent goes by the calendar, not by who comes: a budget a month, a little more or less. So the cost of a new
customer is uncertain for the reason it is in life: how many came of the money is chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.chains import chains
from cxlab.data.simulate.population import block
from cxlab.data.simulate.presets import PRESETS
from cxlab.errors import ParameterError, unknown

_YEAR = 365.25 * 86_400
_NEVER = np.iinfo(np.int64).max


def monthly_spend(
    customers: pd.DataFrame,
    transactions: pd.DataFrame,
    budget: Mapping[str, float],
    *,
    spread: float = 0.15,
    rng: np.random.Generator | int = 1,
) -> pd.DataFrame:
    """The table `spend` of a business whose bank statements nobody has simulated: a budget a month and channel.

    Parameters
    ----------
    customers : customer_id, acquisition_channel
    transactions : customer_id, timestamp
    budget : {channel: money a month}; months run from the first to the last first purchase
    spread : standard deviation of the logarithm of a month's spending

    Returns
    -------
    DataFrame: period (first day of the month), channel, spend, new_customers (first purchases in that month)

    Raises
    ------
    ParameterError : a channel that won nobody, or a budget that is not above 0.

    >>> people = pd.DataFrame({"customer_id": ["a", "b"], "acquisition_channel": ["web", "web"]})
    >>> log = pd.DataFrame({"customer_id": ["a", "b", "b"],
    ...                     "timestamp": pd.to_datetime(["2024-01-05", "2024-02-07", "2024-03-01"])})
    >>> monthly_spend(people, log, {"web": 100}, spread=0)[["spend", "new_customers"]].values.tolist()
    [[100.0, 1.0], [100.0, 1.0]]
    """
    rng = np.random.default_rng(rng)
    won = transactions.groupby("customer_id")["timestamp"].min().dt.to_period("M").rename("period").reset_index()
    won = won.merge(customers[["customer_id", "acquisition_channel"]], on="customer_id")
    for name, money in budget.items():
        if name not in set(won["acquisition_channel"]):
            raise unknown("channel", name, sorted(won["acquisition_channel"].dropna().unique()))
        if not money > 0:
            raise ParameterError(f"budget of {name} = {money}.", expected="money a month > 0")
    months = pd.period_range(won["period"].min(), won["period"].max(), freq="M")
    counted = won.groupby(["period", "acquisition_channel"]).size()
    rows = [
        {"period": month.start_time.date(), "channel": name,
         "spend": round(float(money * np.exp(spread * rng.standard_normal() - spread**2 / 2)), 2),
         "new_customers": int(counted.get((month, name), 0))}
        for month in months for name, money in budget.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def true_customer_worth(
    business: str | Business,
    *,
    years: float = 2.0,
    discount_rate: float = 0.1,
    customers: int = 40_000,
    rng: np.random.Generator | int = 1,
    start: str = "2023-01-01",
    end: str = "2024-12-31",
) -> pd.DataFrame:
    """What a new customer truly brings, by channel: many customers of the same business, each followed long enough.

    Parameters
    ----------
    years : that count, from the first purchase on, which is included
    discount_rate : a year
    customers : how many are in touch; those who buy are followed
    start, end : as the business was simulated: they say when customers come and when the second period begins

    Returns
    -------
    DataFrame by channel of the first contact: customers (who bought), worth (mean discounted margin, money), error (its
        standard error), revenue (mean, not discounted), back (share who bought again within a year)

    >>> true_customer_worth("spa", customers=2_000).index.tolist()
    ['gift', 'social media', 'web', 'word of mouth']
    """
    business = PRESETS.get(business, business) if isinstance(business, str) else business
    if not isinstance(business, Business):
        raise unknown("business", business, PRESETS)
    if not 0 < years <= 20:
        raise ParameterError(f"years = {years}.", expected="0 < years ≤ 20")
    first_day, last_day = date.fromisoformat(start), date.fromisoformat(end)
    middle = (last_day - first_day).days // 2 * 86_400
    made = chains(business)
    lives = block(
        business, made, customers, np.random.default_rng(rng), (0, middle, int(middle + (years + 1) * _YEAR)),
        separation=1.0, first_order=True,
    )  # fmt: skip
    orders, contacts = lives["orders"], lives["contacts"]
    begun = contacts["sequence"] == 1
    channel = np.full(customers, -1)
    channel[contacts["customer"][begun]] = contacts["channel"][begun]
    first = np.full(customers, _NEVER)
    np.minimum.at(first, orders["customer"], orders["time"])
    age = (orders["time"] - first[orders["customer"]]) / _YEAR
    counts, again = age <= years, (age > 0) & (age <= 1)
    sums = {
        "worth": np.where(counts, orders["amount"] * business.margin * (1 + discount_rate) ** -age, 0.0),
        "revenue": np.where(counts, orders["amount"], 0.0),
        "back": again.astype(float),
    }
    each = pd.DataFrame({k: np.bincount(orders["customer"], v, minlength=customers) for k, v in sums.items()})
    each = each.assign(back=each["back"] > 0, channel=np.array([*made.channels, ""])[channel])[first < _NEVER]
    found = each.groupby("channel").agg(
        customers=("worth", "size"), worth=("worth", "mean"), error=("worth", "sem"), revenue=("revenue", "mean"),
        back=("back", "mean"),
    )  # fmt: skip
    return found
