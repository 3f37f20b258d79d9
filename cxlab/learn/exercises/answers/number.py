"""Answers that are one number: known exactly, or within what another seed would explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
        return np.nan, f"{asked}; yours is {kind_of(given)}{many}."
    try:
        value = float(given)
    except OverflowError:  # a whole number beyond all floats
        return np.inf, ""
    if not np.isfinite(value):
        return np.nan, f"{asked}; yours is {value}: was something divided by nothing, or is a value missing?"
    return value, ""


def kind_of(value: object) -> str:
    """What a student would call a value."""
    shown = repr(value)
    names = {str: "a text", bool: "True or False", dict: "a dict", list: "a list", tuple: "a tuple", set: "a set"}
    if callable(value) and not isinstance(value, type):
        return f"a function, {getattr(value, '__name__', 'without a name')}: call it with ( )"
    name = names.get(type(value), f"a {type(value).__name__}")
    return f"{name}, {shown}" if len(shown) <= 40 and "\n" not in shown else name
