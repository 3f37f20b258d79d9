"""What journeys look like step by step: which touchpoint comes first, second, third, and what flows between them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.journey.log import END, START, Log
from cxlab.wording import count, interval, share

#: what touchpoints outside the most frequent ones are called together in a picture of flows
OTHERS = "(others)"
FEWEST = 30


def step_matrix(
    log: Log, *, steps: int = 10, anchor: str | Collection[str] | None = None, level: float = 0.9
) -> Finding:
    """Share of journeys that are at each touchpoint at their first, second, … contact, or around an anchor.

    Parameters
    ----------
    steps : how many steps; with an anchor, how many before and after it
    anchor : touchpoint or stage (or a set of them); its first contact in a journey is step 0, and journeys without it
        are left out
    level : coverage of the intervals

    Returns
    -------
    Finding "journey.steps", a row a step and touchpoint: step (1 … k, or −k … k), touchpoint (label; "(end)": the
    journey has no contact so late; "(start)": none so early), journeys, share (of all journeys with the anchor), low,
    high. Every touchpoint met within these steps has a row at each; the shares of a step sum to one.

    Raises
    ------
    ParameterError : fewer than one step, or an unknown anchor.

    Notes
    -----
    Jeffreys intervals, each share for itself. An end is no more than the last contact so far.

    >>> from cxlab.journey.examples import small_log
    >>> found = step_matrix(small_log(), steps=3).table
    >>> found[found["step"] == 3][["touchpoint", "journeys"]].values.tolist()
    [['Search', 0], ['Website', 1], ['Checkout', 1], ['Help desk', 1], ['(end)', 1]]
    """
    _at_least_one(steps)
    events = log.events
    if anchor is None:
        n, span = log.n_journeys, np.arange(1, steps + 1)
        placed = events.filter(_.step <= steps).select(place="step", touchpoint="touchpoint")
    else:
        codes = _codes(log, anchor)
        found = events.filter(_.touchpoint.isin(sorted(codes))).group_by(log.keys).agg(anchored=_.step.min())
        n, span = int(found.count().execute()), np.arange(-steps, steps + 1)
        placed = events.inner_join(found, log.keys).select(
            place=(_.step - _.anchored).cast("int64"), touchpoint="touchpoint"
        )
        placed = placed.filter((_.place >= -steps) & (_.place <= steps))
    counted = placed.group_by("place", "touchpoint").agg(journeys=_.count()).execute()
    matrix = counted.pivot(index="place", columns="touchpoint", values="journeys").reindex(span).fillna(0)
    matrix = matrix[sorted(matrix.columns)].astype(int).rename(columns=dict(enumerate(log.labels)))
    absent = n - matrix.sum(axis=1)
    if anchor is not None:
        matrix[START] = np.where(matrix.index < 0, absent, 0)
    matrix[END] = np.where(matrix.index > 0, absent, 0)
    table = matrix.rename_axis(index="step", columns="touchpoint").stack().rename("journeys").reset_index()
    table["share"] = table["journeys"] / max(n, 1)
    table["low"], table["high"] = share_interval(table["journeys"], n, level=level)
    told = "" if anchor is None else f" around {_words(anchor)}"
    title, text = _says(table, log, n, anchor, level)
    return Finding(
        name="journey.steps",
        title=title,
        text=text,
        table=table,
        units={"journeys": "count", "share": "share", "low": "share", "high": "share"},
        checks=(*log.checks, _enough(n)),
        caption=f"n = {count(n)} {log.unit}, {log.period}; share at each step{told}; "
        f"{level * 100:g} % Jeffreys intervals.",
    )


def step_flows(log: Log, *, steps: int = 6, top: int = 8, level: float = 0.9) -> Finding:
    """How journeys flow from each step to the next: what a Sankey picture by steps is drawn from.

    Parameters
    ----------
    steps : number of steps
    top : touchpoints that are told apart, the most frequent ones within these steps; the others are one

    Returns
    -------
    Finding "journey.step_flows", a row a flow, in order of step: step (of the contact it leaves, 1 … steps − 1),
    source, target (labels; "(others)"; "(end)": no further contact), journeys, share (of all journeys), low, high

    Notes
    -----
    Journeys that ended appear once, at the step where they did. The text states which part of the contacts the
    touchpoints told apart cover.

    >>> from cxlab.journey.examples import small_log
    >>> step_flows(small_log(), steps=3).table[["step", "source", "target", "journeys"]].head(2).values.tolist()
    [[1, 'Search', 'Website', 4], [2, 'Website', 'Website', 1]]
    """
    _at_least_one(steps)
    _at_least_one(top, name="top")
    within = log.events.filter(_.step <= steps)
    flows = within.group_by("step", "touchpoint", "next_touchpoint").agg(journeys=_.count()).execute()
    met = flows.groupby("touchpoint")["journeys"].sum()
    kept = met.sort_index().sort_values(ascending=False, kind="stable").index[:top]
    covered = float(met[kept].sum() / met.sum())
    codes = {code: log.labels[code] if code in kept else OTHERS for code in range(len(log.labels))}
    flows = flows[flows["step"] < steps] if steps > 1 else flows
    table = pd.DataFrame(
        {
            "step": flows["step"].astype(int),
            "source": flows["touchpoint"].map(codes),
            "target": flows["next_touchpoint"].map(codes).fillna(END),
            "journeys": flows["journeys"],
        }
    )
    table = table.groupby(["step", "source", "target"], as_index=False)["journeys"].sum()
    place = {label: code for code, label in enumerate([*log.labels, OTHERS, END])}
    table = table.sort_values(["step", "source", "target"], key=lambda c: c.map(place) if c.name != "step" else c)
    table = table.reset_index(drop=True)
    table["share"] = table["journeys"] / log.n_journeys
    table["low"], table["high"] = share_interval(table["journeys"], log.n_journeys, level=level)
    named = table[(table[["source", "target"]] != OTHERS).all(axis=1)]
    top_flow = table.loc[(named if len(named) else table)["journeys"].idxmax()]
    folded = len(met) - len(kept)
    rest = f"; {count(folded)} others, with {share(1 - covered)} of contacts, are drawn as one" if folded else ""
    return Finding(
        name="journey.step_flows",
        title=f"The widest flow leads from {top_flow['source']} to {top_flow['target']} at step {top_flow.step}",
        text=(
            f"Of {count(log.n_journeys)} {log.unit}, {log.period}, {share(top_flow.share)} "
            f"{interval(share(top_flow.low), share(top_flow.high), level=level)} go from {top_flow['source']} to "
            f"{top_flow['target']} at step {top_flow.step}. The picture shows {count(len(kept))} touchpoints with "
            f"{share(covered)} of the contacts of the first {steps} steps{rest}."
        ),
        table=table,
        units={"journeys": "count", "share": "share", "low": "share", "high": "share"},
        checks=(*log.checks, _enough(log.n_journeys)),
        draw=lambda ax: _charts().draw_step_flows(ax, table),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}; {share(covered)} of contacts by name.",
    )


def _says(table: pd.DataFrame, log: Log, n: int, anchor, level: float) -> tuple[str, str]:
    """Title and text: where journeys begin, or what stands next to the anchor."""

    def at(step: int):
        own = table[(table["step"] == step) & ~table["touchpoint"].isin([START, END])]
        return own.loc[own["journeys"].idxmax()]

    def told(row) -> str:
        return f"{share(row.share)} {interval(share(row.low), share(row.high), level=level)}"

    if anchor is None:
        first, last = at(1), table["step"].max()
        ended = table[(table["step"] == last) & (table["touchpoint"] == END)].iloc[0]
        return (
            f"{share(first.share)} of journeys begin at {first.touchpoint}",
            f"Of {count(n)} {log.unit}, {log.period}, {told(first)} begin at {first.touchpoint}. "
            f"{told(ended)} have fewer than {last} contacts so far.",
        )
    name = _words(anchor)
    if not n:
        return f"No journey meets {name}", f"None of {count(log.n_journeys)} {log.unit} meets {name}, {log.period}."
    before, after = at(-1), at(1)
    began = table[(table["step"] == -1) & (table["touchpoint"] == START)].iloc[0]
    ended = table[(table["step"] == 1) & (table["touchpoint"] == END)].iloc[0]
    return (
        f"{share(ended.share)} of journeys end at their first contact with {name}"
        if ended.journeys > after.journeys
        else f"After the first contact with {name}, {share(after.share)} go on to {after.touchpoint}",
        f"{count(n)} {log.unit} meet {name}, {log.period}. Right before the first time, {told(before)} were at "
        f"{before.touchpoint} and {told(began)} began there; right after it {told(after)} go on to {after.touchpoint} "
        f"and {told(ended)} have no further contact so far.",
    )


def _codes(log: Log, anchor: str | Collection[str]) -> frozenset[int]:
    return frozenset().union(*(log.codes(name) for name in ([anchor] if isinstance(anchor, str) else anchor)))


def _words(anchor: str | Collection[str]) -> str:
    return anchor if isinstance(anchor, str) else " or ".join(sorted(anchor))


def _at_least_one(steps: int, *, name: str = "steps") -> None:
    if steps < 1:
        raise ParameterError(f"{name} = {steps}.", expected=f"{name} ≥ 1", mend=f"{name}=6")


def _enough(n: int) -> Check:
    return Check("journeys", n >= FEWEST, count(n), f"≥ {FEWEST}", "Shares of so few say little.")


def _charts():
    from cxlab.journey import charts

    return charts
