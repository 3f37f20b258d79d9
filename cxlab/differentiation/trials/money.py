"""An effect in money: what it brings a year, what it costs, and the probability of a loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.words import chance
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, money, share, span

#: as everybody counts: a year of 6.5 times eight weeks
_WEEKS = 52
_Z90 = 1.6448536269514722


def effect_in_money(
    effect: Effect,
    *,
    margin: float | Sequence[float],
    customers: float | Sequence[float],
    per: str = "",
    years: float = 1.0,
    cost: float | Sequence[float] = 0.0,
    running: float | Sequence[float] = 0.0,
    discount: float = 0.0,
    fades: float = 0.0,
    currency: str = "",
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> Finding:
    """What an effect brings in money, after what it costs.

    Parameters
    ----------
    effect : see `Effect`
    margin : money that stays for one more unit of the outcome (one more tip, one more visit); where the outcome is
        money itself, the share of it that stays. One number, or (low, high): ends of a 90 % interval
    customers : how many of what the effect is of (`effect.per`) there are a year; where it is measured over weeks
        (`effect.over`), how many such periods of one: 500 customers all year are 3,250 periods of 8 weeks. One number,
        or (low, high)
    per : what `customers` counts; a guard: it must be `effect.per`
    years : for which it works; cost : once, money; running : money a year
    discount : rate a year, from the second on; fades : share of the effect that is lost each year
    currency : ISO code; "": of the effect
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.effect_in_money", rows "brings, first year", "costs, first year", "brings, all years",
        "costs, all years" and "stays, all years": what, value, low, high (money), p_loss (probability that it is below
        0; missing for costs)

    Raises
    ------
    ParameterError : a number is out of range, or customers are not counted in the unit of the effect.

    >>> effect = Effect(np.linspace(-.01, .05, 1001), "share", "visit", "joke against no card", n=137)
    >>> effect_in_money(effect, margin=2, customers=10_000, cost=100, currency="EUR").title
    'joke against no card brings €300 in a year after costs, with 25 % for a loss'
    """
    if per and per != effect.per:
        raise ParameterError(
            f"the effect is of one {effect.per}, customers are counted by {per}.",
            expected=f"how many {effect.per}s there are a year", mend=f"per={effect.per!r}",
        )  # fmt: skip
    for name, value, fine in (
        ("years", years, 0 < years <= 50), ("discount", discount, 0 <= discount < 1), ("fades", fades, 0 <= fades <= 1),
        ("level", level, 0 < level < 1),
    ):  # fmt: skip
        if not fine:
            raise ParameterError(f"{name} = {value}.", expected="years 0 to 50; discount, fades and level shares")
    rng, size = np.random.default_rng(rng), len(effect.draws)
    of = {
        name: _draws(name, value, size, rng)
        for name, value in (("margin", margin), ("customers", customers), ("cost", cost), ("running", running))
    }
    whole, rest = int(years), years - int(years)
    lengths = np.array([1.0] * whole + ([rest] if rest > 1e-9 else []))
    kept = lengths / (1 + discount) ** np.arange(len(lengths))
    weight = kept * (1 - fades) ** np.arange(len(lengths))
    a_year = effect.draws * of["margin"] * of["customers"]
    first = min(years, 1.0)
    rows = {
        "brings, first year": a_year * first,
        "costs, first year": of["cost"] + of["running"] * first,
        "brings, all years": a_year * weight.sum(),
        "costs, all years": of["cost"] + of["running"] * kept.sum(),
    }
    rows["stays, all years"] = rows["brings, all years"] - rows["costs, all years"]
    drawn = np.array(list(rows.values())).T
    ends = spread(drawn, level)
    loss = np.array([np.nan if what.startswith("costs") else (own < 0).mean() for what, own in rows.items()])
    table = pd.DataFrame({"what": list(rows), "value": ends.mean, "low": ends.quantiles[0], "high": ends.quantiles[1],
                          "p_loss": loss})  # fmt: skip
    sampled = pd.DataFrame({"value": ends.mean_error, "low": ends.quantile_error[0], "high": ends.quantile_error[1],
                            "p_loss": np.sqrt(loss * (1 - loss) / size)}).fillna(0.0)  # fmt: skip
    stays = rows["stays, all years"]
    # what one more unit of the effect earns in all years, and what is to be earned
    earns = float((of["margin"] * of["customers"]).mean()) * weight.sum()
    need = float(rows["costs, all years"].mean()) / earns if earns > 0 else np.inf
    return _finding(effect, table, sampled, stays, years, currency or effect.currency, level, of, discount, need)


def _draws(name: str, value, size: int, rng) -> np.ndarray:
    """A number as it is, or draws whose 90 % interval is (low, high): log-normal where both are above 0."""
    ends = np.atleast_1d(np.asarray(value, float))
    if len(ends) > 2 or not np.isfinite(ends).all() or (ends < 0).any() or (len(ends) == 2 and ends[0] > ends[1]):
        raise ParameterError(f"{name} = {value}.", expected="a number of 0 or more, or (low, high)",
                             mend=f"{name}=(20, 40)")  # fmt: skip
    if len(ends) == 1:
        return np.full(size, ends[0])
    z = rng.standard_normal(size)
    if ends[0] > 0:
        low, high = np.log(ends)
        return np.exp((low + high) / 2 + z * (high - low) / 2 / _Z90)
    return np.maximum(ends.mean() + z * (ends[1] - ends[0]) / 2 / _Z90, 0.0)


def _finding(
    effect: Effect, table: pd.DataFrame, sampled: pd.DataFrame, stays: np.ndarray, years: float, currency: str,
    level: float, of: dict[str, np.ndarray], discount: float, need: float,
) -> Finding:  # fmt: skip
    row = table.set_index("what").loc["stays, all years"]
    brings = table.set_index("what").loc["brings, first year"]
    words = [money(row[c], currency) for c in ("value", "low", "high")]
    loss = chance(row["p_loss"])
    length = "a year" if years == 1 else span(years, "year")
    costs = float(table.set_index("what").loc["costs, all years", "value"])
    within = f" in {span(effect.over, 'week')}" if effect.over else ""
    unit = {"share": f"{100 * need:.2g} points", "money": money(need, currency)}.get(effect.unit, f"{need:.2g}")
    change = (
        "It earns nothing, whatever the effect: margin or customers are 0."
        if np.isinf(need)
        else f"What would change our mind: an effect below {unit} a {effect.per}{within}, from which on costs are not "
        "earned."
        if costs > 0
        else f"No costs are counted: it is worth no more than {money(row['value'], currency)} to do it."
    )
    when = f", {effect.period}" if effect.period else ""
    many = float(of["customers"].mean())
    whole_year = (
        f"{count(many)} {effect.per}-periods of {span(effect.over, 'week')} a year (those of "
        f"{count(many * effect.over / _WEEKS)} {effect.per}s)"
        if effect.over
        else f"{count(many)} {effect.per}s a year"
    )
    discounted = f", discounted at {share(discount, digits=1)} a year" if discount and years > 1 else ""
    return Finding(
        name="differentiation.effect_in_money",
        title=f"{effect.name} {'brings' if row['value'] >= 0 else 'loses'} "
        f"{money(abs(row['value']), currency)} in {length} after costs, with {loss} for a loss",
        text=f"{effect.name}: of what it brings in {length}, {words[0]} stays after costs of {money(costs, currency)}"
        f"{discounted} {interval(words[1], words[2], level=level)}; the probability of a loss is {loss} "
        f"(n = {count(effect.n)} {effect.per}s in the trial{when}). In the first year it brings "
        f"{money(brings['value'], currency)} "
        f"{interval(money(brings['low'], currency), money(brings['high'], currency), level=level)}, with "
        f"{whole_year}. {change}"
        f"{' The trial is simulated.' * effect.simulated}",
        table=table,
        units=dict.fromkeys(["value", "low", "high"], "money") | {"p_loss": "share"},
        checks=(*effect.checks, Check("draws", len(stays) >= 500, count(len(stays)), "≥ 500", "Draw more.")),
        monte_carlo_error=sampled,
        draw=lambda ax: _draw(ax, stays, row, currency, length),
        caption=f"n = {count(effect.n)} {effect.per}s{when}; draws of the effect times margin and "
        f"{effect.per}{'-period' * bool(effect.over)}s a year, less costs, over {length}; "
        f"{level * 100:g} % intervals{'; simulated data' * effect.simulated}.",
        keys=(Key(words[0], f"stays in {length}, {level * 100:g} % {words[1]} to {words[2]} (n = {count(effect.n)})"),
              Key(loss, "probability of a loss after costs")),
        currency=currency,
    )  # fmt: skip


def _draw(ax, stays, row, currency: str, length: str):
    from cxlab.differentiation.charts.trials import draw_money

    return draw_money(ax, stays, low=row["low"], high=row["high"], p_loss=row["p_loss"], currency=currency,
                      label=f"What stays in {length} after costs{f', {currency}' if currency else ''}")  # fmt: skip
