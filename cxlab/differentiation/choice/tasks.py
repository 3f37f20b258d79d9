"""Choice tasks: what was offered, what was chosen, and by whom, as numbers a model can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import ibis
import numpy as np
import pandas as pd

from cxlab.differentiation.choice.checking import inflation, require_choice, require_identified, tasks_of
from cxlab.differentiation.choice.coding import Coding, code
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.wording import count, days

#: columns of the contract; any other is an attribute
KEYS = ("respondent_id", "task", "alternative", "chosen")
_OPTIONAL = ("available", "timestamp", "source_column", "flag")


@dataclass(frozen=True)
class Choices:
    """Choice tasks with every available alternative as a row of numbers.

    Parameters
    ----------
    columns : of the design: a number under its own name, a level of a text attribute as "attribute: level"
    design : shape (rows, columns), float64; a row an available alternative, in the order of its task
    task : shape (rows,), index of the task, ascending
    respondent : shape (tasks,), index into `respondents`
    chosen : shape (tasks,), row of the chosen alternative
    respondents : names
    alternatives : shape (rows,), names
    coding : how attributes become columns
    price : the attribute that is money, "" where there is none
    none : name of the alternative that is buying nothing, "" where there is none
    simulated, period, source, currency : as far as known
    """

    columns: tuple[str, ...]
    design: np.ndarray = field(repr=False)
    task: np.ndarray = field(repr=False)
    respondent: np.ndarray = field(repr=False)
    chosen: np.ndarray = field(repr=False)
    respondents: tuple[str, ...] = field(repr=False)
    alternatives: np.ndarray = field(repr=False)
    coding: Coding = field(repr=False)
    price: str = ""
    none: str = ""
    simulated: bool = False
    period: str = ""
    source: str = ""
    currency: str = ""

    @property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        """Attribute → its columns; "alternative" and "none" where they have constants."""
        return self.coding.attributes

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """Text attribute → its levels, the reference first."""
        return self.coding.levels

    @property
    def n_tasks(self) -> int:
        return len(self.chosen)

    @property
    def n_respondents(self) -> int:
        return len(self.respondents)

    @cached_property
    def starts(self) -> np.ndarray:
        """First row of every task, shape (tasks,)."""
        return np.searchsorted(self.task, np.arange(self.n_tasks))

    @cached_property
    def sizes(self) -> np.ndarray:
        """Alternatives in every task, shape (tasks,)."""
        return np.diff(np.append(self.starts, len(self.task)))

    @cached_property
    def inflation(self) -> np.ndarray:
        """Of the variance of every column, by the others, within tasks (VIF), shape (columns,)."""
        return inflation(self.design, self.starts)

    @property
    def said(self) -> str:
        """How much was asked, for a sentence: "4,308 choices of 361 respondents"."""
        return f"{count(self.n_tasks)} choices of {count(self.n_respondents)} respondents"

    def coded(self, products: Mapping[str, Mapping[str, float | str]]) -> np.ndarray:
        """Rows of new products, shape (products, columns).

        Parameters
        ----------
        products : name → attribute → value, every attribute named; the product named like `none` needs no attributes.
            "alternative" (where there are constants) is the product's own name unless it is given

        Raises
        ------
        ParameterError : an attribute is missing, unknown, or has a level that was never asked.

        >>> asked = pd.DataFrame({"respondent_id": 1, "task": [1, 1, 2, 2], "alternative": ["a", "b"] * 2,
        ...     "chosen": [1, 0, 0, 1], "price": [2, 3, 3, 4], "roast": ["dark", "light", "light", "dark"]})
        >>> read_choices(asked, price="price").coded({"ours": {"price": 2.5, "roast": "light"}})
        array([[2.5, 1. ]])
        """
        return np.stack([self._row(name, product) for name, product in products.items()])

    def _row(self, name: str, product: Mapping[str, float | str]) -> np.ndarray:
        row = dict.fromkeys(self.columns, 0.0)
        if self.none and name == self.none:
            return np.array(list((row | {"none": 1.0}).values()))
        asked = [a for a in self.attributes if a != "none" or not self.none]
        if "alternative" in self.levels and name in self.levels["alternative"]:
            product = {"alternative": name, **product}
        for stray in product:
            if stray not in asked:
                raise unknown(f"attribute of product {name!r}", stray, asked)
        for attribute in asked:
            if attribute not in product:
                raise ParameterError(f"product {name!r} has no {attribute!r}.",
                                     expected="a value of every attribute: " + ", ".join(asked))  # fmt: skip
            value = product[attribute]
            if attribute not in self.levels:
                try:
                    row[attribute] = float(value)
                except (TypeError, ValueError):
                    row[attribute] = np.nan
                if not np.isfinite(row[attribute]):
                    raise ParameterError(f"{attribute!r} of product {name!r} is {value!r}.", expected="a number")
            elif str(value) not in self.levels[attribute]:
                raise unknown(f"level of {attribute!r} (product {name!r})", value, self.levels[attribute])
            elif f"{attribute}: {value}" in row:
                row[f"{attribute}: {value}"] = 1.0
        return np.array(list(row.values()))


def read_choices(
    source, *, price: str = "", attributes: Sequence[str] = (), none: str = "", constants: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
) -> Choices:  # fmt: skip
    """Choice tasks from a table with a row an alternative of a task.

    Parameters
    ----------
    source : Dataset with `choices`, or an Ibis table or DataFrame with its columns: respondent_id, task, alternative,
        chosen (0 or 1), optional available (0 or 1) and timestamp, and attributes
    price : the attribute that is money
    attributes : columns that describe an alternative; by default all that are not of the contract. Numbers stay
        numbers, text is coded by level against a reference
    none : name of the alternative that is buying nothing. It has a constant of its own and no attributes
    constants : names of alternatives that have a constant of their own, for what their attributes do not tell
    reference : text attribute → level the others are compared with; by default its first in the alphabet

    Raises
    ------
    DataError : no rows; not exactly one chosen in a task; fewer than two alternatives available; the same alternative
        always chosen; an attribute that is missing, never varies within tasks or is told by others; fewer tasks than
        columns
    ParameterError : a name that the table does not have.

    Notes
    -----
    Tasks are told apart by respondent and task. An alternative that was not available was not in the task.

    >>> asked = pd.DataFrame({"respondent_id": 1, "task": [1, 1, 2, 2], "alternative": ["a", "b"] * 2,
    ...     "chosen": [1, 0, 0, 1], "price": [2, 3, 3, 4], "roast": ["dark", "light", "light", "dark"]})
    >>> choices = read_choices(asked, price="price", reference={"roast": "light"})
    >>> choices.columns, choices.design[choices.chosen].tolist(), choices.levels
    (('price', 'roast: dark'), [[2.0, 1.0], [4.0, 1.0]], {'roast': ('light', 'dark')})
    """
    table = choices_table(source)
    names = _attributes(table, attributes, price)
    rows = _rows(table, names)
    alternative = rows["alternative"].to_numpy(str)
    known = list(dict.fromkeys(alternative))
    for name in (*((none,) if none else ()), *constants):
        if str(name) not in known:
            raise unknown("alternative", name, known)
    if none and none in constants:
        raise ParameterError(f"{none!r} is in constants, too.", expected="none alone: it has a constant of its own")
    own, first = tasks_of(rows)
    is_none = alternative == none if none else np.zeros(len(rows), bool)
    design, coding = code(rows[names], is_none=is_none, none=none, alternative=alternative, constants=constants,
                          reference=dict(reference or {}), price=price)  # fmt: skip
    chosen = np.flatnonzero(rows["chosen"].to_numpy() == 1)
    require_choice(alternative[chosen])
    require_identified(design, coding, np.flatnonzero(first))
    who = rows["respondent_id"].to_numpy()[first]
    codes, respondents = pd.factorize(who)
    card = getattr(source, "card", None)
    return Choices(
        columns=coding.columns, design=design, task=own, respondent=codes, chosen=chosen,
        respondents=tuple(map(str, respondents)), alternatives=alternative, coding=coding, price=price, none=none,
        simulated=getattr(card, "kind", "") == "simulated", period=_period(table),
        source=str(getattr(source, "name", "") if card is not None else ""),
        currency=str(getattr(source, "currency", "") or ""),
    )  # fmt: skip


def choices_table(source) -> ibis.Table:
    """The choices of a source as an Ibis table; checks that its columns are there."""
    if isinstance(source, pd.DataFrame):
        # engines keep microseconds
        times = {c: source[c].dt.as_unit("us") for c in source.columns if source[c].dtype.kind == "M"}
        table = ibis.memtable(source.assign(**times))
    elif isinstance(source, ibis.Table):
        table = source
    elif hasattr(source, "choices"):
        table = source.choices
    else:
        raise DataError(f"{type(source).__name__} holds no choices.",
                        expected="a Dataset with choices, an Ibis table or a DataFrame")  # fmt: skip
    missing = [c for c in KEYS if c not in table.columns]
    if missing:
        raise DataError(f"choices has no column {missing[0]!r} (columns: {', '.join(table.columns)}).",
                        expected="a row an alternative of a choice task: " + ", ".join(KEYS))  # fmt: skip
    return table


def _attributes(table, attributes: Sequence[str], price: str) -> list[str]:
    reserved = {*KEYS, *_OPTIONAL}
    free = [c for c in table.columns if c not in reserved]
    chosen = list(dict.fromkeys([*([attributes] if isinstance(attributes, str) else attributes or free)]))
    if price and price not in chosen:
        chosen.append(price)
    for name in chosen:
        if name not in free:
            raise unknown("attribute", name, free)
    if not chosen:
        raise DataError("choices has no attributes: only who chose which alternative is known.",
                        expected="columns that describe the alternatives, such as price")  # fmt: skip
    return sorted(chosen, key=table.columns.index)


def _rows(table, names: list[str]) -> pd.DataFrame:
    """The available alternatives in order of respondent, task and alternative."""
    taken = table
    if "available" in table.columns:
        here = table.available.cast("float64").fill_null(1.0)
        lost = table.filter(here == 0, table.chosen.cast("float64") == 1).count().execute()
        if lost:
            raise DataError(
                f"chosen alternatives that were not available: {count(lost)}.", expected="available = 1 where chosen"
            )
        taken = table.filter(here != 0)
    taken = taken.mutate(chosen=taken.chosen.cast("float64"), alternative=taken.alternative.cast("string"))
    # numbers stay numbers, so that task 10 comes after task 9
    rows = taken.select(*KEYS, *names).order_by([*KEYS[:3]]).execute().reset_index(drop=True)
    if rows.empty:
        raise DataError("choices has no rows.", expected="a row an alternative of a choice task")
    gaps = [c for c in KEYS if rows[c].isna().any()]
    if gaps:
        raise DataError(f"choices.{gaps[0]} is empty in {count(rows[gaps[0]].isna().sum())} rows.",
                        expected="a value in every row")  # fmt: skip
    strange = rows.loc[~rows["chosen"].isin([0, 1]), "chosen"]
    if len(strange):
        raise DataError(f"values of chosen that are not 0 or 1: {count(len(strange))} in all ({strange.iloc[0]:g}, …).",
                        expected="1 for the chosen alternative of a task, 0 for the others")  # fmt: skip
    return rows


def _period(table) -> str:
    if "timestamp" not in table.columns:
        return ""
    ends = table.agg(first=table.timestamp.min(), last=table.timestamp.max()).execute().iloc[0]
    return "" if pd.isna(ends["first"]) else days(ends["first"], ends["last"])
