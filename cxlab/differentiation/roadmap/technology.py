"""Technology as option cards at three levels, with wide beliefs where evidence is thin, and what waiting is worth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxlab.data.decisions import LEVELS
from cxlab.differentiation.charts.technology import draw_technology
from cxlab.differentiation.returns.initiative import Values, initiative_values
from cxlab.errors import ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, money, share

#: the gross margin a year for which costs are written down; they grow with the square root of it
SIZE = 100_000.0
_MONEY = ("cost_low", "cost_likely", "cost_high", "running")
_EFFECT = ("effect_low", "effect_likely", "effect_high")
#: a chance to pay below which an option is left, and above which it is taken now
_LEAVE, _TAKE = 0.25, 0.75


@cache
def _written() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).with_name("technology.csv"), keep_default_na=False)


def technology_cards(level: str = "") -> pd.DataFrame:
    """The option cards as they are written down: beliefs to be replaced by one's own, not measurements.

    Parameters
    ----------
    level : "foundational", "intermediate" or "advanced"; "" for all

    Returns
    -------
    DataFrame, a row an option: name, level, does (what), cost_low, cost_likely, cost_high (money once), running (money
    a year; both of a business with a gross margin of `SIZE` a year), effect_low, effect_likely, effect_high (share of
    the gross margin a year), months, people (person-months), life_years, requires (names joined by ";"), evidence (its
    source, or that there is none), kpi

    >>> technology_cards("foundational")["name"].tolist()[1]
    'E-mail list with consent'
    """
    if level and level not in LEVELS:
        raise unknown("level", level, LEVELS)
    cards = _written()
    return (cards[cards["level"] == level] if level else cards).reset_index(drop=True).copy()


def technology_options(*, margin: float, levels: Sequence[str] = LEVELS, names: Sequence[str] = ()) -> pd.DataFrame:
    """The cards in money of one business, with the columns of the table `initiatives`.

    Parameters
    ----------
    margin : gross margin of the business, money a year
    levels : taken; names : cards that are taken, all when none are named, with those that they stand on

    Raises
    ------
    ParameterError : margin is not above 0, a level or card is unknown.

    >>> table = technology_options(margin=400_000, names=["Customer analytics"])
    >>> table[["name", "cost_likely", "effect_likely", "evidence"]].values.tolist()
    [['One customer record', 6000.0, 4000.0, 'guess'], ['Customer analytics', 10000.0, 4000.0, 'guess']]
    """
    if not np.isfinite(margin) or margin <= 0:
        raise ParameterError(f"margin = {margin}.", expected="gross margin of the business, money a year, above 0")
    for level in levels:
        technology_cards(level)
    cards = technology_cards()
    if names:
        cards = cards[cards["name"].isin(_with_what_they_need(cards, names))]
    cards = cards[cards["level"].isin(levels)].reset_index(drop=True)
    size = np.sqrt(margin / SIZE)
    table = cards.astype(dict.fromkeys((*_MONEY, *_EFFECT), float))
    table[list(_MONEY)] *= size
    table[list(_EFFECT)] *= margin
    kept = set(table["name"])
    table["requires"] = [
        "; ".join(n for n in map(str.strip, said.split(";")) if n in kept) for said in table["requires"]
    ]
    return table.assign(source=table["evidence"], evidence="guess")


def _with_what_they_need(cards: pd.DataFrame, names: Sequence[str]) -> set[str]:
    needs = {n: [r.strip() for r in said.split(";") if r.strip()] for n, said in zip(cards["name"], cards["requires"],
                                                                                  strict=True)}  # fmt: skip
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in needs:
            raise unknown("technology", name, needs)
        if name not in found:
            found.add(name)
            left += needs[name]
    return found


def value_of_waiting(
    npv: np.ndarray, *, years: float = 1.0, learned: float = 0.3, discount: float = 0.1, cheaper: float = 0.0,
    cost: float = 0.0,
) -> float:  # fmt: skip
    """What it is worth to decide later, when others' experience has told something and prices have fallen.

    Parameters
    ----------
    npv : shape (draws,), money: worth if started now
    years : until the decision
    learned : share of the variance of `npv` that is known by then, 0 … 1
    discount : a year; cheaper : share by which `cost` (money once) falls until then

    Returns
    -------
    money: worth of waiting, less that of the better of starting now and never; below 0 where waiting costs

    Notes
    -----
    After waiting, the expected worth is normal around its mean of today, with variance learned · Var(npv); started only
    where it is above 0, so that waiting is worth (1 + discount)^−years · (s·φ(u) + m·Φ(u)), u = m/s (a real option:
    Dixit & Pindyck 1994, Investment under uncertainty, chapter 2). Never more than if all were known by then: where
    beliefs lean to one side, as costs do, the normal curve alone would promise gains that no draw holds.

    >>> npv = np.linspace(-30_000, 20_000, 1001)
    >>> round(value_of_waiting(npv, learned=.5)), round(value_of_waiting(npv + 40_000, learned=.5))
    (1868, -3182)
    >>> round(value_of_waiting(-np.linspace(0, 10, 1001) ** 3, learned=1.0), 2)
    0.0
    """
    if not 0 <= learned <= 1 or not 0 <= cheaper <= 1 or years < 0 or discount <= -1:
        raise ParameterError(
            f"years = {years}, learned = {learned}, cheaper = {cheaper}, discount = {discount}.",
            expected="years ≥ 0, shares from 0 to 1, discount above −1",
        )
    now = float(np.mean(npv))
    mean, spread = now + cheaper * cost, float(np.sqrt(learned) * np.std(npv))
    if spread > 0:
        u = float(np.clip(mean / spread, -40, 40))
        later = spread * norm.pdf(u) + mean * norm.cdf(u)
    else:
        later = max(mean, 0.0)
    later = min(later, float(np.maximum(np.asarray(npv) + cheaper * cost, 0.0).mean()))
    return float(later / (1 + discount) ** years - max(now, 0.0))


def technology_outlook(
    *, margin: float, levels: Sequence[str] = LEVELS, names: Sequence[str] = (), years: float = 5.0,
    discount: float = 0.1, learned: float = 0.3, draws: int = 4000, rng: np.random.Generator | int = 1,
    level: float = 0.9, currency: str = "",
) -> Finding:  # fmt: skip
    """Which technology is worth a try now, which can wait, and which to ignore, for a business of this size.

    Parameters
    ----------
    margin : gross margin, money a year
    years, discount : horizon, and rate a year
    learned : share of the uncertainty that a year of waiting takes away

    Returns
    -------
    Finding "differentiation.technology", a row a card, the likeliest to pay first within a level: name, level, cost
        (money once, likely), effect (money a year, likely), npv, npv_low, npv_high (money), p_pays (NPV above 0),
        waiting (money: what deciding in a year adds), do ("now", "pilot", "wait" or "ignore"), evidence

    Notes
    -----
    Each card stands alone: what it needs first is not charged to it (`differentiation.roadmap` does that).
    """
    table = technology_options(margin=margin, levels=levels, names=names)
    values = initiative_values(table, years=years, discount=discount, draws=draws, rng=rng, currency=currency)
    found, errors = _outlook(values, table, learned=learned, discount=discount, level=level)
    top = found.loc[found["p_pays"].idxmax()]
    thin = int(found["evidence"].str.startswith("no evidence").sum())
    pays = found[found["do"] == "now"]
    first = f"{top['name']} is the likeliest to pay ({chance_of(top['p_pays'])})"
    return Finding(
        name="differentiation.technology",
        title=f"{first}; {count(len(pays))} of {count(len(found))} technologies are worth starting now",
        text=(
            f"{top['name']} would cost about {money(top['cost'], currency)} and bring {money(top['npv'], currency)} "
            f"over {years:g} years "
            f"{interval(money(top['npv_low'], currency), money(top['npv_high'], currency), level=level)}; "
            f"it pays with a probability of {chance_of(top['p_pays'])}. Of {count(len(found))} technologies, to start "
            f"now: {count(len(pays))}; to pilot: {count((found['do'] == 'pilot').sum())}; to decide in a year: "
            f"{count((found['do'] == 'wait').sum())}; to ignore: {count((found['do'] == 'ignore').sum())}. For "
            f"{count(thin)} there is no evidence from businesses of this size: their ranges are wide beliefs, to be "
            "replaced by your own offers and trials. What would change our mind: a price that somebody offers, and a "
            "pilot with people who did not get it."
        ),
        table=found,
        units={"cost": "money", "effect": "money", "npv": "money", "npv_low": "money", "npv_high": "money",
               "p_pays": "share", "waiting": "money"},
        checks=(
            Check("technologies with evidence", thin == 0, f"{len(found) - thin} of {len(found)}", "all",
                  "Take the order as a start for asking, not as a forecast."),
        ),
        monte_carlo_error=errors,
        draw=lambda ax: draw_technology(ax, found, currency=currency),
        caption=f"n = {count(draws)} draws of {count(len(found))} options; net present value over {years:g} years, "
        f"{share(discount)} discount a year, {level * 100:g} % intervals, {currency or 'money'}; source: option "
        "cards of cxlab, scaled by the gross margin.",
        keys=(Key(chance_of(top["p_pays"]), f"chance that {top['name']} pays, within {years:g} years"),),
        currency=currency,
    )  # fmt: skip


def _outlook(
    values: Values, table: pd.DataFrame, *, learned: float, discount: float, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of the finding and its Monte-Carlo errors, in one order."""
    npv = values.npv
    n = len(npv)
    known = spread(npv, level)
    pays = (npv > 0).mean(0)
    waiting = np.array([value_of_waiting(npv[:, i], learned=learned, discount=discount) for i in range(npv.shape[1])])
    found = pd.DataFrame({
        "name": table["name"], "level": table["level"], "cost": table["cost_likely"], "effect": table["effect_likely"],
        "npv": known.mean, "npv_low": known.quantiles[0], "npv_high": known.quantiles[1], "p_pays": pays,
        "waiting": waiting,
    })  # fmt: skip
    # what is expected to lose is only piloted or waited for where learning could turn it
    gains = found["npv"] > 0
    found["do"] = np.select(
        [pays < _LEAVE, gains & (pays >= _TAKE), waiting > 0, ~gains], ["ignore", "now", "wait", "ignore"], "pilot"
    )
    found["evidence"] = table["source"]
    errors = pd.DataFrame({
        "npv": known.mean_error, "npv_low": known.quantile_error[0], "npv_high": known.quantile_error[1],
        "p_pays": np.sqrt(pays * (1 - pays) / n).clip(1 / n), "waiting": known.mean_error,
    })  # fmt: skip
    order = np.lexsort((-pays, [LEVELS.index(name) for name in found["level"]]))
    return found.iloc[order].reset_index(drop=True), errors.iloc[order].reset_index(drop=True)
