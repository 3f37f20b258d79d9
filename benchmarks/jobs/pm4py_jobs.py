"""The job of pm4py, run by its own environment: its directly-follows graphs. Prints one line of JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import warnings
from importlib.metadata import version


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=("journey",))
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    import pandas as pd
    import pm4py

    before = resource.getrusage(resource.RUSAGE_SELF)
    start, used = time.perf_counter(), before.ru_utime + before.ru_stime
    parts, began = {}, start

    def lap(name):
        nonlocal began
        parts[name], began = time.perf_counter() - began, time.perf_counter()

    frame = pd.read_parquet(arguments.data)
    rows = len(frame)
    frame["user_id"] = frame["user_id"].astype(str)  # it takes no numbers for cases
    log = pm4py.format_dataframe(frame, case_id="user_id", activity_key="event", timestamp_key="timestamp")
    lap("log")
    graph, starts, ends = pm4py.discover_dfg(log)
    performance, _, _ = pm4py.discover_performance_dfg(log)
    lap("transitions")
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    top = max(graph, key=graph.get)
    json.dump(
        {
            "seconds": seconds,
            "cpu_seconds": after.ru_utime + after.ru_stime - used,
            "rows": rows,
            "parts": parts,
            "transitions": int(sum(graph.values())),
            "median_gap_s": float(performance[top]["median"]),
            "versions": {n: version(n) for n in ("pm4py", "pandas")},
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
