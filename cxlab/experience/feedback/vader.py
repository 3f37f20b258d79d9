"""VADER's scores, exactly, many times faster: what a word contributes depends on five words around it, and repeats."""

from __future__ import annotations

import string
from collections.abc import Iterable
from functools import cache

import numpy as np
from vaderSentiment import vaderSentiment as vader

#: scores beyond which VADER's authors call a text positive or negative
POSITIVE, NEGATIVE = 0.05, -0.05
_LOOKED_AT = {"no", "or", "nor", "least", "at", "very", "so", "this", "without", "doubt", "never", "kind", "of", "but"}
_IDLE = "·"
#: words and windows of words that are remembered at most
_MOST_KNOWN = 500_000


class _Window:
    """Words as VADER's rules ask for them."""

    def __init__(self, words: tuple[str, ...], is_cap_diff: bool):
        self.words_and_emoticons, self.is_cap_diff = list(words), is_cap_diff


@cache
def _analyzer() -> Vader:
    return Vader()


def vader_scores(texts: Iterable[str]) -> np.ndarray:
    """Compound score of each text, −1 (negative) to 1 (positive).

    Notes
    -----
    The rules and the lexicon are those of vaderSentiment, which is asked whenever it meets five words it has not met
    before; words that no rule looks at count as one. It reads English only. Source: Hutto & Gilbert (2014), VADER: a
    parsimonious rule-based model for sentiment analysis of social media text, ICWSM.

    >>> vader_scores(["VADER is smart, handsome, and funny.", "The wait was long."]).tolist()
    [0.8316, 0.0]
    """
    score = _analyzer().score
    return np.array([score(text) for text in texts], dtype=float)


class Vader:
    """The analyzer with a memory for words and windows of words."""

    def __init__(self):
        self.rules = vader.SentimentIntensityAnalyzer()
        self.emojis = set(self.rules.emojis)
        special = {word for phrase in (*vader.SPECIAL_CASES, *vader.BOOSTER_DICT) for word in phrase.split()}
        self.looked_at = special | _LOOKED_AT | set(vader.NEGATE)
        self.words: dict[str, tuple[str, str, bool, str]] = {}
        self.windows: dict[tuple, float] = {}

    def score(self, text: str) -> float:
        """Compound score of a text."""
        if not text.isascii() and not self.emojis.isdisjoint(text):
            return self.rules.polarity_scores(text)["compound"]
        if max(len(self.words), len(self.windows)) > _MOST_KNOWN:
            self.words.clear(), self.windows.clear()
        text = text.strip()
        words, known = [], self.words
        for token in text.split():
            word = known.get(token)
            if word is None:
                word = known[token] = self._word(token)
            words.append(word)
        if not words:
            return 0.0
        upper = sum([word[2] for word in words])
        is_cap_diff = 0 < upper < len(words)
        reduced = [word[1] for word in words]
        sentiments = [0] * len(words)
        any_but = False
        for i, (*_, kind) in enumerate(words):
            if kind == "felt":
                sentiments[i] = self._valence(reduced, i, is_cap_diff)
            elif kind == "but":
                any_but = True
        if any_but:
            sentiments = self.rules._but_check([word[0] for word in words], sentiments)
        return self.rules.score_valence(sentiments, text)["compound"]

    def _word(self, token: str) -> tuple[str, str, bool, str]:
        """A word without its punctuation; what stands for it in a window; whether in capitals; what it is."""
        word = token.strip(string.punctuation)
        word = token if len(word) <= 2 else word
        low = word.lower()
        felt = low in self.rules.lexicon
        seen = felt or low in self.looked_at or "n't" in low
        kind = "but" if low == "but" else "felt" if felt and low not in vader.BOOSTER_DICT else ""
        return word, word if seen else _IDLE, word.isupper(), kind

    def _valence(self, words: list[str], i: int, is_cap_diff: bool) -> float:
        start = max(0, i - 3)
        key = (i - start, is_cap_diff, *words[start : i + 3])
        found = self.windows.get(key)
        if found is None:
            window, at = key[2:], key[0]
            if window[at].lower() == "kind" and window[at + 1 : at + 2] and window[at + 1].lower() == "of":
                found = 0
            else:
                found = self.rules.sentiment_valence(0, _Window(window, is_cap_diff), window[at], at, [])[0]
            self.windows[key] = found
        return found
