"""Invented choice tasks and part-worths whose market can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.hierarchical import PartWorths
from cxlab.differentiation.choice.market import Market, build_market
from cxlab.differentiation.choice.tasks import Choices, read_choices

PRICES = (2.0, 3.0, 4.0, 5.0)


def tasks(respondents: int = 30, *, none: bool = True, seed: int = 0) -> pd.DataFrame:
    """Cups of coffee: a price, a seller by marks that exclude each other, whether the name is known, a size."""
    rng = np.random.default_rng(seed)
    rows = []
    for respondent in range(respondents):
        for task in range(8):
            chosen = rng.integers(3 + none)
            for alternative in range(3):
                seller = rng.integers(3)
                rows.append({
                    "respondent_id": respondent, "task": task, "alternative": str(alternative),
                    "chosen": int(alternative == chosen), "price": rng.choice(PRICES), "ours": int(seller == 0),
                    "chain": int(seller == 1), "name_known": rng.integers(2), "size": rng.choice([2, 3, 5]),
                })  # fmt: skip
            if none:
                rows.append({"respondent_id": respondent, "task": task, "alternative": "none",
                             "chosen": int(chosen == 3), "price": 0, "ours": 0, "chain": 0, "name_known": 0,
                             "size": 0})  # fmt: skip
    return pd.DataFrame(rows)


def choices(**how) -> Choices:
    none = how.get("none", True)
    return read_choices(tasks(**how), price="price", none="none" if none else "")


def part_worths(of: Choices, *, draws: int = 120, spread: float = 0.0, seed: int = 1, **mean: float) -> PartWorths:
    """Part-worths around means by column; with spread people differ, and draws of each person a little."""
    rng = np.random.default_rng(seed)
    middle = np.array([mean.get(c, 0.0) for c in of.columns])
    people = middle + spread * rng.normal(size=(of.n_respondents, len(middle)))
    individual = people + 0.2 * spread * rng.normal(size=(draws, *people.shape))
    at = of.columns.index(of.price)
    individual[:, :, at] = -np.abs(individual[:, :, at])
    return PartWorths(of, individual, individual.mean(1), np.zeros((draws, len(middle), len(middle))), (), "invented")


CUP = {"name_known": 0, "size": 3}
PRODUCTS = {
    "we": {"price": 3.0, "ours": 1, "chain": 0, **CUP}, "chain": {"price": 3.0, "ours": 0, "chain": 1, **CUP},
    "kiosk": {"price": 3.0, "ours": 0, "chain": 0, **CUP},
}  # fmt: skip
WORTHS = {"price": -1.0, "ours": 1.0, "chain": 0.5, "name_known": 0.8, "size": 0.1, "none": -2.0}


def market(*, spread: float = 0.0, none: bool = True, products=PRODUCTS, worths=WORTHS, **how) -> Market:
    fitted = part_worths(choices(none=none), spread=spread, **worths)
    return build_market(fitted, products, own="we", currency="EUR", **how)
