"""Exercises that answer back: `exercise("nps-01")` checks a student's value, and says what is wrong with it."""

from __future__ import annotations

from importlib import import_module

from cxlab.errors import unknown
from cxlab.learn.exercises.exercise import Exercise

__all__ = ["SUBJECTS", "Exercise", "exercise", "exercises"]

#: subject of exercises → lesson that asks them
SUBJECTS = {
    "gaps": "f1", "funnel": "f2", "nps": "f3", "identity": "f4", "worth": "f5", "pilot": "f6",
    "emotion": "i1", "segments": "i2", "drivers": "i3", "cltv": "i4", "wtp": "a1", "trials": "a3", "roadmap": "a6",
}  # fmt: skip


def exercise(name: str) -> Exercise:
    """The exercise of that name.

    Raises
    ------
    ParameterError : there is none; lists those there are

    >>> exercise("nps-01").check(...)
    ○ nps-01: not attempted. Put your answer where the … stand, then run the cell again.
    """
    subject = str(name).rpartition("-")[0]
    known = {e.name: e for e in exercises(subject)} if subject in SUBJECTS else {}
    if name not in known:
        raise unknown("exercise", name, [e.name for s in ([subject] if known else SUBJECTS) for e in exercises(s)])
    return known[name]


def exercises(subject: str) -> tuple[Exercise, ...]:
    """All exercises of a subject, in the order of the lesson."""
    return import_module(f"cxlab.learn.exercises.subjects.{subject}").EXERCISES
