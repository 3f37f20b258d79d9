"""Shares of texts: their intervals, and what share is positive once the errors of whoever reads them are taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import betainc, betaincinv

from cxlab.intervals import share_interval

#: texts of either kind from which calls are judged by those of the group itself
OWN = 30
_AT, _WEIGHT = np.polynomial.legendre.leggauss(32)
_AT, _WEIGHT = (_AT + 1) / 2, _WEIGHT / 2


def design_effect(hit, customer) -> float:
    """How many texts count as one, because a customer who wrote several is alike in them; 1 where each wrote one.

    Parameters
    ----------
    hit : whether each text is one of those counted, shape (n,)
    customer : who wrote it, shape (n,); None or missing: somebody else each time

    Notes
    -----
    Variance of the share between customers over that of independent texts (Rao & Scott 1992); customers count in place
    of texts where all or none is a hit.

    >>> round(design_effect([1, 1, 0, 0], ["a", "a", "b", "b"]), 2)
    2.0
    """
    hit = np.asarray(hit, float)
    if customer is None or len(hit) == 0:
        return 1.0
    code, _ = pd.factorize(np.asarray(customer))
    single = code < 0
    code[single] = code.max(initial=-1) + 1 + np.arange(single.sum())
    sizes, hits = np.bincount(code), np.bincount(code, hit)
    n, p = len(hit), hit.mean()
    if p in (0.0, 1.0):
        return float((sizes.astype(float) ** 2).sum() / n)
    return max(1.0, float(((hits - p * sizes) ** 2).sum() / (n * p * (1 - p))))


@dataclass(frozen=True)
class Confusion:
    """How texts whose feeling is known were read, by somebody who had not seen them before.

    Parameters
    ----------
    called_of_positive, positive : of so many texts that are positive, so many were called positive
    called_of_others, others : and of those that are not
    """

    called_of_positive: float
    positive: float
    called_of_others: float
    others: float

    @property
    def accuracy(self) -> float:
        """Share of texts read right.

        >>> Confusion(45, 50, 10, 50).accuracy
        0.85
        """
        return (self.called_of_positive + self.others - self.called_of_others) / (self.positive + self.others)

    @classmethod
    def of(cls, called, truth) -> Confusion:
        """From what each text was called and what it is, both true or false."""
        called, truth = np.asarray(called, bool), np.asarray(truth, bool)
        return cls(
            float((called & truth).sum()), float(truth.sum()), float((called & ~truth).sum()), float((~truth).sum())
        )


def corrected_share(called: float, n: float, known: Confusion, *, level: float = 0.9) -> tuple[float, float, float]:
    """Share that is positive, given how many texts were called so and how often such calls are wrong.

    Parameters
    ----------
    called, n : texts called positive, of how many
    known : what such calls are worth

    Returns
    -------
    median and ends of the interval, which holds the doubt about the calls as well as that of few texts; 0.5 between 0
    and 1 where calls tell nothing

    Notes
    -----
    Called positive are se·p + (1 − sp)·(1 − p) of the texts (Rogan & Gladen 1978). The share called, sensitivity se and
    specificity sp each have the posterior of Jeffreys' prior; p follows from them, and what lies beyond 0 and 1 counts
    for 0 and 1. By quadrature, without sampling. It holds where texts of either kind are read as well as the known ones
    were; their mixture may differ.

    >>> known = Confusion(450, 500, 150, 500)
    >>> [round(x, 2) for x in corrected_share(800, 1000, known)]  # (.8 − .3) / (.9 − .3)
    [0.83, 0.79, 0.88]
    """
    se = betaincinv(known.called_of_positive + 0.5, known.positive - known.called_of_positive + 0.5, _AT)[:, None]
    miss = betaincinv(known.called_of_others + 0.5, known.others - known.called_of_others + 0.5, _AT)[None, :]
    told, weight = se - miss, _WEIGHT[:, None] * _WEIGHT[None, :]

    def below(p: float) -> float:
        at = np.clip(miss + p * told, 0, 1)
        own = np.where(told > 0, betainc(called + 0.5, n - called + 0.5, at), 0.5)  # calls that tell nothing: even
        return float((weight * own).sum())

    first, last = below(0), below(1)
    return tuple(
        0.0 if q <= first else 1.0 if q >= last else float(brentq(lambda p, q=q: below(p) - q, 0, 1, xtol=1e-6))
        for q in (0.5, (1 - level) / 2, (1 + level) / 2)
    )


def share_with_known(called, truth, known: Confusion, *, effect: float = 1.0, level: float = 0.9):
    """Share that is positive where some texts are known: those count as they are, only the others' calls are corrected.

    Parameters
    ----------
    called : whether each text was called positive, shape (n,)
    truth : 1 positive, 0 not, NaN unknown, shape (n,)
    known : what calls are worth; where 30 texts of either kind are known here, these tell it instead
    effect : texts that count as one (`design_effect`)

    Returns
    -------
    share and ends of the interval; where all are known, their share with Jeffreys' interval

    Notes
    -----
    Both parts' distances to their ends are weighted and added in squares (Zou & Donner 2008, the method of variance
    estimates recovery).

    >>> few = share_with_known([1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0], Confusion(45, 50, 30, 50))
    >>> [round(x, 2) for x in few]
    [0.33, 0.1, 0.66]
    """
    called, truth = np.asarray(called, float), np.asarray(truth, float)
    told = np.isfinite(truth)
    of, hits, weight = told.sum(), truth[told].sum(), told.mean()
    parts = []
    if of:
        parts.append((weight, hits / of, *share_interval(hits / effect, of / effect, level=level)))
    if of < len(truth):
        own = known if min(hits, of - hits) < OWN else Confusion.of(called[told] > 0, truth[told] > 0)
        rest = corrected_share(called[~told].sum() / effect, (~told).sum() / effect, own, level=level)
        parts.append((1 - weight, *rest))
    mid = sum(w * m for w, m, _, _ in parts)
    down, up = (np.sqrt(sum((w * (p[i] - p[0])) ** 2 for w, *p in parts)) for i in (1, 2))
    return float(mid), float(max(mid - down, 0)), float(min(mid + up, 1))
