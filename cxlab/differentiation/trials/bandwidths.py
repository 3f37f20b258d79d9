"""How the jump at a cut-off depends on how far one looks, and what shows where nothing sets in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.discontinuity import coverage_bandwidth, placebo_jumps
from cxlab.differentiation.trials.jumps import jump
from cxlab.differentiation.trials.running import Running, signed
from cxlab.errors import ModelError
from cxlab.finding import Check, Finding
from cxlab.wording import count, number

#: multiples of the chosen bandwidth that are tried
_TRIED = np.geomspace(0.4, 2.5, 13)


def cutoff_bandwidths(rows: Running, *, name: str = "", level: float = 0.9) -> Finding:
    """The jump for every width of look.

    Returns
    -------
    Finding "differentiation.discontinuity_bandwidths", a row a width: bandwidth, times (of the chosen one), jump, low,
        high, n
    """
    chosen, found = coverage_bandwidth(rows), []
    for times in _TRIED:
        try:
            other = jump(rows, bandwidth=chosen * times, order=2)
        except ModelError:
            continue
        low, high = other.ends(level)
        found.append({"bandwidth": chosen * times, "times": times, "jump": other.value, "low": low, "high": high,
                      "n": sum(other.n)})  # fmt: skip
    if not found:
        raise ModelError("no width of look has values enough on both sides.", expected="more rows near the cut-off")
    table, say, what = pd.DataFrame(found), rows.change, name or "the rule"
    middle = table.iloc[int((table["times"] - 1).abs().to_numpy().argmin())]
    sign = np.sign(middle["jump"])
    same = float((np.sign(table["jump"]) == sign).mean())
    spread = f"{say(table['jump'].min())} to {say(table['jump'].max())}"
    lead = "Simulated data: " if rows.simulated else ""
    return Finding(
        name="differentiation.discontinuity_bandwidths",
        title=f"Looking nearer or farther, the jump at {what} is {spread}",
        text=f"{lead}between {number(table['bandwidth'].iloc[0])} and {number(table['bandwidth'].iloc[-1])} from the "
        f"cut-off the jump of {rows.outcome} is {spread}{rows.points}; {say(middle['jump'])} "
        f"({level * 100:g} % interval {say(middle['low'])} to {say(middle['high'])}, n = {count(middle['n'])}) at the "
        "width chosen from the data before any jump was looked at. What would change our mind: a jump of the other "
        "sign at another width.",
        table=table,
        units=dict.fromkeys(("jump", "low", "high"), rows.measured) | {"n": "count"},
        checks=(Check("widths at which the jump has the same sign",
                      same >= 0.85 or middle["low"] <= 0 <= middle["high"], same, "≥ 0.85",
                      "Whoever chose the width chose the result."),),
        draw=lambda ax: _draw(ax, table, rows, chosen),
        caption=f"{rows.about}. Local curves, triangular kernel, {level * 100:g} % intervals.",
        currency=rows.currency,
    )  # fmt: skip


def cutoff_placebos(rows: Running, *, name: str = "", level: float = 0.9) -> Finding:
    """What shows at cut-offs where nothing sets in, and in what was settled before.

    Returns
    -------
    Finding "differentiation.discontinuity_placebos", a row a look: kind ("the rule", "cut-off moved", "settled
        before"), what, jump, low, high (in standard errors of each, so that they can be compared), p_value

    Raises
    ------
    ModelError : a side has too few values for another cut-off, and nothing settled before is known.
    """
    looks = [("the rule", name or rows.outcome, rows)]
    looks += [("cut-off moved", signed(at), rows.rows(rows.x >= 0 if at >= 0 else rows.x < 0).moved(at))
              for at in placebo_jumps(rows, level=level)["at"]]  # fmt: skip
    looks += [("settled before", covariate, rows.of(covariate)) for covariate in rows.covariates or {}]
    found = []
    for kind, what, own in looks:
        try:
            other = jump(own, bandwidth=coverage_bandwidth(own), order=2)
        except ModelError:
            continue
        if other.error > 0:
            low, high = (end / other.error for end in other.ends(level))
            found.append({"kind": kind, "what": what, "jump": other.value / other.error, "low": low, "high": high,
                          "p_value": other.p_value})  # fmt: skip
    table = pd.DataFrame(found, columns=["kind", "what", "jump", "low", "high", "p_value"])
    nothing = table[table["kind"] != "the rule"]
    if nothing.empty:
        raise ModelError("no other cut-off has values enough on both sides.", expected="more rows, or covariates")
    wrong = nothing[(nothing["low"] > 0) | (nothing["high"] < 0)]
    most = max(1, int(np.ceil(0.4 * len(nothing))) - 1)
    lead = "Simulated data: " if rows.simulated else ""
    return Finding(
        name="differentiation.discontinuity_placebos",
        title=f"{count(len(wrong))} of {count(len(nothing))} looks where nothing should jump show a jump",
        text=f"{lead}at {count((nothing['kind'] == 'cut-off moved').sum())} other cut-offs and in "
        f"{count((nothing['kind'] == 'settled before').sum())} measures settled before, "
        f"{count(len(wrong))} show a jump at {level * 100:g} % (by chance alone {number((1 - level) * len(nothing))}; "
        f"n = {count(rows.n.sum())}{', ' * bool(rows.days)}{rows.days}). What would change our mind: jumps where "
        "nothing sets in.",
        table=table,
        units={"p_value": "share"},
        checks=(Check("looks where nothing should jump that show a jump", len(wrong) <= most, len(wrong), f"≤ {most}",
                      "The outcome jumps by itself, or both sides differed before."),),
        draw=lambda ax: _draw_placebos(ax, table),
        caption=f"{rows.about}. Each jump in its own standard errors, {level * 100:g} % "
        "intervals.",
    )  # fmt: skip


def _draw(ax, table, rows: Running, chosen: float):
    from cxlab.differentiation.charts.quasi_cutoff import draw_bandwidths

    return draw_bandwidths(ax, table, chosen=chosen, name=rows.name, outcome=rows.outcome, measured=rows.measured,
                           currency=rows.currency)  # fmt: skip


def _draw_placebos(ax, table):
    from cxlab.differentiation.charts.quasi_cutoff import draw_looks

    return draw_looks(ax, table)
