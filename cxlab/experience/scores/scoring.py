"""What every score says in common: a value with its interval for each group, who is told apart, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import chi2

from cxlab.errors import DataError
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.bounded import mean_interval, merged, moments, posterior
from cxlab.experience.scores.counting import NOT_STATED
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, listed, share

#: answers below which coverage of the intervals has not been measured
LEAST = 15
#: answers below which a group is marked as resting on few
FEW = 30


@dataclass(frozen=True)
class Measure:
    """How a score is made of answers, and how it is written.

    Parameters
    ----------
    name : of the finding, behind "experience."
    what : in a sentence ("NPS"); column : of its value in the table; label : on the axis, with unit
    values : what each score is worth, shape (scores,); unit : "points", "share" or "scale points"
    write : a value in words
    better : 1 where more is better, −1 where less is
    """

    name: str
    what: str
    column: str
    label: str
    values: np.ndarray
    unit: str
    write: Callable[[float], str]
    better: int = 1


def group_scores(counts: np.ndarray, values: np.ndarray, *, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean value of the answers of every group, and the interval of the true one.

    >>> value, low, high = group_scores(np.array([[20, 30, 50]]), np.array([-100, 0, 100]), level=.95)
    >>> value.tolist(), low.round(1).tolist(), high.round(1).tolist()
    ([30.0], [14.0], [44.3])
    """
    low, high = mean_interval(values, counts, level=level)
    return counts @ values / counts.sum(1), low, high


def places(counts: np.ndarray, values: np.ndarray, *, level: float) -> np.ndarray:
    """Where each group lies against the answers of all others together: "above", "below", or "" where it is not told.

    Notes
    -----
    Chance by the normal distribution with the moments of both posteriors; with g groups it must fall below a g-th of
    the tail (Bonferroni), so that with no difference at all, any group is placed in a share 1 − level of surveys.

    >>> places(np.array([[2, 3, 40], [20, 10, 15]]), np.array([-100, 0, 100]), level=.9).tolist()
    ['above', 'below']
    """
    if len(counts) < 2:
        return np.full(len(counts), "", dtype=object)
    distinct, sizes = posterior(values, counts)
    own, variance = moments(distinct, sizes)
    _, rest = posterior(values, counts.sum(0) - counts)
    others, variance_others = moments(distinct, rest)
    below = ndtr((others - own) / np.sqrt(variance + variance_others))
    tail = (1 - level) / 2 / (len(counts) if len(counts) > 2 else 1)
    return np.select([below < tail, below > 1 - tail], ["above", "below"], "").astype(object)


def differ(counts: np.ndarray, values: np.ndarray) -> float:
    """p-value of no difference between groups at all: Cochran's Q with the variance under no difference.

    >>> round(differ(np.array([[5, 5, 10], [5, 5, 10.]]), np.array([-1, 0, 1])), 3)
    1.0
    """
    if len(counts) < 2:
        return 1.0
    distinct, c = merged(values, counts)
    n = c.sum(1)
    pooled = c.sum(0) / n.sum()
    mean = pooled @ distinct
    variance = pooled @ (distinct - mean) ** 2
    if variance <= 0:
        return 1.0
    return float(chi2.sf((n * (c @ distinct / n - mean) ** 2).sum() / variance, len(c) - 1))


def score_table(answers: Answers, measure: Measure, *, level: float) -> pd.DataFrame:
    """A row a group in order of the answers: *by, n, effective_n, the score, low, high, place, few."""
    counts = answers.effective
    value, low, high = group_scores(counts, measure.values, level=level)
    return answers.groups[list(answers.by)].assign(
        n=answers.groups["n"].astype(int), effective_n=counts.sum(1), **{measure.column: value}, low=low, high=high,
        place=places(counts, measure.values, level=level), few=counts.sum(1) < FEW,
    )  # fmt: skip


def score_finding(
    answers: Answers,
    measure: Measure,
    table: pd.DataFrame,
    *,
    level: float,
    units: dict[str, str],
    also: str = "",
    method: str,
    checks: Sequence[Check] = (),
) -> Finding:
    """The finding of a score.

    Parameters
    ----------
    table : see `score_table`, with columns added
    also : a sentence more on all answers together
    method : of the intervals, for the caption
    """
    from cxlab.experience.charts.scores import draw_scores

    total = answers.total()
    value, low, high = (float(v[0]) for v in group_scores(total.effective, measure.values, level=level))
    whole = f"{measure.write(value)} {interval(measure.write(low), measure.write(high), level=level)}"
    when = f", {answers.period}" if answers.period else ""
    sentences = [f"{count(answers.n)} answers to “{answers.question}”{when}: {measure.what} {whole}.", also]
    effective = float(total.effective.sum())
    if effective < 0.95 * answers.n:
        why = "weights" if answers.weighted else "customers who answered several times"
        sentences.append(f"Because of {why} they count for {count(effective)} answers.")
    title = f"{measure.what[0].upper()}{measure.what[1:]} is {measure.write(value)}, between {measure.write(low)} and "
    title += measure.write(high)
    if answers.by:
        title, said = _groups_told(answers, measure, table, level)
        sentences.append(said)
    sentences += [f"{note[0].upper()}{note[1:]}." for note in answers.notes]
    small = int((table["effective_n"] < LEAST).sum())
    order = np.lexsort((np.arange(len(table)), -measure.better * table[measure.column].to_numpy()))
    shown = table.assign(name=answers.names, value=table[measure.column])
    shown = shown if "wave" in answers.by else shown.iloc[order]
    return Finding(
        name=f"experience.{measure.name}",
        title=title,
        text=" ".join(filter(None, sentences)),
        table=table.reset_index(drop=True),
        units={"n": "count", "effective_n": "count"} | dict.fromkeys([measure.column, "low", "high"], measure.unit)
        | units,
        checks=(
            *answers.checks,
            Check(f"groups with {LEAST} answers or more" if answers.by else "answers", small <= len(table) / 2,
                  share(1 - small / len(table)) if answers.by else effective, "≥ 50 %" if answers.by else f"≥ {LEAST}",
                  "Read the intervals, not the values; or pool groups."),
            *checks,
        ),
        draw=(lambda ax: draw_scores(
            ax, shown, label=measure.label, unit=measure.unit, write=measure.write, whole=value
        )) if len(table) > 1 else (lambda ax: _draw_answers(ax, total, measure, whole, level)),
        caption=f"n = {count(answers.n)} answers{when}; {level * 100:g} % intervals: {method}"
        + ("; simulated data." if answers.simulated else "."),
        keys=(Key(measure.write(value), f"{measure.what}, {level * 100:g} % {measure.write(low)} to "
                  f"{measure.write(high)} (n = {count(answers.n)})"),),
    )  # fmt: skip


def _draw_answers(ax, total: Answers, measure: Measure, whole: str, level: float):
    """How often each answer was given; dark where it counts for the score, hatched where against it."""
    from cxlab.experience.charts.distribution import draw_distribution

    counts = total.effective
    pairs = [group_scores(np.c_[counts.sum(1) - counts[:, i], counts[:, i]], np.array([0.0, 1.0]), level=level)
             for i in range(counts.shape[1])]  # fmt: skip
    shares, low, high = (np.array([float(pair[i][0]) for pair in pairs]) for i in range(3))
    # of a mean no answer is for or against: the middle of what each is worth would be no boundary
    boxes = len(np.unique(measure.values)) <= 3
    side = np.sign(measure.values) if boxes else np.zeros(len(shares))
    return draw_distribution(ax, total.scores, shares, low, high, side=side, label=f"Answers to “{total.question}”",
                             words=f"{measure.what} {whole}")  # fmt: skip


def _groups_told(answers: Answers, measure: Measure, table: pd.DataFrame, level: float) -> tuple[str, str]:
    """Title and sentences on the groups: who is highest and lowest, and who is told apart from the others."""
    from cxlab.experience.scores.pooled import groups_in_words

    names, write, what = answers.names, measure.write, measure.what
    groups = groups_in_words(answers.by)

    def one(i):
        row = table.iloc[i]
        ends = interval(write(row.low), write(row.high), level=level)
        return f"{names[i]} with {write(row[measure.column])} {ends}, n = {count(row.n)}"

    if len(table) == 1:
        return f"{what[0].upper()}{what[1:]} of {names[0]} is {write(table[measure.column].iloc[0])}", ""
    values = table[measure.column].to_numpy()
    # a group that has no name is no place to act at
    named = np.array([NOT_STATED not in name for name in names])
    named = np.flatnonzero(named if named.any() else ~named)
    highest, lowest = named[values[named].argmax()], named[values[named].argmin()]
    p = differ(answers.effective, measure.values)
    few = int(table["few"].sum())
    said = [f"Of {count(len(table))} {groups}, highest is {one(highest)}; lowest {one(lowest)}."]
    sides = {
        side: [n for n, at in zip(names, table["place"], strict=True) if at == side] for side in ("above", "below")
    }
    if any(sides.values()):
        told = [f"{listed(own, 3)} {'lies' if len(own) == 1 else 'lie'} {side}" for side, own in sides.items() if own]
        said.append(f"Against all others together, {' and '.join(told)}; of the rest it cannot be said."
                    if len(sides["above"]) + len(sides["below"]) < len(table) else
                    f"Against all others together, {' and '.join(told)}.")  # fmt: skip
    elif p < 1 - level:
        said.append(f"They differ (χ² test, p = {p:.2g}), but of none can it be said alone.")
    else:
        said.append(f"No difference between them can be told: so large a spread comes by chance alone (p = {p:.2g}).")
    if few:
        said.append(f"{count(few)} of {count(len(table))} rest on fewer than {FEW} answers.")
    sides = {side: [name for name in own if NOT_STATED not in name] for side, own in sides.items()}
    own = sides["below" if measure.better > 0 else "above"] or sides["above" if measure.better > 0 else "below"]
    if own:
        side = "below" if own is sides["below"] else "above"
        title = f"{listed(own, 3)} {'is' if len(own) == 1 else 'are'} {side} the other {groups} in {what}"
    elif p < 1 - level:
        title = f"{groups[0].upper()}{groups[1:]} differ in {what}, but no single one is told apart"
    else:
        title = f"No difference between {groups} in {what} can be told"
    return title, " ".join(said)


def need_kind(answers: Answers, kinds: Sequence[str], what: str, scale: str) -> None:
    """Raise where a score is asked of answers that are of another kind."""
    if answers.kind not in kinds:
        raise DataError(
            f"question {answers.question!r} is a {answers.kind} ({answers.scale_min:g} to {answers.scale_max:g}), not "
            f"{what}.", expected=scale, mend=f'another question, or read_answers(…, kind="{kinds[0]}")',
        )  # fmt: skip
