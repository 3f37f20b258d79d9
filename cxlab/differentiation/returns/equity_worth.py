"""Customer equity as findings: what drives the choice of a brand, what brands are worth, and how that goes on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.demand import Demand
from cxlab.differentiation.returns.equity import (
    Change,
    EquityModel,
    brand_sales,
    long_run_shares,
)
from cxlab.differentiation.returns.worth import capital
from cxlab.experience.drivers.gaps import signed
from cxlab.experience.drivers.ratings import spoken
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, money, number, share, span

#: choices a coefficient, below which a logit is hardly known, and ratings that may be filled in
_PER_COEFFICIENT, _FILLED = 10, 0.2
_SWITCHING = "Customers are taken to switch as they do today, but for drift of the brands."


def equity_drivers(model: EquityModel, *, level: float = 0.9) -> Finding:
    """What drives the choice of a brand.

    Returns
    -------
    Finding "differentiation.equity_drivers", a row a driver, the strongest first, inertia (bought last) among them:
        driver, coefficient, low, high (log-odds of a rating point; of having bought it last), odds, odds_low,
        odds_high (factor on the odds), p_positive
    """
    check_level(level)
    found = spread(model.draws, level)
    table = pd.DataFrame(
        {"driver": model.names, "coefficient": model.coefficients, "low": found.quantiles[0],
         "high": found.quantiles[1], "odds": np.exp(model.coefficients), "odds_low": np.exp(found.quantiles[0]),
         "odds_high": np.exp(found.quantiles[1]), "p_positive": (model.draws > 0).mean(0)}
    )  # fmt: skip
    low, high = found.quantile_error
    chance = table["p_positive"]
    error = pd.DataFrame(
        {"low": low, "high": high, "odds_low": table["odds_low"] * low, "odds_high": table["odds_high"] * high,
         "p_positive": np.sqrt(chance * (1 - chance) / len(model.draws))}
    )  # fmt: skip
    order = table.sort_values("coefficient", ascending=False).index
    table, error = (frame.loc[order].reset_index(drop=True) for frame in (table, error))
    rated = table[table["driver"] != "inertia"].reset_index(drop=True)
    top, inertia = rated.iloc[0], table[table["driver"] == "inertia"].iloc[0]
    against = [spoken(d) for d in rated.loc[rated["high"] < 0, "driver"]]
    said = [
        f"{count(model.data.n)} customers choose among {count(len(model.data.brands))} brands"
        f"{', ' * bool(model.data.period)}{model.data.period}. Who bought a brand last has "
        f"{number(inertia['odds'])} times the odds of buying it again {_ends(inertia, level)}.",
        f"A point more for {spoken(top['driver'])} multiplies the odds of being chosen by {number(top['odds'])} "
        f"{_ends(top, level)}.",
    ]
    said += [f"Better rated for {', '.join(against)} goes along with being chosen less: ask why."] if against else []
    return Finding(
        name="differentiation.equity_drivers",
        title=f"{capital(spoken(top['driver']))} drives the choice of a brand the most"
        if top["low"] > 0 else "What drives the choice of a brand cannot be told yet",
        text=" ".join(said) + simulated(model),
        table=table,
        units=dict.fromkeys(("coefficient", "low", "high"), "log-odds")
        | dict.fromkeys(("odds", "odds_low", "odds_high"), "times") | {"p_positive": "share"},
        checks=equity_checks(model),
        monte_carlo_error=error,
        draw=lambda ax: _charts().draw_equity_drivers(ax, table),
        caption=equity_caption(model, level),
        keys=(Key(f"× {number(top['odds'])}", f"odds of being chosen for a point more in {spoken(top['driver'])} "
                  f"(n = {count(model.data.n)})"),),
    )  # fmt: skip


def customer_equity(
    model: EquityModel, demand: Demand, *, level: float = 0.9, rng: np.random.Generator | int = 0
) -> Finding:
    """What all customers of the market are worth to each brand.

    Returns
    -------
    Finding "differentiation.customer_equity", a row a brand, the most valuable first: brand, equity, low, high (money
        of today over the horizon), share, share_low, share_high (of all equity), bought_last, bought_next (shares of
        customers), long_run (share of purchases in the end, as ratings are)
    """
    check_level(level)
    size, settled = sampled(model, demand, rng), long_run_shares(model)
    worth = present_value(brand_sales(model, demand, rng=rng), demand, size)
    part = spread(worth / worth.sum(1, keepdims=True), level)
    found, brands = spread(worth, level), model.data.brands
    even = np.bincount(model.data.respondent)[model.data.respondent]
    weight = (1 / even) / (1 / even).sum()
    table = pd.DataFrame(
        {"brand": brands, "equity": found.mean, "low": found.quantiles[0], "high": found.quantiles[1],
         "share": part.mean, "share_low": part.quantiles[0], "share_high": part.quantiles[1],
         "bought_last": weight @ model.data.last, "bought_next": weight @ model.data.next,
         "long_run": settled.mean(0)}
    )  # fmt: skip
    error = pd.DataFrame(
        {"equity": found.mean_error, "low": found.quantile_error[0], "high": found.quantile_error[1],
         "share": part.mean_error, "share_low": part.quantile_error[0], "share_high": part.quantile_error[1],
         "long_run": settled.std(0) / np.sqrt(len(settled))}
    )  # fmt: skip
    order = table.sort_values("equity", ascending=False).index
    table, error = (frame.loc[order].reset_index(drop=True) for frame in (table, error))
    currency, years = demand.currency, span(demand.years, "year")
    said = [
        f"{row.brand}: {money(row.equity, currency)} of today's money over {years} "
        f"{interval(money(row.low, currency), money(row.high, currency), level=level)}, {share(row.share)} of all; "
        f"{share(row.bought_last)} bought it last, {share(row.long_run)} of purchases in the long run."
        for row in table.head(4).itertuples()
    ]
    top = table.iloc[0]
    return Finding(
        name="differentiation.customer_equity",
        title=f"{top['brand']} holds {share(top['share'])} of customer equity: {money(top['equity'], currency)} over "
        f"{years}",
        text=" ".join([f"From the brand choices of {count(model.data.n)} customers"
                       f"{', ' * bool(model.data.period)}{model.data.period}.", *said,
                       _SWITCHING]) + simulated(model),
        table=table,
        units=dict.fromkeys(("equity", "low", "high"), "money")
        | {c: "share" for c in table.columns if c.startswith(("share", "bought", "long"))},
        checks=equity_checks(model),
        monte_carlo_error=error,
        draw=lambda ax: _charts().draw_customer_equity(ax, table, currency=currency),
        caption=f"{equity_caption(model, level)} {demand_words(demand)}.",
        keys=(Key(money(top["equity"], currency), f"customer equity of {top['brand']} over {years}, {level * 100:g} % "
                  f"{money(top['low'], currency)} to {money(top['high'], currency)} (n = {count(model.data.n)})"),),
        currency=currency,
    )  # fmt: skip


def equity_over_years(
    model: EquityModel, demand: Demand, changes: Sequence[Change] = (), *, brand: str, level: float = 0.9,
    rng: np.random.Generator | int = 0,
) -> Finding:  # fmt: skip
    """Margin of a brand year by year, as it is and when a driver is improved.

    Parameters
    ----------
    changes : improvements to look at, each a scenario of its own
    brand : whose margin

    Returns
    -------
    Finding "differentiation.equity_over_years", a row a scenario and year: scenario, year (1 … ), margin, low, high,
        inner_low, inner_high (money of the year, not discounted; the middle half), share, share_low, share_high (of
        purchases), more, more_low, more_high (money, against "as it is")
    """
    check_level(level)
    own = model.data.brand(brand)
    size, seed = sampled(model, demand, rng)[:, own], seeded(rng)
    year = np.minimum(np.ceil(demand.times - 1e-9).astype(int), int(np.ceil(demand.years)))
    scenarios = {"as it is": brand_sales(model, demand, rng=seed)[:, :, own]}
    scenarios |= {_named(change): brand_sales(model, demand, change, rng=seed)[:, :, own] for change in changes}
    rows, errors, before = [], [], None
    for name, sales in scenarios.items():
        parts = [sales[:, year == y] for y in np.unique(year)]
        margin = np.stack([p.sum(1) * size for p in parts], 1)
        before = margin if before is None else before
        found, inner = spread(margin, level), spread(margin, 0.5)
        bought, more = spread(np.stack([p.mean(1) for p in parts], 1), level), spread(margin - before, level)
        rows.append(pd.DataFrame(
            {"scenario": name, "year": np.unique(year), "margin": found.mean, "low": found.quantiles[0],
             "high": found.quantiles[1], "inner_low": inner.quantiles[0], "inner_high": inner.quantiles[1],
             "share": bought.mean, "share_low": bought.quantiles[0], "share_high": bought.quantiles[1],
             "more": more.mean, "more_low": more.quantiles[0], "more_high": more.quantiles[1]}))  # fmt: skip
        errors.append(pd.DataFrame(
            {"margin": found.mean_error, "low": found.quantile_error[0], "high": found.quantile_error[1],
             "inner_low": inner.quantile_error[0], "inner_high": inner.quantile_error[1], "share": bought.mean_error,
             "share_low": bought.quantile_error[0], "share_high": bought.quantile_error[1], "more": more.mean_error,
             "more_low": more.quantile_error[0], "more_high": more.quantile_error[1]}))  # fmt: skip
    table, currency = pd.concat(rows, ignore_index=True), demand.currency
    ends = table[table["year"] == table["year"].max()]
    said = []
    for row in ends.itertuples():
        if row.scenario == "as it is":
            said.append(f"As it is, {brand} earns {money(row.margin, currency)} of margin in year {row.year} "
                        f"{interval(money(row.low, currency), money(row.high, currency), level=level)}.")  # fmt: skip
        else:
            reach = interval(money(row.more_low, currency), money(row.more_high, currency), level=level)
            said.append(f"With {row.scenario} it earns {money(row.more, currency)} more in that year {reach}.")
    last = ends.iloc[-1]
    return Finding(
        name="differentiation.equity_over_years",
        title=f"{brand} earns {money(ends.iloc[0]['margin'], currency)} in year {ends.iloc[0]['year']}"
        + (f", {money(abs(last['more']), currency)} {'more' if last['more'] >= 0 else 'less'} with {last['scenario']}"
           if len(ends) > 1 else ""),
        text=" ".join([*said, _SWITCHING]) + simulated(model),
        table=table,
        units={c: "share" if c.startswith("share") else "money" for c in table.columns[2:]},
        checks=equity_checks(model),
        monte_carlo_error=pd.concat(errors, ignore_index=True),
        draw=lambda ax: _charts().draw_equity_fan(ax, table, currency=currency, level=level),
        caption=f"{equity_caption(model, level)} {demand_words(demand)}; bands: middle half and {level * 100:g} %.",
        keys=(Key(money(ends.iloc[0]["margin"], currency), f"margin of {brand} in year {ends.iloc[0]['year']}"),),
        currency=currency,
    )  # fmt: skip


def seeded(rng: np.random.Generator | int) -> int:
    """A seed that several scenarios share."""
    return int(rng.integers(2**32)) if isinstance(rng, np.random.Generator) else int(rng)


def sampled(model: EquityModel, demand: Demand, rng) -> np.ndarray:
    return demand.sampled(model.data.brands, len(model.draws), np.random.default_rng(rng))


def present_value(sales: np.ndarray, demand: Demand, size: np.ndarray) -> np.ndarray:
    """Present value by draw and brand."""
    return np.einsum("stb,t->sb", sales, (1 + demand.discount) ** -demand.times) * size


def _named(change: Change) -> str:
    words = f"{signed(change.points, 1)} points in {spoken(change.driver)}"
    return words + (f", rivals answering {share(change.reaction)}" if change.reaction else "")


def _ends(row, level: float) -> str:
    return interval(number(row["odds_low"]), number(row["odds_high"]), level=level)


def simulated(model: EquityModel) -> str:
    return " These customers are simulated." if model.data.simulated else ""


def equity_caption(model: EquityModel, level: float) -> str:
    data = model.data
    return (
        f"n = {count(data.n)} customers, {count(len(data.brands))} brands{', ' * bool(data.period)}{data.period}"
        f"{' (simulated)' if data.simulated else ''}; {level * 100:g} % intervals of {count(len(model.draws))} draws "
        "of the Bayesian bootstrap. Logit of brand choice with inertia, Markov chain of brands (Rust, Lemon & "
        "Zeithaml 2004)."
    )


def demand_words(demand: Demand) -> str:
    return (
        f"{demand.currency or 'Money'} of today over {span(demand.years, 'year')} at {share(demand.discount)} a year, "
        f"{number(demand.purchases_a_year)} purchases a year, brands drifting by {number(demand.drift, digits=1)} "
        f"log-odds a year"
    )


def equity_checks(model: EquityModel) -> tuple[Check, ...]:
    data, k = model.data, len(model.names)
    stay = float((data.last * data.next).sum(1).mean())
    return (
        Check("customers a coefficient", data.n >= _PER_COEFFICIENT * k, data.n / k, f"≥ {_PER_COEFFICIENT}",
              "Ask more customers, or about fewer drivers."),
        Check("share who buy the same brand again", 0.02 < stay < 0.98, share(stay), "between 2 % and 98 %",
              "Nobody, or everybody, switches: inertia is told by the prior."),
        Check("ratings that were filled in", data.filled <= _FILLED, share(data.filled), f"≤ {share(_FILLED)}",
              "Ask about fewer brands, but all of each."),
    )  # fmt: skip


def _charts():
    from cxlab.differentiation.charts import equity

    return equity
