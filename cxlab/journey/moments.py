"""Moments of truth: touchpoints that many meet, where how it felt differs, and where that decides what follows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import norm

from cxlab.errors import DataError
from cxlab.finding import Check, Finding
from cxlab.journey.log import Log
from cxlab.wording import count, interval, number, share

FEWEST = 30
#: emotions are told apart to a quarter of a point
_GRAIN = 4


def moments_of_truth(log: Log, *, level: float = 0.9) -> Finding:
    """How much hangs on how a touchpoint feels: reach × effect on the outcome × spread.

    Returns
    -------
    Finding "journey.moments", a row a touchpoint with felt contacts, the highest score first: touchpoint, stage,
    contacts (felt), reach (share of journeys that meet it), effect (conversion later on, a point of emotion),
    effect_low, effect_high, spread (standard deviation of emotion, points), score (share of journeys whose outcome
    moves with one standard deviation), low, high

    Raises
    ------
    DataError : the log has no emotion, or no goal.

    Notes
    -----
    The effect is the slope of "the goal is met later on" on emotion, over contacts, with errors robust to unequal
    variance (White 1980). Contacts after which the goal was met before count too: their outcome is the next one.
    Assumption: nothing that made customers feel so also made them convert by itself; an experiment tells.
    """
    if not log.has("emotion"):
        raise DataError(
            "the log has no emotion.", expected="a column emotion, −2 … +2", mend="join answers to contacts"
        )
    if not log.goal:
        raise DataError("the log has no goal.", expected="a stage or touchpoints to reach", mend="read_log(…, goal=…)")
    table = _slopes(log, level)
    top = table.iloc[0]
    # the highest of many scores is high by chance too: its doubt is that of the one picked (Bonferroni)
    error = (top.effect_high - top.effect_low) / (2 * norm.ppf((1 + level) / 2))
    sure = bool(abs(top.effect) > norm.ppf(1 - (1 - level) / 2 / len(table)) * error)
    effect, least, most = (number(100 * v, digits=2) for v in (top.effect, top.effect_low, top.effect_high))
    return Finding(
        name="journey.moments",
        title=f"{top.touchpoint} is the moment of truth" if sure else "No touchpoint stands out as the moment of truth",
        text=(
            f"{share(top.reach)} of {count(log.n_journeys)} journeys, {log.period}, meet {top.touchpoint}. One point "
            f"of emotion there goes with {effect} points of conversion later on {interval(least, most, level=level)}, "
            f"and emotions there spread by {number(top.spread, digits=2)} points: by reach, effect and spread it ranks "
            f"first of {count(len(table))} touchpoints (n = {count(top.contacts)} felt contacts)."
        ),
        table=table,
        units={"contacts": "count"} | dict.fromkeys(["reach", "score", "low", "high"], "share"),
        checks=(
            *log.checks,
            Check("felt contacts at the touchpoint ranked first", top.contacts >= FEWEST, count(top.contacts),
                  f"≥ {FEWEST}", "Too few customers said how it felt."),
            Check("its effect is more than the largest of so many would be by chance", sure,
                  f"{least} to {most} points", f"not 0 for the first of {len(table)}",
                  "Rank touchpoints by volume and drop-off instead."),
        ),
        draw=lambda ax: _draw(ax, table),
        caption=f"n = {count(table['contacts'].sum())} felt contacts, {log.period}; {level * 100:g} % intervals.",
    )  # fmt: skip


def _slopes(log: Log, level: float) -> pd.DataFrame:
    felt = log.with_goals.filter(_.emotion.notnull())
    cells = (
        felt.mutate(
            emotion=(_.emotion * _GRAIN).round() / _GRAIN, later=(_.step < _.last_goal).fill_null(False).cast("int64")
        )
        .group_by("touchpoint", "emotion")
        .agg(contacts=_.count(), later=_.later.sum())
        .execute()
        .sort_values(["touchpoint", "emotion"])
    )
    z = norm.ppf((1 + level) / 2)
    met = log.touchpoints.set_index("code")["journeys"]
    records = []
    for code, cell in cells.groupby("touchpoint"):
        n, e = cell["contacts"].to_numpy(float), cell["emotion"].to_numpy(float)
        y = cell["later"].to_numpy(float) / n
        total = n.sum()
        centred = e - n @ e / total
        square = n @ centred**2
        if square == 0 or total < 3:
            continue
        slope = n @ (centred * y) / square
        line = n @ y / total + slope * centred
        residual = n * (y * (1 - line) ** 2 + (1 - y) * line**2)
        error = np.sqrt(residual @ centred**2 * total / (total - 2)) / square
        reach = met[code] / log.n_journeys
        spread = np.sqrt(square / total)
        factor = reach * spread
        low, high = slope - z * error, slope + z * error
        most = max(abs(low), abs(high))
        least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        records.append(
            {"touchpoint": log.labels[code], "stage": log.stage_of[code], "contacts": int(total), "reach": reach,
             "effect": slope, "effect_low": low, "effect_high": high, "spread": spread,
             "score": factor * abs(slope), "low": factor * least, "high": factor * most}
        )  # fmt: skip
    if not records:
        raise DataError(
            "emotions do not differ at any touchpoint.", expected="at least one touchpoint where some felt otherwise"
        )
    return pd.DataFrame(records).sort_values("score", ascending=False, ignore_index=True, kind="stable")


def _draw(ax, table: pd.DataFrame):
    from cxlab.journey import charts

    return charts.draw_moments(ax, table)
