"""What models say of example customers: still here, silent for a while, or back how often?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.posterior import Posterior
from cxlab.errors import ParameterError
from cxlab.finding import Finding
from cxlab.montecarlo import estimate
from cxlab.wording import count, number, share, span


def profiles(
    posteriors: Sequence[Posterior],
    customers: Mapping[str, tuple[float, float, float]],
    *,
    horizon: float,
    time_unit: str,
    level: float = 0.9,
) -> Finding:
    """The chance that example customers are still active, that they stay silent, and what they will buy.

    Parameters
    ----------
    posteriors : of one or more models, without groups
    customers : name of an example → (frequency, recency, T), in the time unit of the posteriors
    horizon : length of the future, in `time_unit`
    level : coverage of the interval of P(alive)

    Returns
    -------
    Finding "cltv.profiles", a row a customer and model: customer, model, frequency, recency, T, p_alive, p_alive_low,
    p_alive_high, p_none (no purchase in the next `horizon`: what a business means by churn), purchases (expected)

    Raises
    ------
    ParameterError : a history is impossible, the horizon is not positive, or a posterior has groups or cannot forecast.
    """
    _accept(posteriors, customers, horizon)
    tail = (1 - level) / 2
    frequency, recency, T = (np.array(v, dtype=float) for v in zip(*customers.values(), strict=True))
    parts, errors = [], []
    for p in posteriors:
        theta = tuple(p.theta[:, :, 0][:, :, None])
        alive = p.model.p_alive(theta, frequency, recency, T)
        found = {
            "p_none": p.model.p_no_purchase(theta, frequency, recency, T, horizon),
            "purchases": alive * p.model.expected_if_alive(theta, frequency, T, horizon),
        }
        record = {"customer": list(customers), "model": p.model.title, "frequency": frequency.astype(int),
                  "recency": recency, "T": T}  # fmt: skip
        e = estimate(alive, p.weights, quantiles=(tail, 1 - tail), effective=p.effective(alive))
        record |= {"p_alive": e.mean, "p_alive_low": e.quantiles[0], "p_alive_high": e.quantiles[1]}
        error = {"p_alive": e.mean_error, "p_alive_low": e.quantile_error[0], "p_alive_high": e.quantile_error[1]}
        for name, values in found.items():
            e = estimate(values, p.weights, effective=p.effective(values))
            record[name], error[name] = e.mean, e.mean_error
        parts.append(pd.DataFrame(record))
        errors.append(pd.DataFrame(error))
    table, error = pd.concat(parts), pd.concat(errors)
    order = np.lexsort([np.arange(len(table)), np.tile(np.arange(len(customers)), len(parts))])
    table, error = (frame.iloc[order].reset_index(drop=True) for frame in (table, error))
    first = table[table["customer"] == table["customer"][0]]
    chances = ", ".join(f"{share(r.p_alive)} by {r.model}" for r in first.itertuples())
    silent = ", ".join(f"{share(r.p_none)} by {r.model}" for r in first.itertuples())
    name = table["customer"][0]
    bought = ", ".join(f"{number(r.purchases, digits=2)} by {r.model}" for r in first.itertuples())
    repeats = f"{count(frequency[0])} repeat purchase{'s' if frequency[0] != 1 else ''}"
    return Finding(
        name="cltv.profiles",
        title=f"Still active, {name}: {chances}",
        text=(
            f"The chance that the customer “{name}” ({repeats}, seen for {span(T[0], time_unit)}) is still active is "
            f"{chances}. The chance of no purchase in the next {span(horizon, time_unit)}, called churn in business, "
            f"is {silent}; expected purchases are {bought}."
        ),
        table=table,
        units=dict.fromkeys(["p_alive", "p_alive_low", "p_alive_high", "p_none"], "share")
        | {"recency": f"{time_unit}s", "T": f"{time_unit}s"},
        monte_carlo_error=error,
        checks=tuple(dict.fromkeys(c for p in posteriors for c in p.checks)),
        caption=f"{level * 100:g} % intervals; p none: no purchase in the next {span(horizon, time_unit)}.",
    )


def _accept(posteriors, customers, horizon) -> None:
    if not posteriors or not customers:
        raise ParameterError("there is no posterior or no example.", expected="one or more of each")
    if not horizon > 0:
        raise ParameterError(f"horizon = {horizon}.", expected="a length of time > 0")
    for p in posteriors:
        if not isinstance(p.model, BuyTillYouDie):
            raise ParameterError(f"{p.model.title} does not forecast purchases.", expected="models of repeat buying")
        if len(p.groups) > 1:
            raise ParameterError(
                f"the posterior of {p.model.title} is of segments {', '.join(p.groups)}.",
                expected="one fitted to all customers", mend="fit(model, summary.rows.pooled())",
            )  # fmt: skip
    for name, (x, recency, T) in customers.items():
        if x != int(x) or x < 0 or not 0 <= recency <= T or (x > 0) != (recency > 0):
            raise ParameterError(
                f"customer {name!r} has an impossible history ({x:g}, {recency:g}, {T:g}).",
                expected="(frequency, recency, T) with whole frequency, 0 ≤ recency ≤ T, and recency > 0 exactly when "
                "frequency > 0",
            )
