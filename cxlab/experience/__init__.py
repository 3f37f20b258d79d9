"""How customers feel: scores, drivers, feedback and monitoring of surveys, and what they are worth.

>>> from cxlab import experience
>>> experience.read_answers.__module__
'cxlab.experience.answers'
"""

from __future__ import annotations

from importlib import import_module

_LAZY = {
    "Answers": "answers",
    "DriverShares": "drivers",
    "KanoAnswers": "kano_answers",
    "Ratings": "ratings",
    "differentiation_scorecard": "scorecard",
    "driver_shares": "drivers",
    "drivers_by_group": "stated",
    "key_drivers": "drivers",
    "questions": "answers",
    "read_answers": "answers",
    "read_kano": "kano_answers",
    "read_ratings": "ratings",
    "rival_gaps": "rivals",
    "service_gaps": "gaps",
    "stated_and_derived": "stated",
}
__all__ = list(_LAZY)


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab.experience' has no attribute {name!r}")
    return getattr(import_module(f"cxlab.experience.{_LAZY[name]}"), name)


def __dir__():
    return sorted(__all__)
