"""Drivers that say nearly the same: what each alone goes along with, its share of all, and what it really does."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from cxlab.experience.drivers.key_drivers import DriverShares, driver_shares, key_drivers
from cxlab.experience.drivers.ratings import Ratings
from cxlab.experience.drivers.shares import standardised_slopes
from cxlab.learn.widgets.frame import Control, Seen, Widget
from cxlab.style import BLUE, INK, ORANGE, PALE_BLUE
from cxlab.wording import count, interval, number, share

NAMES = ("pricing", "service", "reach")
#: what a standard deviation more of the first two does to satisfaction, and standard deviations of all else
EFFECTS, REST = (0.5, 0.3), 0.7
_MOST, _DRAWS, LEVEL = 2000, 300, 0.9


def make(*, alike: float = 0.6, effect: float = 0.0, n: int = 400) -> Widget:
    """The widget "alike-drivers": marks of three drivers, made so that their effects are known.

    Parameters
    ----------
    alike : correlation of every two drivers; effect : what the third, reach, does to satisfaction (points a standard
        deviation); n : customers who answer; at first

    >>> moved = make().move(alike=0.0).table.set_index("driver")
    >>> bool(moved.loc["reach", "share"] < 0.02)
    True
    """
    return Widget("alike-drivers", [
        Control("alike", "Two drivers correlate by", alike, 0.0, 0.9, 0.1, write=lambda r: number(r, digits=2)),
        Control("effect", "Reach does, points", effect, 0.0, 0.6, 0.1, write=lambda points: number(points, digits=2)),
        Control("n", "Answers", n, 50, _MOST, 50, write=count),
    ], see)  # fmt: skip


def see(*, alike: float, effect: float, n: int) -> Seen:
    """What an analysis of n answers says of the three, beside what they do."""
    shares = driver_shares(answers(alike, effect, n), draws=_DRAWS, rng=1)
    found = key_drivers(shares, level=LEVEL)
    table = _beside(shares, found.table, (*EFFECTS, effect))
    reach = table.iloc[-1]
    seen, all_ = share(reach["share"]), share(shares.r_squared)
    does = "which does nothing," if effect == 0 else f"which does {_points(effect)},"
    ends = interval(share(reach["share_low"]), share(reach["share_high"]), level=LEVEL)
    slope_ends = interval(_points(reach["slope_low"]), _points(reach["slope_high"]), level=LEVEL)
    holds = table["slope_low"].le(table["effect"]) & table["slope_high"].ge(table["effect"])
    return Seen(
        title=f"Reach, {does} gets {seen} of the credit",
        text=f"One by one, the drivers hand out {share(table['alone'].sum())} of the differences in satisfaction; "
        f"together they go along with {all_}, and LMG shares that out: {share(reach['explained'])} to reach, which is "
        f"{seen} of the {all_} {ends}. "
        f"Its slope, the others held fixed, is {_points(reach['slope'])} {slope_ends}; {count(holds.sum())} of 3 such "
        f"intervals hold the true effect, and they are {number(np.sqrt(reach['vif']), digits=2)} times as wide as if "
        "drivers had nothing in common. A slope is an effect only because all that matters was asked here.",
        table=table,
        draw=lambda axes: _draw(axes, table),
        columns=2,
        finding=found,
    )  # fmt: skip


def answers(alike: float, effect: float, n: int) -> Ratings:
    """Marks of three drivers, and satisfaction; with more answers a survey goes on as it began."""
    common, rest, *own = _chance()[:, :n]
    marks = np.sqrt(alike) * common + np.sqrt(1 - alike) * np.array(own)
    rows = pd.DataFrame(marks.T, columns=list(NAMES)).assign(n=1)
    rows["satisfaction"] = np.array([*EFFECTS, effect]) @ marks + REST * rest
    return Ratings(rows, "satisfaction", NAMES)


@cache
def _chance() -> np.ndarray:
    return np.random.default_rng(12).normal(size=(2 + len(NAMES), _MOST))


def _beside(shares: DriverShares, found: pd.DataFrame, effects: tuple[float, ...]) -> pd.DataFrame:
    """A row a driver: alone (correlation squared), explained, share, slope (points) with ends, and its true effect."""
    table = found.set_index("driver").loc[list(NAMES)].reset_index()
    marks = shares.ratings.rows[["satisfaction", *NAMES]]
    unit = marks["satisfaction"].std() / marks[list(NAMES)].std().to_numpy()
    slopes = standardised_slopes(shares.moments.correlations)[0] * unit
    low, high = np.quantile(slopes, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
    columns = ["driver", "explained", "low", "high", "share", "share_low", "share_high", "vif"]
    return table[columns].assign(
        alone=table["correlation"] ** 2, slope=table["slope"] * unit, slope_low=low, slope_high=high, effect=effects
    )


def _points(value: float) -> str:
    return f"{value:+.2f} points".replace("-", "−")


def _draw(axes, table: pd.DataFrame) -> None:
    left, right = axes
    x, y, width, height = left.get_position().bounds
    left.set_position([x + 0.05, y, width, height])
    at = np.arange(len(table))[::-1]
    left.barh(at + 0.2, table["alone"], height=0.34, color=PALE_BLUE, hatch="//", edgecolor="white", label="alone")
    left.barh(at - 0.2, table["explained"], height=0.34, color=BLUE, label="shared out (LMG)")
    left.hlines(at - 0.2, table["low"], table["high"], color=INK, linewidth=2)
    for y, row in zip(at, table.itertuples(), strict=True):
        left.text(row.alone, y + 0.2, f" {share(row.alone)}", va="center", fontsize=8, color=INK)
        left.text(row.high, y - 0.2, f" {share(row.explained)}", va="center", fontsize=8, color=INK)
    left.set(xlim=(0, 0.9), ylim=(-0.55, 2.75))
    left.legend(loc="upper right", bbox_to_anchor=(1.04, 1.09), fontsize=8, frameon=False, labelcolor=INK)
    left.set_yticks(at, table["driver"])
    left.set_xticks([0, 0.25, 0.5, 0.75], ["0 %", "25 %", "50 %", "75 %"])
    left.set_xlabel("Of the differences in satisfaction", fontsize=8)
    right.axvline(0, color=INK, linewidth=0.8)
    right.hlines(at, table["slope_low"], table["slope_high"], color=BLUE, linewidth=2)
    right.plot(table["slope"], at, "o", color=BLUE, markersize=6, linestyle="none", label="slope, 90 % interval")
    right.plot(table["effect"], at, "D", color=ORANGE, markersize=7, linestyle="none", fillstyle="none",
               label="what it does")  # fmt: skip
    right.set(xticks=(0, 0.5, 1), xlim=(-0.4, 1.0), ylim=(-0.55, 2.75))
    right.legend(loc="upper right", bbox_to_anchor=(1.04, 1.09), fontsize=8, frameon=False, labelcolor=INK)
    right.set_yticks([])
    right.spines["left"].set_visible(False)
    right.set_xlabel("Satisfaction for one standard deviation, points", fontsize=8)
