"""Pictures of customer lifetime value: each draws one plain table on the axes it is given, and returns them.

Every number drawn comes from the table, intervals always with it. Titles are left to the report or the lesson,
and so is the caption with n, period and the level of the intervals.
"""

from __future__ import annotations

from cxlab.cltv.charts.contracts import draw_cohort_triangle, draw_residual, draw_survival
from cxlab.cltv.charts.duplicates import draw_duplicates
from cxlab.cltv.charts.histories import draw_expected_purchases, draw_histories, draw_p_alive, history_grid
from cxlab.cltv.charts.parameters import draw_parameters, draw_prior_predictive, draw_shrinkage
from cxlab.cltv.charts.validation import draw_calibration, draw_holdout, draw_pit, draw_tracking
from cxlab.cltv.charts.value import (
    draw_clv_cac,
    draw_lorenz,
    draw_payback,
    draw_segment_values,
    draw_value_distribution,
)

__all__ = [
    "draw_calibration",
    "draw_clv_cac",
    "draw_cohort_triangle",
    "draw_duplicates",
    "draw_expected_purchases",
    "draw_histories",
    "draw_holdout",
    "draw_lorenz",
    "draw_p_alive",
    "draw_parameters",
    "draw_payback",
    "draw_pit",
    "draw_prior_predictive",
    "draw_residual",
    "draw_segment_values",
    "draw_shrinkage",
    "draw_survival",
    "draw_tracking",
    "draw_value_distribution",
    "history_grid",
]
