"""What initiatives are worth: NPV, ROI and payback with their chances, and the cash flows behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.cash_flows import CashFlows
from cxlab.differentiation.returns.initiative import PARTS, Values
from cxlab.errors import ParameterError
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, money, number, share, span

#: return on costs from which margin was likely mistaken for revenue, or a cost forgotten
_TOO_GOOD = 10.0
_MONEY = ("cost", "cost_low", "cost_high", "npv", "npv_low", "npv_high", "expected_loss", "expected_shortfall")
_SHARES = ("roi", "roi_low", "roi_high", "p_pays", "p_loss", "p_payback", "irr", "break_even")


def initiative_returns(values: Values, *, level: float = 0.9, tail: float = 0.05) -> Finding:
    """What each initiative is worth, started now and alone.

    Parameters
    ----------
    values : of `initiative_values`
    level : coverage of the intervals
    tail : share of the worst draws that the expected shortfall is the mean of

    Returns
    -------
    Finding "differentiation.returns", a row an initiative, the highest NPV first: name, evidence, cost, cost_low,
        cost_high (present value of all that goes out), npv, npv_low, npv_high, roi, roi_low, roi_high (NPV over costs;
        of the means, and of draws), payback, payback_discounted (years, median; infinite: not within the horizon),
        p_payback, irr (a year, median where there is one rate), p_pays (P(NPV > 0)), p_loss (P(NPV < 0)),
        expected_loss (mean of what is lost, 0 where nothing is), expected_shortfall (mean NPV of the worst draws),
        break_even (part of the expected effect at which the expected NPV is 0)

    >>> from cxlab.differentiation.returns.initiative import Initiative, initiative_values
    >>> loyalty = Initiative("loyalty", cost=(8_000, 10_000, 15_000), effect=(0, 5_000, 9_000), months=3)
    >>> found = initiative_returns(initiative_values([loyalty], years=3, currency="EUR"))
    >>> found.title
    'Loyalty is expected to bring €854 over 3 years, and pays with a probability of 57 %'
    """
    check_level(level)
    if not 0 < tail < 1:
        raise ParameterError(f"tail = {tail}.", expected="a share of the draws, 0 < tail < 1", mend="tail=0.05")
    rows, errors = zip(*(_measures(values.flows(name), level, tail) for name in values.names), strict=True)
    table = pd.DataFrame(rows)
    table.insert(0, "name", values.names)
    table.insert(1, "evidence", [option.evidence for option in values.initiatives])
    order = table.sort_values("npv", ascending=False, kind="stable").index
    table, error = (frame.loc[order].reset_index(drop=True) for frame in (table, pd.DataFrame(errors)))
    best, currency = table.iloc[0], values.terms.currency
    one = len(table) == 1
    return Finding(
        name="differentiation.returns",
        title=_title(table, values),
        text=_text(table, values, level, tail),
        table=table,
        units=dict.fromkeys(_MONEY, "money") | dict.fromkeys(_SHARES, "share")
        | dict.fromkeys(("payback", "payback_discounted"), "years"),
        checks=_checks(table, values),
        monte_carlo_error=error,
        draw=(lambda ax: _draw_density(ax, values, level)) if one else (lambda ax: _draw_options(ax, table, currency)),
        caption=caption(values, level),
        keys=(Key(money(best["npv"], currency), f"expected net present value of {best['name']} over "
                  f"{span(values.terms.years, 'year')}, {level * 100:g} % {money(best['npv_low'], currency)} to "
                  f"{money(best['npv_high'], currency)}"),
              Key(chance_of(best["p_pays"]), f"probability that {best['name']} pays within "
                  f"{span(values.terms.years, 'year')}")),
        currency=currency,
    )  # fmt: skip


def cash_flow_table(values: Values, name: str, *, level: float = 0.9) -> Finding:
    """Cash flows of one initiative, period by period.

    Returns
    -------
    Finding "differentiation.cash_flows", a row a period (0 is the start): period, year (end of it), costs, benefits,
        net, cumulated (discounted, by the end of the period), each with _low and _high (money), p_back (P(money is
        back, discounted))

    >>> from cxlab.differentiation.returns.initiative import Initiative, initiative_values
    >>> values = initiative_values([Initiative("loyalty", cost=100, effect=60)], years=2, timing="end")
    >>> cash_flow_table(values, "loyalty").table[["period", "net", "cumulated"]].round(1).values.tolist()
    [[0.0, -100.0, -100.0], [1.0, 60.0, -45.5], [2.0, 60.0, 4.1]]
    """
    check_level(level)
    flows, terms = values.flows(name), values.terms
    parts = {"costs": flows.costs, "benefits": flows.benefits, "net": flows.net, "cumulated": flows.cumulated()}
    table = pd.DataFrame({"period": np.arange(terms.periods + 1), "year": terms.ends})
    error = {}
    for part, draws in parts.items():
        found = spread(draws, level)
        table[part], table[f"{part}_low"], table[f"{part}_high"] = found.mean, *found.quantiles
        error |= {
            part: found.mean_error,
            f"{part}_low": found.quantile_error[0],
            f"{part}_high": found.quantile_error[1],
        }
    table["p_back"] = (parts["cumulated"] >= 0).mean(0)
    error["p_back"] = np.sqrt(table["p_back"] * (1 - table["p_back"]) / len(flows.costs))
    last, currency = table.iloc[-1], terms.currency
    back = table[table["cumulated"] >= 0]
    sign = "ahead" if last["cumulated"] >= 0 else "behind"
    when = f"Expected money is back by year {number(back['year'].iloc[0], digits=2)}. " if len(back) else (
        f"Expected money is not back within {span(terms.years, 'year')}. ")  # fmt: skip
    ends = interval(*(money(last[f"cumulated_{end}"], currency) for end in ("low", "high")), level=level)
    years = span(terms.years, "year")
    text = (
        f"{when}After {span(terms.years, 'year')} {name} is {money(abs(last['cumulated']), currency)} {sign} in "
        f"today's money {ends}; "
        f"it is ahead with a probability of {chance_of(last['p_back'])}."
    )
    return Finding(
        name="differentiation.cash_flows",
        title=f"{capital(name)} ends {money(abs(last['cumulated']), currency)} {sign} after {years}",
        text=text + made_up(values),
        table=table,
        units={c: "money" for c in table.columns if c.split("_")[0] in parts} | {"p_back": "share", "year": "years"},
        checks=_checks(pd.DataFrame([_measures(flows, level, 0.05)[0]]).assign(name=name, evidence=""), values),
        monte_carlo_error=pd.DataFrame(error),
        draw=lambda ax: _draw_cash(ax, table, currency),
        caption=caption(values, level, name),
        keys=(
            Key(money(last["cumulated"], currency), f"of {name} after {span(terms.years, 'year')} in today's money"),
        ),
        currency=currency,
    )


def capital(words: str) -> str:
    """Words that begin a sentence."""
    return words[:1].upper() + words[1:]


def made_up(values) -> str:
    """What a reader must know of numbers nobody has seen, of whatever knows whether it is `simulated`."""
    return " These initiatives are simulated." if values.simulated else ""


def caption(values: Values, level: float, name: str = "") -> str:
    """n, unit, interval, period and source under a picture, of one initiative or of all."""
    sources = sorted({o.evidence for o in values.initiatives if o.evidence and name in ("", o.name)})
    return (
        f"n = {count(len(values.costs))} draws; {values.terms.currency or 'money'} of today over {values.terms.words}; "
        f"{level * 100:g} % intervals. Source of the effects: {', '.join(sources) or 'as stated'}"
        f"{' (simulated)' if values.simulated else ''}. Monte Carlo of cash flows."
    )


def _measures(flows: CashFlows, level: float, tail: float) -> tuple[dict, dict]:
    """A row of the table, and the error that comes from drawing."""
    npv, costs, roi = flows.npv, flows.present_costs, flows.roi
    n = len(npv)
    worth, spent = spread(npv, level), spread(costs, level)
    returned = spread(roi, level) if np.isfinite(roi).all() else None
    payback, discounted, irr = flows.payback(), flows.payback(discounted=True), flows.irr()
    worst = np.sort(npv)[: max(1, int(np.ceil(tail * n)))]
    p_pays, p_loss = float((npv > 0).mean()), float((npv < 0).mean())
    p_back = float(np.isfinite(payback).mean())
    lost = np.maximum(-npv, 0.0)
    benefits = float(flows.present_benefits.mean())
    row = {
        "cost": float(spent.mean), "cost_low": spent.quantiles[0], "cost_high": spent.quantiles[1],
        "npv": float(worth.mean), "npv_low": worth.quantiles[0], "npv_high": worth.quantiles[1],
        "roi": float(worth.mean / spent.mean) if spent.mean > 0 else np.nan,
        "roi_low": returned.quantiles[0] if returned else np.nan,
        "roi_high": returned.quantiles[1] if returned else np.nan,
        "payback": _median(payback), "payback_discounted": _median(discounted), "p_payback": p_back,
        "irr": float(np.nanmedian(irr)) if np.isfinite(irr).mean() > 0.5 else np.nan,
        "p_pays": p_pays, "p_loss": p_loss, "expected_loss": float(lost.mean()),
        "expected_shortfall": float(worst.mean()),
        "break_even": float(spent.mean / benefits) if benefits > 0 else np.inf,
    }  # fmt: skip
    chance = {f"p_{k}": float(np.sqrt(p * (1 - p) / n)) for k, p in
              (("pays", p_pays), ("loss", p_loss), ("payback", p_back))}  # fmt: skip
    error = {
        "cost": float(spent.mean_error), "cost_low": spent.quantile_error[0], "cost_high": spent.quantile_error[1],
        "npv": float(worth.mean_error), "npv_low": worth.quantile_error[0], "npv_high": worth.quantile_error[1],
        "roi": float(worth.mean_error / spent.mean) if spent.mean > 0 else np.nan,
        "roi_low": returned.quantile_error[0] if returned else np.nan,
        "roi_high": returned.quantile_error[1] if returned else np.nan,
        "payback": _median_error(payback), "payback_discounted": _median_error(discounted),
        "irr": _median_error(irr[np.isfinite(irr)]),
        "expected_loss": float(lost.std() / np.sqrt(n)),
        "expected_shortfall": float(np.sqrt((worst.var() + (1 - tail) * (worst.mean() - worst[-1]) ** 2) / len(worst))),
        "break_even": float(worth.mean_error / benefits) if benefits > 0 else np.nan,
    }  # fmt: skip
    return row, error | chance


def _median(values: np.ndarray) -> float:
    return float(np.sort(values)[len(values) // 2])


def _median_error(values: np.ndarray) -> float:
    n = len(values)
    if not n:
        return np.nan
    ordered, half = np.sort(values), 0.5 * np.sqrt(n)
    low, high = ordered[max(0, int(n / 2 - half))], ordered[min(n - 1, int(n / 2 + half))]
    return float((high - low) / 2) if np.isfinite(high) else np.nan


def _checks(table: pd.DataFrame, values: Values) -> tuple[Check, ...]:
    best = table.loc[table["roi"].fillna(-1).idxmax()]
    pays = set(table.loc[table["npv"] > 0, "name"])
    guessed = [o.name for o in values.initiatives if o.evidence == "guess" and o.name in pays]
    checks = [
        Check(f"return on costs of {best['name']}", not best["roi"] > _TOO_GOOD, share(best["roi"]),
              f"≤ {share(_TOO_GOOD)}", "Are effects margin, not revenue, and are all costs in?"),
    ]  # fmt: skip
    if any(o.evidence for o in values.initiatives):
        checks.append(Check("what is expected to pay on a guess", not guessed, ", ".join(guessed) or "none", "none",
                            "Try it small before the money is spent."))  # fmt: skip
    return (*checks, *values.checks)


def _title(table: pd.DataFrame, values: Values) -> str:
    best, currency, years = table.iloc[0], values.terms.currency, span(values.terms.years, "year")
    if len(table) == 1:
        does = "bring" if best["npv"] >= 0 else "lose"
        return (f"{capital(best['name'])} is expected to {does} {money(abs(best['npv']), currency)} over {years}, and "
                f"pays with a probability of {chance_of(best['p_pays'])}")  # fmt: skip
    pays = table[table["npv"] > 0]
    if not len(pays):
        return f"None of {len(table)} initiatives is expected to pay within {years}"
    return (f"{len(pays)} of {len(table)} initiatives are expected to pay within {years}, {best['name']} the most: "
            f"{money(best['npv'], currency)}")  # fmt: skip


def _text(table: pd.DataFrame, values: Values, level: float, tail: float) -> str:
    currency, years = values.terms.currency, span(values.terms.years, "year")
    said = []
    for row in table.head(3).itertuples():
        ends = interval(money(row.npv_low, currency), money(row.npv_high, currency), level=level)
        spent = f" for {money(row.cost, currency)} of costs, a return of {share(row.roi)}" if row.cost > 0 else ""
        back = (
            f"the money is back after {span(row.payback, 'year')}"
            if np.isfinite(row.payback)
            else f"it is likelier than not that the money is not back within {years}"
        )
        said.append(
            f"{capital(row.name)}: {money(row.npv, currency)} of today's money over {years} {ends}{spent}; it pays "
            f"with a probability of {chance_of(row.p_pays)}, and {back}. In the worst {share(tail)} of cases it ends "
            f"at {money(row.expected_shortfall, currency)}."
        )
    top = table.iloc[0]
    if 0 < top["break_even"] < np.inf and top["npv"] > 0:
        said.append(f"What would change our mind: {top['name']} no longer pays where its effect is below "
                    f"{share(top['break_even'])} of what we expect.")  # fmt: skip
    elif np.isfinite(top["break_even"]) and top["break_even"] > 1:
        said.append(f"What would change our mind: {top['name']} would pay if its effect were "
                    f"{number(top['break_even'], digits=2)} times what we expect.")  # fmt: skip
    if (values.inputs[:, :, PARTS.index("fade")] == 0).all():
        said.append("Effects are taken not to fade.")
    return " ".join(said) + made_up(values)


def _draw_density(ax, values: Values, level: float):
    from cxlab.differentiation.charts.returns import draw_npv_density

    return draw_npv_density(ax, values.npv[:, 0], level=level, currency=values.terms.currency)


def _draw_options(ax, table: pd.DataFrame, currency: str):
    from cxlab.differentiation.charts.returns import draw_options

    return draw_options(ax, table, currency=currency)


def _draw_cash(ax, table: pd.DataFrame, currency: str):
    from cxlab.differentiation.charts.returns import draw_cash_flows

    return draw_cash_flows(ax, table, currency=currency)
