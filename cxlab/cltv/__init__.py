"""What customers are worth: from an order log to customer lifetime value with honest uncertainty.

>>> from cxlab import cltv
>>> cltv.fit.__module__
'cxlab.cltv.posterior'
"""

from __future__ import annotations

from importlib import import_module

_LAZY = {
    "BG_BB": "bg_bb",
    "BG_NBD": "bg_nbd",
    "GAMMA_GAMMA": "gamma_gamma",
    "MBG_NBD": "mbg_nbd",
    "NBD_MODEL": "nbd",
    "PARETO_NBD": "pareto_nbd",
    "Prior": "model",
    "Rows": "rows",
    "S_BG": "sbg",
    "Terms": "value",
    "customer_value": "value",
    "effect_of_duplicates": "duplicates",
    "fit": "posterior",
    "from_summaries": "summary",
    "mode": "posterior",
    "new_customer": "acquisition",
    "partial_pooling": "pooling",
    "shrinkage": "pooling",
    "summarise": "summary",
    "validate": "validation",
}
__all__ = list(_LAZY)


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab.cltv' has no attribute {name!r}")
    return getattr(import_module(f"cxlab.cltv.{_LAZY[name]}"), name)


def __dir__():
    return sorted(__all__)
