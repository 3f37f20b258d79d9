"""Initiative: what an investment costs, brings and when; and the table `initiatives` read as such."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.cash_flows import CashFlows, Terms, initiative_flows
from cxlab.differentiation.returns.uncertain import Uncertain, as_uncertain, three_points
from cxlab.errors import DataError, ParameterError, unknown

REQUIRED = ("name", "cost_low", "cost_likely", "cost_high", "effect_low", "effect_likely", "effect_high", "months")
#: quantities of an initiative beside its name, in the order they are sampled
PARTS = ("cost", "effect", "running", "months", "life", "fade")


@dataclass(frozen=True)
class Initiative:
    """An investment in customers' experience, each part of it known or uncertain.

    Parameters
    ----------
    cost : money once; effect : margin a year when fully in effect; running : money a year from when it is in effect;
        months : until then; life : years of the effect from then on (infinite: to the end of the horizon); fade : share
        of the effect lost a year. Each a number, (low, likely, high), an Uncertain, or an Effect with draws
    evidence : what the effect rests on ("trial", "driver", "choice", "cltv", "guess")

    >>> loyalty = Initiative("loyalty", cost=(8_000, 10_000, 15_000), effect=(0, 5_000, 9_000), months=3)
    >>> [q.name for q in loyalty.quantities if not q.certain]
    ['loyalty: cost', 'loyalty: effect']
    """

    name: str
    cost: object
    effect: object
    running: object = 0.0
    months: object = 0.0
    life: object = np.inf
    fade: object = 0.0
    evidence: str = ""

    @property
    def quantities(self) -> tuple[Uncertain, ...]:
        """Its parts as uncertain quantities, in the order of `PARTS`; an endless life is a long one."""
        found = []
        for part in PARTS:
            value = getattr(self, part)
            _money_a_year(self.name, value)
            value = 1e6 if part == "life" and isinstance(value, (int, float)) and np.isinf(value) else value
            unit = {"months": "months", "life": "years", "fade": "share"}.get(part, "money")
            name = f"{self.name}: {part}"
            own = as_uncertain(name, value, unit=unit, lower=-np.inf if part == "effect" else 0.0)
            low, high = own.draws.min(), own.draws.max()
            if part != "effect" and low < 0 or part == "life" and low <= 0 or part == "fade" and high >= 1:
                limit = {"life": "above 0 years", "fade": "a share, 0 or more and below 1"}.get(part, "0 or more")
                raise ParameterError(f"{name} is {low:g} to {high:g}.", expected=limit)
            found.append(Uncertain(name, own.draws, unit, own.source, own.lower, own.upper, own.curve))
        return tuple(found)

    def flows(self, values: np.ndarray, terms: Terms) -> CashFlows:
        """Cash flows for values of its parts, shape (draws, parts), in the order of `PARTS`."""
        return initiative_flows(terms, **dict(zip(PARTS, np.asarray(values, float).T, strict=True)))


def _money_a_year(name: str, value) -> None:
    """Raise where an effect is not in money a year yet."""
    unit, per = getattr(value, "unit", ""), getattr(value, "per", "")
    if unit not in ("", "money") or per not in ("", "year"):
        raise ParameterError(
            f"the effect of {name!r} is {unit or 'a number'} per {per or 'unit'}.",
            expected="margin a year, in money",
            mend=f"effect.times({per or 'unit'}s a year × margin of one, unit='money'"
            + (", per='year')" if per else ")"),
        )


def read_initiatives(source) -> pd.DataFrame:
    """The table `initiatives`, a row an option, checked as a whole.

    Parameters
    ----------
    source : Dataset with `initiatives`, or an Ibis table or DataFrame with its columns

    Raises
    ------
    DataError : a column is not there, there are no rows, or a name is missing or met twice.
    """
    table = source if isinstance(source, pd.DataFrame) else getattr(source, "initiatives", source).execute()
    missing = [c for c in REQUIRED if c not in table.columns]
    if missing:
        raise DataError(f"initiatives has no column {', '.join(missing)}.", expected="columns " + ", ".join(REQUIRED))
    if table.empty:
        raise DataError("initiatives has no rows.", expected="a row an option")
    names = table["name"].astype("string")
    if names.isna().any() or (names.str.strip() == "").any() or names.duplicated().any():
        twice = sorted(set(names[names.duplicated()].dropna()))
        raise DataError(f"initiatives names {', '.join(map(repr, twice))} twice." if twice else
                        "an initiative has no name.", expected="a name of its own for each option")  # fmt: skip
    return table.assign(name=names.str.strip().astype(object)).reset_index(drop=True)


def initiatives_of(
    source, *, effects: Mapping[str, object] | None = None, fade=0.0, level: float = 0.9, reads: str = "median"
) -> tuple[Initiative, ...]:
    """The rows of `initiatives` as `Initiative`, low and high read as the ends of an interval at `level`."""
    table, effects = read_initiatives(source), dict(effects or {})
    for name in effects:
        if name not in set(table["name"]):
            raise unknown("initiative", name, table["name"])

    def points(row, part, lower):
        values = [row[f"{part}_{end}"] for end in ("low", "likely", "high")]
        return three_points(f"{row['name']}: {part}", *map(float, values), level=level, reads=reads, lower=lower,
                            unit="money")  # fmt: skip

    def optional(row, column, otherwise):
        value = row.get(column)
        return otherwise if value is None or pd.isna(value) else float(value)

    return tuple(
        Initiative(
            row["name"],
            cost=points(row, "cost", 0.0),
            effect=effects[row["name"]] if row["name"] in effects else points(row, "effect", -np.inf),
            running=optional(row, "running", 0.0),
            months=float(row["months"]),
            life=optional(row, "life_years", np.inf),
            fade=fade,
            evidence=row["evidence"] if isinstance(row.get("evidence"), str) else "",
        )
        for row in table.to_dict("records")
    )
