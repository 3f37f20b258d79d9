"""Customer effort: the mean score, and the share that found it easy."""

from __future__ import annotations

from cxlab.errors import unknown
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.scoring import Measure, group_scores, need_kind, score_finding, score_table
from cxlab.finding import Finding
from cxlab.wording import interval, share


def customer_effort(answers: Answers, *, easy_end: str = "high", level: float = 0.9) -> Finding:
    """How easy it was: the mean of the effort score, and the share of answers on the easy side of the middle.

    Parameters
    ----------
    answers : to a question on effort, usually 1–7
    easy_end : "high" where the highest score says easy ("the company made it easy": I agree), "low" where the lowest
        does ("how much effort did it take?": very little); it can't be told from the numbers
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.ces", a row a group: *by, n, effective_n, mean, low, high (scale points), place, few, easy,
    easy_low, easy_high, hard, hard_low, hard_high (shares beyond the middle of the scale)

    Raises
    ------
    DataError : the question is not one on effort. ParameterError : `easy_end` is unknown.

    Notes
    -----
    Mean: Dirichlet posterior of all scores (`bounded`); shares: Jeffreys. Source of the score: Dixon, Freeman & Toman
    (2010), Stop trying to delight your customers, Harvard Business Review 88(7/8).

    >>> import pandas as pd
    >>> from cxlab.experience.scores.answers import read_answers
    >>> asked = pd.DataFrame({"question": "ces", "score": [7] * 12 + [5] * 8 + [2] * 5, "scale_min": 1, "scale_max": 7})
    >>> customer_effort(read_answers(asked)).table[["mean", "easy", "hard"]].round(2).values.tolist()
    [[5.36, 0.8, 0.2]]
    """
    need_kind(answers, ("ces", "rating"), "one on effort", "a question on effort, usually on 1–7")
    if easy_end not in ("high", "low"):
        raise unknown("end of the scale", easy_end, ("high", "low"))
    scores, sign = answers.scores, 1 if easy_end == "high" else -1
    middle = (answers.scale_min + answers.scale_max) / 2
    end = answers.scale_max if easy_end == "high" else answers.scale_min
    measure = Measure("ces", "the effort score", "mean", f"Effort score, scale points ({end:g} is easiest)", scores,
                      "scale points", lambda v: f"{v:.2f}", better=sign)  # fmt: skip
    table = score_table(answers, measure, level=level)
    sides = {"easy": (sign * (scores - middle) > 0).astype(float), "hard": (sign * (scores - middle) < 0).astype(float)}
    for name, values in sides.items():
        value, low, high = group_scores(answers.effective, values, level=level)
        table = table.assign(**{name: value, f"{name}_low": low, f"{name}_high": high})
    easy, low, high = (float(v[0]) for v in group_scores(answers.total().effective, sides["easy"], level=level))
    return score_finding(
        answers, measure, table, level=level,
        units=dict.fromkeys([f"{name}{end}" for name in sides for end in ("", "_low", "_high")], "share"),
        also=f"{end:g} is easiest. {share(easy)} {interval(share(low), share(high), level=level)} found it easy "
        f"({'above' if sign > 0 else 'below'} {middle:g}).",
        method="Dirichlet posterior of all scores",
    )  # fmt: skip
