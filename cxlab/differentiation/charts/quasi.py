"""Pictures of effects that were not randomised, in which a broken assumption can be seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import MONTHLY, YEARLY, AutoDateLocator, ConciseDateFormatter, date2num

from cxlab.style import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PALE_BLUE,
    figure_style,
    key_above,
    label_ends,
    narrow,
    note,
    text_size,
    write_axis,
)


@figure_style()
def draw_did(
    ax: Axes, table: pd.DataFrame, *, outcome: str, measured: str = "", currency: str = "", begins: str = "",
    words: str = "", reach: float = 0.0,
) -> Axes:  # fmt: skip
    """Means of treated and untreated units; dashed where the treated would have been had they changed like the others.

    Before treatment the dashed line and the treated ought to lie on one another: where they do not, trends differed.

    Parameters
    ----------
    table : a row a period: period, treated, untreated, expected, after
    words : the effect, written at the gap it is; reach : half its interval, drawn about the dashed line
    """
    at = date2num(table["period"])
    handles = [
        *ax.plot(at, table["treated"], color=BLUE, linewidth=1.8, **_marks(at, "o"), label="treated"),
        *ax.plot(at, table["expected"], color=BLUE, linewidth=1.4, linestyle="--", label="treated, had they changed "
                 "like the others"),
        *ax.plot(at, table["untreated"], color=MUTED, linewidth=1.4, linestyle="-", **_marks(at, "s"),
                 label="untreated"),
    ]  # fmt: skip
    after = table["after"].to_numpy(bool)
    ax.fill_between(at[after], table["expected"][after], table["treated"][after], color=PALE_BLUE, alpha=0.6, lw=0)
    if reach:
        ends = [(table["expected"] + sign * reach)[after] for sign in (-1, 1)]
        handles.append(
            ax.fill_between(
                at[after],
                *ends,
                facecolor="none",
                edgecolor=MUTED,
                hatch="///",
                lw=0,
                alpha=0.5,
                label="interval of that",
            )
        )
    begin_line(ax, at, after, begins)
    time_axis(ax, at)
    write_axis(ax.yaxis, outcome + unit_words(measured, currency), unit=measured, currency=currency)
    end = float(table["treated"].iloc[-1] + table["expected"].iloc[-1]) / 2
    key_above(ax, handles, [h.get_label() for h in handles])
    if words:
        ax.figure.get_figure(root=True).canvas.draw()
        label_ends(ax, [(at[-1], end, words, BLUE)])
    return ax


@figure_style()
def draw_event_study(ax: Axes, table: pd.DataFrame, *, label: str, period: str, measured: str = "", currency: str = "",
                     level: float = 0.9) -> Axes:  # fmt: skip
    """Difference of the treated to the others by time since treatment; before it all of them ought to hold zero.

    Parameters
    ----------
    table : a row a time since treatment: since, periods (taken together), effect, low, high, band_low, band_high
    """
    nil = dict.fromkeys(("effect", "low", "high", "band_low", "band_high"), 0.0)
    wide = int(table["periods"].iloc[0])
    table = pd.concat([table, pd.DataFrame([{"since": -wide} | nil])]).sort_values("since", ignore_index=True)
    table["since"] += (wide - 1) / 2
    before = table["since"] < 0
    ax.axhline(0, color=LINE, linewidth=1)
    ax.axvline(-0.5, color=MUTED, linewidth=0.9, linestyle=":")
    ax.fill_between(table["since"], table["band_low"], table["band_high"], color=PALE_BLUE, alpha=0.55, lw=0)
    for side, colour, mark, fill in ((before, MUTED, "s", "white"), (~before, BLUE, "o", BLUE)):
        own = table[side]
        ax.errorbar(own["since"], own["effect"], yerr=[own["effect"] - own["low"], own["high"] - own["effect"]],
                    linestyle="none", marker=mark, markersize=4.5, color=colour, markerfacecolor=fill,
                    elinewidth=1.3)  # fmt: skip
    write_axis(ax.xaxis, f"{period}s since treatment began")
    write_axis(ax.yaxis, label, unit=measured, currency=currency)
    size = f"{level * 100:g} %"
    words = f"band: holds all of them at once with {size}" if narrow(ax) else (
        f"bars: {size} interval of each; band: holds all of them at once with {size}")  # fmt: skip
    note(ax, words, (0, 1), frame="axes", shift=(0, 4), va="bottom", colour=MUTED)
    return ax


@figure_style()
def draw_bounds(ax: Axes, table: pd.DataFrame, *, label: str, breakdown: float, measured: str = "",
                currency: str = "") -> Axes:  # fmt: skip
    """What the effect can be if trends were not parallel, by how far they may have departed.

    Parameters
    ----------
    table : a row a departure: allowed (multiples of the largest seen before), low, high (with sampling error),
        least, most (of the estimate alone)
    breakdown : departure from which on the sign is open
    """
    ax.axhline(0, color=INK, linewidth=1)
    ax.fill_between(table["allowed"], table["low"], table["high"], color=PALE_BLUE, alpha=0.55, lw=0,
                    label="with chance")  # fmt: skip
    ax.fill_between(table["allowed"], table["least"], table["most"], color=BLUE, alpha=0.35, lw=0,
                    label="from the departure alone")  # fmt: skip
    write_axis(ax.xaxis, "departure from parallel trends allowed, in multiples of the largest step seen before")
    write_axis(ax.yaxis, label, unit=measured, currency=currency)
    handles, labels = ax.get_legend_handles_labels()
    key_above(ax, handles, labels)
    if 0 < breakdown < table["allowed"].max():
        ax.axvline(breakdown, color=ORANGE, linewidth=1.2, linestyle="--")
        right = breakdown > table["allowed"].max() / 2
        note(ax, f"beyond {breakdown:.2g} even\nthe sign is open", (breakdown, 0.97), frame="above",
             shift=(-4 if right else 4, 0), va="top", ha="right" if right else "left", colour=ORANGE)  # fmt: skip
    return ax


def unit_words(measured: str, currency: str = "") -> str:
    """The unit behind the name of an outcome on an axis."""
    named = {"share": "", "money": currency, "": ""}.get(measured, measured)
    return f", {named}" if named else ""


def time_axis(ax: Axes, at) -> None:
    """Days on the x axis, as few of them named as stay legible."""
    locator = AutoDateLocator(minticks=3, maxticks=6 if narrow(ax) else 9)
    locator.intervald[YEARLY] = [1, 2, 5, 10, 20, 50]
    locator.intervald[MONTHLY] = [1, 2, 3, 4, 6, 12]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.xaxis.get_offset_text().set_fontsize(text_size(ax))
    ax.tick_params(axis="x", labelsize=text_size(ax))
    ax.set_xlim(at[0] - 0.02 * (at[-1] - at[0]), at[-1] + 0.02 * (at[-1] - at[0]))


def begin_line(ax: Axes, at, after, words: str, *, top: bool = False) -> None:
    """A line where treatment begins, named at the foot or at the top."""
    first = int(np.argmax(after))
    x = (at[first] + at[first - 1]) / 2
    ax.axvline(x, color=MUTED, linewidth=0.9, linestyle=":")
    left = first > len(at) / 2
    note(ax, words or "treatment begins", (x, float(top)), frame="above", shift=(-3 if left else 3, -2 if top else 3),
         va="top" if top else "bottom",         ha="right" if left else "left", colour=MUTED, ground=True)  # fmt: skip


def _marks(at, mark: str) -> dict:
    return {"marker": mark, "markersize": 3.5} if len(at) <= 40 else {}
