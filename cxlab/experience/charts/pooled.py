"""Pictures of pooled scores: every group with its interval beside what it says by itself, and the ranks it may have."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    figure_style,
    key_above,
    name_rows,
    note,
    rows_that_fit,
    write_axis,
)
from cxlab.wording import MINUS, count, share

#: colour and marker of what lies above, below, and where it cannot be told
PLACES = {"above": (BLUE, "^"), "below": (ORANGE, "v"), "": (MUTED, "o")}


@figure_style()
def draw_pooled(ax: Axes, table: pd.DataFrame, *, middle: float, label: str, unit: str = "") -> Axes:
    """Groups with their pooled value and interval, best first; crosses: what each says by itself.

    Parameters
    ----------
    table : name, answers, own, value, low, high, place ("above", "below", "")
    middle : mean of all groups
    label : what is measured, with its unit; unit: "share" or any other
    """
    table, cut = _fitting(ax, table)
    y = np.arange(len(table))
    ax.axvline(middle, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    for i, row in enumerate(table.to_dict("records")):
        colour, marker = PLACES[row["place"]]
        ax.plot([row["low"], row["high"]], [i, i], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
        filled = colour if row["place"] else "white"
        ax.plot(row["value"], i, marker=marker, color=colour, markerfacecolor=filled, markersize=6.5, zorder=4)
    ax.plot(table["own"], y, linestyle="none", marker="x", color=INK, markersize=4.5, markeredgewidth=1.1, zorder=5)
    name_rows(ax, table["name"], [f"{count(n)} answers" for n in table["answers"]], least=3)
    if cut >= 0:
        ax.axhline(cut - 0.5, color=LINE, linewidth=1, linestyle=":")
    low = np.nanmin(table[["low", "own"]].to_numpy())
    high = np.nanmax(table[["high", "own"]].to_numpy())
    room = 0.06 * (high - low or 1.0)
    ax.set_xlim(low - room, high + room)
    write_axis(ax.xaxis, label, unit=unit)
    if label.startswith("NPS"):
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:+.0f}".replace("-", MINUS) if value else "0")
    handles = [
        Line2D([], [], color=MUTED, marker="o", markerfacecolor="white", linewidth=2.2),
        Line2D([], [], color=INK, marker="x", linestyle="none", markersize=4.5),
        Line2D([], [], color=INK, linestyle="--", linewidth=0.9),
    ]
    words = ["pooled, with interval", "by itself", "mean of all"]
    for side in ("above", "below"):
        if (table["place"] == side).any():
            colour, marker = PLACES[side]
            handles.append(Line2D([], [], color=colour, marker=marker, linewidth=2.2))
            words.append(f"{side} the mean")
    key_above(ax, handles, words)
    return ax


@figure_style()
def draw_ranks(ax: Axes, table: pd.DataFrame) -> Axes:
    """The ranks each group may have, 1 the best, with the chance to be best or worst beside.

    Parameters
    ----------
    table : name, rank, rank_low, rank_high, best, worst (probabilities)
    """
    n = len(table)
    table, cut = _fitting(ax, table)
    for i, row in enumerate(table.to_dict("records")):
        ax.plot([row["rank_low"], row["rank_high"]], [i, i], color=BLUE, linewidth=6, alpha=0.35,
                solid_capstyle="round", zorder=2)  # fmt: skip
        ax.plot(row["rank"], i, marker="o", color=BLUE, markersize=6, zorder=3)
        side, colour = ("best", INK) if row["best"] >= row["worst"] else ("worst", ORANGE)
        if row[side] >= 0.05:
            note(ax, f"{side}: {share(row[side])}", (1, i), frame="beside", shift=(6, 0), colour=colour)
    if cut >= 0:
        ax.axhline(cut - 0.5, color=LINE, linewidth=1, linestyle=":")
    ax.axvline((n + 1) / 2, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    name_rows(ax, table["name"], least=3)
    ax.set_xlim(0.5, n + 0.5)
    step = -(-n // 12)
    ticks = [1, *range(step if step > 1 else 2, n + 1, step)]
    ax.set_xticks(ticks, [str(t) for t in ticks])
    write_axis(ax.xaxis, "Rank among all, 1 the best")
    return ax


def _fitting(ax: Axes, table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The best and the worst rows where not all fit, and the row at which some are left out (−1: none)."""
    room = max(6, rows_that_fit(ax))
    if len(table) <= room:
        return table.reset_index(drop=True), -1
    half = room // 2
    return pd.concat([table.head(half), table.tail(room - half)], ignore_index=True), half
