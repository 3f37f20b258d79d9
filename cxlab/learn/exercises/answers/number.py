"""Answers that are one number: known exactly, or within what another seed would explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real

import numpy as np

#: wrong answers that are known, each with what is said to it
Known = Sequence[tuple[object, str]]
_DIGITS = ("no digit", "one digit", "two digits", "three digits", "four digits", "five digits", "six digits")


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
    near : share of the value beyond `relative` that is still said to be near
    """

    unit: str
    digits: int = 2
    relative: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    praise: str = ""
    whole: bool = False
    near: float = 0.005

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
        near = sorted((pair for pair in known if self._is(value, pair[0])), key=lambda pair: abs(value - pair[0]))
        if near and abs(value - near[0][0]) < 1e-9:
            return near[0][1]
        if self._has_too_few_digits(value, right):  # a mistake that is known, once rounded, may look the same
            return f"Too few digits to tell: give all you have, not rounded and not cut off. {self._must}"
        return near[0][1] if near else self._what_is_off(value, right)

    def agrees(self, value: float, right: float) -> bool:
        """Whether two values are one, as far as can be asked."""
        rounding = 1e-9 if self.whole else 0.500001 * 10.0**-self.digits
        return abs(value - right) <= max(rounding, self.relative * abs(right))

    def _is(self, value: float, known: float) -> bool:
        """Whether it is a known wrong answer: 0 is none that is small and happens to round to 0."""
        return self.agrees(value, known) and abs(value - known) <= max(1e-9, 0.5 * abs(known))

    def _has_too_few_digits(self, value: float, right: float) -> bool:
        if self.whole or not value or abs(value - right) > 0.25 * abs(right):
            return False
        scales = [10.0**digits for digits in range(max(0, self.digits - 2), self.digits + 1)]
        short = [cut(right * scale) / scale for scale in scales for cut in (np.round, np.trunc)]
        return bool(np.isclose(value, short, rtol=1e-12, atol=0).any())

    @property
    def _must(self) -> str:
        return f"It must agree {self.precision}."

    def _what_is_off(self, value: float, right: float) -> str:
        if right and (off := self._hundredfold(value / right)):
            return off
        if not self.low <= value <= self.high:
            return f"{value:g} is not possible: the answer {self._range}{_in_brackets(self.unit)}."
        if right and self.agrees(-value, right):
            return "The size is right and the sign is not: what is taken from what?"
        if right and value and self.agrees(1 / value, right):
            return "It stands upside down: what is divided by what?"
        if self._is_near(value, right):
            return f"Very near, beyond rounding. {self._must} Was something rounded on the way?"
        return f"{value:g} is not what was asked{_in_brackets(self.unit)}. q.hint() helps."

    def _hundredfold(self, ratio: float) -> str:
        """What is said to an answer a hundred times too large or too small; empty where it is neither."""
        margin = max(0.02, self.relative)
        large, small = abs(ratio / 100 - 1) < margin, abs(ratio * 100 - 1) < margin
        if large and self.unit == "share":
            return "The answer is asked as a share; yours looks like per cent."
        if small and self.unit == "per cent":
            return "The answer is asked in per cent; yours looks like a share."
        if not large and not small:
            return ""
        maybe = " Is it a share?" if small and self.unit.startswith("points") else ""
        return f"Yours is a hundred times too {'large' if large else 'small'}{_in_brackets(self.unit)}.{maybe}"

    @property
    def _range(self) -> str:
        if np.isinf(self.high):
            return f"is {self.low:g} or more"
        return f"is {self.high:g} or less" if np.isinf(self.low) else f"lies between {self.low:g} and {self.high:g}"

    def _is_near(self, value: float, right: float) -> bool:
        """Whether it is off by one in the last digit that is asked, or by a little more than it may be."""
        last = 0.0 if self.relative else 1.500001 * 10.0**-self.digits
        return not self.whole and abs(value - right) <= max(last, (self.relative + self.near) * abs(right))


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
        part = band / abs(value) if value else 0.0
        inner = Number(self.unit, digits=12, relative=part, near=part, low=self.low, high=self.high)
        said = inner.judge(given, value, known)
        if "Very near" in said:
            return "Near, but further off than another seed explains: are all draws in, and all customers?"
        return said


def plain_number(given: object, unit: str = "") -> tuple[float, str]:
    """A student's value as a number; or what is wrong with it.

    >>> print(plain_number("12", "points")[1])
    Asked is a number (points); yours is a text, '12'.
    >>> print(plain_number((0, 63), "share")[1])
    Asked is a number (share); a comma makes two of it: decimals take a point, 0.63.
    """
    asked = f"Asked is a number{_in_brackets(unit)}"
    if given is None:
        return np.nan, f"{asked}; yours is nothing (None): does the last line give a value?"
    if hasattr(given, "item") and getattr(given, "size", 1) == 1:
        given = given.item()
    if type(given).__name__ in ("NAType", "NaTType"):
        return np.nan, f"{asked}; yours is {given}: a value is missing."
    if isinstance(given, tuple) and len(given) == 2 and all(type(part) is int for part in given):
        return np.nan, f"{asked}; a comma makes two of it: decimals take a point, {given[0]}.{abs(given[1])}."
    if isinstance(given, bool) or not isinstance(given, (Real, Decimal)):
        size = getattr(given, "size", None)
        many = f" with {size} values: one is asked" if isinstance(size, int) and size != 1 else ""
        return np.nan, f"{asked}; yours is {kind_of(given)}{many}."
    try:
        value = float(given)
    except OverflowError:  # a whole number beyond all floats
        return np.inf, ""
    if not np.isfinite(value):
        return np.nan, f"{asked}; yours is {value}: was something divided by nothing, or is a value missing?"
    return value, ""


def kind_of(value: object) -> str:
    """What a student would call a value.

    >>> kind_of(3), kind_of(np.float64(0.5)), kind_of(None)
    ('a whole number, 3', 'a number, 0.5', 'nothing (None)')
    """
    if value is None:
        return "nothing (None)"
    if callable(value) and not isinstance(value, type):
        return f"a function, {getattr(value, '__name__', 'without a name')}: call it with ( )"
    value = value.item() if isinstance(value, np.generic) else value
    kind, shown = type(value).__name__, repr(value)
    names = {str: "a text", bool: "True or False", dict: "a dict", list: "a list", tuple: "a tuple", set: "a set",
             int: "a whole number", float: "a number"}  # fmt: skip
    name = names.get(type(value), f"{'an' if kind[0] in 'AEIOaeiou' else 'a'} {kind}")
    return f"{name}, {shown}" if len(shown) <= 40 and "\n" not in shown else name


def _in_brackets(unit: str) -> str:
    return f" ({unit})" if unit else ""
