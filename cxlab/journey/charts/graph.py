"""The transition graph: touchpoints under their stages, and the largest ways between them with what they carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from cxlab.errors import DataError
from cxlab.journey.charts.canvas import canvas, extent, say, short_count, width_of, wrap
from cxlab.journey.log import END, START
from cxlab.style import BLUE, INK, MUTED, NARROW, ORANGE, PALE_BLUE, SAND, figure_style
from cxlab.wording import duration, share

_ROW = 9.4  # height of a line of words in a node
_BETWEEN = 26.0  # between two nodes of a stage
_WIDEST = 8.0  # points of the widest line
_WRITTEN = 8  # lines with words on them at most
_MENTIONED = 0.1  # share of journeys from which a node says how many begin or end there


@dataclass(frozen=True)
class Node:
    """A touchpoint on the canvas: its middle and size, its layer (order of flow) and rank (order within the layer)."""

    name: str
    rows: tuple[tuple[str, float, str, bool], ...]  # what stands in it, line by line: words, size, colour, bold
    x: float
    y: float
    wide: float
    tall: float
    layer: int
    rank: int


def coverage(table: pd.DataFrame, top: int) -> str:
    """How much of the traffic between touchpoints the largest transitions carry, in words.

    >>> t = pd.DataFrame({"source": ["(start)", "a", "b"], "target": ["a", "b", "a"], "contacts": [9, 6, 2]})
    >>> coverage(t, 1), coverage(t, 5)
    ('the largest of 2 transitions carries 75 % of traffic', 'all 2 transitions')
    """
    inside = between(table)
    if len(inside) <= top:
        return f"all {len(inside)} transitions" if len(inside) > 1 else "the only transition"
    part = inside["contacts"].head(top).sum() / inside["contacts"].sum()
    which = f"the {top} largest of {len(inside)} transitions carry" if top > 1 else (
        f"the largest of {len(inside)} transitions carries"
    )  # fmt: skip
    return f"{which} {share(part)} of traffic"


def between(table: pd.DataFrame) -> pd.DataFrame:
    """The transitions from one touchpoint to another that were seen, the largest first."""
    inside = table[(table["source"] != START) & (table["target"] != END) & (table["contacts"] > 0)]
    return inside.sort_values("contacts", ascending=False, kind="stable").reset_index(drop=True)


@figure_style()
def draw_graph(ax: Axes, table: pd.DataFrame, touchpoints: pd.DataFrame, *, top: int = 12, label: str = "") -> Axes:
    """The largest transitions on axes of their own; beneath them, how much of the traffic they carry.

    Stages follow each other from left to right (on a phone from top to bottom), the touchpoints of a stage in the order
    of the journey. Lines are as wide as the contacts they carry; the largest say which share of those who leave goes
    that way, as an interval, and the median wait. Dashed lines lead back to an earlier stage.

    Parameters
    ----------
    table : source, target, contacts, share, low, high, median_gap_s; rows from "(start)" and to "(end)" say how many
        journeys begin and end at a touchpoint
    touchpoints : touchpoint, stage, contacts; in the order of the journey
    top : transitions drawn at most
    label : a word that must stand in the picture ("simulated")

    Raises
    ------
    DataError : there is no transition between two touchpoints.
    """
    drawn = between(table).head(top)
    if drawn.empty:
        raise DataError(
            "no contact follows another: there is no transition to draw.",
            expected="journeys of two contacts or more",
            mend='per="customer"',
        )
    met = touchpoints[touchpoints["touchpoint"].isin({*drawn["source"], *drawn["target"]})]
    width = width_of(ax)
    upright = width < 72 * NARROW
    nodes, height, stages = (_downwards if upright else _across)(met, table, width)
    words = coverage(table, top) + (
        "; line: contacts, with the share of those who leave (interval) and the median wait; dashed: back to an "
        "earlier stage"
    ) + (f"; {label} data" if label else "")  # fmt: skip
    foot = wrap(words[:1].upper() + words[1:], width, 7.2, lines=5)
    canvas(ax, height + 6 + 9.4 * len(foot))
    taken = [(n.x - n.wide / 2, n.y - n.tall / 2, n.x + n.wide / 2, n.y + n.tall / 2) for n in nodes.values()]
    for name, x, y, wide, ha in stages:
        if ha == "center":
            ax.add_patch(FancyBboxPatch((x - wide / 2, y - 7), wide, 14, boxstyle="round,pad=0,rounding_size=3",
                                        facecolor=SAND, edgecolor="none", zorder=0))  # fmt: skip
        name = wrap(name, wide - 4, 8, lines=1, bold=True)[0]
        say(ax, x, y, name, size=8, bold=True, ha=ha, ground="" if ha == "center" else "white").set_zorder(7)
        taken.append((x, y - 6, x + extent(name, 8, bold=True), y + 6))
    order = list(dict.fromkeys(touchpoints["stage"]))
    rank = {r.touchpoint: order.index(r.stage) for r in met.itertuples()}
    ports = _ports(drawn, nodes, upright)
    most = float(drawn["contacts"].max())
    ends = []
    for i, row in reversed(list(enumerate(drawn.itertuples()))):
        part = row.contacts / most
        style = {
            "linewidth": max(_WIDEST * part, 0.8),
            "edgecolor": BLUE if part >= 0.5 else "#6FA5D2" if part >= 0.2 else PALE_BLUE,
            "zorder": 2 + part,
        }
        if rank[row.target] < rank[row.source]:
            style |= {"edgecolor": MUTED if part >= 0.2 else "#AEB9C0", "linestyle": (0, (3, 1.5))}
        if row.source == row.target:
            ends.append((i, row, _loop(ax, nodes[row.source], style), True))
        else:
            a, b = nodes[row.source], nodes[row.target]
            straight = not upright and a.layer == b.layer and abs(a.rank - b.rank) == 1
            points = [port[0] for port in ports[i]] if straight else _way(nodes, a, b, ports[i], upright)
            ends.append((i, row, _edge(ax, points, style, upright or straight), straight))
    for node in nodes.values():
        _node(ax, node)
    for _, row, points, beside in sorted(ends, key=lambda end: end[0])[:_WRITTEN]:
        _write(ax, row, points, taken, aside=_WIDEST * row.contacts / most / 2 + 3 if beside else 0.0)
    for i, line in enumerate(foot):
        say(ax, 0, height + 10 + 9.4 * i, line, size=7.2, colour=MUTED, ha="left")
    return ax


def _across(met: pd.DataFrame, table: pd.DataFrame, width: float):
    """Layers from left to right, one a stage."""
    stages = list(dict.fromkeys(met["stage"]))
    pitch = (width - 4) / len(stages)
    wide = min(0.62 * pitch if len(stages) > 1 else 0.4 * pitch, 110.0)
    rows = {r.touchpoint: _rows(r, table, wide) for r in met.itertuples()}
    tall = _ROW * max(map(len, rows.values())) + 7
    nodes, heads = {}, []
    for layer, stage in enumerate(stages):
        x = 2 + pitch * (layer + 0.5) if len(stages) > 1 else width / 2
        heads.append((str(stage), x, 8.0, wide + 16, "center"))
        for rank, name in enumerate(met.loc[met["stage"] == stage, "touchpoint"]):
            y = 40 + rank * (tall + _BETWEEN) + tall / 2
            nodes[name] = Node(name, rows[name], x, y, wide, tall, layer, rank)
    return nodes, 40 + max(n.rank + 1 for n in nodes.values()) * (tall + _BETWEEN) - _BETWEEN + 12, heads


def _downwards(met: pd.DataFrame, table: pd.DataFrame, width: float):
    """Layers from top to bottom; a stage of more than three touchpoints takes several."""
    nodes, heads, y, layer, each = {}, [], 0.0, 0, 3
    for stage in dict.fromkeys(met["stage"]):
        own = met[met["stage"] == stage]
        heads.append((str(stage), 0.0, y + 8, width, "left"))
        y += 34
        for start in range(0, len(own), each):
            together = own.iloc[start : start + each]
            pitch = width / max(len(together), 2)
            wide = min(0.74 * pitch, 80.0)
            rows = {r.touchpoint: _rows(r, table, wide) for r in together.itertuples()}
            tall = _ROW * max(map(len, rows.values())) + 7
            for rank, name in enumerate(together["touchpoint"]):
                nodes[name] = Node(name, rows[name], pitch * (rank + 0.5), y + tall / 2, wide, tall, layer, rank)
            y += tall + 36
            layer += 1
    return nodes, y - 22, heads


def _rows(touchpoint, table: pd.DataFrame, wide: float) -> tuple[tuple[str, float, str, bool], ...]:
    """What stands in a node: name, contacts, and which shares of journeys begin and end there."""
    name = touchpoint.touchpoint
    begins = table.loc[(table["source"] == START) & (table["target"] == name), "share"].max()
    ends = table.loc[(table["source"] == name) & (table["target"] == END), "share"].max()
    rows = [(line, 7.6, INK, True) for line in wrap(name, wide - 5, 7.6, lines=2, bold=True)]
    rows.append((short_count(touchpoint.contacts), 7.0, MUTED, False))
    if begins >= _MENTIONED:
        rows.append((f"{share(begins)} begin", 7.0, INK, False))
    if ends >= _MENTIONED:
        rows.append((f"{share(ends)} end", 7.0, ORANGE, False))
    return tuple(rows)


def _ports(drawn: pd.DataFrame, nodes: dict[str, Node], upright: bool) -> dict[int, tuple]:
    """Where every line leaves its source and meets its target: side by side, in the order of where they lead."""
    sides: dict[tuple[str, str], list] = {}
    for i, row in enumerate(drawn.itertuples()):
        if row.source == row.target:
            continue
        a, b = nodes[row.source], nodes[row.target]
        forward = b.layer > a.layer or (b.layer == a.layer and b.rank > a.rank)
        if not upright and a.layer == b.layer and abs(a.rank - b.rank) == 1:  # straight to the one beneath, or above
            sides.setdefault((row.source, "under" if forward else "over"), []).append((b.x, forward, i, "out"))
            sides.setdefault((row.target, "over" if forward else "under"), []).append((a.x, forward, i, "in"))
            continue
        same = a.layer == b.layer
        out, into = ("far", "near") if forward else ("near", "far")
        into = out if same else into
        across = (lambda n: n.x) if upright else (lambda n: n.y)
        sides.setdefault((row.source, out), []).append((across(b), forward, i, "out"))
        sides.setdefault((row.target, into), []).append((across(a), forward, i, "in"))
    found: dict[int, dict] = {}
    for (name, side), lines in sides.items():
        node = nodes[name]
        for k, (_, _, i, end) in enumerate(sorted(lines, key=lambda line: (line[0], line[1], line[2]))):
            along = (k + 1) / (len(lines) + 1) - 0.5
            sign = 1 if side in ("far", "under") else -1
            if upright or side in ("under", "over"):
                point = (node.x + 0.9 * along * node.wide, node.y + sign * node.tall / 2)
            else:
                point = (node.x + sign * node.wide / 2, node.y + 0.9 * along * node.tall)
            found.setdefault(i, {})[end] = (point, sign)
    return {i: (ends["out"], ends["in"]) for i, ends in found.items()}


def _way(nodes: dict[str, Node], a: Node, b: Node, ports, upright: bool) -> list[tuple[float, float]]:
    """Points of a line, past the nodes of the layers between; two extra ones bow a line within a layer."""
    (start, sign), (end, _) = ports
    if a.layer == b.layer:
        out = sign * (16 + 5 * abs(a.rank - b.rank))
        if upright:
            return [start, (start[0], start[1] + out), (end[0], end[1] + out), end]
        return [start, (start[0] + out, start[1]), (end[0] + out, end[1]), end]
    points = [start]
    step = 1 if b.layer > a.layer else -1
    for layer in range(a.layer + step, b.layer, step):
        own = [n for n in nodes.values() if n.layer == layer]
        part = (layer - a.layer) / (b.layer - a.layer)
        if upright:
            x = _free(start[0] + part * (end[0] - start[0]), [(n.x, n.wide / 2 + 5) for n in own])
            points.append((x, own[0].y))
        else:
            y = _free(start[1] + part * (end[1] - start[1]), [(n.y, n.tall / 2 + 6) for n in own])
            points.append((own[0].x, y))
    return [*points, end]


def _free(wanted: float, taken: list[tuple[float, float]]) -> float:
    """The place nearest to the wanted one that no node takes.

    >>> _free(11, [(10, 4), (20, 4)]), _free(1, [(10, 4)])
    (15.0, 1)
    """
    if all(abs(wanted - middle) >= half for middle, half in taken):
        return wanted
    places = sorted(taken)
    gaps = [(a + ha + b - hb) / 2 for (a, ha), (b, hb) in zip(places, places[1:], strict=False) if b - hb >= a + ha]
    ends = [places[0][0] - places[0][1], places[-1][0] + places[-1][1]]
    return min([*gaps, *ends], key=lambda at: abs(at - wanted))


def _edge(ax: Axes, points: list, style: dict, upright: bool) -> np.ndarray:
    """A smooth line with its head; returns points along it."""
    bowed = len(points) == 4 and (points[1][1] == points[2][1] if upright else points[1][0] == points[2][0])
    bowed = bowed and (points[0][1] == points[3][1] if upright else points[0][0] == points[3][0])
    vertices, codes = [points[0]], [Path.MOVETO]
    if bowed:
        vertices += points[1:]
        codes += [Path.CURVE4] * 3
    else:
        for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
            if upright:
                middle = (y0 + y1) / 2
                vertices += [(x0, middle), (x1, middle), (x1, y1)]
            else:
                middle = (x0 + x1) / 2
                vertices += [(middle, y0), (middle, y1), (x1, y1)]
            codes += [Path.CURVE4] * 3
    line = Path(vertices, codes).interpolated(1)
    before, tip = np.array(vertices[-2], float), np.array(vertices[-1], float)
    direction = (tip - before) / max(np.hypot(*(tip - before)), 1e-9)
    head = 4.0 + 0.55 * style["linewidth"]
    shortened = [*vertices[:-1], tuple(tip - direction * head * 0.8)]
    ax.add_patch(PathPatch(Path(shortened, codes), facecolor="none", capstyle="butt", **style))
    side = np.array([-direction[1], direction[0]]) * (2.2 + 0.55 * style["linewidth"])
    base = tip - direction * head
    ax.add_patch(Polygon([tip, base + side, base - side], facecolor=style["edgecolor"], edgecolor="none",
                         zorder=style["zorder"]))  # fmt: skip
    return _along(np.array(line.vertices if bowed else vertices, float))


def _along(vertices: np.ndarray) -> np.ndarray:
    """Points along the Bézier pieces of a line."""
    t = np.linspace(0.05, 0.95, 19)[:, None]
    pieces = []
    for k in range(0, len(vertices) - 1, 3):
        p0, p1, p2, p3 = vertices[k : k + 4]
        pieces.append((1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3)
    return np.concatenate(pieces)


def _loop(ax: Axes, node: Node, style: dict) -> np.ndarray:
    """A small arc from a node to itself, over its right corner."""
    x, y = node.x + node.wide / 2 - 12, node.y - node.tall / 2
    points = [(x - 10, y), (x - 12, y - 17), (x + 10, y - 17), (x + 8, y)]
    style = style | {"linewidth": min(style["linewidth"], 5.0)}
    return _edge(ax, [points[0], points[1], points[2], points[3]], style, True)


def _node(ax: Axes, node: Node) -> None:
    corner = (node.x - node.wide / 2, node.y - node.tall / 2)
    ax.add_patch(FancyBboxPatch(corner, node.wide, node.tall, boxstyle="round,pad=0,rounding_size=4", linewidth=1.0,
                                facecolor="white", edgecolor=INK, zorder=6))  # fmt: skip
    top = node.y - _ROW * (len(node.rows) - 1) / 2
    for j, (words, size, colour, bold) in enumerate(node.rows):
        say(ax, node.x, top + j * _ROW, words, size=size, colour=colour, bold=bold).set_zorder(7)


def _write(ax: Axes, row, points: np.ndarray, taken: list, *, aside: float) -> None:
    """Share and wait on a line, or `aside` of a short one, where nothing stands yet; nothing without room."""
    words = f"{share(row.share)}"
    if np.isfinite([row.low, row.high]).all():
        low, high = (share(v).removesuffix(" %") for v in (row.low, row.high))
        words = f"{low}–{high} %" if low != high else f"{high} %"
    wait = duration(row.median_gap_s) if np.isfinite(getattr(row, "median_gap_s", np.nan)) else ""
    lines = [words, wait] if wait else [words]
    wide, tall = max(extent(line, 6.8) for line in lines), 8.4 * len(lines)
    middle = (len(points) - 1) // 2
    for k in sorted(range(len(points)), key=lambda k: abs(k - middle)):
        x, y = points[k]
        if aside:
            x, y = float(points[:, 0].max()) + aside + wide / 2, float(points[:, 1].mean())
        own = (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)
        if own[0] < -3 or own[2] > ax.get_xlim()[1] + 3:
            continue
        if all(own[2] < o[0] or own[0] > o[2] or own[3] < o[1] or own[1] > o[3] for o in taken):
            taken.append(own)
            ax.add_patch(Rectangle((own[0] - 1, own[1]), wide + 2, tall, facecolor="white", alpha=0.85, linewidth=0,
                                   zorder=7.9))  # fmt: skip
            for j, line in enumerate(lines):
                say(ax, x, y + (j - (len(lines) - 1) / 2) * 8.4, line, size=6.8,
                    colour=INK if j == 0 else MUTED).set_zorder(8)  # fmt: skip
            return
