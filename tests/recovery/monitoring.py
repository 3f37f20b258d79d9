"""Watch businesses whose level is known, and count false alarms and how long a true change takes to show.

    python -m tests.recovery.monitoring

writes `monitoring.csv` beside this file: a row a kind of series.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from cxlab.experience.monitor.control import control_chart
from cxlab.experience.monitor.kpi import A_YEAR, Kpi
from cxlab.experience.monitor.periods import read_kpi

TABLE = Path(__file__).with_name("monitoring.csv")
RUNS, BASELINE, WATCHED = 200, 52, 104
#: weeks watched before the change comes
QUIET = 20


@dataclass(frozen=True)
class Case:
    """A kind of weekly series.

    Parameters
    ----------
    n : answers a week, Poisson
    level : share satisfied, or mean on 1 … 5 or NPS
    spread : standard deviation between weeks, of log odds
    wave : height of the season, of log odds
    change : of the level, from the 21st week watched on
    """

    n: float
    level: float
    kind: str = "share"
    spread: float = 0.0
    wave: float = 0.0
    change: float = -0.1
    baseline: int = BASELINE


CASES = {
    "share 80 %, 30 a week": Case(30, 0.8),
    "share 95 %, 12 a week": Case(12, 0.95),
    "share 70 %, 4 a week": Case(4, 0.7, change=-0.2),
    "share 3 %, 400 a week": Case(400, 0.03, change=0.015),
    "share 80 %, 150 a week, weeks differ": Case(150, 0.8, spread=0.35),
    "share 75 %, 60 a week, season": Case(60, 0.75, wave=0.4, baseline=104),
    "NPS 30, 25 a week": Case(25, 30.0, kind="nps", change=-20.0),
    "means of 12 a week": Case(12, 4.0, kind="mean", change=-0.25),
}


def series(case: Case, seed: int, *, changed: bool) -> Kpi:
    """One business of a kind, as it is read."""
    rng = np.random.default_rng(seed)
    weeks = case.baseline + WATCHED
    start = pd.date_range("2020-01-06", periods=weeks, freq="W-MON", name="period")
    n = rng.poisson(case.n, weeks)
    shift = np.where(np.arange(weeks) >= case.baseline + QUIET, case.change, 0.0) * changed
    if case.kind == "mean":
        answers = [rng.normal(case.level + d, 1.0, k) for d, k in zip(shift, n, strict=True)]
        table = pd.DataFrame({"period": start, "n": n, "mean": [a.mean() if len(a) else np.nan for a in answers],
                              "sd": [a.std(ddof=1) if len(a) > 1 else np.nan for a in answers]})  # fmt: skip
        return read_kpi(table)
    if case.kind == "nps":
        likely = np.array([0.2, 0.3, 0.5])
        scores = [rng.choice([3, 8, 10], k, p=likely - [d / 200, 0, -d / 200]) for d, k in zip(shift, n, strict=True)]
        days = np.repeat(start.to_numpy(), n)
        table = pd.DataFrame({"timestamp": days, "score": np.concatenate(scores), "question": "nps", "scale_min": 0,
                              "scale_max": 10})  # fmt: skip
        return read_kpi(table, until=start[-1] + pd.Timedelta(days=6))
    wave = case.wave * np.sin(2 * np.pi * (start.day_of_year.to_numpy() + 2.5) / 365.25)
    p = expit(logit(case.level + shift) + wave + case.spread * rng.standard_normal(weeks))
    return read_kpi(pd.DataFrame({"period": start, "events": rng.binomial(n, p), "n": n}))


def watch(case: Case, seed: int, *, changed: bool) -> dict:
    """What one business told: weeks at risk, first alarm (none: 0), stated chance in these weeks, stated delay."""
    kpi = series(case, seed, changed=changed)
    season = "auto" if case.wave else "none"
    chart = control_chart(kpi, baseline=case.baseline, season=season, change=case.change)
    signal = (chart.table["signal"] != "").to_numpy()[case.baseline :]
    first = int(np.argmax(signal)) + 1 if signal.any() else 0
    weeks = first or len(signal)
    chance = np.nan_to_num(chart.limits.chance[case.baseline :])
    found = {"weeks": weeks, "alarm": bool(first), "expected": float(chance[:weeks].sum())}
    if changed:
        late = first - QUIET
        found |= {
            "stated": chart.delay(case.change, chance=0.5),
            "delay": late if late > 0 else np.nan if first else 999,
        }
    return found


def measured(runs: int = RUNS, cases=CASES) -> pd.DataFrame:
    """A row a kind of series: case, stated and measured false alarms a year, error (standard error of the measured),
    stated_delay and delay (median weeks until the change shows), runs."""
    rows = []
    for name, case in cases.items():
        quiet = pd.DataFrame([watch(case, 5000 + seed, changed=False) for seed in range(runs)])
        moved = pd.DataFrame([watch(case, 90_000 + seed, changed=True) for seed in range(runs // 2)])
        years = quiet["weeks"].sum() / A_YEAR["week"]
        rows.append(
            {"case": name, "stated": quiet["expected"].sum() / years, "measured": quiet["alarm"].sum() / years,
             "error": max(quiet["alarm"].sum(), 1) ** 0.5 / years, "stated_delay": moved["stated"].median(),
             "delay": moved["delay"].dropna().median(), "runs": runs}
        )  # fmt: skip
        print(pd.DataFrame(rows[-1:]).to_string(header=len(rows) == 1), flush=True)
    return pd.DataFrame(rows).round(4)


if __name__ == "__main__":
    measured().to_csv(TABLE, index=False, lineterminator="\n")
