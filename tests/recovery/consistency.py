"""Simulate visits whose variances are known, and count how often the 90 % interval of each share holds the truth.

    python -m tests.recovery.consistency

writes `consistency_coverage.csv` beside this file: a row a world.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.experience.scores.variances import Cells, variance_components

TABLE = Path(__file__).with_name("consistency_coverage.csv")
DATA_SETS = 300
#: world: staff, customers (0: not told apart), visits, sd of staff, sd of customers (that of the rest is 1)
WORLDS = {
    "8 staff, 200 visits": (8, 0, 200, 0.4, 0.0),
    "15 staff, 120 visits": (15, 0, 120, 0.3, 0.0),
    "20 staff who are alike, 300 visits": (20, 0, 300, 0.0, 0.0),
    "10 staff, 80 customers, 240 visits": (10, 80, 240, 0.4, 0.6),
    "20 staff, 150 customers, 500 visits": (20, 150, 500, 0.3, 0.5),
    "10 staff who are alike, 100 customers, 250 visits": (10, 100, 250, 0.0, 0.5),
    "6 staff, 40 customers who are alike, 160 visits": (6, 40, 160, 0.5, 0.0),
}


def recover(name: str, seed: int) -> dict:
    """Whether the intervals of one simulated business hold the shares of customers, staff and the rest."""
    staff, customers, n, sd_staff, sd_customers = WORLDS[name]
    rng = np.random.default_rng(seed)
    by = rng.choice(staff, n, p=rng.dirichlet(np.full(staff, 2.0)))  # some serve far more than others
    who = rng.choice(customers, n, p=rng.dirichlet(np.full(customers, 2.0))) if customers else np.zeros(n, dtype=int)
    y = rng.normal(0, sd_staff, staff)[by] + rng.normal(0, sd_customers, customers + 1)[who] + rng.normal(0, 1, n)
    by, who = np.unique(by, return_inverse=True)[1], np.unique(who, return_inverse=True)[1]
    cell, at = np.unique(who * staff + by, return_inverse=True)
    cells = Cells(cell // staff, cell % staff, np.bincount(at).astype(float), np.bincount(at, y), float(y @ y))
    found = variance_components(cells, customers=customers > 0)
    truth = np.array([sd_customers**2, sd_staff**2, 1.0]) / (sd_customers**2 + sd_staff**2 + 1)
    held = [low <= share <= high for share, (low, high) in zip(truth, map(found.interval, range(3)), strict=True)]
    return {"world": name, "customers": float(held[0]) if customers else np.nan, "staff": float(held[1]),
            "rest": float(held[2])}  # fmt: skip


def recovered(data_sets: int = DATA_SETS) -> pd.DataFrame:
    """world, coverage of 90 % intervals of the shares of customers, staff and rest, data_sets."""
    table = pd.DataFrame([recover(name, seed) for name in WORLDS for seed in range(data_sets)])
    return table.groupby("world", sort=False).mean().round(4).reset_index().assign(data_sets=data_sets)


if __name__ == "__main__":
    recovered().to_csv(TABLE, index=False, lineterminator="\n")
    print(TABLE.read_text())
