"""sBG: customers under contract who renew or leave at each renewal.

Story: at every renewal a customer leaves with a probability of their own, which never changes; it is beta distributed
over customers (α, β). Retention of a cohort *rises* with age although no customer changes: the
likely leavers leave first.

P(leave at renewal t) = B(α+1, β+t−1) / B(α, β),  P(still there after t) = B(α, β+t) / B(α, β)

Source: Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1).
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, digamma

from cxlab.cltv.model import BETA, Coordinate, Model, Prior
from cxlab.cltv.rows import Rows


class SBG(Model):
    """The shifted-beta-geometric model; `parameters` alpha, beta.

    Rows: `renewals` a customer is known to have passed, and `churned` (1: left at the next one; 0: still there).

    >>> [round(100 * float(s), 1) for s in S_BG.survival((.668, 3.806), np.arange(4))]
    [100.0, 85.1, 74.7, 67.0]
    """

    can_condense = False
    key, title = "sbg", "sBG (contracts)"
    source = "Fader & Hardie 2007"
    columns = ("renewals", "churned")
    parameters = ("alpha", "beta")
    coordinates = (
        Coordinate("churn", "mean probability to leave at a renewal, α/(α+β)", "logit", Prior(0.2, 1.25)),
        Coordinate("churn_concentration", "how alike customers are in it, α+β", "log", Prior(3.0, 1.25)),
    )
    families = (BETA,)

    def log_likelihood(self, theta, rows: Rows, *, gradient=False):
        renewals, churned = rows["renewals"], rows["churned"]
        alpha, beta = (rows.spread(t) for t in theta)
        values = betaln(alpha + churned, beta + renewals) - betaln(alpha, beta)
        if not gradient:
            return values
        total = digamma(alpha + beta) - digamma(alpha + beta + renewals + churned)
        by_alpha = digamma(alpha + churned) - digamma(alpha) + total
        return values, np.stack([by_alpha, digamma(beta + renewals) - digamma(beta) + total])

    def survival(self, theta, t):
        """Share of a new cohort still there after `t` renewals."""
        alpha, beta = theta
        return np.exp(betaln(alpha, beta + t) - betaln(alpha, beta))

    def retention(self, theta, t):
        """Share of those still there after t − 1 renewals who pass the next, t ≥ 1."""
        alpha, beta = theta
        return (beta + t - 1) / (alpha + beta + t - 1)

    def residual(self, theta, renewals, periods: int, discount: float = 0.0):
        """Expected further renewals passed, discounted by `discount` a period, of a customer who passed `renewals`."""
        alpha, beta = theta
        total = 0.0
        for j in range(1, periods + 1):
            kept = np.exp(betaln(alpha, beta + renewals + j) - betaln(alpha, beta + renewals))
            total = total + kept / (1 + discount) ** j
        return total

    def simulate(self, theta, horizon, rng: np.random.Generator):
        """Contracts observed over `horizon` renewals each: renewals passed, and whether the customer then left."""
        alpha, beta = theta
        horizon = np.asarray(horizon, dtype=float)
        leaving = rng.beta(alpha, beta, size=horizon.shape)
        at = np.maximum(1.0, np.ceil(np.log1p(-rng.random(horizon.shape)) / np.log1p(-np.minimum(leaving, 1 - 1e-15))))
        churned = at <= horizon
        return np.where(churned, at - 1, horizon), churned.astype(float)


S_BG = SBG()
