"""Whether a trial was fair: arms of the sizes planned, units in one arm only, outcomes missing alike in all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cxlab.errors import ParameterError, unknown
from cxlab.finding import Check
from cxlab.wording import share

#: p-value below which arms are not of the sizes planned: looked at by everybody, so it must be rare by chance
MISMATCH = 0.001
#: share of units in two arms that an effect survives
CROSSED = 0.01


def mismatch(counts, planned) -> float:
    """p-value that arms of these sizes come of the shares planned (sample-ratio mismatch; chi-squared test).

    >>> round(mismatch([5000, 5200], [.5, .5]), 3), mismatch([5000, 5500], [.5, .5]) < .001
    (0.048, True)
    """
    counts, planned = np.asarray(counts, float), np.asarray(planned, float)
    expected = counts.sum() * planned / planned.sum()
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), len(counts) - 1))


def fairness(
    counts: pd.DataFrame, arms: tuple[str, ...], allocation: Mapping[str, float] | None, *, crossed: int, units: int,
    assigned: str,
) -> tuple[Check, ...]:  # fmt: skip
    """The checks of a fair trial.

    Parameters
    ----------
    counts : a row an arm: arm, n (units, with an outcome or without), missing
    crossed : units seen in two arms, of `units`
    assigned : "unit" or "site"; sites differ in size, so their arms need not be of one size
    """
    sizes = counts.set_index("arm").loc[list(arms)]
    checks = []
    if assigned == "unit":
        p = mismatch(sizes["n"], _planned(allocation, arms))
        checks.append(Check(
            "chance of arms so unequal in size", p >= MISMATCH, share(p, digits=1), f"≥ {share(MISMATCH, digits=1)}",
            "Units were not assigned as planned, or some were lost: find out which before the outcome is believed "
            "(where arms were meant to differ in size, say so: allocation).",
        ))  # fmt: skip
    lost = sizes["missing"].to_numpy(float)
    if lost.sum():
        table = np.array([lost, sizes["n"] - lost])
        expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
        p = float(chi2.sf(((table - expected) ** 2 / expected).sum(), len(arms) - 1))
        checks.append(Check(
            "chance of outcomes missing so unequally", p >= 0.01, share(p, digits=1), "≥ 1.0 %",
            "The arm itself decides whose outcome is known: compare those who were assigned, not those who stayed.",
        ))  # fmt: skip
    checks.append(Check(
        "share of units seen in two arms", crossed <= CROSSED * units, share(crossed / units), f"≤ {share(CROSSED)}",
        "They are left out; too many of them hide an effect, or make one.",
    ))  # fmt: skip
    return tuple(checks)


def _planned(allocation: Mapping[str, float] | None, arms: tuple[str, ...]) -> list[float]:
    if allocation is None or not len(allocation):
        return [1.0] * len(arms)
    for name in allocation:
        if name not in arms:
            raise unknown("arm", name, arms)
    planned = [float(allocation.get(arm, 0.0)) for arm in arms]
    if not min(planned) > 0:
        raise ParameterError(f"allocation = {dict(allocation)}.", expected="a share above 0 for every arm",
                             mend="allocation=" + repr(dict.fromkeys(arms, 1)))  # fmt: skip
    return planned
