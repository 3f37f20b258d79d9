"""Pictures of segments: each draws one plain table on the axes it is given, and returns them."""

from __future__ import annotations

from cxlab.segments.charts.migration import draw_migration, draw_net_change
from cxlab.segments.charts.profiles import draw_actionability, draw_profile_heat, draw_profiles
from cxlab.segments.charts.rfm import draw_rfm
from cxlab.segments.charts.stability import draw_segment_stability, draw_sizes, draw_stability
from cxlab.segments.charts.value import draw_cost_to_serve, draw_segment_value, draw_whale

__all__ = [
    "draw_actionability",
    "draw_cost_to_serve",
    "draw_migration",
    "draw_net_change",
    "draw_profile_heat",
    "draw_profiles",
    "draw_rfm",
    "draw_segment_stability",
    "draw_segment_value",
    "draw_sizes",
    "draw_stability",
    "draw_whale",
]
