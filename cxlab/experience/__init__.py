"""How customers feel: scores, drivers, feedback and monitoring of surveys, and what they are worth.

>>> from cxlab import experience
>>> experience.read_answers.__module__
'cxlab.experience.answers'
"""

from __future__ import annotations

from importlib import import_module

_LAZY = {
    "Answers": "answers",
    "DriverShares": "drivers",
    "KanoAnswers": "kano_answers",
    "Masker": "masking",
    "Pooled": "posterior",
    "Ratings": "ratings",
    "Sentiment": "sentiment",
    "Texts": "texts",
    "Themes": "themes",
    "differentiation_scorecard": "scorecard",
    "driver_shares": "drivers",
    "drivers_by_group": "stated",
    "emotion_contacts": "felt",
    "exemplars": "quotes",
    "find_themes": "themes",
    "key_drivers": "drivers",
    "pool_answers": "posterior",
    "pooled_scores": "pooled",
    "positive_shares": "sentiment",
    "questions": "answers",
    "ranked_scores": "ranks",
    "read_answers": "answers",
    "read_kano": "kano_answers",
    "read_ratings": "ratings",
    "read_texts": "texts",
    "reading_quality": "quality",
    "rival_gaps": "rivals",
    "score_sentiment": "sentiment",
    "service_gaps": "gaps",
    "staff_scores": "consistency",
    "stated_and_derived": "stated",
    "theme_ranking": "theme_matrix",
}
__all__ = list(_LAZY)


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'cxlab.experience' has no attribute {name!r}")
    return getattr(import_module(f"cxlab.experience.{_LAZY[name]}"), name)


def __dir__():
    return sorted(__all__)
