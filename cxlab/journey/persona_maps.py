"""Personas side by side: their moves counted customer by customer, and whether one map would do for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.journey.groups import GROUPS, customer_group
from cxlab.journey.homogeneity import Homogeneity, Patterns, homogeneity
from cxlab.journey.log import END, START, Log

_START, _END = -1, -2


@dataclass(frozen=True)
class PersonaMaps:
    """Personas side by side: the material of the findings below.

    Parameters
    ----------
    personas : labels
    customers : of each persona in the log; tested: of each in the test (a sample of large personas)
    converted : customers of each persona who reached the goal; None without a goal
    source, target : labels of each transition
    """

    log: Log
    personas: tuple[str, ...]
    customers: np.ndarray
    tested: np.ndarray
    converted: np.ndarray | None
    source: np.ndarray
    target: np.ndarray
    row: np.ndarray
    result: Homogeneity
    permutations: int
    unit: str

    @property
    def differ(self) -> bool:
        """Whether the test tells the maps apart, at 10 %."""
        return self.result.p_value <= 0.1


def persona_maps(
    log: Log,
    *,
    personas: Sequence[str] | None = None,
    sample: int = 5000,
    permutations: int = 1999,
    rng: np.random.Generator | int = 1,
) -> PersonaMaps:
    """Compare the maps of personas.

    Parameters
    ----------
    log : with personas
    personas : which; all by default
    sample : customers of each persona, about, that the test uses; their ids' hash decides
    permutations : deals of personas over customers

    Raises
    ------
    DataError : the log has no personas, or fewer than two.
    """
    if not log.has("persona"):
        raise DataError("the log has no personas.", expected="a column that tells them", mend="read_log(…, persona=…)")
    chosen = list(log.personas if personas is None else personas)
    for name in chosen:
        if name not in log.personas:
            raise unknown("persona", name, log.personas)
    if len(set(chosen)) < 2:
        raise ParameterError(f"persona {', '.join(chosen)} alone.", expected="two personas or more to compare")
    if permutations < 99:
        raise ParameterError(f"permutations = {permutations}.", expected="99 or more")
    codes = [log.personas.index(name) for name in chosen]
    keys, unit, members = _units(log, codes)
    sizes = members.group_by("persona").agg(
        customers=_.count(), **({"converted": _.reached.sum()} if log.goal else {})
    ).execute().set_index("persona").reindex(codes).fillna(0)  # fmt: skip
    empty = [name for name, n in zip(chosen, sizes["customers"], strict=True) if not n]
    if empty:
        raise DataError(f"persona {', '.join(empty)} has no journey.", expected="journeys of every persona compared")
    taken = _sampled(members, sizes["customers"], sample)
    patterns, cells = _patterns(log, taken, keys, codes)
    names = dict(enumerate(log.labels)) | {_START: START, _END: END}
    return PersonaMaps(
        log=log, personas=tuple(chosen), customers=sizes["customers"].to_numpy(int), tested=patterns.units.sum(0),
        converted=sizes["converted"].to_numpy(int) if log.goal else None,
        source=cells["source"].map(names).to_numpy(), target=cells["target"].map(names).to_numpy(), row=patterns.row,
        result=homogeneity(patterns, permutations=permutations, rng=rng), permutations=permutations, unit=unit,
    )  # fmt: skip


def _units(log: Log, codes: list[int]):
    """What a persona belongs to: the customer, or the journey where a customer's persona changes."""
    wanted = log.events.filter(_.persona.isin(codes))
    changing = wanted.group_by("customer_id").agg(kinds=_.persona.nunique()).aggregate(most=_.kinds.max()).execute()
    keys, unit = (
        (["customer_id"], "customers") if changing["most"].iloc[0] == 1 else (["customer_id", "journey"], "journeys")
    )
    reached = _.touchpoint.isin(sorted(log.goal)).max().cast("int64") if log.goal else ibis.literal(0)
    place = _.journey * 1_000_000 + _.step
    members = log.events.group_by(keys).agg(persona=_.persona.argmin(place), reached=reached)
    return keys, unit, members.filter(_.persona.isin(codes))


def _sampled(members: ibis.Table, sizes: pd.Series, sample: int) -> ibis.Table:
    """Members of large personas whose group of customers is below a bound, all members of the others."""
    bounds = {int(p): max(1, int(GROUPS * sample / n)) for p, n in sizes.items() if n > sample}
    if not bounds:
        return members
    bound = ibis.cases(*((members.persona == p, b) for p, b in bounds.items()), else_=GROUPS)
    return members.filter(customer_group(members.customer_id, salt="personas") < bound)


def _patterns(log: Log, members: ibis.Table, keys: list[str], codes: list[int]) -> tuple[Patterns, pd.DataFrame]:
    events = log.events.drop("persona").join(members.select(*keys, "persona"), keys)
    by = [*keys, "persona"]
    moves = events.group_by([*by, "touchpoint", "next_touchpoint"]).agg(n=_.count()).execute()
    moves = moves.rename(columns={"touchpoint": "source", "next_touchpoint": "target"})
    first = events.filter(_.step == 1).group_by([*by, "touchpoint"]).agg(n=_.count()).execute()
    moves = pd.concat([moves, first.rename(columns={"touchpoint": "target"}).assign(source=_START)], ignore_index=True)
    moves["target"] = moves["target"].fillna(_END).astype(int)
    # in order of id, so that the engine's order of rows decides nothing
    moves = moves.sort_values([*keys, "source", "target"], ignore_index=True)
    unit = moves.groupby(keys, sort=False).ngroup().to_numpy()
    cell = moves.groupby(["source", "target"]).ngroup().to_numpy()
    cells = moves[["source", "target"]].drop_duplicates().sort_values(["source", "target"], ignore_index=True)
    row = cells.groupby("source").ngroup().to_numpy()
    persona = moves["persona"].groupby(unit).first().map({c: i for i, c in enumerate(codes)}).to_numpy()
    return Patterns.of(unit, cell, moves["n"].to_numpy(), persona, row), cells
