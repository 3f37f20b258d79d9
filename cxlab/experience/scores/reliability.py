"""Reliability: how much of the differences in a scale made of several questions is more than chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.experience.scores.coefficients import (
    alpha,
    fisher_interval,
    item_rest,
    omega,
    reliability_interval,
    residual,
)
from cxlab.experience.scores.items import Items, enough, read_items
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, listed, number, share

#: respondents who answered all questions; reliability from which single persons may be compared, and groups only
FEWEST, GOOD = 30, 0.7
#: mean residual correlation (SRMR), above which one factor does not hold the questions together (Hu & Bentler 1999)
ONE_FACTOR = 0.08


def reliability(
    source, items: Sequence[str] = (), *, reverse: Sequence[str] = (), flagged: str = "keep", level: float = 0.9
) -> Finding:
    """Cronbach's alpha and McDonald's omega of a scale, and what each question does for it.

    Parameters
    ----------
    source, items, reverse, flagged : as of `read_items`; or what it made
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.reliability", a row a measure: name, measure ("alpha", "omega": not with two questions, where
    alpha is the Spearman–Brown coefficient of questions on one scale, which is there in its place; "item-rest": a row
    a question, its correlation with the sum of the others), value, low, high, alpha_without (of the others alone, for
    questions), mean, sd (scale points)

    Raises
    ------
    DataError : see `read_items`.

    Notes
    -----
    alpha = k/(k−1) · (1 − Σ variances / variance of the sum), a lower bound of reliability; omega = (Σλ)²/((Σλ)² + Σψ)
    of a one-factor model by maximum likelihood. Intervals: distribution-free standard errors of functions of the
    covariance matrix on the scale log(1 − reliability) (Maydeu-Olivares, Coffman & Hartmann 2007, Psychological Methods
    12(2)); below 100 respondents Feldt's F interval (1965, Psychometrika 30(3)) where it is wider.
    Spearman–Brown, and item-rest correlations: Fisher's z.

    >>> rng = np.random.default_rng(1)
    >>> true = rng.normal(0, 1, (200, 1))
    >>> scale = Items(true + rng.normal(0, 1, (200, 4)), np.ones(200), ("a", "b", "c", "d"))
    >>> reliability(scale).table.loc[:1, ["measure", "value"]].round(2).values.tolist()
    [['alpha', 0.78], ['omega', 0.78]]
    """
    found = source if isinstance(source, Items) else read_items(source, items, reverse=reverse, flagged=flagged)
    enough(found)
    S, k, n = found.covariance, len(found.names), found.total
    means = found.n @ found.values / n
    rows, checks = [], [Check("respondents who answered all questions", n >= FEWEST, count(n), f"≥ {FEWEST}",
                              "Reliability from so few is hardly known.")]  # fmt: skip
    if k == 2:
        r = float(S[0, 1] / np.sqrt(S[0, 0] * S[1, 1]))
        low, high = fisher_interval(r, n, level=level)
        whole, low, high = (2 * v / (1 + v) for v in (r, low, high))
        rows.append({"name": "Spearman–Brown", "measure": "spearman-brown", "value": whole, "low": low, "high": high})
        name = "Spearman–Brown reliability"
    else:
        whole, low, high = reliability_interval(found, alpha, level=level)
        rows.append({"name": "Cronbach's alpha", "measure": "alpha", "value": whole, "low": low, "high": high})
        best, least, most = reliability_interval(found, omega, level=level)
        rows.append({"name": "McDonald's omega", "measure": "omega", "value": best, "low": least, "high": most})
        name = "Cronbach's alpha"
        if k > 3:
            off = residual(S)
            checks.append(
                Check("mean residual correlation beside one factor", off <= ONE_FACTOR, number(off, digits=2),
                      f"≤ {ONE_FACTOR}", "The questions measure more than one thing: read parts by themselves.")
            )  # fmt: skip
    rest = item_rest(S)
    for i, item in enumerate(found.names):
        ends = fisher_interval(rest[i], n, level=level)
        kept = [j for j in range(k) if j != i]
        without = alpha(S[np.ix_(kept, kept)]) if k > 2 else np.nan
        rows.append({"name": item, "measure": "item-rest", "value": rest[i], "low": ends[0], "high": ends[1],
                     "alpha_without": without, "mean": means[i], "sd": np.sqrt(S[i, i])})  # fmt: skip
    table = pd.DataFrame(rows, columns=["name", "measure", "value", "low", "high", "alpha_without", "mean", "sd"])
    against = [q for q, r in zip(found.names, rest, strict=True) if r <= 0]
    checks.append(Check("questions that go along with the others", not against, count(k - len(against)), str(k),
                        f"{listed(against, 3)}: asked the other way round? Then reverse=[…]."))  # fmt: skip
    return _finding(found, table, tuple(checks), name, level)


def _finding(found: Items, table: pd.DataFrame, checks, name: str, level: float) -> Finding:
    from cxlab.experience.charts.consistency import draw_reliability

    top, k = table.iloc[0], len(found.names)
    items = table[table["measure"] == "item-rest"]
    weakest = items.loc[items["value"].idxmin()]
    fit = "may be" if top["low"] >= GOOD else "may not be" if top["high"] < GOOD else "can hardly be said to be"
    said = interval(number(top["low"], digits=2), number(top["high"], digits=2), level=level)
    said = f"{number(top['value'], digits=2)} {said}"
    sentences = [f"{name} of {count(k)} questions is {said}, from {count(found.total)} respondents who answered all."]
    omegas = table[table["measure"] == "omega"]
    for row in omegas.itertuples():
        reach = interval(number(row.low, digits=2), number(row.high, digits=2), level=level)
        sentences.append(f"McDonald's omega is {number(row.value, digits=2)} {reach}.")
    if k == 2:
        sentences.append("Two questions alone do not show whether they measure one thing.")
    else:
        gains = weakest["alpha_without"] - top["value"]
        sentences.append(
            f"“{weakest['name']}” goes along least with the others ({number(weakest['value'], digits=2)}); without it "
            f"alpha would be {number(weakest['alpha_without'], digits=2)}"
            f"{', which is more' if gains > 0.005 else ''}."
        )
    if found.incomplete:
        sentences.append(f"Left out for a gap in their answers: {count(found.incomplete)}.")
    return Finding(
        name="experience.reliability",
        title=f"{share(top['value'])} of the differences in the scale of {count(k)} questions are more than chance",
        text=" ".join([*sentences, f"The scale {fit} good enough to compare groups (0.7 is usual)."]),
        table=table,
        units={"mean": "points", "sd": "points"},
        checks=checks,
        draw=lambda ax: draw_reliability(ax, table),
        caption=f"n = {count(found.total)} respondents, {count(k)} questions; {level * 100:g} % intervals.",
        keys=(Key(number(top["value"], digits=2), f"{name} of {count(k)} questions (n = {count(found.total)})"),),
    )
