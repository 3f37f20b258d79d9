"""Recoverable loss: what a touchpoint would win back if it let go no more customers than its peers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxlab.errors import ParameterError, unknown
from cxlab.finding import Check, Finding
from cxlab.journey.chain import DRAWS, Chain, batches, fit_chain, fundamental, to_come
from cxlab.journey.log import Log
from cxlab.journey.times import long_enough
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, money, share

REFERENCES = ("stage", "best")
FEWEST = 30


def gain_of(shares: np.ndarray, reward: np.ndarray, to_be: np.ndarray) -> np.ndarray:
    """What a journey would earn more if one touchpoint at a time had another drop-off, all by one inverse.

    Parameters
    ----------
    shares : shape (…, 1 + touchpoints, 2 + touchpoints)
    to_be : drop-off each touchpoint would have, shape (…, touchpoints)

    Returns
    -------
    array, shape (…, touchpoints): change of the earnings of a journey from its start; nan where every journey ends, as
    nothing is known about where it might go on

    Notes
    -----
    Scaling all that does not leave c by 1 + d changes one row of the chain; by Sherman and Morrison the earnings change
    by N[s,c]·d·h_c / (1 − d·(N[c,c] − 1)): exactly what re-solving the changed chain gives.
    """
    n = fundamental(shares)
    h = to_come(shares, reward)[..., 1:]
    leaves = shares[..., 1:, -1]
    d = np.divide(leaves - to_be, 1 - leaves, out=np.full_like(leaves, np.nan), where=leaves < 1)
    again = np.diagonal(n, axis1=-2, axis2=-1)[..., 1:] - 1
    return n[..., 0, 1:] * d * h / (1 - d * again)


def reference_drop_off(chain: Chain, shares: np.ndarray, reference: str | float) -> np.ndarray:
    """The drop-off each touchpoint is held against, shape (…, touchpoints); nan where it has no peers.

    "stage": of the other touchpoints of its stage, weighted by contacts; "best": of the best of them with at least
    thirty contacts; or a share. Touchpoints that are the goal are neither held against anything nor peers.
    """
    leaves = shares[..., 1:, -1]
    contacts = chain.counts[1:].sum(axis=1)
    peers = [c for c in range(len(chain.labels)) if c not in chain.goal and contacts[c] > 0]
    held = np.full(leaves.shape, np.nan)
    for code in peers:
        if not isinstance(reference, str):
            held[..., code] = reference
            continue
        others = [c for c in peers if c != code and chain.stage_of[c] == chain.stage_of[code]]
        if reference == "best":
            others = [c for c in others if contacts[c] >= FEWEST]
            others = sorted(others, key=lambda c: chain.shares[1 + c, -1])[:1]
        if others:
            held[..., code] = leaves[..., others] @ contacts[others] / contacts[others].sum()
    return held


def recoverable_loss(
    log: Log,
    *,
    value: float | np.ndarray | None = None,
    reference: str | float = "stage",
    level: float = 0.9,
    draws: int = DRAWS,
    rng: np.random.Generator | int = 1,
    quiet_days: float = 0.0,
) -> Finding:
    """What every touchpoint loses beyond its peers: volume × drop-off gap × what a journey still has before it.

    Parameters
    ----------
    value : money that a contact with the goal is worth, a number or posterior draws; None: goals are counted
    reference : "stage", "best" or a share of drop-off, see `reference_drop_off`

    Returns
    -------
    Finding "journey.loss", a row a touchpoint, the largest loss first: touchpoint, stage, contacts, contacts_a_year,
    drop_off, drop_off_low, drop_off_high, reference, goals, goals_low, goals_high (a year; negative: it lets go fewer
    than its peers), and where a value is given money, low, high (a year, not below zero)

    Notes
    -----
    The drop-off of each touchpoint is changed alone, so losses do not add up. Whole journeys count: every contact with
    the goal earns its value. Assumption: who is kept goes on as those did who stayed by themselves.

    >>> from cxlab.journey.examples import small_log
    >>> found = recoverable_loss(small_log(), reference=0.1, value=50, draws=200)
    >>> found.table["touchpoint"].iloc[0]
    'Help desk'
    """
    if isinstance(reference, str) and reference not in REFERENCES:
        raise unknown("reference", reference, [*REFERENCES, "a share, as 0.1"])
    if not isinstance(reference, str) and not 0 <= reference < 1:
        raise ParameterError(f"the reference drop-off is {reference!r}.", expected="a share from 0 to below 1")
    chain = fit_chain(log, until="end", quiet_days=quiet_days)
    generator = np.random.default_rng(rng)
    per_year = chain.journeys / chain.years
    best = per_year * gain_of(chain.shares, chain.reward, reference_drop_off(chain, chain.shares, reference))
    parts = [(per_year * gain_of(d, chain.reward, reference_drop_off(chain, d, reference)), d[:, 1:, -1])
             for d in batches(chain, draws, generator)]  # fmt: skip
    goals, leaves = (np.concatenate(part) for part in zip(*parts, strict=True))
    worth = None if value is None else np.asarray(value, float)
    paid = None if worth is None else goals * (worth if worth.ndim == 0 else generator.choice(worth, draws)[:, None])
    held = reference_drop_off(chain, chain.shares, reference)
    contacts = chain.counts[1:].sum(axis=1)
    codes = [c for c in range(len(chain.labels)) if contacts[c] > 0 and np.isfinite(held[c]) and np.isfinite(best[c])]
    closed = [
        chain.labels[c] for c in range(len(chain.labels)) if np.isfinite(held[c]) and chain.shares[1 + c, -1] == 1
    ]
    if not codes:
        raise ParameterError(
            "no touchpoint has a peer in its stage to be held against.", expected="reference=0.1, a share of drop-off"
        )
    records, errors = [], []
    for code in codes:
        p, g = spread(leaves[:, code], level), spread(goals[:, code], level)
        record = {
            "touchpoint": chain.labels[code], "stage": chain.stage_of[code], "contacts": int(contacts[code]),
            "contacts_a_year": contacts[code] / chain.years, "drop_off": float(chain.shares[1 + code, -1]),
            "drop_off_low": float(p.quantiles[0]), "drop_off_high": float(p.quantiles[1]),
            "reference": float(held[code]),
            "goals": float(best[code]), "goals_low": float(g.quantiles[0]), "goals_high": float(g.quantiles[1]),
        }  # fmt: skip
        error = {"drop_off_low": p.quantile_error[0], "drop_off_high": p.quantile_error[1],
                 "goals_low": g.quantile_error[0], "goals_high": g.quantile_error[1]}  # fmt: skip
        if paid is not None:
            m = spread(paid[:, code], level)
            record |= {"money": max(float(best[code] * worth.mean()), 0.0), "low": max(float(m.quantiles[0]), 0.0),
                       "high": max(float(m.quantiles[1]), 0.0)}  # fmt: skip
            error |= {"low": m.quantile_error[0], "high": m.quantile_error[1]}
        records.append(record)
        errors.append({name: float(e) for name, e in error.items()})
    spreads = goals[:, codes].std(axis=0)
    order = np.argsort([-record["goals"] for record in records], kind="stable")
    table = pd.DataFrame([records[i] for i in order])
    # the largest of many is large by chance too: its doubt is that of the one picked (Bonferroni)
    first = int(order[0])
    sure = best[codes[first]] > norm.ppf(1 - (1 - level) / 2 / len(codes)) * spreads[first]
    return _finding(
        log, chain, table, pd.DataFrame([errors[i] for i in order]), reference, level, sure=bool(sure), closed=closed
    )


def _finding(
    log: Log, chain: Chain, table: pd.DataFrame, errors: pd.DataFrame, reference, level: float, *, sure: bool, closed
) -> Finding:
    top = table.iloc[0]
    priced = "money" in table
    middle, low, high = (
        [money(v, log.currency) for v in (top.money, top.low, top.high)]
        if priced
        else [count(v) for v in (top.goals, max(top.goals_low, 0), max(top.goals_high, 0))]
    )
    what = "" if priced else " conversions"
    against = {"stage": "the other touchpoints of its stage", "best": "the best touchpoint of its stage"}.get(
        reference, f"the {share(reference)} it is held against" if not isinstance(reference, str) else ""
    )
    untold = (
        f" At {', '.join(closed)} every journey ends, so what it would bring to go on is not known." if closed else ""
    )
    return Finding(
        name="journey.loss",
        title=f"{top.touchpoint} could win back {middle}{what} a year" if top.goals > 0
        else "No touchpoint lets go more customers than its peers",
        text=(
            f"{share(top.drop_off)} of contacts at {top.touchpoint} are the last of a journey "
            f"{interval(share(top.drop_off_low), share(top.drop_off_high), level=level)}; at {against} it is "
            f"{share(top.reference)}. Without that gap {middle}{what} a year could be won back "
            f"{interval(low, high, level=level)}, if those who are kept go on as those did who stayed by themselves "
            f"(n = {count(chain.journeys)} journeys, {log.period}). Each touchpoint is changed alone: "
            f"losses do not add up.{untold}"
        ),
        table=table,
        units={"contacts": "count", "contacts_a_year": "count"}
        | dict.fromkeys(["drop_off", "drop_off_low", "drop_off_high", "reference"], "share")
        | (dict.fromkeys(["money", "low", "high"], "money") if priced else {}),
        monte_carlo_error=errors,
        checks=(
            *log.checks,
            *chain.checks,
            *long_enough(log),
            Check("the largest loss is more than the largest of so many would be by chance", sure,
                  f"{low} to {high}", f"above 0 for the largest of {len(table)}",
                  "The gap to its peers may be chance: ask for more data before paying for a remedy."),
        ),
        currency=log.currency,
        draw=lambda ax: _draw(ax, table, log.currency),
        caption=f"n = {count(chain.journeys)} journeys, {log.period}; {level * 100:g} % intervals.",
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame, currency: str):
    from cxlab.journey import charts

    return charts.draw_loss(ax, table, currency=currency)
