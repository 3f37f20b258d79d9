"""Choices: customers are asked which of some offers they would take, and what each of them truly values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate.customers import coded
from cxlab.data.simulate.decisions import NONE, Conjoint
from cxlab.errors import ParameterError, unknown

_PRICE = "price"


@dataclass(frozen=True)
class ChoiceTruth:
    """What the choices were made from.

    Parameters
    ----------
    conjoint : the declaration
    part_worths : DataFrame by respondent_id: utility of every level and of one more of every number, of price (below 0)
        and of none; the first level of a text attribute is 0 for everybody
    segment : Series by respondent_id
    """

    conjoint: Conjoint
    part_worths: pd.DataFrame = field(repr=False)
    segment: pd.Series = field(repr=False)

    def against(self, reference: Mapping[str, str]) -> pd.DataFrame:
        """Part-worths with other levels at 0: {text attribute: level}, as a model of choice codes them."""
        table = self.part_worths.copy()
        for name, level in reference.items():
            columns = [f"{name}: {other}" for other in self._attribute(name).worth]
            if f"{name}: {level}" not in columns:
                raise unknown(f"level of {name}", level, self._attribute(name).worth)
            table[columns] = table[columns].sub(table[f"{name}: {level}"], axis=0)
        return table

    @property
    def willingness(self) -> pd.DataFrame:
        """What each respondent would pay for every level, and for one more of every number, by respondent_id; money."""
        worth = self.part_worths.drop(columns=[_PRICE, NONE])
        return worth.div(-self.part_worths[_PRICE], axis=0)

    def shares(self, offers: Mapping[str, Mapping[str, float | str]] | None = None) -> pd.Series:
        """Expected shares of offers, and of none, over the respondents: exact.

        Parameters
        ----------
        offers : {offer: {attribute or "price": value}}; by default those of the declaration
        """
        offers = self.conjoint.offers if offers is None else offers
        rows = np.stack([self._row(name, offer) for name, offer in offers.items()])
        utility = np.column_stack([self.part_worths.drop(columns=NONE) @ rows.T, self.part_worths[NONE]])
        chance = np.exp(utility - utility.max(axis=1, keepdims=True))
        chance = (chance / chance.sum(axis=1, keepdims=True)).mean(axis=0)
        return pd.Series(chance, [*offers, NONE], name="share")

    def change(self, offer: str, **values: float | str) -> pd.Series:
        """Shares when one of the offers of the declaration is changed: ``change("City chain", price=2.6)``."""
        if offer not in self.conjoint.offers:
            raise unknown("offer", offer, self.conjoint.offers)
        return self.shares({**self.conjoint.offers, offer: {**self.conjoint.offers[offer], **values}})

    def _attribute(self, name: str):
        found = next((a for a in self.conjoint.attributes if a.name == name), None)
        if found is None:
            raise unknown("attribute", name, [a.name for a in self.conjoint.attributes])
        return found

    def _row(self, name: str, offer: Mapping[str, float | str]) -> np.ndarray:
        row = dict.fromkeys(self.part_worths.columns.drop(NONE), 0.0)
        known = [_PRICE, *(a.name for a in self.conjoint.attributes)]
        for attribute in offer:
            if attribute not in known:
                raise unknown(f"attribute of {name}", attribute, known)
        for attribute in known:
            if attribute not in offer:
                raise ParameterError(f"offer {name} has no {attribute}.", expected="all of: " + ", ".join(known))
            value = offer[attribute]
            key = f"{attribute}: {value}" if isinstance(value, str) else attribute
            if key not in row:
                raise unknown(f"level of {attribute}", value, self._attribute(attribute).worth)
            row[key] = 1.0 if isinstance(value, str) else float(value)
        return np.array(list(row.values()))


def choose(
    conjoint: Conjoint, people: pd.Series, last: np.datetime64, rng: np.random.Generator
) -> tuple[pa.Table, ChoiceTruth]:
    """Draw who takes part, what they value, what they are shown and what they choose.

    Parameters
    ----------
    people : segment by customer_id, of those who ever bought
    last : day of the last answer; answers come in over the four weeks before

    Returns
    -------
    the table `choices`, and its truth
    """
    n = min(len(people), max(2, round(conjoint.respondents * len(people))))
    taking = people.iloc[np.sort(rng.permutation(len(people))[:n])]
    worth = _worth(conjoint, taking, rng)
    tasks, offers = n * conjoint.tasks, conjoint.alternatives
    design = _design(conjoint, tasks, rng)
    rows = _columns(conjoint, design)
    utility = np.einsum("tak,tk->ta", rows, np.repeat(worth.drop(columns=NONE).to_numpy(), conjoint.tasks, axis=0))
    utility = np.column_stack([utility, np.repeat(worth[NONE].to_numpy(), conjoint.tasks)])
    chosen = (utility + rng.gumbel(size=utility.shape)).argmax(axis=1)
    shown = offers + 1
    when = last - rng.integers(0, 28, n).astype("timedelta64[D]")
    isnone = np.tile(np.arange(shown) == offers, tasks)
    names = [str(i + 1) for i in range(offers)] + [NONE]
    table = {
        "respondent_id": coded(np.repeat(np.arange(n), conjoint.tasks * shown), pa.array(taking.index)),
        "task": pa.array(np.tile(np.repeat(np.arange(1, conjoint.tasks + 1), shown), n).astype(np.int16)),
        "alternative": coded(np.tile(np.arange(shown), tasks), names),
        "chosen": pa.array(np.equal.outer(chosen, np.arange(shown)).ravel().astype(np.int8)),
        "timestamp": pa.array(np.repeat(when, conjoint.tasks * shown)),
    }

    def padded(values: np.ndarray) -> np.ndarray:
        return np.column_stack([values, np.full(tasks, values.flat[0])]).ravel()

    for place, attribute in enumerate(conjoint.attributes):
        codes = padded(design[:, :, place])
        if attribute.named:
            table[attribute.name] = coded(np.where(isnone, -1, codes), list(attribute.worth))
        else:
            table[attribute.name] = pa.array(np.array(attribute.values)[codes], mask=isnone)
    table[_PRICE] = pa.array(np.array(conjoint.prices, dtype=float)[padded(design[:, :, -1])], mask=isnone)
    truth = ChoiceTruth(conjoint, worth, taking.rename("segment"))
    return pa.table(table), truth


def _worth(conjoint: Conjoint, people: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Part-worths by respondent."""
    n, made = len(people), {}
    for attribute in conjoint.attributes:
        added = people.map(attribute.segments).fillna(0.0).to_numpy(dtype=float)
        means = attribute.worth.values() if attribute.named else [attribute.worth]
        for number, (column, mean) in enumerate(zip(attribute.columns, means, strict=True)):
            own = mean + added + attribute.spread * rng.standard_normal(n)
            made[column] = np.full(n, 0.0) if attribute.named and number == 0 else own
    factor = people.map(conjoint.segments).fillna(1.0).to_numpy(dtype=float)
    made[_PRICE] = -conjoint.sensitivity * factor * np.exp(conjoint.sensitivity_spread * rng.standard_normal(n))
    made[NONE] = conjoint.none + conjoint.none_spread * rng.standard_normal(n)
    return pd.DataFrame(made, index=pd.Index(people.index, name="respondent_id"))


def _design(conjoint: Conjoint, tasks: int, rng: np.random.Generator) -> np.ndarray:
    """Codes of levels, shape (tasks, offers, attributes and price); no two offers of a task are alike."""
    sizes = [len(a.worth) if a.named else len(a.values) for a in conjoint.attributes] + [len(conjoint.prices)]
    every = int(np.prod(sizes))
    picked = rng.integers(every, size=(tasks, conjoint.alternatives))
    while (alike := np.flatnonzero((np.diff(np.sort(picked, axis=1), axis=1) == 0).any(axis=1))).size:
        picked[alike] = rng.integers(every, size=(len(alike), conjoint.alternatives))
    return np.stack(np.unravel_index(picked, sizes), axis=-1)


def _columns(conjoint: Conjoint, design: np.ndarray) -> np.ndarray:
    """Values of the columns of the part-worths, shape (tasks, offers, columns but none)."""
    parts = []
    for place, attribute in enumerate(conjoint.attributes):
        codes = design[:, :, place]
        if attribute.named:
            parts.append(codes[..., None] == np.arange(len(attribute.worth)))
        else:
            parts.append(np.array(attribute.values, dtype=float)[codes][..., None])
    parts.append(np.array(conjoint.prices, dtype=float)[design[:, :, -1]][..., None])
    return np.concatenate(parts, axis=-1).astype(float)
