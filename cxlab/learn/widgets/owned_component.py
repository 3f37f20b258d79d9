"""Which lead to own: gap × importance × hard to copy, with as many customers asked and judged as one likes."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from cxlab.experience.drivers.gaps import signed
from cxlab.experience.drivers.key_drivers import DriverShares, driver_shares
from cxlab.experience.drivers.ratings import read_ratings
from cxlab.experience.drivers.rivals import rival_gaps
from cxlab.experience.drivers.scorecard import differentiation_scorecard
from cxlab.experience.scores.components import numbered_items, with_components
from cxlab.finding import Finding
from cxlab.learn.widgets.frame import Control, Seen, Widget
from cxlab.style import BLUE, INK, PALE_BLUE
from cxlab.wording import count, interval, number, share

#: customers asked, beside all
SIZES = (30, 75, 200)
#: as lesson F1 judges it: 0 would be copied tomorrow, 1 never
HARD = {"ease": 0.2, "efficiency": 0.3, "consistency": 0.5, "personalisation": 0.7, "empathy": 0.8}
LEVEL = 0.9


def make(
    *, answers: ibis.Table | None = None, own: str = "Own roastery", hard_to_copy: dict[str, float] | None = None,
    component: str = "personalisation",
) -> Widget:  # fmt: skip
    """The widget "owned-component".

    Parameters
    ----------
    answers : of customers on us and on rivals, a row an answer, components among them; by default those of the
        simulated coffee shop
    own : our brand
    hard_to_copy : component → 0 (copied tomorrow) to 1 (never), as judged; by default that of lesson F1
    component : of which the judgement is moved at first
    """
    if answers is None:
        from cxlab.data import load

        surveys = load("coffee_shop").surveys
        asked = sorted(surveys.select("question").distinct().execute()["question"])
        answers = with_components(surveys, numbered_items(asked)).cache()
    judged = dict(hard_to_copy or HARD)
    rated = sorted(answers.filter(answers.brand == own).select("customer_id").distinct().execute()["customer_id"])
    names = {count(n): rated[:n] for n in SIZES if n < len(rated)} | {f"all {count(len(rated))}": rated}
    measured = {name: _measured(answers, who, own, list(judged)) for name, who in names.items()}
    return Widget("owned-component", [
        Control("asked", "Customers asked", list(names)[-1], names=tuple(names)),
        Control("component", "Judge anew", component, names=tuple(judged)),
        Control("hard", "Hard to copy, 0 to 1", judged[component], 0.0, 1.0, 0.1,
                write=lambda value: number(value, digits=2)),
    ], lambda **at: see(measured, judged, **at))  # fmt: skip


def _measured(answers: ibis.Table, who: list, own: str, components: list[str]) -> tuple[Finding, DriverShares]:
    """Gaps and importance as these customers tell them."""
    part = answers.filter(answers.customer_id.isin(who)).cache()
    importance = driver_shares(read_ratings(part, outcome="csat", drivers=components, brand=own))
    return rival_gaps(part, own=own, questions=components, level=LEVEL), importance


def see(measured: dict, judged: dict[str, float], *, asked: str, component: str, hard: float) -> Seen:
    """The scorecard of those who were asked, with another judgement of one component."""
    gaps, importance = measured[asked]
    card = differentiation_scorecard(
        gaps, importance=importance, hard_to_copy=judged | {component: hard}, level=LEVEL, rng=1
    )
    table = card.table.assign(chosen=card.table["attribute"] == component)
    first, rows = table.iloc[0], table.set_index("attribute")
    unsure = int(((table["gap_low"] <= 0) & (table["gap_high"] >= 0)).sum())
    said = dict.fromkeys([first["attribute"], component])
    told = " ".join(_told(name, rows.loc[name]) for name in said)
    return Seen(
        title=f"{asked[0].upper()}{asked[1:]} customers asked: {first['attribute']} comes first, {first['verdict']}",
        text=f"{told} Of {count(len(table))} gaps to the strongest rival {count(unsure)} cannot be told from none. A "
        "verdict needs a sure gap, and an importance surely above or below an equal share; nothing is built on a lead "
        "that is copied soon.",
        table=table,
        draw=lambda axes: _draw(axes[0], table),
        finding=card,
    )  # fmt: skip


def _told(name: str, row: pd.Series) -> str:
    ends = interval(_score(row["score_low"]), _score(row["score_high"]), level=LEVEL)
    return (
        f"{name[0].upper()}{name[1:]}: {signed(row['gap'])} points to {row['rival']} × {share(row['importance'])} of "
        f"importance × {number(row['hard_to_copy'], digits=2)} = {_score(row['score'])} {ends}, {row['verdict']}."
    )


def _score(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _draw(ax, table: pd.DataFrame) -> None:
    at = np.arange(len(table))[::-1]
    told = (table["verdict"] != "cannot be told").to_numpy()
    bars = ax.barh(at, table["score"], height=0.55, color=[BLUE if t else PALE_BLUE for t in told])
    for bar, known in zip(bars, told, strict=True):
        bar.set_hatch("" if known else "//")
        bar.set_edgecolor("white")
    ax.hlines(at, table["score_low"], table["score_high"], color=INK, linewidth=2)
    ax.axvline(0, color=INK, linewidth=0.8)
    low, high = min(-0.15, table["score_low"].min()), max(0.2, table["score_high"].max())
    for y, row in zip(at, table.itertuples(), strict=True):
        ax.text(high, y, f"  {row.verdict}", va="center", fontsize=8, color=INK)
    ax.set_yticks(at, [f"{r.attribute} × {number(r.hard_to_copy, digits=2)}" for r in table.itertuples()])
    for label, chosen in zip(ax.get_yticklabels(), table["chosen"], strict=True):
        label.set_fontweight("bold" if chosen else "normal")
    left, bottom, width, height = ax.get_position().bounds
    ax.set_position([left + 0.15, bottom, width - 0.31, height])
    ax.set(xlim=(low, high), ylim=(-0.6, len(table) - 0.4))
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel("Gap × importance × hard to copy, points (line: 90 % interval)", fontsize=9)
