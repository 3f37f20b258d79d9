"""Jobs of cxlab, one a process: prepare the data, summarise, fit, predict. Each prints one line of JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from driver_jobs import answers, drivers

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

#: last day the models see: 39 weeks, as in the papers
SPLIT = "1997-09-30"
HORIZON = 39.0


def model_of(name):
    from cxlab.cltv.bg_nbd import BG_NBD
    from cxlab.cltv.mbg_nbd import MBG_NBD
    from cxlab.cltv.pareto_nbd import PARETO_NBD

    return {m.key: m for m in (BG_NBD, MBG_NBD, PARETO_NBD)}[name]


class Clock:
    """Wall and CPU seconds of a block, CPU with the threads and the workers that were waited for."""

    def __enter__(self):
        self._start = time.perf_counter(), self._cpu()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self._start[0]
        self.cpu_seconds = self._cpu() - self._start[1]

    @staticmethod
    def _cpu():
        return sum(
            r.ru_utime + r.ru_stime for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )

    def both(self, name=""):
        return {f"{name}seconds": self.seconds, f"{name}cpu_seconds": self.cpu_seconds}


def transactions(source: str):
    """An order log as a table of the engine: "cdnow-sample", "cdnow" or a Parquet file."""
    import ibis
    from simulate import cdnow

    connection = ibis.duckdb.connect()
    if source.startswith("cdnow"):
        log = connection.create_table("log", cdnow(sample=source == "cdnow-sample"))
    else:
        log = connection.read_parquet(source)
    return log.mutate(customer_id=log.customer_id.cast("string"))


def prepare(arguments):
    """Write what the peers read: the CDNOW log, its customers summarised, or a simulated log."""
    import pyarrow.parquet as pq
    from simulate import cdnow, write

    if arguments.customers or arguments.rows:
        people, lines = write(
            Path(arguments.out), customers=arguments.customers, rows=arguments.rows, text=arguments.text
        )
        return {"customers": people, "rows": lines}
    if arguments.out.endswith(".parquet"):
        log = cdnow(sample=arguments.data == "cdnow-sample")
        pq.write_table(log, arguments.out)
        return {"customers": len(log["customer_id"].unique()), "rows": len(log)}
    table = summarised(arguments).customers.select("customer_id", "frequency", "recency", "T").order_by("customer_id")
    table.to_csv(arguments.out)
    return {"customers": int(table.count().to_pandas())}


def summarised(arguments):
    from cxlab.cltv.summary import summarise

    return summarise(
        transactions(arguments.data), split=None if arguments.whole else SPLIT, grain=arguments.grain, time_unit="week"
    )


def warm_up(model):
    """What loads and compiles when first used, as the peer's compiler is warmed up too."""
    from cxlab.cltv.posterior import fit
    from cxlab.cltv.rows import Rows

    fit(model, Rows.collapse({"frequency": [0, 1, 2], "recency": [0, 2, 3], "T": [5, 5, 5]}), draws=100)


def effective_sizes(posterior):
    """Smallest effective number of draws over the natural parameters, for the bulk (normal scores of ranks, as ArviZ
    does for chains) and for the tails (being beyond the 5 % and 95 % quantiles)."""
    from arviz_stats.base import array_stats
    from scipy.special import ndtri

    from cxlab.cltv.pymc_model import _CHAINS
    from cxlab.montecarlo import estimate

    theta = posterior.theta[:, :, 0]
    if posterior.sampler == "nuts":
        chains = [values.reshape(_CHAINS, -1) for values in theta]
        axes = {"chain_axis": 0, "draw_axis": 1}
        return (
            min(float(array_stats.ess(c, method="bulk", **axes)) for c in chains),
            min(float(array_stats.ess(c, method="tail", prob=(0.05, 0.95), **axes)) for c in chains),
        )
    weights = posterior.weights
    bulk, tail = [], []
    for values in theta:
        order = np.argsort(values)
        rank = np.empty(len(values))
        rank[order] = np.cumsum(weights[order]) - weights[order] / 2
        bulk.append(estimate(ndtri(rank), weights).effective)
        tail += [estimate((rank <= p).astype(float), weights).effective for p in (0.05, 0.95)]
    return float(min(bulk)), float(min(tail))


def fit(arguments):
    """Posterior from an order log: the summary is made before the clock starts, as for the peer."""
    from cxlab.cltv.posterior import fit
    from cxlab.montecarlo import estimate

    model = model_of(arguments.model)
    rows = summarised(arguments).rows
    warm_up(model)
    with Clock() as clock:
        posterior = fit(model, rows, sampler=arguments.sampler, draws=arguments.draws, rng=arguments.seed)
    bulk, tail = effective_sizes(posterior)
    found = {
        n: estimate(values, posterior.weights)
        for n, values in zip(model.parameters, posterior.theta[:, :, 0], strict=True)
    }
    return clock.both() | {
        "sampler": posterior.sampler,
        "draws": len(posterior.weights),
        "ess_bulk": bulk,
        "ess_tail": tail,
        "k_hat": posterior.diagnostics.get("k_hat"),
        "r_hat": posterior.diagnostics.get("r_hat"),
        "divergences": posterior.diagnostics.get("divergences"),
        "mean": {n: float(e.mean) for n, e in found.items()},
        "sd": {n: float(e.sd) for n, e in found.items()},
        "customers": int(rows.customers),
        "distinct_rows": len(rows),
    }


def summary(arguments):
    """From the file to one row a customer and the distinct rows: reading is on the clock, for peers it is not."""
    from cxlab.cltv.summary import summarise

    summarise(transactions("cdnow-sample"))
    with Clock() as clock:
        s = summarise(transactions(arguments.data), grain=arguments.grain, time_unit="day")
    return clock.both() | {
        "customers": s.n_customers,
        "distinct_rows": len(s.distinct),
        "frequency": float(s.rows.weight @ s.rows["frequency"]),
        "recency": float(s.rows.weight @ s.rows["recency"]),
    }


def predict(arguments):
    """Expected purchases of every customer, a row each in a Parquet file; with the summary, for peers without it."""
    from cxlab.cltv.forecast import forecast
    from cxlab.cltv.posterior import fit

    model = model_of(arguments.model)
    with Clock() as summary:
        s = summarised(arguments)
    warm_up(model)
    with Clock() as fitting:
        posterior = fit(model, s.rows, rng=arguments.seed)
    if arguments.theta:
        np.save(arguments.theta, posterior.draws(arguments.draws, 1)[:, :, 0])
    with Clock() as clock:
        found = forecast(posterior, s, horizons=[HORIZON], draws=arguments.draws)
        table = found.customers()
        table.to_parquet(arguments.out)
    name = f"purchases_{HORIZON:g}"
    totals = table.agg(**{f"total{c}": table[f"{name}{c}"].sum() for c in ("", "_sd", "_median")}).to_pandas().iloc[0]
    return (
        summary.both("summary_")
        | fitting.both("fit_")
        | clock.both()
        | {
            "customers": s.n_customers,
            "distinct_rows": len(s.distinct),
            "draws": arguments.draws,
            "total": float(totals.iloc[0]),
            "sd": float(totals.iloc[1]),
            "median": float(totals.iloc[2]),
        }
    )


def contacts(arguments):
    """Write a log of contacts: simulated customers of a boutique, blocks of 250,000, with numbers or text for ids."""
    from simulate import write_contacts

    people, lines = write_contacts(Path(arguments.out), contacts=arguments.rows, text=arguments.text)
    return {"customers": people, "rows": lines}


def journey(arguments):
    """From the file to the matrices: transitions with median gaps, step matrix, funnel and removal effects."""
    from cxlab.data.engine import Engine
    from cxlab.journey import Columns, read_log
    from cxlab.journey.attribution import removal_effects
    from cxlab.journey.chain import fit_chain
    from cxlab.journey.examples import small_log
    from cxlab.journey.funnel import funnel
    from cxlab.journey.steps import step_matrix
    from cxlab.journey.transitions import transitions

    transitions(small_log())
    steps = ["Product page", "Basket", "Checkout", "Order"]
    parts = {}
    with Clock() as clock:
        began = time.perf_counter()

        def lap(name):
            nonlocal began
            parts[name], began = time.perf_counter() - began, time.perf_counter()

        table = Engine().backend.read_parquet(arguments.data)
        log = read_log(table, columns=Columns(customer="user_id", touchpoint="event"), goal="Order")
        lap("log")
        moves = transitions(log).table
        lap("transitions")
        matrix = step_matrix(log, steps=10).table
        lap("step_matrix")
        reached = funnel(log, steps=steps, times=False).table
        lap("funnel")
        chain = fit_chain(log)
        effects = removal_effects(chain.shares, chain.reward)
        lap("removal_effects")
    inside = moves[(moves["source"] != "(start)") & (moves["target"] != "(end)")]
    top = inside.iloc[0]
    return clock.both() | {
        "rows": log.n_contacts,
        "parts": parts,
        "transitions": int(inside["contacts"].sum()),
        "median_gap_s": float(top.median_gap_s),
        "funnel": [int(n) for n in reached["journeys"]],
        "steps": len(matrix),
        "largest_removal_effect": float(effects.max()),
    }


def texts(arguments):
    """Write simulated feedback."""
    from feedback_jobs import write_texts

    return write_texts(Path(arguments.out), rows=arguments.rows)


def feedback(arguments):
    """From the file to findings of texts."""
    from feedback_jobs import from_file

    return from_file(arguments.data, Clock())


def surveys(arguments):
    """Write simulated answers to a survey."""
    from score_jobs import write_answers

    return write_answers(Path(arguments.out), rows=arguments.rows)


def scores(arguments):
    """From the file to scores by group and month."""
    from score_jobs import from_file

    return from_file(arguments.data, Clock(), door=arguments.whole)


def choices(arguments):
    """Write choices between electricity contracts."""
    from choice_jobs import write_choices

    return write_choices(Path(arguments.out), people=arguments.customers)


def part_worths(arguments):
    """From choices to everybody's part-worths."""
    from choice_jobs import from_file

    return from_file(arguments.data, Clock())


def plans(arguments):
    """The best plan of each draw, by cxlab or (rows: of so many draws) by HiGHS alone."""
    from plan_jobs import plans

    return plans(Clock(), budget=arguments.budget, carry_over=arguments.whole, alone=arguments.rows or 0)


JOBS = {
    "plans": plans,
    "choices": choices,
    "part_worths": part_worths,
    "surveys": surveys,
    "scores": scores,
    "feedback": feedback,
    "texts": texts,
    "answers": answers,
    "drivers": drivers,
    "contacts": contacts,
    "journey": journey,
    "prepare": prepare,
    "fit": fit,
    "summary": summary,
    "predict": predict,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--data", default="cdnow")
    parser.add_argument("--out", default="")
    parser.add_argument("--model", default="bg_nbd")
    parser.add_argument("--sampler", default="fast")
    parser.add_argument("--grain", default="day")
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--theta")
    parser.add_argument("--customers", type=int)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--budget", type=float)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    measured = JOBS[arguments.job](arguments)
    versions = {n: version(n) for n in ("pymc", "duckdb", "ibis-framework", "numpy", "pandas")}
    json.dump(measured | {"versions": versions}, sys.stdout)


if __name__ == "__main__":
    main()
