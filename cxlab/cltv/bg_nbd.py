"""BG/NBD: buyers who may leave after any purchase.

Story: while active, a customer buys at random at a rate of their own; after each *repeat* purchase they leave for good
with a probability of their own. Rates are gamma distributed over customers (r, α), leaving probabilities beta (a, b).
A customer who never came back cannot have left, so every one-time buyer counts as alive: see `mbg_nbd` for the remedy.

L(x, t_x, T) = Γ(r+x) α^r / Γ(r) · B(a, b+x) / B(a, b) · [ (α+T)^−(r+x) + 1{x>0} · a / (b+x−1) · (α+t_x)^−(r+x) ]

Source: Fader, Hardie & Lee (2005), Counting Your Customers the Easy Way, Marketing Science 24(2), eqs. 6, 8 and 10.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit, gammaln, hyp2f1

from cxlab.cltv.model import (
    BETA,
    GAMMA,
    PURCHASE_RATE,
    RATE_SPREAD,
    BuyTillYouDie,
    Coordinate,
    Prior,
)
from cxlab.cltv.rows import Rows

DROPOUT = Coordinate("dropout", "mean probability to leave after a purchase, a/(a+b)", "logit", Prior(0.3, 1.25))
DROPOUT_TOTAL = Coordinate(
    "dropout_concentration", "how alike customers are in that probability, a+b", "log", Prior(3.0, 1.25)
)


class BGNBD(BuyTillYouDie):
    """The BG/NBD model; `parameters` r, alpha (time units), a, b."""

    key, title = "bg_nbd", "BG/NBD"
    source = "Fader, Hardie & Lee 2005"
    parameters = ("r", "alpha", "a", "b")
    coordinates = (PURCHASE_RATE, RATE_SPREAD, DROPOUT, DROPOUT_TOTAL)
    families = (GAMMA, BETA)
    #: chances to leave that are not tied to a repeat purchase (MBG/NBD has one, at the first purchase)
    extra_chances = 0

    def log_likelihood(self, theta, rows: Rows, *, gradient=False):
        x, recency, T = rows["frequency"], rows["recency"], rows["T"]
        at = rows.distinct("frequency")
        k = at.values + self.extra_chances
        r_k, a_k, b_k = (rows.spread(theta[i], at) for i in (0, 2, 3))
        r, alpha, a, b = (rows.spread(p) for p in theta)
        table = gammaln(r_k + at.values) - gammaln(r_k) + gammaln(b_k + k) - gammaln(b_k)
        table += gammaln(a_k + b_k) - gammaln(a_k + b_k + k)
        # odds that the customer left at the last purchase, given the process: log of a/(b+k−1); none without a chance
        chance = np.where(k > 0, np.log(a_k) - np.log(np.where(k > 0, b_k + k - 1, 1.0)), -np.inf)
        log_T, log_recency = np.log(alpha + T), np.log(alpha + recency)
        n = r + x
        stay, leave = -n * log_T, chance[at.inverse] - n * log_recency
        values = table[at.inverse] + r * np.log(alpha) + np.logaddexp(stay, leave)
        if not gradient:
            return values
        left = expit(leave - stay)
        stayed = 1 - left
        psi_total = digamma(a_k + b_k) - digamma(a_k + b_k + k)
        by_r = (
            (digamma(r_k + at.values) - digamma(r_k))[at.inverse] + np.log(alpha) - stayed * log_T - left * log_recency
        )
        by_alpha = r / alpha - n * (stayed / (alpha + T) + left / (alpha + recency))
        by_a = psi_total[at.inverse] + left / a
        tail = np.where(k > 0, 1 / np.where(k > 0, b_k + k - 1, 1.0), 0.0)
        by_b = (digamma(b_k + k) - digamma(b_k) + psi_total)[at.inverse] - left * tail[at.inverse]
        return values, np.stack([by_r, by_alpha, by_a, by_b])

    def p_alive(self, theta, frequency, recency, T):
        r, alpha, a, b = theta
        k = frequency + self.extra_chances
        log_odds = (
            np.log(a)
            - np.log(np.where(k > 0, b + k - 1, 1.0))
            + (r + frequency) * np.log((alpha + T) / (alpha + recency))
        )
        return np.where(k > 0, expit(-log_odds), 1.0)

    def expected_if_alive(self, theta, frequency, T, t):
        r, alpha, a, b = theta
        c = a + b + frequency + self.extra_chances - 1
        z = t / (alpha + T + t)
        shift = a - 1
        near = np.abs(shift) < 1e-3
        safe = np.where(near, 1e-3, shift)
        # stable for every a: the textbook form is 0/0 at a = 1 and overflows for heavy buyers
        ratio = np.where(near, _hyp2f1_slope(c - r - frequency + 0 * z, shift, c, z), 0.0) if np.any(near) else 0.0
        ratio = np.where(near, ratio, (hyp2f1(c - r - frequency, safe, c, z) - 1) / safe)
        log_rest = np.log1p(-z)
        slope = np.where(near, log_rest * (1 + shift * log_rest / 2), np.expm1(safe * log_rest) / safe)
        return -c * (slope + np.exp(shift * log_rest) * ratio)

    def p_none_if_alive(self, theta, frequency, T, t):
        r, alpha = theta[:2]
        return np.exp(-(r + frequency) * np.log1p(t / (alpha + T)))

    def future_if_alive(self, theta, frequency, T, t, rng):
        r, alpha, a, b = theta
        shape = np.broadcast(r, frequency, T).shape
        rate = rng.gamma(np.broadcast_to(r + frequency, shape)) / (alpha + T)
        leaving = rng.beta(np.broadcast_to(a, shape), np.broadcast_to(b + frequency + self.extra_chances, shape))
        cap = np.ceil(np.log1p(-rng.random(shape)) / np.log1p(-np.minimum(leaving, 1 - 1e-12)) if shape else 1.0)
        return rate, np.broadcast_to(np.asarray(t, dtype=float), shape), np.maximum(cap, 1.0)


def _hyp2f1_slope(a, b, c, z, *, terms: int = 400):
    """(2F1(a, b; c; z) − 1) / b by its series, for b near 0."""
    total = term = a / c * z
    for n in range(1, terms):
        term = term * (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total = total + term
        if np.max(np.abs(term)) < 1e-17 * max(1.0, np.max(np.abs(total))):
            break
    return total


BG_NBD = BGNBD()
