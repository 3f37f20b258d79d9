"""What a forecast must beat: the past simply going on. The other baseline, buyers who never leave, is `nbd`."""

from __future__ import annotations

import numpy as np

from cxlab.cltv.rows import Rows

HISTORICAL_MEAN = "Historical mean"


def historical_mean(rows: Rows, horizon: float) -> np.ndarray:
    """Purchases in the next `horizon` when every customer goes on at their own past rate, x / T · horizon.

    Parameters
    ----------
    rows : with frequency and T (time units)
    horizon : length of the future, in the same units

    Returns
    -------
    expected purchases, shape (n_rows,); a customer seen for no time at all (T = 0) gets 0. A point forecast: it says
    nothing of chance, so it has no interval, no log score and no PIT.

    Notes
    -----
    Source: the heuristic of Wübben & von Wangenheim (2008), Instant customer base analysis: managerial heuristics often
    "get it right", Journal of Marketing 72(3).

    >>> rows = Rows.collapse({"frequency": [0, 3], "recency": [0, 20.0], "T": [26.0, 26.0]})
    >>> historical_mean(rows, 52.0).tolist()
    [0.0, 6.0]
    """
    x, T = rows["frequency"], rows["T"]
    return np.where(T > 0, x / np.where(T > 0, T, 1.0) * horizon, 0.0)
