"""What the pictures of this room are made of: columns, lanes and curves of the map, bars, whiskers and marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from scipy.interpolate import PchipInterpolator

from cxlab.style import INK, MARKERS, ORANGE, SAND, TEAL

#: points between two lanes and between two stages
GAP = 5.0
#: what can be said of a touchpoint, with its sign and colour
MARKS = {"pain": ("v", ORANGE), "moment of truth": ("D", INK), "peak": ("^", TEAL)}
#: share by which journeys must differ for a second bar to be drawn
MOVED = 0.02
#: a bar of the second state
OUTLINE = {"facecolor": "none", "edgecolor": INK, "linewidth": 1.0, "linestyle": (0, (2, 1.5)), "zorder": 4}


@dataclass(frozen=True)
class Place:
    """Where things stand: the ends of the lanes, middle and width of every touchpoint's column, ends of every stage.

    `tall` stretches the lanes that have a scale.
    """

    left: float
    right: float
    middle: np.ndarray
    width: np.ndarray
    stages: tuple[tuple[str, float, float], ...]
    size: float
    tall: float = 1.0

    @property
    def small(self) -> float:
        return self.size - 0.8


@dataclass(frozen=True)
class Curve:
    """An emotional curve: a value with its interval a touchpoint, and how it is told from the others."""

    name: str
    emotion: np.ndarray
    low: np.ndarray
    high: np.ndarray
    position: int
    colour: str


@dataclass(frozen=True)
class Lane:
    """A lane: its height, what draws it from a y downwards, its name and what stands beneath the name."""

    height: float
    draw: Callable[[Axes, float, float], None]
    name: str = ""
    beneath: str = ""
    gap: float = GAP
    shaded: bool = True
    axis: bool = False  # whether words of an axis stand beside it


def measured(table: pd.DataFrame, column: str) -> bool:
    """Whether a column is there and says something."""
    return column in table and bool(table[column].notna().any())


def values(table: pd.DataFrame, column: str) -> np.ndarray:
    """A column as numbers, missing where there is none."""
    return table[column].to_numpy(float, na_value=np.nan) if column in table else np.full(len(table), np.nan)


def box(ax: Axes, x: float, y: float, width: float, height: float, **style) -> Rectangle:
    """A rectangle without edges unless asked for."""
    return ax.add_patch(Rectangle((x, y), width, height, **{"edgecolor": "none", "linewidth": 0} | style))


def leaving(ax: Axes, x: float, y: float, width: float, height: float) -> None:
    """The part of a bar that leaves: orange, and hatched for eyes that do not see it."""
    box(ax, x, y, width, height, facecolor=ORANGE, edgecolor="white", hatch="////", zorder=2)


def whisker(ax: Axes, x, y, *, colour: str = INK, cap: float = 2.0) -> None:
    """An interval between two points, upright or level, with caps."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or (x[0] == x[1] and y[0] == y[1]):
        return
    ax.plot(x, y, color=colour, linewidth=1.1, solid_capstyle="butt", zorder=5)
    for px, py in zip(x, y, strict=True):
        upright = x[0] == x[1]
        ends = ([px - cap, px + cap], [py, py]) if upright else ([px, px], [py - cap, py + cap])
        ax.plot(*ends, color=colour, linewidth=1.1, zorder=5)


def marker(curve: Curve) -> dict:
    """How the points of a curve look."""
    return {"linestyle": "none", "marker": MARKERS[curve.position], "markersize": 4.6, "markerfacecolor": "white",
            "markeredgecolor": curve.colour, "markeredgewidth": 1.4, "zorder": 6}  # fmt: skip


def smooth(x: np.ndarray, y: np.ndarray, fine: np.ndarray) -> np.ndarray | None:
    """A curve through the points that never overshoots them; nothing where a point is missing."""
    if not np.isfinite(y).all():
        return None
    return PchipInterpolator(x, y)(fine) if len(x) > 1 else y


def marks_of(mark: object) -> list[str]:
    """The known marks of a touchpoint.

    >>> marks_of("pain, moment of truth"), marks_of(None)
    (['pain', 'moment of truth'], [])
    """
    return [m.strip() for m in mark.split(",") if m.strip() in MARKS] if isinstance(mark, str) else []


def ground_of(place: Place, x: float) -> str:
    """The colour behind a place across."""
    return SAND if any(start <= x <= end for _, start, end in place.stages[::2]) else "white"
