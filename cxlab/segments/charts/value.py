"""Pictures of worth: value by segment, what serving costs against it, and the whale curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MARKERS,
    MUTED,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    SERIES,
    TEXT,
    figure_style,
    name_rows,
    narrow,
    note,
    text_size,
    write_axis,
)  # fmt: skip
from cxlab.wording import count, money, share

_THIN = {"color": MUTED, "linewidth": 0.9, "linestyle": (0, (4, 3))}
_ALL = "all"


def _in(currency: str) -> str:
    return f", {currency}" if currency else ""


@figure_style()
def draw_segment_value(
    ax: Axes, table: pd.DataFrame, *, label: str = "Value of a customer", noun: str = "customers", currency: str = ""
) -> Axes:
    """Value of a customer by segment, bars from zero with intervals, the highest first; all customers as a line.

    Parameters
    ----------
    table : a row a segment, the one named "all" standing for everybody: segment, customers, share, value, low, high,
        value_share
    label, noun : what the value is, and whose
    """
    parts = table[table["segment"] != _ALL] if len(table) > 1 else table
    parts = parts.sort_values("value", ascending=False, kind="stable")
    whole = table[table["segment"] == _ALL]
    y = np.arange(len(parts))
    reach = np.maximum([parts["value"] - parts["low"], parts["high"] - parts["value"]], 0)
    ax.barh(y, parts["value"], color=PALE_BLUE, edgecolor=BLUE, linewidth=0.8, height=0.6, label="value")
    ax.errorbar(parts["value"], y, xerr=reach, linestyle="none", color=INK, elinewidth=1.6, capsize=3, label="interval")
    for at, row in zip(y, parts.itertuples(), strict=True):
        words = money(row.value, currency)
        if not narrow(ax):
            words += f" ({money(row.low, currency)} to {money(row.high, currency)})"
        note(ax, words, (max(row.high, 0), at), shift=(6, 0), ground=True)
    if len(whole) and len(table) > 1:
        mean = float(whole["value"].iloc[0])
        ax.axvline(mean, **_THIN, zorder=0)
        note(ax, f"all {money(mean, currency)}", (mean, 1), frame="above", shift=(0, 3), ha="center", va="bottom",
             colour=MUTED)  # fmt: skip
    beneath = [f"{share(r.share)} of {noun}, {share(r.value_share)} of value" for r in parts.itertuples()]
    if narrow(ax):
        beneath = [f"{share(r.share)} hold {share(r.value_share)}" for r in parts.itertuples()]
    name_rows(ax, parts["segment"], beneath, least=3)
    room = 1.4 if narrow(ax) else 1.45
    ax.set_xlim(min(0.0, 1.1 * float(parts["low"].min())), room * max(float(parts["high"].max()), 1e-9))
    write_axis(ax.xaxis, label + _in(currency), unit="money", currency=currency)
    return ax


@figure_style()
def draw_cost_to_serve(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Mean value against mean cost to serve of each segment with both intervals; means of all part the four corners.

    Parameters
    ----------
    table : a row a segment and "all": segment, customers, value, value_low, value_high, cost, cost_low, cost_high
    """
    known = table[table["value"].notna()]
    parts, whole = known[known["segment"] != _ALL], known[known["segment"] == _ALL]
    top = 1.12 * float(parts["value_high"].max())
    wide = 1.12 * float(parts["cost_high"].max())
    left = min(0.0, 0.9 * float(parts["cost_low"].min()))
    floor = min(0.0, 1.1 * float(parts["value_low"].min()))
    for row in whole.itertuples():
        ax.axvline(row.cost, **_THIN, zorder=1)
        ax.axhline(row.value, **_THIN, zorder=1)
        note(ax, "all", (row.cost, 1), frame="above", shift=(0, 2), ha="center", va="bottom", colour=MUTED)
    end = min(top, wide)
    if end > 0.15 * top:
        ax.fill_between([0, end], [floor, floor], [0, end], color=PALE_ORANGE, alpha=0.55, linewidth=0, zorder=0,
                        hatch="////", edgecolor="white", label="costs more than it brings")  # fmt: skip
    for i, row in enumerate(parts.itertuples()):
        reach = {"xerr": [[row.cost - row.cost_low], [row.cost_high - row.cost]],
                 "yerr": [[row.value - row.value_low], [row.value_high - row.value]]}  # fmt: skip
        colour = SERIES[i % len(SERIES)]
        ax.errorbar(row.cost, row.value, **reach, color=colour, marker=MARKERS[i % len(MARKERS)], markersize=7,
                    elinewidth=1.8, capsize=3, zorder=3, label=row.segment)  # fmt: skip
    ax.set_xlim(left, wide * (1.25 if narrow(ax) else 1.12))
    ax.set_ylim(floor, top)
    _name_points(ax, parts, narrow(ax))
    for x, y, words, ha in ((0.01, 0.985, "worth more, costs less", "left"), (0.99, 0.02, "worth less, costs more",
                                                                               "right")):  # fmt: skip
        note(ax, words, (x, y), frame="axes", colour=MUTED, ha=ha, va="top" if y > 0.5 else "bottom",
             ground=True).set_style("italic")  # fmt: skip
    write_axis(ax.xaxis, "Cost to serve a customer" + _in(currency), unit="money", currency=currency)
    write_axis(ax.yaxis, "Value of a customer" + _in(currency), unit="money", currency=currency)
    return ax


def _name_points(ax: Axes, parts: pd.DataFrame, short: bool) -> None:
    """Names beside the points, to the side where there is room, and clear of one another."""
    x0, x1 = ax.get_xlim()
    y0, y1 = ax.get_ylim()
    height = ax.figure.get_figure(root=True).get_size_inches()[1] * 72 * 0.8
    step = (1.3 if short else 2.5) * text_size(ax) / height * (y1 - y0)
    taken: list[float] = []
    for i, row in sorted(enumerate(parts.itertuples()), key=lambda pair: -pair[1].value):
        y = row.value
        while any(abs(y - other) < step for other in taken):
            y -= step / 4
        taken.append(y)
        words = row.segment if short else f"{row.segment}\n{count(row.customers)} customers"
        right = row.cost_high - x0 < 0.62 * (x1 - x0)
        at = (row.cost_high if right else row.cost_low, y)
        colour = SERIES[i % len(SERIES)]
        note(ax, words, at, shift=(7 if right else -7, 0), ha="left" if right else "right",
             colour=TEXT.get(colour, colour), ground=True)  # fmt: skip


@figure_style()
def draw_whale(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Cumulative profit, the most profitable customers first: the highest point, and what the tail takes away.

    Parameters
    ----------
    table : a row a point: customer_share, profit, low, high (money), peak (bool); profit_later where there is a second
        period
    """
    start = {"customer_share": 0.0, "profit": 0.0, "low": 0.0, "high": 0.0, "peak": False, "profit_later": 0.0}
    t = pd.concat([pd.DataFrame([{k: v for k, v in start.items() if k in table}]), table], ignore_index=True)
    x, profit = t["customer_share"].to_numpy(float), t["profit"].to_numpy(float)
    ax.fill_between(x, t["low"], t["high"], color=BLUE, alpha=0.22, linewidth=0, label="interval")
    ax.plot(x, profit, color=BLUE, linewidth=1.8, label="profit")
    peaks = t.index[t["peak"].astype(bool)]
    at = int(peaks[0]) if len(peaks) else len(t) - 1
    high, end = float(profit[at]), float(profit[-1])
    falls = high - end > 0.005 * max(abs(high), 1e-9)
    if falls:
        tail = x >= x[at]
        ax.fill_between(x[tail], profit[tail], high, color=PALE_ORANGE, linewidth=0, hatch="////", edgecolor="white",
                        zorder=1, label="taken away")  # fmt: skip
        ax.plot(x[tail], np.full(tail.sum(), high), color=TEXT[ORANGE], linewidth=0.9, linestyle=(0, (2, 2)))
    if "profit_later" in t:
        ax.plot(x, t["profit_later"], color=INK, linewidth=1.3, linestyle="--", label="later")
        then = t["profit_later"].to_numpy(float)
        here = int(np.argmax(then >= 0.4 * max(then.max(), 1e-9)))
        note(ax, "the same customers,\nnext period", (x[here], then[here]), shift=(9, 0), va="top")
    ax.plot([x[at]], [high], marker="o", color=INK, markersize=5, zorder=4, label="peak")
    ceiling = 1.28 * max(float(t["high"].max()), 1e-9)
    ax.set_xlim(0, 1)
    ax.set_ylim(min(0.0, 1.1 * float(t[["low", "profit"]].min().min())), ceiling)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=1)
    words = f"{money(high, currency)} from {share(x[at])}" + ("" if narrow(ax) else " of customers")
    right = x[at] > 0.5
    top = max(float(t["high"].iloc[at]), high)
    note(ax, words, (min(x[at], 0.995), top), shift=(0, 5), ha="right" if right else "left", va="bottom", ground=False)
    if falls:
        lost = f"{money(end - high, currency)}: taken\naway by the others"
        under = min([float(t["low"].iloc[-1]), *([float(t["profit_later"].iloc[-1])] if "profit_later" in t else [])])
        note(ax, lost, (0.985, under), shift=(0, -6), ha="right", va="top", colour=ORANGE)
    write_axis(ax.xaxis, "Customers, most profitable first", unit="share")
    write_axis(ax.yaxis, "Profit, added up" + _in(currency), unit="money", currency=currency)
    ax.spines["left"].set_color(LINE)
    return ax
