"""Simulate surveys whose shares of R² are known exactly, and count how often the 90 % interval holds them.

    python -m tests.recovery.drivers

writes `driver_coverage.csv` beside this file: a row a number of respondents and of gaps.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.experience.drivers.key_drivers import driver_shares, key_drivers
from cxlab.experience.drivers.ratings import Ratings
from cxlab.experience.drivers.shares import lmg_shares

TABLE = Path(__file__).with_name("driver_coverage.csv")
DATA_SETS, DRAWS = 100, 200
CASES = tuple((n, gaps) for n in (50, 100, 400) for gaps in (0.0, 0.2))
WEIGHTS = np.array([0.5, 0.35, 0.2, 0.1, 0.05, 0.0])
COMMON, EXPLAINED = 0.4, 0.55


def truth() -> np.ndarray:
    """Correlations of the outcome (first) and six drivers."""
    drivers = COMMON + (1 - COMMON) * np.eye(len(WEIGHTS))
    cross = drivers @ WEIGHTS
    scale = np.sqrt(EXPLAINED / (WEIGHTS @ cross))
    r = np.eye(len(WEIGHTS) + 1)
    r[0, 1:] = r[1:, 0] = cross * scale
    r[1:, 1:] = drivers
    return r


def recover(n: int, gaps: float, seed: int) -> pd.DataFrame:
    """One survey: which explained and shared parts were held, a row a driver."""
    rng = np.random.default_rng(seed)
    r = truth()
    known = lmg_shares(r)
    x = rng.normal(size=(n, len(r))) @ np.linalg.cholesky(r).T
    x[:, 1:][rng.random((n, len(WEIGHTS))) < gaps] = np.nan
    names = [f"driver {i}" for i in range(len(WEIGHTS))]
    rows = pd.DataFrame(x, columns=["overall", *names]).assign(n=1)
    rows = rows[rows[names].notna().any(axis=1)].reset_index(drop=True)
    found = key_drivers(driver_shares(Ratings(rows, "overall", tuple(names)), draws=DRAWS, rng=seed)).table
    found = found.set_index("driver").loc[names]
    part = known / known.sum()
    return pd.DataFrame(
        {"explained": (found["low"] <= known) & (known <= found["high"]),
         "share": (found["share_low"] <= part) & (part <= found["share_high"]),
         "first": np.full(len(names), found["rank"].idxmin() == names[0]), "p_first": found["p_first"].max()}
    )  # fmt: skip


def recovered(data_sets: int = DATA_SETS) -> pd.DataFrame:
    """respondents, gaps, data_sets, coverage of what each driver explains and of its share, and of being called first:
    how often rightly (first) and with what probability (p_first)."""
    rows = []
    for n, gaps in CASES:
        held = pd.concat([recover(n, gaps, 1000 * n + s) for s in range(data_sets)]).mean()
        rows.append({"respondents": n, "gaps": gaps, "data_sets": data_sets} | held.round(4).to_dict())
    return pd.DataFrame(rows)


if __name__ == "__main__":
    recovered().to_csv(TABLE, index=False)
    print(TABLE.read_text())
