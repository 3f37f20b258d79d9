"""Attribution: what would be lost without a touchpoint. Removal effects of the chain in closed form, and Shapley.

Rules, by name:
lost      removal effect: a journey that would come to the removed touchpoint ends there. RE = N[s,c]·h_c / (N[c,c]·h_s)
rerouted  removal effect: a journey goes on to where else it might have gone from the same place
shapley   every conversion is shared equally by the distinct touchpoints before it, which is the Shapley value of the
          game "conversions of journeys that need no other touchpoint" (Zhao, Mahboobi & Bagheri 2018)
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import norm

from cxlab.errors import ModelError
from cxlab.finding import Finding
from cxlab.journey.chain import DRAWS, Chain, batches, fit_chain, fundamental, to_come
from cxlab.journey.log import Log
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, share

RULES = ("lost", "rerouted", "shapley")


def removal_effects(shares: np.ndarray, reward: np.ndarray) -> np.ndarray:
    """Share of what journeys earn that would be lost without each touchpoint, all by one inverse, rule "lost".

    Parameters
    ----------
    shares : shape (…, 1 + touchpoints, 2 + touchpoints); reward : shape (2 + touchpoints,)

    Returns
    -------
    array, shape (…, touchpoints); 0 where a touchpoint was never met

    Notes
    -----
    A journey comes to c with chance N[s,c] / N[c,c], and then h_c is still to be earned: no system is solved again.
    What a visit to c itself earns (where c is the goal of whole journeys) is lost with it.
    """
    n = fundamental(shares)
    h = to_come(shares, reward)
    size = shares.shape[-2]
    own = reward[: size - 1]
    comes = n[..., 0, 1:] / np.diagonal(n, axis1=-2, axis2=-1)[..., 1:]
    return comes * (own + h[..., 1:]) / h[..., :1]


def rerouted_effects(shares: np.ndarray, reward: np.ndarray) -> np.ndarray:
    """The same under the rule "rerouted": the chance to come to the removed touchpoint goes to its alternatives.

    A place from which every journey goes to the removed touchpoint becomes an end.
    """
    size = shares.shape[-2]
    whole = to_come(shares, reward)[..., 0]
    effects = np.zeros((*shares.shape[:-2], size - 1))
    for c in range(size - 1):
        without = shares.copy()
        without[..., :, c] = 0.0
        rest = without.sum(axis=-1, keepdims=True)
        without = np.divide(without, rest, out=np.zeros_like(without), where=rest > 1e-12)
        effects[..., c] = 1 - to_come(without, reward)[..., 0] / whole
    return effects


def shapley(log: Log) -> pd.DataFrame:
    """Conversions shared equally by the distinct touchpoints before them.

    Returns
    -------
    DataFrame by code: conversions (credit; they add up to the journeys that convert after at least one other contact),
    square (sum of squared credits), journeys (that met it before converting)
    """
    before = log.before_goal.filter(_.converts)
    met = before.group_by(*log.keys, "touchpoint").agg()
    among = met.group_by(log.keys).agg(met=_.count())
    credit = met.inner_join(among, log.keys).mutate(credit=1.0 / _.met)
    found = (
        credit.group_by("touchpoint")
        .agg(conversions=_.credit.sum(), square=(_.credit * _.credit).sum(), journeys=_.count())
        .execute()
        .set_index("touchpoint")
    )
    return found.reindex(range(len(log.labels)), fill_value=0)


def attribution(
    log: Log, *, level: float = 0.9, draws: int = DRAWS, rng: np.random.Generator | int = 1, quiet_days: float = 0.0
) -> Finding:
    """Which touchpoints conversion hangs on, by three rules side by side.

    Parameters
    ----------
    draws : posterior draws of the chain, for the intervals of the removal effects

    Returns
    -------
    Finding "journey.attribution", a row a touchpoint (before the goal) and rule: touchpoint, rule ("lost", "rerouted",
    "shapley"), effect (share of conversions lost without it; of the rule shapley its share of the credit), low, high,
    credit (effects above zero, divided by their sum)

    Raises
    ------
    ModelError : see `chain.fit_chain`, or no touchpoint comes before the goal.

    Notes
    -----
    Removal effects do not add up to one: several touchpoints of one journey may each be needed. None of the three says
    what an experiment would: a touchpoint may only be met by those who convert anyway.

    >>> from cxlab.journey.examples import small_log
    >>> found = attribution(small_log()).table
    >>> found.loc[found["rule"] == "lost", ["touchpoint", "effect"]].round(2).values.tolist()
    [['Search', 1.0], ['Website', 1.0], ['Help desk', 0.5]]
    """
    chain = fit_chain(log, quiet_days=quiet_days)
    codes = [c for c in range(len(chain.labels)) if chain.states[1 + c]]
    if not codes:
        raise ModelError(f"every journey begins at {log.goal_name}: no touchpoint comes before it.", mend="goal=…")
    records, errors = [], []
    for rule, effects in (("lost", removal_effects), ("rerouted", rerouted_effects)):
        best = effects(chain.shares, chain.reward)
        sampled = np.concatenate([effects(d, chain.reward) for d in batches(chain, draws, rng)])
        _add(records, errors, chain, codes, rule, best, sampled, level)
    found = shapley(log)
    total = found["conversions"].sum()
    error = np.sqrt(np.maximum(found["square"] - found["conversions"] ** 2 / max(total, 1), 0)) / max(total, 1)
    z = norm.ppf(1 - (1 - level) / 2)
    for code in codes:
        effect = found["conversions"][code] / max(total, 1)
        low, high = max(effect - z * error[code], 0.0), min(effect + z * error[code], 1.0)
        records.append(
            {"touchpoint": chain.labels[code], "rule": "shapley", "effect": effect, "low": low, "high": high}
        )
        errors.append({"effect": 0.0, "low": 0.0, "high": 0.0})
    table = pd.DataFrame(records)
    positive = table["effect"].clip(lower=0)
    table["credit"] = positive / positive.groupby(table["rule"]).transform("sum")
    lost = table[table["rule"] == "lost"]
    top = lost.loc[lost["effect"].idxmax()]
    others = table[(table["touchpoint"] == top.touchpoint) & (table["rule"] != "lost")].set_index("rule")
    return Finding(
        name="journey.attribution",
        title=f"Without {top.touchpoint}, {share(top.effect)} of conversions would be lost at most",
        text=(
            f"Of {count(chain.journeys)} journeys, {log.period}, {share(to_come(chain.shares, chain.reward)[0])} reach "
            f"{log.goal_name}. If journeys that come to {top.touchpoint} ended there, {share(top.effect)} of "
            f"conversions would be lost {interval(share(top.low), share(top.high), level=level)}; if they went on to "
            f"where else they might have gone, {_lost_or_gained(others.loc['rerouted', 'effect'])}. It holds "
            f"{share(others.loc['shapley', 'effect'])} of the credit by Shapley's rule. What an experiment would find "
            f"none of these rules says."
        ),
        table=table,
        units=dict.fromkeys(["effect", "low", "high", "credit"], "share"),
        monte_carlo_error=pd.DataFrame(errors),
        checks=(*log.checks, *chain.checks),
        draw=lambda ax: _draw(ax, table),
        caption=f"n = {count(chain.journeys)} journeys, {log.period}; {level * 100:g} % intervals.",
    )  # fmt: skip


def _lost_or_gained(effect: float) -> str:
    """
    >>> _lost_or_gained(.36), _lost_or_gained(-.05)
    ('36 %', 'none: 5 % more would be won, as the ways around it lead there more often')
    """
    if effect >= 0:
        return share(effect)
    return f"none: {share(-effect)} more would be won, as the ways around it lead there more often"


def _add(records, errors, chain: Chain, codes, rule, best, sampled, level) -> None:
    e = spread(sampled, level)
    for code in codes:
        records.append(
            {"touchpoint": chain.labels[code], "rule": rule, "effect": float(best[code]),
             "low": float(e.quantiles[0][code]), "high": float(e.quantiles[1][code])}
        )  # fmt: skip
        errors.append(
            {"effect": 0.0, "low": float(e.quantile_error[0][code]), "high": float(e.quantile_error[1][code])}
        )


def _draw(ax, table: pd.DataFrame):
    from cxlab.journey import charts

    shown = table[["touchpoint", "rule", "credit"]].assign(low=np.nan, high=np.nan)
    shown[["credit", "low", "high"]] = table[["effect", "low", "high"]]
    return charts.draw_attribution(ax, shown)
