"""The job of lifetimes, run by its own environment: its summary of an order log. Prints one line of JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import warnings
from importlib.metadata import version

import pandas as pd


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=("summary",))
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    from lifetimes.utils import summary_data_from_transaction_data

    log = pd.read_parquet(arguments.data)
    log["timestamp"] = pd.to_datetime(log["timestamp"])
    before = resource.getrusage(resource.RUSAGE_SELF)
    start, used = time.perf_counter(), before.ru_utime + before.ru_stime
    table = summary_data_from_transaction_data(log, "customer_id", "timestamp", "amount", freq="D")
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    measured = {
        "seconds": seconds,
        "cpu_seconds": after.ru_utime + after.ru_stime - used,
        "rows": len(log),
        "customers": len(table),
        "frequency": float(table["frequency"].sum()),
        "recency": float(table["recency"].sum()),
        "versions": {n: version(n) for n in ("lifetimes", "pandas", "numpy")},
    }
    json.dump(measured, sys.stdout)


if __name__ == "__main__":
    main()
