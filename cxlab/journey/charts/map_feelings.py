"""The lanes of the journey map that say how it feels: the emotional curve, and pain, peak and moments of truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import say, wrap
from cxlab.journey.charts.parts import MARKS, Curve, Lane, Place, ground_of, marker, marks_of, smooth, whisker
from cxlab.style import DASHES, MUTED
from cxlab.wording import MINUS


def emotion(curves: list[Curve], place: Place) -> Lane:
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
        style = {"size": place.size, "colour": curve.colour, "bold": True, "ground": ground_of(place, place.middle[i])}
        if abs(end) > 1.65:  # no room beyond it
            say(ax, place.middle[i] + 6, at(value), words, ha="left", **style)
        else:
            say(ax, place.middle[i], at(end) - side * 0.8 * place.size, words, **style)


def marks(shown: pd.DataFrame, place: Place) -> Lane:
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
