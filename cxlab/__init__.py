"""cxlab: customer experience of small and medium businesses, taught, researched and turned into decisions.

Importing the package is light: PyMC, matplotlib and Ibis load when a function that needs them is first called.

>>> import cxlab as cx
>>> "cdnow" in cx.datasets()
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_LAZY = {
    "Check": "cxlab.finding",
    "CxlabError": "cxlab.errors",
    "DataError": "cxlab.errors",
    "Dataset": "cxlab.data",
    "Finding": "cxlab.finding",
    "ModelError": "cxlab.errors",
    "ParameterError": "cxlab.errors",
    "cases": "cxlab.cases",
    "cltv": "cxlab.cltv",
    "data": "cxlab.data",
    "datasets": "cxlab.data",
    "journey": "cxlab.journey",
    "learn": "cxlab.learn",
    "load": "cxlab.data",
    "report": "cxlab.report",
    "runs": "cxlab.runs",
    "segments": "cxlab.segments",
}
__all__ = ["__version__", *_LAZY]

if TYPE_CHECKING:
    from cxlab.data import Dataset, datasets, load
    from cxlab.errors import CxlabError, DataError, ModelError, ParameterError
    from cxlab.finding import Check, Finding


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab' has no attribute {name!r}")
    module = import_module(_LAZY[name])
    value = module if _LAZY[name] == f"cxlab.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
