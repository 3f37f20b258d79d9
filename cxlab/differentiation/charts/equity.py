"""Pictures of customer equity: what drives choice, what brands are worth, the fan over years, returns by driver."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from cxlab.experience.drivers.ratings import spoken
from cxlab.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PALE_BLUE,
    TEAL,
    figure_style,
    key_above,
    label_ends,
    look,
    name_rows,
    narrow,
    note,
    write_axis,
)
from cxlab.wording import chance_of, money, number, share


@figure_style()
def draw_equity_drivers(ax: Axes, table: pd.DataFrame) -> Axes:
    """Factor on the odds of being chosen, a row a driver, with interval, on a log scale; 1 is no difference.

    Parameters
    ----------
    table : driver, odds, odds_low, odds_high
    """
    ax.set_xscale("log")
    ax.axvline(1, color=INK, linewidth=0.8, zorder=1)
    for i, row in enumerate(table.itertuples()):
        inertia = row.driver == "inertia"
        colour = MUTED if inertia else BLUE
        known = row.odds_low > 1 or row.odds_high < 1
        ax.plot([row.odds_low, row.odds_high], [i, i], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
        ax.plot(row.odds, i, marker="s" if inertia else "o", color=colour, markersize=7, zorder=3,
                markerfacecolor=colour if known else "white")  # fmt: skip
        note(ax, f"× {number(row.odds)}", (1, i), frame="beside", shift=(6, 0))
    name_rows(ax, ["bought last" if d == "inertia" else spoken(d) for d in table["driver"]], least=3)
    low, high = min(0.9, table["odds_low"].min()), max(1.1, table["odds_high"].max())
    ax.set_xlim(low * 0.95, high * 1.05)
    ticks = [v for v in (0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 10, 20, 50, 100) if low * 0.95 <= v <= high * 1.05]
    ax.set_xticks(ticks)
    ax.xaxis.set_minor_locator(NullLocator())
    write_axis(ax.xaxis, "Odds of being chosen multiply by, for a rating point (hollow: 1 is inside)")
    ax.xaxis.set_major_formatter(lambda v, _: f"{v:g}")
    return ax


@figure_style()
def draw_customer_equity(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Customer equity by brand with interval, its share of all, and the share who bought it last beside.

    Parameters
    ----------
    table : brand, equity, low, high, share, bought_last
    """
    y = np.arange(len(table))
    ax.barh(y, table["equity"], height=0.5, color=PALE_BLUE, edgecolor=BLUE, linewidth=1, zorder=2)
    reach = [table["equity"] - table["low"], table["high"] - table["equity"]]
    ax.errorbar(table["equity"], y, xerr=np.maximum(reach, 0), linestyle="none", ecolor=INK, elinewidth=1.2, capsize=3,
                zorder=3)  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        words = f"{money(row.equity, currency)}" if narrow(ax) else f"{money(row.equity, currency)}, {share(row.share)}"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    name_rows(ax, table["brand"], [f"{share(v)} bought it last" for v in table["bought_last"]], least=3)
    ax.set_xlim(min(0.0, float(table["low"].min())), 1.05 * float(table["high"].max()))
    label = "Customer equity" + (f" ({currency} of today)" if currency else "")
    write_axis(ax.xaxis, label, unit="money", currency=currency)
    return ax


@figure_style()
def draw_equity_fan(ax: Axes, table: pd.DataFrame, *, currency: str = "", level: float = 0.9) -> Axes:
    """Margin by year: the fan of how it is (middle half and all of the level), lines for the scenarios.

    Parameters
    ----------
    table : scenario, year, margin, low, high, inner_low, inner_high; the first scenario is as it is
    """
    names = list(table["scenario"].unique())
    first = table[table["scenario"] == names[0]]
    x = first["year"].to_numpy(float)
    if len(x) == 1:  # a band needs a width
        x = np.array([x[0] - 0.2, x[0] + 0.2])
        first = pd.concat([first, first])
    wide = ax.fill_between(x, first["low"], first["high"], color=PALE_BLUE, alpha=0.55, linewidth=0, zorder=1)
    half = ax.fill_between(x, first["inner_low"], first["inner_high"], color=PALE_BLUE, linewidth=0, zorder=1)
    ends = []
    for i, name in enumerate(names):
        rows = table[table["scenario"] == name]
        style = look(i, marker=True)
        ax.plot(rows["year"], rows["margin"], linewidth=1.8, markersize=4.5, zorder=3, **style)
        ends.append((float(rows["year"].iloc[-1]), float(rows["margin"].iloc[-1]), i, style["color"]))
    low, high = float(table["low"].min()), float(table["high"].max())
    ax.set_ylim(max(0.0, low - 0.15 * (high - low)) if low >= 0 else low * 1.1, high + 0.1 * (high - low))
    ax.set_xlim(x.min() - 0.1, x.max() + 0.05 * max(np.ptp(x), 1))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    write_axis(ax.xaxis, "Year")
    label = "Margin of the year" + (f" ({currency})" if currency else "")
    write_axis(ax.yaxis, label, unit="money", currency=currency)
    handles = [*ax.lines[:1], half, wide]
    words = ["as it is", "middle half", f"{level * 100:g} %"]
    for i, name in enumerate(names[1:], 1):
        handles.append(next(line for line in ax.lines if line.get_color() == look(i)["color"]))
        words.append(name)
    key_above(ax, handles, words)
    label_ends(ax, [(x_, y_, money(y_, currency), colour) for x_, y_, _, colour in ends])
    return ax


@figure_style()
def draw_driver_returns(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Equity gained by driver: rivals standing still, and answering; its cost as a line; how likely it pays beside.

    Parameters
    ----------
    table : driver, points, gain, gain_low, gain_high, answered, answered_low, answered_high, cost, p_pays
    """
    sides = (("gain", "rivals stand still", BLUE, "o", -0.13), ("answered", "rivals answer", TEAL, "s", 0.13))
    handles = []
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    y = np.arange(len(table))
    for name, _, colour, marker, shift in sides:
        ax.hlines(y + shift, table[f"{name}_low"], table[f"{name}_high"], color=colour, linewidth=2.0, zorder=2)
        (mark,) = ax.plot(table[name], y + shift, linestyle="none", marker=marker, color=colour, markersize=6, zorder=3)
        handles.append(mark)
    known = table["cost"].notna().to_numpy()
    words = [side[1] for side in sides]
    if known.any():
        handles.append(ax.vlines(table["cost"][known], y[known] - 0.36, y[known] + 0.36, color=ORANGE, linewidth=2.2,
                                 linestyle="--", zorder=4))  # fmt: skip
        words.append("cost")
        note(ax, "pays", (1, 1), frame="axes", shift=(6, 4), va="bottom", colour=MUTED)
        for i, row in enumerate(table.itertuples()):
            note(ax, chance_of(row.p_pays) if known[i] else "–", (1, i), frame="beside", shift=(6, 0))
    name_rows(ax, table["driver"].map(spoken), [f"+{p:g} points" for p in table["points"]], least=3)
    key_above(ax, handles, words, left=True)
    label = "Customer equity gained" + (f" ({currency} of today)" if currency else "")
    write_axis(ax.xaxis, label, unit="money", currency=currency)
    return ax
