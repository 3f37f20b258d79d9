"""Pictures of drivers: shares with intervals, importance against performance with clouds, stated beside derived."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from cxlab.experience.charts.points import name_points
from cxlab.experience.drivers.names import short_names
from cxlab.experience.drivers.ratings import spoken
from cxlab.style import BLUE, MUTED, PALE_BLUE, SAND, figure_style, key_above, name_rows, narrow, note, write_axis
from cxlab.wording import chance_of, share

_CORNERS = (
    ("concentrate here", 0.012, 0.99, "left", "top"),
    ("keep up the good work", 0.988, 0.99, "right", "top"),
    ("low priority", 0.012, 0.012, "left", "bottom"),
    ("possible overkill", 0.988, 0.012, "right", "bottom"),
)


@figure_style()
def draw_driver_shares(ax: Axes, table: pd.DataFrame, *, outcome: str = "the score") -> Axes:
    """Share of what is explained that belongs to each driver, the largest first; pale where chance could give as much.

    Parameters
    ----------
    table : a row a driver: driver, share, share_low, share_high, p_first, note
    outcome : for the label
    """
    sure = ~table["note"].str.contains("chance")
    colours = [BLUE if s else PALE_BLUE for s in sure]
    ax.barh(range(len(table)), table["share"], height=0.55, color=colours, zorder=2)
    reach = [(table["share"] - table["share_low"]).clip(lower=0), (table["share_high"] - table["share"]).clip(lower=0)]
    ax.errorbar(
        table["share"], range(len(table)), xerr=reach, linestyle="none", ecolor="#22303C", elinewidth=1.2, capsize=3,
        zorder=3,
    )  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        words = share(row.share)
        if not narrow(ax) and row.p_first >= 0.05:
            words += f"  first: P = {chance_of(row.p_first)}"
        note(ax, words, (row.share_high, i), shift=(6, 0))
    name_rows(
        ax, table["driver"].map(short_names(table["driver"])), [_beneath(words) for words in table["note"]], least=4
    )
    ax.set_xlim(0, float(table["share_high"].max()) * (1.3 if narrow(ax) else 1.4))
    write_axis(ax.xaxis, f"Share of what goes along with {spoken(outcome)}", unit="share")
    if not sure.all():
        note(ax, "pale: no more than chance", (1, 0), frame="axes", shift=(-3, 4), ha="right", va="bottom",
             colour=MUTED)  # fmt: skip
    return ax


def _beneath(words: str) -> str:
    return ", ".join(part for part in words.split("; ") if part != "no more than chance")


@figure_style()
def draw_importance_performance(
    ax: Axes, table: pd.DataFrame, clouds: pd.DataFrame, *, crosshair: tuple[float, float],
    importance: str = "derived", outcome: str = "the score",
) -> Axes:  # fmt: skip
    """Importance against performance, a cloud an attribute: where it may be, for all that is known.

    Parameters
    ----------
    table : a row an attribute: attribute, performance, importance, quadrant, probability
    clouds : draws of each: attribute, performance, importance
    crosshair : performance and importance at which the plane is cut
    """
    for i, name in enumerate(table["attribute"]):
        own = clouds[clouds["attribute"] == name]
        ax.scatter(
            own["performance"], own["importance"], s=7, color=PALE_BLUE, alpha=0.35, linewidth=0, zorder=2 + i / 99
        )
    sure = table["probability"] >= 0.9
    marks = {"linestyle": "none", "marker": "o", "color": BLUE, "markersize": 6, "zorder": 4}
    ax.plot(table["performance"][sure], table["importance"][sure], **marks)
    ax.plot(table["performance"][~sure], table["importance"][~sure], **marks, markerfacecolor="white")
    for low, high, cut, limits in (
        (clouds["performance"].min(), clouds["performance"].max(), crosshair[0], ax.set_xlim),
        (clouds["importance"].min(), clouds["importance"].max(), crosshair[1], ax.set_ylim),
    ):
        low, high = min(low, cut), max(high, cut)
        room = 0.18 * (high - low)
        limits(low - room, high + room)
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    ax.fill_between([left, crosshair[0]], crosshair[1], top, color=SAND, linewidth=0, zorder=0)
    ax.axvline(crosshair[0], color=MUTED, linewidth=0.8, zorder=1)
    ax.axhline(crosshair[1], color=MUTED, linewidth=0.8, zorder=1)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    for words, x, y, ha, va in _CORNERS:
        note(ax, words, (x, y), frame="axes", ha=ha, va=va, colour=MUTED)
    if importance == "derived":
        _whole_shares(ax.yaxis)
        write_axis(ax.yaxis, f"Share of what goes along with {spoken(outcome)}", unit="share")
    else:
        write_axis(ax.yaxis, "Importance as stated, points")
    write_axis(ax.xaxis, "How well it is rated, mean, points")
    if not sure.all():
        note(ax, "hollow: quadrant not decided", (1, 1), frame="axes", shift=(0, 4), ha="right", va="bottom",
             colour=MUTED)  # fmt: skip
    name_points(ax, table["performance"], table["importance"], table["attribute"].map(short_names(table["attribute"])),
                most=12 if narrow(ax) else 20)  # fmt: skip
    return ax


@figure_style()
def draw_two_shares(
    ax: Axes, table: pd.DataFrame, *, first: tuple[str, str, str, str], second: tuple[str, str, str, str],
    outcome: str = "the score",
) -> Axes:  # fmt: skip
    """Two shares of each driver, one over the other, with intervals: as ticked and centred, or derived and stated.

    Parameters
    ----------
    table : a row a driver: driver, and the columns named in `first` and `second`
    first, second : columns of the share, its lower and upper end, and what it is called
    """
    handles = []
    for i, (value, low, high, _) in enumerate((first, second)):
        y = [row + (i - 0.5) * 0.26 for row in range(len(table))]
        reach = [(table[value] - table[low]).clip(lower=0), (table[high] - table[value]).clip(lower=0)]
        style = {"color": MUTED if i else BLUE, "marker": "s" if i else "o", "markerfacecolor": "white" if i else BLUE}
        handles.append(
            ax.errorbar(
                table[value], y, xerr=reach, linestyle="none", markersize=5.5, elinewidth=1.4, capsize=2.5, **style
            )
        )
    ax.axvline(1 / len(table), color=MUTED, linewidth=0.8, linestyle=":")
    name_rows(ax, table["driver"].map(short_names(table["driver"])), least=4)
    key_above(ax, handles, [first[3], second[3]], left=True)
    ax.set_xlim(left=0)
    write_axis(ax.xaxis, f"Share of what goes along with {spoken(outcome)} (dotted: equal shares)", unit="share")
    return ax


@figure_style()
def draw_stated_and_derived(ax: Axes, table: pd.DataFrame, *, outcome: str = "the score") -> Axes:
    """Derived share against stated importance, a cross of intervals a driver.

    Parameters
    ----------
    table : a row a driver: driver, share, stated, each with _low and _high
    """
    reach = {
        side: [(table[v] - table[f"{v}_low"]).clip(lower=0), (table[f"{v}_high"] - table[v]).clip(lower=0)]
        for side, v in (("xerr", "stated"), ("yerr", "share"))
    }
    ax.errorbar(table["stated"], table["share"], **reach, linestyle="none", ecolor=PALE_BLUE, elinewidth=1.4, zorder=2)
    ax.plot(table["stated"], table["share"], linestyle="none", marker="o", color=BLUE, markersize=6, zorder=3)
    ax.margins(0.14)
    write_axis(ax.xaxis, "Importance as stated, mean, points")
    _whole_shares(ax.yaxis)
    write_axis(ax.yaxis, f"Share of what goes along with {spoken(outcome)}", unit="share")
    name_points(
        ax,
        table["stated"],
        table["share"],
        table["driver"].map(short_names(table["driver"])),
        most=12 if narrow(ax) else 20,
    )
    return ax


def _whole_shares(axis) -> None:
    """Ticks at whole per cents: half of one would be written rounded."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
