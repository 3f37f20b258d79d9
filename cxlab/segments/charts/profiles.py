"""Pictures of profiles: what sets each segment apart, as dots with intervals or as a grid; and what can be acted on."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    SAND,
    TEXT,
    figure_style,
    narrow,
    note,
    rows_that_fit,
    text_size,
)  # fmt: skip

_USED, _OTHER = "made from", "not used, tested"


def _rows(table: pd.DataFrame, room: int) -> tuple[pd.DataFrame, int]:
    """Features in the order they are drawn: used ones first, each beside the segment it marks most; and how many are
    left out."""
    known = table[table["effect"].notna()]
    best = known.loc[known.groupby(["feature", "level"], sort=False)["effect"].apply(lambda e: e.abs().idxmax())]
    order = {name: i for i, name in enumerate(dict.fromkeys(table["segment"]))}
    best = best.assign(size=best["effect"].abs(), place=best["segment"].map(order))
    kept = best.nlargest(room, "size", keep="first")
    drawn = kept.sort_values(["used", "place", "size"], ascending=[False, True, False], kind="stable")
    return drawn, len(best) - len(kept)


def _frame(
    ax: Axes, table: pd.DataFrame, kept: pd.DataFrame, hidden: int, foot: str
) -> tuple[list[str], list[int], int]:
    """Names of features at the left and of segments above; returns segments, height of each row, and where rows end."""
    segments = list(dict.fromkeys(table["segment"]))
    y, places, groups = 0, [], []
    for used, own in kept.groupby("used", sort=False):
        if len(kept["used"].unique()) > 1 or not used:
            groups.append((y, _USED if used else _OTHER))
            y += 1
        places += list(range(y, y + len(own)))
        y += len(own)
    most = 19 if narrow(ax) else 34
    names = [f"{r.feature}: {r.level}" if r.level else r.feature for r in kept.itertuples()]
    names = [n.replace("_", " ") for n in names]
    names = [n if len(n) <= most else n[: most - 1] + "…" for n in names]
    ax.set_yticks(places, names, fontsize=text_size(ax))
    for at, words in groups:
        note(ax, words, (0, at), frame="beside", shift=(-4, 0), ha="right", colour=MUTED).set_style("italic")
    ax.set_ylim(y - 0.4, -0.6)
    ax.set_xlim(-0.5, len(segments) - 0.5)
    ax.tick_params(length=0)
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    wide = 9 if narrow(ax) else 17
    wide = max(6, round(wide * min(1.0, 4 / len(segments))))
    for i, name in enumerate(segments):
        lines = wrap(name, wide)[:3] or [name]
        note(ax, "\n".join(lines), (i, 1), frame="above", shift=(0, 3), ha="center", va="bottom")
    words = foot + (f"; {hidden} weaker features left out" if hidden > 0 else "")
    ax.set_xlabel("\n".join(wrap(words, 40 if narrow(ax) else 58)), fontsize=text_size(ax))
    return segments, places, y


@figure_style()
def draw_profiles(ax: Axes, table: pd.DataFrame) -> Axes:
    """Effects with intervals, a strip a segment: dots right of the line have more than the rest, left of it less.

    Parameters
    ----------
    table : a row a segment and feature: segment, feature, level, used, effect, effect_low, effect_high, marker

    Filled and labelled dots mark the segment, empty ones do not; features that were not used to make the segments are
    squares, in a group of their own.
    """
    kept, hidden = _rows(table, max(3, rows_that_fit(ax) - 4))
    foot = "Effect: ← less than the rest, more →" if narrow(ax) else (
        "Effect, −1 to 1 in each strip: ← less than the rest, more →"
    )  # fmt: skip
    segments, places, bottom = _frame(ax, table, kept, hidden, foot)
    half = 0.42
    at = table.set_index(["segment", "feature", "level"])
    for i, segment in enumerate(segments):
        ax.add_patch(Rectangle((i - half - 0.03, -0.55), 2 * half + 0.06, bottom + 0.1, facecolor=SAND, alpha=0.5,
                               linewidth=0, zorder=0))  # fmt: skip
        ax.plot([i, i], [-0.5, bottom - 0.45], color=MUTED, linewidth=0.9, zorder=1)
        for y, feature in zip(places, kept.itertuples(), strict=True):
            row = at.loc[(segment, feature.feature, feature.level)]
            if not np.isfinite(row["effect"]):
                note(ax, "hidden", (i, y), ha="center", colour=MUTED).set_fontsize(text_size(ax) - 1.5)
                continue
            colour = (BLUE if row["effect"] > 0 else ORANGE) if row["marker"] else MUTED
            ends = i + half * np.array([row["effect_low"], row["effect_high"]])
            ax.plot(ends, [y, y], color=colour, linewidth=1.6, zorder=2)
            ax.plot([i + half * row["effect"]], [y], marker="o" if row["used"] else "s", markersize=5.2, color=colour,
                    markerfacecolor=colour if row["marker"] else "white", markeredgewidth=1.1, zorder=3)  # fmt: skip
    return ax


@figure_style()
def draw_profile_heat(ax: Axes, table: pd.DataFrame) -> Axes:
    """Values of the segments in their units on a grid; shaded by effect, with ▲ or ▼ where a feature marks a segment.

    Parameters
    ----------
    table : as for `draw_profiles`, with words (value first)
    """
    kept, hidden = _rows(table, max(3, rows_that_fit(ax) - 4))
    foot = "▲ more, ▼ less than the rest: marks the segment"
    segments, places, _ = _frame(ax, table, kept, hidden, foot)
    at = table.set_index(["segment", "feature", "level"])
    for i, segment in enumerate(segments):
        for y, feature in zip(places, kept.itertuples(), strict=True):
            row = at.loc[(segment, feature.feature, feature.level)]
            effect = row["effect"]
            shade, strength = (PALE_BLUE if effect > 0 else PALE_ORANGE), min(1.0, abs(effect) * 1.4)
            if np.isfinite(effect):
                ax.add_patch(Rectangle((i - 0.48, y - 0.46), 0.96, 0.92, facecolor=shade, alpha=strength, linewidth=0))
            sign = ("▲ " if effect > 0 else "▼ ") if row["marker"] else ""
            words = row["words"].split(" (")[0] if np.isfinite(effect) else "hidden"
            drawn = note(ax, sign + words, (i, y), ha="center", colour=INK if row["marker"] else MUTED)
            drawn.set_fontweight("bold" if row["marker"] else "normal")
    return ax


@figure_style()
def draw_actionability(ax: Axes, table: pd.DataFrame) -> Axes:
    """Which segments meet which criteria: ✓ met, ✗ not met, ? not known, with the measured value beneath.

    Parameters
    ----------
    table : a row a segment and criterion: segment, criterion, verdict ("pass", "fail", "unknown"), words
    """
    segments, criteria = (list(dict.fromkeys(table[c])) for c in ("segment", "criterion"))
    looks = {"pass": ("✓", BLUE, PALE_BLUE), "fail": ("✗", ORANGE, PALE_ORANGE), "unknown": ("?", MUTED, "white")}
    at = table.set_index(["segment", "criterion"])
    size = text_size(ax)
    for j, segment in enumerate(segments):
        for i, criterion in enumerate(criteria):
            row = at.loc[(segment, criterion)]
            sign, colour, shade = looks[row["verdict"]]
            edge = {"edgecolor": LINE} if row["verdict"] == "unknown" else {"edgecolor": "white"}
            ax.add_patch(Rectangle((i - 0.47, j - 0.44), 0.94, 0.88, facecolor=shade, alpha=0.65, **edge))
            words = "\n".join(
                wrap(row["short"].replace(" %", "\u00a0%"), 9 if narrow(ax) else 24, break_long_words=False)
            )
            ax.text(i, j - 0.14, sign, ha="center", va="center", fontsize=size + 5, color=TEXT.get(colour, colour))
            ax.text(i, j + 0.22, words, ha="center", va="center", fontsize=size - 1.2, color=INK)
    ax.set_xlim(-0.5, len(criteria) - 0.5)
    ax.set_ylim(len(segments) - 0.5, -0.5)
    most = 14 if narrow(ax) else 26
    ax.set_yticks(range(len(segments)), ["\n".join(wrap(s, most)[:2]) for s in segments], fontsize=size)
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(criteria)), criteria, fontsize=size - 1.2 * narrow(ax))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax
