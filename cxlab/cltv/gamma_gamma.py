"""Gamma-Gamma: how much a customer spends at a purchase.

Story: the amounts of a customer vary around a mean of their own (gamma, shape p), and the means vary over customers
(inverse gamma scale, q and ν). The mean of x amounts is pulled towards the mean of all customers, the more the fewer
amounts there are. Spend is assumed independent of how often a customer buys: a check says whether it is.

L(z̄ | x) = Γ(px+q) / (Γ(px) Γ(q)) · ν^q z̄^(px−1) x^(px) / (ν + x z̄)^(px+q)
E[spend | z̄, x] = p (ν + x z̄) / (px + q − 1), which exists for px + q > 1; the mean of all customers is pν/(q−1), for
q > 1.

Source: Fader & Hardie (2013), The Gamma-Gamma model of monetary value; Colombo & Jiang (1999).
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln

from cxlab.cltv.model import Coordinate, Family, Model, Prior
from cxlab.cltv.rows import Rows

SPEND = Family(
    3,
    natural=lambda scale, within, between, exp, sigmoid: [
        exp(-2 * within),
        exp(-2 * between),
        exp(scale + 2 * (within - between)),
    ],
    coordinates=lambda p, q, v: [np.log(p * v / q), -0.5 * np.log(p), -0.5 * np.log(q)],
    chain=lambda p, q, v, by_p, by_q, by_v: [v * by_v, 2 * (v * by_v - p * by_p), -2 * (q * by_q + v * by_v)],
)


class GammaGamma(Model):
    """The Gamma-Gamma model of spend; `parameters` p, q, v (v in money).

    >>> round(GAMMA_GAMMA.expected_spend((6.25, 3.74, 15.44), 2, 22.35).item(), 1)
    24.7
    """

    key, title = "gamma_gamma", "Gamma-Gamma spend"
    source = "Fader & Hardie 2013"
    columns = ("frequency", "monetary_value")
    parameters = ("p", "q", "v")
    coordinates = (
        Coordinate("spend_scale", "typical spend a purchase, pν/q", "log", Prior(1.0, 1.0), per_spend=True),
        Coordinate("spend_within", "how much a customer's purchases differ, 1/√p", "log", Prior(0.6, 0.75)),
        Coordinate("spend_between", "how much customers differ in mean spend, 1/√q", "log", Prior(0.6, 0.75)),
    )
    families = (SPEND,)

    def log_likelihood(self, theta, rows: Rows, *, gradient=False):
        x, mean = rows["frequency"], rows["monetary_value"]
        at = rows.distinct("frequency")
        p_k, q_k = (rows.spread(theta[i], at) for i in (0, 1))
        p, q, v = (rows.spread(t) for t in theta)
        table = gammaln(p_k * at.values + q_k) - gammaln(p_k * at.values) - gammaln(q_k)
        log_sum = np.log(v + x * mean)
        px = p * x
        values = table[at.inverse] + q * np.log(v) + px * np.log(x * mean) - np.log(mean) - (px + q) * log_sum
        if not gradient:
            return values
        psi_sum = digamma(p_k * at.values + q_k)
        by_p = x * ((psi_sum - digamma(p_k * at.values))[at.inverse] + np.log(x * mean) - log_sum)
        by_q = (psi_sum - digamma(q_k))[at.inverse] + np.log(v) - log_sum
        return values, np.stack([by_p, by_q, q / v - (px + q) / (v + x * mean)])

    def expected_spend(self, theta, frequency, monetary_value):
        """Expected mean spend a purchase of a customer; the mean of all customers where frequency is 0.

        It is ``intercept + slope · monetary_value`` (see `spend_line`); NaN where the mean does not exist.
        """
        intercept, slope = self.spend_line(theta, frequency)
        return intercept + slope * np.where(np.asarray(frequency) > 0, monetary_value, 0.0)

    def spend_line(self, theta, frequency):
        """Intercept and slope of the expected spend in the customer's own mean."""
        p, q, v = theta
        total = p * frequency + q - 1
        exists = total > 0
        total = np.where(exists, total, np.nan)
        return p * v / total, p * frequency / total

    def simulate(self, theta, frequency, rng: np.random.Generator):
        """Mean spend of customers with `frequency` purchases each; NaN where there are none."""
        p, q, v = theta
        frequency = np.asarray(frequency, dtype=float)
        scale = rng.gamma(q, size=frequency.shape) / v
        bought = frequency > 0
        spend = rng.gamma(np.where(bought, p * frequency, 1.0)) / scale
        return np.where(bought, spend / np.where(bought, frequency, 1.0), np.nan)


GAMMA_GAMMA = GammaGamma()
