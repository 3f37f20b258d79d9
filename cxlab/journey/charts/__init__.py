"""Pictures of how customers move: each draws one plain table on the axes it is given, and returns them.

Every number drawn comes from the table, intervals always with it. Titles are left to the report or the lesson, and so
is the caption with n, period and the level of the intervals.
"""

from __future__ import annotations

from cxlab.journey.charts.canvas import svg
from cxlab.journey.charts.map import draw_map

__all__ = ["draw_map", "svg"]
