"""Whether a higher price deters anybody: by a fit in which it may have any sign, before money is spoken of."""

from __future__ import annotations

from scipy.stats import norm
from scipy.stats import t as student

from cxlab.differentiation.choice.logit import Logit, fit_logit
from cxlab.differentiation.choice.tasks import Choices
from cxlab.finding import Check
from cxlab.wording import interval, number

#: coverage of the interval whose upper end must be below 0
_LEVEL = 0.9
#: title of whatever would be said in money where the price is not shown to deter
UNTOLD = "These choices do not show that a higher price deters anybody, so nothing can be told in money"


def price_checks(choices: Choices | Logit) -> tuple[Check, ...]:
    """Whether the choices themselves show that a higher price deters; none where nothing is the price.

    A model that holds the part-worth of the price below 0 finds one below 0 in any choices. This looks at the same
    choices by the multinomial logit, in which the price may have any sign, with errors by respondent.

    >>> import numpy as np, pandas as pd
    >>> from cxlab.differentiation.choice.tasks import read_choices
    >>> asked = pd.DataFrame({"respondent_id": range(40), "task": 1}).loc[np.repeat(range(40), 2)]
    >>> asked = asked.assign(alternative=["a", "b"] * 40, price=[1, 2] * 40, chosen=[1, 0] * 30 + [0, 1] * 10)
    >>> dearer = asked.assign(price=[2, 1] * 40)
    >>> [price_checks(read_choices(table, price="price"))[0].passed for table in (asked, dearer)]
    [True, False]
    """
    fitted = choices if isinstance(choices, Logit) else fit_logit(choices)
    asked = fitted.choices
    if not asked.price:
        return ()
    at = asked.columns.index(asked.price)
    value, error = float(fitted.coefficients[at]), float(fitted.errors[at])
    p = (1 + _LEVEL) / 2
    reach = norm.ppf(p) if fitted.robust is None else student.ppf(p, asked.n_respondents - 1)
    low, high = value - reach * error, value + reach * error
    # a price that decides without exception has no end, and so no interval
    decides = asked.price in fitted.separated
    said = "decides" if decides else interval(number(low), number(high), level=_LEVEL)
    return (
        Check(
            "effect of the price on choices", value < 0 if decides else bool(high < 0),
            f"{number(value)} {said}", "below 0, with its interval",
            "These choices do not show that a higher price deters anybody: nothing can be told in money. Show a wider "
            "range of prices, or look whether the column is the price.",
        ),
    )  # fmt: skip
