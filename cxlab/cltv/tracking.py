"""Repeat purchases over time: what a model expects of the cohorts that were acquired, beside what came.

Expected purchases are those of new customers: of all acquired on a day, `expected_new` at their age, summed over
days. The cost depends on the number of days, not of customers. Bands add chance: customers differ and leave, so
counts vary more than Poisson counts; their variance by age comes from simulated customers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _

from cxlab.cltv.bg_bb import BGBB
from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.scores import batch_error, batched, with_chance
from cxlab.cltv.summary import Summary
from cxlab.cltv.summary import _steps as steps_since_origin

#: customers simulated, over all segments, for the variance of counts by age
SIMULATED = 20_000


def track_actual(summary: Summary) -> pd.DataFrame:
    """Repeat purchases of the customers acquired in the observed period, by step of tracking.

    Returns
    -------
    DataFrame, a row a week (a step of the grain where that is coarser): time (its end, in ``summary.time_unit`` since
    the start of observation), start (its first day), holdout, actual_period, actual_cumulative. Steps are laid so
    that one ends with the observed period; a last step that is not whole is left out.
    """
    bins = _Bins(summary)
    customers = summary.customers.select("customer_id", "first_purchase")
    repeats = (
        summary.visits.join(customers, "customer_id")
        .filter(_.step > _.first_purchase)
        .group_by("step")
        .agg(repeats=_.count())
        .to_pandas()
    )
    start = steps_since_origin([summary.observation_start], summary.grain)
    steps = steps_since_origin(repeats["step"], summary.grain) - start
    at = np.searchsorted(bins.ends, steps)
    inside = at < len(bins.ends)
    counted = np.bincount(at[inside], weights=repeats["repeats"][inside], minlength=len(bins.ends)).astype(int)
    return pd.DataFrame(
        {
            "time": (bins.ends + 1) * summary.scale,
            "start": bins.starts,
            "holdout": bins.ends > bins.split,
            "actual_period": counted,
            "actual_cumulative": counted.cumsum(),
        }
    )


def track_expected(
    model: BuyTillYouDie, theta: np.ndarray, summary: Summary, *, level: float, rng: np.random.Generator | int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the model expects in the steps of `track_actual`, and the Monte-Carlo errors.

    Parameters
    ----------
    theta : natural parameters, shape (n_parameters, n_draws, n_groups)

    Returns
    -------
    DataFrame: expected_period, low_period, high_period, expected_cumulative, low_cumulative, high_cumulative. The
    band holds what as many other customers of the same kind would do, with `level` probability, uncertainty of the
    parameters included.
    """
    bins, rng = _Bins(summary), np.random.default_rng(rng)
    labels = summary.segments
    pooled = theta.shape[2] == 1
    cumulative = np.zeros((theta.shape[1], len(bins.ends)))
    spread = np.zeros((2, len(bins.ends)))
    for g, label in enumerate(labels):
        own = summary.distinct[summary.distinct["segment"] == label]
        born = bins.split - own["T_steps"].to_numpy(int)
        acquired = np.bincount(born, weights=own["customers"], minlength=bins.split + 1)
        days = np.flatnonzero(acquired)
        age = np.maximum(bins.ends[None, :] - days[:, None], 0)  # (n_days, n_steps of tracking)
        ages, inverse = np.unique(age, return_inverse=True)
        people = np.zeros((len(ages), len(bins.ends)))
        np.add.at(people, (inverse.reshape(age.shape), np.arange(len(bins.ends))), acquired[days][:, None])
        draws = theta[:, :, 0 if pooled else g]
        reached = model.expected_new(tuple(draws[:, :, None]), ages[ages > 0] * summary.scale)
        cumulative += reached @ people[ages > 0]
        by_age = _variance_by_age(model, draws, bins.width * summary.scale, int(np.ceil(ages.max() / bins.width)),
                                  SIMULATED // len(labels), rng)  # fmt: skip
        at = np.arange(by_age.shape[1]) * bins.width
        spread += np.stack([np.interp(ages, at, variance) for variance in by_age]) @ people
    found, errors = {}, {}
    period = np.diff(cumulative, axis=1, prepend=0)
    batches = batched(theta.shape[1])
    for kind, values, variance in (("period", period, spread[0]), ("cumulative", cumulative, spread[1])):
        low, high = with_chance(values, variance, level)
        found |= {f"expected_{kind}": values.mean(0), f"low_{kind}": low, f"high_{kind}": high}
        ends = np.stack([with_chance(values[b], variance, level) for b in batches])
        errors |= {f"expected_{kind}": batch_error([values[b].mean(0) for b in batches])}
        errors |= {f"low_{kind}": batch_error(ends[:, 0]), f"high_{kind}": batch_error(ends[:, 1])}
    # an error told by a few batches is itself uncertain: twice it is kept
    return pd.DataFrame(found), 2 * pd.DataFrame(errors)


class _Bins:
    """Steps of tracking: last step of the grain (`ends`), first day (`starts`) and `width` in steps of the grain."""

    def __init__(self, summary: Summary):
        self.width = 7 if summary.grain == "day" else 1
        self.split = round(summary.observed / summary.scale)
        last = self.split + round(summary.holdout / summary.scale)
        self.ends = np.arange(self.split % self.width - self.width, last + 1, self.width)
        self.ends = self.ends[self.ends >= 0]
        first = pd.Period(summary.observation_start, summary.grain[0].upper())
        self.starts = [(first + int(max(end - self.width + 1, 0))).start_time for end in self.ends]


def _variance_by_age(model, draws, width, n_steps, size, rng) -> np.ndarray:
    """Variance over new customers of the purchases in the step that ends at an age, and of all up to it.

    Returns
    -------
    shape (2, n_steps + 1), at ages 0, 1, … steps
    """
    theta = tuple(draws[:, rng.integers(draws.shape[1], size=size)])
    zero = np.zeros(size)
    if isinstance(model, BGBB):
        bought = [model.simulate_purchases(theta, zero, zero, zero, k * width, rng) for k in range(1, n_steps + 1)]
        total = np.array([0, *(b.var() for b in bought)])
        # at most one purchase an occasion: a Poisson variance is an upper bound
        mean = np.array([0, *(b.mean() for b in bought)])
        return np.stack([np.maximum(np.diff(mean, prepend=0), 0), total])
    alive = rng.random(size) < model.p_alive(theta, zero, zero, zero)
    rate, window, cap = model.future_if_alive(theta, zero, zero, n_steps * width, rng)
    inside = np.clip(window[:, None] - np.arange(n_steps) * width, 0, width)
    total = np.minimum(np.cumsum(rng.poisson(np.minimum(rate[:, None] * inside, 1e6)), axis=1), cap[:, None])
    total = np.concatenate([np.zeros((size, 1)), total * alive[:, None]], axis=1)
    return np.stack([np.diff(total, axis=1, prepend=0).var(0), total.var(0)])
