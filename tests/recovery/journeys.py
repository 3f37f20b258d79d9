"""Simulate businesses whose journeys are known exactly, and count how often the 90 % interval holds the truth.

    python -m tests.recovery.journeys

writes `journey_coverage.csv` beside this file: a row a measure.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.data.simulate import simulate
from cxlab.journey import START, read_log
from cxlab.journey.emotion import emotional_curve
from cxlab.journey.transitions import transitions
from cxlab.journey.what_if import what_if

TABLE = Path(__file__).with_name("journey_coverage.csv")
DATA_SETS, CUSTOMERS = 100, 800
CHANGE = {"Checkout": {"drop_off": 0.5}}
#: contacts at a touchpoint below which its transitions are not counted
FEWEST = 20
MEASURES = ("transition shares", "emotion", "conversion", "conversion with less friction", "difference it makes")


def true_shares(truth) -> pd.DataFrame:
    """Transition shares of all contacts, whatever the segment: segments weighted by how often they are there."""
    names, segments = list(truth.chains.names), list(truth.chains.segments)
    met = truth.touchpoints().set_index(["segment", "touchpoint"])["visits"]
    weight = np.array([truth.chains.share[g] * met[s].loc[names].to_numpy() for g, s in enumerate(segments)])
    onward = np.array([truth.transition(s).loc[names, names].to_numpy() for s in segments])
    leaving = np.concatenate([onward, 1 - onward.sum(2, keepdims=True)], axis=2)
    return pd.DataFrame(np.einsum("gi,gij->ij", weight / weight.sum(0), leaving), names, [*names, "(end)"])


def recover(seed: int) -> list[dict]:
    """What was held, and what not, of one simulated business: measure, held."""
    world = simulate("clothing_boutique", customers=CUSTOMERS, seed=seed)
    log = read_log(world.dataset())
    truth, found = true_shares(world.truth), []
    table = transitions(log).table
    for row in table[table["source"] != START].itertuples():
        if row.contacts / row.share >= FEWEST:
            found.append(("transition shares", row.low <= truth.loc[row.source, row.target] <= row.high))
    felt = world.truth.touchpoints().set_index(["segment", "touchpoint"]).loc["all", "emotion"]
    curve = emotional_curve(log).table
    for row in curve[curve["contacts"] >= FEWEST].itertuples():
        found.append(("emotion", row.low <= felt[row.touchpoint] <= row.high))
    asked = what_if(log, CHANGE, draws=1000, rng=seed).table.set_index("quantity").loc["conversion"]
    exact = world.truth.what_if(CHANGE).loc["conversion"]
    found += [
        ("conversion", asked.as_is_low <= exact["before"] <= asked.as_is_high),
        ("conversion with less friction", asked.to_be_low <= exact["after"] <= asked.to_be_high),
        ("difference it makes", asked.difference_low <= exact["difference"] <= asked.difference_high),
    ]
    return [{"measure": measure, "held": bool(held), "seed": seed} for measure, held in found]


def recovered(data_sets: int = DATA_SETS) -> pd.DataFrame:
    """Coverage by measure over many businesses: measure, coverage, intervals, data_sets."""
    held = pd.DataFrame([record for seed in range(data_sets) for record in recover(1000 + seed)])
    table = held.groupby("measure", sort=False)["held"].agg(coverage="mean", intervals="size").reset_index()
    return table.assign(coverage=table["coverage"].round(4), data_sets=data_sets)


if __name__ == "__main__":
    recovered().to_csv(TABLE, index=False, lineterminator="\n")
    print(TABLE.read_text())
