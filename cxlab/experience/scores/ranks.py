"""Ranks with their uncertainty: who may be best, who worst, and who is surely above the middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.pooled import groups_in_words, pooled_scores
from cxlab.experience.scores.posterior import Pooled, default_measure, pool_answers
from cxlab.finding import Finding, Key
from cxlab.montecarlo import estimate
from cxlab.wording import count, listed, share

_WHAT = {"nps": "NPS", "top_box": "the share of the two best scores", "mean": "mean score"}


def rank_table(
    values, names: Sequence[str], *, weights=None, level: float = 0.9, highest_first: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ranks of groups over draws of what they are worth.

    Parameters
    ----------
    values : shape (draws, groups)
    names : of the groups
    weights : of the draws, summing to 1; None: alike
    level : of the interval of the rank
    highest_first : whether the highest value has rank 1

    Returns
    -------
    A row a group, the best mean rank first: name, rank (mean), rank_low, rank_high (whole ranks that hold at least
    `level`), best, worst (probability of the first and the last rank), upper (probability of a rank in the upper half);
    and the Monte-Carlo error of rank, best, worst and upper

    >>> table, _ = rank_table([[3., 2, 1], [3, 1, 2], [3, 2, 1], [2, 3, 1]], ["a", "b", "c"])
    >>> table[["name", "rank", "best", "worst"]].values.tolist()
    [['a', 1.25, 0.75, 0.0], ['b', 2.0, 0.25, 0.25], ['c', 2.75, 0.0, 0.75]]
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or values.shape[1] != len(names):
        raise ParameterError(
            f"values of shape {values.shape} for {len(names)} groups.", expected="a row a draw, a column a group"
        )
    draws, groups = values.shape
    weights = np.full(draws, 1 / draws) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(-values if highest_first else values, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, groups + 1)[None, :].repeat(draws, 0), axis=1)
    held = np.stack([np.bincount(ranks[:, g], weights, minlength=groups + 1)[1:] for g in range(groups)])
    below = np.cumsum(held, axis=1)
    tail = (1 - level) / 2
    # no rank is left out unless what lies beyond it is less than the tail
    low = (below <= tail).sum(1) + 1
    high = groups - (1 - np.concatenate([np.zeros((groups, 1)), below[:, :-1]], axis=1) <= tail).sum(1)
    found = {"rank": ranks, "best": ranks == 1, "worst": ranks == groups, "upper": ranks < (groups + 1) / 2}
    found = {name: estimate(v.astype(float), weights) for name, v in found.items()}
    table = pd.DataFrame({"name": list(names), "rank": found["rank"].mean, "rank_low": low, "rank_high": high}
                         | {c: found[c].mean for c in ("best", "worst", "upper")})  # fmt: skip
    error = pd.DataFrame({name: e.mean_error for name, e in found.items()})
    order = np.argsort(table["rank"], kind="stable")
    return table.iloc[order].reset_index(drop=True), error.iloc[order].reset_index(drop=True)


def ranked_scores(
    answers: Answers | Pooled, *, measure: str | Mapping[float, float] = "", level: float = 0.9, draws: int = 4000,
    rng: np.random.Generator | int = 1,
) -> Finding:  # fmt: skip
    """Which rank each group may have by its pooled score.

    Parameters
    ----------
    answers, measure, level, draws, rng : as of `pooled_scores`

    Returns
    -------
    Finding "experience.ranks", a row a group: the columns of the groups, answers, value (pooled score), rank (mean),
    rank_low, rank_high, best, worst, upper (probabilities)

    Notes
    -----
    Ranks of draws, not of estimates: estimates alone always have a first and a last. Source: Goldstein & Spiegelhalter
    (1996), League tables and their limitations, Journal of the Royal Statistical Society A 159(3).

    >>> asked = pd.DataFrame({"question": "csat", "scale_min": 1, "scale_max": 5, "score": [5, 4, 5, 2, 1, 3] * 4,
    ...     "touchpoint": ["Shop", "Shop", "Shop", "Web", "Web", "Web"] * 4})
    >>> from cxlab.experience.scores.answers import read_answers
    >>> found = ranked_scores(read_answers(asked, by="touchpoint"), draws=1000)
    >>> found.table[["touchpoint", "rank_low", "rank_high"]].values.tolist()
    [['Shop', 1, 1], ['Web', 2, 2]]
    """
    pooled = answers if isinstance(answers, Pooled) else pool_answers(answers, draws=draws, rng=rng)
    scored, answers = pooled_scores(pooled, measure=measure, level=level), pooled.answers
    values = pooled.values(measure)
    table, error = rank_table(values, range(values.shape[1]), weights=pooled.draws.weights, level=level)
    place = table.pop("name").to_numpy()
    by = list(answers.by)
    own = answers.groups[by].assign(answers=answers.groups["n"].astype(int), value=pooled.draws.weights @ values)
    names = [pooled.names[i] for i in place]
    table = pd.concat([own.iloc[place].reset_index(drop=True), table], axis=1)
    name = (measure or default_measure(answers)) if isinstance(measure, str) else "own"
    what, groups = _WHAT.get(name, "score"), groups_in_words(answers.by)
    sure = [n for n, upper in zip(names, table["upper"], strict=True) if upper >= level]
    first, last = table.iloc[0], table.iloc[table["worst"].to_numpy().argmax()]
    lowest = names[int(table["worst"].to_numpy().argmax())]
    width = (table["rank_high"] - table["rank_low"] + 1).median()
    text = (
        f"Of {count(len(table))} {groups} with {count(answers.n)} answers"
        f"{', ' + answers.period if answers.period else ''}, {names[0]} is best in {what} with probability "
        f"{share(first['best'])} and {lowest} worst with probability {share(last['worst'])}. "
        f"Half of the {level * 100:g} % intervals of ranks are {count(width)} or more ranks wide. "
        + (f"In the upper half with probability {share(level)} or more: {listed(sure, 5)}." if sure else
           f"For none of them is it sure ({share(level)}) that it belongs to the upper half.")
    )  # fmt: skip
    from cxlab.experience.charts.pooled import draw_ranks

    return Finding(
        name="experience.ranks",
        title=f"{names[0]} is {'surely' if first['best'] >= level else 'perhaps'} the best of {count(len(table))} "
        f"{groups} in {what} ({share(first['best'])})",
        text=text,
        table=table,
        units={"answers": "count"} | dict.fromkeys(["best", "worst", "upper"], "share"),
        checks=scored.checks,
        monte_carlo_error=error,
        draw=lambda ax: draw_ranks(ax, table.assign(name=names)),
        caption=f"n = {count(answers.n)} answers; {level * 100:g} % intervals of ranks over posterior draws.",
        keys=(Key(share(first["best"]), f"probability that {names[0]} is the best of {count(len(table))} {groups}"),),
    )
