"""Findings on paths: the commonest ones, types, where journeys stand step by step, and variety."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.errors import DataError
from cxlab.finding import Check, Finding
from cxlab.journey import complexity
from cxlab.journey.complexity import PAD, lengths
from cxlab.journey.paths import Paths
from cxlab.journey.transitions import share_interval
from cxlab.journey.typology import LEAST_SILHOUETTE, LEAST_STABILITY, Types
from cxlab.wording import count, interval, number, share

#: journeys below which shares say little; share of journeys that may go on beyond the longest path told apart
FEWEST, MOST_CUT = 30, 0.2
_RARE = 0.02
_CONVERSION = ("converted", "conversion", "conversion_low", "conversion_high")


def paths_finding(paths: Paths, *, top: int = 10, level: float = 0.9) -> Finding:
    """The commonest paths, and how many of those who took each went on to the goal.

    Parameters
    ----------
    top : paths shown
    level : coverage of the intervals

    Returns
    -------
    Finding "journey.paths", a row a path, the commonest first: path, steps, journeys, share (of all journeys),
    share_low, share_high; where paths end before the goal converted (journeys), conversion (share), conversion_low,
    conversion_high; mean_s (seconds from the first contact to the last, or to the goal); value (money in all) where
    it was given

    Notes
    -----
    Jeffreys intervals; journeys count as independent.

    >>> from cxlab.journey.examples import small_log
    >>> from cxlab.journey.paths import distinct_paths
    >>> found = paths_finding(distinct_paths(small_log(), collapse=True))
    >>> found.table[["path", "journeys", "conversion"]].head(1).values.tolist()
    [['Search → Website', 3, 0.3333333333333333]]
    """
    log, n = paths.log, paths.log.n_journeys
    if not paths.codes.size:
        raise DataError(
            f"every journey begins at {log.goal_name}: there is no path before it.", mend="until_goal=False"
        )
    shown = np.flatnonzero(paths.stands_for == 1)[:top]
    weight = paths.weight[shown]
    low, high = share_interval(weight, n, level=level)
    table = pd.DataFrame(
        {
            "path": [paths.words(row) for row in shown],
            "steps": lengths(paths.codes)[shown],
            "journeys": weight.astype(int),
            "share": weight / n,
            "share_low": low,
            "share_high": high,
        }
    )
    if paths.until_goal:
        table = table.assign(**_conversion(paths.converted[shown], weight, weight, level))
    table["mean_s"] = paths.seconds[shown]
    if np.isfinite(paths.value).any():
        table["value"] = paths.value[shown]
    first, covered = table.iloc[0], float(table["share"].sum())
    same = paths.n_distinct == 1
    text = f"{count(n)} {log.unit}, {log.period}, took "
    text += (
        f"the same path{_to(paths)}, {first.path}"
        if same
        else f"{count(paths.n_distinct)} different paths{_to(paths)}. The commonest is {first.path}: "
        f"{_said(first, 'share', level)} took it"
    )
    text += f", and {_said(first, 'conversion', level)} of them reached {log.goal_name}" if paths.until_goal else ""
    text += (
        f". The {len(table)} commonest paths are those of {share(covered)} of {log.unit}." if len(table) > 1 else "."
    )
    units = dict.fromkeys(("journeys", "converted"), "count") | {"mean_s": "seconds", "value": "money"}
    units |= dict.fromkeys(("share", "share_low", "share_high", *_CONVERSION[1:]), "share")
    return Finding(
        name="journey.paths",
        title=f"All {log.unit} take one path"
        if same
        else f"The commonest of {count(paths.n_distinct)} paths is that of {share(first.share)} of {log.unit}",
        text=text, table=table, units={c: u for c, u in units.items() if c in table}, checks=_checks(paths),
        currency=log.currency, draw=lambda ax: _strips(ax, table, paths),
        caption=f"n = {count(n)} {log.unit}, {log.period}{_simulated(paths)}; paths{_to(paths) or ' of all steps'}; "
        f"bars with {level * 100:g} % intervals.",
    )  # fmt: skip


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
        table = table.assign(**_conversion(reached, size, effective, level))
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
        title = f"Journeys are of {len(types)} types; the largest, {share(first.share)}, runs {_short(first.path)}"
        text = (
            f"{count(log.n_journeys)} {log.unit}, {log.period}, fall into {len(types)} types. The largest is that of "
        )
        text += f"{_said(first, 'share', level)}, around the path {first.path}."
        if paths.until_goal:
            best, worst = (table.loc[table["conversion"].agg(end)] for end in ("idxmax", "idxmin"))
            text += f" {log.goal_name} is reached most by type {best.type} {_aside(best.path)}, "
            text += f"{_said(best, 'conversion', level)}, and least by type {worst.type} {_aside(worst.path)}, "
            text += f"{_said(worst, 'conversion', level)}."
    units = dict.fromkeys(("journeys", "converted"), "count") | {"mean_s": "seconds"}
    units |= dict.fromkeys(("share", "share_low", "share_high", *_CONVERSION[1:]), "share")
    return Finding(
        name="journey.types", title=title, text=text, table=table,
        units={c: u for c, u in units.items() if c in table}, checks=(*_checks(paths), *_type_checks(types)),
        monte_carlo_error=pd.DataFrame({"stability": types.stability_error}), currency=log.currency,
        draw=lambda ax: _strips(ax, table.assign(name=[f"Type {t}" for t in table["type"]]), paths),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}{_simulated(paths)}; the path in the middle of "
        f"each type, by optimal matching of {count(types.compared)} of {count(paths.n_distinct)} distinct paths"
        f"{_to(paths)}; {level * 100:g} % intervals.",
    )  # fmt: skip


def states_finding(paths: Paths, *, level: float = 0.9) -> Finding:
    """Where journeys stand at every step or period: the distribution of states, and how even it is.

    Returns
    -------
    Finding "journey.states", a row a position and state: position (1 …), state, journeys, in_sight (journeys that the
    share is of: all at steps, those observed so long in periods), share, low, high, upto (share at this state or one
    before it in order), upto_low, upto_high, entropy (of the position, 0 … 1, among those that have a state);
    positions that fewer than 2 % of journeys reach are left out
    """
    log, n_states = paths.log, len(paths.labels)
    journeys, square = paths.journeys, paths.weight * paths.stands_for**2
    entropy = complexity.cross_sectional_entropy(paths.codes, n_states, weight=journeys)
    tables = []
    for position in range(paths.codes.shape[1]):
        column = paths.codes[:, position]
        here = column != PAD
        of = here if paths.period else np.ones(len(paths), dtype=bool)
        met = np.bincount(column[here], weights=journeys[here], minlength=n_states)
        if met.sum() < _RARE * journeys.sum():
            break
        size, effective = journeys[of].sum(), journeys[of].sum() ** 2 / square[of].sum()
        part, upto = met / size, np.minimum(np.cumsum(met) / size, 1.0)
        ends = [share_interval(p * effective, effective, level=level) for p in (part, upto)]
        tables.append(
            pd.DataFrame(
                {"position": position + 1, "state": paths.labels, "journeys": met.round().astype(int),
                 "in_sight": round(size), "share": part, "low": ends[0][0], "high": ends[0][1], "upto": upto,
                 "upto_low": ends[1][0], "upto_high": ends[1][1], "entropy": entropy[position]}
            )
        )  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    what = paths.period or "step"
    going = table.groupby("position")["share"].sum()
    last = int(going.index[going >= 0.5].max())
    start, peak = (table.loc[table[table["position"] == at]["share"].idxmax()] for at in (1, last))
    varied = table.drop_duplicates("position").set_index("position")["entropy"]
    text = (
        f"{count(log.n_journeys)} {log.unit}, {log.period}. In {what} 1, {_said(start, 'share', level)} are at "
        f"{start.state}; in {what} {last}, {_said(peak, 'share', level)} are at {peak.state}. Journeys differ most in "
        f"{what} {varied.idxmax()} (entropy {number(varied.max(), digits=2)} of 1)."
    )
    return Finding(
        name="journey.states", title=f"In {what} {last}, {share(peak.share)} of {log.unit} are at {peak.state}",
        text=text, table=table, units=dict.fromkeys(("journeys", "in_sight"), "count")
        | dict.fromkeys(("share", "low", "high", "upto", "upto_low", "upto_high"), "share"),
        checks=_checks(paths), draw=lambda ax: _states(ax, table, paths),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}{_simulated(paths)}; shares of "
        + (f"those observed so many {what}s" if paths.period else f"all {log.unit}, blank where their path has ended")
        + f"; {level * 100:g} % intervals at the edges.",
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
        f"{count(log.n_journeys)} {log.unit}, {log.period}: a journey{_to(paths)} has {number(first.steps, digits=2)} "
        f"{paths.period or 'step'}s and a complexity of {said(first)} on average, 0 being one state "
        "throughout and 1 as varied as can be."
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
        checks=_checks(paths), draw=lambda ax: _index(ax, paths, types),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}{_simulated(paths)}; every distinct path"
        f"{_to(paths)}, as high as the share of those who took it.",
    )  # fmt: skip


def _conversion(reached, of, effective, level: float) -> dict:
    rate = reached / of
    low, high = share_interval(rate * effective, effective, level=level)
    return dict(zip(_CONVERSION, (np.round(reached).astype(int), rate, low, high), strict=True))


def _said(row, name: str, level: float) -> str:
    low, high = (f"{name}_{end}" if f"{name}_low" in row else end for end in ("low", "high"))
    return f"{share(row[name])} {interval(share(row[low]), share(row[high]), level=level)}"


def _to(paths: Paths) -> str:
    return f" up to {paths.log.goal_name}" if paths.until_goal else ""


def _simulated(paths: Paths) -> str:
    return ", simulated" if paths.log.simulated else ""


def _short(path: str) -> str:
    """A path by its ends."""
    ends = path.split(" → ")
    return path if len(ends) < 4 else f"{ends[0]} → … → {ends[-1]}"


def _aside(path: str) -> str:
    """A path in one pair of brackets."""
    return path if path.startswith("(") and path.endswith(")") else f"({path})"


def _mean(value: np.ndarray, weight: np.ndarray) -> float:
    known = np.isfinite(value)
    return float(np.average(value[known], weights=weight[known])) if known.any() else np.nan


def _median(value: np.ndarray, weight: np.ndarray) -> int:
    order = np.argsort(value, kind="stable")
    return int(value[order][np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)])


def _checks(paths: Paths) -> tuple[Check, ...]:
    log = paths.log
    cut = paths.n_cut / log.n_journeys
    return (
        *log.checks,
        Check("journeys", log.n_journeys >= FEWEST, count(log.n_journeys), f"≥ {FEWEST}",
              "Shares of so few say little."),
        Check(f"journeys told in full within {paths.codes.shape[1]} steps", cut <= MOST_CUT, share(1 - cut),
              f"≥ {share(1 - MOST_CUT)}", "The rest is cut off: raise longest, or take stages as states."),
    )  # fmt: skip


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


def _strips(ax, table: pd.DataFrame, paths: Paths):
    from cxlab.journey.charts import sequences

    measures = {"share": f"Share of {paths.log.unit}"}
    if paths.until_goal:
        measures["conversion"] = f"Reached {paths.log.goal_name}"
    return sequences.draw_paths(
        ax, table, stages=dict(zip(paths.labels, paths.stage_of, strict=True)), measures=measures
    )


def _states(ax, table: pd.DataFrame, paths: Paths):
    from cxlab.journey.charts import sequences

    stages = dict(zip(paths.labels, paths.stage_of, strict=True))
    return sequences.draw_states(ax, table, stages=stages, period=paths.period, unit=paths.log.unit)


def _index(ax, paths: Paths, types: Types | None):
    from cxlab.journey.charts import sequences

    return sequences.draw_sequence_index(
        ax, paths.codes, paths.journeys, labels=paths.labels, stage_of=paths.stage_of, period=paths.period,
        unit=paths.log.unit, group=None if types is None or len(types) == 1 else types.type,
    )  # fmt: skip
