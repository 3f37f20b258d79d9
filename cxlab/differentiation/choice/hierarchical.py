"""What each attribute is worth to each respondent: the hierarchical multinomial logit and its draws."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from cxlab.differentiation.choice.checking import within
from cxlab.differentiation.choice.deterrence import price_checks
from cxlab.differentiation.choice.people import PartWorths, acting_moments, acting_worths
from cxlab.differentiation.choice.tasks import Choices
from cxlab.differentiation.choice.worths import attribute_importance, part_worths
from cxlab.errors import ModelError, ParameterError, unknown
from cxlab.finding import Check
from cxlab.montecarlo import convergence
from cxlab.wording import count, singular

__all__ = ["PRICES", "PartWorths", "attribute_importance", "fit_part_worths", "part_worths"]

#: how the price acts: by a part-worth that is log-normal, −log(1 + exp) of a normal, or normal
PRICES = ("lognormal", "negative", "normal")
_R_HAT, _BATCH = 1.01, 500


def fit_part_worths(
    choices: Choices, *, draws: int = 1000, effective: float = 400, tune: int = 1000, chains: int = 2,
    most: int = 20_000, price: str = "lognormal", rng: np.random.Generator | int = 0,
) -> PartWorths:  # fmt: skip
    """Part-worths of every respondent, normal between people with any correlations.

    Parameters
    ----------
    draws : kept of everybody's part-worths, of all chains together
    effective : sampling goes on until the parameters of the population are worth so many independent draws each, in
        bulk and tail, and R̂ is below 1.01
    tune : steps of each chain that are left out at the start
    most : steps after which sampling ends in any case; the checks then say what is missing
    price : "lognormal" (nobody likes a higher price), "negative" (the same with a lighter tail) or "normal"

    Raises
    ------
    ParameterError : an unknown `price`, fewer than 100 draws or two chains
    ModelError : fewer than ten respondents, or one choice each on average: nothing tells people apart.

    Notes
    -----
    P(i chooses j of task t) = exp(x_tj β_i) / Σ_k exp(x_tk β_i), β_i normal with mean and covariance of its own (the
    price by its logarithm). Priors are those of `Prior.weak`, on columns scaled to a spread of one within tasks.
    Source: Rossi, Allenby & McCulloch (2005), Bayesian Statistics and Marketing, ch. 5.
    """
    if price not in PRICES:
        raise unknown("price", price, PRICES)
    if draws < 100 or chains < 2:
        raise ParameterError(f"draws = {draws}, chains = {chains}.", expected="at least 100 draws and 2 chains")
    if choices.n_respondents < 10:
        raise ModelError(
            singular(f"{count(choices.n_respondents)} respondents made the choices."),
            expected="ten or more, to tell how people differ",
            mend="ask ten people or more; in Python, multinomial_logit(choices) tells what few choose by on average",
        )
    if choices.n_tasks < 2 * choices.n_respondents:
        raise ModelError(
            f"{choices.said}: hardly more than one each.",
            expected="two or more choices of a respondent, to tell differences between people from chance",
            mend="multinomial_logit(choices)",
        )
    from cxlab.differentiation.choice.likelihood import LINKS
    from cxlab.differentiation.choice.population import Prior
    from cxlab.differentiation.choice.sampler import Chain, scattered, start

    scale = column_scale(choices)
    links = np.array([LINKS[price] if c == choices.price else 0 for c in choices.columns], dtype=np.int64)
    tasks, prior = compiled_tasks(choices, scale, links), Prior.weak(links)
    first, *seeds = np.random.default_rng(rng).spawn(chains + 1)
    with threadpool_limits(1), ThreadPoolExecutor(max_workers=min(chains, os.cpu_count() or 1)) as threads:
        # chains run side by side, in compiled loops; threads of the linear algebra below would only be in their way
        state, shape = start(tasks, prior, rng=first)
        runs = [Chain(scattered(state, prior, own), tasks, shape, prior, rng=own, keep=-(-draws // chains))
                for own in seeds]  # fmt: skip
        list(threads.map(lambda run: run.tune(tune), runs))
        while True:
            list(threads.map(lambda run: run.run(min(_BATCH, most)), runs))
            worst, r_hat = diagnosis(np.array([run.mean for run in runs]), np.array([run.covariance for run in runs]))
            if (worst >= effective and r_hat < _R_HAT) or runs[0].steps >= most:
                break
    checks = (
        Check("effective draws of the population's parameters", worst >= effective, worst, f"≥ {effective:g}",
              "Let it run longer: most=…"),
        Check("R̂ of the population's parameters", r_hat < _R_HAT, f"{r_hat:.3f}", f"< {_R_HAT}",
              "The chains do not agree yet: let them run longer (most=…), or ask about fewer attributes."),
    )  # fmt: skip
    kept = [_spread_out(run.latent, -(-draws // chains)) for run in runs]
    latent = np.concatenate([[values for _, values in own] for own in kept]).astype(float)
    at = [[step for step, _ in own] for own in kept]
    mean = np.concatenate([np.array(run.mean)[own] for run, own in zip(runs, at, strict=True)])
    covariance = np.concatenate([np.array(run.covariance)[own] for run, own in zip(runs, at, strict=True)])
    mean, covariance = acting_moments(mean, covariance, links)
    return PartWorths(
        choices=choices, individual=acting_worths(latent, links) / scale, mean=mean / scale,
        covariance=covariance / np.outer(scale, scale), checks=checks, effective=float(worst),
        priced=price_checks(choices), held=price != "normal",
        method=f"hierarchical Bayesian multinomial logit, {count(chains)} chains of {count(runs[0].steps)} steps",
    )  # fmt: skip


def column_scale(choices: Choices) -> np.ndarray:
    """Spread of every column within tasks."""
    return np.sqrt(np.square(within(choices.design, choices.starts)).mean(0))


def compiled_tasks(choices: Choices, scale: np.ndarray, links: np.ndarray):
    """The choices as the compiled loops take them."""
    from cxlab.differentiation.choice.sampler import Tasks

    rows = len(choices.design)
    first = np.searchsorted(choices.respondent, np.arange(choices.n_respondents + 1))
    return Tasks(np.ascontiguousarray(choices.design / scale), np.append(choices.starts, rows).astype(np.int64),
                 choices.chosen.astype(np.int64), first.astype(np.int64), links)  # fmt: skip


def diagnosis(mean: np.ndarray, covariance: np.ndarray) -> tuple[float, float]:
    """Smallest effective size (bulk or tail) and largest R̂ of means and covariances, shape (chain, draw, …)."""
    k = mean.shape[-1]
    lower = np.tril_indices(k)
    r_hat, effective = convergence(np.concatenate([mean, covariance[:, :, lower[0], lower[1]]], axis=2))
    return effective, r_hat


def _spread_out(kept: list, n: int) -> list:
    at = np.linspace(0, len(kept) - 1, min(n, len(kept))).round().astype(int)
    return [kept[i] for i in at]
