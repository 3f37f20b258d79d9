"""Pictures of what customers write: how it is read, what it is about, where it hurts, and what is new."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

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
    PALE_ORANGE,
    TEAL,
    figure_style,
    key_above,
    label_ends,
    look,
    name_rows,
    narrow,
    note,
    rows_that_fit,
    text_size,
    write_axis,
)  # fmt: skip
from cxlab.wording import MINUS, count, share


@figure_style()
def draw_quality(ax: Axes, table: pd.DataFrame) -> Axes:
    """How well each way of reading orders texts it has not seen, and how many it calls positive beside how many are.

    Parameters
    ----------
    table : a row a way: way, auc, auc_low, auc_high, accuracy, called_positive, truly_positive, used
    """
    for i, row in enumerate(table.to_dict("records")):
        colour = TEAL if row["used"] else MUTED
        ax.plot([row["auc_low"], row["auc_high"]], [i, i], color=colour, linewidth=2.2, solid_capstyle="butt")
        ax.plot(
            row["auc"], i, marker="o", color=colour, markersize=7, markerfacecolor=colour if row["used"] else "white"
        )
        words = f"{share(row['accuracy'])} right"
        if not narrow(ax):
            words += f"; calls {share(row['called_positive'])} positive"
        note(ax, words, (row["auc_high"], i), shift=(7, 0))
    ax.axvline(0.5, color=INK, linewidth=0.8, zorder=0)
    truth = f"{share(table['truly_positive'].iloc[0])} are positive"
    note(ax, f"by chance; {truth}", (0.5, 1), frame="above", shift=(0, 3), ha="left", va="bottom", colour=MUTED)
    ax.set_xlim(min(0.48, float(table["auc_low"].min()) - 0.02), 1.35 if narrow(ax) else 1.22)
    ax.set_xticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    name_rows(ax, table["way"], least=3)
    write_axis(ax.xaxis, "Chance to place a positive text above another")
    return ax


@figure_style()
def draw_positive(ax: Axes, table: pd.DataFrame, *, by: Sequence[str] = (), meaning: str = "are positive") -> Axes:
    """Share positive of every group: as called (hollow), and as known, with the rest corrected (full).

    Parameters
    ----------
    table : a row a group: *by, n, called, called_low, called_high, positive, low, high (missing: not known)
    meaning : what is known of a positive text, to follow "texts"
    """
    shown = table.dropna(subset=["called"])
    best = shown["positive"].where(shown["positive"].notna(), shown["called"])
    shown = shown.loc[best.sort_values(ascending=False, kind="stable").index].head(rows_that_fit(ax, lines=2))
    corrected = bool(shown["positive"].notna().any())
    called, full = None, None
    for i, row in enumerate(shown.to_dict("records")):
        up = 0.16 if corrected else 0.0
        ax.plot(
            [row["called_low"], row["called_high"]], [i - up] * 2, color=MUTED, linewidth=1.2, linestyle=(0, (3, 1.5))
        )
        called = ax.plot(row["called"], i - up, marker="s", color=MUTED, markerfacecolor="white", linestyle="none")[0]
        if corrected:
            ax.plot([row["low"], row["high"]], [i + up] * 2, color=TEAL, linewidth=2.2, solid_capstyle="butt")
            full = ax.plot(row["positive"], i + up, marker="o", color=TEAL, linestyle="none")[0]
    names = [" / ".join(str(row[c]) for c in by) or "all texts" for row in shown.to_dict("records")]
    name_rows(ax, names, [f"n = {count(n)}" for n in shown["n"]], least=3)
    handles, labels = [called], ["as called"]
    if corrected:
        handles, labels = [full, called], ["as known, rest corrected", "as called"]
    key_above(ax, handles, labels)
    ax.grid(axis="x", color=LINE, linewidth=0.6, zorder=0)
    write_axis(ax.xaxis, f"Texts that {meaning}", unit="share")
    return ax


@figure_style()
def draw_themes(ax: Axes, table: pd.DataFrame) -> Axes:
    """Texts about every theme: how many, how many of them negative, and what stars go along with it.

    Parameters
    ----------
    table : a row a theme, most complaints first: theme, n, negative_n, negative, negative_low, negative_high,
        stars_difference, stars_difference_low, stars_difference_high, few
    """
    shown = table.head(rows_that_fit(ax, lines=2)).reset_index(drop=True)
    most = float(shown["n"].max())
    stars = shown["stars_difference"].notna().any()
    for i, row in enumerate(shown.to_dict("records")):
        ax.barh(i, row["n"], height=0.62, color="white", edgecolor=MUTED, linewidth=0.9, zorder=2)
        if np.isfinite(row["negative_n"]):
            bad = ax.barh(
                i, row["negative_n"], height=0.62, color=PALE_ORANGE, edgecolor=ORANGE, hatch="////", zorder=3
            )
            ends = [row["negative_low"] * row["n"], row["negative_high"] * row["n"]]
            ax.plot(ends, [i, i], color=INK, linewidth=1.6, zorder=4, solid_capstyle="butt")
        words = share(row["negative"])
        if stars and np.isfinite(row["stars_difference"]) and not narrow(ax):
            sure = row["stars_difference_low"] > 0 or row["stars_difference_high"] < 0
            gap = f"{row['stars_difference']:+.1f}".replace("-", MINUS)
            words += f"; {gap} stars" + ("" if sure else " (not sure)")
        note(ax, words, (row["n"], i), shift=(6, 0), colour=INK if not row["few"] else MUTED)
    name_rows(ax, [_broken(name, ax) for name in shown["theme"]])
    bars = [Rectangle((0, 0), 1, 1, facecolor="white", edgecolor=MUTED), bad]
    key_above(ax, bars, ["texts about it", "negative (line: interval)"])
    ax.set_xlim(0, most * (1.28 if narrow(ax) else 1.42))
    write_axis(ax.xaxis, "Texts")
    return ax


@figure_style()
def draw_theme_matrix(ax: Axes, table: pd.DataFrame, *, by: str = "touchpoint") -> Axes:
    """Themes by touchpoint: squares as large as there are texts, filled as far as they are negative, worst ones quoted.

    Parameters
    ----------
    table : a row a cell: theme, `by`, n, negative_n, negative, low, high, few, hidden, quote
    """
    themes, groups = list(dict.fromkeys(table["theme"])), sorted(table[by].unique())
    themes = themes[: rows_that_fit(ax, lines=3)]
    heavy = table.groupby(by)["n"].sum().sort_values(ascending=False, kind="stable").index
    if narrow(ax):  # on a phone the four with most texts
        groups = [g for g in groups if g in set(heavy[:4])]
    most = float(table["n"].max())
    quoted = table[~table["hidden"] & table["theme"].isin(themes)].nlargest(0 if narrow(ax) else 1, "negative_n").index
    for index, row in table.iterrows():
        if row["theme"] not in themes or row[by] not in groups:
            continue
        i, j = themes.index(row["theme"]), groups.index(row[by])
        if row["hidden"]:
            note(ax, "·", (j, i), ha="center", colour=MUTED)
            continue
        size = 0.30 + 0.56 * np.sqrt(row["n"] / most)
        left, top = j - size / 2, i - size / 2
        ax.add_patch(Rectangle((left, top), size, size, facecolor="white", edgecolor=MUTED, linewidth=0.9, zorder=2))
        bad = size * row["negative"]
        ax.add_patch(Rectangle((left, top + size - bad), size, bad, facecolor=PALE_ORANGE, edgecolor=ORANGE,
                               hatch="////", linewidth=0.6, zorder=3))  # fmt: skip
        ends = [top + size * (1 - row["low"]), top + size * (1 - row["high"])]
        ax.plot([left + size, left + size], ends, color=INK, linewidth=2, zorder=4, solid_capstyle="butt")
        words = share(row["negative"]) if not row["few"] else f"({share(row['negative'])})"
        box = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.6}
        ax.text(j, i, words, ha="center", va="center", fontsize=text_size(ax) - 0.5, zorder=5, bbox=box,
                fontweight="bold" if index in quoted else "normal")  # fmt: skip
    ax.set_xlim(-0.55, len(groups) - 0.4)
    name_rows(ax, [_broken(name, ax) for name in themes])
    ax.set_xticks(range(len(groups)), [fill(str(g), 10 if narrow(ax) else 14) for g in groups])
    ax.tick_params(axis="x", length=0, labelsize=text_size(ax))
    ax.xaxis.set_ticks_position("top")
    for side in ax.spines.values():
        side.set_visible(False)
    words = "Area: texts; hatched: negative, line: interval. In brackets: fewer than 30 texts; dot: fewer than 5."
    lines = [fill(words, 36 if narrow(ax) else 70)]
    lines += [fill(f"“{r.quote}” ({r[by]}, text {r.feedback_id})", 70) for _i, r in table.loc[quoted].iterrows()]
    # quotes hold prices: two dollar signs would be read as a formula
    ax.set_xlabel("\n".join(lines), fontsize=text_size(ax) - 0.5, loc="left", parse_math=False)
    return ax


@figure_style()
def draw_words(ax: Axes, table: pd.DataFrame, *, n: int) -> Axes:
    """Frequent words of few texts: in what share of the texts they stand, with intervals.

    Parameters
    ----------
    table : a row a word: word, texts, low, high
    """
    shown = table.head(rows_that_fit(ax)).reset_index(drop=True)
    for i, row in enumerate(shown.to_dict("records")):
        ax.plot([row["low"], row["high"]], [i, i], color=BLUE, linewidth=1.8, solid_capstyle="butt")
        ax.plot(row["texts"] / n, i, marker="o", color=BLUE)
        note(ax, count(row["texts"]), (row["high"], i), shift=(5, 0), colour=MUTED)
    name_rows(ax, shown["word"], least=4)
    ax.set_xlim(left=0)
    write_axis(ax.xaxis, f"Share of {count(n)} texts", unit="share")
    return ax


@figure_style()
def draw_emerging(ax: Axes, table: pd.DataFrame) -> Axes:
    """What share of texts is about a thing, from period to period, with its band.

    Parameters
    ----------
    table : a row a thing and period: what, period (first day), share, low, high
    """
    ends = []
    for i, (what, own) in enumerate(table.groupby("what", sort=False)):
        style = look(i)
        ax.fill_between(own["period"], own["low"], own["high"], color=style["color"], alpha=0.15, linewidth=0)
        ax.plot(own["period"], own["share"], **look(i, marker=True), linewidth=1.6, markersize=4)
        last = own.iloc[-1]
        ends.append((last["period"], last["share"], fill(what, 16), style["color"]))
    ax.set_ylim(bottom=0)
    ax.margins(x=0.02)
    write_axis(ax.yaxis, "Share of texts", unit="share")
    write_axis(ax.xaxis, "")
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    where = AutoDateLocator(minticks=3, maxticks=4 if narrow(ax) else 8)
    ax.xaxis.set_major_locator(where)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(where))
    from matplotlib.dates import date2num

    label_ends(ax, [(date2num(x), y, words, colour) for x, y, words, colour in ends])
    return ax


def _broken(name: str, ax: Axes) -> str:
    """A theme's words one to a line where there is little room."""
    words = name.split(" / ")
    return " / ".join(words[:2]) if narrow(ax) else name
