"""The measures that answers can be summed up by: NPS, share of the best scores, mean."""

from __future__ import annotations

import numpy as np

from cxlab.errors import unknown
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.nps import nps_points, worth_in_nps
from cxlab.experience.scores.scoring import Measure
from cxlab.wording import share

#: what answers of each kind are summed up by
DEFAULT = {"nps": "nps", "csat": "top_box"}


def measure_of(answers: Answers, name: str = "") -> Measure:
    """A measure by its name, for the scale of these answers.

    Parameters
    ----------
    name : "nps" (points), "top_box" (share of the two best scores), "mean" (scale points); "": by the kind of question

    Raises
    ------
    ParameterError : the measure is unknown, or an NPS is asked of another scale.

    >>> import pandas as pd
    >>> from cxlab.experience.scores.answers import read_answers
    >>> asked = pd.DataFrame({"question": "csat", "score": [5, 4], "scale_min": 1, "scale_max": 5})
    >>> measure_of(read_answers(asked)).values.tolist()
    [0.0, 0.0, 0.0, 1.0, 1.0]
    """
    name, scores = name or DEFAULT.get(answers.kind, "mean"), answers.scores
    known = ["top_box", "mean"] + (["nps"] if (answers.scale_min, answers.scale_max) == (0, 10) else [])
    if name not in known:
        raise unknown("measure", name, known)
    if name == "nps":
        return Measure("nps", "NPS", "nps", "NPS, points", worth_in_nps(scores), "points", nps_points)
    if name == "top_box":
        best = f"{scores[-2]:g} or {scores[-1]:g}"
        return Measure("csat", "the share of the satisfied", "satisfied", f"Satisfied, share of answers of {best}",
                       (scores >= scores[-2]).astype(float), "share", share)  # fmt: skip
    scale = f"{answers.scale_min:g}–{answers.scale_max:g}"
    return Measure("mean", "the mean score", "mean", f"Mean score, points on {scale}", np.asarray(scores, float),
                   "scale points", lambda v: f"{v:.2f}")  # fmt: skip


def change_in_words(measure: Measure, value: float) -> str:
    """A change with its sign, in points (shares in percentage points).

    >>> from cxlab.experience.scores.nps import nps_points
    >>> nps = Measure("nps", "NPS", "nps", "NPS, points", np.zeros(1), "points", nps_points)
    >>> change_in_words(nps, 4.6), change_in_words(nps, -.2)
    ('+5', '0')
    """
    if measure.unit == "points":
        return nps_points(value)
    text = f"{100 * value:+.0f}" if measure.unit == "share" else f"{value:+.2f}"
    return text.lstrip("+-") if not float(text) else text.replace("-", "−")
