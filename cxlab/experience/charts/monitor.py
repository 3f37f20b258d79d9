"""Pictures of a measure that is watched: control chart with its limits, and when its level moved."""

from __future__ import annotations

from textwrap import shorten

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

from cxlab.experience.monitor.change_point import likely
from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    SAND,
    figure_style,
    key_above,
    narrow,
    note,
    text_size,
    write_axis,
)
from cxlab.wording import share

_STRIP = 0.2  # of the height, for the chance of a change


@figure_style()
def draw_control(ax: Axes, table: pd.DataFrame, *, unit: str = "", name: str = "", period: str = "week") -> Axes:
    """Values of single periods and their weighted mean, each with its limits; signals are large and labelled by shape.

    Parameters
    ----------
    table : a row a period: period (date), phase, n, value, expected, low, high, mean, mean_low, mean_high, signal
    unit : of the values ("share", "points", …)
    name : what is measured, for the axis
    """
    _control(ax, table, unit=unit, name=name, period=period, strip=0.0)
    return ax


@figure_style()
def draw_monitor(ax: Axes, table: pd.DataFrame, *, unit: str = "", name: str = "", period: str = "week") -> Axes:
    """The control chart, and beneath it the chance that the level moved for good in each period.

    Parameters
    ----------
    table : that of `draw_control` with change_probability
    """
    _control(ax, table, unit=unit, name=name, period=period, strip=_STRIP)
    _chances(ax.inset_axes([0, 0, 1, _STRIP - 0.03]), _days(table), table["change_probability"], ax=ax)
    return ax


@figure_style()
def draw_change(ax: Axes, table: pd.DataFrame, *, unit: str = "", name: str = "", period: str = "week") -> Axes:
    """Values of every period, and beneath them the chance that the level moved for good in each.

    Parameters
    ----------
    table : a row a period: period (date), n, value, probability
    """
    ax.plot(_days(table), table["value"], color=MUTED, linewidth=0.8, marker="o", markersize=3, label="value")
    _axes(ax, table, unit=unit, name=name, period=period, strip=_STRIP, ends=[table["value"]])
    _chances(ax.inset_axes([0, 0, 1, _STRIP - 0.03]), _days(table), table["probability"], ax=ax)
    return ax


def _control(ax: Axes, table: pd.DataFrame, *, unit: str, name: str, period: str, strip: float) -> None:
    at = _days(table)
    watched = table["phase"] == "watched"
    edge = at[watched].iloc[0] - (at.iloc[1] - at.iloc[0]) / 2
    ax.axvspan(at.iloc[0] - (at.iloc[1] - at.iloc[0]), edge, color=SAND, linewidth=0, zorder=0)
    note(ax, "baseline", (at.iloc[0], 1), frame="above", shift=(0, -2), va="top", colour=MUTED)
    handles = []
    own = table[table["low"].notna()].assign(period=at)
    step = {"where": "mid", "color": MUTED, "linewidth": 1.0, "linestyle": ":"}
    if len(own) == 1:
        step |= {"marker": "_", "markersize": 12}  # a line of one point is none
    handles += ax.step(own["period"], own["low"], **step, label=f"limits of a {period}")
    ax.step(own["period"], own["high"], **step)
    band = {"color": BLUE, "linewidth": 1.0, "linestyle": "--"}
    ax.fill_between(own["period"], own["mean_low"], own["mean_high"], color=BLUE, alpha=0.12, linewidth=0)
    handles += ax.plot(own["period"], own["mean_low"], **band, label="limits of the mean")
    ax.plot(own["period"], own["mean_high"], **band)
    ax.plot(at, table["expected"], color=MUTED, linewidth=0.8)
    handles.insert(0, ax.plot(at, table["value"], color=LINE, linewidth=0.8, marker="o", markersize=3.2,
                              markerfacecolor=INK, markeredgecolor=INK, label=period)[0])  # fmt: skip
    handles.insert(1, ax.plot(at[watched], table["mean"][watched], color=BLUE, linewidth=2, label="weighted mean")[0])
    single = table["signal"].str.contains(r"(?:^|and )(?:low|high)", regex=True)
    drift = table["signal"].str.contains("drifts")
    big = {"linestyle": "none", "markersize": 8, "markeredgecolor": INK, "zorder": 5}
    if single.any():
        handles += ax.plot(
            at[single], table["value"][single], marker="D", color=ORANGE, **big, label=f"{period} outside"
        )
    if drift.any():
        big |= {"markersize": 6, "markeredgecolor": ORANGE, "markeredgewidth": 1.4}
        handles += ax.plot(at[drift], table["mean"][drift], marker="s", color="white", **big, label="mean outside")
    ends = [table[c] for c in ("value", "low", "high", "mean_low", "mean_high")]
    _axes(ax, table, unit=unit, name=name, period=period, strip=strip, ends=ends)
    key_above(ax, handles, [h.get_label() for h in handles], left=True)


def _days(table: pd.DataFrame) -> pd.Series:
    return pd.Series(date2num(table["period"]), index=table.index)


def _axes(ax: Axes, table: pd.DataFrame, *, unit: str, name: str, period: str, strip: float, ends) -> None:
    values = np.concatenate([e.to_numpy(float) for e in ends])
    low, high = np.nanmin(values), np.nanmax(values)
    room = 0.06 * (high - low or 1.0)
    low, high = low - room, high + 2 * room
    ax.set_ylim(low - (high - low) * strip / (1 - strip), high)
    at = _days(table)
    wide = at.iloc[1] - at.iloc[0]
    ax.set_xlim(at.iloc[0] - wide, at.iloc[-1] + wide)
    locator = AutoDateLocator(maxticks=5 if narrow(ax) else 9, minticks=3)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    write_axis(ax.xaxis, f"First day of the {period}" if period != "day" else "Day")
    name = shorten(name, 60, placeholder=" …")
    write_axis(ax.yaxis, name[:1].upper() + name[1:] + (f", {unit}" if unit == "points" else ""),
               unit=unit if unit == "share" else "")  # fmt: skip
    ax.set_yticks([tick for tick in ax.get_yticks() if low <= tick <= high and not (unit == "share" and tick > 1)])
    if unit == "share":
        write_axis(ax.yaxis, ax.get_ylabel(), unit="share")


def _chances(strip: Axes, at: pd.Series, chance: pd.Series, *, ax: Axes) -> None:
    """Bars of the chance that a change begins in each period, their largest named."""
    wide = (at.iloc[1] - at.iloc[0]) * 0.9
    most = float(chance.max())
    strip.bar(at, chance, width=wide, color=MUTED, linewidth=0)
    strip.set_xlim(ax.get_xlim())
    strip.set_ylim(0, max(most, 0.05) * 1.9)
    strip.set_xticks([])
    strip.set_yticks([])
    strip.patch.set_alpha(0)
    strip.spines[["left", "bottom"]].set_visible(False)
    strip.axhline(strip.get_ylim()[1], color=LINE, linewidth=0.8)
    words = "chance that the level moved for good" + (
        "" if narrow(ax) else f", by period; {likely(chance.sum())} in all"
    )
    size = text_size(ax)
    note(strip, words, (0, 1), frame="axes", shift=(3, -2), va="top", colour=MUTED).set_fontsize(size - 1)
    top = int(chance.to_numpy().argmax())
    right = top > len(at) / 2
    if most > 0.02:
        note(strip, share(most), (at.iloc[top], most), shift=(-4 if right else 4, 0), ha="right" if right else "left",
             colour=INK).set_fontsize(size - 1)  # fmt: skip
