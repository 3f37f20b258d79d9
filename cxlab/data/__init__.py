"""The door: bring data in and vouch for it.

>>> import cxlab as cx
>>> cx.load("cdnow").transactions.columns[:3]
('customer_id', 'timestamp', 'amount')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# The command line imports this room for its verbs; Ibis and pandas wait until a name is used.
_LAZY = {
    "TABLES": "contract",
    "Card": "dataset",
    "Column": "contract",
    "Dataset": "dataset",
    "Rules": "rules",
    "Table": "contract",
    "datasets": "catalog",
    "load": "sources",
}
__all__ = ["TABLES", "Card", "Column", "Dataset", "Rules", "Table", "datasets", "load"]

if TYPE_CHECKING:
    from cxlab.data.catalog import datasets
    from cxlab.data.contract import TABLES, Column, Table
    from cxlab.data.dataset import Card, Dataset
    from cxlab.data.rules import Rules
    from cxlab.data.sources import load


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab.data' has no attribute {name!r}")
    value = getattr(import_module(f"cxlab.data.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
