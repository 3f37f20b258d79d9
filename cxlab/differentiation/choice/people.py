"""Part-worths of people, in draws: of every respondent, and of the population they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxlab.differentiation.choice.deterrence import UNTOLD
from cxlab.differentiation.choice.tasks import Choices
from cxlab.finding import Check
from cxlab.wording import share


@dataclass(frozen=True)
class PartWorths:
    """Draws of part-worths: of every respondent, and of the people they stand for.

    Utilities are as they act: the price's are negative, in units of utility for one unit of the column.

    Parameters
    ----------
    choices : what they come from
    individual : shape (draw, respondent, column)
    mean, covariance : of part-worths between people, shape (draw, column) and (draw, column, column)
    checks : whether the draws are to be believed
    method : how they were made, for captions
    effective : effective number of independent draws of the population's parameter that is known worst
    priced : whether the choices show that a higher price deters, for all that is said in money
    held : whether the part-worth of the price was held below 0, so that no draw can say otherwise
    """

    choices: Choices
    individual: np.ndarray = field(repr=False)
    mean: np.ndarray = field(repr=False)
    covariance: np.ndarray = field(repr=False)
    checks: tuple[Check, ...] = ()
    method: str = ""
    effective: float = float("nan")
    priced: tuple[Check, ...] = ()
    held: bool = False

    def utilities(self, design: np.ndarray) -> np.ndarray:
        """Utility of each of some rows to each respondent, shape (draw, respondent, row)."""
        return self.individual @ np.asarray(design, float).T

    def money_checks(self) -> tuple[Check, ...]:
        """What must hold, beside `checks`, for anything that rests on the price."""
        if not self.choices.price:
            return ()
        liked = float((self.individual[:, :, self.choices.columns.index(self.choices.price)] >= 0).mean())
        free = Check("draws in which people like a higher price", liked == 0, share(liked, digits=1), "0 %",
                     "What they would pay has no end there.")  # fmt: skip
        return (*self.priced, *[free] * (not self.held))

    @property
    def untold(self) -> str:
        """Why nothing can be told in money, as a title; "" where the choices show that a higher price deters."""
        return "" if all(check.passed for check in self.priced) else UNTOLD


def acting_worths(latent: np.ndarray, links: np.ndarray) -> np.ndarray:
    """Part-worths as they act, of latent ones (last axis: columns).

    >>> acting_worths(np.array([[0.0, 0.0]]), np.array([0, 1])).tolist()
    [[0.0, -1.0]]
    """
    out = np.array(latent, dtype=float)
    for j in np.flatnonzero(links):
        out[..., j] = -np.exp(out[..., j]) if links[j] == 1 else -np.logaddexp(0, out[..., j])
    return out


def acting_moments(mean: np.ndarray, covariance: np.ndarray, links: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of part-worths as they act, of draws of the latent ones' (Gauss–Hermite quadrature).

    A latent column enters the others only through its normal part: cov(h(φ), φ') = cov(φ, φ') · E[h'(φ)].

    >>> m, c = acting_moments(np.zeros((1, 1)), np.ones((1, 1, 1)), np.array([1]))
    >>> np.allclose(m, -np.exp(.5)), np.allclose(c, np.exp(2) - np.exp(1), rtol=1e-4)
    (True, True)
    """
    mean, covariance = mean.copy(), covariance.copy()
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    for j in np.flatnonzero(links):
        spread = np.sqrt(covariance[:, j, j])
        at = mean[:, j, None] + spread[:, None] * nodes
        worth = acting_worths(at[..., None], links[j : j + 1])[..., 0]
        centre = worth @ weights
        slope = (worth * nodes) @ weights / spread
        variance = np.square(worth - centre[:, None]) @ weights
        covariance[:, j, :] *= slope[:, None]
        covariance[:, :, j] *= slope[:, None]
        covariance[:, j, j] = variance
        mean[:, j] = centre
    return mean, covariance
