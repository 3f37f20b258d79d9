"""Tables of trials made for tests."""

import numpy as np
import pandas as pd


def arms(counts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """A row a unit: of each arm so many of so many did it."""
    frames = [pd.DataFrame({"arm": arm, "outcome": [1] * k + [0] * (n - k)}) for arm, (k, n) in counts.items()]
    return pd.concat(frames, ignore_index=True).assign(unit_id=lambda f: range(len(f)))


def valued(arms: dict[str, np.ndarray], **columns) -> pd.DataFrame:
    """A row a unit: the values of each arm."""
    frames = [pd.DataFrame({"arm": arm, "outcome": values}) for arm, values in arms.items()]
    return pd.concat(frames, ignore_index=True).assign(unit_id=lambda f: range(len(f)), **columns)


def by_site(sites: int, *, spread: float, effect: float = 0.0, units: int = 40, seed: int = 0) -> pd.DataFrame:
    """Units at sites that differ, every other site treated."""
    rng = np.random.default_rng(seed)
    frames = []
    for i in range(sites):
        level = 4 + rng.normal(0, spread) + effect * (i % 2)
        frames.append(pd.DataFrame({"site": f"site {i}", "arm": ["usual", "tried"][i % 2],
                                    "outcome": rng.normal(level, 1, units)}))  # fmt: skip
    return pd.concat(frames, ignore_index=True).assign(unit_id=lambda f: range(len(f)))
