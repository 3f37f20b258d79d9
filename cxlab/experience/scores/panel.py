"""The same customers in two waves: pairs of their answers, told apart from fresh samples."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.experience.scores.answers import Answers, wave_name
from cxlab.experience.scores.bounded import cdf, mean_interval
from cxlab.experience.scores.counting import WAVES
from cxlab.experience.scores.questions import survey_table


def answer_pairs(source, answers: Answers, *, wave: str, flagged: str) -> pd.DataFrame:
    """How often customers who answered in one wave and, next, in another gave which two scores.

    Parameters
    ----------
    answers : the question, and columns that tell groups; "wave" among them
    wave : calendar waves, "" where the source has a column "wave"

    Returns
    -------
    DataFrame: *by (without wave), before, wave (names), score_before, score, n. Of several answers of a customer in one
    wave the last counts (without times: the lowest). Empty where customers are not known.
    """
    others = [c for c in answers.by if c != "wave"]
    columns = [*others, "before", "wave", "score_before", "score", "n"]
    table = survey_table(source)
    known = {"customer_id", *others, *(() if wave else ("wave",))} | ({"timestamp"} if wave else set())
    if not known <= set(table.columns):
        return pd.DataFrame(columns=columns)
    table = table.filter((_.question == answers.question) & _.score.notnull() & _.customer_id.notnull())
    if flagged == "drop" and "flag" in table.columns:
        table = table.filter(_.flag.isnull())
    table = table.mutate(at=_.timestamp.date().truncate(WAVES[wave]) if wave else table["wave"].cast("string"))
    table = table.filter(_["at"].notnull()).mutate(**{c: table[c].cast("string") for c in others})
    last = _.score.argmax(_.timestamp) if "timestamp" in table.columns else _.score.min()
    once = table.group_by([*others, "customer_id", "at"]).agg(score=ibis.coalesce(last, _.score.min()))
    window = ibis.window(group_by=[*others, "customer_id"], order_by="at")
    pairs = once.mutate(before=once["at"].lag().over(window), score_before=once.score.lag().over(window))
    pairs = pairs.filter(_.before.notnull()).group_by([*others, "before", "at", "score_before", "score"])
    found = pairs.agg(n=_.count()).execute().rename(columns={"at": "wave"})
    if wave:
        found = found.assign(**{c: found[c].map(lambda day: wave_name(day, wave)) for c in ("before", "wave")})
    return found[columns]


def changes_of_same(pairs: pd.DataFrame, scores: np.ndarray, values: np.ndarray, *, level: float) -> dict[str, float]:
    """Mean change of customers who answered twice.

    Parameters
    ----------
    pairs : score_before, score, n
    scores, values : every score and what it is worth

    Returns
    -------
    same (customers), same_change, same_low, same_high, same_p_rise

    Notes
    -----
    A customer's change is one of finitely many values, so the mean change is a mean of answers on a bounded scale like
    any other (`bounded`); how alike the two answers of a customer are is in it without a model. The prior counts for
    1.5 customers whose two scores have nothing to do with one another. Where hardly anybody changes, the interval of
    level 0.9 is wider than it need be: where of 30 customers one moves, it holds the truth in 1.00 of cases at 15
    customers, 0.96 at 100 and 0.89 at 400 (tests/recovery/score_coverage.csv). How far the next one would move cannot
    be known before one has: with a prior of one customer intervals are 15 % shorter there and hold as often, but only
    in 0.87 to 0.90 at 15 to 30 customers of whom many move; with one from their own answers in 0.85.

    >>> pairs = pd.DataFrame({"score_before": [4, 4, 5], "score": [5, 4, 5], "n": [12, 10, 20]})
    >>> found = changes_of_same(pairs, np.arange(1, 6), np.arange(1., 6), level=.9)
    >>> found["same"], round(found["same_change"], 2), round(found["same_p_rise"], 3)
    (42, 0.29, 0.996)
    """
    worth = dict(zip(scores.tolist(), values.tolist(), strict=True))
    distinct = np.unique(values)
    steps, often = np.unique(np.subtract.outer(distinct, distinct).round(9), return_counts=True)
    prior = 1.5 * often / often.sum()
    change = (pairs["score"].map(worth) - pairs["score_before"].map(worth)).round(9)
    counts = np.zeros(len(steps))
    np.add.at(counts, np.searchsorted(steps, change), pairs["n"])
    low, high = mean_interval(steps, counts[None], level=level, prior=prior)
    rise = 1 - float(cdf(steps, counts[None] + prior, 0.0)[0])
    return {
        "same": int(counts.sum()), "same_change": float(counts @ steps / counts.sum()), "same_low": float(low[0]),
        "same_high": float(high[0]), "same_p_rise": rise,
    }  # fmt: skip
