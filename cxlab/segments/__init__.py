"""Who customers are: segments from features of any table, and whether the data supports them.

>>> from cxlab import segments
>>> segments.k_means.__module__
'cxlab.segments.clustering'
"""

from __future__ import annotations

from importlib import import_module

_LAZY = {
    "Feature": "features",
    "FeatureTable": "table",
    "Recipe": "table",
    "Segmentation": "segmentation",
    "Stability": "stability",
    "assess_stability": "stability",
    "bayesian_mixture": "bayesian",
    "cost_to_serve": "value",
    "feature": "features",
    "gaussian_mixture": "mixture",
    "in_period": "migration",
    "k_means": "clustering",
    "latent_classes": "latent_class",
    "rfm_scores": "rfm",
    "segment_lifetime_value": "lifetime",
    "segment_value": "value",
    "whale_curve": "whale",
}
__all__ = list(_LAZY)


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab.segments' has no attribute {name!r}")
    return getattr(import_module(f"cxlab.segments.{_LAZY[name]}"), name)


def __dir__():
    return sorted(__all__)
