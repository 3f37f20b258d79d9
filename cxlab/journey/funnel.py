"""Funnels: how many journeys go from step to step, in order or in any, how long it takes, and where they stay behind.

A step is a touchpoint, a stage, or a set of them. Which occurrence counts:

- "strict" without windows: the first contact of the first step opens the funnel, and each later step is the first of
  its contacts after that, later in the journey even where times are equal. Other contacts may lie between.
- "strict" with windows: a contact reaches a step when some contact before it reached the previous step within the
  window. A repeated step opens its window anew (re-entry); of several ways through, the latest contacts count.
- "any": a journey has reached step k when it had contacts of steps 1 … k in whatever order. A step that is named m
  times needs m contacts; different steps may share one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.journey.log import Log
from cxlab.journey.reaching import GAP, TOTAL, reaching
from cxlab.journey.times import quantile_ends, quantiles, seconds_of
from cxlab.wording import count, duration, interval, share

#: journeys at the first step below which shares say little
FEWEST = 30
_WATCHED = "watched_{}"


def funnel(
    log: Log,
    *,
    steps: Sequence[str | Collection[str]],
    order: str = "strict",
    windows=None,
    within=None,
    by: str | None = None,
    times: bool = True,
    level: float = 0.9,
) -> Finding:
    """How many journeys reach each step, what share goes on, and after how long.

    Parameters
    ----------
    steps : touchpoints or stages by label, or sets of them, any of which will do; any number, repeats allowed
    order : "strict" or "any", see the module
    windows : longest time from each step to the next ("7d"): one for all, or one a step after the first (None: any)
    within : longest time from the first step to the last
    by : "persona" or "channel" (in which the journey began): one funnel each
    times : whether to measure how long it takes; counts alone cost half as much in a log of many millions
    level : coverage of the intervals

    Returns
    -------
    Finding "journey.funnel", a row a step (and group): group (with `by`), step (1 …), touchpoint (label; " or " between
    those of a set), journeys (that reached it), share (of all journeys), of_first, of_previous (shares, each with
    _low and _high; missing where nobody could), lost (reached the step before, not this one), median_gap_s with
    median_gap_low_s and median_gap_high_s, q90_gap_s (seconds since the step before, of those who reached this one),
    median_total_s, q90_total_s (since the first step), watched_s (median time from the step before to the end of the
    log, of those who did not reach this one)

    Raises
    ------
    ParameterError : no step, an unknown label, order or group, windows that do not fit the steps.

    Notes
    -----
    Jeffreys intervals; journeys count as independent. Times are of those who arrived before the log ended, so they are
    short where many may still arrive: a check compares them with the time that the others were watched.

    >>> from cxlab.journey.examples import small_log
    >>> funnel(small_log(), steps=["Search", "Checkout"]).table[["touchpoint", "journeys"]].values.tolist()
    [['Search', 4], ['Checkout', 2]]
    """
    names, sets = _steps(log, steps)
    limits, whole = _windows(windows, within, order, len(sets))
    reached = reaching(log, sets, order=order, windows=limits, within=whole, by=_group(log, by), times=times)
    sizes = _sizes(log, by)
    tables = []
    for code, label, journeys in sizes:
        own = reached if code is None else reached.filter(_.group == code)
        table = _table(own, names, journeys, log.end, level, times=times)
        tables.append(table if by is None else table.assign(group=label)[["group", *table.columns]])
    return _finding(pd.concat(tables, ignore_index=True), log, by, order, limits, whole, level)


def _steps(log: Log, steps) -> tuple[list[str], list[frozenset[int]]]:
    steps = [steps] if isinstance(steps, str) else list(steps)
    if not steps or not all(steps):
        raise ParameterError(
            "the funnel has no step." if not steps else "a step of the funnel is empty.",
            expected="touchpoints or stages of the log: " + ", ".join([*log.stages, *log.labels][:20]),
            mend=f'steps=["{log.labels[0]}", …]',
        )
    parts = [[step] if isinstance(step, str) else sorted(step) for step in steps]
    return [" or ".join(part) for part in parts], [frozenset().union(*(log.codes(n) for n in part)) for part in parts]


def _windows(windows, within, order: str, n: int) -> tuple[list[float | None], float | None]:
    if order not in ("strict", "any"):
        raise unknown("order of a funnel", order, ("strict", "any"))
    if order == "any" and (windows is not None or within is not None):
        raise ParameterError(
            "windows are given for a funnel in any order.", expected="windows from one step to the next",
            mend='order="strict"',
        )  # fmt: skip
    one = windows is None or isinstance(windows, str) or not isinstance(windows, Iterable)
    limits = [windows] * (n - 1) if one else list(windows)
    if len(limits) != n - 1:
        raise ParameterError(
            f"{len(limits)} windows are given for {n} steps.",
            expected=f"one for all, or {n - 1}: one for every step after the first",
        )
    return (
        [None if limit is None else seconds_of(limit, name="windows") for limit in limits],
        None if within is None else seconds_of(within, name="within"),
    )


def _group(log: Log, by: str | None) -> str | None:
    known = [c for c in ("persona", "channel") if log.has(c)]
    if by is not None and by not in known:
        raise unknown("group of journeys", by, known or ["(the log has neither persona nor channel)"])
    return by


def _sizes(log: Log, by: str | None) -> list[tuple]:
    """Code, label and number of journeys of every group; journeys that began without a channel belong to none."""
    if by is None:
        return [(None, "", log.n_journeys)]
    begun = log.events.filter(_.step == 1).group_by(group=by).agg(n=_.count()).filter(_.group.notnull())
    labels = log.personas if by == "persona" else log.channels
    return [(int(r.group), labels[int(r.group)], int(r.n)) for r in begun.order_by("group").execute().itertuples()]


def _table(reached: ibis.Table, names: list[str], journeys: int, end, level: float, *, times: bool) -> pd.DataFrame:
    n = len(names)
    last = int(pd.Timestamp(end).timestamp())
    counted = reached.agg(**{f"t_{k}": _[f"t_{k}"].count() for k in range(1, n + 1)}).execute().iloc[0]
    arrived = np.array([int(counted[f"t_{k}"]) for k in range(1, n + 1)])
    wanted, watched = {}, {}
    for k in range(2, n + 1) if times else ():
        wanted[GAP.format(k)] = [0.5, *quantile_ends(0.5, arrived[k - 1], level=level), 0.9]
        wanted[TOTAL.format(k)] = [0.5, 0.9]
        wanted[_WATCHED.format(k)] = [0.5]
        stayed = reached[f"t_{k - 1}"].notnull() & reached[f"t_{k}"].isnull()
        watched[_WATCHED.format(k)] = ibis.ifelse(stayed, last - reached[f"t_{k - 1}"], None)
    found = quantiles(reached.mutate(**watched), wanted) if wanted else {}
    missing = [np.nan] * 4
    gaps = np.array([found.get(GAP.format(k), missing) for k in range(1, n + 1)])
    totals = np.array([found.get(TOTAL.format(k), missing[:2]) for k in range(1, n + 1)])
    table = pd.DataFrame({"step": range(1, n + 1), "touchpoint": names, "journeys": arrived})
    before = np.array([journeys, *arrived[:-1]])
    for column, of in (("share", journeys), ("of_first", arrived[0]), ("of_previous", before)):
        of = np.broadcast_to(of, n)
        with np.errstate(invalid="ignore"):
            table[column] = np.where(of > 0, arrived / np.maximum(of, 1), np.nan)
        table[f"{column}_low"], table[f"{column}_high"] = share_interval(arrived, of, level=level)
    table["lost"] = before - arrived
    for column, values in zip(
        ("median_gap_s", "median_gap_low_s", "median_gap_high_s", "q90_gap_s"), gaps.T, strict=True
    ):
        table[column] = values
    table["median_total_s"], table["q90_total_s"] = totals.T
    table["watched_s"] = [found.get(_WATCHED.format(k), missing)[0] for k in range(1, n + 1)]
    return table


def _finding(table: pd.DataFrame, log: Log, by, order, limits, whole, level: float) -> Finding:
    first, last = table[table["step"] == 1], table[table["step"] == table["step"].max()]
    text = _text(table, log, by, level)
    few = int(first["journeys"].min())
    rule = {"strict": "in this order", "any": "in any order"}[order]
    if whole is not None:
        rule += f", within {duration(whole)} of the first step"
    if any(limit is not None for limit in limits):
        rule += ", each step within its window of the one before"
    return Finding(
        name="journey.funnel",
        title=_title(table, by),
        text=text,
        table=table,
        units=dict.fromkeys(["journeys", "lost"], "count")
        | {c: "share" for c in table if c.startswith(("share", "of_"))}
        | {c: "seconds" for c in table if c.endswith("_s")},
        checks=(
            *log.checks,
            Check("journeys at the first step", few >= FEWEST, count(few), f"≥ {FEWEST}",
                  "Shares of so few say little."),
            _watched(table),
        ),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}; steps {rule}; {level * 100:g} % Jeffreys "
        "intervals; times of those who arrived before the log ended.",
        draw=lambda ax: _draw(ax, table),
        keys=(Key(share(last["of_first"].iloc[0]), f"of those at {first['touchpoint'].iloc[0]} reach "
                  f"{last['touchpoint'].iloc[0]}, {level * 100:g} % {share(last['of_first_low'].iloc[0])} to "
                  f"{share(last['of_first_high'].iloc[0])} (n = {count(first['journeys'].iloc[0])})"),)
        if by is None and len(table) > 1 else (),
    )  # fmt: skip


def _watched(table: pd.DataFrame) -> Check:
    """Whether those who stayed behind were watched for as long as nearly all arrivals took."""
    name, limit = "time that those who stayed behind were watched", "at least as long as 90 % of arrivals took"
    short = table[(table["q90_gap_s"] > table["watched_s"]) & (table["journeys"] > 0)]
    if short.empty:
        return Check(name, True, "long enough", limit)
    worst = short.loc[(short["q90_gap_s"] / short["watched_s"].clip(lower=1)).idxmax()]
    return Check(
        f"{name} ({worst.touchpoint})", False, duration(worst.watched_s), f"{limit}, {duration(worst.q90_gap_s)}",
        "Some may still arrive: shares and times are lower bounds.",
    )  # fmt: skip


def _loss(table: pd.DataFrame):
    """The step where most stay behind, and its row before; None where nobody does."""
    later = table[(table["step"] > 1) & (table["lost"] > 0)]
    if later.empty:
        return None
    worst = later.loc[later["lost"].idxmax()]
    return worst, table.loc[later["lost"].idxmax() - 1]


def _title(table: pd.DataFrame, by) -> str:
    first, last = table.iloc[0], table.iloc[-1]
    if by is not None:
        ends = table[table["step"] == last.step].dropna(subset="of_first")
        if last.step > 1 and len(ends) > 1:
            best, worst = ends.loc[ends["of_first"].idxmax()], ends.loc[ends["of_first"].idxmin()]
            top = f"{share(best.of_first)} of {best.group} reach {last.touchpoint}"
            return f"{top}, {share(worst.of_first)} of {worst.group}"
        return f"Funnels of {table['group'].nunique()} groups"
    loss = _loss(table)
    if loss is None:
        return f"{share(first.share)} of journeys reach {first.touchpoint}" if last.step == 1 else "Nobody stays behind"
    worst, before = loss
    stay = share(1 - worst.of_previous)
    return f"Most are lost between {before.touchpoint} and {worst.touchpoint}: {stay} go no further"


def _text(table: pd.DataFrame, log: Log, by, level: float) -> str:
    sentences = []
    for group, own in table.groupby("group", sort=False) if by is not None else [("", table)]:
        first, last = own.iloc[0], own.iloc[-1]
        who = f"Of {group}, " if group else ""
        sentences.append(
            f"{who}{count(first.journeys)} {log.unit} reach {first.touchpoint}, {share(first.share)} of all "
            f"{interval(share(first.share_low), share(first.share_high), level=level)}, {log.period}."
        )
        if last.step == 1:
            continue
        takes = f", half of them within {duration(last.median_total_s)}" if last.journeys else ""
        sentences.append(
            f"{count(last.journeys)} of them reach {last.touchpoint}: {share(last.of_first)} "
            f"{interval(share(last.of_first_low), share(last.of_first_high), level=level)}{takes}."
        )
        loss = _loss(own)
        if loss is not None and last.step > 2:
            worst, before = loss
            within = interval(share(1 - worst.of_previous_high), share(1 - worst.of_previous_low), level=level)
            sentences.append(
                f"Most stay behind between {before.touchpoint} and {worst.touchpoint}: {count(worst.lost)}, "
                f"{share(1 - worst.of_previous)} of those who came so far {within}."
            )
    return " ".join(sentences)


def _draw(ax, table: pd.DataFrame):
    from cxlab.journey import charts

    return charts.draw_funnel(ax, table)
