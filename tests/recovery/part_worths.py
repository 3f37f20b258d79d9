"""Simulate people whose part-worths are known, on the real contracts they were asked about, and find them again.

    python -m tests.recovery.part_worths

writes `part_worths.csv` beside this file: a row a column, and "all", of each design: of the real one, where rates that
vary by the hour have no price, so that a dear hour and a dear cent can hardly be told apart, and of a balanced one of
the same size. It takes some minutes. Twelve choices tell only so much about one person: beside what is found stands
what can be found at best, by who knows the true mean and covariance.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import cxlab as cx
from cxlab.differentiation.choice.designs import choice_design
from cxlab.differentiation.choice.hierarchical import column_scale, compiled_tasks, fit_part_worths
from cxlab.differentiation.choice.likelihood import LINKS, modes
from cxlab.differentiation.choice.people import PartWorths, acting_worths
from cxlab.differentiation.choice.sampler import State, move_people
from cxlab.differentiation.choice.tasks import Choices, read_choices

TABLE = Path(__file__).with_name("part_worths.csv")
LEVEL, EFFECTIVE = 0.9, 400
#: column → mean and spread between people (the price: of the logarithm of what a cent costs in utility)
PEOPLE = {
    "price_cents_kwh": (-0.15, 0.45),
    "contract_years": (-0.25, 0.4),
    "local_company": (2.2, 1.5),
    "well_known_company": (1.6, 1.1),
    "time_of_day_rates": (-9.0, 3.0),
    "seasonal_rates": (-9.2, 3.0),
    "supplier: local": (2.2, 1.5),
    "supplier: well known": (1.6, 1.1),
}
#: correlations between people: who minds a price minds dear hours; who likes a local company likes a known one
ALIKE = {("price_cents_kwh", "time_of_day_rates"): -0.6, ("price_cents_kwh", "seasonal_rates"): -0.6,
         ("time_of_day_rates", "seasonal_rates"): 0.7, ("local_company", "well_known_company"): 0.7,
         ("supplier: local", "supplier: well known"): 0.7}  # fmt: skip


def asked() -> Choices:
    """The contracts that 361 people were asked about, 4 at a time."""
    return read_choices(cx.load("electricity_contracts"), price="price_cents_kwh")


def balanced(tasks: int = 12) -> Choices:
    """As many people and offers, and tasks of each, by a design made to tell every part-worth."""
    shown = choice_design(
        {"price_cents_kwh": [5, 6, 7, 8, 9], "contract_years": [0, 1, 3, 5],
         "supplier": ["unknown", "well known", "local"]},
        tasks=5 * tasks, alternatives=4, blocks=5, price="price_cents_kwh", rng=1,
        expected={"price_cents_kwh": -0.9, "contract_years": -0.25, "supplier: local": 2.2,
                  "supplier: well known": 1.6},
    ).table  # fmt: skip
    blocks = [rows for _, rows in shown.groupby("block")]
    asked_each = [blocks[i % len(blocks)].assign(respondent_id=f"P{i:03d}") for i in range(361)]
    rows = pd.concat(asked_each, ignore_index=True).drop(columns="block")
    place = rows.groupby(["respondent_id", "task"]).cumcount()
    rows["chosen"] = (place == rows["task"] % 4).astype(int)  # any: `chosen_by` replaces them
    return read_choices(rows, price="price_cents_kwh", reference={"supplier": "unknown"})


DESIGNS = {"electricity": asked, "balanced": balanced, "balanced, 20 tasks each": lambda: balanced(20)}


def population(choices: Choices) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of part-worths, the price by its logarithm."""
    at = {column: j for j, column in enumerate(choices.columns)}
    mean, spread = np.array([PEOPLE[column] for column in choices.columns]).T
    alike = np.eye(len(at))
    for (one, other), value in ALIKE.items():
        if not {one, other} <= at.keys():
            continue
        alike[at[one], at[other]] = alike[at[other], at[one]] = value
    return mean, np.outer(spread, spread) * alike


def known(choices: Choices, rng: np.random.Generator) -> np.ndarray:
    """Part-worths of every respondent, shape (respondent, column)."""
    mean, covariance = population(choices)
    true = rng.multivariate_normal(mean, covariance, size=choices.n_respondents)
    priced = choices.columns.index(choices.price)
    true[:, priced] = -np.exp(true[:, priced])
    return true


def chosen_by(choices: Choices, true: np.ndarray, rng: np.random.Generator) -> Choices:
    """The same tasks, with what such people choose."""
    utility = (choices.design * true[choices.respondent[choices.task]]).sum(1) + rng.gumbel(size=len(choices.design))
    best = pd.Series(utility).groupby(choices.task).idxmax().to_numpy()
    return replace(choices, chosen=best, simulated=True)


def compared(fitted: PartWorths, true: np.ndarray) -> pd.DataFrame:
    """column, people, correlation of posterior means with the truth (the price by its logarithm; "all": every column
    less its mean and in units of its spread, which asks only how people differ; "all, in logits": as they act),
    coverage of 90 % intervals."""
    columns, drawn, true = fitted.choices.columns, fitted.individual.copy(), true.copy()
    in_logits = np.corrcoef(drawn.mean(0).ravel(), true.ravel())[0, 1]
    j = columns.index(fitted.choices.price)
    drawn[:, :, j], true[:, j] = np.log(-drawn[:, :, j]), np.log(-true[:, j])
    mean = drawn.mean(0)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    held = (low <= true) & (true <= high)
    rows = [{"column": c, "people": len(true), "correlation": np.corrcoef(mean[:, i], true[:, i])[0, 1],
             "coverage": held[:, i].mean()} for i, c in enumerate(columns)]  # fmt: skip
    found, truth = ((values - values.mean(0)) / values.std(0) for values in (mean, true))
    whole = {"people": len(true), "coverage": held.mean()}
    return pd.DataFrame([*rows, {"column": "all", "correlation": np.corrcoef(found.ravel(), truth.ravel())[0, 1]}
                         | whole, {"column": "all, in logits", "correlation": in_logits} | whole])  # fmt: skip


def best(choices: Choices, *, draws: int = 2000, seed: int = 1) -> PartWorths:
    """Part-worths as found by who knows the population's mean and covariance: every person by its own choices alone."""
    priced, (mean, covariance) = choices.columns.index(choices.price), population(choices)
    scale = column_scale(choices)
    links = np.zeros(len(scale), dtype=np.int64)
    links[priced] = LINKS["lognormal"]
    tasks, rng = compiled_tasks(choices, scale, links), np.random.default_rng(seed)
    mean, stretch = mean * scale, scale.copy()
    mean[priced], stretch[priced] = mean[priced] / scale[priced] + np.log(scale[priced]), 1.0
    covariance = covariance * np.outer(stretch, stretch)
    state = State(
        np.tile(mean, (tasks.n_people, 1)), mean, np.linalg.cholesky(covariance), np.full(tasks.n_people, 0.5)
    )
    a, _ = modes(mean, np.linalg.inv(covariance), state.latent, *tasks.arrays)
    for i in range(draws // 4):
        move_people(state, tasks, a, rng, learn=0.05 + 1 / (i + 3))
    met = []
    for _ in range(draws):
        move_people(state, tasks, a, rng)
        met.append(acting_worths(state.latent, links) / scale)
    return PartWorths(choices, np.array(met), mean[None], covariance[None])


def recovered(design: str = "electricity", *, seed: int = 1, **how) -> pd.DataFrame:
    """`compared`, with the same of `best` (best_correlation, best_coverage), cpu_seconds, r_hat (largest of the
    population's parameters) and effective (least of them)."""
    rng = np.random.default_rng(seed)
    choices = DESIGNS[design]()
    true = known(choices, rng)
    answered = chosen_by(choices, true, rng)
    began = time.process_time()
    fitted = fit_part_worths(answered, effective=EFFECTIVE, rng=seed, **how)
    used = time.process_time() - began
    r_hat = next(float(check.value) for check in fitted.checks if check.name.startswith("R̂"))
    at_best = compared(best(answered), true)
    found = compared(fitted, true).assign(best_correlation=at_best["correlation"], best_coverage=at_best["coverage"])
    found.insert(0, "design", design)
    return found.assign(cpu_seconds=round(used), r_hat=r_hat, effective=round(fitted.effective))


if __name__ == "__main__":
    found = pd.concat([recovered(design) for design in DESIGNS])
    found.round(3).to_csv(TABLE, index=False, lineterminator="\n")
    print(pd.read_csv(TABLE).to_string(index=False))
