"""Purchases and contracts: who has ordered once orders again at a rate of their own, until they leave for good."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.chains import drawn_together, shares

YEAR = 365.25 * 86_400
#: how much customers of one segment differ: shape of the rates, concentration of the chance to leave, spread of values
_RATE_SHAPE, _LEAVE_CONCENTRATION, _VALUE_SPREAD, _LINE_SHAPE = 3.0, 8.0, 0.3, 6.0


def rates(business: Business, *, separation: float = 1.0) -> dict[str, np.ndarray]:
    """(G,) orders a year, chance that an order is the last, mean order value and churn of each segment."""
    share = shares(business)
    made = {}
    for name in ("orders", "leave", "order_value", "churn"):
        values = np.log([getattr(s, name) for s in business.segments])
        made[name] = np.exp(drawn_together(values, share, separation))
    return made


def further_orders(
    rate: dict[str, np.ndarray],
    first: np.ndarray,
    segments: tuple[np.ndarray, np.ndarray],
    change_at: float,
    end: float,
    rng: np.random.Generator,
    pull: dict[str, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Orders after the first: Poisson at a customer's own rate while they stay, a chance to leave after each order.

    Parameters
    ----------
    rate : as `rates` gives it
    first : (n,) time of the first order, seconds
    segments : (n,) segment before and after `change_at`, which sets the mean rate; the customer's own factor stays
    end : last moment observed, seconds
    pull : what the customer's satisfaction does, as `cxlab.data.simulate.satisfaction.pulls` gives it for each row

    Returns
    -------
    buyer (row of `first`), time (seconds)
    """
    own = rng.gamma(_RATE_SHAPE, 1 / _RATE_SHAPE, len(first))
    before, after = (rate["orders"][g] * own / YEAR for g in segments)
    leave = rate["leave"][segments[0]]
    if pull is not None:
        before, after = before * pull["rate"], after * pull["rate"]
        leave = expit(logit(leave) + pull["leave"])
    leave = rng.beta(_LEAVE_CONCENTRATION * leave, _LEAVE_CONCENTRATION * (1 - leave))
    buyer = np.flatnonzero(rng.random(len(first)) >= leave)
    time = first[buyer].astype(float)
    buyers, times = [], []
    while buyer.size:
        # The next order comes when the rate, summed over time, has grown by an exponential amount.
        need = rng.exponential(size=buyer.size)
        until = np.maximum(change_at - time, 0) * before[buyer]
        time = np.where(
            need <= until, time + need / before[buyer], np.maximum(time, change_at) + (need - until) / after[buyer]
        )
        seen = time <= end
        buyer, time = buyer[seen], time[seen]
        buyers.append(buyer)
        times.append(time)
        stays = rng.random(buyer.size) >= leave[buyer]
        buyer, time = buyer[stays], time[stays]
    empty = np.zeros(0, dtype=int)
    return np.concatenate([empty, *buyers]), np.concatenate([empty, *times]).astype(np.int64)


def values(mean: np.ndarray, customer: np.ndarray, customers: int, rng: np.random.Generator) -> np.ndarray:
    """Value of each order in whole cents: gamma around the customer's own level, which is log-normal.

    Parameters
    ----------
    mean : (n_orders,) mean of the segment the customer is in when ordering
    customer : (n_orders,) who orders, below `customers`
    """
    own = np.exp(rng.normal(-(_VALUE_SPREAD**2) / 2, _VALUE_SPREAD, customers))
    drawn = mean * own[customer] * rng.gamma(_LINE_SHAPE, 1 / _LINE_SHAPE, len(customer))
    return np.maximum(np.rint(drawn * 100), 1) / 100


def contracts(
    business: Business, churn: np.ndarray, first: np.ndarray, end: float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Contracts of buyers: at the end of each term a chance of the customer's own to leave (beta-geometric).

    Parameters
    ----------
    churn : (n,) mean chance to leave of each buyer's segment
    first : (n,) time of the first order, seconds: the contract starts that day

    Returns
    -------
    dict: buyer (row of `first`), start and end (days; NaT: still active), plan, price
    """
    terms = business.contract
    buyer = np.flatnonzero(rng.random(len(first)) < terms.share)
    churn = churn[buyer]
    if terms.spread > 0:
        concentration = 1 / terms.spread - 1
        churn = np.clip(rng.beta(churn * concentration, (1 - churn) * concentration), 1e-4, 1)
    lasted = rng.geometric(churn) * terms.months
    start = first[buyer].astype("datetime64[s]").astype("datetime64[D]")
    over = _later(start, lasted)
    over[over > np.datetime64(int(end), "s")] = np.datetime64("NaT", "D")
    plan = rng.integers(len(terms.plans), size=len(buyer))
    return {
        "buyer": buyer,
        "start": start,
        "end": over,
        "plan": np.array(list(terms.plans))[plan],
        "price": np.array(list(terms.plans.values()), dtype=float)[plan],
    }


def _later(days: np.ndarray, months: np.ndarray) -> np.ndarray:
    """The same day months later; the last day of a month that is too short.

    >>> _later(np.array(["2024-01-31"], dtype="datetime64[D]"), np.array([1]))
    array(['2024-02-29'], dtype='datetime64[D]')
    """
    month = days.astype("datetime64[M]")
    target = month + np.minimum(months, 12_000).astype("timedelta64[M]")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.minimum(target.astype("datetime64[D]") + (days - month.astype("datetime64[D]")), last)
