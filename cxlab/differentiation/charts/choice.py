"""Pictures of choices: coefficients, part-worths of people, importance of attributes, and the precision of a design."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from cxlab.experience.drivers.ratings import spoken
from cxlab.style import BLUE, INK, MUTED, PALE_BLUE, figure_style, key_above, name_rows, narrow, note, write_axis
from cxlab.wording import share


@figure_style()
def draw_coefficients(ax: Axes, table: pd.DataFrame, *, price: str = "", currency: str = "") -> Axes:
    """What each column is worth on average: in money where there is a price, in logits where there is none.

    Parameters
    ----------
    table : a row a column: column, value, low, high, and with a price worth, worth_low, worth_high
    """
    names = ("worth", "worth_low", "worth_high") if price else ("value", "low", "high")
    rows = table[table["column"] != price].reset_index(drop=True) if price else table
    _points(ax, rows[names[0]], rows[names[1]], rows[names[2]])
    name_rows(ax, rows["column"].map(spoken), least=4)
    if price:
        write_axis(ax.xaxis, f"Worth of one more{_in(currency)}", unit="money", currency=currency)
    else:
        write_axis(ax.xaxis, "Utility of one more on average, logits")
    return ax


@figure_style()
def draw_part_worths(ax: Axes, table: pd.DataFrame) -> Axes:
    """Part-worths: the mean with its interval, and how far four of five people lie around it.

    Parameters
    ----------
    table : a row a column: column, effect, effect_low, effect_high (logits for a step of `step`), people_low,
        people_high (the middle 80 % of people)
    """
    for i, row in enumerate(table.itertuples()):
        band = ax.plot([row.people_low, row.people_high], [i, i], color=PALE_BLUE, linewidth=9, solid_capstyle="butt",
                       zorder=2)  # fmt: skip
    points = _points(ax, table["effect"], table["effect_low"], table["effect_high"])
    name_rows(
        ax, table["column"].map(spoken), [f"by {step:.3g}" if step != 1 else "" for step in table["step"]], least=4
    )
    key_above(ax, [points, band[0]], ["mean of all", "middle 80 % of people"])
    write_axis(ax.xaxis, "Utility, logits")
    return ax


@figure_style()
def draw_importance(ax: Axes, table: pd.DataFrame) -> Axes:
    """Importance of attributes, the largest first, with intervals.

    Parameters
    ----------
    table : a row an attribute: attribute, importance, low, high
    """
    ax.barh(range(len(table)), table["importance"], height=0.55, color=BLUE, zorder=2)
    reach = [(table["importance"] - table["low"]).clip(lower=0), (table["high"] - table["importance"]).clip(lower=0)]
    ax.errorbar(table["importance"], range(len(table)), xerr=reach, linestyle="none", ecolor=INK, elinewidth=1.2,
                capsize=3, zorder=3)  # fmt: skip
    for i, row in enumerate(table.itertuples()):
        note(ax, share(row.importance), (row.high, i), shift=(6, 0))
    name_rows(ax, table["attribute"].map(spoken), least=4)
    ax.set_xlim(0, float(table["high"].max()) * 1.25)
    write_axis(ax.xaxis, "Share of what attributes can move", unit="share")
    return ax


@figure_style()
def draw_precision(ax: Axes, table: pd.DataFrame, *, wanted: float | None = None) -> Axes:
    """Half-width of the interval of each part-worth by number of respondents.

    Parameters
    ----------
    table : a row a column and number of respondents: column, respondents, half_width (logits for a step of the column)
    wanted : half-width to be reached, drawn as a line
    """
    from cxlab.style import label_ends, look

    ends = []
    for i, (name, own) in enumerate(table.groupby("column", sort=False)):
        style = look(i, marker=True)
        ax.plot(own["respondents"], own["half_width"], markersize=4, **style)
        ends.append((own["respondents"].iloc[-1], own["half_width"].iloc[-1], spoken(name)[: 16 if narrow(ax) else 26],
                     style["color"]))  # fmt: skip
    if wanted is not None:
        ax.axhline(wanted, color=MUTED, linewidth=0.9, linestyle=":")
        note(ax, "wanted", (0, wanted), frame="beside", shift=(2, 6), colour=MUTED)
    ax.set_ylim(bottom=0)
    write_axis(ax.xaxis, "Respondents")
    write_axis(ax.yaxis, "Half-width of the interval, logits")
    label_ends(ax, ends)
    return ax


def _points(ax: Axes, value, low, high):
    finite = low.map(abs).lt(float("inf")) & high.map(abs).lt(float("inf"))
    reach = [(value - low).where(finite, 0).clip(lower=0), (high - value).where(finite, 0).clip(lower=0)]
    ax.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
    return ax.errorbar(value, range(len(value)), xerr=reach, linestyle="none", marker="o", markersize=5.5, color=BLUE,
                       ecolor=INK, elinewidth=1.3, capsize=3, zorder=3)  # fmt: skip


def _in(currency: str) -> str:
    return f", {currency}" if currency else ", money"
