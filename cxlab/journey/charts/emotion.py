"""Pictures of how it feels: the emotional curve with its band, and what peak and end tell beside the mean."""

from __future__ import annotations

from itertools import groupby
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import wrap
from cxlab.style import (
    INK,
    LINE,
    MUTED,
    SAND,
    TEAL,
    figure_style,
    key_above,
    look,
    name_rows,
    narrow,
    note,
    text_size,
    write_axis,
)
from cxlab.wording import MINUS, number, share


@figure_style()
def draw_emotional_curve(ax: Axes, table: pd.DataFrame) -> Axes:
    """Mean emotion from touchpoint to touchpoint with its band; means that rest on few customers are hollow.

    Parameters
    ----------
    table : a row a touchpoint (and persona, where there are several curves): touchpoint, stage, mean, low, high (points
        from −2 to +2), place ("peak", "trough", "end" or ""), few; persona where there are several
    """
    order = list(dict.fromkeys(table["touchpoint"]))
    stage_of = dict(zip(table["touchpoint"], table["stage"], strict=True))
    stages = list(dict.fromkeys(stage_of.values()))
    order.sort(key=lambda name: stages.index(stage_of[name]))
    at = {name: i for i, name in enumerate(order)}
    personas = list(dict.fromkeys(table["persona"])) if "persona" in table else [""]
    _stages(ax, [stage_of[name] for name in order])
    ax.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    handles = []
    for i, persona in enumerate(personas):
        own = table[table["persona"] == persona] if persona else table
        own = own.sort_values("touchpoint", key=lambda names: names.map(at))
        style = look(i, marker=True) if len(personas) > 1 else {"color": TEAL, "linestyle": "-", "marker": "o"}
        x = own["touchpoint"].map(at).to_numpy(float) + (i - (len(personas) - 1) / 2) * 0.12
        colour = style["color"]
        if len(personas) == 1:
            ax.fill_between(x, own["low"], own["high"], color=colour, alpha=0.18, linewidth=0, label="interval")
        reach = np.maximum([own["mean"] - own["low"], own["high"] - own["mean"]], 0)
        ax.errorbar(x, own["mean"], yerr=reach, linestyle="none", color=colour, elinewidth=1.4, capsize=2.5, zorder=3)
        line = {"linewidth": 1.6, "markersize": 5, "markerfacecolor": colour, "zorder": 4}
        handles += ax.plot(x, own["mean"], **style, **line, label=persona or "mean")
        few = own["few"].to_numpy(bool)
        ax.plot(
            x[few], own["mean"][few], linestyle="none", marker=style["marker"], color=colour, markerfacecolor="white",
            markersize=5, zorder=5, label=f"{persona or 'mean'} of few",
        )  # fmt: skip
        if len(personas) == 1:
            _places(ax, own, x)
    turned = len(order) > (4 if narrow(ax) else 7)
    # turned lines of two rows would run into their neighbours
    ax.set_xticks(range(len(order)), [name if turned else fill(name, 18) for name in order])
    ax.set_xlim(-0.5, len(order) - 0.5)
    ax.set_ylim(-2.35, 2.35)
    ax.set_yticks(range(-2, 3), [f"{MINUS}2", f"{MINUS}1", "0", "+1", "+2"])
    write_axis(ax.yaxis, "Emotion, points")
    ax.tick_params(axis="x", length=0, labelsize=text_size(ax))
    if turned:
        for label in ax.get_xticklabels():
            label.set(rotation=40, ha="right", rotation_mode="anchor")
    if len(personas) > 1:
        key_above(ax, handles, personas, left=True)
    if table["few"].any():
        note(ax, "hollow: fewer than 10 customers", (1, 0), frame="axes", shift=(-3, 3), ha="right", va="bottom",
             colour=MUTED)  # fmt: skip
    return ax


def _stages(ax: Axes, stages: list[str]) -> None:
    """Stages as fields behind the curve, named at the top where their name fits."""
    start = 0
    room = 72 * ax.figure.get_figure(root=True).get_size_inches()[0] * 0.88 / len(stages)
    size = text_size(ax) - 1
    for i, (stage, members) in enumerate(groupby(stages)):
        wide = len(list(members))
        if i % 2 == 0:
            ax.axvspan(start - 0.5, start + wide - 0.5, color=SAND, linewidth=0, zorder=0)
        if len(set(stages)) > 1:
            words = "\n".join(wrap(stage, room * wide, size, lines=2))
            at = (start + wide / 2 - 0.5, 1)
            named = note(ax, words, at, frame="above", shift=(0, -3), ha="center", va="top", colour=MUTED)
            named.set_fontsize(size)
        start += wide


def _places(ax: Axes, own: pd.DataFrame, x: np.ndarray) -> None:
    """Peak, trough and end, named beside their points."""
    last = len(own) - 1
    for i, row in enumerate(own.to_dict("records")):
        if not row["place"]:
            continue
        up = row["mean"] >= 0
        words = f"{row['place']}\n{row['mean']:+.1f}".replace("-", MINUS)
        ha = "left" if i == 0 else "right" if i == last else "center"
        edge = row["high"] if up else row["low"]
        note(ax, words, (x[i], edge), shift=(0, 4 if up else -4), ha=ha, va="bottom" if up else "top", colour=INK)


@figure_style()
def draw_peak_end(ax: Axes, table: pd.DataFrame, *, outcome: str = "the outcome") -> Axes:
    """How much each memory of a journey tells about its outcome, in customers it was not fitted on.

    Parameters
    ----------
    table : a row a predictor: predictor, explained, low, high (shares), difference_low, difference_high (to the mean)
    outcome : what is predicted, for the label
    """
    y = np.arange(len(table))
    own = table.iloc[0]
    ax.axvspan(own["low"], own["high"], color=LINE, alpha=0.7, linewidth=0, zorder=0, label="mean interval")
    for i, row in enumerate(table.to_dict("records")):
        style = {"color": MUTED if i == 0 else TEAL, "marker": "s" if i == 0 else "o"}
        reach = [[row["explained"] - row["low"]], [row["high"] - row["explained"]]]
        ax.errorbar(row["explained"], i, xerr=reach, markersize=6, elinewidth=2, capsize=3, **style)
        words = share(row["explained"], digits=1)
        if i and not narrow(ax):
            gap = number(100 * row["difference"], digits=2)
            sure = row["difference_low"] > 0 or row["difference_high"] < 0
            words += f" ({'+' if row['difference'] > 0 else ''}{gap} points{'' if sure else ', cannot be told'})"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    ax.axvline(0, color=INK, linewidth=0.8)
    left, right = min(0.0, float(table["low"].min())), max(float(table["high"].max()), 0.005)
    ax.set_xlim(left - 0.04 * (right - left), right + 0.06 * (right - left))
    name_rows(ax, table["predictor"])
    ax.set_yticks(y)
    write_axis(ax.xaxis, f"Uncertainty about {outcome} that it takes away", unit="share")
    return ax
