"""Pictures of worth: over customers, by segment, by channel against what they cost, and over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.errors import unknown
from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PALE_BLUE,
    TEXT,
    figure_style,
    look,
    narrow,
    text_size,
    write_axis,
)
from cxlab.wording import count, money, number, share


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
    pick = lambda q: table.iloc[order[min(np.searchsorted(rank, q), len(order) - 1)]]  # noqa: E731
    # what is worth next to nothing is counted in the first bar, or the axis would stretch over it without end
    floor = max(float(pick(0.002)["value"]), float(pick(0.99)["value"]) * 1e-4)
    sns.histplot(
        x=np.maximum(value, floor),
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
    for i, (q, words) in enumerate(((0.5, "median"), (0.9, "best tenth from"))):
        row = pick(q)
        y = top * (1.06 + 0.15 * (1 - i))
        reach = np.maximum([[row["value"] - row["value_low"]], [row["value_high"] - row["value"]]], 0)
        ax.vlines(row["value"], 0, y, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        ax.errorbar(row["value"], y, xerr=reach, color=BLUE, marker="os"[i], markersize=5, elinewidth=2, label=words)
        ax.annotate(
            f"{words} {money(row['value'], currency)}",
            (row["value_low"], y),
            xytext=(-6, 0),
            fontsize=text_size(ax),
            textcoords="offset points",
            ha="right",
            va="center",
            color=INK,
        )
    ax.set_ylim(0, top * 1.3)
    ax.xaxis.set_minor_formatter("")
    write_axis(
        ax.xaxis,
        "Expected value of a customer" + (f", {currency}" if currency else "") + " (logarithmic)",
        unit="money",
        currency=currency,
    )
    write_axis(ax.yaxis, "Customers", unit="count")
    return ax


@figure_style()
def draw_lorenz(ax: Axes, table: pd.DataFrame, *, mark: float = 0.1) -> Axes:
    """Share of all value held by the most valuable customers, with its band; the best tenth written out.

    Parameters
    ----------
    table : customer_share (from the most valuable down), value_share, low, high, each 0 … 1
    mark : share of customers whose share of value is written out
    """
    t = table.sort_values("customer_share")
    x, mean, low, high = (np.append(0.0, t[c]) for c in ("customer_share", "value_share", "low", "high"))
    ax.fill_between(x, low, high, color=BLUE, alpha=0.25, linewidth=0, label="interval")
    ax.plot(x, mean, color=BLUE, linewidth=2, label="value")
    ax.plot([0, 1], [0, 1], color=MUTED, linestyle="--", linewidth=1, label="all alike")
    held, at_low, at_high = (float(np.interp(mark, x, v)) for v in (mean, low, high))
    ax.errorbar(
        mark,
        held,
        yerr=[[max(held - at_low, 0)], [max(at_high - held, 0)]],
        color=INK,
        marker="o",
        markersize=6,
        elinewidth=2,
        zorder=4,
        label="best tenth",
    )
    ax.vlines(mark, 0, held, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.annotate(
        f"best {share(mark)} of customers:\n{share(held)} of value\n({share(at_low)} to {share(at_high)})",
        (mark, held),
        xytext=(0.36, 0.33),
        textcoords="axes fraction",
        fontsize=text_size(ax),
        color=INK,
        va="top",
        arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkB": 5},
    )
    ax.text(0.8, 0.76, "all alike", fontsize=text_size(ax), color=MUTED, ha="left", va="top")
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
    parts = table[table["segment"] != "all"] if len(table) > 1 else table
    parts = parts.sort_values(measure, ascending=False)
    whole = table[table["segment"] == "all"] if len(table) > 1 and measure == "each" else table.iloc[:0]
    y = np.arange(len(parts))
    reach = np.maximum([parts[measure] - parts[f"{measure}_low"], parts[f"{measure}_high"] - parts[measure]], 0)
    ax.barh(y, parts[measure], color=PALE_BLUE, height=0.62, label=measure)
    ax.errorbar(parts[measure], y, xerr=reach, linestyle="none", color=INK, elinewidth=1.6, label="interval")
    for at, row in zip(y, parts.to_dict("records"), strict=True):
        ax.annotate(
            money(row[measure], currency),
            (max(row[f"{measure}_high"], 0), at),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=text_size(ax),
            color=INK,
        )
    if len(whole):
        row = whole.iloc[0]
        ax.axvspan(row[f"{measure}_low"], row[f"{measure}_high"], color=LINE, alpha=0.6, linewidth=0, zorder=0)
        ax.axvline(row[measure], color=MUTED, linestyle="--", linewidth=1, label="all")
        ax.text(
            row[measure],
            1.01,
            f"all {money(row[measure], currency)}",
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=text_size(ax),
            color=MUTED,
        )
    ax.set_yticks(y, [f"{s}\n{count(n)} customers" for s, n in zip(parts["segment"], parts["customers"], strict=True)])
    ax.set_ylim(len(parts) - 0.5, -0.5)
    ax.set_xlim(min(0, float(parts[f"{measure}_low"].min())), 1.18 * max(float(parts[f"{measure}_high"].max()), 1e-9))
    ax.tick_params(axis="y", length=0)
    words = "Expected value" + (" a customer" if measure == "each" else " in all")
    write_axis(ax.xaxis, words + (f", {currency}" if currency else ""), unit="money", currency=currency)
    write_axis(ax.yaxis, "")
    return ax


@figure_style()
def draw_clv_cac(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """What a new customer is worth and what it cost to win one, by channel, with the chance that it pays.

    Parameters
    ----------
    table : a row a channel: channel, cac (cost of a new customer), clv, clv_low, clv_high, p_above (P(CLV > CAC)),
        payback (text or time until the cost is back) where known
    """
    table = table.sort_values("p_above", ascending=False, kind="stable")
    y = np.arange(len(table))
    reach = np.maximum([table["clv"] - table["clv_low"], table["clv_high"] - table["clv"]], 0)
    ax.errorbar(
        table["clv"],
        y,
        xerr=reach,
        color=BLUE,
        linestyle="none",
        marker="o",
        markersize=6,
        elinewidth=2.4,
        label="worth (CLV)",
        zorder=3,
    )
    ax.plot(
        table["cac"],
        y,
        color=ORANGE,
        linestyle="none",
        marker="|",
        markersize=18,
        markeredgewidth=2.5,
        label="cost (CAC)",
        zorder=4,
    )
    for at, row in zip(y, table.to_dict("records"), strict=True):
        ratio = row["clv"] / row["cac"] if row["cac"] > 0 else np.inf
        words = f"{number(ratio, digits=2)}×, P {share(row['p_above'])}"
        ax.annotate(
            words,
            (1.02, at),
            xycoords=ax.get_yaxis_transform(),
            va="center",
            fontsize=text_size(ax),
            color=INK,
            annotation_clip=False,
        )
    ax.annotate(
        "CLV:CAC, P(CLV > CAC)" if not narrow(ax) else "CLV:CAC, P",
        (1.02, -0.62),
        va="center",
        color=MUTED,
        xycoords=ax.get_yaxis_transform(),
        fontsize=text_size(ax),
        annotation_clip=False,
    )
    ax.set_yticks(y, table["channel"].astype(str))
    ax.set_ylim(len(table) - 0.5, -0.7)
    ax.set_xlim(0, 1.05 * max(table["clv_high"].max(), table["cac"].max()))
    ax.hlines(y, 0, ax.get_xlim()[1], color=LINE, linewidth=0.6, zorder=0)
    ax.tick_params(axis="y", length=0)
    first = table.iloc[0]
    for x, words, colour in ((first["cac"], "cost", TEXT[ORANGE]), (first["clv"], "worth", BLUE)):
        ax.annotate(words, (x, -0.42), ha="center", va="center", fontsize=text_size(ax), color=colour)
    write_axis(ax.xaxis, "A new customer" + (f", {currency}" if currency else ""), unit="money", currency=currency)
    write_axis(ax.yaxis, "")
    return ax


@figure_style()
def draw_payback(ax: Axes, table: pd.DataFrame, *, currency: str = "", time_unit: str = "week") -> Axes:
    """Margin a new customer has brought by time, with its band, against what the customer cost; where it is paid back.

    Parameters
    ----------
    table : a row a point of time: time (in `time_unit` since the first purchase), value (cumulative margin a customer),
        low, high, cac; channel where there are several, each drawn against its own cost
    """
    channels = list(dict.fromkeys(table["channel"])) if "channel" in table else [None]
    for i, channel in enumerate(channels):
        own = table if channel is None else table[table["channel"] == channel]
        style, cac = look(i), float(own["cac"].iloc[0])
        ax.fill_between(own["time"], own["low"], own["high"], color=style["color"], alpha=0.2, linewidth=0)
        ax.plot(own["time"], own["value"], **style, linewidth=2, label=channel or "margin")
        ax.axhline(
            cac, color=ORANGE, linestyle=style["linestyle"], linewidth=1.2, label=f"cost {channel or ''}".strip()
        )
    ax.set_xlim(0, table["time"].max())
    ax.set_ylim(min(0, float(table["low"].min())), None)
    write_axis(ax.xaxis, f"{time_unit.capitalize()}s since the first purchase")
    write_axis(
        ax.yaxis,
        "Margin a customer, cumulative" + (f", {currency}" if currency else ""),
        unit="money",
        currency=currency,
    )
    return ax
