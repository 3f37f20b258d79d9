"""Simulate places whose truth is known, and count how often intervals hold it and how often checks see what is broken.

    python -m tests.recovery.quasi

writes `interrupted.csv`, `did.csv`, `synthetic.csv` and `discontinuity.csv` beside this file: a row a kind of data.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

from cxlab.differentiation.trials.contrasts import contrasts, per_treated
from cxlab.differentiation.trials.density import density_jump
from cxlab.differentiation.trials.discontinuity import coverage_bandwidth
from cxlab.differentiation.trials.interrupted import interrupted_series
from cxlab.differentiation.trials.jumps import jump
from cxlab.differentiation.trials.panels import Panel
from cxlab.differentiation.trials.parallel import drift
from cxlab.differentiation.trials.running import Running
from cxlab.differentiation.trials.shuffling import shuffle
from cxlab.differentiation.trials.synthetic import synthetic_control

HERE = Path(__file__).parent
LEVEL = 0.9
RUNS = {"interrupted": 150, "did": 400, "synthetic": 200, "discontinuity": 400}


def correlated(rng, shape: tuple[int, int], phi: float) -> np.ndarray:
    """Rows of a stationary first-order autoregression with variance 1."""
    found = rng.standard_normal(shape)
    for at in range(1, shape[1]):
        found[:, at] = phi * found[:, at - 1] + np.sqrt(1 - phi**2) * found[:, at]
    return found


def panel_from(mean: np.ndarray, start, *, n=None, variance=None, freq: str = "MS", period: str = "month") -> Panel:
    """A panel of arrays."""
    units, periods = mean.shape
    n = np.ones(mean.shape) if n is None else n
    variance = np.full(mean.shape, np.nan) if variance is None else variance
    names = tuple(f"place {i:02d}" for i in range(units))
    days = pd.date_range("2022-01-03", periods=periods, freq=freq)
    return Panel(names, days, mean, n, variance, np.asarray(start), period=period, simulated=True)


# --- interrupted series: correlation from week to week, and an event at the same time ---------------------------------

#: correlation of weeks, answers a week (0: the weekly value itself), event met by everybody at the same time
SERIES = {
    "weeks independent": (0.0, 0, 0.0),
    "correlation 0.4": (0.4, 0, 0.0),
    "correlation 0.7": (0.7, 0, 0.0),
    "correlation 0.6, 20 ratings a week": (0.6, 20, 0.0),
    "event at the same time": (0.4, 0, 2.0),
}


def series_panel(case: str, seed: int, *, effect: float = 1.0, before: int = 60, after: int = 30) -> Panel:
    """One treated place and three others, weekly."""
    phi, ratings, event = SERIES[case]
    rng = np.random.default_rng(seed)
    late = np.arange(before + after) >= before
    mean = 10 + 0.01 * np.arange(before + after) + correlated(rng, (4, before + after), phi) + event * late
    mean[0] += effect * late
    n = np.ones(mean.shape)
    if ratings:
        n = rng.poisson(ratings, mean.shape) + 1.0
        mean = mean + rng.normal(0, 4, mean.shape) / np.sqrt(n)
    never = before + after
    return panel_from(mean, [before, never, never, never], n=n, freq="W-MON", period="week")


def interrupted(runs: int = RUNS["interrupted"], cases=SERIES) -> pd.DataFrame:
    """A row a kind of series: case, stated, measured (share of intervals that hold the effect), naive (of those that
    take weeks for independent), width, naive_width, fired (the untreated tell that something else happened)."""
    rows = []
    for case in cases:
        found = []
        for seed in range(runs):
            panel = series_panel(case, seed)
            said = interrupted_series(panel, dates=0, level=LEVEL).finding
            row = said.table.set_index("quantity").loc["mean"]
            checks = {c.name: c.passed for c in said.checks}
            found.append({
                "measured": row["low"] <= 1 <= row["high"], "naive": row["naive_low"] <= 1 <= row["naive_high"],
                "width": row["high"] - row["low"], "naive_width": row["naive_high"] - row["naive_low"],
                "fired": not checks["change of the untreated at the same time"],
            })  # fmt: skip
        rows.append({"case": case, "stated": LEVEL} | pd.DataFrame(found).mean().to_dict() | {"runs": runs})
        print(rows[-1], flush=True)
    return pd.DataFrame(rows).round(3)


# --- difference in differences: few places, and trends that differ ----------------------------------------------------

#: treated places, other places, drift of the treated a month
PLACES = {"2 against 2": (2, 2, 0.0), "1 against 8": (1, 8, 0.0), "3 against 5": (3, 5, 0.0),
          "10 against 10": (10, 10, 0.0), "10 against 10, drifting apart": (10, 10, 0.15)}  # fmt: skip


def places(case: str, seed: int, *, effect: float = 1.0, periods: int = 12, customers: int = 40) -> Panel:
    """Places with customers; months of a place are alike."""
    treated, others, lean = PLACES[case]
    rng = np.random.default_rng(seed)
    shape = (treated + others, periods)
    mean = 5 + rng.normal(0, 1, (shape[0], 1)) + np.sin(np.arange(periods)) + correlated(rng, shape, 0.6)
    own = np.arange(shape[0]) < treated
    mean = mean + own[:, None] * (effect * (np.arange(periods) >= 6) + lean * np.arange(periods))
    seen = mean + rng.normal(0, 2, shape) / np.sqrt(customers)
    start = np.where(own, 6, periods)
    return panel_from(seen, start, n=np.full(shape, float(customers)), variance=np.full(shape, 4.0))


def did(runs: int = RUNS["did"], cases=PLACES) -> pd.DataFrame:
    """A row a kind of places: case, stated, measured (coverage), naive (coverage were customers independent), shuffled
    (how often shuffling refuses no effect at 10 % where there is none), fired (how often trends are said to differ),
    told (how often that is said, or that a drift as large as the effect would hardly have been seen)."""
    rows = []
    for case in cases:
        found = []
        for seed in range(runs):
            panel = places(case, seed)
            cells = contrasts(panel)
            weights = per_treated(cells, cells.since >= 0)
            value = float(weights @ cells.effect)
            error, degrees = cells.error(weights)
            reach = t.ppf((1 + LEVEL) / 2, degrees) * error
            naive = 1.645 * np.sqrt(4 / 40 / 6 * 2 * (1 / panel.treated.sum() + 1 / (~panel.treated).sum()))
            change = panel.mean[:, 6:].mean(1) - panel.mean[:, :6].mean(1) - panel.treated
            shuffled = shuffle(change[panel.treated], change[~panel.treated], level=0.99999, rng=seed)
            before = drift(panel)
            found.append({"measured": abs(value - 1) <= reach, "naive": abs(value - 1) <= naive,
                          "shuffled": shuffled.p_value <= 1 - LEVEL, "fired": before.p_value < 1 - LEVEL,
                          "told": not all(c.passed for c in before.checks(panel, value, level=LEVEL))})  # fmt: skip
        rows.append({"case": case, "stated": LEVEL} | pd.DataFrame(found).mean().to_dict() | {"runs": runs})
        print(rows[-1], flush=True)
    return pd.DataFrame(rows).round(3)


# --- synthetic control: a place among others, and one that none is like -----------------------------------------------

MIXES = {"one of the places": 0.0, "far from all places": 6.0}


def mixed(case: str, seed: int, *, effect: float = 0.0, donors: int = 24, before: int = 24, after: int = 8) -> Panel:
    """Places that follow three common movements, each in its measure; no effect."""
    rng = np.random.default_rng(seed)
    periods = before + after
    common = np.cumsum(rng.normal(0, 0.5, (3, periods)), axis=1)
    loads = rng.dirichlet(np.ones(3), donors + 1)
    loads[0] += MIXES[case] * np.array([1.0, -1.0, 0.0])
    mean = 10 + loads @ common + correlated(rng, (donors + 1, periods), 0.3) * 0.3
    mean[0, before:] += effect
    return panel_from(mean, [before] + [periods] * donors)


def mixes(runs: int = RUNS["synthetic"], cases=MIXES) -> pd.DataFrame:
    """A row a kind of place: case, stated, measured (coverage of the mix), with_periods (coverage of synthetic
    difference in differences), ranked (how often the rank refuses no effect at 10 % where there is none), fired (how
    often the fit before is said to be poor), believed (share of the runs under all checks that cover)."""
    rows = []
    for case in cases:
        found = []
        for seed in range(runs):
            said = synthetic_control(mixed(case, seed), level=LEVEL).finding
            mix, other = said.table.iloc[0], said.table.iloc[1]
            fired = any("against that of a usual donor" in c.name for c in said.failed)
            found.append({"measured": mix["effect_low"] <= 0 <= mix["effect_high"],
                          "with_periods": other["effect_low"] <= 0 <= other["effect_high"],
                          "ranked": mix["p_value"] <= 1 - LEVEL, "fired": fired})  # fmt: skip
        rows.append({"case": case, "stated": LEVEL} | pd.DataFrame(found).mean().to_dict() | {"runs": runs})
        print(rows[-1], flush=True)
    return pd.DataFrame(rows).round(3)


# --- discontinuity: bent curves, and rows moved across the cut-off ----------------------------------------------------


def _lee(x):
    return np.where(x < 0, 0.48 + 1.27 * x + 7.18 * x**2 + 20.21 * x**3 + 21.54 * x**4 + 7.33 * x**5,
                    0.52 + 0.84 * x - 3 * x**2 + 7.99 * x**3 - 9.01 * x**4 + 3.56 * x**5)  # fmt: skip


def _steep(x):
    return np.where(x < 0, 3.71 + 2.30 * x + 3.28 * x**2 + 1.45 * x**3, 0.26 + 18.49 * x - 54.81 * x**2 + 74.30 * x**3
                    - 45.02 * x**4 + 9.83 * x**5)  # fmt: skip


#: curve, jump, rows, share of those just before the cut-off who move beyond it
CUTOFFS = {
    "gently bent, 300 rows": (_lee, 0.04, 300, 0.0),
    "gently bent, 1,000 rows": (_lee, 0.04, 1000, 0.0),
    "steeply bent, 1,000 rows": (_steep, -3.45, 1000, 0.0),
    "rows moved across, 1,000 rows": (_lee, 0.04, 1000, 0.6),
}


def cutoff(case: str, seed: int) -> Running:
    """Rows around a cut-off at 0."""
    curve, _jump, size, moved = CUTOFFS[case]
    rng = np.random.default_rng(seed)
    x = 2 * rng.beta(2, 4, size) - 1
    y = curve(x) + rng.normal(0, 0.1295, size)
    if moved:
        # those who know to place themselves are those who would have done well anyway
        able = (x < 0) & (x > -0.1) & (y > curve(x)) & (rng.random(size) < moved)
        x = np.where(able, -x, x)
    order = np.argsort(x)
    return Running(x[order], np.ones(size), y[order], np.zeros(size), "outcome", "score", (0.0,), simulated=True)


def discontinuity(runs: int = RUNS["discontinuity"], cases=CUTOFFS) -> pd.DataFrame:
    """A row a kind of rows: case, stated, measured (coverage, corrected for bias), lines (coverage of lines as they
    are), width, fired (how often the number of rows is said to jump, at 5 %)."""
    rows = []
    for case in cases:
        true, found = CUTOFFS[case][1], []
        for seed in range(runs):
            of = cutoff(case, seed)
            h = coverage_bandwidth(of)
            near, far = jump(of, bandwidth=h, order=2).ends(LEVEL), jump(of, bandwidth=h).ends(LEVEL)
            crowd = density_jump(of)
            found.append({"measured": near[0] <= true <= near[1], "lines": far[0] <= true <= far[1],
                          "width": near[1] - near[0], "fired": crowd is not None and crowd.p_value < 0.05})  # fmt: skip
        rows.append({"case": case, "stated": LEVEL} | pd.DataFrame(found).mean().to_dict() | {"runs": runs})
        print(rows[-1], flush=True)
    return pd.DataFrame(rows).round(3)


TABLES = {"interrupted": interrupted, "did": did, "synthetic": mixes, "discontinuity": discontinuity}

if __name__ == "__main__":
    import sys

    for name in sys.argv[1:] or TABLES:
        TABLES[name]().to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")
