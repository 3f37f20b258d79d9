"""Distinct paths: the touchpoints of every journey in order, grouped in the engine, and only distinct ones fetched.

A path is packed into whole numbers, a few bits a step: packing is a sum, so it needs no order of rows, no lists and no
text, runs alike on every engine, and two journeys have the same numbers where, and only where, they have the same path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import ParameterError, unknown
from cxlab.journey.complexity import PAD
from cxlab.journey.log import Log
from cxlab.journey.packing import Packing, fetched, regrouped
from cxlab.journey.times import seconds

#: distinct paths that reach Python at most
MOST = 5_000
#: steps of a path that are told apart at most
LONGEST = 100
#: seconds of a period; a month is a twelfth of a year
PERIODS = {"hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_629_746}
QUIET = "(no contact)"


@dataclass(frozen=True)
class Paths:
    """Distinct paths of a log with how often they were taken, the most frequent first.

    Parameters
    ----------
    codes : shape (n_paths, longest): states in order, padded with −1
    weight : journeys that took each path
    stands_for : journeys that each of these stands for: 1, more where the rarer paths are a sample
    converted : journeys of each path that reached the goal
    seconds : mean time from the first contact to the last (to the goal, where paths end there)
    value : money of each path's journeys in all; missing where none was given
    labels : states by code; stage_of : the stage of each
    n_distinct : distinct paths in the log; n_cut : journeys that went on after `longest` steps
    until_goal : whether paths end before the first contact with the goal
    period : "" where a position is a step; else the length of time that it is
    """

    log: Log = field(repr=False)
    codes: np.ndarray
    weight: np.ndarray
    stands_for: np.ndarray
    converted: np.ndarray
    seconds: np.ndarray
    value: np.ndarray
    labels: tuple[str, ...]
    stage_of: tuple[str, ...]
    n_distinct: int
    n_cut: int = 0
    until_goal: bool = False
    period: str = ""

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def journeys(self) -> np.ndarray:
        """Journeys that each path stands for; they sum to those of the log."""
        return self.weight * self.stands_for

    @property
    def coverage(self) -> float:
        """Share of journeys whose own path is here."""
        return float(self.weight.sum() / self.log.n_journeys)

    @property
    def effective(self) -> float:
        """Journeys that a simple sample would need to say as much (Kish 1965): fewer where paths are sampled."""
        return float(self.journeys.sum() ** 2 / (self.weight * self.stands_for**2).sum())

    def words(self, row: int, *, most: int = 0) -> str:
        """A path as a reader writes it; repeats are counted, and what follows `most` stays is "…"."""
        codes = self.codes[row][self.codes[row] != PAD]
        runs = [(self.labels[code], len(list(run))) for code, run in groupby(codes)]
        shown = [name + (f" ×{n}" if n > 1 else "") for name, n in (runs[:most] if most else runs)]
        if most and len(runs) > most:
            shown.append("…")
        return " → ".join(shown) if shown else "(straight to the goal)"


def distinct_paths(
    log: Log,
    *,
    longest: int = 30,
    collapse: bool = False,
    until_goal: bool = True,
    of: str = "touchpoint",
    value: ibis.Table | None = None,
    most: int = MOST,
) -> Paths:
    """The distinct paths of a log and the journeys that took them, counted in the engine.

    Parameters
    ----------
    longest : steps of a journey that make its path, 1 … 100; what follows is left out, and counted
    collapse : whether repeats of a state in a row are one step
    until_goal : whether a path ends before the first contact with the goal; only then does it say something that some
        of its journeys went on to the goal and others did not. Without effect where the log has no goal
    of : "touchpoint" or "stage": the states of a path
    value : Ibis table of the log's engine: customer_id, value (money of the customer)
    most : distinct paths fetched at most. Where there are more, the more frequent half is complete, and every m-th of
        the others, in order of frequency and path, stands for its neighbours (a systematic sample)

    Raises
    ------
    ParameterError : longest, of or most is outside what it accepts.

    >>> import pandas as pd
    >>> from cxlab.journey.log import read_log
    >>> contacts = pd.DataFrame({"customer_id": list("aabbbc"), "touchpoint": "Ad Shop Ad Ad Buy Shop".split(),
    ...     "timestamp": pd.date_range("2026-01-01", periods=6)})
    >>> paths = distinct_paths(read_log(ibis.memtable(contacts), goal="Buy"))
    >>> sorted((paths.words(i), int(paths.weight[i]), int(paths.converted[i])) for i in range(len(paths)))
    [('Ad ×2', 1, 1), ('Ad → Shop', 1, 0), ('Shop', 1, 0)]
    """
    if not 1 <= longest <= LONGEST:
        raise ParameterError(f"longest = {longest}.", expected=f"steps, 1 to {LONGEST}")
    until_goal = until_goal and bool(log.goal)
    labels, stage_of, state = _states(log, of)
    events = log.with_goals if until_goal else log.events
    events = events.mutate(state=state(_.touchpoint), goal=_.touchpoint.isin(sorted(log.goal) or [-1]))
    way = (_.first_goal.isnull() | (_.step < _.first_goal)) if until_goal else ibis.literal(True)
    events = events.mutate(way=way, position=_.step)
    events = events.mutate(used=_.way)
    if collapse:
        again = state(_.next_touchpoint) == _.state
        if until_goal:
            again &= ~_.next_touchpoint.isin(sorted(log.goal))
        events = events.mutate(used=_.way & ~again.fill_null(False))
        here = ibis.cumulative_window(group_by=["customer_id", "journey"], order_by="step")
        events = events.mutate(position=_.used.cast("int64").sum().over(here))
    packing = Packing.of(len(labels), longest)
    journeys = events.group_by("customer_id", "journey").agg(
        **packing.words(events, _.used),
        cut=(_.used & (_.position > longest)).cast("int64").max(),
        converted=_.goal.cast("int64").max(),
        seconds=_.gap_s.sum(where=_.way).fill_null(0.0),
    )
    found, totals = fetched(journeys, packing, value, most)
    return _paths(log, packing.codes(found), found, totals, labels, stage_of, until_goal=until_goal)


def states_by_period(
    log: Log,
    *,
    period: str = "week",
    periods: int = 12,
    of: str = "stage",
    quiet: bool = False,
    most: int = MOST,
) -> Paths:
    """Where every journey stands week by week (or by another period) since its first contact, as distinct sequences.

    Parameters
    ----------
    period : "hour", "day", "week" or "month"; periods : how many of them, 1 … 100
    of : "stage" or "touchpoint"
    quiet : whether a period without contact is a state of its own, "(no contact)"; otherwise the last contact's state
        holds on

    Returns
    -------
    Paths whose positions are periods. The state is that of the last contact in the period. A sequence ends with the
    period in which the log ends, which may have been seen in part.
    """
    if period not in PERIODS:
        raise unknown("period", period, PERIODS)
    if not 1 <= periods <= LONGEST:
        raise ParameterError(f"periods = {periods}.", expected=f"a number, 1 to {LONGEST}")
    labels, stage_of, state = _states(log, of)
    length, end = PERIODS[period], int(log.end.timestamp())
    own = ibis.window(group_by=["customer_id", "journey"])
    events = log.events.mutate(
        state=state(_.touchpoint), goal=_.touchpoint.isin(sorted(log.goal) or [-1]), second=seconds(log.events["at"])
    )
    events = events.mutate(first=_.second.min().over(own))
    events = events.mutate(position=((_.second - _.first) / length).floor().cast("int64") + 1)
    last = events.group_by("customer_id", "journey", "first", "position").agg(
        last=(_.step.cast("int64") * len(labels) + _.state).max(), goal=_.goal.cast("int64").max(), gap_s=_.gap_s.sum()
    )
    last = last.mutate(state=_.last % len(labels))
    packing = Packing.of(len(labels), periods)
    seen = ((end - _.first) / length).floor().cast("int64") + 1
    journeys = last.group_by("customer_id", "journey", "first").agg(
        **packing.words(last, ibis.literal(True)), cut=(_.position < 1).cast("int64").max(), converted=_.goal.max(),
        seconds=_.gap_s.sum().fill_null(0.0),
    )  # fmt: skip
    journeys = journeys.mutate(seen=ibis.least(seen, periods))
    found, totals = fetched(journeys, packing, None, most, by=("seen",))
    codes = packing.codes(found)
    if quiet:
        labels, stage_of = (*labels, QUIET), (*stage_of, QUIET)
        codes[codes == PAD] = len(labels) - 1
    else:
        for position in range(1, periods):
            codes[:, position] = np.where(codes[:, position] == PAD, codes[:, position - 1], codes[:, position])
    codes[np.arange(periods) >= found["seen"].to_numpy()[:, None]] = PAD
    codes, found = regrouped(codes, found)
    return _paths(log, codes, found, totals, labels, stage_of, period=period)


def _states(log: Log, of: str):
    """Labels and stages of the states of a path, and the function from a column of touchpoints to one of states."""
    if of == "touchpoint":
        return log.labels, log.stage_of, lambda touchpoint: touchpoint
    if of != "stage":
        raise unknown("states", of, ("touchpoint", "stage"))
    code = {stage: i for i, stage in enumerate(log.stages)}
    pairs = [(touchpoint, code[stage]) for touchpoint, stage in enumerate(log.stage_of)]
    return log.stages, log.stages, lambda touchpoint: touchpoint.cases(*pairs)


def _paths(log: Log, codes, found: pd.DataFrame, totals, labels, stage_of, **facts) -> Paths:
    def number(column: str) -> np.ndarray:
        return found[column].to_numpy(dtype=float, na_value=np.nan)

    return Paths(
        log=log, codes=codes, weight=number("weight"), stands_for=number("stands_for"), converted=number("converted"),
        seconds=number("seconds"), value=number("value"), labels=tuple(labels), stage_of=tuple(stage_of),
        n_distinct=int(totals["n_distinct"]), n_cut=int(totals["cut"]), **facts,
    )  # fmt: skip
