"""Less friction somewhere on a journey: what it does to conversion and money, and whether it was the best place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.journey import Log, read_log
from cxlab.journey.chain import Chain, chains
from cxlab.journey.what_if import changed as with_change
from cxlab.journey.what_if import checked, what_if
from cxlab.learn.widgets.frame import Control, Seen, Widget, per_cent
from cxlab.style import BLUE, INK, PALE_BLUE
from cxlab.wording import interval, money, share

#: draws behind the interval; touchpoints shown
DRAWS, SHOWN = 200, 8


def make(*, log: Log | None = None, value: float = 50, touchpoint: str = "", less: float = 0.30) -> Widget:
    """The widget "friction".

    Parameters
    ----------
    log : of the journeys, with a goal; by default those of the simulated clothing boutique
    value : money that a conversion is worth, at first
    touchpoint : where friction is less, at first; by default where it brings most
    less : by which share fewer journeys end there, at first
    """
    if log is None:
        from cxlab.data import load

        log = read_log(load("clothing_boutique"))
    (chain,) = chains(log).values()
    places = tuple(label for label in chain.labels if _can_be_kept(chain, label))
    places = tuple(gains(chain, places, less).index)
    value = round(float(value), 2)
    return Widget("friction", [
        Control("touchpoint", "Less friction at", touchpoint or places[0], names=places),
        per_cent("less", "Fewer leave there", less, 0.05, 0.6),
        Control("value", f"An order brings, {log.currency}", value, 1.0, max(200.0, 2 * value), 1.0,
                write=lambda amount: money(amount, log.currency)),
    ], lambda **at: see(log, chain, places, **at))  # fmt: skip


def see(log: Log, chain: Chain, places: tuple[str, ...], *, touchpoint: str, less: float, value: float) -> Seen:
    """The business with less friction at one touchpoint, beside the same relief at each other."""
    found = what_if(log, {touchpoint: {"drop_off": 1 - less}}, value=value, draws=DRAWS)
    rows = found.table.set_index("quantity")
    year, conversion = rows.loc["money a year"], rows.loc["conversion"]
    a_year = chain.journeys / chain.years
    each = (gains(chain, places, less) * a_year * value).rename("money").rename_axis("touchpoint").reset_index()
    rank = int(each.index[each["touchpoint"] == touchpoint][0]) + 1
    shown = each.head(SHOWN) if rank <= SHOWN else pd.concat([each.head(SHOWN - 1), each.iloc[[rank - 1]]])
    low, high = (money(year[f"difference_{end}"], log.currency) for end in ("low", "high"))
    brings = money(year["difference"], log.currency)
    place = "no other touchpoint brings more" if rank == 1 else f"{rank - 1} other touchpoints bring more"
    place = "1 other touchpoint brings more" if rank == 2 else place
    return Seen(
        title=f"{share(less)} fewer leave at {touchpoint}: {brings} a year",
        text=f"Conversion goes from {share(conversion['as_is'], digits=1)} to {share(conversion['to_be'], digits=1)}, "
        f"which brings {brings} a year {interval(low, high, level=0.9)}. For the same relief {place}. It holds if "
        "those who are kept go on as those did who stayed by themselves.",
        table=each.assign(chosen=each["touchpoint"] == touchpoint),
        draw=lambda axes: _draw(axes[0], shown, touchpoint, year, log.currency),
        finding=found,
    )


def gains(chain: Chain, places: tuple[str, ...], less: float) -> pd.Series:
    """Conversion won by the same relief at each touchpoint alone, the largest first."""
    from cxlab.journey.chain import to_come

    before = to_come(chain.shares, chain.reward)[0]
    won = {
        label: to_come(with_change(chain.shares, checked({label: {"drop_off": 1 - less}}, chain)), chain.reward)[0]
        - before
        for label in places
    }
    return pd.Series(won, dtype=float).sort_values(ascending=False, kind="stable")


def _can_be_kept(chain: Chain, label: str) -> bool:
    """Whether journeys both go on from a touchpoint and end there."""
    try:
        checked({label: {"drop_off": 0.9}}, chain)
    except CxlabError:
        return False
    return bool(chain.shares[1 + chain.labels.index(label), -1] > 0)


def _draw(ax, shown: pd.DataFrame, touchpoint: str, year: pd.Series, currency: str) -> None:
    at = np.arange(len(shown))[::-1]
    own = (shown["touchpoint"] == touchpoint).to_numpy()
    bars = ax.barh(at, shown["money"], height=0.65, color=[BLUE if o else PALE_BLUE for o in own])
    for bar, chosen in zip(bars, own, strict=True):
        bar.set_hatch("" if chosen else "//")
        bar.set_edgecolor("white")
    ax.hlines(at[own], year["difference_low"], year["difference_high"], color=INK, linewidth=2)
    for y, row, chosen in zip(at, shown.itertuples(), own, strict=True):
        right = max(row.money, year["difference_high"] if chosen else row.money)
        ax.text(right, y, f" {money(row.money, currency)}", va="center", fontsize=8, color=INK,
                fontweight="bold" if chosen else "normal")  # fmt: skip
    ax.set_yticks(at, shown["touchpoint"])
    left, bottom, width, height = ax.get_position().bounds
    ax.set_position([left + 0.16, bottom, width - 0.16, height])
    ax.set(xlim=(0, 1.18 * max(shown["money"].max(), year["difference_high"])))
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel("Money a year if as much less friction were at one of them (line: 90 % interval)", fontsize=9)
