"""Trials as they are read: who was in which arm and what came of it, counted once in the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.differentiation.trials.counting import count_cells, count_units, pooled, trial_table
from cxlab.differentiation.trials.fairness import fairness
from cxlab.differentiation.trials.words import named
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check
from cxlab.wording import count, days, span

#: kinds of outcomes: done or not, how often, money, any other number
KINDS = ("share", "count", "money", "number")
#: above it a number is a mark or a slip, and its powers are no numbers any more
_MOST = 1e15
REPEATED = ("refuse", "mean", "sum")
_CONTROL = re.compile(r"(?i:control.*|kontroll.*|baseline|placebo|none|ohne.*|usual.*|old|a|0)|[Nn]o([ _-].*|[A-Z].*)")
_MONEY = re.compile(r"spend|spent|revenue|amount|margin|profit|sales|money|umsatz|price|value|tip_amount|basket", re.I)


@dataclass(frozen=True)
class Trial:
    """What is known of a trial: sufficient statistics of every arm, and of every site where sites are told apart.

    Parameters
    ----------
    cells : DataFrame, a row an arm and site: arm, site ("" where none is told), n, mean, var (over n), cube (mean of
        the third powers), least, most, whole (share of whole numbers), positive (units above 0), log_mean, log_var (of
        these), and of the units with a measure before the trial: known, x_mean, x_var, y_mean, y_var, xy
        (covariance)
    arms : names, the control first
    outcome : column; kind : "share", "count", "money" or "number"
    per : what a unit is called ("customer", "visit")
    period : first day to the last on which something was measured, "" where there are no times
    assigned : "unit", or "site" where all units of a site are in one arm
    checks : whether it was a fair trial; notes : what a reader should know
    simulated, currency, missing (units without an outcome), name (of the trial), weeks it took (not a number where
        unknown) to assign the units, label (the outcome in words)
    over : weeks over which each unit was measured, 0 at once
    """

    cells: pd.DataFrame
    arms: tuple[str, ...]
    outcome: str
    kind: str
    per: str = "customer"
    period: str = ""
    assigned: str = "unit"
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    simulated: bool = False
    currency: str = ""
    missing: int = 0
    name: str = ""
    weeks: float = float("nan")
    label: str = ""
    over: float = 0.0

    @property
    def control(self) -> str:
        """The arm that others are held against."""
        return self.arms[0]

    @property
    def told(self) -> str:
        """The control in a sentence."""
        return named(self.control)

    @property
    def what(self) -> str:
        """The outcome in a sentence."""
        return self.label or self.outcome.replace("_", " ")

    @property
    def n(self) -> int:
        """Units with an outcome."""
        return int(self.cells["n"].sum())

    @property
    def unit(self) -> str:
        """Unit of the outcome, as findings name it."""
        return {"share": "share", "money": "money", "count": "per unit"}.get(self.kind, "points")

    def moments(self) -> pd.DataFrame:
        """A row an arm, the control first: what `cells` holds, sites taken together."""
        return pooled(self.cells, "arm").loc[list(self.arms)].reset_index()

    @property
    def sites(self) -> int:
        """Sites told apart; 0 where none are."""
        return int(self.cells.loc[self.cells["site"] != "", "site"].nunique())

    @property
    def has_before(self) -> bool:
        """Whether a measure before the trial is known of some units of every arm, and differs between them."""
        known = self.moments()
        return bool((known["known"] >= 3).all() and (known["x_var"] > 0).all())


def read_trial(
    source,
    *,
    outcome: str = "outcome",
    control: str = "",
    trial: str = "",
    kind: str = "",
    per: str = "",
    currency: str = "",
    allocation: Mapping[str, float] | None = None,
    repeated: str = "refuse",
    label: str = "",
    over: float = 0.0,
) -> Trial:
    """A randomised trial, one row a unit, counted by arm and site in one pass of the engine.

    Parameters
    ----------
    source : Dataset with `trials`, or an Ibis table or DataFrame with its columns (unit_id, arm, the outcome; and where
        known timestamp, site, before, trial)
    outcome : column of the outcome; 0 and 1 where it is done or not
    control : arm the others are held against; "": the one called so, else the first by name
    trial : which one, where the table holds several
    kind : "share", "count", "money" or "number"; "": told by the values and the name of the column
    per : what a unit is ("customer", "visit"); "": customer
    currency : of money; "": what the data states
    allocation : arm → planned share of the units; None: the same for all
    label : what the outcome is, in words ("tip left"); "": the name of its column
    repeated : what a unit with several rows counts with: "refuse", its "mean" or its "sum"
    over : weeks from its timestamp on over which the outcome of each unit was measured; 0: at once

    Returns
    -------
    Trial; units seen in two arms are left out and named in its checks

    Raises
    ------
    DataError : a column is missing or holds no numbers or impossibly large ones, one arm only or an empty one, units in
        several rows.
    ParameterError : an arm, trial or option is unknown.

    >>> rows = pd.DataFrame({"unit_id": range(400), "arm": ["A", "B"] * 200, "outcome": [0, 0] * 150 + [1, 1] * 50})
    >>> trial = read_trial(rows)
    >>> trial.kind, trial.control, trial.moments()[["arm", "n", "mean"]].values.tolist()
    ('share', 'A', [['A', 200, 0.25], ['B', 200, 0.25]])
    """
    if repeated not in REPEATED:
        raise unknown("way with repeated units", repeated, REPEATED)
    if kind and kind not in KINDS:
        raise unknown("kind of outcome", kind, KINDS)
    if not over >= 0:
        raise ParameterError(f"over = {over}.", expected="weeks, 0 where measured at once", mend="over=8")
    table = _chosen(trial_table(source, outcome=outcome), trial)
    table = table.filter(_.arm.notnull() & _.unit_id.notnull())
    units = count_units(table, outcome, repeated)
    notes: list[str] = []
    overall = units.agg(
        units=_.count(), missing=(_.y.isnull()).sum(), crossed=(_.arms > 1).sum(), rows=_.rows.max(),
        several=(_.rows > 1).sum(), example=_.unit_id.min(where=_.rows > 1), y=_.y.abs().max(),
        x=_.x.cast("float64").abs().max(),
    ).execute().iloc[0]  # fmt: skip
    _refuse(overall, repeated)
    for name, most in ((outcome, overall.y), ("before", overall.x)):
        if most > _MOST:
            raise DataError(f"{name} goes up to {most:g}.", expected=f"numbers of real things, up to {_MOST:g}",
                            mend="leave the cell empty where such a number says that none is known")  # fmt: skip
    cells = count_cells(units.filter((_.arms == 1) & _.y.notnull()))
    counts = units.filter(_.arms == 1).group_by("arm").agg(
        n=_.count(), missing=_.y.isnull().sum()).execute()  # fmt: skip
    arms = _arms(counts, cells, control, notes)
    kind = kind or _kind(cells, (outcome, _called(source, outcome)), currency or _stated(source))
    if kind == "share" and not ((cells["least"] >= 0) & (cells["most"] <= 1) & (cells["whole"] == 1)).all():
        raise DataError(f"{outcome} holds values other than 0 and 1.", expected="0 or 1 of every unit",
                        mend='kind="number" compares means')  # fmt: skip
    if kind in ("count", "money") and cells["least"].min() < 0:
        raise DataError(f"{outcome} is negative, down to {cells['least'].min():g}.", expected=f"a {kind} of 0 or more",
                        mend='kind="number" compares means')  # fmt: skip
    assigned = "site" if _by_site(cells) else "unit"
    period, weeks = _period(table, over)
    return Trial(
        cells, arms, outcome, kind, per or "customer", period, assigned,
        fairness(counts, arms, allocation, crossed=int(overall.crossed), units=int(overall.units), assigned=assigned),
        tuple(notes), hasattr(source, "card") and source.card.kind == "simulated", currency or _stated(source),
        int(overall.missing), trial, weeks, label, over,
    )  # fmt: skip


def _chosen(table: ibis.Table, trial: str) -> ibis.Table:
    if "trial" not in table.columns:
        if trial:
            raise unknown("trial", trial, ["(the table names no trials)"])
        return table
    names = sorted(table.select("trial").distinct().execute()["trial"].dropna())
    if trial and trial not in names:
        raise unknown("trial", trial, names)
    if not trial and len(names) > 1:
        raise DataError(f"the table holds {len(names)} trials: {', '.join(names[:8])}.", expected="one of them",
                        mend=f"trial={names[0]!r}")  # fmt: skip
    return table.filter(_.trial == trial) if trial else table


def _refuse(overall: pd.Series, repeated: str) -> None:
    if not overall.units:
        raise DataError("the trial has no row with a unit and an arm.", expected="a row a unit")
    if overall.units == overall.missing:
        raise DataError("no unit of the trial has an outcome.", expected="a number of every unit")
    if repeated == "refuse" and overall.several > overall.crossed:
        raise DataError(
            f"{count(overall.several)} of {count(overall.units)} units stand in several rows (up to "
            f"{count(overall.rows)} rows; {overall.example} is one).",
            expected="a row a unit: what was assigned at random counts once",
            mend="-p repeated=mean (or sum) takes the rows of a unit together; a panel over time is for did",
        )  # fmt: skip


def _arms(counts: pd.DataFrame, cells: pd.DataFrame, control: str, notes: list[str]) -> tuple[str, ...]:
    names = sorted(map(str, counts["arm"]))
    if len(names) < 2:
        raise DataError(
            f"all units are in {'one arm' if names else 'two arms at once'}{f' ({names[0]!r})' if names else ''}.",
            expected="two arms or more, each unit in one",
        )  # fmt: skip
    empty = sorted(set(names) - set(cells["arm"]))
    if empty:
        raise DataError(f"no unit of the arm {empty[0]!r} has an outcome.", expected="outcomes in every arm")
    if control and control not in names:
        raise unknown("arm", control, names)
    if not control:
        called = [name for name in names if _CONTROL.fullmatch(name)]
        control = called[0] if called else names[0]
        notes.append(f"{named(control)} is taken as the control")
    return (control, *(n for n in names if n != control))


def _called(source, outcome: str) -> str:
    """What the outcome is called in the source it was read from; "" where it was not read from any."""
    if not hasattr(source, "mapping"):
        return ""
    read = source.mapping
    return " ".join(map(str, read.loc[(read["table"] == "trials") & (read["column"] == outcome), "source_column"]))


def _kind(cells: pd.DataFrame, names: tuple[str, ...], currency: str) -> str:
    whole, least, most = bool((cells["whole"] == 1).all()), cells["least"].min(), cells["most"].max()
    if whole and least >= 0 and most <= 1:
        return "share"
    if least >= 0 and (any(map(_MONEY.search, names)) or (currency and names[0] == "outcome" and not whole)):
        return "money"
    return "count" if whole and least == 0 else "number"


def _by_site(cells: pd.DataFrame) -> bool:
    sites = cells[cells["site"] != ""].groupby("site").agg(arms=("arm", "nunique"), n=("n", "sum"))
    return len(sites) > 1 and bool((sites["arms"] == 1).all()) and bool((sites["n"] > 1).any())


def _stated(source) -> str:
    return getattr(source, "currency", "") or "" if hasattr(source, "tables") else ""


def _period(table: ibis.Table, over: float) -> tuple[str, float]:
    """From the first day on which a unit was assigned to the last measured, and the weeks it took to assign them."""
    if "timestamp" not in table.columns:
        return "", float("nan")
    ends = table.agg(first=_.timestamp.min(), last=_.timestamp.max()).execute().iloc[0]
    if pd.isna(ends["first"]):
        return "", float("nan")
    first, last = pd.Timestamp(ends["first"]), pd.Timestamp(ends["last"])
    measured = f", each over {span(over, 'week')}" if over else ""
    weeks = float(np.ceil(((last - first).days + 1) / 7))
    return days(first, last + pd.Timedelta(weeks=over)) + measured, weeks
