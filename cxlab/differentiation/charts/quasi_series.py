"""Pictures of one series, or one place, against where it would have gone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from cxlab.differentiation.charts.quasi import begin_line, time_axis, unit_words
from cxlab.style import BLUE, INK, MUTED, ORANGE, figure_style, key_above, write_axis


@figure_style()
def draw_interrupted(
    ax: Axes, table: pd.DataFrame, *, outcome: str, measured: str = "", currency: str = "", begins: str = "",
    placebos: pd.DataFrame | None = None,
) -> Axes:  # fmt: skip
    """The series, its fitted course, and where it would have gone on; marks below where breaks show without cause.

    Parameters
    ----------
    table : a row a period: period, value, fitted, expected, expected_low, expected_high, after
    placebos : a row a date before treatment: at, low, high (of a break there)
    """
    at = date2num(table["period"])
    after = table["after"].to_numpy(bool)
    handles = [
        ax.plot(at, table["value"], linestyle="none", marker="o", markersize=3, color=MUTED, label="seen")[0],
        *ax.plot(at, table["fitted"], color=BLUE, linewidth=1.8, label="its course"),
        *ax.plot(at[after], table["expected"][after], color=ORANGE, linewidth=1.6, linestyle="--",
                 label="without treatment, with interval"),
    ]  # fmt: skip
    ax.fill_between(at[after], table["expected_low"][after], table["expected_high"][after], color=ORANGE, alpha=0.18,
                    lw=0)  # fmt: skip
    if placebos is not None and len(placebos):
        shown = (placebos["low"] > 0) | (placebos["high"] < 0)
        low, high = ax.get_ylim()
        ax.set_ylim(low - 0.08 * (high - low), high)
        foot = np.full(len(placebos), low - 0.02 * (high - low))
        days = date2num(placebos["at"])
        for own, mark, words in (
            (~shown, "|", "tried date: no break"),
            (shown, "x", "tried date: a break"),
        ):
            if own.any():
                handles += ax.plot(days[own], foot[own], linestyle="none", marker=mark, markersize=6, color=INK,
                                   label=words)  # fmt: skip
    begin_line(ax, at, after, begins, top=True)
    time_axis(ax, at)
    write_axis(ax.yaxis, outcome + unit_words(measured, currency), unit=measured, currency=currency)
    key_above(ax, handles, [h.get_label() for h in handles])
    return ax
