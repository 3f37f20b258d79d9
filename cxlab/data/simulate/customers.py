"""Customers: what a business would know of each of them, drawn from their latent segment."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.chains import drawn_together, shares

#: spread of an attitude's latent answer, and of ages
_ANSWER_SPREAD, _AGE_SPREAD = 0.9, 9.0


def attributes(
    business: Business, segment: np.ndarray, rng: np.random.Generator, *, separation: float = 1.0
) -> dict[str, pa.Array]:
    """Age, interests (0 or 1) and attitudes (1…7) of customers, given their segment.

    Returns
    -------
    dict: age (years), interest_… and attitude_… for every subject and item the segments declare
    """
    share = shares(business)

    def means(given: list[float]) -> np.ndarray:
        return drawn_together(np.array(given, dtype=float), share, separation)[segment]

    n = len(segment)
    age = means([s.age for s in business.segments]) + _AGE_SPREAD * rng.standard_normal(n)
    made = {"age": pa.array(np.clip(np.rint(age), 16, 95).astype(np.int16))}
    for subject in _named(s.interests for s in business.segments):
        chance = np.clip(means([s.interests.get(subject, 0.0) for s in business.segments]), 0, 1)
        made[f"interest_{slug(subject)}"] = pa.array((rng.random(n) < chance).astype(np.int8))
    for item in _named(s.attitudes for s in business.segments):
        mean = means([s.attitudes.get(item, 4.0) for s in business.segments])
        answer = np.clip(np.rint(mean + _ANSWER_SPREAD * rng.standard_normal(n)), 1, 7)
        made[f"attitude_{slug(item)}"] = pa.array(answer.astype(np.int8))
    return made


def slug(text: str) -> str:
    """Words as a column name.

    >>> slug("I compare prices")
    'i_compare_prices'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def numbered(prefix: str, count: int, *, width: int = 7) -> pa.Array:
    """Ids with a running number from 1.

    >>> numbered("C", 2).to_pylist()
    ['C0000001', 'C0000002']
    """
    return ids(prefix, np.arange(1, count + 1), width=width)


def ids(prefix: str, numbers: np.ndarray, *, width: int = 7) -> pa.Array:
    """Ids of given numbers."""
    import pyarrow.compute as pc

    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def coded(codes: np.ndarray, labels) -> pa.Array:
    """Codes with their labels, as one dictionary-encoded array; −1 is missing."""
    codes = np.asarray(codes)
    labels = labels if isinstance(labels, pa.Array) else pa.array(labels, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), labels)


def _named(mappings) -> list[str]:
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))
