"""Read a panel from trials: the mean outcome of every unit in every period, and when its treatment began."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.differentiation.trials.panel_rows import is_simulated, trial_rows
from cxlab.differentiation.trials.panels import PERIODS, STEPS, Panel
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.wording import count, first_of

_TRUNCATE = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
#: shortest distance in days between times from which a period is read off
_DISTANCE = (("year", 360), ("quarter", 88), ("month", 28), ("week", 7))


def read_panel(
    source, *, outcome: str = "outcome", unit: str = "unit_id", period: str = "auto", trial: str = "",
    repeats: str = "auto", measured: str = "", currency: str = "", weight: str = "", label: str = "",
) -> Panel:  # fmt: skip
    """Mean outcome of every unit in every period, and when its treatment began.

    Parameters
    ----------
    source : Dataset with `trials`, or an Ibis table or DataFrame with its columns
    outcome : column that is compared
    unit : column of the units that are treated or not as a whole ("site" where places are, not people)
    period : "day", "week", "month", "quarter", "year", or "auto": by the least distance of times
    trial : name of the trial where the table holds several
    repeats : what several rows of one unit in one period are: "mean" takes their mean; "error" refuses them; "auto"
        refuses them where most units have one row a period, because a row then may be there twice
    measured : unit of the outcome, "share", "money" or any other; "": "share" where all lie in 0 … 1, else "points"
    currency : of money; "": what the data states
    weight : column of how many answers a row is the mean of; "": each row is one
    label : what the outcome is called in sentences; "": as its column

    Returns
    -------
    Panel

    Raises
    ------
    DataError : columns are missing, nobody is treated, all are from the first period on, a unit has two dates of
        treatment, or rows are there twice.
    ParameterError : an option is unknown.

    Notes
    -----
    Units treated from the first period on have no before and are left out; treatment after the last period is none yet.
    A period counts as treated if treatment begins in it.

    >>> weeks = pd.date_range("2026-01-05", periods=4, freq="7D")
    >>> rows = pd.DataFrame({"unit_id": np.repeat(["a", "b"], 4), "timestamp": [*weeks, *weeks],
    ...     "outcome": [1., 2, 5, 6, 1, 2, 3, 4], "treated_from": [weeks[2]] * 4 + [pd.NaT] * 4})
    >>> panel = read_panel(rows)
    >>> panel.start.tolist(), panel.mean.tolist(), panel.period
    ([2, 4], [[1.0, 2.0, 5.0, 6.0], [1.0, 2.0, 3.0, 4.0]], 'week')
    """
    for option, given, known in (
        ("period", period, ("auto", *PERIODS)),
        ("repeats", repeats, ("auto", "mean", "error")),
    ):
        if given not in known:
            raise unknown(option, given, known)
    numbers = (outcome, *([weight] if weight else []))
    table = trial_rows(source, needed=(unit, "timestamp", "treated_from", *numbers), numbers=numbers, trial=trial)
    table = table.select(unit=table[unit].cast("string"), at=_.timestamp, outcome=table[outcome], begun=_.treated_from,
                         weight=table[weight] if weight else ibis.literal(1.0))  # fmt: skip
    table = table.filter(_.unit.notnull(), _.at.notnull(), _.outcome.notnull(), _.weight > 0)
    if period == "auto":
        period = _period_of(table.select(day=_.at.date()).distinct().execute()["day"])
    cells = (
        table.mutate(period=_.at.truncate(_TRUNCATE[period]).date())
        .group_by("unit", "period")
        .agg(
            rows=_.count(),
            n=_.weight.sum(),
            mean=(_.outcome * _.weight).sum() / _.weight.sum(),
            variance=_.outcome.var(how="sample"),
            least=_.outcome.min(),
            most=_.outcome.max(),
        )
        .execute()
    )
    if cells.empty:
        raise DataError("trials has no row with a unit, a time and an outcome.", expected="a row a unit and period")
    _once(cells, repeats)
    begun = table.group_by("unit").agg(first=_.begun.min(), last=_.begun.max(), none=_.begun.isnull().sum(),
                                       n=_.count()).execute().set_index("unit")  # fmt: skip
    twice = begun[(begun["first"] != begun["last"]) & begun["first"].notna()]
    if len(twice):
        raise DataError(f"{count(len(twice))} units have more than one treated_from ({first_of(twice.index)}).",
                        expected="one time at which treatment began, on all rows of a unit")  # fmt: skip
    shares = cells["least"].min() >= 0 and cells["most"].max() <= 1
    currency = currency or (getattr(source, "currency", "") if hasattr(source, "tables") else "")
    return _panel(cells, begun, outcome=label or outcome, unit=unit, period=period, simulated=is_simulated(source),
                  measured=measured or ("share" if shares else "points"), currency=currency)  # fmt: skip


def _period_of(found: pd.Series) -> str:
    at = pd.to_datetime(found).sort_values()
    if len(at) < 2:
        raise DataError("all rows are of one day.", expected="rows of each unit before and after treatment")
    least = at.diff().dt.days.min()
    for period, distance in _DISTANCE:
        if least >= distance:
            return period
    return "week" if (at.iloc[-1] - at.iloc[0]).days >= 56 else "day"


def _once(cells: pd.DataFrame, repeats: str) -> None:
    several = cells["rows"] > 1
    if repeats == "mean" or not several.any() or (repeats == "auto" and several.mean() > 0.5):
        return
    named = cells[several].sort_values(["unit", "period"]).head(5)
    raise DataError(
        f"{count(several.sum())} of {count(len(cells))} pairs of unit and period have more than one row ("
        + ", ".join(f"{row.unit} on {row.period}" for row in named.itertuples()) + ").",
        expected="one row a unit and period, or observations throughout",
        mend='take rows that are there twice out, or repeats="mean" where they are observations',
    )  # fmt: skip


def _panel(cells, begun, *, period: str, **about) -> Panel:
    cells["period"] = pd.to_datetime(cells["period"])
    first = cells["period"].min()
    calendar = pd.date_range(first, cells["period"].max(), freq=pd.DateOffset(**STEPS[period]))
    wide = {c: cells.pivot(index="unit", columns="period", values=c).reindex(columns=calendar).sort_index()
            for c in ("mean", "n", "variance")}  # fmt: skip
    units = wide["mean"].index
    at = pd.to_datetime(begun["first"].reindex(units))
    at = (at.dt.tz_localize(None) if at.dt.tz is not None else at).dt.to_period(PERIODS[period]).dt.start_time
    start = np.where(at.isna(), len(calendar), np.searchsorted(calendar, at.fillna(calendar[-1])))
    notes = []
    if ((start == len(calendar)) & at.notna()).any():
        late = units[(start == len(calendar)) & at.notna()]
        notes.append(f"{count(len(late))} units are treated only after the last {period} and count as untreated here.")
    empty = int((wide["n"].fillna(0).to_numpy().sum(0) == 0).sum())
    if empty:
        notes.append(f"{count(empty)} of {count(len(calendar))} {period}s have no observation at all.")
    mean, n, variance = (wide[c].to_numpy(float) for c in ("mean", "n", "variance"))
    notes = tuple(notes)
    return _with_before(
        Panel(tuple(units), calendar, mean, np.nan_to_num(n), variance, start.astype(int), period=period, notes=notes,
              **about)
    )  # fmt: skip


def _with_before(panel: Panel) -> Panel:
    """The units that have a before; an error where nothing can be compared."""
    if not panel.treated.any():
        raise DataError(
            "no unit is treated within the time that is seen" + (": " + panel.notes[0] if panel.notes else "."),
            expected="treated_from of at least one unit between the second period and the last",
        )
    if panel.never < 2:
        raise DataError(f"there is one {panel.period} only.", expected="periods before and after treatment",
                        mend='a shorter period, as period="day"')  # fmt: skip
    always = panel.start <= 0
    begun = np.array(panel.units)[always]
    if always.all() or not (panel.treated & ~always).any():
        raise DataError(
            f"every treated unit is treated from the first {panel.period} on ({first_of(begun)}).",
            expected="periods before treatment began",
        )
    if always.any():
        words = (f"{count(always.sum())} units that are treated from the first {panel.period} on have no before and "
                 f"are left out ({first_of(begun)}).")  # fmt: skip
        panel = replace(panel.rows(~always), notes=(*panel.notes, words))
    return panel


def panel_of(
    frame: pd.DataFrame, *, start, outcome: str = "outcome", period: str = "year", simulated: bool = False,
    measured: str = "",
) -> Panel:  # fmt: skip
    """A panel of a wide table: rows are units, columns periods (times), values means.

    Parameters
    ----------
    start : unit → time its treatment began

    >>> wide = pd.DataFrame([[1., 2], [1, 5]], index=["a", "b"], columns=pd.to_datetime(["1988", "1989"]))
    >>> panel_of(wide, start={"b": "1989"}).start.tolist()
    [2, 1]
    """
    stray = [name for name in start if name not in frame.index]
    if stray:
        raise ParameterError(f"no unit is called {stray[0]!r}.", expected=f"one of: {first_of(frame.index)}")
    long = frame.rename_axis(index="unit_id", columns="timestamp").stack().rename("outcome").reset_index()
    long["treated_from"] = pd.to_datetime(long["unit_id"].map(dict(start)))
    found = read_panel(long, period=period)
    return replace(found, outcome=outcome, simulated=simulated, measured=measured or found.measured)
