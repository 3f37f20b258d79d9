"""Texts of customers, from the file to findings: read and masked, scored, themed, ranked and compared over time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pandas as pd


def write_texts(out: Path, *, rows: int) -> dict:
    """Write feedback put together of sentences of real reviews (fine foods), a fifth of it with stars."""
    import cxlab as cx

    rng = np.random.default_rng(1)
    reviews = cx.load("fine_foods").feedback.execute()
    said = [
        (sentence, great)
        for text, great in zip(reviews["text"], reviews["great"], strict=True)
        for sentence in re.split(r"(?<=[.!?])\s+", text)
        if 10 < len(sentence) < 300
    ]
    sentences = {g: np.array([s for s, great in said if great == g], dtype=object) for g in (0, 1)}
    great = rng.random(rows) < 0.65
    table = pd.DataFrame(
        {
            "text": [" ".join(rng.choice(sentences[int(g)], int(rng.integers(2, 8)))) for g in great],
            "rating": np.where(rng.random(rows) < 0.2, np.where(great, 5.0, 3.0), np.nan),
            "touchpoint": rng.choice(["Shop", "Delivery", "Help"], rows),
            "timestamp": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
        }
    )
    table.to_parquet(out)
    return {"rows": rows, "characters": float(table["text"].str.len().mean())}


def from_file(path: str, clock) -> dict:
    """Everything a study says of texts; CPU seconds of each step."""
    from cxlab.data.engine import Engine
    from cxlab.experience.feedback.emerging import emerging
    from cxlab.experience.feedback.sentiment import positive_shares, score_sentiment
    from cxlab.experience.feedback.texts import read_texts
    from cxlab.experience.feedback.theme_matrix import theme_matrix, theme_ranking
    from cxlab.experience.feedback.themes import find_themes

    parts = {}
    with clock:
        began = time.process_time()

        def lap(name):
            nonlocal began
            parts[name], began = time.process_time() - began, time.process_time()

        texts = read_texts(Engine().backend.read_parquet(path), staff=["Anna Müller", "Bob Stone"])
        lap("read")
        sentiment = score_sentiment(texts, positive_from=5)
        shares = positive_shares(sentiment, by="touchpoint").table
        lap("sentiment")
        themes = find_themes(texts)
        lap("themes")
        theme_ranking(themes, sentiment), theme_matrix(themes, sentiment)
        lap("matrix")
        emerging(themes)
        lap("emerging")
    return clock.both() | {
        "texts": len(texts), "parts": parts, "themes": len(themes.names), "positive": float(shares["positive"].mean()),
    }  # fmt: skip
