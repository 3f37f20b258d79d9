"""Shares of variance that inputs carry: Shapley effects from draws, right for inputs that move together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.errors import ModelError, ParameterError

#: most groups of inputs of which every set is looked at, and of which products are, too
MOST, _PRODUCTS = 12, 8
_RIDGE = 1e-9


def variance_shares(
    inputs: np.ndarray, result: np.ndarray, groups: Mapping[str, Sequence[int]]
) -> tuple[pd.DataFrame, float]:
    """Shapley effects: the share of the variance of the result that each group of inputs carries.

    Parameters
    ----------
    inputs : shape (draws, inputs); result : shape (draws,)
    groups : name → columns of `inputs`

    Returns
    -------
    DataFrame[input, share, alone, last, share_error, alone_error, last_error] and the part explained by all. share:
    Shapley effect, summing to 1; alone: what knowing it alone would take away (first-order Sobol index); last: what it
    adds when all else is known (total Sobol index where inputs are independent); _error: Monte-Carlo standard errors
    (jackknife)

    Raises
    ------
    ModelError : the result does not vary; ParameterError : there are more than 12 groups.

    Notes
    -----
    What a set of inputs tells is Var E[Y | X_S] / Var Y, found by regression on Hermite polynomials (third degree, and
    of up to 8 groups products of two) of their normal scores, so correlated and non-linear inputs are right as far as
    these explain the result; the rest belongs to nobody. Sources: Owen (2014), Sobol' indices and Shapley value,
    SIAM/ASA JUQ 2; Song, Nelson & Staum (2016), SIAM/ASA JUQ 4; Owen & Prieur (2017) for dependent inputs.

    >>> x = np.random.default_rng(0).normal(size=(40_000, 2))
    >>> table, explained = variance_shares(x, 2 * x[:, 0] + x[:, 1], {"a": [0], "b": [1]})
    >>> table["share"].round(2).tolist(), round(explained, 3)
    ([0.8, 0.2], 1.0)
    """
    names, k = list(groups), len(groups)
    if not 1 <= k <= MOST:
        raise ParameterError(f"{k} groups of inputs.", expected=f"1 to {MOST}", mend="put inputs together")
    result = np.asarray(result, float)
    spread = result.std()
    if not spread > 1e-12 * max(1.0, abs(result).max()):
        raise ModelError("the result is the same in all draws.", expected="inputs that are not all known")
    used = sorted({j for columns in groups.values() for j in columns})
    place = {j: i for i, j in enumerate(used)}
    terms, owners = _polynomials(np.asarray(inputs, float)[:, used], products=k <= _PRODUCTS)
    y = (result - result.mean()) / spread
    columns = [{place[j] for j in groups[name]} for name in names]
    sets = [frozenset(c) for size in range(k + 1) for c in combinations(range(k), size)]
    picked = {s: np.array([i for i, own in enumerate(owners) if own <= set().union(*(columns[g] for g in s))], int)
              for s in sets}  # fmt: skip
    blocks = np.array_split(np.arange(len(y)), 10 if k <= _PRODUCTS else 5)
    grams = np.stack([terms[b].T @ terms[b] for b in blocks])
    sides = np.stack([terms[b].T @ y[b] for b in blocks])
    totals = np.array([[len(b), y[b].sum(), y[b] @ y[b]] for b in blocks])

    def told(gram, side, total):
        n, mean, square = total[0], total[1] / total[0], total[2]
        variance = (square - n * mean * mean) / (n - 1)
        ridge = _RIDGE * n
        found = {frozenset(): 0.0}
        for s in sets[1:]:
            at = picked[s]
            own = gram[np.ix_(at, at)]
            solved = np.linalg.solve(own + ridge * np.eye(len(at)), side[at])
            rest = max(square - 2 * side[at] @ solved + solved @ own @ solved, 0.0)
            found[s] = float(np.clip(1 - rest / (n - len(at)) / variance, 0.0, 1.0))
        return found

    weights, every = [1 / (k * comb(k - 1, size)) for size in range(k)], frozenset(range(k))

    def indices(value):
        own = np.array([sum(weights[len(s)] * (value[s | {i}] - value[s]) for s in sets if i not in s)
                        for i in range(k)])  # fmt: skip
        alone = [value[frozenset({i})] for i in range(k)]
        return np.stack([own / max(own.sum(), 1e-12), alone, [value[every] - value[every - {i}] for i in range(k)]])

    sums = grams.sum(0), sides.sum(0), totals.sum(0)
    whole = told(*sums)
    found = indices(whole)
    without = np.stack([indices(told(*(a - b for a, b in zip(sums, block, strict=True))))
                        for block in zip(grams, sides, totals, strict=True)])  # fmt: skip
    error = np.sqrt((len(without) - 1) / len(without) * np.square(without - without.mean(0)).sum(0))
    names_of = ("share", "alone", "last")
    table = pd.DataFrame({"input": names} | dict(zip(names_of, found, strict=True))
                         | {f"{name}_error": e for name, e in zip(names_of, error, strict=True)})  # fmt: skip
    return table.sort_values("share", ascending=False, kind="stable").reset_index(drop=True), whole[every]


def _polynomials(x: np.ndarray, *, products: bool) -> tuple[np.ndarray, list[set[int]]]:
    """Constant, Hermite polynomials of the normal scores and products of two; and which columns each is made of."""
    n, k = x.shape
    z = ndtri((np.argsort(np.argsort(x, axis=0, kind="stable"), axis=0) + 0.5) / n)
    found, owners = [np.ones(n)], [set()]
    for j in range(k):
        found += [z[:, j], (z[:, j] ** 2 - 1) / np.sqrt(2), (z[:, j] ** 3 - 3 * z[:, j]) / np.sqrt(6)]
        owners += [{j}] * 3
    for i, j in combinations(range(k), 2) if products else ():
        found += [
            z[:, i] * z[:, j],
            (z[:, i] ** 2 - 1) * z[:, j] / np.sqrt(2),
            z[:, i] * (z[:, j] ** 2 - 1) / np.sqrt(2),
        ]
        owners += [{i, j}] * 3
    return np.stack(found, 1), owners
