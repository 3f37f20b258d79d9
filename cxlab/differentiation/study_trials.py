"""The study of trials: its typed parameters, and what kind of comparison the data is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from ibis import _
from pydantic import Field

from cxlab.differentiation.trials.counting import trial_table
from cxlab.differentiation.trials.panel import read_panel
from cxlab.differentiation.trials.panels import Panel
from cxlab.differentiation.trials.read_trial import Trial, read_trial
from cxlab.differentiation.trials.running import Running, read_running
from cxlab.errors import DataError, ParameterError
from cxlab.parameters import Parameters

#: how a unit is written that was measured over weeks
_OVER = re.compile(r" over (\d+(?:\.\d+)?) weeks?$")


class TrialsStudy(Parameters):
    """Parameters of ``notebooks/studies/trials.ipynb``.

    >>> TrialsStudy(better="lower").looks
    5
    >>> TrialsStudy(level=2.0)
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter level = 2.0: it is too large.
    ...
    """

    tables: ClassVar[tuple[str, ...]] = ("trials",)

    source: str = Field("tip_joke", description="a data set, a file, a folder, a database or a client.yaml")
    columns: dict[str, str] = Field(default_factory=dict, description="contract column = source column")
    options: dict[str, str] = Field(default_factory=dict, description="reading rules by name, as dates = day_first")
    client: str = Field("", description="name on the report")
    currency: str = Field("", description="ISO code; empty: what the data states")
    outcome: str = Field("outcome", description="column that is compared")
    label: str = Field("", description="what the outcome is, in words; empty: the name of its column")
    kind: Literal["", "share", "count", "money", "number"] = Field("", description="of outcome; empty: by its values")
    per: str = Field("customer", description="what one unit is, as customer, or visit; or customer over 8 weeks")
    trial: str = Field("", description="which trial, where the table holds several")
    control: str = Field("", description="arm the others are held against; empty: the one called so")
    repeated: Literal["refuse", "mean", "sum"] = Field(
        "refuse", description="what a unit with several rows counts with"
    )
    better: Literal["higher", "lower"] = Field("higher", description="outcomes that are better")
    allocation: dict[str, float] = Field(default_factory=dict, description="arm = planned share; empty: alike")
    spread: float = Field(0.0, ge=0, description="how much arms usually differ, unit of the outcome; 0: no idea")
    care: float = Field(0.0, ge=0, description="loss a unit that nobody cares about; 0: 2.5 % of the control")
    margin: float = Field(0.0, ge=0, description="money that stays for one more unit of the outcome; 0: not known")
    customers: float = Field(
        0.0, ge=0, description="units a year it would be done to (measured over weeks: such periods); 0: not known"
    )
    cost: float = Field(0.0, ge=0, description="money it costs once")
    running: float = Field(0.0, ge=0, description="money it costs a year")
    years: float = Field(1.0, gt=0, le=20, description="for which it works")
    discount: float = Field(0.08, ge=0, lt=1, description="rate a year")
    looks: int = Field(5, ge=1, le=50, description="at a running trial, this one and the next")
    change: float = Field(0.0, ge=0, description="the next trial must show, unit of the outcome; 0: a fifth")
    weekly: float = Field(0.0, ge=0, description="units a week for the next trial; 0: as in this one")
    weeks: float = Field(8.0, gt=0, le=520, description="the next trial may take at most")
    unit: str = Field("", description="column of what was treated as a whole over time; empty: told by the data")
    period: Literal["auto", "day", "week", "month", "quarter", "year"] = Field("auto", description="of a panel")
    limit_on: str = Field("", description="column of which a limit decided who was treated; empty: none did")
    limits: tuple[float, ...] = Field((), description="limits of that column")
    above: bool = Field(True, description="whether who is at the limit or above was treated")
    level: float = Field(0.9, gt=0.5, lt=1, description="coverage of intervals")
    draws: int = Field(4000, ge=500, le=100_000, description="of effects")
    seed: int = Field(1, ge=0, description="of all randomness")

    @property
    def one(self) -> str:
        """What one unit is, without the weeks over which it was measured."""
        return _OVER.sub("", self.per)

    @property
    def over(self) -> float:
        """Weeks over which each unit was measured, from its time on; 0 where that was at once.

        >>> TrialsStudy(per="customer over 8 weeks").one, TrialsStudy(per="customer over 8 weeks").over
        ('customer', 8.0)
        """
        found = _OVER.search(self.per)
        return float(found[1]) if found else 0.0


@dataclass(frozen=True)
class Tried:
    """What was tried, as the data holds it.

    Parameters
    ----------
    data : Dataset as it was loaded
    trial : arms side by side, None where units were treated from some time on instead
    panel : units over time, None where they were not
    limit : outcomes by distance to a limit, None where none decided
    """

    data: object
    trial: Trial | None = None
    panel: Panel | None = None
    limit: Running | None = None

    @property
    def dated(self) -> bool:
        """Whether units of the trial have times."""
        return self.trial is not None and bool(self.trial.period)


def tried(data, settings: TrialsStudy) -> Tried:
    """Whether arms were assigned side by side, or treatment began at some time; and what was measured.

    Raises
    ------
    DataError : the data holds no trial, or none that can be read. ParameterError : a name that is not there.
    """
    if "trials" not in data.tables:
        raise DataError(
            f"{data.name} has no trial.",
            expected="a table trials: a row a unit with unit_id, arm, outcome; over time timestamp and treated_from",
            mend="cxlab data check SOURCE shows how a file is read",
        )  # fmt: skip
    measured = "money" if settings.kind == "money" else ""
    if settings.limit_on:
        if not settings.limits:
            raise ParameterError(f"parameter limits is empty, and {settings.limit_on!r} decides.",
                                 expected="the limits at which treatment sets in", mend="-p limits=21")  # fmt: skip
        return Tried(data, limit=read_running(
            data, running=settings.limit_on, cutoff=settings.limits, outcome=settings.outcome, above=settings.above,
            trial=settings.trial, measured=measured, currency=settings.currency, label=settings.label,
        ))  # fmt: skip
    table = trial_table(data, outcome=settings.outcome)
    if _over_time(table):
        return Tried(data, panel=read_panel(
            data, outcome=settings.outcome, unit=settings.unit or _whole(table), period=settings.period,
            trial=settings.trial, measured=measured, currency=settings.currency,
        ))  # fmt: skip
    return Tried(data, trial=read_trial(data, **reading(settings)))


def reading(settings: TrialsStudy) -> dict:
    """How the trial is read, for `read_trial` and the measures that read it again."""
    return {
        "outcome": settings.outcome, "control": settings.control, "trial": settings.trial, "kind": settings.kind,
        "per": settings.one, "currency": settings.currency, "allocation": settings.allocation or None,
        "label": settings.label, "repeated": settings.repeated, "over": settings.over,
    }  # fmt: skip


def _over_time(table) -> bool:
    """Whether units were treated from some time on, and seen before and after."""
    if not {"timestamp", "treated_from"} <= set(table.columns):
        return False
    found = table.agg(treated=_.treated_from.count(), before=(_.timestamp < _.treated_from).sum()).execute().iloc[0]
    return bool(found.treated > 0 and (found.before or 0) > 0)


def _whole(table) -> str:
    """The column of what was treated as a whole: the site where all its units were treated at one time."""
    if "site" not in table.columns:
        return "unit_id"
    each = table.group_by("site").agg(units=_.unit_id.nunique(), starts=_.treated_from.nunique(),
                                      rows=_.count(), begun=_.treated_from.count()).execute()  # fmt: skip
    one = (each["starts"] <= 1) & ((each["begun"] == 0) | (each["begun"] == each["rows"]))
    return "site" if one.all() and (each["units"] > 1).any() and each["site"].notna().all() else "unit_id"
