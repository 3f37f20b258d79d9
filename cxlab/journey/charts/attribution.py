"""What conversion hangs on: every touchpoint by several rules, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import canvas, extent, say, width_of, wrap
from cxlab.journey.charts.parts import whisker
from cxlab.journey.charts.rows import NAME, SMALL, TOP, scale_of
from cxlab.style import LINE, MARKERS, MUTED, NARROW, SERIES, figure_style
from cxlab.wording import share

#: what each rule supposes
_RULES = {
    "lost": "lost, if journeys ended there",
    "rerouted": "lost, if they went on elsewhere",
    "shapley": "credit by Shapley's rule",
}


@figure_style()
def draw_attribution(ax: Axes, table: pd.DataFrame, *, top: int = TOP) -> Axes:
    """What hangs on each touchpoint by every rule, as marks with intervals, the most important first.

    Parameters
    ----------
    table : touchpoint, rule, credit, low, high (missing where a rule has no interval)
    """
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    rules = list(dict.fromkeys(table["rule"]))
    order = table[table["rule"] == rules[0]].sort_values("credit", ascending=False, kind="stable")["touchpoint"]
    order = list(dict.fromkeys([*order, *table["touchpoint"]]))
    shown, hidden = order[:top], max(0, len(order) - top)
    room = (0.36 if narrow else 0.3) * width
    names = {name: wrap(name, room, NAME, lines=2) for name in shown}
    left = 12 + max(extent(words, NAME) for name in names.values() for words in name)
    right = width - extent("100 %", NAME, bold=True) - 12
    every = table[table["touchpoint"].isin(shown)][["credit", "low", "high"]].to_numpy(float)
    scale = scale_of(every[np.isfinite(every)], left, right, False)
    words = {rule: _RULES.get(rule, str(rule)) for rule in rules}
    rows = _in_rows([18 + extent(words[rule], NAME, bold=True) + 8 for rule in rules], width)
    tall, start = max(8.5 * len(rules) + 6, 18.0), 18.0 + 12 * (1 + rows[-1][0])
    below = bool(np.nanmin(every) < 0)
    foot = ["left of the line: more would convert without it"] if below else []
    foot = [f"the first {top} of {len(order)} touchpoints"] * bool(hidden) + foot
    foot = wrap("; ".join(foot).capitalize(), width, SMALL, lines=2) if foot else []
    canvas(ax, start + tall * len(shown) + 12 * len(foot))
    say(ax, 0, 5, "Share of conversions that hang on the touchpoint", size=NAME, ha="left", bold=True)
    for k, (rule, (row, at)) in enumerate(zip(rules, rows, strict=True)):
        y = 18.0 + 12 * row
        ax.plot([at + 4], [y], marker=MARKERS[k % 5], markersize=5.5, color=SERIES[k % 5], linestyle="none")
        say(ax, at + 12, y, words[rule], size=NAME, ha="left", colour=SERIES[k % 5], bold=True)
    zero = scale(0.0)
    ax.plot([zero] * 2, [start, start + tall * len(shown)], color="#B9C1C7", linewidth=0.9, zorder=1)
    for i, name in enumerate(shown):
        middle = start + tall * (i + 0.5)
        if i:
            ax.plot([0, width], [start + tall * i] * 2, color=LINE, linewidth=0.5, zorder=0)
        for j, words in enumerate(names[name]):
            say(ax, 0, middle + 9.8 * (j - (len(names[name]) - 1) / 2), words, size=NAME, ha="left")
        own = table[table["touchpoint"] == name]
        for k, rule in enumerate(rules):
            y = middle + 8.5 * (k - (len(rules) - 1) / 2)
            for row in own[own["rule"] == rule].head(1).itertuples():
                if not np.isfinite(row.credit):
                    continue
                ends = np.array([scale(row.low), scale(row.high)])
                whisker(ax, ends, np.array([y, y]), colour=SERIES[k % 5])
                ax.plot([zero, scale(row.credit)], [y, y], color=SERIES[k % 5], linewidth=0.8, alpha=0.5, zorder=1)
                ax.plot([scale(row.credit)], [y], marker=MARKERS[k % 5], markersize=5.5, color=SERIES[k % 5], zorder=6)
                if k == 0:
                    far = np.nanmax([ends.max() if np.isfinite(ends).all() else np.nan, scale(row.credit)])
                    say(ax, far + 6, y, share(row.credit), size=NAME, ha="left", bold=True)
    for i, words in enumerate(foot):
        say(ax, 0, start + tall * len(shown) + 8 + 12 * i, words, size=SMALL, ha="left", colour=MUTED)
    return ax


def _in_rows(widths: list[float], room: float) -> list[tuple[int, float]]:
    """Row and place of names set one after another.

    >>> _in_rows([50, 60, 40], 120)
    [(0, 0.0), (0, 50.0), (1, 0.0)]
    """
    found, row, at = [], 0, 0.0
    for wide in widths:
        if at and at + wide > room:
            row, at = row + 1, 0.0
        found.append((row, at))
        at += wide
    return found
