"""What one point of a score is worth: a year's money, beside what was there before, and what it cannot be taken for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtr

from cxlab.errors import ParameterError, unknown
from cxlab.experience.money.link import Link
from cxlab.experience.money.readings import Reading, chance_of_any
from cxlab.experience.money.slopes import design, freedom, own_past, worth_of_score
from cxlab.experience.money.stable import LEAST
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, money, share

YEAR = 365.25
AS_IT_STANDS, BEYOND, OWN_PAST = "as it stands", "beyond before", "own past"
ALL = "all"
#: stable share of a single answer that is assumed where nobody answered twice
ASSUMED = (0.5, 0.9)
_NUMBERS = ("value", "low", "high", "lasting", "lasting_low", "lasting_high", "per_100")


def value_of_a_point(
    link: Link,
    *,
    outcome: str = "",
    reliability: float | Sequence[float] | None = None,
    level: float = 0.9,
) -> Finding:
    """Money a year that goes with one more point of the score, a customer.

    Parameters
    ----------
    link : answers joined to behaviour, see `cxlab.experience.money.link.link_behaviour`
    outcome : "spend" or "margin"; by default margin where purchases carry one
    reliability : share of the variance of a single answer that is no chance, or two ends of a range; by default what is
        stable in those who answered more than once, else 0.5 to 0.9
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.value_of_a_point", a row a reading and part: reading ("as it stands": customers who gave a point
        more beside those who gave less; "beyond before": beside those who had bought alike before; "own past": against
        their own past), part ("all", then what it is made of), value, low, high, per_100 (money a year for a point:
        of a customer, and of 100), shown (the interval, taken alone, leaves out zero), lasting, lasting_low,
        lasting_high (the value of a point of what is stable in the answers, were chance taken out; missing where it is
        not asked)

    Raises
    ------
    ModelError : nobody did anything after an answer, or scores do not differ.
    ParameterError : an unknown outcome, or a reliability that cannot be.

    Notes
    -----
    Mean of ∂E[money]/∂score over all answers, E[money] being a product of its parts (logit of coming back, logarithms
    of purchases and spend), each with slopes for score and what was before; covariance with customers as the unit and
    leverage taken out (HC3), intervals by Student's t. Own past: share of a customer's money before and after that came
    after (conditional Poisson regression: how much they buy at all drops out). Which of the two is nearer depends on
    why customers differ; where satisfaction has long done its work, both are too low, and "as it stands" is nearer.
    A link is claimed only where the farthest of the readings lies farther from zero than chance brings the farthest of
    as many in 1 − level of cases: else three looks at nothing would claim something more often than intervals err
    (measured: tests/recovery/links.py and coffee_links.py).
    Sources: Ding & Li (2019), A bracketing relationship between difference-in-differences and lagged-dependent-variable
    adjustment, Political Analysis 27(4); Carroll, Ruppert, Stefanski & Crainiceanu (2006), Measurement error in
    nonlinear models, chapter 4, for taking chance out of a score.
    """
    outcome = outcome or ("margin" if link.margin else "spend")
    if outcome not in ("spend", "margin") or (outcome == "margin" and not link.margin):
        raise unknown("outcome", outcome, ("spend", "margin")[: 1 + link.margin])
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
    stable, said = _stable(link, reliability, level)
    plain, adjusted = (worth_of_score(link, controls=c, money=outcome) for c in (False, True))
    past = own_past(link)
    influence = [*plain.influence, *adjusted.influence, *([past[2]] if past else [])]
    covariance, k = link.covariance(influence), len(plain.parts)
    year, df, unit = YEAR / link.window, freedom(link), np.eye(len(covariance))
    told: dict[tuple[str, str], tuple[float, np.ndarray, float]] = {}
    for name, worth, first in ((AS_IT_STANDS, plain, 0), (BEYOND, adjusted, k + 1)):
        own = year * unit[first : first + k]
        told[name, ALL] = (year * worth.each.sum(), own.sum(0), df)
        told |= {(name, part): (year * worth.each[j], own[j], df) for j, part in enumerate(worth.parts)}
    if past:
        slope = past[0].beta[1]
        told[OWN_PAST, ALL] = (year * plain.mean * slope, year * (plain.mean * unit[-1] + slope * unit[k]), past[1])
    readings = {key: Reading(value, float(np.sqrt(w @ covariance @ w)), df) for key, (value, w, df) in told.items()}
    whole = [key for key in told if key[1] == ALL]
    along = np.array([told[key][1] for key in whole])
    chance = chance_of_any([readings[key] for key in whole], along @ covariance @ along.T)
    known = _explained(link)
    table = _table(readings, {AS_IT_STANDS: stable, BEYOND: np.maximum((stable - known) / (1 - known), LEAST)}, level)
    return _finding(link, table, outcome, said, plain.mean * year, level, chance)


def _stable(link: Link, reliability, level: float) -> tuple[np.ndarray, str]:
    """Equally likely values of the stable share of an answer, and a sentence on it."""
    if reliability is None and link.stable is not None:
        low, high = link.stable.quantile([(1 - level) / 2, (1 + level) / 2])
        return link.stable.nodes(), (
            f"{share(link.stable.share)} {interval(share(low), share(high), level=level)} of the variance of answers "
            f"is lasting, told by {count(link.stable.customers)} customers who answered more than once"
        )
    ends = np.atleast_1d(np.asarray(ASSUMED if reliability is None else reliability, float))
    if not ((ends > 0) & (ends <= 1)).all():
        raise ParameterError(f"reliability = {reliability}.", expected="shares above 0, at most 1")
    told = " to ".join(dict.fromkeys(share(e) for e in (ends.min(), ends.max())))
    return np.linspace(ends.min(), ends.max(), 101), f"{told} of the variance of answers is taken as lasting" + (
        ", an assumption: too few customers answered more than once" if reliability is None else ""
    )


def _explained(link: Link) -> float:
    """Share of the variance of the score that what was before explains."""
    x, weight = design(link.cells, controls=True), link.cells["n"].to_numpy(float)
    score, others = x[:, 1], np.delete(x, 1, axis=1)
    root = np.sqrt(weight)
    fitted = others @ np.linalg.lstsq(others * root[:, None], score * root, rcond=None)[0]
    total = weight @ score**2
    return float(1 - weight @ (score - fitted) ** 2 / total) if total > 0 else 0.0


def _table(readings: dict, stable: dict[str, np.ndarray], level: float) -> pd.DataFrame:
    rows = []
    for (name, part), r in readings.items():
        low, high = r.ends(level)
        row = {"reading": name, "part": part, "value": r.value, "low": low, "high": high, "per_100": 100 * r.value,
               "shown": bool(low > 0 or high < 0)}  # fmt: skip
        row |= dict.fromkeys(("lasting", "lasting_low", "lasting_high"), np.nan)
        if part == ALL and name in stable:
            row |= dict(zip(("lasting", "lasting_low", "lasting_high"), _lasting(r, stable[name], level), strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def _lasting(r: Reading, stable: np.ndarray, level: float) -> tuple[float, float, float]:
    """Value divided by the stable share: median and ends over what is not known of both, without sampling."""
    if not r.error > 0:
        return (r.value / float(np.median(stable)),) * 3
    reach = (abs(r.value) + 12 * r.error) / stable.min()

    def at(p: float) -> float:
        return float(brentq(lambda x: ndtr((x * stable - r.value) / r.error).mean() - p, -reach, reach))

    return at(0.5), at((1 - level) / 2), at((1 + level) / 2)


def overlap(link: Link) -> float:
    """How alike those above and below the mean score were before: common part of how often they had bought, 0 … 1."""
    cells = link.cells
    above = (cells["score"] > np.average(cells["score"], weights=cells["n"])).to_numpy()
    column = "bought" if link.behaviour == "purchases" else "known"
    wide = cells.assign(above=above, bin=np.ceil(cells[column] / 4)).pivot_table(
        index="bin", columns="above", values="n", aggfunc="sum"
    )
    if wide.shape[1] < 2:
        return 0.0
    wide = wide.astype(float).fillna(0.0)
    return float((wide / wide.sum()).min(axis=1).sum())


def _finding(
    link: Link, table: pd.DataFrame, outcome: str, stable: str, mean: float, level: float, chance: float
) -> Finding:
    whole = table[table["part"] == ALL].set_index("reading")
    alone = list(whole.index[whole["shown"]])
    whole["shown"] &= chance <= 1 - level
    plain, beyond = whole.loc[AS_IT_STANDS], whole.loc[BEYOND]
    own = whole.loc[OWN_PAST] if OWN_PAST in whole.index else None
    cash, question = link.currency, link.question
    what = {"spend": "spend", "margin": "margin"}[outcome]

    def said(row, names=("value", "low", "high")) -> str:
        value, low, high = (money(row[n], cash) for n in names)
        return f"{value} {interval(low, high, level=level)}"

    title, verdict = _verdict(plain, beyond, own, question, what, cash)
    if alone and not whole["shown"].any():
        verdict += (
            f" Taken alone, {' and '.join(alone)} leaves out zero; but where nothing goes with a point, one of "
            f"{len(whole)} readings or more lies that far out {share(chance)} of the time."
        )
    lasting = ("lasting", "lasting_low", "lasting_high")
    # the first sentence stands alone where a report begins: finding and intervals, and nothing before them
    text = (
        f"{'A' if plain['shown'] or beyond['shown'] else 'No link is shown: a'} customer's point of {question} goes "
        f"with {said(plain)} of {what} a year as it stands, with {said(plain, lasting)} were it a point of lasting "
        f"satisfaction, and with {said(beyond)} beside customers who had bought alike before. {link.account} "
        f"A customer brought {money(mean, cash)} of {what} a year."
    )
    if own is not None:
        text += f" Against customers' own past a point goes with {said(own)}."
    parts = table[(table["reading"] == BEYOND) & (table["part"] != ALL)]
    text += " " + verdict
    if beyond["shown"]:
        listed = "; ".join(f"{r['part']} {said(r)}" for _, r in parts.iterrows())
        text += f" It is made of: {listed}. For 100 customers it is {money(beyond['per_100'], cash)} a year."
    text += (
        f" One answer is an inexact measure: {stable}. That taken out, a point of lasting satisfaction goes with "
        f"{said(plain, lasting)} as it stands, and {said(beyond, lasting)} beyond before."
    )
    answered = link.customers / (link.customers + link.silent) if link.customers else np.nan
    never = (
        f"{count(link.silent)} customers never answered ({share(1 - answered)}), and those" if link.silent else "Those"
    )
    text += (
        " What cannot be concluded: that raising the score brings this money. Nobody was made satisfied by lot, and "
        f"whatever makes customers both happier and better stands behind the score too. {never} who had left could not "
        f"be asked. A year is taken as {YEAR / link.window:.3g} times the {link.window} days that were seen."
    )
    alike = overlap(link)
    checks = (
        *link.checks,
        Check("share of customers who answered", answered >= 0.1, share(answered), "≥ 10 %",
              "Those who never answered may differ from those who did."),
        Check("overlap of happy and unhappy customers in what they had bought before", alike >= 0.5, share(alike),
              "≥ 50 %", "They are hardly comparable, whatever is adjusted for."),
    )  # fmt: skip
    return Finding(
        "experience.value_of_a_point", title, text, table,
        units=dict.fromkeys(_NUMBERS, "money"), checks=checks, currency=cash,
        draw=lambda ax: _draw(ax, table, question, cash),
        caption=f"n = {count(link.n)} answers of {count(link.customers)} customers, {link.period}; {what} in the "
        f"{link.window} days after an answer as a year, for one point; {level * 100:g} % intervals with customers as "
        "the unit; average marginal effects, conditional Poisson regression (own past).",
        keys=(_key(plain, beyond, link, level),),
    )  # fmt: skip


def _key(plain, beyond, link: Link, level: float) -> Key:
    """Both readings as a range, as neither alone is the answer."""
    low, high = (money(f(plain["value"], beyond["value"]), link.currency) for f in (min, max))

    def said(row, reading: str) -> str:
        value, *ends = (money(row[n], link.currency) for n in ("value", "low", "high"))
        return f"{value} {reading} ({level * 100:g} % {' to '.join(ends)})"

    return Key(
        f"{low} to {high}",
        f"a year for a point of {link.question}: {said(plain, 'as it stands')}, "
        f"{said(beyond, 'beyond what was before')} (n = {count(link.customers)} customers)",
    )


def _verdict(plain, beyond, own, question: str, what: str, currency: str) -> tuple[str, str]:
    """Title and sentences on whether there is a link, and what it may be."""
    both = (
        "Either satisfaction had long been at work, or those who buy much are happier for it; these data cannot tell."
    )
    stands, alike = (money(r["value"], currency) for r in (plain, beyond))
    point = f"A point of {question} goes with"
    if beyond["shown"]:
        title = (
            f"{point} {stands} a year as it stands and {alike} beyond what was before" if plain["shown"]
            else f"{point} {alike} a year beyond what was before, which as it stands is not shown"
        )  # fmt: skip
        if own is None:
            return title, "A link is shown; whether customers changed against their own past cannot be told."
        if own["shown"] and np.sign(own["value"]) == np.sign(beyond["value"]):
            return title, "A link is shown, and it holds against customers' own past."
        return (
            title + ", though nobody is seen to change with it",
            f"A link is shown, but against their own past customers are not seen to change with the score. {both}",
        )
    if plain["shown"]:
        return (
            f"{point} {stands} a year as it stands; how much of that it brings cannot be told",
            "A link is shown as it stands, and none beyond what was before: customers who had bought alike are not "
            f"seen to differ. {both}",
        )
    if own is not None and own["shown"]:
        return (
            f"No link of {question} with {what} is shown between customers",
            "No link is shown between customers, though they are seen to change against their own past.",
        )
    return f"No link of {question} with {what} is shown", "No link is shown."


def _draw(ax, table: pd.DataFrame, question: str, currency: str):
    from cxlab.experience.charts.link import draw_value_of_a_point

    return draw_value_of_a_point(ax, table, question=question, currency=currency)
