"""Surveys with known truth, as a user holds them: a row an answer."""

from __future__ import annotations

import numpy as np
import pandas as pd


def long(wide: pd.DataFrame, *, scale=(1, 5), **columns) -> pd.DataFrame:
    """A row a respondent and column a question, as answers."""
    answers = wide.rename_axis("response_id").reset_index().melt("response_id", var_name="question", value_name="score")
    return answers.assign(scale_min=scale[0], scale_max=scale[1], **columns)


def survey(
    n: int, weights: dict[str, float], *, halo: float = 0.0, noise: float = 1.0, common: float = 0.3, seed: int = 0
) -> pd.DataFrame:
    """Ratings on a 1–10 scale of drivers with these weights on "overall"; halo: of the answer, on every question.

    The halo is drawn after what respondents really felt, so it changes what they tick, not what moves them.
    """
    rng = np.random.default_rng(seed)
    p = len(weights)
    felt = common**0.5 * rng.normal(size=(n, 1)) + (1 - common) ** 0.5 * rng.normal(size=(n, p))
    overall = felt @ np.array(list(weights.values())) + noise * rng.normal(size=n)
    felt = np.column_stack([overall / overall.std(), felt])
    felt = (1 - halo) ** 0.5 * felt + halo**0.5 * rng.normal(size=(n, 1))
    ticked = np.clip(np.rint(6 + 1.8 * felt), 1, 10)
    return pd.DataFrame(ticked, columns=["overall", *weights])
