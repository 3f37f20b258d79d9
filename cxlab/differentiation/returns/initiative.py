"""The values of all initiatives in the same draws: what a plan chooses among."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.cash_flows import CashFlows, Terms
from cxlab.differentiation.returns.option import PARTS, REQUIRED, Initiative, initiatives_of, read_initiatives
from cxlab.differentiation.returns.together import sample_together
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check

__all__ = ["PARTS", "REQUIRED", "Initiative", "Values", "initiative_values", "initiatives_of", "read_initiatives"]


@dataclass(frozen=True, eq=False)
class Values:
    """What initiatives are worth, in draws that they share.

    Parameters
    ----------
    initiatives, terms : what was valued, and how
    inputs : shape (draws, option, part), in the order of `PARTS`
    costs, benefits : shape (draws, option, 1 + periods), both positive, not discounted; the first period is the start
    overlap : shape (option, option): share of the smaller of two effects, in each draw and
        period, that is the same money of the same customers
    table : the rows they came from
    simulated : whether costs or effects are made up
    checks : what must hold for effects taken from trials to be believed
    """

    initiatives: tuple[Initiative, ...]
    terms: Terms
    inputs: np.ndarray = field(repr=False)
    costs: np.ndarray = field(repr=False)
    benefits: np.ndarray = field(repr=False)
    overlap: np.ndarray = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    simulated: bool = False
    checks: tuple[Check, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(initiative.name for initiative in self.initiatives)

    @property
    def cash(self) -> np.ndarray:
        """In less out, not discounted, shape (draws, option, 1 + periods)."""
        return self.benefits - self.costs

    @property
    def npv(self) -> np.ndarray:
        """Net present value, each started now and alone, shape (draws, option)."""
        return self.cash @ self.terms.factors

    @property
    def cost(self) -> np.ndarray:
        """Money once, shape (draws, option): what a budget must hold."""
        return self.inputs[:, :, PARTS.index("cost")]

    def position(self, name: str) -> int:
        """Place of an initiative among the options."""
        if name not in self.names:
            raise unknown("initiative", name, self.names)
        return self.names.index(name)

    def flows(self, name: str) -> CashFlows:
        """Cash flows of one initiative."""
        i = self.position(name)
        return CashFlows(self.costs[:, i], self.benefits[:, i], self.terms)

    def started(self, period: int) -> np.ndarray:
        """Net present value today of each option when it starts `period` periods later; the horizon stays.

        >>> table = pd.DataFrame([["a", 10, 10, 10, 8, 8, 8, 0]], columns=REQUIRED)
        >>> values = initiative_values(table, years=3, discount=0)
        >>> [float(values.started(t).mean()) for t in (0, 1, 2, 3)]
        [14.0, 6.0, -2.0, -10.0]
        """
        last = self.terms.periods
        if not 0 <= period <= last:
            raise ParameterError(f"a start in period {period}.", expected=f"0 to {last}")
        later = (1 + self.terms.discount) ** -(period / self.terms.periods_a_year)
        kept = last + 1 - period
        return later * (self.cash[:, :, :kept] @ self.terms.factors[:kept])

    def shared(self, names, starts=None, *, draws=slice(None)) -> np.ndarray:
        """Present value that would be counted more than once if options were simply added up; shape (draws,).

        In each draw and period the largest effect counts in full, of each smaller one what none before it has of it.
        Nothing is shared before both are in effect, nor where an effect is negative.

        Parameters
        ----------
        starts : period of the start of each, as in `started`; by default all start now
        draws : in which, by default all
        """
        at = [self.position(name) for name in names]
        last, benefits = self.terms.periods, self.benefits[draws]
        worth = np.zeros((len(at), len(benefits), last + 1))
        for k, (i, start) in enumerate(zip(at, [0] * len(at) if starts is None else starts, strict=True)):
            kept = last + 1 - start
            later = (1 + self.terms.discount) ** -(start / self.terms.periods_a_year)
            worth[k, :, start:] = benefits[:, i, :kept] * self.terms.factors[:kept] * later
        own = np.ones_like(worth)
        for k, i in enumerate(at):
            for m, j in enumerate(at[:k]):
                if self.overlap[i, j]:
                    first = worth[m] >= worth[k]
                    own[k] *= np.where(first, 1 - self.overlap[i, j], 1.0)
                    own[m] *= np.where(first, 1.0, 1 - self.overlap[i, j])
        return (np.maximum(worth, 0.0) * (1 - own)).sum(axis=(0, 2))

    def together(self, names) -> np.ndarray:
        """Net present value of several options started now, what they share counted once; shape (draws,)."""
        at = [self.position(name) for name in names]
        return self.npv[:, at].sum(1) - self.shared(names)


def initiative_values(
    initiatives, *, years: float = 5, discount: float = 0.1, draws: int = 4000, rng: np.random.Generator | int = 0,
    correlation=None, effects: Mapping[str, object] | None = None, overlap=0.0, fade=0.0, level: float = 0.9,
    reads: str = "median", periods_a_year: int = 1, timing: str = "mid", ramp: str = "step", tax: float = 0.0,
    write_off: float = 0.0, margin: float = 1.0, currency: str = "", simulated: bool = False,
) -> Values:  # fmt: skip
    """Cash flows of all initiatives in the same draws.

    Parameters
    ----------
    initiatives : Dataset with `initiatives`, an Ibis table or DataFrame with its columns, or a sequence of `Initiative`
    years, discount, periods_a_year, timing, ramp, tax, write_off, margin, currency : see `Terms`
    correlation : a number between the effects of any two (a good year is good for all), or
        {("a: cost", "b: effect"): number, …}; by default none
    effects : name → Uncertain or Effect (money a year) that takes the place of the three points of the table
    overlap : share of the smaller of two effects that is the same money: a number for all, or {("a", "b"): share}
    simulated : say so where the initiatives are made up
    fade, level, reads : of a table: share of every effect lost a year; how low, likely and high are read (see
        `three_points`)

    Raises
    ------
    DataError : the table is empty or lacks a column; ParameterError : a value is outside what it can be.

    >>> table = pd.DataFrame([["a", 8, 10, 12, 2, 4, 8, 6]], columns=REQUIRED)
    >>> values = initiative_values(table, years=5)
    >>> values.npv.shape, bool((values.npv > 0).mean() > .5)
    ((4000, 1), True)
    """
    terms = Terms(years, discount, periods_a_year, timing, ramp, tax, write_off, margin, currency)
    if isinstance(initiatives, (list, tuple)):
        options = tuple(replace(o, effect=effects[o.name]) if o.name in (effects or {}) else o for o in initiatives)
        table = pd.DataFrame({"name": [o.name for o in options], "evidence": [o.evidence for o in options]})
        if not options or table["name"].duplicated().any():
            raise DataError("there are no initiatives, or two of one name.", expected="options, each with its own name")
        for name in effects or {}:
            if name not in set(table["name"]):
                raise unknown("initiative", name, table["name"])
    else:
        table = read_initiatives(initiatives)
        options = initiatives_of(table, effects=effects, fade=fade, level=level, reads=reads)
    quantities = [q for option in options for q in option.quantities]
    if isinstance(correlation, (int, float)):
        named = [f"{o.name}: effect" for o in options]
        correlation = {(a, b): float(correlation) for i, a in enumerate(named) for b in named[i + 1 :]}
    moving = [j for j, q in enumerate(quantities) if not q.certain]
    inputs = np.tile([q.draws[0] for q in quantities], (draws, 1))
    if moving:
        kept = {quantities[j].name for j in moving}
        if isinstance(correlation, Mapping):
            known = {q.name for q in quantities}
            for name in (n for pair in correlation for n in pair if n not in known):
                raise unknown("quantity", name, sorted(known))
            correlation = {pair: r for pair, r in correlation.items() if set(pair) <= kept}
        inputs[:, moving] = sample_together([quantities[j] for j in moving], draws=draws, correlation=correlation,
                                            rng=rng)  # fmt: skip
    inputs = inputs.reshape(draws, len(options), len(PARTS))
    flows = [option.flows(inputs[:, i], terms) for i, option in enumerate(options)]
    costs, benefits = (np.stack([getattr(f, side) for f in flows], 1) for side in ("costs", "benefits"))
    trials = [option.effect for option in options if hasattr(option.effect, "checks")]
    made_up = getattr(getattr(initiatives, "card", None), "kind", "") == "simulated"
    return Values(
        options, terms, inputs, costs, benefits, _overlap(table["name"].tolist(), overlap), table,
        simulated or made_up or any(getattr(t, "simulated", False) for t in trials),
        tuple(check for t in trials for check in t.checks),
    )  # fmt: skip


def _overlap(names: list[str], overlap) -> np.ndarray:
    found = np.zeros((len(names), len(names)))
    if isinstance(overlap, Mapping):
        for (a, b), value in overlap.items():
            for name in (a, b):
                if name not in names:
                    raise unknown("initiative", name, names)
            found[names.index(a), names.index(b)] = found[names.index(b), names.index(a)] = value
    else:
        found[:] = overlap
    np.fill_diagonal(found, 0.0)
    if not ((found >= 0) & (found <= 1)).all():
        raise ParameterError(f"overlap = {overlap}.", expected="shares from 0 (nothing in common) to 1")
    return found
