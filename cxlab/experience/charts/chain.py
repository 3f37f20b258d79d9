"""The value chain as a graph: boxes for what was asked and done, arrows with slopes and their intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from cxlab.style import BLUE, INK, MUTED, figure_style, narrow, text_size
from cxlab.wording import number

_ORDER = ("satisfaction", "intention", "purchases", "months", "money")


@figure_style()
def draw_value_chain(ax: Axes, table: pd.DataFrame, *, beneath: Mapping[str, str] | None = None) -> Axes:
    """Boxes in order of the chain and an arrow a link, with its slope and interval beside it.

    A slope is how much more there is at the head for one more at the tail, in the units written in the boxes.
    Thick: strong in standard deviations; dashed: zero is inside the interval; dotted: not measured.

    Parameters
    ----------
    table : as `cxlab.experience.money.chain.value_chain` gives it
    beneath : {node: words under its name}
    """
    links = table[table["kind"] == "link"]
    nodes = [n for n in _ORDER if n in set(links["source"]) | set(links["target"])]
    upright = narrow(ax)
    at = {n: i / (len(nodes) - 1) for i, n in enumerate(nodes)}
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    size = text_size(ax)
    wide, tall = (0.34, 0.11) if upright else (0.145, 0.17)

    def place(name: str) -> tuple[float, float]:
        return (0.19, 0.93 - 0.86 * at[name]) if upright else (0.075 + 0.85 * at[name], 0.47)

    sides = {}
    for row in links.sort_values("source", key=lambda s: s.map(at)).itertuples():
        skip = nodes.index(row.target) - nodes.index(row.source)
        if skip > 1:
            above = row.source == nodes[0]
            sides[row.Index] = (skip, above)
    for row in links.itertuples():
        skip, above = sides.get(row.Index, (1, True))
        _arrow(ax, row, place(row.source), place(row.target), skip, above, upright, (wide, tall), size)
    for name in nodes:
        x, y = place(name)
        corner, style = (x - wide / 2, y - tall / 2), "round,pad=0,rounding_size=0.015"
        ax.add_patch(FancyBboxPatch(corner, wide, tall, boxstyle=style, facecolor="white", edgecolor=INK, zorder=5))
        words = (beneath or {}).get(name, "")
        shift = (0.02 if upright else 0.03) if words else 0.0
        ax.text(x, y + shift, name, ha="center", va="center", fontsize=size, fontweight="bold", color=INK, zorder=6)
        if words:
            cut = words if len(words) <= 18 else words[:17] + "…"
            ax.text(x, y - shift - 0.005, cut, ha="center", va="center", fontsize=size - 1, color=MUTED, zorder=6)
    return ax


def _arrow(ax, row, start, end, skip: int, above: bool, upright: bool, box, size: float) -> None:
    """One link: straight between neighbours, in an arc past the boxes between."""
    measured = row.status == "measured"
    strength = abs(row.standardised) if measured and np.isfinite(row.standardised) else 0.0
    colour = BLUE if measured and row.shown else MUTED
    style = "-" if measured and row.shown else "--" if measured else ":"
    width = 1.2 + 6.0 * min(strength, 1.0)
    wide, tall = box
    words = "not measured"
    if measured:
        words = f"{number(row.value, digits=2)}\n({number(row.low, digits=2)} to {number(row.high, digits=2)})"
    if skip == 1:
        gap = 0.008
        if upright:
            a, b = (start[0], start[1] - tall / 2 - gap), (end[0], end[1] + tall / 2 + gap)
            text, ha, va = (start[0] + 0.03, (a[1] + b[1]) / 2), "left", "center"
        else:
            a, b = (start[0] + wide / 2 + gap, start[1]), (end[0] - wide / 2 - gap, end[1])
            text, ha, va = ((a[0] + b[0]) / 2, start[1] + 0.045), "center", "bottom"
        bow = 0.0
    else:
        sign = 1 if above else -1
        if upright:
            a = (start[0] + wide / 2, start[1] + (0.03 if above else -0.02))
            b = (end[0] + wide / 2, end[1] + (0.01 if above else -0.03))
            far = 0.30 if not above else 0.42 + 0.10 * (skip - 2)
            bow = far
            text = (a[0] + (far if above else 0.3) * 0.75, (a[1] + b[1]) / 2)
            ha, va = "left", "center"
        else:
            shift = -0.03 if above else 0.0
            a = (start[0] + shift, start[1] + sign * (tall / 2 + 0.01))
            b = (end[0] + (0.02 if above else 0.0), end[1] + sign * (tall / 2 + 0.01))
            bow = 0.17 * skip if above else 0.36
            text = ((a[0] + b[0]) / 2, a[1] + sign * (0.75 * bow + 0.015))
            ha, va = "center", "bottom" if above else "top"
    curve = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    path = Path(_curve(a, b, bow, upright, above), curve) if skip > 1 else Path([a, b])
    head = f"-|>,head_width={2.5 + 0.5 * width},head_length={4 + width / 2}"
    ax.add_patch(FancyArrowPatch(path=path, arrowstyle=head,
                                 color=colour, linewidth=width, linestyle=style, zorder=2, mutation_scale=1,
                                 capstyle="butt", joinstyle="miter"))  # fmt: skip
    ax.text(*text, words, ha=ha, va=va, fontsize=size - 1, color=INK if measured else MUTED, linespacing=1.15, zorder=7,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.9})  # fmt: skip


def _curve(a, b, bow: float, upright: bool, above: bool) -> list[tuple[float, float]]:
    """A cubic from a to b that bows aside by three quarters of `bow`."""
    if upright:
        return [a, (a[0] + bow, a[1]), (b[0] + bow, b[1]), b]
    sign = 1 if above else -1
    return [a, (a[0], a[1] + sign * bow), (b[0], b[1] + sign * bow), b]
