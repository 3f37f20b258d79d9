"""Jobs of pymc-marketing, run by its own environment: fit, summary, predict, mixed_logit. Prints a line of JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd

PARAMETERS = {
    "bg_nbd": ["r", "alpha", "a", "b"],
    "mbg_nbd": ["r", "alpha", "a", "b"],
    "pareto_nbd": ["r", "alpha", "s", "beta"],
}


def model_of(name, **options):
    from pymc_marketing import clv

    return {"bg_nbd": clv.BetaGeoModel, "mbg_nbd": clv.ModifiedBetaGeoModel, "pareto_nbd": clv.ParetoNBDModel}[name](
        **options
    )


def cpu() -> float:
    """User and system seconds of this process and of the workers it waited for."""
    return sum(
        r.ru_utime + r.ru_stime for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def fit(arguments):
    """Posterior by the package's own priors and settings; a short fit before it fills the caches of its compiler."""
    import arviz as az

    data = pd.read_csv(arguments.data)
    names = PARAMETERS[arguments.model]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model_of(arguments.model).fit(
            data=data, method=arguments.method, draws=10, tune=10, progressbar=False, random_seed=0, cores=2
        )
        start, used = time.perf_counter(), cpu()
        model = model_of(arguments.model)
        idata = model.fit(data=data, method=arguments.method, progressbar=False, random_seed=arguments.seed, cores=2)
        seconds, cpu_seconds = time.perf_counter() - start, cpu() - used
    posterior = idata["posterior"].to_dataset()[names]
    statistics = az.summary(posterior, kind="diagnostics", round_to="none")
    diverging = int(idata["sample_stats"]["diverging"].sum()) if "diverging" in idata["sample_stats"] else None
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "draws": int(posterior.sizes["chain"] * posterior.sizes["draw"]),
        "chains": int(posterior.sizes["chain"]),
        "ess_bulk": float(statistics["ess_bulk"].min()),
        "ess_tail": float(statistics["ess_tail"].min()),
        "r_hat": float(statistics["r_hat"].max()),
        "divergences": diverging,
        "mean": {n: float(posterior[n].mean()) for n in names},
        "sd": {n: float(posterior[n].std()) for n in names},
        "customers": len(data),
    }


def summary(arguments):
    from pymc_marketing.clv.utils import rfm_summary

    log = pd.read_parquet(arguments.data)
    start, used = time.perf_counter(), cpu()
    table = rfm_summary(
        log, "customer_id", "timestamp", "amount", observation_period_end=arguments.end, datetime_format=None,
        time_unit="D",
    )  # fmt: skip
    return {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": cpu() - used,
        "rows": len(log),
        "customers": len(table),
        "frequency": float(table["frequency"].sum()),
        "recency": float(table["recency"].sum()),
    }


def predict(arguments):
    """Mean, sd and quantiles of expected purchases of every customer: the package returns customers × draws."""
    import xarray as xr

    data = pd.read_csv(arguments.data)
    draws = np.load(arguments.draws)
    names = PARAMETERS[arguments.model]
    few = data.head(50)
    model = model_of(arguments.model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(data=few, method="mcmc", draws=10, tune=10, progressbar=False, random_seed=0)
        # the same draws for both packages: one chain of the posterior of ours
        model.idata["posterior"] = xr.Dataset({n: (("chain", "draw"), draws[i][None]) for i, n in enumerate(names)})
        start, used = time.perf_counter(), cpu()
        expected = model.expected_purchases(data=data, future_t=arguments.horizon)
        dims = ("chain", "draw")
        mean, sd = expected.mean(dims), expected.std(dims)
        quantiles = expected.quantile([0.05, 0.5, 0.95], dim=dims)
    return {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": cpu() - used,
        "customers": len(data),
        "draws": draws.shape[1],
        "total": float(mean.sum()),
        "sd": float(sd.sum()),
        "median": float(quantiles.isel(quantile=1).sum()),
    }


def mixed_logit(arguments):
    """Part-worths of everybody by the package's default sampler, two chains; a short fit of a few people before it."""
    import arviz as az
    import numpyro
    from pymc_extras.prior import Prior
    from pymc_marketing.customer_choice import MixedLogit

    numpyro.set_host_device_count(2)
    data = pd.read_csv(arguments.data)
    columns = [name[2:] for name in data.columns if name.startswith("a_")]
    equations = [f"{a} ~ {own} | | {own}" for a in "abcd" for own in [" + ".join(f"{a}_{c}" for c in columns)]]
    # the priors of cxlab: those of the package (0 ± 0.5) are meant for other units
    priors = {
        "mu_random": Prior("Normal", mu=0, sigma=5, dims="random_covariates"),
        "sigma_random": Prior("HalfNormal", sigma=2.5, dims="random_covariates"),
    }

    def run(rows, **how):
        model = MixedLogit(rows.copy(), equations, "choice", columns, model_config=priors, group_id="person")
        return model.fit(progressbar=False, random_seed=arguments.seed, chains=2, cores=2, nuts_sampler="numpyro",
                         idata_kwargs={"log_likelihood": False}, **how)  # fmt: skip

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run(data[data["person"] < 12], draws=10, tune=10)
        start, used = time.perf_counter(), cpu()
        idata = run(data)
        seconds, cpu_seconds = time.perf_counter() - start, cpu() - used
    posterior = idata["posterior"].to_dataset()[["mu_random", "sigma_random"]]
    both = az.summary(posterior, kind="diagnostics", round_to="none")
    means = az.summary(posterior[["mu_random"]], kind="diagnostics", round_to="none")
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "tasks": len(data),
        "chains": int(posterior.sizes["chain"]),
        "draws": int(posterior.sizes["chain"] * posterior.sizes["draw"]),
        "ess_bulk": float(means["ess_bulk"].min()),
        "ess_tail": float(means["ess_tail"].min()),
        "ess_all": float(both[["ess_bulk", "ess_tail"]].min().min()),
        "r_hat": float(both["r_hat"].max()),
        "divergences": int(idata["sample_stats"]["diverging"].sum()),
        "mean": dict(zip(columns, posterior["mu_random"].mean(("chain", "draw")).values.tolist(), strict=True)),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=("fit", "summary", "predict", "mixed_logit"))
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", default="bg_nbd")
    parser.add_argument("--method", default="mcmc")
    parser.add_argument("--draws")
    parser.add_argument("--end")
    parser.add_argument("--horizon", type=float, default=39)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    jobs = {"fit": fit, "summary": summary, "predict": predict, "mixed_logit": mixed_logit}
    measured = jobs[arguments.job](arguments)
    versions = {n: version(n) for n in ("pymc-marketing", "pymc", "pytensor", "numpy", "pandas")}
    json.dump(measured | {"versions": versions}, sys.stdout)


if __name__ == "__main__":
    main()
