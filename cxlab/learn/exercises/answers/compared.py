"""Answers that are compared part by part: tables by their rows, functions by what they give."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np

from cxlab.learn.exercises.answers.number import Known, Number, kind_of


@dataclass(frozen=True)
class Table:
    """A DataFrame, compared by its keys, column by column.

    Parameters
    ----------
    keys : columns that name a row; their order and other columns do not matter
    digits : digits after the point to which numbers must agree; units : of the columns of numbers
    """

    keys: tuple[str, ...]
    digits: int = 2
    units: Mapping[str, str] | None = None
    praise: str = ""

    @property
    def precision(self) -> str:
        """How near its numbers must be, as the question says it."""
        return Number("", digits=self.digits).precision

    def judge(self, given: object, right: object, known: Known = ()) -> str:
        """What is wrong; empty where nothing is."""
        import pandas as pd

        if isinstance(given, pd.Series):
            given = given.to_frame(given.name or "value")
        if not isinstance(given, pd.DataFrame):
            table = ": take its .table" if hasattr(given, "table") else ""
            return f"Asked is a DataFrame; yours is {kind_of(given)}{table}."
        said = self._difference(given, right)
        for other, message in known if said else ():
            if not self._difference(given, other):
                return message
        return said

    def _difference(self, given, right) -> str:
        in_both = [name for name in given.index.names if name is not None and name in given.columns]
        if in_both:  # set_index(…, drop=False) leaves them there
            given = given.reset_index(level=in_both, drop=True)
        given = given.reset_index() if set(given.index.names) & set(right.columns) else given
        missing = [c for c in right.columns if c not in given.columns]
        if missing and missing[0] in self.keys and given.index.names == [None] and given.index.dtype.kind not in "iuf":
            return f'There is no column “{missing[0]}”, and the index has no name: .rename_axis("{missing[0]}").'
        if missing:
            return f"There is no column “{missing[0]}”{self._instead(given, missing[0])}."
        if double := [c for c in right.columns if list(given.columns).count(c) > 1]:
            return f"There is more than one column “{double[0]}”."
        for key in self.keys:  # " Bar" is "bar": told by the name as the question has it
            names = {_plain(name): name for name in right[key] if isinstance(name, str)}
            given = given.assign(**{key: [names.get(_plain(v), v) if isinstance(v, str) else v for v in given[key]]})
        twice = given[given.duplicated(list(self.keys))]
        if len(twice):
            return f"{self._name(twice.iloc[0])} is there more than once: one row each is asked."
        a, b = (t.set_index(list(self.keys)) for t in (given, right))
        if lost := [k for k in b.index if k not in a.index]:
            return f"{len(a)} rows; {self._key(lost[0])} is missing: were rows dropped on the way?"
        if strange := [k for k in a.index if k not in b.index]:
            return f"{len(a)} rows; {self._key(strange[0])} does not belong: what was to be left out?"
        for column in b.columns:
            unit = (self.units or {}).get(column, "")
            for key in b.index:
                said = self._cell(a.at[key, column], b.at[key, column], unit)
                if said:
                    return f"First wrong row: {self._key(key)}, column “{column}”. {said}"
        return ""

    def _instead(self, given, name: str) -> str:
        """What there is instead of a column: one whose name differs in capitals or blanks, or others."""
        for found in [n for n in [*given.columns, *given.index.names] if isinstance(n, str)]:
            if _plain(found) == _plain(name):
                mend = (
                    f'.rename(columns={{"{found}": "{name}"}})' if found in given.columns else f'.rename_axis("{name}")'
                )
                return f", but “{found}”: capitals and blanks count. {mend}"
        return f" (columns: {', '.join(map(str, given.columns))})"

    def _cell(self, given, right, unit: str) -> str:
        if isinstance(right, Real) and not isinstance(right, bool):
            return "" if given != given and right != right else Number(unit, digits=self.digits).judge(given, right)
        return "" if _same(_plain(given), _plain(right)) else f"{kind_of(given)} is not right."

    def _name(self, row) -> str:
        return ", ".join(f"{k} {row[k]}" for k in self.keys)

    def _key(self, key) -> str:
        key = key if isinstance(key, tuple) else (key,)
        return ", ".join(f"{name} {value}" for name, value in zip(self.keys, key, strict=True))


@dataclass(frozen=True)
class Function:
    """A function, tried on cases; `expected` returns the function that is right.

    Parameters
    ----------
    cases : arguments of each call; the simplest first
    answer : how each value is judged
    """

    cases: tuple[tuple, ...]
    answer: object
    praise: str = ""

    def judge(self, given: object, right: object, known: Known = ()) -> str:
        """What is wrong; empty where nothing is."""
        if not callable(given):
            return f"Asked is a function; yours is {kind_of(given)}. Give its name without ( )."
        said = self._first_fault(given, right)
        for other, message in known if said else ():
            if self._alike(given, other):
                return message
        return said

    def _first_fault(self, given: Callable, right: Callable) -> str:
        for case in self.cases:
            call = f"{getattr(given, '__name__', 'your function')}({', '.join(_shown(a) for a in case)})"
            taken = copy.deepcopy(case)
            try:
                _can_be_called(given, case)
                value = given(*taken)
            except TypeError as fault:
                return f"{call} does not work: {fault}."
            except (Exception, SystemExit) as fault:  # whatever a student's function raises is an answer, and is said
                return f"{call} stops with {type(fault).__name__}: {fault}."
            if value is None:
                return f"{call} gives None: is there a return?"
            if value is ...:
                return f"{call} gives …: put your answer there."
            if said := self.answer.judge(value, right(*copy.deepcopy(case))):
                return f"{call}: {said}"
            if not _same(taken, case):
                return f"{call} changes what it was given: work on a copy."
        return ""

    def _alike(self, given: Callable, other: Callable) -> bool:
        try:
            return all(not self.answer.judge(given(*copy.deepcopy(c)), other(*copy.deepcopy(c))) for c in self.cases)
        except (Exception, SystemExit):  # a function that fails is like no other
            return False


def _plain(value: object) -> object:
    return value.strip().casefold() if isinstance(value, str) else value


def _same(a: object, b: object) -> bool:
    """Whether two values are equal to the last cell, where a printed table would show dots."""
    if type(a) is type(b) and hasattr(a, "equals"):
        return bool(a.equals(b))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.all((a == b) | ((a != a) & (b != b))))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if type(a) is type(b) and type(a).__eq__ is object.__eq__:  # told apart by what they hold, not by where they lie
        return _same(getattr(a, "__dict__", None), getattr(b, "__dict__", None))
    try:
        return bool(a == b) or bool(a != a and b != b) or (type(a) is type(b) and repr(a) == repr(b))
    except (TypeError, ValueError):  # a missing value, or many values, is equal to no single one
        return a is b


def _can_be_called(given: Callable, case: tuple) -> None:
    try:
        signature = inspect.signature(given)
    except ValueError:  # some functions of Python itself do not tell theirs
        return
    signature.bind(*case)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 30 and "\n" not in shown else "…"
