"""A classifier of texts, trained on the user's own stars or labels; what it says of a text it never learnt from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

#: labels of each kind below which nothing is trained
FEWEST = 50
#: texts that words and weights are learnt from at most
MOST_LEARNT = 30_000
_STRENGTH = 3.0
_AT_ONCE = 20_000  # texts


def vectorizer():
    """Words and pairs of words, weighted by how rare they are; those in a single text tell nothing of others.

    >>> vectorizer().fit(["good coffee", "good tea", "good coffee"]).get_feature_names_out().tolist()
    ['coffee', 'good', 'good coffee']
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=60_000, dtype=np.float32)


def dealt(n: int, folds: int, rng: np.random.Generator) -> np.ndarray:
    """Which part each of n texts is in, parts of equal size.

    >>> np.bincount(dealt(10, 5, np.random.default_rng(0))).tolist()
    [2, 2, 2, 2, 2]
    """
    return rng.permutation(np.arange(n) % folds)


def learnt(features: csr_matrix, positive: np.ndarray, weight: np.ndarray):
    """Logistic regression on words."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=_STRENGTH, max_iter=500).fit(features, positive, sample_weight=weight)


def out_of_fold(
    texts: Sequence[str], known: np.ndarray, share: np.ndarray, weight: np.ndarray, *, folds: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Chance that each text is positive, of known ones by models that were trained without them.

    Parameters
    ----------
    texts : different texts, shape (n,)
    known : places of those whose feeling is known, shape (k,)
    share, weight : share of its rows that are positive, and how many rows, of each known text, shape (k,)

    Returns
    -------
    chances of all texts, shape (n,), and the part each known text was in, shape (k,)

    Notes
    -----
    TF-IDF of words and pairs, L2-penalised logistic regression. A text whose rows disagree is learnt as both. The last
    model, of all known texts, scores the others. Chances are calibrated by a logistic regression on the out-of-fold
    scores (Platt 1999).
    """
    texts = np.asarray(texts, dtype=object)
    chosen = np.sort(rng.permutation(len(known))[:MOST_LEARNT])
    part = np.full(len(known), -1)
    part[chosen] = dealt(len(chosen), folds, rng)
    words = vectorizer()  # which words there are is no secret of the stars: counted once for all parts
    features = words.fit_transform(texts[known[chosen]])
    share, weight, own = share[chosen], weight[chosen], part[chosen]
    score = np.zeros(len(texts))
    for fold in range(folds):
        model = _trained(features, share, weight, own != fold)
        score[known[chosen[own == fold]]] = model.decision_function(features[own == fold])
    others = np.setdiff1d(np.arange(len(texts)), known[chosen])
    model = _trained(features, share, weight, np.ones(len(chosen), bool)) if len(others) else None
    for start in range(0, len(others), _AT_ONCE):
        at = others[start : start + _AT_ONCE]
        score[at] = model.decision_function(words.transform(texts[at]))
    slope, intercept = _calibration(score[known[chosen]], share, weight)
    return 1 / (1 + np.exp(-(slope * score + intercept))), part


def _trained(features: csr_matrix, share: np.ndarray, weight: np.ndarray, train: np.ndarray):
    """A model of some texts; one whose rows disagree is learnt as both."""
    rows = np.concatenate([np.flatnonzero(train & (share > 0)), np.flatnonzero(train & (share < 1))])
    positive = np.arange(len(rows)) < (train & (share > 0)).sum()
    return learnt(features[rows], positive, np.where(positive, share[rows], 1 - share[rows]) * weight[rows])


def _calibration(score: np.ndarray, share: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    from scipy.optimize import minimize

    def loss(at):
        z = at[0] * score + at[1]
        p = 1 / (1 + np.exp(-np.clip(z, -500, 500)))
        gap = weight * (p - share)
        return float((weight * (np.logaddexp(0, z) - share * z)).sum()), np.array([(gap * score).sum(), gap.sum()])

    slope, intercept = minimize(loss, [1.0, 0.0], jac=True, method="BFGS").x
    return float(slope), float(intercept)
