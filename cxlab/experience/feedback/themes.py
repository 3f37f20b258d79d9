"""Themes: what texts are about, named by words that tell them apart, as many as come again in other texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix

from cxlab.errors import ParameterError
from cxlab.experience.feedback.languages import function_words
from cxlab.experience.feedback.texts import Texts
from cxlab.intervals import share_interval
from cxlab.wording import count

#: different texts below which no themes are looked for
FEWEST = 100
#: different texts that themes are found in at most, and their number is tried on; all texts are then assigned
MOST_LEARNT, MOST_TRIED = 10_000, 3_000
#: half-samples in which themes must come again, how much alike they must be, and how many must come again at least:
#: two do in texts of random words, too
HALVES, ALIKE, LEAST_THEMES = 6, 0.6, 3
#: share of a text's weight that a theme must carry for the text to be about it
_PART = 0.25
#: cosine of a text and a theme below which the text is not about it
_LEAST = 0.12
_NAMED = 3


@dataclass(frozen=True)
class Themes:
    """Themes of texts, and which texts are about which.

    Parameters
    ----------
    texts : the texts
    names : of the themes, from the most to the least frequent, shape (themes,)
    words : the most telling words of each theme, shape (themes, …)
    stability : how much alike each theme is when half of the texts are left out, 0 … 1, shape (themes,)
    about : whether each different text is about each theme, shape (distinct, themes)
    weight : how much, 0 … 1 of the whole text
    tried : DataFrame, a row a number of themes that was tried: themes, stability (mean), kept (themes that come again)
    frequent : DataFrame of frequent words: word, texts, low, high (share of texts); what is left where texts are few
    """

    texts: Texts
    names: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    stability: np.ndarray
    about: np.ndarray
    weight: np.ndarray
    tried: pd.DataFrame
    frequent: pd.DataFrame
    notes: tuple[str, ...] = ()

    def rows(self, theme: int) -> np.ndarray:
        """Whether each row is about a theme."""
        return self.about[self.texts.table["text_id"], theme]


def find_themes(
    texts: Texts,
    *,
    themes: int | None = None,
    most: int = 15,
    stop: Sequence[str] = (),
    rng: np.random.Generator | int = 0,
) -> Themes:
    """What texts are about.

    Parameters
    ----------
    themes : how many; by default as many as come again when half of the texts are left out
    most : most that are tried
    stop : words that name no theme (your own name, what you sell)

    Raises
    ------
    ParameterError : more themes are asked for than texts carry.

    Notes
    -----
    TF-IDF of words and pairs of words in at least 5 texts and at most half of them (L2 norm), split into non-negative
    themes × words (NMF; Lee & Seung 1999, started from the singular vectors, Boutsidis & Gallopoulos 2008). Every
    number of themes is fitted to six random halves of the texts; themes of a half are matched to those of all by the
    angle between their words, and a theme comes again where the mean cosine is 0.6 or more (cf. Greene, O'Callaghan &
    Cunningham 2014). The number is taken of which most come again, one that does not weighing as much as two that do,
    and those that come again are kept; where that makes fewer than three, as in texts of random words, there are no
    themes. A text is about a theme that carries a quarter of what themes explain of it, and whose words are more than a
    few of its own (cosine 0.12).

    >>> from cxlab.experience.feedback.texts import read_texts
    >>> few = find_themes(read_texts(pd.DataFrame({"text": ["The queue was long"] * 9 + ["Long queue again"] * 3})))
    >>> few.names, few.frequent["word"].head(2).tolist()
    ((), ['long', 'queue'])
    """
    rng = np.random.default_rng(rng)
    frequent = _frequent(texts, stop)
    if len(texts.distinct) < FEWEST:
        return _none(
            texts, _tried([]), frequent, f"{count(len(texts.distinct))} different texts are too few for themes (fewer "
            f"than {FEWEST}): frequent words are shown instead.",
        )  # fmt: skip
    chosen = np.sort(rng.permutation(len(texts.distinct))[:MOST_LEARNT])
    vectorizer = _vectorizer(len(chosen), stop)
    learnt = vectorizer.fit_transform(texts.distinct[chosen])
    terms = vectorizer.get_feature_names_out()
    if themes is not None and not 1 <= themes <= min(learnt.shape[1] - 1, 50):
        raise ParameterError(f"themes = {themes}.", expected=f"1 to {min(learnt.shape[1] - 1, 50)}", mend="themes=None")
    numbers = [themes] if themes else list(range(2, min(most, learnt.shape[1] - 1, len(chosen) // 20) + 1))
    trial = np.sort(rng.permutation(len(chosen))[:MOST_TRIED])
    halves = [learnt[np.sort(rng.permutation(trial)[: len(trial) // 2])] for _ in range(HALVES)]
    again = {k: [_nmf(half, k) for half in halves] for k in numbers}
    alike = {k: _alike(_nmf(learnt[trial], k), found) for k, found in again.items()}
    tried = _tried([(k, s.mean(), int((s >= ALIKE).sum())) for k, s in alike.items()])
    best = themes or _best(tried)
    if not best:
        return _none(texts, tried, frequent, "No themes come again in other texts: frequent words are shown instead.")
    parts = _nmf(learnt, best)
    stability = _alike(parts, again[best])
    kept = np.ones(best, bool) if themes else stability >= ALIKE
    parts, stability = parts[kept], stability[kept]
    every = vectorizer.transform(texts.distinct) if len(chosen) < len(texts.distinct) else learnt
    weight, about = _assigned(every, parts)
    rows = np.bincount(texts.table["text_id"], minlength=len(texts.distinct))
    order = np.argsort(-(rows @ about), kind="stable")
    telling = _telling(parts[order], terms)
    if themes:
        note = f"{count(best)} themes, as asked for."
    else:
        note = (
            f"{count(len(order))} themes come again in random halves of {count(len(trial))} different texts, of "
            f"{count(best)} that were looked for."
        )
    return Themes(
        texts, tuple(" / ".join(words[:_NAMED]) for words in telling), telling, stability[order], about[:, order],
        weight[:, order], tried, frequent, (note,),
    )  # fmt: skip


def _tried(rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["themes", "stability", "kept"])


def _none(texts: Texts, tried: pd.DataFrame, frequent: pd.DataFrame, note: str) -> Themes:
    nothing = np.zeros((len(texts.distinct), 0))
    return Themes(texts, (), (), np.zeros(0), nothing.astype(bool), nothing, tried, frequent, (note,))


def _best(tried: pd.DataFrame) -> int:
    """The number of themes of which most come again; one that does not weighs as much as two that do. 0: too few do."""
    worth = tried["kept"] - 2 * (tried["themes"] - tried["kept"])
    return int(tried.loc[worth.idxmax(), "themes"]) if worth.max() >= LEAST_THEMES else 0


def _vectorizer(n: int, stop: Sequence[str]):
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        ngram_range=(1, 2), min_df=max(3, min(5, n // 50)), max_df=0.5, sublinear_tf=True, max_features=4_000,
        stop_words=sorted(function_words() | {w.lower() for w in stop}), token_pattern=r"(?u)\b[^\W\d_][^\W\d_]+\b",
    )  # fmt: skip


def _nmf(features: csr_matrix, k: int) -> np.ndarray:
    """Words of k themes, of unit length, shape (k, words)."""
    import warnings

    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    # threads that wait for each other's small products take five times as long as one
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # stability, not the last digit, says what is kept
        parts = NMF(k, init="nndsvd", max_iter=150, tol=1e-3, random_state=0).fit(features).components_
    return parts / np.maximum(np.linalg.norm(parts, axis=1, keepdims=True), 1e-12)


def _alike(parts: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """Mean cosine of each theme to its like among the themes of other texts."""
    alike = np.zeros((len(others), len(parts)))
    for row, other in zip(alike, others, strict=True):
        cosine = parts @ other.T
        own, like = linear_sum_assignment(-cosine)
        row[own] = cosine[own, like]
    return alike.mean(0)


def _assigned(features: csr_matrix, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weight of each theme in each text, and whether the text is about it."""
    k = len(parts)
    if not k:
        return np.zeros((features.shape[0], 0)), np.zeros((features.shape[0], 0), bool)
    gram, target = parts @ parts.T, np.asarray(features @ parts.T)
    weight = np.maximum(target, 0)
    for _step in range(60):  # multiplicative updates of every text at once: non-negative least squares
        weight *= target / np.maximum(weight @ gram, 1e-12)
    weight /= np.maximum(weight.sum(1, keepdims=True), 1e-12)
    return weight, (weight >= _PART) & (target >= _LEAST)


def _telling(parts: np.ndarray, terms: np.ndarray, n: int = 8) -> tuple[tuple[str, ...], ...]:
    """Words that are heavy in a theme and light in the others; a pair takes the place of its words."""
    found = []
    rest = parts.sum(0)
    for own in parts:
        score = own * own / np.maximum(rest, 1e-12)
        words: list[str] = []
        for at in np.argsort(-score, kind="stable")[:40]:
            term = str(terms[at])
            if own[at] <= 0 or len(words) == n:
                break
            if any(_same(one, other) for word in words for one in word.split() for other in term.split()):
                continue
            pairs = (i for i in np.argsort(-own, kind="stable")[:25] if term in str(terms[i]).split()[:2])
            heavy = [str(terms[i]) for i in pairs if " " in terms[i] and own[i] > 0.6 * own[at]]
            fresh = [p for p in heavy if not any(_same(a, b) for w in words for a in w.split() for b in p.split())]
            words.append(fresh[0] if fresh and " " not in term else term)
        found.append(tuple(words))
    return tuple(found)


def _same(one: str, other: str) -> bool:
    """Whether two words are forms of one ("wait", "waited", "waiting")."""
    short, long = sorted((one, other), key=len)
    stem = short.rstrip("esy") if len(short) > 3 else short
    return len(stem) > 1 and long.startswith(stem) and len(long) - len(short) <= (3 if len(short) > 3 else 1)


def _frequent(texts: Texts, stop: Sequence[str], n: int = 20) -> pd.DataFrame:
    from sklearn.feature_extraction.text import CountVectorizer

    rows = np.bincount(texts.table["text_id"], minlength=len(texts.distinct))
    some = np.arange(len(texts.distinct))[:MOST_LEARNT]
    words = CountVectorizer(
        binary=True, stop_words=sorted(function_words() | {w.lower() for w in stop}),
        token_pattern=r"(?u)\b[^\W\d_][^\W\d_]+\b", max_features=2_000,
    )  # fmt: skip
    try:
        hits = words.fit_transform(texts.distinct[some]).T @ rows[some]
    except ValueError:  # nothing but function words
        return pd.DataFrame(columns=["word", "texts", "low", "high"])
    total = int(rows[some].sum())
    table = pd.DataFrame({"word": words.get_feature_names_out(), "texts": hits.astype(int)})
    table = table.sort_values(["texts", "word"], ascending=[False, True]).head(n).reset_index(drop=True)
    table["low"], table["high"] = share_interval(table["texts"], total)
    return table
