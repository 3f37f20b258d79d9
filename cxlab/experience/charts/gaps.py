"""Pictures of gaps: what was met beside what was expected, us beside rivals, and which lead is worth having."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.experience.drivers.gaps import signed
from cxlab.experience.drivers.ratings import spoken
from cxlab.style import BLUE, INK, MUTED, ORANGE, figure_style, key_above, look, name_rows, narrow, note, write_axis
from cxlab.wording import share


@figure_style()
def draw_service_gaps(ax: Axes, table: pd.DataFrame) -> Axes:
    """What was met and what was expected, a row a dimension, with intervals and the gap written beside.

    Parameters
    ----------
    table : dimension, perception, expectation, gap, each with _low and _high
    """
    y = np.arange(len(table))
    handles = []
    ax.hlines(y, table["perception"], table["expectation"], color=MUTED, linewidth=1.0, zorder=1)
    sides = (("perception", "met", {"color": BLUE, "marker": "o"}, -0.09),
             ("expectation", "expected", {"color": INK, "marker": "D", "markerfacecolor": "white"}, 0.09))  # fmt: skip
    for part, words, style, shift in sides:
        reach = [table[part] - table[f"{part}_low"], table[f"{part}_high"] - table[part]]
        handles.append(
            ax.errorbar(table[part], y + shift, xerr=reach, linestyle="none", markersize=6, elinewidth=1.3,
                        capsize=2.5, zorder=3, label=words, **style)
        )  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        words = (
            signed(row.gap) if narrow(ax) else f"{signed(row.gap)}  ({signed(row.gap_low)} to {signed(row.gap_high)})"
        )
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    name_rows(ax, table["dimension"].map(spoken), least=3)
    key_above(ax, handles, [words for _, words, _, _ in sides], left=True)
    write_axis(ax.xaxis, "Mean, points (the gap at the right)")
    return ax


@figure_style()
def draw_rival_gaps(ax: Axes, table: pd.DataFrame, *, own: str) -> Axes:
    """How far ahead of each rival, a row an attribute and a mark a rival, with intervals; zero is a draw.

    Parameters
    ----------
    table : attribute, rival, gap, gap_low, gap_high, p_ahead
    """
    names = table.groupby("attribute")["gap"].mean().sort_values(ascending=False).index.tolist()
    rivals = sorted(table["rival"].unique())
    at = {name: i for i, name in enumerate(names)}
    handles = []
    for i, rival in enumerate(rivals):
        rows = table[table["rival"] == rival]
        style = look(i, marker=True)
        y = rows["attribute"].map(at).to_numpy(float) + (i - (len(rivals) - 1) / 2) * 0.24
        reach = [rows["gap"] - rows["gap_low"], rows["gap_high"] - rows["gap"]]
        handles.append(
            ax.errorbar(rows["gap"], y, xerr=reach, linestyle="none", marker=style["marker"], color=style["color"],
                        markersize=5.5, elinewidth=1.3, capsize=2.5, zorder=3)
        )  # fmt: skip
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    name_rows(ax, [spoken(name) for name in names], least=3)
    key_above(ax, handles, [f"to {rival}" for rival in rivals], left=True)
    write_axis(ax.xaxis, f"{own} is rated higher by, points (left of 0: lower)")
    return ax


@figure_style()
def draw_scorecard(ax: Axes, table: pd.DataFrame) -> Axes:
    """Gap × importance × how hard to copy, an attribute a row, with interval and what it says to do.

    Parameters
    ----------
    table : attribute, rival, gap, importance, score, score_low, score_high, verdict
    """
    y = np.arange(len(table))
    sure = table["verdict"] != "cannot be told"
    colours = np.where(table["score"] >= 0, BLUE, ORANGE)
    bars = ax.barh(y, table["score"], height=0.5, color=colours, zorder=2)
    for bar, known in zip(bars, sure, strict=True):
        bar.set_alpha(1.0 if known else 0.35)
    reach = [(table["score"] - table["score_low"]).clip(lower=0), (table["score_high"] - table["score"]).clip(lower=0)]
    ax.errorbar(table["score"], y, xerr=reach, linestyle="none", ecolor=INK, elinewidth=1.2, capsize=3, zorder=3)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    for i, row in enumerate(table.itertuples()):
        note(ax, row.verdict, (1, i), frame="beside", shift=(6, 0))
    beneath = [f"{signed(r.gap)} to {r.rival}, weight {share(r.importance)}" for r in table.itertuples()]
    name_rows(ax, table["attribute"].map(spoken), None if narrow(ax) else beneath, least=3)
    ax.locator_params(axis="x", nbins=5)  # scores are small: their ticks are long
    write_axis(ax.xaxis, "Gap × importance × hard to copy, points")
    return ax
