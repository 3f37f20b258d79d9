"""What each attribute is worth to each respondent: the hierarchical multinomial logit and its draws."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxlab.differentiation.choice.tasks import Choices
from cxlab.finding import Check


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
    """

    choices: Choices
    individual: np.ndarray = field(repr=False)
    mean: np.ndarray = field(repr=False)
    covariance: np.ndarray = field(repr=False)
    checks: tuple[Check, ...] = ()
    method: str = ""
