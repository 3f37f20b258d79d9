"""The journey map where touchpoints are rows: on a phone, and where there are too many for columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.journey.charts.canvas import extent, say, short_count, short_money, wrap
from cxlab.journey.charts.parts import (
    MARKS,
    MOVED,
    OUTLINE,
    Curve,
    Lane,
    box,
    leaving,
    marker,
    marks_of,
    measured,
    smooth,
    values,
    whisker,
)  # fmt: skip
from cxlab.style import BLUE, DASHES, INK, LINE, MUTED, ORANGE, PALE_BLUE, SAND
from cxlab.wording import MINUS, SYMBOLS, duration, share

_BAND = 15.0  # height of a stage's name
_APART = 10.0  # between two columns


def lanes(
    shown: pd.DataFrame, curves: list[Curve], channels: pd.DataFrame | None, *, width: float, currency: str, money: str
) -> list[Lane]:
    """The whole map as one lane."""
    size = 8.0
    columns = _columns(width, emotion=bool(curves), money=measured(shown, "money"))
    words = _words(shown, channels, columns["name"], size)
    step = 1.25 * size
    heights = np.array([max(3.1 * step, step * len(lines) + 0.9 * step) for lines in words])
    new = ~shown["stage"].duplicated().to_numpy()
    key = _key(curves, width) if len(curves) > 1 else []
    head = step * (2.7 + len(key)) + 4 * bool(key)
    tops = head + np.cumsum(heights + _BAND * new) - heights
    total = float(tops[-1] + heights[-1])

    def draw(ax, y, _):
        _head(ax, columns, shown, y + head - 2.1 * step, size, currency, money)
        for row, (names, at) in enumerate(key):
            for name, x, curve in zip(names, at, curves[sum(len(k[0]) for k in key[:row]) :], strict=False):
                middle = y + (row + 0.5) * step
                ax.plot([x, x + 18], [middle] * 2, color=curve.colour, linestyle=DASHES[curve.position], linewidth=1.6)
                ax.plot([x + 9], [middle], **marker(curve))
                say(ax, x + 22, middle, name, size=size - 0.8, ha="left", colour=curve.colour)
        for i, top in enumerate(tops + y):
            if new[i]:
                box(ax, 0, top - _BAND, width, _BAND - 2, facecolor=INK, zorder=6)
                name = wrap(shown["stage"].iloc[i], width - 10, size, lines=1, bold=True)[0]
                say(ax, 5, top - _BAND / 2 - 1, name, size=size, ha="left", colour="white", bold=True).set_zorder(7)
            elif i:
                ax.plot([0, width], [top, top], color=LINE, linewidth=0.6, zorder=1)
            _name(ax, words[i], top, size)
        middles = tops + y + heights / 2
        _journeys(ax, shown, columns["journeys"], middles, size)
        if "emotion" in columns:
            _emotion(ax, curves, columns["emotion"], middles, y + head, y + total, size)
        if "money" in columns:
            _money(ax, shown, columns["money"], middles, size, currency)

    return [Lane(total, draw, gap=4)]


def _columns(width: float, *, emotion: bool, money: bool) -> dict[str, tuple[float, float]]:
    """Left and right ends of the columns."""
    parts = (
        {"name": 0.38, "journeys": 0.20} | ({"emotion": 0.25} if emotion else {}) | ({"money": 0.17} if money else {})
    )
    room, found, at = width - _APART * (len(parts) - 1) - 2, {}, 0.0
    for name, part in parts.items():
        wide = room * part / sum(parts.values())
        found[name] = (at, at + wide)
        at += wide + _APART
    return found


def _words(
    shown: pd.DataFrame, channels: pd.DataFrame | None, column: tuple[float, float], size: float
) -> list[list[tuple[str, str, str]]]:
    """What stands in the first column, line by line: words, colour, and "bold", "plain" or the sign of a mark."""
    room, found = column[1] - column[0], []
    main = {}
    if channels is not None and len(channels):
        first = channels.sort_values("share", ascending=False, kind="stable").drop_duplicates("touchpoint")
        main = {r.touchpoint: f"{r.channel} {share(r.share)}" for r in first.itertuples()}
    wait, low, high = (values(shown, c) for c in ("wait_s", "wait_q25_s", "wait_q75_s"))
    to_be = values(shown, "to_be_wait_s")
    marks = shown["mark"] if "mark" in shown else [""] * len(shown)
    for i, (name, mark) in enumerate(zip(shown["touchpoint"], marks, strict=True)):
        lines = [(w, INK, "bold") for w in wrap(name, room, size, lines=2, bold=True)]
        if name in main:
            lines.append((wrap(main[name], room, size - 0.8, lines=1)[0], MUTED, "plain"))
        if np.isfinite(wait[i]):
            parts = [f"next after {duration(wait[i])}"]
            if np.isfinite(to_be[i]) and abs(to_be[i] - wait[i]) > 0.005 * max(wait[i], 1):
                parts.append(f"→ {duration(to_be[i])}")
            elif np.isfinite([low[i], high[i]]).all():
                parts.append(f"({duration(low[i])} – {duration(high[i])})")
            one = " ".join(parts)
            parts = [one] if extent(one, size - 0.8) <= room else parts
            lines += [(wrap(part, room, size - 0.8, lines=1)[0], MUTED, "plain") for part in parts]
        for m in marks_of(mark):
            lines.append((m, MARKS[m][1], m))
        found.append(lines)
    return found


def _name(ax, lines: list[tuple[str, str, str]], top: float, size: float) -> None:
    step = 1.25 * size
    for j, (words, colour, kind) in enumerate(lines):
        middle = top + 0.45 * step + (j + 0.5) * step
        if kind in MARKS:
            ax.plot([5], [middle], marker=MARKS[kind][0], markersize=5, color=colour, markeredgewidth=0)
        strong = kind != "plain"
        say(ax, 12 if kind in MARKS else 1, middle, words, size=size if strong else size - 0.8, ha="left",
            colour=colour, bold=strong)  # fmt: skip


def _head(ax, columns, shown: pd.DataFrame, y: float, size: float, currency: str, money: str) -> None:
    """What the columns hold."""
    unit = currency if len(SYMBOLS.get(currency, currency)) > 1 else ""
    heads = {
        "name": ("Touchpoint", ""),
        "journeys": ("Journeys", "▨ end here" if measured(shown, "drop_off") else ""),
        "emotion": ("Emotion", ""),
        "money": (money, unit),
    }
    for name, (left, right) in columns.items():
        words, beneath = heads[name]
        lines = wrap(words, right - left + 8, size, lines=2, bold=True)
        for j, line in enumerate(lines):
            say(ax, left, y + (j - 0.3) * 1.25 * size, line, size=size, ha="left", bold=True)
        if beneath:
            say(ax, left, y + (len(lines) - 0.3) * 1.25 * size, beneath, size=size - 0.8, ha="left", colour=MUTED)


def _journeys(ax, shown: pd.DataFrame, column, middles: np.ndarray, size: float) -> None:
    n, drop, to_be = (values(shown, c) for c in ("journeys", "drop_off", "to_be_drop_off"))
    low, high, to_be_n = (values(shown, c) for c in ("drop_off_low", "drop_off_high", "to_be_journeys"))
    most = max(np.nanmax(np.append(n, 1)), np.nanmax(np.append(to_be_n, 1)))
    unit, tall = (column[1] - column[0]) / most, 9.0
    for i, middle in enumerate(middles):
        top, whole, left = middle - 1, np.nan_to_num(n[i]) * unit, column[0]
        box(ax, left, top, whole, tall, facecolor=PALE_BLUE, zorder=2)
        words = short_count(n[i])
        shift = left + extent(words + " ", size)
        say(ax, left, top - 0.85 * size, words, size=size, ha="left", colour=MUTED)
        if np.isfinite(drop[i]) and n[i] > 0:
            leaving(ax, left + whole * (1 - drop[i]), top, whole * drop[i], tall)
            whisker(ax, left + whole * (1 - np.array([high[i], low[i]])), np.array([top + tall / 2] * 2))
            say(ax, shift, top - 0.85 * size, share(drop[i]), size=size, ha="left", colour=ORANGE, bold=True)
        if abs(to_be[i] - drop[i]) > 5e-4 or abs(to_be_n[i] - n[i]) > MOVED * n[i]:
            other = (to_be_n[i] if np.isfinite(to_be_n[i]) else n[i]) * unit
            box(ax, left, top - 1, other, tall + 2, **OUTLINE)
            if abs(to_be[i] - drop[i]) > 5e-4:
                at = left + other * (1 - to_be[i])
                ax.plot([at, at], [top - 1, top + tall + 1], color=INK, linewidth=1.4, zorder=4)
                words = f"→ {share(to_be[i])}"
                say(ax, left, top + tall + 0.95 * size, words, size=size, ha="left", bold=True)


def _key(curves: list[Curve], width: float) -> list[tuple[list[str], list[float]]]:
    """Names of the curves, as many to a row as fit, and where each begins."""
    rows: list[tuple[list[str], list[float]]] = []
    at = width
    for curve in curves:
        name = wrap(curve.name, 0.6 * width, 7.2, lines=1)[0]
        wide = extent(name, 7.2) + 36
        if at + wide > width:
            rows.append(([], []))
            at = 0.0
        rows[-1][0].append(name)
        rows[-1][1].append(at)
        at += wide
    return rows


def _emotion(ax, curves: list[Curve], column, middles: np.ndarray, top: float, bottom: float, size: float) -> None:
    left, right = column[0] + 2, column[1] - 2

    def at(value):
        return left + (np.clip(value, -2, 2) + 2) / 4 * (right - left)

    box(ax, left - 4, top, right - left + 8, bottom - top, facecolor=SAND, zorder=0)
    for value in (-2, 0, 2):
        ax.plot([at(value)] * 2, [top, bottom], color="#B9C1C7" if value == 0 else "#E3E0D8", linewidth=0.8, zorder=1)
        words = "0" if value == 0 else f"+{value}" if value > 0 else f"{MINUS}{-value}"
        say(ax, at(value), top - 0.6 * size, words, size=size - 0.8, colour=MUTED)
    for curve in reversed(curves):
        here = np.flatnonzero(np.isfinite(curve.emotion))
        for run in np.split(here, np.flatnonzero(np.diff(here) > 1) + 1):
            fine = np.linspace(middles[run[0]], middles[run[-1]], 24 * len(run)) if len(run) > 1 else middles[run]
            line, low, high = (smooth(middles[run], v[run], fine) for v in (curve.emotion, curve.low, curve.high))
            if low is not None and high is not None:
                ax.fill_betweenx(fine, at(low), at(high), color=curve.colour, alpha=0.2, linewidth=0, zorder=2)
            ax.plot(at(line), fine, color=curve.colour, linewidth=1.5, linestyle=DASHES[curve.position], zorder=3)
        for i in here:
            whisker(ax, at(np.array([curve.low[i], curve.high[i]])), np.array([middles[i]] * 2), colour=curve.colour,
                    cap=0)  # fmt: skip
        ax.plot(at(curve.emotion[here]), middles[here], **marker(curve))


def _money(ax, shown: pd.DataFrame, column, middles: np.ndarray, size: float, currency: str) -> None:
    value, low, high, to_be = (values(shown, c) for c in ("money", "money_low", "money_high", "to_be_money"))
    every = np.concatenate([[0.0, 1e-9], *(v[np.isfinite(v)] for v in (value, low, high, to_be))])
    least, most = every.min(), every.max()
    order = np.argsort(-np.nan_to_num(value, nan=-np.inf), kind="stable")
    strong, tall = {int(i) for i in order[:3] if value[i] > 0}, 9.0

    def at(amount):
        return column[0] + (amount - least) / (most - least) * (column[1] - column[0])

    for i, middle in enumerate(middles):
        top = middle - 1
        if not np.isfinite(value[i]):
            say(ax, at(0), middle, "–", size=size, ha="left", colour=MUTED)
            continue
        colour = BLUE if i in strong else PALE_BLUE
        box(ax, min(at(0), at(value[i])), top, abs(at(value[i]) - at(0)), tall, facecolor=colour, zorder=2)
        ax.plot([at(0)] * 2, [top - 2, top + tall + 2], color="#B9C1C7", linewidth=0.8, zorder=1)
        whisker(ax, at(np.array([low[i], high[i]])), np.array([top + tall / 2] * 2))
        say(ax, column[0], top - 0.85 * size, short_money(value[i], currency), size=size, ha="left",
            colour=INK if i in strong else MUTED, bold=i in strong)  # fmt: skip
        if np.isfinite(to_be[i]) and short_money(to_be[i]) != short_money(value[i]):
            box(ax, min(at(0), at(to_be[i])), top - 1, abs(at(to_be[i]) - at(0)), tall + 2, **OUTLINE)
            say(ax, column[0], top + tall + 0.95 * size, f"→ {short_money(to_be[i], currency)}", size=size, ha="left",
                bold=True)  # fmt: skip
