"""Differentiation: which lead over rivals matters to customers and is hard to copy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, unknown
from cxlab.experience.drivers.gaps import signed
from cxlab.experience.drivers.key_drivers import DriverShares
from cxlab.experience.drivers.names import in_sentences
from cxlab.finding import Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, listed, number, share

#: how hard to copy a lead must be to be built on: from halfway between at once and never
_COPIED = 0.5


def differentiation_scorecard(
    gaps: Finding, *, importance: DriverShares | Mapping[str, float], hard_to_copy: Mapping[str, float] | None = None,
    level: float = 0.9, rng: np.random.Generator | int = 0,
) -> Finding:  # fmt: skip
    """Which lead is worth having: gap × importance × how hard it is to copy, against the strongest rival in each.

    Parameters
    ----------
    gaps : of `rival_gaps`
    importance : of `driver_shares` (its uncertainty counts), or a weight an attribute
    hard_to_copy : attribute → 0 (copied tomorrow) … 1 (cannot be copied), as judged; by default 1, which is said

    Returns
    -------
    Finding "experience.differentiation", a row an attribute, the highest score first: attribute, rival (the
        strongest in it), gap, gap_low, gap_high (points), p_ahead, importance, importance_low, importance_high
        (shares), p_matters (probability of an equal share of importance or more), hard_to_copy, score, score_low,
        score_high (points × share), verdict ("build on it", "keep, soon copied", "keep, do not spend", "catch up",
        "leave", "cannot be told"), p_verdict (probability of its side of the gap and of importance together; missing
        where it cannot be told)

    Notes
    -----
    A verdict is told where the interval of the gap leaves out 0, and where its side of the gap and of importance hold
    together in a share of draws of `level` or more. Nothing is built on a lead that is copied rather sooner than never:
    hard to copy below a half.

    The strongest rival is the one with the smallest gap, so leads are, if anything, stated too low. The gap is drawn
    from its t distribution, importance from its draws, each apart from the other.

    >>> from cxlab.experience.drivers.rivals import rival_gaps
    >>> answers = pd.DataFrame({"response_id": [0, 0, 1, 1, 2, 2] * 2, "question": ["staff"] * 6 + ["price"] * 6,
    ...     "brand": ["we", "they"] * 6, "score": [5, 3, 4, 2, 5, 3, 1, 4, 2, 4, 1, 4], "scale_min": 1, "scale_max": 5})
    >>> found = differentiation_scorecard(rival_gaps(answers, own="we"), importance={"staff": 3, "price": 1}).table
    >>> found[["attribute", "gap", "importance", "score", "verdict"]].round(2).values.tolist()
    [['staff', 2.0, 0.75, 1.5, 'build on it'], ['price', -2.67, 0.25, -0.67, 'leave']]
    """
    hard_to_copy = dict(hard_to_copy or {})
    table = gaps.table.loc[gaps.table.groupby("attribute")["gap"].idxmin()].reset_index(drop=True)
    weights, draws = _importance(importance, table["attribute"].tolist())
    table = table[table["attribute"].isin(list(weights))].reset_index(drop=True)
    for name, value in hard_to_copy.items():
        if name not in weights:
            raise unknown("attribute", name, weights)
        if not 0 <= value <= 1:
            raise ParameterError(f"hard_to_copy[{name!r}] = {value}.", expected="0 (copied tomorrow) to 1 (never)")
    hard = table["attribute"].map(hard_to_copy).fillna(1.0).to_numpy(float)
    rng = np.random.default_rng(rng)
    n = 4000 if not len(draws) else max(4000, len(draws))
    lead = table["gap"].to_numpy() + table["se"].to_numpy() * rng.standard_t(table["df"].to_numpy(), (n, len(table)))
    heavy = np.stack([_drawn(draws, weights, name, n, rng) for name in table["attribute"]], 1)
    equal = float(np.mean(list(weights.values())))
    score, weight = spread(lead * heavy * hard, level), spread(heavy, level)
    found = table[["attribute", "rival", "gap", "gap_low", "gap_high", "p_ahead"]].assign(
        importance=[weights[a] for a in table["attribute"]], importance_low=weight.quantiles[0],
        importance_high=weight.quantiles[1], p_matters=(heavy >= equal).mean(0), hard_to_copy=hard,
        score=table["gap"].to_numpy() * np.array([weights[a] for a in table["attribute"]]) * hard,
        score_low=score.quantiles[0], score_high=score.quantiles[1],
    )  # fmt: skip
    # the gap and the importance may each be on the other side: both together, draw by draw
    agrees = (np.sign(lead) == np.sign(found["gap"].to_numpy())) & (
        (heavy >= equal) == (found["importance"].to_numpy() >= equal)
    )
    found["p_verdict"] = agrees.mean(0)
    found["verdict"] = [_verdict(row, equal, level) for row in found.itertuples()]
    found["p_verdict"] = found["p_verdict"].where(found["verdict"] != "cannot be told")
    order = found.sort_values("score", ascending=False).index
    error = pd.DataFrame({"score_low": score.quantile_error[0], "score_high": score.quantile_error[1]})
    for name in ("p_matters", "p_verdict"):
        error[name] = np.sqrt(found[name] * (1 - found[name]) / n)
    found, error = found.loc[order].reset_index(drop=True), error.loc[order].reset_index(drop=True)
    say = in_sentences(found["attribute"])
    build = found.loc[found["verdict"] == "build on it", "attribute"].map(say).tolist()
    catch = found.loc[found["verdict"] == "catch up", "attribute"].map(say).tolist()
    best = found.iloc[0]
    said = [
        f"{say(row.attribute)}: {signed(row.gap)} points to {row.rival} "
        f"{interval(signed(row.gap_low), signed(row.gap_high), level=level)}, {share(row.importance)} of importance"
        + (f", {number(row.hard_to_copy, digits=2)} hard to copy" if hard_to_copy else "") + f": {row.verdict}"
        + (f" (P = {chance_of(row.p_verdict)})." if row.verdict != "cannot be told"
           else "." if row.gap_low <= 0 <= row.gap_high
           else f", as it may matter more or less than most (P of more = {chance_of(row.p_matters)}).")
        for row in found.itertuples()
    ]  # fmt: skip
    unjudged = [say(name) for name in found["attribute"] if name not in hard_to_copy]
    if unjudged:
        said.append(f"Not judged, so counted as never copied (hard_to_copy = 1): {listed(unjudged, 3)}.")  # fmt: skip
    title = f"What makes us different and matters: {', '.join(build)}" if build else (
        "No lead over the strongest rival that matters and is hard to copy can be told yet")  # fmt: skip
    return Finding(
        name="experience.differentiation",
        title=title + (f"; to catch up: {', '.join(catch)}" if catch else ""),
        text=" ".join([f"Against the strongest rival in each of {count(len(found))} attributes.", *said,
                       "Importance is what goes along with the score, not what would change it.",
                       "What would change our mind: a trial in which one of them is improved, or a rival that does."]),
        table=found,
        units=dict.fromkeys(("gap", "gap_low", "gap_high", "score", "score_low", "score_high"), "points")
        | dict.fromkeys(
            ("p_ahead", "importance", "importance_low", "importance_high", "p_matters", "p_verdict"), "share"
        ),
        checks=gaps.checks,
        monte_carlo_error=error,
        draw=lambda ax: _draw_score(ax, found),
        caption=f"{gaps.caption} Score: gap × importance × how hard it is to copy.",
        keys=(Key(signed(best["gap"]), f"points ahead of {best['rival']} in {say(best['attribute'])}, "
                  f"P(ahead) = {chance_of(best['p_ahead'])}"),),
    )  # fmt: skip


def _importance(importance, attributes: list[str]) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Share of importance of each attribute, and its draws where it has them."""
    if isinstance(importance, DriverShares):
        parts = importance.draws / importance.draws.sum(1, keepdims=True)
        weights = dict(zip(importance.drivers, importance.shares / importance.r_squared, strict=True))
        draws = dict(zip(importance.drivers, parts.T, strict=True))
    else:
        weights, draws = {name: float(value) for name, value in importance.items()}, {}
        total = sum(weights.values())
        if min(weights.values(), default=-1) < 0 or not total > 0:
            raise ParameterError(f"importance = {weights}.", expected="weights, 0 or more")
        weights = {name: value / total for name, value in weights.items()}
    if not set(weights) & set(attributes):
        raise unknown("attribute", next(iter(weights)), attributes)
    return {name: weights[name] for name in weights if name in attributes}, draws


def _drawn(draws: Mapping, weights: Mapping, name: str, n: int, rng) -> np.ndarray:
    return rng.choice(draws[name], n) if name in draws else np.full(n, weights[name])


def _verdict(row, equal: float, level: float) -> str:
    if row.gap_low <= 0 <= row.gap_high or row.p_verdict < level:
        return "cannot be told"
    matters = row.importance >= equal
    if row.gap > 0 and matters:
        return "build on it" if row.hard_to_copy >= _COPIED else "keep, soon copied"
    if row.gap > 0:
        return "keep, do not spend"
    return "catch up" if matters else "leave"


def _draw_score(ax, table: pd.DataFrame):
    from cxlab.experience.charts.gaps import draw_scorecard

    return draw_scorecard(ax, table)
