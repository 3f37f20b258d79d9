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
) -> np.ndarray:
    """Distances between all pairs of sequences.

    Parameters
    ----------
    codes : shape (n_sequences, longest), padded with −1
    method : "OM", the least cost of turning one into the other by inserting, deleting (each at `indel`) and
        substituting states; "LCS", what is left of both beside their longest common subsequence; "HAM", positions at
        which they differ; "DHD", the same with costs by position from transition rates. The last two need equal lengths
    substitution : one cost for all pairs (2 for OM, 1 for HAM), "TRATE" (see `substitution_costs`), or a matrix of
        shape (n_states, n_states), or (longest, n_states, n_states) for "DHD"
    weight : journeys of each sequence, for transition rates
    normalised : 2d/(indel · (lengths) + d), a metric within 0 … 1 where `d` is one (Yujian & Bo 2007, A normalized
        Levenshtein distance metric, IEEE Transactions on Pattern Analysis 29(6)), for "OM" and "LCS"

    Returns
    -------
    shape (n_sequences, n_sequences), float32

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
        return _position_by_position(codes, cost, method)
    found = _optimal_matching(codes, cost, indel)
    if normalised:
        n = lengths(codes).astype(np.float32) * np.float32(indel)
        both = n[:, None] + n
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


def _position_by_position(codes: np.ndarray, cost: np.ndarray, method: str) -> np.ndarray:
    if (codes == PAD).any():
        n = lengths(codes)
        raise ParameterError(
            f"{method} compares sequences of one length; these have {n.min()} to {n.max()} states.",
            expected="equal lengths", mend='method="OM", or states by period of journeys observed for all of them',
        )  # fmt: skip
    found = np.zeros((len(codes), len(codes)), dtype=np.float32)
    cost = cost.astype(np.float32)
    for position, column in enumerate(codes.T):
        found += (cost[position] if cost.ndim == 3 else cost)[np.ix_(column, column)]
    return found


def _optimal_matching(codes: np.ndarray, cost: np.ndarray, indel: float) -> np.ndarray:
    """Optimal matching of all pairs: one sequence against all later ones at once, sharing what equal beginnings share.

    Sequences are put in order, so that neighbours begin alike: rows of the dynamic programme up to the first difference
    are those of the sequence before. A row holds D[i, j] − j·indel, which turns insertions into a running minimum.
    """
    n, longest = codes.shape
    order = np.lexsort(codes.T[::-1]) if longest else np.arange(n)
    codes = codes[order]
    length = lengths(codes)
    apart = codes[1:] != codes[:-1]
    alike = np.concatenate([[0], np.where(apart.any(1), apart.argmax(1), longest)]) if longest else np.zeros(n, int)
    used = np.clip(codes, 0, None)
    found = np.zeros((n, n), dtype=np.float32)
    indel = np.float32(indel)
    for start in range(0, n, _BLOCK):
        block = slice(start, min(start + _BLOCK, n))
        width = block.stop - block.start
        # by state, position and sequence of the block: cost of putting that state there, less the insertion it saves
        put = cost.astype(np.float32)[:, used[block].T] - indel
        rows = np.zeros((longest + 1, longest + 1, width), dtype=np.float32)
        spare = np.empty((longest, width), dtype=np.float32)
        at = np.arange(width)
        for a in range(block.stop):
            own = slice(max(a - start, 0), width)  # columns from `a` on: the others are known by symmetry
            for i in range(min(alike[a], length[a]) if a else 0, length[a]):
                above, here, step = rows[i, :, own], rows[i + 1, :, own], spare[:, own]
                np.add(above[:-1], put[codes[a, i], :, own], out=step)
                np.add(above, indel, out=here)
                np.minimum(here[1:], step, out=here[1:])
                for j in range(1, longest + 1):
                    np.minimum(here[j], here[j - 1], out=here[j])
            ends = length[block][own]
            row = rows[length[a], ends, at[own]] + ends * indel
            found[a, block.start + own.start : block.stop] = row
    found = np.maximum(found, found.T)
    back = np.empty(n, dtype=int)
    back[order] = np.arange(n)
    return found[np.ix_(back, back)]
