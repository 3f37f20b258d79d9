"""Who answered and who never did, and what customers will still bring by the score they gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import t

from cxlab.errors import DataError
from cxlab.experience.money.behaviour import numbered, visits
from cxlab.experience.money.link import Link
from cxlab.experience.scores.questions import kind_of
from cxlab.finding import Check, Finding
from cxlab.segments.lifetime import segment_lifetime_value
from cxlab.wording import count, interval, money, number, share

ANSWERED, NEVER = "answered", "never answered"
#: what is compared, and its unit
_MEASURES = {"purchases": "", "spend": "money", "known_days": "days", "silent_days": "days"}
#: answers of a score below which it is joined to its neighbour when customers are valued
_LEAST = 30


def who_answered(source, *, level: float = 0.9, currency: str = "") -> Finding:
    """How customers who answered any survey differ from those who never did, in what they bought.

    Parameters
    ----------
    source : Dataset, or mapping, with surveys and transactions
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.who_answered", a row a group and measure: who ("answered" or "never answered"), measure
        ("purchases", "spend", "known_days" between first and last purchase, "silent_days" since the last one until the
        last day of the data), unit, customers, mean, low, high, ratio (to the mean of the other group)

    Notes
    -----
    Over all days of the data, before and after answers: who buys often is asked often, so a difference need not mean
    that happier customers answer. Intervals by Student's t.
    """
    tables = source if isinstance(source, Mapping) else source.tables
    tables = {n: ibis.memtable(x) if isinstance(x, pd.DataFrame) else x for n, x in tables.items()}
    for name in ("surveys", "transactions"):
        if name not in tables:
            raise DataError(f"there are no {name}.", expected="surveys and transactions of the same customers")
    currency = currency or getattr(source, "currency", "")
    log, surveys = tables["transactions"], tables["surveys"]
    bought = visits(log)
    end = int(log.agg(end=numbered(log.timestamp).max()).to_pandas()["end"][0])
    own = bought.group_by("customer_id").agg(
        purchases=_.count().cast("float64"), spend=_.spend.sum(),
        known_days=(_.day.max() - _.day.min()).cast("float64"), silent_days=(end - _.day.max()).cast("float64"),
    )  # fmt: skip
    gave = surveys.filter(_.score.notnull() & _.customer_id.notnull())
    gave = gave.select(who_id=_.customer_id.cast("string")).distinct()
    own = own.left_join(gave, own.customer_id == gave.who_id).mutate(answered=_.who_id.notnull())
    sums = {f"{m}{e}": f for m in _MEASURES for e, f in (("", _[m].sum()), ("_squares", (_[m] * _[m]).sum()))}
    totals = own.group_by("answered").agg(n=_.count(), **sums).to_pandas().set_index("answered")
    rows = []
    for answered, who in ((True, ANSWERED), (False, NEVER)):
        if answered not in totals.index:
            continue
        s = totals.loc[answered]
        n = float(s["n"])
        for measure, unit in _MEASURES.items():
            mean = s[measure] / n
            spread = np.sqrt(max(s[f"{measure}_squares"] / n - mean**2, 0) / max(n - 1, 1))
            reach = t.ppf((1 + level) / 2, max(n - 1, 1)) * spread
            other = totals[measure].get(not answered, np.nan) / totals["n"].get(not answered, np.nan)
            rows.append({"who": who, "measure": measure, "unit": unit, "customers": int(n), "mean": mean,
                         "low": mean - reach, "high": mean + reach, "ratio": mean / other})  # fmt: skip
    table = pd.DataFrame(rows)
    return _answering(table, totals, level, currency)


def _answering(table: pd.DataFrame, totals: pd.DataFrame, level: float, currency: str) -> Finding:
    n = {who: int(totals["n"].get(flag, 0)) for flag, who in ((True, ANSWERED), (False, NEVER))}
    everybody = sum(n.values())
    answered = n[ANSWERED] / everybody
    text = f"{count(n[ANSWERED])} of {count(everybody)} customers answered at least once ({share(answered)})."
    title = f"{share(answered)} of customers ever answered"
    if all(n.values()):
        of = table.set_index(["who", "measure"])

        def said(who: str) -> str:
            p, s = of.loc[who, "purchases"], of.loc[who, "spend"]
            bought = interval(number(p["low"]), number(p["high"]), level=level)
            spent = interval(money(s["low"], currency), money(s["high"], currency), level=level)
            return f"{number(p['mean'])} purchases {bought} and {money(s['mean'], currency)} {spent}"

        ratio = of.loc[(ANSWERED, "purchases"), "ratio"]
        text += (
            f" They made {said(ANSWERED)} each over all days of the data, those who never answered {said(NEVER)}. What "
            "is said of answers holds for customers like the former; who buys often is also asked often."
        )
        title += f"; they bought {number(ratio, digits=2)} times as often as the others"
    return Finding(
        "experience.who_answered", title, text, table, currency=currency,
        units={"customers": "count", "ratio": "times"},
        checks=(Check("share of customers who ever answered", answered >= 0.1, share(answered), "≥ 10 %",
                      "What they say may not hold for the others."),),
        caption=f"n = {count(everybody)} customers with a purchase; means a customer, {level * 100:g} % intervals.",
    )  # fmt: skip


def lifetime_by_score(source, link: Link, **options) -> Finding:
    """What customers are expected to bring from now on, by the last score they gave.

    Parameters
    ----------
    source : with the transactions of `link`
    link : answers joined to behaviour
    options : of `cxlab.segments.lifetime.segment_lifetime_value` (horizon, margin, draws, …); scores learn from each
        other (partial pooling) unless told otherwise

    Returns
    -------
    Finding "experience.lifetime_by_score", a row a score, or a range of scores given by fewer than 30 customers each,
        and one of all: score, and the other columns of `segment_lifetime_value`
    """
    last = link.rows.group_by("customer_id").agg(score=_.score.argmax(_.day))
    counts = last.group_by("score").agg(n=_.count()).order_by("score").to_pandas()
    ranges = score_ranges(counts, kind_of(link.question, link.scale_min, link.scale_max))
    if len(set(ranges.values())) < 2:
        raise DataError(
            f"only {count(counts['n'].sum())} customers gave a score.", expected=f"{_LEAST} of each of two ranges"
        )
    labels = ibis.cases(*((last.score == score, name) for score, name in ranges.items()), else_="(other)")
    found = segment_lifetime_value(
        source,
        last.select("customer_id", segment=labels),
        **{"pooling": "partial", "currency": link.currency} | options,
    )
    text = (
        found.text.removesuffix(found.warning)
        .strip()
        .replace("A buyer of ", f"A buyer whose last {link.question} was ")
    )
    text += (
        " The models see purchases before the answer as well as after it: this is what customers of that score are "
        "worth, not what the score brings; intervals are those of what is expected of these very customers."
    )
    table = found.table.rename(columns={"segment": "score"})
    return replace(
        found, name="experience.lifetime_by_score", text=text, table=table,
        title=f"Customers whose last {link.question} was {found.title}",
    )  # fmt: skip


def score_ranges(counts: pd.DataFrame, kind: str) -> dict[float, str]:
    """Name of the range of each score: those of the field for 0…10, else neighbours joined until each has 30 customers.

    >>> score_ranges(pd.DataFrame({"score": [1.0, 2, 3, 4, 5], "n": [5, 20, 9, 80, 70]}), "csat")
    {1.0: '1–3', 2.0: '1–3', 3.0: '1–3', 4.0: '4', 5.0: '5'}
    """
    scores = counts["score"].tolist()
    if kind == "nps":
        return {s: "0–6" if s <= 6 else "7–8" if s <= 8 else "9–10" for s in scores}
    groups, held = [[]], 0
    for score, n in zip(scores, counts["n"], strict=True):
        groups[-1].append(score)
        held += n
        if held >= _LEAST:
            groups.append([])
            held = 0
    if held < _LEAST and len(groups) > 1:
        rest = groups.pop()
        groups[-1] += rest
    return {s: f"{g[0]:g}" if len(g) == 1 else f"{g[0]:g}–{g[-1]:g}" for g in groups if g for s in g}
