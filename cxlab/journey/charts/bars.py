"""Rows of bars with intervals: what touchpoints and stages lose, keep waiting, are worth and decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import canvas, extent, say, width_of, wrap
from cxlab.journey.charts.parts import box, values, whisker
from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MARKERS,
    MUTED,
    NARROW,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    SERIES,
    figure_style,
)  # fmt: skip
from cxlab.wording import SYMBOLS, count, duration, money, number, quantity, share

#: rows drawn at most; what is left out is said
TOP = 20
_NAME, _SMALL = 8.0, 7.2


@dataclass(frozen=True)
class Row:
    """A bar with its interval: what it is called, what stands beneath the name, and how strong it is drawn."""

    name: str
    value: float
    low: float = np.nan
    high: float = np.nan
    beneath: str = ""
    strong: bool = True


def bar_rows(
    ax: Axes, rows: Sequence[Row], *, write: Callable[[float], str], strong: str, pale: str, head: str, foot: str = "",
    hatch: str = "", logarithmic: bool = False, top: int = TOP,
) -> Axes:  # fmt: skip
    """Bars from zero, one a row, with whiskers and the number with its interval behind; as high as the rows ask for.

    Parameters
    ----------
    write : a value in words
    strong, pale : colours of the rows that matter and of the rest
    head : what the bars are, above them; foot: what must be said beneath
    logarithmic : dots on a logarithmic axis in place of bars (times)
    """
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    hidden = len(rows) - top
    if hidden > 0:
        foot = "; ".join(filter(None, [f"the first {top} of {len(rows)} rows", foot]))
    rows = list(rows)[:top]
    room = (0.36 if narrow else 0.3) * width
    names = [wrap(row.name, room, _NAME, lines=2) for row in rows]
    beneath = [wrap(row.beneath, room, _SMALL, lines=1) if row.beneath else [] for row in rows]
    left = 8 + max(
        [extent(words, _NAME) for name in names for words in name]
        + [extent(words, _SMALL) for lines in beneath for words in lines]
    )
    ends = [f"{write(row.low)} to {write(row.high)}" if np.isfinite([row.low, row.high]).all() else "" for row in rows]
    texts = [write(row.value) if np.isfinite(row.value) else "not measured" for row in rows]
    if narrow:
        behind = max(max(extent(t, _NAME, bold=True), extent(e, _SMALL)) for t, e in zip(texts, ends, strict=True))
    else:
        behind = max(extent(f"{t} ", _NAME, bold=True) + extent(e, _SMALL) for t, e in zip(texts, ends, strict=True))
    right = width - behind - 10
    every = np.array([v for row in rows for v in (row.value, row.low, row.high) if np.isfinite(v)])
    scale = _scale(every, left, right, logarithmic)
    lines = [len(name) + len(under) for name, under in zip(names, beneath, strict=True)]
    heights = [max(9.8 * n + 7, 23.0 if narrow and ends[i] else 17.0) for i, n in enumerate(lines)]
    heading = wrap(head, width, _NAME, lines=3, bold=True) if head else []
    footing = wrap(foot[:1].upper() + foot[1:], width, _SMALL, lines=5) if foot else []
    start = 11.0 * len(heading) + (4 if heading else 0)
    canvas(ax, start + sum(heights) + (4 + 9.4 * len(footing) if footing else 0))
    for i, words in enumerate(heading):
        say(ax, 0, 5 + 11 * i, words, size=_NAME, ha="left", bold=True)
    y = start
    if not logarithmic:
        ax.plot([scale(0.0)] * 2, [y, y + sum(heights)], color="#B9C1C7", linewidth=0.9, zorder=4)
    for row, name, under, text, end, tall in zip(rows, names, beneath, texts, ends, heights, strict=True):
        middle = y + tall / 2
        at = middle - 9.8 * (len(name) + len(under) - 1) / 2
        for j, words in enumerate([*name, *under]):
            plain = j < len(name)
            say(ax, 0, at + 9.8 * j, words, size=_NAME if plain else _SMALL, ha="left", colour=INK if plain else MUTED)
        far = scale(0.0) if not logarithmic else left
        if np.isfinite(row.value):
            x = scale(row.value)
            reach = np.array([scale(v) if np.isfinite(v) else np.nan for v in (row.low, row.high)])
            if logarithmic:
                ax.plot([left, x], [middle] * 2, color=LINE, linewidth=0.6, zorder=0)
                if np.isfinite(reach).all():
                    ax.plot(reach, [middle] * 2, color="#8FA0AB", linewidth=3.4, solid_capstyle="butt", zorder=2)
                ax.plot([x], [middle], marker="o", markersize=5, color=INK, zorder=3)
            else:
                zero = scale(0.0)
                colour = strong if row.strong else pale
                style = {"facecolor": colour, "zorder": 2}
                if hatch:
                    style |= {"hatch": hatch, "edgecolor": "white"}
                box(ax, min(zero, x), middle - 5, abs(x - zero), 10, **style)
                whisker(ax, reach, np.array([middle, middle]), cap=2.5)
            far = max([x, *reach[np.isfinite(reach)], far])
        weight = row.strong and np.isfinite(row.value)
        colour = INK if weight else MUTED
        if narrow and end:
            say(ax, far + 5, middle - 4.8, text, size=_NAME, ha="left", bold=weight, colour=colour)
            say(ax, far + 5, middle + 4.8, end, size=_SMALL, ha="left", colour=MUTED)
        else:
            say(ax, far + 5, middle, text, size=_NAME, ha="left", bold=weight, colour=colour)
            say(
                ax, far + 5 + extent(f"{text}  ", _NAME, bold=weight), middle, end, size=_SMALL, ha="left", colour=MUTED
            )
        y += tall
    for i, words in enumerate(footing):
        say(ax, 0, y + 9 + 9.4 * i, words, size=_SMALL, ha="left", colour=MUTED)
    return ax


def _scale(every: np.ndarray, left: float, right: float, logarithmic: bool) -> Callable[[float], float]:
    """From a value to points across; bars always have their zero in sight."""
    if logarithmic:
        every = np.log10(np.maximum(every, 1.0)) if len(every) else np.array([0.0])
        low, high = float(every.min()), float(every.max())
        low, high = (low, high) if high - low > 0.5 else (low - 0.5, high + 0.5)
        return lambda v: left + 6 + (np.log10(max(v, 1.0)) - low) / (high - low) * (right - left - 6)
    low, high = min(0.0, *every, 0.0), max(0.0, *every, 1e-12)
    return lambda v: left + (v - low) / (high - low) * (right - left)


def _named(table: pd.DataFrame) -> list[str]:
    column = next(c for c in ("touchpoint", "stage", "source") if c in table)
    return table[column].astype(str).tolist()


def _share_of(known: np.ndarray) -> Callable[[float], str]:
    """Shares with a digit more where all of them are small."""
    known = known[np.isfinite(known)]
    digits = 1 if len(known) and known.max() < 0.1 else 0
    return lambda value: share(value, digits=digits if value else 0)


def _points(change: float) -> str:
    """A change of a share.

    >>> _points(.0224), _points(-.12)
    ('+2.2 points', '−12 points')
    """
    return f"{'+' if change > 0 else ''}{number(100 * change, digits=2)} points"


@figure_style()
def draw_drop_off(ax: Axes, table: pd.DataFrame) -> Axes:
    """What share of those who come to a stage or touchpoint goes no further, in its order, with intervals.

    Parameters
    ----------
    table : stage or touchpoint, drop_off, low, high (or drop_off_low, drop_off_high), journeys
    """
    ends = ("drop_off_low", "drop_off_high") if "drop_off_low" in table else ("low", "high")
    drop, low, high, n = (values(table, c) for c in ("drop_off", *ends, "journeys"))
    most = set(np.argsort(-np.nan_to_num(drop, nan=-1), kind="stable")[: max(1, min(3, len(table) // 2))])
    rows = [
        Row(name, drop[i], low[i], high[i], f"{count(n[i])} journeys" if np.isfinite(n[i]) else "", i in most)
        for i, name in enumerate(_named(table))
    ]
    head = "Go no further, share of those who came"
    return bar_rows(
        ax, rows, write=_share_of(np.append(drop, high)), strong=ORANGE, pale=PALE_ORANGE, head=head, hatch="////"
    )


@figure_style()
def draw_dwell(ax: Axes, table: pd.DataFrame) -> Axes:
    """How long customers stay in a stage, or wait after a touchpoint: median and the middle half, logarithmic.

    Parameters
    ----------
    table : stage or touchpoint, median_s, q25_s, q75_s (seconds), journeys
    """
    middle, low, high, n = (values(table, c) for c in ("median_s", "q25_s", "q75_s", "journeys"))
    rows = [
        Row(name, middle[i], low[i], high[i], f"{count(n[i])} journeys" if np.isfinite(n[i]) else "")
        for i, name in enumerate(_named(table))
    ]
    head = "Time until the next step, median and middle half (logarithmic)"
    return bar_rows(ax, rows, write=duration, strong=INK, pale=MUTED, head=head, logarithmic=True)


@figure_style()
def draw_loss(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """What each touchpoint could win back in a year, the largest first, with intervals.

    Parameters
    ----------
    table : touchpoint, contacts, drop_off, and money, low, high (a year); without money, goals with goals_low,
        goals_high in its place
    """
    priced = "money" in table and table["money"].notna().any()
    column, ends = ("money", ("low", "high")) if priced else ("goals", ("goals_low", "goals_high"))
    table = table.sort_values(column, ascending=False, kind="stable", na_position="last")
    value, low, high = (values(table, c) for c in (column, *ends))
    drop, n = values(table, "drop_off"), values(table, "contacts")
    known = np.nan_to_num(value, nan=1) + np.nan_to_num(high, nan=1) != 0  # what loses nothing needs no row of its own
    rows = [
        Row(name, value[i], low[i], high[i],
            f"{share(drop[i])} of {count(n[i])} leave" if np.isfinite([drop[i], n[i]]).all() else "",
            bool(value[i] > 0 and (low[i] > 0 or not np.isfinite(low[i]))))
        for i, name in enumerate(_named(table)) if known[i] or not known.any()
    ]  # fmt: skip
    unit = f", {currency}" if currency and len(SYMBOLS.get(currency, currency)) > 1 else ""
    symbol = currency if not unit else ""
    head = f"Recoverable in a year{unit}" if priced else "Conversions that could be won back in a year"
    foot = "strong: the whole interval is above zero; touchpoints are changed one at a time and do not add up"
    if 0 < known.sum() < len(known):
        foot = f"{(~known).sum()} others lose no more than their peers; {foot}"
    return bar_rows(ax, rows, write=(lambda v: money(v, symbol)) if priced else (lambda v: number(v)), strong=BLUE,
                    pale=PALE_BLUE, head=head, foot=foot)  # fmt: skip


@figure_style()
def draw_moments(ax: Axes, table: pd.DataFrame) -> Axes:
    """Moments of truth: the share of journeys whose outcome hangs on how a touchpoint felt, largest first.

    Parameters
    ----------
    table : touchpoint, reach (share of journeys), effect (conversion a point of emotion) with effect_low, effect_high,
        spread (points), score, low, high
    """
    table = table.sort_values("score", ascending=False, kind="stable", na_position="last")
    narrow = width_of(ax) < 72 * NARROW
    score, low, high, reach, effect = (values(table, c) for c in ("score", "low", "high", "reach", "effect"))
    rows = [
        Row(name, score[i], low[i], high[i],
            (f"met by {share(reach[i])}" if np.isfinite(reach[i]) else "")
            + (f", {_points(effect[i])} a step" if np.isfinite(effect[i]) and not narrow else ""), bool(low[i] > 0))
        for i, name in enumerate(_named(table))
    ]  # fmt: skip
    foot = "reach × effect of a step of emotion × spread of emotion; strong: the interval lies above zero"
    return bar_rows(ax, rows, write=_share_of(np.append(score, high)), strong=BLUE, pale=PALE_BLUE, foot=foot,
                    head="Journeys whose outcome turns with one standard deviation of emotion")  # fmt: skip


@figure_style()
def draw_attribution(ax: Axes, table: pd.DataFrame, *, top: int = TOP) -> Axes:
    """What hangs on each touchpoint by every rule, as marks with intervals, the most important first.

    Parameters
    ----------
    table : touchpoint, rule, credit, low, high (missing where a rule has no interval)
    """
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    rules = list(dict.fromkeys(table["rule"]))
    order = table[table["rule"] == rules[0]].sort_values("credit", ascending=False, kind="stable")["touchpoint"]
    order = list(dict.fromkeys([*order, *table["touchpoint"]]))
    shown, hidden = order[:top], max(0, len(order) - top)
    room = (0.36 if narrow else 0.3) * width
    names = {name: wrap(name, room, _NAME, lines=2) for name in shown}
    left = 12 + max(extent(words, _NAME) for name in names.values() for words in name)
    right = width - extent("100 %", _NAME, bold=True) - 12
    every = table[table["touchpoint"].isin(shown)][["credit", "low", "high"]].to_numpy(float)
    scale = _scale(every[np.isfinite(every)], left, right, False)
    tall, start = max(8.5 * len(rules) + 6, 18.0), 16.0
    foot = wrap(f"The first {top} of {len(order)} touchpoints", width, _SMALL, lines=2) if hidden else []
    canvas(ax, start + tall * len(shown) + 12 * len(foot))
    at = 0.0
    for k, rule in enumerate(rules):
        ax.plot([at + 4], [5], marker=MARKERS[k % 5], markersize=5.5, color=SERIES[k % 5], linestyle="none")
        say(ax, at + 12, 5, str(rule), size=_NAME, ha="left", colour=SERIES[k % 5], bold=True)
        at += 26 + extent(str(rule), _NAME, bold=True)
    zero = scale(0.0)
    ax.plot([zero] * 2, [start, start + tall * len(shown)], color="#B9C1C7", linewidth=0.9, zorder=1)
    for i, name in enumerate(shown):
        middle = start + tall * (i + 0.5)
        if i:
            ax.plot([0, width], [start + tall * i] * 2, color=LINE, linewidth=0.5, zorder=0)
        for j, words in enumerate(names[name]):
            say(ax, 0, middle + 9.8 * (j - (len(names[name]) - 1) / 2), words, size=_NAME, ha="left")
        own = table[table["touchpoint"] == name]
        for k, rule in enumerate(rules):
            y = middle + 8.5 * (k - (len(rules) - 1) / 2)
            for row in own[own["rule"] == rule].head(1).itertuples():
                if not np.isfinite(row.credit):
                    continue
                ends = np.array([scale(row.low), scale(row.high)])
                whisker(ax, ends, np.array([y, y]), colour=SERIES[k % 5])
                ax.plot([zero, scale(row.credit)], [y, y], color=SERIES[k % 5], linewidth=0.8, alpha=0.5, zorder=1)
                ax.plot([scale(row.credit)], [y], marker=MARKERS[k % 5], markersize=5.5, color=SERIES[k % 5], zorder=6)
                if k == 0:
                    far = np.nanmax([ends.max() if np.isfinite(ends).all() else np.nan, scale(row.credit)])
                    say(ax, far + 6, y, share(row.credit), size=_NAME, ha="left", bold=True)
    for i, words in enumerate(foot):
        say(ax, 0, start + tall * len(shown) + 8 + 12 * i, words, size=_SMALL, ha="left", colour=MUTED)
    return ax


@figure_style()
def draw_what_if(ax: Axes, table: pd.DataFrame, *, currency: str = "") -> Axes:
    """Every quantity before and after the change, each on its own scale, with intervals and the difference in words.

    Parameters
    ----------
    table : quantity, unit, as_is, to_be, difference, each with _low and _high
    """
    width, narrow = width_of(ax), width_of(ax) < 72 * NARROW
    left = 4 + (0.0 if narrow else 0.2 * width)
    right = width - (0.36 if narrow else 0.3) * width
    tall, start = (46.0 if narrow else 38.0), 14.0
    canvas(ax, start + tall * len(table))
    key = (("o", MUTED, "white", "as it is"), ("s", BLUE, BLUE, "to be"))
    at = left
    for marker, colour, face, words in key:
        ax.plot([at + 4], [5], marker=marker, markersize=5.5, color=colour, markerfacecolor=face, linestyle="none")
        say(ax, at + 12, 5, words, size=_NAME, ha="left", colour=colour, bold=True)
        at += 26 + extent(words, _NAME, bold=True)
    say(ax, right + 10, 5, "difference", size=_NAME, ha="left", bold=True)
    for i, row in enumerate(table.to_dict("records")):
        top = start + tall * i
        unit = str(row.get("unit", ""))

        def write(value, unit=unit):
            return quantity(value, unit, currency) if np.isfinite(value) else "–"

        shown = [row.get(f"{state}{end}", np.nan) for state in ("as_is", "to_be") for end in ("", "_low", "_high")]
        known = np.array([v for v in shown if v is not None and np.isfinite(v)])
        scale = _scale(known, left, right, False)
        if i:
            ax.plot([0, width], [top, top], color=LINE, linewidth=0.6, zorder=0)
        first = top + (17 if narrow else 12)
        if narrow:
            say(ax, 0, top + 7, str(row["quantity"]), size=_NAME, ha="left", bold=True)
        else:
            lines = wrap(str(row["quantity"]), left - 10, _NAME, lines=3, bold=True)
            for j, words in enumerate(lines):
                say(ax, 0, top + tall / 2 + 9.8 * (j - (len(lines) - 1) / 2), words, size=_NAME, ha="left", bold=True)
        ax.plot([scale(0.0)] * 2, [first - 6, first + 20], color="#B9C1C7", linewidth=0.9, zorder=1)
        for j, (state, marker, colour, face) in enumerate((("as_is", "o", MUTED, "white"), ("to_be", "s", BLUE, BLUE))):
            y = first + 14 * j
            value, low, high = (float(row.get(f"{state}{end}", np.nan)) for end in ("", "_low", "_high"))
            if not np.isfinite(value):
                continue
            box(ax, min(scale(0.0), scale(value)), y - 2.5, abs(scale(value) - scale(0.0)), 5, zorder=0,
                facecolor=LINE if state == "as_is" else PALE_BLUE)  # fmt: skip
            ends = np.array([scale(low), scale(high)])
            whisker(ax, ends, np.array([y, y]), colour=colour)
            ax.plot([scale(value)], [y], marker=marker, markersize=5.5, color=colour, markerfacecolor=face,
                    markeredgewidth=1.4, zorder=6)  # fmt: skip
            far = max(ends.max() if np.isfinite(ends).all() else scale(value), scale(value))
            words, wide = write(value), extent(write(value), _NAME, bold=True)
            inside = far + 6 + wide > right + 8
            say(ax, far + 6 if not inside else min(ends[0], scale(value)) - 6, y, words, size=_NAME, bold=True,
                ha="right" if inside else "left", colour=colour, ground="white").set_zorder(7)  # fmt: skip
        change, low, high = (float(row.get(f"difference{end}", np.nan)) for end in ("", "_low", "_high"))
        sure = np.isfinite([low, high]).all() and (low > 0 or high < 0)
        if not np.isfinite(change):
            continue
        words = f"{'+' if change > 0 else ''}{write(change)}" if unit != "share" else _points(change)
        say(ax, right + 10, first + 1, words, size=_NAME + 1, ha="left", bold=sure, colour=INK if sure else MUTED)
        if np.isfinite([low, high]).all():
            ends = [_points(v).removesuffix(" points") if unit == "share" else write(v) for v in (low, high)]
            ends = " to ".join(ends)
            say(ax, right + 10, first + 13, ends, size=_SMALL, ha="left", colour=MUTED)
    return ax
