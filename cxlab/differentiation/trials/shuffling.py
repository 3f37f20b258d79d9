"""Inference by shuffling: who was treated is drawn anew among the units, as often as there are ways or 4,999 times."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

_MOST = 4999


@dataclass(frozen=True)
class Shuffled:
    """What shuffling says.

    Parameters
    ----------
    p_value : share of assignments with a difference at least as far from 0, the one that was among them
    least : the smallest share that these numbers of units can give
    low, high : interval by inversion; infinite where so few units cannot give one
    ways : assignments gone through; exact : whether all
    """

    p_value: float
    least: float
    low: float
    high: float
    ways: int
    exact: bool


def shuffle(treated: np.ndarray, control: np.ndarray, *, level: float = 0.9, rng=0) -> Shuffled:
    """Difference of the means of two groups of units, by shuffling who is in which.

    Parameters
    ----------
    treated, control : changes of single units

    Notes
    -----
    The difference over its standard error is compared, so that groups of unequal spread do no harm (but for one unit
    alone); exact in any distribution where units are alike but for treatment. Source: MacKinnon & Webb (2020),
    Randomization inference for difference-in-differences with few treated clusters, Journal of Econometrics 218(2).

    >>> found = shuffle(np.array([5., 6, 7]), np.array([1., 2, 3, 2]))
    >>> found.ways, round(found.p_value, 3), round(found.least, 3)
    (35, 0.029, 0.029)
    """
    n, few = len(treated) + len(control), len(treated)
    exact = comb(n, few) <= _MOST
    if exact:
        who = np.array(list(combinations(range(n), few)))
    else:
        rng = np.random.default_rng(rng)
        drawn = np.argsort(rng.random((_MOST, n)), axis=1)[:, :few]
        who = np.concatenate([np.arange(few)[None], drawn])
    picked = np.zeros((len(who), n), bool)
    np.put_along_axis(picked, who, True, axis=1)

    def p_value(shift: float) -> float:
        values = np.concatenate([treated - shift, control])
        stat = np.abs(_studentised(values, picked))
        return float((stat >= stat[0] * (1 - 1e-9)).mean())

    least = 1 / len(who) if few != n - few else 2 / len(who)
    gap = float(treated.mean() - control.mean())
    if least > 1 - level:
        return Shuffled(p_value(0.0), least, -np.inf, np.inf, len(who), exact)
    width = float(np.ptp(np.concatenate([treated - gap, control]))) or 1.0
    ends = [_end(p_value, gap, sign * width, 1 - level) for sign in (-1, 1)]
    return Shuffled(p_value(0.0), least, *ends, len(who), exact)


def _studentised(values: np.ndarray, picked: np.ndarray) -> np.ndarray:
    n, few = picked.shape[1], int(picked[0].sum())
    inside = picked @ values
    square = picked @ values**2
    gap = inside / few - (values.sum() - inside) / (n - few)
    if min(few, n - few) == 1:
        return gap
    parts = [(square, inside, few), ((values**2).sum() - square, values.sum() - inside, n - few)]
    variance = sum(np.maximum(s / m - (v / m) ** 2, 0) / (m - 1) for s, v, m in parts)
    return gap / np.sqrt(np.maximum(variance, 1e-12 * np.var(values) + 1e-300))


def _end(p_value, gap: float, step: float, alpha: float) -> float:
    """Where shuffling begins to refuse a difference, on one side of the one found."""
    far = gap + step
    for _try in range(20):
        if p_value(far) <= alpha:
            break
        far = gap + 2 * (far - gap)
    else:
        return float(np.sign(step) * np.inf)
    near = gap
    for _try in range(40):
        middle = (near + far) / 2
        near, far = (near, middle) if p_value(middle) <= alpha else (middle, far)
    return float(far)
