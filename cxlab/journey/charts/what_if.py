"""What changes when a touchpoint is mended: every quantity before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import canvas, extent, say, width_of, wrap
from cxlab.journey.charts.parts import box, whisker
from cxlab.journey.charts.rows import NAME, SMALL, in_points, scale_of
from cxlab.style import BLUE, INK, LINE, MUTED, NARROW, PALE_BLUE, figure_style
from cxlab.wording import quantity


@figure_style()
def draw_what_if(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Every quantity before and after the change, each on its own scale, with intervals and the difference in words.

    Parameters
    ----------
    table : quantity, unit, as_is, to_be, difference, each with _low and _high
    """
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    left = 4 + (0.0 if narrow else 0.2 * width)
    right = width - (0.36 if narrow else 0.3) * width
    tall, start = (46.0 if narrow else 38.0), 14.0
    canvas(ax, start + tall * len(table))
    key = (("o", MUTED, "white", "as it is"), ("s", BLUE, BLUE, "to be"))
    at = left
    for marker, colour, face, words in key:
        ax.plot([at + 4], [5], marker=marker, markersize=5.5, color=colour, markerfacecolor=face, linestyle="none")
        say(ax, at + 12, 5, words, size=NAME, ha="left", colour=colour, bold=True)
        at += 26 + extent(words, NAME, bold=True)
    say(ax, right + 10, 5, "difference", size=NAME, ha="left", bold=True)
    for i, row in enumerate(table.to_dict("records")):
        top = start + tall * i
        unit = str(row.get("unit", ""))

        def write(value, unit=unit):
            return quantity(value, unit, currency) if np.isfinite(value) else "–"

        shown = [row.get(f"{state}{end}", np.nan) for state in ("as_is", "to_be") for end in ("", "_low", "_high")]
        known = np.array([v for v in shown if v is not None and np.isfinite(v)])
        scale = scale_of(known, left, right, False)
        if i:
            ax.plot([0, width], [top, top], color=LINE, linewidth=0.6, zorder=0)
        first = top + (17 if narrow else 12)
        if narrow:
            say(ax, 0, top + 7, str(row["quantity"]), size=NAME, ha="left", bold=True)
        else:
            lines = wrap(str(row["quantity"]), left - 10, NAME, lines=3, bold=True)
            for j, words in enumerate(lines):
                say(ax, 0, top + tall / 2 + 9.8 * (j - (len(lines) - 1) / 2), words, size=NAME, ha="left", bold=True)
        ax.plot([scale(0.0)] * 2, [first - 6, first + 20], color="#B9C1C7", linewidth=0.9, zorder=1)
        for j, (state, marker, colour, face) in enumerate((("as_is", "o", MUTED, "white"), ("to_be", "s", BLUE, BLUE))):
            y = first + 14 * j
            value, low, high = (float(row.get(f"{state}{end}", np.nan)) for end in ("", "_low", "_high"))
            if not np.isfinite(value):
                continue
            box(ax, min(scale(0.0), scale(value)), y - 2.5, abs(scale(value) - scale(0.0)), 5, zorder=0,
                facecolor=LINE if state == "as_is" else PALE_BLUE)  # fmt: skip
            ends = np.array([scale(low), scale(high)])
            whisker(ax, ends, np.array([y, y]), colour=colour)
            ax.plot([scale(value)], [y], marker=marker, markersize=5.5, color=colour, markerfacecolor=face,
                    markeredgewidth=1.4, zorder=6)  # fmt: skip
            far = max(ends.max() if np.isfinite(ends).all() else scale(value), scale(value))
            words, wide = write(value), extent(write(value), NAME, bold=True)
            inside = far + 6 + wide > right + 8
            say(ax, far + 6 if not inside else min(ends[0], scale(value)) - 6, y, words, size=NAME, bold=True,
                ha="right" if inside else "left", colour=colour, ground="white").set_zorder(7)  # fmt: skip
        change, low, high = (float(row.get(f"difference{end}", np.nan)) for end in ("", "_low", "_high"))
        sure = np.isfinite([low, high]).all() and (low > 0 or high < 0)
        if not np.isfinite(change):
            continue
        words = f"{'+' if change > 0 else ''}{write(change)}" if unit != "share" else in_points(change)
        say(ax, right + 10, first + 1, words, size=NAME + 1, ha="left", bold=sure, colour=INK if sure else MUTED)
        if np.isfinite([low, high]).all():
            ends = [in_points(v).removesuffix(" points") if unit == "share" else write(v) for v in (low, high)]
            ends = " to ".join(ends)
            say(ax, right + 10, first + 13, ends, size=SMALL, ha="left", colour=MUTED)
    return ax
