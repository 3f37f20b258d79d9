"""Simulate shops whose link between score and money is known, and count how often the 90 % interval holds the truth.

    python -m tests.recovery.links

writes `link_coverage.csv` beside this file: a row a kind of shop and reading.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.experience.money.link import link_behaviour
from cxlab.experience.money.value_of_a_point import YEAR, value_of_a_point
from tests.experience.linked_shops import shop

TABLE = Path(__file__).with_name("link_coverage.csv")
SHOPS, WINDOW = 100, 90
#: shops of a kind whose false alarms are counted, which are few
MORE = {"no link": 800}
#: kinds of shops, see `tests.experience.linked_shops.shop`
KINDS = {
    "no link": {},
    "rate": {"rate": 0.1},
    "leaving": {"leave": -0.2},
    "spend": {"spend": 0.06},
    "rate, leaving and spend": {"rate": 0.1, "leave": -0.1, "spend": 0.03},
    "no link, four answers each": {"answers": 4},
    "no link, heavy buyers happier": {"reverse": 1.0},
    "rate, heavy buyers happier": {"rate": 0.1, "reverse": 1.0},
}
READINGS = ("as it stands", "beyond before", "own past")


def recover(kind: str, seed: int) -> list[dict]:
    """One shop: kind, reading, truth, value, held (truth inside), shown (zero outside, taken alone), linked (a link is
    claimed), claimed (and that it holds against customers' own past)."""
    made = shop(seed, window=WINDOW, **KINDS[kind])
    found = value_of_a_point(link_behaviour(made.tables, window=WINDOW))
    whole = found.table[found.table["part"] == "all"].set_index("reading")
    truth = made.truth * YEAR / WINDOW
    said = {
        "claimed": "it holds against customers' own past" in found.text,
        "linked": not found.title.startswith("No link"),
    }
    return [
        {"kind": kind, "reading": reading, "truth": truth, "value": row["value"], "shown": row["shown"],
         "held": row["low"] <= truth <= row["high"]} | said
        for reading, row in whole.loc[list(READINGS)].iterrows()
    ]  # fmt: skip


def recovered() -> pd.DataFrame:
    """By kind and reading over many shops: truth, value (means), coverage, shown, claimed, linked (shares), shops."""
    rows = pd.DataFrame(
        [
            row
            for i, kind in enumerate(KINDS)
            for seed in range(MORE.get(kind, SHOPS))
            for row in recover(kind, 10_000 * i + seed)
        ]
    )
    table = rows.groupby(["kind", "reading"], sort=False).agg(
        truth=("truth", "mean"), value=("value", "mean"), coverage=("held", "mean"), shown=("shown", "mean"),
        claimed=("claimed", "mean"), linked=("linked", "mean"), shops=("held", "size"),
    )  # fmt: skip
    return table.reset_index().astype({"shops": int}).round(4)


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    recovered().to_csv(TABLE, index=False, lineterminator="\n")
    print(TABLE.read_text())
