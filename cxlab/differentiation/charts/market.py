"""Pictures of a market: shares, a rival's cut, what would answer it, prices that earn, what people would pay."""

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
    SAND,
    figure_style,
    name_rows,
    narrow,
    note,
    write_axis,
)  # fmt: skip
from cxlab.wording import chance_of, money, number, share


def _reach(table: pd.DataFrame, column: str) -> list[pd.Series]:
    return [
        (table[column] - table[f"{column}_low"]).clip(lower=0), (table[f"{column}_high"] - table[column]).clip(lower=0)
    ]  # fmt: skip


def _amount(value: float, unit: str, currency: str) -> str:
    return number(value) if unit else money(value, currency)


def _money_axis(axis, words: str, unit: str, currency: str) -> None:
    write_axis(axis, f"{words}, {unit or currency or 'money'}", unit="" if unit else "money", currency=currency)


@figure_style()
def draw_shares(ax: Axes, table: pd.DataFrame, *, own: str) -> Axes:
    """Share of each product with its interval, ours dark.

    Parameters
    ----------
    table : product, price, share, share_low, share_high
    """
    y = np.arange(len(table))
    ax.barh(y, table["share"], height=0.55, color=[BLUE if p == own else PALE_BLUE for p in table["product"]], zorder=2)
    ax.errorbar(table["share"], y, xerr=_reach(table, "share"), linestyle="none", ecolor=INK, elinewidth=1.2, capsize=3,
                zorder=3)  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        note(ax, share(row.share), (row.share_high, i), shift=(6, 0))
    name_rows(ax, table["product"], least=4)
    ax.set_xlim(0, min(1.0, float(table["share_high"].max())) * 1.2)
    write_axis(ax.xaxis, "Share of those who choose among these", unit="share")
    return ax


@figure_style()
def draw_price_attack(
    ax: Axes, table: pd.DataFrame, *, own: str, rival: str, cut: float, lowest: float = -np.inf
) -> Axes:
    """Our buyers that stay along a rival's cut, with band; paler where nobody was asked about such a price.

    Parameters
    ----------
    table : cut, rival_price, kept, kept_low, kept_high
    cut : marked
    lowest : price shown
    """
    asked = table["rival_price"] >= lowest - 1e-9
    ax.fill_between(table["cut"], table["kept_low"], table["kept_high"], color=PALE_BLUE, alpha=0.6, linewidth=0)
    ax.plot(table["cut"], table["kept"], color=BLUE, linewidth=1.2, linestyle=":")
    ax.plot(table["cut"][asked], table["kept"][asked], color=BLUE, linewidth=2)
    row = table.iloc[(table["cut"] - cut).abs().argmin()]
    ax.plot([row.cut, row.cut, 0], [0, row.kept, row.kept], color=MUTED, linewidth=0.8, linestyle="--", zorder=1)
    ax.plot(row.cut, row.kept, marker="o", color=BLUE, markersize=6, zorder=4)
    words = f"{share(row.kept)} stay" if narrow(ax) else (
        f"{share(row.kept)} stay ({share(row.kept_low)} to {share(row.kept_high)})")  # fmt: skip
    note(ax, words, (row.cut, row.kept), shift=(8, 8), ha="left", va="bottom", ground=True)
    if not asked.all():
        note(ax, "dotted: price not shown to anybody", (1, 0), frame="axes", shift=(-2, 4), ha="right", va="bottom",
             colour=MUTED, ground=True)  # fmt: skip
    ax.set_xlim(0, table["cut"].max())
    ax.set_ylim(0, 1.05)
    write_axis(ax.xaxis, f"{rival} cuts its price by", unit="share")
    write_axis(ax.yaxis, f"Buyers of {own} who stay", unit="share")
    return ax


@figure_style()
def draw_answers(ax: Axes, table: pd.DataFrame, *, before: float, own: str) -> Axes:
    """Our share after each answer to a rival's cut, with intervals; the line is the share before it.

    Parameters
    ----------
    table : answer, share, share_low, share_high, p_back
    before : share before the cut
    """
    y = np.arange(len(table))
    ax.axvline(before, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    note(ax, f"before: {share(before)}", (before, 1), frame="above", shift=(0, 3), ha="center", va="bottom")
    ax.errorbar(table["share"], y, xerr=_reach(table, "share"), linestyle="none", marker="o", color=BLUE,
                markersize=5.5, elinewidth=1.4, capsize=2.5, zorder=3)  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        if not narrow(ax) and "keeps" not in row.answer:
            note(ax, f"P: {chance_of(row.p_back)}", (1, i), frame="beside", shift=(6, 0), colour=MUTED)
    name_rows(ax, table["answer"], least=4)
    write_axis(ax.xaxis, f"Share of {own} after it" + " (P: of no loss)" * (not narrow(ax)), unit="share")
    return ax


@figure_style()
def draw_best_price(
    ax: Axes, table: pd.DataFrame, *, own: str, per: int = 100, unit: str = "", currency: str = ""
) -> Axes:
    """Profit along our price with band; today's price and the best are marked, and where the best may lie.

    Parameters
    ----------
    table : price, profit, profit_low, profit_high, p_best, note
    """
    ax.fill_between(table["price"], table["profit_low"], table["profit_high"], color=PALE_BLUE, alpha=0.6, linewidth=0)
    ax.plot(table["price"], table["profit"], color=BLUE, linewidth=2)
    ax.axhline(0, color=LINE, linewidth=0.8)
    for row in table[table["note"] != ""].itertuples():
        best = "best" in row.note
        ax.plot(row.price, row.profit, marker="o" if best else "D", color=BLUE if best else INK, markersize=6.5,
                markerfacecolor=BLUE if best else "white", zorder=4)  # fmt: skip
        note(ax, f"{row.note}: {_amount(row.price, unit, currency)}", (row.price, row.profit),
             shift=(0, 9 if best else -9), ha="center", va="bottom" if best else "top", ground=True)  # fmt: skip
    likely = table[table["p_best"] > 0]
    ax.axvspan(likely["price"].min(), likely["price"].max(), color=SAND, zorder=0, linewidth=0)
    note(ax, "shaded: where the best may lie", (0, 1), frame="axes", shift=(0, 4), va="bottom", colour=MUTED)
    _money_axis(ax.xaxis, f"Price of {own}", unit, currency)
    _money_axis(ax.yaxis, f"Profit for {per} people", unit, currency)
    return ax


@figure_style()
def draw_willingness(
    ax: Axes, table: pd.DataFrame, people: np.ndarray, *, unit: str = "", currency: str = "", within: float = np.inf
) -> Axes:
    """What people would pay, a hill an attribute; a mark the median, a bar its interval.

    Parameters
    ----------
    table : attribute, median, median_low, median_high, share_positive
    people : amounts, shape (draws of people, attributes), in the order of the table
    within : widest amount that prices shown can tell; drawn no further
    """
    finite = np.where(np.isfinite(people), people, np.nan)
    low, high = np.nanquantile(finite, [0.03, 0.97], axis=0)
    # a few who hardly mind the price would pay fortunes: they are drawn as far as it can be read
    far = max(2 * within, 1.5 * float(table["median"].abs().max()))
    low, high = np.maximum(low, -far), np.minimum(high, far)
    low, high = min(low.min(), table["median_low"].min(), 0.0), max(high.max(), table["median_high"].max(), 0.0)
    room = 0.04 * max(high - low, 1e-9)
    low, high = low - room, high + room
    for end in (-within, within):
        if low < end < high:
            ax.axvline(end, color=MUTED, linewidth=0.8, linestyle=":", zorder=1)
            note(ax, "prices shown lie this far apart" if end > 0 and not narrow(ax) else "", (end, 1), frame="above",
                 shift=(0, 3), ha="center", va="bottom", colour=MUTED)  # fmt: skip
    grid = np.linspace(low, high, 200)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    for i, row in enumerate(table.itertuples()):
        own = people[:, i]
        own = own[np.isfinite(own)]
        hill = _density(own, grid)
        ax.fill_between(grid, i - 0.72 * hill, i, color=PALE_BLUE, alpha=0.85, linewidth=0, zorder=2 + 0.01 * i)
        ax.plot(grid, i - 0.72 * hill, color=BLUE, linewidth=1.0, zorder=2 + 0.01 * i)
        ax.plot([row.median_low, row.median_high], [i + 0.09] * 2, color=INK, linewidth=2.2, zorder=5)
        ax.plot(row.median, i + 0.09, marker="D", color=INK, markerfacecolor="white", markersize=5, zorder=6)
        words = _amount(row.median, unit, currency)
        if not narrow(ax):
            words += f"; {share(row.share_positive)} above 0"
        note(ax, words, (1, i), frame="beside", shift=(6, -2))
    name_rows(ax, table["attribute"], least=3)
    ax.set_ylim(len(table) - 0.6, -0.95)
    ax.set_xlim(low, high)
    _money_axis(ax.xaxis, "What people would pay (mark: the median and its interval)", unit, currency)
    return ax


def _density(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Height of the distribution along a grid, 1 at its top, as smooth as Silverman's rule."""
    if len(values) < 2:
        return np.zeros(len(grid))
    spread = min(values.std(), np.subtract(*np.quantile(values, [0.75, 0.25])) / 1.349) or values.std()
    step = grid[1] - grid[0]
    width = max(0.9 * spread * len(values) ** -0.2, step) or step
    counts, _ = np.histogram(values, np.append(grid - step / 2, grid[-1] + step / 2))
    kernel = np.exp(-0.5 * (np.subtract.outer(grid, grid) / width) ** 2)
    hill = kernel @ counts
    return hill / max(hill.max(), 1e-300)


@figure_style()
def draw_worth(ax: Axes, table: pd.DataFrame, *, own: str, unit: str = "", currency: str = "") -> Axes:
    """What each change is worth on the market, with intervals; left of 0 it costs.

    Parameters
    ----------
    table : change, value, value_low, value_high, share, p_gain
    """
    y = np.arange(len(table))
    colours = np.where(table["value"] >= 0, BLUE, ORANGE)
    ax.barh(y, table["value"], height=0.5, color=colours, zorder=2)
    ax.errorbar(table["value"], y, xerr=_reach(table, "value"), linestyle="none", ecolor=INK, elinewidth=1.2, capsize=3,
                zorder=3)  # fmt: skip
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    for i, row in enumerate(table.itertuples()):
        note(ax, _amount(row.value, unit, currency), (1, i), frame="beside", shift=(6, 0))
    name_rows(ax, table["change"], least=4)
    _money_axis(ax.xaxis, f"What {own} could ask more at today's share", unit, currency)
    return ax


@figure_style()
def draw_offered(ax: Axes, table: pd.DataFrame, *, chance: float) -> Axes:
    """Share chosen of the times offered, a row a level, with intervals; the line is chance.

    Parameters
    ----------
    table : attribute, level, chosen, chosen_low, chosen_high
    """
    y = np.arange(len(table))
    ax.axvline(chance, color=MUTED, linewidth=0.9, linestyle="--", zorder=1)
    at = {"frame": "above", "shift": (0, 3), "ha": "center", "va": "bottom"}
    note(ax, f"chance: {share(chance)}", (chance, 1), colour=MUTED, **at)
    ax.errorbar(table["chosen"], y, xerr=_reach(table, "chosen"), linestyle="none", marker="o", color=BLUE,
                markersize=5, elinewidth=1.4, capsize=2.5, zorder=3)  # fmt: skip
    for i in np.flatnonzero(table["attribute"].ne(table["attribute"].shift()))[1:]:
        ax.axhline(i - 0.5, color=LINE, linewidth=0.8)
    names = [a if a == level else f"{a}: {level}" for a, level in zip(table["attribute"], table["level"], strict=True)]
    name_rows(ax, names, least=4)
    ax.set_xlim(left=0)
    write_axis(ax.xaxis, "Chosen, of the times it was offered", unit="share")
    return ax
