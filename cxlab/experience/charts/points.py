"""Names beside points of a plane, where they cover neither points nor one another."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from cxlab.style import INK, note, text_size

#: where a name may stand, beside the cross of its intervals first: shift in points, and how it is aligned
_PLACES = (
    (5, 5, "left", "bottom"), (5, -5, "left", "top"), (-5, 5, "right", "bottom"), (-5, -5, "right", "top"),
    (8, 0, "left", "center"), (-8, 0, "right", "center"), (0, 8, "center", "bottom"), (0, -8, "center", "top"),
    (8, 15, "left", "bottom"), (8, -15, "left", "top"), (-8, 15, "right", "bottom"), (-8, -15, "right", "top"),
    (0, 22, "center", "bottom"), (0, -22, "center", "top"),
)  # fmt: skip


def name_points(ax: Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str], *, most: int = 18) -> None:
    """Write each name where it has the least in its way; limits of the axes must be final.

    Parameters
    ----------
    most : letters to a line; a name takes two lines at most
    """
    figure, size = ax.figure.get_figure(root=True), text_size(ax)
    # laid out now, so that what is measured is what is drawn
    figure.draw_without_rendering()
    scale = figure.dpi / 72
    at = ax.transData.transform(np.column_stack([x, y]))
    frame = ax.get_window_extent()
    taken: list[tuple[float, float, float, float]] = [(px - 4, py - 4, px + 4, py + 4) for px, py in at]
    for (px, py), a, b, name in zip(at, x, y, names, strict=True):
        lines = fill(str(name), most, break_long_words=False).split("\n")
        lines = lines if len(lines) <= 2 else [lines[0], lines[1][: most - 1] + "…"]
        wide, tall = 0.56 * size * scale * max(map(len, lines)), 1.25 * size * scale * len(lines)
        boxes = [_box(px, py, place, wide, tall, scale) for place in _PLACES]
        best = min(range(len(boxes)), key=lambda i: _cost(boxes[i], taken, frame) + 0.5 * i)
        dx, dy, ha, va = _PLACES[best]
        taken.append(boxes[best])
        note(ax, "\n".join(lines), (a, b), shift=(dx, dy), ha=ha, va=va, colour=INK)


def _box(px, py, place, wide, tall, scale) -> tuple[float, float, float, float]:
    dx, dy, ha, va = place
    left = px + dx * scale - {"left": 0, "center": wide / 2, "right": wide}[ha]
    low = py + dy * scale - {"bottom": 0, "center": tall / 2, "top": tall}[va]
    return left, low, left + wide, low + tall


def _cost(box, taken, frame) -> float:
    """Area that is covered twice, and area outside the axes, in pixels."""
    left, low, right, high = box
    covered = sum(max(0.0, min(right, r) - max(left, a)) * max(0.0, min(high, h) - max(low, b)) for a, b, r, h in taken)
    inside = max(0.0, min(right, frame.x1) - max(left, frame.x0)) * max(0.0, min(high, frame.y1) - max(low, frame.y0))
    return covered + 3 * ((right - left) * (high - low) - inside)
