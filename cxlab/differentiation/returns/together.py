"""Quantities that move together: margins kept to the last digit, correlation of ranks as asked (Iman & Conover)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from cxlab.differentiation.returns.uncertain import Uncertain
from cxlab.errors import ParameterError, unknown

_ROUNDING = 1e-8


def sample_together(
    quantities: Sequence[Uncertain], *, draws: int = 4000, correlation=None, rng: np.random.Generator | int = 0
) -> np.ndarray:
    """Joint draws: each column is evenly spread over its own distribution, columns are correlated as asked.

    Parameters
    ----------
    correlation : of the normal scores of the quantities: a matrix, or {(name, name): correlation} with 0 for all other
        pairs; by default none. A negative effect of cost on effect is a negative number.

    Returns
    -------
    array, shape (draws, quantities)

    Raises
    ------
    ParameterError : the correlations are not those of any quantities; says by how much they must shrink.

    Notes
    -----
    Scores of ranks are turned so that their correlation is exactly the one asked for, then replaced by the quantiles
    of the same rank (Gaussian copula; Iman & Conover 1982, Communications in Statistics B 11(3)).

    >>> from cxlab.differentiation.returns.uncertain import three_points
    >>> cost, effect = three_points("cost", 1, 2, 4), three_points("effect", 0, 1, 3)
    >>> x = sample_together([cost, effect], correlation={("cost", "effect"): .8})
    >>> float(np.corrcoef(ndtri(np.argsort(np.argsort(x, axis=0), axis=0) / 4000 + 1 / 8000).T)[0, 1].round(2))
    0.8
    """
    n, names = len(quantities), [q.name for q in quantities]
    if not n:
        raise ParameterError("there are no quantities to sample.", expected="one or more")
    if draws < max(100, 3 * n):
        raise ParameterError(f"draws = {draws} of {n} quantities.", expected=f"{max(100, 3 * n)} or more")
    wanted = correlation_matrix(names, correlation)
    rng = np.random.default_rng(rng)
    scores = ndtri((np.arange(draws) + 0.5) / draws)
    mixed = np.stack([rng.permutation(scores) for _ in names], 1)
    turned = mixed @ _power(mixed.T @ mixed / (scores @ scores), -0.5) @ _power(wanted, 0.5)
    rank = np.argsort(np.argsort(turned.round(9), axis=0, kind="stable"), axis=0)
    at = (np.arange(draws) + 0.5) / draws
    return np.stack([q.at(at)[rank[:, j]] for j, q in enumerate(quantities)], 1)


def correlation_matrix(names: Sequence[str], correlation=None) -> np.ndarray:
    """The matrix of correlations between quantities of these names, checked.

    >>> correlation_matrix(["a", "b", "c"], {("a", "b"): .9, ("b", "c"): .9, ("a", "c"): -.9})
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: no three or more quantities can have these correlations (smallest eigenvalue -0.8).
      expected: a positive semidefinite matrix; where a goes with b and b with c, a goes with c
      to mend:  multiply all correlations by 0.555, or look at a–b, b–c, a–c again
    """
    n = len(names)
    if correlation is None:
        return np.eye(n)
    if isinstance(correlation, Mapping):
        found = np.eye(n)
        for pair, value in correlation.items():
            if len(pair) != 2 or pair[0] == pair[1]:
                raise ParameterError(f"correlation of {pair!r}.", expected="two different names")
            for name in pair:
                if name not in names:
                    raise unknown("quantity", name, names)
            i, j = (list(names).index(name) for name in pair)
            found[i, j] = found[j, i] = value
    else:
        found = np.asarray(correlation, float)
    if found.shape != (n, n):
        raise ParameterError(f"the correlations have shape {found.shape}.",
                             expected=f"({n}, {n}): {', '.join(names)}")  # fmt: skip
    if not np.isfinite(found).all() or (abs(found) > 1 + _ROUNDING).any():
        raise ParameterError("a correlation is missing or outside −1 to 1.", expected="numbers from −1 to 1")
    if not np.allclose(found, found.T) or not np.allclose(np.diag(found), 1):
        raise ParameterError("the correlations are not symmetric with ones on the diagonal.",
                             expected="the same number for a with b as for b with a, 1 for a with itself")  # fmt: skip
    values, vectors = np.linalg.eigh(found)
    if values[0] < -_ROUNDING:
        apart = abs(vectors[:, 0]) > 0.1
        pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if apart[i] and apart[j] and found[i, j]]
        worst = sorted(pairs, key=lambda pair: -abs(found[pair]))[:3]
        shrink = np.floor(1000 / (1 - values[0])) / 1000
        raise ParameterError(
            f"no three or more quantities can have these correlations (smallest eigenvalue {values[0]:.3g}).",
            expected="a positive semidefinite matrix; where a goes with b and b with c, a goes with c",
            mend=f"multiply all correlations by {shrink:g}, or look at "
            + ", ".join(f"{names[i]}–{names[j]}" for i, j in sorted(worst, key=lambda p: (p[0] + 1 != p[1], p)))
            + " again",
        )
    return found


def _power(matrix: np.ndarray, power: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, 0 if power > 0 else 1e-12) ** power) @ vectors.T
