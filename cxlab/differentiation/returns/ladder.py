"""Minimum viable personalisation: levels one on top of the other, and where to stop.

A level is worth climbing when its own net gain and what it opens above it are together worth more than nothing. Where
that is not sure, a trial that costs less than it is worth comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.differentiation.returns.initiative import PARTS, Values
from cxlab.differentiation.returns.worth import capital, caption, made_up
from cxlab.errors import ParameterError, unknown
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, interval, money, span

_RESULTS = 400  # of a trial that are looked at, spread evenly over effects and noise (a lattice)
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Trial:
    """A small try of a level before the money is spent.

    Parameters
    ----------
    cost : money
    standard_error : of the full effect a year that it measures, in the money the effect is stated in
    months : until it is read; all that follows is later by as much
    """

    cost: float
    standard_error: float
    months: float = 0.0

    def __post_init__(self):
        if not (self.cost >= 0 and self.standard_error > 0 and self.months >= 0):
            raise ParameterError(f"{self}.", expected="cost ≥ 0, standard_error > 0, months ≥ 0")


def trial_value(effect: np.ndarray, worth: np.ndarray, standard_error: float) -> tuple[float, float]:
    """Expected worth of deciding after a trial, and how likely it then says go (preposterior analysis).

    Parameters
    ----------
    effect : what the trial measures, by draw; worth : what going on brings, by the same draws
    standard_error : of the trial

    Notes
    -----
    For results drawn around the effects, the expected worth is that of a smooth curve of the effect (second degree:
    what a trial tells of worth, it tells through the effect), weighed by the normal likelihood of the result. Stopping
    brings 0. Without noise that is worth as much as perfect information on the effect:

    >>> from scipy.special import ndtri
    >>> x = 10 + 20 * ndtri((np.arange(4000) + .5) / 4000)  # EVPI of N(10, 20): 3.956
    >>> round(trial_value(x, x, .05)[0] - 10, 2), round(trial_value(x, x, 1e6)[0] - 10, 2)
    (3.95, 0.0)
    """
    if not np.ptp(effect) > 0:
        return max(float(worth.mean()), 0.0), float(worth.mean() > 0)
    scaled = (effect - effect.mean()) / effect.std()
    curve = np.polynomial.Polynomial.fit(scaled, worth, 2)(scaled)
    noise = standard_error / effect.std()
    order = np.argsort(scaled)
    results = min(_RESULTS, len(scaled))
    seen = scaled[order][((np.arange(results) + 0.5) * len(scaled) / results).astype(int)]
    seen = seen + noise * ndtri((np.arange(results) * _GOLDEN + 0.5 / results) % 1)
    distance = np.square((seen[:, None] - scaled[None, :]) / noise) / 2
    weight = np.exp(-(distance - distance.min(1, keepdims=True)))
    after = (weight @ curve) / weight.sum(1)
    after += worth.mean() - after.mean()
    return float(np.maximum(after, 0.0).mean()), float((after > 0).mean())


def personalisation_ladder(values: Values, *, trials: Mapping[str, Trial] | None = None, level: float = 0.9) -> Finding:
    """Up to which level to personalise.

    Parameters
    ----------
    values : of `initiative_values`, an initiative a level, from the lowest up; costs and effects are what a level adds
        to the one below it
    trials : level → `Trial` that could be made before it
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.ladder", a row a level: rung, level, cost, gain, net, net_low, net_high (present values of
        what it adds), p_pays (P(net > 0)), beyond (expected net of the best stop above it), total (expected net of all
        levels up to it), trial_gain (what a trial first adds to the expected worth of going on, its cost and its delay
        taken off; missing without a trial), p_go (P(a trial says go)), decision ("take", "try first", "stop", "not
        reached")

    >>> from cxlab.differentiation.returns.initiative import Initiative, initiative_values
    >>> steps = [Initiative("name", 500, (400, 800, 1_500)), Initiative("orders", 4_000, (200, 700, 1_200))]
    >>> personalisation_ladder(initiative_values(steps)).table["decision"].tolist()
    ['take', 'stop']
    """
    check_level(level)
    trials = dict(trials or {})
    for name in trials:
        if name not in values.names:
            raise unknown("level", name, values.names)
    npv, terms, currency = values.npv, values.terms, values.terms.currency
    gain, cost = (side @ terms.factors for side in (values.benefits, values.costs))
    found = spread(npv, level)
    n = len(values.names)
    above = np.zeros(n + 1)
    rows: list[dict] = [{} for _ in range(n)]
    for k in reversed(range(n)):
        name = values.names[k]
        go = npv[:, k] + above[k + 1]
        best, added, p_go = max(float(go.mean()), 0.0), np.nan, np.nan
        if name in trials:
            trial = trials[name]
            effect = values.inputs[:, k, PARTS.index("effect")]
            after, p_go = trial_value(effect, go, trial.standard_error)
            added = after * (1 + terms.discount) ** (-trial.months / 12) - trial.cost - best
        above[k] = best + max(added, 0.0) if name in trials else best
        decision = "try first" if added > 0 else "take" if go.mean() > 0 else "stop"
        rows[k] = {
            "rung": k + 1, "level": name, "cost": cost[:, k].mean(), "gain": gain[:, k].mean(), "net": found.mean[k],
            "net_low": found.quantiles[0][k], "net_high": found.quantiles[1][k], "p_pays": (npv[:, k] > 0).mean(),
            "beyond": above[k + 1], "total": npv[:, : k + 1].sum(1).mean(), "trial_gain": added, "p_go": p_go,
            "decision": decision,
        }  # fmt: skip
    table = pd.DataFrame(rows)
    stops = (table["decision"] == "stop").to_numpy()
    if stops.any():
        table.loc[int(np.argmax(stops)) + 1 :, "decision"] = "not reached"
    taken = table[(table["decision"] == "take").cummin()]
    drawn = {"cost": cost, "gain": gain, "total": npv.cumsum(1), "beyond": npv[:, ::-1].cumsum(1)[:, ::-1] - npv,
             "trial_gain": npv}  # fmt: skip
    error = pd.DataFrame(
        {"net": found.mean_error, "net_low": found.quantile_error[0], "net_high": found.quantile_error[1],
         "p_pays": np.sqrt(table["p_pays"] * (1 - table["p_pays"]) / len(npv)),
         "p_go": np.sqrt(table["p_go"] * (1 - table["p_go"]) / _RESULTS)}
        | {name: draws.std(0) / np.sqrt(len(npv)) for name, draws in drawn.items()}
    )  # fmt: skip
    top = taken.iloc[-1] if len(taken) else None
    return Finding(
        name="differentiation.ladder",
        title=_title(table, taken),
        text=_text(table, taken, trials, currency, level) + made_up(values),
        table=table,
        units=dict.fromkeys(("cost", "gain", "net", "net_low", "net_high", "beyond", "total", "trial_gain"), "money")
        | {"p_pays": "share", "p_go": "share"},
        checks=(
            Check("levels to choose among", n >= 2, n, "≥ 2", "A ladder has more than one rung."),
            *values.checks,
        ),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, currency),
        caption=f"{caption(values, level)} Each level by what it adds to the one below it.",
        keys=(
            Key(f"{0 if top is None else top['rung']} of {n}", "levels to take now"),
            Key(money(0.0 if top is None else top["total"], currency),
                f"expected net of them over {span(terms.years, 'year')}"),
        ),
        currency=currency,
    )  # fmt: skip


def _title(table: pd.DataFrame, taken: pd.DataFrame) -> str:
    following = table.iloc[len(taken)] if len(taken) < len(table) else None
    if not len(taken):
        start = "Try the first level before any money is spent" if following["decision"] == "try first" else (
            "No level of personalisation is expected to pay")  # fmt: skip
        return f"{start}: {following['level']}"
    upto = f"Personalise up to level {taken.iloc[-1]['rung']} of {len(table)}, {taken.iloc[-1]['level']}"
    if following is None:
        return upto
    return upto + (f"; try {following['level']} first" if following["decision"] == "try first" else ", and stop there")


def _text(table: pd.DataFrame, taken: pd.DataFrame, trials, currency: str, level: float) -> str:
    said = []
    for row in table.itertuples():
        ends = interval(money(row.net_low, currency), money(row.net_high, currency), level=level)
        words = (
            f"{capital(row.level)} adds {money(row.gain, currency)} for {money(row.cost, currency)}, net "
            f"{money(row.net, currency)} {ends}; it pays with a probability of {chance_of(row.p_pays)}"
        )
        if row.decision == "take" and row.net <= 0:
            words += f". It is taken for what it opens: {money(row.beyond, currency)} above it"
        if np.isfinite(row.trial_gain):
            trial = trials[row.level]
            does = f"adds {money(row.trial_gain, currency)}" if row.trial_gain > 0 else "does not pay"
            late = f" and {span(trial.months, 'month')}" if trial.months else ""
            words += (
                f". A trial first, for {money(trial.cost, currency)}{late}, {does} and says go with a probability of "
                f"{chance_of(row.p_go)}"
            )
        said.append(f"{words}: {row.decision}.")
        if row.decision == "stop":
            break
    if len(taken) < len(table):
        row = table.iloc[len(taken)]
        if row["decision"] == "stop":
            said.append(f"What would change our mind: a gain of {row['level']} above "
                        f"{money(row['cost'] - row['beyond'], currency)}.")  # fmt: skip
        else:
            said.append(f"What would change our mind: the result of the trial of {row['level']}.")
    else:
        last = table.iloc[-1]
        said.append(f"What would change our mind: a gain of {last['level']} below {money(last['cost'], currency)}.")
    return " ".join(said)


def _draw(ax, table: pd.DataFrame, currency: str):
    from cxlab.differentiation.charts.personalisation import draw_ladder

    return draw_ladder(ax, table, currency=currency)
