"""Pictures of one series, or one place, against where it would have gone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from cxlab.differentiation.charts.quasi import begin_line, time_axis, unit_words
from cxlab.style import BLUE, INK, LINE, MUTED, ORANGE, figure_style, key_above, name_rows, note, write_axis
from cxlab.wording import share


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


@figure_style()
def draw_synthetic(
    ax: Axes, table: pd.DataFrame, *, name: str, outcome: str, measured: str = "", currency: str = "", begins: str = ""
) -> Axes:
    """A treated place and its mix; before treatment the two ought to be one line.

    Parameters
    ----------
    table : a row a period: period, treated, mix, low, high, after
    """
    at = date2num(table["period"])
    after = table["after"].to_numpy(bool)
    low, high = table["low"].where(after), table["high"].where(after)
    handles = [
        *ax.plot(at, table["treated"], color=BLUE, linewidth=1.9, label=name),
        *ax.plot(at, table["mix"], color=ORANGE, linewidth=1.6, linestyle="--", label="mix of others, with interval"),
    ]
    if np.isfinite(low[after]).all():
        ax.fill_between(at, low, high, color=ORANGE, alpha=0.18, lw=0)
    begin_line(ax, at, after, begins)
    time_axis(ax, at)
    write_axis(ax.yaxis, outcome + unit_words(measured, currency), unit=measured, currency=currency)
    key_above(ax, handles, [h.get_label() for h in handles])
    return ax


@figure_style()
def draw_placebos(
    ax: Axes, periods, gap: np.ndarray, others: np.ndarray, first: int, *, name: str, outcome: str, measured: str = "",
    currency: str = "", begins: str = "",
) -> Axes:  # fmt: skip
    """The gap of the treated place to its mix among those of places where nothing was done.

    Parameters
    ----------
    gap : shape (periods,); others : shape (places, periods); first : first treated period
    """
    at = date2num(periods)
    handles = ax.plot(at, gap, color=BLUE, linewidth=2.2, zorder=3, label=name)
    for i, other in enumerate(others):
        line = ax.plot(at, other, color=MUTED, linewidth=0.7, alpha=0.55, label=f"{len(others)} places untreated")
        handles += line if i == 0 else []
    ax.axhline(0, color=INK, linewidth=0.8)
    begin_line(ax, at, np.arange(len(at)) >= first, begins)
    time_axis(ax, at)
    write_axis(ax.yaxis, f"{outcome}: gap to the mix{unit_words(measured, currency)}", unit=measured, currency=currency)
    key_above(ax, handles, [h.get_label() for h in handles])
    return ax


@figure_style()
def draw_donors(
    ax: Axes, table: pd.DataFrame, *, effect: float, outcome: str, measured: str = "", currency: str = ""
) -> Axes:
    """The effect without each donor, beside the effect with all; the share of each stands with its name.

    Parameters
    ----------
    table : a row a donor: donor, weight, effect_without
    """
    name_rows(ax, table["donor"], [share(w) for w in table["weight"]], least=4)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.axvline(effect, color=BLUE, linewidth=1.4, linestyle="--")
    ax.hlines(range(len(table)), effect, table["effect_without"], color=LINE, linewidth=2)
    ax.plot(table["effect_without"], range(len(table)), linestyle="none", marker="o", markersize=6, color=BLUE)
    note(ax, "with all", (effect, 1), frame="above", shift=(0, 4), ha="center", va="bottom", colour=BLUE)
    label = f"effect on {outcome} without this place{unit_words(measured, currency)}"
    write_axis(ax.xaxis, label, unit=measured, currency=currency)
    return ax
