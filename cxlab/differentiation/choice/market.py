"""A market made of part-worths: who would choose which product, at which prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import expit

from cxlab.differentiation.choice.hierarchical import PartWorths
from cxlab.differentiation.choice.products import Product, asked_checks, shown
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check
from cxlab.montecarlo import spread
from cxlab.wording import count, money, number

#: draws behind an interval, below which its ends are noise
_FEW_DRAWS = 100
HYPOTHETICAL = (
    "These are choices in a survey, where nobody pays: people say yes more easily there, and care less about prices."
)


@dataclass(frozen=True)
class Market:
    """Products that people choose among, and draws of how much each person likes them.

    Parameters
    ----------
    fitted : the part-worths behind it
    products : name → attributes; own is one of them, and so is buying nothing where it was asked about
    own : our product
    prices : today's, shape (products,); NaN of buying nothing
    part_worths : shape (draw, respondent, column), thinned
    weights : how many people each respondent stands for in each draw (Bayesian bootstrap), shape (draw, respondent)
    utility : at today's prices, shape (draw, respondent, product)
    costs : product → cost of one unit, where known
    unit : of a price in words ("cents a kWh"); "" where it is money in `currency`
    stated : whether people said what they would choose, rather than bought it
    fixed : attributes that are who we are, no answer to a rival
    """

    fitted: PartWorths = field(repr=False)
    products: dict[str, dict[str, float | str]]
    own: str
    prices: np.ndarray
    part_worths: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)
    utility: np.ndarray = field(repr=False)
    costs: dict[str, float] = field(default_factory=dict)
    currency: str = ""
    unit: str = ""
    stated: bool = True
    fixed: tuple[str, ...] = ()

    @property
    def choices(self):
        return self.fitted.choices

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.products)

    @property
    def rivals(self) -> tuple[str, ...]:
        """Products of others, without buying nothing."""
        return tuple(name for name in self.products if name not in (self.own, self.choices.none))

    @property
    def slope(self) -> np.ndarray:
        """Utility of one more unit of money, below 0; shape (draw, respondent)."""
        return self.part_worths[:, :, self.choices.columns.index(self.choices.price)]

    @property
    def shown(self) -> tuple[float, float]:
        """Lowest and highest price that people were asked about."""
        values = shown(self.choices, self.choices.price)
        return float(values[0]), float(values[-1])

    def at(self, name: str) -> int:
        """Position of a product."""
        if name not in self.products:
            raise unknown("product", name, self.products)
        return self.names.index(name)

    def _utility(self, prices: Mapping[str, float | np.ndarray] | None) -> np.ndarray:
        utility = self.utility
        if prices:
            utility = utility.copy()
            for name, price in prices.items():
                i = self.at(name)
                step = np.atleast_1d(np.asarray(price, float) - self.prices[i])
                utility[:, :, i] += self.slope * step[:, None]
        return utility

    def chances(self, prices: Mapping[str, float | np.ndarray] | None = None) -> np.ndarray:
        """Chance that each respondent chooses each product, shape (draw, respondent, product).

        Parameters
        ----------
        prices : product → price other than today's, one for all draws or one a draw
        """
        utility = self._utility(prices)
        odds = np.exp(utility - utility.max(axis=2, keepdims=True))
        return odds / odds.sum(axis=2, keepdims=True)

    def shares(self, prices: Mapping[str, float | np.ndarray] | None = None) -> np.ndarray:
        """Share of each product in each draw, shape (draw, product)."""
        return np.einsum("dr,drj->dj", self.weights, self.chances(prices))

    def curve(self, name: str, prices: Mapping[str, float] | None = None) -> Callable[[float | np.ndarray], np.ndarray]:
        """The share of a product as a function of its price (one, or one a draw) → shape (draw,); others' are fixed."""
        i = self.at(name)
        utility = self._utility(prices)
        # what stands against it, as one: the chance is a logistic curve of its own utility
        rest = np.delete(utility, i, axis=2)
        most = rest.max(axis=2)
        ahead = self.utility[:, :, i] - most - np.log(np.exp(rest - most[:, :, None]).sum(axis=2))

        def share_at(price: float | np.ndarray) -> np.ndarray:
            step = np.atleast_1d(np.asarray(price, float) - self.prices[i])
            return np.einsum("dr,dr->d", self.weights, expit(ahead + self.slope * step[:, None]))

        return share_at

    def slopes(self, prices: Mapping[str, float | np.ndarray] | None = None) -> np.ndarray:
        """Change of each share with each price, shape (draw, product, price of product); 0 of buying nothing."""
        chance = self.chances(prices)
        heavy = (self.weights * self.slope)[:, :, None] * chance
        found = -np.einsum("drj,drk->djk", heavy, chance)
        at = np.arange(len(self.names))
        found[:, at, at] += heavy.sum(axis=1)
        found[:, :, np.isnan(self.prices)] = 0.0
        return found

    def with_product(self, name: str, product: Product) -> Market:
        """The same market with another product under this name."""
        i, price = self.at(name), self.choices.price
        row = self.choices.coded({name: product})[0]
        utility, prices = self.utility.copy(), self.prices.copy()
        utility[:, :, i] = self.part_worths @ row
        prices[i] = float(product[price])
        return replace(self, utility=utility, prices=prices, products={**self.products, name: dict(product)})

    def say(self, amount: float) -> str:
        """An amount of money in words."""
        return say_amount(amount, unit=self.unit, currency=self.currency)

    @property
    def money(self) -> str:
        """Unit of columns that hold prices."""
        return self.unit or "money"

    def checks(self) -> tuple[Check, ...]:
        """What must hold for anything said of this market."""
        return (
            *self.fitted.checks,
            *asked_checks(self.choices, self.products),
            *self.fitted.money_checks(),
            Check("draws", len(self.utility) >= _FEW_DRAWS, len(self.utility), f"≥ {_FEW_DRAWS}", "Take more draws."),
        )  # fmt: skip

    @property
    def basis(self) -> str:
        """Where it comes from, for captions."""
        parts = [self.choices.said, self.choices.period, self.choices.source, self.fitted.method]
        return ", ".join(filter(None, parts)) + f"; {count(len(self.utility))} draws"

    @property
    def notes(self) -> list[str]:
        """Sentences that every finding on this market ends with."""
        return [HYPOTHETICAL] * self.stated + ["These choices are simulated."] * self.choices.simulated


def build_market(
    fitted: PartWorths, products: Mapping[str, Product], *, own: str = "", none: bool = True,
    costs: Mapping[str, float] | None = None, draws: int = 200, currency: str = "", unit: str = "",
    stated: bool = True, fixed: Sequence[str] = (), rng: np.random.Generator | int = 0,
) -> Market:  # fmt: skip
    """A market of products from draws of part-worths.

    Parameters
    ----------
    fitted : of `fit_part_worths`, with a price
    products : name → attribute → value, two or more; for products with constants of their own the name is the constant
    own : our product, by default the first
    none : whether people may buy nothing, where they were asked about it
    costs : product → cost of one unit
    draws : at most so many, evenly taken from those of the fit
    currency, unit : of prices; by default the currency of the data
    stated : whether choices were made in a survey
    fixed : attributes that cannot be changed about our product, such as who sells it

    Raises
    ------
    ParameterError : fewer than two products, an unknown product or attribute, or a cost that is no number
    DataError : a price below 0.

    Notes
    -----
    Respondents are a sample: in each draw they stand for as many people as a Bayesian bootstrap gives them.
    """
    choices = fitted.choices
    if not choices.price:
        raise ParameterError("no attribute is the price.", expected="choices with a price",
                             mend='read_choices(…, price="…")')  # fmt: skip
    products = {name: dict(product) for name, product in products.items() if name != choices.none}
    if len(products) + bool(none and choices.none) < 2:
        raise ParameterError(f"a market of {len(products)} products has nothing to choose.",
                             expected="our product and one of a rival, or more")  # fmt: skip
    own = own or next(iter(products))
    for name in (own, *(costs or {})):
        if name not in products:
            raise unknown("product", name, products)
    for name, cost in (costs or {}).items():
        if not (np.isfinite(cost) and cost >= 0):
            raise ParameterError(f"the cost of {name!r} is {cost}.", expected="money, 0 or more")
    if none and choices.none:
        products[choices.none] = {}
    rng = np.random.default_rng(rng)
    taken = np.unique(np.linspace(0, len(fitted.individual) - 1, min(draws, len(fitted.individual))).astype(int))
    part_worths = np.asarray(fitted.individual[taken], float)
    rows = choices.coded(products)
    people = rng.dirichlet(np.ones(part_worths.shape[1]), len(taken))
    prices = np.array([float(p[choices.price]) if p else np.nan for p in products.values()])
    below = [name for name, price in zip(products, prices, strict=True) if price < 0]
    if below:
        raise DataError(f"the price of {below[0]!r} is {prices[list(products).index(below[0])]:g}, below 0.",
                        expected="prices of 0 or more",
                        mend="-p price=COLUMN names the price; or take off the minus sign")  # fmt: skip
    return Market(
        fitted=fitted, products=products, own=own, prices=prices, part_worths=part_worths, weights=people,
        utility=part_worths @ rows.T, costs=dict(costs or {}), currency=currency or choices.currency, unit=unit,
        stated=stated, fixed=tuple(fixed),
    )  # fmt: skip


def summary(level: float, **draws: np.ndarray) -> tuple[dict[str, float], dict[str, float]]:
    """Quantities as a row of a table, and the errors of drawing: name, name_low and name_high of each.

    >>> row, error = summary(0.9, share=np.linspace(0, 1, 101))
    >>> {name: round(value, 2) for name, value in row.items()}
    {'share': 0.5, 'share_low': 0.05, 'share_high': 0.95}
    """
    row, error = {}, {}
    for name, values in draws.items():
        found = spread(values, level)
        for i, key in enumerate((name, f"{name}_low", f"{name}_high")):
            row[key] = float(found.mean if i == 0 else found.quantiles[i - 1])
            error[key] = float(found.mean_error if i == 0 else found.quantile_error[i - 1])
    return row, error


def say_amount(amount: float, *, unit: str = "", currency: str = "") -> str:
    """An amount in the unit of a price, or as money.

    >>> say_amount(2.257, unit="cents a kWh"), say_amount(12, currency="EUR"), say_amount(float("inf"))
    ('2.26 cents a kWh', '€12.00', 'any amount')
    """
    if np.isinf(amount):
        return "any amount" if amount > 0 else "no amount"
    return f"{number(amount)} {unit}" if unit else money(amount, currency)
