"""How far apart two journeys are: optimal matching, Hamming and longest common subsequence, over all pairs at once.

Sequences are rows of codes padded with −1, as in `complexity`. Give each distinct sequence once, with its
weight. Sources: Abbott & Tsay (2000), Sequence analysis and optimal matching methods in sociology, Sociological Methods
& Research 29(1); Lesnard (2010), Setting cost in optimal matching to uncover contemporaneous socio-temporal
patterns, Sociological Methods & Research 38(3); Gabadinho et al. (2011), Journal of Statistical Software 40(4).
"""

from __future__ import annotations

import numpy as np

from cxlab.errors import ParameterError, unknown
from cxlab.journey.complexity import PAD, lengths

METHODS = ("OM", "LCS", "HAM", "DHD")
#: columns of the dynamic programme worked on at once: few enough to stay in a processor's cache
_BLOCK = 1000


def transition_rates(codes: np.ndarray, n_states: int, *, weight=None, by_position: bool = False) -> np.ndarray:
    """Shares of the next state, given a state: rows sum to 1, or to 0 where nothing follows.

    Returns
    -------
    shape (n_states, n_states), or (longest − 1, n_states, n_states) by position

    >>> from cxlab.journey.complexity import coded
    >>> transition_rates(coded(["AAB"])[0], 2)
    array([[0.5, 0.5],
           [0. , 0. ]])
    """
    codes = np.asarray(codes)
    weight = np.ones(len(codes)) if weight is None else np.asarray(weight, dtype=float)
    counts = np.zeros((max(codes.shape[1] - 1, 0), n_states, n_states))
    for step, table in enumerate(counts):
        both = codes[:, step + 1] != PAD
        np.add.at(table, (codes[both, step], codes[both, step + 1]), weight[both])
    counts = counts if by_position else counts.sum(0)
    total = counts.sum(-1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)


def substitution_costs(codes: np.ndarray, n_states: int, *, weight=None, by_position: bool = False) -> np.ndarray:
    """Costs of taking one state for another, low where one often follows the other ("TRATE").

    Returns
    -------
    shape (n_states, n_states): 2 − p(b|a) − p(a|b); or, by position, (longest, n_states, n_states):
    4 less the rates in both directions from the position before and to the one after (Lesnard 2010), those of the only
    neighbour counted twice at both ends

    >>> from cxlab.journey.complexity import coded
    >>> substitution_costs(coded(["AAB"])[0], 2)
    array([[0. , 1.5],
           [1.5, 0. ]])
    """
    rates = transition_rates(codes, n_states, weight=weight, by_position=by_position)
    both = rates + np.swapaxes(rates, -1, -2)
    if by_position:
        ends = np.concatenate([both[:1], both, both[-1:]]) if len(both) else np.zeros((2, n_states, n_states))
        cost = np.maximum(4 - ends[:-1] - ends[1:], 0.0)
    else:
        cost = 2 - both
    return np.where(np.eye(n_states, dtype=bool), 0.0, cost)


def distances(
    codes: np.ndarray,
    n_states: int,
    *,
    method: str = "OM",
    indel: float = 1.0,
    substitution: float | str | np.ndarray | None = None,
    weight=None,
    normalised: bool = False,
    to: np.ndarray | None = None,
) -> np.ndarray:
    """Distances between all pairs of sequences, or from every sequence to those of another set.

    Parameters
    ----------
    codes : shape (n_sequences, longest), padded with −1
    method : "OM", the least cost of turning one into the other by inserting, deleting (each at `indel`) and
        substituting states; "LCS", what is left of both beside their longest common subsequence; "HAM", positions at
        which they differ; "DHD", the same with costs by position from transition rates. The last two need equal lengths
    substitution : one cost for all pairs (2 for OM, 1 for HAM), "TRATE" (see `substitution_costs`), or a matrix of
        shape (n_states, n_states), or (longest, n_states, n_states) for "DHD"
    weight : journeys of each sequence, for transition rates
    to : sequences of the same width, shape (n_others, longest); costs are still those of `codes`
    normalised : 2d/(indel · (lengths) + d), a metric within 0 … 1 where `d` is one (Yujian & Bo 2007, A normalized
        Levenshtein distance metric, IEEE Transactions on Pattern Analysis 29(6)), for "OM" and "LCS"

    Returns
    -------
    shape (n_sequences, n_sequences), or (n_sequences, n_others); float32

    Raises
    ------
    ParameterError : an unknown method; costs that are negative, not symmetric or not 0 on the diagonal; unequal lengths
        with "HAM" or "DHD".

    >>> from cxlab.journey.complexity import coded
    >>> distances(coded(["AABBCD", "ABBCCD", "AB"])[0], 4)[0]
    array([0., 2., 4.], dtype=float32)
    """
    codes = np.asarray(codes)
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    if not indel > 0:
        raise ParameterError(f"indel = {indel}.", expected="a cost > 0")
    if method == "LCS":
        substitution, indel = 2.0, 1.0
    cost = _costs(codes, n_states, method, substitution, weight)
    if method in ("HAM", "DHD"):
        return _position_by_position(codes, codes if to is None else to, cost, method)
    found = _optimal_matching(codes, cost, indel) if to is None else _from_each(to, codes, cost, indel).T
    if normalised:
        n, m = (lengths(c).astype(np.float32) * np.float32(indel) for c in (codes, codes if to is None else to))
        both = n[:, None] + m
        found = np.divide(2 * found, both + found, out=np.zeros_like(found), where=both + found > 0)
    return found


def _costs(codes, n_states, method, substitution, weight) -> np.ndarray:
    """Substitution costs of a method, checked."""
    by_position = method == "DHD"
    if isinstance(substitution, str) and substitution != "TRATE":
        raise unknown("substitution", substitution, ["TRATE", "a number", "a matrix"])
    if isinstance(substitution, str) or (substitution is None and by_position):
        return substitution_costs(codes, n_states, weight=weight, by_position=by_position)
    if substitution is None:
        substitution = 2.0 if method == "OM" else 1.0
    cost = np.asarray(substitution, dtype=float)
    if cost.ndim == 0:
        cost = np.where(np.eye(n_states, dtype=bool), 0.0, cost)
    shape = (codes.shape[1],) * by_position + (n_states, n_states)
    if by_position and cost.ndim == 2:
        cost = np.broadcast_to(cost, shape)
    if cost.shape != shape:
        raise ParameterError(
            f"substitution has shape {cost.shape}.", expected=f"shape {shape}: a cost a pair of states"
        )
    diagonal = np.einsum("...ii->...i", cost)
    if (cost < 0).any() or diagonal.any() or not np.allclose(cost, np.swapaxes(cost, -1, -2)):
        raise ParameterError("substitution costs are negative, not symmetric, or not 0 between a state and itself.",
                             expected="costs ≥ 0, symmetric, 0 on the diagonal")  # fmt: skip
    return cost


def _position_by_position(codes: np.ndarray, others: np.ndarray, cost: np.ndarray, method: str) -> np.ndarray:
    if (codes == PAD).any() or (others == PAD).any():
        n = lengths(codes)
        raise ParameterError(
            f"{method} compares sequences of one length; these have {n.min()} to {n.max()} states.",
            expected="equal lengths", mend='method="OM", or states by period of journeys observed for all of them',
        )  # fmt: skip
    found = np.zeros((len(codes), len(others)), dtype=np.float32)
    cost = cost.astype(np.float32)
    for position in range(codes.shape[1]):
        table = cost[position] if cost.ndim == 3 else cost
        found += table[np.ix_(codes[:, position], others[:, position])]
    return found


def _optimal_matching(codes: np.ndarray, cost: np.ndarray, indel: float) -> np.ndarray:
    """Optimal matching of all pairs: in order, each sequence against itself and later ones, the rest by symmetry."""
    order = np.lexsort(codes.T[::-1]) if codes.shape[1] else np.arange(len(codes))
    found = _from_each(codes[order], codes[order], cost, indel, later=True)
    found = np.maximum(found, found.T)
    back = np.empty(len(codes), dtype=int)
    back[order] = np.arange(len(codes))
    return found[np.ix_(back, back)]


def _from_each(codes, others, cost: np.ndarray, indel: float, *, later: bool = False) -> np.ndarray:
    """Optimal matching of one sequence against all others at once, sharing what equal beginnings of neighbours share.

    A row of the dynamic programme holds D[i, j] − j·indel, which turns insertions into a running minimum.

    Parameters
    ----------
    later : whether both are the same, and each is compared with itself and what comes after only
    """
    longest = codes.shape[1]
    length, ends = lengths(codes), lengths(others)
    alike = np.zeros(len(codes), dtype=int)  # states in which a sequence begins as the one before
    if longest and len(codes) > 1:
        apart = codes[1:] != codes[:-1]
        alike[1:] = np.where(apart.any(1), apart.argmax(1), longest)
    used = np.clip(others, 0, None)
    found = np.zeros((len(codes), len(others)), dtype=np.float32)
    indel = np.float32(indel)
    for start in range(0, len(others), _BLOCK):
        stop = min(start + _BLOCK, len(others))
        # by state, position and sequence of the block: cost of putting that state there, less the insertion it saves
        put = cost.astype(np.float32)[:, used[start:stop].T] - indel
        rows = np.zeros((longest + 1, longest + 1, stop - start), dtype=np.float32)
        spare = np.empty((longest, stop - start), dtype=np.float32)
        for a in range(stop if later else len(codes)):
            first = max(a - start, 0) if later else 0
            for i in range(min(alike[a], length[a]), length[a]):
                above, here, step = rows[i, :, first:], rows[i + 1, :, first:], spare[:, first:]
                np.add(above[:-1], put[codes[a, i], :, first:], out=step)
                np.add(above, indel, out=here)
                np.minimum(here[1:], step, out=here[1:])
                for j in range(1, longest + 1):
                    np.minimum(here[j], here[j - 1], out=here[j])
            at = ends[start + first : stop]
            found[a, start + first : stop] = rows[length[a], at, np.arange(first, stop - start)] + at * indel
    return found
