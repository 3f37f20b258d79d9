"""The lanes of the journey map where touchpoints are columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from scipy.interpolate import PchipInterpolator

from cxlab.journey.charts.canvas import fits, say, short_count, short_money, wrap
from cxlab.style import (
    BLUE,
    DASHES,
    INK,
    LINE,
    MARKERS,
    MUTED,
    ORANGE,
    PALE_BLUE,
    SAND,
    TEAL,
)  # fmt: skip
from cxlab.wording import MINUS, NO_BREAK, SYMBOLS, duration, share

#: points between two lanes and between two stages
GAP = 5.0
#: what can be said of a touchpoint, with its sign and colour
MARKS = {"pain": ("v", ORANGE), "moment of truth": ("D", INK), "peak": ("^", TEAL)}
#: share by which journeys must differ for a second bar to be drawn
MOVED = 0.02
#: a bar of the second state
OUTLINE = {"facecolor": "none", "edgecolor": INK, "linewidth": 1.0, "linestyle": (0, (2, 1.5)), "zorder": 4}
#: rows of the channel lane at most, the last one for all others
_CHANNELS = 5
_TICKS = ((1, "1 s"), (60, "1 min"), (3600, "1 h"), (86_400, "1 d"), (604_800, "1 week"), (31_556_952, "1 year"))


@dataclass(frozen=True)
class Place:
    """Where things stand: the ends of the lanes, middle and width of every touchpoint's column, ends of every stage.

    `tall` stretches the lanes that have a scale.
    """

    left: float
    right: float
    middle: np.ndarray
    width: np.ndarray
    stages: tuple[tuple[str, float, float], ...]
    size: float
    tall: float = 1.0

    @property
    def small(self) -> float:
        return self.size - 0.8


@dataclass(frozen=True)
class Curve:
    """An emotional curve: a value with its interval a touchpoint, and how it is told from the others."""

    name: str
    emotion: np.ndarray
    low: np.ndarray
    high: np.ndarray
    position: int
    colour: str


@dataclass(frozen=True)
class Lane:
    """A lane: its height, what draws it from a y downwards, its name and what stands beneath the name."""

    height: float
    draw: Callable[[Axes, float, float], None]
    name: str = ""
    beneath: str = ""
    gap: float = GAP
    shaded: bool = True
    axis: bool = False  # whether words of an axis stand beside it


def lanes(
    shown: pd.DataFrame, curves: list[Curve], channels: pd.DataFrame | None, place: Place, *, currency: str, money: str
) -> list[Lane]:
    """The lanes for which there is something to draw, from the top."""
    found = [_stages(place), _names(shown, place)]
    if channels is not None and len(channels):
        found.append(_channels(shown, channels, place))
    found.append(_journeys(shown, place))
    if measured(shown, "wait_s"):
        found.append(_waiting(shown, place))
    if curves:
        found.append(_emotion(curves, place))
    if "mark" in shown and shown["mark"].fillna("").astype(bool).any():
        found.append(_marks(shown, place))
    if measured(shown, "money"):
        found.append(_money(shown, place, currency, money))
    return found


def measured(table: pd.DataFrame, column: str) -> bool:
    """Whether a column is there and says something."""
    return column in table and bool(table[column].notna().any())


def values(table: pd.DataFrame, column: str) -> np.ndarray:
    """A column as numbers, missing where there is none."""
    return table[column].to_numpy(float, na_value=np.nan) if column in table else np.full(len(table), np.nan)


def ground(ax: Axes, place: Place, y: float, lane: Lane) -> None:
    """The ground of a lane, every other stage shaded, and its name at the left."""
    if not lane.shaded:
        return
    for _, start, end in place.stages[::2]:
        box(ax, start, y, end - start, lane.height, facecolor=SAND, zorder=0)
    room = place.left - (6 * place.size if lane.axis else 10)
    name = wrap(lane.name, place.left - 14, place.size, lines=2, bold=True) if lane.name else []
    step = 1.2 * place.size
    most = max(1, int(lane.height / step) - len(name))
    beneath = wrap(lane.beneath, room, place.small, lines=most) if lane.beneath else []
    at = y + lane.height / 2 - step * (len(name) + len(beneath) - 1) / 2
    for i, words in enumerate([*name, *beneath]):
        strong = i < len(name)
        say(ax, 0, at + i * step, words, size=place.size if strong else place.small, ha="left", bold=strong,
            colour=INK if strong else MUTED)  # fmt: skip


def box(ax: Axes, x: float, y: float, width: float, height: float, **style) -> Rectangle:
    """A rectangle without edges unless asked for."""
    return ax.add_patch(Rectangle((x, y), width, height, **{"edgecolor": "none", "linewidth": 0} | style))


def leaving(ax: Axes, x: float, y: float, width: float, height: float) -> None:
    """The part of a bar that leaves: orange, and hatched for eyes that do not see it."""
    box(ax, x, y, width, height, facecolor=ORANGE, edgecolor="white", hatch="////", zorder=2)


def whisker(ax: Axes, x, y, *, colour: str = INK, cap: float = 2.0) -> None:
    """An interval between two points, upright or level, with caps."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or (x[0] == x[1] and y[0] == y[1]):
        return
    ax.plot(x, y, color=colour, linewidth=1.1, solid_capstyle="butt", zorder=5)
    for px, py in zip(x, y, strict=True):
        upright = x[0] == x[1]
        ends = ([px - cap, px + cap], [py, py]) if upright else ([px, px], [py - cap, py + cap])
        ax.plot(*ends, color=colour, linewidth=1.1, zorder=5)


def _stages(place: Place) -> Lane:
    """Arrows with the names of the stages."""
    size = next(
        (s for s in (place.size, place.size - 0.7, place.size - 1.4)
         if all(fits([n], b - a - 15, s, lines=2, bold=True) for n, a, b in place.stages)), place.size - 1.4
    )  # fmt: skip
    fitted = [wrap(n, b - a - 15, size, lines=2, bold=True) for n, a, b in place.stages]
    height = size * (1.2 * max(map(len, fitted)) + 1.2)

    def draw(ax, y, tall):
        for i, ((_, start, end), name) in enumerate(zip(place.stages, fitted, strict=True)):
            tip, notch = 6.0, 6.0 if i else 0.0
            ends = [(start, y), (end - 2, y), (end - 2 + tip, y + tall / 2), (end - 2, y + tall), (start, y + tall)]
            ax.add_patch(Polygon([*ends, (start + notch, y + tall / 2)], facecolor=INK, edgecolor="none", zorder=1))
            say(ax, (start + end + notch) / 2, y + tall / 2, "\n".join(name), size=size, colour="white", bold=True)

    return Lane(height, draw, shaded=False)


def _names(shown: pd.DataFrame, place: Place) -> Lane:
    """The touchpoints' names: side by side where they fit, else in turn on two levels."""
    names, n = shown["touchpoint"].astype(str).tolist(), len(shown)
    levels = 1 if n < 3 or all(
        fits([name], w - 4, place.size, lines=3) for name, w in zip(names, place.width, strict=True)
    ) else 2  # fmt: skip
    rooms = place.width - 4
    if levels == 2:  # as far as the next names on the same level, and the ends of the map
        x = place.middle
        sides = [[abs(x[j] - x[i]) - 4 for j in (i - 2, i + 2) if 0 <= j < n] for i in range(n)]
        ends = 2 * np.minimum(x - place.left + 24, place.right + 4 - x)
        rooms = np.maximum([min([*side, end]) for side, end in zip(sides, ends, strict=True)], rooms)
    size = next(
        (s for s in (place.size, place.size - 0.7, place.size - 1.4)
         if all(fits([name], room, s, lines=3) for name, room in zip(names, rooms, strict=True))), place.size - 0.7
    )  # fmt: skip
    step = 1.2 * size
    fitted = [wrap(name, room, size, lines=3) for name, room in zip(names, rooms, strict=True)]
    deep = [max((len(f) for f in fitted[level::levels]), default=1) * step for level in range(levels)]
    height = sum(deep) + (6 if levels == 2 else 0) + 2

    def draw(ax, y, tall):
        for i, words in enumerate(fitted):
            level = i % levels
            top = y + 2 + (deep[0] + 4 if level else 0)
            base = top + deep[level] - 0.25 * size
            if levels == 2 and not level:
                ax.plot([place.middle[i]] * 2, [base + 3, y + tall], color=LINE, linewidth=0.8, zorder=0)
            say(ax, place.middle[i], base, "\n".join(words), size=size, va="baseline", ground="white")

    return Lane(height, draw, gap=3, shaded=False)


def _channels(shown: pd.DataFrame, channels: pd.DataFrame, place: Place) -> Lane:
    """Squares as large as the share of a channel in the contacts of a touchpoint; the main one dark."""
    own = channels[channels["touchpoint"].isin(shown["touchpoint"])]
    contacts = own["touchpoint"].map(shown.set_index("touchpoint")["contacts"]).astype(float) * own["share"]
    order = contacts.groupby(own["channel"].astype(str)).sum().sort_values(ascending=False, kind="stable").index
    names = list(order[:_CHANNELS]) if len(order) <= _CHANNELS else [*order[: _CHANNELS - 1], "others"]
    row = own["channel"].astype(str).map(lambda c: names.index(c) if c in names else len(names) - 1)
    grid = np.zeros((len(names), len(shown)))
    column = own["touchpoint"].map({t: i for i, t in enumerate(shown["touchpoint"])})
    np.add.at(grid, (row.to_numpy(), column.to_numpy()), own["share"].to_numpy(float))
    step, room = 1.45 * place.size, place.left - 5.6 * place.size

    def draw(ax, y, tall):
        side = step - 2
        for r, name in enumerate(names):
            middle = y + 3 + (r + 0.5) * step
            small = place.small if fits([name], room, place.small, lines=1) else place.small - 0.9
            say(ax, place.left - 4, middle, wrap(name, room, small, lines=1)[0], size=small, ha="right")
            for c in range(len(shown)):
                if grid[r, c] <= 0:
                    continue
                edge = max(side * np.sqrt(min(grid[r, c], 1.0)), 1.5)
                main = grid[r, c] == grid[:, c].max()
                x = place.middle[c]
                box(ax, x - edge / 2, middle - edge / 2, edge, edge, facecolor=MUTED if main else "#AEB9C0", zorder=2)
                if main and place.width[c] > 58 and grid[r, c] < 0.995:
                    say(ax, x + side / 2 + 2, middle, share(grid[r, c]), size=place.small, ha="left", colour=MUTED)

    return Lane(len(names) * step + 6, draw, "Channel", "share of contacts", axis=True)


def _journeys(shown: pd.DataFrame, place: Place) -> Lane:
    """Bars of the journeys that meet a touchpoint; the part that ends there at the top, with its interval."""
    n, drop = values(shown, "journeys"), values(shown, "drop_off")
    low, high = values(shown, "drop_off_low"), values(shown, "drop_off_high")
    to_be, to_be_n = values(shown, "to_be_drop_off"), values(shown, "to_be_journeys")
    dropped, second = np.isfinite(drop).any(), np.isfinite(to_be).any()
    head = place.size * (1.3 + 1.25 * dropped + 1.25 * second) + 3
    most = max(np.nanmax(np.append(n, 1)), np.nanmax(np.append(to_be_n, 1)))

    def draw(ax, y, tall):
        base, unit = y + tall, (tall - head) / most
        for i, x in enumerate(place.middle):
            wide = min(place.width[i] * 0.66, 46)
            whole = np.nan_to_num(n[i]) * unit
            box(ax, x - wide / 2, base - whole, wide, whole, facecolor=PALE_BLUE, zorder=1)
            top = base - whole
            words = [(short_count(n[i]), MUTED, False)]
            if np.isfinite(drop[i]) and n[i] > 0:
                leaving(ax, x - wide / 2, base - whole, wide, whole * drop[i])
                ends = base - whole * (1 - np.array([low[i], high[i]]))
                whisker(ax, np.array([x, x]), ends)
                words.append((share(drop[i]), ORANGE, True))
            differs = abs(to_be[i] - drop[i]) > 5e-4 or abs(to_be_n[i] - n[i]) > MOVED * n[i]
            if differs:
                other = (to_be_n[i] if np.isfinite(to_be_n[i]) else n[i]) * unit
                box(ax, x - wide / 2 - 2, base - other, wide + 4, other, **OUTLINE)
                top = min(top, base - other)
            if differs and abs(to_be[i] - drop[i]) > 5e-4:
                at = base - other * (1 - to_be[i])
                ax.plot([x - wide / 2 - 2, x + wide / 2 + 2], [at, at], color=INK, linewidth=1.4, zorder=4)
                words.append((f"→ {share(to_be[i])}", INK, True))
            for j, (word, colour, bold) in enumerate(reversed(words)):
                say(ax, x, top - 1 - (j + 0.55) * 1.25 * place.size, word, size=place.size, colour=colour, bold=bold)

    beneath = "▨ end here, with interval" if dropped else ""
    return Lane(62 * place.tall + head, draw, "Journeys", beneath + (f", ▢{NO_BREAK}to{NO_BREAK}be" if second else ""))


def _waiting(shown: pd.DataFrame, place: Place) -> Lane:
    """The median wait until the next contact as a dot, the middle half of waits as a line, on a logarithmic axis."""
    wait, low, high = (values(shown, c) for c in ("wait_s", "wait_q25_s", "wait_q75_s"))
    to_be = values(shown, "to_be_wait_s")
    every = np.concatenate([v[np.isfinite(v)] for v in (wait, low, high, to_be)])
    least = max(float(every.min()), 1.0)
    bottom, top = np.log10(least) - 0.15, max(np.log10(max(every.max(), 1.0)), np.log10(least) + 1) + 0.15

    def draw(ax, y, tall):
        head, foot = 1.5 * place.small, 3.0

        def at(seconds):
            level = (np.log10(np.maximum(seconds, least)) - bottom) / (top - bottom)
            return y + tall - foot - level * (tall - head - foot)

        ticks = [(s, w) for s, w in _TICKS if bottom <= np.log10(s) <= top]
        drawn = []
        for seconds, words in reversed(ticks):
            if all(abs(at(seconds) - other) > 1.1 * place.small for other in drawn):
                drawn.append(at(seconds))
                ax.plot([place.left, place.right], [at(seconds)] * 2, color="#E3E0D8", linewidth=0.6, zorder=1)
                say(ax, place.left - 4, at(seconds), words, size=place.small, ha="right", colour=MUTED)
        for i, x in enumerate(place.middle):
            if not np.isfinite(wait[i]):
                say(ax, x, y + tall - foot - 6, "–", size=place.small, colour=MUTED)
                continue
            if np.isfinite([low[i], high[i]]).all():
                ax.plot([x, x], at(np.array([low[i], high[i]])), color="#8FA0AB", linewidth=3.2, zorder=2,
                        solid_capstyle="butt")  # fmt: skip
            ax.plot([x], [at(wait[i])], marker="o", markersize=4.2, color=INK, zorder=3)
            highest = np.nanmin([at(wait[i]), at(high[i]) if np.isfinite(high[i]) else np.inf])
            words = duration(wait[i])
            if np.isfinite(to_be[i]) and abs(to_be[i] - wait[i]) > 0.005 * max(wait[i], 1):
                ax.plot([x + 5], [at(to_be[i])], marker="s", markersize=4, color=INK, markerfacecolor="white", zorder=3)
                words = f"{words} → {duration(to_be[i])}" if place.width[i] > 62 else f"→ {duration(to_be[i])}"
            say(ax, x, highest - 0.75 * place.small, words, size=place.small, ground=_ground(place, x))

    return Lane(66 * place.tall, draw, "Wait", "median and middle half, to the next contact", axis=True)


def _ground(place: Place, x: float) -> str:
    return SAND if any(start <= x <= end for _, start, end in place.stages[::2]) else "white"


def _emotion(curves: list[Curve], place: Place) -> Lane:
    """Emotional curves from −2 to +2 with their bands; the highest and the lowest value written where there is one."""

    def draw(ax, y, tall):
        def at(value):
            return y + 6 + (2 - np.clip(value, -2, 2)) / 4 * (tall - 12)

        for value in (-2, -1, 0, 1, 2):
            style = {"color": "#B9C1C7", "linewidth": 0.9} if value == 0 else {"color": "#E3E0D8", "linewidth": 0.6}
            ax.plot([place.left, place.right], [at(value)] * 2, zorder=1, **style)
            words = "0" if value == 0 else f"+{value}" if value > 0 else f"{MINUS}{-value}"
            say(ax, place.left - 4, at(value), words, size=place.small, ha="right", colour=MUTED)
        for curve in reversed(curves):
            here = np.flatnonzero(np.isfinite(curve.emotion))
            x = place.middle
            for run in np.split(here, np.flatnonzero(np.diff(here) > 1) + 1):
                fine = np.linspace(x[run[0]], x[run[-1]], 24 * len(run)) if len(run) > 1 else x[run]
                line, low, high = (smooth(x[run], v[run], fine) for v in (curve.emotion, curve.low, curve.high))
                if low is not None and high is not None:
                    ax.fill_between(fine, at(low), at(high), color=curve.colour, alpha=0.2, linewidth=0, zorder=2)
                ax.plot(fine, at(line), color=curve.colour, linewidth=1.7, linestyle=DASHES[curve.position], zorder=3)
            for i in here:
                whisker(
                    ax, np.array([x[i]] * 2), at(np.array([curve.low[i], curve.high[i]])), colour=curve.colour, cap=0
                )
            ax.plot(x[here], at(curve.emotion[here]), **marker(curve))
        if curves[-1].name in ("as it is", "to be"):
            _extremes(ax, curves, place, at)
            return
        _key(ax, curves, place, y + tall / 2)

    beneath = "mean and interval" if len(curves) == 1 or curves[-1].name == "to be" else ""
    return Lane(108 * place.tall, draw, "Emotion" if beneath else "", beneath, axis=True)


def _key(ax: Axes, curves: list[Curve], place: Place, middle: float) -> None:
    """The name of the lane, and of every curve beside a piece of it."""
    names = [wrap(curve.name, place.left - 5 * place.size, place.small, lines=2) for curve in curves]
    step = 1.2 * place.size
    at = middle - step * sum(map(len, names)) / 2 - 0.2 * step
    say(ax, 0, at, "Emotion", size=place.size, ha="left", bold=True)
    at += 1.2 * step
    for curve, name in zip(curves, names, strict=True):
        ax.plot([0, 16], [at, at], color=curve.colour, linestyle=DASHES[curve.position], linewidth=1.6)
        ax.plot([8], [at], **marker(curve))
        for words in name:
            say(ax, 20, at, words, size=place.small, ha="left", colour=curve.colour)
            at += step


def marker(curve: Curve) -> dict:
    """How the points of a curve look."""
    return {"linestyle": "none", "marker": MARKERS[curve.position], "markersize": 4.6, "markerfacecolor": "white",
            "markeredgecolor": curve.colour, "markeredgewidth": 1.4, "zorder": 6}  # fmt: skip


def _extremes(ax: Axes, curves: list[Curve], place: Place, at) -> None:
    """The highest and the lowest value of the present curve, and where the second one parts from it most."""
    now = curves[0]
    wanted = [(now, int(np.nanargmax(now.emotion)), 1, ""), (now, int(np.nanargmin(now.emotion)), -1, "")]
    if len(curves) > 1:
        apart = curves[1].emotion - now.emotion
        most = int(np.nanargmax(np.abs(apart))) if np.isfinite(apart).any() else 0
        wanted.append((curves[1], most, 1 if not apart[most] < 0 else -1, "to be "))
    for curve, i, side, before in {(c.name, i): (c, i, s, b) for c, i, s, b in wanted}.values():
        value = curve.emotion[i]
        end = curve.high[i] if side > 0 else curve.low[i]
        end = end if np.isfinite(end) else value
        words = f"{before}{'+' if value > 0 else MINUS if value < 0 else ''}{abs(value):.1f}"
        style = {"size": place.size, "colour": curve.colour, "bold": True, "ground": _ground(place, place.middle[i])}
        if abs(end) > 1.65:  # no room beyond it
            say(ax, place.middle[i] + 6, at(value), words, ha="left", **style)
        else:
            say(ax, place.middle[i], at(end) - side * 0.8 * place.size, words, **style)


def smooth(x: np.ndarray, y: np.ndarray, fine: np.ndarray) -> np.ndarray | None:
    """A curve through the points that never overshoots them; nothing where a point is missing."""
    if not np.isfinite(y).all():
        return None
    return PchipInterpolator(x, y)(fine) if len(x) > 1 else y


def marks_of(mark: object) -> list[str]:
    """The known marks of a touchpoint.

    >>> marks_of("pain, moment of truth"), marks_of(None)
    (['pain', 'moment of truth'], [])
    """
    return [m.strip() for m in mark.split(",") if m.strip() in MARKS] if isinstance(mark, str) else []


def _marks(shown: pd.DataFrame, place: Place) -> Lane:
    """Pain, the peak and moments of truth, each with its sign and in words; once for neighbours without room."""
    own = [marks_of(mark) for mark in shown["mark"]]
    size, wanted = place.small, 6.4 * place.small
    rows, y = [], 4.0
    for kinds in (("pain", "peak"), ("moment of truth",)):
        deep = 0.0
        for mark in kinds:
            for run in _runs([mark in marks for marks in own], place):
                tight = len(run) > 1 and float(place.width[run].min()) < wanted
                groups = [run] if tight and mark == "moment of truth" else [[i] for i in run]
                for group in groups:
                    words = "moments of truth" if len(group) > 1 else mark
                    wide = max(float(place.width[group].sum()) - 4, 0.85 * wanted)
                    lines = wrap(words, wide, size, lines=3, bold=True)
                    rows.append((y, group, mark, lines))
                    deep = max(deep, 12 + 1.2 * size * len(lines))
        y += deep

    def draw(ax, top, height):
        for at, group, mark, lines in rows:
            sign, colour = MARKS[mark]
            x = place.middle[group]
            ax.plot(x, [top + at + 3] * len(x), marker=sign, markersize=5.5, color=colour, markeredgewidth=0, zorder=4,
                    linestyle="-", linewidth=0.8)  # fmt: skip
            style = {"size": size, "colour": colour, "va": "top", "bold": True}
            say(ax, float(x.mean()), top + at + 8, "\n".join(lines), **style)

    return Lane(y + 1, draw, "What matters")


def _runs(there: list[bool], place: Place) -> list[list[int]]:
    """Neighbours of one stage of which something holds."""
    found: list[list[int]] = []
    stage = [next(i for i, (_, a, b) in enumerate(place.stages) if a <= x <= b) for x in place.middle]
    for i in np.flatnonzero(there):
        if found and found[-1][-1] == i - 1 and stage[i] == stage[i - 1]:
            found[-1].append(int(i))
        else:
            found.append([int(i)])
    return found


def _money(shown: pd.DataFrame, place: Place, currency: str, money: str) -> Lane:
    """Bars of money with their intervals; the three largest strong."""
    value, low, high = (values(shown, c) for c in ("money", "money_low", "money_high"))
    to_be = values(shown, "to_be_money")
    every = np.concatenate([[0.0], *(v[np.isfinite(v)] for v in (value, low, high, to_be))])
    bottom, top = float(every.min()), float(every.max())
    top = max(top, bottom + 1e-9)
    order = np.argsort(-np.nan_to_num(value, nan=-np.inf), kind="stable")
    strong = {int(i) for i in order[:3] if value[i] > 0}

    def draw(ax, y, tall):
        head = place.size * (1.6 + 1.2 * np.isfinite(to_be).any())
        foot = 2 + (place.size * 1.4 if bottom < 0 else 0)

        def at(amount):
            return y + head + (top - amount) / (top - bottom) * (tall - head - foot)

        ax.plot([place.left, place.right], [at(0)] * 2, color="#B9C1C7", linewidth=0.8, zorder=1)
        for i, x in enumerate(place.middle):
            if not np.isfinite(value[i]):
                say(ax, x, at(0) - 0.8 * place.size, "–", size=place.small, colour=MUTED)
                continue
            wide = min(place.width[i] * 0.66, 46)
            colour = BLUE if i in strong else PALE_BLUE
            box(ax, x - wide / 2, min(at(value[i]), at(0)), wide, abs(at(value[i]) - at(0)), facecolor=colour, zorder=2)
            whisker(ax, np.array([x, x]), at(np.array([low[i], high[i]])))
            words = [(short_money(value[i], currency), INK if i in strong else MUTED, i in strong)]
            ends = [at(v) for v in (value[i], high[i], 0.0) if np.isfinite(v)]
            if np.isfinite(to_be[i]) and short_money(to_be[i]) != short_money(value[i]):
                box(ax, x - wide / 2 - 2, min(at(to_be[i]), at(0)), wide + 4, abs(at(to_be[i]) - at(0)), **OUTLINE)
                ends.append(at(to_be[i]))
                words.append((f"→ {short_money(to_be[i], currency)}", INK, True))
            for j, (word, shade, bold) in enumerate(reversed(words)):
                say(
                    ax,
                    x,
                    min(ends) - 1 - (j + 0.55) * 1.25 * place.size,
                    word,
                    size=place.size,
                    colour=shade,
                    bold=bold,
                )

    unit = f"{currency}, " if currency and len(SYMBOLS.get(currency, currency)) > 1 else ""
    return Lane(78 * place.tall, draw, money, f"{unit}with interval")
