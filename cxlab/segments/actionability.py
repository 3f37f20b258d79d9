"""Actionability: can a business do anything with these segments? Five criteria, each met, not met, or not known.

large        at least so many customers (the interval decides)
reachable    enough of them agreed to be written to
distinct     a customer of it is worth another amount than one of the rest
stable       it comes back when customers are drawn anew
recognised   a new customer can be told to belong to it from the few things known at once

Criteria after Dolnicar, Grün & Leisch (2018), Market Segmentation Analysis, chapter 4 (open access).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import DataError, ParameterError
from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.segments.intervals import HIDDEN, chance_above, share_difference
from cxlab.segments.personas import consented
from cxlab.segments.segmentation import Segmentation
from cxlab.segments.stability import STABLE, Stability
from cxlab.segments.table import FeatureTable
from cxlab.segments.worth import Worth
from cxlab.wording import count, interval, money, number, share

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
_MOST = 5000


def actionability(
    segmentation: Segmentation,
    *,
    smallest: int = 100,
    source=None,
    consent: str = "consent=yes",
    reachable: int | None = None,
    worth: Worth | None = None,
    difference: float = 0.0,
    stability: Stability | None = None,
    known: FeatureTable | None = None,
    recognised: float = 0.25,
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> Finding:
    """Which segments can be acted on, by which criteria.

    Parameters
    ----------
    smallest : customers from which a segment is worth an offer of its own; of another base of customers like this one
    source, consent : where it stands who agreed (see `personas`)
    reachable : customers who agreed that are enough; by default half of `smallest`
    worth, difference : see `cxlab.segments.worth`; money a customer by which a segment must differ from the rest
    stability : what `assess_stability` found
    known : few features that are known of a new customer at once
    recognised : share of its customers taken for it, less the share of others taken for it, that is enough

    Returns
    -------
    Finding "segments.actionability", a row a segment and criterion: segment, criterion, verdict ("pass", "fail",
    "unknown": not given, or the interval holds the limit), measured, low, high, limit, words, short. What is sampled
    (halves of customers, for "recognised") is exact given the seed.

    Raises
    ------
    ParameterError : a limit cannot be.
    """
    from cxlab.segments import charts

    if smallest < 1 or not 0 < recognised < 1 or difference < 0:
        raise ParameterError(
            f"smallest = {smallest}, difference = {difference}, recognised = {recognised}.",
            expected="smallest ≥ 1, difference ≥ 0, 0 < recognised < 1",
        )
    reachable = -(-smallest // 2) if reachable is None else reachable
    total, rows = float(segmentation.sizes.sum()), []
    agreed = None if source is None else consented(source, segmentation, consent)
    told = _recognised(segmentation, known, np.random.default_rng(rng)) if known is not None else None
    likeness = _likeness(segmentation, stability)
    for i, (name, size) in enumerate(zip(segmentation.names, segmentation.sizes, strict=True)):
        low, high = (float(end) * total for end in share_interval(size, total, level=level))
        rows.append(_row(name, "large", size, low, high, smallest, f"{count(size)} customers", count(size)))
        rows.append(_reach(name, size, agreed, reachable, level))
        rows.append(_distinct(name, worth, difference, level))
        rows.append(_stable(name, likeness))
        rows.append(_tell(name, i, told, recognised, level))
    table = pd.DataFrame(rows)
    verdicts = table.pivot(index="segment", columns="criterion", values="verdict").loc[list(segmentation.names)]
    whole = verdicts.index[(verdicts == PASS).all(axis=1)].tolist()
    failed = table[table["verdict"] == FAIL]
    said = f"{len(whole)} of {segmentation.k} segments meet all {verdicts.shape[1]} criteria"
    text = f"{said}" + (f": {', '.join(whole)}. " if whole else ". ")
    text += " ".join(f"{r.segment} is not {r.criterion}: {r.words}." for r in failed.itertuples())
    unknown_ = table[table["verdict"] == UNKNOWN]
    for criterion, own in unknown_.groupby("criterion", sort=False):
        if len(own) == segmentation.k and own["measured"].isna().all():
            text += f" Whether segments are {criterion} is not known: {own['words'].iloc[0]}."
        else:
            text += f" Whether {', '.join(own['segment'])} {'is' if len(own) == 1 else 'are'} {criterion} is open."
    checks = ()
    if told is not None:
        text += (
            f" From {', '.join(known.names)} a customer is placed rightly in {share(told['accuracy'])} of cases "
            f"{interval(share(told['low']), share(told['high']), level=level)}; the largest segment for everybody "
            f"would be right in {share(told['baseline'])}."
        )
        checks = (
            Check("customers placed rightly from what is known at once", told["low"] > told["baseline"],
                  share(told["accuracy"]), f"> {share(told['baseline'])}",
                  "No better than the largest segment for all."),
        )  # fmt: skip
    return Finding(
        "segments.actionability", said, text.strip(), table, checks=checks,
        draw=lambda ax: charts.draw_actionability(ax, table),
        caption=f"n = {count(total)} customers; ✓ met, ✗ not met, ? not known or open ({level * 100:g} % intervals).",
    )  # fmt: skip


def _row(segment, criterion, measured, low, high, limit, words, short, *, verdict="") -> dict:
    """A row; the interval decides unless a verdict is given."""
    verdict = verdict or (PASS if low >= limit else FAIL if high < limit else UNKNOWN)
    return {"segment": segment, "criterion": criterion, "verdict": verdict, "measured": float(measured),
            "low": float(low), "high": float(high), "limit": float(limit), "words": words, "short": short}  # fmt: skip


def _missing(segment, criterion, limit, words) -> dict:
    return _row(segment, criterion, np.nan, np.nan, np.nan, limit, words, "not given", verdict=UNKNOWN)


def _reach(name, size, agreed, limit, level) -> dict:
    if agreed is None or name not in agreed.index or agreed.loc[name, "known"] < HIDDEN:
        return _missing(name, "reachable", limit, "no record of consent is given")
    known, yes = agreed.loc[name, "known"], agreed.loc[name, "agreed"]
    low, high = (float(end) * size for end in share_interval(yes, known, level=level))
    part = share(yes / known)
    return _row(name, "reachable", size * yes / known, low, high, limit, f"{part} agreed to be written to",
                f"{part} agreed")  # fmt: skip


def _distinct(name, worth, difference, level) -> dict:
    if worth is None or name not in worth.segments:
        return _missing(name, "distinct", level, "no value of customers is given")
    own, rest = worth.mean("value", name), worth.mean("value", name, rest=True)
    if min(own.n, rest.n) < HIDDEN:
        return _missing(name, "distinct", level, f"fewer than {HIDDEN} customers")
    above, below = chance_above(own, rest, by=difference), chance_above(rest, own, by=difference)
    chance = max(above, below)
    gap = money(abs(own.mean - rest.mean), worth.currency)
    words = f"worth {gap} {'more' if own.mean > rest.mean else 'less'} a customer than the rest"
    if difference:
        words += f", chance of {money(difference, worth.currency)} or more apart {share(chance)}"
    verdict = PASS if chance >= level else FAIL if chance <= 1 - level else UNKNOWN
    sign = "+" if own.mean > rest.mean else "−"
    return _row(name, "distinct", chance, np.nan, np.nan, level, words, f"{sign}{gap}", verdict=verdict)


def _likeness(segmentation: Segmentation, stability: Stability | None) -> pd.DataFrame | None:
    """Rows of the stability of these very segments, in their order; None where it was not assessed for them."""
    if stability is None:
        return None
    own = stability.segments
    own = own[(own["method"] == segmentation.method) & (own["k"] == segmentation.k)]
    if len(own) != segmentation.k:
        raise DataError(
            f"stability was not assessed for {segmentation.k} segments by {segmentation.method}.",
            expected="the method and the number of the segmentation",
            mend=f'assess_stability(features, k=range(2, {segmentation.k + 1}), methods=["{segmentation.method}"])',
        )
    # both name the largest first
    return own.sort_values("customers", ascending=False, kind="stable").set_index(pd.Index(segmentation.names))


def _stable(name, likeness) -> dict:
    if likeness is None:
        return _missing(name, "stable", STABLE, "stability was not assessed")
    row = likeness.loc[name]
    # the band is of single bootstraps; the mean decides, as it does in the stability finding
    verdict = PASS if row["jaccard"] >= STABLE else FAIL
    return _row(name, "stable", row["jaccard"], row["low"], row["high"], STABLE,
                f"comes back with a likeness of {number(row['jaccard'])}", f"likeness {number(row['jaccard'])}",
                verdict=verdict)  # fmt: skip


def _recognised(segmentation: Segmentation, known: FeatureTable, rng) -> dict:
    """Every customer placed by a logistic regression fitted to four fifths of the others, from few features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    made = segmentation._known
    place = pd.Index(known.customers).get_indexer(made.customers)
    use = np.flatnonzero(place >= 0)
    use = np.sort(rng.choice(use, _MOST, replace=False)) if len(use) > _MOST else use
    labels = segmentation.labels[use]
    folds = 5
    kept = np.isin(labels, np.flatnonzero(np.bincount(labels, minlength=segmentation.k) >= folds))
    use, labels = use[kept], labels[kept]
    if len(np.unique(labels)) < 2:
        raise DataError(
            "fewer than two segments have customers with known features.", expected="features of the same customers"
        )
    columns = []
    for recipe, values in zip(known.recipes, known.values.T, strict=True):
        own = recipe.scaled(values)[place[use]]
        if recipe.kind == "category":
            columns += [(own == i).astype(float) for i in range(len(recipe.levels))]
        else:
            columns += [np.nan_to_num(own, nan=0.0), np.isnan(own).astype(float)]
    split = StratifiedKFold(folds, shuffle=True, random_state=int(rng.integers(2**31)))
    chances = cross_val_predict(LogisticRegression(max_iter=500), np.column_stack(columns), labels, cv=split,
                                method="predict_proba")  # fmt: skip
    classes = np.unique(labels)
    size = np.bincount(labels, minlength=segmentation.k)
    right = int((classes[chances.argmax(1)] == labels).sum())
    low, high = (float(end) for end in share_interval(right, len(labels)))
    # for each segment alone, being rare must not hide it: chances against how frequent the segment is
    taken = classes[(chances / size[classes]).argmax(1)]
    return {"labels": labels, "taken": taken, "accuracy": right / len(labels), "low": low, "high": high,
            "baseline": size.max() / len(labels)}  # fmt: skip


def _tell(name, i, told, limit, level) -> dict:
    if told is None:
        return _missing(name, "recognised", limit, "no features known at once are given")
    own, as_own = told["labels"] == i, told["taken"] == i
    if own.sum() < HIDDEN:
        return _missing(name, "recognised", limit, f"fewer than {HIDDEN} customers with known features")
    hits, alarms = int((own & as_own).sum()), int((~own & as_own).sum())
    low, high = share_difference(hits, own.sum(), alarms, (~own).sum(), level=level)
    right, wrong = share(hits / own.sum()), share(alarms / (~own).sum())
    return _row(name, "recognised", hits / own.sum() - alarms / (~own).sum(), low, high, limit,
                f"{right} of its customers and {wrong} of the others are taken for it",
                f"{right} vs {wrong}")  # fmt: skip
