"""Plan: which initiatives, in which order, under budget, capacity and prerequisites; and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxlab.differentiation.roadmap.options import Options
from cxlab.differentiation.roadmap.overlap import counted_once
from cxlab.differentiation.roadmap.programme import Limits, Programme, programme, solve
from cxlab.differentiation.roadmap.search import best_in_each
from cxlab.finding import Check

#: difference in value, as a share, below which two plans are alike
_ALIKE = 1e-6
#: distance to the best possible plans, on average, up to which those that were found stand for them
_NEAR = 0.01


@dataclass(frozen=True, eq=False)
class Plan:
    """The best plan over all draws.

    Parameters
    ----------
    made : the plans that were possible
    starts : shape (option,), period of each start, −1 for never
    bound : what no plan can exceed, in the measure that was optimised
    reached : what this plan reaches in that measure
    """

    made: Programme
    starts: np.ndarray = field(repr=False)
    bound: float = np.nan
    reached: float = np.nan

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of what is undertaken, in the order of starts."""
        order = [i for i in np.argsort(self.starts, kind="stable") if self.starts[i] >= 0]
        return tuple(self.made.options.names[i] for i in order)

    @property
    def value(self) -> np.ndarray:
        """Net present value of the plan in each draw, shape (draw,)."""
        return self.made.value(self.starts)

    @property
    def gap(self) -> float:
        """How far the plan may be from the best one, as a share of its value: 0 where it is proven to be the best."""
        return max(0.0, self.bound - self.reached) / max(abs(self.reached), 1e-9) if self.bound > 0 else 0.0

    @property
    def check(self) -> Check:
        """Whether the plan is proven to be the best."""
        if self.made.options.shared is not None:
            return Check(
                "distance to what adding up would promise", self.gap <= _ALIKE, float(self.gap), "0 (proven)",
                "What initiatives share is counted once: the plan is the best of those looked at, not proven to be the "
                "best of all.",
            )  # fmt: skip
        return Check(
            "distance to the best possible plan", self.gap <= _ALIKE, float(self.gap), "0 (proven)",
            "The search was stopped before it was proven that no plan is better; allow it more seconds.",
        )  # fmt: skip


def best_plan(options: Options, limits: Limits, *, seconds: float = 60.0) -> Plan:
    """The plan with the largest expected value, proven to be so where options have nothing in common.

    Where they have, what they share counts once and the plan is the best of those looked at, see
    `cxlab.differentiation.roadmap.overlap`.

    Parameters
    ----------
    seconds : after which the search stops; `Plan.gap` says what is then not proven

    >>> from cxlab.differentiation.roadmap.options import options_of
    >>> options = options_of(["site", "shop", "app"], [[1.0, 9.0, 6.0]], [2.0, 4.0, 5.0], requires={"shop": ["site"]})
    >>> best_plan(options, Limits(budget=(5, 5))).chosen
    ('site', 'shop')
    """
    made = programme(options, limits)
    starts, bound = solve(made, made.worth.mean(axis=0), seconds=seconds)
    if options.shared is not None:
        starts = counted_once(made, starts)
    return Plan(made, starts, bound, float(made.value(starts).mean()))


@dataclass(frozen=True, eq=False)
class Hindsight:
    """What would be best if a draw were the truth: a plan for each of some draws.

    Parameters
    ----------
    plan : the best plan over all draws
    draws : which draws, shape (n,)
    starts : shape (n, option)
    bounds : what no plan can exceed in each draw, shape (n,)
    """

    plan: Plan
    draws: np.ndarray = field(repr=False)
    starts: np.ndarray = field(repr=False)
    bounds: np.ndarray = field(repr=False)

    @property
    def value(self) -> np.ndarray:
        """What the best plan of each draw is worth in it, shape (n,)."""
        made = self.plan.made
        if made.options.shared is not None:
            plans, which = np.unique(self.starts, axis=0, return_inverse=True)
            return made.value(plans, self.draws)[np.arange(len(self.draws)), which.ravel()]
        worth = made.worth[self.draws].reshape(len(self.draws), -1)
        return np.einsum("dk,dk->d", made.choices(self.starts), worth)

    @property
    def chosen(self) -> np.ndarray:
        """How often each option is part of the best plan, shape (option,)."""
        return (self.starts >= 0).mean(axis=0)

    @property
    def pool(self) -> np.ndarray:
        """Plans worth considering: the best over all draws, and the best in each, shape (plan, option)."""
        return np.unique(np.vstack([self.plan.starts, np.full_like(self.plan.starts, -1), self.starts]), axis=0)

    @property
    def check(self) -> Check:
        """Whether the plan of each draw is proven to be the best in it, or near enough to that."""
        value = self.value
        proven = float((self.bounds - value <= _ALIKE * np.maximum(np.abs(value), 1e-9)).mean())
        if proven < 1.0 and self.distance <= _NEAR:
            return Check("distance of the plans of single draws to the best possible, on average", True,
                         self.distance, f"≤ {_NEAR:.0%}")  # fmt: skip
        return Check(
            "share of draws whose best plan is proven", proven == 1.0, proven, "1",
            f"In the others a better plan may exist: on average no more than {self.distance:.1%} better. What perfect "
            "knowledge is worth is stated too low by as much at most.",
        )  # fmt: skip

    @property
    def distance(self) -> float:
        """How far the plans of single draws may be from the best ones, on average, as a share of their value."""
        value = self.value
        return float((self.bounds - value).clip(0).mean() / max(abs(value.mean()), 1e-9))


def hindsight(plan: Plan, *, draws: int = 500) -> Hindsight:
    """The best plan of each draw, as if it were known beforehand: how robust the plan is, and what knowing is worth.

    Parameters
    ----------
    draws : how many are solved, evenly spread over all

    Notes
    -----
    Where options nearly fill each of several budgets the best plan of a draw may not be proven; `Hindsight.distance`
    then says how far it may be from the best possible.

    >>> from cxlab.differentiation.roadmap.options import options_of
    >>> options = options_of(["sure", "bet"], [[5.0, 30.0], [5.0, -30.0]], [1.0, 1.0])
    >>> hindsight(best_plan(options, Limits(budget=(1,)))).chosen.tolist()
    [0.5, 0.5]
    """
    made = plan.made
    which = np.unique(np.linspace(0, made.options.draws - 1, min(draws, made.options.draws)).round().astype(int))
    starts, bounds = best_in_each(made, made.worth[which], known=plan.starts[None])
    if made.options.shared is not None:  # of the plans found, the best of each draw once what is shared counts once
        pool = np.unique(np.vstack([plan.starts, np.full_like(plan.starts, -1), starts]), axis=0)
        starts = pool[made.value(pool, which).argmax(axis=1)]
    return Hindsight(plan, which, starts, bounds)
