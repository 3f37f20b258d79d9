"""How varied journeys are: entropy, turbulence and complexity of sequences of states.

Everywhere a sequence is a row of whole codes 0 … n_states − 1, in order, padded with −1 behind its end. Weights are
journeys: a row with weight 3 counts as three rows. Sources: Gabadinho, Ritschard, Müller & Studer (2011), Analyzing and
visualizing state sequences in R with TraMineR, Journal of Statistical Software 40(4); Elzinga & Liefbroer (2007),
De-standardization of family-life trajectories of young adults, European Journal of Population 23.
"""

from __future__ import annotations

import numpy as np

PAD = -1


def coded(words, *, states=None) -> tuple[np.ndarray, list]:
    """Sequences of any labels as codes.

    Parameters
    ----------
    words : sequences of labels, of any length each
    states : labels in the order of their codes; by default sorted

    Returns
    -------
    codes : shape (n_sequences, longest), padded with −1; and the labels by code

    >>> coded(["AB", "B"])
    (array([[ 0,  1],
           [ 1, -1]]), ['A', 'B'])
    """
    words = [list(word) for word in words]
    states = list(states) if states is not None else sorted({s for word in words for s in word})
    code = {s: i for i, s in enumerate(states)}
    codes = np.full((len(words), max(map(len, words), default=0)), PAD)
    for row, word in zip(codes, words, strict=True):
        row[: len(word)] = [code[s] for s in word]
    return codes, states


def lengths(codes: np.ndarray) -> np.ndarray:
    """States of every sequence, shape (n_sequences,)."""
    return (codes != PAD).sum(1)


def spells(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct successive states of every sequence, and how long each is stayed in.

    Returns
    -------
    states, durations : shape (n_sequences, longest), padded with −1 and with 0

    >>> spells(coded(["AAB"])[0])
    (array([[ 0,  1, -1]]), array([[2, 1, 0]]))
    """
    codes = np.asarray(codes)
    here = codes != PAD
    new = here.copy()
    new[:, 1:] &= codes[:, 1:] != codes[:, :-1]
    spell = np.cumsum(new, axis=1) - 1
    states, durations = np.full_like(codes, PAD), np.zeros_like(codes)
    row, _ = np.nonzero(new)
    states[row, spell[new]] = codes[new]
    row, _ = np.nonzero(here)
    np.add.at(durations, (row, spell[here]), 1)
    return states, durations


def transitions(codes: np.ndarray) -> np.ndarray:
    """Changes of state in every sequence, shape (n_sequences,)."""
    return np.maximum(lengths(spells(codes)[0]) - 1, 0)


def entropy(codes: np.ndarray, n_states: int) -> np.ndarray:
    """Longitudinal entropy: how evenly a sequence's time is spread over the states, 0 (one state) … 1 (all alike).

    Returns
    -------
    shape (n_sequences,); missing where a sequence is empty

    Notes
    -----
    −Σ p log p / log(n_states), p the shares of time in each state.

    >>> entropy(coded(["AABBCD"])[0], 5).round(6)
    array([0.826165])
    """
    codes = np.asarray(codes)
    counts = np.stack([(codes == state).sum(1) for state in range(n_states)], axis=1)
    return _entropy(counts, n_states)


def cross_sectional_entropy(codes: np.ndarray, n_states: int, *, weight=None) -> np.ndarray:
    """Entropy of the states at every position, 0 (all sequences in one state) … 1; missing where all have ended.

    >>> cross_sectional_entropy(coded(["AB", "AA"])[0], 2)
    array([0., 1.])
    """
    codes = np.asarray(codes)
    weight = np.ones(len(codes)) if weight is None else np.asarray(weight, dtype=float)
    counts = np.stack([((codes == state) * weight[:, None]).sum(0) for state in range(n_states)], axis=1)
    return _entropy(counts, n_states)


def turbulence(codes: np.ndarray) -> np.ndarray:
    """Turbulence of Elzinga & Liefbroer: many different orders could be read out of it, and stays are of like length.

    Returns
    -------
    shape (n_sequences,), 1 (a single stay) and more; missing where a sequence is empty

    Notes
    -----
    log₂(φ · (s²_max + 1)/(s² + 1)): φ the number of distinct subsequences of the successive states, the empty one
    counted; s² the variance of the n durations, s²_max = (n − 1)(1 − mean)² its largest possible value.

    >>> turbulence(coded(["AABBCD", "ABLLLL"])[0]).round(6)
    array([4.485427, 3.      ])
    """
    states, durations = spells(codes)
    n = lengths(states)
    used = states != PAD
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = durations.sum(1) / n
        variance = (np.where(used, durations - mean[:, None], 0) ** 2).sum(1) / n
        largest = (n - 1) * (1 - mean) ** 2
        found = np.log2(_subsequences(states)) + np.log2((largest + 1) / (variance + 1))
    return np.where(n > 0, found, np.nan)


def complexity(codes: np.ndarray, n_states: int) -> np.ndarray:
    """Complexity index of Gabadinho et al.: 0 (one state throughout) … 1 (all alike, a change at every step).

    Returns
    -------
    shape (n_sequences,); 0 for a single state, missing where a sequence is empty

    Notes
    -----
    √(changes / (length − 1) · entropy), the geometric mean of how often states change and how evenly time is spread.

    >>> complexity(coded(["AABBCD"])[0], 5).round(6)
    array([0.704059])
    """
    n = lengths(np.asarray(codes))
    return np.sqrt(transitions(codes) / np.maximum(n - 1, 1) * entropy(codes, n_states))


def _entropy(counts: np.ndarray, n_states: int) -> np.ndarray:
    """Entropy of rows of counts, normalised; missing for rows without any."""
    total = counts.sum(1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = counts / total
        each = np.where(p > 0, -p * np.log(p), 0.0)
    found = each.sum(1) / (np.log(n_states) if n_states > 1 else 1.0)
    return np.where(total[:, 0] > 0, np.maximum(found, 0.0), np.nan)


def _subsequences(states: np.ndarray) -> np.ndarray:
    """Distinct subsequences of every row, the empty one counted: φ doubles with each state, less what it did before."""
    rows = np.arange(len(states))
    before = np.zeros((len(states), max(int(states.max(initial=0)), 0) + 1))
    phi = np.ones(len(states))
    for column in states.T:
        used = column != PAD
        grown = 2 * phi - before[rows, column]
        before[rows[used], column[used]] = phi[used]
        phi = np.where(used, grown, phi)
    return phi
