"""Decision trees in a table: what each act brings in each state, and what a test of the state is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.finding import Finding
from cxlab.wording import money


@dataclass(frozen=True, eq=False)
class Tree:
    """Acts, states that nobody chooses, and what comes of them.

    Parameters
    ----------
    chances : state → probability, adding up to 1
    payoffs : act → money in each state, in the order of `chances`
    """

    chances: Mapping[str, float]
    payoffs: Mapping[str, Sequence[float]]

    def __post_init__(self):
        chances = np.array(list(self.chances.values()), float)
        if not len(chances) or not (chances >= 0).all() or abs(chances.sum() - 1) > 1e-9:
            raise ParameterError(f"chances = {dict(self.chances)}.", expected="0 or more each, 1 together")
        wrong = [act for act, row in self.payoffs.items() if len(row) != len(chances) or not np.isfinite(row).all()]
        if wrong or not self.payoffs:
            raise ParameterError(f"payoffs of {', '.join(wrong) or 'no act'}.", expected="finite money in each state")

    @property
    def table(self) -> np.ndarray:
        """Money, shape (state, act)."""
        return np.array(list(self.payoffs.values()), float).T

    @property
    def weights(self) -> np.ndarray:
        """Probability of each state."""
        return np.array(list(self.chances.values()), float)

    @property
    def expected(self) -> float:
        """Expected money of the best act."""
        return float((self.weights @ self.table).max())

    @property
    def best(self) -> str:
        """The best act when nothing more is known."""
        return list(self.payoffs)[int((self.weights @ self.table).argmax())]

    @property
    def perfect(self) -> float:
        """What knowing the state is worth (EVPI)."""
        return float(self.weights @ self.table.max(axis=1)) - self.expected

    def test(self, results: Mapping[str, Sequence[float]]) -> float:
        """What a test is worth before its cost (EVSI).

        Parameters
        ----------
        results : result → its probability in each state; over results they add up to 1
        """
        likely = np.array(list(results.values()), float)
        good = likely.ndim == 2 and likely.shape[1] == len(self.weights) and (likely >= 0).all()
        if not good or not np.allclose(likely.sum(axis=0), 1):
            raise ParameterError(f"results = {dict(results)}.", expected="chances of each result, 1 in each state")
        return float(((likely * self.weights) @ self.table).max(axis=1).sum()) - self.expected


def decide(tree: Tree, *, results: Mapping[str, Sequence[float]] | None = None, cost: float = 0.0, currency: str = ""):
    """Act now, or test before: the best act, and what a test is worth beside its cost.

    Returns
    -------
    Finding "differentiation.tree", one row: act, expected, perfect, test (missing without results), cost, net (of the
        test), expected_with (expected money with the test, its cost paid)

    >>> wildcatter = Tree({"dry": .5, "wet": .3, "soaking": .2}, {"drill": (-70, 50, 200), "do not": (0, 0, 0)})
    >>> layers = {"none": (.6, .3, .1), "open": (.3, .4, .4), "closed": (.1, .3, .5)}
    >>> decide(wildcatter, results=layers, cost=10).table.round(2).iloc[0].to_dict()
    {'act': 'drill', 'expected': 20.0, 'perfect': 35.0, 'test': 12.5, 'cost': 10.0, 'net': 2.5, 'expected_with': 22.5}
    """
    test = np.nan if results is None else tree.test(results)
    row = {"act": tree.best, "expected": tree.expected, "perfect": tree.perfect, "test": test, "cost": float(cost),
           "net": test - cost, "expected_with": tree.expected + test - cost}  # fmt: skip
    said = (
        f"Without knowing more, {tree.best} is best and brings {money(tree.expected, currency)} on average. Knowing "
        f"for sure would be worth {money(tree.perfect, currency)}: nothing that tells less may cost more."
    )
    if results is not None:
        verb = "pays" if row["net"] > 0 else "does not pay"
        said += f" The test is worth {money(test, currency)} and costs {money(cost, currency)}: it {verb}."
    test_first = results is not None and row["net"] > 0
    return Finding(
        name="differentiation.tree",
        title=f"Test first, for {money(row['expected_with'], currency)}" if test_first else f"Best now: {tree.best}",
        text=said,
        table=pd.DataFrame([row]),
        units=dict.fromkeys(("expected", "perfect", "test", "cost", "net", "expected_with"), "money"),
        caption=f"{len(tree.chances)} states, {len(tree.payoffs)} acts; exact expectations, {currency or 'money'}.",
        currency=currency,
    )
