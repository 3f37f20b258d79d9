"""The funnel: how many journeys reach each step, and what is lost between two, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import canvas, extent, say, width_of, wrap
from cxlab.journey.charts.parts import box, whisker
from cxlab.style import BLUE, MUTED, NARROW, ORANGE, SERIES, figure_style
from cxlab.wording import count, duration, share

_HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\")


@figure_style()
def draw_funnel(ax: Axes, table: pd.DataFrame) -> Axes:
    """Bars of the journeys that reach each step, with intervals; between two steps who goes no further, in words.

    Parameters
    ----------
    table : a row a step (and group): step (1 …), touchpoint, journeys, of_first and of_previous (shares) with _low and
        _high, median_gap_s (seconds since the step before); group where there are several funnels

    Funnels of several groups stand beside each other in every step, without the words between.
    """
    groups = list(dict.fromkeys(table["group"].astype(str))) if "group" in table else [""]
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    steps = list(dict.fromkeys(table["step"]))
    names = table.drop_duplicates("step").set_index("step")["touchpoint"].astype(str)
    room = (0.3 if narrow else 0.26) * width
    fitted = {step: wrap(names[step], room, 8, lines=3 if len(groups) > 1 else 2) for step in steps}
    left = 10 + max(extent(words, 8) for lines in fitted.values() for words in lines)
    right = width - (62 if narrow else 120)
    key = _key(groups, width) if len(groups) > 1 else []
    bar, head = (15.0 if len(groups) == 1 else 11.0), 12.0 * len({y for _, y in key}) + 4 * bool(key)
    between = (24.0 if narrow else 17.0) if len(groups) == 1 else 8.0
    tall = max(bar * len(groups), 9.8 * max(map(len, fitted.values())))
    canvas(ax, head + tall * len(steps) + between * (len(steps) - 1) + 2)
    for g, (x, y) in enumerate(key):
        style = {"hatch": _HATCHES[g % 5], "edgecolor": "white"} if g else {}
        box(ax, x, y + 1, 10, 9, facecolor=SERIES[g % len(SERIES)], **style)
        say(ax, x + 14, y + 5.5, groups[g], size=8, ha="left", colour=SERIES[g % len(SERIES)], bold=True)

    def at(value):
        return left + float(np.clip(np.nan_to_num(value), 0, 1)) * (right - left)

    for k, step in enumerate(steps):
        top = head + k * (tall + between)
        for j, words in enumerate(fitted[step]):
            say(ax, 0, top + tall / 2 + 9.8 * (j - (len(fitted[step]) - 1) / 2), words, size=8, ha="left")
        for g, group in enumerate(groups):
            own = table[table["step"] == step]
            own = own[own["group"].astype(str) == group] if len(groups) > 1 else own
            if own.empty:
                continue
            row = own.iloc[0]
            y = top + (tall - bar * len(groups)) / 2 + g * bar
            colour = BLUE if len(groups) == 1 else SERIES[g % len(SERIES)]
            box(ax, left, y, right - left, bar - 1, facecolor="#F4F5F6", zorder=0)
            box(ax, left, y, at(row.of_first) - left, bar - 1, facecolor=colour, zorder=2,
                **({"hatch": _HATCHES[g % 5], "edgecolor": "white"} if g else {}))  # fmt: skip
            if row.of_first < 1:
                ends = np.array([at(v) if np.isfinite(v) else np.nan for v in (row.of_first_low, row.of_first_high)])
                whisker(ax, ends, np.array([y + bar / 2 - 0.5] * 2), cap=2.5)
            words = count(row.journeys)
            middle = y + bar / 2 - 0.5
            say(ax, right + 6, middle, words, size=8, ha="left", bold=True)
            beside = share(row.of_first) if np.isfinite(row.of_first) else ""
            if not narrow and np.isfinite([row.of_first_low, row.of_first_high]).all() and row.of_first < 1:
                beside += f"  {share(row.of_first_low)} to {share(row.of_first_high)}"
            say(ax, right + 10 + extent(words, 8, bold=True), middle, beside, size=7.2, ha="left", colour=MUTED)
        if k and len(groups) == 1:
            _lost(ax, table[table["step"] == step].iloc[0], left, top - between, between, width, narrow)
    return ax


def _key(groups: list[str], width: float) -> list[tuple[float, float]]:
    """Where the name of every group stands, row by row."""
    found, x, y = [], 0.0, 0.0
    for group in groups:
        wide = 26 + extent(group, 8, bold=True)
        if x and x + wide > width:
            x, y = 0.0, y + 12
        found.append((x, y))
        x += wide
    return found


def _lost(ax: Axes, row, left: float, top: float, tall: float, width: float, narrow: bool) -> None:
    """Who goes no further, and how long it takes those who do."""
    if not np.isfinite(row.of_previous):
        return
    words = f"▼ {share(1 - row.of_previous)} go no further"
    if np.isfinite([row.of_previous_low, row.of_previous_high]).all():
        words += f" ({share(1 - row.of_previous_high)} to {share(1 - row.of_previous_low)})"
    gap = getattr(row, "median_gap_s", np.nan)
    wait = f"half of the others within {duration(gap)}" if np.isfinite(gap) else ""
    if narrow:
        say(ax, left, top + tall / 2 - 4.6, words, size=7.2, ha="left", colour=ORANGE)
        say(ax, left + 9, top + tall / 2 + 4.6, wait, size=7.2, ha="left", colour=MUTED)
    else:
        say(ax, left, top + tall / 2, words, size=7.6, ha="left", colour=ORANGE)
        say(ax, left + extent(words + "   ", 7.6), top + tall / 2, wait, size=7.2, ha="left", colour=MUTED)
