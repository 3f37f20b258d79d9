"""BG/BB: customers who buy, or do not, at regular occasions (a yearly appeal, a season).

Story: at each occasion an active customer buys with a probability of their own (beta: α, β); before each occasion they
leave for good with a probability of their own (beta: γ, δ).

L(x, t_x, n) · B(α, β) B(γ, δ) = B(α+x, β+n−x) B(γ, δ+n) + Σ_{i=0}^{n−t_x−1} B(α+x, β+t_x−x+i) B(γ+1, δ+t_x+i)

Source: Fader, Hardie & Shang (2010), Customer-base analysis in a discrete-time noncontractual setting, Marketing
Science 29(6).
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln, digamma

from cxlab.cltv.model import BETA, BuyTillYouDie, Coordinate, Prior
from cxlab.cltv.rows import Rows


class BGBB(BuyTillYouDie):
    """The BG/BB model; `parameters` alpha, beta, gamma, delta. Frequency, recency and T count occasions."""

    can_condense = False
    key, title = "bg_bb", "BG/BB (occasions)"
    source = "Fader, Hardie & Shang 2010"
    parameters = ("alpha", "beta", "gamma", "delta")
    coordinates = (
        Coordinate("buying", "mean probability to buy at an occasion while active, α/(α+β)", "logit", Prior(0.4, 1.25)),
        Coordinate("buying_concentration", "how alike customers are in it, α+β", "log", Prior(3.0, 1.25)),
        Coordinate("leaving", "mean probability to leave before an occasion, γ/(γ+δ)", "logit", Prior(0.15, 1.25)),
        Coordinate("leaving_concentration", "how alike customers are in it, γ+δ", "log", Prior(3.0, 1.25)),
    )
    families = (BETA, BETA)

    def log_likelihood(self, theta, rows: Rows, *, gradient=False):
        x, recency, n = rows["frequency"], rows["recency"], rows["T"]
        alpha, beta, gamma, delta = (rows.spread(t) for t in theta)
        start = betaln(alpha, beta) + betaln(gamma, delta)
        # every way the silence can have come about: (failures counted, occasions survived, left after them)
        ways = [(n - x, n, np.zeros_like(n), np.ones(len(n), dtype=bool))]
        for i in range(int((n - recency).max(initial=0))):
            ways.append((recency - x + i, recency + i, np.ones_like(n), recency + i < n))
        terms = np.stack(
            [
                np.where(open_, betaln(alpha + x, beta + failed) + betaln(gamma + left, delta + survived), -np.inf)
                for failed, survived, left, open_ in ways
            ]
        )
        top = terms.max(0)
        log_sum = top + np.log(np.exp(terms - top).sum(0))
        if not gradient:
            return log_sum - start
        share = np.exp(terms - log_sum)
        by = np.zeros((4, len(n)))
        for weight, (failed, survived, left, open_) in zip(share, ways, strict=True):
            failed, survived = np.where(open_, failed, 0), np.where(open_, survived, 0)
            psi_buy, psi_leave = digamma(alpha + beta + x + failed), digamma(gamma + delta + left + survived)
            by += weight * np.stack(
                [
                    digamma(alpha + x) - psi_buy,
                    digamma(beta + failed) - psi_buy,
                    digamma(gamma + left) - psi_leave,
                    digamma(delta + survived) - psi_leave,
                ]
            )
        psi_buy, psi_leave = digamma(alpha + beta), digamma(gamma + delta)
        zero = [
            digamma(alpha) - psi_buy,
            digamma(beta) - psi_buy,
            digamma(gamma) - psi_leave,
            digamma(delta) - psi_leave,
        ]
        return log_sum - start, by - np.stack([np.broadcast_to(v, n.shape) for v in zero])

    def p_alive(self, theta, frequency, recency, T):
        """Probability of being active at the next occasion, n + 1, as the paper defines it."""
        alpha, beta, gamma, delta = theta
        shape = np.broadcast(alpha, frequency, T).shape
        silence = np.broadcast_to(T - recency, shape)
        here = betaln(alpha + frequency, beta + T - frequency) + betaln(gamma, delta + T)
        ratio = np.ones(shape)
        for i in range(int(silence.max(initial=0)) if silence.size else 0):
            gone = betaln(alpha + frequency, beta + recency - frequency + i) + betaln(gamma + 1, delta + recency + i)
            ratio = ratio + np.where(silence > i, np.exp(np.where(silence > i, gone - here, 0.0)), 0.0)
        return (delta + T) / (gamma + delta + T) / ratio

    def expected_if_alive(self, theta, frequency, T, t):
        """Given active at occasion n + 1; `t` whole occasions ahead (a fraction counts that share of the next one)."""
        alpha, beta, gamma, delta = theta
        buying = (alpha + frequency) / (alpha + beta + T)
        t = np.asarray(t, dtype=float)
        total, kept = 0.0, 1.0
        for j in range(int(np.ceil(t.max(initial=0)))):
            total = total + np.clip(t - j, 0, 1) * kept
            kept = kept * (delta + T + 1 + j) / (gamma + delta + T + 1 + j)
        return buying * total

    def p_none_if_alive(self, theta, frequency, T, t):
        alpha, beta, gamma, delta = theta
        B, D = beta + T - frequency, delta + T + 1
        t = np.asarray(t, dtype=float)
        occasions = np.floor(t + 1e-9)
        shape = np.broadcast(alpha, frequency, T, t).shape
        total = np.zeros(shape)
        for j in range(1, int(occasions.max(initial=0)) + 1):
            leave = betaln(alpha + frequency, B + j) - betaln(alpha + frequency, B)
            leave = leave + betaln(gamma + 1, D + j - 1) - betaln(gamma, D)
            total = total + np.where(j < occasions, np.exp(leave), 0.0)
        stay = betaln(alpha + frequency, B + occasions) - betaln(alpha + frequency, B)
        stay = stay + betaln(gamma, D + occasions - 1) - betaln(gamma, D)
        return np.where(occasions > 0, total + np.exp(stay), 1.0)

    def future_if_alive(self, theta, frequency, T, t, rng):
        raise NotImplementedError("occasions are simulated one by one: simulate_purchases")

    def simulate_purchases(self, theta, frequency, recency, T, t, rng):
        alpha, beta, gamma, delta = theta
        shape = np.broadcast(alpha, frequency, T).shape
        alive = rng.random(shape) < self.p_alive(theta, frequency, recency, T)
        buying = rng.beta(np.broadcast_to(alpha + frequency, shape), np.broadcast_to(beta + T - frequency, shape))
        leaving = rng.beta(np.broadcast_to(gamma, shape), np.broadcast_to(delta + T + 1, shape))
        bought = np.zeros(shape)
        for j in range(int(np.floor(np.max(t)))):
            if j:
                alive &= rng.random(shape) >= leaving
            bought += alive & (rng.random(shape) < buying) & (np.broadcast_to(t, shape) > j)
        return bought

    def simulate(self, theta, T, rng: np.random.Generator):
        alpha, beta, gamma, delta = np.asarray(theta, dtype=float)
        T = np.asarray(T, dtype=float)
        buying, leaving = rng.beta(alpha, beta, size=T.shape), rng.beta(gamma, delta, size=T.shape)
        alive = np.ones(T.shape, dtype=bool)
        frequency, recency = np.zeros(T.shape), np.zeros(T.shape)
        for occasion in range(1, int(T.max(initial=0)) + 1):
            alive &= rng.random(T.shape) >= leaving
            bought = alive & (rng.random(T.shape) < buying) & (occasion <= T)
            frequency += bought
            recency = np.where(bought, occasion, recency)
        return frequency, recency


BG_BB = BGBB()
