"""Findings on types of journeys, and on how varied journeys are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.journey import complexity
from cxlab.journey.complexity import lengths
from cxlab.journey.path_findings import (
    CONVERSION,
    conversion_columns,
    draw_strips,
    ends_of,
    path_checks,
    said_share,
    simulated,
    up_to_goal,
)
from cxlab.journey.paths import Paths
from cxlab.journey.typology import LEAST_SILHOUETTE, LEAST_STABILITY, Types
from cxlab.wording import count, interval, number, share


def types_finding(types: Types, *, level: float = 0.9) -> Finding:
    """Types of journeys: the path in the middle of each, how many take it, and how many of those reach the goal.

    Returns
    -------
    Finding "journey.types", a row a type, the largest first: type (1 …), path (the medoid), journeys, share,
    share_low, share_high; where paths end before the goal converted, conversion, conversion_low, conversion_high; steps
    (median), mean_s (seconds), complexity (mean), silhouette (mean), stability (mean Jaccard similarity when journeys
    are resampled); the last two missing for a single type

    Notes
    -----
    Intervals take types as given; where the rarer paths were sampled, they rest on the effective number of journeys.
    """
    paths, log = types.paths, types.paths.log
    journeys, total = paths.journeys, paths.journeys.sum()
    kinds = range(len(types))
    mine = [types.type == t for t in kinds]
    size = np.array([journeys[m].sum() for m in mine])
    part = size / total
    low, high = share_interval(part * paths.effective, paths.effective, level=level)
    varied = complexity.complexity(paths.codes, len(paths.labels))
    steps = lengths(paths.codes)
    table = pd.DataFrame(
        {"type": [t + 1 for t in kinds], "path": [paths.words(row) for row in types.medoid],
         "journeys": size.round().astype(int), "share": part, "share_low": low, "share_high": high}
    )  # fmt: skip
    if paths.until_goal:
        reached = np.array([(paths.converted * paths.stands_for)[m].sum() for m in mine])
        effective = np.array([journeys[m].sum() ** 2 / (paths.weight * paths.stands_for**2)[m].sum() for m in mine])
        table = table.assign(**conversion_columns(reached, size, effective, level))
    table["steps"] = [_median(steps[m], journeys[m]) for m in mine]
    table["mean_s"] = [np.average(paths.seconds[m], weights=journeys[m]) for m in mine]
    table["complexity"] = [_mean(varied[m], journeys[m]) for m in mine]
    table["silhouette"], table["stability"] = types.silhouette, types.stability
    first = table.iloc[0]
    if len(types) == 1:
        title = "Journeys do not fall into types"
        text = f"{count(log.n_journeys)} {log.unit}, {log.period}: journeys do not fall into types"
        text += f", as {types.reason}. " if types.reason else ", as none were asked for. "
        text += f"The path in the middle of all is {first.path}."
    else:
        title = f"Journeys are of {len(types)} types; the largest, {share(first.share)}, runs {ends_of(first.path)}"
        text = (
            f"{count(log.n_journeys)} {log.unit}, {log.period}, fall into {len(types)} types. The largest is that of "
        )
        text += f"{said_share(first, 'share', level)}, around the path {first.path}."
        if paths.until_goal:
            best, worst = (table.loc[table["conversion"].agg(end)] for end in ("idxmax", "idxmin"))
            text += f" {log.goal_name} is reached most by type {best.type} {_aside(best.path)}, "
            text += f"{said_share(best, 'conversion', level)}, and least by type {worst.type} {_aside(worst.path)}, "
            text += f"{said_share(worst, 'conversion', level)}."
    units = dict.fromkeys(("journeys", "converted"), "count") | {"mean_s": "seconds"}
    units |= dict.fromkeys(("share", "share_low", "share_high", *CONVERSION[1:]), "share")
    return Finding(
        name="journey.types", title=title, text=text, table=table,
        units={c: u for c, u in units.items() if c in table}, checks=(*path_checks(paths), *_type_checks(types)),
        monte_carlo_error=pd.DataFrame({"stability": types.stability_error}), currency=log.currency,
        draw=lambda ax: draw_strips(ax, table.assign(name=[f"Type {t}" for t in table["type"]]), paths),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}{simulated(paths)}; the path in the middle of "
        f"each type, by optimal matching of {count(types.compared)} of {count(paths.n_distinct)} distinct paths"
        f"{up_to_goal(paths)}; {level * 100:g} % intervals.",
    )  # fmt: skip


def complexity_finding(paths: Paths, *, types: Types | None = None, level: float = 0.9) -> Finding:
    """How varied journeys are, and whether those that reach the goal are more so; the picture shows every path.

    Parameters
    ----------
    types : groups the rows of the picture

    Returns
    -------
    Finding "journey.complexity", a row a group ("all", and with a goal "reached", "did not reach"): group, journeys,
    steps, entropy, turbulence, complexity (means), complexity_low, complexity_high; paths without a step are left out
    """
    log = paths.log
    n_states, codes = len(paths.labels), paths.codes
    measures = {
        "steps": lengths(codes),
        "entropy": complexity.entropy(codes, n_states),
        "turbulence": complexity.turbulence(codes),
        "complexity": complexity.complexity(codes, n_states),
    }
    some = measures["steps"] > 0
    groups = {"all": paths.weight}
    if log.goal:
        groups |= {"reached": paths.converted, "did not reach": paths.weight - paths.converted}
    records = []
    for name, seen in groups.items():
        weight = (seen * paths.stands_for)[some]
        if not weight.sum():
            continue
        mean = {key: np.average(value[some], weights=weight) for key, value in measures.items()}
        spread = np.average((measures["complexity"][some] - mean["complexity"]) ** 2, weights=weight)
        effective = weight.sum() ** 2 / (seen * paths.stands_for**2)[some].sum()
        reach = ndtri((1 + level) / 2) * np.sqrt(spread / max(effective - 1, 1))
        ends = {"complexity_low": mean["complexity"] - reach, "complexity_high": mean["complexity"] + reach}
        records.append({"group": name, "journeys": round(weight.sum())} | mean | ends)
    table = pd.DataFrame(records)

    def said(row) -> str:
        ends = (number(row.complexity_low, digits=2), number(row.complexity_high, digits=2))
        return f"{number(row.complexity, digits=2)} {interval(*ends, level=level)}"

    first = table.iloc[0]
    text = (
        f"{count(log.n_journeys)} {log.unit}, {log.period}: a journey{up_to_goal(paths)} has "
        f"{number(first.steps, digits=2)} {paths.period or 'step'}s and a complexity of {said(first)} on average, "
        "0 being one state throughout and 1 as varied as can be."
    )
    title = f"Journeys have a complexity of {number(first.complexity, digits=2)} of 1"
    if len(table) == 3:
        reached, not_ = table.iloc[1], table.iloc[2]
        text += f" It is {said(reached)} for those that reached {log.goal_name}, and {said(not_)} for the others."
        apart = reached.complexity_low > not_.complexity_high or reached.complexity_high < not_.complexity_low
        which = "more" if reached.complexity > not_.complexity else "less"
        title = f"Journeys that reach {log.goal_name} are {which if apart else 'no more or less'} varied" + (
            " than others" if apart else " for all we can tell"
        )
    return Finding(
        name="journey.complexity", title=title, text=text, table=table, units={"journeys": "count"},
        checks=path_checks(paths), draw=lambda ax: _index(ax, paths, types),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}{simulated(paths)}; every distinct path"
        f"{up_to_goal(paths)}, as high as the share of those who took it.",
    )  # fmt: skip


def _aside(path: str) -> str:
    """A path in one pair of brackets."""
    return path if path.startswith("(") and path.endswith(")") else f"({path})"


def _mean(value: np.ndarray, weight: np.ndarray) -> float:
    known = np.isfinite(value)
    return float(np.average(value[known], weights=weight[known])) if known.any() else np.nan


def _median(value: np.ndarray, weight: np.ndarray) -> int:
    order = np.argsort(value, kind="stable")
    return int(value[order][np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)])


def _type_checks(types: Types) -> tuple[Check, ...]:
    if len(types) == 1:
        return ()
    width = float(types.tried.set_index("types").loc[len(types), "silhouette"])
    least = float(np.nanmin(types.stability))
    return (
        Check("mean silhouette of the types", width >= LEAST_SILHOUETTE, width, f"≥ {LEAST_SILHOUETTE:g}",
              "Journeys lie between types as much as in them."),
        Check("stability of the least stable type", least >= LEAST_STABILITY, least, f"≥ {LEAST_STABILITY:g}",
              "Other journeys of the same kind would give other types."),
        Check("silhouette against journeys of one chain", types.own > types.one_chain, types.own,
              f"> {number(types.one_chain)}", "Chance at every step explains what types show: read them as examples of "
              "journeys, not as kinds of customers."),
    )  # fmt: skip


def _index(ax, paths: Paths, types: Types | None):
    from cxlab.journey.charts import sequences

    return sequences.draw_sequence_index(
        ax, paths.codes, paths.journeys, labels=paths.labels, stage_of=paths.stage_of, period=paths.period,
        unit=paths.log.unit, group=None if types is None or len(types) == 1 else types.type,
    )  # fmt: skip
