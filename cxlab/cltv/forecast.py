"""What customers will do: expected purchases, who is still active, and the chance of silence, on distinct rows.

Nothing of the size customers × draws is ever made: predictions are computed for distinct rows, in chunks, all horizons
in one pass, and joined back to customers in the engine when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.posterior import Posterior
from cxlab.cltv.summary import Summary
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, share, span

#: numbers held at once in a chunk, small enough for arrays to stay in the processor's cache
CELLS = 200_000
#: a horizon this many times the observed period is far beyond what the data can speak of
FAR = 2.0


@dataclass(frozen=True)
class Forecast:
    """Forecasts on distinct rows, with the totals over customers.

    Parameters
    ----------
    rows : DataFrame in the order of ``summary.distinct``: p_alive, p_alive_low, p_alive_high, and for every horizon h
        purchases_h, purchases_h_sd, purchases_h_low, purchases_h_median, purchases_h_high, p_none_h
    totals : DataFrame, a row a horizon: horizon, expected (sum over customers), low, high (parameters only),
        predictive_low, predictive_high (chance included), active (customers), active_low, active_high
    errors : Monte-Carlo errors of `totals`
    horizons : in `time_unit`
    """

    posterior: Posterior
    summary: Summary
    rows: pd.DataFrame
    totals: pd.DataFrame
    errors: pd.DataFrame
    horizons: tuple[float, ...]
    level: float

    def customers(self) -> ibis.Table:
        """A row a customer, with the forecasts of its distinct row."""
        return self.summary.attach(self.rows)

    def finding(self) -> Finding:
        """How many purchases to expect, and how many customers are still active.

        Returns
        -------
        Finding with one row a horizon: columns of `totals`
        """
        t, s = self.totals.iloc[-1], self.summary
        unit, n = s.time_unit, s.n_customers
        active = f"{count(t.active)} of {count(n)} customers ({share(t.active / n)}) are still active"
        ahead = span(self.horizons[-1], unit)
        return Finding(
            name=f"cltv.{self.posterior.model.key}.forecast",
            title=f"{share(t.active / n)} of customers are still active; {count(t.expected)} purchases in {ahead}",
            text=(
                f"In the {ahead} after {s.observation_end:%d %b %Y}, {count(n)} customers are expected to make "
                f"{count(t.expected)} purchases "
                f"{interval(count(t.predictive_low), count(t.predictive_high), level=self.level)}. "
                f"{active} {interval(count(t.active_low), count(t.active_high), level=self.level)}, "
                f"by {self.posterior.model.title}."
            ),
            table=self.totals,
            units={c: "count" for c in self.totals.columns if c != "horizon"} | {"horizon": f"{unit}s"},
            monte_carlo_error=self.errors,
            checks=(*self.posterior.checks, far_check(self.horizons[-1], s)),
            keys=(Key(share(t.active / n), f"of {count(n)} customers still active, {self.level * 100:g} % "
                      f"{share(t.active_low / n)} to {share(t.active_high / n)}"),),
            caption=f"n = {count(n)} customers, {s.period}, {self.posterior.model.title}.",
        )  # fmt: skip


def far_check(horizon: float, summary: Summary) -> Check:
    """Whether a horizon is within what the observed period can speak of."""
    limit = FAR * summary.observed
    return Check(
        "horizon",
        horizon <= limit,
        span(horizon, summary.time_unit),
        f"≤ {span(limit, summary.time_unit)}, twice the observed period",
        "Nobody has been seen for that long: shorten the horizon.",
    )


def forecast(
    posterior: Posterior,
    summary: Summary,
    *,
    horizons: Sequence[float],
    draws: int = 400,
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> Forecast:
    """Forecast every customer, all horizons in one pass.

    Parameters
    ----------
    horizons : lengths of time after the observed period, in ``summary.time_unit``, each > 0
    draws : posterior draws used, equally weighted
    level : coverage of the intervals

    Raises
    ------
    ParameterError : a horizon is not positive, or the posterior is of other segments.
    """
    horizons = tuple(float(h) for h in horizons)
    if not horizons or min(horizons) <= 0:
        raise ParameterError(f"horizons = {horizons}.", expected="one or more lengths of time > 0")
    rng = np.random.default_rng(rng)
    theta = posterior.draws(draws, rng)
    tail = ((1 - level) / 2, 0.5, (1 + level) / 2)
    model = posterior.model
    n_rows = len(summary.distinct)
    columns: dict[str, np.ndarray] = {}

    def put(name, at, values):
        columns.setdefault(name, np.empty(n_rows))[at] = values

    expected = np.zeros((len(horizons), draws))
    active = np.zeros(draws)
    chance = np.zeros(len(horizons))  # variance of the totals given the parameters
    for at, th, x, recency, T, weight in chunks(summary, posterior, theta):
        alive = model.p_alive(th, x, recency, T)
        low, _, high = np.quantile(alive, tail, axis=0)
        for name, values in (("p_alive", alive.mean(0)), ("p_alive_low", low), ("p_alive_high", high)):
            put(name, at, values)
        active += alive @ weight
        key, inverse = np.unique(np.column_stack([x, T]), axis=0, return_inverse=True)
        for i, h in enumerate(horizons):
            if_alive = model.expected_if_alive(th, key[:, 0], key[:, 1], h)
            none = model.p_none_if_alive(th, key[:, 0], key[:, 1], h)
            purchases = alive * if_alive[:, inverse.ravel()]
            low, median, high = np.quantile(purchases, tail, axis=0)
            put(f"purchases_{h:g}", at, purchases.mean(0))
            put(f"purchases_{h:g}_sd", at, purchases.std(0))
            put(f"purchases_{h:g}_low", at, low)
            put(f"purchases_{h:g}_median", at, median)
            put(f"purchases_{h:g}_high", at, high)
            put(f"p_none_{h:g}", at, (1 - alive + alive * none[:, inverse.ravel()]).mean(0))
            expected[i] += purchases @ weight
            drawn = model.simulate_purchases(th, x, recency, T, h, rng)
            chance[i] += np.maximum(np.square(drawn - purchases).mean(0), 0) @ weight
    totals, errors = [], []
    for i, h in enumerate(horizons):
        noise = np.sqrt(chance[i]) * rng.standard_normal(draws)
        record, error = {"horizon": h}, {}
        for name, values in (("expected", expected[i]), ("active", active)):
            record |= {name: values.mean(), f"{name}_low": np.quantile(values, tail[0]),
                       f"{name}_high": np.quantile(values, tail[2])}  # fmt: skip
            error[name] = values.std() / np.sqrt(draws)
            error[f"{name}_low"] = error[f"{name}_high"] = 2 * error[name]
        spread = expected[i] + noise
        record |= {"predictive_low": np.quantile(spread, tail[0]), "predictive_high": np.quantile(spread, tail[2])}
        error |= dict.fromkeys(("predictive_low", "predictive_high"), 2 * spread.std() / np.sqrt(draws))
        totals.append(record)
        errors.append(error)
    order = ["horizon", "expected", "expected_low", "expected_high", "predictive_low", "predictive_high",
             "active", "active_low", "active_high"]  # fmt: skip
    return Forecast(
        posterior, summary, pd.DataFrame(columns), pd.DataFrame(totals)[order],
        pd.DataFrame(errors)[order[1:]], horizons, level,
    )  # fmt: skip


def chunks(summary: Summary, posterior: Posterior, theta: np.ndarray) -> Iterator[tuple]:
    """Distinct rows in pieces that fit, each with the draws of its segment.

    Yields
    ------
    at : positions in ``summary.distinct``; theta : parameters shaped (n_draws, 1) to broadcast against rows;
    frequency, recency, T, weight : shape (n_piece,)

    Raises
    ------
    ParameterError : the posterior knows other segments than the summary.
    """
    rows = summary.rows
    pooled = len(posterior.groups) == 1
    if not isinstance(posterior.model, BuyTillYouDie):
        raise ParameterError(
            f"{posterior.model.title} does not forecast purchases.", expected="a model of repeat buying"
        )
    if not pooled and posterior.groups != rows.groups:
        raise ParameterError(
            f"the posterior is of segments {', '.join(posterior.groups)}.",
            expected=f"those of the summary: {', '.join(rows.groups)}",
        )
    size = max(1, CELLS // theta.shape[1])
    for g in range(len(rows.groups)):
        members = np.flatnonzero(rows.group == g)
        own = theta[:, :, 0 if pooled else g][:, :, None]
        for start in range(0, len(members), size):
            at = members[start : start + size]
            yield at, tuple(own), rows["frequency"][at], rows["recency"][at], rows["T"][at], rows.weight[at]
