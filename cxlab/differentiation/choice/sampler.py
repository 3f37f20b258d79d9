"""Draws of the hierarchical logit: everybody's part-worths and the population, in turns; exact in the limit.

A sweep has three steps. Every person's part-worths move by a short Hamiltonian path, shaped by what its choices tell
(Neal 2011, MCMC using Hamiltonian dynamics). Mean and covariance are drawn given the part-worths, as in Rossi, Allenby
& McCulloch (2005), Bayesian Statistics and Marketing, ch. 5, with a Metropolis–Hastings step for the prior meant. The
two hold one another back: so everything also moves together, on a long Hamiltonian path of mean, covariance and the
coordinates z of `likelihood`, in which people hardly depend on the population. Where they still do (choices that tell
of a part-worth's logarithm), moving the population alone, z held, crawls along the ridge. The approximations behind z
come from draws of each person before a chain starts; while it warms up it learns the shape of the population.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from cxlab.differentiation.choice import likelihood
from cxlab.differentiation.choice.adapting import curved, root_of, told
from cxlab.differentiation.choice.population import Prior, add_prior, draw_chol, draw_mean, pack, unpack

_PATH = 6  # steps of a person's path
_LENGTH = (1.5, 3.0)  # of a common path, in standard deviations: drawn anew, so that none comes back to its start
_MOST_STEPS = 50  # of it
#: shares of the warm-up after each of which the shape of the population's paths is learned; the rest: size of steps
_BLOCKS = (0.15, 0.25, 0.5)
_LEAST = 50  # sweeps of a block from which anything is learned
_TOLD = 400  # draws of people from which is learned what their choices tell
_ROUNDS, _PER_ROUND = 8, 50  # of means and covariances from such draws before that, and draws in each
#: share of a prior spread that people differ by at least while it is learned: seen from closer, all looks alike
_FLOOR = 0.1


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
    """Where a chain stands, and the sizes of its steps. The factor's diagonal has signs, which mean nothing."""

    latent: np.ndarray
    mean: np.ndarray
    chol: np.ndarray
    size: np.ndarray
    move: float = 0.1


@dataclass(frozen=True)
class Shape:
    """What is known of the posterior before it is sampled, so that steps fit it.

    Parameters
    ----------
    a, b : normal approximation of every person's choices (see `likelihood`)
    root : a root of the covariance of mean and factor in the coordinates of `pack`, part-worths moving along
    """

    a: np.ndarray
    b: np.ndarray
    root: np.ndarray


def density(h: np.ndarray, z: np.ndarray, tasks: Tasks, a: np.ndarray, b: np.ndarray, prior: Prior):
    """Log density of population coordinates h and people's z, up to a constant, and its slopes by h and by z."""
    return _density(h, z, a, b, tasks.arrays, prior.numbers)


@njit(cache=True, nogil=True)
def _density(h, z, a, b, arrays, numbers):
    mean, chol = unpack(h, z.shape[1])
    x, starts, chosen, first, links = arrays
    value, by_z, to_mean, to_chol = likelihood.joint(z, mean, chol, a, b, x, starts, chosen, first, links)
    value, by_h = add_prior(h, value, to_mean, to_chol, numbers)
    return value - 0.5 * (z * z).sum(), by_h, by_z - z


@njit(cache=True, nogil=True)
def _path(h, z, speed_h, speed_z, size, steps, root, a, b, arrays, numbers):
    """A Hamiltonian path of h and z: where it ends, and the gain of log density and of speed's; −inf: lost."""
    value, by_h, by_z = _density(h, z, a, b, arrays, numbers)
    begin = value - 0.5 * (speed_h @ speed_h + (speed_z * speed_z).sum())
    for _step in range(steps):
        speed_h = speed_h + 0.5 * size * (by_h @ root)
        speed_z = speed_z + 0.5 * size * by_z
        h = h + size * (root @ speed_h)
        z = z + size * speed_z
        value, by_h, by_z = _density(h, z, a, b, arrays, numbers)
        if not (np.isfinite(value) and np.isfinite(by_h).all()):
            return h, z, -np.inf
        speed_h = speed_h + 0.5 * size * (by_h @ root)
        speed_z = speed_z + 0.5 * size * by_z
    return h, z, value - 0.5 * (speed_h @ speed_h + (speed_z * speed_z).sum()) - begin


def start(tasks: Tasks, prior: Prior, *, rounds: int = 30, rng: np.random.Generator | int = 0) -> tuple[State, Shape]:
    """Near the mode: everybody's part-worths, mean and covariance in turns (EM, after Laplace and then by draws).

    Returns
    -------
    state, and the shape of the posterior around it
    """
    rng = np.random.default_rng(rng)
    n, k = tasks.n_people, tasks.x.shape[1]
    mean, precision, latent = prior.centre.copy(), np.diag(1 / prior.scale**2), np.zeros((n, k))
    floor = np.diag(np.square(_FLOOR * prior.scale))
    for _ in range(rounds):
        a, b = likelihood.modes(mean, precision, latent, *tasks.arrays)
        spread = np.linalg.inv(a + precision)
        mean = latent.mean(0)
        away = latent - mean
        covariance = (away.T @ away + spread.sum(0)) / n + floor
        precision = np.linalg.inv(covariance)
    state = State(latent.copy(), mean, np.linalg.cholesky(covariance), np.full(n, 0.5))
    for _ in range(_ROUNDS):
        met = _of_people(state, tasks, a, rng, _PER_ROUND)
        state.mean = met.mean((0, 1))
        away = (met - state.mean).reshape(-1, k)
        state.chol = np.linalg.cholesky(away.T @ away / len(away) + floor)
    a, b = told(_of_people(state, tasks, a, rng, _TOLD), state.mean, state.chol, a)
    at, z = pack(state.mean, state.chol), np.zeros((n, k))
    steps = 1e-3 * np.eye(len(at))
    curvature = (
        np.array([density(at - s, z, tasks, a, b, prior)[1] - density(at + s, z, tasks, a, b, prior)[1] for s in steps])
        / 2e-3
    )
    return state, Shape(a, b, curved(curvature))


def _of_people(state: State, tasks: Tasks, information: np.ndarray, rng: np.random.Generator, moves: int) -> np.ndarray:
    """Draws of everybody's part-worths, given mean and covariance."""
    met = []
    for i in range(moves + moves // 5):
        move_people(state, tasks, information, rng, learn=0.05 + 1 / (i + 3))
        met.append(state.latent.copy())
    return np.array(met[moves // 5 :])


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


def move_together(
    state: State, tasks: Tasks, shape: Shape, prior: Prior, rng: np.random.Generator, *, learn=0.0
) -> None:
    """Mean, covariance and everybody's part-worths at once."""
    z = likelihood.coordinates(state.latent, state.mean, state.chol, shape.a, shape.b)
    h = pack(state.mean, state.chol)
    size = state.move * rng.uniform(0.8, 1.2)
    steps = int(np.clip(round(rng.uniform(*_LENGTH) / size), 1, _MOST_STEPS))
    h, z, gain = _path(h, z, rng.standard_normal(h.shape), rng.standard_normal(z.shape), size, steps, shape.root,
                       shape.a, shape.b, tasks.arrays, prior.numbers)  # fmt: skip
    chance = float(np.exp(min(0.0, gain))) if np.isfinite(gain) else 0.0
    if learn:
        state.move = float(np.clip(state.move * np.exp(learn * (chance - 0.8)), 1e-3, 1.0))
    if rng.random() < chance:
        state.mean, state.chol = unpack(h, len(state.mean))
        state.latent = likelihood.latent_of(z, state.mean, state.chol, shape.a, shape.b)


def draw_population(state: State, prior: Prior, rng: np.random.Generator) -> None:
    """Mean and covariance, given everybody's part-worths."""
    inverse, signs = np.linalg.inv(state.chol), np.sign(np.diagonal(state.chol))
    state.mean = draw_mean(state.latent, inverse.T @ inverse, prior, rng)
    state.chol = draw_chol(state.latent, state.mean, state.chol * signs, prior, rng)[0] * signs


def sweep(state: State, tasks: Tasks, shape: Shape, prior: Prior, rng: np.random.Generator, *, learn=0.0) -> None:
    """One step of a chain, in place."""
    move_people(state, tasks, shape.a, rng, learn=learn)
    draw_population(state, prior, rng)
    move_together(state, tasks, shape, prior, rng, learn=learn)


class Chain:
    """A chain that can be taken further: every mean and covariance it met, and the part-worths of some of its steps."""

    def __init__(self, state: State, tasks: Tasks, shape: Shape, prior: Prior, *, rng, keep: int):
        self.state, self.tasks, self.shape, self.prior = state, tasks, shape, prior
        self.rng, self.keep, self.every, self.steps = rng, keep, 1, 0
        self.mean: list[np.ndarray] = []
        self.covariance: list[np.ndarray] = []
        self.latent: list[tuple[int, np.ndarray]] = []

    def tune(self, sweeps: int) -> None:
        """Steps that are not kept, in which the shape of paths and the sizes of steps are found."""
        blocks = [int(share * sweeps) for share in _BLOCKS]
        for n in blocks:
            met = self._warm(n)
            if n >= _LEAST:
                self.shape = replace(self.shape, root=root_of(np.array(met[n // 5 :]), len(self.state.mean)))
        self._warm(sweeps - sum(blocks))

    def _warm(self, sweeps: int) -> list[np.ndarray]:
        met = []
        for i in range(sweeps):
            sweep(self.state, self.tasks, self.shape, self.prior, self.rng, learn=0.05 + 1 / (i + 3))
            met.append(pack(self.state.mean, self.state.chol))
        return met

    def run(self, sweeps: int) -> None:
        """Steps that are kept."""
        for _ in range(sweeps):
            sweep(self.state, self.tasks, self.shape, self.prior, self.rng)
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
