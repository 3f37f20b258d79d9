"""Draws of the hierarchical logit: everybody's part-worths and the population, in turns; exact in the limit.

A sweep has two steps. Every person's part-worths move by a short Hamiltonian path, shaped by what its choices tell
(Neal 2011, MCMC using Hamiltonian dynamics). Mean and covariance are drawn given the part-worths, as in Rossi, Allenby
& McCulloch (2005), Bayesian Statistics and Marketing, ch. 5, with a Metropolis–Hastings step for the prior meant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlab.differentiation.choice import likelihood
from cxlab.differentiation.choice.population import Prior, draw_chol, draw_mean

_PATH = 6  # steps of a person's path


@dataclass(frozen=True)
class Tasks:
    """Choices as the compiled loops take them, columns scaled.

    Parameters
    ----------
    x : shape (rows, columns); starts : first row of every task and one past the last; chosen : row, of every task;
        first : first task of every person and one past the last; links : code of every column
    """

    x: np.ndarray
    starts: np.ndarray
    chosen: np.ndarray
    first: np.ndarray
    links: np.ndarray

    @property
    def n_people(self) -> int:
        return len(self.first) - 1

    @property
    def arrays(self) -> tuple:
        return self.x, self.starts, self.chosen, self.first, self.links


@dataclass
class State:
    """Where a chain stands, and the sizes of its steps."""

    latent: np.ndarray
    mean: np.ndarray
    chol: np.ndarray
    size: np.ndarray


def start(tasks: Tasks, prior: Prior, *, rounds: int = 30) -> tuple[State, np.ndarray]:
    """Near the mode: everybody's most likely part-worths, mean and covariance in turns (EM after Laplace).

    Returns
    -------
    state, and information of everybody's choices about its part-worths, shape (people, columns, columns)
    """
    n, k = tasks.n_people, tasks.x.shape[1]
    mean, precision, latent = prior.centre.copy(), np.diag(1 / prior.scale**2), np.zeros((n, k))
    for _ in range(rounds):
        a, _ = likelihood.modes(mean, precision, latent, *tasks.arrays)
        spread = np.linalg.inv(a + precision)
        mean = latent.mean(0)
        away = latent - mean
        covariance = (away.T @ away + spread.sum(0) + 0.1 * np.diag(prior.scale**2)) / (n + 1)
        precision = np.linalg.inv(covariance)
    return State(latent, mean, np.linalg.cholesky(covariance), np.full(n, 0.5)), a


def move_people(state: State, tasks: Tasks, information: np.ndarray, rng: np.random.Generator, *, learn=0.0) -> None:
    """Every person's part-worths, given mean and covariance."""
    n, k = state.latent.shape
    inverse = np.linalg.inv(state.chol)
    accepted = likelihood.move_people(
        state.latent, state.mean, inverse.T @ inverse, information, rng.standard_normal((n, k)), rng.random(n), _PATH,
        state.size * rng.uniform(0.6, 1.2), *tasks.arrays,
    )  # fmt: skip
    if learn:
        state.size = np.clip(state.size * np.exp(learn * (accepted - 0.85)), 0.02, 1.2)


def sweep(state: State, tasks: Tasks, information: np.ndarray, prior: Prior, rng: np.random.Generator, *, learn=0.0):
    """One step of a chain, in place."""
    move_people(state, tasks, information, rng, learn=learn)
    inverse = np.linalg.inv(state.chol)
    state.mean = draw_mean(state.latent, inverse.T @ inverse, prior, rng)
    state.chol, _ = draw_chol(state.latent, state.mean, state.chol, prior, rng)


class Chain:
    """A chain that can be taken further: every mean and covariance it met, and the part-worths of some of its steps."""

    def __init__(self, state: State, tasks: Tasks, information: np.ndarray, prior: Prior, *, rng, keep: int):
        self.state, self.tasks, self.information, self.prior = state, tasks, information, prior
        self.rng, self.keep, self.every, self.steps = rng, keep, 1, 0
        self.mean: list[np.ndarray] = []
        self.covariance: list[np.ndarray] = []
        self.latent: list[tuple[int, np.ndarray]] = []

    def tune(self, sweeps: int) -> None:
        """Steps that are not kept, in which sizes of steps are found."""
        for i in range(sweeps):
            learn = 0.05 + 1 / (i + 3) if i < 0.8 * sweeps else 0.0
            sweep(self.state, self.tasks, self.information, self.prior, self.rng, learn=learn)

    def run(self, sweeps: int) -> None:
        """Steps that are kept."""
        for _ in range(sweeps):
            sweep(self.state, self.tasks, self.information, self.prior, self.rng)
            self.mean.append(self.state.mean)
            self.covariance.append(self.state.chol @ self.state.chol.T)
            if self.steps % self.every == 0:
                self.latent.append((self.steps, self.state.latent.astype(np.float32)))
            self.steps += 1
            if len(self.latent) >= 2 * self.keep:
                self.latent, self.every = self.latent[::2], 2 * self.every


def scattered(state: State, prior: Prior, rng: np.random.Generator) -> State:
    """A start away from the mode, so that chains that agree have found their way: means off by twice their error and
    more, spreads half to double."""
    n, k = state.latent.shape
    chol = state.chol * rng.uniform(0.5, 2.0)
    mean = state.mean + (state.chol @ rng.standard_normal(k)) * min(1.0, 6 / np.sqrt(n))
    return State(mean + (state.latent - state.mean) * rng.uniform(0.5, 1.5), mean, chol, np.full(n, 0.5))
