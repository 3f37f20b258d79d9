"""Pareto/NBD: buyers who may leave at any moment.

Story: while active, a customer buys at random at a rate of their own; their lifetime is exponential with a leaving rate
of their own. Both rates are gamma distributed over customers: (r, α) for buying, (s, β) for leaving.

L(x, t_x, T) = Γ(r+x)/Γ(r) · α^r β^s · [ (α+T)^−(r+x) (β+T)^−s + s ∫_{t_x}^{T} (α+t)^−(r+x) (β+t)^−(s+1) dt ]

The integral is taken by Gauss–Legendre quadrature in w = log((m+t)/(m+t_x)), m = min(α, β), which turns both factors
into smooth, nearly exponential functions; w is cut where the integrand has fallen by e^−40. No hypergeometric function,
no cancellation, and the gradient is an average over the same nodes.

Source: Schmittlein, Morrison & Colombo (1987), Counting your customers, Management Science 33(1); Fader & Hardie
(2005), A note on deriving the Pareto/NBD model and related expressions.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit, gammaln

from cxlab.cltv.model import (
    GAMMA,
    PURCHASE_RATE,
    RATE_SPREAD,
    BuyTillYouDie,
    Coordinate,
    Prior,
)
from cxlab.cltv.rows import Rows

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2
#: numbers held at once: few enough to stay near the processor, so nodes are taken together only for few rows
_CELLS = 50_000

LEAVING_RATE = Coordinate(
    "leaving_rate", "mean rate of leaving per unit of time, s/β", "log", Prior(1.0, 1.5), per_time=True
)
LEAVING_SPREAD = Coordinate(
    "leaving_spread",
    "how much customers differ in leaving rate: coefficient of variation, 1/√s",
    "log",
    Prior(1.0, 0.5),
)


class ParetoNBD(BuyTillYouDie):
    """The Pareto/NBD model; `parameters` r, alpha, s, beta (alpha and beta in time units)."""

    key, title = "pareto_nbd", "Pareto/NBD"
    source = "Schmittlein, Morrison & Colombo 1987"
    parameters = ("r", "alpha", "s", "beta")
    coordinates = (PURCHASE_RATE, RATE_SPREAD, LEAVING_RATE, LEAVING_SPREAD)
    families = (GAMMA, GAMMA)

    def log_likelihood(self, theta, rows: Rows, *, gradient=False):
        x, recency, T = rows["frequency"], rows["recency"], rows["T"]
        at = rows.distinct("frequency")
        r_k = rows.spread(theta[0], at)
        r, alpha, s, beta = (rows.spread(p) for p in theta)
        alive, gone, nodes = _brackets(r, alpha, s, beta, x, recency, T, nodes=gradient)
        top = np.maximum(alive, gone)
        log_bracket = top + np.log(np.exp(alive - top) + np.exp(gone - top))
        start = (gammaln(r_k + at.values) - gammaln(r_k))[at.inverse] + r * np.log(alpha) + s * np.log(beta)
        values = start + log_bracket
        if not gradient:
            return values
        share, t = nodes
        share = share * np.exp(gone - log_bracket)  # of each node in the bracket, (n_nodes, n_rows)
        stayed = np.exp(alive - log_bracket)
        log_a, log_b = np.log(alpha + t), np.log(beta + t)
        log_aT, log_bT = np.log(alpha + T), np.log(beta + T)
        by_r = (digamma(r_k + at.values) - digamma(r_k))[at.inverse] + np.log(alpha)
        by_r = by_r - stayed * log_aT - np.einsum("kn,kn->n", share, log_a)
        by_alpha = r / alpha - (r + x) * (stayed / (alpha + T) + (share / (alpha + t)).sum(0))
        by_s = np.log(beta) - stayed * log_bT - np.einsum("kn,kn->n", share, log_b) + share.sum(0) / s
        by_beta = s / beta - stayed * s / (beta + T) - (s + 1) * (share / (beta + t)).sum(0)
        return values, np.stack([by_r, by_alpha, by_s, by_beta])

    def p_alive(self, theta, frequency, recency, T):
        r, alpha, s, beta = theta
        alive, gone, _ = _brackets(r, alpha, s, beta, frequency, recency, T)
        return expit(alive - gone)

    def expected_if_alive(self, theta, frequency, T, t):
        r, alpha, s, beta = theta
        log_ratio = -np.log1p(t / (beta + T))  # log of (β+T)/(β+T+t)
        shift = s - 1
        near = np.abs(shift) < 1e-8
        gain = np.where(near, -log_ratio, -np.expm1(shift * log_ratio) / np.where(near, 1.0, shift))
        return (r + frequency) * (beta + T) / (alpha + T) * gain

    def p_none_if_alive(self, theta, frequency, T, t):
        r, alpha, s, beta = theta
        n, A, B = r + frequency, alpha + T, beta + T
        survive = np.exp(-n * np.log1p(t / A) - s * np.log1p(t / B))
        # … or leaves at some u before buying: ∫ s B^s (B+u)^−(s+1) (A/(A+u))^n du, with v = log(1 + u/min(A, B))
        m = np.minimum(A, B)
        top = np.log1p(t / m)
        leave = 0.0
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            grown = m * np.exp(top * node)
            u = grown - m
            leave = leave + weight * grown * np.exp(-(s + 1) * np.log1p(u / B) - n * np.log1p(u / A))
        leave = leave * top * s / B
        return survive + leave

    def future_if_alive(self, theta, frequency, T, t, rng):
        r, alpha, s, beta = theta
        shape = np.broadcast(r, frequency, T).shape
        rate = rng.gamma(np.broadcast_to(r + frequency, shape)) / (alpha + T)
        leaving = rng.gamma(np.broadcast_to(s, shape)) / (beta + T)
        lifetime = rng.exponential(size=shape) / np.maximum(leaving, 1e-300)
        return rate, np.minimum(lifetime, t), np.full(shape, np.inf)


def _brackets(r, alpha, s, beta, x, recency, T, *, nodes: bool = False):
    """Logs of the two terms of the bracket (still active at T; left between t_x and T); with `nodes` also the share of
    each node in the second and its time t, shape (n_nodes, n_rows) each."""
    m = np.minimum(alpha, beta)
    apart = np.maximum(alpha, beta) - m
    power, other = (
        np.where(alpha <= beta, r + x, s + 1),
        np.where(alpha <= beta, s + 1, r + x),
    )  # of (m+t), of the larger
    start = m + recency
    length = np.log((m + T) / start)
    fall = (r + x) * start / (alpha + recency) + (s + 1) * start / (beta + recency) - 1
    length = np.where(fall > 0, np.minimum(length, 40 / np.where(fall > 0, fall, 1.0)), length)
    alive = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    # the integrand is measured from its larger end: its log exceeds that by `length` at most, so nothing overflows
    rise = 1 - power
    end = np.maximum(-other * np.log(apart + start), rise * length - other * np.log(apart + start * np.exp(length)))
    with np.errstate(divide="ignore"):
        scale = np.log(length) + np.log(s) + rise * np.log(start) + end
    shape = np.broadcast(scale, apart, T).shape
    together = max(1, min(len(_NODES), _CELLS // max(1, int(np.prod(shape)))))
    total, kept = 0.0, []
    for first in range(0, len(_NODES), together):
        at = slice(first, first + together)
        w = _NODES[at].reshape(-1, *(1,) * len(shape)) * length
        grown = start * np.exp(w)  # m + t
        height = np.exp(rise * w - other * np.log(apart + grown) - end)
        total = total + np.einsum("k,k...->...", _WEIGHTS[at], height)
        if nodes:
            kept.append((height * _WEIGHTS[at].reshape(-1, *(1,) * len(shape)), grown - m))
    gone = scale + np.log(total)
    if not nodes:
        return alive, gone, None
    share, t = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    return alive, gone, (share / total, t)


PARETO_NBD = ParetoNBD()
