"""Effect: what an action changes, as draws that money, plans and roadmaps go on with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from cxlab.errors import ModelError, ParameterError
from cxlab.finding import Check


@dataclass(frozen=True)
class Effect:
    """What an action changes for one unit, as equally likely values.

    Parameters
    ----------
    draws : shape (draws,), in `unit`
    unit : of the draws: "share" (of units that do it), "money", "count" or any other
    per : of what one draw is: "customer", "visit", "week" …
    name : what was done against what, as a reader says it
    n : units behind it
    checks : what must hold for it to be believed
    simulated : whether the data behind it is
    currency, period : ISO code of money, and when it was seen; "" where unknown
    over : weeks over which one draw is measured, 0 at once

    Raises
    ------
    ModelError : there are no draws, or some are no numbers.

    >>> effect = Effect(np.linspace(-.01, .05, 1001), "share", "visit", "joke against no card", n=137)
    >>> round(effect.mean, 3), [round(end, 3) for end in effect.interval(.9)], round(effect.p_above(0), 2)
    (0.02, [-0.007, 0.047], 0.83)
    """

    draws: np.ndarray
    unit: str
    per: str
    name: str
    n: int
    checks: tuple[Check, ...] = ()
    simulated: bool = False
    currency: str = ""
    period: str = ""
    notes: tuple[str, ...] = field(default=())
    over: float = 0.0

    def __post_init__(self):
        draws = np.asarray(self.draws, dtype=float).ravel()
        if not len(draws) or not np.isfinite(draws).all():
            bad = int((~np.isfinite(draws)).sum())
            raise ModelError(
                f"the effect {self.name!r} has {len(draws):,} draws, {bad:,} of them no numbers.",
                expected="one finite draw at least",
            )
        object.__setattr__(self, "draws", draws)

    @property
    def mean(self) -> float:
        """Mean of the draws."""
        return float(self.draws.mean())

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Equal-tailed interval of the draws."""
        if not 0 < level < 1:
            raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def p_above(self, value: float = 0.0) -> float:
        """Share of the draws above `value`."""
        return float((self.draws > value).mean())

    @property
    def believed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    def times(self, factor, *, unit: str = "", per: str = "", name: str = "", currency: str = "") -> Effect:
        """The effect in another unit: every draw times a factor (a number, or a draw each)."""
        return replace(
            self, draws=self.draws * factor, unit=unit or self.unit, per=per or self.per, name=name or self.name,
            currency=currency or self.currency,
        )  # fmt: skip
