"""Transitions: which contact follows which, how often and after how long, with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _

from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.journey.log import END, START, Log
from cxlab.wording import count, duration, interval, share

FEWEST = 5
#: quantiles of the time between two contacts, and what their columns are called
QUANTILES = {0.25: "q25_gap_s", 0.5: "median_gap_s", 0.75: "q75_gap_s", 0.9: "q90_gap_s"}
_START, _END = -1, -2


def moves(log: Log, *, until: str = "end", gaps: bool = False, quiet_days: float = 0.0, by: tuple[str, ...] = ()):
    """Counts of every move from one touchpoint to the next, by code: all that leaves the engine.

    Parameters
    ----------
    until : "end" (whole journeys) or "goal" (every journey up to its first contact with the goal)
    gaps : whether quantiles of the time between the two contacts are wanted, in place of its sums
    quiet_days : what follows a contact so many days before the end of the log may not be seen yet: these contacts are
        left out, whatever followed them
    by : further columns of the log that tell moves apart

    Returns
    -------
    DataFrame: by …, source (code, −1 the start), target (code, −2 the end), contacts, gap_s and gap_square (sums, of
    seconds) or the columns of `QUANTILES`, and with until="goal" converted (contacts of journeys that meet the goal;
    missing from the start)
    """
    events = log.before_goal if until == "goal" else log.events
    first = log.events.filter(_.step == 1)
    if quiet_days:
        # what is left out must not hang on what followed: ends alone would make journeys seem to go on
        events = events.filter(events["at"] <= (log.end - pd.Timedelta(days=quiet_days)).to_pydatetime())
    wanted = {"contacts": _.count()}
    if gaps:
        wanted["quantiles"] = _.gap_us.quantile(list(QUANTILES))  # whole numbers are ordered faster
    else:
        wanted |= {"gap_s": _.gap_s.sum(), "gap_square": (_.gap_s * _.gap_s).sum()}
    if until == "goal":
        wanted["converted"] = _.converts.cast("int64").sum()
    inner = events.group_by([*by, "touchpoint", "next_touchpoint"]).agg(**wanted).execute()
    inner = inner.rename(columns={"touchpoint": "source", "next_touchpoint": "target"})
    begun = first.group_by([*by, "touchpoint"]).agg(contacts=_.count()).execute()
    begun = begun.rename(columns={"touchpoint": "target"}).assign(source=_START)
    if gaps:
        unpacked = [
            q if isinstance(q, (list, np.ndarray)) else [np.nan] * len(QUANTILES) for q in inner.pop("quantiles")
        ]
        inner[list(QUANTILES.values())] = np.array(unpacked, float).reshape(-1, len(QUANTILES)) / 1e6
    table = pd.concat([begun, inner], ignore_index=True)
    table["target"] = table["target"].fillna(_END).astype(int)
    table = table if gaps else table.fillna({"gap_s": 0.0, "gap_square": 0.0})
    return table.sort_values([*by, "source", "target"], ignore_index=True)


def transitions(log: Log, *, level: float = 0.9, quiet_days: float = 0.0) -> Finding:
    """Which touchpoint follows which: counts, shares with intervals, and the time between.

    Parameters
    ----------
    level : coverage of the intervals
    quiet_days : see `moves`

    Returns
    -------
    Finding "journey.transitions", a row a transition, the largest first: source, target (labels; "(start)", "(end)"),
    contacts, share (of all that left the source), low, high, median_gap_s, q25_gap_s, q75_gap_s, q90_gap_s (seconds)

    Notes
    -----
    Given how often a touchpoint was met, what follows it is multinomial; the interval of a share is that of its Beta
    marginal under Jeffreys' prior. Shares with fewer than five contacts are kept, their intervals are wide.

    >>> from cxlab.journey.examples import small_log
    >>> transitions(small_log()).table[["source", "target", "contacts"]].head(2).values.tolist()
    [['(start)', 'Search', 4], ['Search', 'Website', 4]]
    """
    table = moves(log, gaps=True, quiet_days=quiet_days)
    names = dict(enumerate(log.labels)) | {_START: START, _END: END}
    left = table.groupby("source")["contacts"].transform("sum").to_numpy(float)
    n = table["contacts"].to_numpy(float)
    low, high = share_interval(n, left, level=level)
    shown = pd.DataFrame(
        {"source": table["source"].map(names), "target": table["target"].map(names), "contacts": table["contacts"],
         "share": n / left, "low": low, "high": high} | {c: table[c] for c in QUANTILES.values()}
    )  # fmt: skip
    order = np.lexsort((table["target"], table["source"], -n))
    shown = shown.iloc[order].reset_index(drop=True)
    inside = shown[(shown["source"] != START) & (shown["target"] != END)]
    few = float(n[n < FEWEST].sum() / n.sum())
    top = inside.iloc[0] if len(inside) else shown.iloc[0]
    wait = f", typically after {duration(top.median_gap_s)}" if np.isfinite(top.median_gap_s) else ""
    return Finding(
        name="journey.transitions",
        title=f"After {top.source}, {share(top.share)} go on to {top.target}",
        text=(
            f"{count(log.n_contacts)} contacts of {count(log.n_customers)} customers, {log.period}, make "
            f"{count(len(shown))} kinds of transition between {count(len(log.labels))} touchpoints. The most frequent "
            f"leads from {top.source} to {top.target}: {share(top.share)} of those who were there "
            f"{interval(share(top.low), share(top.high), level=level)}{wait}."
        ),
        table=shown,
        units={"contacts": "count", "share": "share", "low": "share", "high": "share"}
        | dict.fromkeys(QUANTILES.values(), "seconds"),
        checks=(
            *log.checks,
            Check(f"contacts in transitions met {FEWEST} times or more", few <= 0.2, share(1 - few), "≥ 80 %",
                  "Most transitions are rare: group touchpoints before reading single ones."),
        ),
        draw=lambda ax: _draw(ax, shown, log),
        caption=f"n = {count(log.n_contacts)} contacts, {log.period}; shares of those who left a touchpoint.",
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame, log: Log):
    from cxlab.journey import charts

    return charts.draw_transitions(ax, table, touchpoints=list(log.labels))
