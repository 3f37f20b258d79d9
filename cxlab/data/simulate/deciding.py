"""Choices, trials and initiatives of a business, from its customers and their purchases; and what its card says."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.choosing import choose
from cxlab.data.simulate.investing import DecisionsTruth, initiatives
from cxlab.data.simulate.trying import compare, observe, trials_table
from cxlab.errors import ParameterError

_WEEK = 7 * 86_400
#: what tells the random numbers of decisions from those of everything else of the same seed
_APART = 5
#: customers of the last half-year below which nothing is tried on them
_FEWEST = 10


def decide(
    business: Business,
    merged: dict[str, dict[str, np.ndarray]],
    people: pa.Array,
    days: tuple[date, date],
    seed: int,
) -> tuple[dict[str, pa.Table], DecisionsTruth]:
    """The tables choices, trials and initiatives, as far as they are declared, and what is true of them.

    Parameters
    ----------
    merged : people (segment, later by customer) and orders (customer, time, amount)
    days : first and last day
    """
    seeds = [np.random.default_rng(child) for child in np.random.SeedSequence([seed, _APART]).spawn(3)]
    declared = business.decisions
    first, last = (np.datetime64(day) for day in days)
    customers = _customers(business, merged, people, last, declared.comparison.weeks if declared.comparison else 8)
    tables: dict[str, pa.Table] = {}
    chosen = compared = observed = worth = None
    parts = []
    lately = customers[customers["lately"] > 0]
    if (declared.comparison or declared.options) and len(lately) < _FEWEST:
        raise ParameterError(
            f"{len(lately)} customers came in the last half-year.",
            expected=f"{_FEWEST} or more, on whom something can be tried",
            mend="more customers, or decisions=False",
        )
    if declared.conjoint:
        bought = customers.loc[customers["orders"] > 0, "segment"]
        tables["choices"], chosen = choose(declared.conjoint, bought, last, seeds[0])
    if declared.comparison:
        rows, compared = compare(declared.comparison, lately, _monday(last), seeds[1])
        parts.append(rows)
    if declared.panel:
        rows, observed = observe(declared.panel, first, last, seeds[2])
        parts.append(rows)
    if parts:
        tables["trials"] = trials_table(parts)
    if declared.options:
        tables["initiatives"], worth = initiatives(
            declared, {"choices": chosen, "comparison": compared}, active=len(lately), margin=business.margin,
            sales=float(customers["sales"].sum()),
        )  # fmt: skip
    return tables, DecisionsTruth(chosen, compared, observed, worth)


def _monday(day: np.datetime64) -> np.datetime64:
    """The first Monday after a day.

    >>> _monday(np.datetime64("2024-12-31"))
    np.datetime64('2025-01-06')
    """
    ahead = (4 - day.astype("datetime64[D]").astype(int)) % 7
    return day + np.timedelta64(ahead or 7, "D")


def _customers(business: Business, merged, people: pa.Array, last: np.datetime64, weeks: int) -> pd.DataFrame:
    """By customer_id: segment (of the second period), orders, lately (orders of the last half-year), before (orders of
    the last weeks), value (mean of an order), sales (of the last year)."""
    over = (last + np.timedelta64(1, "D")).astype("datetime64[s]").astype(np.int64)
    orders, n = merged["orders"], len(people)
    who, age, amount = orders["customer"], over - orders["time"], orders["amount"]

    def counted(within: int) -> np.ndarray:
        return np.bincount(who[age <= within * _WEEK], minlength=n)

    many = np.bincount(who, minlength=n)
    names = np.array([s.name for s in business.segments])
    return pd.DataFrame(
        {
            "segment": names[merged["people"]["later"]],
            "orders": many,
            "lately": counted(26),
            "before": counted(weeks),
            "value": np.bincount(who, weights=amount, minlength=n) / np.maximum(many, 1),
            "sales": np.bincount(who, weights=amount * (age <= 52 * _WEEK), minlength=n),
        },
        index=pd.Index(people.to_pandas(), name="customer_id"),
    )


def told(truth: DecisionsTruth) -> list[str]:
    """What a reader should know who takes choices, trials and initiatives for real."""
    said = {
        "choices": "Choices follow a logit with a worth of each attribute of its own for every respondent; people are "
        "less tidy.",
        "comparison": "The randomised trial was run in the weeks after the log of purchases ends, so that no order of "
        "it is in `transactions`.",
        "panel": "The weekly means of the panel are made by themselves: they are no means of the surveys here.",
        "initiatives": "Costs and effects of initiatives are what an owner believes; what is true is in "
        "`world.truth.decisions.initiatives`, and some beliefs are wrong.",
    }
    return [words for part, words in said.items() if getattr(truth, part)]


def section(truth: DecisionsTruth) -> list[str]:
    """The part of a card that says what was chosen and tried, and where its truth is."""
    lines = ["## Decisions"]
    if truth.choices:
        asked, differ = truth.choices.conjoint, ", ".join(a.name for a in truth.choices.conjoint.attributes)
        lines.append(
            f"- `choices`: {len(truth.choices.part_worths):,} customers, {asked.tasks} choices each among "
            f"{asked.alternatives} offers and none; offers differ in {differ} and price. Truth: "
            "`choices.part_worths`, `choices.willingness`, `choices.shares()`."
        )
    if truth.comparison:
        tried = truth.comparison.comparison
        lines.append(
            f"- `trials`, trial {tried.name!r}: {len(truth.comparison.units):,} customers by chance in {tried.arm!r} "
            f"or 'control', watched for {tried.weeks} weeks each; the outcome is visits. Truth: `comparison.effects`."
        )
    if truth.panel:
        seen = truth.panel.panel
        lines.append(
            f"- `trials`, trial {seen.name!r}: {len(truth.panel.weeks)} weeks of ratings in {len(seen.levels)} places, "
            f"changed in {' and '.join(seen.treated)}; the outcome is the mean rating. Truth: `panel.effects`."
        )
    if truth.initiatives:
        lines.append(
            f"- `initiatives`: {len(truth.initiatives.table)} options. Truth: `initiatives.worth()`, "
            "`initiatives.best(budget)`."
        )
    return [*lines, "", "All of it stands in `world.truth.decisions`.", ""]
