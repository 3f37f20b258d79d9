"""The study of contracts: its typed parameters, and its steps from a table of contracts to findings."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from cxlab.cltv.contracts import Contracts, summarise_contracts
from cxlab.cltv.retention import Retention, fit_retention
from cxlab.cltv.retention_holdout import retention_holdout
from cxlab.cltv.retention_value import Payments
from cxlab.finding import Finding
from cxlab.parameters import Parameters

Period = Literal["week", "month", "quarter", "year"]


class RetentionStudy(Parameters):
    """Parameters of ``notebooks/studies/retention.ipynb``.

    >>> RetentionStudy(horizon=24, period="month").horizon
    24
    >>> RetentionStudy(observation_end="31.12.2024")
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter observation_end = '31.12.2024': a day is needed, as YYYY-MM-DD...
    """

    tables: ClassVar[tuple[str, ...]] = ("subscriptions",)

    source: str = Field("sbg_cohorts", description="a shipped data set, a file, a folder, a database or a client.yaml")
    columns: dict[str, str] = Field(default_factory=dict, description="our column to the source's own name")
    options: dict[str, str] = Field(default_factory=dict, description="reading rules by name, as dates = day_first")
    client: str = Field("", description="whose contracts these are, for the report")
    currency: str = Field("", description="ISO code of prices")
    period: Period = Field("year", description="time between two renewals")
    observation_end: str = Field(
        "", description="last day on which an end could be seen, YYYY-MM-DD; empty: as the data state, or their last"
    )
    ends: Literal["guess", "day_after", "last_day"] = Field(
        "guess", description="what an end is: the first day without the contract, or its last day"
    )
    join: bool = Field(True, description="contracts of a customer without a gap of a period or more are one contract")
    segment: str = Field("plan", description='a column to group by, or "cohort"; empty: none')
    cohort: Literal["", Period] = Field("", description="calendar of cohorts; empty: by the data")
    pooling: Literal["partial", "none"] = Field("partial", description="whether segments learn from each other")
    horizon: int = Field(12, ge=1, le=600, description="periods that are predicted and that count for value")
    fit_periods: int = Field(0, ge=0, le=600, description="renewals the test is fitted on; 0: two thirds of all")
    price: float = Field(0.0, ge=0, description="money a period where the table has no price; 0: value in payments")
    margin: float = Field(1.0, gt=0, le=1, description="share of the price that is margin")
    discount_rate: float = Field(0.1, ge=0, lt=5, description="a year")
    level: float = Field(0.9, gt=0, lt=1, description="coverage of intervals")
    sampler: Literal["fast", "nuts"] = Field("fast", description="way to the posterior")
    draws: int = Field(4000, ge=400, le=100_000, description="posterior draws")
    seed: int = Field(1, ge=0, description="of everything random")

    @field_validator("observation_end")
    @classmethod
    def _is_a_day(cls, value: str) -> str:
        if value:
            try:
                dt.date.fromisoformat(value)
            except ValueError:
                raise ValueError("a day is needed, as YYYY-MM-DD") from None
        return value


def contracts_of(data, settings: RetentionStudy) -> Contracts:
    """The contracts of a data set, counted as the study asks.

    The default segment "plan" is left out where the data has no such column.
    """
    table, customers = data.subscriptions, data.tables.get("customers")
    known = {*table.columns, *(customers.columns if customers is not None else ())}
    segment = "" if settings.segment == "plan" and "plan" not in known else settings.segment
    return summarise_contracts(
        table, period=settings.period, observation_end=settings.observation_end or data.observation_end,
        segment=segment, customers=customers, cohort=settings.cohort, join=settings.join, ends=settings.ends,
    )  # fmt: skip


def fit_contracts(contracts: Contracts, settings: RetentionStudy) -> Retention:
    """The sBG model of all contracts."""
    return fit_retention(
        contracts, pooling=settings.pooling, sampler=settings.sampler, draws=settings.draws, level=settings.level,
        rng=settings.seed,
    )  # fmt: skip


def foreseen(contracts: Contracts, settings: RetentionStudy) -> list[Finding]:
    """The holdout; nothing where a single renewal was seen, which leaves none to hold out."""
    if contracts.oldest < 2:
        return []
    return [
        retention_holdout(
            contracts, until=settings.fit_periods, pooling=settings.pooling, sampler=settings.sampler,
            draws=settings.draws, level=settings.level, rng=settings.seed,
        )
    ]  # fmt: skip


def tested(finding: Finding, foreseen: list[Finding]) -> Finding:
    """A finding that stands on the model, under the checks it met in the holdout."""
    return finding.with_checks(*dict.fromkeys(check for found in foreseen for check in found.checks))


def segments(retention: Retention, settings: RetentionStudy) -> list[Finding]:
    """What segments learnt from each other; nothing where there is one, or where each was fitted alone."""
    alone = len(retention.contracts.segments) < 2 or settings.pooling == "none"
    return [] if alone else [retention.pooling(rng=settings.seed)]


def payments_of(settings: RetentionStudy, data) -> Payments:
    """The money terms of the study."""
    return Payments(
        horizon=settings.horizon, price=settings.price, margin=settings.margin, discount_rate=settings.discount_rate,
        currency=settings.currency or data.currency,
    )  # fmt: skip
