"""What customers did after they answered, by the score they gave, and who never answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _
from scipy.special import expit, logit
from scipy.stats import t

from cxlab.errors import ModelError, ParameterError, unknown
from cxlab.experience.money.link import Link
from cxlab.experience.money.slopes import design, fit_ratio, freedom, worth_of_score
from cxlab.experience.money.trend_pooling import Pooled, pool_on_line
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, money, number, quantity, share

#: customers below which a score is marked as resting on few, and customers that the common spread counts for
FEW, _PRIOR = 10, 4.0
#: column: (what it is called, unit)
_NAMES = {
    "purchases": {"returned": ("Share that came back", "share"), "purchases": ("Purchases", ""),
                  "spend": ("Spend", "money"), "margin": ("Margin", "money")},
    "contracts": {"returned": ("Share that stayed", "share"), "purchases": ("Months under contract", ""),
                  "spend": ("Fees", "money")},
}  # fmt: skip


def by_score(link: Link, *, picture: str = "returned", level: float = 0.9) -> Finding:
    """Who came back, how often and with how much money, by score.

    Parameters
    ----------
    link : answers joined to behaviour
    picture : which number is drawn: "returned", "purchases", "spend" or "margin"
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.by_score", a row a score: score, answers, customers, few (fewer than 10 customers), and of
    returned (share), purchases, spend and margin (where there is one; each an answer and window): the pooled estimate,
    _low, _high, _seen (as it was), _trend (the line it leans towards). Of contracts purchases are months.

    Raises
    ------
    ParameterError : an unknown picture.

    Notes
    -----
    Customers are the unit: answers of one customer count together. Estimates lean towards a straight line through all
    scores, on the scale of log odds (shares) or logarithms, the more the less is known of them; see
    `cxlab.experience.money.trend_pooling`. Whether there is a slope is told from all answers at once, with customers as
    the unit; for money it is the test of `value_of_a_point` as it stands, so that both say the same. Nothing is
    adjusted here: see `value_of_a_point` for what was there before.
    """
    names = {k: v for k, v in _NAMES[link.behaviour].items() if k != "margin" or link.margin}
    if picture not in names:
        raise unknown("picture", picture, names)
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
    sums = _sums(link, list(names))
    table = pd.DataFrame({"score": sums["score"], "answers": sums["n"].astype(int),
                          "customers": sums["customers"].astype(int), "few": sums["customers"] < FEW})  # fmt: skip
    slopes: dict[str, Slope] = {}
    for name in names:
        estimate, variance, back = _share(sums, name) if name == "returned" else _mean(sums, name)
        pooled = pool_on_line(sums["score"], estimate, variance)
        slopes[name] = _slope(link, name, pooled, level)
        table[name] = back(pooled.quantile(0.5))
        table[f"{name}_low"] = back(pooled.quantile((1 - level) / 2))
        table[f"{name}_high"] = back(pooled.quantile((1 + level) / 2))
        table[f"{name}_seen"] = sums[name] / sums["n"]
        table[f"{name}_trend"] = back(pooled.line)
    label, unit = names[picture]
    ends = ("", "_low", "_high", "_seen", "_trend")
    units = {n + e: u for n, (_label, u) in names.items() for e in ends if u}
    few = int(table["few"].sum())
    return Finding(
        "experience.by_score",
        _title(table, slopes[picture], picture, names, link),
        _text(table, slopes, names, link, level),
        table,
        units=units | {"answers": "count", "customers": "count"},
        checks=(*link.checks, Check("scores given by 10 customers or more", few <= len(table) / 2,
                                    share(1 - few / len(table)), "≥ 50 %", "Most estimates lean on the line.")),
        currency=link.currency,
        draw=lambda ax: _draw(ax, table, picture, f"{label} within {link.window} days", unit, link),
        caption=f"n = {count(link.n)} answers of {count(link.customers)} customers, {link.period}; {label.lower()} in "
        f"the {link.window} days after an answer; {level * 100:g} % intervals with customers as the unit, pooled "
        "towards a line (dashed); seen: before pooling.",
        keys=_keys(table, picture, label, unit, link, level),
    )  # fmt: skip


def _sums(link: Link, names: list[str]) -> pd.DataFrame:
    """By score: sums over customers of answers and outcomes, their squares and products."""
    own = link.rows.group_by("customer_id", "score").agg(n=_.count().cast("float64"), **{c: _[c].sum() for c in names})
    sums = {"customers": _.count(), "nn": (_.n * _.n).sum(), "n": _.n.sum()}
    for c in names:
        sums |= {f"{c}_squares": (_[c] * _[c]).sum(), f"{c}_products": (_[c] * _.n).sum(), c: _[c].sum()}
    return own.group_by("score").agg(**sums).order_by("score").to_pandas()


def _between(sums: pd.DataFrame, name: str, mean: np.ndarray) -> np.ndarray:
    """Variance between customers, of an answer, by the residuals of their sums."""
    squares = sums[f"{name}_squares"] - 2 * mean * sums[f"{name}_products"] + mean**2 * sums["nn"]
    k = sums["customers"].to_numpy(float)
    return np.maximum(squares.to_numpy(float), 0) / sums["nn"].to_numpy(float) * k / np.maximum(k - 1, 1)


def _effective(sums: pd.DataFrame) -> np.ndarray:
    return (sums["n"] ** 2 / sums["nn"]).to_numpy(float)


def _share(sums: pd.DataFrame, name: str):
    """Log odds of each score; several answers of a customer count as the one they are worth."""
    n, hits = sums["n"].to_numpy(float), sums[name].to_numpy(float)
    p = (hits + 0.5) / (n + 1)
    common = np.clip(hits.sum() / n.sum(), 1e-3, 1 - 1e-3)
    # how much more customers differ than independent answers would, over all scores
    several = _between(sums, name, hits / n) * sums["nn"] / n
    effect = max(float(several.sum() / (n * common * (1 - common)).sum()), 1.0) if n.sum() > len(n) else 1.0
    size = n / effect
    p = (p * size + 0.5 * common) / (size + 0.5)
    return logit(p), 1 / (size * p * (1 - p)), expit


def _mean(sums: pd.DataFrame, name: str):
    """Logarithm of the mean of each score, its spread leaning towards that of all; as it is where means reach zero."""
    n, total = sums["n"].to_numpy(float), sums[name].to_numpy(float)
    k, effective = sums["customers"].to_numpy(float), _effective(sums)
    all_together = total.sum() / n.sum()
    if not all_together > 0 or (total < 0).any():
        return _plain(sums, name)
    mean = (total + 0.5 * all_together) / (n + 0.5)
    relative = _between(sums, name, total / n) / mean**2
    common = float(((k - 1) * relative).sum() / max((k - 1).sum(), 1)) or 1.0
    spread = (_PRIOR * common + (k - 1) * relative) / (_PRIOR + k - 1)
    return np.log(mean), spread / effective, np.exp


def _plain(sums: pd.DataFrame, name: str):
    n, k = sums["n"].to_numpy(float), sums["customers"].to_numpy(float)
    mean, effective = sums[name].to_numpy(float) / n, _effective(sums)
    between = _between(sums, name, mean)
    common = float(((k - 1) * between).sum() / max((k - 1).sum(), 1)) or 1.0
    spread = (_PRIOR * common + (k - 1) * between) / (_PRIOR + k - 1)
    unit = np.sqrt(common)
    return mean / unit, spread / effective / common, lambda x: x * unit


@dataclass(frozen=True)
class Slope:
    """Ends of the interval of what goes with a point: money, or the logarithm of what it multiplies."""

    low: float
    high: float
    money: bool

    @property
    def shown(self) -> bool:
        return self.low > 0 or self.high < 0


def _slope(link: Link, name: str, pooled: Pooled, level: float) -> Slope:
    """What goes with a point, customers being the unit; where that cannot be fitted, the slope of the pooled line."""
    in_money = name in ("spend", "margin")
    try:
        if in_money:
            worth = worth_of_score(link, controls=False, money=name)
            value, influence = float(worth.each.sum()), worth.influence[:-1]
        else:
            x, n = design(link.cells, controls=False), link.cells["n"].to_numpy(float)
            fitted = fit_ratio(x, link.cells[name].to_numpy(float), n, n,
                               family="logit" if name == "returned" else "log", names=(name, "n"))  # fmt: skip
            value, influence = float(fitted.beta[1]), [fitted.influence(np.eye(x.shape[1])[1], str)]
    except (ModelError, np.linalg.LinAlgError):
        low, high = (pooled.slope_quantile(p) for p in ((1 - level) / 2, (1 + level) / 2))
        return Slope(low, high, False)
    reach = t.ppf((1 + level) / 2, freedom(link)) * float(np.sqrt(link.covariance(influence).sum()))
    return Slope(value - reach, value + reach, in_money)


def _title(table, slope: Slope, picture: str, names: dict, link: Link) -> str:
    label, unit = names[picture]
    if not slope.shown:
        return f"{label}: no difference by {link.question} is shown"
    solid = table[~table["few"]] if (~table["few"]).sum() >= 2 else table
    first, last = solid.iloc[0], solid.iloc[-1]
    lowest, highest = (quantity(r[picture], unit, link.currency) for r in (first, last))
    return (
        f"{label} {'rises' if slope.low > 0 else 'falls'} from {lowest} of those who gave {first['score']:g} to "
        f"{highest} of those who gave {last['score']:g}"
    )


def _text(table, slopes: dict[str, Slope], names: dict, link: Link, level: float) -> str:
    text = link.account
    solid = table[~table["few"]] if (~table["few"]).sum() >= 2 else table
    first, last = solid.iloc[0], solid.iloc[-1]
    for name, (label, unit) in names.items():

        def said(r, name=name, unit=unit):
            low, high = (quantity(r[name + e], unit, link.currency) for e in ("_low", "_high"))
            return f"{quantity(r[name], unit, link.currency)} {interval(low, high, level=level)}"

        slope = slopes[name]
        text += f" {label}: {said(first)} at {first['score']:g}, {said(last)} at {last['score']:g}"
        text += f"; {_with_a_point(slope, name, link, level)}."
    return text + (
        " This is what went together: whoever bought much before may have been happier before, which is not taken out "
        "here."
    )


def _with_a_point(slope: Slope, name: str, link: Link, level: float) -> str:
    """What goes with a point, or that nothing is seen to."""
    if not slope.shown:
        return "the line may as well be flat"
    if slope.money:
        low, high = (money(end, link.currency) for end in (slope.low, slope.high))
        return f"a point goes with {low} to {high} ({level * 100:g} % interval)"
    what = "the odds" if name == "returned" else "it"
    return f"a point multiplies {what} by {number(np.exp(slope.low))} to {number(np.exp(slope.high))}"


def _keys(table, picture: str, label: str, unit: str, link: Link, level: float) -> tuple[Key, ...]:
    best = table[~table["few"]].iloc[-1] if (~table["few"]).any() else table.iloc[-1]
    low, high = (quantity(best[picture + e], unit, link.currency) for e in ("_low", "_high"))
    return (Key(quantity(best[picture], unit, link.currency), f"{label.lower()} within {link.window} days at "
                f"{best['score']:g}, {level * 100:g} % {low} to {high} (n = {count(best['answers'])})"),)  # fmt: skip


def _draw(ax, table: pd.DataFrame, column: str, label: str, unit: str, link: Link):
    from cxlab.experience.charts.link import draw_by_score

    return draw_by_score(ax, table, column=column, label=label, unit=unit, currency=link.currency,
                         question=link.question)  # fmt: skip
