"""Pictures of personas side by side: where they part, on which transitions, and who reaches the goal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.journey.log import END, START
from cxlab.style import BLUE, INK, MUTED, figure_style, key_above, name_rows, narrow, note, rows_that_fit, write_axis
from cxlab.wording import MINUS, count, number, share


@figure_style()
def draw_divergence(ax: Axes, table: pd.DataFrame) -> Axes:
    """How differently personas go on from each touchpoint; hollow where it cannot be told from chance.

    Parameters
    ----------
    table : a row a touchpoint: touchpoint, contacts, divergence, low, high (0 … 1), differs
    """
    shown, rest = _first(ax, table)
    y = np.arange(len(shown))
    _points(ax, shown, shown["divergence"], y, shown["differs"])
    for at, row in zip(y, shown.to_dict("records"), strict=True):
        note(ax, f"{row['divergence']:.2f}", (row["high"], at), shift=(6, 0), ground=True)
    name_rows(ax, shown["touchpoint"], [f"{count(n)} contacts" for n in shown["contacts"]], least=4)
    ax.set_xlim(0, min(1.0, 1.25 * max(0.02, float(shown["high"].max()))))
    write_axis(ax.xaxis, "Divergence of what follows (0 alike, 1 nothing in common)" + rest)
    _key(ax, shown["differs"])
    return ax


@figure_style()
def draw_transition_differences(ax: Axes, table: pd.DataFrame, *, other: str = "the others") -> Axes:
    """Transitions a persona takes more or less often than the others do, the surest first; hollow where not sure.

    Parameters
    ----------
    table : a row a transition: persona, source, target, difference, low, high (shares), differs
    other : what the persona is compared with
    """
    table = table[table["q_value"].notna()] if table["q_value"].notna().any() else table
    shown, rest = _first(ax, table, most=12)
    y = np.arange(len(shown))
    _points(ax, shown, 100 * shown["difference"], y, shown["differs"], scale=100)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    several = table["persona"].nunique() > 1
    names = [_arrow(row, several) for row in shown.to_dict("records")]
    for at, row in zip(y, shown.to_dict("records"), strict=True):
        right = row["difference"] >= 0
        words = ("+" if right else MINUS) + number(100 * abs(row["difference"]), digits=2)
        edge = 100 * (row["high"] if right else row["low"])
        note(ax, words, (edge, at), shift=(5 if right else -5, 0), ha="left" if right else "right", ground=True)
    name_rows(ax, names, least=4)
    ax.set_yticks(y, names if not narrow(ax) else [name.replace(" → ", " →\n") for name in names])
    reach = 135 * float(max(shown["high"].max(), -shown["low"].min(), 0.01))
    ax.set_xlim(-reach, reach)
    who = "the persona" if several else table["persona"].iloc[0]
    write_axis(ax.xaxis, f"Share of {who} less that of {other}, points" + rest)
    _key(ax, shown["differs"])
    return ax


@figure_style()
def draw_persona_conversion(ax: Axes, table: pd.DataFrame, *, goal: str = "the goal") -> Axes:
    """Share of each persona that reaches the goal, with its interval.

    Parameters
    ----------
    table : a row a persona: persona, customers, share, low, high
    goal : what is reached, for the label
    """
    shown = table.sort_values("share", ascending=False, kind="stable")
    y = np.arange(len(shown))
    ax.barh(y, shown["share"], height=0.6, color="#BCD5EA", zorder=1, label="share")
    _points(ax, shown, shown["share"], y, pd.Series(True, index=shown.index))
    for at, row in zip(y, shown.to_dict("records"), strict=True):
        note(ax, share(row["share"]), (row["high"], at), shift=(6, 0))
    name_rows(ax, shown["persona"], [f"{count(n)} customers" for n in shown["customers"]], least=3)
    ax.set_xlim(0, min(1.0, 1.2 * float(shown["high"].max())))
    write_axis(ax.xaxis, f"Share that reaches {goal}", unit="share")
    return ax


def _first(ax: Axes, table: pd.DataFrame, *, most: int = 15) -> tuple[pd.DataFrame, str]:
    """The rows that fit, and words about the others."""
    rows = min(most, rows_that_fit(ax, lines=2))
    rest = f"; first {rows} of {len(table)}" if len(table) > rows else ""
    return table.head(rows), rest


def _points(ax: Axes, shown: pd.DataFrame, value, y, sure: pd.Series, *, scale: float = 1.0) -> None:
    for certain, colour, face in ((True, BLUE, BLUE), (False, MUTED, "white")):
        which = (sure == certain).to_numpy()
        if which.any():
            v = np.asarray(value)[which]
            reach = np.maximum([v - scale * shown["low"][which], scale * shown["high"][which] - v], 0)
            ax.errorbar(
                v, y[which], xerr=reach, linestyle="none", marker="o", markersize=6, color=colour, markerfacecolor=face,
                elinewidth=2 if certain else 1.2, capsize=2.5, zorder=3,
                label="differs" if certain else "may be chance",
            )  # fmt: skip


def _key(ax: Axes, sure: pd.Series) -> None:
    if sure.nunique() > 1:
        handles, labels = ax.get_legend_handles_labels()
        key_above(ax, handles, labels, left=True)


def _arrow(row: dict, several: bool) -> str:
    source = "begin" if row["source"] == START else row["source"]
    target = "leave" if row["target"] == END else row["target"]
    short = [name if len(name) <= 14 else name[:13] + "…" for name in (source, target)]
    return (f"{row['persona']}: " if several else "") + " → ".join(short)
