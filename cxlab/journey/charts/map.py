"""The journey map: touchpoints under their stages, and beneath each what happens there, lane by lane.

Where there is room touchpoints are columns (`map_lanes`), on a phone they are rows (`map_rows`). A lane whose columns
are missing from the table is left out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.errors import DataError
from cxlab.journey.charts import map_lanes, map_rows
from cxlab.journey.charts.canvas import canvas, extent, say, width_of, wrap
from cxlab.journey.charts.parts import GAP, Curve, Place
from cxlab.style import MUTED, NARROW, SERIES, TEAL, figure_style
from cxlab.wording import share

#: touchpoints on a picture at most
TOP = 14
#: touchpoints for which columns are tried at least, before rows take their place
_FEWEST = 9
_PERSONAS = 5
_LEAST = 3.4  # width of a column, in sizes of its letters


@figure_style()
def draw_map(
    ax: Axes, table: pd.DataFrame, *, channels: pd.DataFrame | None = None, emotions: pd.DataFrame | None = None,
    currency: str = "", money: str = "Money at stake", top: int = TOP, tall: float = 1.0,
    title: str = "", label: str = "",
) -> Axes:  # fmt: skip
    """The journey map on axes of its own; the figure becomes as high as the map needs.

    Parameters
    ----------
    table : a row a touchpoint, in the order of the journey: stage, touchpoint, journeys, contacts; and as measured
        drop_off (share of its journeys that end there), emotion (−2 … +2) and money, each with _low and _high;
        wait_s with wait_q25_s and wait_q75_s (seconds until the next contact); to_be_journeys, to_be_drop_off,
        to_be_wait_s, to_be_emotion, to_be_money for a second state beside the present one;
        mark ("pain", "moment of truth", "peak", or several with commas)
    channels : touchpoint, channel, share (of the contacts of the touchpoint)
    emotions : persona, touchpoint, emotion, emotion_low, emotion_high: a curve a persona in place of one of all
    money : what the bars of money are
    top : touchpoints drawn at most: of every stage its largest, then those with a mark, then those of the most journeys
    tall : factor on the height of the lanes (0.65 for a screen)
    title : the finding, for a picture that stands alone
    label : a word that must stand in the picture ("simulated")

    Raises
    ------
    DataError : there is no touchpoint to draw.
    """
    if table.empty:
        raise DataError("the journey map has no touchpoint to draw.", expected="a table with a row a touchpoint")
    width = width_of(ax)
    size = 9.0 if width > 720 else 7.8
    shown, place = largest(table, top), None
    if width >= 72 * NARROW:
        for n in range(top, min(_FEWEST, top) - 1, -1):  # rather a touchpoint less than no columns
            place = _place(largest(table, n), width, size, tall)
            if place is not None:
                shown = largest(table, n)
                break
    curves = curves_of(shown, emotions)
    rest = "; ".join(filter(None, [_rest(shown, table), f"{label} data" if label else ""]))
    if place is None:
        lanes = map_rows.lanes(shown, curves, channels, width=width, currency=currency, money=money)
    else:
        lanes = map_lanes.lanes(shown, curves, channels, place, currency=currency, money=money)
    heading = wrap(title, width, size + 3, lines=4, bold=True) if title else []
    line = 1.3 * (size + 3)
    rest = wrap(rest[:1].upper() + rest[1:], width, size - 0.8, lines=4) if rest else []
    head = line * len(heading) + (4 if heading else 0)
    height = head + sum(lane.height + lane.gap for lane in lanes) + 1.3 * size * len(rest)
    canvas(ax, height)
    for i, words in enumerate(heading):
        say(ax, 0, (i + 0.4) * line, words, size=size + 3, ha="left", bold=True)
    y = head
    for lane in lanes:
        if place is not None:
            map_lanes.ground(ax, place, y, lane)
        lane.draw(ax, y, lane.height)
        y += lane.height + lane.gap
    for i, words in enumerate(rest):
        say(ax, 0, y + (i + 0.6) * 1.3 * size, words, size=size - 0.8, colour=MUTED, ha="left")
    return ax


def largest(table: pd.DataFrame, top: int) -> pd.DataFrame:
    """Of every stage the touchpoint met in the most journeys, then those with a mark, then the others; in their order.

    >>> t = pd.DataFrame({"stage": ["A", "A", "A", "B"], "touchpoint": ["w", "x", "y", "z"], "journeys": [4, 9, 5, 1]})
    >>> largest(t, 3)["touchpoint"].tolist(), largest(t.assign(mark=["pain", "", "", ""]), 3)["touchpoint"].tolist()
    (['x', 'y', 'z'], ['w', 'x', 'z'])
    """
    by_size = table.reset_index(drop=True).sort_values("journeys", ascending=False, kind="stable")
    first = ~by_size["stage"].duplicated()
    marked = by_size["mark"].fillna("").astype(bool) if "mark" in by_size else pd.Series(False, index=by_size.index)
    turn = np.select([first, marked], [0, 1], 2)
    kept = by_size.iloc[np.argsort(turn, kind="stable")].head(max(top, int(first.sum())))
    order = {stage: i for i, stage in enumerate(dict.fromkeys(table["stage"]))}
    return kept.sort_index().sort_values("stage", key=lambda s: s.map(order), kind="stable").reset_index(drop=True)


def _rest(shown: pd.DataFrame, table: pd.DataFrame) -> str:
    """What is left out of the picture, in words; nothing where all is in it."""
    rest = table[~table["touchpoint"].isin(shown["touchpoint"])]
    if rest.empty:
        return ""
    part = rest["contacts"].sum() / max(table["contacts"].sum(), 1)
    return f"not drawn: {len(rest)} other touchpoint{'s' * (len(rest) > 1)} with {share(part)} of all contacts"


def curves_of(shown: pd.DataFrame, emotions: pd.DataFrame | None) -> list[Curve]:
    """The emotional curves to draw: of all and, where there is one, of the second state; or one a persona."""
    columns = ["emotion", "emotion_low", "emotion_high"]

    def curve(name, frame, position):
        values = frame.reindex(columns=columns).to_numpy(float, na_value=np.nan)
        return Curve(str(name), *values.T, position, (TEAL, *(c for c in SERIES if c != TEAL))[position])

    if emotions is not None and len(emotions):
        found = []
        for i, persona in enumerate(list(dict.fromkeys(emotions["persona"]))[:_PERSONAS]):
            own = emotions[emotions["persona"] == persona].drop_duplicates("touchpoint").set_index("touchpoint")
            found.append(curve(persona, own.reindex(shown["touchpoint"]), i))
    else:
        found = [curve("as it is", shown, 0)]
        to_be = shown.reindex(columns=[f"to_be_{c}" for c in columns]).set_axis(columns, axis=1)
        moved = (to_be["emotion"] - shown.get("emotion", np.nan)).abs() > 0.005
        beside = moved | moved.shift(1, fill_value=False) | moved.shift(-1, fill_value=False)
        found.append(curve("to be", to_be.where(beside), 1))
    return [c for c in found if np.isfinite(c.emotion).any()]


def _place(shown: pd.DataFrame, width: float, size: float, tall: float) -> Place | None:
    """Columns as wide as there is room for, and every stage at least as wide as the longest word of its name.

    None where the columns would be too narrow for the numbers that stand in them.
    """
    stages = list(dict.fromkeys(shown["stage"]))
    counts = np.array([(shown["stage"] == stage).sum() for stage in stages], float)
    left = 11.5 * size
    room = width - left - 6 - GAP * (len(stages) - 1)
    words = [
        max((extent(w, size - 1.4, bold=True) for w in str(s).replace("-", "- ").split()), default=0) for s in stages
    ]
    least = np.array(words) + 16
    narrowest = _LEAST * size
    if np.maximum(counts * narrowest, np.minimum(least, 0.3 * room)).sum() > room:
        return None
    least = np.minimum(least, 0.3 * room)
    low, high = 0.0, room
    for _ in range(50):  # the width of a column at which all stages together fill the room
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(counts * middle, least).sum() < room else (low, middle)
    wide = np.maximum(counts * low, least)
    wide *= room / wide.sum()
    starts = left + np.append(0, np.cumsum(wide + GAP)[:-1])
    middles, widths = np.zeros(len(shown)), np.zeros(len(shown))
    for stage, start, whole, n in zip(stages, starts, wide, counts, strict=True):
        own = np.flatnonzero(shown["stage"] == stage)
        middles[own], widths[own] = start + whole * (np.arange(len(own)) + 0.5) / n, whole / n
    spans = tuple((str(s), float(a), float(a + w)) for s, a, w in zip(stages, starts, wide, strict=True))
    return Place(left, width - 6, middles, widths, spans, size, tall)
