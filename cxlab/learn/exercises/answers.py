"""How an answer is judged: by its kind, and always with what is wrong about it, never with what would be right."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from numbers import Real

import numpy as np

Known = Sequence[tuple[object, str]]
_DIGITS = ("no digit", "one digit", "two digits", "three digits", "four digits", "five digits", "six digits")


def _kind(value: object) -> str:
    """What a student would call a value."""
    shown = repr(value)
    names = {str: "a text", bool: "True or False", dict: "a dict", list: "a list", tuple: "a tuple", set: "a set"}
    if callable(value) and not isinstance(value, type):
        return f"a function, {getattr(value, '__name__', 'without a name')}: call it with ( )"
    name = names.get(type(value), f"a {type(value).__name__}")
    return f"{name}, {shown}" if len(shown) <= 40 and "\n" not in shown else name


@dataclass(frozen=True)
class Number:
    """One number.

    Parameters
    ----------
    unit : "points", "€", "per cent", "share"
    digits : digits after the point to which it must agree
    relative : or the share of the value by which it may be off
    whole : only a whole number is an answer, and must be met exactly
    low, high : what a possible answer lies between; outside of that, this is what is said
    """

    unit: str
    digits: int = 2
    relative: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    praise: str = ""
    whole: bool = False

    @property
    def precision(self) -> str:
        """How near an answer must be, as the question says it.

        >>> Number("€").precision, Number("€", relative=0.05).precision, Number("€", digits=0).precision
        ('to two digits after the point', 'to within 5 %', 'to a whole number')
        """
        if self.whole:
            return "a whole number"
        if self.relative:
            return f"to within {100 * self.relative:.2g} %"
        return f"to {_DIGITS[self.digits]} after the point" if self.digits > 0 else "to a whole number"

    def judge(self, given: object, right: object, known: Known = ()) -> str:
        """What is wrong; empty where nothing is."""
        value, message = plain_number(given, self.unit)
        if message:
            return message
        right, known = float(right), [(float(v), m) for v, m in known]
        if self.whole and value != round(value):
            return f"Asked is a whole number ({self.unit}); yours is {value:g}: is it to be rounded up or down?"
        if self.agrees(value, right):
            return ""
        for other, said in sorted(known, key=lambda pair: abs(value - pair[0])):  # the nearest, where two are near
            if self.agrees(value, other):
                return said
        return self._what_is_off(value, right)

    def agrees(self, value: float, right: float) -> bool:
        """Whether two values are one, as far as can be asked."""
        rounding = 1e-9 if self.whole else 0.500001 * 10.0**-self.digits
        return abs(value - right) <= max(rounding, self.relative * abs(right))

    def _what_is_off(self, value: float, right: float) -> str:
        if right and min(abs(value / right * 100 - 1), abs(value / right / 100 - 1)) < max(0.02, self.relative):
            looks = "a share" if abs(value) < abs(right) else "per cent"
            return f"The answer is asked in {self.unit}; yours looks like {looks}: a factor of 100 is between."
        if not self.low <= value <= self.high:
            return f"{value:g} is not possible: the answer lies between {self.low:g} and {self.high:g} ({self.unit})."
        if right and self.agrees(-value, right):
            return "The size is right and the sign is not: what is taken from what?"
        if right and value and self.agrees(1 / value, right):
            return "It stands upside down: what is divided by what?"
        wide = replace(self, digits=self.digits - 1, relative=min(5 * self.relative, self.relative + 0.05))
        if not self.whole and wide.agrees(value, right):
            return f"Very near, beyond rounding: it must agree {self.precision}. Was something rounded on the way?"
        return f"{value:g} is not what was asked ({self.unit}). q.hint() helps."


@dataclass(frozen=True)
class Sampled:
    """A number that comes of random draws: right within what another seed would explain.

    `expected` returns the value and its Monte-Carlo error.

    Parameters
    ----------
    unit : of the number; errors : Monte-Carlo errors it may be off, both runs together
    """

    unit: str
    errors: float = 5.0
    low: float = -np.inf
    high: float = np.inf
    praise: str = ""

    def judge(self, given: object, right: object, known: Known = ()) -> str:
        """What is wrong; empty where nothing is."""
        value, error = right
        band = self.errors * float(error)
        number, message = plain_number(given, self.unit)
        if not message and abs(number - value) <= band:
            return ""
        inner = Number(self.unit, digits=12, relative=band / abs(value) if value else 0.0, low=self.low, high=self.high)
        said = inner.judge(given, value, known)
        if "Very near" in said:
            return "Near, but further off than another seed explains: are all draws in, and all customers?"
        return said


@dataclass(frozen=True)
class Choice:
    """One of some names, or several of them.

    Parameters
    ----------
    options : the names there are; several : whether more than one is asked
    """

    options: tuple[str, ...]
    several: bool = False
    praise: str = ""

    def judge(self, given: object, right: object, known: Known = ()) -> str:
        """What is wrong; empty where nothing is."""
        if hasattr(given, "tolist"):
            given = given.tolist()
            if not self.several and isinstance(given, list) and len(given) == 1:
                given = given[0]
        if isinstance(given, str):
            given = {given}
        elif not self.several or not isinstance(given, (list, tuple, set, frozenset)):
            return f"Asked is {'a list of names' if self.several else 'one name, a text'}; yours is {_kind(given)}."
        names = {str(n).strip().casefold() for n in given}
        options = {o.casefold(): o for o in self.options}
        strange = sorted(n for n in names if n not in options)
        if strange:
            return f"“{strange[0]}” is not among the names: {', '.join(self.options)}."
        as_set = lambda v: {str(n).casefold() for n in ([v] if isinstance(v, str) else v)}  # noqa: E731
        if names == as_set(right):
            return ""
        for other, said in known:
            if names == as_set(other):
                return said
        if not self.several:
            return "Not this one. q.hint() helps."
        extra, missing = len(names - as_set(right)), len(as_set(right) - names)
        parts = [
            f"{extra} of yours {'does' if extra == 1 else 'do'} not belong" if extra else "",
            f"{missing} more belong{'s' if missing == 1 else ''}" if missing else "",
        ]
        return ", and ".join(p for p in parts if p) + "."


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
            return f"Asked is a DataFrame; yours is {_kind(given)}{table}."
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
            return f"There is no column “{missing[0]}” (columns: {', '.join(map(str, given.columns))})."
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
            unit = (self.units or {}).get(column, "as asked")
            for key in b.index:
                said = self._cell(a.at[key, column], b.at[key, column], unit)
                if said:
                    return f"First wrong row: {self._key(key)}, column “{column}”. {said}"
        return ""

    def _cell(self, given, right, unit: str) -> str:
        if isinstance(right, Real) and not isinstance(right, bool):
            return "" if given != given and right != right else Number(unit, digits=self.digits).judge(given, right)
        return "" if _same(_plain(given), _plain(right)) else f"{_kind(given)} is not right."

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
            return f"Asked is a function; yours is {_kind(given)}. Give its name without ( )."
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


@dataclass(frozen=True)
class Shown:
    """A picture, judged by what it shows.

    Parameters
    ----------
    needs : (what must hold of its Axes, what to say where it does not), in this order
    """

    needs: tuple[tuple[Callable[[object], bool], str], ...]
    praise: str = ""

    def judge(self, given: object, right: object = None, known: Known = ()) -> str:
        """What is wrong; empty where nothing is."""
        axes = given
        if not hasattr(given, "get_xlabel"):
            many = given.ravel().tolist() if isinstance(given, np.ndarray) else getattr(given, "axes", None)
            axes = many[0] if many else None
        if not hasattr(axes, "get_xlabel"):
            return f"Asked is a picture, its Axes or Figure; yours is {_kind(given)}."
        return next((said for holds, said in self.needs if not _holds(holds, axes)), "")


@dataclass(frozen=True)
class Words:
    """An answer in words, held against a rubric by whoever gave it: q.check(words, [1, 3]).

    Parameters
    ----------
    rubric : points of a good answer; must : numbers of those it cannot do without; words : fewest words
    """

    rubric: tuple[str, ...]
    must: tuple[int, ...] = ()
    words: int = 25
    praise: str = "Every point that matters is met. Read the solution, and see where yours is better."

    def judge(self, given: object, right: object = None, known: Known = ()) -> str:
        """What is wrong; empty where nothing is."""
        text, met = given if isinstance(given, tuple) and len(given) == 2 else (given, ...)
        if not isinstance(text, str):
            return f"Asked are words, a text in quotes; yours is {_kind(text)}."
        if len(text.split()) < self.words:
            return f"{len(text.split())} words are too few to be held against the rubric: {self.words} or more."
        met = met.tolist() if hasattr(met, "tolist") else met
        points = "\n".join(f"{i}. {point}" for i, point in enumerate(self.rubric, 1))
        if met is ... or not met:
            return f"Now read your answer against the rubric, and give the numbers it meets, as [1, 3]:\n{points}"
        if not isinstance(met, (list, tuple, set)) or any(isinstance(m, bool) or m not in range(1, len(self.rubric) + 1)
                                                          for m in met):  # fmt: skip
            return f"The points are numbered 1 to {len(self.rubric)}; give a list of the numbers your answer meets."
        lacking = [i for i in (self.must or range(1, len(self.rubric) + 1)) if i not in met]
        if lacking:
            return "Your answer does without: " + " ".join(f"{i}. {self.rubric[i - 1]}" for i in lacking)
        return ""


def plain_number(given: object, unit: str = "") -> tuple[float, str]:
    """A student's value as a number; or what is wrong with it.

    >>> print(plain_number("12", "points")[1])
    Asked is a number (points); yours is a text, '12'.
    """
    asked = f"Asked is a number ({unit})" if unit else "Asked is a number"
    if given is None:
        return np.nan, f"{asked}; yours is None: does the last line give a value?"
    if hasattr(given, "item") and getattr(given, "size", 1) == 1:
        given = given.item()
    if type(given).__name__ in ("NAType", "NaTType"):
        return np.nan, f"{asked}; yours is {given}: a value is missing."
    if isinstance(given, bool) or not isinstance(given, (Real, Decimal)):
        size = getattr(given, "size", None)
        many = f" with {size} values: one is asked" if isinstance(size, int) and size != 1 else ""
        return np.nan, f"{asked}; yours is {_kind(given)}{many}."
    try:
        value = float(given)
    except OverflowError:  # a whole number beyond all floats
        return np.inf, ""
    if not np.isfinite(value):
        return np.nan, f"{asked}; yours is {value}: was something divided by nothing, or is a value missing?"
    return value, ""


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


def _holds(need: Callable[[object], bool], axes: object) -> bool:
    try:
        return bool(need(axes))
    except Exception:  # what cannot be asked of a picture (a line that is not there) is not shown by it
        return False


def _can_be_called(given: Callable, case: tuple) -> None:
    try:
        signature = inspect.signature(given)
    except ValueError:  # some functions of Python itself do not tell theirs
        return
    signature.bind(*case)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 30 and "\n" not in shown else "…"
