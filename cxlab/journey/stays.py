"""Stays at touchpoints: how long customers wait, what ends the wait, and the risk that follows, in closed form.

A stay begins with a contact and lasts until the customer's next one. It ends in the event (the next contact is one of
those named), in any other contact, or is still open at the end of the log. How long each stay could have been seen is
known for all of them, so a step of waiting time counts the stays that could be seen through the whole of it: shares of
them are plain binomial shares, and nothing need be supposed about those cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import ParameterError
from cxlab.journey.groups import GROUPS, customer_group
from cxlab.journey.intervals import design_effect
from cxlab.journey.log import Log
from cxlab.journey.times import seconds

DROP_OFF = "drop-off"
_DAY = 86_400.0
#: waiting times that steps end at, in days, as far as the window goes
_LADDER = (5 / 1440, 1 / 24, 6 / 24, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)


@dataclass(frozen=True)
class Stays:
    """Stays counted by touchpoint and step of waiting time.

    Parameters
    ----------
    edges : days, shape (n_steps + 1,), from 0 to the window
    at_risk, events, others : stays without a contact at the start of a step (and to be seen through it), those of them
        whose next contact in it is the event, or another one; shape (n_touchpoints, n_steps)
    arrivals, customers : stays and customers of each touchpoint
    sums : of stays that can be seen through the window, over customers of each touchpoint: events, stays, and their
        squares and products, shape (5, n_touchpoints)
    event : what it is called; drop_off: whether it is that no contact follows at all
    """

    log: Log
    edges: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    others: np.ndarray
    arrivals: np.ndarray
    customers: np.ndarray
    sums: np.ndarray
    event: str
    drop_off: bool

    @property
    def window(self) -> float:
        """Days."""
        return float(self.edges[-1])

    @property
    def whole(self) -> np.ndarray:
        """Stays of each touchpoint that can be seen through the window."""
        return self.sums[1]

    @property
    def effect(self) -> np.ndarray:
        """How many stays count as one, customers being the unit."""
        return design_effect(*self.sums)

    def __add__(self, other: Stays) -> Stays:
        """Stays of these customers and of those."""
        names = ("at_risk", "events", "others", "arrivals", "customers", "sums")
        return replace(self, **{name: getattr(self, name) + getattr(other, name) for name in names})


def stays(
    log: Log,
    *,
    event: str | Sequence[str] = "Service",
    window_days: float = 7.0,
    edges: Sequence[float] | None = None,
    halves: bool = False,
) -> tuple[Stays, ...]:
    """Count stays by touchpoint and waiting time, in the engine.

    Parameters
    ----------
    event : stage or touchpoints whose contact is the event; "drop-off": that no contact follows within the window
    window_days : how long after arrival an event counts
    edges : days at which steps of waiting time end; by default a ladder from minutes to months
    halves : whether the hash of their ids deals customers into two halves

    Returns
    -------
    Stays of all customers, or of the two halves

    Raises
    ------
    ParameterError : the event or the edges make no sense with this log.

    Notes
    -----
    Next contacts are those of the customer, also beyond a session.
    """
    if not window_days > 0:
        raise ParameterError(f"window_days = {window_days}.", expected="days > 0")
    steps = _edges(window_days, edges)
    drop_off = event == DROP_OFF
    names = [event] if isinstance(event, str) else list(event)
    codes = frozenset() if drop_off else frozenset().union(*(log.codes(name, what="event") for name in names))
    events = log.events
    if log.per == "session":
        order, at = ibis.window(group_by="customer_id", order_by=["journey", "step"]), seconds(events["at"])
        following = {"next_touchpoint": events.touchpoint.lead().over(order),
                     "gap_s": at.lead().over(order) - at}  # fmt: skip
        events = events.mutate(**following)
    events = events.filter(~events.touchpoint.isin(sorted(codes))) if codes else events
    end = (log.end if log.end.tzinfo else log.end.tz_localize("UTC")).timestamp()
    seen_s = ibis.literal(end) - seconds(events["at"])
    wait = events.gap_s.cast("float64")
    is_event = events.next_touchpoint.isin(sorted(codes)).fill_null(False) if codes else ibis.literal(False)
    dealt = (
        (customer_group(events.customer_id, salt="half") >= GROUPS // 2).cast("int64") if halves else ibis.literal(0)
    )
    coded = events.select(
        "customer_id", "touchpoint", half=dealt, kind=ibis.cases((wait.isnull(), 0), (is_event, 1), else_=2),
        waited=_steps_before(wait, steps, strictly=True), seen=_steps_before(seen_s, steps, strictly=False),
    )  # fmt: skip
    table = coded.group_by(["half", "touchpoint", "waited", "seen", "kind"]).agg(n=_.count()).execute()
    whole = (_.seen == len(steps)).cast("float64")
    hit = whole * ((_.waited < len(steps)) & (_.kind == (2 if drop_off else 1))).cast("float64")
    each = coded.group_by(["half", "touchpoint", "customer_id"]).agg(x=hit.sum(), n=whole.sum())
    sums = each.group_by(["half", "touchpoint"]).agg(
        customers=_.count(), x=_.x.sum(), n=_.n.sum(), xx=(_.x * _.x).sum(), xn=(_.x * _.n).sum(), nn=(_.n * _.n).sum()
    ).execute()  # fmt: skip
    return tuple(
        _stays(log, steps, table[table["half"] == h], sums[sums["half"] == h], " or ".join(names), drop_off)
        for h in range(1 + halves)
    )


def _stays(log: Log, steps, table: pd.DataFrame, sums: pd.DataFrame, event: str, drop_off: bool) -> Stays:
    per = range(len(log.labels))
    at_risk, hits, others = _counts(table, len(per), len(steps))
    sums = sums.set_index("touchpoint").reindex(per, fill_value=0)
    return Stays(
        log=log, edges=np.array([0.0, *steps]), at_risk=at_risk, events=hits, others=others,
        arrivals=table.groupby("touchpoint")["n"].sum().reindex(per, fill_value=0).to_numpy(int),
        customers=sums["customers"].to_numpy(int), sums=sums[["x", "n", "xx", "xn", "nn"]].to_numpy(float).T,
        event=event, drop_off=drop_off,
    )  # fmt: skip


def _edges(window: float, edges: Sequence[float] | None) -> list[float]:
    """Ends of steps, in days.

    >>> _edges(7, None), _edges(2, [1])
    ([0.041666666666666664, 0.25, 1, 2, 3, 5, 7], [1, 2])
    """
    steps = sorted({*(edges if edges is not None else [e for e in _LADDER if window / 200 <= e]), window})
    steps = [e for e in steps if e <= window]
    if steps[0] <= 0:
        raise ParameterError(f"edges start at {steps[0]}.", expected="days > 0")
    return steps


def _steps_before(seconds, steps: list[float], *, strictly: bool):
    """How many steps end before a time (or at it), 0 … n; all of them where there is no time."""
    passed = [(seconds > e * _DAY) if strictly else (seconds >= e * _DAY) for e in steps]
    total = ibis.literal(0)
    for step in passed:
        total = total + step.cast("int64")
    return total.fill_null(len(steps))


def _counts(table: pd.DataFrame, touchpoints: int, steps: int):
    """At risk, events and others from counts by touchpoint, steps waited, steps to be seen and kind."""
    cube = np.zeros((touchpoints, steps + 1, steps + 1, 3))
    np.add.at(cube, tuple(table[c].to_numpy(int) for c in ("touchpoint", "waited", "seen", "kind")), table["n"])
    b = np.arange(steps)
    # of those that can be seen through step b: waiting at its start, and ending in it
    at_risk = np.stack([cube[:, k:, k + 1 :, :].sum((1, 2, 3)) for k in b], axis=1)
    ended = np.stack([cube[:, k, k + 1 :, :].sum(1) for k in b], axis=1)
    return at_risk, ended[:, :, 1], ended[:, :, 2]


def risk_moments(found: Stays, *, pooling: str = "none") -> dict[str, np.ndarray]:
    """Posterior means and variances of risk, in closed form.

    Returns
    -------
    dict of arrays of shape (n_touchpoints, n_steps + 1): risk and risk_variance (of the event from the start of a step
    to the end of the window, given no contact before), by and by_variance (of the event from arrival to the end of the
    step before), waiting and waiting_variance (no contact before the start of the step); (n_touchpoints, n_steps):
    hazard, hazard_variance

    Notes
    -----
    In each step a Dirichlet posterior of event, other contact and neither, independent between steps, so the moments of
    R_b = h_b + s_b R_{b+1} follow backwards from the end of the window: the cumulative incidence of Aalen & Johansen
    with the other contacts as competing events. Prior: one stay a step that goes as at all touchpoints together, and
    half an event and half another contact spread over all steps; with pooling="partial" as many stays as the
    touchpoints' spread in the step warrants. Source: Aalen & Johansen (1978), An empirical transition matrix,
    Scandinavian Journal of Statistics 5(3).
    """
    n, d, m = (v / found.effect[:, None] for v in (found.at_risk, found.events, found.others))
    steps = n.shape[1]
    total = np.maximum(n.sum(0), 1e-9)
    common = np.stack([d.sum(0), m.sum(0)]) / total
    weight = np.ones(steps)
    if pooling == "partial":
        weight = np.maximum(1.0, _prior_size(m if found.drop_off else d, n))
    spread = 0.5 / steps
    a_event = d + weight * common[0] + (0 if found.drop_off else spread)
    a_other = m + weight * common[1] + spread
    named = a_other if found.drop_off else a_event
    a_stay = n - d - m + weight * (1 - common.sum(0)) + spread
    size = a_event + a_other + a_stay
    h, s = a_event / size, a_stay / size
    hh, ss, hs = (x / (size * (size + 1)) for x in (a_event * (a_event + 1), a_stay * (a_stay + 1), a_event * a_stay))
    last = float(found.drop_off)
    mean, square = [np.full(len(n), last)], [np.full(len(n), last)]
    for b in range(steps - 1, -1, -1):
        square.append(hh[:, b] + 2 * hs[:, b] * mean[-1] + ss[:, b] * square[-1])
        mean.append(h[:, b] + s[:, b] * mean[-1])
    risk, risk_square = np.array(mean[::-1]).T, np.array(square[::-1]).T
    by, by_square = [np.zeros(len(n))], [np.zeros(len(n))]
    for k in range(1, steps + 1):
        r, q = np.zeros(len(n)), np.zeros(len(n))
        for b in range(k - 1, -1, -1):
            r, q = h[:, b] + s[:, b] * r, hh[:, b] + 2 * hs[:, b] * r + ss[:, b] * q
        by.append(r)
        by_square.append(q)
    one = np.ones((len(n), 1))
    waiting, waiting_square = np.hstack([one, np.cumprod(s, 1)]), np.hstack([one, np.cumprod(ss, 1)])
    by, by_square = np.array(by).T, np.array(by_square).T
    return {
        "risk": risk, "risk_variance": np.maximum(risk_square - risk**2, 0),
        "by": by, "by_variance": np.maximum(by_square - by**2, 0),
        "waiting": waiting, "waiting_variance": np.maximum(waiting_square - waiting**2, 0),
        "hazard": named / size, "hazard_variance": named * (size - named) / (size**2 * (size + 1)),
    }  # fmt: skip


def _prior_size(events: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Stays that the common share counts for in each step, by moments of the shares' spread beyond chance.

    >>> _prior_size(np.array([[5.], [5], [5]]), np.array([[50.], [50], [50]])).tolist()  # no spread: all of them
    [150.0]
    """
    total = np.maximum(trials.sum(0), 1e-9)
    mean = events.sum(0) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.nan_to_num(events / trials)
        excess = (trials * (p - mean) ** 2).sum(0) - (mean * (1 - mean) * (1 - trials / total) * (trials > 0)).sum(0)
        between = excess / np.maximum((trials * (1 - trials / total)).sum(0), 1e-9)
        size = mean * (1 - mean) / between - 1
    return np.where((between > 0) & np.isfinite(size), np.clip(size, 0, total), total)


def days(length: float) -> str:
    """Days as a reader says them.

    >>> days(1), days(7), days(.25), days(1 / 24), days(5 / 1440)
    ('1 day', '7 days', '6 hours', '1 hour', '5 minutes')
    """
    for unit, size in (("day", 1), ("hour", 24), ("minute", 1440)):
        if length * size >= 1 - 1e-9:
            return f"{length * size:.3g} {unit}{'' if abs(length * size - 1) < 1e-9 else 's'}"
    return f"{length * 86_400:.2g} seconds"
