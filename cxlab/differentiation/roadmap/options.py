"""Options: what may be undertaken, what each is worth in every draw, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

import numpy as np

from cxlab.differentiation.returns.initiative import PARTS, Values
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.wording import count

#: what is said of an option
WORDS = ("owner", "kpi", "alarm", "stop", "level", "evidence")


@dataclass(frozen=True, eq=False)
class Options:
    """Investments to choose from; all arrays over options are in the order of `names`.

    Parameters
    ----------
    names : of the options
    npv : shape (draw, option), money: present value if started at once, cost included
    cost : shape (draw, option), money once
    months : until an option is complete; its cost and work are spread evenly over them, and what
        would fall after the last period of a plan falls into it
    people : person-months an option needs
    earliest : first period in which it may start (0: at once)
    requires : option → options that must be complete before
    excludes : option → options that cannot be chosen beside it
    effect : shape (draw, option), money a year when in full effect; None where it is not known
    later : shape (draw, option, period), money: the same as `npv` if started in each period; None: discounted only
    flows : shape (draw, option, period), money: what each period after the start brings once the cost is paid, present
        value at the start, as far as the horizon; None where only sums are known. Its periods are those of a plan
    words : "owner", "kpi", "alarm", "stop", "level", "evidence" → words an option, "" where not stated
    currency : ISO code
    simulated : whether the values are made up
    shared : starts (option,), draws → money that adding up the options of a plan would count more than once, shape
        (draw,); None where they have nothing in common
    """

    names: tuple[str, ...]
    npv: np.ndarray = field(repr=False)
    cost: np.ndarray = field(repr=False)
    months: np.ndarray = field(repr=False)
    people: np.ndarray = field(repr=False)
    earliest: np.ndarray = field(repr=False)
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    excludes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    effect: np.ndarray | None = field(default=None, repr=False)
    later: np.ndarray | None = field(default=None, repr=False)
    flows: np.ndarray | None = field(default=None, repr=False)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    currency: str = ""
    simulated: bool = False
    shared: Callable | None = field(default=None, repr=False)

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return len(self.npv)

    @property
    def planned_cost(self) -> np.ndarray:
        """Money that is set aside for each option: its expected cost, shape (option,)."""
        return self.cost.mean(axis=0)

    def at(self, name: str) -> int:
        """Position of an option.

        Raises
        ------
        ParameterError : there is no such option; lists the known ones.
        """
        if name not in self.names:
            raise unknown("option", name, self.names)
        return self.names.index(name)

    def word(self, column: str) -> tuple[str, ...]:
        """`owner`, `kpi`, `alarm`, `stop`, `level` or `evidence` of each option."""
        return self.words.get(column, ("",) * len(self.names))


def options_of(
    names: Sequence[str], npv, cost, *, months=0.0, people=0.0, earliest=0,
    requires: Mapping[str, Sequence[str]] | None = None, excludes: Mapping[str, Sequence[str]] | None = None,
    effect=None, later=None, flows=None, words: Mapping[str, Sequence[str]] | None = None,
    currency: str = "", simulated: bool = False,
) -> Options:  # fmt: skip
    """Options, checked as a whole: names once each, finite draws, prerequisites that exist and lead nowhere back.

    Parameters
    ----------
    npv : shape (draw, option), money
    cost : shape (draw, option) or (option,), money, 0 or more
    months, people, earliest : a number, or one an option
    requires, excludes, effect, later, flows, words : as in `Options`

    Raises
    ------
    DataError : a name is empty or given twice, a draw is not finite, a cost is negative, a prerequisite is missing,
        requires itself through others, or is excluded by what needs it.

    >>> both = options_of(["site", "app"], [[5.0, 9.0]], [2.0, 4.0], requires={"app": ["site"]})
    >>> both.requires, both.planned_cost.tolist()
    ({'app': ('site',)}, [2.0, 4.0])
    >>> options_of(["a", "b"], [[1.0, 1.0]], [1.0, 1.0], requires={"a": ["b"], "b": ["a"]})
    Traceback (most recent call last):
    ...
    cxlab.errors.DataError: prerequisites run in a circle: a needs b needs a.
    ...
    """
    names = tuple(str(name).strip() for name in names)
    _check_names(names)
    npv = _drawn("npv", npv, len(names))
    cost = np.broadcast_to(_drawn("cost", cost, len(names)), npv.shape)
    if (cost < 0).any():
        raise DataError(
            f"cost is negative for {', '.join(_where(names, (cost < 0).any(axis=0)))}.", expected="money, 0 or more"
        )
    each = {}
    for column, given in (("months", months), ("people", people), ("earliest", earliest)):
        each[column] = np.broadcast_to(np.asarray(given, float), (len(names),)).copy()
        wrong = ~np.isfinite(each[column]) | (each[column] < 0)
        if wrong.any():
            where = ", ".join(_where(names, wrong))
            raise DataError(f"{column} of {where} is below 0, or no number.", expected="numbers, 0 or more")
    requires = _linked("requires", requires, names)
    excludes = _linked("excludes", excludes, names)
    _check_order(requires)
    excludes = {
        name: tuple(o for o in names if o in excludes.get(name, ()) or name in excludes.get(o, ())) for name in names
    }
    options = Options(
        names, npv, cost, each["months"], each["people"], each["earliest"].astype(int), requires,
        {name: others for name, others in excludes.items() if others},
        None if effect is None else _drawn("effect", effect, len(names)),
        None if later is None else _started("later", later, npv),
        None if flows is None else _started("flows", flows, npv),
        {column: tuple(map(str, said)) for column, said in (words or {}).items()}, currency, simulated,
    )  # fmt: skip
    for name in names:
        needed = needed_by(options, name)
        clash = [(a, b) for a in (name, *needed) for b in needed if b in options.excludes.get(a, ())]
        if clash:
            raise DataError(
                f"{name} can never be undertaken: it needs {clash[0][1]}, which {clash[0][0]} excludes.",
                expected="options that do not exclude what they need",
            )
    return options


def options_from(values: Values, *, periods: int = 1) -> Options:
    """Options of valued initiatives; what they need, exclude and are watched by stands in the table they came from.

    Parameters
    ----------
    values : of `initiative_values`; one period of theirs is one period of the plan
    periods : of the plan

    >>> import pandas as pd
    >>> from cxlab.differentiation.returns.initiative import REQUIRED, initiative_values
    >>> rows = [["site", 8, 10, 12, 2, 4, 8, 6], ["app", 8, 10, 12, 2, 4, 8, 6]]
    >>> table = pd.DataFrame(rows, columns=REQUIRED).assign(requires=[None, "site"], people=[1, 2])
    >>> options = options_from(initiative_values(table), periods=2)
    >>> options.requires, options.people.tolist(), options.later.shape
    ({'app': ('site',)}, [1.0, 2.0], (4000, 2, 2))
    """
    table = values.table.reset_index(drop=True)

    def said(column: str) -> list[str]:
        if column not in table:
            return [""] * len(table)
        return ["" if v is None or v != v else str(v).strip() for v in table[column]]

    def links(column: str) -> dict[str, list[str]]:
        parts = ([p.strip() for p in words.split(";") if p.strip()] for words in said(column))
        return {name: found for name, found in zip(values.names, parts, strict=True) if found}

    people = table["people"].fillna(0).to_numpy(float) if "people" in table else 0.0
    found = options_of(
        values.names, values.npv, values.cost, months=values.inputs[:, :, PARTS.index("months")].mean(axis=0),
        people=people, requires=links("requires"), excludes=links("excludes"),
        effect=values.inputs[:, :, PARTS.index("effect")],
        later=np.stack([values.started(t) for t in range(periods)], axis=2),
        flows=values.cash[:, :, 1:] * values.terms.factors[1:],
        words={column: said(column) for column in WORDS}, currency=values.terms.currency, simulated=values.simulated,
    )  # fmt: skip
    if not values.overlap.any():
        return found

    def shared(starts, draws=slice(None)):
        chosen = np.flatnonzero(np.asarray(starts) >= 0)
        return values.shared([values.names[i] for i in chosen], [int(starts[i]) for i in chosen], draws=draws)

    return replace(found, shared=shared)


def needed_by(options: Options, name: str) -> tuple[str, ...]:
    """All that must be complete before an option can start, through chains, in the order of `names`."""
    found: set[str] = set()
    todo = list(options.requires.get(name, ()))
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += options.requires.get(one, ())
    return tuple(n for n in options.names if n in found)


def _check_names(names: tuple[str, ...]) -> None:
    if not names:
        raise DataError("there are no options to choose from.", expected="a row an initiative")
    if "" in names:
        raise DataError(f"option {names.index('') + 1} has no name.", expected="a name for each option")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            f"the name {', '.join(map(repr, twice))} is given to more than one option.",
            expected="a name of its own for each, as plans and prerequisites refer to it",
        )


def _drawn(column: str, values, n: int) -> np.ndarray:
    values = np.atleast_2d(np.asarray(values, float))
    if values.ndim != 2 or values.shape[1] != n or not len(values):
        raise ParameterError(f"{column} has shape {values.shape}.", expected=f"(draw, option) with {n} options")
    if not np.isfinite(values).all():
        raise DataError(
            f"{column} has {count((~np.isfinite(values)).sum())} draws that are not finite numbers.",
            expected="finite money in every draw; draws of a model that did not converge are no basis for a plan",
        )
    return values


def _started(column: str, values, npv: np.ndarray) -> np.ndarray:
    values = np.asarray(values, float)
    if values.ndim != 3 or values.shape[:2] != npv.shape:
        raise ParameterError(f"{column} has shape {values.shape}.", expected=f"(draw, option, period) with {npv.shape}")
    _drawn(column, values.reshape(-1, npv.shape[1]), npv.shape[1])
    return values


def _where(names, which) -> list[str]:
    return [name for name, hit in zip(names, which, strict=True) if hit]


def _linked(column: str, links, names) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, others in (links or {}).items():
        others = (others,) if isinstance(others, str) else tuple(others)
        for other in (name, *others):
            if other not in names:
                raise unknown(f"option in {column} of {name}:", other, names, error=DataError)
        if name in others:
            raise DataError(f"{name} {column} itself.", expected="other options")
        if others:
            found[name] = tuple(dict.fromkeys(others))
    return found


def _check_order(requires: Mapping[str, tuple[str, ...]]) -> None:
    try:
        TopologicalSorter(requires).prepare()
    except CycleError as problem:
        circle = " needs ".join(reversed(problem.args[1]))
        raise DataError(
            f"prerequisites run in a circle: {circle}.",
            expected="options that can be started one after another",
            mend="take one of them out of `requires`",
        ) from None
