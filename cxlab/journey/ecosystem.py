"""The ecosystem behind the touchpoints: which tool, process or person carries how many journeys, and fails them all."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from ibis import _

from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.journey.log import Log
from cxlab.wording import count, interval, share

#: share of contacts whose touchpoint the register should name
LEAST_KNOWN = 0.95


def ecosystem(log: Log, register: pd.DataFrame, *, level: float = 0.9) -> Finding:
    """What many journeys hang on: for each thing behind the touchpoints, how many journeys come past it.

    Parameters
    ----------
    register : a row a touchpoint and what is behind it: touchpoint, and any columns such as owner, process, tool; a
        touchpoint with two tools has two rows, an empty cell is nothing
    level : coverage of the intervals

    Returns
    -------
    Finding "journey.ecosystem", a row a thing, the one that most conversions hang on first: kind (the column of the
    register), name, touchpoints (count), journeys (that meet one of them), share, low, high; and where the log has a
    goal conversions (that come past it on the way to the goal, or at it), of_conversions, of_conversions_low,
    of_conversions_high

    Raises
    ------
    ParameterError : the register has no column touchpoint, nothing besides it, or a touchpoint the log does not know.

    Notes
    -----
    A single point of failure is what (nearly) all conversions come past. Jeffreys intervals. Some of those journeys
    would find another way: the share says how many are stopped at most.

    >>> from cxlab.journey.examples import small_log
    >>> register = pd.DataFrame({"touchpoint": ["Search", "Website", "Checkout", "Help desk"],
    ...     "tool": ["", "web shop", "web shop", "telephone"]})
    >>> ecosystem(small_log(), register).table[["name", "touchpoints", "journeys", "conversions"]].values.tolist()
    [['web shop', 2, 4, 2], ['telephone', 1, 1, 1]]
    """
    things = _things(log, register)
    carries = [(kind, name, sorted(codes)) for (kind, name), codes in things.items()]
    events = log.with_goals
    early = _.first_goal.isnull() | (_.step <= _.first_goal)
    flags = {
        f"met_{i}": _.touchpoint.isin(codes).cast("int64").max() for i, (_kind, _name, codes) in enumerate(carries)
    }
    flags |= {
        f"early_{i}": (_.touchpoint.isin(codes) & early).cast("int64").max()
        for i, (_kind, _name, codes) in enumerate(carries)
    }
    reached = _.touchpoint.isin(sorted(log.goal)).cast("int64").max()
    each = events.group_by("customer_id", "journey").agg(**flags, reached=reached)
    sums = {f"met_{i}": _[f"met_{i}"].sum() for i in range(len(carries))}
    sums |= {f"early_{i}": (_[f"early_{i}"] * _.reached).sum() for i in range(len(carries))}
    found = each.aggregate(**sums, reached=_.reached.sum()).execute().iloc[0]
    table = pd.DataFrame(
        {
            "kind": [kind for kind, _name, _codes in carries],
            "name": [name for _kind, name, _codes in carries],
            "touchpoints": [len(codes) for _kind, _name, codes in carries],
            "journeys": [int(found[f"met_{i}"]) for i in range(len(carries))],
        }
    )
    _add_share(table, "journeys", "", log.n_journeys, level)
    if log.goal:
        table["conversions"] = [int(found[f"early_{i}"]) for i in range(len(carries))]
        _add_share(table, "conversions", "of_conversions", int(found["reached"]), level)
    order = ["conversions", "journeys", "touchpoints"] if log.goal else ["journeys", "touchpoints"]
    table = table.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)
    return _finding(log, table, register, int(found["reached"]), level)


def _things(log: Log, register: pd.DataFrame) -> dict[tuple[str, str], set[int]]:
    """Codes of the touchpoints behind which each thing stands."""
    kinds = [c for c in register.columns if c != "touchpoint"]
    if "touchpoint" not in register or not kinds:
        raise ParameterError(
            f"the register has the columns {', '.join(map(str, register.columns))}.",
            expected="touchpoint, and at least one of what is behind it: owner, process, tool",
        )
    things: dict[tuple[str, str], set[int]] = {}
    for kind in kinds:
        for touchpoint, name in zip(register["touchpoint"], register[kind], strict=True):
            codes = log.codes(touchpoint)
            if isinstance(name, str) and name.strip():
                things.setdefault((str(kind), name.strip()), set()).update(codes)
    return things


def _add_share(table: pd.DataFrame, of: str, name: str, n: int, level: float) -> None:
    low, high = share_interval(table[of], max(n, 1), level=level)
    mark = f"{name}_" if name else ""
    table[name or "share"] = table[of] / max(n, 1)
    table[f"{mark}low"], table[f"{mark}high"] = low, high


def _finding(log: Log, table: pd.DataFrame, register: pd.DataFrame, reached: int, level: float) -> Finding:
    known = {code for name in register["touchpoint"] for code in log.codes(name)}
    inside = sum(n for code, n in enumerate(log.contacts) if code in known) / log.n_contacts
    top, mark = table.iloc[0], "of_conversions" if log.goal else "share"
    ends = ("of_conversions_low", "of_conversions_high") if log.goal else ("low", "high")
    what = "conversions" if log.goal else "journeys"
    said = f"{share(top[mark])} of {what} {interval(share(top[ends[0]]), share(top[ends[1]]), level=level)}"
    n = f"{count(reached)} conversions" if log.goal else f"{count(log.n_journeys)} {log.unit}"
    return Finding(
        name="journey.ecosystem",
        title=f"{share(top[mark])} of {what} come past {top['name']} ({top.kind})",
        text=(
            f"{said} come past {top['name']}, the {top.kind} behind {_touchpoints(top.touchpoints)}: so many are "
            f"stopped at most when it fails (n = {n}, {log.period})."
        ),
        table=table,
        units=dict.fromkeys(["touchpoints", "journeys"], "count")
        | dict.fromkeys(["share", "low", "high"], "share")
        | ({"conversions": "count"} | dict.fromkeys([mark, *ends], "share") if log.goal else {}),
        checks=(
            *log.checks,
            Check("contacts at touchpoints in the register", inside >= LEAST_KNOWN, share(inside),
                  f"≥ {share(LEAST_KNOWN)}", "Add the others: what is not written down cannot be seen to fail."),
        ),
        draw=lambda ax: _draw(ax, table, [mark, *ends], what),
        caption=f"n = {n}, {log.period}; {level * 100:g} % Jeffreys intervals.",
    )  # fmt: skip


def _touchpoints(n: int) -> str:
    return f"{count(n)} touchpoint{'s' if n != 1 else ''}"


def _draw(ax, table: pd.DataFrame, columns: Sequence[str], what: str):
    from cxlab.journey.charts.rows import Row, bar_rows
    from cxlab.style import ORANGE, PALE_ORANGE, figure_style

    values = table[list(columns)].to_numpy(float)
    strong = values[:, 1] >= 0.5
    things = zip(table["kind"], table["name"], table["touchpoints"], strict=True)
    rows = [
        Row(name, *values[i], f"{kind}, {_touchpoints(n)}", bool(strong[i])) for i, (kind, name, n) in enumerate(things)
    ]
    with figure_style():
        return bar_rows(
            ax, rows, write=share, strong=ORANGE, pale=PALE_ORANGE, hatch="///",
            head=f"Share of {what} that come past it", foot="strong: surely half of them or more",
        )  # fmt: skip
