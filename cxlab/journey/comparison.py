"""Two maps or one? Whether personas really move differently, by how much, and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.errors import DataError
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.journey.homogeneity import false_discovery
from cxlab.journey.log import END, START
from cxlab.journey.persona_maps import PersonaMaps
from cxlab.wording import count, interval, listed, number, share

#: customers of a persona below which its map is marked, contacts expected below which a transition is not tested, and
#: share of next steps below which a difference does not ask for a map of its own
FEW, LEAST_EXPECTED, SMALL = 30, 5, 0.05


def personas_finding(maps: PersonaMaps, *, level: float = 0.9) -> Finding:
    """Two maps or one: the test, and from where personas go on differently.

    Returns
    -------
    Finding "journey.personas", a row a touchpoint, the most different first: touchpoint, contacts (in the test),
    divergence, low, high (Jensen–Shannon, 0 alike … 1 nothing in common, chance taken off), p_value, q_value (of its G²
    under permutation; adjusted over touchpoints), differs (q ≤ 0.1)

    Notes
    -----
    See `homogeneity`. Maps differ where p ≤ 0.1; they ask for two maps where beyond that more than 5 % of next steps
    may differ (upper end of the interval).
    """
    r, z = maps.result, ndtri((1 + level) / 2)
    first = np.unique(maps.row, return_index=True)[1]
    q = false_discovery(r.row_p)
    table = pd.DataFrame(
        {"touchpoint": maps.source[first], "contacts": np.bincount(maps.row, r.contacts.sum(0)).astype(int),
         "divergence": r.divergence, "low": np.clip(r.divergence - z * r.divergence_error, 0, 1),
         "high": np.clip(r.divergence + z * r.divergence_error, 0, 1), "p_value": r.row_p, "q_value": q,
         "differs": q <= 0.1}
    )  # fmt: skip
    error = pd.DataFrame({"p_value": np.sqrt(r.row_p * (1 - r.row_p) / maps.permutations)})
    order = np.lexsort((-table["divergence"], ~table["differs"]))
    table, error = table.iloc[order].reset_index(drop=True), error.iloc[order].reset_index(drop=True)
    low, high = (float(np.clip(r.apart + s * z * r.apart_error, 0, 1)) for s in (-1, 1))
    apart = f"{share(r.apart)} {interval(share(low), share(high), level=level)}"
    who = listed(maps.personas)
    which = table.loc[table["differs"], "touchpoint"].tolist()
    p = (
        f"p = {number(r.p_value, digits=2)}"
        if r.p_value > 1 / (maps.permutations + 1)
        else f"p < {number(2 / (maps.permutations + 1), digits=1)}"
    )
    if which:
        beyond = f" and {count(len(which) - 3)} more" if len(which) > 3 else ""
        where = f"They go on differently from {listed(which[:3])}{beyond}. "
    else:
        where = "No single touchpoint can be named from which they go on differently. "
    more = "maps that differ somewhere" if r.log10_bayes_factor > 0 else "one map"
    text = (
        f"{count(maps.customers.sum())} {maps.unit} of {who}, {maps.log.period}"
        + (f", {count(maps.tested.sum())} of them in the test" if maps.tested.sum() < maps.customers.sum() else "")
        + f": dealing personas out anew {count(maps.permutations)} times gives maps as different as theirs with {p}. "
        f"Of their next steps {apart} differ. {where}"
        f"With contacts taken for independent, the data are {_times(abs(r.log10_bayes_factor))} as likely under {more}."
    )
    fewest = int(maps.tested.min())
    return Finding(
        name="journey.personas", title=_title(maps, high, who), text=text, table=table, monte_carlo_error=error,
        units={"contacts": "count"},
        checks=(
            *maps.log.checks,
            Check(f"{maps.unit} of the smallest persona ({maps.personas[int(maps.tested.argmin())]})", fewest >= FEW,
                  count(fewest), f"≥ {FEW}", "That no difference is seen may only mean that few were seen."),
        ),
        draw=lambda ax: _draw("draw_divergence", ax, table),
        caption=f"n = {count(maps.tested.sum())} {maps.unit}, {maps.log.period}; divergence from 0 (alike) to 1 "
        f"(nothing in common), chance taken off, {level * 100:g} % intervals.",
        keys=(Key(share(r.apart), f"of next steps differ between {who}, {level * 100:g} % {share(low)} to "
                  f"{share(high)}, {p}"),),
    )  # fmt: skip


def transitions_finding(maps: PersonaMaps, *, level: float = 0.9) -> Finding:
    """Which transitions personas take more or less often than the others do.

    Returns
    -------
    Finding "journey.persona_transitions", a row a transition (and persona, where there are more than two), the surest
    difference first: persona, source, target, contacts (of the persona), share, others (share of the other personas
    together), difference, low, high, q_value (missing where fewer than 5 contacts are expected), differs (q ≤ 0.1)
    """
    r, z = maps.result, ndtri((1 + level) / 2)
    shown = range(len(maps.personas)) if len(maps.personas) > 2 else range(1)
    parts = []
    for i in shown:
        parts.append(
            pd.DataFrame(
                {"persona": maps.personas[i], "source": maps.source, "target": maps.target,
                 "contacts": r.contacts[i].astype(int), "share": r.share[i], "others": r.share[i] - r.difference[i],
                 "difference": r.difference[i], "low": np.maximum(r.difference[i] - z * r.difference_error[i], -1),
                 "high": np.minimum(r.difference[i] + z * r.difference_error[i], 1),
                 "p": np.where(r.expected[i] >= LEAST_EXPECTED, r.difference_p[i], np.nan)}
            )
        )  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    tested = table["p"].notna()
    table["q_value"] = np.nan
    table.loc[tested, "q_value"] = false_discovery(table.loc[tested, "p"].to_numpy())
    table["differs"] = table["q_value"] <= 0.1
    table = table.sort_values(["differs", "p"], ascending=[False, True], kind="stable", ignore_index=True).drop(
        columns="p"
    )
    found = table[table["differs"]]
    other = maps.personas[1] if len(maps.personas) == 2 else "the others"
    if len(found):
        top = found.loc[found["difference"].abs().idxmax()]
        ends = interval(_points(top.low), _points(top.high), level=level)
        to = "leave" if top.target == END else f"go on to {top.target}"
        after = "At the start" if top.source == START else f"After {top.source}"
        to = f"begin with {top.target}" if top.source == START else to
        title = f"{after}, {share(top.share)} of {top.persona} {to}, of {other} {share(top.others)}"
        text = (
            f"{count(len(found))} of {count(tested.sum())} transitions differ beyond chance (one in ten of them may "
            f"not). The widest gap: {title[0].lower() + title[1:]}, a difference of {_points(top.difference)} {ends}."
        )
    else:
        title = f"No transition sets {listed(maps.personas)} apart"
        text = f"None of {count(tested.sum())} transitions differs beyond chance."
    text += f" {count((~tested).sum())} transitions are too rare to test." if (~tested).any() else ""
    return Finding(
        name="journey.persona_transitions", title=title, text=text, table=table,
        units={"contacts": "count"} | dict.fromkeys(["share", "others", "difference", "low", "high"], "share"),
        checks=maps.log.checks, draw=lambda ax: _draw("draw_transition_differences", ax, table, other=other),
        caption=f"n = {count(maps.tested.sum())} {maps.unit}, {maps.log.period}; {level * 100:g} % intervals with "
        f"{maps.unit} as the unit, false discoveries held at 10 %.",
    )  # fmt: skip


def conversion_finding(maps: PersonaMaps, *, level: float = 0.9) -> Finding:
    """Whether personas reach the goal equally often.

    Returns
    -------
    Finding "journey.persona_conversion", a row a persona: persona, customers, converted, share, low, high, difference,
    difference_low, difference_high (to the other personas together)

    Notes
    -----
    Jeffreys intervals; that of a difference recovers variances from them. Source: Newcombe (1998), Interval estimation
    for the difference between independent proportions, Statistics in Medicine 17(8).

    Raises
    ------
    DataError : the log has no goal.
    """
    if maps.converted is None:
        raise DataError("the log has no goal.", expected="what counts as conversion", mend="read_log(…, goal=…)")
    n, x = maps.customers.astype(float), maps.converted.astype(float)
    rest_n, rest_x = n.sum() - n, x.sum() - x
    (low, high), (rest_low, rest_high) = share_interval(x, n, level=level), share_interval(rest_x, rest_n, level=level)
    p, rest = x / n, rest_x / rest_n
    table = pd.DataFrame(
        {"persona": maps.personas, "customers": maps.customers, "converted": maps.converted, "share": p, "low": low,
         "high": high, "difference": p - rest, "difference_low": p - rest - np.hypot(p - low, rest_high - rest),
         "difference_high": p - rest + np.hypot(high - p, rest - rest_low)}
    )  # fmt: skip
    best, worst = table.loc[table["share"].idxmax()], table.loc[table["share"].idxmin()]
    sure = best.difference_low > 0
    told = [f"{share(r.share)} {interval(share(r.low), share(r.high), level=level)} of {count(r.customers)} {r.persona}"
            for r in table.itertuples()]  # fmt: skip
    goal = maps.log.goal_name
    gap = interval(_points(best.difference_low), _points(best.difference_high), level=level)
    return Finding(
        name="journey.persona_conversion",
        title=f"{best.persona} reach {goal} more often: {share(best.share)} against {share(worst.share)}" if sure
        else f"Personas reach {goal} equally often, as far as can be told",
        text=f"{goal} is reached by {listed(told)} ({maps.unit}), {maps.log.period}. {best.persona} against the "
        f"others: {_points(best.difference)} {gap}.",
        table=table, units={"customers": "count", "converted": "count"} | dict.fromkeys(table.columns[3:], "share"),
        checks=(Check(f"{maps.unit} of the smallest persona", n.min() >= FEW, count(n.min()), f"≥ {FEW}"),),
        draw=lambda ax: _draw("draw_persona_conversion", ax, table, goal=goal),
        caption=f"n = {count(n.sum())} {maps.unit}, {maps.log.period}; {level * 100:g} % intervals.",
    )  # fmt: skip


def _title(maps: PersonaMaps, high: float, who: str) -> str:
    if not maps.differ:
        return f"One map will do: {who} cannot be told apart"
    if high < SMALL:
        return f"One map will do: {who} differ, but in fewer than {share(SMALL)} of next steps"
    many = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}.get(len(maps.personas), count(len(maps.personas)))
    return f"{many} maps: {who} move differently, in {share(maps.result.apart)} of next steps"


def _points(value: float) -> str:
    text = number(100 * value, digits=2)
    return f"{text} points"


def _times(log10: float) -> str:
    """A Bayes factor in words.

    >>> _times(0.5), _times(7.3)
    ('3.2 times', 'more than 1,000 times')
    """
    return f"{number(10**log10, digits=2)} times" if log10 <= 3 else "more than 1,000 times"


def _draw(name: str, ax, table: pd.DataFrame, **options):
    from cxlab.journey.charts import comparison

    return getattr(comparison, name)(ax, table, **options)
