"""Which hand-over to mend first: it hangs on what counts as failing, how rare a pair may be, and rate or number."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import unknown
from cxlab.finding import Finding
from cxlab.journey import Log, read_log
from cxlab.journey.channels import ALL, FEWEST, hand_over
from cxlab.learn.widgets.frame import Control, Seen, Widget
from cxlab.style import BLUE, INK, PALE_BLUE
from cxlab.wording import count, interval, share

#: in which time going back to the old channel counts as failing
BACK = {"never": "0s", "within a day": "1d", "within 7 days": "7d"}
ORDERS = {"the highest rate": "share", "the most failures": "failed"}
SHOWN, LEVEL = 8, 0.9


def make(*, log: Log | None = None, back: str = "within 7 days", least: int = 30, order: str = "") -> Widget:
    """The widget "hand-over".

    Parameters
    ----------
    log : of the journeys, with channels; by default those of the simulated clothing boutique
    back : a name of `BACK`; least : changes of channel of a pair that is shown; order : a name of `ORDERS`, by default
        the highest rate; at first
    """
    if log is None:
        from cxlab.data import load

        log = read_log(load("clothing_boutique"))
    if back not in BACK:
        raise unknown("return", back, BACK)
    found = {name: hand_over(log, within=within, level=LEVEL) for name, within in BACK.items()}
    # three pairs at least are always left to compare
    often = int(found[back].table["switches"].iloc[1:].nlargest(3).min())
    least = min(least, often)
    return Widget("hand-over", [
        Control("order", "First comes", order or next(iter(ORDERS)), names=tuple(ORDERS)),
        Control("back", "Going back counts as failing", back, names=tuple(BACK)),
        Control("least", "Only pairs with changes", least, min(FEWEST, least), often, 10, write=count),
    ], lambda **at: see(found, **at))  # fmt: skip


def see(found: dict[str, Finding], *, order: str, back: str, least: int) -> Seen:
    """The pairs of channels in this order, and what would come first by the other one."""
    pairs = found[back].table
    pairs = pairs[(pairs["source"] != ALL) & (pairs["switches"] >= least)]
    ranked = {name: pairs.sort_values([by, "switches"], ascending=False, kind="stable") for name, by in ORDERS.items()}
    table = ranked[order].head(SHOWN).reset_index(drop=True)
    table.insert(0, "pair", _pair(table))
    first = table.iloc[0]
    (other,) = [name for name in ORDERS if name != order]
    rival = ranked[other].iloc[0]
    rival_pair = f"{rival['source']} → {rival['target']}"
    agrees = "the same pair" if rival_pair == first["pair"] else f"{rival_pair}, {_failed(rival)}"
    ends = interval(share(first["low"]), share(first["high"]), level=LEVEL)
    close = int((pairs["high"] >= first["low"]).sum()) - 1 if order == "the highest rate" else None
    told = _failed(first)
    unsure = "" if close is None else f" {count(close)} of {count(len(pairs) - 1)} other pairs may fail as often."
    return Seen(
        title=f"By {order}, mend {first['pair']} first: {share(first['share'])} of {count(first['switches'])} fail",
        text=f"{told}, {share(first['share'])} {ends}: {count(first['ended'])} ended without an "
        f"order, {count(first['repeated'])} began again, {count(first['returned'])} went back; one may have failed in "
        f"several ways.{unsure} By {other} it would be {agrees}.",
        table=table,
        draw=lambda axes: _draw(axes[0], table),
        finding=found[back],
    )  # fmt: skip


def _pair(table: pd.DataFrame) -> pd.Series:
    return table["source"] + " → " + table["target"]


def _failed(row: pd.Series) -> str:
    return f"{count(row['failed'])} of {count(row['switches'])} failed"


def _draw(ax, table: pd.DataFrame) -> None:
    at = np.arange(len(table))[::-1]
    bars = ax.barh(at, table["share"], height=0.65, color=[BLUE] + [PALE_BLUE] * (len(table) - 1))
    for i, bar in enumerate(bars):
        bar.set_hatch("//" if i else "")
        bar.set_edgecolor("white")
    ax.hlines(at, table["low"], table["high"], color=INK, linewidth=2)
    for i, (y, row) in enumerate(zip(at, table.itertuples(), strict=True)):
        ax.text(row.high, y, f"  {count(row.failed)} of {count(row.switches)}", va="center", fontsize=8, color=INK,
                fontweight="normal" if i else "bold")  # fmt: skip
    ax.set_yticks(at, table["pair"])
    left, bottom, width, height = ax.get_position().bounds
    ax.set_position([left + 0.14, bottom, width - 0.14, height])
    ax.set(xlim=(0, 1.15), ylim=(-0.6, SHOWN - 0.4 if len(table) == SHOWN else len(table) - 0.4))
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    ax.set_xlabel("Changes of channel that fail (line: 90 % interval)", fontsize=9)
