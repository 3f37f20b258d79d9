"""Pictures of how customers move: each draws one plain table on the axes it is given, and returns them.

Every number drawn comes from the table, intervals always with it. Titles are left to the report or the lesson, and so
is the caption with n, period and the level of the intervals.
"""

from __future__ import annotations

from cxlab.journey.charts.attribution import draw_attribution
from cxlab.journey.charts.bars import draw_drop_off, draw_dwell, draw_loss, draw_moments
from cxlab.journey.charts.canvas import svg
from cxlab.journey.charts.flows import draw_step_flows
from cxlab.journey.charts.funnel import draw_funnel
from cxlab.journey.charts.graph import draw_graph
from cxlab.journey.charts.map import draw_map
from cxlab.journey.charts.matrices import draw_channels, draw_transitions
from cxlab.journey.charts.what_if import draw_what_if

__all__ = [
    "draw_attribution",
    "draw_channels",
    "draw_drop_off",
    "draw_dwell",
    "draw_funnel",
    "draw_graph",
    "draw_loss",
    "draw_map",
    "draw_moments",
    "draw_step_flows",
    "draw_transitions",
    "draw_what_if",
    "svg",
]
