"""The interval of a share, which every room needs."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta


def share_interval(hits, n, *, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Equal-tailed interval of a share under Jeffreys' prior; 0 and 1 where nothing or everything was seen.

    Parameters
    ----------
    hits, n : counts, numbers or arrays that broadcast; need not be whole (effective counts)
    level : coverage, 0 < level < 1

    Notes
    -----
    Source: Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion, Statistical Science 16(2).

    >>> [round(float(end), 3) for end in share_interval(20, 40)]
    [0.373, 0.627]
    >>> [round(float(end), 3) for end in share_interval(0, 10)]
    [0.0, 0.171]
    """
    hits, n = np.broadcast_arrays(np.asarray(hits, float), np.asarray(n, float))
    low, high = (beta.ppf(p, hits + 0.5, n - hits + 0.5) for p in ((1 - level) / 2, (1 + level) / 2))
    return np.where(hits > 0, low, 0.0), np.where(hits < n, high, 1.0)
