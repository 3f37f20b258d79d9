"""`simulate`: a declared business becomes tables, with the truth they were made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate import population, writing
from cxlab.data.simulate.business import FELT, Business, checked_change
from cxlab.data.simulate.chains import chains
from cxlab.data.simulate.customers import numbered
from cxlab.data.simulate.deciding import decide
from cxlab.data.simulate.dirt import spoil
from cxlab.data.simulate.presets import PRESETS
from cxlab.data.simulate.records import Faults, records
from cxlab.data.simulate.satisfaction import changed
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
from cxlab.data.simulate.voice import voice
from cxlab.errors import ParameterError, unknown

if TYPE_CHECKING:
    from cxlab.data.dataset import Dataset

#: customers simulated at a time, which bounds what is held besides the tables; part of what a seed means
_BLOCK = 100_000


@dataclass(frozen=True)
class Simulated:
    """A simulated business: tables, and the truth.

    Parameters
    ----------
    name, title : of the business
    tables : pyarrow tables by name: customers, touchpoints, transactions, records; subscriptions where there are
        contracts; surveys and feedback where customers are asked and write; choices, trials and initiatives where
        that was asked for
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
    faults: Faults | Mapping[str, float] | None = None,
    separation: float = 1.0,
    first_order: bool = True,
    change: Mapping | None = None,
    experience: bool | None = None,
    decisions: bool = False,
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
    faults : what goes wrong in records, and how often; a mapping names chances of `Faults`
    separation : how far the segments are apart: 1 as declared, 0: there are no segments
    first_order : True: within a segment the drop-off depends on the touchpoint alone (waits and shocks of emotion move
        it around its mean); False: gloomy customers and failed hand-overs drop off more, too
    change : {touchpoint: {"drop_off": factor, "wait": factor, "emotion": points to add}}: the same business, changed;
        and {"satisfaction": {"effect": factor, "points": to add, "nonresponse": factor}} where there is an experience
    experience : whether customers are satisfied or not, answer surveys and write, and buy accordingly; None: as the
        business declares
    decisions : whether there are choices, trials and initiatives, too, and ratings of rivals; other tables but surveys
        are the same with and without
    start, end : first and last day; the second half of the time is the second period

    Raises
    ------
    ParameterError : an unknown business, touchpoint or change, or a number outside what it can be.

    >>> simulate("clothing_boutique", customers=500, seed=7).tables["customers"].num_rows
    500
    """
    business = _business(business)
    first_day, last_day = _day(start), _day(end)
    if experience and business.experience is None:
        raise ParameterError(
            f"business {business.name} declares no experience.",
            expected="one that does, or replace(business, experience=Experience(…))",
        )
    if decisions and business.decisions is None:
        raise ParameterError(
            f"business {business.name} declares no decisions.",
            expected="one that does, or replace(business, decisions=Decisions(…))",
        )
    _check(customers, dirt, duplicates, separation, first_order, first_day, last_day)
    change = checked_change(business, change)
    faults = _faults(faults)
    made = chains(business, separation=separation, change=change)
    felt = known = None
    if business.experience is not None and (not business.experience.on_request if experience is None else experience):
        felt = changed(business.experience, change.get(FELT))
        if decisions and business.decisions.rivals and not felt.rivals:
            felt = replace(felt, rivals=business.decisions.rivals)
    begin, over = _seconds(first_day), _seconds(last_day) + 86_399
    middle = begin + (last_day - first_day).days // 2 * 86_400
    parts: dict[str, list[dict[str, np.ndarray]]] = {}
    sizes = [min(_BLOCK, customers - done) for done in range(0, customers, _BLOCK)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes) + 3)
    journeys = 0
    for number, (size, child) in enumerate(zip(sizes, seeds[3:], strict=True)):
        rng = np.random.default_rng(child)
        block = population.block(
            business,
            made,
            size,
            rng,
            (begin, middle, over),
            separation=separation,
            first_order=first_order,
            experience=felt,
            feelings=np.random.default_rng(child.spawn(1)[0]),
        )
        block["contacts"]["journey"] += np.int32(journeys)
        journeys += int(block.pop("journeys"))
        for name, columns in block.items():
            if "customer" in columns:
                columns["customer"] = columns["customer"] + np.int32(number * _BLOCK)
            parts.setdefault(name, []).append(columns)
    merged = {name: population.merged(blocks) for name, blocks in parts.items()}
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
        faults,
    )
    if duplicates:
        tables["transactions"] = on_records(tables["transactions"], tables["records"], person, other)
    if felt is not None:
        said, known = voice(business, felt, merged, people, (begin, middle, over), seeds[0].spawn(2), separation)
        tables |= said
        sent = np.bincount(known.sheets.customer[known.sheets.asked], minlength=customers)
        tables["customers"] = tables["customers"].append_column("invitations", pa.array(sent.astype(np.int16)))
    later = known_customers(business, who["later"], merged["orders"], ~early, people, rng, separation)
    decided = None
    if decisions:
        made, decided = decide(business, merged, people, (first_day, last_day), seed)
        tables |= made
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
        experience=known,
        decisions=decided,
    )
    parameters = {
        "business": business.name,
        "customers": customers,
        "seed": seed,
        "dirt": dirt,
        "duplicates": duplicates,
        **({} if faults is None else {"faults": asdict(faults)}),
        "separation": separation,
        "first_order": first_order,
        "change": change,
        **({} if experience is None else {"experience": experience}),
        **({"decisions": True} if decisions else {}),
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


def _faults(faults: Faults | Mapping[str, float] | None) -> Faults | None:
    if faults is None or isinstance(faults, Faults):
        return faults
    known = [f.name for f in fields(Faults)]
    for name in faults:
        if name not in known:
            raise unknown("fault", name, known)
    return Faults(**faults)


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
