"""Pooled scores: what touchpoints, brands or segments score when those with few answers learn from the others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.posterior import Pooled, default_measure, pool_answers, pooled_checks, worth_of_scores
from cxlab.finding import Finding, Key
from cxlab.montecarlo import estimate
from cxlab.wording import MINUS, count, interval, listed, number, share


def pooled_scores(
    answers: Answers | Pooled,
    *,
    measure: str | Mapping[float, float] = "",
    level: float = 0.9,
    draws: int = 4000,
    rng: np.random.Generator | int = 1,
) -> Finding:
    """What every group scores when groups learn from each other, and which of them are told apart from the rest.

    Parameters
    ----------
    answers : read by one or two columns; or what `pool_answers` made of them
    measure : "nps" (points), "top_box" (share of the two best scores), "mean" (scale points), or what each score is
        worth, {score: worth}; "": by the kind of question
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.pooled", a row a group, best first: the columns of the groups, answers, own (the group by
    itself), value, low, high, above (probability to lie above the mean of all groups), pulled (share of the way from
    its own answers to the common ones), place ("above", "below" the mean of all groups, or "": not told apart)

    Raises
    ------
    DataError : see `pool_answers`.
    ParameterError : the measure is unknown, or scores are not worth anything.

    Notes
    -----
    Hierarchical cumulative logit (`pooling`). Fit: posterior predictive check of Pearson's χ² over groups × answers
    (Gelman, Meng & Stern 1996, Statistica Sinica 6); it fails where groups use the scale differently, not just higher
    or lower.

    >>> asked = pd.DataFrame({"question": "csat", "scale_min": 1, "scale_max": 5, "score": [5, 4, 5, 2, 1, 3] * 4,
    ...     "touchpoint": ["Shop", "Shop", "Shop", "Web", "Web", "Web"] * 4})
    >>> from cxlab.experience.scores.answers import read_answers
    >>> found = pooled_scores(read_answers(asked, by="touchpoint"), measure="mean", draws=1000)
    >>> found.table[["touchpoint", "answers", "own", "place"]].values.tolist()
    [['Shop', 12, 4.666666666666667, 'above'], ['Web', 12, 2.0, 'below']]
    """
    pooled = answers if isinstance(answers, Pooled) else pool_answers(answers, draws=draws, rng=rng)
    answers, weights = pooled.answers, pooled.draws.weights
    name = measure if isinstance(measure, str) else "own"
    name = name or default_measure(answers)
    unit = {"top_box": "share", "nps": "points"}.get(name, "scale points")
    worth = worth_of_scores(answers, measure)
    tail = (1 - level) / 2
    values = pooled.values(measure)
    found = estimate(values, weights, quantiles=(tail, 1 - tail))
    middle = values.mean(1)
    above = estimate((values > middle[:, None]).astype(float), weights)
    counts = answers.effective
    with np.errstate(invalid="ignore"):
        own = counts @ worth / counts.sum(1)  # missing where nobody answered
    table = answers.groups[list(answers.by)].assign(
        answers=answers.groups["n"].astype(int), own=own, value=found.mean, low=found.quantiles[0],
        high=found.quantiles[1], above=above.mean, pulled=pooled.draws.pulled,
    )  # fmt: skip
    table["place"] = np.select([above.mean > 1 - tail, above.mean < tail], ["above", "below"], "")
    error = pd.DataFrame({"value": found.mean_error, "low": found.quantile_error[0], "high": found.quantile_error[1],
                          "above": above.mean_error})  # fmt: skip
    order = np.argsort(-found.mean, kind="stable")
    table, error = table.iloc[order].reset_index(drop=True), error.iloc[order].reset_index(drop=True)
    names = [pooled.names[i] for i in order]

    def write(value):
        return write_score(name, value)

    spread = estimate(values.std(1, ddof=1), weights, quantiles=(tail, 0.5, 1 - tail)).quantiles
    overall = estimate(middle, weights, quantiles=(tail, 1 - tail))
    what = {"nps": "NPS", "top_box": "share of the two best scores", "mean": "mean score"}.get(name, "score")
    groups = groups_in_words(answers.by)
    worst, best = table.iloc[-1], table.iloc[0]
    sentences = [
        f"{count(answers.n)} answers to “{answers.question}” in {count(len(table))} {groups}"
        f"{', ' + answers.period if answers.period else ''}: the {what} of all {groups} is {write(overall.mean)} "
        f"{interval(write(overall.quantiles[0]), write(overall.quantiles[1]), level=level)}, and {groups} differ by "
        f"{_spread_in_words(spread, name, level)}.",
        _told_apart(table, names, groups),
        f"Highest is {names[0]} with {write(best.value)} {interval(write(best.low), write(best.high), level=level)}, "
        f"lowest {names[-1]} with {write(worst.value)} {interval(write(worst.low), write(worst.high), level=level)}.",
        f"Scores are pulled towards the common ones by {share(table['pulled'].min())} to "
        f"{share(table['pulled'].max())} of the way, most where answers are fewest.",
        *(f"{said[0].upper()}{said[1:]}." for said in answers.notes),
    ]
    if len(table) < 5:
        sentences.append(f"With {len(table)} {groups} how much they differ rests partly on what is usual elsewhere.")
    from cxlab.experience.charts.pooled import draw_pooled

    head = f"{what[0].upper()}{what[1:]}" + {"points": ", points", "scale points": ", scale points"}.get(unit, "")
    return Finding(
        name="experience.pooled",
        title=_title(table, names, groups, what),
        text=" ".join(sentences),
        table=table,
        units={"answers": "count", "above": "share", "pulled": "share"}
        | dict.fromkeys(["own", "value", "low", "high"], unit),
        checks=(*answers.checks, *pooled_checks(pooled)),
        monte_carlo_error=error,
        draw=lambda ax: draw_pooled(ax, table.assign(name=names), middle=float(overall.mean), label=head, unit=unit),
        caption=f"n = {count(answers.n)} answers{', ' + answers.period if answers.period else ''}; {level * 100:g} % "
        "intervals of a hierarchical cumulative logit model; crosses: each by itself.",
        keys=(Key(write(worst.value), f"{what} of {names[-1]}, the lowest of {count(len(table))} {groups}, "
                  f"{level * 100:g} % {write(worst.low)} to {write(worst.high)} (n = {count(worst.answers)})"),),
    )  # fmt: skip


def write_score(measure: str, value: float) -> str:
    """A score of a measure in words: points of the NPS with their sign, shares as per cent, scores with two digits.

    >>> write_score("nps", 31.4), write_score("nps", -4.2), write_score("top_box", .734), write_score("mean", 4.261)
    ('+31', '−4', '73 %', '4.26')
    """
    if measure == "nps":
        return f"{value:+.0f}".replace("-", MINUS)
    return share(value) if measure == "top_box" else number(value)


def groups_in_words(by: tuple[str, ...]) -> str:
    """What groups are, in the plural.

    >>> groups_in_words(("touchpoint",)), groups_in_words(("handled_by",)), groups_in_words(("touchpoint", "brand"))
    ('touchpoints', 'members of staff', 'groups')
    """
    return "members of staff" if by == ("handled_by",) else f"{by[0].replace('_', ' ')}s" if len(by) == 1 else "groups"


def _spread_in_words(spread, measure: str, level: float) -> str:
    low, middle, high = (number(100 * v if measure == "top_box" else v, digits=2) for v in spread)
    unit = "percentage points" if measure == "top_box" else "points"
    return f"{middle} {unit} (standard deviation, {level * 100:g} % interval {low} to {high})"


def _told_apart(table: pd.DataFrame, names: list[str], groups: str) -> str:
    sides = {side: [n for n, place in zip(names, table["place"], strict=True) if place == side] for side in
             ("above", "below")}  # fmt: skip
    if not any(sides.values()):
        return f"None of them is told apart from the mean of all {groups}: they may well be alike."
    said = [f"{listed(own, 3)} {'lies' if len(own) == 1 else 'lie'} {side} it" for side, own in sides.items() if own]
    rest = len(names) - sum(map(len, sides.values()))
    said = f"Against the mean of all {groups}, {' and '.join(said)}"
    return said + (f"; the other {count(rest)} cannot be told from it." if rest else ".")


def _title(table: pd.DataFrame, names: list[str], groups: str, what: str) -> str:
    below = [n for n, place in zip(names, table["place"], strict=True) if place == "below"][::-1]
    above = [n for n, place in zip(names, table["place"], strict=True) if place == "above"]
    if not below and not above:
        return f"No difference between {groups} in {what} can be told"
    own = below or above
    return (
        f"{listed(own, 3)} {'is' if len(own) == 1 else 'are'} {'below' if below else 'above'} the other {groups} in "
        f"{what}"
    )
