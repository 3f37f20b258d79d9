"""What customers write, as emotion of contacts: rows of the table `touchpoints` that the emotional curve reads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.errors import DataError
from cxlab.experience.feedback.sentiment import Sentiment


def emotion_contacts(
    sentiment: Sentiment, *, stages: Mapping[str, str] | None = None, prefer: str = "stars"
) -> pd.DataFrame:
    """Contacts with an emotion, one for each text that tells who wrote it, when, and about which touchpoint.

    Parameters
    ----------
    stages : {touchpoint: stage of the journey}
    prefer : "stars" where a text has them (1 … 5 become −2 … +2), else its words; or "words" for all (score · 2)

    Returns
    -------
    DataFrame with columns of the contract's table `touchpoints`: customer_id, timestamp, stage (where given),
    touchpoint, emotion (−2 … +2), feedback_id

    Raises
    ------
    DataError : no text tells customer, time and touchpoint.

    Notes
    -----
    Who writes is not who comes: this is how those feel who say something.

    >>> from cxlab.experience.feedback.sentiment import score_sentiment
    >>> from cxlab.experience.feedback.texts import read_texts
    >>> said = pd.DataFrame({"text": ["Lovely bar"], "customer_id": ["a"], "timestamp": ["2026-01-05"],
    ...     "touchpoint": ["Bar"], "rating": [4]})
    >>> emotion_contacts(score_sentiment(read_texts(said)))[["touchpoint", "emotion"]].values.tolist()
    [['Bar', 1.0]]
    """
    table = sentiment.texts.table
    needed = [c for c in ("customer_id", "timestamp", "touchpoint") if c not in table]
    if needed:
        raise DataError(f"feedback has no {' and no '.join(needed)}.", expected="who wrote it, when, and about what")
    emotion = 2 * sentiment.table["score"].to_numpy(float)
    if prefer == "stars" and sentiment.texts.has("rating"):
        stars = table["rating"].to_numpy(float)
        if np.nanmin(stars) < 1 or np.nanmax(stars) > 5:
            raise DataError(
                f"ratings run from {np.nanmin(stars):g} to {np.nanmax(stars):g}.", expected="stars from 1 to 5",
                mend='rescale them, or prefer="words"',
            )  # fmt: skip
        emotion = np.where(np.isfinite(stars), stars - 3, emotion)
    rows = table[["customer_id", "timestamp", "touchpoint", "feedback_id"]].assign(emotion=np.clip(emotion, -2, 2))
    rows = rows.dropna(subset=["customer_id", "timestamp", "touchpoint"]).reset_index(drop=True)
    if rows.empty:
        raise DataError("no text tells customer, time and touchpoint together.", expected="one that does")
    if stages:
        rows.insert(2, "stage", rows["touchpoint"].map(stages))
    return rows
