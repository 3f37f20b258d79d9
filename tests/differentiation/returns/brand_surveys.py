"""Simulated customers who rate three shops and tell where they bought last and buy next."""

import numpy as np
import pandas as pd

BRANDS, DRIVERS = ("Chain", "Corner", "Kiosk"), ("price", "staff", "taste")
INERTIA, SLOPES = 1.2, np.array([0.0, 0.8, 0.3])
_MEANS = np.array([[0.4, 0.0, 0.1], [0.0, 0.5, 0.2], [0.0, -0.4, 0.0]])


def people(n: int, seed: int):
    """Ratings (n, brand, driver), brand bought last and next."""
    rng = np.random.default_rng(seed)
    halo = rng.normal(0, 0.7, (n, 1, 1))
    ratings = np.clip(np.round(3.4 + _MEANS + halo + rng.normal(0, 0.8, (n, 3, 3))), 1, 5)

    def pick(utility):
        return (utility + rng.gumbel(size=utility.shape)).argmax(1)

    last = pick(ratings @ SLOPES)
    for _ in range(4):
        last = pick(ratings @ SLOPES + INERTIA * np.eye(3)[last])
    return ratings, last, pick(ratings @ SLOPES + INERTIA * np.eye(3)[last])


def survey(n: int = 400, seed: int = 1) -> pd.DataFrame:
    """The same as a table of surveys with columns last_brand and next_brand."""
    ratings, last, after = people(n, seed)
    i, b, d = (index.ravel() for index in np.indices(ratings.shape))
    brand = np.array(BRANDS)
    return pd.DataFrame(
        {"response_id": i, "brand": brand[b], "question": np.array(DRIVERS)[d], "score": ratings.ravel(),
         "scale_min": 1, "scale_max": 5, "last_brand": brand[last][i], "next_brand": brand[after][i]}
    )  # fmt: skip


def choices(n: int = 400, seed: int = 1) -> pd.DataFrame:
    """The same as a table of choices with a column bought_last."""
    ratings, last, after = people(n, seed)
    i, b = (index.ravel() for index in np.indices(ratings.shape[:2]))
    return pd.DataFrame(
        {"respondent_id": i, "task": 1, "alternative": np.array(BRANDS)[b], "chosen": (after[i] == b).astype(int),
         "bought_last": (last[i] == b).astype(int)} | dict(zip(DRIVERS, ratings.reshape(-1, 3).T, strict=True))
    )  # fmt: skip
