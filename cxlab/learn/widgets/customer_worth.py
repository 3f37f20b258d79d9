"""What a customer is worth by hand, and so the most that winning one may cost: retention, margin and discount moved."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.cltv.by_hand import margin_clv
from cxlab.learn.widgets.frame import Control, Seen, Widget, per_cent
from cxlab.style import BLUE, INK, MUTED, PALE_BLUE
from cxlab.wording import money, share

#: half-years that count; how many times its cost a customer should bring, for rent and wages are paid from it too
PERIODS, TARGET = 6, 3


def make(*, retention: float = 0.60, margin: float = 40, discount_rate: float = 0.10, currency: str = "EUR") -> Widget:
    """The widget "customer-worth".

    Parameters
    ----------
    retention : share of the customers of a half-year who come in the next; margin : of one who comes, a half-year;
        discount_rate : a year; all where they stand at first

    >>> make().move(discount_rate=0).title
    'A new customer is worth €95.33 in three years, and may cost no more'
    """

    def write(amount: float) -> str:
        return money(amount, currency)

    margin = round(float(margin), 2)
    return Widget("customer-worth", [
        per_cent("retention", "Come again", retention, 0.05, 0.95, 0.01),
        Control("margin", f"Margin a half-year, {currency}", margin, 1.0, max(200.0, 2 * margin), 1.0, write=write),
        per_cent("discount_rate", "Discount a year", discount_rate, 0.0, 0.3, 0.01),
    ], lambda **at: see(**at, currency=currency))  # fmt: skip


def see(*, retention: float, margin: float, discount_rate: float, currency: str) -> Seen:
    """The cash flows of one new customer over three years, and what they allow winning one to cost."""
    table = margin_clv(margin, retention, periods=PERIODS, discount_rate=discount_rate, periods_a_year=2)
    worth, first = float(table["cumulated"].iloc[-1]), float(table["today"].iloc[0])
    most, wanted = money(worth, currency), money(worth / TARGET, currency)
    return Seen(
        title=f"A new customer is worth {most} in three years, and may cost no more",
        text=f"{share(retention)} of the customers of a half-year come in the next, so {share(retention**2)} are left "
        f"after two. {share(first / worth)} of the worth comes in the first half-year. To bring {TARGET} times what it "
        f"costs, a customer may cost {wanted}. Chance is not in this: it is the mean of many.",
        table=table,
        draw=lambda axes: _draw(axes[0], table, worth, currency),
    )


def _draw(ax, table: pd.DataFrame, worth: float, currency: str) -> None:
    at = np.arange(len(table))
    ax.bar(at, table["cumulated"], color=PALE_BLUE, width=0.7, label="up to then")
    ax.bar(at, table["today"], bottom=table["cumulated"] - table["today"], color=BLUE, width=0.7, hatch="//",
           edgecolor="white", label="in this half-year")  # fmt: skip
    for x, row in zip(at, table.itertuples(), strict=True):
        ax.text(x, row.cumulated, money(row.cumulated, currency), ha="center", va="bottom", fontsize=8, color=INK)
    ax.axhline(worth / TARGET, color=INK, linestyle="--", linewidth=1.2)
    ax.text(len(table) - 0.12, worth / TARGET, "a third", fontsize=8, color=INK, va="bottom", ha="right")
    ax.set_xticks(at, [f"{i + 1}: {share(here)}" for i, here in enumerate(table["here"])])
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set(ylim=(0, 1.12 * worth), xlim=(-0.6, len(table) - 0.1))
    ax.set_xlabel("Half-year, and who is still there", fontsize=9)
    ax.set_ylabel("Money of today", fontsize=9, color=MUTED)
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1.08), fontsize=8, frameon=False, labelcolor=INK, ncols=2)
