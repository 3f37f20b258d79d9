"""Profiles: what sets each segment apart from the rest, with intervals, and what only looks as if it did.

Features that segments were made from differ by construction, so no test is claimed for them. Features that took no part
(descriptors) are tested, and false discoveries are held down over all of them and all segments together (Benjamini &
Hochberg 1995, JRSS B 57(1)). One effect size serves all: Cliff's delta, which of a share is the difference itself.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.segments.comparing import Comparison, compare_numbers, compare_shares
from cxlab.segments.intervals import FEW, HIDDEN
from cxlab.segments.segmentation import Segmentation
from cxlab.segments.table import FeatureTable, Recipe
from cxlab.wording import count, interval, number, quantity, share

#: an effect from which a feature marks a segment: of shares, 25 points (Dolnicar, Grün & Leisch 2018, chapter 8)
MARKER = 0.25
#: mean certainty below which differences are understated by much
SURE = 0.8
BUILT, DIFFERS, ALIKE, SECRET = "by construction", "differs", "no difference shown", "hidden"
_EMPTY = Comparison(*[np.nan] * 11)


def profiles(
    segmentation: Segmentation, descriptors: FeatureTable | None = None, *, false_discovery: float = 0.1,
    level: float = 0.9, picture: str = "dots",
) -> Finding:  # fmt: skip
    """Each segment against the rest of the customers.

    Parameters
    ----------
    descriptors : features of the same customers that took no part in making the segments
    false_discovery : share of false ones that is allowed among the differences claimed
    picture : "dots" (effects with intervals) or "heat" (values in their units on a shaded grid)

    Returns
    -------
    Finding "segments.profiles", a row a segment and feature, of a category each level: segment, feature, level, used
    (to make the segments), measure ("mean", "median" of long tails, "share"), unit, customers, others (with a value),
    value, low, high, rest, difference, difference_low, difference_high (in the feature's unit), effect, effect_low,
    effect_high (Cliff's delta, −1 … 1), p_value, q_value (missing where used), few (fewer than 30 customers), marker
    (an effect of 0.25 or more that the interval does not take back), verdict ("by construction", "differs", "no
    difference shown", "hidden": fewer than 5 customers, or fewer than 5 who have it or have it not), words

    Raises
    ------
    ParameterError : there is one segment only, or an unknown picture.

    Notes
    -----
    Customers count in the segment where they most likely are. Where that is unsure, true differences are larger.

    >>> from cxlab.segments import k_means
    >>> rows = pd.DataFrame({"visits": np.r_[np.arange(40), 200 + np.arange(40)], "age": np.tile([30.0, 50.0], 40)})
    >>> table = FeatureTable.from_frame(rows)
    >>> found = profiles(k_means(table.select("visits"), k=2), table.select("age"))
    >>> found.table[found.table["segment"] == "Segment 1"][["feature", "verdict", "effect"]].round(2).values.tolist()
    [['visits', 'by construction', -1.0], ['age', 'no difference shown', 0.0]]
    """
    from cxlab.segments import charts

    pictures = {"dots": charts.draw_profiles, "heat": charts.draw_profile_heat}
    if picture not in pictures:
        raise ParameterError(f"picture = {picture!r}.", expected="dots or heat", mend='picture="dots"')
    if segmentation.k < 2:
        raise ParameterError("there is one segment only.", expected="two or more to compare", mend="k=2")
    made, customers = segmentation._known, segmentation._known.weights
    rows: list[dict] = []
    currency = made.currency or (descriptors.currency if descriptors is not None else "")
    for recipe, values, used in _features(made, descriptors):
        rows += _compared(segmentation, recipe, values, customers, used, level, currency)
    table = _tested(pd.DataFrame(rows), false_discovery)
    total = count(made.n_customers)
    tests = table[~table["used"] & (table["verdict"] != SECRET)]
    held = tests[tests["verdict"] == DIFFERS]
    text = f"{total} customers in {segmentation.k} segments" + (f", {made.period}. " if made.period else ". ")
    told = [t for t in (stands_out(table, name, level=level) for name in segmentation.names) if t]
    text += " ".join(told)
    if len(tests):
        text += (
            f" Of {count(len(tests))} comparisons of features that took no part in making the segments, "
            f"{count(len(held))} are differences, of which {share(false_discovery)} or fewer are expected to be false."
        )
    elif descriptors is None:
        text += " No other features were given, so nothing here tests whether the segments differ in anything else."
    hidden = int((table["verdict"] == SECRET).sum())
    if hidden:
        text += f" {count(hidden)} comparisons are hidden: fewer than {HIDDEN} customers stand behind them."
    first = table[table["marker"]].sort_values("effect", key=abs, ascending=False, kind="stable").head(1)
    title = (
        f"{first['segment'].iloc[0]} stand out most: {_phrase(first.iloc[0])}" if len(first)
        else "No feature sets a segment clearly apart"
    )  # fmt: skip
    sure = segmentation.certainty
    least = float(segmentation.sizes.min())
    checks = (
        Check("customers of the smallest segment", least >= FEW, count(least), f"≥ {FEW}",
              "Its values rest on few customers."),
        Check("mean certainty of the segment", sure >= SURE, share(sure), f"≥ {share(SURE)}",
              "Customers are placed unsurely, so differences are understated."),
    )  # fmt: skip
    return Finding(
        "segments.profiles", title, text, table, units={"customers": "count", "others": "count"}, checks=checks,
        currency=currency, draw=lambda ax: pictures[picture](ax, table),
        caption=f"n = {total} customers" + (f", {made.period}" if made.period else "")
        + f"; effect: P(more than in the rest) − P(less), {level * 100:g} % intervals; filled: marks the segment "
        f"({MARKER:g} or more).",
    )  # fmt: skip


def stands_out(table: pd.DataFrame, segment: str, *, most: int = 3, level: float = 0.9) -> str:
    """A sentence of what marks a segment most, with intervals; empty where nothing does."""
    own = table[(table["segment"] == segment) & table["marker"]]
    own = own.sort_values("effect", key=abs, ascending=False, kind="stable").head(most)
    if own.empty:
        return ""
    said = "; ".join(f"{_label(r)} {r.words}" for r in own.itertuples())
    return f"{segment} ({level * 100:g} % intervals): {said}."


def written(value: float, unit: str, currency: str = "") -> str:
    """A value with its unit, as a reader sees it.

    >>> written(.5, "share"), written(12.5, "days"), written(40, "money", "EUR"), written(3.2, "count")
    ('50 %', '12.5 days', '€40.00', '3.20')
    """
    if unit in ("share", "money"):
        return quantity(value, unit, currency)
    return number(value) + (f" {unit}" if unit and unit != "count" else "")


def _features(made: FeatureTable, descriptors: FeatureTable | None):
    """Recipe, values of the customers of the segmentation, and whether it was used."""
    for recipe, values in zip(made.recipes, made.values.T, strict=True):
        yield recipe, values, True
    if descriptors is None:
        return
    place = pd.Index(descriptors.customers).get_indexer(made.customers)
    for recipe, values in zip(descriptors.recipes, descriptors.values.T, strict=True):
        if recipe.name not in made.names:
            yield recipe, np.where(place >= 0, values[place], np.nan), False


def _compared(segmentation, recipe: Recipe, values, weight, used: bool, level: float, currency: str) -> list[dict]:
    """A row a segment, of a category a row a segment and level."""
    known = np.isfinite(values)
    distinct, at = np.unique(values[known], return_inverse=True)
    labels = segmentation.labels[known]
    held = np.zeros((segmentation.k, len(distinct)))
    np.add.at(held, (labels, at), weight[known])
    everybody = held.sum(0)
    if recipe.kind == "category":
        cases = [(recipe.levels[int(v)], "share", "share", distinct == v) for v in distinct]
    elif len(distinct) <= 2 and set(distinct) <= {0.0, 1.0}:
        cases = [("", "share", "share", distinct == 1.0)]
    else:
        tied = everybody.max(initial=0) > everybody.sum() / 2  # then the median is that one value in every segment
        tailed = recipe.transform == "log" and recipe.unit != "share" and not tied
        cases = [("", "median" if tailed else "mean", recipe.unit, None)]
    rows = []
    for name, own in zip(segmentation.names, held, strict=True):
        rest = everybody - own
        for level_, measure, unit, hit in cases:
            n, m = own.sum(), rest.sum()
            cells = [n, m]
            if hit is not None:  # a share of nobody or of everybody tells of no one in particular
                cells += [c for side in (own, rest) for c in (side[hit].sum(), side[~hit].sum()) if c > 0]
            hidden = min(cells) < HIDDEN
            if hidden:
                found = _EMPTY
            elif hit is not None:
                found = compare_shares(own[hit].sum(), n, rest[hit].sum(), m, level=level)
            else:
                found = compare_numbers(distinct, own, rest, measure=measure, level=level)
            words = "–"
            if not hidden:
                ends = interval(written(found.low, unit, currency), written(found.high, unit, currency), level=level)
                ends = ends.replace(f"{level * 100:g} % interval ", "")
                words = f"{written(found.value, unit, currency)} {ends}, others {written(found.rest, unit, currency)}"
            rows.append(
                {"segment": name, "feature": recipe.name, "level": level_, "used": used, "measure": measure,
                 "unit": unit, "customers": round(n), "others": round(m), **asdict(found), "few": min(n, m) < FEW,
                 "words": words}
            )  # fmt: skip
    return rows


def _tested(table: pd.DataFrame, false_discovery: float) -> pd.DataFrame:
    hidden = table["value"].isna()
    table.loc[table["used"], "p_value"] = np.nan
    tests = ~table["used"] & ~hidden
    table["q_value"] = np.nan
    if tests.any():
        table.loc[tests, "q_value"] = false_discovery_control(table.loc[tests, "p_value"].clip(0, 1))
    differs = table["q_value"] <= false_discovery
    taken_back = (table["effect_low"] <= 0) & (table["effect_high"] >= 0)
    table["marker"] = (table["effect"].abs() >= MARKER) & ~taken_back & (table["used"] | differs)
    table["verdict"] = np.select([hidden, table["used"], differs], [SECRET, BUILT, DIFFERS], ALIKE)
    first = ["segment", "feature", "level", "used", "measure", "unit", "customers", "others"]
    numbers = ["value", "low", "high", "rest", "difference", "difference_low", "difference_high", "effect",
               "effect_low", "effect_high", "p_value", "q_value"]  # fmt: skip
    return table[[*first, *numbers, "few", "marker", "verdict", "words"]]


def _label(row) -> str:
    return f"{row.feature}: {row.level}" if row.level else row.feature


def _phrase(row) -> str:
    """High or low in words."""
    return f"{'more' if row.effect > 0 else 'less'} {_label(row)}"
