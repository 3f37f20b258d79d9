"""Simulate customers whose inertia, drivers and customer equity are known: how often do 90 % intervals hold them?

    python -m tests.recovery.equity

writes `equity_coverage.csv` beside this file: a row a number of customers.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.brand_choices import BrandChoices
from cxlab.differentiation.returns.demand import Demand
from cxlab.differentiation.returns.equity import Change, EquityModel, brand_sales, fit_equity
from tests.differentiation.returns.brand_surveys import BRANDS, DRIVERS, INERTIA, SLOPES, people

TABLE = Path(__file__).with_name("equity_coverage.csv")
DATA_SETS, DRAWS = 100, 150
CASES = (100, 200, 400)
DEMAND = Demand(customers=1_000, purchases_a_year=6, margin=2.0, years=3, drift=0.0)
BETTER = Change("Corner", "staff", 0.5)
LEVEL = 0.9


def data(n: int, seed: int) -> BrandChoices:
    """Simulated customers as brand choices."""
    ratings, last, after = people(n, seed)
    one = np.eye(len(BRANDS))
    return BrandChoices(ratings, np.ones((n, 3), bool), one[last], one[after], np.arange(n), BRANDS, DRIVERS,
                        np.array([[1.0, 5.0]] * 3), simulated=True)  # fmt: skip


def worth(model: EquityModel) -> tuple[np.ndarray, np.ndarray]:
    """Share of customer equity of each brand, and money that better ratings add, by draw."""
    discounted = (1 + DEMAND.discount) ** -DEMAND.times
    sales = (brand_sales(model, DEMAND, change) for change in (None, BETTER))
    before, after = (np.einsum("stb,t->sb", sold, discounted) for sold in sales)
    own = BRANDS.index(BETTER.brand)
    return before / before.sum(1, keepdims=True), 1_000 * 2.0 * (after - before)[:, own]


@cache
def truth() -> tuple[np.ndarray, float]:
    """The same with the true coefficients, over many customers."""
    many = data(60_000, 0)
    known = np.array([INERTIA, *SLOPES])
    model = EquityModel(many, ("inertia", *DRIVERS), known, known[None], np.full((1, 60_000), 1 / 60_000), -1.0, -2.0)
    shares, gain = worth(model)
    return shares[0], float(gain[0])


def recover(n: int, seed: int) -> dict[str, float]:
    """One survey: which parts of what is known were held."""
    model = fit_equity(data(n, seed), draws=DRAWS, rng=seed)
    shares, gain = worth(model)
    known, added = truth()

    def held(draws, value):
        low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        return float(np.mean((low <= value) & (value <= high)))

    return {
        "coefficients": held(model.draws, [INERTIA, *SLOPES]),
        "shares": held(shares, known),
        "gain": held(gain, added),
        "gain_error": float(gain.mean() / added - 1),
    }


def recovered(data_sets: int = DATA_SETS) -> pd.DataFrame:
    """customers, data_sets, coverage of coefficients, shares of equity and money of a better rating, and the mean error
    of that money (share)."""
    rows = []
    for n in CASES:
        held = pd.DataFrame([recover(n, 1_000 * n + s) for s in range(data_sets)]).mean().to_dict()
        rows.append({"customers": n, "data_sets": data_sets} | held)
    return pd.DataFrame(rows).round(3)


if __name__ == "__main__":
    recovered().to_csv(TABLE, index=False, lineterminator="\n")
    print(pd.read_csv(TABLE).to_string(index=False))
