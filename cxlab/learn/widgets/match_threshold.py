"""From which likeness on records are joined: what is found, what is wrongly merged, and what either mistake costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.finding import Finding
from cxlab.learn.widgets.frame import Control, Seen, Widget
from cxlab.style import BLUE, INK, ORANGE, PALE_BLUE, TEAL
from cxlab.wording import count, interval, money, share

AT = (0.02, 0.2, 0.8, 0.95, 1)
RULES, LEVEL = "rules alone", 0.9
#: of the boutique that is matched where no thresholds are given
CUSTOMERS = 700


def make(
    *, levels: Finding | None = None, threshold: str = "", wrong: float = 10, missed: float = 1, currency: str = "EUR"
) -> Widget:
    """The widget "match-threshold".

    Parameters
    ----------
    levels : of `Matched.thresholds`; by default of a simulated clothing boutique (needs Splink)
    threshold : as on the picture, at first; by default the strictest
    wrong, missed : money that a pair of two people costs when merged, and a pair of one person when not found; at first
    """
    table = (_boutique() if levels is None else levels).table
    names = {RULES if at == 1 else share(at): i for i, at in enumerate(table["threshold"])}

    def write(amount: float) -> str:
        return money(amount, currency)

    return Widget("match-threshold", [
        Control("threshold", "Join from a probability of", threshold or list(names)[-1], names=tuple(names)),
        Control("wrong", f"A wrong merge costs, {currency}", float(wrong), 0.0, 500.0, 5.0, write=write),
        Control("missed", f"A missed pair costs, {currency}", float(missed), 0.5, 20.0, 0.5, write=write),
    ], lambda **at: see(table, names, currency, **at))  # fmt: skip


def see(
    table: pd.DataFrame, names: dict[str, int], currency: str, *, threshold: str, wrong: float, missed: float
) -> Seen:
    """What is right and what is found at each threshold, and the cost of the mistakes."""
    table = _costs(table, wrong, missed).assign(name=list(names))
    table["chosen"] = table["name"] == threshold
    own, best = table[table["chosen"]].iloc[0], table.loc[table["cost"].idxmin()]
    cheapest = "No threshold costs less" if own["cost"] <= best["cost"] else (
        f"Cheapest is {_from(best['name'])}: {money(best['cost'], currency)}")  # fmt: skip
    ends = interval(money(own["cost_low"], currency), money(own["cost_high"], currency), level=LEVEL)
    return Seen(
        title=f"Joined {_from(threshold)}, mistakes cost {money(own['cost'], currency)}",
        text=f"Of {count(own['merged'])} merged pairs {count(own['wrong'])} are two people (precision "
        f"{share(own['precision'], digits=1)}), and {count(own['missed'])} pairs of one person are missed (recall "
        f"{share(own['recall'], digits=1)}): {money(own['cost'], currency)} {ends}. {cheapest}. {_turn(table)} "
        f"{count(own['people'])} people are counted.",
        table=table,
        draw=lambda axes: _draw(axes, table, currency),
        columns=2,
    )


def _costs(table: pd.DataFrame, wrong: float, missed: float) -> pd.DataFrame:
    """Cost of the mistakes at each threshold, its interval from those of precision and recall (Zou & Donner 2008)."""
    true = table["merged"] - table["wrong"] + table["missed"]
    parts = [
        (wrong * table["merged"], 1 - table["precision"], 1 - table["precision_high"], 1 - table["precision_low"]),
        (missed * true, 1 - table["recall"], 1 - table["recall_high"], 1 - table["recall_low"]),
    ]
    cost = sum(price * at for price, at, _, _ in parts)
    down, up = (np.sqrt(sum((price * (at - ends[i])) ** 2 for price, at, *ends in parts)) for i in (0, 1))
    return table.assign(cost=cost, cost_low=cost - down, cost_high=cost + up, of_wrong=wrong * table["wrong"])


def _turn(table: pd.DataFrame) -> str:
    """From which ratio of the two costs on the strictest threshold is the cheapest."""
    last, others = table.iloc[-1], table.iloc[:-1]
    more = others["wrong"] - last["wrong"]
    if not (more > 0).all():
        return f"{last['name'].capitalize()} never cost least: a lower threshold merges no more that are two."
    ratio = ((last["missed"] - others["missed"]) / more).max()
    return f"{last['name'].capitalize()} cost least where a wrong merge costs {ratio:.0f} times a missed pair or more."


def _from(name: str) -> str:
    return f"by {name}" if name == RULES else f"from {name} on"


def _boutique() -> Finding:
    """Half of the customers of a boutique stand in several systems, with what goes wrong there, as in lesson F4."""
    from cxlab.data.identity import match
    from cxlab.data.simulate import Faults, simulate

    faults = Faults(same_home=0.15, shared_email=0.6, typo=0.12, new_email=0.2, new_phone=0.15, moved=0.1, missing=1.3)
    world = simulate("clothing_boutique", customers=CUSTOMERS, seed=4, duplicates=0.5, faults=faults)
    return match(world.dataset().tables["records"], review=AT[0]).thresholds(world.truth.person, at=AT, level=LEVEL)


def _draw(axes, table: pd.DataFrame, currency: str) -> None:
    left, right = axes
    at, chosen = np.arange(len(table)), table["chosen"].to_numpy()
    for name, colour, marker, dash in (("precision", BLUE, "o", "-"), ("recall", TEAL, "s", "--")):
        left.plot(at, table[name], color=colour, marker=marker, linestyle=dash, markersize=5, label=name)
        left.vlines(at, table[f"{name}_low"], table[f"{name}_high"], color=colour, linewidth=1.2)
        left.plot(at[chosen], table[name][chosen], marker=marker, color=colour, markersize=10, linestyle="none")
    left.legend(loc="lower left", fontsize=8, frameon=False, labelcolor=INK)
    left.set(ylim=(0.5, 1.02), xlim=(-0.5, len(table) - 0.5))
    left.set_yticks([0.5, 0.75, 1], ["50 %", "75 %", "100 %"])
    left.set_xlabel("Joined from a probability of (line: 90 % interval)", fontsize=8)
    edge = {"edgecolor": "white", "width": 0.7}
    right.bar(at, table["of_wrong"], color=ORANGE, hatch="//", label="wrong merges", **edge)
    right.bar(at, table["cost"] - table["of_wrong"], bottom=table["of_wrong"], label="missed pairs",
              color=[BLUE if c else PALE_BLUE for c in chosen], **edge)  # fmt: skip
    right.vlines(at, table["cost_low"], table["cost_high"], color=INK, linewidth=1.5)
    for x, row in zip(at, table.itertuples(), strict=True):
        right.text(x, row.cost_high, money(row.cost, currency), ha="center", va="bottom", fontsize=8, color=INK,
                   fontweight="bold" if row.chosen else "normal")  # fmt: skip
    right.legend(loc="upper left", bbox_to_anchor=(-0.04, 1.12), fontsize=8, frameon=False, labelcolor=INK, ncols=2)
    right.set(ylim=(0, 1.15 * table["cost_high"].max()), xlim=(-0.5, len(table) - 0.5))
    right.set_yticks([])
    right.spines["left"].set_visible(False)
    right.set_xlabel(f"What mistakes cost, {currency} (line: 90 % interval)", fontsize=8)
    for ax in axes:
        ax.set_xticks(at, [name.removesuffix(" alone") for name in table["name"]])
