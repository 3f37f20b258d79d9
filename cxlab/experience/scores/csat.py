"""Satisfaction: the share that gave one of the two best scores, and the mean, both with intervals."""

from __future__ import annotations

import numpy as np

from cxlab.errors import ParameterError
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.scoring import Measure, group_scores, score_finding, score_table
from cxlab.finding import Finding
from cxlab.wording import interval, share


def satisfaction(answers: Answers, *, boxes: int = 2, level: float = 0.9) -> Finding:
    """How many are satisfied: the share of the best scores, beside the mean and the share of the worst.

    Parameters
    ----------
    answers : on any whole scale of three scores or more
    boxes : how many of the best scores count as satisfied, and of the worst as dissatisfied
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.csat", a row a group: *by, n, effective_n, satisfied, low, high (share), place, few, mean,
    mean_low, mean_high (scale points), dissatisfied, dissatisfied_low, dissatisfied_high (share)

    Raises
    ------
    ParameterError : so many boxes overlap.

    Notes
    -----
    Shares: Jeffreys' interval (Brown, Cai & DasGupta 2001, Statistical Science 16(2)). Mean: Dirichlet posterior of all
    scores (`bounded`). A mean takes the steps between scores as equal; the share does not, but forgets everything else.

    >>> import pandas as pd
    >>> from cxlab.experience.scores.answers import read_answers
    >>> asked = pd.DataFrame({"question": "csat", "score": [5] * 12 + [4] * 8 + [2] * 5, "scale_min": 1,
    ...     "scale_max": 5})
    >>> found = satisfaction(read_answers(asked))
    >>> found.table[["satisfied", "low", "high", "mean_low", "mean_high"]].round(2).values.tolist()
    [[0.8, 0.65, 0.9, 3.64, 4.37]]
    """
    scores = answers.scores
    if not 1 <= boxes <= len(scores) / 2:
        raise ParameterError(
            f"boxes = {boxes} on a scale of {len(scores)} scores.", expected=f"1 to {len(scores) // 2}", mend="boxes=1"
        )
    top, bottom = np.zeros(len(scores)), np.zeros(len(scores))
    top[-boxes:], bottom[:boxes] = 1.0, 1.0
    best = f"{scores[-boxes]:g} or {scores[-1]:g}" if boxes == 2 else f"{scores[-boxes]:g} and more"
    label = f"Satisfied, share of answers of {best}"
    measure = Measure("csat", "the share of the satisfied", "satisfied", label, top, "share", share)
    table = score_table(answers, measure, level=level)
    for name, values in (("mean", scores), ("dissatisfied", bottom)):
        value, low, high = group_scores(answers.effective, values, level=level)
        table = table.assign(**{name: value, f"{name}_low": low, f"{name}_high": high})
    mean, low, high = (float(v[0]) for v in group_scores(answers.total().effective, scores, level=level))
    return score_finding(
        answers, measure, table, level=level,
        units=dict.fromkeys(["dissatisfied", "dissatisfied_low", "dissatisfied_high"], "share")
        | dict.fromkeys(["mean", "mean_low", "mean_high"], "scale points"),
        also=f"Satisfied is who answered {best}. The mean is {mean:.2f} "
        f"{interval(f'{low:.2f}', f'{high:.2f}', level=level)} on {answers.scale_min:g}–{answers.scale_max:g}.",
        method="Jeffreys",
    )  # fmt: skip
