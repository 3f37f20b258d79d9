"""Part-worths where nothing tells people apart: the same for everybody, with what is not known of them."""

from __future__ import annotations

import numpy as np

from cxlab.differentiation.choice.deterrence import price_checks
from cxlab.differentiation.choice.hierarchical import PartWorths
from cxlab.differentiation.choice.logit import fit_logit
from cxlab.differentiation.choice.tasks import Choices
from cxlab.finding import Check

#: chance of the choices if all had the same part-worths, below which it is said that they do not
_UNLIKELY = 0.01


def alike_part_worths(choices: Choices, *, draws: int = 500, rng: np.random.Generator | int = 0) -> PartWorths:
    """Draws of part-worths that are the same for all respondents: for choices of which everybody made one.

    Parameters
    ----------
    draws : from the normal approximation at the most likely coefficients, by respondent where there are enough

    Notes
    -----
    A multinomial logit. Shares made of it keep their proportions whatever else is offered (independence of irrelevant
    alternatives), and nothing is known of how willingness to pay differs between people.

    >>> import pandas as pd
    >>> from cxlab.differentiation.choice.tasks import read_choices
    >>> asked = pd.DataFrame({"respondent_id": range(40), "task": 1}).loc[np.repeat(range(40), 2)]
    >>> asked = asked.assign(alternative=["a", "b"] * 40, price=[1, 2] * 40, chosen=[1, 0] * 30 + [0, 1] * 10)
    >>> found = alike_part_worths(read_choices(asked, price="price"), draws=400)
    >>> found.individual.shape, round(float(found.individual.mean()), 1)
    ((400, 40, 1), -1.1)
    """
    fitted = fit_logit(choices)
    spread = fitted.covariance if fitted.robust is None else fitted.robust
    drawn = np.random.default_rng(rng).multivariate_normal(fitted.coefficients, spread, draws)
    people = np.broadcast_to(drawn[:, None, :], (draws, choices.n_respondents, drawn.shape[1]))
    k = drawn.shape[1]
    return PartWorths(
        choices=choices, individual=people, mean=drawn, covariance=np.zeros((draws, k, k)),
        checks=(
            Check("most likely part-worths", fitted.converged and not fitted.separated,
                  "decided by " + ", ".join(fitted.separated) if fitted.separated
                  else "found" if fitted.converged else "not found", "found",
                  "Leave out what decides choices without exception."),
            Check("chance of these choices if all had the same part-worths", fitted.different_tastes >= _UNLIKELY,
                  fitted.different_tastes, f"≥ {_UNLIKELY}",
                  "People differ, and one choice each does not tell how: ask the same people again."),
        ),
        method="multinomial logit, everybody alike", effective=float(draws), priced=price_checks(fitted),
    )  # fmt: skip
