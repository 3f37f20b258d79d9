"""What a student touches: exercises that answer back, quizzes, widgets; light until one is called."""

from __future__ import annotations

from importlib import import_module

_LAZY = {"exercise": "cxlab.learn.exercises", "quiz": "cxlab.learn.quizzes", "widget": "cxlab.learn.widgets"}
__all__ = list(_LAZY)


def __getattr__(name: str):
    # asked for once, a name stays put
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab.learn' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LAZY[name]), name)
    return value
