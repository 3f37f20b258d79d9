"""BG/NBD: buyers who may leave after any purchase.

Story: while active, a customer buys at random at a rate of their own; after each *repeat* purchase they leave for good
with a probability of their own. Rates are gamma distributed over customers (r, α), leaving probabilities beta (a, b).
A customer who never came back cannot have left, so every one-time buyer counts as alive: see `mbg_nbd` for the remedy.

L(x, t_x, T) = Γ(r+x) α^r / Γ(r) · B(a, b+x) / B(a, b) · [ (α+T)^−(r+x) + 1{x>0} · a / (b+x−1) · (α+t_x)^−(r+x) ]

Source: Fader, Hardie & Lee (2005), Counting Your Customers the Easy Way, Marketing Science 24(2), eqs. 6, 8 and 10.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, digamma, expit, gammaln, hyp2f1

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
        B = b + frequency + self.extra_chances
        c, shift = a + B - 1, a - 1
        z = t / (alpha + T + t)
        log_rest = np.log1p(-z)
        near = np.abs(shift) < 1e-3
        safe = np.where(near, 1e-3, shift)
        # 2F1(c−r−x, a−1; c; z) stays moderate for heavy buyers, where the textbook form overflows
        ratio = (hyp2f1(c - r - frequency, safe, c, z) - 1) / safe
        expected = -c * (np.expm1(safe * log_rest) / safe + np.exp(safe * log_rest) * ratio)
        # a = 1 is 0/0, and for some large c and z SciPy's 2F1 has no value
        hard = near | ~np.isfinite(expected)
        if np.any(hard):
            expected, hard, *rest = np.broadcast_arrays(expected, hard, r + frequency, a, B, t / (alpha + T))
            expected = np.array(expected)
            expected[hard] = _expected_by_quadrature(*(v[hard] for v in rest))
        return expected

    def p_none_if_alive(self, theta, frequency, T, t):
        r, alpha = theta[:2]
        return np.exp(-(r + frequency) * np.log1p(t / (alpha + T)))

    def future_if_alive(self, theta, frequency, T, t, rng):
        r, alpha, a, b = theta
        shape = np.broadcast(r, frequency, T).shape
        rate = rng.gamma(np.broadcast_to(r + frequency, shape)) / (alpha + T)
        leaving = rng.beta(np.broadcast_to(a, shape), np.broadcast_to(b + frequency + self.extra_chances, shape))
        with np.errstate(divide="ignore", over="ignore"):  # who never leaves has no cap
            cap = np.ceil(np.log1p(-rng.random(shape)) / np.log1p(-np.minimum(leaving, 1 - 1e-12)))
        return rate, np.broadcast_to(np.asarray(t, dtype=float), shape), np.maximum(cap, 1.0)


def _expected_by_quadrature(n, a, B, span):
    """E[(1 − (1 + p·span)^−n) / p] for p ~ Beta(a, B), arrays of shape (k,): slower than 2F1, and good everywhere.

    The trapezoidal rule in the logit of p: every term is positive, and on both sides the integrand falls exponentially,
    so what lies beyond the nodes is a geometric series.
    """
    middle, width = np.log(a / B), np.sqrt(1 / a + 1 / B)
    low = np.minimum(np.minimum(middle, 0.0), -np.log(n * span)) - np.minimum(42 / a + 9 * width, 37.0)
    high = np.maximum(middle, 0.0) + np.minimum(42 / B + 9 * width, 37.0)
    nodes = int(np.ceil(((high - low) / np.minimum(0.2, 0.6 * width)).max()))
    step = (high - low) / nodes
    constant = betaln(a, B)

    def at(u):
        log_p = -np.logaddexp(0, -u)
        gain = -np.expm1(-n * np.log1p(np.exp(log_p) * span)) * np.exp(-log_p)
        return gain * np.exp(a * log_p - B * np.logaddexp(0, u) - constant)

    total = at(low) / np.expm1(np.minimum(a * step, 700)) + at(high) / np.expm1(np.minimum(B * step, 700))
    for k in range(nodes + 1):
        total += at(low + k * step)
    return total * step


BG_NBD = BGNBD()
