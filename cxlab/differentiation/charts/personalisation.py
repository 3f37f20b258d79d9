"""Pictures of personalisation: the ladder of levels, the best share, and what is gained against what it costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, LINE, MUTED, ORANGE, figure_style, key_above, name_rows, narrow, note, write_axis
from cxlab.wording import chance_of, money, share

_LOOKS = {"take": (BLUE, "o"), "try first": (INK, "D"), "stop": (ORANGE, "s"), "not reached": (MUTED, "s")}


@figure_style()
def draw_ladder(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Levels from the lowest rung up: what each adds net, how likely it pays, and where to stop.

    Parameters
    ----------
    table : level, net, net_low, net_high, p_pays, decision, from the lowest up
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    for i, row in enumerate(rows.itertuples()):
        colour, marker = _LOOKS[row.decision]
        dashes = "--" if row.decision == "not reached" else "-"
        ax.plot([row.net_low, row.net_high], [i, i], color=colour, linewidth=2.2, linestyle=dashes, zorder=2)
        ax.plot(row.net, i, marker=marker, markersize=7, color=colour, zorder=3,
                markerfacecolor=colour if row.decision == "take" else "white")  # fmt: skip
        words = chance_of(row.p_pays) + ("\n" if narrow(ax) else ": ") + row.decision
        note(ax, words, (1, i), frame="beside", shift=(6, 0), colour=colour)
    stop = [i for i, d in enumerate(rows["decision"]) if d == "stop"]
    name_rows(ax, [f"{row.rung} {row.level}" for row in rows.itertuples()], least=3)
    if stop:
        ax.axhline(stop[-1] + 0.5, color=ORANGE, linewidth=1.2, linestyle=":", zorder=1)
        note(ax, "stop here", (0, stop[-1] + 0.5), frame="beside", shift=(3, -1), va="top", colour=ORANGE, ground=True)
    note(ax, "pays", (1, 1), frame="axes", shift=(6, 4), va="bottom", colour=MUTED)
    label = "Net present value a level adds" + (f" ({currency})" if currency else "")
    write_axis(ax.xaxis, label, unit="money", currency=currency)
    return ax


@figure_style()
def draw_frontier(ax: Axes, table: pd.DataFrame, *, best: tuple[float, float], currency: str = "") -> Axes:
    """Gain, cost and what is left by the share that is personal, with bands; the best share and its interval beneath.

    Parameters
    ----------
    table : share, gain, cost, net, each with _low and _high; best (True where the expected net is highest)
    best : interval of the best share
    """
    x = table["share"].to_numpy()
    handles, words = [], []
    steps = len(x) <= 15
    for part, colour, dash, marker in (("gain", BLUE, "-", "o"), ("cost", ORANGE, "--", "s"), ("net", INK, "-", "D")):
        ax.fill_between(x, table[f"{part}_low"], table[f"{part}_high"], color=colour, alpha=0.13, linewidth=0, zorder=1)
        (line,) = ax.plot(x, table[part], color=colour, linestyle=dash, linewidth=2.4 if part == "net" else 1.6,
                          marker=marker if steps else None, markersize=4, zorder=3)  # fmt: skip
        handles.append(line)
        words.append({"gain": "gain", "cost": "cost", "net": "left over"}[part])
    ax.axhline(0, color=MUTED, linewidth=0.8, zorder=2)
    bottom, top = ax.get_ylim()
    ground = bottom - 0.1 * (top - bottom)
    at = table[table["best"]].iloc[0]
    ax.plot(at["share"], at["net"], "o", color=INK, markersize=9, markerfacecolor="white", markeredgewidth=2, zorder=5)
    ax.plot(best, [ground] * 2, color=INK, linewidth=3, solid_capstyle="butt", zorder=3)
    ax.plot(at["share"], ground, "o", color=INK, markersize=6, zorder=4)
    ax.vlines(at["share"], ground, at["net"], color=LINE, linewidth=1, zorder=1)
    low, high = share(best[0]), share(best[1])
    note(ax, f"best {share(at['share'])}, {low} to {high}", (float(np.mean(best)), ground), shift=(0, 6), ha="center",
         va="bottom", ground=True)  # fmt: skip
    ax.set_ylim(ground - 0.07 * (top - bottom), top)
    ax.set_xlim(-0.03, 1.03)
    key_above(ax, handles, words, left=True)
    write_axis(ax.xaxis, "Share of the steps that is personal", unit="share")
    write_axis(ax.yaxis, "Money a year" + (f" ({currency})" if currency else ""), unit="money", currency=currency)
    return ax


@figure_style()
def draw_pareto(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Gain against cost, point by point along the shares, with the band of the gain; beyond the line it pays.

    Parameters
    ----------
    table : share, step, gain, gain_low, gain_high, cost, p_efficient, best
    """
    x, y = table["cost"].to_numpy(), table["gain"].to_numpy()
    ax.fill_between(x, table["gain_low"], table["gain_high"], color=BLUE, alpha=0.15, linewidth=0, zorder=1)
    ax.plot(x, y, color=BLUE, linewidth=1.8, zorder=2)
    named = bool((table["step"] != "").any())
    marks = range(len(table)) if named else np.unique(np.linspace(0, len(table) - 1, 6).round().astype(int))
    end = float(max(x.max(), 1e-9))
    for i in marks:
        row = table.iloc[i]
        efficient = row["p_efficient"] > 0.5
        ax.plot(x[i], y[i], "o", color=BLUE, markersize=6, markerfacecolor=BLUE if efficient else "white", zorder=3)
        words = (row["step"] or "none") if named else share(row["share"])
        if named and narrow(ax) and len(words) > 12:
            words = words[:11] + "…"
        above = named and i % 2 and i > 1
        note(ax, words, (x[i], y[i]), shift=(0, 9) if above else (6, -7), ha="center" if above else "left",
             va="bottom" if above else "top", ground=above)  # fmt: skip
    at = table[table["best"]].iloc[0]
    ax.plot(at["cost"], at["gain"], "o", color=INK, markersize=11, markerfacecolor="none", markeredgewidth=2, zorder=4)
    note(ax, f"○ best: {money(at['net'], currency)} left", (0, 1), frame="axes", shift=(4, -2), va="top")
    top = float(table["gain_high"].max())
    ax.plot([0, min(end, top)], [0, min(end, top)], color=MUTED, linewidth=1, linestyle="--", zorder=1)
    note(ax, "gain = cost", (0.5 * min(end, top), 0.5 * min(end, top)), shift=(6, -3), va="top", colour=MUTED)
    ax.set_xlim(-0.05 * end, (1.2 if narrow(ax) else 1.12) * end)
    ax.set_ylim(min(0.0, float(table["gain_low"].min())) - 0.08 * top, 1.1 * max(top, min(end, top)))
    write_axis(ax.xaxis, "Cost a year" + (f" ({currency})" if currency else ""), unit="money", currency=currency)
    write_axis(ax.yaxis, "Gain a year" + (f" ({currency})" if currency else ""), unit="money", currency=currency)
    return ax
