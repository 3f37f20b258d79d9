"""Pictures of what narrows or widens a trial: sites that count once, and what was known before."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.differentiation.trials.words import amount, change
from cxlab.style import (
    BLUE,
    INK,
    MUTED,
    SERIES,
    figure_style,
    key_above,
    name_rows,
    narrow,
    note,
    tick_text,
    write_axis,
)
from cxlab.wording import count


@figure_style()
def draw_sites(ax: Axes, trial, table: pd.DataFrame) -> Axes:
    """Every site with its mean, arms beneath one another, large where it has many customers; bars: means of sites.

    Parameters
    ----------
    table : a row an arm beside the control: arm, sites, low, high
    """
    most = float(trial.cells["n"].max())
    for i, arm in enumerate(trial.arms):
        own = trial.cells[trial.cells["arm"] == arm].sort_values("mean", ignore_index=True)
        nudge = np.linspace(-0.18, 0.18, len(own)) if len(own) > 1 else np.zeros(1)
        ax.scatter(own["mean"], i + nudge, s=25 + 120 * own["n"] / most, color=MUTED if i == 0 else SERIES[(i - 1) % 3],
                   marker="o" if i == 0 else "s", alpha=0.8, linewidth=0, zorder=3)  # fmt: skip
        centre = float(own["mean"].mean())
        ax.plot([centre, centre], [i - 0.32, i + 0.32], color=INK, linewidth=2, zorder=4)
        note(ax, amount(trial, centre), (1, i), frame="beside", shift=(6, 0))
    ax.margins(x=0.08)
    beneath = []
    for arm in trial.arms:
        own = trial.cells[trial.cells["arm"] == arm]
        beneath.append(f"{count(len(own))} sites, {count(own['n'].sum())} {trial.per}s".replace("1 sites", "1 site"))
    name_rows(ax, trial.arms, beneath, least=3)
    unit = "share" if trial.kind == "share" else trial.unit
    write_axis(ax.xaxis, f"Mean {trial.what} of each site (line: mean of sites)",
               unit=unit if unit in ("share", "money") else "", currency=trial.currency)  # fmt: skip
    if table["low"].isna().any():
        note(ax, "too few sites for an interval", (1, 1), frame="axes", shift=(0, 4), ha="right", va="bottom",
             colour=MUTED)  # fmt: skip
    return ax


@figure_style()
def draw_adjusted(ax: Axes, trial, table: pd.DataFrame, *, level: float) -> Axes:
    """Difference of each arm to the control, as it is and with what was known before taken out.

    Parameters
    ----------
    table : a row an arm: arm, n, plain, plain_low, plain_high, difference, low, high
    """
    handles = []
    for shift, (value, low, high), style in (
        (-0.12, ("plain", "plain_low", "plain_high"), {"color": MUTED, "marker": "o", "markerfacecolor": "white"}),
        (0.12, ("difference", "low", "high"), {"color": BLUE, "marker": "s"}),
    ):
        reach = np.maximum([table[value] - table[low], table[high] - table[value]], 0)
        handles.append(ax.errorbar(table[value], np.arange(len(table)) + shift, xerr=reach, linestyle="none",
                                   markersize=6.5, elinewidth=2, capsize=3, zorder=3, **style))  # fmt: skip
    ax.axvline(0, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    for i, row in enumerate(table.itertuples()):
        words = change(trial, row.difference)
        if not narrow(ax):
            words += f" ({change(trial, row.low)} to {change(trial, row.high)})"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    name_rows(ax, table["arm"], [f"n = {count(n)}" for n in table["n"]], least=3)
    key_above(ax, handles, ["as it is", "with what was known before"], left=True)
    words = {"share": "points", "money": trial.currency}.get(trial.kind, f"a {trial.per}")
    label = f"Difference to {trial.control}, {words} ({level * 100:g} % intervals)".replace(",  (", " (")
    write_axis(ax.xaxis, label, unit="money" if trial.kind == "money" else "", currency=trial.currency)
    if trial.kind == "share":
        ax.xaxis.set_major_formatter(lambda value, _: tick_text(round(100 * value, 6)))
    return ax
