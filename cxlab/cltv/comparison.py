"""Tables of a validation: totals and scores, calibration by frequency, PIT; each with its Monte-Carlo errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxlab.cltv.loo import LeaveOneOut, spread_over_customers
from cxlab.cltv.scores import (
    MOST_FREQUENT,
    Predicted,
    batch_error,
    batched,
    frequency_group,
    log_probability,
    measures,
    pit,
    with_chance,
)
from cxlab.cltv.summary import Summary

#: bars of the PIT histogram
BINS = 10
_SCORES = ("mae", "rmse", "correlation", "log_score", "coverage", "pit_ks")
_LEFT_OUT = ("elpd_loo", "elpd_loo_se", "elpd_difference", "elpd_difference_se", "k_hat")


def holdout_record(name, outcome: Predicted, loo: LeaveOneOut | None, loos, summary, cells, actual, level):
    """A row of the holdout table, and its Monte-Carlo errors."""
    record = {"model": name, "actual": actual}
    error = {}
    if outcome.expected is None:
        total = float(outcome.mean[0] @ summary.rows.weight)
        record |= {"predicted": total, "low": np.nan, "high": np.nan, "error": total / actual - 1 if actual else np.nan}
    else:
        expected, chance = outcome.expected.sum(0), outcome.variance.sum(0)
        low, high = with_chance(expected, chance, level)
        mean = expected.mean()
        record |= {"predicted": mean, "low": low, "high": high, "error": mean / actual - 1 if actual else np.nan}
        parts = batched(len(expected))
        ends = np.array([with_chance(expected[b], chance[b], level) for b in parts])
        error["predicted"] = batch_error([expected[b].mean() for b in parts])
        error |= {"low": batch_error(ends[:, 0]), "high": batch_error(ends[:, 1])}
        error["error"] = error["predicted"] / actual if actual else np.nan
    record |= dict.fromkeys(_SCORES, np.nan) | measures(outcome, summary, cells, level=level)
    batches = [measures(outcome.batch(slice(i, i + 1)), summary, cells, level=level) for i in range(len(outcome.mean))]
    if len(batches) > 1:
        error |= {k: batch_error([b[k] for b in batches]) for k in batches[0]}
    if loo is None:
        record |= dict.fromkeys(_LEFT_OUT, np.nan)
    else:
        best = max(loos.values(), key=lambda each: each.total)
        difference = loo.values - best.values
        record |= {
            "elpd_loo": loo.total,
            "elpd_loo_se": loo.standard_error,
            "elpd_difference": float(loo.weight @ difference),
            "elpd_difference_se": spread_over_customers(difference, loo.weight),
            "k_hat": loo.k_hat,
        }
        error |= {
            "elpd_loo": loo.error,
            # of second order: a hundredth of a standard error, and what k̂ moves by from draw to draw
            "elpd_loo_se": 0.01 * loo.standard_error,
            "elpd_difference_se": 0.0 if loo is best else 0.02 * record["elpd_difference_se"],
            "k_hat": 0.05,
            "elpd_difference": 0.0 if loo is best else float(np.hypot(loo.error, best.error)),
        }
    return record, error


def calibration_table(outcomes: dict[str, Predicted], summary: Summary, cells: pd.DataFrame, level: float):
    """Actual and predicted mean purchases by frequency; the table and its Monte-Carlo errors."""
    rows = summary.rows
    group = frequency_group(rows["frequency"])
    people = np.bincount(group, weights=rows.weight, minlength=MOST_FREQUENT + 1)
    filled = np.flatnonzero(people)
    of_cell, weight, counts = group[cells["row"]], cells["customers"].to_numpy(float), cells["count"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(of_cell, weights=weight * counts, minlength=len(people)) / people
        square = np.bincount(of_cell, weights=weight * (counts - mean[of_cell]) ** 2, minlength=len(people))
        error = np.where(people > 1, np.sqrt(square / (people - 1) / people), np.nan)
    reach = norm.ppf((1 + level) / 2) * error
    base = pd.DataFrame(
        {
            "frequency": [f"{g}" if g < MOST_FREQUENT else f"{g}+" for g in range(len(people))],
            "customers": people.astype(int),
            "actual": mean,
            "actual_error": error,
            "actual_low": np.maximum(mean - reach, 0),
            "actual_high": mean + reach,
        }
    ).iloc[filled]
    tail = (1 - level) / 2
    parts, errors = [], []
    for name, outcome in outcomes.items():
        if outcome.expected is None:
            total = np.bincount(group, weights=rows.weight * outcome.mean[0], minlength=len(people))
            predicted = {"predicted": total[filled] / people[filled], "predicted_low": np.nan, "predicted_high": np.nan}
            errors.append(pd.DataFrame(np.nan, index=filled, columns=list(predicted)))
        else:
            each = (outcome.expected[filled] / people[filled, None]).T
            low, high = np.quantile(each, (tail, 1 - tail), axis=0)
            predicted = {"predicted": each.mean(0), "predicted_low": low, "predicted_high": high}
            cut = [each[b] for b in batched(len(each))]
            ends = np.array([np.quantile(b, (tail, 1 - tail), axis=0) for b in cut])
            errors.append(
                pd.DataFrame(
                    {
                        "predicted": batch_error([b.mean(0) for b in cut]),
                        "predicted_low": batch_error(ends[:, 0]),
                        "predicted_high": batch_error(ends[:, 1]),
                    }
                )
            )
        parts.append(base.assign(model=name, **predicted))
    table = pd.concat(parts, ignore_index=True)
    return table[["model", *[c for c in table.columns if c != "model"]]], pd.concat(errors, ignore_index=True)


def pit_table(outcomes: dict[str, Predicted], cells: pd.DataFrame, level: float):
    """PIT histogram of every model with a distribution; the table and its Monte-Carlo errors."""
    edges = np.linspace(0, 1, BINS + 1)
    weight = cells["customers"].to_numpy(float)
    n = weight.sum()
    tables, errors = [], []
    for name, outcome in outcomes.items():
        if outcome.at is None:
            continue
        at, below = outcome.at.mean(0), outcome.below.mean(0)
        # what one customer adds to each bar: its spread says how far chance moves the bar
        own = np.diff(np.clip((edges[:, None] - below) / np.maximum(at, 1e-300), 0, 1), axis=0)
        found = own @ weight / n
        reach = norm.ppf((1 + level) / 2) * np.sqrt(np.square(own - found[:, None]) @ weight / n / n)
        tables.append(
            pd.DataFrame(
                {
                    "model": name, "low": edges[:-1], "high": edges[1:], "share": found,
                    "band_low": np.maximum(1 / BINS - reach, 0), "band_high": 1 / BINS + reach,
                }
            )
        )  # fmt: skip
        batches = [np.diff(pit(outcome.batch(slice(i, i + 1)), cells, edges)) for i in range(len(outcome.at))]
        error = batch_error(batches)
        errors.append(pd.DataFrame({"share": error, "band_low": 0.1 * error, "band_high": 0.1 * error}))
    return pd.concat(tables, ignore_index=True), pd.concat(errors, ignore_index=True)


def lead_of_best(outcomes: dict[str, Predicted], best: Sequence[str], cells: pd.DataFrame) -> tuple[float, float]:
    """Mean difference in log score of the two best, a customer, and its standard error."""
    if len(best) < 2:
        return np.nan, np.nan
    weight = cells["customers"].to_numpy(float)
    difference = log_probability(outcomes[best[0]]) - log_probability(outcomes[best[1]])
    n = weight.sum()
    return float(weight @ difference / n), spread_over_customers(difference, weight) / n
