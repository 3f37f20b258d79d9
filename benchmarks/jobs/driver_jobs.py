"""Job of cxlab: drivers of 15 questions, exact shares of R² with draws, from answers in a Parquet file."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

QUESTIONS = 15


def answers(arguments):
    """Write answers of `--rows` respondents to an outcome and 15 drivers, with gaps on demand."""
    rng = np.random.default_rng(arguments.seed)
    felt = rng.normal(size=(arguments.rows, QUESTIONS)) + rng.normal(size=(arguments.rows, 1))
    overall = felt @ np.linspace(0.5, 0, QUESTIONS) + rng.normal(size=arguments.rows)
    ticked = np.clip(np.rint(6 + 1.5 * np.column_stack([overall / overall.std(), felt])), 1, 10)
    if arguments.text:  # here: with gaps
        skipped = rng.random(ticked[:, 1:].shape) < np.where(rng.random(QUESTIONS) < 0.4, 0.25, 0)
        ticked[:, 1:][skipped] = np.nan
    long = pd.DataFrame(
        {"response_id": np.repeat(np.arange(arguments.rows), QUESTIONS + 1),
         "question": np.tile(["overall", *(f"q{i:02}" for i in range(QUESTIONS))], arguments.rows),
         "score": ticked.ravel(), "scale_min": 1, "scale_max": 10}
    )  # fmt: skip
    long.to_parquet(arguments.out)
    return {"rows": len(long)}


def drivers(arguments):
    """Read, turn, draw and share: the finding a user gets, with the time of each part."""
    import ibis
    from cxlab_jobs import Clock

    from cxlab.experience.drivers.key_drivers import key_drivers
    from cxlab.experience.drivers.moments import rating_moments
    from cxlab.experience.drivers.ratings import read_ratings
    from cxlab.experience.drivers.shares import lmg_shares

    table = ibis.duckdb.connect().read_parquet(arguments.data)
    with Clock() as whole:
        ratings = read_ratings(table, outcome="overall")
        found = key_drivers(ratings, draws=arguments.draws)
    began = time.perf_counter()
    moments = rating_moments(ratings, draws=arguments.draws)
    drawn = time.perf_counter()
    lmg_shares(moments.correlations)
    return whole.both() | {
        "answers": int(table.count().execute()),
        "respondents": ratings.n,
        "complete": ratings.complete,
        "parts": {"moments": drawn - began, "shares": time.perf_counter() - drawn},
        "r_squared": float(found.table["explained"].sum()),
    }
