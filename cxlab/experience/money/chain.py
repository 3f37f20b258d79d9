"""From satisfaction to loyalty, from loyalty to behaviour, from behaviour to money: a posterior over every link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _
from scipy.special import ndtri

from cxlab.errors import CxlabError, ParameterError, unknown
from cxlab.experience.money.link import Link, link_behaviour
from cxlab.experience.money.slopes import design, fit_ratio
from cxlab.experience.money.value_of_a_point import YEAR
from cxlab.experience.scores.questions import chosen_question, questions
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, money, number

SATISFACTION, INTENTION, MONEY = "satisfaction", "intention", "money"
#: what behaviour is called, and one of it
BEHAVIOUR = {"purchases": ("purchases", "purchase"), "contracts": ("months", "month")}
MEASURED = "measured"
_ENDS = ("", "_low", "_high")


@dataclass(frozen=True)
class _Slope:
    """One link: its slope, what it is between, and how an answer moves it."""

    source: str
    target: str
    value: float
    unit: str
    influence: tuple[np.ndarray, Mapping[str, np.ndarray]]


def value_chain(
    source,
    *,
    satisfaction: str = "csat",
    intention: str | None = "nps",
    outcome: str = "",
    level: float = 0.9,
    draws: int = 4000,
    rng: np.random.Generator | int = 1,
    **options,
) -> Finding:
    """The chain from satisfaction to money as a graph with a posterior over every link.

    Parameters
    ----------
    source : as for `cxlab.experience.money.link.link_behaviour`
    satisfaction : question that says how it was, by its text or its kind
    intention : question that says what the customer means to do (recommend, come back); None or one that was not asked:
        the chain goes without
    outcome : "spend" or "margin"; by default margin where purchases carry one
    options : of `link_behaviour` (window, before, answers, within, …)

    Returns
    -------
    Finding "experience.value_chain", a row a link and then a row a path: kind ("link" or "path"), source, target, path
        (all that lies on it), value, low, high (in `unit`; paths: money a year for a point of satisfaction), unit,
        standardised, standardised_low, standardised_high (both ends in standard deviations; missing for paths), shown
        (the interval leaves out zero), status ("measured", or why it is not)

    Raises
    ------
    DataError, ModelError : satisfaction was not asked, or nobody did anything after an answer.

    Notes
    -----
    Links into behaviour and money hold the other score and what was before (see `value_of_a_point`) fixed: purchases by
    a log-linear model, as mean derivative over answers; money by purchases times the money of one. Intention is linear
    in satisfaction. Covariance with customers as the unit, as a normal posterior (Müller 2013, Risk of Bayesian
    inference in misspecified models, and the sandwich covariance matrix, Econometrica 81(5)); products along paths by
    draws from it. The chain is that of Heskett et al. (1994), Putting the service-profit chain to work, Harvard
    Business Review 72(2), customers' part.
    """
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
    tables = source if isinstance(source, Mapping) else source.tables
    if "surveys" not in tables:
        raise unknown("table", "surveys", tables)
    asked = questions(tables["surveys"])
    satisfaction, why = chosen_question(asked, satisfaction), ""
    try:
        intention = chosen_question(asked, intention) if intention else ""
    except CxlabError:
        intention, why = "", "not asked"
    if intention == satisfaction:
        intention, why = "", "the same question as satisfaction"
    link = link_behaviour(source, question=satisfaction, beside=intention, **options)
    outcome = outcome or ("margin" if link.margin else "spend")
    slopes = _slopes(link, bool(intention), outcome)
    covariance = link.covariance([s.influence for s in slopes])
    rng = np.random.default_rng(rng)
    drawn = rng.multivariate_normal([s.value for s in slopes], covariance, size=draws, method="svd")
    spreads = _spreads(link, outcome)
    year = YEAR / link.window
    table = pd.DataFrame(_link_rows(slopes, covariance, spreads, level))
    if not intention:
        table = pd.concat([table, pd.DataFrame(_absent(link, why or "not asked for"))], ignore_index=True)
    paths, errors = _paths(slopes, drawn, year, link, level)
    error = pd.concat([pd.DataFrame(0.0, index=range(len(table)), columns=list(errors)), errors], ignore_index=True)
    table = pd.concat([table, paths], ignore_index=True)
    table["shown"] = (table["low"] > 0) | (table["high"] < 0)
    return _finding(link, table, error, intention, outcome, level)


def _slopes(link: Link, intended: bool, outcome: str) -> list[_Slope]:
    """Every link that the data has."""
    cells = link.cells
    n = cells["n"].to_numpy(float)
    share = n / n.sum()
    many, one = BEHAVIOUR[link.behaviour]
    x = design(cells, controls=True, beside=intended)
    cash = link.currency or "money"
    found = []
    if intended:
        alone = design(cells, controls=True)
        y = cells["beside"].to_numpy(float)
        liked = fit_ratio(alone, y * n, n, n, family="identity", names=("intention", "n"))
        constant = liked.gradient[:, 1] * (y - liked.mean)
        found.append(_Slope(SATISFACTION, INTENTION, liked.beta[1], "points for a point", (constant, {})))
    bought, cost = cells["purchases"].to_numpy(float), cells[outcome].to_numpy(float)
    often = fit_ratio(x, bought, n, n, family="log", names=("purchases", "n"))
    basket = fit_ratio(x, cost, bought, n, family="log", names=(outcome, "purchases"))
    for fitted, target, weight, unit in (
        (often, many, share, f"{many} for a point"),
        (basket, MONEY, bought / n.sum(), f"{cash} for a point, {many} alike"),
    ):
        mean = float(weight @ fitted.mean)
        for column, name in enumerate([SATISFACTION, INTENTION][: 1 + intended], start=1):
            along = fitted.beta[column] * ((weight * fitted.mean) @ x) + mean * np.eye(x.shape[1])[column]
            constant, factors = fitted.influence(along, str)
            if fitted is often:
                constant = constant + fitted.beta[column] * (fitted.mean - mean) / n.sum()
            else:
                factors = dict(factors)
                factors["purchases"] = factors["purchases"] + fitted.beta[column] * fitted.mean / n.sum()
                constant = constant - fitted.beta[column] * mean / n.sum()
            found.append(_Slope(name, target, fitted.beta[column] * mean, unit, (constant, factors)))
    total = bought.sum()
    each = cost.sum() / total
    ones = np.ones(len(cells)) / total
    influence = (np.zeros(len(cells)), {outcome: ones, "purchases": -each * ones})
    found.append(_Slope(many, MONEY, each, f"{cash} for a {one}", influence))
    return found


def _spreads(link: Link, outcome: str) -> dict[str, float]:
    """Standard deviation of every node, over answers."""
    many = BEHAVIOUR[link.behaviour][0]
    columns = {SATISFACTION: "score", INTENTION: "beside", many: "purchases", MONEY: outcome}
    found = link.rows.agg(**{name: _[c].std(how="pop") for name, c in columns.items()}).to_pandas().iloc[0]
    return {name: float(found[name]) for name in columns}


def _link_rows(slopes: list[_Slope], covariance: np.ndarray, spreads: dict, level: float) -> list[dict]:
    reach = ndtri((1 + level) / 2)
    rows = []
    for s, error in zip(slopes, np.sqrt(np.diag(covariance)), strict=True):
        values = s.value, s.value - reach * error, s.value + reach * error
        scale = spreads[s.source] / spreads[s.target] if spreads[s.target] > 0 else np.nan
        rows.append(
            {"kind": "link", "source": s.source, "target": s.target, "path": f"{s.source} → {s.target}"}
            | dict(zip(("value", "low", "high"), values, strict=True)) | {"unit": s.unit}
            | {f"standardised{end}": v * scale for end, v in zip(_ENDS, values, strict=True)} | {"status": MEASURED}
        )  # fmt: skip
    return rows


def _absent(link: Link, why: str) -> list[dict]:
    """Rows of the links that intention would have."""
    many = BEHAVIOUR[link.behaviour][0]
    return [
        {"kind": "link", "source": a, "target": b, "path": f"{a} → {b}", "unit": "", "status": f"intention: {why}"}
        for a, b in ((SATISFACTION, INTENTION), (INTENTION, many))
    ]


def _paths(slopes: list[_Slope], drawn: np.ndarray, year: float, link: Link, level: float):
    """Money a year for a point of satisfaction along every path, and along all of them; with errors of drawing."""
    many = BEHAVIOUR[link.behaviour][0]
    own = {(s.source, s.target): (s.value, drawn[:, j]) for j, s in enumerate(slopes)}
    ways = [
        (SATISFACTION, INTENTION, many, MONEY), (SATISFACTION, many, MONEY), (SATISFACTION, INTENTION, MONEY),
        (SATISFACTION, MONEY),
    ]  # fmt: skip
    rows, errors, total, total_draws = [], [], 0.0, np.zeros(len(drawn))

    def add(path: str, value: float, product: np.ndarray):
        e = spread(product, level)
        rows.append({"kind": "path", "source": SATISFACTION, "target": MONEY, "path": path, "value": value,
                     "low": float(e.quantiles[0]), "high": float(e.quantiles[1]),
                     "unit": f"{link.currency or 'money'} a year for a point", "status": MEASURED})  # fmt: skip
        errors.append({"low": float(e.quantile_error[0]), "high": float(e.quantile_error[1])})

    for way in ways:
        steps = list(zip(way, way[1:], strict=False))
        if not all(step in own for step in steps):
            continue
        value = year * np.prod([own[step][0] for step in steps])
        product = year * np.prod([own[step][1] for step in steps], axis=0)
        add(" → ".join(way), value, product)
        total, total_draws = total + value, total_draws + product
    add("all paths", total, total_draws)
    return pd.DataFrame(rows), pd.DataFrame(errors)


def _finding(link: Link, table, error, intention: str, outcome: str, level: float) -> Finding:
    links = table[(table["kind"] == "link") & (table["status"] == MEASURED)]
    paths = table[table["kind"] == "path"]
    whole, cash = paths.iloc[-1], link.currency

    def said(r) -> str:
        low, high = (money(r[c], cash) for c in ("low", "high"))
        return f"{money(r['value'], cash)} {interval(low, high, level=level)}"

    def slope(r) -> str:
        ends = interval(number(r["low"]), number(r["high"]), level=level)
        return f"{r['path']}: {number(r['value'])} {r['unit']} {ends}" + ("" if r["shown"] else ", not shown")

    unshown = links[~links["shown"]]
    titles = f"Along the chain a point of {link.question} goes with {money(whole['value'], cash)} a year"
    title = titles if whole["shown"] else f"The chain from {link.question} to money is not shown to hold"
    said_links = "; ".join(slope(r) for _, r in links.iterrows())
    text = (
        f"{link.account} Satisfaction is {link.question!r}, intention "
        f"{repr(intention) if intention else 'was not asked'}. Links, each with the others and what was before held "
        f"fixed: {said_links}. Along all paths a point of satisfaction goes with {said(whole)} a year and customer"
    )
    largest = paths.iloc[:-1].loc[paths.iloc[:-1]["value"].abs().idxmax()]
    # a part of the whole can be most of it only where both are shown and other paths do not undo it
    most = whole["shown"] and largest["shown"] and 0.5 < largest["value"] / whole["value"] <= 1
    text += f", most of it along {largest['path']}: {said(largest)}. " if most else ". "
    text += (
        f"{count(len(unshown))} of {count(len(links))} links are not shown: a chain is as strong as its weakest link. "
        if len(unshown) else "Every link is shown. "
    )  # fmt: skip
    text += (
        "Arrows are what the chain assumes, not what the data proves: nobody was made satisfied by lot, both questions "
        "were answered in one breath, and those who had left could not be asked."
    )
    asked = Check("the way by intention", bool(intention), "measured" if intention else "not measured", "measured",
                  "Ask satisfaction and intention in the same survey.")  # fmt: skip
    return Finding(
        "experience.value_chain", title, text, table, checks=(*link.checks, asked),
        monte_carlo_error=error, currency=cash,
        draw=lambda ax: _draw(ax, table, link, intention),
        caption=f"n = {count(link.n)} answers of {count(link.customers)} customers, {link.period}; {outcome}; "
        f"{level * 100:g} % intervals with customers as the unit; a slope is for one more at the tail of its arrow; "
        "width: slope in standard deviations; dashed: zero is inside; "
        "log-linear and linear models with normal posteriors.",
        keys=(Key(money(whole["value"], cash), f"a year for a point of {link.question} along all paths, "
                  f"{level * 100:g} % {money(whole['low'], cash)} to {money(whole['high'], cash)}"),),
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame, link: Link, intention: str):
    from cxlab.experience.charts.chain import draw_value_chain

    many = BEHAVIOUR[link.behaviour][0]
    within = f"in {link.window} days"
    asked = {SATISFACTION: f"{link.question}, points", INTENTION: f"{intention}, points" if intention else "not asked",
             many: within, MONEY: f"{link.currency} {within}".strip()}  # fmt: skip
    return draw_value_chain(ax, table, beneath=asked)
