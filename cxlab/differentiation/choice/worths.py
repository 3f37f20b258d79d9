"""Findings on part-worths: what each level is worth to people, how they differ, and which attribute matters most."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.people import PartWorths
from cxlab.differentiation.choice.products import marks
from cxlab.differentiation.choice.tasks import Choices
from cxlab.experience.drivers.ratings import spoken
from cxlab.finding import Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import interval, listed, number, share

_PEOPLE = (0.1, 0.9)
#: inflation of variance (VIF) above which choices hardly tell a column from the others
_INFLATED = 10.0
_CONSTANTS = ("none", "alternative")


def part_worths(fitted: PartWorths, *, level: float = 0.9) -> Finding:
    """What each column adds to utility: on average, and to how many.

    Parameters
    ----------
    fitted : of `fit_part_worths`
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.part_worths", a row a column: attribute, column, step (what `effect` is for: 1, or the
        range asked of a number), effect, effect_low, effect_high (mean of the population, logits), people_low,
        people_high (between them the middle 80 % of respondents), spread (standard deviation between people),
        in_favour, in_favour_low, in_favour_high (share of respondents who like more of it)

    Notes
    -----
    Where offers hardly vary in a column on its own (VIF above 10), means are told, but how people differ in it rests on
    the prior: for `electricity_contracts` (VIF 26 to 34), 90 % intervals of persons held the truth in 48 to 75 % of
    people simulated with strong correlations, elsewhere in 84 to 91 % (three populations: `recovered("electricity",
    seed=…)` of tests/recovery/part_worths.py, seeds 1 to 3).
    """
    asked = fitted.choices
    step = np.array([_step(asked, c) for c in asked.columns])
    mean, individual = fitted.mean * step, fitted.individual * step
    effective = min(fitted.effective, len(mean))
    own = spread(mean, level, effective=effective)
    favour = (individual > 0).mean(1)
    liked = spread(favour, level, effective=effective)
    people = np.quantile(individual, _PEOPLE, axis=1).mean(1)
    table = pd.DataFrame(
        {"attribute": [a for a, columns in asked.attributes.items() for _ in columns], "column": asked.columns,
         "step": step, "effect": own.mean, "effect_low": own.quantiles[0], "effect_high": own.quantiles[1],
         "people_low": people[0], "people_high": people[1],
         "spread": np.sqrt(np.diagonal(fitted.covariance, axis1=1, axis2=2)).mean(0) * step,
         "in_favour": liked.mean, "in_favour_low": liked.quantiles[0], "in_favour_high": liked.quantiles[1]}
    )  # fmt: skip
    error = pd.DataFrame(
        {"effect": own.mean_error, "effect_low": own.quantile_error[0], "effect_high": own.quantile_error[1],
         "in_favour": liked.mean_error}
    )  # fmt: skip
    # constants of buying nothing and of alternatives are no attributes: nobody offers more of them
    rest = table[(table["column"] != asked.price) & ~table["attribute"].isin(_CONSTANTS)]
    split = rest.loc[(rest["in_favour"] - 0.5).abs().idxmin()] if len(rest) else None
    said = [f"From {asked.said}{', ' * bool(asked.period)}{asked.period}{' (simulated)' * asked.simulated}:"]
    known = rest[(rest["effect_low"] > 0) | (rest["effect_high"] < 0)]
    top = known.reindex(known["effect"].abs().sort_values(ascending=False).index).head(3)
    said.append("; ".join(
        f"{spoken(row.column)}{_per(asked, row.column, row.step)} {'adds' if row.effect > 0 else 'costs'} "
        f"{number(abs(row.effect))} logits on average "
        f"{interval(number(row.effect_low), number(row.effect_high), level=level)}, and "
        f"{share(row.in_favour)} of respondents like it" for row in top.itertuples()
    ) + "." if len(top) else "nothing but the price is known to matter to people on average.")  # fmt: skip
    if split is not None and 0.2 < split["in_favour"] < 0.8:
        said.append(f"People are most divided on {spoken(split['column'])}: {share(split['in_favour'])} like it, the "
                    "others do not, so one offer for all leaves some behind.")  # fmt: skip
    said.extend(filter(None, [hardly_apart(asked)]))
    return Finding(
        name="differentiation.part_worths",
        title=f"{spoken(top.iloc[0]['column'])} moves choices most{' beside the price' * bool(asked.price)}" if len(top)
        else "Nothing but the price is known to matter",
        text=" ".join(said),
        table=table,
        units=dict.fromkeys(["in_favour", "in_favour_low", "in_favour_high"], "share"),
        checks=fitted.checks,
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table),
        caption=_caption(fitted, level),
        keys=tuple(Key(share(row.in_favour), f"of respondents like {spoken(row.column)}, {level * 100:g} % "
                       f"{share(row.in_favour_low)} to {share(row.in_favour_high)} (n = {asked.said})")
                   for row in top.head(1).itertuples()),
        currency=asked.currency,
    )  # fmt: skip


def attribute_importance(fitted: PartWorths, *, level: float = 0.9) -> Finding:
    """How much of what can be moved each attribute moves: its range of utility as a share of all ranges, a person each.

    Returns
    -------
    Finding "differentiation.importance", a row an attribute, the largest first: attribute, importance, low, high (mean
        share over respondents), first (share of respondents to whom it matters most), p_first (probability that it
        ranks first on average)

    Notes
    -----
    Ranges are over what was asked: an attribute asked in wider steps matters more. Read it with its levels.
    """
    asked = fitted.choices
    step = np.array([_step(asked, c) for c in asked.columns])
    names = [a for a in asked.attributes if a != "none"]
    ranges = []
    for name in names:
        at = [asked.columns.index(c) for c in asked.attributes[name]]
        worth = fitted.individual[:, :, at] * step[at]
        ranges.append(np.maximum(worth.max(2), 0) - np.minimum(worth.min(2), 0))
    ranges = np.stack(ranges, axis=2)
    shares = ranges / ranges.sum(2, keepdims=True)
    draws = shares.mean(1)
    own = spread(draws, level, effective=min(fitted.effective, len(draws)))
    first = (shares.argmax(2)[:, :, None] == np.arange(len(names))).mean((0, 1))
    table = pd.DataFrame(
        {"attribute": names, "importance": own.mean, "low": own.quantiles[0], "high": own.quantiles[1], "first": first,
         "p_first": (draws.argmax(1)[:, None] == np.arange(len(names))).mean(0)}
    )  # fmt: skip
    order = table["importance"].sort_values(ascending=False, kind="stable").index
    error = pd.DataFrame({"importance": own.mean_error, "low": own.quantile_error[0], "high": own.quantile_error[1]})
    table, error = table.loc[order].reset_index(drop=True), error.loc[order].reset_index(drop=True)
    top = table.iloc[0]
    return Finding(
        name="differentiation.importance",
        title=f"{spoken(top['attribute'])} matters most in what people choose",
        text=f"Over the levels that were asked, {spoken(top['attribute'])} accounts for {share(top['importance'])} "
        f"{interval(share(top['low']), share(top['high']), level=level)} of what attributes can move, and matters most "
        f"to {share(top['first'])} of {asked.n_respondents:,} respondents{' (simulated)' * asked.simulated}. Asked in "
        "wider steps, an attribute matters more: this compares what was asked, not all there could be."
        + f" {hardly_apart(asked)}".rstrip(),
        table=table,
        units=dict.fromkeys(["importance", "low", "high", "first", "p_first"], "share"),
        checks=(*fitted.checks, *fitted.priced),
        monte_carlo_error=error,
        draw=lambda ax: _draw_importance(ax, table),
        caption=_caption(fitted, level),
        keys=(Key(share(top["importance"]), f"of what attributes can move belongs to {spoken(top['attribute'])}, "
                  f"{level * 100:g} % {share(top['low'])} to {share(top['high'])} (n = {asked.said})"),),
    )  # fmt: skip


def hardly_apart(asked: Choices) -> str:
    """A warning where offers hardly vary in some columns on their own; "" where they do."""
    constants = {c for a in _CONSTANTS for c in asked.attributes.get(a, ())}
    at = [j for j in np.flatnonzero(asked.inflation > _INFLATED) if asked.columns[j] not in constants]
    if not at:
        return ""
    names = listed([spoken(asked.columns[j]) for j in at])
    much = listed([number(v, digits=2) for v in asked.inflation[at]])
    one = len(at) == 1
    return (f"In these offers {names} hardly {'varies on its' if one else 'vary on their'} own (VIF {much}): what "
            f"{'it is' if one else 'they are'} worth on average is told, but how people differ in it leans on the "
            "prior, and intervals of a person's are too narrow.")  # fmt: skip


def more_of(asked: Choices, column: str) -> str:
    """A column in a sentence about one unit of it: "wait minutes (1 more)", and levels and marks by their name."""
    return f"{spoken(column)}{_per(asked, column, 1.0)}"


def _per(asked: Choices, column: str, step: float) -> str:
    """How much more of a number a sentence is about; "" of levels, constants and marks, which are there or not."""
    if column not in asked.attributes or column in (*_CONSTANTS, *marks(asked)):
        return ""
    return f" ({step:g} more)"


def _step(asked, column: str) -> float:
    """The range that was asked of a number with more than two values; 1 for levels and yes or no."""
    values = asked.design[:, asked.columns.index(column)]
    if asked.none:
        values = values[asked.alternatives != asked.none]
    width = float(np.ptp(values)) if column != "none" else 1.0
    return width if width > 0 else 1.0


def _caption(fitted: PartWorths, level: float) -> str:
    asked = fitted.choices
    return (
        f"n = {asked.said}{', ' * bool(asked.period)}{asked.period}; {fitted.method}; {level * 100:g} % intervals; a "
        "number counts for the whole range that was asked." + (f" Source: {asked.source}." if asked.source else "")
        + " Simulated." * asked.simulated
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame):
    from cxlab.differentiation.charts.choice import draw_part_worths

    return draw_part_worths(ax, table)


def _draw_importance(ax, table: pd.DataFrame):
    from cxlab.differentiation.charts.choice import draw_importance

    return draw_importance(ax, table)
