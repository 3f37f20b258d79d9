"""Rows of bars from zero, or dots on a logarithmic axis, with intervals: one a touchpoint, stage or path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import canvas, extent, say, width_of, wrap
from cxlab.journey.charts.parts import box, whisker
from cxlab.style import INK, LINE, MUTED, NARROW
from cxlab.wording import number

#: rows drawn at most; what is left out is said
TOP = 20
NAME, SMALL = 8.0, 7.2


@dataclass(frozen=True)
class Row:
    """A bar with its interval: what it is called, what stands beneath the name, and how strong it is drawn."""

    name: str
    value: float
    low: float = np.nan
    high: float = np.nan
    beneath: str = ""
    strong: bool = True


def bar_rows(
    ax: Axes, rows: Sequence[Row], *, write: Callable[[float], str], strong: str, pale: str, head: str, foot: str = "",
    hatch: str = "", logarithmic: bool = False, top: int = TOP,
) -> Axes:  # fmt: skip
    """Bars from zero, one a row, with whiskers and the number with its interval behind; as high as the rows ask for.

    Parameters
    ----------
    write : a value in words
    strong, pale : colours of the rows that matter and of the rest
    head : what the bars are, above them; foot: what must be said beneath
    logarithmic : dots on a logarithmic axis in place of bars (times)
    """
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    hidden = len(rows) - top
    if hidden > 0:
        foot = "; ".join(filter(None, [f"the first {top} of {len(rows)} rows", foot]))
    rows = list(rows)[:top]
    room = (0.36 if narrow else 0.3) * width
    names = [wrap(row.name, room, NAME, lines=2) for row in rows]
    beneath = [wrap(row.beneath, room, SMALL, lines=1) if row.beneath else [] for row in rows]
    left = 8 + max(
        [extent(words, NAME) for name in names for words in name]
        + [extent(words, SMALL) for lines in beneath for words in lines]
    )
    ends = [f"{write(row.low)} to {write(row.high)}" if np.isfinite([row.low, row.high]).all() else "" for row in rows]
    texts = [write(row.value) if np.isfinite(row.value) else "not measured" for row in rows]
    if narrow:
        behind = max(max(extent(t, NAME, bold=True), extent(e, SMALL)) for t, e in zip(texts, ends, strict=True))
    else:
        behind = max(extent(f"{t} ", NAME, bold=True) + extent(e, SMALL) for t, e in zip(texts, ends, strict=True))
    right = width - behind - 10
    every = np.array([v for row in rows for v in (row.value, row.low, row.high) if np.isfinite(v)])
    scale = scale_of(every, left, right, logarithmic)
    lines = [len(name) + len(under) for name, under in zip(names, beneath, strict=True)]
    heights = [max(9.8 * n + 7, 23.0 if narrow and ends[i] else 17.0) for i, n in enumerate(lines)]
    heading = wrap(head, width, NAME, lines=3, bold=True) if head else []
    footing = wrap(foot[:1].upper() + foot[1:], width, SMALL, lines=5) if foot else []
    start = 11.0 * len(heading) + (4 if heading else 0)
    canvas(ax, start + sum(heights) + (4 + 9.4 * len(footing) if footing else 0))
    for i, words in enumerate(heading):
        say(ax, 0, 5 + 11 * i, words, size=NAME, ha="left", bold=True)
    y = start
    if not logarithmic:
        ax.plot([scale(0.0)] * 2, [y, y + sum(heights)], color="#B9C1C7", linewidth=0.9, zorder=4)
    for row, name, under, text, end, tall in zip(rows, names, beneath, texts, ends, heights, strict=True):
        middle = y + tall / 2
        at = middle - 9.8 * (len(name) + len(under) - 1) / 2
        for j, words in enumerate([*name, *under]):
            plain = j < len(name)
            say(ax, 0, at + 9.8 * j, words, size=NAME if plain else SMALL, ha="left", colour=INK if plain else MUTED)
        far = scale(0.0) if not logarithmic else left
        if np.isfinite(row.value):
            x = scale(row.value)
            reach = np.array([scale(v) if np.isfinite(v) else np.nan for v in (row.low, row.high)])
            if logarithmic:
                ax.plot([left, x], [middle] * 2, color=LINE, linewidth=0.6, zorder=0)
                if np.isfinite(reach).all():
                    ax.plot(reach, [middle] * 2, color="#8FA0AB", linewidth=3.4, solid_capstyle="butt", zorder=2)
                ax.plot([x], [middle], marker="o", markersize=5, color=INK, zorder=3)
            else:
                zero = scale(0.0)
                colour = strong if row.strong else pale
                style = {"facecolor": colour, "zorder": 2}
                if hatch:
                    style |= {"hatch": hatch, "edgecolor": "white"}
                box(ax, min(zero, x), middle - 5, abs(x - zero), 10, **style)
                whisker(ax, reach, np.array([middle, middle]), cap=2.5)
            far = max([x, *reach[np.isfinite(reach)], far])
        weight = row.strong and np.isfinite(row.value)
        colour = INK if weight else MUTED
        if narrow and end:
            say(ax, far + 5, middle - 4.8, text, size=NAME, ha="left", bold=weight, colour=colour)
            say(ax, far + 5, middle + 4.8, end, size=SMALL, ha="left", colour=MUTED)
        else:
            say(ax, far + 5, middle, text, size=NAME, ha="left", bold=weight, colour=colour)
            say(ax, far + 5 + extent(f"{text}  ", NAME, bold=weight), middle, end, size=SMALL, ha="left", colour=MUTED)
        y += tall
    for i, words in enumerate(footing):
        say(ax, 0, y + 9 + 9.4 * i, words, size=SMALL, ha="left", colour=MUTED)
    return ax


def scale_of(every: np.ndarray, left: float, right: float, logarithmic: bool) -> Callable[[float], float]:
    """From a value to points across; bars always have their zero in sight."""
    if logarithmic:
        every = np.log10(np.maximum(every, 1.0)) if len(every) else np.array([0.0])
        low, high = float(every.min()), float(every.max())
        low, high = (low, high) if high - low > 0.5 else (low - 0.5, high + 0.5)
        return lambda v: left + 6 + (np.log10(max(v, 1.0)) - low) / (high - low) * (right - left - 6)
    low, high = min(0.0, *every, 0.0), max(0.0, *every, 1e-12)
    return lambda v: left + (v - low) / (high - low) * (right - left)


def in_points(change: float) -> str:
    """A change of a share.

    >>> in_points(.0224), in_points(-.12)
    ('+2.2 points', '−12 points')
    """
    return f"{'+' if change > 0 else ''}{number(100 * change, digits=2)} points"
