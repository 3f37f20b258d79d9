"""What a choice survey will tell before it is asked: standard errors, intervals of worth, and respondents needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxlab.differentiation.choice.designs import Design
from cxlab.errors import ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, number


def design_precision(
    design: Design, *, respondents: int = 100, wanted: float = 0.2, spread: Mapping[str, float] | float = 0.0,
    level: float = 0.9, grid: Sequence[int] = (),
) -> Finding:  # fmt: skip
    """How precisely a design tells each part-worth, and how many respondents it takes.

    Parameters
    ----------
    respondents : who answer one block each
    wanted : half-width of the interval that is wanted, logits for the range of a column
    spread : standard deviation of part-worths between people, by column or for all (logits for one unit)
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.design", a row a column: column, step (range shown), expected, standard_error, half_width
        (logits for the step), respondents_needed (count, for `wanted`); with a price that is expected to matter also
        worth, worth_half_width (money for one more unit, by the delta method)

    Notes
    -----
    Variance of a mean part-worth: (inverse information of all answers) + spread² / respondents. What is expected is an
    assumption: with other part-worths the same design tells more or less.

    >>> from cxlab.differentiation.choice.designs import choice_design
    >>> shown = choice_design({"price": [2, 3, 4], "roast": ["dark", "light"]}, tasks=6, alternatives=2)
    >>> found = design_precision(shown, respondents=100).table
    >>> double = design_precision(shown, respondents=200).table
    >>> np.allclose(found["half_width"] / double["half_width"], np.sqrt(2))
    True
    """
    if respondents < 1 or not wanted > 0 or not 0 < level < 1:
        raise ParameterError(f"respondents = {respondents}, wanted = {wanted}, level = {level}.",
                             expected="a respondent or more, a half-width above 0, a level within 0 and 1")  # fmt: skip
    columns = list(design.columns)
    for name in spread if isinstance(spread, Mapping) else ():
        if name not in columns:
            raise unknown("part-worth of `spread`", name, columns)
    between = np.array([float(spread.get(c, 0.0)) if isinstance(spread, Mapping) else float(spread) for c in columns])
    one = np.linalg.inv(design.information * design.tasks_each) + np.diag(between**2)  # of one respondent
    step = np.array([_step(design, c) for c in columns])
    reach = norm.ppf((1 + level) / 2)
    alone = reach * np.sqrt(np.diag(one)) * step
    needed = np.ceil((alone / wanted) ** 2 - 1e-9).astype(int)
    table = pd.DataFrame(
        {"column": columns, "step": step, "expected": design.expected,
         "standard_error": np.sqrt(np.diag(one) / respondents), "half_width": alone / np.sqrt(respondents),
         "respondents_needed": needed}
    )  # fmt: skip
    units = {"respondents_needed": "count"}
    j = columns.index(design.price) if design.price else -1
    if j >= 0 and design.expected[j] < 0:
        worth = -design.expected / design.expected[j]
        slope = np.eye(len(columns)) + np.outer(worth, np.eye(len(columns))[j])
        error = reach * np.sqrt(np.einsum("ij,jk,ik->i", slope, one, slope) / respondents) / -design.expected[j]
        others = np.arange(len(columns)) != j
        table["worth"], table["worth_half_width"] = np.where(others, worth, np.nan), np.where(others, error, np.nan)
        units |= {"worth": "money", "worth_half_width": "money"}
    most = table.loc[table["respondents_needed"].idxmax()]
    grid = np.unique(np.array(grid or np.linspace(0.25, 2, 8) * max(respondents, needed.max())).astype(int))
    grid = grid[grid > 0]
    drawn = pd.DataFrame(
        {"column": np.repeat(columns, len(grid)), "respondents": np.tile(grid, len(columns)),
         "half_width": (alone[:, None] / np.sqrt(grid)).ravel()}
    )  # fmt: skip
    asked = f"{count(respondents)} respondents with {count(design.tasks_each)} tasks each"
    return Finding(
        name="differentiation.design",
        title=f"{count(most['respondents_needed'])} respondents tell every part-worth to ±{number(wanted)}",
        text=f"{asked} would tell part-worths to ±{number(table['half_width'].min())} to "
        f"±{number(table['half_width'].max())} logits ({level * 100:g} % intervals, for the range shown). For "
        f"±{number(wanted)}, {count(most['respondents_needed'])} respondents are needed; the widest is "
        f"{most['column']}. This rests on the part-worths expected: if a pilot shows others, plan again.",
        table=table,
        units=units,
        checks=(Check("half-width of the part-worth that is known worst", table["half_width"].max() <= wanted,
                      table["half_width"].max(), f"≤ {wanted:g}",
                      f"Ask {count(most['respondents_needed'])} respondents, or show fewer levels."),),
        draw=lambda ax: _draw(ax, drawn, wanted),
        caption=f"Planned: {asked}, {design.blocks} block{'s' * (design.blocks != 1)}, D-error "
        f"{number(design.d_error)}; multinomial logit at expected part-worths, {level * 100:g} % intervals.",
        keys=(Key(count(most["respondents_needed"]), f"respondents for ±{number(wanted)} logits on every part-worth, "
                  f"{count(design.tasks_each)} tasks each"),),
    )  # fmt: skip


def _step(design: Design, column: str) -> float:
    return float(np.ptp(design.table[column].dropna())) if column in design.table and column != "none" else 1.0


def _draw(ax, table: pd.DataFrame, wanted: float):
    from cxlab.differentiation.charts.choice import draw_precision

    return draw_precision(ax, table, wanted=wanted)
