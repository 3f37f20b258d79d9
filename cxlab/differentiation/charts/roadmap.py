"""Pictures of how sure a plan is, what simpler rules lose, what the next euro brings, and what is worth learning."""

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
    name_rows,
    narrow,
    note,
    rows_that_fit,
    write_axis,
)
from cxlab.wording import money, share


@figure_style()
def draw_robustness(ax: Axes, table: pd.DataFrame) -> Axes:
    """In how many draws each option is part of the best plan; filled: in the plan, hollow: left out.

    Parameters
    ----------
    table : name, period (0: left out), p_in_best, p_low, p_high, why
    """
    table = table.sort_values("p_in_best", ascending=False).head(rows_that_fit(ax, lines=2))
    y = np.arange(len(table))
    taken = (table["period"] > 0).to_numpy()
    ax.barh(y, table["p_in_best"], height=0.55, color=np.where(taken, BLUE, "white"), edgecolor=BLUE, zorder=2)
    ax.hlines(y, table["p_low"], table["p_high"], color=INK, linewidth=1.3, zorder=3)
    for i, row in enumerate(table.itertuples()):
        when = f"period {row.period}" if row.period else "left out"
        note(ax, f"{share(row.p_in_best)}, {when}", (max(row.p_high, row.p_in_best), i), shift=(6, 0), ground=True)
    ax.set_xlim(0, 1.45 if narrow(ax) else 1.25)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1] if not narrow(ax) else [0, 0.5, 1])
    name_rows(ax, table["name"], least=4)
    write_axis(ax.xaxis, "Share of draws in whose best plan it is", unit="share")
    return ax


@figure_style()
def draw_regret(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """What each rule loses against the best plan: expected, with interval over draws.

    Parameters
    ----------
    table : rule, regret, regret_low, regret_high
    """
    y = np.arange(len(table))
    ax.axvline(0, color=MUTED, linewidth=1.0, zorder=1)
    ax.hlines(y, table["regret_low"], table["regret_high"], color=PALE_BLUE, linewidth=6, zorder=2)
    ax.plot(table["regret"], y, linestyle="none", marker="o", color=BLUE, markersize=7, zorder=3)
    for i, row in enumerate(table.itertuples()):
        note(ax, money(row.regret, currency), (row.regret, i), shift=(0, 9), ha="center", va="bottom", ground=True)
    name_rows(ax, table["rule"], least=4)
    write_axis(ax.xaxis, f"Lost against the best plan{f' ({currency})' if currency else ''}", unit="money",
               currency=currency)  # fmt: skip
    return ax


@figure_style()
def draw_frontier(ax: Axes, table: pd.DataFrame, *, budget: float, currency: str = "") -> Axes:
    """Value of the best plan by budget, with the interval of what it may be worth; the line is where we are.

    Parameters
    ----------
    table : budget, value, value_low, value_high
    """
    x = table["budget"]
    ax.fill_between(x, table["value_low"], table["value_high"], color=PALE_BLUE, linewidth=0, zorder=1)
    ax.plot(x, table["value"], color=BLUE, linewidth=2.2, marker="o", markersize=4.5, zorder=3)
    ax.axhline(0, color=LINE, linewidth=1.0, zorder=0)
    ax.axvline(budget, color=ORANGE, linestyle="--", linewidth=1.2, zorder=2)
    note(ax, "our budget", (budget, 1), frame="above", shift=(4, -8), colour=ORANGE, va="top", ground=True)
    last = table.iloc[-1]
    note(ax, money(last["value"], currency), (last["budget"], last["value"]), shift=(-4, 7), ha="right", va="bottom")
    unit = f" ({currency})" if currency else ""
    write_axis(ax.xaxis, f"Budget of all periods{unit}", unit="money", currency=currency)
    write_axis(ax.yaxis, f"Value of the best plan{unit}", unit="money", currency=currency)
    return ax


@figure_style()
def draw_learning(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """What knowing each option for sure is worth (hollow) and what a pilot brings after its cost and delay (filled).

    Parameters
    ----------
    table : name, evppi, net
    """
    table = table.head(rows_that_fit(ax, lines=2))
    y = np.arange(len(table))
    ax.axvline(0, color=MUTED, linewidth=1.0, zorder=1)
    ax.barh(y, table["evppi"], height=0.55, facecolor="white", edgecolor=BLUE, zorder=2, label="knowing for sure")
    known = table["net"].notna().to_numpy()
    colours = np.where(table["net"].fillna(0) > 0, BLUE, ORANGE)
    ax.barh(y[known], table["net"][known], height=0.28, color=colours[known], zorder=3)
    for i, row in enumerate(table.itertuples()):
        at = max(row.evppi, 0 if np.isnan(row.net) else row.net, 0)
        words = money(row.evppi, currency)
        words += "" if np.isnan(row.net) else f", pilot net {money(row.net, currency)}"
        note(ax, words, (at, i), shift=(5, 0), ground=True)
    high = max(float(table["evppi"].max()), float(table["net"].max(skipna=True)) if known.any() else 0.0, 1e-9)
    low = min(0.0, float(table["net"].min(skipna=True)) if known.any() else 0.0)
    ax.set_xlim(max(low, -0.6 * high) * 1.05, high * (2.6 if narrow(ax) else 1.7))
    name_rows(ax, table["name"], least=4)
    write_axis(ax.xaxis, f"Worth of knowing (hollow), of a pilot after cost and delay (filled)"
               f"{f', {currency}' if currency else ''}", unit="money", currency=currency)  # fmt: skip
    return ax
