"""What touchpoints and stages lose, keep waiting, are worth and decide, as rows of bars with intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.charts.canvas import width_of
from cxlab.journey.charts.parts import values
from cxlab.journey.charts.rows import Row, bar_rows, in_points
from cxlab.style import BLUE, INK, MUTED, NARROW, ORANGE, PALE_BLUE, PALE_ORANGE, figure_style
from cxlab.wording import SYMBOLS, count, duration, money, number, share


def _named(table: pd.DataFrame) -> list[str]:
    column = next(c for c in ("touchpoint", "stage", "source") if c in table)
    return table[column].astype(str).tolist()


def _share_of(known: np.ndarray) -> Callable[[float], str]:
    """Shares with a digit more where all of them are small."""
    known = known[np.isfinite(known)]
    digits = 1 if len(known) and known.max() < 0.1 else 0
    return lambda value: share(value, digits=digits if value else 0)


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
            + (f", {in_points(effect[i])} a step" if np.isfinite(effect[i]) and not narrow else ""), bool(low[i] > 0))
        for i, name in enumerate(_named(table))
    ]  # fmt: skip
    foot = "reach × effect of a step of emotion × spread of emotion; strong: the interval lies above zero"
    return bar_rows(ax, rows, write=_share_of(np.append(score, high)), strong=BLUE, pale=PALE_BLUE, foot=foot,
                    head="Journeys whose outcome turns with one standard deviation of emotion")  # fmt: skip
