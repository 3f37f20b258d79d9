"""What better ratings are worth in customer equity, rivals answering or not, against what they cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.demand import Demand
from cxlab.differentiation.returns.equity import Change, EquityModel, brand_sales, return_on_improvement
from cxlab.differentiation.returns.equity_worth import (
    demand_words,
    equity_caption,
    equity_checks,
    present_value,
    sampled,
    seeded,
    simulated,
)
from cxlab.differentiation.returns.uncertain import as_uncertain
from cxlab.differentiation.returns.worth import capital
from cxlab.errors import ParameterError, unknown
from cxlab.experience.drivers.gaps import signed
from cxlab.experience.drivers.ratings import spoken
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, money, share, span

_STATED = (
    "What customers say they buy next is not yet bought, and ratings that go along with a choice need not cause it: "
    "try the improvement in one place before all the money is spent."
)


def driver_returns(
    model: EquityModel, demand: Demand, *, brand: str, points: float | Mapping[str, float] = 0.5,
    costs: Mapping[str, object] | None = None, reaction: float = 0.5, after: float = 1.0, level: float = 0.9,
    rng: np.random.Generator | int = 0,
) -> Finding:  # fmt: skip
    """What better ratings of each driver bring in customer equity, rivals standing still or answering.

    Parameters
    ----------
    points : rating points more; a number, or driver → points (others are left out)
    costs : driver → what that improvement costs today: a number, (low, likely, high) or an Uncertain
    reaction, after : part of it that rivals do too in the second scenario, and years until they have

    Returns
    -------
    Finding "differentiation.driver_returns", a row a driver, the best first: driver, points, gain, gain_low, gain_high
        (money of today, rivals standing still), answered, answered_low, answered_high (rivals answering), cost, roi,
        roi_low, roi_high, p_pays (gain over cost, rivals answering; missing where the cost is not known)
    """
    check_level(level)
    wanted = dict(points) if isinstance(points, Mapping) else dict.fromkeys(model.data.drivers, points)
    costs = dict(costs or {})
    for name in (*wanted, *costs):
        if name not in model.data.drivers:
            raise unknown("driver", name, model.data.drivers)
    if not wanted:
        raise ParameterError("points names no driver.", expected="one driver at least")
    rng = np.random.default_rng(rng)
    seed, own = seeded(rng), model.data.brand(brand)
    size = sampled(model, demand, rng)
    base = present_value(brand_sales(model, demand, rng=seed), demand, size)[:, own]
    rows, errors = [], []
    for driver, more in wanted.items():
        changes = (Change(brand, driver, more, answer, after) for answer in (0.0, reaction))
        sales = (brand_sales(model, demand, change, rng=seed) for change in changes)
        still, moved = (present_value(sold, demand, size)[:, own] - base for sold in sales)
        gain, answered = spread(still, level), spread(moved, level)
        row, error = {"driver": driver, "points": float(more)}, {}
        for name, e in (("gain", gain), ("answered", answered)):
            row |= {name: float(e.mean), f"{name}_low": e.quantiles[0], f"{name}_high": e.quantiles[1]}
            error |= {name: float(e.mean_error), f"{name}_low": e.quantile_error[0],
                      f"{name}_high": e.quantile_error[1]}  # fmt: skip
        row |= dict.fromkeys(("cost", "roi", "roi_low", "roi_high", "p_pays"), np.nan)
        if driver in costs:
            spent = as_uncertain(f"cost of {driver}", costs[driver], unit="money", lower=0.0)
            paid = rng.permutation(spent.at((np.arange(len(moved)) + 0.5) / len(moved)))
            if not paid.min() > 0:
                raise ParameterError(f"the cost of {driver!r} is {paid.min():g}.", expected="more than 0")
            back = spread(return_on_improvement(moved, paid), level)
            row |= {"cost": spent.mean, "roi": float(moved.mean() / paid.mean() - 1), "roi_low": back.quantiles[0],
                    "roi_high": back.quantiles[1], "p_pays": float((moved > paid).mean())}  # fmt: skip
            error |= {"roi": float(back.mean_error), "roi_low": back.quantile_error[0],
                      "roi_high": back.quantile_error[1],
                      "p_pays": float(np.sqrt(row["p_pays"] * (1 - row["p_pays"]) / len(moved)))}  # fmt: skip
        rows.append(row)
        errors.append(error)
    table = pd.DataFrame(rows)
    order = (table["answered"] - table["cost"].fillna(0)).sort_values(ascending=False, kind="stable").index
    table, error = (frame.loc[order].reset_index(drop=True) for frame in (table, pd.DataFrame(errors)))
    currency, top, years = demand.currency, table.iloc[0], span(demand.years, "year")
    said = []
    for row in table.head(3).itertuples():
        words = (
            f"{capital(spoken(row.driver))}, {signed(row.points, 1)} points: {money(row.gain, currency)} of equity "
            f"over {years} {interval(money(row.gain_low, currency), money(row.gain_high, currency), level=level)} if "
            f"rivals stand still, {money(row.answered, currency)} if after {span(after, 'year')} they do "
            f"{share(reaction)} of it"
        )
        if np.isfinite(row.cost):
            words += (f"; for {money(row.cost, currency)} that is a return of {share(row.roi)}, and it pays with a "
                      f"probability of {chance_of(row.p_pays)}")  # fmt: skip
        said.append(words + ".")
    pays = np.isfinite(top["p_pays"])
    change = (f"What would change our mind: a cost of {top['driver']} above {money(top['answered'], currency)}."
              if top["answered"] > 0 else "")  # fmt: skip
    return Finding(
        name="differentiation.driver_returns",
        title=f"{capital(spoken(top['driver']))} brings {brand} the most: {money(top['answered'], currency)} of "
        f"customer equity even if rivals answer" + (f", {share(top['roi'])} on its cost" if pays else ""),
        text=" ".join(filter(None, [*said, change, _STATED])) + simulated(model),
        table=table,
        units=dict.fromkeys([c for c in table.columns if c.startswith(("gain", "answered", "cost"))], "money")
        | dict.fromkeys(("roi", "roi_low", "roi_high", "p_pays"), "share") | {"points": "points"},
        checks=equity_checks(model),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, currency),
        caption=f"{equity_caption(model, level)} {demand_words(demand)}; rivals answering: {share(reaction)} of "
        f"the improvement after {span(after, 'year')}.",
        keys=(Key(money(top["answered"], currency), f"of customer equity for {signed(top['points'], 1)} points in "
                  f"{spoken(top['driver'])}, rivals answering (n = {count(model.data.n)})"),),
        currency=currency,
    )  # fmt: skip


def _draw(ax, table: pd.DataFrame, currency: str):
    from cxlab.differentiation.charts.equity import draw_driver_returns

    return draw_driver_returns(ax, table, currency=currency)
