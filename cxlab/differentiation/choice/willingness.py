"""What people would pay for each attribute: a distribution over people, never one number for all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.hierarchical import PartWorths
from cxlab.differentiation.choice.market import HYPOTHETICAL, say_amount
from cxlab.differentiation.choice.products import shown, unpriced
from cxlab.differentiation.choice.worths import hardly_apart, more_of
from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, share

#: share of people who may be beyond the prices shown, or like a higher price, before it is said
_FEW = 0.1
#: points of a picture's distribution
_DRAWN = 2000


def willingness_to_pay(
    fitted: PartWorths, *, columns: Sequence[str] = (), above: float | None = None, level: float = 0.9,
    currency: str = "", unit: str = "", stated: bool = True, draws: int = 500, rng: np.random.Generator | int = 0,
) -> Finding:  # fmt: skip
    """What people would pay to have each attribute rather than not, person by person.

    Parameters
    ----------
    fitted : of `fit_part_worths`, with a price
    columns : of the design, by default all but the price and constants
    above : amount of money; the share of people who would pay more is told. By default a tenth of the middle price
    level : coverage of the intervals
    currency, unit : of the price, by default the currency of the data
    stated : whether choices were made in a survey
    draws : at most so many are used

    Returns
    -------
    Finding "differentiation.willingness", a row a column of the design, the highest median first: attribute, median,
        median_low, median_high (money for one unit more: what half of all people would pay or more), tenth,
        ninetieth (money: one in ten would pay less, and one in ten more), share_positive, above, share_above,
        share_above_low, share_above_high

    Raises
    ------
    DataError : there is no price. ParameterError : an unknown column.

    Notes
    -----
    −(part-worth) / (part-worth of the price) in every draw of every person; quantiles over people in each draw, people
    weighted by a Bayesian bootstrap. The ratio of two means would be another number, that of nobody. Who would not mind
    a higher price in a draw would pay anything: infinite, with the sign of the part-worth.
    """
    choices = fitted.choices
    if not choices.price:
        raise DataError("no attribute is the price: nothing can be told in money.", expected="choices with a price",
                        mend='read_choices(…, price="…")')  # fmt: skip
    hidden = unpriced(choices)
    columns = list(columns) or [
        c for a, own in choices.attributes.items() for c in own
        if a not in (choices.price, "none", "alternative", *hidden)
    ]  # fmt: skip
    for name in columns:
        if name not in choices.columns or name == choices.price:
            raise unknown("column", name, [c for c in choices.columns if c != choices.price])
    if not columns:
        raise DataError("nothing but the price was varied.", expected="attributes beside the price")
    prices = shown(choices, choices.price)
    above = float(np.median(prices)) / 10 if above is None else float(above)
    taken = np.unique(np.linspace(0, len(fitted.individual) - 1, min(draws, len(fitted.individual))).astype(int))
    pay = _ratios(fitted.individual[taken], choices.columns.index(choices.price),
                  [choices.columns.index(c) for c in columns])  # fmt: skip
    heavy = np.random.default_rng(rng).dirichlet(np.ones(pay.shape[1]), len(pay))
    tenth, middle, ninetieth = (_weighted_quantile(pay, heavy, p) for p in (0.1, 0.5, 0.9))
    over, positive = (np.einsum("dr,drk->dk", heavy, pay > x) for x in (above, 0.0))
    with np.errstate(invalid="ignore"):
        half, some = spread(middle, level), spread(over, level)
    low, median, high = _ends(middle, level)
    table = pd.DataFrame({
        "attribute": [c.replace("_", " ") for c in columns], "median": median,
        "median_low": low, "median_high": high, "tenth": _ends(tenth, level)[1],
        "ninetieth": _ends(ninetieth, level)[1], "share_positive": positive.mean(0), "above": above,
        "share_above": some.mean, "share_above_low": some.quantiles[0], "share_above_high": some.quantiles[1],
    })  # fmt: skip
    error = pd.DataFrame({
        "median": half.mean_error, "median_low": half.quantile_error[0], "median_high": half.quantile_error[1],
        "share_above": some.mean_error, "share_above_low": some.quantile_error[0],
        "share_above_high": some.quantile_error[1],
    })  # fmt: skip
    order = table.sort_values("median", ascending=False).index
    names = [more_of(choices, columns[i]) for i in order]
    table, error = table.loc[order].reset_index(drop=True), error.loc[order].reset_index(drop=True)
    currency = currency or choices.currency

    def say(amount: float) -> str:
        return say_amount(amount, unit=unit, currency=currency)

    what = names[0]
    top, people = table.iloc[0], f"{count(choices.n_respondents)} respondents"
    ends = interval(say(top.median_low), say(top.median_high), level=level)
    differ = bool((np.ptp(fitted.individual[0], axis=0) > 0).any()) or choices.n_respondents == 1
    apart = float(prices[-1] - prices[0])
    beyond = float((np.abs(pay) > apart).mean(axis=(0, 1)).max())
    rest = [f"{name} {say(row.median)} ({say(row.median_low)} to {say(row.median_high)})"
            for name, row in zip(names[1:], table.iloc[1:].itertuples(), strict=True)]  # fmt: skip
    shown_people = pay.reshape(-1, len(columns))[:: max(1, pay[:, :, 0].size // _DRAWN), order]
    return Finding(
        name="differentiation.willingness",
        title=fitted.untold or (
            f"Half of {people} or more would pay nothing for any of these" if top["median"] <= 0
            else f"Whether half of {people} would pay anything for {what} cannot be told"
            if top.median_low <= 0
            else f"What half of {people} would pay for {what} has no end" if np.isinf(top["median"])
            else f"Half of {people} would pay {say(top['median'])} or more for {what}"
        ),
        text=" ".join(filter(None, [
            f"Half of {people} would pay {say(top['median'])} or more for "
            f"{what} {ends}, one in ten less than {say(top.tenth)}, one in ten more than "
            f"{say(top.ninetieth)}; "
            f"{share(top.share_above)} "
            f"{interval(share(top.share_above_low), share(top.share_above_high), level=level)} more than {say(above)}.",
            f"The medians of the rest: {', '.join(rest)}." if rest else "",
            f"{' and '.join(h.replace('_', ' ') for h in hidden)} were shown without a price only: what they are worth "
            "in money is not told." if hidden else "",
            hardly_apart(choices), *[HYPOTHETICAL] * stated, *["These choices are simulated."] * choices.simulated,
        ])),
        table=table,
        units=dict.fromkeys(["median", "median_low", "median_high", "tenth", "ninetieth", "above"], unit or "money")
        | dict.fromkeys(["share_positive", "share_above", "share_above_low", "share_above_high"], "share"),
        checks=(
            *fitted.checks,
            Check("people told apart", differ, "yes" if differ else "no", "yes",
                  "One choice each tells what they like on average, not how they differ: this is no distribution."),
            *fitted.money_checks(),
            Check("people who would pay more than the prices shown lie apart", beyond <= _FEW, share(beyond),
                  f"≤ {share(_FEW)}", "Their amounts are guesses beyond what was asked: show a wider range of prices."),
        ),
        monte_carlo_error=error,
        # an end without end is drawn as far as amounts are; a median without end is nowhere
        draw=(lambda ax: _draw(ax, table.replace({np.inf: 2 * apart, -np.inf: -2 * apart}), shown_people, unit=unit,
                               currency=currency, within=apart))
        if np.isfinite(table["median"]).all() else None,
        caption=f"{', '.join(filter(None, [choices.said, choices.period, choices.source, fitted.method]))}; "
        f"part-worth ÷ price in each of {count(len(pay))} draws of every respondent; {level * 100:g} % intervals of "
        "the median.",
        keys=() if fitted.untold else (
            Key(say(top["median"]), f"is what half of {people} would pay or more for {what} {ends}"),
        ),
        currency=currency,
    )  # fmt: skip


def _ratios(individual: np.ndarray, price: int, columns: list[int]) -> np.ndarray:
    """Money for one unit of each column, shape (draw, respondent, column); infinite where the price is liked."""
    slope = individual[:, :, [price]]
    worth = individual[:, :, columns]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        unbounded = np.where(worth == 0, 0.0, np.sign(worth) * np.inf)
        return np.where(slope < 0, -worth / slope, unbounded)


def _ends(values: np.ndarray, level: float) -> np.ndarray:
    """Low end, median and high end over draws, shape (3, column); between numbers and no end there is no middle."""
    at = [(1 - level) / 2, 0.5, (1 + level) / 2]
    if np.isfinite(values).all():
        found = spread(values, level)
        return np.stack([found.quantiles[0], np.median(values, axis=0), found.quantiles[1]])
    return np.quantile(values, at, axis=0, method="inverted_cdf")


def _weighted_quantile(values: np.ndarray, weights: np.ndarray, p: float) -> np.ndarray:
    """Quantile over people in each draw, shape (draw, column); infinite values have their place at the ends."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    heavy = np.cumsum(np.take_along_axis(np.broadcast_to(weights[:, :, None], values.shape), order, axis=1), axis=1)
    at = np.minimum((heavy < p).sum(axis=1), values.shape[1] - 1)
    return np.take_along_axis(ordered, at[:, None, :], axis=1)[:, 0]


def _draw(ax, table: pd.DataFrame, people: np.ndarray, **how):
    from cxlab.differentiation.charts.market import draw_willingness

    return draw_willingness(ax, table, people, **how)
