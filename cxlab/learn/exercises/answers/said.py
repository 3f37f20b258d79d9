"""Answers that are said or shown: names to choose from, words held against a rubric, pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cxlab.learn.exercises.answers.number import Known, kind_of


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
            return f"Asked is {'a list of names' if self.several else 'one name, a text'}; yours is {kind_of(given)}."
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
class Words:
    """An answer in words, held against a rubric by whoever gave it: q.check(words, [1, 3]).

    Parameters
    ----------
    rubric : points of a good answer; must : numbers of those it cannot do without; words : fewest words
    """

    rubric: tuple[str, ...]
    must: tuple[int, ...] = ()
    words: int = 25
    praise: str = "You say that it meets every point that matters. Read the solution, and see where yours is better."

    def judge(self, given: object, right: object = None, known: Known = ()) -> str:
        """What is wrong; empty where nothing is."""
        text, met = given if isinstance(given, tuple) and len(given) == 2 else (given, ...)
        if not isinstance(text, str):
            return f"Asked are words, a text in quotes; yours is {kind_of(text)}."
        if (count := len(text.split())) < self.words:
            there = "1 word is" if count == 1 else f"{count} words are"
            return f"{there} too few to be held against the rubric: {self.words} or more."
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
            return f"Asked is a picture, its Axes or Figure; yours is {kind_of(given)}."
        return next((said for holds, said in self.needs if not _holds(holds, axes)), "")


def _holds(need: Callable[[object], bool], axes: object) -> bool:
    try:
        return bool(need(axes))
    except Exception:  # what cannot be asked of a picture (a line that is not there) is not shown by it
        return False
