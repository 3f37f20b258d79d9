"""Picture of Kano's plane: what having an attribute does against what lacking it does, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from cxlab.experience.charts.points import name_points
from cxlab.experience.drivers.ratings import spoken
from cxlab.style import LINE, MUTED, SAND, figure_style, key_above, look, narrow, note, write_axis
from cxlab.wording import MINUS

_CORNERS = (("attractive", 0.012, 0.99, "left", "top"), ("one-dimensional", 0.988, 0.99, "right", "top"),
            ("indifferent", 0.012, 0.012, "left", "bottom"), ("must-be", 0.988, 0.012, "right", "bottom"))  # fmt: skip


@figure_style()
def draw_kano(ax: Axes, table: pd.DataFrame, *, by: Sequence[str] = ()) -> Axes:
    """Better upwards, worse to the right, with intervals; hollow where the category is not decided.

    Parameters
    ----------
    table : a row an attribute (and group, columns `by`): attribute, decided, better, better_low, better_high, worse,
        worse_low, worse_high
    """
    ax.axvspan(0.5, 1.02, ymin=0, ymax=0.5, color=SAND, linewidth=0, zorder=0)
    ax.axvspan(-0.02, 0.5, ymin=0.5, ymax=1, color=SAND, linewidth=0, zorder=0)
    for words, x, y, ha, va in _CORNERS:
        note(ax, words, (x, y), frame="axes", ha=ha, va=va, colour=MUTED)
    ax.axhline(0.5, color=LINE, linewidth=0.8, zorder=1)
    ax.axvline(0.5, color=LINE, linewidth=0.8, zorder=1)
    groups = list(table.groupby(list(by), sort=False)) if by else [("", table)]
    handles = []
    for i, (_, own) in enumerate(groups):
        style = look(i, marker=True)
        x, y = -own["worse"], own["better"]
        reach = {"xerr": [x + own["worse_high"], -own["worse_low"] - x], "yerr": [y - own["better_low"],
                 own["better_high"] - y]}  # fmt: skip
        reach = {side: [part.clip(lower=0) for part in parts] for side, parts in reach.items()}
        ax.errorbar(x, y, **reach, linestyle="none", ecolor=style["color"], elinewidth=1.0, alpha=0.55, zorder=2)
        marks = {"linestyle": "none", "marker": style["marker"], "color": style["color"], "markersize": 6, "zorder": 3}
        sure = own["decided"].to_numpy(bool)
        handles += ax.plot(x[sure], y[sure], **marks)
        ax.plot(x[~sure], y[~sure], **marks, markerfacecolor="white")
    ticks = [0, 0.25, 0.5, 0.75, 1]
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    write_axis(ax.xaxis, "Less satisfied without it (worse)")
    write_axis(ax.yaxis, "More satisfied with it (better)", unit="share")
    ax.set_xticks(ticks, ["0 %" if t == 0 else f"{MINUS}{t * 100:g} %" for t in ticks])
    ax.set_yticks(ticks)
    if by:
        key_above(ax, handles, [", ".join(map(str, key)) for key, _ in groups], left=True)
    elif not table["decided"].all():
        note(ax, "hollow: category not decided", (1, 1), frame="axes", shift=(0, 4), ha="right", va="bottom",
             colour=MUTED)  # fmt: skip
    name_points(ax, -table["worse"], table["better"], table["attribute"].map(spoken), most=12 if narrow(ax) else 20)
    return ax
