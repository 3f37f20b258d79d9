"""`simulate`: a declared business becomes tables, with the truth they were made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate import purchases, writing
from cxlab.data.simulate.business import Business, checked_change
from cxlab.data.simulate.chains import Chains, chains, migration
from cxlab.data.simulate.customers import numbered
from cxlab.data.simulate.dirt import spoil
from cxlab.data.simulate.journeys import walk
from cxlab.data.simulate.presets import PRESETS
from cxlab.data.simulate.records import records
from cxlab.data.simulate.tables import (
    customers_table,
    handovers,
    known_customers,
    on_records,
    subscriptions_table,
    touchpoints_table,
    transactions_table,
)
from cxlab.data.simulate.truth import Truth
from cxlab.errors import ParameterError, unknown

if TYPE_CHECKING:
    from cxlab.data.dataset import Dataset

#: customers simulated at a time, which bounds what is held besides the tables; part of what a seed means
_BLOCK = 100_000
#: share of the first period in which customers come, and mean pause between two journeys, seconds
_COMING, _PAUSE = 0.7, 45 * 86_400.0


@dataclass(frozen=True)
class Simulated:
    """A simulated business: tables, and the truth.

    Parameters
    ----------
    name, title : of the business
    tables : pyarrow tables by name: customers, touchpoints, transactions, records, and subscriptions where there are
        contracts
    later : customers as they are in the second period: customer_id, visits, spend, age, interests and attitudes anew
    truth : what they were made from, see `Truth`
    parameters : what they were simulated with
    """

    name: str
    title: str
    tables: Mapping[str, pa.Table]
    later: pa.Table
    truth: Truth
    parameters: Mapping[str, object]

    def dataset(self) -> Dataset:
        """The tables through the door that files come through: a Dataset, its card says that it is simulated."""
        return writing.dataset(self)

    def write(self, folder: str | Path, *, format: Literal["csv", "parquet"] = "csv") -> Path:
        """Write a data package: the tables, datapackage.json and a card. Returns the path of datapackage.json."""
        return writing.write(self, folder, format=format)

    def __repr__(self) -> str:
        held = ", ".join(f"{name} {table.num_rows:,}" for name, table in self.tables.items())
        return f"<Simulated {self.name}: {held}>"


def simulate(
    business: str | Business,
    *,
    customers: int,
    seed: int,
    dirt: float = 0.0,
    duplicates: float = 0.25,
    separation: float = 1.0,
    first_order: bool = True,
    change: Mapping | None = None,
    start: str | date = "2023-01-01",
    end: str | date = "2024-12-31",
) -> Simulated:
    """Customers of a small business, with everything they do and everything that is true of them.

    Parameters
    ----------
    business : name of a preset, or a declaration of your own
    customers : how many people have at least one contact
    seed : the same seed gives the same tables, bit for bit
    dirt : share of the rows of each table that are spoilt (0…0.5), see `cxlab.data.simulate.dirt`
    duplicates : share of the customers who stand in more than one record
    separation : how far the segments are apart: 1 as declared, 0: there are no segments
    first_order : True: within a segment the drop-off depends on the touchpoint alone (waits and shocks of emotion move
        it around its mean); False: gloomy customers and failed hand-overs drop off more, too
    change : {touchpoint: {"drop_off": factor, "wait": factor, "emotion": points to add}}: the same business, changed
    start, end : first and last day; the second half of the time is the second period

    Raises
    ------
    ParameterError : an unknown business, touchpoint or change, or a number outside what it can be.

    >>> simulate("clothing_boutique", customers=500, seed=7).tables["customers"].num_rows
    500
    """
    business = _business(business)
    first_day, last_day = _day(start), _day(end)
    _check(customers, dirt, duplicates, separation, first_order, first_day, last_day)
    change = checked_change(business, change)
    made = chains(business, separation=separation, change=change)
    begin, over = _seconds(first_day), _seconds(last_day) + 86_399
    middle = begin + (last_day - first_day).days // 2 * 86_400
    parts: dict[str, list[dict[str, np.ndarray]]] = {}
    sizes = [min(_BLOCK, customers - done) for done in range(0, customers, _BLOCK)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes) + 3)
    journeys = 0
    for number, (size, child) in enumerate(zip(sizes, seeds[3:], strict=True)):
        rng = np.random.default_rng(child)
        block = _block(business, made, size, rng, (begin, middle, over), separation=separation, first_order=first_order)
        block["contacts"]["journey"] += np.int32(journeys)
        journeys += int(block.pop("journeys"))
        for name, columns in block.items():
            if "customer" in columns:
                columns["customer"] = columns["customer"] + np.int32(number * _BLOCK)
            parts.setdefault(name, []).append(columns)
    merged = {name: _merged(blocks) for name, blocks in parts.items()}
    people, who = numbered("C", customers), merged["people"]
    early = merged["orders"]["time"] < middle
    rng = np.random.default_rng(seeds[0])
    switches = handovers(merged["contacts"], people)
    seen = int((np.bincount(merged["contacts"]["journey"]) > 0).sum())
    tables = {
        "customers": customers_table(business, made, merged, early, people, rng, separation),
        "touchpoints": touchpoints_table(business, made, merged["contacts"], people, journeys),
        "transactions": transactions_table(business, made, merged["orders"], people),
    }
    if "contracts" in merged:
        tables["subscriptions"] = subscriptions_table(merged["contracts"], people)
    other = np.random.default_rng(seeds[1])
    customer = tables["customers"]
    tables["records"], person = records(
        business,
        customer["city"].combine_chunks().indices.to_numpy(),
        customer["first_seen"].to_numpy(),
        customer["age"].to_numpy(),
        duplicates,
        other,
    )
    if duplicates:
        tables["transactions"] = on_records(tables["transactions"], tables["records"], person, other)
    later = known_customers(business, who["later"], merged["orders"], ~early, people, rng, separation)
    spoilt = None
    if dirt:
        tables, spoilt = spoil(tables, dirt, np.random.default_rng(seeds[2]))
    names = [s.name for s in business.segments]
    index = pd.Index(people.to_pandas(), name="customer_id")
    truth = Truth(
        business,
        separation,
        change,
        first_order,
        seen,
        date(1970, 1, 1) + timedelta(seconds=middle),
        segment=pd.Series(np.array(names)[who["segment"]], index, name="segment"),
        segment_later=pd.Series(np.array(names)[who["later"]], index, name="segment_later"),
        person=person,
        handovers=switches,
        dirt=spoilt,
    )
    parameters = {
        "business": business.name,
        "customers": customers,
        "seed": seed,
        "dirt": dirt,
        "duplicates": duplicates,
        "separation": separation,
        "first_order": first_order,
        "change": change,
        "start": first_day.isoformat(),
        "end": last_day.isoformat(),
    }
    return Simulated(business.name, business.title, tables, later, truth, parameters)


def _business(business: str | Business) -> Business:
    if isinstance(business, Business):
        return business
    if business not in PRESETS:
        raise unknown("business", business, PRESETS)
    return PRESETS[business]


def _check(customers, dirt, duplicates, separation, first_order, first_day: date, last_day: date) -> None:
    for name, value, low, high in (
        ("customers", customers, 1, 100_000_000),
        ("dirt", dirt, 0, 0.5),
        ("duplicates", duplicates, 0, 0.95),
        ("separation", separation, 0, 3),
    ):
        if not low <= value <= high:
            raise ParameterError(f"{name} = {value}.", expected=f"{name}: {low} to {high:,}")
    if (last_day - first_day).days < 60:
        raise ParameterError(f"from {first_day} to {last_day}.", expected="at least 60 days: two periods")


def _day(day: str | date) -> date:
    if isinstance(day, datetime):
        return day.date()
    try:
        return day if isinstance(day, date) else date.fromisoformat(day)
    except ValueError:
        raise ParameterError(f"day {day!r}.", expected="a day like 2024-12-31") from None


def _seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400


def _block(
    business: Business,
    made: Chains,
    size: int,
    rng: np.random.Generator,
    times: tuple[int, int, int],
    *,
    separation: float,
    first_order: bool,
) -> dict[str, dict[str, np.ndarray]]:
    """One block of customers: people, contacts, orders and contracts, customers numbered from 0."""
    begin, middle, over = times
    segment = rng.choice(len(made.share), size, p=made.share)
    moves = np.cumsum(migration(business), axis=1)
    later = np.minimum((rng.random(size)[:, None] > moves[segment]).sum(axis=1), len(made.share) - 1)
    gloom = rng.standard_normal(size)
    count = 1 + (rng.poisson(business.journeys - 1, size) if business.journeys > 1 else np.zeros(size, dtype=int))
    start = begin + rng.integers(int((middle - begin) * _COMING), size=size)
    journey = np.cumsum(count) - count
    contacts, sequence = [], np.zeros(size, dtype=np.int32)
    who = np.arange(size)
    for turn in range(1, int(count.max()) + 1):
        who = who[count[who] >= turn]
        walked = walk(made, business, segment[who], start[who], gloom[who], rng, first_order=first_order)
        customer = who[walked.pop("journey")].astype(np.int32)
        walked |= {"customer": customer, "journey": (journey[customer] + turn - 1).astype(np.int32)}
        walked["sequence"] = sequence[customer] + walked.pop("step")
        last = np.zeros(size, dtype=np.int64)
        np.maximum.at(last, customer, walked["time"])
        sequence += np.bincount(customer, minlength=size).astype(np.int32)
        start = last + 60 + rng.exponential(_PAUSE, size).astype(np.int64)
        contacts.append(walked)
    walked = _merged(contacts)
    walked = {k: v[walked["time"] <= over] for k, v in walked.items()}
    tables = {
        "people": {"segment": segment.astype(np.int8), "later": later.astype(np.int8)},
        "contacts": walked,
        "journeys": count.sum(),
    }
    rate = purchases.rates(business, separation=separation)
    tables["orders"], first = _orders(business, made, walked, rate, (segment, later), middle, over, rng)
    if business.contract:
        buyer = np.flatnonzero(first <= over)
        signed = purchases.contracts(business, rate["churn"][segment[buyer]], first[buyer], over, rng)
        tables["contracts"] = signed | {"customer": buyer[signed.pop("buyer")].astype(np.int32)}
    return tables


def _orders(
    business: Business,
    made: Chains,
    walked: dict[str, np.ndarray],
    rate: dict[str, np.ndarray],
    segments: tuple[np.ndarray, np.ndarray],
    middle: int,
    over: int,
    rng: np.random.Generator,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Orders: every contact at the goal, and the further orders of those who were there; and each one's first order."""
    segment, later = segments
    size = len(segment)
    at_goal = walked["touchpoint"] == made.goal
    customer, time, channel = (walked[c][at_goal] for c in ("customer", "time", "channel"))
    first = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(first, customer, time)
    buyer = np.flatnonzero(first <= over)
    again, when = purchases.further_orders(rate, first[buyer], (segment[buyer], later[buyer]), middle, over, rng)
    chances = made.reach[segment[buyer[again]], made.goal].cumsum(axis=1)
    how = np.minimum((rng.random(len(again))[:, None] > chances).sum(axis=1), len(made.channels) - 1)
    orders = {
        "customer": np.concatenate([customer, buyer[again].astype(np.int32)]),
        "time": np.concatenate([time, when]),
        "channel": np.concatenate([channel, how.astype(np.int8)]),
    }
    who = orders["customer"]
    # What is ordered in the second period is worth what the customer's segment of that period spends.
    group = np.where(orders["time"] < middle, segment[who], later[who])
    orders["amount"] = purchases.values(rate["order_value"][group], who, size, rng)
    weights = np.array(list(business.items.values()), dtype=float)
    orders["item"] = rng.choice(len(weights), len(who), p=weights / weights.sum()).astype(np.int8)
    return orders, first


def _merged(blocks: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([block.pop(name) for block in blocks]) for name in list(blocks[0])}
