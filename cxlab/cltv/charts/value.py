"""Pictures of worth: over customers, by segment, by channel against what they cost, and over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cxlab.errors import unknown
from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PALE_BLUE,
    SAND,
    figure_style,
    key_above,
    label_ends,
    look,
    name_rows,
    narrow,
    note,
    rows_that_fit,
    write_axis,
)
from cxlab.wording import count, money, number, share

_THIN = {"color": INK, "linewidth": 0.8, "linestyle": (0, (2, 2))}


@figure_style()
def draw_value_distribution(ax: Axes, table: pd.DataFrame, *, currency: str = "", bins: int = 40) -> Axes:
    """How many customers are worth how much, on a logarithmic axis; median and best tenth marked with their intervals.

    Parameters
    ----------
    table : a row a customer, or distinct rows of customers: value, value_low, value_high, and customers where a row
        stands for several
    """
    import seaborn as sns

    weight = table["customers"].to_numpy(float) if "customers" in table else np.ones(len(table))
    value = table["value"].to_numpy(float)
    order = np.argsort(value)
    rank = np.cumsum(weight[order]) / weight.sum()

    def at(share_below):
        return table.iloc[order[min(np.searchsorted(rank, share_below), len(order) - 1)]]

    # what is worth next to nothing is counted in the first bar, or the axis would stretch over it without end
    least = max(float(at(0.002)["value"]), float(at(0.99)["value"]) * 1e-4, 1e-9)
    sns.histplot(
        x=np.maximum(value, least),
        weights=weight,
        bins=bins,
        log_scale=(True, False),
        ax=ax,
        color=PALE_BLUE,
        edgecolor="white",
        linewidth=0.6,
        alpha=1,
    )
    top = max(bar.get_height() for bar in ax.patches)
    for place, marker, words, y in ((0.5, "o", "median", 1.22), (0.9, "s", "best tenth from", 1.08)):
        row = at(place)
        reach = np.maximum([[row["value"] - row["value_low"]], [row["value_high"] - row["value"]]], 0)
        ax.vlines(row["value"], 0, y * top, **_THIN)
        style = {"color": BLUE, "marker": marker, "markersize": 5, "elinewidth": 2, "capsize": 3}
        ax.errorbar(row["value"], y * top, xerr=reach, label=words, **style)
        ends = "" if narrow(ax) else f" ({money(row['value_low'], currency)} to {money(row['value_high'], currency)})"
        words = f"{words} {money(row['value'], currency)}{ends}"
        note(ax, words, (max(row["value_high"], row["value"]), y * top), shift=(7, 0), ground=True)
    ax.set_ylim(0, 1.32 * top)
    ax.xaxis.set_minor_formatter("")
    label = "Expected value of a customer" + _in(currency) + " (logarithmic)"
    write_axis(ax.xaxis, label, unit="money", currency=currency)
    write_axis(ax.yaxis, "Customers", unit="count")
    return ax


def _in(currency: str) -> str:
    return f", {currency}" if currency else ""


@figure_style()
def draw_lorenz(ax: Axes, table: pd.DataFrame, *, mark: float = 0.1) -> Axes:
    """Share of all value held by the most valuable customers, with its band; that of the best tenth written out.

    Parameters
    ----------
    table : customer_share (from the most valuable down), value_share, low, high, each 0 … 1
    mark : share of customers whose share of value is written out
    """
    t = table.sort_values("customer_share")
    x, mean, low, high = (np.append(0.0, t[c]) for c in ("customer_share", "value_share", "low", "high"))
    ax.fill_between(x, low, high, color=BLUE, alpha=0.25, linewidth=0, label="interval")
    ax.plot(x, mean, color=BLUE, linewidth=1.8, label="value")
    ax.plot([0, 1], [0, 1], color=MUTED, linestyle="--", linewidth=1, label="all alike")
    held, at_low, at_high = (float(np.interp(mark, x, v)) for v in (mean, low, high))
    ax.vlines(mark, 0, held, **_THIN)
    ax.hlines(held, 0, mark, **_THIN)
    reach = [[max(held - at_low, 0)], [max(at_high - held, 0)]]
    ax.errorbar(mark, held, yerr=reach, color=INK, marker="o", markersize=5, elinewidth=2, zorder=4, label="marked")
    words = f"● best {share(mark)} of customers:\n{share(held)} of value\n({share(at_low)} to {share(at_high)})"
    note(ax, words, (0.98, 0.05), frame="axes", ha="right", va="bottom")
    note(ax, "if all were alike", (0.62, 0.62), shift=(8, -4), va="top", colour=MUTED)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    write_axis(ax.xaxis, "Customers, most valuable first", unit="share")
    write_axis(ax.yaxis, "Share of expected value", unit="share")
    return ax


@figure_style()
def draw_segment_values(ax: Axes, table: pd.DataFrame, *, measure: str = "each", currency: str = "") -> Axes:
    """Value by segment, as bars from zero with intervals; all customers together as a line.

    Parameters
    ----------
    table : a row a segment, the one named "all" standing for everybody: segment, customers, and `measure`,
        `measure`_low, `measure`_high
    measure : "each" (mean a customer) or "total"
    """
    if measure not in ("each", "total"):
        raise unknown("measure", measure, ("each", "total"))
    low, high = f"{measure}_low", f"{measure}_high"
    several = len(table) > 1
    parts = table[table["segment"] != "all"] if several else table
    left_out = f"; {rows_that_fit(ax)} largest of {len(parts)}" if len(parts) > rows_that_fit(ax) else ""
    parts = parts.nlargest(rows_that_fit(ax), "customers").sort_values(measure, ascending=False)
    y = np.arange(len(parts))
    reach = np.maximum([parts[measure] - parts[low], parts[high] - parts[measure]], 0)
    ax.barh(y, parts[measure], color=PALE_BLUE, height=0.62, label=measure)
    ax.errorbar(parts[measure], y, xerr=reach, linestyle="none", color=INK, elinewidth=1.6, capsize=3, label="interval")
    for at, row in zip(y, parts.to_dict("records"), strict=True):
        ends = "" if narrow(ax) else f" ({money(row[low], currency)} to {money(row[high], currency)})"
        note(ax, money(row[measure], currency) + ends, (max(row[high], 0), at), shift=(6, 0), ground=True)
    whole = table[table["segment"] == "all"]
    if several and measure == "each" and len(whole):
        row = whole.iloc[0]
        ax.axvspan(row[low], row[high], color=LINE, alpha=0.8, linewidth=0, zorder=0, label="all interval")
        ax.axvline(row[measure], color=MUTED, linestyle="--", linewidth=1, label="all")
        words = f"all {money(row[measure], currency)}"
        note(ax, words, (row[measure], 1), frame="above", shift=(0, 3), ha="center", va="bottom", colour=MUTED)
    name_rows(ax, parts["segment"], [f"{count(n)} customers" for n in parts["customers"]], least=3)
    ax.set_xlim(min(0.0, 1.1 * float(parts[low].min())), 1.1 * max(float(parts[high].max()), 1e-9))
    words = "Expected value of a customer" if measure == "each" else "Expected value of the whole segment"
    write_axis(ax.xaxis, words + _in(currency) + left_out, unit="money", currency=currency)
    return ax


@figure_style()
def draw_clv_cac(ax: Axes, table: pd.DataFrame, *, currency: str = "", time_unit: str = "week") -> Axes:
    """What a new customer is worth and what it cost to win one, by channel, with the chance that it pays.

    Parameters
    ----------
    table : a row a channel: channel, cac (cost of a new customer), clv, clv_low, clv_high, p_above (P(CLV > CAC)),
        payback (in `time_unit` until the cost is back, missing when it is not; written where there is room)
    """
    table = table.sort_values("p_above", ascending=False, kind="stable")
    y = np.arange(len(table))
    reach = np.maximum([table["clv"] - table["clv_low"], table["clv_high"] - table["clv"]], 0)
    ax.set_xlim(0, 1.05 * float(max(table["clv_high"].max(), table["cac"].max())))
    ax.hlines(y, 0, 1, transform=ax.get_yaxis_transform(), color=LINE, linewidth=0.6, zorder=0)
    style = {"color": BLUE, "linestyle": "none", "marker": "o", "markersize": 6, "elinewidth": 2.4, "zorder": 3}
    worth = ax.errorbar(table["clv"], y, xerr=reach, label="worth (CLV)", **style)
    style = {"color": ORANGE, "linestyle": "none", "marker": "|", "markersize": 16, "markeredgewidth": 2.6, "zorder": 4}
    ax.plot(table["cac"], y, label="cost (CAC)", **style)
    for at, row in zip(y, table.to_dict("records"), strict=True):
        ratio = row["clv"] / row["cac"] if row["cac"] > 0 else np.inf
        words = f"{number(ratio, digits=2)}×, {share(row['p_above'])}"
        if "payback" in row and not narrow(ax) and len(table) <= rows_that_fit(ax, lines=2):
            back = row["payback"]
            words += "\nnot paid back" if not np.isfinite(back) else f"\nback after {_short(back)} {time_unit}s"
        note(ax, words, (1, at), frame="beside", shift=(8, 0))
    head = "CLV:CAC,\nP(CLV > CAC)"
    note(ax, head, (1, 1), frame="axes", shift=(8, 0), va="bottom", colour=MUTED)
    name_rows(ax, table["channel"])
    write_axis(ax.xaxis, "A new customer" + _in(currency), unit="money", currency=currency)
    cost = Line2D([], [], color=ORANGE, linestyle="none", marker="|", markersize=9, markeredgewidth=2.6)
    key_above(ax, [worth, cost], ["worth (CLV)", "cost (CAC)"])
    return ax


@figure_style()
def draw_payback(ax: Axes, table: pd.DataFrame, *, currency: str = "", time_unit: str = "week") -> Axes:
    """Margin a new customer has brought by time less what winning the customer cost; where it crosses zero, it is back.

    Parameters
    ----------
    table : a row a point of time: time (in `time_unit` since the first purchase), value (cumulative margin a customer),
        low, high, cac; channel where there are several
    """
    channels = list(dict.fromkeys(table["channel"])) if "channel" in table else ["all"]
    ends = []
    for i, channel in enumerate(channels):
        own = table[table["channel"] == channel] if "channel" in table else table
        style, time = look(i), own["time"].to_numpy(float)
        value, low, high = ((own[c] - own["cac"]).to_numpy(float) for c in ("value", "low", "high"))
        name = "margin less cost" if channels == ["all"] else str(channel)
        ax.fill_between(time, low, high, color=style["color"], alpha=0.2, linewidth=0, label=f"{name} interval")
        ax.plot(time, value, **style, linewidth=1.8, label=name)
        soon, back, late = (_first_above_zero(time, v) for v in (high, value, low))
        words = f"{name}\nnot back yet"
        if np.isfinite(back):
            until = f"to {_short(late)}" if np.isfinite(late) else "or later"
            words = f"{name}\nback after\n{_short(back)} {time_unit}s\n({_short(soon)} {until})"
            reach = [[back - soon], [(late if np.isfinite(late) else time[-1]) - back]]
            ax.errorbar(
                back,
                0,
                xerr=reach,
                color=style["color"],
                marker="o",
                markersize=5,
                elinewidth=3,
                zorder=4,
                label=f"{name} payback",
            )
        ends.append((time[-1], value[-1], words, style["color"]))
    ax.set_xlim(0, table["time"].max())
    ax.axhline(0, color=INK, linewidth=0.8, zorder=1)
    ax.set_ylim(*ax.get_ylim())
    ax.axhspan(min(ax.get_ylim()[0], 0), 0, color=SAND, linewidth=0, zorder=0, label="not paid back")
    write_axis(ax.xaxis, f"{time_unit.capitalize()}s since the first purchase")
    write_axis(ax.yaxis, "Margin less cost a customer" + _in(currency), unit="money", currency=currency)
    label_ends(ax, ends)
    return ax


def _short(time: float) -> str:
    """A length of time without digits that say nothing.

    >>> _short(12.34), _short(9.44), _short(9.0)
    ('12', '9.4', '9')
    """
    return f"{time:.0f}" if time >= 10 else f"{time:.1f}".removesuffix(".0")


def _first_above_zero(time: np.ndarray, value: np.ndarray) -> float:
    """Time at which a value first reaches zero, interpolated; infinite when it never does.

    >>> _first_above_zero(np.array([0., 10.]), np.array([-1., 3.]))
    2.5
    """
    above = np.flatnonzero(value >= 0)
    if not len(above):
        return np.inf
    i = above[0]
    if i == 0:
        return float(time[0])
    return float(time[i - 1] + (time[i] - time[i - 1]) * -value[i - 1] / (value[i] - value[i - 1]))
