"""Initiatives: what each costs, brings and when, and the values of all of them in the same draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.cash_flows import CashFlows, Terms, initiative_flows
from cxlab.differentiation.returns.together import sample_together
from cxlab.differentiation.returns.uncertain import Uncertain, as_uncertain, three_points
from cxlab.errors import DataError, ParameterError, unknown

REQUIRED = ("name", "cost_low", "cost_likely", "cost_high", "effect_low", "effect_likely", "effect_high", "months")
#: quantities of an initiative beside its name, in the order they are sampled
PARTS = ("cost", "effect", "running", "months", "life", "fade")


@dataclass(frozen=True)
class Initiative:
    """An investment in customers' experience, each part of it known or uncertain.

    Parameters
    ----------
    cost : money once; effect : margin a year when fully in effect; running : money a year; months : until in effect;
    life : years of the effect from then on (infinite: to the end of the horizon); fade : share of the effect lost a
        year. Each a number, (low, likely, high), an Uncertain, or an Effect with draws
    evidence : what the effect rests on ("trial", "driver", "choice", "cltv", "guess")

    >>> loyalty = Initiative("loyalty", cost=(8_000, 10_000, 15_000), effect=(0, 5_000, 9_000), months=3)
    >>> [q.name for q in loyalty.quantities if not q.certain]
    ['loyalty: cost', 'loyalty: effect']
    """

    name: str
    cost: object
    effect: object
    running: object = 0.0
    months: object = 0.0
    life: object = np.inf
    fade: object = 0.0
    evidence: str = ""

    @property
    def quantities(self) -> tuple[Uncertain, ...]:
        """Its parts as uncertain quantities, in the order of `PARTS`; an endless life is a long one."""
        found = []
        for part in PARTS:
            value = getattr(self, part)
            value = 1e6 if part == "life" and isinstance(value, (int, float)) and np.isinf(value) else value
            unit = {"months": "months", "life": "years", "fade": "share"}.get(part, "money")
            name = f"{self.name}: {part}"
            own = as_uncertain(name, value, unit=unit, lower=-np.inf if part == "effect" else 0.0)
            low, high = own.draws.min(), own.draws.max()
            if part != "effect" and low < 0 or part == "life" and low <= 0 or part == "fade" and high >= 1:
                limit = {"life": "above 0 years", "fade": "a share, 0 or more and below 1"}.get(part, "0 or more")
                raise ParameterError(f"{name} is {low:g} to {high:g}.", expected=limit)
            found.append(Uncertain(name, own.draws, unit, own.source, own.lower, own.upper, own.curve))
        return tuple(found)

    def flows(self, values: np.ndarray, terms: Terms) -> CashFlows:
        """Cash flows for values of its parts, shape (draws, parts), in the order of `PARTS`."""
        return initiative_flows(terms, **dict(zip(PARTS, np.asarray(values, float).T, strict=True)))


@dataclass(frozen=True, eq=False)
class Values:
    """What initiatives are worth, in draws that they share.

    Parameters
    ----------
    initiatives, terms : what was valued, and how
    inputs : shape (draws, option, part), in the order of `PARTS`
    costs, benefits : shape (draws, option, 1 + periods), both positive, not discounted; the first period is the start
    overlap : shape (option, option): share of the smaller of two effects that is the same money of the same customers
    table : the rows they came from
    """

    initiatives: tuple[Initiative, ...]
    terms: Terms
    inputs: np.ndarray = field(repr=False)
    costs: np.ndarray = field(repr=False)
    benefits: np.ndarray = field(repr=False)
    overlap: np.ndarray = field(repr=False)
    table: pd.DataFrame = field(repr=False)

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

    def counted_twice(self) -> np.ndarray:
        """Present value that two options started now have in common, shape (draws, option, option), diagonal 0."""
        worth = self.benefits @ self.terms.factors
        smaller = np.minimum(worth[:, :, None], worth[:, None, :])
        return np.maximum(smaller, 0.0) * self.overlap[None]

    def together(self, names) -> np.ndarray:
        """Net present value of several options at once, what they share counted once; shape (draws,).

        The largest effect counts in full, of each smaller one what none before it has of it.
        """
        at = [self.position(name) for name in names]
        worth = (self.benefits @ self.terms.factors)[:, at]
        order = np.argsort(-worth.mean(0), kind="stable")
        own = np.ones(len(at))
        for k, j in enumerate(order):
            own[j] = np.prod([1 - self.overlap[at[i], at[j]] for i in order[:k]])
        return np.where(worth > 0, worth * own, worth).sum(1) - (self.costs @ self.terms.factors)[:, at].sum(1)


def read_initiatives(source) -> pd.DataFrame:
    """The table `initiatives`, a row an option, checked as a whole.

    Parameters
    ----------
    source : Dataset with `initiatives`, or an Ibis table or DataFrame with its columns

    Raises
    ------
    DataError : a column is not there, there are no rows, or a name is missing or met twice.
    """
    table = source if isinstance(source, pd.DataFrame) else getattr(source, "initiatives", source).execute()
    missing = [c for c in REQUIRED if c not in table.columns]
    if missing:
        raise DataError(f"initiatives has no column {', '.join(missing)}.", expected="columns " + ", ".join(REQUIRED))
    if table.empty:
        raise DataError("initiatives has no rows.", expected="a row an option")
    names = table["name"].astype("string")
    if names.isna().any() or (names.str.strip() == "").any() or names.duplicated().any():
        twice = sorted(set(names[names.duplicated()].dropna()))
        raise DataError(f"initiatives names {', '.join(map(repr, twice))} twice." if twice else
                        "an initiative has no name.", expected="a name of its own for each option")  # fmt: skip
    return table.assign(name=names.str.strip().astype(object)).reset_index(drop=True)


def initiatives_of(
    source, *, effects: Mapping[str, object] | None = None, fade=0.0, level: float = 0.9, reads: str = "median"
) -> tuple[Initiative, ...]:
    """The rows of `initiatives` as `Initiative`, low and high read as the ends of an interval at `level`."""
    table, effects = read_initiatives(source), dict(effects or {})
    for name in effects:
        if name not in set(table["name"]):
            raise unknown("initiative", name, table["name"])

    def points(row, part, lower):
        values = [row[f"{part}_{end}"] for end in ("low", "likely", "high")]
        return three_points(f"{row['name']}: {part}", *map(float, values), level=level, reads=reads, lower=lower,
                            unit="money")  # fmt: skip

    def optional(row, column, otherwise):
        value = row.get(column)
        return otherwise if value is None or pd.isna(value) else float(value)

    return tuple(
        Initiative(
            row["name"],
            cost=points(row, "cost", 0.0),
            effect=effects.get(row["name"]) or points(row, "effect", -np.inf),
            running=optional(row, "running", 0.0),
            months=float(row["months"]),
            life=optional(row, "life_years", np.inf),
            fade=fade,
            evidence=row["evidence"] if isinstance(row.get("evidence"), str) else "",
        )
        for row in table.to_dict("records")
    )


def initiative_values(
    initiatives, *, years: float = 5, discount: float = 0.1, draws: int = 4000, rng: np.random.Generator | int = 0,
    correlation=None, effects: Mapping[str, object] | None = None, overlap=0.0, fade=0.0, level: float = 0.9,
    reads: str = "median", periods_a_year: int = 1, timing: str = "mid", ramp: str = "step", tax: float = 0.0,
    write_off: float = 0.0, margin: float = 1.0, currency: str = "",
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
    fade, level, reads : share of every effect lost a year; how low, likely and high are read (see `three_points`)

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
        options = tuple(initiatives)
        table = pd.DataFrame({"name": [o.name for o in options], "evidence": [o.evidence for o in options]})
        if not options or table["name"].duplicated().any():
            raise DataError("there are no initiatives, or two of one name.", expected="options, each with its own name")
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
    return Values(options, terms, inputs, costs, benefits, _overlap(table["name"].tolist(), overlap), table)


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
