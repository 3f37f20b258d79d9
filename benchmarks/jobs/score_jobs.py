"""Answers to surveys, from the file to the net promoter score by touchpoint, brand and month with its intervals."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd

TOUCHPOINTS = ("Website", "Shop", "Till", "Delivery", "Help", "Newsletter", "Tasting", "Returns")
BRANDS = ("we", "rival A", "rival B")


def write_answers(out: Path, *, rows: int) -> dict:
    """Write answers of 0–10, each customer giving three or so over a year; 4 % left empty."""
    rng = np.random.default_rng(1)
    touchpoint, brand = rng.integers(0, len(TOUCHPOINTS), rows), rng.integers(0, len(BRANDS), rows)
    score = np.clip(np.round(rng.normal(8.2 - 0.2 * touchpoint - 0.3 * brand, 2.2)), 0, 10)
    table = pd.DataFrame(
        {
            "response_id": np.arange(rows).astype(str),
            "customer_id": rng.integers(0, max(rows // 3, 1), rows).astype(str),
            "timestamp": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365 * 24, rows), unit="h"),
            "question": "nps",
            "score": np.where(rng.random(rows) < 0.04, np.nan, score),
            "scale_min": 0,
            "scale_max": 10,
            "touchpoint": np.array(TOUCHPOINTS)[touchpoint],
            "brand": np.array(BRANDS)[brand],
        }
    )
    table.to_parquet(out)
    return {"rows": rows}


def from_file(path: str, clock, *, door: bool) -> dict:
    """Read, count and score; with `door` through cx.load, which reads and checks every row first."""
    import cxlab as cx
    from cxlab.data.engine import Engine
    from cxlab.experience.scores.answers import read_answers
    from cxlab.experience.scores.nps import net_promoter_score

    parts = {}
    with clock:
        began = time.perf_counter()

        def lap(name):
            nonlocal began
            parts[name], began = time.perf_counter() - began, time.perf_counter()

        if door:
            source = cx.load(path, table="surveys")
            kept = int(source.surveys.count().execute())
        else:
            source = Engine().backend.read_parquet(path)
            kept = int(source.count().execute())
        lap("read")
        answers = read_answers(source, question="nps", by=["touchpoint", "brand"], wave="month")
        lap("count")
        table = net_promoter_score(answers).table
        lap("score")
    return clock.both() | {"rows": kept, "groups": len(table), "parts": parts}
