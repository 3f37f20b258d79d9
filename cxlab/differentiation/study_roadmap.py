"""The study of roadmaps: its typed parameters, and the options it chooses among."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from cxlab.differentiation.returns.initiative import Values, initiative_values, read_initiatives
from cxlab.differentiation.returns.uncertain import Uncertain, from_interval
from cxlab.differentiation.roadmap.assumed import Assumed
from cxlab.differentiation.roadmap.options import Options, options_from
from cxlab.differentiation.roadmap.plan import Hindsight, Plan, best_plan, hindsight
from cxlab.differentiation.roadmap.programme import Limits
from cxlab.differentiation.roadmap.technology import technology_options
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.parameters import Parameters

#: how effects may hang together, for what the plan would be then
_HARSHER = {"correlation": 0.3, "overlap": 0.25, "fade": 0.2}


class RoadmapStudy(Parameters):
    """Parameters of ``notebooks/studies/roadmap.ipynb``.

    >>> RoadmapStudy(budget=20_000.0).periods
    4
    >>> RoadmapStudy(budget=-1.0)
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter budget = -1.0: it is too small.
    ...
    """

    tables: ClassVar[tuple[str, ...]] = ("initiatives",)

    source: str = Field("coffee_shop", description="a data set, a file, a folder, a database or a client.yaml")
    columns: dict[str, str] = Field(default_factory=dict, description="contract column = source column")
    options: dict[str, str] = Field(default_factory=dict, description="reading rules by name, as dates = day_first")
    client: str = Field("", description="name on the report")
    currency: str = Field("", description="ISO code; empty: what the data states")
    budget: float = Field(5000.0, ge=0, description="money a period")
    budgets: tuple[float, ...] = Field((), description="money of each period, in place of budget and periods")
    capacity: float = Field(0.0, ge=0, description="person-months a period; 0: no limit")
    periods: int = Field(4, ge=1, le=24, description="of the plan")
    period_months: Literal[1, 3, 6, 12] = Field(3, description="months of a period")
    carry_over: bool = Field(True, description="whether money left over may be spent later")
    years: float = Field(5.0, ge=1, le=20, description="for which effects count")
    discount: float = Field(0.1, gt=-1, lt=1, description="rate a year")
    correlation: float = Field(0.0, ge=0, lt=1, description="of effects: a good year is good for all")
    overlap: float = Field(0.0, ge=0, le=1, description="share of two effects that is the same money")
    fade: float = Field(0.0, ge=0, lt=1, description="share of every effect lost a year")
    effects: dict[str, str] = Field(
        default_factory=dict, description="initiative = value; low; high a year, in place of the table's"
    )
    technology: tuple[str, ...] = Field((), description="cards of cxlab that are taken in, by name")
    margin: float = Field(0.0, ge=0, description="gross margin a year; scales technology; 0: from transactions")
    pilot_cost: float = Field(0.1, ge=0, le=10, description="of a pilot, as a share of its option's cost")
    pilot_months: float = Field(3.0, ge=0, le=24, description="a pilot takes; its option waits")
    pilot_noise: float = Field(0.5, gt=0, le=10, description="error of a pilot, as a share of what is doubtful now")
    level: float = Field(0.9, gt=0.5, lt=1, description="coverage of intervals")
    draws: int = Field(2000, ge=200, le=50_000, description="of costs and effects")
    seed: int = Field(1, ge=0, description="of all randomness")


@dataclass(frozen=True)
class Considered:
    """What is chosen among, and the best plan.

    Parameters
    ----------
    data : Dataset
    table : DataFrame, a row an option, as in `initiatives`
    values : what options are worth in shared draws
    options : the same, with what they need
    limits : budget, capacity, periods
    plan : the best one
    """

    data: object
    table: pd.DataFrame
    values: Values
    options: Options
    limits: Limits
    plan: Plan

    @cached_property
    def known(self) -> Hindsight:
        """The best plan of each of 500 draws, solved when it is first asked for."""
        return hindsight(self.plan)


def considered(data, settings: RoadmapStudy) -> Considered:
    """Options of the data, and technology by name, valued in the same draws; and the best plan of them.

    Raises
    ------
    DataError : there are no options. ParameterError : an effect or technology is unknown, or limits are wrong.
    """
    table, values, options = options_valued(data, settings)
    limits = limits_of(settings)
    return Considered(data, table, values, options, limits, best_plan(options, limits))


def options_valued(data, settings: RoadmapStudy) -> tuple[pd.DataFrame, Values, Options]:
    """What is chosen among, before anything is chosen: rows, values in shared draws, and what options need.

    Raises
    ------
    DataError : there are no options, or their prerequisites cannot be met. ParameterError : an effect is unknown.
    """
    table = option_table(data, settings)
    return table, *_valued(data, table, settings)


def _valued(data, table: pd.DataFrame, settings: RoadmapStudy) -> tuple[Values, Options]:
    currency = settings.currency or data.currency
    values = initiative_values(
        table, years=settings.years, discount=settings.discount, draws=settings.draws, rng=settings.seed,
        correlation=settings.correlation or None, effects=stated_effects(table, settings), overlap=settings.overlap,
        fade=settings.fade, level=settings.level, periods_a_year=12 // settings.period_months, currency=currency,
        simulated=data.card.kind == "simulated",
    )  # fmt: skip
    return values, options_from(values, periods=limits_of(settings).periods)


def assumed(settings: RoadmapStudy) -> Assumed:
    """How effects are taken to hang together."""
    return Assumed(settings.correlation, settings.overlap, settings.fade)


def under_others(found: Considered, settings: RoadmapStudy) -> list[tuple[Assumed, Plan]]:
    """The best plans where effects move together, share money or fade more than is taken: one at a time, then all.

    Returns
    -------
    list : empty where more is taken already
    """
    harsher = {name: value for name, value in _HARSHER.items() if value > getattr(settings, name)}
    changes = [{name: value} for name, value in harsher.items()] + [harsher] * (len(harsher) > 1)
    others = [settings.model_copy(update=change) for change in changes]
    return [
        (assumed(other), best_plan(_valued(found.data, found.table, other)[1], found.limits)) for other in others
    ]  # fmt: skip


def rows_left_out(data) -> list[str]:
    """Rows of the file of initiatives that cannot be read, each with its reason."""
    if "initiatives" not in data.tables:
        return []
    counts = data.counts.set_index("table")["quarantined"]
    if not counts.get("initiatives", 0):
        return []
    rows = data.quarantine
    rows = rows.filter(rows.table == "initiatives").order_by("source_row").execute()
    return [f"row {row.source_row} ({row.reason})" for row in rows.itertuples()]


def option_table(data, settings: RoadmapStudy) -> pd.DataFrame:
    """The rows of `initiatives`, and the technology that is named; without either, technology of all levels."""
    found = [read_initiatives(data)] if "initiatives" in data.tables else []
    if settings.technology or not found:
        margin = settings.margin or yearly_margin(data)
        found.append(technology_options(margin=margin, names=settings.technology).drop(columns=["does"]))
    table = pd.concat(found, ignore_index=True)
    twice = table.loc[table["name"].duplicated(), "name"].tolist()
    if twice:
        raise ParameterError(f"{', '.join(twice)} is an initiative of the data and a card of cxlab.",
                             expected="each option once", mend="leave it out of technology")  # fmt: skip
    return table


def yearly_margin(data) -> float:
    """Gross margin a year, from transactions that state it.

    Raises
    ------
    DataError : transactions tell no margin, or cover less than a month.
    """
    mend = "-p margin=NUMBER, the gross margin of a year"
    if "transactions" not in data.tables or "margin" not in data.transactions.columns:
        raise DataError(
            f"{data.name} has no initiatives, and no transactions whose margin says how large the business is.",
            expected="a table initiatives, or the gross margin of a year", mend=mend,
        )  # fmt: skip
    table = data.transactions
    row = (
        table.agg(margin=table.margin.sum(), first=table.timestamp.min(), last=table.timestamp.max()).execute().iloc[0]
    )
    days = (row["last"] - row["first"]).days
    if days < 30 or not row["margin"] > 0:
        raise DataError(f"{data.name} tells the margin of {days} days.", expected="a month or more", mend=mend)
    return float(row["margin"] * 365.25 / days)


def stated_effects(table: pd.DataFrame, settings: RoadmapStudy) -> dict[str, Uncertain]:
    """Effects that are stated by value and interval, as a trial gives them.

    >>> table = pd.DataFrame({"name": ["Punch card"]})
    >>> stated_effects(table, RoadmapStudy(effects={"Punch card": "6000; 2000; 10000"}))["Punch card"].unit
    'money'
    """
    found = {}
    for name, said in settings.effects.items():
        if name not in set(table["name"]):
            raise unknown("initiative", name, table["name"])
        try:
            value, low, high = (float(part) for part in said.replace(" ", "").split(";"))
        except ValueError:
            raise ParameterError(
                f"effects: {name} = {said!r}.", expected="value; low; high, money a year",
                mend='effects: {"' + name + '": "6000; 2000; 10000"}',
            ) from None  # fmt: skip
        found[name] = from_interval(name, value, low, high, level=settings.level, unit="money")
    return found


def limits_of(settings: RoadmapStudy) -> Limits:
    """Budget, capacity and periods of the plan."""
    budget = settings.budgets or (settings.budget,) * settings.periods
    capacity = (settings.capacity,) * len(budget) if settings.capacity else ()
    return Limits(budget, capacity, settings.carry_over, float(settings.period_months), settings.discount)
