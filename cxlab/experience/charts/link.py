"""Pictures of what customers did after they answered: a forest of scores, and what one point goes with."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, INK, LINE, MUTED, figure_style, name_rows, narrow, note, text_size, write_axis
from cxlab.wording import count, money, quantity

_ROOM = 1.25
#: what each reading compares, beneath its name
_COMPARES = {
    "as it stands": "more than who gave less",
    "beyond before": "more than who bought alike",
    "own past": "after more than before",
}


@figure_style()
def draw_value_of_a_point(ax: Axes, table: pd.DataFrame, *, question: str = "", currency: str = "") -> Axes:
    """Money for a point by reading, with intervals; what the middle one is made of beneath it; hollow: zero is inside.

    Parameters
    ----------
    table : as `cxlab.experience.money.value_of_a_point.value_of_a_point` gives it
    question : whose point it is
    """
    names, beneath, rows = [], [], []
    for reading, own in table.groupby("reading", sort=False):
        for row in own.itertuples():
            if row.part != "all" and reading != "beyond before":
                continue
            rows.append((row.value, row.low, row.high, row.shown, row.part != "all"))
            names.append(reading if row.part == "all" else f"  by {row.part}")
            beneath.append(_COMPARES.get(reading, "") if row.part == "all" else "")
    ax.axvline(0, color=MUTED, linewidth=1.0, zorder=1)
    for y, (value, low, high, shown, part) in enumerate(rows):
        colour = MUTED if part else BLUE
        ax.plot([low, high], [y, y], color=colour, linewidth=1.3 if part else 2.2, linestyle="--" if part else "-",
                solid_capstyle="butt", zorder=2)  # fmt: skip
        ax.plot(value, y, marker="s" if part else "o", markersize=5 if part else 7, color=colour,
                markerfacecolor=colour if shown else "white", zorder=3)  # fmt: skip
        words = money(value, currency)
        if not narrow(ax):
            words += f" ({money(low, currency)} to {money(high, currency)})"
        note(ax, words, (high, y), shift=(6, 0), colour=INK if not part else MUTED, ground=True)
    low, high = min(0.0, *(r[1] for r in rows)), max(0.0, *(r[2] for r in rows))
    wide = max(high - low, 1e-9)
    ax.set_xlim(low - 0.05 * wide, high + wide * (0.4 if narrow(ax) else 0.62))
    name_rows(ax, names, beneath, least=4)
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        label.set_color(MUTED if row[4] else INK)
    unit = f" ({currency})" if currency else ""
    whose = f" of {question}" if question and len(question) <= 20 else ""
    write_axis(ax.xaxis, f"A point{whose} goes with, a year{unit}", unit="money", currency=currency)
    return ax


@figure_style()
def draw_by_score(
    ax: Axes, table: pd.DataFrame, *, column: str, label: str, unit: str = "", currency: str = "", question: str = ""
) -> Axes:
    """What customers did by the score they gave: what was seen (hollow), the pooled estimate with interval, the trend.

    Parameters
    ----------
    table : a row a score: score, answers, and of `column` the pooled estimate, _low, _high, _seen, _trend
    column, label : which number, and what it is called
    """
    x = table["score"].to_numpy(float)
    value, low, high = (table[column + end].to_numpy(float) for end in ("", "_low", "_high"))
    ax.plot(x, table[f"{column}_trend"], color=MUTED, linewidth=1.0, linestyle="--", zorder=1)
    ax.vlines(x, low, high, color=BLUE, linewidth=2.2, zorder=2)
    ax.plot(x, value, linestyle="none", marker="o", markersize=6.5, color=BLUE, zorder=4)
    ax.plot(x, table[f"{column}_seen"], linestyle="none", marker="D", markersize=5, markerfacecolor="none",
            markeredgecolor=MUTED, zorder=3)  # fmt: skip
    top = max(float(np.nanmax(high)), float(table[f"{column}_seen"].max()))
    bottom = 0.0 if unit in ("share", "money", "count", "") and np.nanmin(low) >= 0 else float(np.nanmin(low))
    ax.set_ylim(bottom, bottom + 1.22 * (top - bottom))
    ax.set_xticks(x, [f"{v:g}" for v in x])
    ax.set_xlim(x.min() - 0.6, x.max() + 0.6)
    ax.grid(axis="y", color=LINE, linewidth=0.6)
    ax.set_axisbelow(True)
    note(ax, "n =", (x.min() - 0.6, 1), frame="above", shift=(-4, 4), ha="right", va="bottom", colour=MUTED)
    for at, n in zip(x, table["answers"], strict=True):
        words = note(ax, count(n), (at, 1), frame="above", shift=(0, 4), ha="center", va="bottom", colour=MUTED)
        words.set_fontsize(text_size(ax) - (1.5 if narrow(ax) else 0.5))
    last = int(np.argmax(np.where(table["answers"] > 0, x, -np.inf)))
    note(ax, quantity(value[last], unit, currency), (x[last], high[last]), shift=(0, 5), ha="center", va="bottom",
         ground=True)  # fmt: skip
    note(ax, quantity(value[0], unit, currency), (x[0], high[0]), shift=(0, 5), ha="center", va="bottom", ground=True)
    write_axis(ax.xaxis, f"Score{f' ({question})' if question and len(question) <= 20 else ''}: pooled ● and seen ◇")
    write_axis(ax.yaxis, label + (f", {currency}" if unit == "money" and currency else ""), unit=unit,
               currency=currency)  # fmt: skip
    return ax
