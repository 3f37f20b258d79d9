"""How many answers the next wave needs: for an interval so narrow, and for a change so small to be seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.errors import DataError, ParameterError
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.measures import change_in_words, measure_of
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, share

#: answers a wave for which the plan is shown
SIZES = (15, 30, 50, 100, 200, 400, 1_000, 2_000)
#: answers below which the spread itself is hardly known
KNOWN = 30


def variance_of(shares, values) -> float:
    """Variance of one answer: Σ share × value² − (Σ share × value)².

    Parameters
    ----------
    shares : of every score, shape (scores,); values : what each is worth

    >>> round(variance_of([.2, .3, .5], [-100, 0, 100]))  # 50 % promoters, 20 % detractors
    6100
    """
    shares, values = np.asarray(shares, float), np.asarray(values, float)
    return float(shares @ values**2 - (shares @ values) ** 2)


def half_width(variance: float, n, *, level: float = 0.9, population: float = np.inf) -> np.ndarray:
    """Half the width of the interval of a mean of n answers, in its unit.

    Parameters
    ----------
    population : customers there are in all; of few, many answers leave little unknown

    Notes
    -----
    z √(variance/n · (1 − n/population)). Source of the correction: Cochran (1977), Sampling Techniques, section 2.6.

    >>> half_width(6100, [50, 100, 400, 1000], level=.95).round(1).tolist()
    [21.6, 15.3, 7.7, 4.8]
    """
    n = np.asarray(n, float)
    return ndtri((1 + level) / 2) * np.sqrt(variance / n * np.clip(1 - n / population, 0, None))


def answers_needed(
    variance: float, *, width: float = 0.0, change: float = 0.0, level: float = 0.9, power: float = 0.8,
    population: float = np.inf,
) -> float:  # fmt: skip
    """Answers a wave for an interval of value ± width, or to see a change between two waves with chance `power`.

    Notes
    -----
    z² variance/width², or 2 (z + z_power)² variance/change² for each of two waves of different people; then
    n/(1 + n/population). Two-sided at `level`.

    >>> round(answers_needed(6100, change=10, level=.95)), round(answers_needed(6100, change=10, population=300))
    (958, 215)
    """
    if (width > 0) == (change > 0):
        raise ParameterError("a width or a change is needed.", expected="one of them above 0", mend="change=10")
    z = ndtri((1 + level) / 2)
    n = z**2 * variance / width**2 if width else 2 * (z + ndtri(power)) ** 2 * variance / change**2
    return float(n / (1 + n / population))


def plan_sample(
    answers: Answers, *, change: float | None = None, measure: str = "", level: float = 0.9, power: float = 0.8,
    population: int | None = None, response_rate: float | None = None, sizes: Sequence[int] = SIZES,
) -> Finding:  # fmt: skip
    """How many answers the next wave needs so that a change of this size is seen.

    Parameters
    ----------
    answers : of the last wave, or of several (read with `wave`; the middle one is then what there is "now"): how much
        single answers differ is taken from them
    change : that should be seen, in the unit of the measure (NPS points, shares, scale points); None: 10 points of NPS,
        a share of .1, or half a scale point
    measure : "nps", "top_box" or "mean"; "": by the question
    power : chance that a change of this size is seen
    population : customers there are in all; None: many
    response_rate : of those asked, the share that answers; None: invitations are not planned
    sizes : answers a wave shown in the table

    Returns
    -------
    Finding "experience.plan", a row a number of answers a wave: answers, invitations (missing without a response rate),
    half_width (of the interval of one wave), detectable (change seen with chance `power`), now (the number there is),
    needed (the number the change asks for)

    Raises
    ------
    ParameterError : change, power, population or response rate is out of range. DataError : all answers are alike.

    >>> asked = pd.DataFrame({"question": "nps", "scale_min": 0, "scale_max": 10,
    ...     "score": [10] * 50 + [7] * 30 + [2] * 20})
    >>> from cxlab.experience.scores.answers import read_answers
    >>> plan_sample(read_answers(asked), level=.95).title
    'To see a change of 10 points, each wave needs 958 answers; there are 100'
    """
    made = measure_of(answers, measure)
    default = {"points": 10.0, "share": 0.1}.get(made.unit, 0.5)
    change = default if change is None else float(change)
    for name, value, fine in (
        ("change", change, change > 0), ("power", power, 0.5 <= power < 1),
        ("population", population, population is None or population > 1),
        ("response_rate", response_rate, response_rate is None or 0 < response_rate <= 1),
    ):  # fmt: skip
        if not fine:
            raise ParameterError(
                f"{name} = {value}.", expected="change > 0, power .5 to 1, population > 1, rate 0 to 1"
            )
    everybody = np.inf if population is None else float(population)
    counts = answers.total().effective[0]
    variance = variance_of(counts / counts.sum(), made.values)
    if variance <= 0:
        raise DataError(
            f"all answers to {answers.question!r} are alike, so how many are needed cannot be told.",
            expected="answers that differ",
        )
    waves = "wave" in answers.by
    have = int(round(float(np.median(answers.effective.sum(1))) if waves else counts.sum()))
    need = int(np.ceil(answers_needed(variance, change=change, level=level, power=power, population=everybody)))
    n = np.unique([*(s for s in sizes if s <= everybody), have, need])
    reach = half_width(variance, n, level=level, population=everybody)
    seen = (1 + ndtri(power) / ndtri((1 + level) / 2)) * np.sqrt(2) * reach
    invited = np.ceil(n / response_rate) if response_rate else np.full(len(n), np.nan)
    table = pd.DataFrame({"answers": n.astype(int), "invitations": invited, "half_width": reach, "detectable": seen,
                          "now": n == have, "needed": n == need})  # fmt: skip
    now = table[table["now"]].iloc[0]
    size = _size(made, change)
    people = f" of {count(population)} customers" if population else ""
    ask = ""
    if response_rate:
        invitations = count(np.ceil(need / response_rate))
        ask = f"; at a response rate of {share(response_rate)} that takes {invitations} invitations"
        if np.ceil(need / response_rate) > everybody:
            ask += ", more than there are customers"
    enough = "is enough" if have >= need else "is not enough"
    return Finding(
        "experience.plan",
        f"To see a change of {size}, each wave needs {count(need)} answers; there are {count(have)}",
        f"{count(have)} answers to “{answers.question}”{' in a middling wave' if waves else ''} know {made.what} to "
        f"± {_size(made, now.half_width)} at {level * 100:g} %, and a wave of as many would show a change of "
        f"{_size(made, now.detectable)} in "
        f"{share(power)} of cases. A change of {size} takes {count(need)} answers in each wave{people}{ask}: what "
        f"there is {enough}. Four times the answers halve the interval.",
        table, units=dict.fromkeys(["answers", "invitations"], "count")
        | dict.fromkeys(["half_width", "detectable"], made.unit),
        checks=(Check("answers from which the spread is taken", have >= KNOWN, count(have), f"≥ {KNOWN}",
                      "The plan is a guess until there are more."),),
        caption=f"Normal approximation, two waves of different people, {level * 100:g} % and {share(power)} power; "
        f"spread of answers as in {count(answers.n)} answers.",
        draw=lambda ax: _draw(ax, variance, made, change, need, have, level, power, everybody),
        keys=(Key(count(need), f"answers a wave show a change of {size}"),),
    )  # fmt: skip


def _size(measure, value: float) -> str:
    words = change_in_words(measure, value).lstrip("+−")
    return f"{words} {'percentage points' if measure.unit == 'share' else measure.unit}"


def _draw(ax, variance, measure, change, need, have, level, power, population):
    from cxlab.experience.charts.planner import draw_plan

    top = min(max(need, have, 100) * 3, population)
    n = np.unique(np.geomspace(10, max(top, 20), 200))
    reach = half_width(variance, n, level=level, population=population)
    seen = (1 + ndtri(power) / ndtri((1 + level) / 2)) * np.sqrt(2) * reach
    return draw_plan(
        ax, n, reach, seen, change=change, need=need, have=have, label=f"{measure.what}, {measure.unit}",
        unit="share" if measure.unit == "share" else "", power=power, level=level,
    )  # fmt: skip
