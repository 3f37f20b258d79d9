"""Initiatives: what the owner believes of them as a table, and what each would truly bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate.choosing import ChoiceTruth
from cxlab.data.simulate.decisions import Decisions, Option
from cxlab.data.simulate.trying import ComparisonTruth, PanelTruth
from cxlab.errors import ParameterError

_TEXTS = ("level", "evidence", "owner", "kpi", "alarm", "stop")


@dataclass(frozen=True)
class InitiativesTruth:
    """What each initiative truly costs and brings.

    Parameters
    ----------
    table : DataFrame by name: cost (money once), effect (margin a year when fully in effect), running (money a year),
        months (until in effect), life_years, requires and excludes (names)
    active : customers who came in the last half-year, whom effects are about
    """

    table: pd.DataFrame
    active: int

    def worth(self, *, years: float = 3.0, discount: float = 0.1) -> pd.DataFrame:
        """Whether each pays, done alone and begun today, its prerequisites' costs not counted.

        Parameters
        ----------
        years : horizon; discount : a year

        Returns
        -------
        DataFrame by name: cost, effect, npv (money; cost at once, effect and running cost by month from when it is in
        effect), pays (npv > 0)
        """
        if years <= 0 or discount <= -1:
            raise ParameterError(f"years {years}, discount {discount}.", expected="years > 0, discount > -1")
        month = np.arange(1, int(round(12 * years)) + 1)
        factor = (1 + discount) ** (-month / 12)
        rows = self.table
        on = (month > rows["months"].to_numpy()[:, None]) & (
            month <= (rows["months"] + 12 * rows["life_years"]).to_numpy()[:, None])  # fmt: skip
        flow = ((rows["effect"] - rows["running"]).to_numpy()[:, None] / 12 * on) @ factor
        npv = flow - rows["cost"].to_numpy()
        return rows[["cost", "effect"]].assign(npv=npv, pays=npv > 0)

    def best(self, budget: float, *, years: float = 3.0, discount: float = 0.1) -> tuple[tuple[str, ...], float]:
        """The set that is worth most within a budget, with all that it requires and nothing that it excludes, all begun
        today; and what it is worth. Every set is looked at."""
        if len(self.table) > 20:
            raise ParameterError(f"{len(self.table)} initiatives.", expected="at most 20: every set is looked at")
        worth, names = self.worth(years=years, discount=discount), list(self.table.index)
        found: tuple[tuple[str, ...], float] = ((), 0.0)
        for size in range(1, len(names) + 1):
            for chosen in combinations(names, size):
                value = float(worth.loc[list(chosen), "npv"].sum())
                if value > found[1] and self._possible(chosen) and worth.loc[list(chosen), "cost"].sum() <= budget:
                    found = (chosen, value)
        return found

    def _possible(self, chosen: Sequence[str]) -> bool:
        rows = self.table.loc[list(chosen)]
        return all(set(r) <= set(chosen) for r in rows["requires"]) and not any(
            set(x) & set(chosen) for x in rows["excludes"])  # fmt: skip


@dataclass(frozen=True)
class DecisionsTruth:
    """What is true of what a business may decide.

    Parameters
    ----------
    choices : what customers value, see `ChoiceTruth`; None without a conjoint
    comparison : what the randomised trial did, see `ComparisonTruth`; panel : what the change in time did, see
        `PanelTruth`; None where there is none
    initiatives : what each option costs and brings; None without options
    """

    choices: ChoiceTruth | None = None
    comparison: ComparisonTruth | None = None
    panel: PanelTruth | None = None
    initiatives: InitiativesTruth | None = field(default=None)


def initiatives(
    decisions: Decisions, truth: Mapping[str, object], *, active: int, margin: float, sales: float
) -> tuple[pa.Table, InitiativesTruth]:
    """The table `initiatives`, and what is true of them.

    Parameters
    ----------
    truth : choices and comparison, as far as there are any
    active : customers who came in the last half-year
    margin : share of sales left after the cost of what is sold; sales : of the last year, money
    """
    points = ("low", "likely", "high")
    rows, true = [], []
    for option in decisions.options:
        said = {f"cost_{p}": float(v) for p, v in zip(points, option.cost, strict=True)}
        said |= {f"effect_{p}": round(active * v / 10) * 10.0 for p, v in zip(points, option.effect, strict=True)}
        more = {"running": option.running, "people": option.people, "life_years": option.life_years}
        lists = {name: "; ".join(getattr(option, name)) or None for name in ("requires", "excludes")}
        texts = {name: getattr(option, name) or None for name in _TEXTS}
        rows.append({"name": option.name} | said | {"months": option.months} | more | lists | texts)
        effect = _true(option, decisions, truth, active, margin, sales)
        true.append({"name": option.name, "cost": option.costs, "effect": effect, "running": option.running,
                     "months": option.months, "life_years": option.life_years, "requires": tuple(option.requires),
                     "excludes": tuple(option.excludes)})  # fmt: skip
    frame = pd.DataFrame(rows).dropna(axis="columns", how="all")
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None), InitiativesTruth(
        pd.DataFrame(true).set_index("name"), active)  # fmt: skip


def _true(option: Option, decisions: Decisions, truth, active: int, margin: float, sales: float) -> float:
    """Margin a year that an option truly brings."""
    if not isinstance(option.true, str):
        return active * float(option.true)
    compared, chosen = truth.get("comparison"), truth.get("choices")
    if compared is not None and option.true == compared.comparison.name:
        return active * compared.a_year * margin
    if chosen is not None and option.true in {a.name for a in chosen.conjoint.attributes}:
        # The attribute is a mark of 0 and 1: the share of the offer with it against the share without.
        own = chosen.conjoint.own
        without, with_it = (float(chosen.change(own, **{option.true: value})[own]) for value in (0, 1))
        return decisions.carry * (with_it / without - 1) * sales * margin
    raise ParameterError(f"{option.name} follows from {option.true}, which has no money.", expected="a number")
