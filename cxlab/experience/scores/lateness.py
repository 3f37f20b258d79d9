"""Early and late answers: those who answer late are more like those who never do."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.bounded import Curve, Difference, posterior
from cxlab.experience.scores.counting import WAVES
from cxlab.experience.scores.measures import change_in_words, measure_of
from cxlab.experience.scores.questions import survey_table
from cxlab.experience.scores.scoring import FEW, group_scores
from cxlab.finding import Check, Finding
from cxlab.wording import count, interval, share

#: thirds of the answers, in order of time
THIRDS = ("early", "middle", "late")


def early_and_late(
    source, *, question: str | None = None, invited: str = "", wave: str = "", measure: str = "", flagged: str = "keep",
    level: float = 0.9,
) -> Finding:  # fmt: skip
    """Whether those who answered late feel otherwise than those who answered at once.

    Parameters
    ----------
    source, question, flagged : as of `read_answers`
    invited : column with the time of the invitation: answers are ordered by how long they took; "": by their time
        within the wave, which says the same where a wave's invitations went out together
    wave : "week", "month", "quarter", "year": what one wave is; "": the column "wave" where there is one, else all
        answers are one wave
    measure : "nps", "top_box", "mean"; "": by the kind of question
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.lateness", a row a third of the answers of each wave (early, middle, late): answered, n,
    effective_n, value, low, high, and at "late" difference, difference_low, difference_high (late less early), p_lower
    (probability that those who answer late truly score lower)

    Raises
    ------
    DataError : there are no times. ParameterError : an option is unknown.

    Notes
    -----
    Source of the idea: Armstrong & Overton (1977), Estimating nonresponse bias in mail surveys, Journal of Marketing
    Research 14(3). It is a sign, no measure: those who never answer may be unlike both. Difference as of `wave_change`.

    >>> asked = pd.DataFrame({"question": "csat", "scale_min": 1, "scale_max": 5, "score": [5] * 30 + [3] * 15,
    ...     "timestamp": pd.date_range("2026-01-01", periods=45, freq="h")})
    >>> early_and_late(asked).title
    'Those who answered late score lower: those who never answered may, too'
    """
    table = survey_table(source)
    for name in ("timestamp", invited):
        if name and name not in table.columns:
            raise unknown("column", name, table.columns, error=DataError)
    if wave and wave not in WAVES:
        raise unknown("wave", wave, WAVES)
    part = _.timestamp.date().truncate(WAVES[wave]) if wave else _.wave if "wave" in table.columns else ibis.literal("")
    took = table.timestamp.epoch_seconds() - (table[invited].epoch_seconds() if invited else 0)
    table = table.filter(_.score.notnull() & _.timestamp.notnull()).mutate(took=took, part=part)
    if flagged == "drop" and "flag" in table.columns:
        table = table.filter(_.flag.isnull())
    window = ibis.window(group_by=["question", "part"], order_by="took")
    third = ibis.ntile(3).over(window)
    table = table.mutate(answered=third.cases((0, THIRDS[0]), (1, THIRDS[1]), else_=THIRDS[2])).drop("took", "part")
    answers = read_answers(table, question=question, by="answered", flagged=flagged)
    if len(answers.groups) < len(THIRDS):
        raise DataError(f"{count(answers.n)} answers have no thirds.", expected="three dated answers or more")
    how, counts = measure_of(answers, measure), answers.effective
    order = [answers.names.index(name) for name in THIRDS]
    counts = counts[order]
    value, low, high = group_scores(counts, how.values, level=level)
    shown = pd.DataFrame({"answered": THIRDS, "n": answers.groups["n"].to_numpy()[order].astype(int),
                          "effective_n": counts.sum(1), "value": value, "low": low, "high": high})  # fmt: skip
    distinct, sizes = posterior(how.values, counts)
    difference = Difference(Curve(distinct, sizes[0]), Curve(distinct, sizes[2]))
    ends, rise = difference.interval(level), difference.above(0.0)
    gap = float(value[2] - value[0])
    late = [np.nan, np.nan]
    shown = shown.assign(difference=[*late, gap], difference_low=[*late, ends[0]], difference_high=[*late, ends[1]],
                         p_lower=[*late, 1 - rise])  # fmt: skip
    tail = (1 - level) / 2
    told = "lower" if rise < tail else "higher" if rise > 1 - tail else ""
    title = (f"Those who answered late score {told}: those who never answered may, too" if told else
             "Those who answered late are not told apart from those who answered at once")  # fmt: skip
    words = interval(change_in_words(how, ends[0]), change_in_words(how, ends[1]), level=level)
    said = ("that is a sign that the score of all customers is " + told if told else
            "no sign that those who never answered feel otherwise, and no proof that they do not")  # fmt: skip
    by_what = "after the invitation" if invited else "within each wave, taken as sent out at once"
    from cxlab.experience.charts.scores import draw_scores

    smallest = float(shown["effective_n"].min())
    return Finding(
        name="experience.lateness",
        title=title,
        text=f"Of {count(answers.n)} answers to “{answers.question}”, {how.what} is {how.write(value[0])} among the "
        f"earliest third {by_what}, and {how.write(value[2])} among the latest, a difference of "
        f"{change_in_words(how, gap)} {words}; the probability that the late truly score lower is {share(1 - rise)}. "
        f"{said[0].upper()}{said[1:]}.",
        table=shown,
        units={"n": "count", "effective_n": "count", "p_lower": "share"}
        | dict.fromkeys(["value", "low", "high", "difference", "difference_low", "difference_high"], how.unit),
        checks=(*answers.checks, Check("answers in each third", smallest >= FEW, smallest, f"≥ {FEW}",
                                       "So few show large differences only.")),
        draw=lambda ax: draw_scores(ax, shown.assign(name=shown["answered"], place=""), label=how.label, unit=how.unit,
                                    write=how.write),
        caption=f"n = {count(answers.n)} answers{', ' + answers.period if answers.period else ''}; thirds in order of "
        f"time {by_what}; {level * 100:g} % intervals.",
    )  # fmt: skip
