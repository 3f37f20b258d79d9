"""The tables of a simulated business, from the arrays of its population."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.chains import Chains
from cxlab.data.simulate.customers import attributes, coded, numbered

#: share of the customers who agree to be written to
_CONSENT = 0.7


def touchpoints_table(
    business: Business, made: Chains, contacts: dict[str, np.ndarray], people: pa.Array, journeys: int
) -> pa.Table:
    """Contacts in order of time; takes the arrays of `contacts` as it goes, so that none is held twice."""
    order = np.argsort(contacts["time"], kind="stable")

    def column(name: str) -> np.ndarray:
        return contacts.pop(name)[order]

    at = column("touchpoint")
    stages = list(dict.fromkeys(p.stage for p in business.touchpoints))
    stage = np.array([stages.index(p.stage) for p in business.touchpoints])
    hands = list(dict.fromkeys(h for p in business.touchpoints for h in p.handled_by))
    table = {
        "customer_id": coded(column("customer"), people),
        "timestamp": pa.array(column("time").astype("datetime64[s]")),
        "sequence": pa.array(column("sequence")),
        "stage": coded(stage[at], stages),
        "touchpoint": coded(at, made.names),
        "channel": coded(column("channel"), made.channels),
        "emotion": pa.array(column("emotion")),
        "effort": pa.array(column("effort")),
        "duration_s": pa.array(column("duration")),
        "cost": pa.array(made.cost[at]),
        "handled_by": coded(column("hand"), hands),
    }
    if business.journeys > 1:
        table["session_id"] = coded(column("journey"), numbered("J", journeys))
    return pa.table(table)


def transactions_table(business: Business, made: Chains, orders: dict[str, np.ndarray], people: pa.Array) -> pa.Table:
    """Orders in order of time."""
    order = np.argsort(orders["time"], kind="stable")
    amount = orders["amount"][order]
    return pa.table(
        {
            "customer_id": coded(orders["customer"][order], people),
            "timestamp": pa.array(orders["time"][order].astype("datetime64[s]")),
            "amount": pa.array(amount),
            "order_id": numbered("O", len(order)),
            "item": coded(orders["item"][order], list(business.items)),
            "margin": pa.array(np.rint(amount * business.margin * 100) / 100),
            "channel": coded(orders["channel"][order], made.channels),
        }
    )


def on_records(transactions: pa.Table, records: pa.Table, person: pd.DataFrame, rng: np.random.Generator) -> pa.Table:
    """Orders with the record they were booked on: any of the customer's, with equal chances."""
    owner = person["person_id"].str[1:].astype(int).to_numpy() - 1
    order = np.argsort(owner, kind="stable")
    held = np.bincount(owner)
    begins = np.cumsum(held) - held
    customer = transactions["customer_id"].combine_chunks().indices.to_numpy()
    row = order[begins[customer] + (rng.random(len(customer)) * held[customer]).astype(int)]
    return transactions.append_column("record_id", coded(row, records["record_id"].combine_chunks()))


def handovers(contacts: dict[str, np.ndarray], people: pa.Array) -> pd.DataFrame:
    """Every contact that switched the channel, and whether the switch failed."""
    row = np.flatnonzero(contacts["switched"])
    return pd.DataFrame(
        {
            "customer_id": people.take(pa.array(contacts["customer"][row])).to_pandas(),
            "sequence": contacts["sequence"][row],
            "failed": contacts["failed"][row],
        }
    )


def subscriptions_table(contracts: dict[str, np.ndarray], people: pa.Array) -> pa.Table:
    order = np.argsort(contracts["start"], kind="stable")
    return pa.table(
        {
            "customer_id": coded(contracts["customer"][order], people),
            "start": pa.array(contracts["start"][order]),
            "end": pa.array(contracts["end"][order]),
            "plan": pa.array(contracts["plan"][order]),
            "price": pa.array(contracts["price"][order]),
        }
    )


def customers_table(
    business: Business,
    made: Chains,
    merged: dict[str, dict[str, np.ndarray]],
    early: np.ndarray,
    people: pa.Array,
    rng: np.random.Generator,
    separation: float,
) -> pa.Table:
    """Customers with first contact, consent, where they live, and what is known of them in the first period."""
    contacts, n = merged["contacts"], len(people)
    first = np.flatnonzero(contacts["sequence"] == 1)
    seen, channel = np.empty(n, dtype="datetime64[D]"), np.empty(n, dtype=np.int8)
    seen[contacts["customer"][first]] = contacts["time"][first].astype("datetime64[s]").astype("datetime64[D]")
    channel[contacts["customer"][first]] = contacts["channel"][first]
    city = rng.integers(len(business.cities), size=n)
    consent = (rng.random(n) < _CONSENT).astype(int)
    table = pa.table(
        {
            "customer_id": people,
            "first_seen": pa.array(seen),
            "acquisition_channel": coded(channel, made.channels),
            "consent": coded(consent, ["no", "yes"]),
            "city": coded(city, list(business.cities)),
        }
    )
    known = known_customers(business, merged["people"]["segment"], merged["orders"], early, people, rng, separation)
    for name in known.column_names[1:]:
        table = table.append_column(name, known[name])
    return table


def known_customers(
    business: Business,
    segment: np.ndarray,
    orders: dict[str, np.ndarray],
    counted: np.ndarray,
    people: pa.Array,
    rng: np.random.Generator,
    separation: float,
) -> pa.Table:
    """What is known of customers in one period: visits (orders), spend, and answers drawn from the segment."""
    who, n = orders["customer"][counted], len(people)
    return pa.table(
        {
            "customer_id": people,
            "visits": pa.array(np.bincount(who, minlength=n).astype(np.int32)),
            "spend": pa.array(np.bincount(who, weights=orders["amount"][counted], minlength=n).round(2)),
            **attributes(business, segment, rng, separation=separation),
        }
    )
