"""Differences of changes, group by group and period by period, and what each unit adds to their error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from cxlab.differentiation.trials.panels import Panel
from cxlab.errors import DataError, ModelError

BASES = ("before", "last")


@dataclass(frozen=True)
class Contrasts:
    """Changes of treated groups less those of units not yet treated.

    Parameters
    ----------
    begins, period : shape (cells,), first treated period of the group, and the period compared
    treated, control : shape (cells,), mean change of the group and of those it is compared with
    units, controls : shape (cells,), how many of each
    psi : shape (cells, columns), additive parts of the error; the covariance of cells is psi @ psi.T
    stratum : shape (columns,), parts whose spread is estimated together; degrees : of freedom of each stratum
    left_out : cells for which nobody is left to compare with
    """

    begins: np.ndarray
    period: np.ndarray
    treated: np.ndarray
    control: np.ndarray
    units: np.ndarray
    controls: np.ndarray
    psi: np.ndarray
    stratum: np.ndarray
    degrees: dict[int, int]
    left_out: int = 0

    @property
    def since(self) -> np.ndarray:
        """Periods since treatment began, 0 the first treated one."""
        return self.period - self.begins

    @property
    def effect(self) -> np.ndarray:
        return self.treated - self.control

    def error(self, weights: np.ndarray) -> tuple[float, float]:
        """Standard error of a weighted sum of cells, and its degrees of freedom (Satterthwaite over strata)."""
        part = np.square(weights @ self.psi)
        by = {s: part[self.stratum == s].sum() for s in self.degrees}
        total = sum(by.values())
        if not total > 0:
            return 0.0, float(max(self.degrees.values()))
        return float(np.sqrt(total)), float(total**2 / sum(v**2 / self.degrees[s] for s, v in by.items()))

    def covariance(self, weights: np.ndarray) -> np.ndarray:
        """Covariance of weighted sums of cells, weights of shape (sums, cells)."""
        parts = weights @ self.psi
        return parts @ parts.T


def contrasts(panel: Panel, *, base: str = "before", last: int = 1) -> Contrasts:
    """Every group against the units not yet treated, in every period.

    Parameters
    ----------
    panel : without gaps, see `Panel.complete`
    base : what changes are counted from: "before" (mean of all periods before the group's treatment) or "last" (the
        last of them, or the mean of the last so many)

    Raises
    ------
    DataError : nobody is untreated when the first group begins. ModelError : one unit against one.

    Notes
    -----
    Units already treated are never compared with. A group or a comparison of one unit has no spread of its own: that of
    the other side stands in for it. Source: Callaway & Sant'Anna (2021), Difference-in-differences with multiple time
    periods, Journal of Econometrics 225(2).
    """
    rows, left_out = [], 0
    parts: list[list[tuple[np.ndarray, np.ndarray]]] = []
    for begins in np.unique(panel.start[panel.treated]):
        group = np.flatnonzero(panel.start == begins)
        before = panel.mean[:, 0 if base == "before" else max(begins - last, 0) : begins].mean(1)
        for period in range(panel.never):
            if base == "last" and last == 1 and period == begins - 1:
                continue
            others = np.flatnonzero(panel.start > max(period, begins))
            if not len(others):
                left_out += 1
                continue
            change = panel.mean[:, period] - before
            rows.append((begins, period, change[group].mean(), change[others].mean(), len(group), len(others)))
            parts.append([(group, change[group]), (others, change[others])])
    if not rows or max(row[1] - row[0] for row in rows) < 0:
        raise DataError(
            "no unit is untreated while others are treated.",
            expected="units that are treated later or never, seen over the same periods",
            mend="an interrupted time series needs none: interrupted_series",
        )
    begins, period, treated, control, units, controls = (np.array(column) for column in zip(*rows, strict=True))
    psi, stratum, degrees = _parts(panel, parts)
    return Contrasts(begins, period, treated, control, units, controls, psi, stratum, degrees, left_out)


def _parts(panel: Panel, parts) -> tuple[np.ndarray, np.ndarray, dict[int, int]]:
    """Additive parts of the error of every cell; a unit alone is given the spread of the other side."""
    size = len(panel)
    psi = np.zeros((len(parts), 2 * size))
    stratum = np.concatenate([panel.start, np.full(size, -1)])
    lone = {int(s) for s in np.unique(panel.start) if (panel.start == s).sum() == 1}
    for row, (group, others) in enumerate(parts):
        if len(group[0]) == 1 and len(others[0]) == 1:
            raise ModelError(
                "one unit is compared with one: what it changed cannot be told from how units differ anyway.",
                expected="two untreated units at least, better ten",
                mend="interrupted_series over more periods, or more places",
            )
        for (who, value), (whom, other), sign in ((group, others, 1), (others, group, -1)):
            if len(who) == 1:
                spread = (other - other.mean()) / np.sqrt(len(other) - 1)
                psi[row, size + whom] += sign * spread
            else:
                psi[row, who] += sign * (value - value.mean()) / np.sqrt(len(who) * (len(who) - 1))
    # what stands in for a lone unit is the same spread once more: it adds no degrees of freedom
    most = max((int(s) for s in np.unique(panel.start) if int(s) not in lone), default=-1,
               key=lambda s: (panel.start == s).sum())  # fmt: skip
    stratum[stratum == -1] = most
    degrees = {int(s): max(int((panel.start == s).sum()) - 1, 1) for s in np.unique(stratum)}
    used = psi.any(0)
    return psi[:, used], stratum[used], {s: d for s, d in degrees.items() if s in stratum[used]}


def per_treated(found: Contrasts, chosen: np.ndarray) -> np.ndarray:
    """Weights of the cells chosen, every treated unit and period alike, summing to 1."""
    weights = np.where(chosen, found.units, 0).astype(float)
    return weights / weights.sum()


def two_sided(value: float, error: float, degrees: float) -> float:
    """Probability of a value as far from 0 by chance.

    >>> round(two_sided(2.0, 1.0, 30), 3)
    0.055
    """
    return float(2 * student.sf(abs(value) / error, degrees)) if error > 0 else float(value == 0)


def two_way(panel: Panel) -> tuple[float, float]:
    """The regression on unit and period effects, and the share of treated cells it counts backwards.

    Notes
    -----
    With effects that differ or grow, units treated early serve as comparison for those treated later, and some effects
    enter with the wrong sign. Source: de Chaisemartin & D'Haultfœuille (2020), Two-way fixed effects estimators with
    heterogeneous treatment effects, American Economic Review 110(9).
    """
    given = (np.arange(panel.never) >= panel.start[:, None]).astype(float)
    left = given - given.mean(0) - given.mean(1, keepdims=True) + given.mean()
    total = float((left * given).sum())
    if not total > 0:
        return float("nan"), float("nan")
    cells = left[given == 1]
    return float((left * panel.mean).sum() / total), float((cells < 0).mean())
