"""How many segments the data supports, and the groups the study goes on with: segments, or tiers of value."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import DataError, ParameterError
from cxlab.finding import Check
from cxlab.parts import Part
from cxlab.segments.clustering import k_means
from cxlab.segments.explored import RARE, RFM, Explored
from cxlab.segments.features import features
from cxlab.segments.latent_class import MOST_ANSWERS, latent_classes
from cxlab.segments.mixture import gaussian_mixture
from cxlab.segments.personas import generated_names
from cxlab.segments.profiles import profiles
from cxlab.segments.rfm import MOST_TIED
from cxlab.segments.segmentation import METHODS, Segmentation
from cxlab.segments.stability import Stability, assess_stability
from cxlab.segments.study import SegmentsStudy
from cxlab.segments.table import FeatureTable
from cxlab.segments.tiers import tiers_finding, value_tiers
from cxlab.wording import count, share

#: share of customers with every feature below which those who answered everything may not be like the others
MOST_COMPLETE = 0.5
#: marks that make the name of a segment
NAMED_BY = 1
#: agreement (adjusted Rand) from which two methods found the same segments
SAME = 0.8
_FITS = {"k_means": k_means, "gaussian_mixture": gaussian_mixture, "latent_class": latent_classes}


def answers_only(known: FeatureTable) -> bool:
    """Whether every feature is an answer: a category, or a number with few different values."""
    return all(
        r.kind == "category" or len(np.unique(v[np.isfinite(v)])) <= MOST_ANSWERS
        for r, v in zip(known.recipes, known.values.T, strict=True)
    )


def _numbers(known: FeatureTable) -> FeatureTable:
    """The same customers with a share for each level of a category, so that distances make sense."""
    if not any(r.kind == "category" for r in known.recipes):
        return known
    columns = {}
    for r, v in zip(known.recipes, known.values.T, strict=True):
        if r.kind == "number":
            columns[r.name] = v
            continue
        for i, level in enumerate(r.levels):
            hit = np.where(np.isfinite(v), (v == i).astype(float), np.nan)
            if RARE <= np.nanmean(hit) <= 1 - RARE:
                columns[f"{r.name}: {level}"] = hit
    return FeatureTable.from_frame(pd.DataFrame(columns, index=known.customers), period=known.period)


@dataclass(frozen=True)
class Number:
    """How many segments the data supports: findings, or why it cannot be told.

    Parameters
    ----------
    stability : of every number tried; None where it could not be told
    part : its findings
    """

    stability: Stability | None
    part: Part

    @property
    def supported(self) -> int:
        return 0 if self.stability is None else self.stability.supported

    def _ipython_display_(self):
        self.part._ipython_display_()


def number_of_segments(explored: Explored, settings: SegmentsStudy) -> Number:
    """How many segments the data supports, "none" included.

    Where a feature has few different values, k-means alone is asked: a normal distribution can shrink onto one answer,
    and what it then finds is that answer.
    """
    known = _numbers(explored.made)
    few = any(len(np.unique(v[np.isfinite(v)])) <= MOST_ANSWERS for v in known.values.T)
    try:
        found = assess_stability(
            known, k=range(2, settings.most_segments + 1), methods=("k_means",) if few else tuple(_FITS)[:2],
            bootstraps=settings.bootstraps, level=settings.level, rng=settings.seed,
        )  # fmt: skip
    except DataError as problem:
        return Number(None, Part(absent=f"How many segments the data supports cannot be told: {problem.found}"))
    part = Part((found.number(), found.stability()) if found.supported else (found.number(),))
    whole = known.weights[known.complete].sum() / known.weights.sum()
    if whole < 1:
        part = part.with_checks(
            Check("share of customers with every feature", whole >= MOST_COMPLETE, share(whole),
                  f"≥ {share(MOST_COMPLETE)}", "The others took no part: leave out features with gaps.")
        )  # fmt: skip
    return Number(found, part)


@dataclass(frozen=True)
class Groups:
    """The groups that the rest of the study is about.

    Parameters
    ----------
    groups : segments, or tiers of value where the data supports none; None where there are neither
    found : whether they are segments that the data supports
    part : the finding that says who they are
    """

    groups: Segmentation | None
    found: bool
    part: Part

    def __bool__(self):
        return self.groups is not None

    def _ipython_display_(self):
        self.part._ipython_display_()


def extract(explored: Explored, number: Number, settings: SegmentsStudy) -> Groups:
    """Segments as many as the data supports; as many as the study demands, and said so; else tiers of value.

    Segments are named by what marks them most, unless the study names them.
    """
    k = settings.segments or number.supported
    if k < 2:
        return _tiers(explored, number)
    groups, checks = _fitted(explored.made, number, k, settings)
    if settings.segments and settings.segments != number.supported:
        said = count(number.supported) if number.supported else "none"
        checks.append(Check("segments that were asked for", False, count(k), f"{said}, which the data supports",
                            "They are groups that were made, not found."))  # fmt: skip
    if settings.names and len(settings.names) != k:
        raise ParameterError(
            f"names has {len(settings.names)} names for {k} segments.", expected=f"{k} names, or none",
            mend='-p names="A, B"',
        )  # fmt: skip
    marks = profiles(groups, explored.described, level=settings.level).table
    groups = groups.renamed(settings.names or _names(marks, groups))
    return Groups(groups, k == number.supported, Part((groups.finding().with_checks(*checks),)))


def _names(marks: pd.DataFrame, groups: Segmentation) -> list[str]:
    """A name a segment, from what marks it most; who agrees is called by what they agree to."""
    made = generated_names(marks, groups.names, most=NAMED_BY)
    if not answers_only(groups.features):
        return made
    said = [(n.removeprefix("High ")[:1].upper() + n.removeprefix("High ")[1:]) for n in made]
    return said if len(set(said)) == len(said) else made


def _fitted(made: FeatureTable, number: Number, k: int, settings: SegmentsStudy) -> tuple[Segmentation, list[Check]]:
    """Segments by the method of the study, held against those whose stability was tested."""
    tested = None if number.stability is None or number.supported != k else number.stability
    method, categories = settings.method, any(r.kind == "category" for r in made.recipes)
    if method == "auto":
        latent = answers_only(made) and (categories or not made.complete.all())
        method = "latent_class" if latent else tested.method if tested else "k_means"
    groups = _FITS[method](made, k=k, rng=settings.seed)
    if tested is None or method == tested.method and not categories:
        return groups, []
    from sklearn.metrics import adjusted_rand_score

    whole = tested.features.complete
    other = tested.segmentation(rng=settings.seed).labels[whole]
    alike = float(adjusted_rand_score(other, groups.labels[whole]))
    return groups, [
        Check("agreement with the segments whose stability was tested (adjusted Rand)", alike >= SAME, f"{alike:.2f}",
              f"≥ {SAME}", f"{METHODS[method][1]} finds others: -p method={tested.method}.")
    ]  # fmt: skip


def _tiers(explored: Explored, number: Number) -> Groups:
    """Tiers of value, where there are purchases."""
    if "transactions" not in explored.source:
        said = "" if number.stability is None else "The data supports no segments. "
        said += "Without purchases there are no tiers of value either: customers are one group here"
        return Groups(None, False, Part(absent=f"{said} (-p segments=3 cuts it all the same, and says so)."))
    why = "The data supports no segments." if number.stability is not None else number.part.absent
    try:
        tiers, by = cut(explored)
    except DataError as problem:
        return Groups(None, False, Part(absent=f"{why} {problem.found[0].upper()}{problem.found[1:]}"))
    return Groups(tiers, False, Part((tiers_finding(tiers, why=f"{why}{by}"),)))


def cut(explored: Explored, *, end: dt.date | None = None) -> tuple[Segmentation, str]:
    """Tiers by money spent, or by days with a purchase where most spent the same; and a sentence that says so."""
    log = {"transactions": explored.source["transactions"]}
    spent = features(log, RFM[2:], end=end, currency=explored.currency)
    most = np.unique(spent.values[:, 0], return_counts=True)[1].max() / len(spent)
    if most <= MOST_TIED:
        return value_tiers(spent), ""
    visits = features(log, RFM[1:2], end=end, currency=explored.currency)
    said = f" {share(most)} of customers spent the same, so days with a purchase count."
    return value_tiers(visits, by="frequency"), said
