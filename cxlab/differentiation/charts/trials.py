"""Pictures of trials: arms with their intervals, losses against what is cared for, plans, looks and money."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.differentiation.trials.words import amount, chance, change, size
from cxlab.style import BLUE, INK, MUTED, ORANGE, figure_style, name_rows, narrow, note, tick_text, write_axis
from cxlab.wording import count


@figure_style()
def draw_arms(ax: Axes, trial, table: pd.DataFrame, *, level: float) -> Axes:
    """What the true mean of each arm may be, the control hollow, with the chance to be better written beside.

    Parameters
    ----------
    table : a row an arm, the control first: arm, n, value, low, high, difference, p_better
    """
    for i, row in enumerate(table.itertuples()):
        ax.errorbar(
            row.value, i, xerr=[[row.value - row.low], [row.high - row.value]], marker="o", markersize=7,
            color=MUTED if i == 0 else BLUE, markerfacecolor="white" if i == 0 else BLUE, elinewidth=2.2, zorder=3,
        )  # fmt: skip
        words = amount(trial, row.value)
        if i:
            beside = f"\nP {chance(row.p_better)}" if narrow(ax) else f", better: P = {chance(row.p_better)}"
            words = f"{change(trial, row.difference)}{beside}"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    ax.axvline(table["value"].iloc[0], color=INK, linewidth=0.9, linestyle="--", zorder=1)
    name_rows(ax, table["arm"], [f"n = {count(n)}" for n in table["n"]], least=3)
    what = trial.what
    words = {"share": f"Share of {trial.per}s with {what}", "money": f"Mean {what} a {trial.per}, {trial.currency}"}
    write_axis(ax.xaxis, words.get(trial.kind, f"Mean {what} a {trial.per}").rstrip(", ")
               + f" ({level * 100:g} % intervals)", unit=trial.unit, currency=trial.currency)  # fmt: skip
    return ax


@figure_style()
def draw_losses(ax: Axes, trial, table: pd.DataFrame) -> Axes:
    """What is lost on average by taking each arm, against the loss that is not cared for.

    Parameters
    ----------
    table : a row an arm: arm, p_best, expected_loss, care, decision
    """
    care = float(table["care"].iloc[0])
    below = table["expected_loss"] <= care
    ax.barh(range(len(table)), table["expected_loss"], height=0.5, color=np.where(below, BLUE, ORANGE), zorder=2)
    top = max(float(table["expected_loss"].max()), care) * 1.05
    for i, row in enumerate(table.itertuples()):
        words = f"{size(trial, row.expected_loss)}: {row.decision}"
        note(ax, words, (1, i), frame="beside", shift=(6, 0))
    ax.axvline(care, color=INK, linewidth=1, linestyle="--", zorder=3)
    note(ax, f"not cared for: {size(trial, care)}", (care, 1), frame="above", shift=(0, 3), va="bottom",
         ha="left" if care < top / 2 else "right")  # fmt: skip
    ax.set_xlim(0, top)
    name_rows(ax, table["arm"], [f"best: {chance(p)}" for p in table["p_best"]], least=3)
    unit = f", {trial.currency}" if trial.kind == "money" and trial.currency else ""
    words = "points of the share" if trial.kind == "share" else f"a {trial.per}{unit}"
    write_axis(ax.xaxis, f"Lost on average by taking it, {words}", unit="" if trial.kind == "share" else trial.unit,
               currency=trial.currency)  # fmt: skip
    if trial.kind == "share":
        ax.xaxis.set_major_formatter(lambda value, _: tick_text(round(100 * value, 6)))
    return ax


@figure_style()
def draw_money(
    ax: Axes, stays: np.ndarray, *, low: float, high: float, p_loss: float, currency: str, label: str
) -> Axes:
    """How likely each sum is that stays; orange and hatched where it is a loss, a bar beneath for the interval."""
    ends = np.quantile(stays, [0.002, 0.998])
    bins = np.linspace(ends[0], ends[1] + 1e-9 * max(abs(ends[1]), 1), 41)
    if ends[0] < 0 < ends[1]:
        bins = np.sort(np.append(bins, 0.0))
    density, edges = np.histogram(stays, bins=bins, density=True)
    lossy = edges[1:] <= 0
    for part, colour, hatch in ((lossy, ORANGE, "///"), (~lossy, BLUE, "")):
        ax.bar(edges[:-1][part], density[part], width=np.diff(edges)[part], align="edge", color=colour,
               edgecolor="white", linewidth=0.4, hatch=hatch, zorder=2)  # fmt: skip
    tall = float(density.max())
    ax.plot([low, high], [-0.06 * tall] * 2, color=INK, linewidth=2.5, zorder=3)
    ax.plot([stays.mean()], [-0.06 * tall], marker="o", color=INK, markersize=6, zorder=4)
    ax.axvline(0, color=INK, linewidth=0.9, zorder=3)
    note(ax, f"loss: {chance(p_loss)}", (0, 1), frame="above", shift=(-5, -2), ha="right", va="top", colour=ORANGE)
    note(ax, f"gain: {chance(1 - p_loss)}", (0, 1), frame="above", shift=(5, -2), va="top", colour=BLUE)
    left, right = min(ends[0], 0.0), max(ends[1], 0.0)
    room = 0.22 * (right - left)
    ax.set_xlim(min(left, -room), max(right, room))
    ax.set_ylim(-0.12 * tall, 1.25 * tall)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    write_axis(ax.xaxis, label, unit="money", currency=currency)
    return ax
