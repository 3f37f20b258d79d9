"""What goes up with one point of a score: slopes of ratios of sums, with customers as the unit.

Every outcome is the mean of y for each unit of d (returned for each answer, purchases for each who returned, money for
each purchase), and its mean depends on score and controls through a link function. That needs sums of y and d over
answers alike in score and controls only, and says nothing about how outcomes scatter: the spread comes from customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.experience.money.behaviour import MONTH
from cxlab.experience.money.link import Link

#: the parts of money, as (name, y, d, family): their product is the mean money after an answer
PARTS = {
    "purchases": (
        ("coming back", "returned", "n", "logit"),
        ("how often", "purchases", "returned", "log"),
        ("basket", "money", "purchases", "log"),
    ),
    "contracts": (("staying", "purchases", "n", "logit"), ("price", "money", "purchases", "log")),
}
#: standard deviations of the prior of standardised slopes, on the scale of the link (Gelman et al. 2008, Annals of
#: Applied Statistics 2(4), use 2.5 for logistic regression), and of intercept and score, which it must not move
_PRIOR, _WIDE = 2.5, 50.0
_STEPS, _CLOSE = 200, 1e-7


@dataclass(frozen=True)
class Fitted:
    """A fitted ratio: μ = g⁻¹(Xβ).

    Parameters
    ----------
    beta : shape (p,)
    mean : μ of each cell
    bent : dμ/dη divided by μ of each cell: 1 − μ for logit, 1 for log, 1/μ for identity
    gradient : shape (cells, p): what y − d·μ of one answer moves β by
    y, d : names of the sums
    per : d that an answer counts for, where d is "n"
    """

    beta: np.ndarray
    mean: np.ndarray
    bent: np.ndarray
    gradient: np.ndarray
    y: str
    d: str
    per: float = 1.0

    def influence(self, along: np.ndarray, column) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """What an answer contributes to along·β, see `Link.covariance`; `column` maps y and d to outcomes."""
        size = self.gradient @ along
        constant = np.zeros(len(size))
        factors = {column(self.y): size}
        if self.d == "n":
            constant = -size * self.mean * self.per
        else:
            factors[column(self.d)] = -size * self.mean
        return constant, factors


def fit_ratio(
    design: np.ndarray,
    y: np.ndarray,
    d: np.ndarray,
    each: np.ndarray,
    *,
    family: str,
    names=("y", "d"),
    per: float = 1.0,
) -> Fitted:
    """Slopes of E[y] = d·g⁻¹(Xβ) from sums over cells, by Newton's method.

    Parameters
    ----------
    design : shape (cells, p): ones, score, and standardised controls
    y, d, each : sums over the answers of each cell, and how many answers these are
    family : "logit", "log" or "identity"

    Raises
    ------
    ModelError : there is nothing to learn from, or it does not converge.

    >>> design = np.column_stack([np.ones(2), [0.0, 1.0]])
    >>> y, d = np.array([20.0, 60.0]), np.array([100.0, 100.0])
    >>> fit_ratio(design, y, d, np.ones(2), family="log").beta.round(2).tolist()
    [-1.61, 1.1]
    """
    if not (d.sum() > 0 and y.sum() > 0):
        raise ModelError(f"there are no {names[0]} to learn from.", expected="customers who did something afterwards")
    precision = np.full(design.shape[1], _PRIOR**-2)
    precision[:2] = _WIDE**-2
    beta = np.zeros(design.shape[1])
    start = y.sum() / d.sum()
    if family == "logit":
        start = np.clip(start, 1e-4, 1 - 1e-4)
    beta[0] = {"logit": lambda m: np.log(m / (1 - m)), "log": np.log, "identity": float}[family](start)
    # the prior is of a count of answers as they vary: outcomes in money are scaled to it
    scale = start if family == "log" else 1.0
    precision[0] = 0.0

    def height(at: np.ndarray) -> float:
        eta = design @ at
        inner = {"logit": lambda: np.logaddexp(0, eta), "log": lambda: np.exp(np.minimum(eta, 30)),
                 "identity": lambda: eta**2 / 2}[family]()  # fmt: skip
        return float((y * eta - d * inner).sum() / scale - precision @ at**2 / 2)

    best = height(beta)
    for _step in range(_STEPS):
        mean, slope = _inverse(design @ beta, family)
        bend = (design * (d * slope / scale)[:, None]).T @ design + np.diag(precision)
        move = np.linalg.solve(bend, design.T @ (y - d * mean) / scale - precision * beta)
        reached = height(beta + move)
        while not reached >= best - 1e-9 * abs(best) and np.abs(move).max() > _CLOSE:
            move = move / 2
            reached = height(beta + move)
        beta, best = beta + move, max(reached, best)
        if np.abs(move).max() < _CLOSE:
            break
    else:
        raise ModelError(f"slopes of {names[0]} do not settle.", expected="more answers, or scores that differ more")
    mean, slope = _inverse(design @ beta, family)
    gradient = np.linalg.solve(bend, design.T / scale).T
    # an answer pulls the fit towards itself: by how much, on average in its cell (HC3, MacKinnon & White 1985)
    own = np.where(each > 0, d / np.maximum(each, 1), 0.0) * slope * (design * gradient).sum(1)
    gradient = gradient / (1 - np.clip(own, 0.0, 0.9))[:, None]
    return Fitted(beta, mean, slope / mean, gradient, *names, per)


def _inverse(eta: np.ndarray, family: str) -> tuple[np.ndarray, np.ndarray]:
    """g⁻¹ and its derivative."""
    if family == "logit":
        mean = 1 / (1 + np.exp(-np.clip(eta, -30, 30)))
        return mean, mean * (1 - mean)
    if family == "log":
        mean = np.exp(np.clip(eta, -30, 30))
        return mean, mean
    return eta, np.ones_like(eta)


def design(cells: pd.DataFrame, *, controls: bool, beside: bool = False) -> np.ndarray:
    """Ones, score (from its mean), the other score where asked, and controls: standardised, curved, none constant.

    >>> cells = pd.DataFrame({"score": [1.0, 3.0], "n": [1, 1]})
    >>> design(cells, controls=False).tolist()
    [[1.0, -1.0], [1.0, 1.0]]
    """
    weight = cells["n"].to_numpy(float) / cells["n"].sum()
    score = cells["score"].to_numpy(float)
    columns = [np.ones(len(cells)), score - weight @ score]
    if beside:
        other = cells["beside"].to_numpy(float)
        columns.append(other - weight @ other)
    names = sorted(cells["within"].unique()) if "within" in cells else []
    for name in names[1:]:
        columns.append((cells["within"] == name).to_numpy(float))
    if controls:
        for name in ("bought", "away", "paid", "known"):
            x = cells[name].to_numpy(float)
            missing = (x < 0).astype(float)
            filled = np.where(x < 0, 0.0, x)
            parts = [filled, filled**2, missing]
            if name in ("bought", "known"):
                parts.append((x == 0).astype(float))
            for part in parts:
                part = part - weight @ part
                spread = np.sqrt(weight @ part**2)
                if spread > 1e-6:
                    columns.append(part / spread)
    return np.column_stack(columns)


def freedom(link: Link) -> int:
    """Degrees of freedom of Student's t: customers, less what is estimated."""
    return max(link.customers - design(link.cells, controls=True).shape[1], 3)


@dataclass(frozen=True)
class Worth:
    """Mean money after an answer and what a point more would change in it, part by part.

    Parameters
    ----------
    parts : names
    each : money for a point, through each part
    slopes : slope of each part on the scale of its link (log odds, logarithm)
    mean : mean money after an answer
    influence : of each of `each`, and then of `mean`, see `Link.covariance`
    """

    parts: Sequence[str]
    each: np.ndarray
    slopes: np.ndarray
    mean: float
    influence: Sequence[tuple[np.ndarray, Mapping[str, np.ndarray]]]


def worth_of_score(link: Link, *, controls: bool, money: str = "spend", beside: bool = False) -> Worth:
    """What a point of score goes with, as mean derivative over all answers (average marginal effect), part by part.

    The parts add up to the whole: of V = Π μ, ∂V/∂score = Σ V·β·(bend of the link).
    """
    cells, x = link.cells, design(link.cells, controls=controls, beside=beside)
    n = cells["n"].to_numpy(float)
    share = n / n.sum()
    outcome = {"money": money}
    # nobody can be under contract for longer than the window, in months
    per = link.window / MONTH if link.behaviour == "contracts" else 1.0
    sums = {
        name: cells[outcome.get(name, name)].to_numpy(float) for part in PARTS[link.behaviour] for name in part[1:3]
    }
    sums["n"] = n * per
    parts = [
        fit_ratio(x, sums[y], sums[d], n, family=family, names=(y, d), per=per)
        for _name, y, d, family in PARTS[link.behaviour]
    ]
    value = per * np.prod([f.mean for f in parts], axis=0)
    slopes = np.array([f.beta[1] for f in parts])
    local = np.array([value * f.beta[1] * f.bent for f in parts])  # of each cell, through each part
    each = local @ share
    score = np.eye(x.shape[1])[1]
    influence = []
    for j in range(len(parts) + 1):
        target = local[j] if j < len(parts) else value
        total_constant = (target - target @ share) / n.sum()
        total: dict[str, np.ndarray] = {}
        for i, f in enumerate(parts):
            # how β of part i moves the mean of `target`
            along = (share * target * f.bent) @ x
            if i == j:
                along = along + (share @ (value * f.bent)) * score
                if PARTS[link.behaviour][i][3] == "logit":
                    along = along - (share * value * f.beta[1] * f.mean * (1 - f.mean)) @ x
            constant, factors = f.influence(along, lambda name: outcome.get(name, name))
            total_constant = total_constant + constant
            for name, factor in factors.items():
                total[name] = total.get(name, 0.0) + factor
        influence.append((total_constant, total))
    return Worth([p[0] for p in PARTS[link.behaviour]], each, slopes, float(value @ share), influence)


def own_past(link: Link) -> tuple[Fitted, float, tuple[np.ndarray, Mapping[str, np.ndarray]]] | None:
    """Change of a customer's money against their own before, for a point of score; None where nobody's past is known.

    Of all that a customer spent before and after, the share that came after depends on score and days away. How much a
    customer buys at all drops out, so that heavy buyers being happier makes no slope.

    Returns
    -------
    fitted : slope 1 is that of the logarithm of money after over before
    answers : of customers known for the whole time before
    influence : of that slope
    """
    cells = link.cells
    whole = cells["whole"].to_numpy(bool)
    spent = cells["spend"].to_numpy(float) + cells["before_spend"].to_numpy(float)
    if link.behaviour != "purchases" or not (spent[whole] > 0).any():
        return None
    known = cells[whole]
    plain = design(known.assign(bought=1, paid=1, known=1), controls=True)
    try:
        fitted = fit_ratio(plain, known["spend"].to_numpy(float), spent[whole],
                           known["n"].to_numpy(float), family="logit", names=("y", "d"))  # fmt: skip
    except (ModelError, np.linalg.LinAlgError):
        return None
    size = np.zeros(len(cells))
    size[whole] = fitted.gradient[:, 1]
    mean = np.zeros(len(cells))
    mean[whole] = fitted.mean
    influence = (np.zeros(len(cells)), {"spend": size * (1 - mean), "before_spend": -size * mean})
    return fitted, float(known["n"].sum()), influence
