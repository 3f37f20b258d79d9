"""How soon trouble comes: the risk of an event, such as a call to service, by touchpoint and time since arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cxlab.errors import ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.journey.intervals import FEW, beta_interval
from cxlab.journey.log import Log
from cxlab.journey.stays import Stays, days, risk_moments, stays
from cxlab.wording import count, interval, number, share


def hazard(
    log: Log,
    *,
    event: str | Sequence[str] = "Service",
    window_days: float = 7.0,
    edges: Sequence[float] | None = None,
    pooling: str = "none",
    level: float = 0.9,
) -> Finding:
    """How likely an event is after each touchpoint within a window, and when it comes.

    Parameters
    ----------
    event, window_days, edges : see `stays`
    pooling : "none" or "partial": touchpoints lean towards what happens at all of them
    level : coverage of the intervals

    Returns
    -------
    Finding "journey.hazard", a row a touchpoint and step of waiting time, the riskiest touchpoint first: touchpoint,
    stage, from_days, to_days, at_risk, events (for "drop-off": 0), others (next contacts in the step), hazard,
    hazard_low, hazard_high (share of those still waiting that meet the event in the step; for "drop-off": any contact),
    risk, low, high (of the event
    between arrival and to_days; for "drop-off": that no contact has followed by then), few (fewer than 10 customers)

    Notes
    -----
    See `risk_moments`; intervals are those of the Beta distribution with its moments, stays of one customer counting
    for as many as their spread between customers allows (`design_effect`). The check holds back half of the customers,
    by the hash of their ids, and puts what the others foresee before what happened to them.

    >>> from cxlab.journey.examples import small_log
    >>> hazard(small_log(), event="Service", window_days=2, edges=[2]).table[["touchpoint", "events"]].values.tolist()
    [['Website', 1.0], ['Checkout', 0.0], ['Search', 0.0]]
    """
    if pooling not in ("none", "partial"):
        raise unknown("pooling", pooling, ("none", "partial"))
    halves = stays(log, event=event, window_days=window_days, edges=edges, halves=True)
    found = halves[0] + halves[1]
    table = _table(found, risk_moments(found, pooling=pooling), level)
    if table.empty:
        raise ParameterError(
            f"no stay of the log can be seen for {window_days:g} days.", expected="a window shorter than the log"
        )
    expected, observed, held_p = held_out(*halves, pooling=pooling)
    last = table[table["to_days"] == found.window]
    sound = last[~last["few"]] if (~last["few"]).any() else last
    top = sound.loc[sound["risk"].idxmax()]
    what = _what(found)
    arrivals = found.arrivals[log.labels.index(top.touchpoint)]
    ends = interval(share(top.low), share(top.high), level=level)
    overall = _overall(found)
    next_step = "" if found.drop_off else " as their next step"
    return Finding(
        name="journey.hazard",
        title=f"After {top.touchpoint}, {share(top.risk)} {what} within {days(found.window)}",
        text=(
            f"After {top.touchpoint}, {share(top.risk)} {ends} {what} within {days(found.window)}{next_step} "
            f"(n = {count(arrivals)} contacts there, {log.period}); after all touchpoints together it is "
            f"{share(overall)}. {_when(found, table, top.touchpoint)}"
        ),
        table=table,
        units=dict.fromkeys(["from_days", "to_days"], "days")
        | dict.fromkeys(["at_risk", "events", "others"], "count")
        | dict.fromkeys(["hazard", "hazard_low", "hazard_high", "risk", "low", "high"], "share"),
        checks=(
            *log.checks,
            Check("events seen", _total(found) >= 30, count(_total(found)), "≥ 30", "Risks rest on too few of them."),
            Check("p-value of risks foreseen against those of customers held back", held_p >= 0.01,
                  f"{number(held_p, digits=2)} ({count(expected)} foreseen, {count(observed)} seen)", "≥ 0.01",
                  "Contacts of a customer are more alike than allowed for: read the intervals as too narrow."),
        ),
        draw=lambda ax: _draw(ax, table, found),
        caption=f"n = {count(sum(found.arrivals))} contacts, {log.period}; share by time since the contact, other next "
        f"contacts competing, {level * 100:g} % intervals.",
        keys=(Key(share(top.risk), f"{what} within {days(found.window)} of {top.touchpoint}, "
                  f"{level * 100:g} % {share(top.low)} to {share(top.high)} (n = {count(arrivals)})"),),
    )  # fmt: skip


def held_out(fitted: Stays, other: Stays, *, pooling: str = "none") -> tuple[float, float, float]:
    """Events foreseen and seen in other customers, and the p-value of their differences over touchpoints.

    Returns
    -------
    expected, observed (events among stays that can be seen through the window), p_value (chi-square; close to 0: the
    intervals of the fitted ones do not hold)
    """
    ours, theirs = risk_moments(fitted, pooling=pooling), risk_moments(other)
    enough = (fitted.customers >= FEW) & (fitted.whole > 0) & (other.customers >= FEW) & (other.whole > 0)
    # where it never happened there is nothing to differ in: such touchpoints would only hide where it did
    enough &= ours["risk"][:, 0] + theirs["risk"][:, 0] > 0
    if not enough.any():
        return 0.0, 0.0, 1.0
    n = other.arrivals[enough]
    a, b = ours["risk"][enough, 0], theirs["risk"][enough, 0]
    squares = (a - b) ** 2 / np.maximum(ours["risk_variance"][enough, 0] + theirs["risk_variance"][enough, 0], 1e-12)
    return float(n @ a), float(n @ b), float(chi2.sf(squares.sum(), enough.sum()))


def _table(found: Stays, moments: dict, level: float) -> pd.DataFrame:
    log, rows = found.log, []
    hazard_ends = beta_interval(moments["hazard"], moments["hazard_variance"], level=level)
    by, variance = moments["by"][:, 1:], moments["by_variance"][:, 1:]
    if found.drop_off:
        by, variance = moments["waiting"][:, 1:], moments["waiting_variance"][:, 1:]
    ends = beta_interval(by, variance, level=level)
    met = np.flatnonzero(found.whole > 0)
    for i in met[np.argsort(-by[met, -1], kind="stable")]:
        rows.append(
            pd.DataFrame(
                {"touchpoint": log.labels[i], "stage": log.stage_of[i], "from_days": found.edges[:-1],
                 "to_days": found.edges[1:], "at_risk": found.at_risk[i], "events": found.events[i],
                 "others": found.others[i], "hazard": moments["hazard"][i], "hazard_low": hazard_ends[0][i],
                 "hazard_high": hazard_ends[1][i], "risk": by[i], "low": ends[0][i], "high": ends[1][i],
                 "few": bool(found.customers[i] < FEW)}
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _overall(found: Stays) -> float:
    """Risk after all touchpoints together."""
    one = {name: getattr(found, name).sum(0, keepdims=True) for name in ("at_risk", "events", "others")}
    whole = replace(found, **one, sums=np.zeros((5, 1)))
    return float(risk_moments(whole)["risk"][0, 0])


def _total(found: Stays) -> float:
    return float((found.others if found.drop_off else found.events).sum())


def _what(found: Stays) -> str:
    return "are not seen again" if found.drop_off else f"turn to {found.event}"


def _when(found: Stays, table: pd.DataFrame, touchpoint: str) -> str:
    """When most of the risk of a touchpoint comes."""
    own = table[table["touchpoint"] == touchpoint]
    if found.drop_off:
        first = own.iloc[0]
        return f"{share(first.risk)} have not been seen again after {days(first.to_days)}."
    half = own[own["risk"] >= own["risk"].iloc[-1] / 2].iloc[0]
    return f"Half of that comes within {days(half.to_days)}."


def _draw(ax, table: pd.DataFrame, found: Stays):
    from cxlab.journey.charts.hazard import draw_risk

    return draw_risk(ax, table, event=_what(found))
