"""Feeling in words: VADER as the baseline, and a classifier of the user's own where it reads better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.feedback.classifier import FEWEST, out_of_fold
from cxlab.experience.feedback.prevalence import Confusion, design_effect, share_with_known
from cxlab.experience.feedback.quality import auc_difference, measured
from cxlab.experience.feedback.texts import Texts
from cxlab.experience.feedback.vader import NEGATIVE, POSITIVE, vader_scores
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.wording import count, interval, number, share

WAYS = ("auto", "vader", "classifier")
#: different texts with a known feeling from which a classifier is tried
ENOUGH = 300
#: texts below which shares of a group are not shown
HIDDEN = 5


@dataclass(frozen=True)
class Sentiment:
    """What texts feel like.

    Parameters
    ----------
    texts : the texts
    table : DataFrame, a row a text in their order: score (−1 … 1), label ("positive", "neutral" or "negative"; a
        classifier has no neutral), known (1.0 positive, 0.0 not, NaN unknown: from stars or labels)
    way : "VADER" or "classifier", the one that was used
    known_by : "stars", "labels" or ""
    quality : DataFrame, a row a way of reading, on texts whose feeling is known (`quality.reading_quality`)
    confusion : how calls of "positive" came out on them, out of fold; None where no feeling is known
    meaning : what is known of a positive text, to follow "texts": "go with 4 stars or more", or "are positive"
    """

    texts: Texts
    table: pd.DataFrame
    way: str
    known_by: str
    quality: pd.DataFrame
    confusion: Confusion | None
    notes: tuple[str, ...] = ()
    meaning: str = "are positive"


def score_sentiment(
    texts: Texts,
    *,
    labels: Mapping[str, bool] | None = None,
    positive_from: float | None = None,
    way: str = "auto",
    folds: int = 5,
    rng: np.random.Generator | int = 0,
) -> Sentiment:
    """How each text feels, read by VADER or by a classifier trained on the user's own stars or labels.

    Parameters
    ----------
    texts : masked texts
    labels : {feedback_id: whether it is positive}, takes the place of stars
    positive_from : stars from which a text is positive; by default 4 of 5, 8 of 10, 80 of 100, and above 0 where there
        are negative ones
    way : "vader", "classifier", or "auto": a classifier where 300 different texts and 50 of either feeling are known
        and it orders texts it has not seen better than VADER
    folds : parts the known texts are dealt into, each scored by a model of the others; a classifier calls as many of
        the known texts positive as are

    Raises
    ------
    ParameterError : the way is unknown, or a classifier was asked for and too few feelings are known.

    >>> from cxlab.experience.feedback.texts import read_texts
    >>> said = pd.DataFrame({"text": ["I love it", "Awful, awful service", "It is at table 12"]})
    >>> score_sentiment(read_texts(said)).table["label"].tolist()
    ['positive', 'negative', 'neutral']
    """
    if way not in WAYS:
        raise unknown("way of reading", way, WAYS)
    rng = np.random.default_rng(rng)
    known, known_by, notes, meaning = _known(texts, labels, positive_from)
    place = texts.table["text_id"].to_numpy()
    vader = vader_scores(texts.distinct)[place]
    has = np.isfinite(known)
    where, first = np.unique(place[has], return_inverse=True)
    weight, hits = np.bincount(first, minlength=len(where)), np.bincount(first, known[has], minlength=len(where))
    least = int(min(hits.sum(), weight.sum() - hits.sum())) if has.any() else 0
    enough = len(where) >= ENOUGH and least >= FEWEST
    if way == "classifier" and not enough:
        raise ParameterError(
            f"{count(len(where))} different texts have a known feeling, {count(least)} of the rarer one.",
            expected=f"{ENOUGH} and {FEWEST}, to train a classifier and to know how it does",
            mend="rate or label more texts, or way=\"vader\"",
        )  # fmt: skip
    chance, quality = None, []
    if has.any():
        quality.append(measured("VADER", vader[has], vader[has] >= POSITIVE, known[has] > 0))
    if enough and way != "vader":
        chance = out_of_fold(texts.distinct, where, hits / weight, weight.astype(float), folds=folds, rng=rng)[0][place]
        # where as many are called positive as are: at 0.5 a rare feeling would hardly ever be called
        cut = float(np.quantile(chance[has], 1 - known[has].mean()))
        quality.append(measured("classifier", chance[has], chance[has] >= cut, known[has] > 0))
        gain, low, high, _p = auc_difference(chance[has], vader[has], known[has] > 0)
        if way == "auto" and gain <= 0:
            chance = None
        notes.append(
            f"On texts it had not seen, a classifier trained on {known_by} orders them "
            f"{'better' if gain > 0 else 'no better'} than VADER, by {number(gain)} of the area under the curve "
            f"{interval(number(low), number(high), level=0.9)}: {'VADER' if chance is None else 'the classifier'} is "
            "used."
        )
    elif has.any() and not enough and way == "auto":
        notes.append(
            f"{count(len(where))} different texts have {known_by}, {count(least)} of the rarer feeling: from {ENOUGH} "
            f"and {FEWEST} a classifier is tried; VADER is used."
        )
    if chance is None:
        label = np.select([vader >= POSITIVE, vader <= NEGATIVE], ["positive", "negative"], "neutral")
    else:
        label = np.where(chance >= cut, "positive", "negative")
    used = "VADER" if chance is None else "classifier"
    table = pd.DataFrame(
        {"score": vader if chance is None else 2 * chance - 1, "label": label.astype(object), "known": known},
        index=texts.table.index,
    )
    return Sentiment(
        texts, table, used, known_by, _with_constant(pd.DataFrame(quality), used),
        Confusion.of(label[has] == "positive", known[has] > 0) if has.any() else None, tuple(notes), meaning,
    )  # fmt: skip


def _known(texts: Texts, labels: Mapping[str, bool] | None, positive_from: float | None):
    if labels is not None:
        stray = set(map(str, labels)) - set(texts.table["feedback_id"])
        if stray:
            raise unknown("feedback_id with a label", sorted(stray)[0], texts.table["feedback_id"].head(5))
        lookup = {str(k): float(bool(v)) for k, v in labels.items()}
        return texts.table["feedback_id"].map(lookup).to_numpy(float), "labels", [], "are positive"
    if not texts.has("rating"):
        return np.full(len(texts), np.nan), "", [], "are positive"
    rating = texts.table["rating"].to_numpy(float)
    top = np.nanmax(rating)
    if positive_from is None and np.nanmin(rating) < 0:
        known = np.where(np.isfinite(rating), (rating > 0).astype(float), np.nan)
        return known, "stars", ["Positive is a rating above 0."], "go with a rating above 0"
    given = positive_from if positive_from is not None else 4.0 if top <= 5 else 8.0 if top <= 10 else 80.0
    known = np.where(np.isfinite(rating), (rating >= given).astype(float), np.nan)
    meaning = f"go with {given:g} stars or more" if top <= 5 else f"go with a rating of {given:g} or more"
    return known, "stars", [f"Positive is a rating of {given:g} or more."], meaning


def _with_constant(quality: pd.DataFrame, used: str) -> pd.DataFrame:
    """The row that shows what reading nothing would do."""
    if quality.empty:
        return quality
    first = quality.iloc[0]
    positive, n = first.truly_positive >= 0.5, int(first.n)
    true = round(first.truly_positive * n)
    right = true if positive else n - true
    low, high = share_interval(right, n)
    row = {
        "way": "always the commoner", "n": n, "auc": 0.5, "auc_low": 0.5, "auc_high": 0.5, "accuracy": right / n,
        "accuracy_low": float(low), "accuracy_high": float(high), "called_positive": float(positive),
        "truly_positive": first.truly_positive, "true_positives": true * positive,
        "false_positives": (n - true) * positive, "false_negatives": true * (not positive),
        "true_negatives": (n - true) * (not positive),
    }  # fmt: skip
    quality = pd.concat([quality, pd.DataFrame([row])], ignore_index=True)
    return quality.assign(used=quality["way"] == used)


def positive_shares(sentiment: Sentiment, *, by: str | Sequence[str] = (), level: float = 0.9) -> Finding:
    """Share of texts that are positive: as known where it is, the rest as called with the errors of calls taken out.

    Parameters
    ----------
    by : columns of the texts ("touchpoint", "source")

    Returns
    -------
    Finding "experience.sentiment", a row a group: *by, n (texts), called, called_low, called_high (share called
    positive), negative (share called negative), positive, low, high (share positive: texts with stars or labels as
    those say, the others corrected; missing where no feeling is known), known (texts with stars or labels),
    known_positive (share of those). Groups of fewer than 5 texts have no shares.

    Raises
    ------
    DataError : a column is not there.

    >>> from cxlab.experience.feedback.texts import read_texts
    >>> said = pd.DataFrame({"text": [f"I love it {i}" for i in range(8)] + ["Awful service"] * 2})
    >>> positive_shares(score_sentiment(read_texts(said))).table[["n", "called"]].values.tolist()
    [[10.0, 0.8]]
    """
    by = [by] if isinstance(by, str) else list(by)
    texts = sentiment.texts
    for column in by:
        if column not in texts.table:
            raise unknown("column of feedback", column, texts.table.columns, error=DataError)
    rows = pd.concat([texts.table, sentiment.table], axis=1)
    groups = rows.groupby(by, dropna=True, sort=True) if by else [((), rows)]
    table = pd.DataFrame(
        [dict(zip(by, key, strict=True)) | _shares(own, sentiment, level) for key, own in groups]
    )  # fmt: skip
    whole = _shares(rows, sentiment, level)
    name = "the classifier" if sentiment.way == "classifier" else "VADER"
    of = f"of {count(whole['n'])} texts{f' ({texts.period})' if texts.period else ''}"
    calls = (
        f"called positive by {name} "
        f"{interval(share(whole['called_low'], digits=1), share(whole['called_high'], digits=1), level=level)}."
    )
    if sentiment.confusion is not None:
        rest = whole["n"] - whole["known"]
        text = (
            f"{share(whole['positive'], digits=1)} {of} {sentiment.meaning} "
            f"{interval(share(whole['low'], digits=1), share(whole['high'], digits=1), level=level)}. "
            f"{count(whole['known'])} have {sentiment.known_by}, {share(whole['known_positive'], digits=1)} of them so"
            + (
                f"; the other {count(rest)} are read by {name}, with the errors it makes on those taken out"
                * (rest > 0)
            )
            + f". {share(whole['called'], digits=1)} of all are {calls}"
        )
    else:
        text = f"{share(whole['called'], digits=1)} {of} are {calls}"
        text += " How often such calls are wrong is not known: no text has stars or labels."
    if by and table["called"].notna().sum() > 1:
        column = "positive" if sentiment.confusion is not None else "called"
        ends = table.dropna(subset=["called"]).sort_values(column)
        text += " " + " ".join(
            f"{word}: {' / '.join(str(row[c]) for c in by)}, {share(row[column])} (n = {count(row.n)})."
            for word, (_i, row) in zip(("Lowest", "Highest"), ends.iloc[[0, -1]].iterrows(), strict=True)
        )
    best = whole["positive"] if sentiment.confusion is not None else whole["called"]
    return Finding(
        name="experience.sentiment",
        title=f"{share(best)} of texts {sentiment.meaning}{'' if sentiment.confusion else ', if the calls are right'}",
        text=" ".join([text, *sentiment.notes]),
        table=table,
        units=dict.fromkeys([c for c in table if c in _SHARES], "share") | {"n": "count", "known": "count"},
        checks=(
            *texts.checks[: sentiment.way == "VADER"],
            Check("texts whose feeling is known", whole["known"] >= 30, float(whole["known"]), "≥ 30",
                  "Label some texts: only then is known how often such calls are wrong."),
        ),
        draw=lambda ax: _draw(ax, table, by, sentiment.meaning),
        caption=f"n = {count(whole['n'])} texts{', ' + texts.period if texts.period else ''}; {level * 100:g} % "
        "intervals: Jeffreys for calls and what is known, Rogan–Gladen's correction for the rest, with the doubt about "
        "sensitivity and specificity.",
        keys=(Key(share(best), f"of {count(whole['n'])} texts {sentiment.meaning}"),),
    )  # fmt: skip


_SHARES = {"called", "called_low", "called_high", "negative", "positive", "low", "high", "known_positive"}


def _shares(own: pd.DataFrame, sentiment: Sentiment, level: float) -> dict[str, float]:
    n, known = len(own), own["known"].dropna()
    row = {"n": n} | dict.fromkeys(
        ("called", "called_low", "called_high", "negative", "positive", "low", "high"), np.nan
    )
    row |= {"known": len(known), "known_positive": known.mean() if len(known) >= HIDDEN else np.nan}
    if n < HIDDEN:
        return row
    hit = (own["label"] == "positive").to_numpy()
    effect = design_effect(hit, own.get("customer_id"))
    low, high = share_interval(hit.sum() / effect, n / effect, level=level)
    row |= {"called": hit.mean(), "called_low": float(low), "called_high": float(high)}
    row["negative"] = float((own["label"] == "negative").mean())
    if sentiment.confusion is not None:
        truth = own["known"].to_numpy()
        alike = design_effect(np.where(np.isfinite(truth), truth, hit), own.get("customer_id"))
        ends = share_with_known(hit, truth, sentiment.confusion, effect=alike, level=level)
        row["positive"], row["low"], row["high"] = ends
    return row


def _draw(ax, table: pd.DataFrame, by: Sequence[str], meaning: str):
    from cxlab.experience.charts.feedback import draw_positive

    return draw_positive(ax, table, by=by, meaning=meaning)
