"""Quotes: the sentence of a masked text that says most of a theme, and the row it leads back to."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from cxlab.experience.feedback.sentiment import Sentiment
from cxlab.experience.feedback.themes import Themes

_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
#: letters of a quote at most
LONGEST = 160


def exemplars(themes: Themes, sentiment: Sentiment | None = None, *, each: int = 2) -> pd.DataFrame:
    """The texts that are most about each theme, as quotes.

    Parameters
    ----------
    sentiment : of the same texts: as many quotes of each feeling
    each : quotes of a theme (and feeling)

    Returns
    -------
    DataFrame, a row a quote: theme, label (where sentiment is given), quote (masked), feedback_id, weight (of the theme
    in the text, 0 … 1); no text is quoted twice for a theme
    """
    place = themes.texts.table["text_id"].to_numpy()
    first = pd.Series(np.arange(len(place))).groupby(place).first()  # the row that stands for repeated words
    ids, label = themes.texts.table["feedback_id"].to_numpy(), None
    if sentiment is not None:
        label = sentiment.table["label"].to_numpy()
        strength = np.abs(sentiment.table["score"].to_numpy())
    rows = []
    for k, name in enumerate(themes.names):
        about = np.flatnonzero(themes.about[:, k])
        at = first.reindex(about).to_numpy()
        size = np.array([len(words) for words in themes.texts.distinct[about]])
        # short enough to be read, long enough to say something
        worth = themes.weight[about, k] * np.where(size < 25, 0.3, 1.0) * np.minimum(1.0, 400 / np.maximum(size, 1))
        worth = worth * (0.2 + strength[at]) if label is not None else worth
        order = np.argsort(-worth, kind="stable")
        for feeling in ("negative", "positive") if label is not None else ("",):
            chosen = [i for i in order if label is None or label[at[i]] == feeling][:each]
            rows += [
                {"theme": name, "label": feeling, "quote": quote(themes.texts.distinct[about[i]], themes.words[k]),
                 "feedback_id": ids[at[i]], "weight": float(themes.weight[about[i], k])}
                for i in chosen
            ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["theme", "label", "quote", "feedback_id", "weight"])
    return table if label is not None else table.drop(columns="label")


def quote(text: str, words: tuple[str, ...] = ()) -> str:
    """The sentence of a text with most of the words, shortened where it is long.

    >>> quote("We came on Monday. The queue was endless! Nice cups.", ("queue", "line"))
    'The queue was endless!'
    """
    sentences = _SENTENCE.split(text)
    wanted = {word for phrase in words for word in phrase.split()}
    counts = [len(wanted & set(re.findall(r"\w+", sentence.lower()))) for sentence in sentences]
    best = sentences[int(np.argmax(counts))].strip()
    return best if len(best) <= LONGEST else best[:LONGEST].rsplit(" ", 1)[0] + " …"
