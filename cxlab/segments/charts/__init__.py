"""Pictures of segments: each draws one plain table on the axes it is given, and returns them."""

from __future__ import annotations

from cxlab.segments.charts.rfm import draw_rfm
from cxlab.segments.charts.stability import draw_segment_stability, draw_sizes, draw_stability

__all__ = ["draw_rfm", "draw_segment_stability", "draw_sizes", "draw_stability"]
