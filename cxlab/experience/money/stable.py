"""How much of a score is the customer and how much the day: what is stable in answers to the same question."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
from ibis import _
from scipy.stats import f

#: customers with several answers below which nothing is said
FEWEST = 20
#: a score that is all chance cannot be corrected: least stable part that is believed
LEAST = 0.1
_NODES = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class Stable:
    """Share of the variance of single answers that lies between customers (one-way intraclass correlation).

    Parameters
    ----------
    ratio : variance between customers' means over that within, as a ratio of mean squares
    between, within : degrees of freedom
    size : answers a customer, as the formula counts them
    customers : with several answers

    Notes
    -----
    The share is (F − 1)/(F + size − 1), with its interval from the F distribution. Source: Searle, Casella & McCulloch
    (1992), Variance components, section 3.6. Answers of one customer lie weeks apart, so what changes in between counts
    as chance: the share is a low estimate of how exactly one answer measures what the customer felt that day.

    >>> s = Stable(ratio=3.0, between=99, within=100, size=2.0, customers=100)
    >>> round(s.share, 2), [round(float(q), 2) for q in s.quantile([.05, .95])]
    (0.5, [0.37, 0.61])
    """

    ratio: float
    between: float
    within: float
    size: float
    customers: int

    @property
    def share(self) -> float:
        return float(max(self._of(self.ratio), 0.0))

    def quantile(self, p) -> np.ndarray:
        """Where the share lies below with confidence p; not below `LEAST`."""
        ratio = self.ratio / f.ppf(1 - np.asarray(p, float), self.between, self.within)
        return np.maximum(self._of(ratio), LEAST)

    def nodes(self) -> np.ndarray:
        """Equally likely values of the share."""
        return self.quantile(_NODES)

    def _of(self, ratio):
        return (ratio - 1) / (ratio + self.size - 1)


def stable_part(answers: ir.Table) -> Stable | None:
    """What is stable in scores, from customer_id and score of every answer, by sums over customers; None of too few."""
    own = answers.group_by("customer_id").agg(n=_.count().cast("float64"), s=_.score.sum(), ss=(_.score**2).sum())
    sums = own.filter(_.n > 1).agg(
        k=_.count(), n=_.n.sum(), nn=(_.n * _.n).sum(), s=_.s.sum(), ss=_.ss.sum(), means=(_.s * _.s / _.n).sum()
    )
    t = sums.to_pandas().iloc[0].astype(float)
    if t["k"] < FEWEST:
        return None
    between = (t["means"] - t["s"] ** 2 / t["n"]) / (t["k"] - 1)
    within = (t["ss"] - t["means"]) / (t["n"] - t["k"])
    if not within > 0:
        return None
    size = (t["n"] - t["nn"] / t["n"]) / (t["k"] - 1)
    return Stable(between / within, t["k"] - 1, t["n"] - t["k"], size, int(t["k"]))
