"""benchmarks/README.md and the printed summary, made from results.json alone."""

from __future__ import annotations

import json
from pathlib import Path

from cells import number, ratio, table
from choice_table import choice
from plan_table import plans

HERE = Path(__file__).resolve().parent
MODELS = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}
WAYS = {
    "fast": "cxlab, fast",
    "nuts": "cxlab, NUTS",
    "mcmc": "pymc-marketing, NUTS",
    "demz": "pymc-marketing, DEMetropolisZ",
}

OPENING = """# Benchmarks: speed and quality beside other packages

`make bench` measures; this page and `results.json` are what it wrote last. `python benchmarks/run.py --quick` takes a
quarter of an hour, `--only PART` measures one part (posterior, summary, predict, growth, journey, drivers, feedback,
scores, choice, plans).

**How.** Every job runs alone in a process of its own, one after the other, on the same data. *CPU* is user and system
time of all threads and workers, which other work on the machine disturbs least; *wall* is what one waits for; *peak* is
the largest resident memory of a process, interpreter and libraries included. Ratios are of jobs of one run.
"""


def write_readme(results: dict) -> str:
    """Write README.md; returns its text."""
    parts = results["parts"]
    text = [OPENING, f"**Machine.** {results['machine']}, shared with other work. **Versions.** {_versions(parts)}.\n"]
    for name, section in (("posterior", _posterior), ("summary", _summary), ("predict", _predict), ("growth", _growth),
                          ("journey", _journey), ("drivers", _drivers), ("feedback", _feedback),
                          ("scores", _scores), ("choice", choice), ("plans", plans)):  # fmt: skip
        if name in parts:
            text.append(section(parts[name]["records"]))
            text.append(f"Measured {parts[name]['date']}{', quick' if parts[name]['quick'] else ''}.\n")
    (HERE / "README.md").write_text("\n".join(text), encoding="utf-8")
    return "\n".join(text)


def _versions(parts) -> str:
    found = {}
    for part in parts.values():
        for record in part["records"]:
            for name, version in record.get("versions", {}).items():
                owner = record["package"]
                label = (
                    name
                    if name in ("pymc-marketing", "lifetimes", "retentioneering", "pm4py", "ibis-framework")
                    else f"{name} ({owner})"
                )
                found[label] = version
    return ", ".join(f"{n} {v}" for n, v in sorted(found.items()))


def _rate(record, clock="cpu_seconds"):
    return min(record["ess_bulk"], record["ess_tail"]) / record[clock] if record["status"] == "done" else None


def _posterior(records) -> str:
    text = """## Posterior

Smallest effective sample size (ESS; bulk or tail, over the four natural parameters) for a second of CPU time and of
wall time. CDNOW, first 39 weeks, days in weeks. Both packages keep their own default priors and numbers of draws
(cxlab 4,000; pymc-marketing 2 chains of 1,000 after 1,000 to tune, on two cores), and both start warm: a short fit
before the clock starts fills caches and compiles. ESS and R̂ of chains are ArviZ's. The ESS of weighted draws is
Var(f)/Σw²(f−mean)² with f the normal score of the rank (bulk, as in ArviZ) or being beyond the 5 % and 95 %
quantile (tail). The priors differ (cxlab's are
wide, in data units; the peer's are Weibull on each parameter), and so do posterior means where the data say little:
s and beta of Pareto/NBD. The peer's chains run on both cores, the fast way on one, so a CPU second and a wall second
tell different stories.
"""
    rows = []
    for r in records:
        way = WAYS[r.get("method") or r.get("sampler")]
        head = [f"{MODELS[r['model']]}, {r['customers']:,} customers" if "customers" in r else MODELS[r["model"]], way]
        if r["status"] != "done":
            rows.append([*head, f"**{r['status']}**, {number(r['process_cpu_seconds'])} s CPU", *["–"] * 7])
            continue
        base = next(
            (o for o in records if o["package"] == "cxlab" and o.get("sampler") == "fast" and o["status"] == "done"
             and o["model"] == r["model"] and o["customers"] == r["customers"]), None,
        )  # fmt: skip
        ahead = base is not None and base is not r
        quality = f"k̂ {r['k_hat']:.2f}" if r.get("k_hat") is not None else f"R̂ {r['r_hat']:.3f}"
        if r.get("divergences"):
            quality += f", {r['divergences']} divergences"
        rows.append(
            [*head, number(r["seconds"]), number(r["cpu_seconds"]), number(min(r["ess_bulk"], r["ess_tail"])),
             number(_rate(r)), f"{_rate(base) / _rate(r):,.3g}×" if ahead else "1",
             f"{_rate(base, 'seconds') / _rate(r, 'seconds'):,.3g}×" if ahead else "1", quality,
             ", ".join(f"{k} {v:.4g}" for k, v in r["mean"].items())]
        )  # fmt: skip
    head = [
        "model",
        "way",
        "wall s",
        "CPU s",
        "min ESS",
        "ESS/CPU s",
        "fast is faster by: CPU",
        "wall",
        "quality",
        "means",
    ]
    return "\n".join([text, table(head, rows)])


def _summary(records) -> str:
    text = """## Summary of an order log

From purchases to frequency, recency and T. For cxlab the clock includes reading the Parquet file, the distinct rows
and money by customer; for the peers the log is already in memory as pandas. Text ids are what most logs have and
what cxlab works with (it turns integer ids into text); integer ids favour the peers. lifetimes runs here on the
newest Python and pandas that it works with, which make it several times faster than those of its day.
"""
    rows = []
    for r in records:
        base = next(o for o in records if o["package"] == "cxlab" and o["log"] == r["log"])
        if r["status"] != "done":
            rows.append([f"{r['rows']:,}", r["ids"], r["package"], f"**{r['status']}**", *["–"] * 5])
            continue
        same = (r["customers"], r["frequency"], r["recency"]) == (base["customers"], base["frequency"], base["recency"])
        rows.append(
            [f"{r['rows']:,}", r["ids"], r["package"], number(r["seconds"]), number(r["cpu_seconds"]),
             f"{r['peak_gb']:.2f}",
             ratio(base["seconds"], r["seconds"]), ratio(base["cpu_seconds"], r["cpu_seconds"]),
             "yes" if same else "**no**"]
        )  # fmt: skip
    head = ["rows", "ids", "package", "wall s", "CPU s", "peak GB", "cost beside cxlab: wall", "CPU", "same totals"]
    return "\n".join([text, table(head, rows)])


def _predict(records) -> str:
    text = """## Prediction

Expected purchases in 39 weeks of every customer: mean, sd, 5, 50 and 95 %, from the same 400 draws of BG/NBD. For
cxlab the process also summarises the log and fits the model, and writes a row a customer to a Parquet file; the
peer is given the summary and the draws, and a limit of 16 GB of address space.
"""
    rows = []
    for r in records:
        done = r["status"] == "done"
        rows.append(
            [f"{r['customers']:,}", r["package"], number(r["seconds"]) if done else f"**{r['status']}**",
             number(r["cpu_seconds"]) if done else "–", f"{r['peak_gb']:.2f}",
             *(f"{r[k]:,.6g}" if done else "–" for k in ("total", "sd", "median"))]
        )  # fmt: skip
    head = ["customers", "package", "wall s", "CPU s", "peak GB", "sum of means", "sum of sds", "sum of medians"]
    return "\n".join([text, table(head, rows)])


def _growth(records) -> str:
    text = """## Growth of our cost

Simulated logs of 78 weeks (`simulate.py`): first purchases on the days of CDNOW's customers, repeat buying and
spend at the published estimates; the models see the first 39 weeks. CPU seconds: from the file to the summary; the
fit (fast); the forecast with a row a customer in a file. Cost follows distinct rows, not customers.
"""
    rows = []
    for r in records:
        if r["status"] != "done":
            rows.append([f"{r['customers']:,}", r["grain"], MODELS[r["model"]], "–", f"**{r['status']}**", *["–"] * 4])
            continue
        base = next(
            (o for o in records if o["customers"] == 23570 and o["status"] == "done"
             and (o["grain"], o["model"]) == (r["grain"], r["model"])), None,
        )  # fmt: skip
        rows.append(
            [f"{r['customers']:,}", r["grain"], MODELS[r["model"]], f"{r['distinct_rows']:,}",
             number(r["summary_cpu_seconds"]), number(r["fit_cpu_seconds"]),
             ratio(base and base["fit_cpu_seconds"], r["fit_cpu_seconds"]), number(r["cpu_seconds"]),
             f"{r['peak_gb']:.2f}"]
        )  # fmt: skip
    head = [
        "customers",
        "grain",
        "model",
        "distinct rows",
        "summary",
        "fit",
        "fit beside 23,570",
        "forecast",
        "peak GB",
    ]
    return "\n".join([text, table(head, rows)])


def _journey(records) -> str:
    text = """## Logs of contacts

From a Parquet file of contacts (customer, touchpoint, time; not sorted by customer; the simulated boutique) to the
matrices: transitions with median gaps, step matrix of ten steps, a funnel of four, and removal effects. Reading is on
everybody's clock. retentioneering knows no removal effects; pm4py gives transitions and their times only. The door of
cxlab (`cx.load`, which checks every row) is not on the clock: the peers check nothing.
"""
    parts = ("log", "transitions", "step_matrix", "funnel", "removal_effects")
    rows = []
    for r in records:
        base = next(o for o in records if o["package"] == "cxlab" and o["log"] == r["log"] and o["ids"] == r["ids"])
        if r["status"] != "done":
            rows.append([f"{r['contacts']:,}", r["ids"], r["package"], f"**{r['status']}**", *["–"] * 9])
            continue
        rows.append(
            [f"{r['contacts']:,}", r["ids"], r["package"], number(r["seconds"]), number(r["cpu_seconds"]),
             *(number(r["parts"].get(part)) for part in parts), f"{r['peak_gb']:.2f}",
             ratio(base["seconds"], r["seconds"]), ratio(base["cpu_seconds"], r["cpu_seconds"])]
        )  # fmt: skip
    head = ["contacts", "ids", "package", "wall s", "CPU s", "reading", "transitions", "step matrix", "funnel",
            "removal effects", "peak GB", "cost beside cxlab: wall", "CPU"]  # fmt: skip
    return "\n".join([text, table(head, rows)])


def _drivers(records) -> str:
    text = """## Drivers of satisfaction

Exact LMG (Shapley) shares of R² of 15 drivers, all 32,768 subsets, in 500 draws of the Bayesian bootstrap, from a
Parquet file with a row an answer to the finding with intervals and ranks. With gaps, a quarter of the answers to some
of the drivers is missing and filled by expectation–maximisation in every draw.
"""
    rows = []
    for r in records:
        if r["status"] != "done":
            rows.append(["–", "yes" if r["gaps"] else "no", f"**{r['status']}**", *["–"] * 5])
            continue
        rows.append(
            [f"{r['respondents']:,}", "yes" if r["gaps"] else "no", f"{r['complete']:,}", number(r["seconds"]),
             number(r["cpu_seconds"]), number(r["parts"]["moments"]), number(r["parts"]["shares"]),
             f"{r['peak_gb']:.2f}"]
        )  # fmt: skip
    head = ["respondents", "gaps", "without a gap", "wall s", "CPU s", "of it moments", "of it shares", "peak GB"]
    return "\n".join([text, table(head, rows)])


def _feedback(records) -> str:
    text = """## Texts of customers

Texts of about 380 characters, put together of sentences of real reviews, a fifth with stars; from a Parquet file to
masked texts, sentiment (VADER and a classifier trained out of fold), themes (their number by stability), theme ×
touchpoint and what is new. Steps in CPU seconds.
"""
    steps = ("read", "sentiment", "themes", "matrix", "emerging")
    rows = []
    for r in records:
        if r["status"] != "done":
            rows.append([f"**{r['status']}**", *["–"] * 8])
            continue
        rows.append(
            [f"{r['texts']:,}", number(r["seconds"]), number(r["cpu_seconds"]),
             *(number(r["parts"][step]) for step in steps), f"{r['peak_gb']:.2f}"]
        )  # fmt: skip
    head = ["texts", "wall s", "CPU s", "read and mask", *steps[1:], "peak GB"]
    return "\n".join([text, table(head, rows)])


def _scores(records) -> str:
    text = """## Scores of surveys

Answers from 0 to 10 by 8 touchpoints, 3 brands and 12 months, a third as many customers as answers; from a Parquet file
to the NPS of every group with its exact interval, repeated answers of a customer allowed for. *As is*: the file is read
by the engine; *by the door*: `cx.load` reads and checks every row first. Steps in wall seconds.
"""
    rows = []
    for r in records:
        way = "by the door" if r.get("whole") else "as is"
        if r["status"] != "done":
            rows.append(["–", way, f"**{r['status']}**", *["–"] * 6])
            continue
        rows.append(
            [f"{r['rows']:,}", way, f"{r['groups']:,}", number(r["seconds"]), number(r["cpu_seconds"]),
             *(number(r["parts"][step]) for step in ("read", "count", "score")), f"{r['peak_gb']:.2f}"]
        )  # fmt: skip
    head = ["answers", "way in", "groups", "wall s", "CPU s", "read", "count", "score", "peak GB"]
    return "\n".join([text, table(head, rows)])


if __name__ == "__main__":
    print(write_readme(json.loads((HERE / "results.json").read_text())))
