"""Pictures of risk over waiting time: how it builds up after a touchpoint, and when a message pays."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import INK, SAND, figure_style, label_ends, look, narrow, note, write_axis
from cxlab.wording import SYMBOLS, duration, share

_DAY = 86_400


@figure_style()
def draw_risk(ax: Axes, table: pd.DataFrame, *, event: str = "meet the event", most: int = 4) -> Axes:
    """Share that met the event by time since the contact, for the riskiest touchpoints, with bands.

    Parameters
    ----------
    table : a row a touchpoint and step, the riskiest touchpoint first: touchpoint, to_days, risk, low, high (shares),
        few
    event : what happens, for the label
    most : touchpoints drawn, those with few customers last
    """
    names = list(dict.fromkeys([*table.loc[~table["few"], "touchpoint"], *table["touchpoint"]]))
    falling = bool(table.groupby("touchpoint")["risk"].apply(lambda own: own.iloc[0] >= own.iloc[-1]).all())
    ends = []
    for i, name in enumerate(names[:most]):
        own, style = table[table["touchpoint"] == name], look(i)
        x = np.append(0.0, own["to_days"])
        mean, low, high = (np.append(float(falling), own[c]) for c in ("risk", "low", "high"))
        ax.fill_between(x, low, high, color=style["color"], alpha=0.18, linewidth=0, label=f"{name} interval")
        ax.plot(x, mean, **style, linewidth=1.8, marker=".", markersize=5, label=name)
        ends.append((x[-1], mean[-1], f"{_short(name, ax)}\n{share(mean[-1])}", style["color"]))
    ax.set_xlim(0, table["to_days"].max())
    ax.set_ylim(
        0, 1 if falling else min(1.0, 1.12 * float(table[table["touchpoint"].isin(names[:most])]["high"].max()))
    )
    rest = f"; {most} of {len(names)} touchpoints" if len(names) > most else ""
    _time_axis(ax, float(table["to_days"].max()), "since the contact" + rest)
    write_axis(ax.yaxis, f"Share that {event}", unit="share")
    label_ends(ax, ends)
    return ax


@figure_style()
def draw_proactive(ax: Axes, table: pd.DataFrame, *, currency: str = "", most: int = 4) -> Axes:
    """What a message earns by the time the customer has waited; where the band is above zero it surely pays.

    Parameters
    ----------
    table : a row a touchpoint and waiting time, the touchpoint with most to gain first: touchpoint, wait_days, net,
        net_low, net_high (money a message), best
    most : touchpoints drawn
    """
    names = list(dict.fromkeys(table["touchpoint"]))
    waits = sorted(table["wait_days"].unique())
    at = {wait: i for i, wait in enumerate(waits)}
    drawn = table[table["touchpoint"].isin(names[:most])]
    ends = []
    for i, name in enumerate(names[:most]):
        own, style = drawn[drawn["touchpoint"] == name], look(i)
        x = own["wait_days"].map(at).to_numpy(float) + 0.06 * (i - 1.5)
        ax.fill_between(x, own["net_low"], own["net_high"], color=style["color"], alpha=0.15, linewidth=0)
        reach = np.maximum([own["net"] - own["net_low"], own["net_high"] - own["net"]], 0)
        ax.errorbar(x, own["net"], yerr=reach, linestyle="none", color=style["color"], elinewidth=1, capsize=2)
        ax.plot(x, own["net"], **look(i, marker=True), linewidth=1.6, markersize=4, label=name)
        best = own["best"].to_numpy(bool)
        ring = {"marker": "o", "markersize": 11, "markerfacecolor": "none", "markeredgewidth": 1.4}
        ax.plot(x[best], own["net"][best], linestyle="none", color=INK, **ring, label=f"{name} best")
        ends.append((x[-1], own["net"].iloc[-1], _short(name, ax), style["color"]))
    low, high = float(drawn["net_low"].min()), float(drawn["net_high"].max())
    room = 0.08 * (high - low)
    ax.set_ylim(min(low, 0) - room, max(high, 0) + 2 * room)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=1)
    ax.axhspan(ax.get_ylim()[0], 0, color=SAND, linewidth=0, zorder=0)
    note(ax, "costs more than it saves", (0, 0), frame="axes", shift=(4, 3), va="bottom")
    ax.set_xticks(range(len(waits)), ["at\nonce" if wait == 0 else duration(wait * _DAY) for wait in waits])
    ax.set_xlim(-0.4, len(waits) - 0.6)
    rest = f"; {most} of {len(names)} touchpoints" if len(names) > most else ""
    write_axis(ax.xaxis, "Waited since the contact (ring: most money in all)" + rest)
    unit = f", {currency}" if len(SYMBOLS.get(currency, currency)) > 1 else ""
    write_axis(ax.yaxis, "A message earns" + unit, unit="money", currency=currency)
    label_ends(ax, ends)
    return ax


def _time_axis(ax: Axes, window: float, words: str) -> None:
    unit, length = ("Days", 1) if window >= 2 else ("Hours", 24) if window >= 1 / 12 else ("Minutes", 1440)
    write_axis(ax.xaxis, f"{unit} {words}")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value * length:g}")


def _short(name: str, ax: Axes) -> str:
    most = 12 if narrow(ax) else 20
    return name if len(name) <= most else name[: most - 1] + "…"
