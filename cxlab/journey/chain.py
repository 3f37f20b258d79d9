"""Journeys as an absorbing Markov chain: where they lead, in closed form, with what the data leaves open.

The chain has a state for the start and one for every touchpoint; it ends in the end of the journey, or at the goal.
With Q the transitions among states and r what a step earns on average, N = (I − Q)⁻¹ counts visits and h = N·r is
what is still to be earned from every state on. Source: Kemeny & Snell, Finite Markov Chains (1960), chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, ParameterError, unknown
from cxlab.finding import Check
from cxlab.journey.log import Log
from cxlab.journey.transitions import moves
from cxlab.wording import count, share

#: difference of the conversion a chain foresees from a touchpoint to the one seen, above which it misleads
MOST_MISFIT = 0.03
DRAWS = 1000
#: journeys and contacts with the goal below which a chain says little
FEWEST_JOURNEYS, FEWEST_GOALS = 100, 30
#: numbers of a batch of posterior matrices that are held at once
_BATCH = 4_000_000


@dataclass(frozen=True)
class Chain:
    """Counts of an absorbing chain. States are 0 (the start) and 1 + code of the touchpoint.

    Parameters
    ----------
    labels, stage_of : of the touchpoints, by code
    counts : shape (1 + touchpoints, 2 + touchpoints): moves from a state to every touchpoint, to the goal (the column
        before the last; empty where whole journeys are counted) and to the end (the last)
    gap_s, gap_square : same shape: sums of the seconds between the two contacts, and of their squares
    reward : what a move earns by where it leads, shape (2 + touchpoints,): 1 at the goal
    journeys : number of journeys
    years : length of the log
    until : "goal" or "end"
    misfit : DataFrame touchpoint, contacts, foreseen, seen: conversion from there on, by the chain and in the log
    """

    labels: tuple[str, ...]
    stage_of: tuple[str, ...]
    counts: np.ndarray
    gap_s: np.ndarray
    gap_square: np.ndarray
    reward: np.ndarray
    journeys: int
    years: float
    until: str
    misfit: pd.DataFrame
    goal: frozenset[int] = frozenset()

    @cached_property
    def shares(self) -> np.ndarray:
        """Most likely transition shares, in the shape of `counts`; zero rows where a state was never met."""
        return _rows_to_one(self.counts)

    @property
    def states(self) -> np.ndarray:
        """Whether a state was met."""
        return self.counts.sum(axis=1) > 0

    def draws(self, n: int = DRAWS, *, rng: np.random.Generator | int = 1) -> np.ndarray:
        """Posterior draws of the transition shares, shape (n, 1 + touchpoints, 2 + touchpoints).

        Rows are independent Dirichlet distributions over the moves that were seen, with one contact's worth of prior
        spread evenly over them.
        """
        rng = np.random.default_rng(rng)
        seen = self.counts > 0
        prior = seen / np.maximum(seen.sum(axis=1, keepdims=True), 1)
        return _rows_to_one(rng.standard_gamma(self.counts + prior, size=(n, *self.counts.shape)))

    def gap_draws(self, n: int, *, rng: np.random.Generator | int) -> np.ndarray:
        """Posterior draws of the mean seconds between the contacts of a move (normal, from mean and variance)."""
        rng = np.random.default_rng(rng)
        counts = np.maximum(self.counts, 1)
        mean = self.gap_s / counts
        variance = np.maximum(self.gap_square / counts - mean**2, 0.0) / counts
        return np.maximum(mean + np.sqrt(variance) * rng.standard_normal((n, *mean.shape)), 0.0)

    def code(self, touchpoint: str) -> int:
        """Code of a touchpoint that the chain has met.

        Raises
        ------
        ParameterError : there is no such touchpoint, or no journey meets it before the goal.
        """
        met = [label for code, label in enumerate(self.labels) if self.states[1 + code]]
        if touchpoint not in met:
            if touchpoint in self.labels:
                raise ParameterError(
                    f"no journey leads on from {touchpoint!r} before the goal.", expected=f"one of: {', '.join(met)}"
                )
            raise unknown("touchpoint", touchpoint, met)
        return self.labels.index(touchpoint)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Whether there is enough to tell, and whether one step of memory is enough for what the chain is asked."""
        reached = float(self.counts @ self.reward @ np.ones(len(self.counts)))
        enough = (
            Check("journeys", self.journeys >= FEWEST_JOURNEYS, count(self.journeys), f"≥ {FEWEST_JOURNEYS}",
                  "So few say little: collect more before deciding."),
            Check("contacts with the goal", reached >= FEWEST_GOALS, count(reached), f"≥ {FEWEST_GOALS}",
                  "Too few reached the goal to tell what they hang on."),
        )  # fmt: skip
        if self.misfit.empty:
            return enough
        gap = (self.misfit["foreseen"] - self.misfit["seen"]).abs()
        noise = 2 * np.sqrt(self.misfit["seen"] * (1 - self.misfit["seen"]) / self.misfit["contacts"])
        excess = (gap - noise).clip(lower=0)
        weighted = float((excess * self.misfit["contacts"]).sum() / self.misfit["contacts"].sum())
        worst = self.misfit.loc[(excess * self.misfit["contacts"]).idxmax(), "touchpoint"]
        return (
            *enough,
            Check("conversion foreseen from a touchpoint by one step of memory, mean error beyond chance",
                  weighted <= MOST_MISFIT, share(weighted, digits=1), f"≤ {share(MOST_MISFIT)}",
                  f"What came before matters too, most at {worst}: tell personas apart before believing effects."),
        )  # fmt: skip


def fit_chain(log: Log, *, until: str = "goal", quiet_days: float = 0.0) -> Chain:
    """The chain of a log.

    Parameters
    ----------
    until : "goal": journeys end at their first contact with the goal, which earns 1; "end": whole journeys, every
        contact with the goal earns 1
    quiet_days : see `transitions.moves`

    Raises
    ------
    ModelError : the log has no goal, or no journey reaches it.

    >>> from cxlab.journey.examples import small_log
    >>> conversion(fit_chain(small_log()).shares, fit_chain(small_log()).reward)
    0.5
    """
    return chains(log, until=until, quiet_days=quiet_days)[""]


def chains(log: Log, *, until: str = "goal", quiet_days: float = 0.0, by_persona: bool = False) -> dict[str, Chain]:
    """The chain of every persona by its label, or of all journeys under ""; see `fit_chain`."""
    if until not in ("goal", "end"):
        raise unknown("end of journeys", until, ("goal", "end"))
    if not log.goal:
        raise ModelError(
            "the log has no goal, so conversion cannot be told.",
            expected="a stage or touchpoints that journeys should reach",
            mend=f"read_log(…, goal={log.labels[-1]!r})",
        )
    by = ("persona",) if by_persona and log.personas else ()
    table = moves(log, until=until, quiet_days=quiet_days, by=by)
    found = {}
    for persona in range(len(log.personas)) if by else [None]:
        own = table if persona is None else table[table["persona"] == persona]
        if len(own):
            found["" if persona is None else log.personas[persona]] = _chain(log, own, until)
    if not any(chain.counts @ chain.reward @ np.ones(1 + len(log.labels)) for chain in found.values()):
        raise ModelError(
            f"no journey reaches {log.goal_name}.", expected="at least one that does", mend="another goal: goal=…"
        )
    return found


def _chain(log: Log, table: pd.DataFrame, until: str) -> Chain:
    size = len(log.labels)
    source = table["source"].to_numpy() + 1
    target = table["target"].to_numpy().copy()
    goal = np.isin(target, sorted(log.goal))
    if until == "goal":
        target[goal] = size
    target[target == -2] = size + 1
    shape = (size + 1, size + 2)
    sums = {}
    for name in ("contacts", "gap_s", "gap_square"):
        sums[name] = np.zeros(shape)
        np.add.at(sums[name], (source, target), table[name].to_numpy(float))
    reward = np.zeros(size + 2)
    reward[[size] if until == "goal" else sorted(log.goal)] = 1.0
    chain = Chain(
        log.labels, log.stage_of, sums["contacts"], sums["gap_s"], sums["gap_square"], reward,
        journeys=int(sums["contacts"][0].sum()), years=log.years, until=until,
        misfit=pd.DataFrame(columns=["touchpoint", "contacts", "foreseen", "seen"]), goal=log.goal,
    )  # fmt: skip
    met = table[table["source"] >= 0]
    if until == "end" or met.empty:
        return chain
    seen = met.groupby("source")[["contacts", "converted"]].sum()
    codes = seen.index.to_numpy()
    return replace(chain, misfit=pd.DataFrame({
        "touchpoint": [log.labels[code] for code in codes], "contacts": seen["contacts"].to_numpy(float),
        "foreseen": to_come(chain.shares, chain.reward)[codes + 1],
        "seen": (seen["converted"] / seen["contacts"]).to_numpy(),
    }))  # fmt: skip


def _rows_to_one(table: np.ndarray) -> np.ndarray:
    total = table.sum(axis=-1, keepdims=True)
    return np.divide(table, total, out=np.zeros_like(table, dtype=float), where=total > 0)


def among_states(shares: np.ndarray) -> np.ndarray:
    """Q: transitions among states, shape (…, states, states); nothing leads back to the start."""
    size = shares.shape[-2]
    q = np.zeros((*shares.shape[:-2], size, size))
    q[..., :, 1:] = shares[..., :, : size - 1]
    return q


def to_come(shares: np.ndarray, reward: np.ndarray) -> np.ndarray:
    """h: what is still earned on average from every state on, shape (…, states)."""
    size = shares.shape[-2]
    earned = shares @ reward
    return np.linalg.solve(np.eye(size) - among_states(shares), earned[..., None])[..., 0]


def visits(shares: np.ndarray) -> np.ndarray:
    """Mean number of contacts with every touchpoint in a journey, shape (…, touchpoints); the start row of N."""
    size = shares.shape[-2]
    start = np.zeros((size, 1))
    start[0] = 1.0
    transposed = np.swapaxes(np.eye(size) - among_states(shares), -1, -2)
    return np.linalg.solve(transposed, start)[..., 1:, 0]


def fundamental(shares: np.ndarray) -> np.ndarray:
    """N = (I − Q)⁻¹, shape (…, states, states)."""
    size = shares.shape[-2]
    return np.linalg.inv(np.eye(size) - among_states(shares))


def conversion(shares: np.ndarray, reward: np.ndarray):
    """What a journey earns on average from its start: the conversion where the goal ends it.

    Laws: for the most likely shares of journeys up to the goal it is the share of journeys that reach it, exactly.
    """
    value = to_come(shares, reward)[..., 0]
    return float(value) if np.ndim(value) == 0 else value


def batches(chain: Chain, n: int, rng: np.random.Generator | int):
    """Posterior draws in batches that fit in memory, the same draws whatever their size."""
    rng = np.random.default_rng(rng)
    step = max(1, int(_BATCH / chain.counts.size))
    for begin in range(0, n, step):
        yield chain.draws(min(step, n - begin), rng=rng)
