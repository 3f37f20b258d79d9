"""How many purchases, with what probability: the exact distribution of future counts, given parameters.

Scores of single customers need probabilities, not draws: a count that no simulation happened to hit would get
probability 0. Every model's count is a mixture with a closed form or a smooth one-dimensional integral:

NBD         negative binomial
BG/NBD      min(negative binomial, geometric): stays through n purchases, or leaves at the n-th of at least n
Pareto/NBD  negative binomial over a window cut short by the lifetime, by Gauss–Legendre quadrature over lifetimes
BG/BB       beta-binomial over the occasions survived

Source: the conditional distributions given an active customer in the papers named in each model's file.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from itertools import count

import numpy as np
from scipy.special import betaln, gammaln

from cxlab.cltv.bg_bb import BGBB
from cxlab.cltv.bg_nbd import BGNBD
from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.nbd import NBD
from cxlab.cltv.pareto_nbd import ParetoNBD
from cxlab.errors import ParameterError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


@singledispatch
def count_probabilities(model: BuyTillYouDie, theta, frequency, T, t) -> Iterator[np.ndarray]:
    """P(N = 0), P(N = 1), … of the purchases N in (T, T + t] of a customer who is active at T.

    Parameters
    ----------
    theta : natural parameters that broadcast against the other arguments (for draws: shape (n_draws, 1))
    frequency, T, t : repeat purchases and age so far, length of the future (time units)

    Yields
    ------
    one array a count, in order, without end (BG/BB ends at the number of occasions)

    >>> from itertools import islice
    >>> from cxlab.cltv.bg_nbd import BG_NBD
    >>> p = count_probabilities(BG_NBD, (.2426, 4.4136, .7929, 2.4259), 2, 38.86, 39.0)
    >>> round(float(sum(n * each for n, each in enumerate(islice(p, 60)))), 4)  # E[X(39)] given active
    1.6872
    """
    raise ParameterError(
        f"{getattr(model, 'title', model)} has no distribution of future purchases.",
        expected="BG/NBD, MBG/NBD, Pareto/NBD, NBD or BG/BB",
    )


@count_probabilities.register
def _(model: NBD, theta, frequency, T, t):
    r, alpha = theta
    return map(np.copy, _negative_binomial(r + frequency, alpha + T, t))


@count_probabilities.register
def _(model: BGNBD, theta, frequency, T, t):
    r, alpha, a, b = theta
    k = b + frequency + model.extra_chances
    stays = 1.0  # probability to have stayed through n purchases
    more = 1.0  # probability of n or more purchases of one who never leaves
    for n, exactly in enumerate(_negative_binomial(r + frequency, alpha + T, t)):
        leaves = 0.0
        if n:
            leaves = stays * a / (a + k + n - 1)
            stays = stays * (k + n - 1) / (a + k + n - 1)
        yield stays * exactly + leaves * more
        more = np.maximum(more - exactly, 0.0)


@count_probabilities.register
def _(model: ParetoNBD, theta, frequency, T, t):
    r, alpha, s, beta = theta
    A, B = alpha + T, beta + T
    m = np.minimum(A, B)
    top = np.log1p(t / m)
    windows, shares = [t + 0 * m], [np.exp(-s * np.log1p(t / B))]
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        grown = m * np.exp(top * node)
        windows.append(grown - m)
        shares.append(weight * top * grown * s / B * np.exp(-(s + 1) * np.log1p((grown - m) / B)))
    windows, shares = np.stack(windows), np.stack(np.broadcast_arrays(*shares))
    for each in _negative_binomial(r + frequency, A, windows, shares):
        yield each.sum(0)


@count_probabilities.register
def _(model: BGBB, theta, frequency, T, t):
    alpha, beta, gamma, delta = theta
    a, b, d = alpha + frequency, beta + T - frequency, delta + T + 1
    occasions = int(np.floor(np.max(t) + 1e-9))
    start, started = betaln(a, b), betaln(gamma, d)
    for n in range(occasions + 1):
        total = np.zeros(np.broadcast(a, b).shape)
        for j in range(max(n, min(occasions, 1)), occasions + 1):
            # stays for exactly j occasions, the first of which is sure, and buys at n of them
            ended = betaln(gamma + 1, d + j - 1) if j < occasions else betaln(gamma, d + max(j - 1, 0))
            ways = gammaln(j + 1) - gammaln(n + 1) - gammaln(j - n + 1)
            total = total + np.exp(ended - started + ways + betaln(a + n, b + j - n) - start)
        yield total


def _negative_binomial(shape, rate, t, weight=1.0) -> Iterator[np.ndarray]:
    """Weighted probabilities of counts over `t` at gamma distributed rates, by recursion in place."""
    share = t / (rate + t)
    log_p = -shape * np.log1p(t / rate)
    if log_p.min() > -600:
        p = weight * np.exp(log_p)
        for n in count():
            yield p
            p *= share
            p *= (shape + n) / (n + 1)
    # P(0) of a heavy buyer underflows: the recursion goes in logs
    log_share = np.log(share)
    for n in count():
        yield weight * np.exp(log_p)
        log_p += np.log((shape + n) / (n + 1)) + log_share
