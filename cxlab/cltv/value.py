"""Customer lifetime value: the draw-wise product of purchases and spend, with every assumption named.

value = margin · Σ over future purchases of expected spend, discounted continuously from the end of observation

    discounted purchases D(h) = ∫₀ʰ e^(−δu) dE[X(u)] = e^(−δh) E[X(h)] + δ ∫₀ʰ e^(−δu) E[X(u)] du
    with δ = log(1 + annual rate)

The integral is taken with eight Gauss–Legendre nodes. Spend enters by its posterior, draw by draw, so its uncertainty
is in every interval. Values are of distinct (frequency, recency, T, mean spend), computed in chunks.

Source: Fader, Hardie & Lee (2005), RFM and CLV, Journal of Marketing Research 42(4), for purchases × spend.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.cltv.forecast import CELLS, chunks, far_check
from cxlab.cltv.gamma_gamma import GammaGamma
from cxlab.cltv.posterior import Posterior
from cxlab.cltv.summary import DAYS, Summary
from cxlab.errors import ModelError, ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, money, share, span

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2
_KEYS = ["segment", "frequency", "recency_steps", "T_steps"]
_COLUMNS = ("p_alive", "purchases", "spend", "value", "value_sd", "value_low", "value_median", "value_high",
            "predictive_low", "predictive_high")  # fmt: skip
#: customers come in as many equal parts, from the least to the most valuable, for the concentration curve
PARTS = 50
FEWEST_REPEAT_BUYERS = 50
STRONGEST_CORRELATION = 0.25


@dataclass(frozen=True)
class Terms:
    """What turns purchases into money.

    Parameters
    ----------
    horizon : length of the future that counts, in `time_unit`
    margin : share of revenue that is margin, 0 < margin ≤ 1 (1 when the log holds margins)
    discount_rate : a year, ≥ 0 (.10 for 10 %)
    time_unit : unit of `horizon`
    currency : ISO code

    >>> round(Terms(horizon=52, margin=.3, discount_rate=.1, time_unit="week").delta, 6)
    0.001827
    """

    horizon: float
    margin: float
    discount_rate: float
    time_unit: str
    currency: str = ""

    def __post_init__(self):
        if not self.horizon > 0:
            raise ParameterError(f"horizon = {self.horizon}.", expected="a length of time > 0")
        if not 0 < self.margin <= 1:
            raise ParameterError(
                f"margin = {self.margin}.", expected="a share of revenue, 0 < margin ≤ 1", mend="margin=0.3 for 30 %"
            )
        if not 0 <= self.discount_rate < 5:
            raise ParameterError(
                f"discount_rate = {self.discount_rate}.",
                expected="a yearly rate ≥ 0",
                mend="discount_rate=0.1 for 10 %",
            )

    @property
    def delta(self) -> float:
        """Continuous discount rate per `time_unit`."""
        return float(np.log1p(self.discount_rate)) * DAYS[self.time_unit] / DAYS["year"]

    @property
    def sentence(self) -> str:
        """The terms as a reader sees them."""
        margin = "margin as recorded" if self.margin == 1 else f"{share(self.margin)} margin"
        return f"{span(self.horizon, self.time_unit)}, {margin}, {share(self.discount_rate)} discount a year"


def discounted_if_alive(model, theta, frequency, T, horizon: float, delta: float, *, undiscounted=None):
    """Expected purchases in (T, T + horizon] of an active customer, discounted by e^(−delta·u).

    `undiscounted` is what ``model.expected_if_alive`` gives for the horizon, where it is known already.
    """
    if undiscounted is None:
        undiscounted = model.expected_if_alive(theta, frequency, T, horizon)
    total = np.exp(-delta * horizon) * undiscounted
    if delta > 0:
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            u = horizon * node
            total = total + delta * horizon * weight * np.exp(-delta * u) * model.expected_if_alive(
                theta, frequency, T, u
            )
    return total


@dataclass(frozen=True)
class CustomerValue:
    """Value of every customer, on distinct rows, and what they add up to.

    Parameters
    ----------
    rows : DataFrame: segment, frequency, recency_steps, T_steps, monetary_value (−1 without repeats), customers,
        p_alive, purchases (expected within the horizon), spend (expected a purchase), value, value_sd, value_low,
        value_median, value_high (expected value, uncertainty of the parameters), predictive_low, predictive_high (of
        what the customer will bring, chance included)
    segments : DataFrame, a row a segment and one for all: segment, customers, total, total_low, total_high, each,
        each_low, each_high (mean a customer), predictive_low, predictive_high (of the total, chance included)
    curve : DataFrame: customer_share, value_share, low, high (from the most valuable customers down)
    """

    purchases: Posterior
    spend: Posterior
    summary: Summary
    terms: Terms
    rows: pd.DataFrame
    segments: pd.DataFrame
    segment_errors: pd.DataFrame
    curve: pd.DataFrame
    curve_errors: pd.DataFrame
    checks: tuple[Check, ...]
    level: float
    _cache: dict = field(default_factory=dict, repr=False, compare=False)

    def customers(self) -> ibis.Table:
        """A row a customer, most valuable first: customer_id, segment, first_purchase, frequency, recency, T,
        monetary_value, and the columns of `rows` from p_alive on."""
        if "customers" not in self._cache:
            backend = self.summary.customers.get_backend()
            keyed = self.rows.drop(columns="customers").rename(columns={"monetary_value": "mean_spend"})
            table = backend.create_table(ibis.util.gen_name("value"), keyed, temp=True)
            mine = self.summary.customers.mutate(
                mean_spend=ibis.ifelse((_.frequency > 0) & (_.monetary_value > 0), _.monetary_value, -1.0)
            )
            self._cache["customers"] = mine.join(table, [*_KEYS, "mean_spend"]).select(
                "customer_id", "segment", "first_purchase", "frequency", "recency", "T", "monetary_value", *_COLUMNS
            ).order_by(_.value.desc(), _.customer_id)  # fmt: skip
        return self._cache["customers"]

    def findings(self) -> tuple[Finding, Finding, Finding, Finding]:
        """Value in all and by segment, its distribution over customers, its concentration, the most valuable."""
        return self._totals(), self._distribution(), self._concentration(), self._best()

    def _totals(self) -> Finding:
        from cxlab.cltv import charts

        all_ = self.segments.iloc[-1]
        n = count(all_.customers)
        currency, terms, level = self.terms.currency, self.terms, self.level
        total = money(all_.total, currency)
        each_low, each_high = (
            money(end / all_.customers, currency) for end in (all_.predictive_low, all_.predictive_high)
        )
        return Finding(
            name="cltv.value",
            title=f"The customers of today are worth {total} over the next {span(terms.horizon, terms.time_unit)}",
            text=(
                f"{n} customers are worth {total} "
                + interval(money(all_.predictive_low, currency), money(all_.predictive_high, currency), level=level)
                + f", or {money(all_.each, currency)} each "
                f"{interval(each_low, each_high, level=level)}, chance included. "
                f"Terms: {terms.sentence}, from {self.summary.observation_end:%d %b %Y} on. "
                "Value counts future purchases only, not what was already earned."
            ),
            table=self.segments,
            units={c: "count" if c == "customers" else "money" for c in self.segments.columns if c != "segment"},
            monte_carlo_error=self.segment_errors,
            checks=self.checks,
            draw=(
                (lambda ax: charts.draw_segment_values(ax, self.segments, currency=currency))
                if len(self.segments) > 1
                else (lambda ax: charts.draw_value_distribution(ax, self.rows, currency=currency))
            ),
            caption=f"n = {count(all_.customers)} customers, {self.summary.period}; {terms.sentence}; "
            f"{level * 100:g} % intervals.",
            keys=(
                Key(total, f"value of today's customers over {span(terms.horizon, terms.time_unit)}, {level * 100:g} % "
                    f"{money(all_.predictive_low, currency)} to {money(all_.predictive_high, currency)}"),
                Key(money(all_.each, currency), f"a customer on average, {level * 100:g} % "
                    f"{each_low} to {each_high} (n = {n})"),
            ),
            currency=currency,
        )  # fmt: skip

    def _distribution(self) -> Finding:
        from cxlab.cltv import charts

        order = np.argsort(self.rows["value"].to_numpy())
        values, weights = self.rows["value"].to_numpy()[order], self.rows["customers"].to_numpy()[order]
        rank = np.cumsum(weights) / weights.sum()
        shares = np.array([0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
        at = np.minimum(np.searchsorted(rank, shares), len(values) - 1)
        picked = self.rows.iloc[order[at]]
        table = pd.DataFrame(
            {"customers_below": shares, "value": picked["value"], "value_low": picked["value_low"],
             "value_high": picked["value_high"]}
        ).reset_index(drop=True)  # fmt: skip
        error = (picked["value_sd"] / np.sqrt(self._draws)).to_numpy()
        currency = self.terms.currency
        half, top = table["value"][2], table["value"][4]
        return Finding(
            name="cltv.distribution",
            title=f"Half of the customers are worth less than {money(half, currency)}, "
            f"one in ten more than {money(top, currency)}",
            text=(
                f"Expected value of a customer: median {money(half, currency)}, 90th percentile "
                f"{money(top, currency)}, 99th {money(table['value'][6], currency)} ({self.terms.sentence})."
            ),
            table=table,
            units={"customers_below": "share", "value": "money", "value_low": "money", "value_high": "money"},
            monte_carlo_error=pd.DataFrame({"value": error, "value_low": 2 * error, "value_high": 2 * error}),
            checks=self.checks,
            # without segments this picture stands beside the total
            draw=(lambda ax: charts.draw_value_distribution(ax, self.rows, currency=currency))
            if len(self.segments) > 1
            else None,
            caption=f"n = {count(weights.sum())} customers; expected value, {self.terms.sentence}.",
            currency=currency,
        )

    def _concentration(self) -> Finding:
        from cxlab.cltv import charts

        top = self.curve.iloc[int(np.argmin(np.abs(self.curve["customer_share"] - 0.1)))]
        low, high = share(top.low, digits=1), share(top.high, digits=1)
        within = interval(low, high, level=self.level)
        n = int(self.rows["customers"].sum())
        return Finding(
            name="cltv.concentration",
            title=f"One customer in ten carries {share(top.value_share, digits=1)} of the value to come",
            text=(
                f"The most valuable tenth of {count(n)} customers carries "
                f"{share(top.value_share, digits=1)} of expected value {within}."
            ),
            table=self.curve,
            units=dict.fromkeys(self.curve.columns, "share"),
            monte_carlo_error=self.curve_errors,
            checks=self.checks,
            draw=lambda ax: charts.draw_lorenz(ax, self.curve),
            caption=f"n = {count(n)} customers, ordered by expected value; band: {self.level * 100:g} % interval.",
            keys=(
                Key(
                    share(top.value_share, digits=1),
                    f"of the value lies with one customer in ten, {self.level * 100:g} % {low} to {high}",
                ),
            ),
        )

    def _best(self, *, size: int = 20) -> Finding:
        table = self.customers().limit(size).to_pandas()
        table["last_purchase"] = [
            (pd.Timestamp(first) + pd.Timedelta(days=recency * DAYS[self.summary.time_unit])).date().isoformat()
            for first, recency in zip(table["first_purchase"], table["recency"], strict=True)
        ]
        errors = pd.DataFrame({"value": table["value_sd"] / np.sqrt(self._draws)})
        errors["value_low"] = errors["value_high"] = 2 * errors["value"]
        reach = (table["predictive_high"] - table["predictive_low"]) / np.sqrt(self._draws)
        errors["predictive_low"] = errors["predictive_high"] = reach
        amounts = ["monetary_value", "value", "value_low", "value_high", "predictive_low", "predictive_high"]
        table = table[["customer_id", "frequency", "last_purchase", *amounts]]
        best = table.iloc[0]
        currency = self.terms.currency
        return Finding(
            name="cltv.best_customers",
            title=f"The {len(table)} most valuable customers",
            text=(
                f"Customer {best.customer_id} leads with {money(best.value, currency)} "
                f"{interval(money(best.value_low, currency), money(best.value_high, currency), level=self.level)} "
                f"after {best.frequency} repeat purchases; what they will really bring lies between "
                f"{money(best.predictive_low, currency)} and {money(best.predictive_high, currency)} "
                f"with a chance of {share(self.level)}."
            ),
            table=table,
            units={"frequency": "count"} | dict.fromkeys(amounts, "money"),
            monte_carlo_error=errors,
            checks=self.checks,
            currency=currency,
        )

    @property
    def totals(self) -> np.ndarray:
        """Value of each segment (in the order of `summary.segments`) in each draw, shape (n_segments, n_draws)."""
        return self._cache["totals"]

    @property
    def _draws(self) -> int:
        return self._cache["draws"]


def spend_checks(spend: Posterior, summary: Summary) -> tuple[Check, ...]:
    """Whether spend may be believed: enough repeat buyers, a mean that exists, independence of frequency."""
    rows = summary.spend_rows
    x, z = np.log(rows["frequency"]), np.log(rows["monetary_value"])
    w = rows.weight / rows.customers
    dx, dz = x - w @ x, z - w @ z
    scale = np.sqrt((w @ dx**2) * (w @ dz**2))
    correlation = float(w @ (dx * dz) / scale) if scale > 0 else 0.0
    q = spend.theta[1]
    no_mean = float((spend.weights[:, None] * (q <= 1)).sum(0).max())
    return (
        Check(
            "repeat buyers with spend", rows.customers >= FEWEST_REPEAT_BUYERS, int(rows.customers),
            f"≥ {FEWEST_REPEAT_BUYERS}", "The prior speaks louder than the data.",
        ),
        Check(
            "P(q ≤ 1): no mean spend exists", no_mean < 0.001, no_mean, "< 0.001",
            "A few amounts dominate: look for business accounts among the customers.",
        ),
        Check(
            "correlation of spend and frequency (logs)", abs(correlation) <= STRONGEST_CORRELATION,
            round(correlation, 3),
            f"within ±{STRONGEST_CORRELATION}",
            "Spend is assumed independent of frequency: frequent buyers' value is "
            + ("understated" if correlation > 0 else "overstated") + "; look at segments.",
        ),
    )  # fmt: skip


def customer_value(
    purchases: Posterior,
    spend: Posterior,
    summary: Summary,
    terms: Terms,
    *,
    draws: int = 400,
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> CustomerValue:
    """Value of every customer over the terms' horizon.

    Raises
    ------
    ModelError : mean spend does not exist for most draws (q ≤ 1).
    ParameterError : the terms are in another time unit, or `spend` is no model of spend.
    """
    if not isinstance(spend.model, GammaGamma):
        raise ParameterError(f"{spend.model.title} is no model of spend.", expected="gamma_gamma")
    if terms.time_unit != summary.time_unit:
        raise ParameterError(
            f"terms are in {terms.time_unit}s.", expected=f"the unit of the summary, {summary.time_unit}s"
        )
    rng = np.random.default_rng(rng)
    theta, money_theta = purchases.draws(draws, rng), spend.draws(draws, rng)
    money_theta = money_theta[:, rng.permutation(draws)]  # spend and purchases are independent given the data
    exists = money_theta[1].min(axis=1) > 1
    if exists.mean() < 0.5:
        raise ModelError(
            f"mean spend does not exist: q ≤ 1 in {share(1 - exists.mean())} of draws.",
            expected="q > 1: a distribution of spend with a mean",
            mend="look for business accounts or wrong amounts among the largest customers, and take them out",
        )
    theta, money_theta = theta[:, exists], money_theta[:, exists]
    kept = int(exists.sum())
    model, gg = purchases.model, spend.model
    table = _value_rows(summary)
    first = np.searchsorted(table["row"].to_numpy(), np.arange(len(summary.distinct) + 1))
    z = table["monetary_value"].to_numpy()
    customers = table["customers"].to_numpy(float)
    part = _parts(purchases, spend, summary, terms, table)
    tail = ((1 - level) / 2, 0.5, (1 + level) / 2)
    out = {c: np.empty(len(table)) for c in _COLUMNS}
    groups = summary.rows.groups
    totals = np.zeros((len(groups), kept))
    noise = np.zeros(len(groups))
    by_part = np.zeros((PARTS, kept))
    piece = max(1, CELLS // kept)
    for at, th, x, recency, T, _weight in chunks(summary, purchases, theta):
        group = int(summary.rows.group[at[0]])
        own = tuple(v[:, 0 if len(spend.groups) == 1 else group][:, None] for v in money_theta)
        alive, bought, each, drawn = _purchases(model, th, x, recency, T, terms, rng)
        # members of these distinct rows differ in mean spend only
        lines = np.concatenate([np.arange(first[r], first[r + 1]) for r in at])
        row = np.repeat(np.arange(len(at)), first[at + 1] - first[at])
        for begin in range(0, len(lines), piece):
            li, ri = lines[begin : begin + piece], row[begin : begin + piece]
            amount, brought = _amounts(gg, own, x[ri], z[li], [d[:, ri] for d in drawn], rng)
            value, future = each[:, ri] * amount * terms.margin, brought * terms.margin
            low, median, high = np.quantile(value, tail, axis=0)
            p_low, _median, p_high = np.quantile(future, tail, axis=0)
            known = (alive[ri], bought[ri], amount.mean(0))
            found = (*known, value.mean(0), value.std(0), low, median, high, p_low, p_high)
            for name, numbers in zip(_COLUMNS, found, strict=True):
                out[name][li] = numbers
            totals[group] += value @ customers[li]
            noise[group] += np.square(future - value).mean(0) @ customers[li]
            np.add.at(by_part, part[li], (value * customers[li]).T)
    for name, values in out.items():
        table[name] = values
    segments, segment_errors = _segment_table(summary, totals, noise, tail, rng)
    curve, curve_errors = _curve(by_part, np.bincount(part, weights=customers, minlength=PARTS), tail)
    checks = (
        *purchases.checks,
        *spend.checks,
        *spend_checks(spend, summary),
        far_check(terms.horizon, summary),
    )
    return CustomerValue(
        purchases, spend, summary, terms, table.drop(columns="row"), segments, segment_errors, curve, curve_errors,
        tuple(dict.fromkeys(checks)), level, {"draws": kept, "totals": totals},
    )  # fmt: skip


def _purchases(model, theta, x, recency, T, terms: Terms, rng):
    """Means of P(alive) and expected purchases of every row; discounted expected purchases of every draw and row; and
    one random future: purchases and their discount."""
    key, inverse = np.unique(np.column_stack([x, T]), axis=0, return_inverse=True)
    inverse = inverse.ravel()
    plain = model.expected_if_alive(theta, key[:, 0], key[:, 1], terms.horizon)
    worth = discounted_if_alive(model, theta, key[:, 0], key[:, 1], terms.horizon, terms.delta, undiscounted=plain)
    alive = model.p_alive(theta, x, recency, T)
    each = worth[:, inverse] * alive
    expected = (plain[:, inverse] * alive).mean(0)
    bought = model.simulate_purchases(theta, x, recency, T, terms.horizon, rng)
    # purchases of a future are discounted as those of all futures are on average
    return alive.mean(0), expected, each, (bought, (worth / np.maximum(plain, 1e-300))[:, inverse])


def _amounts(gg: GammaGamma, theta, x, z, drawn, rng):
    """Expected spend a purchase of every draw and line, and what one random future brings.

    The scale of a customer's amounts is drawn from what their `x` amounts of mean `z` tell, and the sum of the amounts
    of the purchases drawn from it.
    """
    p, q, v = theta
    bought, discount = drawn
    seen = np.where(z > 0, x, 0.0)
    intercept, slope = gg.spend_line(theta, seen)
    expected = intercept + slope * np.maximum(z, 0.0)
    scale = (v + seen * np.maximum(z, 0.0)) / rng.gamma(p * seen + q)
    brought = rng.gamma(np.maximum(p * bought, 1e-12)) * scale * discount
    return expected, np.where(bought > 0, brought, 0.0)


def _value_rows(summary: Summary) -> pd.DataFrame:
    """Distinct (row of the summary, mean spend), counted in the engine; mean spend −1 where there is none."""
    spend = ibis.ifelse((_.frequency > 0) & (_.monetary_value > 0), _.monetary_value, -1.0)
    table = (
        summary.customers.mutate(monetary_value=spend)
        .group_by([*_KEYS, "monetary_value"])
        .agg(customers=_.count())
        .to_pandas()
    )
    index = summary.distinct[_KEYS].assign(row=np.arange(len(summary.distinct)))
    return table.merge(index, on=_KEYS).sort_values(["row", "monetary_value"], ignore_index=True)


def _parts(purchases, spend, summary, terms, table) -> np.ndarray:
    """The fiftieth of customers each line belongs to, by its value at posterior means: 0 the least valuable."""
    theta = np.einsum("ksg,s->kg", purchases.theta, purchases.weights)
    amounts = np.einsum("ksg,s->kg", spend.theta, spend.weights)
    worth = np.empty(len(summary.distinct))
    intercept, slope = np.empty_like(worth), np.empty_like(worth)
    for at, th, x, recency, T, _weight in chunks(summary, purchases, theta[:, None, :]):
        g = int(summary.rows.group[at[0]])
        own = tuple(v[0 if len(spend.groups) == 1 else g] for v in amounts)
        alive = purchases.model.p_alive(th, x, recency, T)
        worth[at] = (alive * discounted_if_alive(purchases.model, th, x, T, terms.horizon, terms.delta))[0]
        intercept[at], slope[at] = spend.model.spend_line(own, x)
    row, z = table["row"].to_numpy(), table["monetary_value"].to_numpy()
    value = worth[row] * (intercept[row] + slope[row] * np.maximum(z, 0))
    order = np.argsort(value, kind="stable")
    weight = table["customers"].to_numpy(float)
    rank = np.empty(len(table))
    rank[order] = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
    return np.minimum((rank * PARTS).astype(int), PARTS - 1)


def _segment_table(summary, totals, noise, tail, rng):
    groups, sizes = list(summary.rows.groups), summary.rows.group_weight
    draws = totals.shape[1]
    blocks = [(g, sizes[i], totals[i], noise[i]) for i, g in enumerate(groups)]
    if len(groups) > 1:
        blocks.append(("all", sizes.sum(), totals.sum(0), noise.sum()))
    records, errors = [], []
    for name, size, total, variance in blocks:
        predictive = np.maximum(total + np.sqrt(variance) * rng.standard_normal(draws), 0.0)
        low, _mid, high = np.quantile(total, tail)
        p_low, _mid, p_high = np.quantile(predictive, tail)
        records.append({"segment": name, "customers": size, "total": total.mean(), "total_low": low, "total_high": high,
                        "each": total.mean() / size, "each_low": low / size, "each_high": high / size,
                        "predictive_low": p_low, "predictive_high": p_high})  # fmt: skip
        e = total.std() / np.sqrt(draws)
        errors.append({"total": e, "total_low": 2 * e, "total_high": 2 * e, "each": e / size, "each_low": 2 * e / size,
                       "each_high": 2 * e / size, "predictive_low": 2 * predictive.std() / np.sqrt(draws),
                       "predictive_high": 2 * predictive.std() / np.sqrt(draws)})  # fmt: skip
    return pd.DataFrame(records), pd.DataFrame(errors)


def _curve(by_part, sizes, tail):
    """Share of value held by the most valuable customers, from the top down."""
    held = np.cumsum(by_part[::-1], axis=0) / by_part.sum(0)
    people = np.cumsum(sizes[::-1]) / sizes.sum()
    low, _mid, high = np.quantile(held, tail, axis=1)
    table = pd.DataFrame({"customer_share": people, "value_share": held.mean(1), "low": low, "high": high})
    error = held.std(1) / np.sqrt(held.shape[1])
    # customers alike in value stand together, and which part they fall into is chance
    tie = np.full(len(people), 0.05 / PARTS)
    errors = pd.DataFrame({"customer_share": tie, "value_share": error + tie, "low": 2 * error + tie,
                           "high": 2 * error + tie})  # fmt: skip
    keep = np.concatenate([[True], np.diff(people) > 0])
    return table[keep].reset_index(drop=True), errors[keep].reset_index(drop=True)
