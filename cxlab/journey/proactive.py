"""Who gets a message, and when: where the risk that is left outweighs what a message costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.journey.intervals import FEW, beta_interval
from cxlab.journey.log import Log
from cxlab.journey.stays import Stays, days, risk_moments, stays
from cxlab.wording import count, interval, money, share

_MONTH = 365.25 / 12


def proactive(
    log: Log,
    *,
    cost: float,
    value: float,
    effect: float,
    event: str | Sequence[str] = "Service",
    window_days: float = 7.0,
    edges: Sequence[float] | None = None,
    pooling: str = "none",
    level: float = 0.9,
    currency: str = "",
) -> Finding:
    """After which touchpoint, and after how long a wait, a message pays.

    Parameters
    ----------
    cost : money a message
    value : money saved by an event that does not happen
    effect : share of events that a message prevents, 0 … 1: an assumption, which the text says and a test must confirm
    event, window_days, edges, pooling : see `hazard`
    level : coverage of the intervals

    Returns
    -------
    Finding "journey.proactive", a row a touchpoint and waiting time, the touchpoint with most to gain first:
    touchpoint, stage, wait_days (message to all who have waited so long), waiting (share of arrivals), risk, low, high
    (of the event from then to the end of the window), net, net_low, net_high (money a message), net_per_100,
    net_per_100_low, net_per_100_high (money a 100 arrivals), net_per_month (money, at the arrivals of the log),
    least_effect (share that a message must prevent to pay), pays ("yes", "no", "unclear"), first (the shortest wait
    after which it surely pays), best (the wait with most money a 100 arrivals, where that is above 0), few (fewer than
    10 customers)

    Raises
    ------
    ParameterError : cost, value or effect make no sense.

    Notes
    -----
    A message at wait t to a customer still waiting earns effect · value · R(t) − cost, where R is the risk that is
    left; of 100 arrivals 100 · S(t) are still waiting. R and S stand on different steps and are independent. The
    interval is that of risk and waiting: cost, value and effect are taken as given.

    >>> from cxlab.journey.examples import small_log
    >>> found = proactive(small_log(), cost=1, value=20, effect=.5, window_days=2, edges=[1, 2])
    >>> found.table[["touchpoint", "wait_days", "pays"]].head(2).values.tolist()
    [['Website', 0.0, 'unclear'], ['Website', 1.0, 'unclear']]
    """
    for name, given, fine in (
        ("cost", cost, cost >= 0),
        ("value", value, value > 0),
        ("effect", effect, 0 < effect <= 1),
    ):
        if not fine:
            raise ParameterError(f"{name} = {given}.", expected="cost ≥ 0, value > 0 and 0 < effect ≤ 1")
    currency = currency or log.currency
    (found,) = stays(log, event=event, window_days=window_days, edges=edges)
    table = _table(found, risk_moments(found, pooling=pooling), cost, value, effect, level)
    if table.empty:
        raise ParameterError(
            f"no stay of the log can be seen for {window_days:g} days.", expected="a window shorter than the log"
        )
    best = table[table["best"]]
    sure = best[best["pays"] == "yes"]
    terms = (
        f"A message costs {money(cost, currency)}, and {_event(found)} {money(value, currency)}; that a message "
        f"prevents {share(effect)} of them is an assumption, to be tested by leaving out customers at random."
    )
    met = table["touchpoint"].nunique()
    if len(sure):
        top = sure.loc[sure["net_per_month"].idxmax()]
        when = "at once" if top.wait_days == 0 else f"to those still waiting after {days(top.wait_days)}"
        ends = interval(money(top.net_low, currency), money(top.net_high, currency), level=level)
        first = table[(table["touchpoint"] == top.touchpoint) & table["first"]]["wait_days"].iloc[0]
        title = f"A message pays after {top.touchpoint}, {when}"
        text = (
            f"Most is to be gained after {top.touchpoint}: sent {when}, a message earns {money(top.net, currency)} "
            f"{ends}, as {share(top.risk)} of those who get it would {_verb(found)} within {days(found.window)} of "
            f"arriving there; at {count(_monthly(found, top.touchpoint))} arrivals a month that is "
            f"{money(top.net_per_month, currency)} a month. It pays from {days(first) if first else 'arrival'} on, if "
            f"it prevents {share(top.least_effect)} or more. A message surely pays after {count(len(sure))} of "
            f"{count(met)} touchpoints. {terms}"
        )
        gained = f"a month from messages after {top.touchpoint}, if they prevent {share(effect)} of what they warn of"
        keys = (Key(money(top.net_per_month, currency), gained),)
    else:
        nearest = table.loc[table["net_high"].idxmax()]
        title = "No message surely pays"
        text = (
            f"After none of {count(met)} touchpoints does a message surely pay. Nearest to it is {nearest.touchpoint} "
            f"after {days(nearest.wait_days) if nearest.wait_days else 'no wait'}: {money(nearest.net, currency)} a "
            f"message {interval(money(nearest.net_low, currency), money(nearest.net_high, currency), level=level)}, "
            f"where it would have to prevent {share(nearest.least_effect)}. {terms}"
        )
        keys = ()
    money_columns = [c for c in table.columns if c.startswith("net")]
    seen = float((found.others if found.drop_off else found.events).sum())
    return Finding(
        name="journey.proactive", title=title, text=text, table=table, currency=currency, keys=keys,
        units={"wait_days": "days"} | dict.fromkeys(["waiting", "risk", "low", "high", "least_effect"], "share")
        | dict.fromkeys(money_columns, "money"),
        checks=(*log.checks, Check("events seen", seen >= 30, count(seen), "≥ 30", "Risks rest on too few of them.")),
        draw=lambda ax: _draw(ax, table, currency),
        caption=f"n = {count(sum(found.arrivals))} contacts, {log.period}; {level * 100:g} % intervals of risk; effect "
        f"of {share(effect)}, cost and value as given.",
    )  # fmt: skip


def _table(found: Stays, moments: dict, cost: float, value: float, effect: float, level: float) -> pd.DataFrame:
    steps, rows = len(found.edges) - 1, []
    z = ndtri((1 + level) / 2)
    low, high = beta_interval(moments["risk"][:, :-1], moments["risk_variance"][:, :-1], level=level)
    for i in np.flatnonzero(found.whole > 0):
        risk, variance = moments["risk"][i, :steps], moments["risk_variance"][i, :steps]
        waiting, waiting_variance = moments["waiting"][i, :steps], moments["waiting_variance"][i, :steps]
        gain = effect * value
        net, net_variance = gain * risk - cost, gain**2 * variance
        spread = np.sqrt(waiting**2 * net_variance + net**2 * waiting_variance + net_variance * waiting_variance)
        with np.errstate(divide="ignore"):
            least = cost / (value * risk)
        own = pd.DataFrame(
            {"touchpoint": found.log.labels[i], "stage": found.log.stage_of[i], "wait_days": found.edges[:-1],
             "waiting": waiting, "risk": risk, "low": low[i], "high": high[i], "net": net,
             "net_low": gain * low[i] - cost, "net_high": gain * high[i] - cost, "net_per_100": 100 * waiting * net,
             "net_per_100_low": 100 * (waiting * net - z * spread),
             "net_per_100_high": 100 * (waiting * net + z * spread),
             "net_per_month": waiting * net * _monthly(found, found.log.labels[i]), "least_effect": least}
        )  # fmt: skip
        own = own[found.at_risk[i] > 0]  # after a wait that nobody was seen to have, nothing is known
        own["pays"] = np.select([own["net_low"] > 0, own["net_high"] < 0], ["yes", "no"], "unclear")
        yes = own["pays"] == "yes"
        own["first"] = yes & (yes.cumsum() == 1)
        own["best"] = (own["net_per_100"] == own["net_per_100"].max()) & (own["net_per_100"] > 0)
        own["few"] = bool(found.customers[i] < FEW)
        rows.append(own)
    if not rows:
        return pd.DataFrame()
    rows.sort(key=lambda own: -own["net_per_month"].max())
    return pd.concat(rows, ignore_index=True)


def _monthly(found: Stays, touchpoint: str) -> float:
    """Arrivals a month at the pace of the log."""
    length = max((found.log.end - found.log.start) / pd.Timedelta(days=1), 1.0)
    return float(found.arrivals[found.log.labels.index(touchpoint)] / length * _MONTH)


def _event(found: Stays) -> str:
    return "a customer who is not seen again" if found.drop_off else f"a contact with {found.event}"


def _verb(found: Stays) -> str:
    return "not be seen again" if found.drop_off else f"turn to {found.event}"


def _draw(ax, table: pd.DataFrame, currency: str):
    from cxlab.journey.charts.hazard import draw_proactive

    return draw_proactive(ax, table, currency=currency)
