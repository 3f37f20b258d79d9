"""Pictures of waves: a score over time with its interval, changes that stand up named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import BLUE, MUTED, ORANGE, figure_style, label_ends, look, narrow, note, text_size, write_axis
from cxlab.wording import count

#: colour and sign of a change that is told
_TOLD = {"rose": (BLUE, "▲"), "fell": (ORANGE, "▼")}
_MOST = 6  # series


@figure_style()
def draw_waves(ax: Axes, table: pd.DataFrame, *, label: str, unit: str, write: Callable[[float], str]) -> Axes:
    """A score from wave to wave with intervals; a triangle above a wave says that the score rose or fell for sure.

    Parameters
    ----------
    table : a row a series and wave: series ("" where there is one), wave, n, value, low, high, told ("rose", "fell" or
        "")
    label : of the axis, with its unit; unit : "share" or any other; write : a value in words
    """
    waves = sorted(table["wave"].unique())
    at = {wave: i for i, wave in enumerate(waves)}
    series = list(dict.fromkeys(table["series"]))[:_MOST]
    ends, spread = [], np.linspace(-0.08, 0.08, len(series)) if len(series) > 1 else [0.0]
    for i, name in enumerate(series):
        own = table[table["series"] == name]
        style = look(i, marker=True) if len(series) > 1 else {"color": BLUE, "linestyle": "-", "marker": "o"}
        x = own["wave"].map(at).to_numpy(float) + spread[i]
        reach = np.maximum([own["value"] - own["low"], own["high"] - own["value"]], 0)
        ax.errorbar(x, own["value"], yerr=reach, linestyle="none", color=style["color"], elinewidth=1.6, capsize=3)
        ax.plot(x, own["value"], **style, linewidth=1.4, markersize=5.5, zorder=3)
        for place, row in zip(x, own.itertuples(), strict=True):
            if row.told:
                colour, sign = _TOLD[row.told]
                note(ax, sign, (place, row.high), shift=(0, 3), ha="center", va="bottom", colour=colour)
        words = name if len(series) > 1 else write(own["value"].iloc[-1])
        ends.append((x[-1], float(own["value"].iloc[-1]), words, style["color"]))
    low, high = float(table["low"].min()), float(table["high"].max())
    room = 0.1 * (high - low or 1.0)
    ax.set_ylim(low - room, high + 1.4 * room)
    ax.set_xlim(-0.4, len(waves) - 0.6)
    most = 6 if narrow(ax) else 13
    step = -(-len(waves) // most)
    shown = range((len(waves) - 1) % step, len(waves), step)
    n = table.groupby("wave")["n"].sum()
    words = [waves[i] if len(waves) > most else f"{waves[i]}\nn = {count(n[waves[i]])}" for i in shown]
    ax.set_xticks(list(shown), words)
    ax.tick_params(axis="x", labelsize=text_size(ax), length=3)
    crowded = len(waves) > 3 and (narrow(ax) or len(waves) > 9)
    if crowded:
        ax.set_xticks(list(shown), [waves[i] for i in shown], rotation=40, ha="right", rotation_mode="anchor")
    write_axis(ax.yaxis, label, unit="share" if unit == "share" else "")
    if unit == "points":
        ax.yaxis.set_major_formatter(lambda value, _: write(value))
    if (table["told"] != "").any():
        note(ax, "▲ ▼ a change that stands up", (0, 1), frame="axes", shift=(0, 4), va="bottom", colour=MUTED)
    left_out = table["series"].nunique() - len(series)
    if left_out:
        note(ax, f"{count(left_out)} more not drawn", (1, 1), frame="axes", shift=(0, 4), ha="right", va="bottom",
             colour=MUTED)  # fmt: skip
    ax.figure.get_figure(root=True).canvas.draw()
    label_ends(ax, ends)
    return ax
