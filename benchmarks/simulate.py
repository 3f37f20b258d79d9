"""Order logs of any size, from the models fitted to CDNOW; logs of contacts, from the simulated boutique.

Customers first buy on the days on which CDNOW's 23,570 did (drawn with replacement), buy again as BG/NBD says, and
spend as Gamma-Gamma says, with the published estimates for CDNOW. Customers come in blocks with a seed each, so a log
of a given size and seed is the same on every machine and never in memory as a whole.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cxlab.places import shipped

#: Fader, Hardie & Lee (2005); times in weeks
BG_NBD = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
#: Fader & Hardie (2013); dollars
GAMMA_GAMMA = {"p": 6.25, "q": 3.74, "v": 15.44}
END = np.datetime64("1998-06-30")
BLOCK = 100_000


SCHEMA = pa.schema([("customer_id", pa.int64()), ("timestamp", pa.date32()), ("amount", pa.float64())])


def cdnow(*, sample: bool = False) -> pa.Table:
    """The CDNOW log in the columns of the simulated ones; `sample` gives the 2,357 customers of the papers."""
    log = pd.read_csv(shipped("datasets") / "cdnow" / "transactions.csv.gz", parse_dates=["date"])
    log = log[log["in_sample"] == 1] if sample else log
    return pa.table([log["customer_id"], log["date"].to_numpy("datetime64[D]"), log["spend"]], schema=SCHEMA)


def first_days() -> np.ndarray:
    """Day of the first purchase of every CDNOW customer, shape (23,570,)."""
    return cdnow().to_pandas().groupby("customer_id")["timestamp"].min().to_numpy("datetime64[D]")


def blocks(customers: int, *, seed: int) -> Iterator[pa.Table]:
    """An order log in blocks of customers.

    Yields
    ------
    Table with columns customer_id (integer), timestamp (day) and amount (dollars), sorted by customer and day
    """
    days = first_days()
    for number, start in enumerate(range(0, customers, BLOCK)):
        rng = np.random.default_rng([seed, number])
        size = min(BLOCK, customers - start)
        first = rng.choice(days, size)
        T = (END - first).astype(float) / 7
        rate = rng.gamma(BG_NBD["r"], 1 / BG_NBD["alpha"], size)
        cap = rng.geometric(np.maximum(rng.beta(BG_NBD["a"], BG_NBD["b"], size), 1e-12))
        # purchases of somebody who never leaves, in order of time; those after leaving are struck out
        wished = rng.poisson(rate * T)
        who = np.repeat(np.arange(size), wished)
        time = rng.random(len(who)) * T[who]
        order = np.lexsort((time, who))
        who, time = who[order], time[order]
        rank = np.arange(len(who)) - np.repeat(np.cumsum(wished) - wished, wished)
        kept = rank < cap[who]
        who = np.concatenate([np.arange(size), who[kept]])
        day = np.concatenate([first, first[who[size:]] + np.floor(7 * time[kept]).astype("timedelta64[D]")])
        order = np.lexsort((day, who))
        who, day = who[order], day[order]
        scale = rng.gamma(GAMMA_GAMMA["q"], size=size) / GAMMA_GAMMA["v"]
        amount = np.round(rng.gamma(GAMMA_GAMMA["p"], size=len(who)) / scale[who], 2)
        yield pa.table([start + 1 + who, day, amount], schema=SCHEMA)


def write(
    path: Path, *, customers: int | None = None, rows: int | None = None, text: bool = False, seed: int = 1
) -> tuple[int, int]:
    """Write a log of so many customers, or of so many rows; returns both counts.

    `text` writes customer ids as text (C00000001), as most logs have them.
    """
    people = lines = 0
    partial = path.with_suffix(".partial")
    schema = SCHEMA.set(0, pa.field("customer_id", pa.string())) if text else SCHEMA
    with pq.ParquetWriter(partial, schema) as file:
        for block in blocks(customers if rows is None else rows, seed=seed):
            if rows is not None and lines + len(block) > rows:
                block = block.slice(0, rows - lines)
            ids = block["customer_id"]
            if text:
                padded = pc.utf8_lpad(pc.cast(ids, pa.string()), 8, "0")
                block = block.set_column(0, schema[0], pc.binary_join_element_wise("C", padded, ""))
            file.write_table(block)
            people, lines = ids[-1].as_py(), lines + len(block)
            if lines == rows:
                break
    partial.replace(path)
    return people, lines


def write_contacts(path: Path, *, contacts: int, text: bool = False, seed: int = 1) -> tuple[int, int]:
    """Write a log of contacts (user_id, event, timestamp) of the simulated boutique; returns customers and rows.

    Rows are in order of time within a block of 250,000 customers, so they are not sorted by customer.
    """
    from cxlab.data.simulate import simulate

    kind = pa.string() if text else pa.int64()
    schema = pa.schema([("user_id", kind), ("event", pa.string()), ("timestamp", pa.timestamp("us"))])
    partial = path.with_suffix(".partial")
    people = lines = block = 0
    with pq.ParquetWriter(partial, schema) as file:
        while lines < contacts:
            table = simulate("clothing_boutique", customers=250_000, seed=seed + block).tables["touchpoints"]
            table = table.combine_chunks().slice(0, min(len(table), contacts - lines))
            number = pa.array(table["customer_id"].combine_chunks().dictionary_encode().indices).cast(pa.int64())
            number = pc.add(number, people)
            people = int(pc.max(number).as_py()) + 1
            ids = number
            if text:
                ids = pc.binary_join_element_wise("C", pc.utf8_lpad(pc.cast(number, pa.string()), 8, "0"), "")
            rows = pa.table([ids, table["touchpoint"].cast(pa.string()), table["timestamp"].cast(pa.timestamp("us"))],
                            schema=schema)  # fmt: skip
            file.write_table(rows.sort_by("timestamp"))
            lines, block = lines + len(rows), block + 1
    partial.replace(path)
    return people, lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a simulated order log as a Parquet file.")
    parser.add_argument("path", type=Path)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--customers", type=int)
    size.add_argument("--rows", type=int)
    parser.add_argument("--text", action="store_true", help="customer ids as text")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    people, lines = write(**vars(arguments))
    print(f"{arguments.path}: {lines:,} rows of {people:,} customers")
