"""Look at trials whose truth is known while they run: how often each rule calls a useless change real, and what it
says of a real one.

    python -m tests.recovery.sequential

writes `sequential.csv` beside this file: a row a rule.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import betaln, ndtri

from cxlab.differentiation.trials.boundaries import (
    after_stopping,
    calibrated_chance,
    group_sequential,
    peeking_error,
    spending_bounds,
)

TABLE = Path(__file__).with_name("sequential.csv")
RUNS, LOOKS, UNITS = 2000, 5, 120
BASE, BETTER = 0.2, 0.28
#: trials with a real change of which estimate and interval are looked at
ESTIMATED = 500
LEVEL = 0.9


def counts(runs: int, truth: tuple[float, float], times, seed: int) -> np.ndarray:
    """Units that did it by each look, shape (runs, looks, arms); UNITS × LOOKS an arm at the end."""
    rng = np.random.default_rng(seed)
    ends = np.round(np.asarray(times) * UNITS * LOOKS).astype(int)
    steps = np.diff(np.concatenate([[0], ends]))
    return np.cumsum(np.stack([rng.binomial(steps, p, (runs, len(ends))) for p in truth], axis=-1), axis=1)


def statistics(hits: np.ndarray, times) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Differences, z (pooled) and standard errors at every look."""
    n = np.round(np.asarray(times) * UNITS * LOOKS)[:, None]
    p = hits / n
    gap = p[..., 1] - p[..., 0]
    pooled = p.mean(-1)
    se = np.sqrt(2 * pooled * (1 - pooled) / n[:, 0])
    return gap, gap / se, se


def chance_better(hits: np.ndarray, times) -> np.ndarray:
    """P(B > A) under flat priors: the finite sum over whole numbers, exact."""
    n = np.round(np.asarray(times) * UNITS * LOOKS).astype(int)
    found = np.empty(hits.shape[:2])
    for j, size in enumerate(n):
        pairs, back = np.unique(hits[:, j], axis=0, return_inverse=True)
        each = []
        for a, b in pairs:
            i = np.arange(b + 1)
            a1, b1, b2 = a + 1, size - a + 1, size - b + 1
            each.append(np.exp(betaln(a1 + i, b1 + b2) - np.log(b2 + i) - betaln(1 + i, b2) - betaln(a1, b1)).sum())
        found[:, j] = np.array(each)[back]
    return found


def rules() -> dict[str, dict]:
    """Name → times of the looks, bounds of z, or chances beyond which to stop, and the error that is stated."""
    even = np.arange(1, LOOKS + 1) / LOOKS
    unplanned = np.array([0.13, 0.2, 0.31, 0.55, 0.62, 0.9, 1.0])
    calibrated = calibrated_chance(LOOKS)
    return {
        "one look, at the end": {"times": np.array([1.0]), "z": np.array([ndtri(0.975)]), "stated": 0.05},
        "p < 5 % at each of 5 looks": {"times": even, "z": np.full(LOOKS, ndtri(0.975)),
                                       "stated": peeking_error(LOOKS)},
        "Pocock": {"times": even, "z": group_sequential(LOOKS, shape="pocock"), "stated": 0.05},
        "O'Brien-Fleming": {"times": even, "z": group_sequential(LOOKS), "stated": 0.05},
        "spending, 7 looks not planned": {"times": unplanned, "z": spending_bounds(unplanned), "stated": 0.05},
        "better with over 95 % at a look": {"times": even, "chance": 0.95, "stated": peeking_error(LOOKS, level=0.9)},
        "better with over 97.5 % at a look": {"times": even, "chance": 0.975, "stated": peeking_error(LOOKS)},
        "better with the calibrated chance": {"times": even, "chance": calibrated, "stated": 0.05},
    }  # fmt: skip


def stops(rule: dict, truth: tuple[float, float], seed: int, runs: int = RUNS):
    """First look beyond the bound (the number of looks where there is none), and the statistics of all."""
    hits = counts(runs, truth, rule["times"], seed)
    gap, z, se = statistics(hits, rule["times"])
    if "chance" in rule:
        p = chance_better(hits, rule["times"])
        beyond = (p > rule["chance"]) | (p < 1 - rule["chance"])
    else:
        beyond = np.abs(z) >= rule["z"]
    first = np.where(beyond.any(1), beyond.argmax(1), len(rule["times"]))
    return first, gap, z, se


def estimates(rule: dict, first, gap, z, se) -> dict:
    """Of trials with a real change: mean estimate and coverage, as they looked and with the stop taken out."""
    truth, times = BETTER - BASE, rule["times"]
    bounds = rule.get("z")
    at = np.minimum(first, len(times) - 1)
    reach = ndtri((1 + LEVEL) / 2)
    rows = np.arange(len(first))
    naive, error = gap[rows, at], se[rows, at]
    found = {"naive_bias": naive.mean() - truth, "naive_coverage": (np.abs(naive - truth) <= reach * error).mean()}
    if bounds is None:
        bounds = np.full(len(times), ndtri(rule["chance"]))
    adjusted: list[np.ndarray] = []
    for i in range(min(ESTIMATED, len(first))):
        k = at[i]
        drift = after_stopping(float(z[i, k]), times[: k + 1], bounds[: k + 1], level=LEVEL)
        adjusted.append(np.array(drift) * se[i, k] * np.sqrt(times[k]))
    adjusted = np.array(adjusted)
    found["adjusted_bias"] = float(np.median(adjusted[:, 0])) - truth
    found["above_truth"] = (adjusted[:, 0] > truth).mean()
    found["adjusted_coverage"] = ((adjusted[:, 1] <= truth) & (truth <= adjusted[:, 2])).mean()
    return found


def measured(runs: int = RUNS, names=None) -> pd.DataFrame:
    """A row a rule: rule, stated (false alarms), measured, error (standard error), runs, found (share of real changes
    called), units (share of the planned ones, real change), naive_bias and naive_coverage (of the difference and its
    interval as it looked at the stop), adjusted_bias (of the median), above_truth (share of adjusted estimates above
    the truth), adjusted_coverage."""
    rows = []
    for name, rule in rules().items():
        if names and name not in names:
            continue
        null = stops(rule, (BASE, BASE), 11, runs)[0] < len(rule["times"])
        first, *rest = stops(rule, (BASE, BETTER), 12, runs)
        real = first < len(rule["times"])
        times = np.append(rule["times"], 1.0)
        rows.append({"rule": name, "stated": rule["stated"], "measured": null.mean(),
                     "error": np.sqrt(rule["stated"] * (1 - rule["stated"]) / runs), "runs": runs,
                     "found": real.mean(), "units": times[first].mean(), **estimates(rule, first, *rest)})  # fmt: skip
        print(pd.DataFrame(rows[-1:]).to_string(header=len(rows) == 1), flush=True)
    return pd.DataFrame(rows).round(4)


if __name__ == "__main__":
    measured().to_csv(TABLE, index=False, lineterminator="\n")
