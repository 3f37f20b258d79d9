"""Journeys: a whole population walks its chain, one contact of everybody at a time."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.chains import Chains

#: spread of the logarithm of a contact's length
_LENGTH_SPREAD = 0.6


def walk(
    chains: Chains,
    business: Business,
    segment: np.ndarray,
    begin: np.ndarray,
    gloom: np.ndarray,
    rng: np.random.Generator,
    *,
    first_order: bool = True,
) -> dict[str, np.ndarray]:
    """The contacts of journeys, one a row of the arrays, in order of step (all first contacts, all second, …).

    Parameters
    ----------
    segment : (n,) segment of each journey
    begin : (n,) time of the first contact, seconds
    gloom : (n,) standard normal: how much lower the customer's own level of emotion is
    first_order : whether the drop-off depends on the touchpoint alone, once waits and shocks are averaged out

    Returns
    -------
    dict of arrays: journey, step (1…), touchpoint, channel, hand (codes), time (seconds), emotion (−2…2),
    effort (1…7), duration (seconds), switched, failed (whether the channel was switched, and that failed)
    """
    effects, points = business.effects, len(chains.names)
    begins, moves, reach = _steps(chains.start), _steps(chains.move), _steps(chains.reach)
    offered = chains.reach > 0
    threshold = ndtri(1 - chains.drop)
    rest = np.sqrt(1 - effects.wait**2 - effects.emotion**2)
    team = _team(business)
    made: dict[str, list[np.ndarray]] = {}
    journey = np.arange(len(segment), dtype=np.int32)
    group, time = segment, begin.astype(np.int64)
    at = _choose(begins, group, rng.random(len(group)))
    channel = np.full(len(group), -1, dtype=np.int8)
    length = np.zeros(len(group))
    step = 0
    while journey.size:
        step += 1
        waited, shock, luck, size, strain = rng.standard_normal((5, journey.size), dtype=np.float32)
        if step > 1:
            wait = chains.wait[at] * np.exp(effects.wait_spread * waited)
            time = time + np.maximum(1, np.ceil(length + wait)).astype(np.int64)
        stays = (channel >= 0) & (rng.random(journey.size) < effects.stay) & offered[group, at, channel]
        drawn = _choose(reach, group * points + at, rng.random(journey.size))
        now = np.where(stays, channel, drawn).astype(np.int8)
        switched = (channel >= 0) & (now != channel)
        failed = switched & (rng.random(journey.size) < effects.handover_failure)
        mood = chains.emotion[group, at] - effects.customer * gloom[journey] + effects.shock * shock
        mood = mood - effects.wait_on_emotion * waited - effects.handover_emotion * failed
        effort = chains.effort[at] - 0.5 * shock + 0.8 * strain + 1.5 * failed
        length = np.maximum(1, np.rint(chains.duration[at] * np.exp(_LENGTH_SPREAD * size)))
        _append(
            made,
            journey=journey,
            step=np.full(journey.size, step, dtype=np.int16),
            touchpoint=at.astype(np.int8),
            channel=now,
            time=time,
            emotion=_rounded(mood, -2, 2),
            effort=_rounded(effort, 1, 7),
            duration=length.astype(np.int32),
            failed=failed,
            switched=switched,
            hand=team[at, rng.integers(team.shape[1], size=journey.size)],
        )
        score = effects.wait * waited - effects.emotion * shock + rest * luck
        if not first_order:
            score = score + effects.disposition * gloom[journey] + effects.handover_drop * failed
        on = score <= threshold[group, at]
        journey, group, time, length, channel = journey[on], group[on], time[on], length[on], now[on]
        at = _choose(moves, group * points + at[on], rng.random(journey.size))
    return {name: np.concatenate(parts) for name, parts in made.items()}


def _team(business: Business) -> np.ndarray:
    """(E, H) codes of who handles a touchpoint, repeated so that each is as likely as the others."""
    hands = list(dict.fromkeys(h for p in business.touchpoints for h in p.handled_by))
    width = math.lcm(*(len(p.handled_by) for p in business.touchpoints))
    return np.array([np.resize([hands.index(h) for h in p.handled_by], width) for p in business.touchpoints], np.int16)


def _steps(chances: np.ndarray) -> np.ndarray:
    """Chances along the last axis, cumulated and laid one row after the other, row r between r and r + 1."""
    rows = chances.reshape(-1, chances.shape[-1])
    steps = np.cumsum(rows, axis=1)
    total = steps[:, -1:]
    steps = np.where(total > 0, steps / np.where(total > 0, total, 1), 1.0)
    # From the last column with a chance on, the sum is exactly one, whatever the rounding.
    last = rows.shape[1] - 1 - np.argmax(rows[:, ::-1] > 0, axis=1)
    steps[np.arange(rows.shape[1]) >= last[:, None]] = 1.0
    return steps + np.arange(len(rows))[:, None]


def _choose(steps: np.ndarray, row: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """A column of each row's distribution, by inversion."""
    return np.searchsorted(steps.ravel(), row + uniform, side="right") - row * steps.shape[1]


def _rounded(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.clip(np.rint(values), low, high).astype(np.int8)


def _append(made: dict[str, list[np.ndarray]], **columns: np.ndarray) -> None:
    for name, values in columns.items():
        made.setdefault(name, []).append(values)
