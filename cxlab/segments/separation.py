"""Separation: is there a valley between two segments, or does a line cut through one cloud?"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

_BINS = 256
#: customers that both the valley and the lower peak are thought to hold beside those seen, so that few prove little
_PRIOR = 3.0


def separation(rows: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """How far the density falls between every two segments, 0 (no valley) … 1 (nobody in between), shape (k, k).

    Parameters
    ----------
    rows : shape (n, p), without ties
    labels : segment of each row

    Notes
    -----
    Along the direction that tells the two apart best (Fisher's, with a ridge): 1 − density at the valley / density at
    the lower of the two peaks, by a normal kernel.

    >>> rng = np.random.default_rng(1)
    >>> two = np.r_[rng.normal(0, 1, (400, 2)), rng.normal(0, 1, (400, 2)) + [4, 0]]
    >>> bool(separation(two, np.repeat([0, 1], 400), 2)[0, 1] > .5)
    True
    >>> one = rng.normal(0, 1, (800, 2))
    >>> bool(separation(one, (one[:, 0] > 0).astype(int), 2)[0, 1] < .15)
    True
    """
    p = rows.shape[1]
    own = [rows[labels == s] for s in range(k)]
    depth = np.zeros((k, k))
    means = [r.mean(0) if len(r) else np.zeros(p) for r in own]
    spreads = [(r - m).T @ (r - m) for r, m in zip(own, means, strict=True)]
    for i in range(k):
        for j in range(i):
            n = len(own[i]) + len(own[j])
            if min(len(own[i]), len(own[j])) < 2:
                continue
            within = (spreads[i] + spreads[j]) / n
            within += (0.1 * np.trace(within) / p + 1e-9) * np.eye(p)
            direction = np.linalg.solve(within, means[i] - means[j])
            depth[i, j] = depth[j, i] = _valley(own[j] @ direction, own[i] @ direction)
    return depth


def weakest(depth: np.ndarray) -> float:
    """The least separation of any two segments."""
    k = len(depth)
    return float(depth[np.triu_indices(k, 1)].min()) if k > 1 else 0.0


def _valley(low: np.ndarray, high: np.ndarray) -> float:
    """Depth of the valley between two groups on a line, the first on the left."""
    (a, b), (sa, sb) = (low.mean(), high.mean()), (low.std(), high.std())
    n = len(low) + len(high)
    width = 1.06 * max(np.sqrt(sa * sb), 1e-12) * n**-0.2
    start, end = a - 2 * sa - 3 * width, b + 2 * sb + 3 * width
    if not b > a or not end > start:
        return 0.0
    step = (end - start) / _BINS
    counts = np.histogram(low, _BINS, (start, end))[0] + np.histogram(high, _BINS, (start, end))[0]
    smooth = gaussian_filter1d(counts.astype(float), max(width / step, 0.5), mode="constant")
    first, last = (int(np.clip((x - start) / step, 0, _BINS - 1)) for x in (a, b))
    at = first + int(smooth[first : last + 1].argmin())
    held = 2 * np.sqrt(np.pi) * max(width / step, 0.5)  # bins that a kernel counts
    valley = smooth[at] * held + _PRIOR
    peak = min(smooth[: at + 1].max(), smooth[at:].max()) * held + _PRIOR
    return float(max(0.0, 1 - valley / peak))
