"""What if a touchpoint let fewer customers go, or kept them waiting less: conversion, contacts, time and money."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, ParameterError, unknown
from cxlab.finding import Finding
from cxlab.journey.chain import DRAWS, Chain, chains, to_come, visits
from cxlab.journey.log import Log
from cxlab.journey.times import long_enough
from cxlab.montecarlo import spread
from cxlab.wording import MINUS, count, interval, money, number, share

#: what may be changed of a touchpoint, each a factor on what was measured
FACTORS = ("drop_off", "wait")
DAY = 86_400.0
Change = Mapping[str, Mapping[str, float]]


def checked(change: Change, chain: Chain) -> dict[int, dict[str, float]]:
    """A change by code of the touchpoint.

    Raises
    ------
    ParameterError : an unknown touchpoint or factor, or a factor below zero.
    ModelError : every journey ends at the touchpoint, so nothing is known about where it might go on.
    """
    if not change:
        raise ParameterError("no touchpoint is changed.", expected='a change, as {"Checkout": {"drop_off": 0.7}}')
    found = {}
    for touchpoint, factors in change.items():
        code = chain.code(touchpoint)
        for name, factor in factors.items():
            if name not in FACTORS:
                raise unknown(f"change of {touchpoint}", name, FACTORS)
            if not 0 <= factor < np.inf:
                raise ParameterError(
                    f"the change {name} of {touchpoint} is {factor!r}.",
                    expected="a factor of 0 or more (0.7: 30 % less)",
                )
        if "drop_off" in factors and chain.shares[1 + code, -1] == 1:
            raise ModelError(
                f"every journey ends at {touchpoint}: nothing is known about where it might go on.",
                expected="a touchpoint some journeys go on from",
            )
        found[code] = {"drop_off": 1.0, "wait": 1.0} | dict(factors)
    return found


def changed(shares: np.ndarray, changes: Mapping[int, Mapping[str, float]]) -> np.ndarray:
    """Transition shares with the drop-off of some touchpoints multiplied; who stays goes on as those did who stayed."""
    after = shares.copy()
    for code, factors in changes.items():
        row = after[..., 1 + code, :]
        leaves = row[..., -1:]
        to_be = np.minimum(leaves * factors["drop_off"], 1.0)
        row *= np.divide(1 - to_be, 1 - leaves, out=np.ones_like(leaves), where=leaves < 1)
        row[..., -1:] = to_be
    return after


def outcomes(shares: np.ndarray, gaps: np.ndarray, reward: np.ndarray) -> dict[str, np.ndarray]:
    """What a journey comes to: goals (conversions), contacts, and days from first to last contact."""
    met = visits(shares)
    seconds = (shares * gaps)[..., 1:, :].sum(axis=-1)
    return {
        "goals": to_come(shares, reward)[..., 0],
        "contacts": met.sum(axis=-1),
        "days": (met * seconds).sum(axis=-1) / DAY,
    }


def what_if(
    log: Log,
    change: Change,
    *,
    value: float | np.ndarray | None = None,
    until: str = "goal",
    by_persona: bool = False,
    level: float = 0.9,
    draws: int = DRAWS,
    rng: np.random.Generator | int = 1,
    quiet_days: float = 0.0,
) -> Finding:
    """The business as it is beside the business with less friction at some touchpoints.

    Parameters
    ----------
    change : {touchpoint: {"drop_off": factor, "wait": factor}}; a drop-off factor of 0.7 keeps 30 % of those who left
    value : money a conversion (or contact with the goal) is worth: a number, or posterior draws of it
    until : "goal": the first conversion counts, journeys end there; "end": whole journeys, every contact with the goal
    by_persona : every persona moves by its own chain

    Returns
    -------
    Finding "journey.what_if", a row a quantity: quantity ("conversion" or "goals a journey", "contacts a journey",
    "days a journey", "conversions a year", "money a year"), unit, as_is, as_is_low, as_is_high, to_be, to_be_low,
    to_be_high, difference, difference_low, difference_high (the difference of the same draws)

    Assumption
    ----------
    Who is kept goes on as those did who stayed by themselves; as many journeys begin as before; a shorter wait changes
    time only, unless its drop-off is changed too. A pilot with a control group tests all three.

    >>> from cxlab.journey.examples import small_log
    >>> found = what_if(small_log(), {"Website": {"drop_off": 0.5}}, draws=500)
    >>> found.table.loc[0, "quantity"], float(found.table.loc[0, "as_is"])
    ('conversion', 0.5)
    >>> bool(found.table.loc[0, "to_be"] > 0.6)
    True
    """
    rng = np.random.default_rng(rng)
    models = chains(log, until=until, quiet_days=quiet_days, by_persona=by_persona)
    journeys = sum(chain.journeys for chain in models.values())
    applied = {name: _applicable(change, chain, models) for name, chain in models.items()}
    best, sampled = [], []
    for gather, n in ((best, 0), (sampled, draws)):
        parts = [_pair(chain, applied[name], n, rng) for name, chain in models.items()]
        weight = [chain.journeys / journeys for chain in models.values()]
        gather += [
            {k: sum(w * p[i][k] for w, p in zip(weight, parts, strict=True)) for k in parts[0][i]} for i in (0, 1)
        ]
    years = next(iter(models.values())).years
    per_year = journeys / years
    worth = None if value is None else np.asarray(value, float)
    for pair in (best, sampled):
        for state in pair:
            state["a year"] = state["goals"] * per_year
            if worth is not None:
                mean = worth.mean() if pair is best else (worth if worth.ndim == 0 else rng.choice(worth, draws))
                state["money"] = state["a year"] * mean
    if worth is not None and worth.ndim:
        sampled[1]["money"] = sampled[0]["money"] / sampled[0]["a year"] * sampled[1]["a year"]
    table, errors = _table(best, sampled, until, level)
    return _finding(log, change, table, errors, models, journeys, level=level, until=until, priced=worth is not None)


def _applicable(change: Change, chain: Chain, models: Mapping[str, Chain]) -> dict:
    """The part of a change at touchpoints from which journeys of a persona go on; those of one must, at least."""

    def goes_on(c: Chain, touchpoint: str) -> bool:
        return touchpoint in c.labels and bool(c.states[s := 1 + c.labels.index(touchpoint)]) and c.shares[s, -1] < 1

    for touchpoint, factors in change.items():
        if not any(goes_on(c, touchpoint) for c in models.values()):
            checked({touchpoint: factors}, max(models.values(), key=lambda c: c.journeys))
    met = {t: f for t, f in change.items() if goes_on(chain, t)}
    return checked(met, chain) if met or not change else {}


def _pair(chain: Chain, changes: dict, draws: int, rng: np.random.Generator):
    """Outcomes as is and to be: of the most likely shares (`draws` = 0), or of posterior draws."""
    if draws:
        shares, gaps = chain.draws(draws, rng=rng), chain.gap_draws(draws, rng=rng)
    else:
        shares, gaps = chain.shares, chain.gap_s / np.maximum(chain.counts, 1)
    later = gaps.copy()
    for code, factors in changes.items():
        later[..., 1 + code, :] *= factors["wait"]
    return outcomes(shares, gaps, chain.reward), outcomes(changed(shares, changes), later, chain.reward)


def _table(best, sampled, until: str, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = {
        "goals": ("conversion", "share") if until == "goal" else ("goals a journey", "number"),
        "contacts": ("contacts a journey", "number"),
        "days": ("days a journey", "days"),
        "a year": ("conversions a year", "count"),
        "money": ("money a year", "money"),
    }
    records, errors = [], []
    for key in best[0]:
        record, error = {"quantity": names[key][0], "unit": names[key][1]}, {}
        columns = {
            "as_is": (best[0][key], sampled[0][key]),
            "to_be": (best[1][key], sampled[1][key]),
            "difference": (best[1][key] - best[0][key], sampled[1][key] - sampled[0][key]),
        }
        for column, (middle, own) in columns.items():
            e = spread(own, level)
            record |= {
                column: float(middle),
                f"{column}_low": float(e.quantiles[0]),
                f"{column}_high": float(e.quantiles[1]),
            }
            error |= {
                column: 0.0,
                f"{column}_low": float(e.quantile_error[0]),
                f"{column}_high": float(e.quantile_error[1]),
            }
        records.append(record)
        errors.append(error)
    return pd.DataFrame(records), pd.DataFrame(errors)


def _finding(log, change, table, errors, models, journeys, *, level, until, priced) -> Finding:
    goals = table.iloc[0]
    last = table.iloc[-1]
    word = _words(change)
    written = share if until == "goal" else number
    signed = (lambda v: money(v, log.currency)) if priced else (lambda v: count(v))
    gained = signed(last.difference) + ("" if priced else " conversions")
    checks = [check for chain in models.values() for check in chain.checks]
    return Finding(
        name="journey.what_if",
        title=f"With {word}, {'' if last.difference < 0 else '+'}{gained} a year",
        text=(
            f"With {word}, {table.iloc[0].quantity} would move from {written(goals.as_is)} to {written(goals.to_be)} "
            f"{interval(written(goals.to_be_low), written(goals.to_be_high), level=level)}: {gained} a year "
            f"{interval(signed(last.difference_low), signed(last.difference_high), level=level)}, from "
            f"{count(journeys)} journeys, {log.period}. This holds if those who are kept go on as those did who stayed "
            "by themselves; a pilot with a control group tells."
        ),
        table=table,
        monte_carlo_error=errors,
        checks=(*log.checks, *_worst(checks), *long_enough(log)),
        currency=log.currency,
        draw=lambda ax: _draw(ax, table, log.currency),
        caption=f"n = {count(journeys)} journeys, {log.period}; {level * 100:g} % intervals.",
    )


def _worst(checks):
    """One check of each name: the one that fails, where one does."""
    by_name = {}
    for check in checks:
        if check.name not in by_name or by_name[check.name].passed:
            by_name[check.name] = check
    return by_name.values()


def _words(change: Change) -> str:
    said = []
    for touchpoint, factors in change.items():
        for name, factor in factors.items():
            by = f"{abs(1 - factor) * 100:.0f} % {'less' if factor <= 1 else 'more'}"
            said.append(f"{by} {name.replace('_', '-').replace('wait', 'waiting')} at {touchpoint}")
    return " and ".join(said).replace("-0 %", f"{MINUS}0 %")


def _draw(ax, table: pd.DataFrame, currency: str):
    from cxlab.journey import charts

    return charts.draw_what_if(ax, table, currency=currency)
