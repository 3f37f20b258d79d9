"""Demand: what a market buys, how often, and what a purchase leaves to the brand that sells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cxlab.differentiation.returns.uncertain import as_uncertain
from cxlab.errors import ParameterError


@dataclass(frozen=True)
class Demand:
    """What the market buys.

    Parameters
    ----------
    customers : who buys in the market, of all brands together; a number or (low, likely, high)
    purchases_a_year : of one of them
    margin : money of one purchase to the brand that sells it, or brand → money; numbers or (low, likely, high)
    years, discount : how far we look, and the rate a year
    drift : how far the attraction of each brand wanders in a year for reasons nobody knows, log-odds (0: customers
        switch in five years exactly as they do today)
    currency : ISO code

    >>> Demand(customers=2_000, purchases_a_year=12, margin=3).steps
    36
    """

    customers: object
    purchases_a_year: float
    margin: object
    years: float = 3.0
    discount: float = 0.1
    drift: float = 0.1
    currency: str = ""

    def __post_init__(self):
        if not np.isfinite(self.discount) or self.discount <= -1:
            raise ParameterError(f"discount = {self.discount}.", expected="a rate a year above −1", mend="discount=0.1")
        if not 0 < self.purchases_a_year <= 1000 or not 1 <= self.years * self.purchases_a_year <= 10_000:
            raise ParameterError(f"{self.purchases_a_year} purchases a year over {self.years} years.",
                                 expected="one purchase at least, 10,000 at most")  # fmt: skip
        if not 0 <= self.drift < 10:
            raise ParameterError(f"drift = {self.drift}.", expected="log-odds a year, 0 or more", mend="drift=0.1")

    @property
    def steps(self) -> int:
        """Purchases within the horizon."""
        return int(self.years * self.purchases_a_year + 1e-9)

    @property
    def times(self) -> np.ndarray:
        """When each is made, in years from now."""
        return np.arange(1, self.steps + 1) / self.purchases_a_year

    def wandering(self, brands: tuple[str, ...], draws: int, rng) -> np.ndarray:
        """Attraction of each brand above today's, by draw, year begun and brand: a random walk from 0."""
        years = int(np.ceil(self.times[-1] - 1e-9))
        walk = self.drift * rng.standard_normal((draws, years, len(brands))).cumsum(1)
        return walk - walk[:, :1]

    def sampled(self, brands: tuple[str, ...], draws: int, rng) -> np.ndarray:
        """Customers × margin of a purchase by draw and brand, shape (draws, brands)."""
        margins = self.margin if isinstance(self.margin, Mapping) else dict.fromkeys(brands, self.margin)
        missing = [b for b in brands if b not in margins]
        if missing:
            raise ParameterError(
                f"no margin of {', '.join(missing)}.", expected="a margin for every brand, or one number"
            )
        at = (np.arange(draws) + 0.5) / draws
        people = as_uncertain("customers", self.customers, unit="count", lower=0.0)
        if people.draws.min() < 0 or not people.mean > 0:
            raise ParameterError(f"customers = {self.customers}.", expected="more than 0")
        people = rng.permutation(people.at(at))
        kinds: dict[str, np.ndarray] = {}
        for brand in brands:  # one margin for all is one unknown, not one a brand
            key = str(margins[brand])
            if key not in kinds:
                kinds[key] = rng.permutation(as_uncertain(f"margin {key}", margins[brand], unit="money").at(at))
        return people[:, None] * np.stack([kinds[str(margins[b])] for b in brands], 1)
