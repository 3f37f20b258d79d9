"""A block of customers with everything they do: their segments, journeys, orders and contracts, as arrays."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from cxlab.data.simulate import purchases
from cxlab.data.simulate.business import Business
from cxlab.data.simulate.chains import Chains, migration
from cxlab.data.simulate.experience import Experience
from cxlab.data.simulate.journeys import walk
from cxlab.data.simulate.satisfaction import levels, pulls

#: share of the first period in which customers come, and mean pause between two journeys, seconds
_COMING, _PAUSE = 0.7, 45 * 86_400.0


def block(
    business: Business,
    made: Chains,
    size: int,
    rng: np.random.Generator,
    times: tuple[int, int, int],
    *,
    separation: float,
    first_order: bool,
    experience: Experience | None = None,
    feelings: np.random.Generator | None = None,
) -> dict[str, dict[str, np.ndarray]]:
    """One block of customers: people, contacts, orders and contracts, customers numbered from 0.

    Parameters
    ----------
    times : first moment, beginning of the second period and last moment, seconds
    experience, feelings : how satisfied customers are, from random numbers of their own: without an effect on purchases
        every other table is the same as without it
    """
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
    walked = merged(contacts)
    walked = {k: v[walked["time"] <= over] for k, v in walked.items()}
    tables = {
        "people": {"segment": segment.astype(np.int8), "later": later.astype(np.int8)},
        "contacts": walked,
        "journeys": count.sum(),
    }
    pull = None
    if experience is not None:
        tables["people"]["level"] = level = levels(experience, gloom, feelings)
        pull = pulls(experience, level)
    rate = purchases.rates(business, separation=separation)
    tables["orders"], first = _orders(business, made, walked, rate, (segment, later), middle, over, rng, pull)
    if business.contract:
        buyer = np.flatnonzero(first <= over)
        churn = rate["churn"][segment[buyer]]
        if pull is not None:
            churn = expit(logit(churn) + pull["leave"][buyer])
        signed = purchases.contracts(business, churn, first[buyer], over, rng)
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
    pull: dict[str, np.ndarray] | None,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Orders: every contact at the goal, and the further orders of those who were there; and each one's first order.

    An order is handed over by who handled the contact; of a further order nobody is known here (−1).
    """
    segment, later = segments
    size = len(segment)
    at_goal = walked["touchpoint"] == made.goal
    customer, time, channel, hand = (walked[c][at_goal] for c in ("customer", "time", "channel", "hand"))
    first = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(first, customer, time)
    buyer = np.flatnonzero(first <= over)
    mine = None if pull is None else {name: values[buyer] for name, values in pull.items()}
    again, when = purchases.further_orders(rate, first[buyer], (segment[buyer], later[buyer]), middle, over, rng, mine)
    chances = made.reach[segment[buyer[again]], made.goal].cumsum(axis=1)
    how = np.minimum((rng.random(len(again))[:, None] > chances).sum(axis=1), len(made.channels) - 1)
    orders = {
        "customer": np.concatenate([customer, buyer[again].astype(np.int32)]),
        "time": np.concatenate([time, when]),
        "channel": np.concatenate([channel, how.astype(np.int8)]),
        "hand": np.concatenate([hand, np.full(len(again), -1, dtype=hand.dtype)]),
    }
    who = orders["customer"]
    # What is ordered in the second period is worth what the customer's segment of that period spends.
    group = np.where(orders["time"] < middle, segment[who], later[who])
    mean = rate["order_value"][group] if pull is None else rate["order_value"][group] * pull["spend"][who]
    orders["amount"] = purchases.values(mean, who, size, rng)
    weights = np.array(list(business.items.values()), dtype=float)
    orders["item"] = rng.choice(len(weights), len(who), p=weights / weights.sum()).astype(np.int8)
    return orders, first


def merged(blocks: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([block.pop(name) for block in blocks]) for name in list(blocks[0])}
