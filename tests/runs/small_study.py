"""A study small enough for tests: typed parameters, one sampled and one exact finding."""

from __future__ import annotations

from pydantic import Field

from cxlab.finding import Check, Finding, Key
from cxlab.parameters import Parameters
from cxlab.wording import interval, money


class SmallStudy(Parameters):
    source: str = Field("orders.csv", description="where the orders are")
    columns: dict[str, str] = Field(default_factory=dict, description="our column to theirs")
    client: str = ""
    currency: str = "EUR"
    code: str = ""
    draws: int = Field(400, ge=10, le=10_000, description="bootstrap draws")
    levels: tuple[float, ...] = (0.9,)
    seed: int = 1


def mean_order(data, settings: SmallStudy, *, shift: float = 0.0, fewest: int = 5) -> Finding:
    """Mean order by bootstrap: sampled, so it carries its Monte-Carlo error."""
    import numpy as np
    import pandas as pd

    amounts = data.transactions.amount.execute().to_numpy()
    rng = np.random.default_rng(settings.seed)
    means = rng.choice(amounts, size=(settings.draws, len(amounts))).mean(axis=1) + shift
    low, high = np.quantile(means, [0.05, 0.95])
    row = {"mean": means.mean(), "low": low, "high": high}
    error = means.std(ddof=1) / settings.draws**0.5
    say = [money(value, settings.currency) for value in row.values()]
    words = f"An order is worth {say[0]} {interval(say[1], say[2], level=0.9)}, n = {len(amounts)} orders."

    def draw(ax):
        ax.hist(means, bins=20)
        ax.set_xlabel(f"mean order, {settings.currency}")

    return Finding(
        "small.mean_order", "Orders are small but steady", words + " It is the mean of resampled orders.",
        pd.DataFrame([row]), units=dict.fromkeys(row, "money"), currency=settings.currency,
        monte_carlo_error=pd.DataFrame([{"mean": error, "low": 2 * error, "high": 2 * error}]), draw=draw,
        checks=[Check("orders", passed=len(amounts) >= fewest, value=len(amounts), limit=f"≥ {fewest}")],
        caption=f"n = {len(amounts)} orders; {settings.draws} draws", keys=[Key(say[0], "mean order")],
    )  # fmt: skip


def rows(data) -> Finding:
    """Orders by customer: exact."""
    table = data.transactions.group_by("customer_id").aggregate(orders=lambda t: t.count()).order_by("customer_id")
    frame = table.execute().assign(customer_id=lambda f: f.customer_id.astype(str))
    words = f"{len(frame)} customers placed {int(frame.orders.sum())} orders."
    return Finding("small.orders", "Few customers order often", words, frame, units={"orders": "count"})
