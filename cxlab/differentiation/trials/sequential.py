"""Looks at a trial while it runs: when it could honestly have been stopped, and what was known then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from ibis import _
from scipy.special import ndtr, ndtri

from cxlab.differentiation.trials.boundaries import (
    SHAPES,
    after_stopping,
    calibrated_chance,
    check_looks,
    crossing,
    group_sequential,
    peeking_error,
    spending_bounds,
)
from cxlab.differentiation.trials.counting import pooled, trial_table
from cxlab.differentiation.trials.read_trial import Trial, read_trial
from cxlab.differentiation.trials.words import change, named
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Finding, Key
from cxlab.wording import count, interval, number, share

#: rows of an arm at a look below which z is not near to normal
_LEAST = 10


def plan_looks(looks: int = 5, *, shape: str = "obrien_fleming", error: float = 0.05, power: float = 0.8) -> Finding:
    """At which looks a trial may be stopped, so that a useless change is called real no more often than stated.

    Parameters
    ----------
    looks : planned, at equal distances; shape : "obrien_fleming" (hard to stop early) or "pocock" (alike at each)
    error : how often a useless change may look real over all looks; power : of the trial without looks

    Returns
    -------
    Finding "differentiation.looks_plan", a row a look: look, seen (share of the planned units), z (stop where it is
        beyond), p_value (the same as a p-value), chance_better (the same as the chance of being better, with no idea
        before), error_so_far, stopped_so_far (share of trials stopped by then where the change is as large as planned)

    >>> found = plan_looks(5)
    >>> found.table[["z", "p_value"]].round(3).values.tolist()[-1]
    [2.04, 0.041]
    >>> found.title
    'Looking 5 times as if each were the only look would err in 14 % of useless trials; these bounds keep 5 %'
    """
    if not 0 < error < 0.5 or not error < power < 1:
        raise ParameterError(f"error = {error}, power = {power}.", expected="0 < error < 0.5, error < power < 1")
    bounds = group_sequential(looks, shape=shape, level=1 - error)
    times = np.arange(1, looks + 1) / looks
    drift = float(ndtri(1 - error / 2) + ndtri(power))
    stops = crossing(bounds, times, drift=drift)
    null = crossing(bounds, times)
    table = pd.DataFrame({
        "look": np.arange(1, looks + 1), "seen": times, "z": bounds, "p_value": 2 * ndtr(-bounds),
        "chance_better": ndtr(bounds), "error_so_far": np.cumsum(null), "stopped_so_far": np.cumsum(stops),
    })  # fmt: skip
    lasting = float(stops[:-1] @ times[:-1] + 1 - stops[:-1].sum())
    naive = peeking_error(looks, level=1 - error)
    flat = calibrated_chance(looks, level=1 - error)
    return Finding(
        name="differentiation.looks_plan",
        title=f"Looking {looks} times as if each were the only look would err in {share(naive)} of useless trials; "
        f"these bounds keep {share(error)}",
        text=f"A trial that is looked at {looks} times and stopped as soon as p is below {share(error)} calls a "
        f"useless change real in {share(naive)} of cases. Stop at a look only where z is beyond the bound of that look "
        f"({number(bounds[0])} at the first, {number(bounds[-1])} at the last): all looks together then err in "
        f"{share(error)}. The same by chances, with no idea before: stop where an arm is better with more than "
        f"{share(flat, digits=1)} at any look; a rule of 95 % would err more often than the p-values do. A trial that "
        f"finds what it was planned for takes {share(lasting)} of the planned units on average. What would change our "
        "mind: a fixed day for the decision, then one look is enough, at the end.",
        table=table,
        units={"look": "count", "seen": "share", "p_value": "share", "chance_better": "share", "error_so_far": "share",
               "stopped_so_far": "share", "z": "standard errors"},
        draw=lambda ax: _draw_plan(ax, table, float(ndtri(1 - error / 2))),
        caption=f"{_NAMES[shape]} bounds by numerical integration, two-sided, {share(error)} over {looks} looks at "
        f"equal distances; a trial with a power of {share(power)} without looks.",
        keys=(Key(share(naive), f"of useless trials look real at one of {looks} looks without bounds"),),
    )  # fmt: skip


_NAMES = {"obrien_fleming": "O'Brien–Fleming", "pocock": "Pocock"}


def sequential_looks(
    source, *, arm: str = "", planned: int = 0, looks: int | Sequence = 5, shape: str = "obrien_fleming",
    error: float = 0.05, level: float = 0.9, better: str = "higher", **read,
) -> Finding:  # fmt: skip
    """When a trial could have been stopped honestly, and what may be believed of a trial that was.

    Parameters
    ----------
    source : as for `read_trial`, with timestamp; `read`: its options
    arm : held against the control; "": the one that does best at the end
    planned : units of both arms that the trial was to have; 0: as many as there are
    looks : how many, at equal distances of days; or the days themselves
    shape, error : of the bounds, which are spent by units seen, so that looks need not have been planned
    level : coverage of the interval; better : "higher" or "lower" outcomes

    Returns
    -------
    Finding "differentiation.looks", a row a look: look, day, n, seen (share of the planned units), difference, z,
        bound, p_naive (of a single look), stop (z is beyond its bound). `text` holds the estimate at the first stop, as
        it looked and with the early stop taken out

    Raises
    ------
    DataError : rows have no time, or all have the same. ParameterError : an unknown arm or shape.

    Notes
    -----
    z is the difference over its standard error (shares: pooled), looks with fewer than 10 units in an arm are passed
    over. Bounds by alpha spending (Lan & DeMets 1983); estimate and interval by stagewise ordering (Tsiatis, Rosner &
    Mehta 1984).
    """
    if shape not in SHAPES:
        raise unknown("shape of bounds", shape, SHAPES)
    if better not in ("higher", "lower"):
        raise unknown("direction", better, ("higher", "lower"))
    if read.get("repeated", "refuse") != "refuse":
        raise ParameterError("looks count rows, and units stand in several.", expected="a row a unit",
                             mend="the first row of each unit")  # fmt: skip
    trial = read_trial(source, **read)
    arm = arm or _leader(trial)
    if arm not in trial.arms[1:]:
        raise unknown("arm beside the control", arm, trial.arms[1:])
    table = _looks_table(source, trial, arm, looks, read)
    total = int(table["n"].iloc[-1])
    table["seen"] = table["n"] / max(planned, total)
    table["bound"] = spending_bounds(table["seen"], shape=shape, level=1 - error)
    table["p_naive"] = 2 * ndtr(-table["z"].abs())
    table["stop"] = table["z"].abs() >= table["bound"]
    table = table[["look", "day", "n", "seen", "difference", "z", "bound", "p_naive", "stop", "se"]]
    first = int(np.argmax(table["stop"])) if table["stop"].any() else len(table) - 1
    value, low, high = _unbiased(table, first, level)
    row, naive = table.iloc[first], table["p_naive"] < error
    z = ndtri((1 + level) / 2)
    looked = [change(trial, row["difference"] + s * z * row["se"]) for s in (-1, 1)]
    believed = interval(change(trial, low), change(trial, high), level=level)
    if table["stop"].any():
        way = "better" if (row["difference"] > 0) == (better == "higher") else "worse"
        title = f"{named(arm)} could have been called {way} at look {first + 1} of {len(table)}"
        said = (
            f"At look {first + 1} ({row['day']:%-d %b %Y}, {count(row['n'])} {trial.per}s) the difference to "
            f"{trial.told} was beyond its bound (z {number(row['z'])}, bound {number(row['bound'])}). It then "
            f"looked like {change(trial, row['difference'])} ({looked[0]} to {looked[1]}); a trial that stops when it "
            f"looks good looks too good, and with that taken out it is {change(trial, value)} {believed}."
        )
    else:
        title = f"At none of {len(table)} looks could {named(arm)} have been called better or worse"
        said = (
            f"The difference to {trial.told} was never beyond its bound; at the end it is "
            f"{change(trial, row['difference'])}, with the looks taken into account {change(trial, value)} {believed}."
        )
    if naive.any() and not table["stop"][naive].any():
        said += (
            f" Whoever had stopped at the first p below {share(error)} would have stopped at look "
            f"{int(np.argmax(naive)) + 1}: looks like these err in {share(peeking_error(len(table), level=1 - error))} "
            "of useless trials."
        )  # fmt: skip
    return Finding(
        name="differentiation.looks",
        title=title,
        text=f"{said} Bounds keep false alarms at {share(error)} over all looks. What would change our mind: looks "
        f"that were chosen because of what was seen.{' These data are simulated.' * trial.simulated}",
        table=table.drop(columns="se"),
        units={"look": "count", "n": "count", "seen": "share", "difference": trial.unit, "z": "standard errors",
               "bound": "standard errors", "p_naive": "share"},
        checks=trial.checks,
        draw=lambda ax: _draw_looks(ax, table, trial, arm, float(ndtri(1 - error / 2))),
        caption=f"n = {count(total)} {trial.per}s in two arms, {trial.period}; bounds of {_NAMES[shape]} type by alpha "
        f"spending, {share(error)} two-sided; {level * 100:g} % interval by stagewise ordering"
        f"{'; simulated data' * trial.simulated}.",
        currency=trial.currency,
    )  # fmt: skip


def _leader(trial: Trial) -> str:
    rest = trial.moments().iloc[1:]
    return str(rest["arm"].iloc[int(np.argmax((rest["mean"] - trial.moments()["mean"].iloc[0]).abs()))])


def _looks_table(source, trial: Trial, arm: str, looks, read: dict) -> pd.DataFrame:
    """A row a look: look, day, n, difference, z, se; moments of every day are added up."""
    options = {k: read[k] for k in ("outcome",) if k in read}
    table = trial_table(source, **options)
    if "timestamp" not in table.columns or not trial.period:
        raise DataError("rows of the trial have no time, so when it could have been stopped is not known.",
                        expected="a timestamp on every row")  # fmt: skip
    if trial.name:
        table = table.filter(_.trial == trial.name)
    y = table[trial.outcome]
    daily = table.filter(y.notnull() & _.timestamp.notnull() & _.arm.isin([trial.control, arm]))
    daily = daily.mutate(day=_.timestamp.date(), y=daily[trial.outcome]).group_by(["arm", "day"]).agg(
        n=_.count(), mean=_.y.mean(), var=_.y.var(how="pop")).execute().fillna({"var": 0.0})  # fmt: skip
    days = pd.to_datetime(daily["day"]) + pd.Timedelta(weeks=trial.over)  # an outcome is seen when it is measured
    first, last = days.min(), days.max()
    if isinstance(looks, int):
        check_looks(looks)
        length = (last - first).days + 1
        if length < 2:
            raise DataError("all rows of the trial are of one day.", expected="times that differ")
        looks = [first + pd.Timedelta(days=int(np.ceil(length * k / looks)) - 1) for k in range(1, looks + 1)]
    ends = sorted({pd.Timestamp(day) for day in looks} | {last})
    rows = []
    for end in ends:
        arms = pooled(daily[days <= end], "arm")
        if len(arms) < 2 or arms["n"].min() < _LEAST:
            continue
        a, b = arms.loc[trial.control], arms.loc[arm]
        n, var = np.array([a["n"], b["n"]]), np.array([a["var"], b["var"]])
        if trial.kind == "share":
            p = float(n @ [a["mean"], b["mean"]] / n.sum())
            var = np.array([p * (1 - p)] * 2)
        se = float(np.sqrt((var / n).sum()))
        gap = float(b["mean"] - a["mean"])
        rows.append({"day": end, "n": int(n.sum()), "difference": gap, "se": se, "z": gap / se if se > 0 else 0.0})
    if not rows:
        raise DataError(f"no look has {_LEAST} units in both arms.", expected="more units, or later looks")
    found = pd.DataFrame(rows).drop_duplicates("n", ignore_index=True)
    return found.assign(look=np.arange(1, len(found) + 1))


def _unbiased(table: pd.DataFrame, at: int, level: float) -> tuple[float, float, float]:
    seen = table["seen"].to_numpy()[: at + 1]
    row = table.iloc[at]
    if not row["se"] > 0:
        return (float(row["difference"]),) * 3
    drift = after_stopping(float(row["z"]), seen, table["bound"].to_numpy()[: at + 1], level=level)
    return tuple(d * row["se"] * np.sqrt(seen[-1]) for d in drift)


def _draw_plan(ax, table: pd.DataFrame, single: float):
    from cxlab.differentiation.charts.looks import draw_bounds

    return draw_bounds(ax, table, single=single)


def _draw_looks(ax, table: pd.DataFrame, trial: Trial, arm: str, single: float):
    from cxlab.differentiation.charts.looks import draw_looks

    return draw_looks(ax, table, against=f"{named(arm)} against {trial.told}", per=trial.per, single=single)
