"""Paths packed into whole numbers, a few bits a step, and the distinct ones fetched."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import ParameterError

_BITS = 62  # of a whole number of 64, so that no sum of packed steps overflows


@dataclass(frozen=True)
class Packing:
    """Paths as whole numbers: `bits` a step, `steps` steps a number."""

    bits: int
    steps: int
    longest: int

    @classmethod
    def of(cls, n_states: int, longest: int) -> Packing:
        bits = n_states.bit_length()  # room for n_states and for "nothing", which is 0
        return cls(bits, _BITS // bits, longest)

    @property
    def names(self) -> list[str]:
        return [f"word_{i}" for i in range(-(-self.longest // self.steps))]

    def words(self, events: ibis.Table, used: ibis.Value) -> dict[str, ibis.Value]:
        """The numbers of a journey, from columns state and position (1, 2, …, each once where `used`)."""
        place = ((ibis.greatest(_.position, 1) - 1) % self.steps * self.bits).cast("int64")
        packed = (_.state.cast("int64") + 1) << place
        found = {}
        for i, name in enumerate(self.names):
            until = min((i + 1) * self.steps, self.longest)
            inside = used & (_.position > i * self.steps) & (_.position <= until)
            found[name] = packed.sum(where=inside).fill_null(0).cast("int64")
        return found

    def codes(self, found: pd.DataFrame) -> np.ndarray:
        """States in order, shape (n_paths, longest), padded with −1."""
        words = found[self.names].to_numpy(np.int64)
        step = np.arange(self.longest)
        return (words[:, step // self.steps] >> (step % self.steps * self.bits) & ((1 << self.bits) - 1)) - 1


def fetched(journeys: ibis.Table, packing: Packing, value: ibis.Table | None, most: int, by: tuple[str, ...] = ()):
    """Distinct paths with what is known of their journeys, and the totals of all: n_distinct and cut."""
    if most < 2:
        raise ParameterError(f"most = {most}.", expected="distinct paths, 2 or more")
    amount = ibis.null("float64")
    if value is not None:
        sums = value.group_by("customer_id").agg(amount=_.value.sum().cast("float64"))
        journeys = journeys.left_join(sums, "customer_id").drop("customer_id_right")
        amount = _.amount.sum().fill_null(0.0)
    key = [*packing.names, *by]
    distinct = journeys.group_by(key).agg(
        weight=_.count(), converted=_.converted.sum(), seconds=_.seconds.mean(), cut=_.cut.sum(), value=amount
    )
    # the order decides what is fetched, so that it is the same at every run and on every engine
    distinct = distinct.mutate(rank=ibis.row_number().over(order_by=[_.weight.desc(), *key])).cache()
    totals = distinct.agg(n_distinct=_.count(), cut=_.cut.sum()).execute().iloc[0]
    full, step = int(totals["n_distinct"]), 1
    if full > most:
        full = most // 2
        step = -(-(int(totals["n_distinct"]) - full) // (most - full))
    kept = distinct.filter((_.rank < full) | ((_.rank - full) % step == step // 2)).order_by("rank")
    found = kept.execute()
    rest = distinct.filter(_.rank >= full).agg(journeys=_.weight.sum().fill_null(0)).execute()["journeys"].iloc[0]
    sampled = found["rank"].to_numpy() >= full
    found["stands_for"] = 1.0
    found.loc[sampled, "stands_for"] = float(rest) / max(float(found.loc[sampled, "weight"].sum()), 1.0)
    return found, totals


def regrouped(codes: np.ndarray, found: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Equal sequences as one, the most frequent first."""
    distinct, group = np.unique(codes, axis=0, return_inverse=True)
    weight = found["weight"].to_numpy(float)
    parts = pd.DataFrame(
        {
            "weight": weight,
            "converted": found["converted"].to_numpy(float),
            "stood": weight * found["stands_for"].to_numpy(float),
            "seconds": weight * found["seconds"].to_numpy(float),
        }
    )
    sums = parts.groupby(group.ravel()).sum()
    sums["stands_for"], sums["seconds"] = sums["stood"] / sums["weight"], sums["seconds"] / sums["weight"]
    order = np.argsort(-sums["weight"].to_numpy(), kind="stable")
    return distinct[order], sums.iloc[order].assign(value=np.nan)
