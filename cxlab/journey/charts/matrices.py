"""Matrices of moves: which touchpoint follows which, which channel hands over to which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import canvas, extent, say, width_of, wrap
from cxlab.journey.charts.parts import box
from cxlab.journey.log import END, START
from cxlab.style import INK, LINE, MUTED, NARROW, figure_style, sequential
from cxlab.wording import share

#: rows and columns at most, and on a phone; what is rarer is taken together
TOP, TOP_NARROW = 16, 8
_OTHERS = "others"
_FEW = 5


@figure_style()
def draw_transitions(ax: Axes, table: pd.DataFrame, *, touchpoints: Sequence[str] | None = None) -> Axes:
    """What share of those who leave a touchpoint goes where, as a matrix with its values.

    Parameters
    ----------
    table : source, target, contacts; rows from "(start)" and to "(end)" included
    touchpoints : names in the order of the journey; by default as they come
    """
    order = list(touchpoints) if touchpoints is not None else []
    met = dict.fromkeys([*order, *table["source"], *table["target"]])
    return _matrix(ax, table, [name for name in met if name not in (START, END)], "a touchpoint")


@figure_style()
def draw_channels(ax: Axes, table: pd.DataFrame) -> Axes:
    """To which channel customers go on from each, as a matrix with its values; a framed cell stays in its channel.

    Parameters
    ----------
    table : source, target, contacts
    """
    sizes = table.groupby("source")["contacts"].sum().sort_values(ascending=False, kind="stable")
    return _matrix(ax, table, list(dict.fromkeys([*sizes.index, *table["target"]])), "a channel")


def _matrix(ax: Axes, table: pd.DataFrame, names: list[str], what: str) -> Axes:
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    most = TOP_NARROW if narrow else TOP
    sizes = table.groupby("source")["contacts"].sum().reindex(names).fillna(0)
    hidden = max(0, len(names) - most)
    if hidden:
        kept = set(sizes.sort_values(ascending=False, kind="stable").index[: most - 1])
        names = [name for name in names if name in kept]
    folded = table.assign(
        source=table["source"].where(table["source"].isin([*names, START]), _OTHERS),
        target=table["target"].where(table["target"].isin([*names, END]), _OTHERS),
    )
    grid = folded.pivot_table(index="source", columns="target", values="contacts", aggfunc="sum", fill_value=0)
    rows = [*([START] if START in grid.index else []), *names, *([_OTHERS] if hidden else [])]
    columns = [*names, *([_OTHERS] if hidden else []), *([END] if END in grid.columns else [])]
    n = grid.reindex(index=rows, columns=columns).fillna(0).to_numpy(float)
    whole = n.sum(1, keepdims=True)
    part = np.divide(n, whole, out=np.zeros_like(n), where=whole > 0)
    room = (0.27 if narrow else 0.24) * width
    fitted = [wrap(name, room, 7.6, lines=2) for name in rows]
    corner = "from ↓   to →"
    left = 8 + max(extent(corner, 7.2), *(extent(words, 7.6) for lines in fitted for words in lines))
    cell = min((width - left) / len(columns), 58.0)
    tall = max(min(cell, 22.0), 19.0 if any(len(lines) > 1 for lines in fitted) else 14.0)
    upright = any(extent(name, 7.6) > cell - 2 for name in columns)
    heads = [wrap(name, 78, 7.6, lines=2) if upright else [name] for name in columns]
    if upright and cell < 17:
        heads = [wrap(name, 78, 7.6, lines=1) for name in columns]
    head = (max(extent(words, 7.6) for lines in heads for words in lines) if upright else 10.0) + 16
    words = f"of those who leave {what} (row), per cent; grey figures: fewer than {_FEW} contacts"
    words += f"; {hidden + 1} rarer ones taken together as others" if hidden else ""
    foot = wrap(words[:1].upper() + words[1:], width, 7.2, lines=4)
    canvas(ax, head + tall * len(rows) + 6 + 9.4 * len(foot))
    say(ax, left - 6, head - 6, corner, size=7.2, ha="right", colour=MUTED)
    shades, top = sequential(), max(float(part.max()), 1e-9)
    for j, lines in enumerate(heads):
        say(ax, left + (j + 0.5) * cell, head - 4, "\n".join(lines), size=7.6, turn=90 if upright else 0, va="bottom")
    for i, lines in enumerate(fitted):
        y = head + i * tall
        for k, text in enumerate(lines):
            say(ax, left - 6, y + tall / 2 + 9 * (k - (len(lines) - 1) / 2), text, size=7.6, ha="right")
        for j, name in enumerate(columns):
            x, p = left + j * cell, part[i, j]
            box(ax, x, y, cell, tall, facecolor=shades(p / top) if p > 0 else "white", edgecolor="white", linewidth=0.8)
            if p > 0 and rows[i] == name != _OTHERS:
                box(ax, x + 0.8, y + 0.8, cell - 1.6, tall - 1.6, facecolor="none", edgecolor=INK, linewidth=0.7)
            if p > 0:
                few = n[i, j] < _FEW
                dark = p / top > 0.6
                text = share(p).removesuffix(" %") if p >= 0.005 else "<1"
                say(ax, x + cell / 2, y + tall / 2, text, size=7.4 if cell >= 20 else 6.4,
                    colour="white" if dark else MUTED if few else INK)  # fmt: skip
    ax.plot([left, left + cell * len(columns)], [head, head], color=LINE, linewidth=0.8)
    for i, line in enumerate(foot):
        say(ax, 0, head + tall * len(rows) + 10 + 9.4 * i, line, size=7.2, ha="left", colour=MUTED)
    return ax
