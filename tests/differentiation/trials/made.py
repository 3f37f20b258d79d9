"""Tables of trials made for tests."""

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.read_trial import Trial


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


def counted(frame: pd.DataFrame, kind: str) -> Trial:
    """A trial as `read_trial` counts it, without the engine: for tests that count hundreds of them."""
    cells = []
    for (arm, site), own in frame.assign(site=frame.get("site", "")).groupby(["arm", "site"]):
        y, both = own["outcome"].to_numpy(float), own[own["before"].notna()] if "before" in own else own.head(0)
        log, x, yx = (
            np.log(y[y > 0]),
            both.get("before", both["outcome"]).to_numpy(float),
            both["outcome"].to_numpy(float),
        )
        cells.append({
            "arm": arm, "site": site, "n": len(y), "mean": y.mean(), "var": y.var(), "cube": (y**3).mean(),
            "least": y.min(), "most": y.max(), "whole": float((y % 1 == 0).mean()), "positive": len(log),
            "log_mean": log.mean() if len(log) else 0.0, "log_var": log.var() if len(log) else 0.0, "known": len(x),
            "x_mean": x.mean() if len(x) else 0.0, "x_var": x.var() if len(x) else 0.0,
            "y_mean": yx.mean() if len(x) else 0.0, "y_var": yx.var() if len(x) else 0.0,
            "xy": np.cov(x, yx, ddof=0)[0, 1] if len(x) > 1 else 0.0,
        })  # fmt: skip
    assigned = "site" if "site" in frame and frame.groupby("site")["arm"].nunique().max() == 1 else "unit"
    names = sorted(set(frame["arm"]), key=lambda arm: (arm not in ("usual", "A", "arm 0"), arm))
    return Trial(pd.DataFrame(cells), tuple(names), "outcome", kind, assigned=assigned)
