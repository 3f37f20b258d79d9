"""Pictures of migration: who went from which segment to which, and how segments grew and shrank."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    figure_style,
    name_rows,
    narrow,
    note,
    text_size,
    write_axis,
)  # fmt: skip
from cxlab.wording import count, money, share

_NEW, _LOST = "(new)", "(lost)"
#: face, hatch and opacity by kind of move; without colour, hatches lead down, dots up
_LOOKS = {
    "stays": (LINE, "", 0.75), "up": (BLUE, "...", 0.45), "moves": (MUTED, "", 0.4), "down": (ORANGE, "////", 0.5),
    "lost": (PALE_ORANGE, "////", 0.9), "new": (PALE_BLUE, "...", 0.9),
}  # fmt: skip
_GAP = 0.03
_GROUND = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8}


@figure_style()
def draw_migration(ax: Axes, table: pd.DataFrame, *, order: Sequence[str], periods: tuple[str, str] = ("", "")) -> Axes:
    """Segments of two periods, left and right, and bands as wide as the customers who went from one to the other.

    Parameters
    ----------
    table : a row a pair: source, target, customers (missing: hidden), share (of the source), low, high, move
    order : segments from the least valuable, drawn at the bottom, to the most
    """
    t = table[table["customers"].fillna(0) > 0]
    rows = [*reversed(list(order)), None]  # None: those who came new, at the left, and those lost, at the right
    left, right = _stacked(t, "source", rows, _NEW), _stacked(t, "target", rows, _LOST)
    height = max(max(e for _, e in side.values()) for side in (left, right))
    rank = {name: i for i, name in enumerate([*reversed(list(order)), _NEW, _LOST])}
    starts, ends = ({name: s for name, (s, _) in side.items()} for side in (left, right))
    total = t["customers"].sum()
    x0, x1, wide = 0.0, 1.0, 0.028
    ways = sorted(t.itertuples(), key=lambda r: (rank[r.source], rank[r.target]))
    begin = {}
    for r in ways:
        begin[r.source, r.target] = starts[r.source]
        starts[r.source] += r.customers / total
    for r in sorted(ways, key=lambda r: (rank[r.target], rank[r.source])):
        a, b, thick = begin[r.source, r.target], ends[r.target], r.customers / total
        ends[r.target] += thick
        _band(ax, x0 + wide, x1 - wide, a, b, thick, r.move)
        if thick * _points(ax, height) > text_size(ax) * 1.15 and r.source != _NEW:
            near = {"stays": 0.5, "lost": 0.16}.get(r.move, 0.3)
            words = share(r.share)
            if not narrow(ax) and r.move == "stays":
                words += f" ({share(r.low)} to {share(r.high)})"
            ax.text(near, _curve(a, b, near) + thick / 2, words, ha="center", va="center", color=INK, zorder=5,
                    fontsize=text_size(ax) - 0.5, bbox=_GROUND)  # fmt: skip
    for side, at, ha in ((left, x0, "right"), (right, x1 - wide, "left")):
        named = _named(ax, side, height)
        for name, (s, e) in side.items():
            ax.add_patch(Rectangle((at, s), wide, e - s, facecolor=MUTED if name in (_NEW, _LOST) else INK, zorder=4))
            words = {_NEW: "new", _LOST: "not seen again"}.get(name, name)
            most = 13 if narrow(ax) else 22
            lines = [*wrap(words, most)[:2], count((e - s) * total)]
            edge, away = (x0, -5) if ha == "right" else (x1, 5)
            note(ax, "\n".join(lines), (edge, named[name]), shift=(away, 0), ha=ha)
    for x, words in ((x0, periods[0] or "before"), (x1, periods[1] or "after")):
        note(ax, words, (x, 1), frame="above", shift=(0, 3), ha="left" if x == x0 else "right", va="bottom",
             colour=MUTED).set_fontweight("bold")  # fmt: skip
    room = 0.5 if narrow(ax) else 0.32
    ax.set_xlim(-room, 1 + room)
    ax.set_ylim(height + 0.01, -0.01)
    ax.axis("off")
    return ax


def _stacked(t: pd.DataFrame, column: str, rows, last: str) -> dict[str, tuple[float, float]]:
    """Upper and lower end of every segment on a side, as shares of all customers."""
    sums = t.groupby(column)["customers"].sum() / t["customers"].sum()
    at, found = 0.0, {}
    for name in (last if name is None else name for name in rows):
        if sums.get(name, 0) > 0:
            found[name] = (at, at + float(sums[name]))
            at += float(sums[name]) + _GAP
    return found


def _named(ax: Axes, side: dict[str, tuple[float, float]], height: float) -> dict[str, float]:
    """Where names stand: at the middle of their segment, pushed down where they would overlap."""
    need = 3.4 * text_size(ax) / _points(ax, height)
    found, last = {}, -np.inf
    for name, (s, e) in side.items():
        last = max((s + e) / 2, last + need)
        found[name] = last
    return found


def _points(ax: Axes, height: float) -> float:
    """Points a share of one is high."""
    return 72 * ax.figure.get_figure(root=True).get_size_inches()[1] * 0.88 / height


def _curve(a: float, b: float, t: float) -> float:
    """Height of a band's upper edge at t of the way across, 0 … 1."""
    # across: 3·t²… of a Bézier whose handles are half way: x(u) = 1.5u(1−u)² + 1.5u²(1−u) + u³
    u = np.linspace(0, 1, 201)
    x = 1.5 * u * (1 - u) ** 2 + 1.5 * u**2 * (1 - u) + u**3
    at = float(np.interp(t, x, u))
    return a + (b - a) * (3 * at**2 - 2 * at**3)


def _band(ax: Axes, x0: float, x1: float, a: float, b: float, thick: float, move: str) -> None:
    middle = (x0 + x1) / 2
    points = [(x0, a), (middle, a), (middle, b), (x1, b), (x1, b + thick), (middle, b + thick), (middle, a + thick),
              (x0, a + thick)]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
    face, hatch, alpha = _LOOKS[move]
    ax.add_patch(PathPatch(Path(points, codes), facecolor=face, hatch=hatch, edgecolor="white", linewidth=0.0,
                           alpha=alpha, zorder=2 if move == "stays" else 3))  # fmt: skip


@figure_style()
def draw_net_change(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Customers each segment won and lost on the whole, with intervals; money beside it where it is known.

    Parameters
    ----------
    table : a row a segment: segment, before, after, net, net_low, net_high; money where there is
    """
    table = table.iloc[::-1]
    y = np.arange(len(table))
    reach = np.maximum([table["net"] - table["net_low"], table["net_high"] - table["net"]], 0)
    for at, net in zip(y, table["net"], strict=True):
        style = {"color": PALE_BLUE, "edgecolor": BLUE} if net >= 0 else {
            "color": PALE_ORANGE, "edgecolor": ORANGE, "hatch": "////"
        }  # fmt: skip
        ax.barh(at, net, height=0.55, linewidth=0.8, **style)
    ax.errorbar(table["net"], y, xerr=reach, linestyle="none", color=INK, elinewidth=1.6, capsize=3)
    ax.axvline(0, color=INK, linewidth=0.8)
    span = max(float(table["net_high"].max()), 0.0) - min(float(table["net_low"].min()), 0.0)
    for at, row in zip(y, table.to_dict("records"), strict=True):
        words = ("+" if row["net"] > 0 else "") + count(row["net"])
        if np.isfinite(row.get("money", np.nan)) and not narrow(ax):
            words += f", {'+' if row['money'] > 0 else ''}{money(row['money'], currency)}"
        note(ax, words, (max(row["net_high"], 0.0), at), shift=(6, 0))
    beneath = [f"{count(r.before)} → {count(r.after)}" for r in table.itertuples()]
    name_rows(ax, table["segment"], beneath, least=3)
    ax.set_xlim(min(float(table["net_low"].min()), 0.0) - 0.05 * span, max(float(table["net_high"].max()), 0.0)
                + (0.25 if narrow(ax) else 0.3) * span)  # fmt: skip
    write_axis(ax.xaxis, "Net change, customers", unit="count")
    return ax
