"""Pictures of returns: the density of NPV, options side by side, cash flows, tornado, shares of uncertainty."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PALE_BLUE,
    figure_style,
    key_above,
    name_rows,
    narrow,
    note,
    write_axis,
)
from cxlab.wording import chance_of, money, share

#: options that can be read
_MOST = 14


def _money_label(words: str, currency: str) -> str:
    return f"{words} ({currency})" if currency else words


@figure_style()
def draw_npv_density(ax: Axes, npv: np.ndarray, *, level: float = 0.9, currency: str = "") -> Axes:
    """How likely each net present value is: losses hatched left of 0, gains right of it, mean and interval beneath.

    Parameters
    ----------
    npv : shape (draws,), money
    """
    low, high = np.quantile(npv, [(1 - level) / 2, (1 + level) / 2])
    if np.ptp(npv) < 1e-9 * max(1.0, abs(npv).max()):
        ax.axvline(npv[0], color=BLUE, linewidth=2)
        ax.set_yticks([])
        note(ax, f"always {money(npv[0], currency)}", (npv[0], 0.5), frame="above", shift=(6, 0))
        write_axis(ax.xaxis, _money_label("Net present value", currency), unit="money", currency=currency)
        return ax
    first, last = np.quantile(npv, [0.002, 0.998])
    step = (last - first) / 44
    edges = np.arange(np.floor(first / step), np.ceil(last / step) + 1) * step  # 0 is an edge: no bar is both
    height = np.histogram(npv, edges)[0] / len(npv)
    middle, loses = (edges[1:] + edges[:-1]) / 2, edges[1:] <= step / 2
    ax.bar(middle[~loses], height[~loses], width=step, color=PALE_BLUE, edgecolor=BLUE, linewidth=0.5)
    ax.bar(middle[loses], height[loses], width=step, color="white", edgecolor=ORANGE, hatch="////", linewidth=0.5)
    ax.axvline(0, color=INK, linewidth=1.0)
    top = float(height.max())
    ax.set_ylim(-0.14 * top, 1.2 * top)
    ax.plot([low, high], [-0.07 * top] * 2, color=INK, linewidth=2.2, solid_capstyle="butt")
    ax.plot(npv.mean(), -0.07 * top, "o", color=INK, markersize=7)
    p_loss = float((npv < 0).mean())
    if p_loss:
        note(ax, f"loses: {chance_of(p_loss)}", (0, 1), frame="axes", shift=(2, -2), va="top", colour=ORANGE)
    note(ax, f"pays: {chance_of((npv > 0).mean())}", (1, 1), frame="axes", shift=(-2, -2), ha="right", va="top",
         colour=BLUE)  # fmt: skip
    note(ax, f"mean {money(npv.mean(), currency)}", (npv.mean(), 1.08 * top), ha="center", ground=True)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    words = f"Net present value: draws, mean and {level * 100:g}\u00a0% interval"
    write_axis(ax.xaxis, _money_label(words, currency), unit="money", currency=currency)
    return ax


@figure_style()
def draw_options(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Expected net present value with interval, a row an option, and beside it how likely it pays.

    Parameters
    ----------
    table : name, evidence, npv, npv_low, npv_high, p_pays, the highest first; of many the first 14 are drawn
    """
    rows = table.head(_MOST)
    y = np.arange(len(rows))
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    for i, row in enumerate(rows.itertuples()):
        colour = BLUE if row.npv >= 0 else ORANGE
        ax.plot([row.npv_low, row.npv_high], [i, i], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
        known = row.npv_low > 0 or row.npv_high < 0
        ax.plot(row.npv, i, marker="o" if row.npv >= 0 else "s", markersize=7, color=colour,
                markerfacecolor=colour if known else "white", zorder=3)  # fmt: skip
        note(ax, chance_of(row.p_pays), (1, i), frame="beside", shift=(6, 0))
    note(ax, "pays", (1, 1), frame="axes", shift=(6, 4), va="bottom", colour=MUTED)
    name_rows(ax, rows["name"], rows.get("evidence"), least=3)
    ax.set_yticks(y, [t.get_text() for t in ax.get_yticklabels()])
    words = "Net present value, mean and interval (hollow: 0 is inside)"
    write_axis(ax.xaxis, _money_label(words, currency), unit="money", currency=currency)
    return ax


@figure_style()
def draw_cash_flows(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Money in and out by period as bars, and what has come back by then as a line with its interval.

    Parameters
    ----------
    table : as `cxlab.differentiation.returns.worth.cash_flow_table` gives it
    """
    x = table["year"].to_numpy(float)
    step = float(x[1] - x[0])
    ins = ax.bar(x, table["benefits"], width=0.5 * step, color=PALE_BLUE, edgecolor=BLUE, linewidth=0.8, zorder=2)
    out = ax.bar(x, -table["costs"], width=0.5 * step, color="white", edgecolor=ORANGE, hatch="////", linewidth=0.8,
                 zorder=2)  # fmt: skip
    ax.fill_between(x, table["cumulated_low"], table["cumulated_high"], color=LINE, alpha=0.75, linewidth=0, zorder=1)
    (line,) = ax.plot(x, table["cumulated"], color=INK, marker="o", markersize=4, linewidth=1.6, zorder=4)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=3)
    note(ax, money(table["cumulated"].iloc[-1], currency), (x[-1], table["cumulated"].iloc[-1]), shift=(6, 0))
    ax.set_xlim(x[0] - 0.6 * step, x[-1] + 0.5 * step)
    if len(x) <= 12:
        ax.set_xticks(x, ["start" if not v else f"{v:g}" for v in x])
    key_above(ax, [ins, out, line], ["in", "out", "back by then, discounted"])
    write_axis(ax.xaxis, "Year")
    write_axis(ax.yaxis, _money_label("Money", currency), unit="money", currency=currency)
    return ax


@figure_style()
def draw_tornado(ax: Axes, table: pd.DataFrame, *, base: float, currency: str = "") -> Axes:
    """The result when one input is at its low or high end and the others are at their middle, the widest first.

    Parameters
    ----------
    table : input, at_low, at_high (result), input_low, input_high, unit
    base : the result when all are at their middle
    """
    from cxlab.differentiation.returns.sensitivity import input_text

    for i, row in enumerate(table.itertuples()):
        for value, end, colour, hatch in (
            (row.at_low, row.input_low, ORANGE, "////"),
            (row.at_high, row.input_high, BLUE, ""),
        ):
            ax.barh(i, value - base, left=base, height=0.55, color="white" if hatch else PALE_BLUE, edgecolor=colour,
                    hatch=hatch, linewidth=1, zorder=2)  # fmt: skip
            right = value > base if value != base else end == row.input_high
            words = input_text(end, row.unit, currency)
            note(ax, words, (value, i), shift=(5 if right else -5, 0), ha="left" if right else "right", ground=True)
    ax.axvline(base, color=INK, linewidth=1.0, zorder=3)
    ends = table[["at_low", "at_high"]].to_numpy()
    wide = max(float(np.ptp(ends)), 1e-9)
    ax.set_xlim(ends.min() - (0.32 if narrow(ax) else 0.16) * wide, ends.max() + (0.32 if narrow(ax) else 0.16) * wide)
    if ax.get_xlim()[0] < 0 < ax.get_xlim()[1]:
        ax.axvline(0, color=MUTED, linewidth=0.8, linestyle="--", zorder=1)
        note(ax, "0", (0, 0), frame="above", shift=(3, 5), colour=MUTED)
    name_rows(ax, table["input"], least=3)
    handles = [ax.patches[0], ax.patches[1]] if len(ax.patches) > 1 else []
    key_above(ax, handles, ["input at its low end", "at its high end"][: len(handles)])
    words = f"Net present value; {money(base, currency)} in the middle"
    write_axis(ax.xaxis, _money_label(words, currency), unit="money", currency=currency)
    return ax


@figure_style()
def draw_uncertainty_shares(ax: Axes, table: pd.DataFrame) -> Axes:
    """The share of uncertainty that each input carries, with what it tells alone and beside all others.

    Parameters
    ----------
    table : input, share, alone, last, the largest share first
    """
    y = np.arange(len(table))
    bars = ax.barh(y, table["share"], height=0.5, color=PALE_BLUE, edgecolor=BLUE, linewidth=1, zorder=2)
    (alone,) = ax.plot(table["alone"], y, linestyle="none", marker="D", markersize=5, markerfacecolor="white",
                       color=INK, zorder=3)  # fmt: skip
    (last,) = ax.plot(table["last"], y, linestyle="none", marker="|", markersize=11, markeredgewidth=2, color=INK,
                      zorder=3)  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        note(ax, share(row.share), (1, i), frame="beside", shift=(6, 0))
    ax.set_xlim(0, 1.06 * max(0.05, float(table[["share", "alone", "last"]].to_numpy().max())))
    name_rows(ax, table["input"], least=3)
    key_above(ax, [bars, alone, last], ["share", "alone", "beside all others"])
    write_axis(ax.xaxis, "Share of the uncertainty of the result", unit="share")
    return ax
