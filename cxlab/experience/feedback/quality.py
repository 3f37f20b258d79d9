"""How well feeling is read from words, measured on texts whose feeling is known: order, calls, and the share called."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata, spearmanr

from cxlab.errors import DataError
from cxlab.experience.feedback.prevalence import Confusion
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.wording import count, interval, number, share

#: area under the curve below which words tell too little of the feeling
LEAST_AUC = 0.7
#: texts of either kind below which quality is not known
FEWEST = 30


def auc_parts(score, truth) -> tuple[float, np.ndarray, np.ndarray]:
    """Area under the ROC curve, and what each positive and each other text contributes to it.

    >>> auc_parts([.1, .4, .35, .8], [0, 0, 1, 1])[0]
    0.75
    """
    score, truth = np.asarray(score, float), np.asarray(truth, bool)
    own, others = score[truth], score[~truth]
    every = rankdata(np.concatenate([own, others]))
    above = (every[: len(own)] - rankdata(own)) / max(len(others), 1)
    below = 1 - (every[len(own) :] - rankdata(others)) / max(len(own), 1)
    return float(above.mean()) if len(own) and len(others) else float("nan"), above, below


def auc_interval(score, truth, *, level: float = 0.9) -> tuple[float, float, float]:
    """Area under the ROC curve with its interval, on the scale of log odds.

    Notes
    -----
    Variance: DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44(3).

    >>> rng = np.random.default_rng(1)
    >>> truth = rng.random(400) < .5
    >>> [round(x, 2) for x in auc_interval(rng.normal(size=400) + truth, truth)]
    [0.76, 0.72, 0.79]
    """
    area, above, below = auc_parts(score, truth)
    if not 0 < area < 1 or min(len(above), len(below)) < 2:
        return area, area, area
    error = np.sqrt(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below)) / (area * (1 - area))
    odds, reach = np.log(area / (1 - area)), ndtri((1 + level) / 2) * error
    return area, *(float(1 / (1 + np.exp(-(odds + side * reach)))) for side in (-1, 1))


def auc_difference(one, other, truth, *, level: float = 0.9) -> tuple[float, float, float, float]:
    """By how much one score orders the same texts better than another: difference, its ends, and P(better).

    >>> truth = np.arange(200) % 2 == 0
    >>> rng = np.random.default_rng(2)
    >>> gain, low, high, p = auc_difference(truth + rng.normal(size=200), rng.normal(size=200), truth)
    >>> gain > .2, low > 0, p > .99
    (True, True, True)
    """
    (a, up, down), (b, up_other, down_other) = auc_parts(one, truth), auc_parts(other, truth)
    error = np.sqrt((up - up_other).var(ddof=1) / len(up) + (down - down_other).var(ddof=1) / len(down))
    if not error > 0:
        return a - b, a - b, a - b, 0.5
    reach = float(ndtri((1 + level) / 2) * error)
    return a - b, a - b - reach, a - b + reach, float(ndtr((a - b) / error))


def measured(name: str, score, called, truth, *, level: float = 0.9) -> dict[str, float | str | int]:
    """One row of a table of quality: how a way of reading did on texts whose feeling is known."""
    known = Confusion.of(called, truth)
    n = int(known.positive + known.others)
    area, low, high = auc_interval(score, truth, level=level)
    right = share_interval(known.accuracy * n, n, level=level)
    called_positive = known.called_of_positive + known.called_of_others
    return {
        "way": name, "n": n, "auc": area, "auc_low": low, "auc_high": high, "accuracy": known.accuracy,
        "accuracy_low": float(right[0]), "accuracy_high": float(right[1]), "called_positive": called_positive / n,
        "truly_positive": known.positive / n, "true_positives": int(known.called_of_positive),
        "false_positives": int(known.called_of_others),
        "false_negatives": int(known.positive - known.called_of_positive),
        "true_negatives": int(known.others - known.called_of_others),
    }  # fmt: skip


def reading_quality(sentiment, *, level: float = 0.9) -> Finding:
    """How well feeling was read from words, on the texts whose stars or labels say it.

    Parameters
    ----------
    sentiment : Sentiment with known feelings

    Returns
    -------
    Finding "experience.sentiment_quality", a row a way of reading ("VADER", "classifier", and "always the commoner",
    which reads nothing): way, n, auc, auc_low, auc_high, accuracy, accuracy_low, accuracy_high, called_positive,
    truly_positive (shares), true_positives, false_positives, false_negatives, true_negatives (texts), used

    Raises
    ------
    DataError : no text has stars or a label.
    """
    table = sentiment.quality
    if table.empty:
        raise DataError("no feeling of these texts is known.", expected="stars in `rating`, or labels of some texts",
                        mend="score_sentiment(texts, labels={feedback_id: True, …})")  # fmt: skip
    used = table[table["used"]].iloc[0]
    gap = used.called_positive - used.truly_positive
    right, area = (
        interval(write(used[f"{name}_low"]), write(used[f"{name}_high"]), level=level)
        for name, write in (("accuracy", share), ("auc", number))
    )
    text = (
        f"Of {count(used.n)} texts whose {sentiment.known_by} are known, {_called(used.way)} reads "
        f"{share(used.accuracy)} right {right}; a positive text is placed above another with chance "
        f"{number(used.auc)} {area}. "
        f"It calls {share(used.called_positive, digits=1)} positive where {share(used.truly_positive, digits=1)} are. "
    ) + " ".join(sentiment.notes)
    least = min(used.truly_positive, 1 - used.truly_positive) * used.n
    always = max(used.truly_positive, 1 - used.truly_positive)
    return Finding(
        name="experience.sentiment_quality",
        title=f"{share(used.accuracy)} of texts are read right"
        + (f", {share(abs(gap))} too {'many' if gap > 0 else 'few'} as positive" if abs(gap) > 0.03 else ""),
        text=text.strip(),
        table=table,
        units=dict.fromkeys([c for c in table if c.startswith(("acc", "called", "truly"))], "share"),
        checks=(
            Check("texts of the rarer feeling", least >= FEWEST, float(least), f"≥ {FEWEST}", "Label more texts."),
            Check("area under the curve", used.auc >= LEAST_AUC, float(used.auc), f"≥ {LEAST_AUC}",
                  "Words tell little of the feeling here: read quotes, not shares."),
            Check("texts read right", used.accuracy > always - 0.02, share(used.accuracy), f"≥ {share(always - .02)}",
                  "Calling every text the same would be right as often."),
        ),
        draw=lambda ax: _draw(ax, table),
        caption=f"n = {count(used.n)} texts{', ' + sentiment.texts.period if sentiment.texts.period else ''}; area "
        f"under the ROC curve with DeLong's {level * 100:g} % interval; the classifier out of fold.",
        keys=(Key(share(used.accuracy), f"of texts read right by {_called(used.way)} (n = {count(used.n)})"),),
    )  # fmt: skip


def _called(way: str) -> str:
    return "the classifier" if way == "classifier" else way


def agreement(score, rating, *, level: float = 0.9) -> dict[str, float]:
    """How scores of texts go along with ratings of people: Pearson's and Spearman's correlation with intervals.

    >>> found = agreement([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    >>> found["n"], round(found["pearson"], 2)
    (5, 0.8)
    """
    pair = pd.DataFrame({"a": np.asarray(score, float), "b": np.asarray(rating, float)}).dropna()
    n, found = len(pair), {"n": len(pair)}
    for name, r in (("pearson", pair["a"].corr(pair["b"])), ("spearman", spearmanr(pair["a"], pair["b"]).statistic)):
        reach = ndtri((1 + level) / 2) / np.sqrt(max(n - 3, 1))
        low, high = (float(np.tanh(np.arctanh(np.clip(r, -0.999999, 0.999999)) + s * reach)) for s in (-1, 1))
        found |= {name: float(r), f"{name}_low": low, f"{name}_high": high}
    return found


def _draw(ax, table: pd.DataFrame):
    from cxlab.experience.charts.feedback import draw_quality

    return draw_quality(ax, table)
