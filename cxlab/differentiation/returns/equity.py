"""Customer equity after Rust, Lemon & Zeithaml: what all customers of the market are worth to each brand.

A customer i who bought brand j last buys k next with probability ∝ exp(γ [j = k] + β'x_ik): a switching matrix of each
customer's own. From the brand bought last it gives the probability of every brand at every later purchase, hence the
lifetime value to each brand; their sum over the market is customer equity. Money of a driver is the equity that a
better rating adds, rivals answering or not.

Source: Rust, Lemon & Zeithaml (2004), Return on marketing: using customer equity to focus marketing strategy, Journal
of Marketing 68(1), 109–127. Theirs counts the first purchase at once; here purchases are those still to come.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxlab.differentiation.returns.brand_choices import BrandChoices
from cxlab.differentiation.returns.demand import Demand
from cxlab.errors import DataError, ModelError, ParameterError

#: prior spread of a coefficient, in log-odds for one standard deviation of its driver
_PRIOR = 2.5
_AT_ONCE = 2_000_000  # numbers held in a step
#: change of a customer's shares from one purchase to the next below which they stay
_SETTLED = 1e-7


@dataclass(frozen=True, eq=False)
class EquityModel:
    """Inertia and drivers of brand choice, with draws of the Bayesian bootstrap over customers.

    Parameters
    ----------
    data : what it is fitted to
    names : "inertia" (bought last), then the drivers
    coefficients : shape (names,), log-odds a rating point; draws : shape (draws, names)
    weights : shape (draws, choices), weight of each choice in each draw, summing to 1
    log_likelihood, null : of the model, and of equal chances
    """

    data: BrandChoices
    names: tuple[str, ...]
    coefficients: np.ndarray
    draws: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)
    log_likelihood: float
    null: float

    @property
    def fit(self) -> float:
        """Part of the log-likelihood of chance that is explained (McFadden)."""
        return 1 - self.log_likelihood / self.null

    def utility(self, ratings: np.ndarray, draws: slice = slice(None)) -> np.ndarray:
        """Utility without inertia, shape (draws, choices, brands); −∞ where a brand is not known."""
        found = np.einsum("cbd,sd->scb", ratings, self.draws[draws, 1:])
        return np.where(self.data.known[None], found, -np.inf)


def fit_equity(data: BrandChoices, *, draws: int = 300, rng: np.random.Generator | int = 0) -> EquityModel:
    """Logit of the next brand on the last brand and ratings.

    Parameters
    ----------
    draws : of the Bayesian bootstrap: every customer gets a weight, the logit is fitted anew

    Raises
    ------
    DataError : too few customers, a driver that is rated alike for all brands, or nobody who says what was bought last.
    ModelError : the fit does not converge.

    Notes
    -----
    Only differences between brands in a customer's own ratings count, so who rates everything high tells nothing by
    that. Coefficients have a weak normal prior (2.5 log-odds a standard deviation), which keeps them finite where
    choices could be told without error.
    """
    if draws < 50:
        raise ParameterError(f"draws = {draws}.", expected="50 or more", mend="draws=300")
    x = np.concatenate([data.last[..., None], data.ratings], axis=2)
    names = ("inertia", *data.drivers)
    shown = np.where(data.known[..., None], x, np.nan)
    own = shown - np.nanmean(shown, axis=1, keepdims=True)
    spread = np.sqrt(np.nanmean(np.square(own), axis=(0, 1)))
    flat = [name for name, s in zip(names, spread, strict=True) if not s > 1e-9]
    if flat:
        raise DataError(f"{', '.join(map(repr, flat))} never differs between the brands of a customer.",
                        expected="drivers rated apart for each brand, and the brand bought last",
                        mend="leave it out with drivers=[…]")  # fmt: skip
    if data.n < 2 * len(names):
        raise DataError(f"{data.n} customers for {len(names)} coefficients.", expected=f"{10 * len(names)} or more")
    centred = np.where(data.known[..., None], own / spread, 0.0)
    even = np.ones(len(x))
    fitted, log_likelihood = _newton(centred, data, even, np.zeros(len(names)))
    rng = np.random.default_rng(rng)
    by_person = rng.exponential(size=(draws, data.n))
    by_person *= data.n / by_person.sum(1, keepdims=True)
    weights = by_person[:, data.respondent]
    sampled = np.stack([_newton(centred, data, w, fitted)[0] for w in weights])
    null = float(-np.log(data.known.sum(1)).sum())
    return EquityModel(data, names, fitted / spread, sampled / spread, weights / weights.sum(1, keepdims=True),
                       log_likelihood, null)  # fmt: skip


def _newton(x, data: BrandChoices, weights: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, float]:
    """Weighted maximum of the penalised likelihood; the penalty is −β²/(2·2.5²) of standardised columns."""
    beta, precision = start.copy(), np.eye(len(start)) / _PRIOR**2
    for _ in range(50):
        value = np.where(data.known, x @ beta, -np.inf)
        value = value - value.max(1, keepdims=True)
        p = np.exp(value)
        total = p.sum(1, keepdims=True)
        p /= total
        slope = np.einsum("c,cb,cbk->k", weights, data.next - p, x) - precision @ beta
        mean = np.einsum("cb,cbk->ck", p, x)
        weighted = (x * (weights[:, None] * p)[..., None]).reshape(-1, len(beta))
        curve = weighted.T @ x.reshape(-1, len(beta)) - (mean * weights[:, None]).T @ mean + precision
        step = np.linalg.solve(curve, slope)
        beta = beta + step / max(1.0, float(abs(step).max()) / 2)
        if abs(step).max() < 1e-9:
            logs = np.where(data.known, value - np.log(total), 0.0)
            return beta, float((weights[:, None] * data.next * logs).sum())
    raise ModelError("the logit of brand choice does not converge.", expected="ratings that differ between brands")


@dataclass(frozen=True)
class Change:
    """Better ratings of one brand, and what rivals do about it.

    Parameters
    ----------
    brand, driver : whose, and which
    points : rating points more for everyone who knows the brand, up to the end of the scale
    reaction : part of the same improvement that every rival makes, 0 (none) to 1 (all of it) or beyond
    after : years until rivals have made it
    """

    brand: str
    driver: str
    points: float
    reaction: float = 0.0
    after: float = 1.0


def brand_sales(
    model: EquityModel, demand: Demand, change: Change | None = None, *, rng: np.random.Generator | int = 0
) -> np.ndarray:
    """Expected share of each brand in every coming purchase, shape (draws, purchases, brands).

    Brands drift alike under the same `rng`, so that scenarios differ in what is changed only. The switching matrix of a
    customer has one row a brand bought last that differs in one place only, so a purchase costs as many operations as
    there are brands.
    """
    data = model.data
    stages = [(0.0, data.ratings)] if change is None else _improved(data, change)
    walk = demand.wandering(data.brands, len(model.draws), np.random.default_rng(rng))
    year = np.ceil(demand.times - 1e-9).astype(int) - 1
    stage = [max(i for i, (start, _) in enumerate(stages) if start < time or start == 0) for time in demand.times]
    chunk = max(1, _AT_ONCE // data.known.size)
    found = []
    for first in range(0, len(model.draws), chunk):
        part = slice(first, first + chunk)
        utilities = [model.utility(ratings, part) for _, ratings in stages]
        extra = np.expm1(model.draws[part, 0])[:, None, None]
        at, shares, now, settled = np.broadcast_to(data.last, utilities[0].shape), [], None, False
        for step in range(demand.steps):
            if now != (stage[step], year[step] if demand.drift else 0):
                now, settled = (stage[step], year[step] if demand.drift else 0), False
                utility = utilities[now[0]] + walk[part, None, now[1]]
                pull = np.exp(utility - utility.max(2, keepdims=True))
                total = pull.sum(2, keepdims=True)
            if not settled:
                leaving = at / (total + pull * extra)
                fresh = (1 - at.sum(2, keepdims=True)) / total
                moved = pull * (leaving.sum(2, keepdims=True) + fresh + extra * leaving)
                settled = bool(abs(moved - at).max() < _SETTLED)
                at = moved
                share = np.einsum("sc,scb->sb", model.weights[part], at)
            shares.append(share)
        found.append(np.stack(shares, 1))
    return np.concatenate(found)


def _improved(data: BrandChoices, change: Change) -> list[tuple[float, np.ndarray]]:
    """Ratings from the start, and from when rivals have answered."""
    own, driver, top = data.brand(change.brand), data.driver(change.driver), data.scale[data.driver(change.driver), 1]
    if not np.isfinite(change.points) or not np.isfinite(change.reaction) or change.reaction < 0 or change.after < 0:
        raise ParameterError(f"{change}.", expected="finite points, reaction ≥ 0, after ≥ 0 years")
    better = data.ratings.copy()
    better[:, own, driver] = _raised(better[:, own, driver], change.points, top)
    stages = [(0.0, better)]
    if change.reaction:
        answered = better.copy()
        rivals = [b for b in range(len(data.brands)) if b != own]
        answered[:, rivals, driver] = _raised(answered[:, rivals, driver], change.points * change.reaction, top)
        stages = [(0.0, answered)] if change.after == 0 else [*stages, (change.after, answered)]
    return stages


def _raised(ratings: np.ndarray, points: float, top: float) -> np.ndarray:
    return np.maximum(np.minimum(ratings + points, top), np.minimum(ratings, ratings + points))


def long_run_shares(model: EquityModel) -> np.ndarray:
    """Share of each brand when today's ratings last for ever, shape (draws, brands).

    Choices with inertia are reversible: a customer's share of brand k ∝ e_k (Σ e + e_k (exp γ − 1)).
    """
    found = []
    chunk = max(1, _AT_ONCE // model.data.known.size)
    for first in range(0, len(model.draws), chunk):
        part = slice(first, first + chunk)
        utility = model.utility(model.data.ratings, part)
        pull = np.exp(utility - utility.max(2, keepdims=True))
        own = pull * (pull.sum(2, keepdims=True) + pull * np.expm1(model.draws[part, 0])[:, None, None])
        found.append(np.einsum("sc,scb->sb", model.weights[part], own / own.sum(2, keepdims=True)))
    return np.concatenate(found)


def return_on_improvement(gain, cost):
    """Return of an improvement: customer equity gained, less what it costs, for each unit of money it costs.

    American Airlines, cabins better by $70 million: a return of 44.7 % is a gain of $101.3 million in equity.

    >>> round(return_on_improvement(101.3, 70), 3)
    0.447
    """
    return (gain - cost) / cost
