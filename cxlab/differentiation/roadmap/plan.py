"""Plan: which initiatives, in which order, under budget, capacity and prerequisites; and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxlab.differentiation.roadmap.options import Options
from cxlab.differentiation.roadmap.programme import Limits, Programme, programme, solve
from cxlab.finding import Check

#: difference in value, as a share, below which two plans are alike
_ALIKE = 1e-6


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
        return Check(
            "distance to the best possible plan", self.gap <= _ALIKE, float(self.gap), "0 (proven)",
            "The search was stopped before it was proven that no plan is better; allow it more seconds.",
        )  # fmt: skip


def best_plan(options: Options, limits: Limits, *, seconds: float = 60.0) -> Plan:
    """The plan with the largest expected value, proven to be so.

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
    return Plan(made, starts, bound, float(made.value(starts).mean()))
