"""Section of benchmarks/README.md on part-worths."""

from __future__ import annotations

from cells import number, ratio, table

TEXT = """## Part-worths of people who chose

Choices of one of four electricity contracts (six columns, scaled; `electricity_contracts`), hierarchical logit, 2
chains. cxlab samples until every mean and covariance of the population is worth 400 draws, price log-normal, any
correlations between people. pymc-marketing's `MixedLogit` runs by its default sampler (numpyro's NUTS) with 1,000 draws
after 1,000 to tune, the priors of cxlab for means and spreads; its part-worths are normal and not correlated, and it
has constants for the four places on the card: a simpler model, not the same posterior. Least ESS (bulk or tail) is over
the means of the population, beside it over its means and covariances (the peer: spreads). R̂ is the largest of
these; in bold where cxlab's checks would refuse the fit (1.01 and more). cxlab gives up after 20,000 steps and says so.
The last ratios are ESS of means per second, cxlab's by the peer's: below 1 the peer is faster. Imports and compiled
code of cxlab, imports and PyTensor of the peer are warm; JAX compiles on the clock. A job is ended after ten minutes.
"""


def choice(records) -> str:
    rows = []
    for r in records:
        base = next(o for o in records if o["package"] == "cxlab" and o["people"] == r["people"])
        head = [f"{r['people']:,}", "cxlab" if r is base else "pymc-marketing, MixedLogit"]
        if r["status"] != "done":
            rows.append([*head, f"**{r['status']}**", f"{number(r['process_cpu_seconds'])} (process)", *["–"] * 7])
            continue
        quality = f"**{r['r_hat']:.3f}**" if r["r_hat"] >= 1.01 else f"{r['r_hat']:.3f}"
        quality += f", {r['divergences']} divergences" if r.get("divergences") else ""
        least = min(r["ess_bulk"], r["ess_tail"])
        ahead = [
            ratio(least / r[clock], min(base["ess_bulk"], base["ess_tail"]) / base[clock])
            if base["status"] == "done" and r is not base else "1"
            for clock in ("cpu_seconds", "seconds")
        ]  # fmt: skip
        rows.append([*head, number(r["seconds"]), number(r["cpu_seconds"]), number(least), number(r["ess_all"]),
                     number(least / r["cpu_seconds"]), *ahead, quality, f"{r['peak_gb']:.2f}"])  # fmt: skip
    head = ["people", "package", "wall s", "CPU s", "min ESS of means", "of all", "ESS of means/CPU s",
            "cxlab beside it: CPU", "wall", "R̂", "peak GB"]  # fmt: skip
    return "\n".join([TEXT, table(head, rows)])
