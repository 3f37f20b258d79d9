"""NBD: buyers who never leave. A baseline: what a forecast looks like when drop-out is ignored.

Story: every customer buys at random at a rate of their own, for ever; rates are gamma distributed (r, α).

L(x, T) = Γ(r+x) α^r / (Γ(r) (α+T)^(r+x))

Source: Ehrenberg (1959), The pattern of consumer purchases, Applied Statistics 8(1).
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln

from cxlab.cltv.model import GAMMA, PURCHASE_RATE, RATE_SPREAD, BuyTillYouDie
from cxlab.cltv.rows import Rows


class NBD(BuyTillYouDie):
    """The NBD model; `parameters` r, alpha (time units)."""

    key, title = "nbd", "NBD (nobody leaves)"
    source = "Ehrenberg 1959"
    parameters = ("r", "alpha")
    coordinates = (PURCHASE_RATE, RATE_SPREAD)
    families = (GAMMA,)

    def log_likelihood(self, theta, rows: Rows, *, gradient=False):
        x, T = rows["frequency"], rows["T"]
        at = rows.distinct("frequency")
        r_k = rows.spread(theta[0], at)
        r, alpha = (rows.spread(p) for p in theta)
        log_T = np.log(alpha + T)
        values = (gammaln(r_k + at.values) - gammaln(r_k))[at.inverse] + r * np.log(alpha) - (r + x) * log_T
        if not gradient:
            return values
        by_r = (digamma(r_k + at.values) - digamma(r_k))[at.inverse] + np.log(alpha) - log_T
        return values, np.stack([by_r, r / alpha - (r + x) / (alpha + T)])

    def p_alive(self, theta, frequency, recency, T):
        return np.ones(np.broadcast(theta[0], frequency, T).shape)

    def expected_if_alive(self, theta, frequency, T, t):
        r, alpha = theta
        return (r + frequency) / (alpha + T) * t

    def p_none_if_alive(self, theta, frequency, T, t):
        r, alpha = theta
        return np.exp(-(r + frequency) * np.log1p(t / (alpha + T)))

    def future_if_alive(self, theta, frequency, T, t, rng):
        r, alpha = theta
        shape = np.broadcast(r, frequency, T).shape
        rate = rng.gamma(np.broadcast_to(r + frequency, shape)) / (alpha + T)
        return rate, np.broadcast_to(np.asarray(t, dtype=float), shape), np.full(shape, np.inf)


NBD_MODEL = NBD()
