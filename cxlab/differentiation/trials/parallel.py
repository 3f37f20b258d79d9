"""Were both on the same way before? The drift apart before treatment, and what drift would have been seen at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from cxlab.differentiation.trials.contrasts import Contrasts, contrasts, per_treated, two_sided
from cxlab.differentiation.trials.panels import Panel, chance
from cxlab.finding import Check
from cxlab.wording import share

#: chance with which a drift should have been seen
POWER = 0.8
#: chance below which the look back says nothing of a drift as large as the effect
_SEEN = 0.5


@dataclass(frozen=True)
class Drift:
    """The drift apart before treatment.

    Parameters
    ----------
    slope, error, degrees : change of the difference a period, its standard error and degrees of freedom
    p_value : of no drift
    seen : drift a period that this look back would have seen with a chance of 80 %
    carried : periods over which a drift would go on, from the mean before (or the last period) to the mean after
    periods : before treatment, of the group with the fewest
    """

    slope: float
    error: float
    degrees: float
    p_value: float
    seen: float
    carried: float
    periods: int

    @property
    def hidden(self) -> float:
        """Effect that a drift just not seen would feign."""
        return self.seen * self.carried

    @property
    def feigned(self) -> float:
        """Effect that the drift found would feign if it went on."""
        return self.slope * self.carried

    def power(self, slope: float, *, level: float) -> float:
        """Chance that the look back sees a drift of so much a period, at a size of 1 − level."""
        limit, shift = student.ppf((1 + level) / 2, self.degrees), abs(slope) / self.error
        return float(student.sf(limit - shift, self.degrees) + student.cdf(-limit - shift, self.degrees))

    def checks(self, panel: Panel, effect: float, *, level: float) -> tuple[Check, ...]:
        """Whether trends were parallel, and whether the data could have told."""
        if not self.periods >= 2:
            return (Check(f"{panel.period}s before treatment", False, self.periods, "≥ 2",
                          "Whether both were on the same way before cannot be looked at."),)  # fmt: skip
        power = self.power(effect / self.carried, level=level)
        return (
            Check(f"chance of such a drift apart before, were there none ({panel.change(self.slope)} a {panel.period})",
                  self.p_value >= 1 - level, chance(self.p_value), f"≥ {1 - level:.2g}",
                  "They were on different ways before: the difference may be no effect."),
            Check("chance that a drift that feigns the whole effect would have been seen before", power >= _SEEN,
                  share(power), f"≥ {share(_SEEN)}",
                  "That no drift was seen says little here: more periods before, or more units."),
        )  # fmt: skip


def drift(panel: Panel, *, base: str = "before", level: float = 0.9) -> Drift:
    """Slope of the difference between treated and untreated units before treatment, and the power to see one.

    Parameters
    ----------
    panel : without gaps
    base : what the effect is counted from, see `contrasts`; says how far a drift carries
    level : 1 − level is the size of the test

    Notes
    -----
    A test that finds no drift is evidence only against drifts it would have found. Source: Roth (2022), Pretest with
    caution: event-study estimates after testing for parallel trends, American Economic Review: Insights 4(3).

    >>> import pandas as pd
    >>> from cxlab.differentiation.trials.panel import panel_of
    >>> rng = np.random.default_rng(1)
    >>> wide = pd.DataFrame(rng.normal(size=(8, 6)), index=list("abcdefgh"), columns=pd.date_range("2020", periods=6,
    ...     freq="YS"))
    >>> drift(panel_of(wide, start={name: "2024" for name in "abcd"})).p_value > .05
    True
    """
    found = contrasts(panel, base="last")
    after = per_treated(found, found.since >= 0)
    if base == "before":
        carried = float(after @ (found.since + (found.begins + 1) / 2))
    else:
        carried = float(after @ (found.since + 1.0))
    periods = int(panel.start[panel.treated].min())
    weights = _slope(found)
    if weights is None:
        return Drift(np.nan, np.nan, np.nan, np.nan, np.nan, carried, periods)
    error, degrees = found.error(weights)
    slope = float(weights @ found.effect)
    size = float(student.ppf((1 + level) / 2, degrees) + student.ppf(POWER, degrees))
    return Drift(slope, error, degrees, two_sided(slope, error, degrees), size * error, carried, periods)


def _slope(found: Contrasts) -> np.ndarray | None:
    """Weights of cells that give the slope before treatment, every treated unit alike; None without two periods."""
    weights = np.zeros(len(found.period))
    total = 0
    for begins in np.unique(found.begins):
        own = np.flatnonzero((found.begins == begins) & (found.since < 0))
        if not len(own):
            continue
        at = np.append(found.since[own], -1.0)  # the last period before is what changes are counted from
        lean = (at - at.mean()) / np.square(at - at.mean()).sum()
        weights[own] += lean[:-1] * found.units[own[0]]
        total += found.units[own[0]]
    return weights / total if total else None
