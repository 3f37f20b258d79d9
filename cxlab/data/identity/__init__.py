"""One customer out of many records: rules and likeness, a reason for every link, nothing merged silently.

    matched = match(records, fields=Fields(email="mail"))
    matched.people, matched.links, matched.unsure, matched.apart
    matched.finding(), matched.accuracy(truth), matched.golden()
    matched.at(0.8), matched.at(answers=answered), matched.thresholds(truth), matched.bands(truth), matched.weights()
    unified(transactions, matched.people)

Matching needs Splink: the extra `identity`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

_LAZY = {
    "Fields": "fields",
    "Matched": "matched",
    "Normalise": "fields",
    "RULES": "rules",
    "Rule": "rules",
    "hashed": "handing_on",
    "match": "matching",
    "unified": "handing_on",
}
__all__ = ["RULES", "Fields", "Matched", "Normalise", "Rule", "hashed", "match", "unified"]

if TYPE_CHECKING:
    from cxlab.data.identity.fields import Fields, Normalise
    from cxlab.data.identity.handing_on import hashed, unified
    from cxlab.data.identity.matched import Matched
    from cxlab.data.identity.matching import match
    from cxlab.data.identity.rules import RULES, Rule


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab.data.identity' has no attribute {name!r}")
    return getattr(import_module(f"cxlab.data.identity.{_LAZY[name]}"), name)


def __dir__():
    return sorted(__all__)
