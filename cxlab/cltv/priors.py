"""What priors say before any data: how often customers would come back, against how often they did."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.cltv.counts import count_probabilities
from cxlab.cltv.model import BuyTillYouDie, Prior
from cxlab.cltv.rows import Rows
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, share

#: counts from here on stand together
MOST = 10


def prior_predictive(
    model: BuyTillYouDie,
    rows: Rows,
    *,
    draws: int = 1000,
    rng: np.random.Generator | int = 1,
    priors: Mapping[str, Prior] | None = None,
    level: float = 0.9,
) -> Finding:
    """Share of customers by repeat purchases: what the priors alone expect, beside the data.

    Parameters
    ----------
    rows : the data, of which the priors see only how long customers were observed
    draws : from the prior, at least 100
    priors : replaces single priors, in data units, as in `posterior.fit`
    level : coverage of the interval

    Returns
    -------
    Finding "cltv.<model>.prior_predictive", a row a count: frequency ("0" … "10+"), actual, predicted, predicted_low,
    predicted_high (shares of customers)

    Raises
    ------
    ParameterError : too few draws, a level outside (0, 1), an unknown prior, or a model that counts no purchases.

    Notes
    -----
    The shares are exact for each draw (probabilities of counts at each distinct T, averaged over customers), so
    only the draw itself is chance. Groups of `rows` are taken together.

    >>> from cxlab.cltv.mbg_nbd import MBG_NBD
    >>> rows = Rows.collapse({"frequency": [0, 0, 2], "recency": [0, 0, 3.0], "T": [5, 5, 5]})
    >>> table = prior_predictive(MBG_NBD, rows, draws=200).table
    >>> len(table), round(float(table["predicted"].sum()), 6)
    (11, 1.0)
    """
    if draws < 100 or not 0 < level < 1:
        raise ParameterError(f"draws = {draws}, level = {level}.", expected="draws ≥ 100 and 0 < level < 1")
    if not isinstance(model, BuyTillYouDie):
        raise ParameterError(f"{model.title} does not count purchases.", expected="a model of repeat buying")
    rng = np.random.default_rng(rng)
    center, width = model.prior(rows, priors)
    z = center[:, None, None] + width[:, None, None] * rng.standard_normal((len(center), draws, 1))
    lengths, at = np.unique(rows["T"], return_inverse=True)
    people = np.bincount(at.ravel(), weights=rows.weight) / rows.customers
    shares = _shares(model, tuple(model.natural(z)), lengths, people)
    labels = [*map(str, range(MOST)), f"{MOST}+"][: shares.shape[1]]
    seen = np.minimum(rows["frequency"].astype(int), MOST)
    actual = np.bincount(seen, weights=rows.weight, minlength=len(labels)) / rows.customers
    e = spread(shares, level)
    low, high = np.round(e.quantiles, 4)  # a hundredth of a per cent is as good as nobody
    table = pd.DataFrame(
        {"frequency": labels, "actual": actual, "predicted": e.mean, "predicted_low": low, "predicted_high": high}
    )
    errors = {"predicted": e.mean_error, "predicted_low": e.quantile_error[0], "predicted_high": e.quantile_error[1]}
    held = int(((low <= actual) & (actual <= high)).sum())
    return Finding(
        name=f"cltv.{model.key}.prior_predictive",
        title=f"The priors of {model.title} {'leave room for' if held == len(labels) else 'rule out'} what was seen",
        text=(
            f"By the priors of {model.title} alone, {share(e.mean[0])} of customers would never come back "
            f"{interval(share(low[0]), share(high[0]), level=level)}; in the data {share(actual[0])} did not "
            f"(n = {count(rows.customers)}). The prior intervals hold the data at {held} of {len(labels)} counts."
        ),
        table=table,
        units=dict.fromkeys(["actual", "predicted", "predicted_low", "predicted_high"], "share"),
        monte_carlo_error=pd.DataFrame(errors),
        checks=(
            Check(
                "counts at which the prior interval holds the data", held == len(labels), f"{held} of {len(labels)}",
                "all", "Widen the priors, or centre them where your business is.",
            ),
        ),
        draw=lambda ax: _draw(ax, table),
        caption=f"n = {count(rows.customers)} customers, {count(draws)} prior draws, {level * 100:g} % intervals.",
    )  # fmt: skip


def _shares(model: BuyTillYouDie, theta, lengths: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Share of new customers with 0, 1, … repeat purchases by their age, shape (n_draws, n_counts).

    `theta` has parameters of shape (n_draws, 1); `people` are the shares of customers observed for each of `lengths`.
    """
    zero = np.zeros_like(lengths)
    with np.errstate(all="ignore"):  # what underflows is a count that nobody reaches
        start = np.broadcast_to(model.p_alive(theta, zero, zero, zero), (theta[0].shape[0], len(lengths)))
        counted = []
        for _, p in zip(range(MOST), count_probabilities(model, theta, zero, zero, lengths), strict=False):
            counted.append((start * p) @ people)
    counted = np.stack(counted, axis=1)
    counted[:, 0] += (1 - start) @ people
    rest = np.maximum(1 - counted.sum(1, keepdims=True), 0.0)
    return np.hstack([counted, rest]) if counted.shape[1] == MOST else counted


def _draw(ax, table: pd.DataFrame):
    from cxlab.cltv import charts

    return charts.draw_prior_predictive(ax, table)
