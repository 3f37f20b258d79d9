"""Measure cxlab beside other packages: the same data, one job a process, one after the other.

    python benchmarks/run.py                 everything (an hour or two: Pareto/NBD elsewhere is slow)
    python benchmarks/run.py --quick         smaller logs, no job above ten minutes (about fifteen minutes)
    python benchmarks/run.py --only summary  one part: posterior, summary, predict, growth, journey, drivers, feedback,
                                             scores, choice or plans

Writes benchmarks/results.json, and benchmarks/README.md from it. Parts that are not run keep their last results.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
from pathlib import Path

from measure import HERE, SCRATCH, measure
from tables import write_readme

RESULTS = HERE / "results.json"
HOUR = 3600.0


def simulated(name: str, **size) -> Path:
    """A simulated log of a size, made when it is not there."""
    path = SCRATCH / f"{name}.parquet"
    if not path.exists():
        measure("cxlab", "prepare", limit_seconds=HOUR, out=path, **size)
    return path


def posterior(quick: bool, limit: float):
    """Posteriors of CDNOW: fast, NUTS, and the peer's NUTS (and its gradient-free sampler of Pareto/NBD)."""
    sizes = ["cdnow-sample"] if quick else ["cdnow-sample", "cdnow"]
    for data in sizes:
        rfm = SCRATCH / f"{data}.csv"
        measure("cxlab", "prepare", limit_seconds=limit, data=data, out=rfm)
        for model in ("bg_nbd", "mbg_nbd", "pareto_nbd"):
            for sampler in ("fast", "nuts"):
                yield measure("cxlab", "fit", limit_seconds=limit, data=data, model=model, sampler=sampler)
            for method in ("demz", "mcmc") if model == "pareto_nbd" else ("mcmc",):
                found = measure("pymc-marketing", "fit", limit_seconds=limit, data=rfm, model=model, method=method)
                yield found | {"customers": 2357 if data == "cdnow-sample" else 23570}


def summary(quick: bool, limit: float):
    """Order logs summarised: integer customer ids, which favour the peers, and text ids, as most logs have."""
    logs = [("cdnow", SCRATCH / "cdnow.parquet", 69_659)]
    measure("cxlab", "prepare", limit_seconds=limit, out=logs[0][1])
    for name, rows in (("1m", 1_000_000), ("10m", 10_000_000))[: 1 if quick else 2]:
        for text in (False, True):
            label = f"rows-{name}{'-text' if text else ''}"
            logs.append((label, simulated(label, rows=rows, text=text), rows))
    for name, path, rows in logs:
        for package in ("cxlab", "pymc-marketing", "lifetimes"):
            found = measure(package, "summary", limit_seconds=limit, data=path)
            yield found | {"log": name, "rows": rows, "ids": "text" if name.endswith("text") else "integer"}


def predict(quick: bool, limit: float):
    """Mean, sd and quantiles of every customer's purchases; the peer with the same draws, as far as it gets."""
    for customers in (10_000, 100_000, 1_000_000):
        path = simulated(f"customers-{customers}", customers=customers)
        theta, rfm = SCRATCH / "theta.npy", SCRATCH / f"customers-{customers}.csv"
        forecast = SCRATCH / "forecast.parquet"
        yield measure(
            "cxlab", "predict", limit_seconds=limit, data=path, draws=400, theta=theta, out=forecast
        ) | {"customers": customers}  # fmt: skip
        measure("cxlab", "prepare", limit_seconds=limit, data=path, out=rfm)
        found = measure("pymc-marketing", "predict", limit_seconds=limit, limit_gb=16, data=rfm, draws=theta)
        yield found | {"customers": customers, "limit_gb": 16, "draws": 400}


def growth(quick: bool, limit: float):
    """Cost of summary, fit and forecast by customers, on simulated logs."""
    for customers in (2_357, 23_570, 100_000, 1_000_000):
        path = simulated(f"customers-{customers}", customers=customers)
        for grain in ("day", "week"):
            for model in ("bg_nbd",) if quick else ("bg_nbd", "pareto_nbd"):
                yield measure(
                    "cxlab", "predict", limit_seconds=limit, data=path, grain=grain, model=model, draws=400,
                    out=SCRATCH / "forecast.parquet",
                ) | {"job": "growth", "customers": customers}  # fmt: skip


def journey(quick: bool, limit: float):
    """Logs of contacts, from the file to transitions, step matrix, funnel and removal effects, as far as each goes."""
    sizes = [("1m", 1_000_000)] if quick else [("1m", 1_000_000), ("10m", 10_000_000)]
    for name, contacts in sizes:
        for text in (False, True):
            path = contact_log(f"contacts-{name}{'-text' if text else ''}", rows=contacts, text=text)
            for package in ("cxlab", "retentioneering", "pm4py"):
                found = measure(package, "journey", limit_seconds=limit, data=path)
                yield found | {"log": name, "contacts": contacts, "ids": "text" if text else "integer"}
    if not quick:
        path = contact_log("contacts-60m", rows=60_000_000, text=False)
        found = measure("cxlab", "journey", limit_seconds=limit, data=path)
        yield found | {"log": "60m", "contacts": 60_000_000, "ids": "integer"}


def drivers(quick: bool, limit: float):
    """Exact shares of R² of 15 drivers in 500 draws, from a table with a row an answer; with gaps, too."""
    for respondents in (1_811, 100_000):
        for gaps in (False, True):
            path = SCRATCH / f"answers-{respondents}{'-gaps' if gaps else ''}.parquet"
            if not path.exists():
                measure("cxlab", "answers", limit_seconds=HOUR, out=path, rows=respondents, text=gaps)
            found = measure("cxlab", "drivers", limit_seconds=limit, data=path, draws=500)
            yield found | {"gaps": gaps}


def contact_log(name: str, *, rows: int, text: bool) -> Path:
    """A simulated log of contacts of a size, made when it is not there."""
    path = SCRATCH / f"{name}.parquet"
    if not path.exists():
        measure("cxlab", "contacts", limit_seconds=HOUR, out=path, rows=rows, text=text)
    return path


def feedback(quick: bool, limit: float):
    """Texts of customers, from the file to sentiment, themes, matrix and what is new."""
    for rows in (10_000, 100_000):
        path = SCRATCH / f"texts-{rows}.parquet"
        if not path.exists():
            measure("cxlab", "texts", limit_seconds=HOUR, out=path, rows=rows)
        yield measure("cxlab", "feedback", limit_seconds=limit, data=path)


def scores(quick: bool, limit: float):
    """Answers to surveys, from a Parquet file to the NPS by touchpoint, brand and month: read as is, and by cx.load."""
    for rows in (100_000, 1_000_000):
        path = SCRATCH / f"surveys-{rows}.parquet"
        if not path.exists():
            measure("cxlab", "surveys", limit_seconds=HOUR, out=path, rows=rows)
        for door in (False, True):
            yield measure("cxlab", "scores", limit_seconds=limit, data=path, whole=door)


def choice(quick: bool, limit: float):
    """Part-worths of people who chose between electricity contracts; nobody gets more than ten minutes."""
    for people in (60,) if quick else (60, 361):
        path = SCRATCH / f"choices-{people}.csv"
        measure("cxlab", "choices", limit_seconds=HOUR, out=path, customers=people)
        for package in ("cxlab", "pymc-marketing"):
            job = {"cxlab": "part_worths", "pymc-marketing": "mixed_logit"}[package]
            yield measure(package, job, limit_seconds=min(limit, 600.0), data=path) | {"people": people}


def plans(quick: bool, limit: float):
    """The best plan of each of 500 draws, at any budget; HiGHS alone solves the first of them."""
    for budget in (0.5,) if quick else (0.25, 0.5, 0.75):
        for carry_over in (False, True):
            for alone in (0, 10):
                yield measure(
                    "cxlab", "plans", limit_seconds=limit, budget=budget, rows=alone, whole=carry_over
                ) | {"alone": alone, "budget": budget, "carry_over": carry_over}  # fmt: skip


PARTS = {"posterior": posterior, "summary": summary, "predict": predict, "growth": growth, "journey": journey,
         "drivers": drivers, "feedback": feedback, "scores": scores, "choice": choice, "plans": plans}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description="Measure cxlab beside other packages.")
    parser.add_argument("--quick", action="store_true", help="smaller logs, no job above ten minutes")
    parser.add_argument("--limit", type=float, help="seconds after which a job is ended (an hour; with --quick 600)")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part (may be given more than once)")
    arguments = parser.parse_args()
    limit = arguments.limit or (600.0 if arguments.quick else HOUR)
    if not hasattr(os, "wait4"):
        raise SystemExit("The benchmarks need Linux or macOS: they read the memory of a process from the system.")
    SCRATCH.mkdir(exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"parts": {}}
    for name in arguments.only or PARTS:
        print(f"{name}: {PARTS[name].__doc__}", flush=True)
        records = []
        for record in PARTS[name](arguments.quick, limit):
            records.append(record)
            # written after every job: an hour's measuring outlives an interruption
            results["parts"][name] = {
                "date": dt.date.today().isoformat(), "quick": arguments.quick, "records": records,
            }  # fmt: skip
            results["machine"] = f"{os.cpu_count()} cores, {memory_gb()} GB, {platform.system()}"
            RESULTS.write_text(json.dumps(results, indent=1, default=str) + "\n")
    print(write_readme(results))


def memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


if __name__ == "__main__":
    main()
