"""Simulate surveys whose touchpoints' true scores are known, and compare pooled scores with those of each by itself.

    python -m tests.recovery.pooled

writes `pooled_coverage.csv` beside this file: a row a world.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.experience.scores.ordinal import category_shares
from cxlab.experience.scores.pooling import sample_pooled
from cxlab.montecarlo import estimate

TABLE = Path(__file__).with_name("pooled_coverage.csv")
DATA_SETS, DRAWS = 200, 1500
#: shares of answers at a touchpoint like most: an NPS question with many 8 to 10, and satisfaction from 1 to 5
NPS = np.array([0.03, 0.02, 0.02, 0.03, 0.03, 0.08, 0.07, 0.12, 0.20, 0.16, 0.24])
STARS = np.array([0.05, 0.08, 0.17, 0.40, 0.30])
WORTH = {11: np.r_[np.full(7, -100.0), 0, 0, 100, 100], 5: np.arange(1.0, 6)}
#: world: shares, touchpoints, fewest and most answers at one, spread of touchpoints in log odds, shape of the spread
WORLDS = {
    "NPS, 12 touchpoints of 10 to 80": (NPS, 12, 10, 80, 0.5, "normal"),
    "NPS, 12 touchpoints of 10 to 80, nearly alike": (NPS, 12, 10, 80, 0.1, "normal"),
    "NPS, 30 touchpoints of 5 to 40": (NPS, 30, 5, 40, 0.5, "normal"),
    "NPS, 5 touchpoints of 40 to 200": (NPS, 5, 40, 200, 0.5, "normal"),
    "1 to 5, 8 touchpoints of 15": (STARS, 8, 15, 15, 0.5, "normal"),
    "1 to 5, 12 touchpoints of 10 to 80, far apart": (STARS, 12, 10, 80, 1.0, "normal"),
    "1 to 5, 12 touchpoints of 10 to 80, heavy tails": (STARS, 12, 10, 80, 0.5, "t"),
    "1 to 5, 20 touchpoints of 30, two kinds": (STARS, 20, 30, 30, 0.5, "two"),
}


def world(name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of answers, shape (touchpoints, categories), and the true value of every touchpoint."""
    shares, touchpoints, fewest, most, spread, shape = WORLDS[name]
    rng = np.random.default_rng(seed)
    below = np.cumsum(shares)[:-1]
    draw = {"normal": rng.standard_normal(touchpoints), "t": rng.standard_t(4, touchpoints) / np.sqrt(2),
            "two": rng.choice([-1.0, 1.0], touchpoints)}[shape]  # fmt: skip
    p = category_shares(np.log(below / (1 - below)), spread * draw)
    size = rng.integers(fewest, most + 1, touchpoints)
    return np.array([rng.multinomial(n, q) for n, q in zip(size, p, strict=True)]), p @ WORTH[len(shares)]


def recover(name: str, seed: int) -> dict:
    """What one simulated survey gives: share held, squared errors pooled and by itself, width, k̂."""
    counts, truth = world(name, seed)
    worth = WORTH[counts.shape[1]]
    found = sample_pooled(counts, draws=DRAWS, rng=seed + 10**6)
    e = estimate(found.shares @ worth, found.weights, quantiles=(0.05, 0.95))
    own = counts @ worth / counts.sum(1)
    return {
        "world": name,
        "coverage": float(((e.quantiles[0] <= truth) & (truth <= e.quantiles[1])).mean()),
        "rmse_pooled": float(np.square(e.mean - truth).mean()),
        "rmse_alone": float(np.square(own - truth).mean()),
        "width": float((e.quantiles[1] - e.quantiles[0]).mean()),
        "refused": float(found.k_hat >= 0.7),
    }


def recovered(data_sets: int = DATA_SETS) -> pd.DataFrame:
    """world, coverage (of 90 % intervals), rmse_pooled, rmse_alone, width, refused (share by k̂), data_sets."""
    table = pd.DataFrame([recover(name, seed) for name in WORLDS for seed in range(data_sets)])
    table = table.groupby("world", sort=False).mean().reset_index()
    for column in ("rmse_pooled", "rmse_alone"):
        table[column] = np.sqrt(table[column])
    return table.round(4).assign(data_sets=data_sets)


if __name__ == "__main__":
    recovered().to_csv(TABLE, index=False, lineterminator="\n")
    print(TABLE.read_text())
