"""Pictures of paths: strips of touchpoints with their shares, states step by step, and every distinct path at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import withStroke

from cxlab.journey.charts.canvas import canvas, say, width_of, wrap
from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    PALE_TEAL,
    SAND,
    figure_style,
    key_above,
    label_ends,
    narrow,
    note,
    text_size,
    write_axis,
)  # fmt: skip
from cxlab.wording import share

#: colours of the stages, each of another lightness, so that they can be told apart in grey
STAGE_COLOURS = {
    "Awareness": "#D6E3F0", "Consideration": "#97C0E2", "Purchase": "#123F66", "Service": ORANGE,
    "Post-Purchase": "#17746A",
}  # fmt: skip
#: and where words stand on them
STAGE_GROUNDS = {
    "Awareness": SAND, "Consideration": PALE_BLUE, "Purchase": "#8FBCE0", "Service": PALE_ORANGE,
    "Post-Purchase": PALE_TEAL,
}  # fmt: skip
_OTHER = ("#C9B8DB", "#7B4F9E", "#B8BEC4", "#4B4F55")
_QUIET = "(no contact)"
_CELL, _GAP, _HEAD = 50.0, 12.0, 16.0  # points: least width of a step, room between columns, height of the headings
_REPEAT = " ×"


def stage_colours(stages: Sequence[str]) -> dict[str, str]:
    """A colour a stage: the same in every picture for the five of the field; others in order.

    >>> stage_colours(["Service", "Onboarding"])
    {'Service': '#D9642C', 'Onboarding': '#C9B8DB'}
    """
    spare = iter(_OTHER * len(stages))
    return {s: "#FFFFFF" if s == _QUIET else STAGE_COLOURS.get(s) or next(spare) for s in dict.fromkeys(stages)}


@figure_style()
def draw_paths(ax: Axes, table: pd.DataFrame, *, stages: Mapping[str, str], measures: Mapping[str, str]) -> Axes:
    """A strip of touchpoints a path, with its shares as bars and their intervals as whiskers; on axes of its own.

    Parameters
    ----------
    table : a row a path: path (steps joined by " → "), name (optional, above the strip), and of every measure the
        column itself, its _low and its _high
    stages : stage of every touchpoint, which colours its step
    measures : column to heading
    """
    wide, slim = width_of(ax), narrow(ax)
    size, high = (6.6, 17.0) if slim else (7.0, 20.0)
    named = 11.0 if "name" in table else 0.0
    across = wide if slim else wide * 0.6
    row = named + high + (31.0 if slim else 13.0)
    canvas(ax, _HEAD + row * len(table))
    zone = (wide - _GAP * (len(measures) - 1)) / len(measures)
    if not slim:
        zone = (wide - across - _GAP * len(measures)) / len(measures)
    left = {column: (0 if slim else across + _GAP) + i * (zone + _GAP) for i, column in enumerate(measures)}
    for column, heading in measures.items():
        say(ax, left[column], 6, wrap(heading, zone, size + 0.4, lines=1)[0], size=size + 0.4, colour=MUTED, ha="left")
    for i, record in enumerate(table.to_dict("records")):
        top = _HEAD + i * row
        if i:
            ax.plot([0, wide], [top - 3] * 2, color=LINE, linewidth=0.6)
        if named:
            say(ax, 0, top + 5, record["name"], size=size + 0.6, bold=True, ha="left")
        _strip(ax, record["path"].split(" → "), stages, top + named + 2, across, high, size)
        below = top + named + (high + 3 if slim else 0)
        for column in measures:
            _bar(ax, record, column, left[column], below, zone, float(table[f"{column}_high"].max()), size)
    return ax


def _strip(ax: Axes, steps: list[str], stages: Mapping[str, str], top: float, across: float, high: float, size: float):
    """One path, an arrow a step; what does not fit is counted in the last one."""
    most = max(2, int(across // _CELL))
    cell = min(across / min(max(len(steps), 1), most), 1.5 * _CELL)
    if len(steps) > most:
        steps = [*steps[: most - 1], f"… {len(steps) - most + 1} more"]
    for i, step in enumerate(steps):
        stage = stages.get(step.rpartition(_REPEAT)[0] if _REPEAT in step else step, "")
        x, tip, mid = i * cell, 5.0, top + high / 2
        corners = [(x, top), (x + cell - tip - 1, top), (x + cell - 1, mid), (x + cell - tip - 1, top + high),
                   (x, top + high)] + ([(x + tip, mid)] if i else [])  # fmt: skip
        ground = STAGE_GROUNDS.get(stage, "#EEF0F2")
        ax.add_patch(Polygon(corners, facecolor=ground, edgecolor=MUTED if stage else LINE, linewidth=0.4))
        middle = x + (cell - 1) / 2 + (1.5 if i else -1.5)
        words = wrap(step, cell - 2 * tip - 2, size, lines=2)
        say(ax, middle, mid, "\n".join(words), size=size)


def _bar(ax: Axes, record: Mapping, column: str, left: float, top: float, zone: float, most: float, size: float):
    """A share as a bar from 0 with a whisker, and its value above."""
    value, low, high = record[column], record[f"{column}_low"], record[f"{column}_high"]
    if value != value:
        say(ax, left, top + 7, "–", size=size + 0.8, ha="left")
        return
    scale = 0.98 * zone / most if most > 0 else 0.0
    say(ax, left, top + 7, share(value), size=size + 0.8, bold=True, ha="left")
    y = top + 14
    ax.add_patch(
        Rectangle((left, y), value * scale, 6, facecolor=BLUE if column == "conversion" else MUTED, alpha=0.55)
    )
    ax.plot([left + low * scale, left + high * scale], [y + 3] * 2, color=INK, linewidth=1.1, solid_capstyle="butt")
    for end in (low, high):
        ax.plot([left + end * scale] * 2, [y + 1, y + 5], color=INK, linewidth=1.1)
    ax.plot([left] * 2, [y - 1, y + 7], color=MUTED, linewidth=0.6)


@figure_style()
def draw_states(
    ax: Axes, table: pd.DataFrame, *, stages: Mapping[str, str], period: str = "", unit: str = "customers"
) -> Axes:
    """Where journeys stand, step by step: a stack of shares a position, with whiskers where stages meet.

    Parameters
    ----------
    table : position, state, share, and the share of this state and those before it, upto, upto_low, upto_high; states
        in the order in which they are stacked
    stages : stage of every state, which colours it
    period : "" where a position is a step; unit : what is counted
    """
    positions = np.sort(table["position"].unique())
    states = list(dict.fromkeys(table["state"]))
    share_, low, high, top = (
        table.pivot(index="state", columns="position", values=column).loc[states, positions].to_numpy(float)
        for column in ("share", "upto_low", "upto_high", "upto")
    )
    colour = stage_colours([stages[state] for state in states])
    ends = []
    for i, state in enumerate(states):
        ground, last = colour[stages[state]], i + 1 == len(states) or stages[states[i + 1]] != stages[state]
        ax.bar(positions, share_[i], 1.0, bottom=top[i] - share_[i], color=ground, linewidth=0.4,
               edgecolor=LINE if ground == "#FFFFFF" else "white")  # fmt: skip
        if last and len(positions) <= 40:
            _whiskers(ax, positions, top[i], low[i], high[i])
        ends.append((positions[-1] + 0.5, top[i, -1] - share_[i, -1] / 2, state, INK))
    ax.set_xlim(0.5, positions[-1] + 0.5)
    ax.set_ylim(0, 1)
    step = max(1, -(-len(positions) // (6 if narrow(ax) else 12)))
    ax.set_xticks(positions[::step])
    write_axis(ax.xaxis, f"{period.capitalize()}s since the first contact" if period else "Step of the journey")
    write_axis(ax.yaxis, f"Share of {unit}", unit="share")
    if len(states) <= 8 and share_[:, -1].min() >= 0.04:
        label_ends(ax, ends)
    else:
        _key(ax, colour)
    return ax


def _whiskers(ax: Axes, positions: np.ndarray, value: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Intervals of the edges that lie within the stack, with a rim that shows them on dark ground."""
    inside = (value > 0.002) & (value < 0.998)
    reach = np.maximum([value - low, high - value], 0)[:, inside]
    drawn = ax.errorbar(positions[inside], value[inside], reach, fmt="none", ecolor=INK, elinewidth=0.8, capsize=1.2)
    for part in drawn.get_children():
        part.set_path_effects([withStroke(linewidth=2.0, foreground="white")])


def _key(ax: Axes, colours: Mapping[str, str]) -> None:
    """Stages by colour, above the axes."""
    handles = [Rectangle((0, 0), 1, 1, facecolor=c, edgecolor=MUTED, linewidth=0.4) for c in colours.values()]
    key_above(ax, handles, list(colours), left=True)


@figure_style()
def draw_sequence_index(
    ax: Axes, codes: np.ndarray, weight: np.ndarray, *, labels: Sequence[str], stage_of: Sequence[str], group=None,
    period: str = "", unit: str = "customers",
) -> Axes:  # fmt: skip
    """Every distinct path as a row, as high as the share of those who took it, in order of its first states.

    Parameters
    ----------
    codes : shape (n_paths, longest), padded with −1; weight : journeys of each
    stage_of : stage of every state, which colours it
    group : type of each path (0 …), which the rows are kept together by
    """
    used = int((codes >= 0).sum(1).max(initial=1))
    if weight.sum():
        # a few very long paths would press all others to the left
        long = (codes >= 0).sum(1)
        order = np.argsort(long)
        used = int(long[order][np.searchsorted(np.cumsum(weight[order]), 0.98 * weight.sum())])
    codes = codes[:, : max(used, 1)]
    group = np.zeros(len(codes), dtype=int) if group is None else np.asarray(group)
    order = np.lexsort((*codes.T[::-1], group))
    edges = np.concatenate([[0], np.cumsum(weight[order])]) / weight.sum()
    stages = list(dict.fromkeys(stage_of))
    colours = stage_colours(stages)
    stage = np.array([stages.index(s) for s in stage_of] + [len(stages)])
    shown = np.where(codes >= 0, stage[codes], len(stages))[order]
    palette = ListedColormap([*colours.values(), "#FFFFFF"])
    grid = np.arange(codes.shape[1] + 1) + 0.5
    ax.pcolormesh(grid, edges, shown, cmap=palette, vmin=-0.5, vmax=len(stages) + 0.5, rasterized=True)
    ax.set_ylim(1, 0)
    step = max(1, -(-codes.shape[1] // (6 if narrow(ax) else 12)))
    ax.set_xticks(np.arange(1, codes.shape[1] + 1, step))
    write_axis(ax.xaxis, f"{period.capitalize()}s since the first contact" if period else "Step of the journey")
    write_axis(ax.yaxis, f"Share of {unit}", unit="share")
    if group.any():
        ends = []
        for number in range(group.max() + 1):
            mine = np.flatnonzero(group[order] == number)
            if len(mine):
                ends.append((grid[-1], (edges[mine[0]] + edges[mine[-1] + 1]) / 2, f"Type {number + 1}", INK))
                if number:
                    ax.axhline(edges[mine[0]], color="white", linewidth=3)
                    ax.axhline(edges[mine[0]], color=INK, linewidth=0.8)
        for x, y, words, tint in ends:
            note(ax, words, (x, y), shift=(4, 0), colour=tint)
    gone = {"(not observed)" if period else "(ended)": "#FFFFFF"} if (shown == len(stages)).any() else {}
    _key(ax, colours | gone)
    ax.tick_params(labelsize=text_size(ax))
    return ax
