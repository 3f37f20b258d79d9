"""The job of retentioneering, run by its own environment: its matrices of a log. Prints one line of JSON."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
import warnings
from importlib.metadata import version

os.environ["RETENTIONEERING_NO_TRACK"] = "1"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=("journey",))
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    import pandas as pd
    from retentioneering import Eventstream

    before = resource.getrusage(resource.RUSAGE_SELF)
    start, used = time.perf_counter(), before.ru_utime + before.ru_stime
    parts, began = {}, start

    def lap(name):
        nonlocal began
        parts[name], began = time.perf_counter() - began, time.perf_counter()

    frame = pd.read_parquet(arguments.data)
    rows = len(frame)
    stream = Eventstream(frame, {"path_cols": ["user_id"], "event_col": "event", "timestamp_col": "timestamp"})
    lap("log")
    counts = stream.transition_graph_data("count")
    stream.transition_graph_data("time_median")
    lap("transitions")
    stream.step_matrix_data(10)
    lap("step_matrix")
    funnel = stream.funnel_data(["Product page", "Basket", "Checkout", "Order"])
    lap("funnel")
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    json.dump(
        {
            "seconds": seconds,
            "cpu_seconds": after.ru_utime + after.ru_stime - used,
            "rows": rows,
            "parts": parts,
            "counts": str(getattr(counts, "shape", "")),
            "funnel_found": str(funnel)[:300],
            "versions": {n: version(n) for n in ("retentioneering", "duckdb", "pandas")},
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
