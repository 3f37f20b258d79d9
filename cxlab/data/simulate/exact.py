"""Exact answers about what customers feel and do: expected answers, importance, and what a point is worth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
from scipy.special import expit, logit, ndtr, roots_hermitenorm, roots_jacobi

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.experience import Experience, Question
from cxlab.data.simulate.purchases import _LEAVE_CONCENTRATION, _RATE_SHAPE, rates
from cxlab.data.simulate.satisfaction import spread

#: nodes of the chance to leave and of satisfaction
_LEAVE_NODES, _OWN_NODES = 80, 21


def asked_of(experience: Experience) -> list[Question]:
    """All questions, the items of the components as questions about them."""
    parts = experience.components
    return [
        Question(name, text, 1, 7, parts[k].mean, 1.0, experience.item, parts[k].name)
        for name, k, text in experience.items
    ] + list(experience.questions)


def about(experience: Experience, question: Question, felt: np.ndarray) -> np.ndarray:
    """(n,) the deviation that a question is about, of (n, K) components."""
    apart = felt - np.array([c.mean for c in experience.components])
    if question.about == "overall":
        return apart @ experience.weight
    return apart[:, experience.names.index(question.about)]


def visit_spread(experience: Experience, question: Question) -> float:
    """Standard deviation, from visit to visit, of what a question is about."""
    if question.about == "overall":
        return float(np.hypot(spread(experience, experience.visit), experience.rest))
    return experience.visit


def expected_answer(question: Question, deviation: np.ndarray, sd: float) -> dict[str, np.ndarray]:
    """Mean, share of the two highest answers, and net promoters of answers around a deviation.

    Parameters
    ----------
    deviation : (n,) what the question is about, points
    sd : standard deviation of what is added to it besides the question's own noise

    >>> q = Question("q", "", 1, 5, 3.0, 1.0, 0.5)
    >>> float(expected_answer(q, np.zeros(1), 0.0)["mean"][0])
    3.0
    """
    middle = question.mean + question.slope * np.asarray(deviation, dtype=float)
    wide = np.hypot(question.slope * sd, question.noise)

    def at_least(answer: int) -> np.ndarray:
        return ndtr((middle - answer + 0.5) / wide)

    made = {"mean": question.low + sum(at_least(c) for c in range(question.low + 1, question.high + 1))}
    made["top"] = at_least(question.high - 1)
    nps = (question.low, question.high) == (0, 10)
    made["nps"] = 100 * (at_least(9) + at_least(7) - 1) if nps else np.full(len(middle), np.nan)
    return made


def signal(question: Question, deviation: np.ndarray, sd: float, own: float) -> tuple[float, float]:
    """How much one answer says of what stays with a customer.

    Parameters
    ----------
    deviation : (n,) what the question is about, points, as each customer can expect it
    sd : standard deviation of what is added from visit to visit
    own : covariance of the customer's own satisfaction with what the question is about, points²

    Returns
    -------
    covariance of the answer with the customer's own satisfaction (Stein's lemma: `own` times the mean steepness of the
    answer), and variance of the answer
    """
    middle = question.mean + question.slope * np.asarray(deviation, dtype=float)
    wide = np.hypot(question.slope * sd, question.noise)
    steep = mean = square = 0.0
    for answer in range(question.low + 1, question.high + 1):
        at = (middle - answer + 0.5) / wide
        steep += float(np.exp(-(at**2) / 2).mean()) / (np.sqrt(2 * np.pi) * wide)
        chance = float(ndtr(at).mean())
        mean += chance
        square += (2 * (answer - question.low) - 1) * chance
    return own * question.slope * steep, square - mean**2


def interpolated(of: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """A smooth function at many points, by a fine grid between the smallest and the largest."""
    grid = np.linspace(at.min() - 1e-9, at.max() + 1e-9, 1_001)
    return np.interp(at, grid, of(grid))


def importance(covariance: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """(K,) share of each of K variables in what all of them explain of an outcome, averaged over orders of entry (LMG).

    Parameters
    ----------
    covariance : (K, K) of the variables
    outcome : (K,) their covariances with the outcome

    >>> importance(np.eye(2), np.array([1.0, 2.0])).round(3).tolist()
    [0.2, 0.8]
    """
    k = len(outcome)

    def explained(members: tuple[int, ...]) -> float:
        if not members:
            return 0.0
        at = list(members)
        return float(outcome[at] @ np.linalg.solve(covariance[np.ix_(at, at)], outcome[at]))

    known = {m: explained(m) for size in range(k + 1) for m in combinations(range(k), size)}
    shares = np.zeros(k)
    for members, value in known.items():
        weight = 1 / (k * comb(k - 1, len(members))) if len(members) < k else 0.0
        for new in set(range(k)) - set(members):
            shares[new] += weight * (known[tuple(sorted((*members, new)))] - value)
    return shares / shares.sum()


def first_year(
    business: Business, experience: Experience, share: np.ndarray, *, separation: float, points: float
) -> dict[str, float]:
    """What a buyer brings in the year from the first order on, the first order included, staying in the segment.

    Orders come at a gamma rate while the customer stays, and each is the last with a beta chance: of N further orders
    E[N] = E[(1 − p)/p · (1 − (1 + rate·p/a)⁻ᵃ)], with a the shape of the rates; the mean over p is by Gauss–Jacobi,
    that over satisfaction by Gauss–Hermite quadrature.

    Parameters
    ----------
    share : (G,) shares of the segments among buyers
    points : points of satisfaction that everybody is above what the experience declares

    Returns
    -------
    dict: rate (orders a year while staying), leave (chance that an order is the last), spend (mean value of an order),
    orders, money (margin), a buyer
    """
    loyalty, sigma = experience.loyalty, spread(experience, experience.customer)
    rate = rates(business, separation=separation)
    nodes, weights = roots_hermitenorm(_OWN_NODES)
    weights = weights / weights.sum()
    made = dict.fromkeys(("rate", "leave", "spend", "orders", "money"), 0.0)
    for g, of_segment in enumerate(share):
        for node, weight in zip(nodes, weights, strict=True):
            own = sigma * node + experience.points + points
            often = rate["orders"][g] * np.exp(loyalty.rate * own - (loyalty.rate * sigma) ** 2 / 2)
            worth = rate["order_value"][g] * np.exp(loyalty.spend * own - (loyalty.spend * sigma) ** 2 / 2)
            leave = expit(logit(rate["leave"][g]) + loyalty.leave * own)
            orders = 1 + _further(often, leave)
            for name, value in (
                ("rate", often),
                ("leave", leave),
                ("spend", worth),
                ("orders", orders),
                ("money", orders * worth * business.margin),
            ):
                made[name] += of_segment * weight * value
    return {name: float(value) for name, value in made.items()}


def _further(often: float, leave: float) -> float:
    """Expected orders in the year after the first."""
    concentration = _LEAVE_CONCENTRATION
    nodes, weights = roots_jacobi(_LEAVE_NODES, concentration * (1 - leave) - 1, concentration * leave - 1)
    p = np.maximum((1 + nodes) / 2, 1e-12)
    further = (1 - p) / p * -np.expm1(-_RATE_SHAPE * np.log1p(often * p / _RATE_SHAPE))
    return float(weights @ further / weights.sum())
