"""The truth of a simulated business: exact answers by the algebra of absorbing chains, not by simulation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from cxlab.data.simulate.business import Business, Effects
from cxlab.data.simulate.chains import Chains, chains, emotion_mean, migration
from cxlab.data.simulate.experience_truth import ExperienceTruth
from cxlab.data.simulate.investing import DecisionsTruth
from cxlab.data.simulate.journeys import _LENGTH_SPREAD
from cxlab.errors import unknown

ALL = "all"
_DAY = 86_400.0
#: nodes of the normal distribution of gloom, where the chain is not first-order
_NODES = 21


@dataclass(frozen=True)
class Truth:
    """What the tables of a simulated business were made from, and what follows from it.

    Parameters
    ----------
    business, separation, change, first_order : the declaration as it was simulated
    journeys : number of journeys that were simulated
    second_period : its first day
    segment, segment_later : Series by customer_id: the segment in the first and in the second period
    person : DataFrame record_id, person_id: whose a record is (a customer_id)
    handovers : DataFrame customer_id, sequence, failed: every contact that switched the channel
    dirt : DataFrame table, row (from 0), column, kind: every value that was spoilt
    experience : what customers felt, said and did about it, where they were asked, see `ExperienceTruth`
    decisions : what they would choose, what trials did and which initiatives pay, where that was asked for, see
        `DecisionsTruth`
    """

    business: Business
    separation: float = 1.0
    change: Mapping = field(default_factory=dict)
    first_order: bool = True
    journeys: int = 0
    second_period: date | None = None
    segment: pd.Series | None = None
    segment_later: pd.Series | None = None
    person: pd.DataFrame | None = None
    handovers: pd.DataFrame | None = None
    dirt: pd.DataFrame | None = None
    experience: ExperienceTruth | None = None
    decisions: DecisionsTruth | None = None

    @property
    def chains(self) -> Chains:
        """The chains as simulated, as arrays."""
        return self._chains(None)

    def _chains(self, change: Mapping | None) -> Chains:
        return chains(self.business, separation=self.separation, change=joined(self.change, change))

    def transition(self, segment: str) -> pd.DataFrame:
        """Chance that the next contact is at a touchpoint (columns), given this one (rows); what a row lacks to one is
        the drop-off. Where the chain is not first-order: of a customer of average mood, after no failed hand-over.

        >>> from cxlab.data.simulate import PRESETS
        >>> truth = Truth(PRESETS["clothing_boutique"])
        >>> bool(truth.transition("bargain hunters").loc["Basket"].sum() < 1)
        True
        """
        made = self.chains
        if segment not in made.segments:
            raise unknown("segment", segment, made.segments)
        return pd.DataFrame(made.transition[made.segments.index(segment)], made.names, made.names)

    @property
    def migration(self) -> pd.DataFrame:
        """Chance to be in a segment in the second period (columns), given the first (rows)."""
        names = [s.name for s in self.business.segments]
        return pd.DataFrame(migration(self.business), names, names)

    def touchpoints(self, change: Mapping | None = None) -> pd.DataFrame:
        """What is true of each touchpoint in each segment, and in all journeys together (segment "all").

        Returns
        -------
        DataFrame: segment, touchpoint, stage, visits (contacts a journey), drop_off (chance that a contact is the
        last), emotion (mean answer −2…+2), wait_h (median hours before a contact that is not the first), cost
        """
        made, effects = self._chains(change), self.business.effects
        own = effects.customer if self.first_order else 0.0
        spread = float(np.sqrt(own**2 + effects.shock**2 + effects.wait_on_emotion**2))
        visits, ends, felt = [], [], []
        for g in range(len(made.segments)):
            cases = self._cases(made, g)
            answers = [emotion_mean(made.emotion[g][c.touchpoint] - c.lower, spread) for c in cases]
            visits.append(sum(c.weight * c.total(c.visits) for c in cases))
            ends.append(sum(c.weight * c.total(c.visits * c.drop) for c in cases))
            felt.append(sum(c.weight * c.total(c.visits * a) for c, a in zip(cases, answers, strict=True)))
        visits, ends, felt = ([*a, made.share @ np.array(a)] for a in (visits, ends, felt))
        parts = [
            pd.DataFrame(
                {
                    "segment": name,
                    "touchpoint": made.names,
                    "stage": [p.stage for p in self.business.touchpoints],
                    "visits": v,
                    "drop_off": e / v,
                    "emotion": f / v,
                    "wait_h": made.wait / 3600,
                    "cost": made.cost,
                }
            )
            for name, v, e, f in zip([*made.segments, ALL], visits, ends, felt, strict=True)
        ]
        return pd.concat(parts, ignore_index=True)

    def outcome(self, change: Mapping | None = None) -> pd.DataFrame:
        """What a journey comes to, exactly, by segment and in all (index "all").

        Parameters
        ----------
        change : {touchpoint: {"drop_off": factor, "wait": factor, "emotion": points to add}}, on top of what was
            simulated

        Returns
        -------
        DataFrame by segment: conversion (chance to order at least once), contacts, days (first to last contact),
        orders, margin (money, of the orders), cost (money, of the contacts), money (margin − cost), each a journey

        >>> from cxlab.data.simulate import PRESETS
        >>> truth = Truth(PRESETS["clothing_boutique"])
        >>> better = truth.outcome({"Checkout": {"drop_off": 0.5}})
        >>> bool((better["conversion"] > truth.outcome()["conversion"]).all())
        True
        """
        made = self._chains(change)
        rows = [self._outcome(made, g) for g in range(len(made.segments))]
        table = pd.DataFrame(rows, index=pd.Index(made.segments, name="segment"))
        table.loc[ALL] = made.share @ table.to_numpy()
        return table

    def conversion(self, change: Mapping | None = None, *, segment: str = ALL) -> float:
        """Chance that a journey comes to an order, exactly."""
        table = self.outcome(change)
        if segment not in table.index:
            raise unknown("segment", segment, table.index)
        return float(table.loc[segment, "conversion"])

    def what_if(self, change: Mapping, *, segment: str = ALL) -> pd.DataFrame:
        """The exact answer to a change of touchpoints.

        Returns
        -------
        DataFrame by measure (conversion, contacts, days, orders, margin, cost, money): before, after, difference, each
        a journey
        """
        before, after = self.outcome(), self.outcome(change)
        if segment not in before.index:
            raise unknown("segment", segment, before.index)
        table = pd.DataFrame({"before": before.loc[segment], "after": after.loc[segment]})
        table.index.name = "measure"
        return table.assign(difference=table["after"] - table["before"])

    def recoverable_loss(self, *, drop_off: float = 0.0, journeys: int | None = None) -> pd.DataFrame:
        """What is lost at each touchpoint before the goal: the gain if its drop-off were multiplied by a factor.

        Parameters
        ----------
        drop_off : the factor, 0: nobody leaves here
        journeys : over how many journeys money is summed, by default those that were simulated

        Returns
        -------
        DataFrame by touchpoint, largest first: conversion, contacts, margin, cost, money (gain a journey), total
        (money over all journeys)
        """
        stages = {p.name: p.stage for p in self.business.touchpoints}
        names = [n for n in stages if stages[n] not in ("Service", "Post-Purchase") and n != self.business.goal]
        gains = {n: self.what_if({n: {"drop_off": drop_off}})["difference"] for n in names}
        table = pd.DataFrame(gains).T[["conversion", "contacts", "margin", "cost", "money"]]
        table.index.name = "touchpoint"
        table["total"] = table["money"] * (self.journeys if journeys is None else journeys)
        return table.sort_values("money", ascending=False, kind="stable")

    def _cases(self, made: Chains, g: int) -> list[_Case]:
        effects = self.business.effects
        if self.first_order:
            return [_case(made, g, replace(effects, handover_drop=0.0, disposition=0.0), 0.0, 1.0)]
        nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        weights = weights / weights.sum()
        return [_case(made, g, effects, node, weight) for node, weight in zip(nodes, weights, strict=True)]

    def _outcome(self, made: Chains, g: int) -> dict[str, float]:
        spread = np.exp(self.business.effects.wait_spread**2 / 2)
        length = np.exp(_LENGTH_SPREAD**2 / 2) * made.duration
        row = dict.fromkeys(("conversion", "contacts", "days", "orders", "margin", "cost"), 0.0)
        for case in self._cases(made, g):
            visits, first = case.total(case.visits), case.total(case.start)
            going_on = case.total(case.visits * (1 - case.drop))
            seconds = (visits - first) @ made.wait * spread + going_on @ length
            for name, value in (
                ("conversion", case.hits(made.goal)),
                ("contacts", visits.sum()),
                ("days", seconds / _DAY),
                ("orders", visits[made.goal]),
                ("margin", visits[made.goal] * made.order_value[g] * self.business.margin),
                ("cost", visits @ made.cost),
            ):
                row[name] += case.weight * float(value)
        return row | {"money": row["margin"] - row["cost"]}


@dataclass(frozen=True)
class _Case:
    """One absorbing chain over states (touchpoint, channel, failed hand-over): its weight, where it starts and moves,
    the touchpoint of each state, the drop-off there, and how much emotion a state costs."""

    weight: float
    start: np.ndarray
    move: np.ndarray
    touchpoint: np.ndarray
    drop: np.ndarray
    lower: np.ndarray

    @cached_property
    def visits(self) -> np.ndarray:
        """Expected contacts by state: the start's row of (I − Q)⁻¹."""
        return np.linalg.solve(np.eye(len(self.start)) - self.move.T, self.start)

    def hits(self, goal: int) -> float:
        """Chance to be at the goal at least once."""
        there = self.touchpoint == goal
        away = ~there
        inner, onto = self.move[np.ix_(away, away)], self.move[np.ix_(away, there)].sum(axis=1)
        return float(self.start[there].sum() + self.start[away] @ np.linalg.solve(np.eye(away.sum()) - inner, onto))

    def total(self, values: np.ndarray) -> np.ndarray:
        """Values by state, summed by touchpoint."""
        return np.bincount(self.touchpoint, weights=values)


def _case(made: Chains, g: int, effects: Effects, gloom: float, weight: float) -> _Case:
    """The chain of customers of one level of gloom."""
    reach = made.reach[g]
    points, channels = reach.shape
    offered, failed = reach > 0, np.arange(2)
    with np.errstate(invalid="ignore"):
        drop = ndtr(ndtri(made.drop[g])[:, None] + effects.disposition * gloom + effects.handover_drop * failed)
    # onto[f, c, d]: the contact after one in channel c, at touchpoint f, is in channel d
    onto = (1 - effects.stay * offered)[:, :, None] * reach[:, None, :]
    onto = onto + np.einsum("fc,cd->fcd", effects.stay * offered, np.eye(channels))
    failing = effects.handover_failure * (1 - np.eye(channels))
    split = np.stack([onto * (1 - failing), onto * failing], axis=-1)
    shape = (points, channels, 2)
    states = points * channels * 2
    move = np.einsum("ex,ef,fcdy->ecxfdy", 1 - drop, made.move[g], split).reshape(states, states)
    start = np.zeros(shape)
    start[:, :, 0] = made.start[g][:, None] * reach
    lower = np.broadcast_to(effects.customer * gloom + effects.handover_emotion * failed, shape)
    every = np.broadcast_to(drop[:, None, :], shape)
    touchpoint = np.repeat(np.arange(points), channels * 2)
    kept = np.repeat(offered.ravel(), 2)
    flat = (start.ravel()[kept], move[np.ix_(kept, kept)], touchpoint[kept], every.ravel()[kept], lower.ravel()[kept])
    return _Case(weight, *flat)


def joined(first: Mapping | None, second: Mapping | None) -> dict[str, dict[str, float]]:
    """Two changes, one on top of the other: factors multiply, points add up.

    >>> joined({"a": {"wait": 0.5}}, {"a": {"wait": 0.5, "emotion": 1.0}})
    {'a': {'wait': 0.25, 'emotion': 1.0}}
    """
    both = {name: dict(what) for name, what in (first or {}).items()}
    for name, what in (second or {}).items():
        mine = both.setdefault(name, {})
        for effect, number in what.items():
            mine[effect] = (
                mine.get(effect, 0.0) + number if effect in ("emotion", "points") else mine.get(effect, 1.0) * number
            )
    return both
