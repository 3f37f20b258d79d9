"""How customers feel: scores, drivers, feedback and monitoring of surveys, and what they are worth.

>>> from cxlab import experience
>>> experience.read_answers.__module__
'cxlab.experience.answers'
"""

from __future__ import annotations

from importlib import import_module

_LAZY = {
    "Answers": "answers",
    "questions": "answers",
    "read_answers": "answers",
}
__all__ = list(_LAZY)


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab.experience' has no attribute {name!r}")
    return getattr(import_module(f"cxlab.experience.{_LAZY[name]}"), name)


def __dir__():
    return sorted(__all__)
