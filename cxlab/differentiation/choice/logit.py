"""What an attribute is worth on average: the multinomial logit by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import t as student

from cxlab.differentiation.choice.checking import within
from cxlab.differentiation.choice.tasks import Choices
from cxlab.experience.drivers.ratings import spoken
from cxlab.finding import Check, Finding, Key
from cxlab.wording import interval, number, share

#: respondents from which errors are counted by respondent
_CLUSTERS = 20
#: part-worths, in logits for the spread of the column within tasks, from which choices are as good as decided
_DECIDED = 10.0


@dataclass(frozen=True)
class Logit:
    """A multinomial logit at its most likely coefficients.

    Parameters
    ----------
    choices : what it was fitted to
    coefficients : shape (columns,)
    covariance : of the coefficients, by the curvature of the likelihood
    robust : of the coefficients, counted by respondent (sandwich); None with fewer than twenty respondents
    log_likelihood, null_log_likelihood : at the coefficients, and with all alternatives alike
    converged, separated : whether a maximum was found, and columns that decide choices without exception
    different_tastes : probability of the data if everybody had the same coefficients (McFadden & Train's test)
    """

    choices: Choices = field(repr=False)
    coefficients: np.ndarray
    covariance: np.ndarray = field(repr=False)
    robust: np.ndarray | None = field(repr=False)
    log_likelihood: float
    null_log_likelihood: float
    converged: bool
    separated: tuple[str, ...]
    different_tastes: float

    @property
    def mcfadden(self) -> float:
        """McFadden's R²: share of the null log-likelihood that is gained."""
        return 1 - self.log_likelihood / self.null_log_likelihood

    @property
    def errors(self) -> np.ndarray:
        """Standard errors: by respondent where there are enough."""
        return np.sqrt(np.diag(self.covariance if self.robust is None else self.robust))

    def probabilities(self, choices: Choices) -> np.ndarray:
        """Probability of every row of `choices` within its task."""
        return probabilities(choices.design @ self.coefficients, choices)


def probabilities(utility: np.ndarray, choices: Choices) -> np.ndarray:
    """Shares within tasks of utilities, shape (rows,) or (…, rows)."""
    top = np.maximum.reduceat(utility, choices.starts, axis=-1)
    weight = np.exp(utility - np.repeat(top, choices.sizes, axis=-1))
    return weight / np.repeat(np.add.reduceat(weight, choices.starts, axis=-1), choices.sizes, axis=-1)


def fit_logit(choices: Choices, *, rounds: int = 100) -> Logit:
    """Coefficients by Newton's method with exact curvature; columns are scaled for the time of the search.

    >>> asked = pd.DataFrame({"respondent_id": range(8), "task": 1}).loc[np.repeat(range(8), 2)]
    >>> asked = asked.assign(alternative=["a", "b"] * 8, price=[1, 2] * 8, chosen=[1, 0] * 6 + [0, 1] * 2)
    >>> from cxlab.differentiation.choice.tasks import read_choices
    >>> fitted = fit_logit(read_choices(asked, price="price"))
    >>> fitted.coefficients.round(4).tolist(), np.log(1 / 3).round(4).item()
    ([-1.0986], -1.0986)
    """
    scale = np.sqrt(np.square(within(choices.design, choices.starts)).mean(0))
    x = choices.design / scale
    beta = np.zeros(x.shape[1])
    value, slope, curvature, share_of = _at(beta, x, choices)
    converged = False
    for _ in range(rounds):
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        if step @ slope < 1e-10:
            converged = True
            break
        size = 1.0
        while size > 1e-6:
            new = _at(beta + size * step, x, choices)
            if new[0] >= value:
                break
            size /= 2
        beta = beta + size * step
        value, slope, curvature, share_of = new
        if np.abs(beta).max() > 5 * _DECIDED:
            break
    decided = np.abs(beta) > _DECIDED
    covariance = np.linalg.pinv(curvature, hermitian=True)
    scores = np.add.reduceat(_residual(share_of, choices)[:, None] * x, choices.starts, axis=0)
    people = choices.n_respondents
    robust = None
    if people >= _CLUSTERS:
        own = np.zeros((people, x.shape[1]))
        np.add.at(own, choices.respondent, scores)
        robust = covariance @ (own.T @ own) @ covariance * people / (people - 1)
    both = np.outer(scale, scale)
    return Logit(
        choices=choices, coefficients=beta / scale, covariance=covariance / both,
        robust=None if robust is None else robust / both, log_likelihood=float(value),
        null_log_likelihood=-float(np.log(choices.sizes).sum()), converged=converged,
        separated=tuple(c for c, d in zip(choices.columns, decided, strict=True) if d),
        different_tastes=_different_tastes(x, share_of, curvature, choices),
    )  # fmt: skip


def _residual(share_of: np.ndarray, choices: Choices) -> np.ndarray:
    left = -share_of
    left[choices.chosen] += 1
    return left


def _at(beta: np.ndarray, x: np.ndarray, choices: Choices):
    """Log-likelihood, slope, information and shares at coefficients."""
    share_of = probabilities(x @ beta, choices)
    with np.errstate(divide="ignore"):
        value = np.log(share_of[choices.chosen]).sum()
    centred = _centred(x, share_of, choices)
    return value, x.T @ _residual(share_of, choices), centred.T @ (centred * share_of[:, None]), share_of


def _centred(x: np.ndarray, share_of: np.ndarray, choices: Choices) -> np.ndarray:
    mean = np.add.reduceat(x * share_of[:, None], choices.starts, axis=0)
    return x - np.repeat(mean, choices.sizes, axis=0)


def _different_tastes(x: np.ndarray, share_of: np.ndarray, curvature: np.ndarray, choices: Choices) -> float:
    """p value of the score test that no coefficient varies: artificial variables (x − x̄)²/2 (McFadden & Train 2000)."""
    made = np.square(_centred(x, share_of, choices)) / 2
    own, other = _centred(x, share_of, choices), _centred(made, share_of, choices)
    weighted = other * share_of[:, None]
    cross = weighted.T @ own
    inner = weighted.T @ other - cross @ np.linalg.lstsq(curvature, cross.T, rcond=None)[0]
    size = np.sqrt(np.maximum(np.diag(weighted.T @ other), 1e-300))
    values, vectors = np.linalg.eigh(inner / np.outer(size, size))
    kept = values > 1e-8
    score = vectors[:, kept].T @ ((made.T @ _residual(share_of, choices)) / size)
    return float(chi2.sf((np.square(score) / values[kept]).sum(), kept.sum())) if kept.any() else 1.0


def multinomial_logit(choices: Choices | Logit, *, level: float = 0.9) -> Finding:
    """What each attribute adds to utility on average, and what it is worth in money.

    Parameters
    ----------
    choices : read tasks, or a fitted logit
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.logit", a row a column: attribute, column, value, low, high (logits for one unit),
        standard_error (by the curvature), robust_error (by respondent; empty with fewer than twenty), p_value; with a
        price also worth, worth_low, worth_high (money for one more unit, all else alike; Fieller's interval, which is
        without end where the price itself is not known to matter)

    Notes
    -----
    McFadden (1974). Everybody has the same coefficients, so any offer takes from all others in proportion to their
    shares (independence of irrelevant alternatives).
    """
    fitted = choices if isinstance(choices, Logit) else fit_logit(choices)
    asked = fitted.choices
    people = asked.n_respondents
    reach = student.ppf((1 + level) / 2, max(people - 1, 1)) if fitted.robust is not None else _normal(level)
    errors = fitted.errors
    table = pd.DataFrame(
        {"attribute": [a for a, columns in asked.attributes.items() for _ in columns], "column": asked.columns,
         "value": fitted.coefficients, "low": fitted.coefficients - reach * errors,
         "high": fitted.coefficients + reach * errors, "standard_error": np.sqrt(np.diag(fitted.covariance)),
         "robust_error": np.nan if fitted.robust is None else errors,
         "p_value": 2 * student.sf(np.abs(fitted.coefficients / errors), max(people - 1, 1))}
    )  # fmt: skip
    units = {"p_value": "share"}
    if asked.price:
        units |= dict.fromkeys(["worth", "worth_low", "worth_high"], "money")
        table[["worth", "worth_low", "worth_high"]] = _worth(fitted, reach)
    gain = share(fitted.mcfadden)
    return Finding(
        name="differentiation.logit",
        title=_title(table, asked),
        text=_text(fitted, table, level),
        table=table,
        units=units,
        checks=(
            Check("search for the most likely coefficients", fitted.converged,
                  "done" if fitted.converged else "not done", "done"),
            Check("columns that decide choices without exception", not fitted.separated,
                  ", ".join(fitted.separated) or "none", "none",
                  "Their coefficients have no end: merge levels, or ask about offers that are closer."),
            Check("choices a column", asked.n_tasks >= 10 * len(asked.columns), asked.n_tasks / len(asked.columns),
                  "≥ 10", "Ask more, or about fewer attributes."),
        ),
        draw=lambda ax: _draw(ax, table, asked, level),
        caption=f"n = {asked.said}{', ' * bool(asked.period)}{asked.period}; multinomial logit, log-likelihood "
        f"{number(fitted.log_likelihood, digits=6)} (null {number(fitted.null_log_likelihood, digits=6)}), McFadden's "
        f"R² {gain}; {level * 100:g} % intervals"
        + (" by respondent." if fitted.robust is not None else ".")
        + (f" Source: {asked.source}." if asked.source else "") + " Simulated." * asked.simulated,
        keys=(Key(gain, f"of the log-likelihood is gained over choosing at random (n = {asked.said})"),),
        currency=asked.currency,
    )  # fmt: skip


def _normal(level: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + level) / 2))


def _worth(fitted: Logit, reach: float) -> np.ndarray:
    """−β / β_price with Fieller's interval, shape (columns, 3); NaN for the price itself."""
    asked = fitted.choices
    j = asked.columns.index(asked.price)
    covariance = fitted.covariance if fitted.robust is None else fitted.robust
    price, spread = -fitted.coefficients[j], covariance[j, j]
    out = np.full((len(asked.columns), 3), np.nan)
    for i, b in enumerate(fitted.coefficients):
        if i == j:
            continue
        a = price**2 - reach**2 * spread
        half = b * price + reach**2 * covariance[i, j]
        root = half**2 - a * (b**2 - reach**2 * covariance[i, i])
        out[i] = b / price, -np.inf, np.inf
        if a > 0 and root >= 0:
            out[i, 1:] = (half - np.sqrt(root)) / a, (half + np.sqrt(root)) / a
    return out


def _title(table: pd.DataFrame, asked: Choices) -> str:
    if not asked.price:
        top = table.loc[(table["value"] / table["standard_error"]).abs().idxmax()]
        return f"{spoken(top['column'])} speaks most clearly in what people choose"
    if table.set_index("column").loc[asked.price, "high"] >= 0:
        return "A higher price is not known to put anybody off, so nothing can be told in money"
    rest = table[table["column"] != asked.price]
    known = rest[(rest["low"] > 0) | (rest["high"] < 0)]
    return (f"{len(known)} of {len(rest)} attributes are known to move choices beside the price" if len(known)
            else "Only the price is known to move choices")  # fmt: skip


def _text(fitted: Logit, table: pd.DataFrame, level: float) -> str:
    from cxlab.wording import money

    asked = fitted.choices
    said = [f"From {asked.said}{', ' * bool(asked.period)}{asked.period}"
            f"{' (simulated)' * asked.simulated}: {share(fitted.mcfadden)} of the log-likelihood is gained over "
            "choosing at random."]  # fmt: skip
    if asked.price:
        for row in table[table["column"] != asked.price].itertuples():
            if np.isfinite(row.worth_low) and (row.low > 0 or row.high < 0):
                ends = interval(
                    money(row.worth_low, asked.currency), money(row.worth_high, asked.currency), level=level
                )
                said.append(f"{spoken(row.column)} is worth {money(row.worth, asked.currency)} {ends} on average.")
    if fitted.different_tastes < 0.05:
        said.append("Tastes differ between people, which one average cannot show: where two offers are alike, they "
                    "take from each other more than this says.")  # fmt: skip
    return " ".join(said)


def _draw(ax, table: pd.DataFrame, asked: Choices, level: float):
    from cxlab.differentiation.charts.choice import draw_coefficients

    return draw_coefficients(ax, table, price=asked.price, currency=asked.currency)
