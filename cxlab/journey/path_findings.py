"""Findings on paths: the commonest ones, types, where journeys stand step by step, and variety."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import DataError
from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.journey import complexity
from cxlab.journey.complexity import PAD, lengths
from cxlab.journey.paths import Paths
from cxlab.wording import count, interval, number, share

#: journeys below which shares say little; share of journeys that may go on beyond the longest path told apart
FEWEST, MOST_CUT = 30, 0.2
_RARE = 0.02
CONVERSION = ("converted", "conversion", "conversion_low", "conversion_high")


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
        table = table.assign(**conversion_columns(paths.converted[shown], weight, weight, level))
    table["mean_s"] = paths.seconds[shown]
    if np.isfinite(paths.value).any():
        table["value"] = paths.value[shown]
    first, covered = table.iloc[0], float(table["share"].sum())
    same = paths.n_distinct == 1
    text = f"{count(n)} {log.unit}, {log.period}, took "
    text += (
        f"the same path{up_to_goal(paths)}, {first.path}"
        if same
        else f"{count(paths.n_distinct)} different paths{up_to_goal(paths)}. The commonest is {first.path}: "
        f"{said_share(first, 'share', level)} took it"
    )
    text += (
        f", and {said_share(first, 'conversion', level)} of them reached {log.goal_name}" if paths.until_goal else ""
    )
    text += (
        f". The {len(table)} commonest paths are those of {share(covered)} of {log.unit}." if len(table) > 1 else "."
    )
    units = dict.fromkeys(("journeys", "converted"), "count") | {"mean_s": "seconds", "value": "money"}
    units |= dict.fromkeys(("share", "share_low", "share_high", *CONVERSION[1:]), "share")
    return Finding(
        name="journey.paths",
        title=f"All {log.unit} take one path"
        if same
        else f"The commonest of {count(paths.n_distinct)} paths is that of {share(first.share)} of {log.unit}",
        text=text, table=table, units={c: u for c, u in units.items() if c in table}, checks=path_checks(paths),
        currency=log.currency, draw=lambda ax: draw_strips(ax, table, paths),
        caption=f"n = {count(n)} {log.unit}, {log.period}{simulated(paths)}; paths"
        f"{up_to_goal(paths) or ' of all steps'}; bars with {level * 100:g} % intervals.",
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
        f"{count(log.n_journeys)} {log.unit}, {log.period}. In {what} 1, {said_share(start, 'share', level)} are at "
        f"{start.state}; in {what} {last}, {said_share(peak, 'share', level)} are at {peak.state}. Journeys differ "
        f"most in {what} {varied.idxmax()} (entropy {number(varied.max(), digits=2)} of 1)."
    )
    return Finding(
        name="journey.states", title=f"In {what} {last}, {share(peak.share)} of {log.unit} are at {peak.state}",
        text=text, table=table, units=dict.fromkeys(("journeys", "in_sight"), "count")
        | dict.fromkeys(("share", "low", "high", "upto", "upto_low", "upto_high"), "share"),
        checks=path_checks(paths), draw=lambda ax: _states(ax, table, paths),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}{simulated(paths)}; shares of "
        + (f"those observed so many {what}s" if paths.period else f"all {log.unit}, blank where their path has ended")
        + f"; {level * 100:g} % intervals at the edges.",
    )  # fmt: skip


def conversion_columns(reached, of, effective, level: float) -> dict:
    rate = reached / of
    low, high = share_interval(rate * effective, effective, level=level)
    return dict(zip(CONVERSION, (np.round(reached).astype(int), rate, low, high), strict=True))


def said_share(row, name: str, level: float) -> str:
    low, high = (f"{name}_{end}" if f"{name}_low" in row else end for end in ("low", "high"))
    return f"{share(row[name])} {interval(share(row[low]), share(row[high]), level=level)}"


def up_to_goal(paths: Paths) -> str:
    return f" up to {paths.log.goal_name}" if paths.until_goal else ""


def simulated(paths: Paths) -> str:
    return ", simulated" if paths.log.simulated else ""


def ends_of(path: str) -> str:
    """A path by its ends."""
    ends = path.split(" → ")
    return path if len(ends) < 4 else f"{ends[0]} → … → {ends[-1]}"


def path_checks(paths: Paths) -> tuple[Check, ...]:
    log = paths.log
    cut = paths.n_cut / log.n_journeys
    return (
        *log.checks,
        Check("journeys", log.n_journeys >= FEWEST, count(log.n_journeys), f"≥ {FEWEST}",
              "Shares of so few say little."),
        Check(f"journeys told in full within {paths.codes.shape[1]} steps", cut <= MOST_CUT, share(1 - cut),
              f"≥ {share(1 - MOST_CUT)}", "The rest is cut off: raise longest, or take stages as states."),
    )  # fmt: skip


def draw_strips(ax, table: pd.DataFrame, paths: Paths):
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
