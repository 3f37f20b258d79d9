"""What a business pays each year for taking records for people: letters sent twice, vouchers to people who never left,
best customers it does not recognise. The benefit of unifying, as money in draws.

Counts come from one log by ids and by people; their uncertainty is that of other people of the same kind (sums over
people, normal with the covariance of the sums). What a letter, a voucher or being recognised is worth is stated from
outside, as three points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.differentiation.returns.uncertain import DRAWS, Uncertain, as_uncertain, from_draws
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, days, interval, money, share

#: what is stated from outside: name → (low, likely, high), unit
PRICES: Mapping[str, tuple[tuple[float, float, float], str]] = {
    "cost of a letter": ((0.7, 0.9, 1.2), "money"),
    "voucher": ((10.0, 10.0, 10.0), "money"),
    "vouchers redeemed": ((0.15, 0.25, 0.4), "share"),
    "more from the recognised": ((0.0, 0.03, 0.08), "share"),
}
_COUNTS = ("letters", "vouchers", "best", "best_money")
_KINDS = {
    "letters": "second letters to one person",
    "vouchers": "win-back vouchers to people who never left",
    "best": "best customers not recognised",
}
_YEAR = 365
_FEWEST = 30


@dataclass(frozen=True)
class Unifying:
    """What unifying saves a year.

    Parameters
    ----------
    savings : money a year, in draws, of all kinds together; the `effect` of an `Initiative`
    finding : the kinds, with counts and money
    """

    savings: Uncertain
    finding: Finding = field(repr=False)


def savings_of_unifying(
    transactions: ibis.Table,
    people: ibis.Table | pd.DataFrame,
    *,
    by: str = "customer_id",
    silent: int = 180,
    top: float = 0.1,
    letters: float = 4,
    campaigns: float = 2,
    margin: float = 0.5,
    prices: Mapping[str, object] | None = None,
    currency: str = "",
    level: float = 0.9,
    draws: int = DRAWS,
    rng: np.random.Generator | int = 1,
) -> Unifying:
    """What is wasted or missed each year because ids are taken for people, in money.

    Parameters
    ----------
    transactions : `by`, timestamp, amount; an id that bought is one that is written to
    people : `by` and person_id, one person an id (as `Matched.people` holds them)
    silent : days without a purchase after which an id gets a voucher to win it back
    top : share of ids that are treated as the best, by money of the last 365 days
    letters, campaigns : letters to everybody, and win-back campaigns, a year
    margin : share of revenue that is kept
    prices : what `PRICES` names, each a number, (low, likely, high) or an Uncertain

    Returns
    -------
    Unifying, with Finding "differentiation.unifying", a row a kind (letters, vouchers, best, all): kind, label, n,
    n_low, n_high (a year), saved, saved_low, saved_high (money a year). A person is missed as one of the best where
    its ids together reach what the best ids spend, and none does alone.

    Raises
    ------
    DataError : a column is missing, or no purchase has an id of `people`.
    ParameterError : a number outside what it can be, or an unknown price.

    Notes
    -----
    Vouchers are counted at the end of the log. Whoever never left buys anyway, so that a redeemed voucher is lost
    margin. What the wrongly merged cost is not in it: it belongs to the costs of the initiative.

    >>> log = ibis.memtable({"customer_id": ["a", "b", "c"], "amount": [20.0, 30.0, 10.0],
    ...                      "timestamp": ["2024-01-05", "2024-12-05", "2024-12-30"]})
    >>> people = pd.DataFrame({"customer_id": ["a", "b", "c"], "person_id": ["p", "p", "q"]})
    >>> found = savings_of_unifying(log, people).finding.table
    >>> found[["kind", "n"]].values.tolist()
    [['letters', 4.0], ['vouchers', 2.0], ['best', 0.0], ['all', nan]]
    """
    if silent < 1 or not 0 < top < 1 or letters < 0 or campaigns < 0 or not 0 < margin <= 1:
        raise ParameterError(
            f"silent = {silent}, top = {top}, letters = {letters}, campaigns = {campaigns}, margin = {margin}.",
            expected="silent ≥ 1 day, 0 < top < 1, letters and campaigns ≥ 0, 0 < margin ≤ 1",
        )  # fmt: skip
    prices = dict(prices or {})
    for name in prices:
        if name not in PRICES:
            raise unknown("price", name, PRICES)
    rng = np.random.default_rng(rng)
    priced = {
        name: as_uncertain(name, prices.get(name, value), unit=unit, lower=0.0, rng=int(rng.integers(2**31)))
        for name, (value, unit) in PRICES.items()
    }
    sums, ids, persons, start, end = _counted(transactions, people, by, silent, top)
    mean, spread = _moments(sums)
    drawn = np.maximum(rng.multivariate_normal(mean, spread, size=draws, method="eigh"), 0.0)
    worth = {name: q.at(rng.permutation((np.arange(draws) + 0.5) / draws)) for name, q in priced.items()}
    n = {"letters": letters * drawn[:, 0], "vouchers": campaigns * drawn[:, 1], "best": drawn[:, 2]}
    saved = {
        "letters": n["letters"] * worth["cost of a letter"],
        "vouchers": n["vouchers"] * worth["vouchers redeemed"] * worth["voucher"],
        "best": drawn[:, 3] * margin * worth["more from the recognised"],
    }
    saved["all"] = np.sum(list(saved.values()), axis=0)
    exact = dict(zip(_KINDS, (letters * mean[0], campaigns * mean[1], mean[2]), strict=True))
    table, errors = _table(n, saved, exact, level)
    total = table.iloc[-1]
    whole = interval(*(money(total[f"saved_{e}"], currency) for e in ("low", "high")), level=level)
    parts = "; ".join(
        f"{count(r.n)} {r.label} ({money(r.saved, currency)})" for r in table.iloc[:-1].itertuples()
    )  # fmt: skip
    from cxlab.differentiation.charts.unifying import draw_unifying

    finding = Finding(
        name="differentiation.unifying",
        title=f"Taking {count(ids)} ids for people costs {money(total['saved'], currency)} a year",
        text=f"{count(ids)} ids bought and are {count(persons)} people, {days(start, end)}. A year of this costs "
        f"{money(total['saved'], currency)} {whole}: {parts}. What letters, vouchers and recognition are worth is "
        "stated, not measured.",
        table=table,
        units=dict.fromkeys(["n", "n_low", "n_high"], "count")
        | dict.fromkeys(["saved", "saved_low", "saved_high"], "money"),
        checks=[Check("ids that are second ones of a person", ids - persons >= _FEWEST, ids - persons, f"≥ {_FEWEST}",
                      "Too few duplicates to count what they cost.")],
        monte_carlo_error=errors,
        draw=lambda ax: draw_unifying(ax, table, currency=currency),
        caption=f"n = {count(ids)} ids of {count(persons)} people, {days(start, end)}; {level * 100:g} % intervals; "
        f"{letters:g} letters and {campaigns:g} campaigns a year; silent from {silent} days, best {share(top)}.",
        keys=(Key(money(total["saved"], currency), f"a year for taking ids for people, {level * 100:g} % "
                  f"{money(total['saved_low'], currency)} to {money(total['saved_high'], currency)}"),),
        currency=currency,
    )  # fmt: skip
    return Unifying(from_draws("savings of unifying", saved["all"], unit="money"), finding)


def _counted(transactions, people, by: str, silent: int, top: float):
    """Per person: second ids, silent ids of people who are not, missed best; and counts of ids and people, period."""
    missing = [c for c in (by, "timestamp", "amount") if c not in transactions.columns]
    absent = [c for c in (by, "person_id") if c not in people.columns]
    if missing or absent:
        table, lost = ("transactions", missing) if missing else ("people", absent)
        raise DataError(
            f"{table} has no column {', '.join(lost)}.", expected=f"{by}, timestamp and amount; {by} and person_id",
            mend='by="NAME" of the column that both share',
        )  # fmt: skip
    frame = people[[by, "person_id"]] if isinstance(people, pd.DataFrame) else people.select(by, "person_id").execute()
    frame = frame.dropna().astype(str).drop_duplicates(by)
    persons = ibis.memtable(frame.rename(columns={by: "id", "person_id": "person"}))
    lines = transactions.select(
        id=_[by].cast("string"), day=_.timestamp.cast("date"), value=_.amount.cast("float64")
    ).filter(_.id.notnull())  # fmt: skip
    booked = lines.inner_join(persons, "id").select("id", "person", "day", "value").cache()
    period = booked.agg(first=_.day.min(), last=_.day.max()).execute().iloc[0]
    if pd.isna(period["last"]):
        raise DataError(f"no purchase has an id that is in people.{by}.", expected="the same ids in both tables")
    start, end = (pd.Timestamp(period[name]).date() for name in ("first", "last"))
    since = ibis.literal(end).delta(booked.day, unit="day")
    own = booked.group_by("id", "person").agg(
        quiet=(since.min() >= silent).cast("int64"), year=(booked.value * (since < _YEAR).cast("float64")).sum()
    ).execute()  # fmt: skip
    cut = own["year"].quantile(1 - top)
    own["reached"] = (own["year"] >= max(cut, 1e-9)).astype(int)
    person = own.groupby("person").agg(ids=("id", "size"), quiet=("quiet", "sum"), year=("year", "sum"),
                                       reached=("reached", "max"))  # fmt: skip
    missed = (person["year"] >= max(cut, 1e-9)) & (person["reached"] == 0)
    sums = pd.DataFrame({
        "letters": person["ids"] - 1,
        "vouchers": person["quiet"].where(person["quiet"] < person["ids"], 0),
        "best": missed.astype(float),
        "best_money": person["year"].where(missed, 0.0),
    })  # fmt: skip
    return sums, len(own), len(person), start, end


def _moments(sums: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Sums over people, and the covariance they would have among other people of this kind (Poisson bootstrap)."""
    values = sums[list(_COUNTS)].to_numpy(float)
    return values.sum(0), values.T @ values


def _table(n: Mapping, saved: Mapping, exact: Mapping, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, errors = [], []
    for kind, draws in saved.items():
        worth, counted = spread(draws, level), spread(n[kind], level) if kind in n else None
        ends = counted.quantiles if counted else (np.nan, np.nan)
        rows.append({"kind": kind, "label": _KINDS.get(kind, "all together"), "n": exact.get(kind, np.nan),
                     "n_low": float(ends[0]), "n_high": float(ends[1]), "saved": float(worth.mean),
                     "saved_low": float(worth.quantiles[0]), "saved_high": float(worth.quantiles[1])})  # fmt: skip
        drawn = counted.quantile_error if counted else (0.0, 0.0)
        errors.append({"n_low": float(drawn[0]), "n_high": float(drawn[1]), "saved": float(worth.mean_error),
                       "saved_low": float(worth.quantile_error[0]),
                       "saved_high": float(worth.quantile_error[1])})  # fmt: skip
    return pd.DataFrame(rows), pd.DataFrame(errors)
