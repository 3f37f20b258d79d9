"""What every model is: coordinates a reader understands, one likelihood with its gradient, priors in data units."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from scipy.special import expit, logit

from cxlab.cltv.rows import Rows
from cxlab.errors import ParameterError, unknown

#: scale of the half-normal prior of differences between segments, on the log or logit scale: ±50 % is usual
BETWEEN = 0.5


class Prior(NamedTuple):
    """A prior in data units: normal on the log (or logit) scale.

    Parameters
    ----------
    center : the median, in the unit of the coordinate
    spread : standard deviation on the log (positive quantities) or logit (shares) scale;
        1 says "within a factor of about 7 either way" with 95 % probability

    >>> Prior(.05, 1.0)
    Prior(center=0.05, spread=1.0)
    """

    center: float
    spread: float


@dataclass(frozen=True)
class Coordinate:
    """A quantity a reader can judge, in which priors are stated and the posterior is explored.

    Parameters
    ----------
    name, meaning : what it is ("purchase_rate": mean purchases a customer and unit of time while active)
    link : "log" for positive quantities, "logit" for shares
    prior : its default; `center` 1 with ``per_time=True`` means once per mean observation length
    per_time : the quantity is a rate, so its prior scales with the observation length
    per_spend : the quantity is money, so its prior scales with the mean spend
    """

    name: str
    meaning: str
    link: str
    prior: Prior
    per_time: bool = False
    per_spend: bool = False

    def unconstrained(self, value):
        return np.log(value) if self.link == "log" else logit(value)

    def constrained(self, z):
        return np.exp(z) if self.link == "log" else expit(z)


@dataclass(frozen=True)
class Family:
    """A distribution over customers, given by coordinates and by its natural parameters (as many of each).

    `natural` takes coordinates and the functions exp and sigmoid, so it works on arrays and PyTensor variables alike;
    `coordinates` is its inverse; `chain` turns derivatives by natural parameters into derivatives by coordinates.
    """

    size: int
    natural: Callable
    coordinates: Callable
    chain: Callable


#: gamma over customers: log mean, log coefficient of variation → shape, rate
GAMMA = Family(
    2,
    natural=lambda mean, spread, exp, sigmoid: [exp(-2 * spread), exp(-2 * spread - mean)],
    coordinates=lambda shape, rate: [np.log(shape / rate), -0.5 * np.log(shape)],
    chain=lambda shape, rate, by_shape, by_rate: [-rate * by_rate, -2 * (shape * by_shape + rate * by_rate)],
)
#: beta over customers: logit mean, log sum → both parameters
BETA = Family(
    2,
    natural=lambda mean, total, exp, sigmoid: [sigmoid(mean) * exp(total), sigmoid(-mean) * exp(total)],
    coordinates=lambda a, b: [np.log(a / b), np.log(a + b)],
    chain=lambda a, b, by_a, by_b: [a * b / (a + b) * (by_a - by_b), a * by_a + b * by_b],
)


class Model(ABC):
    """A model of customers, given as one likelihood on distinct weighted rows.

    Natural parameters `theta` are arrays of shape (n_parameters, n_groups) in the order of `parameters`;
    coordinates `z` have the same shape, unconstrained, in the order of `coordinates`.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    parameters: ClassVar[tuple[str, ...]]
    coordinates: ClassVar[tuple[Coordinate, ...]]
    families: ClassVar[tuple[Family, ...]]
    #: whether rows close in recency, T or money may stand for one another in a search (not where they are occasions)
    can_condense: ClassVar[bool] = True

    @abstractmethod
    def log_likelihood(self, theta: np.ndarray, rows: Rows, *, gradient: bool = False):
        """Log-likelihood of one customer of each row, shape (n_rows,); with `gradient` also its derivative
        by each natural parameter, shape (n_parameters, n_rows)."""

    def natural(self, z, *, exp=np.exp, sigmoid=expit):
        """Natural parameters of coordinates (both on the first axis); a list when other functions are given."""
        parts = []
        for family in self.families:
            start = len(parts)
            parts += family.natural(*(z[i] for i in range(start, start + family.size)), exp, sigmoid)
        return np.stack(parts) if exp is np.exp else parts

    def coordinates_of(self, theta) -> np.ndarray:
        """Coordinates `z` of natural parameters: the inverse of `natural`."""
        parts = []
        for family in self.families:
            start = len(parts)
            parts += family.coordinates(*theta[start : start + family.size])
        return np.stack(parts)

    def chain(self, theta, by_theta) -> np.ndarray:
        """Derivative by `z` from the derivative by natural parameters."""
        parts = []
        for family in self.families:
            at = slice(len(parts), len(parts) + family.size)
            parts += family.chain(*theta[at], *by_theta[at])
        return np.stack(parts)

    def prior(self, rows: Rows, priors: Mapping[str, Prior] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Means and standard deviations of `z` under the prior, shape (n_coordinates,) each.

        Rates are centred on one event per mean observation length and money on the sample mean, so the prior
        means the same on any time unit and in any currency. `priors` replaces single coordinates.

        Raises
        ------
        ParameterError : a coordinate is unknown, or a prior is outside what the coordinate can be.
        """
        names = [c.name for c in self.coordinates]
        centers, spreads = [], []
        for name in priors or {}:
            if name not in names:
                raise unknown("prior", name, names)
        for c in self.coordinates:
            if priors and c.name in priors:
                center, spread = priors[c.name]
                if not (center > 0 and spread > 0 and (c.link == "log" or center < 1)):
                    raise ParameterError(
                        f"prior {c.name} = ({center}, {spread}).",
                        expected=f"center in {'(0, 1)' if c.link == 'logit' else '(0, ∞)'} and spread > 0",
                    )
            else:
                center, spread = c.prior
                center = center / max(rows.mean("T"), 1e-12) if c.per_time else center
                center = center * self.typical_spend(rows) if c.per_spend else center
            centers.append(c.unconstrained(center))
            spreads.append(spread)
        return np.array(centers), np.array(spreads)

    def typical_spend(self, rows: Rows) -> float:
        """Mean spend the prior of money is scaled by."""
        return rows.mean("monetary_value")

    def quantities(self, z: np.ndarray) -> np.ndarray:
        """Coordinates in data units, shape as `z`."""
        return np.stack([c.constrained(z[i]) for i, c in enumerate(self.coordinates)])

    def total(self, z: np.ndarray, rows: Rows, *, gradient: bool = False):
        """Log-likelihood of all customers at `z` (n_coordinates, n_groups), with its gradient when asked for."""
        theta = self.natural(z)
        if not gradient:
            return float(rows.weight @ self.log_likelihood(theta, rows))
        values, slopes = self.log_likelihood(theta, rows, gradient=True)
        by_theta = np.stack([rows.by_group(slope) for slope in slopes])
        return float(rows.weight @ values), self.chain(theta, by_theta)


class BuyTillYouDie(Model):
    """A model of repeat buying with (frequency, recency, T) rows: what a forecast needs of it.

    Every method takes natural parameters that broadcast against the row arrays (for draws: shape (n_draws, 1)).
    """

    columns = ("frequency", "recency", "T")

    @abstractmethod
    def p_alive(self, theta, frequency, recency, T):
        """Probability of still being a customer at T."""

    @abstractmethod
    def expected_if_alive(self, theta, frequency, T, t):
        """Expected purchases in (T, T + t] of a customer who is active at T."""

    @abstractmethod
    def p_none_if_alive(self, theta, frequency, T, t):
        """Probability of no purchase in (T, T + t] of a customer who is active at T."""

    @abstractmethod
    def future_if_alive(self, theta, frequency, T, t, rng):
        """One random future of customers active at T: purchase rate, time until they leave (at most `t`), and the
        number of purchases after which they leave (infinite where leaving does not wait for a purchase)."""

    def simulate_purchases(self, theta, frequency, recency, T, t, rng):
        """Numbers of purchases in (T, T + t], drawn once for every element, with Bernoulli(P(alive)) at T."""
        alive = rng.random(np.broadcast(theta[0], frequency, T).shape) < self.p_alive(theta, frequency, recency, T)
        rate, window, cap = self.future_if_alive(theta, frequency, T, t, rng)
        return np.where(alive, np.minimum(rng.poisson(np.minimum(rate * window, 1e6)), cap), 0.0)

    def simulate(self, theta, T, rng: np.random.Generator):
        """Histories of new customers observed over (0, T].

        Parameters
        ----------
        theta : natural parameters, shape (n_parameters,)
        T : observation length of each customer, shape (n_customers,)

        Returns
        -------
        frequency, recency : repeat purchases and time of the last one (0 without any), shape (n_customers,)
        """
        T = np.asarray(T, dtype=float)
        theta = [np.full(1, v) for v in np.asarray(theta, dtype=float)]
        zero = np.zeros_like(T)
        alive = rng.random(T.shape) < self.p_alive(theta, zero, zero, zero)
        rate, window, cap = self.future_if_alive(theta, zero, zero, T, rng)
        purchases = np.where(alive, rng.poisson(rate * window), 0)
        frequency = np.minimum(purchases, cap)
        # the k-th of n uniform times is Beta(k, n − k + 1)
        last = rng.beta(np.maximum(frequency, 1), np.maximum(purchases - frequency, 0) + 1) * window
        return frequency.astype(float), np.where(frequency > 0, last, 0.0)

    def expected_purchases(self, theta, frequency, recency, T, t):
        """Expected purchases in (T, T + t]."""
        return self.p_alive(theta, frequency, recency, T) * self.expected_if_alive(theta, frequency, T, t)

    def expected_new(self, theta, t):
        """Expected repeat purchases of a new customer in the first `t`."""
        zero = np.zeros_like(t)
        return self.p_alive(theta, zero, zero, zero) * self.expected_if_alive(theta, zero, zero, t)

    def p_no_purchase(self, theta, frequency, recency, T, t):
        """Probability of no purchase in (T, T + t]: the churn a business means."""
        alive = self.p_alive(theta, frequency, recency, T)
        return 1 - alive + alive * self.p_none_if_alive(theta, frequency, T, t)


PURCHASE_RATE = Coordinate(
    "purchase_rate", "mean purchases per unit of time of an active customer, r/α", "log", Prior(1.0, 1.5), per_time=True
)
RATE_SPREAD = Coordinate(
    "rate_spread", "how much customers differ in purchase rate: coefficient of variation, 1/√r", "log", Prior(1.0, 0.75)
)
