"""Step by step: where journeys go from their first contact to the next ones, and where they end."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from cxlab.errors import DataError
from cxlab.journey.charts.canvas import canvas, extent, say, width_of, wrap
from cxlab.journey.charts.parts import box
from cxlab.journey.log import END, START
from cxlab.style import INK, MUTED, NARROW, ORANGE, PALE_ORANGE, figure_style
from cxlab.wording import count, share

#: touchpoints told apart at most; the rarer ones are taken together
TOP, TOP_NARROW = 9, 6
_OTHERS = "(others)"
_NODE = 9.0  # width of a node
_BETWEEN = 5.0  # between two nodes of a step
_SHADES = ("#123F66", "#1F6FB2", "#6FA5D2", "#14695D", "#1B8A7A", "#7FC0B6", "#5B6770", "#7B4F9E", "#A98BC0", "#8C6D46")
_HATCHES = ("", "////", "", "\\\\\\\\", "", "....", "", "xxxx", "", "----")


@figure_style()
def draw_step_flows(ax: Axes, flows: pd.DataFrame, *, tall: float = 250.0) -> Axes:
    """Journeys from step to step: a node a touchpoint and step, bands as wide as the journeys that go that way.

    Journeys that end are orange and hatched and leave the picture at the bottom of the next step. As many steps are
    drawn as the width holds.

    Parameters
    ----------
    flows : step (1 …, of the source), source, target ("(end)" where the journey ends), journeys
    tall : points that all journeys together are high

    Raises
    ------
    DataError : no journey has a step.
    """
    flows = flows[(flows["source"] != START) & (flows["source"] != END) & (flows["journeys"] > 0)]
    if flows.empty:
        raise DataError("no journey has a step: there is no flow to draw.", expected="flows with journeys > 0")
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    steps = sorted(flows["step"].unique())
    whole_steps = len(steps)
    fit = max(2, int(width // (74 if narrow else 92)))
    steps = steps[: fit - 1]
    flows = flows[flows["step"].isin(steps)]
    sizes = pd.concat([flows.groupby("source")["journeys"].sum(), flows.groupby("target")["journeys"].sum()])
    sizes = (
        sizes.groupby(level=0).max().drop([END, _OTHERS], errors="ignore").sort_values(ascending=False, kind="stable")
    )
    most = TOP_NARROW if narrow else TOP
    kept = list(sizes.index[:most] if len(sizes) <= most else sizes.index[: most - 1])
    order = [
        *[n for n in dict.fromkeys(flows["source"]) if n in kept],
        *[n for n in kept if n not in set(flows["source"])],
    ]
    folded = flows.assign(
        source=flows["source"].where(flows["source"].isin(kept), _OTHERS),
        target=flows["target"].where(flows["target"].isin([*kept, END]), _OTHERS),
    )
    folded = folded.groupby(["step", "source", "target"], as_index=False)["journeys"].sum()
    rest = _OTHERS in {*folded["source"], *folded["target"]}
    order = [*order, *([_OTHERS] if rest else []), END]
    shade = {name: (_SHADES[i % 10], _HATCHES[i % 10]) for i, name in enumerate(order)} | {
        _OTHERS: ("#AEB9C0", ""), END: (ORANGE, "////")
    }  # fmt: skip
    columns = [*steps, steps[-1] + 1]
    nodes = {step: _heights(folded, step, order) for step in columns}
    unit = tall / max(sum(own.values()) for own in nodes.values())
    pitch = width / len(columns)
    places = {step: _stacked(own, unit) for step, own in nodes.items()}
    height = max(end for own in places.values() for _, end in own.values())
    words = "a band is as wide as the journeys that go that way; orange: the journey ends"
    if whole_steps > len(steps):
        words += f"; the first {len(columns)} of {whole_steps + 1} steps"
    if _OTHERS in order:
        words += "; rarer touchpoints are taken together as (others)"
    foot = wrap(words[:1].upper() + words[1:], width, 7.2, lines=4)
    head = 30.0
    canvas(ax, head + height + 8 + 9.4 * len(foot))
    first = sum(nodes[steps[0]].values())
    for k, step in enumerate(columns):
        x = pitch * k
        there = sum(v for name, v in nodes[step].items() if name != END)
        say(ax, x, 6, f"{'Contact' if k == 0 else ''} {int(step)}".strip(), size=8, ha="left", bold=True)
        say(ax, x, 16, f"{count(there)}, {share(there / first)}", size=7.2, ha="left", colour=MUTED)
        _bands(ax, folded[folded["step"] == step], places, step, order, shade, x, pitch, head, unit)
        for name, (top, end) in places[step].items():
            colour, hatch = shade[name]
            style = {"hatch": hatch, "edgecolor": "white"} if hatch else {}
            box(ax, x, head + top, _NODE, end - top, facecolor=colour, zorder=4, **style)
            _write(ax, name, nodes[step][name] / first, x + _NODE + 3, head + top, end - top, pitch - _NODE - 8)
    for i, line in enumerate(foot):
        say(ax, 0, head + height + 12 + 9.4 * i, line, size=7.2, ha="left", colour=MUTED)
    return ax


def _heights(flows: pd.DataFrame, step, order: list[str]) -> dict[str, float]:
    """Journeys at every touchpoint of a step; of the last step, those that come there; and those that ended before."""
    into = flows[flows["step"] == step - 1].groupby("target")["journeys"].sum()
    out = flows[flows["step"] == step].groupby("source")["journeys"].sum()
    found = {name: float(max(into.get(name, 0), out.get(name, 0))) for name in order}
    return {name: n for name, n in found.items() if n > 0}


def _stacked(own: dict[str, float], unit: float) -> dict[str, tuple[float, float]]:
    """Upper and lower end of every node of a step."""
    at, found = 0.0, {}
    for name, n in own.items():
        found[name] = (at, at + n * unit)
        at += n * unit + _BETWEEN + (4 if name != END else 0)
    return found


def _bands(ax: Axes, flows, places, step, order, shade, x, pitch, head, unit) -> None:
    """The bands from one step to the next, in the order of the nodes at both ends."""
    left = {name: top for name, (top, _) in places[step].items()}
    right = {name: top for name, (top, _) in places.get(step + 1, {}).items()}
    rank = {name: i for i, name in enumerate(order)}
    ways = sorted(flows.itertuples(), key=lambda row: (rank[row.source], rank[row.target]))
    start = {}
    for row in ways:
        start[(row.source, row.target)] = left[row.source]
        left[row.source] += row.journeys * unit
    for row in sorted(ways, key=lambda row: (rank[row.target], rank[row.source])):
        wide, a, b = row.journeys * unit, start[(row.source, row.target)], right[row.target]
        right[row.target] += wide
        x0, x1 = x + _NODE, x + pitch
        middle, a, b = (x0 + x1) / 2, a + head, b + head
        upper = [(x0, a), (middle, a), (middle, b), (x1, b)]
        lower = [(x1, b + wide), (middle, b + wide), (middle, a + wide), (x0, a + wide)]
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
        ended = row.target == END
        style = {"facecolor": PALE_ORANGE if ended else shade[row.source][0], "alpha": 0.75 if ended else 0.24}
        ax.add_patch(PathPatch(Path([*upper, *lower], codes), edgecolor="none", linewidth=0, zorder=2, **style))


def _write(ax: Axes, name: str, part: float, x: float, top: float, tall: float, room: float) -> None:
    """Name and share of all journeys beside a node, as far as its height allows."""
    if tall < 6.5:
        return
    label = "end" if name == END else name
    colour = ORANGE if name == END else INK
    number = share(part)
    if tall >= 17:
        lines = [*wrap(label, room, 7.2, lines=2 if tall >= 26 else 1, bold=True)]
        at = top + tall / 2 - 8.6 * len(lines) / 2
        for j, words in enumerate(lines):
            say(ax, x, at + 8.6 * j, words, size=7.2, ha="left", bold=True, colour=colour, ground="white").set_zorder(6)
        say(ax, x, at + 8.6 * len(lines), number, size=7, ha="left", colour=MUTED, ground="white").set_zorder(6)
        return
    words = wrap(label, room - extent(" " + number, 7), 7, lines=1)[0]
    say(ax, x, top + tall / 2, f"{words} {number}", size=7, ha="left", colour=colour, ground="white").set_zorder(6)
