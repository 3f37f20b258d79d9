"""Made panels whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.panel import read_panel
from cxlab.differentiation.trials.panels import Panel
from tests.recovery.quasi import panel_from

MONTHS = pd.date_range("2024-01-01", periods=24, freq="MS")


def rows(**changes) -> pd.DataFrame:
    """Four places over six weeks, two of them treated from the fourth week on."""
    weeks = pd.date_range("2026-01-05", periods=6, freq="7D")
    table = pd.DataFrame({"unit_id": np.repeat(list("abcd"), 6), "timestamp": np.tile(weeks, 4),
                          "outcome": np.arange(24.0) % 7,
                          "treated_from": np.repeat([weeks[3], weeks[3], pd.NaT, pd.NaT], 6)})  # fmt: skip
    return table.assign(**changes)


def months(
    seed: int = 0, *, starts=(8, 13, 18), each: int = 6, never: int = 8, effect: float = 1.0, growth: float = 0.0,
    drift: float = 0.0, noise: float = 0.3,
) -> Panel:  # fmt: skip
    """Places over two years, groups treated at several months; an effect that may grow, and a drift of their own."""
    rng = np.random.default_rng(seed)
    t = np.arange(24)
    begins = np.array([at for at in starts for _place in range(each)] + [24] * never)
    since = t - begins[:, None]
    mean = 5 + rng.normal(0, 0.5, (len(begins), 1)) + 0.2 * np.sin(t / 2) + noise * rng.standard_normal(since.shape)
    mean += np.where(since >= 0, effect + growth * since, 0.0) + drift * t * (begins < 24)[:, None]
    return replace(panel_from(mean, begins), outcome="satisfaction")


def true_mean(starts=(8, 13, 18), *, effect: float, growth: float) -> float:
    """Mean effect over all treated months of `months`."""
    return float(np.mean([effect + growth * k for begins in starts for k in range(24 - begins)]))


def weekly(seed: int = 0, *, effect: float = 0.4, phi: float = 0.5, event: float = 0.0, others: int = 0,
           before: int = 70, after: int = 30) -> Panel:  # fmt: skip
    """A place's ratings, a row a guest, and perhaps other places that an event meets, too."""
    rng = np.random.default_rng(seed)
    size = before + after
    days = pd.date_range("2024-01-01", periods=size, freq="7D")
    parts = []
    for place in range(1 + others):
        alike = rng.standard_normal(size)
        for at in range(1, size):
            alike[at] = phi * alike[at - 1] + np.sqrt(1 - phi**2) * alike[at]
        mean = 4 + 0.1 * alike + (event + effect * (place == 0)) * (np.arange(size) >= before)
        n = rng.poisson(20, size) + 1
        parts.append(pd.DataFrame({
            "unit_id": f"shop {place}", "timestamp": np.repeat(days, n),
            "outcome": np.repeat(mean, n) + rng.normal(0, 0.5, n.sum()),
            "treated_from": days[before] if place == 0 else pd.NaT,
        }))  # fmt: skip
    return read_panel(pd.concat(parts), period="week", measured="stars", label="rating")


def check(finding, words: str):
    """The one check whose name holds these words."""
    (found,) = (c for c in finding.checks if words in c.name)
    return found
